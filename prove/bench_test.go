package prove

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dockfix/dockfix/internal/corpus"
	"github.com/dockfix/dockfix/source"
)

// composeBase is a Compose file of a usual size.
const composeBase = `name: shop
services:
  web:
    build:
      context: .
      args:
        MODE: release
    ports:
      - "8080:80"
      - 9090:90
    environment:
      - LOG=info
      - TOKEN=${TOKEN:-none}
    depends_on: [db]
    labels:
      traefik.enable: "true"
    restart: unless-stopped
  db:
    image: postgres:16
    environment:
      POSTGRES_PASSWORD: hunter2
      RETRIES: 012
    volumes:
      - data:/var/lib/postgresql/data
    healthcheck:
      test: [CMD, pg_isready]
      interval: 10s
  job:
    image: busybox:1.36
    profiles: [tools]
    environment: {A: b}
volumes:
  data:
x-owner: team
`

func BenchmarkLoadDockerfile(b *testing.B) {
	b.Run("own", func(b *testing.B) { benchLoad(b, source.DockerfileKind, []byte(base)) })
	b.Run("corpus", func(b *testing.B) { benchLoad(b, source.DockerfileKind, medianFile(b, source.DockerfileKind)) })
	b.Run("60 stages", func(b *testing.B) {
		text := "FROM golang:1.22 AS base\nRUN setup\n"
		text += strings.Repeat("FROM base AS tool\nRUN one\nRUN two\nCOPY --from=base /a /b\nWORKDIR /src\nENV A=b\nRUN three\n", 59)
		benchLoad(b, source.DockerfileKind, []byte(text))
	})
}

func BenchmarkLoadCompose(b *testing.B) {
	b.Run("own", func(b *testing.B) { benchLoad(b, source.ComposeKind, []byte(composeBase)) })
	b.Run("corpus", func(b *testing.B) { benchLoad(b, source.ComposeKind, medianFile(b, source.ComposeKind)) })
}

func BenchmarkDiff(b *testing.B) {
	before, err := Load(b.Context(), Input{Kind: source.DockerfileKind, Text: []byte(base)})
	if err != nil {
		b.Fatal(err)
	}
	after, err := before.Reload(b.Context(), Input{Text: []byte(strings.Replace(base, "ENV LANG", "ENV A=b\nENV LANG", 1))})
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if len(Diff(before, after)) != 2 {
			b.Fatal("the change is gone")
		}
	}
}

func benchLoad(b *testing.B, kind source.Kind, text []byte) {
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		if _, err := Load(b.Context(), Input{Kind: kind, Name: "file", Text: text}); err != nil {
			b.Fatal(err)
		}
	}
}

// medianFile is the file of the corpus whose Load takes the median time.
func medianFile(b *testing.B, kind source.Kind) []byte {
	type timed struct {
		text []byte
		took time.Duration
	}
	var all []timed
	prefix := map[source.Kind]string{source.DockerfileKind: "dockerfile", source.ComposeKind: "compose"}[kind]
	for _, f := range corpus.Prefixed(b, prefix) {
		start := time.Now()
		if _, err := Load(b.Context(), Input{Kind: kind, Name: f.Name, Text: f.Text}); err == nil {
			all = append(all, timed{f.Text, time.Since(start)})
		}
	}
	slices.SortFunc(all, func(x, y timed) int { return int(x.took - y.took) })
	return all[len(all)/2].text
}
