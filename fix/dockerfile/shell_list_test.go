package dockerfile

import "testing"

// TestSetErrexit holds that a failure that ended a RUN still ends it: set -e does not look at a command that has another one
// behind it in a chain of &&, nor into a group in front of one.
func TestSetErrexit(t *testing.T) {
	const clean = "npm cache clean --force"
	testRuns(t, []runRow{
		{NpmCache, "node:20", "RUN set -ex; npm ci; make", "RUN set -ex; npm ci; " + clean + "; make", "add ; " + clean},
		{NpmCache, "node:20", "RUN set -o errexit; npm ci; make", "RUN set -o errexit; npm ci; " + clean + "; make", "add ; " + clean},
		{NpmCache, "node:20", "RUN set -- -e; npm ci; make", "RUN set -- -e; npm ci && " + clean + "; make", "add && " + clean},
		{NpmCache, "node:20", "RUN npm ci; set -e; make", "RUN npm ci && " + clean + "; set -e; make", "add && " + clean},
		{NpmCache, "node:20", "RUN set -eu; npm ci", "RUN set -eu; npm ci && " + clean, "add && " + clean},
		{NpmCache, "node:20", "RUN set -eu; cd a && npm ci", "RUN set -eu; cd a && npm ci && " + clean, "add && " + clean},
		{NpmCache, "node:20", "RUN set -eu; npm ci && make; make x", "RUN set -eu; npm ci && " + clean + " && make; make x", "add && " + clean},
		{NpmCache, "node:20", "RUN set -e; set +e; npm ci; make", "", exitsUnclear},
		{NpmCache, "node:20", "RUN if x; then set -e; fi; npm ci; make", "", exitsUnclear},
		{NpmCache, "node:20", "RUN set $X; npm ci; make", "", exitsUnclear},
		{NpmCache, "node:20", "RUN set -e; { npm ci; make; }", "", exitsInside},
		{NpmCache, "node:20", "RUN set -e; { npm ci; make; }; x", "RUN set -e; { npm ci; make; }; " + clean + "; x", "add ; " + clean},
		{NpmCache, "node:20", "SHELL [\"/bin/bash\", \"-euxo\", \"pipefail\", \"-c\"]\nRUN npm ci; make", "SHELL [\"/bin/bash\", \"-euxo\", \"pipefail\", \"-c\"]\nRUN npm ci; " + clean + "; make", "add ; " + clean},
		{NpmCache, "node:20", "SHELL [\"/bin/bash\", \"-o\", \"pipefail\", \"-c\"]\nRUN npm ci; make", "SHELL [\"/bin/bash\", \"-o\", \"pipefail\", \"-c\"]\nRUN npm ci && " + clean + "; make", "add && " + clean},
		{NpmCache, "node:20", "RUN <<EOF\nset -e\nnpm ci\nmake\nEOF", "RUN <<EOF\nset -e\nnpm ci; " + clean + "\nmake\nEOF", "add ; " + clean},
		{NpmCache, "node:20", "RUN set -ex; \\\n\tnpm ci; \\\n\tmake", "RUN set -ex; \\\n\tnpm ci; \\\n\t" + clean + "; \\\n\tmake", "add ; " + clean},
		{AptLists, "debian", "RUN set -e; { apt-get update; apt-get install -y x; }", "", exitsInside},
		{AptLists, "debian", "RUN set -e; apt-get update; apt-get install -y x; (make; x)", "RUN set -e; apt-get update; apt-get install -y x; (make; x); rm -rf /var/lib/apt/lists/*", "add ; rm -rf /var/lib/apt/lists/*"},
		{SplitAptUpdate, "debian", "RUN apt-get update\nENV A=b\nRUN set -e; apt-get install -y a; make", "RUN apt-get update\nENV A=b\nRUN set -e; apt-get update; apt-get install -y a; make", "add apt-get update"},
		{SplitAptUpdate, "debian", "RUN apt-get update\nENV A=b\nRUN set -e; cd a && apt-get install -y a; make", "", exitsInside},
		{SplitAptUpdate, "debian", "RUN apt-get update\nENV A=b\nRUN set -e; apt-get install -y a && make; make", "RUN apt-get update\nENV A=b\nRUN set -e; apt-get update && apt-get install -y a && make; make", "add apt-get update"},
	})
}

// TestHeredocInChain holds that a here-document in a chain, which ends behind what follows it on its line, confuses no edit.
func TestHeredocInChain(t *testing.T) {
	testRuns(t, []runRow{
		{NpmCache, "node:20", "RUN cat <<EOF > /x && npm ci\na\nEOF", "", hasHeredoc},
		{AptLists, "debian", "RUN " + updated + " && cat <<EOF > /x && make\na\nEOF", "RUN " + updated + " && cat <<EOF > /x && make" + clean + "\na\nEOF", addLists},
		{ApkCache, "alpine:3.20", "RUN cat <<EOF > /x && apk update && apk add a\na\nEOF", "", "the index of apk update stays, and it does not stand in the chain by itself"},
	})
}
