package main

import (
	"regexp"
	"testing"

	"github.com/dockfix/dockfix/fix/dockerfile"
)

// TestCorpusDockerignore counts what the rule fixes, holds back and refuses in real files; with DOCKFIX_SAMPLE=1 it names them.
func TestCorpusDockerignore(t *testing.T) {
	t.Parallel()
	names := regexp.MustCompile(`[\w./@+*-]*[./\d*][\w./@+*-]*`)
	ruleOnCorpus(t, dockerfile.Dockerignore, func(reason string) string { return names.ReplaceAllString(reason, "X") })
}
