package prove

import (
	"bytes"
	"context"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/dockfix/dockfix/source"
)

// FuzzDockerfile loads a text twice, and stage by stage in two ways, and expects one meaning.
func FuzzDockerfile(f *testing.F) {
	for _, text := range []string{
		base,
		"FROM a AS b\nONBUILD COPY --from=0 /x /\nFROM b\nFROM scratch\nCOPY --from=1 / /\n",
		"ARG A\nARG B=$A\nFROM ${B:-x} AS c\nFROM --platform=$BUILDPLATFORM c-$TARGETARCH AS C-amd64\nFROM c-${TARGETARCH}\nRUN --mount=from=c,target=/x y\n",
		"# escape=`\n# check=error=true\nFROM mcr.microsoft.com/windows/nanoserver\nRUN a `\n b\nSHELL [\"c\"]\n",
		"FROM a\nCOPY <<E <<-F /\n$x\nE\n\ty\n\tF\nRUN <<E\n#!/bin/x\nE\nENV a=$b b=${a/x/y}\n",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		defer tolerateFrontEnds(t)
		m, err := loadDockerfile(ctx, Input{Kind: source.DockerfileKind, Text: text})
		if err != nil {
			return
		}
		again, err := reloadDockerfile(ctx, Input{Text: text}, m.mode)
		if err != nil {
			t.Fatalf("loads once: %v", err)
		}
		if cs := diffDockerfile(m, again); len(cs) > 0 {
			t.Fatalf("differs from itself: %+v", cs)
		}
		p, err := readPlan(text)
		if err != nil {
			t.Fatal(err)
		}
		for i, s := range m.stages {
			c := conversion{mode: m.mode, graph: graph{}}
			head, image, err := c.text(ctx, p.upTo(i))
			if err != nil {
				t.Skip(err) // a stage that ends in an open line takes in the one that follows
			}
			if head != s.head || len(diffTree(i, "image", s.image, image)) > 0 {
				t.Fatalf("stage %d differs", i)
			}
		}
	})
}

// FuzzCompose loads a text twice, with all conversions and with those that it needs, and expects one meaning.
func FuzzCompose(f *testing.F) {
	for _, text := range []string{
		composeBase,
		"services: {a: {image: b, \"mem_limit\" : 1g, deploy: {replicas: '2'}, ports: [80, '1-2:3-4/udp']}}\n",
		"services:\n  a: &a {image: b, tty: 'true'}\n  c:\n    <<: *a\n    ? init\n    : 'yes'\n",
		"x-a: &x [1]\nservices: {a: {image: b, x-b: *x, environment: [A, B=, 'C=$$d', 'E=${F:-g}']}}\n---\nnetworks: {}\n",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		m, err := loadCompose(ctx, Input{Kind: source.ComposeKind, Text: text})
		if err != nil {
			return
		}
		again, err := reloadCompose(Input{Text: text}, m)
		if err != nil {
			t.Fatalf("loads once: %v", err)
		}
		if cs := diffCompose(m, again); len(cs) > 0 {
			t.Fatalf("differs from itself: %+v", cs)
		}
		if !bytes.HasSuffix(text, []byte("\n")) {
			return
		}
		full, err := reloadCompose(Input{Text: append(bytes.Clone(text), "# \\\n"...)}, m)
		if err != nil {
			t.Skip(err) // the last line was not the end of something
		}
		if cs := diffCompose(m, full); len(cs) > 0 && !strings.ContainsAny(string(text), "|>\\") {
			t.Fatalf("differs from what it is with all conversions: %+v", cs)
		}
	})
}

// tolerateFrontEnds swallows a panic of an engine, which guard turns into an error, and lets one of this package pass.
func tolerateFrontEnds(t *testing.T) {
	r := recover()
	if r == nil {
		return
	}
	frames := make([]uintptr, 64)
	all := runtime.CallersFrames(frames[:runtime.Callers(2, frames)])
	for {
		frame, more := all.Next()
		switch {
		case strings.Contains(frame.Function, "moby/buildkit"):
			return
		case strings.Contains(frame.Function, "dockfix/prove.") && !strings.Contains(frame.Function, "tolerate"):
			t.Fatalf("panic in %s: %v", frame.Function, r)
		case !more:
			panic(r)
		}
	}
}
