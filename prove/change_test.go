package prove

import (
	"strings"
	"testing"
)

func TestChangeText(t *testing.T) {
	for _, row := range []struct {
		change        Change
		summary, text string
	}{
		{Change{Stage: 1, Path: "image.config.User", After: `"app"`}, "stage 1: image.config.User added", `stage 1: image.config.User added from nothing to "app"`},
		{Change{Stage: 0, Step: 1, Path: "source-ref", Before: "docker-image://docker.io/library/a:1", After: "docker-image://docker.io/library/a:2"},
			"stage 0: step 1: source-ref changed", "stage 0: step 1: source-ref changed from docker-image://docker.io/library/a:1 to docker-image://docker.io/library/a:2"},
		{Change{Stage: 0, Step: 3, Path: "step-moved", Before: "3", After: "5"}, "stage 0: step 3: step-moved", "stage 0: step 3: step-moved from 3 to 5"},
		{Change{Stage: 0, Step: 2, Path: "step-removed", Before: "exec secret"}, "stage 0: step 2: step-removed", "stage 0: step 2: step-removed"},
		{Change{Stage: -1, Path: "services.web.image", Before: `"a"`, After: `"b"`}, "services.web.image changed", `services.web.image changed from "a" to "b"`},
		{Change{Stage: -1, Path: "services.web.restart", Before: `"no"`}, "services.web.restart removed", `services.web.restart removed from "no" to nothing`},
	} {
		if got := row.change.Summary(); got != row.summary {
			t.Errorf("summary: got %q, want %q", got, row.summary)
		}
		if got := row.change.String(); got != row.text {
			t.Errorf("text: got %q, want %q", got, row.text)
		}
	}
}

// Whatever a change is about, neither text shows a value that can be a password.
func TestChangesHideSecrets(t *testing.T) {
	const secret = "hunter2"
	for _, path := range []string{
		"image.config.Env.TOKEN", "image.config.Env", "image.config.Labels.a", "image.config.Cmd", "image.config.Entrypoint",
		"image.config.Healthcheck", "image.config.Healthcheck.Test", "image.config.OnBuild", "image.config.Shell", "image.author",
		"exec-args", "exec-env", "exec-mount1", "exec-other", "file-a0", "step-added", "step-removed", "arg.TOKEN",
		"services.a.environment.TOKEN", "services.a.environment", "services.a.command", "services.a.labels.b", "services.a",
		"services.a.build.args.TOKEN", "services.a.healthcheck.test[1]", "secrets.a.content", "x-a", "services.a.image.environment",
	} {
		for _, c := range []Change{{Path: path, Before: secret}, {Path: path, After: secret}, {Stage: -1, Path: path, Before: secret, After: "1" + secret}} {
			if strings.Contains(c.Summary()+c.String(), secret) {
				t.Errorf("%s shows the value: %s", path, c)
			}
		}
	}
	for _, url := range []string{"https://user:hunter2@example.com/a.tgz", "https://hunter2@example.com/a", "https://example.com/a?token=hunter2", "git://hunter2@example.com/a.git"} {
		c := Change{Path: "source-ref", Before: url, After: "https://example.com/b"}
		if s := c.String(); strings.Contains(s, secret) || !strings.Contains(s, "example.com/a") {
			t.Errorf("%s is shown as %s", url, s)
		}
	}
}

func TestPrintedValuesAreShort(t *testing.T) {
	c := Change{Stage: 0, Path: "image.config.User", After: strings.Repeat("é\n", 200)}
	if s := c.String(); len(s) > 200 || strings.Contains(s, "\n") {
		t.Errorf("%d bytes: %q", len(s), s)
	}
}
