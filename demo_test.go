package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"testing"

	"github.com/dockfix/dockfix/internal/hubsim"
)

// TestDemoCatalogue requires the catalogue of the demo project to be what dockfix images makes of the simulated Docker Hub, whose digests
// are invented; -update writes it.
func TestDemoCatalogue(t *testing.T) {
	const path = "testdata/demo/images.json"
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	var out bytes.Buffer
	p := program(nil, &out, io.Discard)
	p.Transport = hubsim.New(hubsim.Options{}).Transport()
	if status := p.Run(context.Background(), []string{"images", "--format", "json", "testdata/demo"}); status != 0 {
		t.Fatalf("exit status %d", status)
	}
	if *update {
		if err := os.WriteFile(path, out.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(out.Bytes(), want) {
		t.Errorf("%s is not what dockfix images prints: go test . -update", path)
	}
}
