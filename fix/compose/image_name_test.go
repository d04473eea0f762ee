package compose

import (
	"context"
	"strings"
	"testing"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/source"
)

// Messages name a pinned image as people do.
func TestMessagesWithoutDigests(t *testing.T) {
	digest := "@sha256:" + strings.Repeat("1c5e", 16)
	for _, c := range []struct{ image, message string }{
		{"postgres:16-alpine" + digest, "nothing tells whether it answers: postgres:16-alpine brings no health check"},
		{"${IMAGE:-postgres:16" + digest + "}", "nothing tells whether it answers: ${IMAGE:-postgres:16} brings no health check"},
		{"postgres:16@${DIGEST:-sha256:1c5e}", "nothing tells whether it answers: postgres:16@${DIGEST:-sha256:1c5e} brings no health check"},
	} {
		doc := parsedAs(t, "compose.yaml", source.ComposeKind, "services:\n  it:\n    image: \""+c.image+"\"\n")
		r := fix.Run(context.Background(), doc, fix.Options{Rules: []*fix.Rule{MissingServiceHealthcheck}})
		if len(r.Findings) != 1 || r.Findings[0].Message != c.message || strings.Contains(r.Findings[0].Reason, digest) {
			t.Errorf("%s: %+v", c.image, r.Findings)
		}
	}
	dependsOn(t, "a pinned image without the program", "services:\n  app:\n    image: app\n    depends_on: [it]\n  it:\n    image: redis:7"+digest+"\n    healthcheck: {test: curl localhost}\n",
		&fix.Facts{}, "service_healthy", "calls curl, which redis:7 is not known to have")
	dependsOn(t, "a pinned image that is said to have a check", "services:\n  app:\n    image: app\n    depends_on: [it]\n  it:\n    image: selenium/hub:4"+digest+"\n",
		&fix.Facts{}, "service_healthy", "that selenium/hub:4 has a health check is not verified")
}
