package source

import (
	"slices"
	"strings"
	"testing"
)

// rivalCases are texts that other tools edit wrongly, or look things up for that are no images. The names are those of the
// list of their wrong results, E1 to E20.
var rivalCases = []struct {
	name, text string
	kind       Kind
	want       []string
}{
	{"E2 E18: stages in any case, scratch, numbers, a pin that does not exist", `# syntax=docker/dockerfile:1
FROM python:3.12-slim AS base
RUN echo one

FROM --platform=$BUILDPLATFORM golang:1.25 AS Build
FROM build AS test
FROM scratch AS out
FROM node AS n1
FROM node:latest AS n2
FROM nginx:1.27.0@sha256:0000000000000000000000000000000000000000000000000000000000000001 AS old
COPY --from=busybox:1.36 /bin/busybox /bin/
COPY --from=build /x /x
COPY --from=0 /x /x
COPY --chown=1:1 --from=nginx:latest / /
RUN --mount=type=bind,from=alpine:3.20,target=/mnt echo hi
`, DockerfileKind, []string{
		"# syntax: docker/dockerfile:1", "FROM: python:3.12-slim", "FROM: golang:1.25", "FROM: node", "FROM: node:latest",
		"FROM: nginx:1.27.0@sha256:0000000000000000000000000000000000000000000000000000000000000001",
		"COPY --from: busybox:1.36", "COPY --from: nginx:latest", "RUN --mount from: alpine:3.20",
	}},
	{"E17: several ARGs in a FROM", `ARG PY=3.12
ARG BASE=debian:bookworm-slim
ARG NODE_VERSION=22.20.0
ARG ALPINE_VERSION=3.22
ARG NODEF
FROM python:${PY}-slim AS a
FROM $BASE AS b
FROM node:${NODE_VERSION}-alpine${ALPINE_VERSION} AS c
FROM alpine:${ALPINE_VERSION} AS d
FROM ${NODEF} AS e
FROM ${UNSET:-redis:7} AS f
`, DockerfileKind, []string{
		"ARG default: debian:bookworm-slim",
		"FROM: python:${PY}-slim = python:3.12-slim held: its tag is put together from several texts: write ARG BASE=python:3.12-slim above the first FROM and FROM ${BASE}",
		"FROM: node:${NODE_VERSION}-alpine${ALPINE_VERSION} = node:22.20.0-alpine3.22 held: its tag is put together from several texts: write ARG BASE=node:22.20.0-alpine3.22 above the first FROM and FROM ${BASE}",
		"FROM: alpine:${ALPINE_VERSION} = alpine:3.22 held: ALPINE_VERSION is shared by node and alpine: give the FROM an ARG of its own with the whole reference, ARG BASE=alpine:3.22 and FROM ${BASE}",
		"FROM: ${NODEF} =  held: it depends on NODEF, which only the caller knows",
		"FROM: redis:7",
	}},
	{"E3 E4: continued lines, lower case, ONBUILD", "FROM \\\n  # comment redis:7 inside\n  redis:7 \\\n  AS r\nfrom   alpine:3.19   as   low\n\tFROM alpine:3.18\nONBUILD COPY --from=busybox:1.36 /a /b\n",
		DockerfileKind, []string{"FROM: redis:7", "FROM: alpine:3.19", "FROM: alpine:3.18", "COPY --from: busybox:1.36"}},
	{"E1: text of here-documents", "FROM alpine:3.20\nRUN <<SCRIPT\nFROM notanimage:1\nCOPY --from=notanimage:2 /a /b\nimage: notanimage:3\nSCRIPT\nCOPY <<-\"K8S\" /etc/k.yaml\n\timage: redis:7\nK8S\n",
		DockerfileKind, []string{"FROM: alpine:3.20"}},
	{"E5: byte order mark", "\ufeffFROM alpine:3.20\nRUN true\n", DockerfileKind, []string{"FROM: alpine:3.20"}},
	{"E6: CRLF", "FROM python:3.12-slim\r\nRUN echo hi\r\nFROM node:22\r\n", DockerfileKind, []string{"FROM: python:3.12-slim", "FROM: node:22"}},
	{"E7: no final newline", "FROM alpine:3.20\nRUN true", DockerfileKind, []string{"FROM: alpine:3.20"}},
	{"E8 to E12, E14 to E16, E19: forms of YAML", `# top comment

x-common: &common
  image: redis:7     # trailing comment
services:
    quoted:
        image: "nginx:latest"   # keep me


    single:
        image: 'postgres:16-alpine'
    plain:
        image: redis:7
    flow: { image: redis:7, ports: ["1:1"] }
    merged:
        <<: *common
    envdef:
        image: ${IMG:-python:3.12-slim}
    envtag:
        image: "myorg/app:${TAG:-latest}"
    envtag2:
        image: redis:${REDIS_TAG:-7-alpine}
    built:
        build: .
        image: myapp:dev
    folded:
        image: >-
            node:22
    untagged:
        image: redis
    inline:
        build:
            dockerfile_inline: |
                FROM alpine:3.20
                RUN echo "image: foo:1"
    anchored:
        image: &img busybox:1.36
    alias:
        image: *img
    notimg:
        image: alpine:3.20
        labels:
            image: "notanimage:1"
        environment:
            - image=notanimage:2
configs:
    c1:
        content: |
            image: embedded:1
`, ComposeKind, []string{
		"image: redis:7 for merged", "image: nginx:latest for quoted", "image: postgres:16-alpine for single", "image: redis:7 for plain",
		"image: redis:7 for flow", "image: python:3.12-slim for envdef", "image: latest behind myorg/app: = myorg/app:latest for envtag",
		"image: 7-alpine behind redis: = redis:7-alpine for envtag2", "image: node:22 for folded", "image: redis for untagged",
		"FROM: alpine:3.20 for inline", "image: busybox:1.36 for anchored alias", "image: alpine:3.20 for notimg",
	}},
	{"E6: CRLF in Compose", "services:\r\n  a:\r\n    image: nginx:latest\r\n    command: x\r\n", ComposeKind, []string{"image: nginx:latest for a"}},
	{"E13: several documents", "services:\n  a:\n    image: redis:7\n---\nservices:\n  b:\n    image: alpine:3.20\n", ComposeKind, []string{
		"image: redis:7 for a", "image: alpine:3.20 for b"}},
}

func TestRivalCases(t *testing.T) {
	for _, c := range rivalCases {
		t.Run(c.name, func(t *testing.T) {
			d, err := Parse("file", c.kind, []byte(c.text))
			if err != nil {
				t.Fatal(err)
			}
			wantImages(t, d, c.want...)
			lookups := slices.DeleteFunc(d.Images(), func(i Image) bool { return i.Held != "" })
			if edits := checkImages(t, d); edits != len(lookups) {
				t.Errorf("%d images are edited, %d looked up", edits, len(lookups))
			}
			for _, i := range lookups {
				if strings.Contains(i.Ref, "notanimage") || i.Ref == "" {
					t.Errorf("%q is looked up", i.Ref)
				}
			}
		})
	}
}

func TestInlineDockerfile(t *testing.T) {
	const head = "services:\n  a:\n    build:\n      additional_contexts: {ctx: ./c}\n"
	const opaque = "it does not stand byte for byte in dockerfile_inline: write that as a literal text, with |"
	for _, c := range []struct {
		text string
		want []string
	}{
		{"      dockerfile_inline: |\n        FROM a:1 AS x\n\n        COPY --from=b:2 / /\n        FROM x\n", []string{"FROM: a:1 for a", "COPY --from: b:2 for a"}},
		{"      dockerfile_inline: |2-\n        FROM a:1 AS x\n", []string{"FROM: a:1 for a"}},
		{"      dockerfile_inline: FROM a:1\n", []string{"FROM: a:1 for a"}},
		{"      dockerfile_inline: \"FROM a:1\"\n", []string{"FROM: a:1 for a"}},
		{"      dockerfile_inline: \"FROM a:1\\nRUN x\"\n", []string{`FROM: "FROM a:1\nRUN x" = a:1 for a held: ` + opaque}},
		{"      dockerfile_inline: >\n        FROM a:1\n\n        RUN x\n", []string{"FROM: >\n        FROM a:1\n\n        RUN x = a:1 for a held: " + opaque}},
		{"      dockerfile_inline: |\n        FROM ctx\n        COPY --from=ctx / /\n        COPY --from=ctx:2 / /\n", []string{"COPY --from: ctx:2 for a"}},
		{"      dockerfile_inline: |\n        ARG V=1\n        FROM a:$${V}\n        RUN echo $X\n", []string{"ARG default: 1 behind a: = a:1 for a"}},
		{"      dockerfile_inline: |\n        FROM a:${V:-1}\n        RUN echo $X\n", []string{"FROM: 1 behind a: = a:1 for a"}},
		{"      dockerfile_inline: |\n        FROM a:1${V}\n", []string{"FROM: |\n        FROM a:1${V} =  for a held: it depends on a variable that only the caller knows"}},
		{"      dockerfile_inline: |\n        FROM ${V:-a:1}\n", []string{"FROM: a:1 for a"}},
		{"      dockerfile_inline: |\n        RUN x\n        FROM\n", nil},
	} {
		d := mustParseCompose(t, head+c.text)
		wantImages(t, d, c.want...)
		checkImages(t, d)
	}
}
