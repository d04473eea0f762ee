package dockerfile

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/fix/manifest"
	"github.com/dockfix/dockfix/source"
)

// CopyBeforeInstall finds an install of dependencies that runs after all sources were copied.
var CopyBeforeInstall = &fix.Rule{
	Name:  "copy-before-install",
	Title: "all sources copied before the dependencies are installed",
	Why: "A layer is built again when a file that it was made from has changed. Behind COPY . . the dependencies are installed again after every edit of a source. " +
		"The manifests are copied first, then comes the install, then the rest; a RUN that also builds is split. " +
		"Where the install fills a directory inside the project, such as node_modules, .dockerignore gets an entry for it in the same fix: else the late COPY would put the one of the host over it. " +
		"Where the install itself needs the sources and its manager can leave that part out (poetry --no-root, uv --no-install-project, composer --no-scripts, pnpm fetch), or where go build or maven downloads as it compiles, " +
		"an install of the dependencies alone is put before; it is held back, and the reason says what may differ. " +
		"Refused where the install needs more than its manifests: scripts of the project that run at the install, local dependencies, " +
		"an earlier RUN that may change a manifest, a RUN that cannot be split. Held back where it is not known what lies in the build context. " +
		"A lock file that npm install rewrites in the image is afterwards the one of the build context.",
	Kind:    source.DockerfileKind,
	Safety:  fix.Safe,
	Changes: []string{"step-added", "step-moved", "exec-args"},
	Wants:   wantContextTexts,
	Check:   checkCopyBeforeInstall,
}

// wantContextTexts asks for the manifests, and for other Dockerfiles, which may copy what an ignore file would hide.
func wantContextTexts(doc *source.Document) []fix.Want {
	wants := []fix.Want{fix.WantContexts}
	if len(treeCopies(doc)) == 0 {
		return nil
	}
	for _, pattern := range manifest.Texts {
		wants = append(wants, fix.WantText(pattern))
	}
	for _, name := range namedFiles(doc) {
		wants = append(wants, fix.WantText(name))
	}
	return append(wants, fix.WantText("*Dockerfile*"))
}

// treeCopies are the COPY and ADD instructions with one source that may be a directory of the build context.
func treeCopies(doc *source.Document) []*source.Instruction {
	var list []*source.Instruction
	for in := range instructions(doc, "COPY", "ADD") {
		if _, ok := treeSource(in); ok {
			list = append(list, in)
		}
	}
	return list
}

func checkCopyBeforeInstall(p *fix.Pass) {
	for _, found := range lateInstalls(p) {
		f := fix.Finding{
			Span: found.tree.in.Span,
			Message: fmt.Sprintf("%s %s stands before %s: each change of a file installs again",
				found.tree.in.Keyword.Text, strings.Join(strings.Fields(found.tree.in.Rest.Text), " "), found.title()),
		}
		d := decide(p, found)
		switch {
		case d.refuse != "" && found.build:
			continue
		case d.refuse != "":
			f.Reason = d.refuse
		default:
			f.Fix = &fix.Fix{Title: "copy " + d.what() + " first, the rest after the install", Safety: fix.Safe, Edits: d.edits}
			if d.offer != nil {
				f.Fix.Title = "copy " + d.what() + " first, and install the dependencies before the rest"
				d.unsure = first(d.offer.Why, d.unsure)
			}
			if d.unsure != "" {
				f.Reason, f.Fix.Safety = d.unsure, fix.Unsafe
			}
		}
		p.Report(f)
	}
}

// decision is what is to be done about a late install.
type decision struct {
	files, dirs    []string // to copy first, in the context
	fills          []string // that the late COPY must not bring along, in the context
	refuse, unsure string
	offer          *manifest.Offer // what can be installed before the sources are copied, where the install itself must wait
	edits          []fix.Edit
}

// what names the files in a title.
func (d decision) what() string {
	all := append(append([]string(nil), d.files...), d.dirs...)
	const most = 3
	if len(all) > most {
		return fmt.Sprintf("%s and %d more", strings.Join(all[:most-1], ", "), len(all)-most+1)
	}
	return strings.Join(all, ", ")
}

// decide asks in each way in which the Dockerfile is built, and makes the edits where all agree.
func decide(p *fix.Pass, found *lateInstall) decision {
	if found.refuse != "" {
		return decision{refuse: found.refuse}
	}
	if len(p.Facts.Contexts) == 0 {
		return decision{refuse: "the build context is not known"}
	}
	var d decision
	for i, c := range p.Facts.Contexts {
		next := found.in(p, current(p, c))
		if next.refuse != "" {
			return next
		}
		if i > 0 && !next.sameAs(d) {
			return decision{refuse: "it is built in several contexts, which have different manifests"}
		}
		if i > 0 && next.unsure == "" {
			next.unsure = d.unsure
		}
		d = next
	}
	edits, reason := found.reorder(p.Doc, d)
	if reason != "" {
		return decision{refuse: reason}
	}
	d.edits = edits
	for _, c := range p.Facts.Contexts {
		d.guard(p, c)
	}
	return d
}

// sameAs reports whether the same is to be copied, and the same to be installed.
func (d decision) sameAs(other decision) bool {
	same := slices.Equal(d.files, other.files) && slices.Equal(d.dirs, other.dirs) && (d.offer == nil) == (other.offer == nil)
	return same && (d.offer == nil || d.offer.Command == other.offer.Command && d.offer.Add == other.offer.Add)
}

// in decides for one way in which the Dockerfile is built.
func (l *lateInstall) in(p *fix.Pass, c *fix.BuildContext) decision {
	if c.Failed != "" {
		return decision{refuse: c.Failed}
	}
	var d decision
	if c.Partial != "" {
		d.unsure = "not all of the build context is known: " + c.Partial
	}
	if c.Guess {
		if missing := missingSource(p.Doc, c); missing != "" {
			return decision{refuse: fmt.Sprintf("the build context is not known: %s is not in the Dockerfile's own directory, or is ignored", missing)}
		}
	}
	if e, ok := c.Entry(l.tree.root); l.tree.root != "." && (!ok || !e.Mode.IsDir()) {
		return decision{refuse: l.tree.root + " is not a directory of the build context, or is ignored"}
	}
	for _, run := range l.installs {
		plan := run.install.Plan(l.tree.project(c, run.dir))
		if reason := l.refuses(plan); reason != "" {
			return decision{refuse: reason}
		}
		d.offer = plan.Offer
		d.unsure = first(d.unsure, plan.Unsure)
		d.files = union(d.files, plan.Files)
		d.dirs = union(d.dirs, plan.Dirs)
		d.fills = union(d.fills, plan.Fills)
	}
	if reason := l.readsBeside(c, d); reason != "" {
		return decision{refuse: reason}
	}
	for _, venv := range l.venvs {
		if full, ok := l.tree.inContext(venv); ok {
			d.fills = union(d.fills, []string{full})
		}
	}
	if len(d.files)+len(d.dirs) == 0 {
		return decision{refuse: "no manifest is known"}
	}
	if local := c.Local(append(slices.Clone(d.files), d.dirs...)...); local != "" {
		d.unsure = first(untracked(local), d.unsure)
	}
	return d
}

// untracked is the doubt about a file of the build context that git does not have.
func untracked(name string) string {
	return "git does not track " + name + ": where it is not there, as in another checkout, the build would fail"
}

// refuses is why a plan cannot be followed; "" where it can.
func (l *lateInstall) refuses(plan manifest.Plan) string {
	switch {
	case plan.Offer == nil && l.uncut != "":
		return l.uncut
	case plan.Refuse == "" && plan.Offer != nil && (l.early == nil || len(l.installs) > 1):
		return plan.Offer.Why + "; it stands behind other commands in its RUN"
	}
	return plan.Refuse
}

// first is the first reason there is.
func first(reasons ...string) string {
	for _, r := range reasons {
		if r != "" {
			return r
		}
	}
	return ""
}
