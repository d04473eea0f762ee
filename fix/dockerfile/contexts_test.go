package dockerfile

import (
	"context"
	"io/fs"
	"slices"
	"strings"
	"testing"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/source"
)

// contextOf is a build context with these files; the texts are those of names with "=".
func contextOf(dir string, files ...string) *fix.BuildContext {
	c := &fix.BuildContext{Dir: dir, Guess: true, Ignore: strings.TrimPrefix(dir+"/.dockerignore", "./"), Texts: map[string][]byte{}}
	for _, f := range files {
		name, text, has := strings.Cut(f, "=")
		if has {
			c.Texts[name] = []byte(text)
		}
		mode := fs.FileMode(0o644)
		if strings.HasSuffix(name, "/") {
			name, mode = strings.TrimSuffix(name, "/"), fs.ModeDir|0o755
		}
		c.Entries = append(c.Entries, fix.ContextEntry{Path: name, Mode: mode})
	}
	slices.SortFunc(c.Entries, func(a, b fix.ContextEntry) int { return strings.Compare(a.Path, b.Path) })
	return c
}

func runWith(t testing.TB, text string, rules []*fix.Rule, facts *fix.Facts, unsafe bool) *fix.Result {
	t.Helper()
	doc, err := source.Parse("Dockerfile", source.DockerfileKind, []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	r := fix.Run(context.Background(), doc, fix.Options{Rules: rules, Facts: facts, Unsafe: unsafe})
	if r.Err != nil {
		t.Fatal(r.Err)
	}
	return r
}

// TestContextsDecideTogether holds what becomes of a Dockerfile that is built in several ways, or in one that is not known.
func TestContextsDecideTogether(t *testing.T) {
	const text = "FROM node\nWORKDIR /app\nCOPY . .\nRUN npm ci\n"
	const fixed = "FROM node\nWORKDIR /app\nCOPY package.json ./\nRUN npm ci\nCOPY . .\n"
	failed := contextOf(".")
	failed.Failed = "the build context cannot be listed: no such directory"
	partial := contextOf(".", "package.json={}")
	partial.Partial = "more than 20000 files"
	for _, c := range []struct {
		name     string
		contexts []*fix.BuildContext
		after    string
		reason   string
	}{
		{"same manifests", []*fix.BuildContext{contextOf(".", "package.json={}"), contextOf("..", "package.json={}")}, fixed, ""},
		{"different manifests", []*fix.BuildContext{contextOf(".", "package.json={}"), contextOf("..", "package.json={}", "package-lock.json={}")}, text, "it is built in several contexts, which have different manifests"},
		{"one refuses", []*fix.BuildContext{contextOf(".", "package.json={}"), contextOf("..")}, text, "package.json is not in the build context, or is ignored"},
		{"none", nil, text, "the build context is not known"},
		{"failed", []*fix.BuildContext{failed}, text, "the build context cannot be listed: no such directory"},
		{"partial", []*fix.BuildContext{partial}, fixed, "not all of the build context is known: more than 20000 files"},
		{"broken manifest", []*fix.BuildContext{contextOf(".", "package.json={")}, text, "package.json cannot be read"},
		{"unread manifest", []*fix.BuildContext{contextOf(".", "package.json")}, text, "package.json could not be read"},
		{"unplain name", []*fix.BuildContext{contextOf(".", `package.json={"scripts":{"postinstall":"patch-package"}}`, "patches/")}, strings.Replace(fixed, "RUN", "COPY patches ./patches/\nRUN", 1), ""},
	} {
		r := runWith(t, text, []*fix.Rule{CopyBeforeInstall}, &fix.Facts{Contexts: c.contexts, Files: map[string][]byte{}}, true)
		if string(r.After) != c.after {
			t.Errorf("%s: got\n%s", c.name, r.After)
		}
		if got := r.Findings[0].Reason; got != c.reason {
			t.Errorf("%s: says %q, want %q", c.name, got, c.reason)
		}
	}
}

// TestIgnoredSinceListed requires that a file which another fix of the run hides is not copied any more.
func TestIgnoredSinceListed(t *testing.T) {
	const text = "FROM node\nWORKDIR /app\nCOPY . .\nRUN npm ci\n"
	facts := &fix.Facts{Contexts: []*fix.BuildContext{contextOf(".", "package.json={}", ".npmrc=registry=https://example.com")}, Files: map[string][]byte{}}
	r := runWith(t, text, []*fix.Rule{Dockerignore, CopyBeforeInstall}, facts, true)
	ignore := string(r.Files[".dockerignore"])
	if copied, hidden := strings.Contains(string(r.After), ".npmrc"), strings.Contains(ignore, ".npmrc"); copied == hidden {
		t.Errorf("copied %v, hidden %v:\n%s\n%s", copied, hidden, r.After, ignore)
	}
	again := runWith(t, string(r.After), []*fix.Rule{Dockerignore, CopyBeforeInstall}, &fix.Facts{Contexts: facts.Contexts, Files: r.Files}, true)
	if again.Changed() && string(again.Files[".dockerignore"]) != ignore {
		t.Errorf("a second run changes\n%s\n%s", again.After, again.Files[".dockerignore"])
	}
	// A file that the ignore file of this run hides is not there, whatever was listed.
	facts.Files = map[string][]byte{".dockerignore": []byte(".npmrc\nnode_modules\n")}
	if r = runWith(t, text, []*fix.Rule{CopyBeforeInstall}, facts, false); strings.Contains(string(r.After), ".npmrc") || !r.Changed() {
		t.Errorf("got\n%s", r.After)
	}
}

// TestIgnoreFileShapes holds how lines are added to ignore files in different bytes.
func TestIgnoreFileShapes(t *testing.T) {
	const added = ".git\n**/node_modules\ncoverage\n.nyc_output\n"
	crlf := strings.ReplaceAll(added, "\n", "\r\n")
	for _, c := range []struct{ before, after string }{
		{"# ours\n*.log\n", "# ours\n*.log\n" + added},
		{"# ours\r\n*.log\r\n", "# ours\r\n*.log\r\n" + crlf},
		{"*.log", "*.log\n" + strings.TrimSuffix(added, "\n")},
		{"\xef\xbb\xbf*.log\n", "\xef\xbb\xbf*.log\n" + added},
		{"!*.log\n*.log\n", "!*.log\n*.log\n" + added},
	} {
		facts := &fix.Facts{Contexts: []*fix.BuildContext{contextOf(".", "package.json={}")}, Files: map[string][]byte{".dockerignore": []byte(c.before)}}
		r := runWith(t, "FROM node\nCOPY . /app\nRUN cd /app && npm ci\n", []*fix.Rule{Dockerignore}, facts, false)
		if got := string(r.Files[".dockerignore"]); got != c.after {
			t.Errorf("%q: got\n%q\nwant\n%q", c.before, got, c.after)
		}
	}
}

// TestNamedFromAbove holds that a guess is none where a RUN names a file from a directory above.
func TestNamedFromAbove(t *testing.T) {
	for _, c := range []struct{ run, want string }{
		{"dotnet publish eng/bump/bump.csproj -o out", "eng/bump/bump.csproj"},
		{"dotnet publish ./bump/bump.csproj", "bump/bump.csproj"},
		{"dotnet publish bump.csproj", ""},
		{"dotnet publish /src/bump/bump.csproj", ""},
		{"dotnet publish eng/bump/other.csproj", ""},
		{"dotnet publish other/bump.csproj", ""},
	} {
		doc, err := source.Parse("eng/bump/Dockerfile", source.DockerfileKind, []byte("FROM a\nCOPY . .\nRUN "+c.run+"\n"))
		if err != nil {
			t.Fatal(err)
		}
		if got := missingSource(doc, contextOf(".", "bump.csproj", "Dockerfile")); got != c.want {
			t.Errorf("%s: %q, want %q", c.run, got, c.want)
		}
	}
}
