package images

import (
	"path"
	"regexp"
	"slices"
	"testing"
)

// TestData requires every line to be well formed and to name its source.
func TestData(t *testing.T) {
	known, err := images()
	list := known.rows
	if err != nil {
		t.Fatal(err)
	}
	families := []Family{Unknown, Debian, Alpine, Busybox, RedHat, RedHatMinimal, Suse, Distroless, Scratch, Windows}
	ids := regexp.MustCompile(`^\d+:\d+$`)
	for _, r := range list {
		i := r.image
		if i.Source == "" || !slices.Contains(families, i.Family) {
			t.Errorf("%s: source %q, family %q", r.repository, i.Source, i.Family)
		}
		if i.User != "" && !ids.MatchString(i.User) || i.Account != nil && !ids.MatchString(i.Account.Numeric()) {
			t.Errorf("%s: user %q, account %v: not uid:gid", r.repository, i.User, i.Account)
		}
		for _, glob := range r.tags {
			if _, err := path.Match(glob, "x"); err != nil {
				t.Errorf("%s: tags %q: %v", r.repository, glob, err)
			}
		}
	}
}

// TestReachable requires that no line is hidden by one above it for each tag that it is about.
func TestReachable(t *testing.T) {
	known, _ := images()
	list := known.rows
	for i, r := range list {
		for _, above := range list[:i] {
			if above.repository == r.repository && slices.Contains(above.tags, "*") {
				t.Errorf("%s %v is hidden by the line above with all tags", r.repository, r.tags)
			}
		}
	}
}

func TestLookup(t *testing.T) {
	for _, c := range []struct {
		ref     string
		family  Family
		user    string
		account string
		tool    string // one that is there
		without string // one that is not
	}{
		{"node:22-slim", Debian, "", "1000:1000", "node", "curl"},
		{"docker.io/library/node:22-alpine@sha256:aa", Alpine, "", "1000:1000", "wget", "curl"},
		{"python", Debian, "", "", "curl", "node"},
		{"python:3.12-slim-bookworm", Debian, "", "", "bash", "curl"},
		{"php:8.3-fpm-alpine", Alpine, "", "82:82", "php", "bash"},
		{"gcr.io/distroless/static:nonroot", Distroless, "65532:65532", "", "", "sh"},
		{"gcr.io/distroless/static-debian12", Distroless, "", "65532:65532", "", "sh"},
		{"mcr.microsoft.com/dotnet/aspnet:8.0", Debian, "", "1654:1654", "bash", "curl"},
		{"mcr.microsoft.com/dotnet/aspnet:6.0", Debian, "", "", "bash", "curl"},
		{"mcr.microsoft.com/dotnet/aspnet:8.0-nanoserver-ltsc2022", Windows, "", "", "", "bash"},
		{"openjdk:17", RedHatMinimal, "", "", "java", "curl"},
		{"openjdk:17-slim", Debian, "", "", "java", "curl"},
		{"openjdk:8", Debian, "", "", "java", "nc"},
		{"registry.access.redhat.com/ubi9/ubi-minimal:9.4", RedHatMinimal, "", "", "bash", "curl"},
		{"public.ecr.aws/docker/library/alpine:3.20", Alpine, "", "", "nc", "bash"},
		{"bitnami/redis:7", Unknown, "1001:0", "", "", "sh"},
		{"localhost:5000/team/base", Unknown, "", "", "", "sh"},
		{"scratch", Scratch, "", "", "", "sh"},
	} {
		i := Lookup(c.ref)
		account := ""
		if i.Account != nil {
			account = i.Account.Numeric()
		}
		if i.Family != c.family || i.User != c.user || account != c.account || c.tool != "" && !i.Has(c.tool) || i.Has(c.without) {
			t.Errorf("%s: %+v, account %s", c.ref, i, account)
		}
	}
}
