package main

import (
	"fmt"
	"math/rand"
	"strings"
)

// grammar makes Dockerfiles out of all that people write into them, and out of more than that: shells, here-documents, continuations in
// odd places, comments and blank lines inside of instructions, quotes, mounts, triggers, several stages, package managers in every form.
type grammar struct {
	*rand.Rand
	out    strings.Builder
	escape string
	stages []string // names so far
	bash   bool     // SHELL is bash
}

// generated is a file for a seed.
func generated(seed int64) string {
	g := &grammar{Rand: rand.New(rand.NewSource(seed)), escape: `\`}
	switch g.Intn(12) {
	case 0:
		g.out.WriteString("# escape=`\n")
		g.escape = "`"
	case 1:
		g.out.WriteString("# syntax=docker/dockerfile:1\n")
	case 2:
		g.out.WriteString("# check=skip=MaintainerDeprecated\n")
	}
	for range 1 + g.Intn(3) {
		g.stage()
	}
	return g.out.String()
}

// one is one of the texts.
func (g *grammar) one(texts ...string) string { return texts[g.Intn(len(texts))] }

// some is a text, or nothing in n-1 of n cases.
func (g *grammar) some(n int, text string) string {
	if g.Intn(n) > 0 {
		return ""
	}
	return text
}

func (g *grammar) stage() {
	base := g.one("debian:12", "debian:bookworm-slim", "ubuntu:24.04", "python:3.12-slim", "node:22", "golang:1.23", "php:8", "alpine:3.20", "alpine", "node:22-alpine", "rockylinux:9",
		"fedora:41", "opensuse/leap:15", "ruby:3", "example/base", "busybox", "ubuntu:14.04", "debian:11 ")
	if len(g.stages) > 0 && g.Intn(3) == 0 {
		base = g.one(g.stages...)
	}
	name := fmt.Sprintf("s%d", len(g.stages))
	g.keyword("FROM")
	fmt.Fprintf(&g.out, " %s %s %s\n", base, g.one("AS", "as", "As"), name)
	g.stages, g.bash = append(g.stages, name), false
	for range 3 + g.Intn(9) {
		g.between()
		g.instruction()
	}
	g.out.WriteString(g.some(2, "CMD "+g.one(`["app"]`, "app --port 80", "exec app $PORT", "['app']", "npm start", "a && b")+"\n"))
}

// between is what may stand between instructions.
func (g *grammar) between() {
	g.out.WriteString(g.some(4, "\n") + g.some(5, g.one("# a comment", "  # indented", "#no blank", "# hadolint ignore=DL3008,DL3015", "# dockfix ignore=sudo; needed")+"\n"))
}

func (g *grammar) keyword(name string) {
	g.out.WriteString(g.one(name, name, name, strings.ToLower(name)))
}

func (g *grammar) instruction() {
	if g.Intn(10) < 6 {
		g.keyword("RUN")
		g.run()
		return
	}
	name, rest, _ := strings.Cut(g.one(
		"ENV A b c", "ENV A=b B='c d'", `ENV A="b" \`+"\n    B=c", "ENV DEBIAN_FRONTEND noninteractive", "ENV PIP_NO_CACHE_DIR=1", "ARG A", "ARG V=1.2", "LABEL a b", "LABEL a=b c=\"d e\"",
		"COPY . .", "COPY a b /c", "COPY --chown=1:1 a /b/", "COPY package*.json ./", "COPY <<EOF /etc/x\na\nEOF", "ADD a /b", "ADD https://example.com/a.tgz /b", "ADD a.tar.gz /", "WORKDIR /app", "WORKDIR app",
		"WORKDIR $A/b", "USER root", "USER app", "USER 1000:1000", "EXPOSE 80/TCP 81", "EXPOSE 8080:80", "MAINTAINER A <a@example.com>", "VOLUME /data", "STOPSIGNAL SIGTERM", "HEALTHCHECK CMD curl -f http://localhost/ || exit 1",
		"ONBUILD RUN apt-get update && apt-get install -y a", "ONBUILD COPY . .", `SHELL ["/bin/bash", "-c"]`, `SHELL ["/bin/bash", "-euo", "pipefail", "-c"]`, `SHELL ["/bin/ash", "-e", "-c"]`, `SHELL ["pwsh", "-Command"]`,
		"ENTRYPOINT [\"app\"]", "ENTRYPOINT app -x", "COPY --from=s0 /a /b",
	), " ")
	if strings.HasPrefix(rest, "--from=s0") && len(g.stages) < 2 || g.escape == "`" && strings.Contains(rest, "\\\n") {
		name, rest = "ENV", "X=y"
	}
	g.keyword(name)
	g.out.WriteString(" " + rest + "\n")
}

// run writes what follows RUN.
func (g *grammar) run() {
	g.out.WriteString(g.one("", "", "", " --mount=type=cache,target=/root/.cache/pip", " --mount=type=cache,target=/var/cache/apt", " --mount=type=bind,target=/src", " --network=host", " --mount=type=secret,id=a"))
	switch g.Intn(12) {
	case 0:
		g.heredoc()
	case 1:
		g.out.WriteString(" " + g.one(`["apt-get", "install", "-y", "a"]`, `["sh", "-c", "apt-get update && apt-get install a"]`, `["pip", "install", "a"]`) + "\n")
	default:
		g.out.WriteString(" " + g.continued(g.program(2)) + "\n")
	}
}

// heredoc writes a program in a here-document, or one beside a command.
func (g *grammar) heredoc() {
	var lines []string
	for range 1 + g.Intn(4) {
		lines = append(lines, g.statement(1))
	}
	body := g.some(3, "set -e\n") + strings.Join(lines, "\n")
	switch g.Intn(4) {
	case 0:
		fmt.Fprintf(&g.out, " <<-EOF\n\t%s\n\tEOF\n", strings.ReplaceAll(body, "\n", "\n\t"))
	case 1:
		fmt.Fprintf(&g.out, " cat <<EOF > /x && %s\nline $A\nEOF\n", g.simple())
	case 2:
		fmt.Fprintf(&g.out, " <<'EOF' %s\n%s\nEOF\n", g.one("", "bash"), body)
	default:
		fmt.Fprintf(&g.out, " <<EOF\n%s%s\nEOF\n", g.some(3, "#!/bin/bash\n"), body)
	}
}

// program is a list of statements on one line.
func (g *grammar) program(depth int) string {
	text := g.some(4, g.one("set -e; ", "set -ex && ", "set -eux; ", "set -o pipefail; "))
	for i := range 1 + g.Intn(4) {
		if i > 0 {
			text += g.one(" && ", " && ", " && ", "; ", " ; ", " || ")
		}
		text += g.statement(depth)
	}
	return text + g.some(12, ";")
}

func (g *grammar) statement(depth int) string {
	if depth == 0 || g.Intn(4) > 0 {
		return g.simple()
	}
	inner := func() string { return strings.TrimSuffix(g.program(depth-1), ";") }
	switch g.Intn(11) {
	case 0:
		return "if [ -n \"$A\" ]; then " + inner() + "; fi"
	case 1:
		return "if " + g.simple() + "; then " + inner() + "; else " + inner() + "; fi"
	case 2:
		return "for p in a b; do " + inner() + "; done"
	case 3:
		return "(" + inner() + ")"
	case 4:
		return "{ " + inner() + "; }"
	case 5:
		return "case $A in a) " + inner() + ";; *) true;; esac"
	case 6:
		return g.simple() + " | " + g.simple()
	case 7:
		return "f() { " + inner() + "; } && f"
	case 8:
		return "A=$(" + g.simple() + ")"
	case 9:
		return "! " + g.simple()
	}
	return "while false; do " + inner() + "; done"
}

// simple is one command, as people write it or worse.
func (g *grammar) simple() string {
	pkg := g.one("curl", "git", "a b c", "curl=7.1", `"$PKGS"`, "gcc make", "'wget'", "./a.deb", "ca-certificates", "wget python3")
	yes := g.one("-y ", "", "-qq -y ", "--yes ", "-yq --no-install-recommends ")
	text := g.one(
		"apt-get update", "apt-get update", "apt-get install "+yes+pkg, "apt-get install "+yes+pkg, "apt-get -o A::b=c install "+pkg, "apt update", "apt install "+yes+pkg, "aptitude install "+pkg,
		"apt-get upgrade -y", "apt-get remove -y gcc", "apt-get clean", "rm -rf /var/lib/apt/lists/*", "apk add "+pkg, "apk add --no-cache "+pkg, "apk update", "apk --update add "+pkg, "apk add --virtual .b "+pkg, "apk del .b",
		"rm /var/cache/apk/*", "rm -rf /var/cache/apk/*", "yum install "+yes+pkg, "dnf install "+yes+pkg, "microdnf install "+pkg, "zypper install "+pkg, "yum clean all",
		"pip install "+pkg, "pip3 install -r requirements.txt", "python -m pip install --upgrade pip", "pip install --no-cache-dir a", "npm install", "npm ci", "npm install -g "+pkg, "npm ci --only=production", "yarn install --frozen-lockfile", "yarn",
		"pnpm install", "gem install a", "bundle install", "composer install", "useradd -u 123456 app", "adduser -D app", "groupadd -g 1000 g", "wget http://example.com/a.tgz", "wget -q -O /tmp/a http://example.com/a", "curl -o /tmp/a https://example.com/a",
		"curl -sSL https://example.com/a", "tar xz -C /x", "rm /tmp/a", "rm -f a.tgz", "cd /app", "cd sub", "make -j4", "make install", "./configure --prefix=/usr", "echo 'a \"b\" c'", "echo \"it's $A\"", `printf '%s\n' a`,
		"chown -R 1000:1000 /c", "chmod +x /b", "export A=b", "mkdir -p /x/y", "sed -i 's/a/b/g' /etc/apt/sources.list", "grep -q a /etc/passwd", "bash install.sh", "head -n 1", "true", "exit 0", "go build -o /app .", "touch /x > /dev/null 2>&1", "wget -qO- http://e/x 2>/dev/null",
	)
	return g.some(8, g.one("sudo ", "sudo -E ", "DEBIAN_FRONTEND=noninteractive ", "A=b ", "env A=b ", "time ")) + text + g.some(30, " &")
}

// continued breaks a program over lines: at blanks outside of quotes, with comments and blank lines in between, now and then in a word.
func (g *grammar) continued(text string) string {
	if g.Intn(3) == 0 {
		return text
	}
	var out strings.Builder
	quote := byte(0)
	indent := g.one("    ", "  ", "\t", "")
	for i := range len(text) {
		c := text[i]
		switch {
		case quote == 0 && (c == '\'' || c == '"'):
			quote = c
		case c == quote:
			quote = 0
		}
		out.WriteByte(c)
		switch {
		case quote != 0 || i+1 == len(text):
		case c == ' ' && g.Intn(5) == 0:
			out.WriteString(g.escape + g.some(20, " ") + "\n" + g.some(8, "# a comment inside\n") + g.some(15, "\n") + indent)
		case c >= 'a' && c <= 'z' && text[i+1] >= 'a' && g.Intn(200) == 0:
			out.WriteString(g.escape + "\n")
		}
	}
	return out.String()
}
