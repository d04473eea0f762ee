package tag

import (
	"fmt"
	"strings"
	"testing"
)

// dump writes what was read: scheme and version, pre-release, date, revisions, words.
func dump(t Tag) string {
	if t.opaque {
		return "opaque"
	}
	s := [...]string{"", "v", "version-", "RELEASE."}[t.scheme] + join(t.numbers)
	if t.pre.stage != released {
		s += fmt.Sprintf(" pre%d:%s", t.pre.stage, join(t.pre.numbers))
	}
	if t.date != nil {
		s += " on " + join(t.date)
	}
	for _, r := range t.revs {
		s += " " + r.mark + join(r.numbers)
	}
	for _, w := range t.words {
		s += " " + w.name
		if w.version != nil {
			s += "(" + join(w.version) + ")"
		}
	}
	return strings.TrimSpace(s)
}

func join(n []int) string {
	return strings.ReplaceAll(strings.Trim(fmt.Sprint(n), "[]"), " ", ".")
}

func TestParse(t *testing.T) {
	for _, c := range [][2]string{
		{"", ""}, {"latest", ""}, {"latest-alpine", "alpine"}, {"3.12-slim", "3.12 slim"}, {"v1", "v1"}, {"V1.2", "v1.2"},
		{"3.x", "3"}, {"3.15.0b2-slim", "3.15.0 pre-3:2 slim"}, {"19beta3", "19 pre-3:3"}, {"3.15-rc", "3.15 pre-1:"},
		{"8.4-rc-cli", "8.4 pre-1: cli"}, {"2.0.0-rc.1", "2.0.0 pre-1:1"}, {"2.0.0-rc-1", "2.0.0 pre-1:1"},
		{"6.0.0.CR1", "6.0.0 pre-1:1"}, {"11.0.0-M26-jdk21", "11.0.0 pre-4:26 jdk(21)"}, {"26-ea-9-jdk", "26 pre-5:9 jdk"},
		{"3.10.0-78.1.beta-sdk", "3.10.0 pre-3:78.1 sdk"}, {"9.0.0-preview.7.24406.2", "9.0.0 pre-2:7.24406.2"},
		{"2024.11.0.dev20240924", "2024.11.0 pre-6:20240924"}, {"1.10.0-alpha20240828", "1.10.0 pre-5:20240828"},
		{"17.5.0-rc42.ce.0", "17.5.0 pre-1:42 ce(0)"}, {"rc-bookworm", "pre-1: bookworm"}, {"1.19-dev", "1.19 dev"},
		{"21.0.4_7-jdk", "21.0.4 _7 jdk"}, {"8u422-b05-jre", "8.0.422 b5 jre"}, {"8u504-al2", "8.0.504 al(2)"},
		{"8u504-al2023-jdk", "8.0.504 al(2023) jdk"}, {"open-8u462-b08-jdk-jammy", "8.0.462 b8 open jdk jammy"},
		{"8.0.1-b3-ubuntu", "8.0.1 pre-3:3 ubuntu"}, {"9.5-minimal-1732804088", "9.5 #1732804088 minimal"},
		{"1.2.3-r4", "1.2.3 r4"}, {"5.9.1.9070-ls236", "5.9.1.9070 ls236"}, {"26.0.5-0", "26.0.5 #0"},
		{"12.0.1-security-01", "12.0.1 security1"}, {"9.4-1214.1726694543", "9.4 #1214.1726694543"},
		{"12.4.0-19383843421", "12.4.0 #19383843421"}, {"1.9.2p1", "1.9.2 p1"}, {"1.1.1w", "1.1.1 a-z119"},
		{"3.11-7.3.20-slim", "3.11 #7.3.20 slim"}, {"8.0.43-34.1-centos", "8.0.43 #34.1 centos"},
		{"16.4.0-debian-12-r3", "16.4.0 r3 debian(12)"}, {"1.20.3-otp-27", "1.20.3 otp(27)"}, {"otp-27-slim", "otp(27) slim"},
		{"3.9.4-eclipse-temurin-17", "3.9.4 eclipse temurin(17)"}, {"24-jre-headless-ubuntu-24.04", "24 jre headless ubuntu(24.4)"},
		{"jdk-25-and-25-graal", "jdk(25) and(25) graal"},
		{"temurin-21-tools-deps-1.12.2.1565", "1.12.2.1565 temurin(21) tools deps"},
		{"12.6.0-cudnn-devel-ubuntu22.04", "12.6.0 cudnn devel ubuntu(22.4)"},
		{"2.4.1-cuda12.4-cudnn9-runtime", "2.4.1 cuda(12.4) cudnn(9) runtime"}, {"2.1.0-scala_2.12-java17", "2.1.0 scala(2.12) java(17)"},
		{"1.2.3_alpine", "1.2.3 alpine"}, {"33.0.1.Final-jdk17", "33.0.1 final jdk(17)"}, {"version-5.1.2", "version-5.1.2"},
		{"26.8.0.126808-community", "26.8.0.126808 community"}, {"2.462.2-lts-jdk17", "2.462.2 lts jdk(17)"},
		{"bookworm-20230814-slim", "on 20230814 bookworm slim"}, {"base-20260816.0.574111", "on 20260816.0.574111 base"},
		{"2026-08-19", "on 20260819"}, {"20260820123456", "on 20260820.123456"}, {"18.0-20250807", "18.0 on 20250807"},
		{"9.6-minimal-20250813", "9.6 on 20250813 minimal"}, {"9.6.20250531", "9.6.20250531"},
		{"RELEASE.2024-01-01T16-36-33Z.fips", "RELEASE.2024.1.1.16.36.33 fips"}, {"RELEASE.2024", "release(2024)"},
		{"7.7.1-1-ubi8.amd64", "7.7.1 #1 ubi(8) amd64"}, {"arm64v8-3.12", "3.12 arm64v8"}, {"1.2-x86_64", "1.2 x86_64"},
		{"windowsservercore-1809", "windowsservercore(1809)"}, {"portainer-ltsc2022", "portainer ltsc(2022)"},
		{"1a2b3c4", "opaque"}, {"sha-deadbee", "opaque"}, {"sha256-0a1b2c3d.sig", "opaque"}, {"pr-123", "opaque"},
		{"dev-1600a35", "opaque"}, {"1.19-dev-4e01c7aa", "opaque"}, {"v1.2-5-g1a2b3c4d", "opaque"}, {"build-4711", "opaque"},
		{"3870380", "opaque"}, {"defaced", "defaced"}, {"alpine", "alpine"}, {"alphabet", "alphabet"},
		{"9999999999999999999999", "9999999999999999999999"}, {"..", ".."}, {"-", ""}, {"ü-1", "1 ü"}, {".hidden", ".hidden"},
	} {
		if got := dump(Parse(c[0])); got != c[1] {
			t.Errorf("%q is read as %q, want %q", c[0], got, c[1])
		}
	}
}

func TestFloating(t *testing.T) {
	for _, raw := range strings.Fields("latest alpine alpine3.22 stable lts bookworm jod otp-27 php8.3-fpm main edge rc nonroot") {
		if p := Parse(raw); !p.Floating() || p.Partial() {
			t.Errorf("%q: floating %v, partial %v", raw, p.Floating(), p.Partial())
		}
	}
	for _, raw := range strings.Fields("22 v1 3.12-slim 3.15-rc 18.6 24.04 2-alpine 17-jdk") {
		if p := Parse(raw); p.Floating() || !p.Partial() {
			t.Errorf("%q: floating %v, partial %v", raw, p.Floating(), p.Partial())
		}
	}
	for _, raw := range strings.Fields("3.12.1 21_35-jdk 20260805 noble-20260810 8u504 9.4-1214 sha-1a2b3c4 3870380 18.0-20250807 RELEASE.2024-01-01T16-36-33Z") {
		if p := Parse(raw); p.Floating() || p.Partial() {
			t.Errorf("%q: floating %v, partial %v", raw, p.Floating(), p.Partial())
		}
	}
	if !Parse("").Floating() {
		t.Error("no tag is not floating")
	}
}

func TestPreRelease(t *testing.T) {
	for _, raw := range strings.Fields("3.15.0rc1 nightly-20260801 edge 12.4.0-19383843421 1.19-dev") {
		if !Parse(raw).PreRelease() {
			t.Errorf("%q is released", raw)
		}
	}
	for _, raw := range strings.Fields("3.15.0 9.5-1732804088 3.12-alpine 21.0.4_7-jdk") {
		if Parse(raw).PreRelease() {
			t.Errorf("%q is not released", raw)
		}
	}
}

func TestSeekPrefix(t *testing.T) {
	for _, c := range [][2]string{{"3.12-slim", "3.12."}, {"22", "22."}, {"v1", "v1."}, {"3.15-rc", "3.15."}, {"enterprise-7", "enterprise-7."}, {"3.x", "3."}} {
		if got, ok := SeekPrefix(c[0]); got != c[1] || !ok {
			t.Errorf("%q seeks %q, want %q", c[0], got, c[1])
		}
	}
	for _, raw := range []string{"", "latest", "3.12.1", "alpine3.22", "noble-20260810"} {
		if got, ok := SeekPrefix(raw); ok {
			t.Errorf("%q seeks %q", raw, got)
		}
	}
}
