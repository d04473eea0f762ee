package main

import (
	"context"
	"strings"
	"testing"

	"github.com/dockfix/dockfix/source"
)

// TestComposeErrorsHoldNoValues has Compose reject files at the very place of a secret.
func TestComposeErrorsHoldNoValues(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"services:\n  web:\n    image: b\n    privileged: ${P:-hunter2}\n    environment: [{PASSWORD: x}]\n", ":2: "},
		{"services:\n  web:\n    image: b\n    volumes: [\"hunter2:\"]\n", "invalid spec: ..."},
		{"services:\n  web:\n    image: b\n    scale: hunter2\n    environment: [{PASSWORD: x}]\n", ""},
	} {
		doc, err := source.Parse("compose.yaml", source.ComposeKind, []byte(c.text))
		if err != nil {
			t.Fatal(err)
		}
		_, err = proveWith(context.Background(), doc, nil)
		if err == nil {
			t.Errorf("%q is accepted", c.text)
			continue
		}
		if strings.Contains(err.Error(), "hunter2") || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: %v", c.text, err)
		}
		t.Log(err)
	}
}
