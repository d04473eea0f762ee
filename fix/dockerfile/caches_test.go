package dockerfile

import (
	"math"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/source"
)

// runRow is what one rule makes of the RUNs on a base image.
type runRow struct {
	rule  *fix.Rule
	base  string
	runs  string // after FROM
	after string // "" where nothing changes
	says  string
}

func testRuns(t *testing.T, rows []runRow) {
	t.Helper()
	for _, c := range rows {
		from := "FROM " + c.base + "\n"
		after := c.after
		if after != "" {
			after = from + after + "\n"
		}
		row{c.runs, c.rule, from + c.runs + "\n", after, c.says}.test(t)
	}
}

// everyRun is a stage in which every rule about commands has something to say.
const everyRun = `FROM python
COPY package.json package-lock.json ./
RUN apt-get update && apt install a && sudo useradd -u 12345 b
RUN apt-get install -y c && wget http://e/x && curl -o x http://e/x
RUN apk add a && pip install b && gem install c && dnf install -y d
RUN yarn install && composer install && npm ci --only=production
RUN npm install
RUN useradd -u 1234 u
USER u
CMD ["x"]
`

// npmFacts is a build context with a lock file.
func npmFacts() *fix.Facts {
	return &fix.Facts{Contexts: []*fix.BuildContext{{
		Dir: ".", Ignore: ".dockerignore",
		Entries: []fix.ContextEntry{{Path: "package-lock.json"}, {Path: "package.json"}},
		Texts:   map[string][]byte{"package.json": []byte(`{}`), "package-lock.json": []byte(`{"lockfileVersion": 3, "packages": {"": {}}}`)},
	}}}
}

const (
	addLists = "add && rm -rf /var/lib/apt/lists/*"
	updated  = "apt-get update && apt-get install -y a"
	clean    = " && rm -rf /var/lib/apt/lists/*"
)

func TestAptListsDecisions(t *testing.T) {
	testRuns(t, []runRow{
		{AptLists, "debian", "RUN " + updated, "RUN " + updated + clean, addLists},
		{AptLists, "debian", "RUN sudo apt-get update && sudo apt-get install -y a", "RUN sudo apt-get update && sudo apt-get install -y a && sudo rm -rf /var/lib/apt/lists/*", "add && sudo rm -rf /var/lib/apt/lists/*"},
		{AptLists, "debian", "RUN " + updated + " && apt-get dist-clean", "", ""},
		{AptLists, "debian", "RUN " + updated + " && apt-get clean", "RUN " + updated + " && apt-get clean" + clean, addLists},
		{AptLists, "debian", "RUN " + updated + " && rm -r /var/lib/apt", "", ""},
		{AptLists, "debian", "RUN " + updated + " && find /var/lib/apt/lists -delete", "", ""},
		{AptLists, "debian", "RUN " + updated + " \\\n && make", "RUN " + updated + " \\\n && make \\\n && rm -rf /var/lib/apt/lists/*", addLists},
		{AptLists, "debian", "RUN apt-get update \\\n && apt-get install -y a \\\n && make", "RUN apt-get update \\\n && apt-get install -y a \\\n && make \\\n && rm -rf /var/lib/apt/lists/*", addLists},
		{AptLists, "debian", "RUN apt-get update && \\\n\tapt-get install -y a && \\\n\tmake", "RUN apt-get update && \\\n\tapt-get install -y a && \\\n\tmake && \\\n\trm -rf /var/lib/apt/lists/*", addLists},
		{AptLists, "debian", "RUN " + updated + " || exit 1", "RUN " + updated + " || exit 1" + clean, addLists},
		{AptLists, "debian", "RUN " + updated + " > /log 2>&1", "RUN " + updated + " > /log 2>&1" + clean, addLists},
		{AptLists, "debian", "RUN " + updated + " ; ", "RUN " + updated + clean + " ; ", addLists},
		{AptLists, "debian", "RUN " + updated + " && exec make", "", leaves},
		{AptLists, "debian", "RUN " + updated + " && exit 0", "", leaves},
		{AptLists, "debian", "RUN " + updated + " && make &", "", "it stands in a background job"},
		{AptLists, "debian", "RUN f() { " + updated + "; } && f", "", "it stands in a function"},
		{AptLists, "debian", "RUN for p in a b; do " + updated + "; done", "", "it stands in a loop"},
		{AptLists, "debian", "RUN true || (" + updated + ")", "", "it stands in the right side of ||"},
		{AptLists, "debian", "RUN case a in a) " + updated + ";; esac", "", "it stands in a case"},
		{AptLists, "debian", "RUN " + updated + "\nRUN apt-get install -y b", "", "line 3 reads the lists without an update of its own; the apt-get update is in another RUN"},
		{AptLists, "debian", "RUN " + updated + "\nRUN apt-get install -y ./b.deb", "RUN " + updated + clean + "\nRUN apt-get install -y ./b.deb", addLists + "; the apt-get update is in another RUN"},
		{AptLists, "debian", "RUN " + updated + "\nRUN apt-cache policy b", "", "line 3 reads the lists without an update of its own"},
		{AptLists, "debian", "RUN " + updated + "\nRUN ./install.sh", "", "whether install.sh on line 3 reads the lists is not known"},
		{AptLists, "debian", "RUN " + updated + "\nONBUILD RUN apt-get install -y b", "", "line 3 reads the lists without an update of its own"},
		{AptLists, "debian", "RUN " + updated + "\nCMD apt-get install -y b && b", "", "line 3 reads the lists without an update of its own"},
		{AptLists, "debian", "RUN " + updated + "\nRUN rosdep install b", "", "line 3 reads the lists without an update of its own"},
		{AptLists, "debian", "RUN [\"sh\", \"-c\", \"" + updated + "\"]", "", ""},
		{AptLists, "debian", "SHELL [\"pwsh\", \"-c\"]\nRUN " + updated, "", ""},
		{AptLists, "debian", "RUN <<EOF\napt-get update\napt-get install -y curl\nEOF\nCMD [\"bash\"]", "RUN <<EOF\napt-get update\napt-get install -y curl && rm -rf /var/lib/apt/lists/*\nEOF\nCMD [\"bash\"]", addLists},
		{AptLists, "debian", "RUN apt-get update && apt-get install -y a && cat <<EOF > /b\nc\nEOF", "", hasHeredoc},
		{AptLists, "debian", "RUN apt-get update && apt-get install -y \\\n    # needed for X\n    curl \\\n\n    # needed for Y\n    git\n# trailing\nCMD [\"bash\"]",
			"RUN apt-get update && apt-get install -y \\\n    # needed for X\n    curl \\\n\n    # needed for Y\n    git \\\n    && rm -rf /var/lib/apt/lists/*\n# trailing\nCMD [\"bash\"]", addLists},
		{AptLists, "debian", "RUN --mount=type=tmpfs,target=/var/lib/apt/lists " + updated, "", ""},
		{AptLists, "debian", "RUN --mount=type=cache,target=/root/.m2 " + updated, "RUN --mount=type=cache,target=/root/.m2 " + updated + clean, addLists},
	})
}

func TestApkAndPipDecisions(t *testing.T) {
	testRuns(t, []runRow{
		{ApkCache, "alpine:3.20", "RUN apk add --no-cache \\\n    curl \\\n    bash \\\n    && echo hi", "", ""},
		{ApkCache, "alpine:3.20", "RUN apk update && \\\n    apk add git && \\\n    make", "RUN apk add --no-cache git && \\\n    make", "add --no-cache, remove apk update"},
		{ApkCache, "alpine:3.20", "RUN set -e && apk update && apk add git", "RUN set -e && apk add --no-cache git", "add --no-cache, remove apk update"},
		{ApkCache, "alpine:3.20", "RUN apk update \\\n # note\n && apk add git", "", "the index of apk update stays: a comment stands beside it"},
		{ApkCache, "alpine:3.20", "RUN <<EOF\napk update\napk add git\nEOF", "RUN <<EOF\napk add --no-cache git\nEOF", "add --no-cache, remove apk update"},
		{ApkCache, "alpine:3.20", "RUN apk update & apk add git", "", "the index of apk update stays, and it does not stand in the chain by itself"},
		{ApkCache, "alpine:3.20", "RUN apk update; apk add git", "RUN apk add --no-cache git", "add --no-cache, remove apk update"},
		{ApkCache, "alpine:3.20", "RUN apk update || true && apk add git", "", "the index of apk update stays, and it does not stand in the chain by itself"},
		{ApkCache, "alpine:3.20", "RUN apk update && apk add a && apk add b", "RUN apk add --no-cache a && apk add --no-cache b", "add --no-cache, remove apk update; add --no-cache"},
		{ApkCache, "alpine:3.1", "RUN apk add git", "", "the apk of alpine:3.1 does not know --no-cache"},
		{ApkCache, "alpine:3.20", "RUN if true; then apk add git; fi", "RUN if true; then apk add --no-cache git; fi", "add --no-cache"},
		{ApkCache, "alpine:3.20", "RUN apk -X http://e/x add git", "RUN apk -X http://e/x add --no-cache git", "add --no-cache"},
		{ApkCache, "alpine:3.20", "RUN apk fetch git && apk search add", "", ""},
		{ApkCache, "alpine:3.20", "RUN apk add --cache-dir /c git", "", ""},
		{PipCache, "python:3.12", "RUN pip3.11 install a", "RUN pip3.11 install --no-cache-dir a", "add --no-cache-dir"},
		{PipCache, "python:3.12", "RUN pi\\\np install a", "", ""},
		{PipCache, "python:3.12", "RUN pip in\\\nstall a", "RUN pip in\\\nstall --no-cache-dir a", "add --no-cache-dir"},
		{PipCache, "python:3.12", "RUN $PIP install a", "", ""},
		{PipCache, "python:3.12", "RUN pip $SUB a", "", ""},
		{PipCache, "python:3.12", "RUN pip install a && rm -rf ~/.cache", "", ""},
		{PipCache, "python:3.12", "RUN pip install a && pip cache purge", "", ""},
		{PipCache, "python:3.12", "ARG PIP_NO_CACHE_DIR=off\nRUN pip install a", "", ""},
		{PipCache, "python:3.12", "RUN --mount=type=cache,target=$HOME/.cache pip install a", "", ""},
		{PipCache, "python:3.12", "RUN --mount=type=bind,target=/src pip install a", "RUN --mount=type=bind,target=/src pip install --no-cache-dir a", "add --no-cache-dir"},
		{PipCache, "ubuntu:14.04", "RUN pip install a", "", "the pip of ubuntu:14.04 may be too old to know --no-cache-dir"},
		{PipCache, "debian:jessie-slim", "RUN pip install a", "", "the pip of debian:jessie-slim may be too old to know --no-cache-dir"},
		{PipCache, "python:3.12", "RUN echo 'pip install a' && xargs pip install < r", "RUN echo 'pip install a' && xargs pip install --no-cache-dir < r", "add --no-cache-dir"},
		{GemDocs, "ubuntu:14.04", "RUN gem install a", "", "the gem of ubuntu:14.04 may be too old to know --no-document"},
		{GemDocs, "debian:12", "RUN gem update --system", "", ""},
		{GemDocs, "debian:12", "RUN gem list install", "", ""},
	})
}

// TestNpmCi decides by the texts of package.json and its lock file.
func TestNpmCi(t *testing.T) {
	const spec, synced = `{"dependencies": {"a": "1"}}`, `{"lockfileVersion": 3, "packages": {"": {"dependencies": {"a": "1"}}}}`
	const own, earlier = "a command before it in its RUN may change package.json or the lock file", "the RUN on line 3 may change package.json or the lock file"
	for _, c := range []struct{ base, before, run, spec, lock, safety, reason string }{
		{"node:22", "COPY . .", "npm install", spec, synced, "safe", ""},
		{"node:22", "COPY package*.json ./", "npm i --omit=dev --no-audit", spec, synced, "safe", ""},
		{"node:22", "COPY package.json ./", "npm install", spec, synced, "none", ""},
		{"node:22", "COPY src .", "npm install", spec, synced, "none", ""},
		{"node:22", "COPY . .", "npm install a", spec, synced, "none", ""},
		{"node:22", "COPY . .", "cd web && npm install", spec, synced, "none", ""},
		{"node:22", "COPY . .", "npm install -g", spec, synced, "none", ""},
		{"node:22", "COPY . .", "npm install --strict-peer-deps", spec, synced, "refused", "npm ci does not know --strict-peer-deps"},
		{"node:22", "COPY . .", "npm install", `{"dependencies": {"a": "2"}}`, synced, "refused", "package-lock.json and package.json are not in sync"},
		{"node:22", "COPY . .", "npm install", spec, "", "refused", "package-lock.json cannot be read"},
		{"node:22", "COPY . .", "npm install", "{", synced, "refused", "its package.json cannot be read"},
		{"node:14", "COPY . .", "npm install", spec, synced, "refused", "the npm of node 14 does not read this lock file with npm ci"},
		{"node:6", "COPY . .", "npm install", spec, `{"lockfileVersion": 1, "dependencies": {"a": {}}}`, "refused", "the npm of node 6 does not read this lock file with npm ci"},
		{"node:22", "COPY . .", "npm install", spec, `{"lockfileVersion": 1, "dependencies": {"a": {}}}`, "unsafe", "a lock file of version 1 does not say which package.json it is of"},
		{"node:22", "COPY . .", "npm install", spec, `{"lockfileVersion": 1}`, "refused", "package-lock.json has no a, which package.json names"},
		{"example/base", "COPY . .", "npm install", spec, synced, "unsafe", "which npm the base image has is not known"},
		{"node:22", "COPY . .\nRUN npm ci", "npm install", spec, synced, "unsafe", "npm installs before it, and npm ci removes node_modules first"},
		{"node:22", "COPY . .", "if x; then npm install; fi", spec, synced, "refused", "it stands in an if"},
		{"node:22", "WORKDIR /app\nCOPY package*.json /app/", "apt-get update && npm install", spec, synced, "safe", ""},
		{"node:22", "COPY . .\nCOPY package.json package-lock.json ./", "npm install", spec, synced, "safe", ""},
		{"node:22", "COPY . .\nRUN rm -rf node_modules && npm config set registry https://r.example", "npm install", spec, synced, "safe", ""},
		{"node:22", "WORKDIR /app\nCOPY . .\nCOPY --from=busybox /bin/a /usr/bin/\nCOPY --from=x /m ./node_modules/m", "npm install", spec, synced, "unsafe", "npm installs before it, and npm ci removes node_modules first"},
		{"node:22", "RUN rm -f package-lock.json\nCOPY . .", "npm install", spec, synced, "safe", ""},
		{"node:22", "RUN npm i -g npm@10\nCOPY . .", "npm install", spec, synced, "safe", ""},
		{"node:22", "RUN npm i -g npm@6\nCOPY . .", "npm install", spec, synced, "refused", "which npm the RUN on line 2 brings is not known"},
		{"node:22", "RUN npm config set package-lock false\nCOPY . .", "npm install", spec, synced, "refused", "the RUN on line 2 changes the settings of npm"},
		{"node:22", "ENV npm_config_package_lock=false\nCOPY . .", "npm install", spec, synced, "refused", "ENV on line 2 sets npm_config_package_lock"},
		{"node:22", "COPY . .", "NPM_CONFIG_PACKAGE_LOCK=false npm install", spec, synced, "refused", "the RUN sets NPM_CONFIG_PACKAGE_LOCK"},
		{"node:22", "COPY . .", "rm -f package-lock.json && npm install", spec, synced, "refused", own},
		{"node:22", "COPY . .", "rm *lock*; npm install", spec, synced, "refused", own},
		{"node:22", "COPY . .", "echo {} > package.json && npm install", spec, synced, "refused", own},
		{"node:22", "COPY . .", "cp package.prod.json package.json && npm install", spec, synced, "refused", own},
		{"node:22", "COPY . .", "make clean && npm install", spec, synced, "refused", own},
		{"node:22", "COPY . .", "npm version 2.0.0 && npm install", spec, synced, "refused", own},
		{"node:22", "COPY . .", "npm install a && npm install", spec, synced, "refused", own},
		{"node:22", "COPY . .\nRUN mv package-lock.json old.json", "npm install", spec, synced, "refused", earlier},
		{"node:22", "COPY . .\nRUN [\"node\", \"patch.js\"]", "npm install", spec, synced, "refused", earlier},
		{"node:22", "COPY . .\nRUN ./prep.sh", "npm install", spec, synced, "refused", earlier},
		{"node:22", "COPY . .\nRUN npm pkg set dependencies.x=1", "npm install", spec, synced, "refused", earlier},
		{"node:22", "COPY . .\nRUN jq .x package.json > p && mv p package.json", "npm install", spec, synced, "refused", earlier},
		{"node:22", "COPY . .\nRUN find . -name package-lock.json -delete", "npm install", spec, synced, "refused", earlier},
		{"node:22", "WORKDIR /app\nCOPY . .\nCOPY --from=b /out/ .", "npm install", spec, synced, "refused", "the COPY on line 4 may bring another package.json or lock file"},
		{"node:22", "COPY . .\nCOPY $WHICH package.json", "npm install", spec, synced, "refused", "the COPY on line 3 may bring another package.json or lock file"},
		{"node:22", "COPY . .\nWORKDIR /other", "npm install", spec, synced, "none", ""},
	} {
		facts := npmFacts()
		facts.Contexts[0].Texts = map[string][]byte{"package.json": []byte(c.spec), "package-lock.json": []byte(c.lock)}
		doc, err := source.Parse("Dockerfile", source.DockerfileKind, []byte("FROM "+c.base+"\n"+c.before+"\nRUN "+c.run+"\n"))
		if err != nil {
			t.Fatal(err)
		}
		safety, reason := "none", ""
		for _, f := range fix.Check(doc, []*fix.Rule{NpmCi}, facts) {
			if safety, reason = "refused", f.Reason; f.Fix != nil {
				safety = f.Fix.Safety.String()
			}
		}
		if safety != c.safety || reason != c.reason {
			t.Errorf("%s, %s, %s: %s, %s; want %s, %s", c.base, c.before, c.run, safety, reason, c.safety, c.reason)
		}
	}
}

func TestNodeDecisions(t *testing.T) {
	const npm, yarn = "add && npm cache clean --force", "no yarn.lock of version 1 is in the build context: from yarn 2 on the cache may be the installed code"
	testRuns(t, []runRow{
		{NpmCache, "node:20", "RUN npm ci", "RUN npm ci && npm cache clean --force", npm},
		{NpmCache, "node:20", "RUN sudo npm i -g a && make", "RUN sudo npm i -g a && sudo npm cache clean --force && make", "add && sudo npm cache clean --force"},
		{NpmCache, "node:20", "RUN npm ci || npm install", "", "it stands in the right side of ||"},
		{NpmCache, "node:20", "RUN npm ci || exit 1", "RUN npm ci || exit 1 && npm cache clean --force", npm},
		{NpmCache, "node:20", "RUN npm ci; make", "RUN npm ci && npm cache clean --force; make", npm},
		{NpmCache, "node:20", "RUN npm run install", "", ""},
		{NpmCache, "node:20", "ENV npm_config_cache=/tmp/n\nRUN npm ci", "", ""},
		{NpmCache, "node:20", "RUN npm ci --cache /tmp/n", "", ""},
		{NpmCache, "node:20", "RUN corepack enable && pnpm install --frozen-lockfile", "", ""},
		{NpmCache, "node:20", "RUN --mount=type=cache,target=/npm-cache npm ci", "", ""},
		{NpmCache, "node:20", "RUN --mount=type=cache,target=/root npm ci", "", ""},
		{YarnCache, "node:20", "RUN yarn", "", yarn},
		{YarnCache, "node:20", "RUN yarn global add a", "RUN yarn global add a && yarn cache clean", "add && yarn cache clean"},
		{YarnCache, "node:20", "RUN yarn add a && yarn --version", "", yarn},
		{YarnCache, "node:20", "RUN yarn build && yarn test", "", ""},
		{YarnCache, "node:20", "COPY .yarnrc.yml .\nRUN yarn install", "", ""},
		{YarnCache, "node:20", "RUN yarn install --immutable", "", ""},
		{NpmOnlyProduction, "node:18", "RUN npm ci --only production && x", "RUN npm ci --omit=dev && x", "use --omit=dev"},
		{NpmOnlyProduction, "node:lts-alpine", "RUN npm ci --only=prod", "RUN npm ci --omit=dev", "use --omit=dev"},
		{NpmOnlyProduction, "node:12-alpine", "RUN npm ci --only=prod", "", ""},
		{NpmOnlyProduction, "node:18", "RUN npm ci --only \\\n production", "", cut},
		{NpmOnlyProduction, "node:18", "RUN npm ci --only=development", "", ""},
		{ComposerCache, "php:8", "RUN php -v && composer global require a", "RUN php -v && composer global require a && composer clear-cache", "add && composer clear-cache"},
		{ComposerCache, "php:8", "RUN composer install --no-cache", "", ""},
		{ComposerDev, "php:8", "ENV COMPOSER_NO_DEV=1\nRUN composer install", "", ""},
	})
}

// TestManyRuns holds that the time for a file with many RUNs, each of which asks for those before and behind it, grows as the file
// does. Four times the file takes sixteen times as long where each looks at all others.
func TestManyRuns(t *testing.T) {
	const n = 250
	for _, run := range []string{
		"RUN apt-get install -y a && wget http://e/x && sudo pip install b\n",
		"RUN apt-get update && apt-get install a\n",
		"RUN npm install && yarn install\n",
		"RUN apk add a && gem install b\nENV A=b\n",
	} {
		one, four := manyRuns(t, run, n), manyRuns(t, run, 4*n)
		growth := math.Inf(1)
		for try := 0; try < 5 && growth > 8; try++ { // the machine may be busy with something else
			growth = min(growth, float64(timeOf(t, four, 4*n))/float64(timeOf(t, one, n)))
		}
		if growth > 8 {
			t.Errorf("%q: four times the file takes %.1f times as long", run, growth)
		}
	}
}

func manyRuns(t *testing.T, run string, n int) *source.Document {
	t.Helper()
	text := "FROM debian\nCOPY package.json package-lock.json ./\n" + strings.Repeat(run, n)
	doc, err := source.Parse("Dockerfile", source.DockerfileKind, []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// timeOf is how long one look of all rules takes, which must find at least so much.
func timeOf(t *testing.T, doc *source.Document, atLeast int) time.Duration {
	t.Helper()
	runtime.GC()
	begin := time.Now()
	if found := len(fix.Check(doc, Rules, npmFacts())); found < atLeast {
		t.Fatalf("%d findings", found)
	}
	return time.Since(begin)
}
