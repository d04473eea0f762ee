package command

import (
	"fmt"
	"testing"
)

func TestSameImage(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"me/a", "me/a:latest", true},
		{"me/a:1", "docker.io/me/a:2", true},
		{"${REG:-me}/a:${TAG:-1}", "ghcr.io/me/a:3", true},
		{"me/$NAME", "me/a", false},
		{"node:custom", "node:22", false},
		{"node:22", "docker.io/library/node:22", true},
		{"base", "base:latest", true},
		{"base:$TAG", "base:dev", true},
		{"localhost:5000/a", "localhost:5000/a:x", true},
		{"me/a@sha256:00", "me/b", false},
		{"", "", false},
	} {
		if got := anySame([]string{c.a}, []string{c.b}); got != c.want {
			t.Errorf("%q and %q are the same: %v, want %v", c.a, c.b, got, c.want)
		}
	}
}

func TestBasesOf(t *testing.T) {
	text := "# FROM no\nARG BASE=me/base\nfrom ${BASE} as Build\r\nFROM --platform=$BUILDPLATFORM alpine:${V:-3}\nFROM build\nFROM \"x\"\n"
	if got, want := fmt.Sprint(basesOf(text)), "[me/base alpine:${V:-3} x]"; got != want {
		t.Errorf("the images are %s, want %s", got, want)
	}
}
