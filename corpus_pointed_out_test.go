package main

import (
	"testing"

	"github.com/dockfix/dockfix/fix/dockerfile"
)

func TestCorpusSecretInEnv(t *testing.T) { testCorpusRule(t, dockerfile.SecretInEnv) }

func TestCorpusSingleStageBuild(t *testing.T) { testCorpusRule(t, dockerfile.SingleStageBuild) }

func TestCorpusNeedlessTool(t *testing.T) { testCorpusRule(t, dockerfile.NeedlessTool) }

func TestCorpusUntrustedBase(t *testing.T) { testCorpusRule(t, dockerfile.UntrustedBase) }

func TestCorpusSeveralProcesses(t *testing.T) { testCorpusRule(t, dockerfile.SeveralProcesses) }

func TestCorpusFatBase(t *testing.T) { testCorpusRule(t, dockerfile.FatBase) }
