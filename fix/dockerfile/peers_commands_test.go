package dockerfile

import (
	"context"
	"testing"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/source"
)

// TestRivalsCommands holds inputs with commands that other fixers break, with what all rules make of them.
func TestRivalsCommands(t *testing.T) {
	rules := []*fix.Rule{AptCommand, InstallYes, SplitAptUpdate, AptRecommends, AptLists, ApkCache, RpmCache, PipCache, NpmCache, YarnCache, GemDocs, ComposerCache, ComposerDev, NpmCi, NpmOnlyProduction, UseraddLog, WgetProgress, CurlFail, Sudo}
	for _, c := range []struct{ name, text, after string }{
		{"P-002 no command is lost", "FROM alpine:3.20\nRUN apk add \\\n    curl \\\n    bash && echo hi\n", "FROM alpine:3.20\nRUN apk add --no-cache \\\n    curl \\\n    bash && echo hi\n"},
		{"P-041 the package sudo stays", "FROM debian:12\nRUN apt-get update && apt-get install -y --no-install-recommends sudo curl && rm -rf /var/lib/apt/lists/*\nCMD [\"bash\"]\n", ""},
		{"P-042 a here-document stays one", "FROM debian:12\nRUN <<EOF\napt-get update\napt-get install -y make\nEOF\n", "FROM debian:12\nRUN <<EOF\napt-get update\napt-get install --no-install-recommends -y make && rm -rf /var/lib/apt/lists/*\nEOF\n"},
		{"P-043 nothing goes behind a comment", "# syntax=docker/dockerfile:1\nFROM debian:12\nRUN apt-get update && apt-get install -y \\\n    # needed for X\n    make \\\n\n    # needed for Y\n    jq\n# trailing\nCMD [\"bash\"]\n# the end\n",
			"# syntax=docker/dockerfile:1\nFROM debian:12\nRUN apt-get update && apt-get install --no-install-recommends -y \\\n    # needed for X\n    make \\\n\n    # needed for Y\n    jq \\\n    && rm -rf /var/lib/apt/lists/*\n# trailing\nCMD [\"bash\"]\n# the end\n"},
		{"P-049 and P-065 curl keeps its flags", "FROM debian:12\nRUN curl -k https://x/y -o y\n", ""},
		{"P-060 ONBUILD stays", "FROM debian:12\nONBUILD ADD . /src\nONBUILD RUN apt-get update && apt-get install -y curl\nCMD [\"bash\"]\n", ""},
		{"P-061 directives stay, no stray semicolon", "# syntax=docker/dockerfile:1\nFROM debian:12\nRUN apt-get update && apt-get install -y make \\\n    jq\n", "# syntax=docker/dockerfile:1\nFROM debian:12\nRUN apt-get update && apt-get install --no-install-recommends -y make \\\n    jq \\\n    && rm -rf /var/lib/apt/lists/*\n"},
		{"P-063 a mount stays apart from its command", "FROM node:20\nRUN --mount=type=cache,target=/npm-cache npm ci\nCMD [\"x\"]\n", ""},
		{"P-066 pnpm is not npm", "FROM node:20\nWORKDIR /app\nCOPY . .\nRUN corepack enable && pnpm install --frozen-lockfile\nCMD [\"node\",\"s.js\"]\n", ""},
		{"P-068 useradd without an id", "FROM debian:12\nRUN useradd app\n", ""},
		{"P-084 Windows", "# escape=`\nFROM mcr.microsoft.com/windows/servercore:ltsc2022\nRUN powershell -Command `\n    pip install x ; `\n    npm ci\nCMD ping localhost\n", ""},
		{"P-086 -y first, then the others", "FROM debian:12\nRUN apt-get update && apt-get install make\n", "FROM debian:12\nRUN apt-get update && apt-get install --no-install-recommends -y make && rm -rf /var/lib/apt/lists/*\n"},
	} {
		doc, err := source.Parse("Dockerfile", source.DockerfileKind, []byte(c.text))
		if err != nil {
			t.Fatal(err)
		}
		if c.after == "" {
			c.after = c.text
		}
		r := fix.Run(context.Background(), doc, fix.Options{Rules: rules})
		if r.Err != nil || string(r.After) != c.after {
			t.Errorf("%s: %v\n%s\nwant\n%s", c.name, r.Err, r.After, c.after)
		}
	}
}
