package dockerfile

import (
	"strings"
	"testing"
)

func TestAptDecisions(t *testing.T) {
	const unknownRelease = "that nothing goes was worked out on Debian 11 to 13, and the base does not say that it is one of them"
	testRuns(t, []runRow{
		{InstallYes, "debian", "RUN apt-get update && apt-get install curl", "RUN apt-get update && apt-get install -y curl", "add -y"},
		{InstallYes, "debian", "RUN apt-get install \\\n  curl", "RUN apt-get install -y \\\n  curl", "add -y"},
		{InstallYes, "debian", "RUN apt-get install curl -y", "", ""},
		{InstallYes, "debian", "RUN apt-get -q -q install curl", "", ""},
		{InstallYes, "debian", "RUN apt-get -q=2 install curl", "", ""},
		{InstallYes, "debian", "RUN apt-get -q install curl", "RUN apt-get -q install -y curl", "add -y"},
		{InstallYes, "debian", "RUN apt-get -o Dpkg::Use-Pty=0 install curl", "RUN apt-get -o Dpkg::Use-Pty=0 install -y curl", "add -y"},
		{InstallYes, "debian", "RUN DEBIAN_FRONTEND=noninteractive sudo -E apt-get install curl", "RUN DEBIAN_FRONTEND=noninteractive sudo -E apt-get install -y curl", "add -y"},
		{InstallYes, "debian", "RUN apt-get $OPTS install curl", "", ""},
		{InstallYes, "debian", "RUN echo apt-get install curl", "", ""},
		{InstallYes, "debian", "RUN cat list | xargs apt-get install", "RUN cat list | xargs apt-get install -y", "add -y"},
		{InstallYes, "debian", "RUN echo y | apt-get install curl", "", ""},
		{InstallYes, "debian", "RUN apt-get autoremove", "RUN apt-get autoremove -y", "add -y"},
		{InstallYes, "fedora", "RUN dnf install git", "RUN dnf install -y git", "add -y"},
		{InstallYes, "centos:7", "RUN yum -y install git", "", ""},
		{InstallYes, "centos:7", "RUN echo assumeyes=1 >> /etc/yum.conf && yum install git", "", ""},
		{InstallYes, "opensuse/leap", "RUN zypper -n in git", "", ""},
		{AptCommand, "debian", "RUN apt update", "RUN apt-get update", "use apt-get"},
		{AptCommand, "debian", "RUN apt edit-sources", "", "apt-get has no edit-sources"},
		{AptCommand, "debian", "RUN a\\\npt update", "", ""},
		{AptCommand, "debian", "RUN apt $X", "", "its subcommand is not known"},
		{AptCommand, "debian", "RUN \"apt\" install a", "RUN apt-get install a", "use apt-get"},
		{AptCommand, "debian", "RUN apt show a && apt-mark hold a", "RUN apt-cache show a && apt-mark hold a", "use apt-cache"},
		{AptCommand, "debian", "RUN echo $(apt policy a)", "RUN echo $(apt-cache policy a)", "use apt-cache"},
		{AptRecommends, "debian:12", "RUN apt-get install -y unzip", "RUN apt-get install --no-install-recommends -y unzip", "add --no-install-recommends"},
		{AptRecommends, "python:3.12-slim-bookworm", "RUN apt-get install -y unzip=6.0 jq", "RUN apt-get install --no-install-recommends -y unzip=6.0 jq", "add --no-install-recommends"},
		{AptRecommends, "debian:trixie-slim", "RUN apt-get install -y unzip", "RUN apt-get install --no-install-recommends -y unzip", "add --no-install-recommends"},
		{AptRecommends, "debian:10", "RUN apt-get install -y unzip", "", unknownRelease},
		{AptRecommends, "ubuntu:24.04", "RUN apt-get install -y unzip", "", unknownRelease},
		{AptRecommends, "debian:12", "RUN apt-get install -y unzip $MORE", "", "not all packages are known"},
		{AptRecommends, "debian:12", "RUN apt-get install -y no-such-package", "", "what no-such-package recommends is not known"},
		{AptRecommends, "debian:12", "RUN apt-get install -y procps", "", "without recommended packages some go: procps brings psmisc, libgpm2"},
		{AptRecommends, "debian:12", "RUN apt-get install -y texlive-base", "", "texlive-base consists of what it recommends"},
		{AptRecommends, "debian:12", "RUN echo 'APT::Install-Recommends \"0\";' > /etc/apt/apt.conf.d/x && apt-get install -y git", "", ""},
		{AptRecommends, "debian:12", "RUN apt-get install -f", "", ""},
	})
}

func TestSplitAptUpdateDecisions(t *testing.T) {
	const join, add = "join the two RUNs with &&", "add apt-get update"
	testRuns(t, []runRow{
		{SplitAptUpdate, "debian", "RUN apt-get update\n\nRUN apt-get install -y a && make", "RUN apt-get update && apt-get install -y a && make", join},
		{SplitAptUpdate, "debian", "RUN apt-get update -q && \\\n    apt-get upgrade -y\nRUN apt-get install -y a", "RUN apt-get update -q && \\\n    apt-get upgrade -y && apt-get install -y a", join},
		{SplitAptUpdate, "debian", "RUN apt-get update\n# tools\nRUN apt-get install -y a", "RUN apt-get update\n# tools\nRUN apt-get update && apt-get install -y a", add},
		{SplitAptUpdate, "debian", "RUN apt-get update\nUSER root\nRUN apt-get install -y a", "RUN apt-get update\nUSER root\nRUN apt-get update && apt-get install -y a", add},
		{SplitAptUpdate, "debian", "RUN cd /x && apt-get update\nRUN apt-get install -y a", "RUN cd /x && apt-get update\nRUN apt-get update && apt-get install -y a", add},
		{SplitAptUpdate, "debian", "RUN A=b; apt-get update\nRUN apt-get install -y a", "", "A is set for the update or for the install alone"},
		{SplitAptUpdate, "debian", "RUN apt-get update # x\nRUN apt-get install -y a", "RUN apt-get update # x\nRUN apt-get update && apt-get install -y a", add},
		{SplitAptUpdate, "debian", "RUN apt-get update;\nRUN apt-get install -y a", "RUN apt-get update;\nRUN apt-get update && apt-get install -y a", add},
		{SplitAptUpdate, "debian", "RUN apt-get update\nRUN apt-get install -y a; make", "RUN apt-get update\nRUN apt-get update && apt-get install -y a; make", add},
		{SplitAptUpdate, "debian", "RUN apt-get update\nRUN apt-get install -y a || true", "", "it stands in the left side of ||"},
		{SplitAptUpdate, "debian", "RUN apt-get update\nRUN --network=host apt-get install -y a", "RUN apt-get update\nRUN --network=host apt-get update && apt-get install -y a", add},
		{SplitAptUpdate, "debian", "RUN apt-get update\nRUN if apt-get install -y a; then x; fi", "", "it stands in an if"},
		{SplitAptUpdate, "debian", "RUN apt-get update\nRUN if x; then apt-get install -y a; fi", "", "it stands in an if"},
		{SplitAptUpdate, "debian", "RUN apt-get update\nRUN <<EOF\napt-get install -y a\nEOF", "RUN apt-get update\nRUN <<EOF\napt-get update && apt-get install -y a\nEOF", add},
		{SplitAptUpdate, "debian", "RUN apt-get update\nRUN apt-get install -y a\nRUN apt-get install -y b", "RUN apt-get update && apt-get install -y a\nRUN apt-get update && apt-get install -y b", join + "; " + add},
		{SplitAptUpdate, "debian AS x", "RUN apt-get update\nFROM x\nRUN DEBIAN_FRONTEND=n apt-get install -y a", "RUN apt-get update\nFROM x\nRUN apt-get update && DEBIAN_FRONTEND=n apt-get install -y a", add},
		{SplitAptUpdate, "debian", "RUN add-apt-repository ppa:x && apt-get install -y a", "", ""},
	})
}

func TestDownloadDecisions(t *testing.T) {
	const fails = "a build that goes on after an answer such as 404 would stop"
	testRuns(t, []runRow{
		{WgetProgress, "ubuntu:24.04", "RUN wget http://e/x", "RUN wget --progress=dot:giga http://e/x", "add --progress=dot:giga"},
		{WgetProgress, "node:22-alpine", "RUN wget http://e/x", "", ""},
		{WgetProgress, "node:22-alpine", "RUN apk add --no-cache wget\nRUN wget http://e/x", "RUN apk add --no-cache wget\nRUN wget --progress=dot:giga http://e/x", "add --progress=dot:giga"},
		{WgetProgress, "fedora", "RUN wget http://e/x", "", "whether its wget is the GNU one is not known"},
		{WgetProgress, "debian", "RUN apt-get install -y wget", "", ""},
		{WgetProgress, "debian", "RUN wget -qO- http://e/x | sh", "", ""},
		{WgetProgress, "debian", "RUN wget --no-verbose http://e/x && wget -nv http://e/x", "", ""},
		{CurlFail, "debian", "RUN curl -sLo x http://e/x", "", fails},
		{CurlFail, "debian", "RUN curl http://e/x > x", "", fails},
		{CurlFail, "debian", "RUN curl -fLo x http://e/x && curl -Lfo x http://e/x && curl --fail-with-body -O http://e/x", "", ""},
		{CurlFail, "debian", "RUN while ! curl -o x http://e/; do sleep 1; done", "", ""},
		{CurlFail, "debian", "RUN curl $CURL_OPTS -o x http://e/x", "", ""},
		{UseraddLog, "debian", "RUN useradd app", "", ""},
		{UseraddLog, "debian", "RUN useradd -mu 12345 app", "RUN useradd -l -mu 12345 app", "add -l"},
		{UseraddLog, "debian", "RUN useradd -u12345 app", "RUN useradd -l -u12345 app", "add -l"},
	})
}

func TestSudoDecisions(t *testing.T) {
	testRuns(t, []runRow{
		{Sudo, "debian", "RUN sudo make", "RUN make", "remove sudo"},
		{Sudo, "debian", "RUN sudo -H -E A=b make", "RUN A=b make", "remove sudo"},
		{Sudo, "debian", "RUN curl x | sudo -E bash -", "RUN curl x | bash -", "remove sudo"},
		{Sudo, "debian", "RUN sudo -u app make", "", "its option -u does more than keep the environment"},
		{Sudo, "debian", "RUN sudo -i", "", "its option -i does more than keep the environment"},
		{Sudo, "debian", "RUN sudo \\\n  make", "", cut},
		{Sudo, "debian", "USER app\nRUN sudo make", "", "the user is app, who needs it"},
		{Sudo, "debian", "USER app\nUSER 0:0\nRUN sudo make", "USER app\nUSER 0:0\nRUN make", "remove sudo"},
		{Sudo, "debian", "ARG U=root\nUSER $U\nRUN sudo make", "", "the user is a variable"},
		{Sudo, "gitpod/workspace-full", "RUN sudo make", "", "the user of gitpod/workspace-full is not known"},
		{Sudo, "debian AS x", "USER app\nFROM x\nRUN sudo make", "", "the user is app, who needs it"},
		{Sudo, "debian", "ENV PATH=/x:$PATH\nRUN sudo make", "", "PATH is set, and sudo may put it back"},
		{Sudo, "debian", "RUN apt-get install -y sudo curl", "", ""},
		{Sudo, "debian", "RUN su - app -c 'sudo make'", "", ""},
		{Sudo, "docker.io/library/debian:12@sha256:0000000000000000000000000000000000000000000000000000000000000000", "RUN sudo make", "RUN make", "remove sudo"},
	})
}

// TestRecommendsTable holds the shape of the table of recommended packages.
func TestRecommendsTable(t *testing.T) {
	m := recommended()
	for name, row := range m {
		if name != strings.ToLower(name) || len(row.nothing) > 3 || len(row.nothing) == 0 && row.gone == "" {
			t.Errorf("%q: %q is no row", name, row)
		}
	}
	if len(m["unzip"].nothing) != 3 || !strings.HasPrefix(m["git"].gone, "ca-certificates patch less openssh-client") {
		t.Errorf("unzip: %q, git: %q", m["unzip"], m["git"])
	}
	if len(m) < 500 {
		t.Errorf("%d rows", len(m))
	}
}
