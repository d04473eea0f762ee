package source

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestDockerfileImages(t *testing.T) {
	for _, c := range []struct {
		text string
		want []string
	}{
		{"# syntax=docker/dockerfile:1.7 \nFROM a:1\n", []string{"# syntax: docker/dockerfile:1.7", "FROM: a:1"}},
		{"#!/usr/bin/env docker\n# syntax=docker/dockerfile:1\nFROM a:1\n", []string{"# syntax: docker/dockerfile:1", "FROM: a:1"}},
		{"ARG BASE=python:3.12\nFROM $BASE AS b\nFROM ${BASE}\n", []string{"ARG default: python:3.12"}},
		{"ARG BASE=\"python:3.12\"\nFROM $BASE\n", []string{"ARG default: python:3.12"}},
		{"ARG A=b BASE='python:3.12' C\nFROM \"$BASE\"\n", []string{"ARG default: python:3.12"}},
		{"ARG V=1\nFROM golang:${V}\nFROM golang:$V AS x\n", []string{"ARG default: 1 behind golang: = golang:1"}},
		{"ARG V=1\nARG V=2\nFROM golang:${V}\n", []string{"ARG default: 2 behind golang: = golang:2"}},
		{"ARG V=1\nARG V\nFROM golang:${V}\n", []string{"ARG default: 1 behind golang: = golang:1"}},
		{"ARG V=1\nARG V=${V:-2}\nFROM golang:${V}\n", []string{"ARG default: 1 behind golang: = golang:1"}},
		{"ARG V=1\nARG IMG=golang:$V\nFROM ${IMG}\n", []string{"ARG default: 1 behind golang: = golang:1"}},
		{"ARG V=1\nARG IMG=golang:$V\nFROM ${IMG}\nFROM x:$V\n", []string{
			"FROM: ${IMG} = golang:1 held: V is shared by golang and x: give the FROM an ARG of its own with the whole reference, ARG BASE=golang:1 and FROM ${BASE}",
			"FROM: x:$V = x:1 held: V is shared by golang and x: give the FROM an ARG of its own with the whole reference, ARG BASE=x:1 and FROM ${BASE}"}},
		{"ARG V=1\nARG P=linux/$V\nFROM --platform=$P golang:$V\n", []string{
			"FROM: golang:$V = golang:1 held: V is shared by the platform of stage 0 and golang: give the FROM an ARG of its own with the whole reference, ARG BASE=golang:1 and FROM ${BASE}"}},
		{"ARG V=1\nFROM golang:$V\nFROM --platform=$V x\n", []string{
			"FROM: golang:$V = golang:1 held: V is shared by golang and the platform of stage 1: give the FROM an ARG of its own with the whole reference, ARG BASE=golang:1 and FROM ${BASE}", "FROM: x"}},
		{"ARG V=1\nFROM golang:$V\nARG V\nRUN x\n", []string{
			"FROM: golang:$V = golang:1 held: V is also used inside a stage, where a digest would become part of its value: give the FROM an ARG of its own with the whole reference, ARG BASE=golang:1 and FROM ${BASE}"}},
		{"ARG V=1\nARG B=golang:$V\nFROM $B\nARG B\n", []string{
			"FROM: $B = golang:1 held: B is also used inside a stage, where a digest would become part of its value: give the FROM an ARG of its own with the whole reference, ARG BASE=golang:1 and FROM ${BASE}"}},
		{"ARG V=1\nFROM golang:$V\nARG V=2\nRUN x\n", []string{"ARG default: 1 behind golang: = golang:1"}},
		{"ARG V=1\nARG O=x-$V\nFROM golang:$V\nARG O\nRUN x\n", []string{
			"FROM: golang:$V = golang:1 held: O is also used inside a stage, where a digest would become part of its value: give the FROM an ARG of its own with the whole reference, ARG BASE=golang:1 and FROM ${BASE}"}},
		{"ARG V=1\nARG O=x-$V\nFROM golang:$V\n", []string{
			"FROM: golang:$V = golang:1 held: it is also part of the value of O: give the FROM an ARG of its own with the whole reference, ARG BASE=golang:1 and FROM ${BASE}"}},
		{"ARG A=a:1\nARG B=${A#a:1}\nFROM $B$A\n", []string{
			"FROM: $B$A = a:1 held: the value of B is made from it, as of ${A#x}: give the FROM an ARG of its own with the whole reference, ARG BASE=a:1 and FROM ${BASE}"}},
		{"ARG I=python T=3\nFROM $I:$T\n", []string{"ARG default: 3 behind python: = python:3"}},
		{"ARG R=docker.io/\nFROM ${R}python\nFROM ${R}python:3\n", []string{"FROM: python behind docker.io/ = docker.io/python", "FROM: 3 behind docker.io/python: = docker.io/python:3"}},
		{"ARG S=\nFROM python:3${S}\n", []string{
			"FROM: python:3${S} = python:3 held: its tag is put together from several texts: write ARG BASE=python:3 above the first FROM and FROM ${BASE}"}},
		{"ARG S\nFROM python:3${S:+-slim}\n", []string{
			"FROM: python:3${S:+-slim} = python:3 held: its tag is put together from several texts: write ARG BASE=python:3 above the first FROM and FROM ${BASE}"}},
		{"FROM ${U:-redis:7}\nFROM redis:${U:-7}\nFROM ${U-redis:6}\n", []string{"FROM: redis:7", "FROM: 7 behind redis: = redis:7", "FROM: redis:6"}},
		{"ARG U=\nFROM ${U:-redis:7}\n", []string{"FROM: redis:7"}},
		{"ARG U=x:1\nFROM ${U:-redis:7}\n", []string{"ARG default: x:1"}},
		{"ARG U\nFROM $U\nFROM a:${U}\nFROM ${U:?}\n", []string{
			"FROM: $U =  held: it depends on U, which only the caller knows", "FROM: a:${U} =  held: it depends on U, which only the caller knows",
			"FROM: ${U:?} =  held: it depends on U, which only the caller knows"}},
		{"FROM a:${TARGETARCH}\nFROM a:${TARGETARCH:-x}\n", []string{
			"FROM: a:${TARGETARCH} =  held: it depends on TARGETARCH, which only the caller knows",
			"FROM: a:${TARGETARCH:-x} =  held: it depends on TARGETARCH, which only the caller knows"}},
		{"ARG V=1.2.3\nFROM a:${V%.3}\n", []string{
			"FROM: a:${V%.3} = a:1.2 held: its tag is put together from several texts: write ARG BASE=a:1.2 above the first FROM and FROM ${BASE}"}},
		{"FROM \"a:1\"\nFROM 'a:1'\nFROM a\\:1\n", []string{"FROM: a:1", "FROM: a:1", "FROM: 1 behind a: = a:1"}},
		{"FROM py\"thon\"\nFROM py\"th\"on\nFROM p\\ython\nCOPY --from=a/py'thon' /a /\n", []string{
			"FROM: py\"thon\" = python held: it is quoted or escaped in a way that hides its bytes: write it plainly",
			"FROM: py\"th\"on = python held: it is quoted or escaped in a way that hides its bytes: write it plainly",
			"FROM: p\\ython = python held: it is quoted or escaped in a way that hides its bytes: write it plainly",
			"COPY --from: a/py'thon' = a/python held: it is quoted or escaped in a way that hides its bytes: write it plainly"}},
		{"FROM alp\\\nine\n", []string{"FROM: alp\\\nine = alpine held: a line continuation cuts it: write it on one line"}},
		{"FROM a AS Build\nFROM build\nFROM Build\nFROM BUILD AS x\nFROM scratch\nFROM node AS node\nFROM node\n", []string{"FROM: a", "FROM: node"}},
		{"FROM alpine AS base\nFROM nginx AS alpine\n", []string{"FROM: alpine", "FROM: nginx"}},
		{"FROM scratch AS b\nCOPY --from=B a /\nCOPY --from=0 a /\nCOPY --from=9 a /\nCOPY --from='busybox:1' a /\nCOPY --from=scratch a /\nCOPY --from=$X a /\n", []string{"COPY --from: busybox:1"}},
		{"FROM scratch\nCOPY --from=\"busy\"box:1 a /\nCOPY --from=bu\\\nsybox:1 a /\n", []string{
			"COPY --from: 1 behind busybox: = busybox:1", "COPY --from: 1 behind busybox: = busybox:1"}},
		{"FROM scratch\nRUN --mount=type=bind,from=rust:1,target=/x --mount=from=b,From=go:1 --mount=type=cache,target=/c true\n", []string{
			"RUN --mount from: rust:1", "RUN --mount from: go:1"}},
		{"FROM scratch\nRUN --mount=\"type=bind,from=rust:1\" --mount=type=bind,from='go:1' true\n", []string{"RUN --mount from: rust:1", "RUN --mount from: go:1"}},
		{"FROM scratch\nONBUILD COPY --from=img:2 a b\nONBUILD COPY --from=builder a b\nONBUILD RUN --mount=from=c:3 x\n", []string{"COPY --from: img:2", "RUN --mount from: c:3"}},
		{"FROM %%TAG%%\n", []string{"FROM: %%TAG%% =  held: it is not an image reference"}},
		{"# escape=`\nFROM `\n  a:1\n", []string{"FROM: a:1"}},
	} {
		wantImages(t, mustParse(t, c.text), c.want...)
	}
}

func TestArgFeeds(t *testing.T) {
	d := mustParse(t, "ARG PY\nARG BASE=debian:1\nARG SUFFIX=-slim\nARG X=1\nARG NODE=node:$X\nFROM python:${PY} AS a\nFROM $BASE\nFROM x:1${SUFFIX}\nFROM $NODE\nFROM n:$PY\n")
	var got []string
	for _, f := range d.ArgFeeds(map[string]string{"PY": "3.13", "BASE": "ubuntu:24.04", "SUFFIX": "-alpine", "OTHER": "a:1", "X": "22"}) {
		got = append(got, fmt.Sprintf("%s: %s behind %q for %v at %s held %t", f.Name, f.Ref, f.Before, f.Stages, d.Text(f.At), f.Held != ""))
	}
	want := []string{
		`BASE: ubuntu:24.04 behind "" for [1] at $BASE held false`,
		`PY: python:3.13 behind "python:" for [0] at python:${PY} held true`,
		`PY: n:3.13 behind "n:" for [4] at n:$PY held true`,
		`X: node:22 behind "node:" for [3] at $NODE held false`,
	}
	if !slices.Equal(got, want) {
		t.Errorf("feeds are\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestIsContext(t *testing.T) {
	contexts := []string{"base", "alpine:3.20", "ghcr.io/a/b", "docker.io/library/redis:latest"}
	for ref, want := range map[string]bool{
		"base": true, "base:latest": true, "docker.io/library/base": true, "base:1": false, "alpine:3.20": true, "alpine": false,
		"ghcr.io/a/b:latest": true, "BASE": false, "": false, "redis": true, "redis:7": false,
	} {
		if got := IsContext(ref, contexts); got != want {
			t.Errorf("%q is a context: %t", ref, got)
		}
	}
}
