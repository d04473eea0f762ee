package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dockfix/dockfix/source"
	"golang.org/x/tools/txtar"
)

// TestMixed holds files that are put together at random from the instructions and services of all fixtures to what FuzzFix asks of
// any text: each rule meets the others there, in every order.
func TestMixed(t *testing.T) {
	files := 400
	if testing.Short() {
		files = 60
	}
	instructions, services := fixturePieces(t)
	for range len(instructions) / 100 { // so that each file has a chance of some
		instructions, services = append(instructions, empty...), append(services, emptyServices...)
	}
	for seed := range uint64(files) {
		r := rand.New(rand.NewPCG(seed, 3))
		name, kind, text := "Dockerfile", source.DockerfileKind, mixedDockerfile(r, instructions)
		if r.IntN(3) == 0 {
			name, kind, text = "compose.yaml", source.ComposeKind, mixedCompose(r, services)
		}
		if checkSettles(t, name, kind, []byte(text)); t.Failed() {
			t.Fatalf("seed %d:\n%s", seed, text)
		}
	}
}

// empty are instructions with as little in them as BuildKit takes.
var empty = []string{
	"ENTRYPOINT []\n", "CMD []\n", "RUN []\n", "HEALTHCHECK CMD []\n", "HEALTHCHECK NONE\n", "ONBUILD RUN []\n", "RUN \"\"\n", "RUN <<E\nE\n",
	"ENV A=\n", "ARG A=\n", "LABEL a=\n", "USER 0\n", "COPY . .\n", "RUN :\n", "RUN &&\n", "RUN #\n", "CMD \n", "RUN ''\n", "CMD [\"\"]\n", "ENTRYPOINT [\"\"]\n", "RUN $X\n",
}

// emptyServices are services with as little in them as Compose takes.
var emptyServices = [][]string{
	{"e1:", "    image: redis", "    command: []", "    entrypoint: []", "    ports: []", "    environment: {}", "    depends_on: []"},
	{"e2:", "    image: postgres:16", "    healthcheck: {}", "    volumes: []", "    environment: []", "    command: \"\"", "    entrypoint: \"\""},
	{"e3:", "    build: {}", "    environment:", "    ports:", "    command:", "    healthcheck:"},
	{"e4: {}"},
	{"e5:", "    image: mysql", "    healthcheck:", "      test: []", "    environment:", "      - =", "      - MYSQL_ROOT_PASSWORD=", "    volumes: [\"\"]"},
	{"e6:", "    image: nginx", "    healthcheck: {test: [NONE]}", "    links: []", "    networks: {}", "    secrets: []", "    deploy: {}", "    labels: []"},
}

// fixturePieces are the instructions of all Dockerfiles among the fixtures, line ends in, and the lines of all services with their keys.
func fixturePieces(t *testing.T) (instructions []string, services [][]string) {
	for _, pattern := range []string{"testdata/rules/*.txtar", "testdata/decisions/*.txtar", "testdata/cases/*/*.txtar"} {
		paths, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range paths {
			b, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			for _, part := range txtar.Parse(b).Files {
				instructions = append(instructions, instructionPieces(part.Data)...)
				services = append(services, servicePieces(part.Data)...)
			}
		}
	}
	if len(instructions) < 1000 || len(services) < 200 {
		t.Fatalf("only %d instructions and %d services", len(instructions), len(services))
	}
	return instructions, services
}

func instructionPieces(text []byte) (list []string) {
	d, err := source.Parse("Dockerfile", source.DockerfileKind, text)
	if err != nil {
		return nil
	}
	for _, in := range d.Dockerfile.Instructions {
		if piece := d.Text(source.Span{Start: in.Lines.Start, End: max(in.Lines.End, in.Span.End)}); strings.HasSuffix(piece, "\n") {
			list = append(list, piece)
		}
	}
	return list
}

// servicePieces are the services of a file in block style that need nothing around them.
func servicePieces(text []byte) (list [][]string) {
	d, err := source.Parse("compose.yaml", source.ComposeKind, text)
	if err != nil {
		return nil
	}
	for _, s := range d.Compose.Services {
		if s.Node == nil || s.Node.Key == nil || s.Node.IsFlow() || s.Node.Key.Indent >= 0 {
			continue
		}
		piece := s.Node.Key.YAML.Value + ":\n" + strings.Repeat(" ", s.Node.YAML.Column-1) + d.Text(s.Node.Content)
		if !strings.ContainsAny(piece, "*&\r\t") {
			list = append(list, strings.Split(strings.TrimRight(piece, "\n"), "\n"))
		}
	}
	return list
}

func mixedDockerfile(r *rand.Rand, pool []string) string {
	var b strings.Builder
	bases := []string{"debian:12", "alpine:3.20", "node:22", "python:3.12-slim", "ubuntu", "nginx:alpine", "scratch"}
	for stage := range 1 + r.IntN(2) {
		fmt.Fprintf(&b, "FROM %s AS s%d\n", bases[r.IntN(len(bases))], stage)
		for range 1 + r.IntN(8) {
			switch piece := pool[r.IntN(len(pool))]; {
			case !strings.HasPrefix(strings.ToUpper(strings.TrimSpace(piece)), "FROM"):
				b.WriteString(piece)
			case r.IntN(6) == 0:
				b.WriteString("# between\n" + piece)
			}
		}
	}
	return b.String()
}

func mixedCompose(r *rand.Rand, pool [][]string) string {
	var b strings.Builder
	if r.IntN(3) == 0 {
		b.WriteString("version: \"3.8\"\n")
	}
	b.WriteString("services:\n")
	seen := map[string]bool{}
	for range 1 + r.IntN(4) {
		piece := pool[r.IntN(len(pool))]
		if seen[piece[0]] {
			continue
		}
		seen[piece[0]] = true
		indent := 2
		for n, line := range piece {
			if n == 0 {
				line = strings.Repeat(" ", indent) + line
			}
			b.WriteString(line + "\n")
		}
	}
	return b.String()
}
