package dockerfile

import (
	"slices"
	"strings"
	"testing"

	"github.com/dockfix/dockfix/fix"
)

// TestMadeAtItsPlace requires of directories that tools make that those of the host are left out only where each stage that copies them makes them
// at the same place.
func TestMadeAtItsPlace(t *testing.T) {
	for _, c := range []struct {
		name, text string
		files      []string
		out        string // of the patterns below, those that are added
	}{
		{"top", "FROM node:22\nWORKDIR /app\nCOPY . .\nRUN npm ci", []string{"package.json={}"}, "**/node_modules"},
		{"none", "FROM node:22\nWORKDIR /app\nCOPY . .", []string{"package.json={}"}, ""},
		{"functions", "FROM node:22\nWORKDIR /app\nCOPY . .\nRUN npm ci", []string{"package.json={}", "functions/package.json={}", "functions/node_modules/"}, "node_modules"},
		{"workspaces", "FROM node:22\nWORKDIR /app\nCOPY . .\nRUN npm ci", []string{`package.json={"workspaces": ["w"]}`, "w/package.json={}"}, "**/node_modules"},
		{"cd", "FROM node:22\nWORKDIR /app\nCOPY . .\nRUN cd tools && npm ci", []string{"package.json={}", "tools/package.json={}"}, "tools/node_modules"},
		{"subshell", "FROM node:22\nWORKDIR /app\nCOPY . .\nRUN (cd tools; npm ci) && npm ci", []string{"package.json={}", "tools/package.json={}"}, "**/node_modules"},
		{"prefix", "FROM node:22\nWORKDIR /app\nCOPY . .\nRUN npm ci --prefix tools", []string{"package.json={}", "tools/package.json={}"}, "tools/node_modules"},
		{"other stage", "FROM node:22 AS a\nWORKDIR /app\nCOPY . .\nRUN npm ci\nFROM node:22\nWORKDIR /app\nCOPY . .", []string{"package.json={}"}, ""},
		{"base stage", "FROM node:22 AS a\nWORKDIR /app\nCOPY package.json .\nRUN npm ci\nFROM a\nCOPY . .", []string{"package.json={}"}, "**/node_modules"},
		{"taken", "FROM node:22 AS a\nWORKDIR /app\nCOPY package.json .\nRUN npm ci\nFROM node:22\nWORKDIR /app\nCOPY --from=a /app/node_modules ./node_modules\nCOPY . .", []string{"package.json={}"}, "**/node_modules"},
		{"branch", "FROM node:22\nWORKDIR /app\nCOPY . .\nRUN if [ $DEV ]; then npm ci; fi", []string{"package.json={}"}, ""},
		{"venv", "FROM python:3\nWORKDIR /app\nCOPY . .\nRUN pip install -r requirements.txt", []string{"requirements.txt", "venv/"}, ".venv venv"},
		{"venv on the path", "FROM python:3\nWORKDIR /app\nENV PATH=/app/venv/bin:$PATH\nCOPY . .\nRUN pip install -r requirements.txt", []string{"requirements.txt", "venv/"}, ".venv"},
		{"venv that runs", "FROM python:3\nWORKDIR /app\nCOPY . .\nRUN pip install -r requirements.txt\nCMD [\"venv/bin/python\", \"a.py\"]", []string{"requirements.txt", "venv/"}, ".venv"},
		{"venv that is made", "FROM python:3\nWORKDIR /app\nCOPY . .\nRUN python -m venv venv && venv/bin/pip install -r requirements.txt", []string{"requirements.txt", "venv/"}, ".venv venv"},
		{"venv elsewhere", "FROM python:3\nWORKDIR /app\nENV PATH=/opt/venv/bin:$PATH\nCOPY . .\nRUN python -m venv /opt/venv && pip install -r requirements.txt", []string{"requirements.txt", "venv/"}, ".venv venv"},
		{"cargo", "FROM rust:1\nWORKDIR /app\nCOPY . .\nRUN cargo build", []string{"Cargo.toml"}, "target"},
		{"cargo below", "FROM rust:1\nWORKDIR /app\nCOPY . .\nRUN cd cli && cargo build", []string{"cli/Cargo.toml"}, "cli/target"},
		{"cargo elsewhere", "FROM rust:1\nWORKDIR /app\nCOPY . .\nRUN cargo build --target-dir /t", []string{"Cargo.toml"}, ""},
		{"target is read first", "FROM rust:1\nWORKDIR /app\nCOPY . .\nRUN cp target/a /usr/bin/a && cargo build", []string{"Cargo.toml"}, ""},
		{"target of another stage", "FROM rust:1 AS a\nWORKDIR /app\nCOPY . .\nRUN cargo build\nFROM debian\nCOPY . /app\nCMD [\"/app/target/release/a\"]", []string{"Cargo.toml"}, ""},
		{"composer", "FROM composer\nWORKDIR /app\nCOPY . .\nRUN composer install", []string{"composer.json={}"}, "vendor"},
		{"composer elsewhere", "FROM composer\nWORKDIR /app\nCOPY . .\nRUN composer install", []string{`composer.json={"config": {"vendor-dir": "lib"}}`}, ""},
		{"dist", "FROM node:22 AS a\nWORKDIR /app\nCOPY . .\nRUN npm ci && npm run build\nFROM nginx\nCOPY --from=a /app/dist /html", []string{"package.json={}"}, "**/node_modules dist"},
		{"vscode", "FROM node:22\nWORKDIR /app\nCOPY . .", []string{"package.json={}", ".vscode/", "a.js="}, ".vscode"},
		{"vscode is a source", "FROM node:22\nWORKDIR /app\nCOPY . .", []string{"package.json={}", ".vscode/", "a.js=require('./.vscode')"}, ""},
		{"inline", "FROM rust:1\nWORKDIR /app\nCOPY . .\nRUN cargo build", []string{"compose.yaml=services:\n  a:\n    build:\n      dockerfile_inline: |\n        FROM a\n        COPY target/x /\n"}, ""},
		{"containerfile", "FROM rust:1\nWORKDIR /app\nCOPY . .\nRUN cargo build", []string{"Containerfile=FROM a\nCOPY target/x /\n"}, ""},
		{"dist of a part", "FROM node:22 AS a\nWORKDIR /app\nCOPY . .\nRUN cd web && npm ci && npm run build\nFROM nginx\nCOPY --from=a /app/web/dist /html", []string{"web/package.json={}"}, "**/node_modules"},
	} {
		facts := &fix.Facts{Contexts: []*fix.BuildContext{contextOf(".", c.files...)}, Files: map[string][]byte{}}
		r := runWith(t, c.text+"\n", []*fix.Rule{Dockerignore}, facts, false)
		var out []string
		for line := range strings.Lines(string(r.Files[".dockerignore"])) {
			line = strings.TrimSpace(line)
			if line == ".vscode" && !strings.Contains(strings.Join(c.files, " "), ".vscode/") {
				continue
			}
			if slices.ContainsFunc([]string{"node_modules", "venv", "target", "vendor", "dist", ".vscode"}, func(name string) bool { return strings.HasSuffix(line, name) }) {
				out = append(out, line)
			}
		}
		if got := strings.Join(out, " "); got != c.out {
			t.Errorf("%s: leaves out %q, want %q", c.name, got, c.out)
		}
	}
}
