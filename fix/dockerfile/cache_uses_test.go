package dockerfile

import "testing"

// TestCacheUses holds that no cache goes that something else in the Dockerfile works from, names or takes along.
func TestCacheUses(t *testing.T) {
	const needs, takes, behind = "line 3 may need the cache", "line 4 takes the cache to another stage", " behind it may need the cache"
	testRuns(t, []runRow{
		{PipCache, "python:3.12", "RUN pip install -r r.txt\nRUN rm -r /root/.cache/pip", "", needs},
		{PipCache, "python:3.12", "RUN pip install a\nRUN rm -r ~/.cache", "", needs},
		{PipCache, "python:3.12", "RUN pip install a\nRUN [\"rm\", \"-r\", \"/root/.cache/pip\"]", "", needs},
		{PipCache, "python:3.12", "RUN pip install a\nRUN pip cache purge", "", needs},
		{PipCache, "python:3.12", "RUN pip install a\nRUN sh -c 'du -s /root/.cache/pip'", "", needs},
		{PipCache, "python:3.12", "RUN pip install a && chown -R app ~/.cache", "", "chown" + behind},
		{PipCache, "python:3.12", "RUN pip install a\nRUN rm -rf /root/.cache", "RUN pip install --no-cache-dir a\nRUN rm -rf /root/.cache", "add --no-cache-dir"},
		{PipCache, "python:3.12", "RUN pip install a\nRUN rm -r /root/.cache/pip || true", "RUN pip install --no-cache-dir a\nRUN rm -r /root/.cache/pip || true", "add --no-cache-dir"},
		{PipCache, "python:3.12", "RUN pip install a\nRUN ls /root/.cache/uv", "RUN pip install --no-cache-dir a\nRUN ls /root/.cache/uv", "add --no-cache-dir"},
		{PipCache, "python:3.12", "RUN pip install --no-cache a\nRUN pip install --no-cache-d b", "", ""},
		{PipCache, "python:3.12 AS b", "RUN pip install a\nFROM python:3.12\nCOPY --from=b /root/.cache /root/.cache", "", takes},
		{PipCache, "python:3.12 AS b", "RUN pip install a\nFROM python:3.12\nCOPY --from=0 root/.cache/pip/ /c", "", takes},
		{PipCache, "python:3.12 AS b", "RUN pip install a\nFROM b AS c\nFROM python:3.12\nCOPY --from=c [\"/root/.cache/pip\", \"/c\"]", "", "line 5 takes the cache to another stage"},
		{PipCache, "python:3.12 AS a", "RUN pip install a\nFROM python:3.12\nRUN --mount=from=a,source=/root/.cache,target=/root/.cache pip install a", "", takes},
		{PipCache, "python:3.12 AS a", "RUN pip install a\nFROM debian\nRUN --mount=from=a,target=/a cp -r /a/root/.cache/pip /x", "", takes},
		{PipCache, "python:3.12 AS a", "RUN pip install a\nFROM debian\nCOPY --from=a /usr/local /usr/local", "RUN pip install --no-cache-dir a\nFROM debian\nCOPY --from=a /usr/local /usr/local", "add --no-cache-dir"},
		{PipCache, "python:3.12 AS a", "RUN pip install a\nFROM scratch\nCOPY --from=a / /", "RUN pip install --no-cache-dir a\nFROM scratch\nCOPY --from=a / /", "add --no-cache-dir"},
		{NpmCache, "node:22", "RUN npm ci\nRUN npm ci --offline", "RUN npm ci\nRUN npm ci --offline && npm cache clean --force", needs + "; add && npm cache clean --force"},
		{NpmCache, "node:22", "RUN npm ci\nENV npm_config_prefer_offline=true\nRUN npm run x", "", needs},
		{NpmCache, "node:22", "RUN npm ci && npm install --prefer-offline", "RUN npm ci && npm install --prefer-offline && npm cache clean --force", "add && npm cache clean --force"},
		{NpmCache, "node:22", "RUN npm ci && npx --offline x", "", "npx" + behind},
		{NpmCache, "node:22", "RUN npm ci\nRUN rm -r ~/.npm", "", needs},
		{NpmCache, "node:22", "RUN npm ci\nRUN --network=none npm rebuild", "", needs},
		{NpmCache, "node:22", "RUN npm ci\nRUN cat ~/.npmrc", "RUN npm ci && npm cache clean --force\nRUN cat ~/.npmrc", "add && npm cache clean --force"},
		{NpmCache, "node:22 AS a", "RUN npm ci\nFROM a\nRUN npm ci --prefer-offline --cache /x", "", "line 4 may need the cache"},
		{NpmCache, "node:22", "RUN sudo -u node npm install", "", "whose cache it fills is not known: sudo has the option -u"},
		{NpmCache, "node:22", "RUN sudo --user=node npm install", "", "whose cache it fills is not known: sudo has the option --user=node"},
		{NpmCache, "node:22", "RUN HOME=/tmp npm install", "", "whose cache it fills is not known: HOME is set for it alone"},
		{YarnCache, "node:22", "RUN yarn global add a\nRUN yarn install --offline", "", needs + "; no yarn.lock of version 1 is in the build context: from yarn 2 on the cache may be the installed code"},
		{RpmCache, "rockylinux:9", "RUN dnf install -y a\nRUN dnf -C list", "", needs},
		{RpmCache, "centos:7", "RUN yum install -y a\nRUN yum -q --cacheonly info b", "", needs},
		{RpmCache, "rockylinux:9", "RUN dnf install -y a\nRUN [\"dnf\", \"--cacheonly\", \"list\"]", "", needs},
		{RpmCache, "rockylinux:9 AS a", "RUN dnf install -y a\nFROM a\nRUN dnf -C list", "", "line 4 may need the cache"},
		{RpmCache, "rockylinux:9", "RUN dnf install -y a\nRUN rm -r /var/cache/dnf/*", "", needs},
		{RpmCache, "rockylinux:9", "RUN dnf install -y a\nRUN tar -C /x -xf y", "RUN dnf install -y a && dnf clean all\nRUN tar -C /x -xf y", "add && dnf clean all"},
		{RpmCache, "centos:7", "RUN yum install -y a && rpm -e --nodeps yum", "", "whether yum is there at the end is not known: rpm takes --nodeps away"},
		{RpmCache, "centos:7", "RUN yum install -y a && yum remove -y yum", "", "whether yum is there at the end is not known: yum takes yum away"},
		{RpmCache, "centos:7", "RUN yum install -y a && yum remove -y gcc", "RUN yum install -y a && yum remove -y gcc && yum clean all", "add && yum clean all"},
		{RpmCache, "rockylinux:9", "RUN dnf install -y --installroot /mnt a && dnf install --installroot=/mnt b", "", ""},
		{ComposerCache, "php:8", "RUN composer install\nRUN rm -r /root/.composer/cache", "", needs},
	})
}

// TestApkIndexUses holds the same of the index of apk.
func TestApkIndexUses(t *testing.T) {
	const add, both, forced = "add --no-cache", "add --no-cache, remove apk update", "add --no-cache, and -f to what removes the cache"
	testRuns(t, []runRow{
		{ApkCache, "alpine:3.20", "RUN apk add --update curl && rm /var/cache/apk/*", "RUN apk add --no-cache --update curl && rm -f /var/cache/apk/*", forced},
		{ApkCache, "alpine:3.20", "RUN set -xe && apk add -U curl && rm vault.zip /var/cache/apk/*", "", "with -f the rm on line 2 passes over a missing vault.zip too"},
		{ApkCache, "alpine:3.20", "RUN apk add --update curl && rm -r /var/cache/*", "RUN apk add --no-cache --update curl && rm -f -r /var/cache/*", forced},
		{ApkCache, "alpine:3.20 AS a", "RUN apk add a\nRUN apk add b\nFROM a\nRUN rm /var/cache/apk/*", "RUN apk add --no-cache a\nRUN apk add --no-cache b\nFROM a\nRUN rm -f /var/cache/apk/*", forced + "; " + add},
		{ApkCache, "alpine:3.20 AS a", "RUN apk add a\nFROM alpine\nRUN apk update && rm /var/cache/apk/*", "RUN apk add --no-cache a\nFROM alpine\nRUN apk update && rm /var/cache/apk/*", add},
		{ApkCache, "alpine:3.20", "RUN apk add a\nRUN find /var/cache/apk -type f | xargs rm", "", "line 3 may need the cache"},
		{ApkCache, "alpine:3.20", "RUN apk add --update curl\nCOPY a /\nRUN rm /var/cache/apk/*", "RUN apk add --no-cache --update curl\nCOPY a /\nRUN rm -f /var/cache/apk/*", forced},
		{ApkCache, "alpine:3.20", "RUN apk update && apk add curl && rm /var/cache/apk/*", "RUN apk update && apk add --no-cache curl && rm /var/cache/apk/*", add},
		{ApkCache, "alpine:3.20", "RUN apk add -U curl && rm -f /var/cache/apk/*\nRUN ./x.sh", "RUN apk add --no-cache -U curl && rm -f /var/cache/apk/*\nRUN ./x.sh", add},
		{ApkCache, "alpine:3.20 AS a", "RUN apk add curl\nFROM alpine:3.20\nCOPY --from=a /var/cache/apk /var/cache/apk", "", "line 4 takes the cache to another stage"},
		{ApkCache, "alpine:3.20", "RUN apk update && apk add a\nRUN apk search b", "", "line 3 may need the cache"},
		{ApkCache, "alpine:3.20", "RUN apk update && apk add a\nRUN apk fetch b", "", "line 3 may need the cache"},
		{ApkCache, "alpine:3.20", "RUN apk update && apk add a\nRUN apk list", "", "line 3 may need the cache"},
		{ApkCache, "alpine:3.20", "RUN apk update && apk add a\nRUN apk policy b", "", "line 3 may need the cache"},
		{ApkCache, "alpine:3.20", "RUN apk update && apk add a\nRUN [\"apk\", \"add\", \"b\"]", "", "line 3 may need the cache"},
		{ApkCache, "alpine:3.20", "RUN apk update && apk add a\nRUN sh -c 'apk add b'", "", "line 3 may need the cache"},
		{ApkCache, "alpine:3.20", "RUN apk update && apk add a\nRUN apk add -U b", "RUN apk add --no-cache a\nRUN apk add --no-cache -U b", both + "; " + add},
		{ApkCache, "alpine:3.20", "RUN apk update && apk add a\nRUN --mount=type=cache,target=/var/cache/apk apk add b", "", "apk add on line 3 may need the index"},
		{ApkCache, "alpine:3.20", "RUN apk update && ./install.sh && apk add b", "", "whether install.sh needs the index is not known"},
		{ApkCache, "alpine:3.20", "RUN apk update && apk add b\nRUN ./install.sh", "", "whether install.sh on line 3 needs the index is not known"},
		{ApkCache, "alpine:3.20", "RUN apk add a\nRUN apk update && apk upgrade && apk add b", "RUN apk add --no-cache a\nRUN apk update && apk upgrade && apk add b", add + "; apk upgrade needs the index that apk update fetched"},
		{ApkCache, "alpine:3.20", "RUN apk add b\nRUN ./install.sh", "RUN apk add --no-cache b\nRUN ./install.sh", add},
	})
}

// TestAptListsNeeded holds which later instructions keep the lists.
func TestAptListsNeeded(t *testing.T) {
	const needs = "line 3 reads the lists without an update of its own"
	var rows []runRow
	for later, says := range map[string]string{
		"RUN [\"apt-get\", \"install\", \"-y\", \"b\"]":           needs,
		"CMD [\"apt-get\", \"install\", \"-y\", \"b\"]":           needs,
		"ONBUILD RUN [\"apt-get\", \"install\", \"b\"]":           needs,
		"RUN mk-build-deps --install --tool 'apt-get -y' control": needs,
		"RUN gdebi -n b.deb":                                      needs,
		"RUN tasksel install b":                                   needs,
		"RUN apt-fast install b":                                  needs,
		"RUN $APT_INSTALL b":                                      needs,
		"RUN $X b":                                                needs,
		"RUN bash <<EOF\napt-get install -y b\nEOF":               needs,
		"RUN bash -c 'apt-get install -y b'":                      needs,
		"RUN eval \"apt-get install -y b\"":                       needs,
		"RUN apt-get $X b":                                        needs,
		"RUN apt-add-repository x && apt-get install b":           needs + "; it relies on another",
		"RUN rm -r /var/lib/apt/lists/*":                          "line 3 may need the cache",
		"RUN ansible-playbook x.yml":                              "whether ansible-playbook on line 3 reads the lists is not known",
		"RUN make deps":                                           "whether make deps on line 3 reads the lists is not known",
		"RUN make -C x -j 4 install A=b":                          "",
		"RUN bash -c 'apt-get update && apt-get install -y b'":    "",
		"RUN echo apt-get install b":                              "",
		"RUN $HOME/bin/b && \"$JAVA\"/bin/c":                      "",
		"RUN X=make; $X b":                                        "",
		"RUN rm -rf /var/lib/apt/lists/*":                         "",
	} {
		run, want := "RUN "+updated+"\n"+later, runRow{}
		if want = (runRow{AptLists, "debian", run, "", says}); says == "" {
			want.after, want.says = "RUN "+updated+clean+"\n"+later, addLists
		}
		if says == needs+"; it relies on another" {
			want.says = needs + "; the apt-get update is in another RUN"
		}
		rows = append(rows, want)
	}
	testRuns(t, append(rows,
		runRow{AptLists, "ubuntu:16.04", "RUN " + updated + "\nRUN add-apt-repository -y ppa:x && make && apt-get install -y b", "", needs + "; the apt-get update is in another RUN"},
		runRow{AptLists, "debian", "RUN " + updated + " && cd /var/lib/apt && rm -rf lists/*", "", ""},
		runRow{AptLists, "debian AS a", "RUN " + updated + "\nFROM a AS b\nFROM debian\nCOPY --from=b /var/lib/apt/lists /var/lib/apt/lists\nFROM b", "", "line 5 takes the cache to another stage"},
	))
}

// TestBareUpdates holds where an update of its own is not what the install had before.
func TestBareUpdates(t *testing.T) {
	const own, between = " is set for the update or for the install alone", "line 3 may change what apt-get update reads"
	install := "\nRUN make\nRUN apt-get install -y a"
	testRuns(t, []runRow{
		{SplitAptUpdate, "debian", "RUN apt-get -o Acquire::Check-Valid-Until=false update" + install, "", "the update of line 2 has the option -o"},
		{SplitAptUpdate, "debian", "RUN apt-get update --allow-insecure-repositories" + install, "", "the update of line 2 has the option --allow-insecure-repositories"},
		{SplitAptUpdate, "debian", "RUN apt-get update || true" + install, "", "the RUN goes on where the update of line 2 fails"},
		{SplitAptUpdate, "debian", "RUN apt-get update; make" + install, "", "the RUN goes on where the update of line 2 fails"},
		{SplitAptUpdate, "debian", "RUN http_proxy=x apt-get update" + install, "", "http_proxy" + own},
		{SplitAptUpdate, "debian", "RUN export http_proxy=x && apt-get update" + install, "", "http_proxy" + own},
		{SplitAptUpdate, "debian", "RUN apt-get update\nRUN make\nRUN http_proxy=x apt-get install -y a", "", "http_proxy" + own},
		{SplitAptUpdate, "debian", "RUN --mount=type=secret,id=a,target=/etc/apt/auth.conf apt-get update" + install, "", "the RUN of the update has --mount=type=secret,id=a,target=/etc/apt/auth.conf"},
		{SplitAptUpdate, "debian", "RUN --mount=type=bind,source=s,target=/etc/apt/sources.list apt-get update" + install, "", "the RUN of the update has --mount=type=bind,source=s,target=/etc/apt/sources.list"},
		{SplitAptUpdate, "debian", "RUN apt-get update\nRUN --network=none apt-get install -y a", "", "the RUN of the install has --network=none"},
		{SplitAptUpdate, "debian", "RUN echo 'deb file:/r ./' > /etc/apt/sources.list.d/r.list && apt-get update" + install, "", "the repository of line 2 may be gone"},
		{SplitAptUpdate, "debian", "RUN apt-get update && rm /etc/apt/sources.list.d/x" + install, "", "a command in between may change what apt-get update reads"},
		{SplitAptUpdate, "debian", "RUN apt-get update\nRUN rm /etc/apt/sources.list.d/x\nRUN apt-get install -y a", "", between},
		{SplitAptUpdate, "debian", "RUN apt-get update\nCOPY a /etc/apt/\nRUN apt-get install -y a", "", between},
		{SplitAptUpdate, "debian", "RUN apt-get update\nENV http_proxy=x\nRUN apt-get install -y a", "", between},
		{SplitAptUpdate, "debian", "RUN apt-get update\nRUN apt-get purge -y b\nRUN apt-get install -y a", "", "whether line 3 changes what apt-get update reads is not known"},
		{SplitAptUpdate, "debian", "RUN apt-get update\nRUN ./x.sh\nRUN apt-get install -y a", "", "whether line 3 changes what apt-get update reads is not known"},
		{SplitAptUpdate, "debian", "RUN apt-get update\nRUN make\nRUN sudo -E apt-get install -y a", "", "what runs the install has the option -E"},
		{SplitAptUpdate, "debian", "RUN apt-get update\nRUN make\nRUN apt-get -o Acquire::Retries=3 install -y a", "", "the install has the option Acquire::Retries=3"},
		{SplitAptUpdate, "debian", "RUN service x start && apt-get update" + install, "", "line 2 starts a service, which is gone later"},
		{SplitAptUpdate, "debian", "RUN apt-get -qq update -y\nCOPY a /b/\nRUN apt-get -o Dpkg::x=y install -y a", "RUN apt-get -qq update -y\nCOPY a /b/\nRUN apt-get update && apt-get -o Dpkg::x=y install -y a", "add apt-get update"},
		{InstallYes, "debian", "RUN apt-get install -q=1 a", "RUN apt-get install -y -q=1 a", "add -y"},
		{InstallYes, "debian", "RUN apt-get -qq -q=1 install a", "RUN apt-get -qq -q=1 install -y a", "add -y"},
		{InstallYes, "debian", "RUN apt-get -q=1 -q=1 install a", "RUN apt-get -q=1 -q=1 install -y a", "add -y"},
		{InstallYes, "debian", "RUN apt-get --quiet=2 install a && apt-get -q=1 -q install a", "", ""},
	})
}
