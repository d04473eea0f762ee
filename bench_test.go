package main

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/internal/corpus"
	"github.com/dockfix/dockfix/source"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
	"gopkg.in/yaml.v3"
)

// The benchmarks over real files are to be compared within one run: Floor only reads and parses, Check finds everything
// without a proof, Fix is all of it. One operation is one pass over all files. As machines change their speed from one second
// to the next, Check makes a pass of Floor before each of its own, and tells how many times that it takes: its x-floor.

func benchmarkFiles(b *testing.B) []corpus.File {
	b.Helper()
	files := corpus.Files(b, "dockerfile", "compose")
	b.ReportAllocs()
	b.ResetTimer()
	return files
}

func kindOf(f corpus.File) source.Kind {
	if strings.HasPrefix(f.Kind, "compose") {
		return source.ComposeKind
	}
	return source.DockerfileKind
}

func readFile(b *testing.B, f corpus.File) []byte {
	text, err := os.ReadFile(f.Path)
	if err != nil {
		b.Fatal(err)
	}
	return text
}

func BenchmarkCorpusFloor(b *testing.B) {
	files := benchmarkFiles(b)
	for b.Loop() {
		readAndParse(b, files)
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*len(files)), "µs/file")
}

// readAndParse is one pass of the floor.
func readAndParse(b *testing.B, files []corpus.File) {
	for _, f := range files {
		text := readFile(b, f)
		if kindOf(f) == source.ComposeKind {
			var n yaml.Node
			_ = yaml.Unmarshal(text, &n)
		} else {
			_, _ = parser.Parse(bytes.NewReader(text))
		}
	}
}

func BenchmarkCorpusCheck(b *testing.B) {
	files, rules := benchmarkFiles(b), byDefault()
	found := 0
	var floor time.Duration
	for b.Loop() {
		b.StopTimer()
		start := time.Now()
		readAndParse(b, files)
		floor += time.Since(start)
		b.StartTimer()
		for _, f := range files {
			if doc, err := source.Parse(f.Name, kindOf(f), readFile(b, f)); err == nil {
				found += len(fix.Check(doc, rules, &fix.Facts{}))
			}
		}
	}
	if found == 0 {
		b.Fatal("nothing found")
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*len(files)), "µs/file")
	b.ReportMetric(float64(b.Elapsed())/float64(floor), "x-floor")
}

func BenchmarkCorpusFix(b *testing.B) {
	files := benchmarkFiles(b)
	var all, changed []time.Duration
	for b.Loop() {
		for _, f := range files {
			start := time.Now()
			text := readFile(b, f)
			doc, err := source.Parse(f.Name, kindOf(f), text)
			if err != nil {
				continue
			}
			r := fix.Run(context.Background(), doc, fix.Options{Rules: byDefault(), Prover: func() (fix.Prover, error) {
				return proveWith(context.Background(), doc, nil)
			}})
			took := time.Since(start)
			all = append(all, took)
			if r.Changed() {
				changed = append(changed, took)
			}
		}
	}
	report := func(name string, list []time.Duration, part float64) {
		slices.Sort(list)
		b.ReportMetric(float64(list[int(part*float64(len(list)-1))].Microseconds())/1000, name)
	}
	report("ms-median/file", all, 0.5)
	report("ms-median/fixed-file", changed, 0.5)
	report("ms-p99/fixed-file", changed, 0.99)
}

// BenchmarkStartUp compares the program on one small clean file with a Go program that does nothing.
func BenchmarkStartUp(b *testing.B) {
	dir := b.TempDir()
	for name, text := range map[string]string{"empty.go": "package main\n\nfunc main() {}\n", "Dockerfile": "FROM scratch\nUSER 1000:1000\nCMD [\"sh\"]\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			b.Fatal(err)
		}
	}
	empty, dockfix := build(b, filepath.Join(dir, "empty.go")), buildProgram(b)
	for _, c := range []struct {
		name string
		args []string
	}{{"empty", []string{empty}}, {"version", []string{dockfix, "--version"}}, {"file", []string{dockfix, filepath.Join(dir, "Dockerfile")}}} {
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				if err := exec.Command(c.args[0], c.args[1:]...).Run(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func buildProgram(b *testing.B) string { return build(b, ".") }

// build compiles a program as it is released and returns its path.
func build(b *testing.B, what string) string {
	b.Helper()
	path := filepath.Join(b.TempDir(), "program")
	cmd := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", path, what)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if text, err := cmd.CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, text)
	}
	return path
}
