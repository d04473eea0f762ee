package tag

import "strings"

// stage orders what comes before a version.
type stage int8

const (
	dev stage = iota - 6
	alpha
	milestone
	beta
	preview
	candidate
	released // the zero value
)

// stages are the words for them, as glued to a version (3.15.0b2, 6.0.0.CR1) or following it (-rc.1). A stage of one
// letter counts only with a number.
var stages = map[string]stage{
	"dev": dev, "snapshot": dev,
	"a": alpha, "alpha": alpha, "ea": alpha,
	"m": milestone, "milestone": milestone,
	"b": beta, "beta": beta,
	"preview": preview, "pre": preview, "prerelease": preview,
	"rc": candidate, "cr": candidate,
}

// channelWords name streams of images that are not released. As words they belong to the family: 1.19-dev moves to
// 1.20-dev.
var channelWords = set(`nightly edge next dev devel develop development main master trunk head tip canary unstable
	experimental testing test staging snapshot insiders daily weekly wip`)

// statusWords tell what a publisher thinks of a version today; they name no kind of image.
var statusWords = set(`latest stable mainline lts sts lta current rolling oldstable oldoldstable default release
	production innovation legacy fresh old`)

// laterWords are names for the newest line that is not meant by lts or stable where both exist.
var laterWords = map[string]map[string]bool{
	"lts":    set("innovation sts current stable mainline fresh rolling"),
	"stable": set("mainline fresh"),
}

// earlierWords are names for a line before the newest.
var earlierWords = set("old oldstable oldoldstable legacy legacylts")

// labels stand before a version and say no more than that it is one.
var labels = set("version release")

// refWords introduce what is no version: pr-123, sha-1a2b3c4.
var refWords = set(`pr pull mr commit sha sha256 sha512 branch build ci feature feat fix hotfix bugfix
	dependabot renovate sig att sbom`)

// platformWords mark an image of one platform of an index. It is never what a tag without the word stands for.
var platformWords = set(`amd64 x86_64 x86 x64 i386 386 i686 arm arm64 arm64v8 arm64_v8 aarch64 arm32v5 arm32v6 arm32v7
	armv5 armv6 armv6l armv7 armv7l armv8 armhf armel arm_v6 arm_v7 ppc64le ppc64el s390x riscv64 mips64le mips64el
	loong64 loongarch64`)

// windowsWords likewise: an index may have them beside Linux, a tag of their own is Windows only.
var windowsWords = set(`windows windowsservercore nanoserver servercore windowsserver`)

// carriers are words whose separate number is theirs, not the image's: otp-27, jdk-25, alpine-3.24. Others are learned
// from the list: behind a version, a number behind a word is the word's.
var carriers = set(`alpine debian ubuntu ubi rhel el centos fedora rockylinux almalinux oraclelinux amazonlinux al
	windowsservercore nanoserver ltsc otp erlang jdk jre java openjdk temurin corretto semeru sapmachine zulu liberica
	graalvm openj9 and php python py pypy ruby node nodejs go golang scala cuda cudnn rocm dotnet pg`)

// javaWords carry a version of Java.
var javaWords = set(`jdk jre java openjdk`)

// revisionMarks introduce the number of a build of a released version: -r4, -ls200, -p1. security-01 is Grafana's, for
// a fix that is released on top of a version.
var revisionMarks = set(`r ls p rev build patch u sp pl security hotfix`)

// defaultWords are what a publisher means who names no variant: of two kinds with more words than asked for, the one
// with these words comes first.
var defaultWords = set(`community ce oss base jdk full default standard server apache cli debian linux runtime temurin
	ubuntu openssl stable`)

// suffixWords are glued to a version by a dot: 33.0.1.Final.
var suffixWords = set(`final ga release`)

// codenames are the releases of Debian and of Ubuntu, oldest first: the word of a base that may be replaced by a later
// one of the same distribution. Source: debian.org/releases, wiki.ubuntu.com/Releases.
var codenames = [][]string{
	{"wheezy", "jessie", "stretch", "buster", "bullseye", "bookworm", "trixie", "forky", "duke"},
	{"trusty", "xenial", "bionic", "focal", "jammy", "noble", "resolute"}, // LTS only
}

// bases are words that name a base by its version, which may rise with the version of the image. Windows is not among
// them: ltsc2019 runs only where the host is alike.
var bases = set(`alpine debian ubuntu ubi rhel el centos rockylinux almalinux oraclelinux amazonlinux al fedora`)

// releases are the versions that code names stand for, where a repository has the name by itself only: the 24.04 of
// buildpack-deps is its noble. Source: wiki.ubuntu.com/Releases, debian.org/releases.
var releases = map[string][]int{
	"trusty": {14, 4}, "xenial": {16, 4}, "bionic": {18, 4}, "focal": {20, 4}, "jammy": {22, 4}, "kinetic": {22, 10},
	"lunar": {23, 4}, "mantic": {23, 10}, "noble": {24, 4}, "oracular": {24, 10}, "plucky": {25, 4}, "questing": {25, 10},
	"resolute": {26, 4}, "jessie": {8}, "stretch": {9}, "buster": {10}, "bullseye": {11}, "bookworm": {12},
	"trixie": {13},
}

func set(words string) map[string]bool {
	s := map[string]bool{}
	for _, w := range strings.Fields(words) {
		s[w] = true
	}
	return s
}
