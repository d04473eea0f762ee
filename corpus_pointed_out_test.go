package main

import (
	"testing"

	"github.com/dockfix/dockfix/fix/dockerfile"
)

func TestCorpusSecretInEnv(t *testing.T) { testCorpusRule(t, dockerfile.SecretInEnv) }
