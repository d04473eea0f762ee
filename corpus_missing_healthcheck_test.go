package main

import (
	"testing"

	"github.com/dockfix/dockfix/fix/dockerfile"
)

func TestCorpusMissingHealthcheck(t *testing.T) { testCorpusRule(t, dockerfile.MissingHealthcheck) }
