package dockerfile

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/fix/manifest"
	"github.com/dockfix/dockfix/source"
)

// Dockerignore finds a COPY of a whole directory that takes along what the image does not need.
var Dockerignore = &fix.Rule{
	Name:  "dockerignore",
	Title: "a whole directory copied without the ignore file that it needs",
	Why: "COPY . . takes along .git, caches, virtual environments and node_modules of the host: the image grows, layers are built again for nothing, and what was built for another system " +
		"may overwrite what was installed. The ignore file in force gets entries for the languages that are found, at its end, as the last match wins; where there is none, .dockerignore is written. " +
		"What the build makes itself, such as target or dist, is left out only where the Dockerfile makes it. " +
		"Left in: whatever a COPY, ADD or bind mount of a Dockerfile in the build context names, what git tracks, what the ignore file brings back with !, and .git where the build reads the history. " +
		"README, LICENSE, tests and documents are never touched: builds read them. Files that may hold secrets, such as .env and private keys, are left out only with --unsafe, as the build or the program may read them.",
	Kind:   source.DockerfileKind,
	Safety: fix.Safe,
	Wants:  wantIgnoreTexts,
	Check:  checkDockerignore,
}

// wantIgnoreTexts asks for the files that tell whether a build reads the history.
func wantIgnoreTexts(doc *source.Document) []fix.Want {
	wants := []fix.Want{fix.WantContexts}
	if len(treeCopies(doc)) == 0 {
		return wants
	}
	for _, pattern := range slices.Concat(historyTexts, historySources, []string{"*Dockerfile*", "*dockerfile*", "Containerfile*", "package.json", "composer.json"}) {
		wants = append(wants, fix.WantText(pattern))
	}
	if runsAny([]*source.Document{doc}, isGoBuild) {
		wants = append(wants, fix.WantText("*.go"))
	}
	return wants
}

func checkDockerignore(p *fix.Pass) {
	for _, secrets := range []bool{false, true} {
		if f := ignoreFinding(p, secrets); f != nil {
			p.Report(*f)
		}
	}
}

// ignoreFinding looks at what is copied needlessly, or at what may be secret.
func ignoreFinding(p *fix.Pass, secrets bool) *fix.Finding {
	var f *fix.Finding
	var edits []fix.Edit
	var added []string
	unsure := ""
	for _, c := range p.Facts.Contexts {
		c = current(p, c)
		copies := copiedTrees(p.Doc, c)
		if c.Failed != "" || len(copies) == 0 || slices.ContainsFunc(edits, func(e fix.Edit) bool { return e.File == c.Ignore }) {
			continue
		}
		ig, err := ignoringOf(p, c)
		if err != nil {
			continue // a build fails on it too, and says why
		}
		l := newLeavingOut(p, ig, copies)
		before, lines := ig, l.lines()
		if secrets {
			before, lines = l.ig, l.secretLines()
		}
		if len(lines) == 0 {
			continue
		}
		if f == nil {
			in := copies[max(0, slices.IndexFunc(copies, func(t copiedTree) bool { return t.root == "." }))].in
			f = &fix.Finding{Span: in.Span, Message: l.message(in, lines, l.presentOf(before, lines), secrets)}
		}
		if missing := missingSource(p.Doc, c); c.Guess && missing != "" {
			f.Reason = fmt.Sprintf("the build context is not known: %s is not in the Dockerfile's own directory, or is ignored", missing)
			return f
		}
		unsure = first(unsure, partly(c), inlineDoubt(c))
		edits = append(edits, ig.addition(p.Doc, lines))
		added = union(added, lines)
	}
	if f == nil {
		return nil
	}
	f.Fix = &fix.Fix{Title: "leave out " + some(added), Safety: fix.Safe, Edits: edits}
	if secrets {
		unsure = "the build or the program may read it"
	}
	if unsure != "" {
		f.Reason, f.Fix.Safety = unsure, fix.Unsafe
	}
	return f
}

func partly(c *fix.BuildContext) string {
	if c.Partial == "" {
		return ""
	}
	return "not all of the build context is known: " + c.Partial
}

// inlineDoubt names a script whose Dockerfile may copy what is left out.
func inlineDoubt(c *fix.BuildContext) string {
	if c.Inline == "" {
		return ""
	}
	return c.Inline + ": what that copies is not known"
}

// some names the first few of a list.
func some(list []string) string {
	const most = 3
	if len(list) > most {
		return fmt.Sprintf("%s and %d more", strings.Join(list[:most], ", "), len(list)-most)
	}
	return strings.Join(list, ", ")
}

// message says what is there.
func (l *leavingOut) message(in *source.Instruction, lines, present []string, secrets bool) string {
	what := in.Keyword.Text + " " + strings.Join(strings.Fields(in.Rest.Text), " ")
	switch {
	case secrets:
		return fmt.Sprintf("%s takes in %s, which may hold secrets", what, some(present))
	case len(present) > 0:
		return fmt.Sprintf("%s takes in %s, which the image does not need", what, some(present))
	case !l.base.exists:
		return fmt.Sprintf("%s has no ignore file that leaves out %s of the host", what, some(lines))
	}
	return fmt.Sprintf("%s has an ignore file that does not leave out %s of the host", what, some(lines))
}

// copiedTree is a COPY or ADD of a directory of the context.
type copiedTree struct {
	in   *source.Instruction
	root string
}

// copiedTrees are the directories that a Dockerfile copies whole.
func copiedTrees(doc *source.Document, c *fix.BuildContext) []copiedTree {
	var list []copiedTree
	for in := range instructions(doc, "COPY", "ADD") {
		if _, from := in.Flag("from"); from || len(in.Args) < 2 || len(in.Heredocs) > 0 {
			continue
		}
		for _, w := range in.Args[:len(in.Args)-1] {
			root := cleanSource(w.Text)
			if url(w.Text) || strings.ContainsAny(w.Text, "$*?[\\\"'") {
				continue
			}
			if e, ok := c.Entry(root); root == "." || ok && e.Mode.IsDir() {
				list = append(list, copiedTree{in, root})
			}
		}
	}
	return list
}

// isInstall is for evidence: a command that installs what a project asks for.
func isInstall(c manifest.Command) string {
	if i := manifest.Recognise(c); i != nil {
		return i.Manager
	}
	return ""
}
