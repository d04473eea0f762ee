package tag

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// shapes are lists that the others lack, the floating tag first, and the beginning of its candidates.
var shapes = []struct{ repository, tags, want string }{
	{"library/sonarqube", "community 26.8.0.126808-community 26.7.0.125000-community 9.9.8-community", "26.8.0.126808-community"},
	{"library/archlinux", "latest base base-20260816.0.574111 base-devel-20260816.0.574111 base-20260809.0.57", "base-20260816.0.574111"},
	{"library/amazoncorretto", "8-al2 8u504-al2 8u492-al2 8u504 11.0.28-al2", "8u504-al2 8u492-al2"},
	{"library/elixir", "otp-27 1.20.3-otp-27 1.20.3-otp-28 1.20.3 1.19.5-otp-27", "1.20.3-otp-27 1.19.5-otp-27"},
	{"library/php", "8.4-rc-cli 8.4.0RC3-cli 8.4.0RC2-cli 8.4.0RC3 8.3.1-cli", "8.4.0RC3-cli 8.4.0RC2-cli"},
	{"library/php", "8.5-rc 8.5.0beta2 8.5.0alpha4 8.4.1", "8.5.0beta2 8.5.0alpha4"},
	{"library/eclipse-mosquitto", "latest 2.1.2-alpine 2.0.22 2.0.21", "2.1.2-alpine 2.0.22"},
	{"library/python", "latest 3.14.7 3.14.7-bookworm 3.14 3", "3.14.7 3.14.7-bookworm 3.14 3"},
	{"library/python", "3.12-slim 3.12.1-slim 3.12.1 3.12.1-slim-bookworm", "3.12.1-slim 3.12.1-slim-bookworm"},
	{"acme/app", "latest 1.2.0-amd64 arm64v8-1.2.0 1.1.0 1.2.0-linux-arm64 1.2.0-windowsservercore-ltsc2022 v1.2.0.amd64", "1.1.0"},
	{"acme/app", "arm64v8 arm64v8-1.2.0 1.2.0 1.2.0-amd64", "arm64v8-1.2.0"},
	{"acme/app", "latest-amd64 1.2.0-amd64 1.2.0 1.3.0-arm64", "1.2.0-amd64"},
	{"acme/app", "latest sha-1a2b3c4 1a2b3c4 pr-999 build-12345 3870380 feature-x-9 0.1.0", "0.1.0"},
	{"acme/app", "latest 1.0.0-rc.1 0.9.0 1.0.0-SNAPSHOT nightly-20260801", "0.9.0"},
	{"acme/app", "next 2.0.0-rc.1 2.0.0 2.1.0-rc.1 2.1.0-beta.1", "2.1.0-rc.1 2.1.0-beta.1 2.0.0"},
	{"acme/app", "nightly nightly-20260801 nightly-20260802 1.0.0", "nightly-20260802 nightly-20260801"},
	{"acme/app", "latest 2 3.0 3.0.0-rc.1 2.9 2.9.9", "2.9.9 2.9 2"},
	{"acme/app", "latest v1.0.0 v1.1.0 1.1.0", "v1.1.0 v1.0.0 1.1.0"},
	{"acme/app", "2 v2.1.0 v1.0.0", "v2.1.0"},
	{"acme/app", "5.1 5.1.2-ls123 5.1.2 version-5.1.2 amd64-5.1.2", "5.1.2-ls123 5.1.2 version-5.1.2"},
	{"library/gradle", "jdk-25-and-25-graal 9.7.1-jdk-25-and-25-graal 9.7.1-jdk-25-and-26-graal 9.7.1", "9.7.1-jdk-25-and-25-graal"},
	{"library/golang", "windowsservercore-1809 1.27.0-windowsservercore-1809 1.27.0 1.27.0-windowsservercore-ltsc2022", "1.27.0-windowsservercore-1809"},
	{"library/ubuntu", "noble noble-20260810 24.04 noble-20260509.1", "noble-20260810 noble-20260509.1"},
	{"library/buildpack-deps", "noble 22.04 24.04 26.04", "24.04"},
	{"mirror.example.com/docker/library/node", "lts 26.7.0 25.9.0 24.19.0 22.1.0", "24.19.0"},
	{"library/node", "jod 26.7.0 24.19.0 22.1.0 22.0.0", "22.1.0 22.0.0"},
	{"library/alpine", "edge 20260805 3.24.1 20260101", "20260805 20260101"},
	{"library/debian", "stable-slim stable-20260803-slim 13.6-slim bookworm-20260803-slim", "stable-20260803-slim"},
	{"redhat/ubi9", "9.5 9.5-1733767867 9.5-1732804088", "9.5-1733767867 9.5-1732804088"},
	{"acme/app", "noble-20260810 24.04", ""},
	{"acme/app", "latest", ""}, {"acme/app", "1.2.3 1.2", ""}, {"acme/app", "sha-1a2b3c4 1.2.3", ""},
}

func TestShapes(t *testing.T) {
	for _, s := range shapes {
		tags := strings.Fields(s.tags)
		want := strings.Fields(s.want)
		got := NewList(s.repository, tags).Candidates(tags[0], 12)
		if len(got) < len(want) || !slices.Equal(got[:len(want)], want) || len(want) == 0 && len(got) > 0 {
			t.Errorf("%s:%s has the candidates %v, want %v", s.repository, tags[0], got, want)
		}
	}
}

// TestForbidden requires that what can never be meant is no candidate at all.
func TestForbidden(t *testing.T) {
	l := NewList("acme/app", strings.Fields(`latest 1.0.0 1.1.0-amd64 1.1.0-arm64v8 s390x-1.1.0 1.1.0.arm64 sha-1a2b3c4
		9f8e7d6 pr-7 1.1.0-nanoserver-1809 1.1.0-windows-ltsc2022 1.1-g1a2b3c4d sha256-0123456789abcdef.sig build-99 123456789`))
	if got := l.Candidates("latest", 100); !slices.Equal(got, []string{"1.0.0"}) {
		t.Errorf("latest may be %v", got)
	}
	if got := l.Candidates("1", 100); !slices.Equal(got, []string{"1.0.0"}) {
		t.Errorf("1 may be %v", got)
	}
}

func TestSharper(t *testing.T) {
	l := NewList("index.docker.io/library/eclipse-temurin", strings.Fields(`25 25-jdk 25.0.4_7-jdk 25.0.4_7-jre
		25.0.4_7-jdk-alpine 25.0.3_9-jdk 24.0.1_9-jdk 25-jre`))
	if got := l.Sharper("25", 2); !slices.Equal(got, []string{"25.0.4_7-jdk", "25.0.4_7-jre"}) {
		t.Errorf("behind 25 are %v", got)
	}
	if got := l.Sharper("25.0.4_7-jdk", 4); got != nil {
		t.Errorf("behind 25.0.4_7-jdk are %v", got)
	}
	if got := NewList("library/postgres", []string{"18.6", "18.6-alpine", "18"}).Sharper("18.6", 4); len(got) > 0 {
		t.Errorf("behind 18.6 are %v", got)
	}
}

// TestOrderStays requires answers not to depend on the order of the list, nor on how many are asked for.
func TestOrderStays(t *testing.T) {
	for _, i := range handmade(t) {
		tags := i.all()
		l := NewList(i.name, tags)
		slices.Reverse(tags)
		m := NewList(i.name, tags)
		for _, raw := range tags {
			want := l.Candidates(raw, 12)
			if got := m.Candidates(raw, 12); !slices.Equal(got, want) {
				t.Fatalf("%s:%s has %v, from behind %v", i.name, raw, want, got)
			}
			if got := l.Candidates(raw, 3); !slices.Equal(got, want[:min(3, len(want))]) {
				t.Fatalf("%s:%s has %v, of three %v", i.name, raw, want, got)
			}
		}
	}
}

// million makes tags as hexpm/elixir has them.
func million(n int) []string {
	tags := make([]string, 0, n)
	for i := range n {
		tags = append(tags, fmt.Sprintf("1.%d.%d-erlang-27.%d.%d-debian-bookworm-2025%02d%02d-slim", i%19, i/19%19, i/361%10, i/3610%10, 1+i/36100%12, 1+i/433200%28))
	}
	return tags
}

// BenchmarkMillion measures the list and one question, and the memory per tag.
func BenchmarkMillion(b *testing.B) {
	tags := million(1_000_000)
	b.ReportAllocs()
	for b.Loop() {
		if got := NewList("hexpm/elixir", tags).Candidates("latest", 12); len(got) != 12 {
			b.Fatal(got)
		}
	}
}

// BenchmarkNode measures the list of node, 9,038 tags, and one question.
func BenchmarkNode(b *testing.B) {
	all := simulated()
	node := all[slices.IndexFunc(all, func(i images) bool { return i.name == "library/node" })].all()
	b.ReportAllocs()
	for b.Loop() {
		if got := NewList("library/node", node).Candidates("lts-alpine", 12); len(got) != 12 {
			b.Fatal(got)
		}
	}
}
