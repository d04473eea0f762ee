package tag

import (
	"strings"
	"testing"

	"github.com/dockfix/dockfix/internal/hubsim"
)

// updates are what each level gives: "=" stays. The table was measured with a prototype; a comment tells why a row
// differs from it.
var updates = []struct{ ref, patch, minor, major string }{
	{"python:3.11.1-slim", "3.11.16-slim", "3.14.7-slim", "3.14.7-slim"},
	{"python:3.12-alpine3.18", "3.12-alpine3.24", "3.14-alpine3.24", "3.14-alpine3.24"},
	{"python:3.13.0rc2-slim", "3.13.15-slim", "3.14.7-slim", "3.14.7-slim"},
	{"node:20.1.0-alpine3.17", "=", "20.20.2-alpine3.23", "26.7.0-alpine3.24"},
	{"node:18-slim", "=", "=", "26-slim"},
	// The prototype: = at patch. From 10 on, the second number of PostgreSQL counts fixes; as the default level of a
	// database is patch, 14.1 would never get one.
	{"postgres:14.1-alpine", "14.24-alpine", "14.24-alpine", "18.6-alpine"},
	{"postgres:15", "=", "=", "18"},
	{"redis:6", "=", "=", "8"},
	{"redis:6.2.5-alpine3.14", "6.2.24-alpine3.21", "6.2.24-alpine3.21", "8.10.1-alpine3.23"},
	{"nginx:1.24.0-alpine-slim", "=", "1.31.4-alpine-slim", "1.31.4-alpine-slim"},
	{"nginx:1.25", "=", "1.31", "1.31"},
	{"eclipse-temurin:17.0.8_7-jre", "17.0.20_8-jre", "17.0.20_8-jre", "25.0.4_7-jre"},
	{"eclipse-temurin:21-jre-alpine", "=", "=", "25-jre-alpine"},
	{"eclipse-temurin:8u372-b07-jdk", "8u502-b07-jdk", "8u502-b07-jdk", "8u502-b07-jdk"},
	// The prototype: 22.10 at minor, which was supported for nine months; 22.04 is for five years.
	{"ubuntu:22.04", "=", "=", "26.04"},
	{"ubuntu:jammy-20230804", "jammy-20260810", "jammy-20260810", "jammy-20260810"},
	{"debian:bookworm-20230814-slim", "bookworm-20260803-slim", "bookworm-20260803-slim", "bookworm-20260803-slim"},
	// The prototype: = at patch. Point releases of Debian only fix.
	{"debian:11.6-slim", "11.11-slim", "11.11-slim", "13.6-slim"},
	{"golang:1.21.3-alpine3.18", "1.21.13-alpine3.20", "1.27.0-alpine3.24", "1.27.0-alpine3.24"},
	{"golang:1.21-bookworm", "=", "1.27-bookworm", "1.27-bookworm"},
	{"mongo:6.0.5", "6.0.28", "6.0.28", "8.2.12"},
	{"traefik:v2.10", "=", "v2.11", "v3.7"},
	{"traefik:v2.10.1", "v2.10.7", "v2.11.55", "v3.7.11"},
	{"alpine:3.18", "=", "3.24", "3.24"},
	{"alpine:20230329", "20260805", "20260805", "20260805"},
	{"rabbitmq:3.12-management-alpine", "=", "3.13-management-alpine", "4.3-management-alpine"},
	{"mysql:8.0.33", "8.0.46", "8.4.11", "26.7.0"},
	// The prototype: 11.3.2-jammy at major, the last that was built on jammy, and out of support. Below major the base
	// stays; who asks for a major gets the newest version and the base that it has, and is told so.
	{"mariadb:10.11.2-jammy", "10.11.18-jammy", "10.11.18-jammy", "12.3.2-noble"},
	{"maven:3.9.4-eclipse-temurin-17", "3.9.16-eclipse-temurin-17", "3.9.16-eclipse-temurin-17", "3.9.16-eclipse-temurin-17"},
	{"gradle:8.3.0-jdk17", "=", "8.14.5-jdk17", "9.7.1-jdk17"},
	{"docker:24.0.5-dind", "24.0.9-dind", "24.0.9-dind", "29.7.2-dind"},
	{"influxdb:2.7.1-alpine", "2.7.12-alpine", "2.9.1-alpine", "2.9.1-alpine"},
	{"minio/minio:RELEASE.2024-01-01T16-36-33Z", "RELEASE.2024-01-31T20-20-33Z", "RELEASE.2024-12-18T13-15-44Z", "RELEASE.2025-10-15T17-29-55Z"},
	{"minio/minio:RELEASE.2024-01-01T16-36-33Z.fips", "RELEASE.2024-01-31T20-20-33Z.fips", "RELEASE.2024-12-18T13-15-44Z.fips", "RELEASE.2025-10-15T17-29-55Z.fips"},
	{"qdrant/qdrant:v1.9.0", "v1.9.7", "v1.19.0", "v1.19.0"},
	{"qdrant/qdrant:v1.17.0-unprivileged", "v1.17.1-unprivileged", "v1.19.0-unprivileged", "v1.19.0-unprivileged"},
	{"prom/prometheus:v2.45.0", "v2.45.6", "v2.55.1", "v3.14.0"},
	{"prom/prometheus:v3.10.0-distroless", "=", "v3.14.0-distroless", "v3.14.0-distroless"},
	{"grafana/grafana:9.5.0", "9.5.2", "9.5.2", "12.3.2"},
	{"grafana/grafana:12.0.0-ubuntu", "12.0.5-ubuntu", "12.3.2-ubuntu", "12.3.2-ubuntu"},
	// The prototype: 12.2.0-security-01, older than 12.3.2. The suffix is a fix released on top of 12.0.1 between two
	// versions, no kind of image: what follows is the next version, with a suffix or without.
	{"grafana/grafana:12.0.1-security-01", "12.0.5", "12.3.2", "12.3.2"},
	{"acme/pre:2.8.0", "=", "2.9.1", "2.9.1"},
	{"acme/pre:3.0.0-beta.1", "3.0.0-rc.1", "3.0.0-rc.1", "3.0.0-rc.1"},
	{"acme/calver:20240103", "=", "=", "="},
	{"acme/big:1.2.3", "1.2.9", "1.11.9", "1.11.9"},
}

// more are updates of tags that the table lacks: a list of tags each, the current one first.
var more = []struct{ repository, tags, patch, minor, major, words string }{
	{"library/node", "19.1.0 19.9.0 20.3.0 21.7.0 22.1.0 23.4.0", "=", "19.9.0", "22.1.0", ""}, // odd ones are left, never entered
	{"library/node", "20.1.0 20.1.1 21.0.0", "20.1.1", "20.1.1", "20.1.1", ""},
	{"library/ubuntu", "25.10 26.04 26.10", "=", "=", "26.04", ""},
	{"library/perl", "5.40.1 5.40.3 5.41.9 5.42.0 5.43.2", "5.40.3", "5.42.0", "5.42.0", ""},
	{"library/eclipse-temurin", "21.0.4_7-jdk 21.0.4_8-jdk 22.0.1_8-jdk 21.0.5_11-jre", "21.0.4_8-jdk", "21.0.4_8-jdk", "21.0.4_8-jdk", ""},
	{"quay.io/keycloak/keycloak", "26.0.5-0 26.0.5-1 26.0.6 26.1.0-0", "26.0.5-1", "26.1.0-0", "26.1.0-0", ""},
	{"bitnami/postgresql", "16.4.0-debian-12-r3 16.4.0-debian-12-r9 16.4.0 17.0.0-debian-13-r0", "16.4.0-debian-12-r9", "16.4.0-debian-12-r9", "17.0.0-debian-13-r0", "debian-12 to debian-13"},
	{"library/golang", "1.21-nanoserver-ltsc2019 1.22-nanoserver-ltsc2022", "=", "=", "=", ""}, // the host must be alike
	{"library/ruby", "3.3.1-bullseye 3.3.9-bullseye 3.4.5-bookworm 3.4.5-trixie 3.3.9-bookworm", "3.3.9-bullseye", "3.3.9-bullseye", "3.4.5-bookworm", "bullseye to bookworm"},
	{"acme/app", "2.1.0-amd64 2.2.0 2.2.0-arm64 2.2.0-amd64", "=", "2.2.0-amd64", "2.2.0-amd64", ""},
	{"acme/app", "1.2.3 sha-1a2b3c4 pr-9 latest v1.2.4 1.2.4-rc.1 20260801 1.2.4-19383843421", "=", "=", "=", ""},
	{"acme/app", "2.0.0-rc.1 2.0.0-beta.2 2.0.0-rc.2 2.0.0 2.1.0-rc.1", "2.0.0", "2.0.0", "2.0.0", ""},
	{"acme/app", "1.0.0-alpine3.20 1.0.0-alpine3.22 1.0.1-alpine3.19", "1.0.0-alpine3.22", "1.0.0-alpine3.22", "1.0.0-alpine3.22", "alpine3.20 to alpine3.22"},
	{"acme/app", "latest 1.0.0 2.0.0", "=", "=", "=", ""},
}

// TestMore requires them, the words as of the highest level.
func TestMore(t *testing.T) {
	for _, u := range more {
		tags := strings.Fields(u.tags)
		l := NewList(u.repository, tags)
		for level, want := range map[Level]string{Patch: u.patch, Minor: u.minor, Major: u.major} {
			got, ok := l.Update(tags[0], UpdateOptions{Level: level})
			if !ok {
				got.Tag = "="
			}
			if got.Tag != want || got.Level > level || level == Major && got.Words != u.words {
				t.Errorf("%s:%s %v: %v, want %s %s", u.repository, tags[0], level, got, want, u.words)
			}
		}
	}
}

// TestLimits requires updates to stay below latest and within what is held, and to leave out what is skipped.
func TestLimits(t *testing.T) {
	l := NewList("acme/app", strings.Fields("1.2.0 1.3.0 1.3.9 1.4.0 2.0.0"))
	hold, err := ParseConstraint("<1.4")
	if err != nil {
		t.Fatal(err)
	}
	skip := func(tag string) bool { return tag == "1.4.0" }
	for _, c := range []struct {
		current string
		options UpdateOptions
		want    string
	}{
		{"1.2.0", UpdateOptions{Level: Major}, "2.0.0"},
		{"1.2.0", UpdateOptions{}, "1.4.0"}, // minor, as acme/app is no database
		{"1.2.0", UpdateOptions{Level: Major, Cap: "1.3.0"}, "1.3.0"},
		{"1.2.0", UpdateOptions{Level: Major, Cap: "1.3"}, "1.3.9"},
		{"1.4.0", UpdateOptions{Level: Major, Cap: "1.3.0"}, "2.0.0"},
		{"1.2.0", UpdateOptions{Level: Major, Hold: hold}, "1.3.9"},
		{"1.2.0", UpdateOptions{Level: Minor, Skip: skip}, "1.3.9"},
		{"2.0.0", UpdateOptions{Level: Major}, ""},
	} {
		if got, _ := l.Update(c.current, c.options); got.Tag != c.want {
			t.Errorf("%s with %+v: %q, want %q", c.current, c.options, got.Tag, c.want)
		}
	}
}

// TestDatabases requires data to be safe from updates by themselves, wherever the image comes from.
func TestDatabases(t *testing.T) {
	for _, name := range []string{"postgres", "index.docker.io/library/mariadb", "ghcr.io/acme/postgis", "index.docker.io/bitnami/mongodb"} {
		if DefaultLevel(name) != Patch {
			t.Errorf("%s goes to %v", name, DefaultLevel(name))
		}
	}
	for _, name := range []string{"index.docker.io/library/python", "index.docker.io/postgres/adminer", ""} {
		if DefaultLevel(name) != Minor {
			t.Errorf("%s goes to %v", name, DefaultLevel(name))
		}
	}
	if _, err := ParseLevel("huge"); err == nil {
		t.Error("huge is a level")
	}
	for l := Patch; l <= Major; l++ {
		if got, err := ParseLevel(l.String()); got != l || err != nil {
			t.Errorf("%v is read as %v, %v", l, got, err)
		}
	}
}

// TestUpdates requires the updates of the table, each of no more than its level.
func TestUpdates(t *testing.T) {
	for _, u := range updates {
		name, current, _ := strings.Cut(u.ref, ":")
		r := hubsim.Repositories()[name]
		if r == nil {
			name = "library/" + name
			r = hubsim.Repositories()[name]
		}
		l := NewList("index.docker.io/"+name, r.Tags)
		latest := ""
		if r.ByTag["latest"] != nil {
			latest, _ = ask(r, l, "latest")
		}
		for level, want := range map[Level]string{Patch: u.patch, Minor: u.minor, Major: u.major} {
			got, ok := l.Update(current, UpdateOptions{Level: level, Cap: latest})
			if !ok {
				got.Tag = "="
			}
			if got.Tag != want || got.Level > level {
				t.Errorf("%s %v: %v, want %s", u.ref, level, got, want)
			}
		}
	}
}
