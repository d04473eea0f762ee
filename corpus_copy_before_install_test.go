package main

import (
	"regexp"
	"testing"

	"github.com/dockfix/dockfix/fix/dockerfile"
)

// TestCorpusCopyBeforeInstall counts what the rule fixes and refuses in real files; with DOCKFIX_SAMPLE=1 it names them.
func TestCorpusCopyBeforeInstall(t *testing.T) {
	t.Parallel()
	names := regexp.MustCompile(`"[^"]*"|[\w./@+-]*[./\d][\w./@+-]*`)
	ruleOnCorpus(t, dockerfile.CopyBeforeInstall, func(reason string) string { return names.ReplaceAllString(reason, "X") })
}
