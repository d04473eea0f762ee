package dockerfile

import (
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/fix/images"
	"github.com/dockfix/dockfix/source"
)

var userNames = []string{"root-user", "DL3002"}

// RootUser finds images whose program runs as root.
var RootUser = &fix.Rule{
	Name:  userNames[0],
	Title: "the program runs as root",
	Why: "A program that runs as root and is taken over owns the container, and what is mounted into it. The fix sets a USER, by its number where that is known, which Kubernetes can check, at the end of the stage that is run: " +
		"an account that the file or the image already has, else one that it creates as the family of the image does; with it the directories that the program is known to write to, never a whole tree. " +
		"Files stay owned by root, so that the program cannot change itself. It is made without asking where the command, its scripts and its sources were read, write nowhere else and import only what is known to write nowhere; it is held back where one of these, a mode, " +
		"a mount or a low port leaves a doubt, where another Dockerfile is built on the image, where a script runs something else in its container, and where a job of CI, a stack, a manifest of Kubernetes or a chart may run the image; and there is none where the entrypoint gives up root by itself, where a service needs it, or where nothing tells what runs. " +
		"Of an image that dockfix has no line about, its registry is asked: for its configuration, and where that leaves the account open for its layers.",
	Kind:    source.DockerfileKind,
	Safety:  fix.Safe,
	Aliases: userNames[1:],
	Changes: []string{"image.config.User", "step-added"},
	Wants: func(doc *source.Document) []fix.Want {
		return append(append(wantLaunch(doc), fix.WantUses), wantDeployments(doc, "USER")...)
	},
	WantsThen: wantBases(userNames, needsBaseForUser),
	Check:     checkRootUser,
}

func checkRootUser(p *fix.Pass) {
	for _, run := range sharedRunStages(p) {
		l := sharedLaunch(p, run.stage, run.contexts[0])
		users := usersOf(l)
		if l.declined() || users.quiet(l) {
			continue
		}
		f := fix.Finding{Span: run.stage.From.Span, Message: "the image runs as root: no USER is set"}
		if users.last != nil {
			f.Span, f.Message = users.last.Span, "the last USER is "+users.last.Rest.Text
		}
		f.Message += l.evidence()
		if f.Reason = rootRefusal(l, run, users); f.Reason == "" {
			fixRootUser(&f, p.Facts, l, run, users)
		}
		f.Waits = f.Fix == nil && l.waits(f.Reason)
		p.Report(f)
	}
}

// runStage is a stage whose image is run, with the ways in which it is built.
type runStage struct {
	stage    *source.Stage
	contexts []*fix.BuildContext // at least one; nil where nothing is known
}

// runStagesKey is what the rules share the stages that are run by.
type runStagesKey struct{}

// sharedRunStages is runStages, once for all rules: what they work out for a build context is kept by it.
func sharedRunStages(p *fix.Pass) []runStage {
	return p.Shared(runStagesKey{}, func() any { return runStages(p.Doc, p.Facts) }).([]runStage)
}

// runStages are the stages that are run: the last, and those that a Compose file builds.
func runStages(doc *source.Document, facts *fix.Facts) []runStage {
	stages := doc.Dockerfile.Stages
	if len(stages) == 0 {
		return nil
	}
	var byStage map[int][]*fix.BuildContext
	if facts != nil && len(facts.Contexts) > 0 {
		byStage = map[int][]*fix.BuildContext{}
		for _, c := range facts.Contexts {
			if i := targetOf(stages, c.Target); i >= 0 {
				byStage[i] = append(byStage[i], c)
			}
		}
	}
	var list []runStage
	for i, s := range stages {
		last := i == len(stages)-1
		if c := byStage[i]; len(c) > 0 {
			list = append(list, runStage{s, c})
		} else if last {
			var any *fix.BuildContext
			if facts != nil && len(facts.Contexts) > 0 {
				// The directory is the same one, but no service is known to run this stage.
				any = &fix.BuildContext{}
				*any = *facts.Contexts[0]
				any.Service = nil
			}
			list = append(list, runStage{s, []*fix.BuildContext{any}})
		}
	}
	return list
}

// targetOf is the index of the stage that a target names by name or number; -1 for one that is not there.
func targetOf(stages []*source.Stage, target string) int {
	if target == "" {
		return len(stages) - 1
	}
	for i := len(stages) - 1; i >= 0; i-- {
		if s := stages[i]; s.Name.Text != "" && strings.EqualFold(s.Name.Text, target) {
			return i
		}
	}
	if n, err := strconv.Atoi(target); err == nil && n >= 0 && n < len(stages) {
		return n
	}
	return -1
}

// users are the USER instructions that matter to a stage.
type users struct {
	last    *source.Instruction // nil where there is none
	earlier *source.Instruction // the last before it that is not root
}

func usersOf(l *launch) users {
	var u users
	for _, in := range l.all() {
		if in.Name != "USER" || in.Rest.Text == "" {
			continue
		}
		if u.last != nil && !isRoot(u.last.Rest.Text) {
			u.earlier = u.last
		}
		u.last = in
	}
	return u
}

// quiet tells that the program does not run as root, that only the caller knows, or that there is none: an image for others
// to build on.
func (u users) quiet(l *launch) bool {
	if u.last != nil {
		return !isRoot(u.last.Rest.Text)
	}
	return l.image.User != "" || l.runsNothing() && l.image.Root == ""
}

func isRoot(user string) bool {
	name, _, _ := strings.Cut(strings.Trim(user, `"'`), ":")
	return name == "root" || name == "0"
}

// fixRootUser makes the fix of a finding that was not refused.
func fixRootUser(f *fix.Finding, facts *fix.Facts, l *launch, run runStage, u users) {
	a := accountFor(l, u)
	dirs, doubts := writtenDirs(l, run, a)
	doubts = append(rootDoubts(facts, l, run, u, a), doubts...)
	if doubt := l.rootDoubt(); doubt != "" && accountOfBase(l, u) {
		doubts = append(doubts, doubt)
	}
	if name := foreignShell(l); name != "" && (a.create != "" || len(dirs) > 0) {
		f.Reason = "its SHELL is " + name + ", for which the commands that make an account or a directory are not known"
		return
	}
	if len(dirs) > 0 && !l.has("sh") {
		f.Reason = fmt.Sprintf("it writes to %s, which nothing in the image can create: there is no shell", dirs[0].path)
		if doubt := l.rootDoubt(); doubt != "" {
			f.Reason = fmt.Sprintf("it writes to %s, and what can create that is not known: %s", dirs[0].path, doubt)
		}
		return
	}
	edits := userEdits(l, a, dirs)
	if len(edits) == 0 {
		f.Reason = cut
		return
	}
	f.Fix = &fix.Fix{Title: "run as " + a.words(), Safety: fix.Safe, Edits: edits}
	if a.create == "" && len(dirs) == 0 {
		f.Fix.Expect = map[string]string{"image.config.User": a.user}
	}
	if len(doubts) > 0 {
		f.Fix.Safety = fix.Unsafe
		f.Reason = strings.Join(doubts, "; ")
	}
}

// foreignShell is the program of a SHELL in the chain that is none of the shells of Unix; "" where there is none.
func foreignShell(l *launch) string {
	for _, in := range l.all() {
		if in.Name == "SHELL" && len(in.Args) > 0 {
			if name := path.Base(in.Args[0].Text); !slices.Contains(shells, name) {
				return name
			}
		}
	}
	return ""
}

// userEdits create the account below FROM, the directories before the VOLUME that names one or before USER, and put USER
// behind the last step that needs root.
func userEdits(l *launch, a account, dirs []dir) []fix.Edit {
	var edits []fix.Edit
	doc, s := l.doc, l.stage
	if a.create != "" {
		edits = append(edits, insertAfter(doc, s.From, keyword(doc, "RUN")+" "+a.create))
	}
	lines := []string{keyword(doc, "USER") + " " + a.user}
	if len(dirs) > 0 {
		own := keyword(doc, "RUN") + " " + ownDirs(dirs, a)
		if v := firstVolume(s, dirs); v != nil {
			edits = append(edits, insertBefore(doc, v, own))
		} else {
			lines = append([]string{own}, lines...)
		}
	}
	at, before := userPlace(s)
	text := strings.Join(lines, doc.Newline)
	if before {
		return append(edits, insertBefore(doc, at, text))
	}
	if at == s.From && a.create != "" {
		edits[0].New = mergeLines(doc, edits[0].New, text)
		return edits
	}
	return append(edits, insertAfter(doc, at, text))
}

// mergeLines puts text behind lines that insertAfter made.
func mergeLines(doc *source.Document, made, text string) string {
	if strings.HasSuffix(made, doc.Newline) {
		return made + text + doc.Newline
	}
	return made + doc.Newline + text
}

// userPlace is where USER goes: before the CMD, ENTRYPOINT or HEALTHCHECK that comes after the last step, else after the last instruction.
func userPlace(s *source.Stage) (at *source.Instruction, before bool) {
	list := s.Instructions
	last := -1
	for i, in := range list {
		if slices.Contains([]string{"RUN", "COPY", "ADD", "WORKDIR", "USER", "SHELL"}, in.Name) {
			last = i
		}
	}
	for _, in := range list[last+1:] {
		if in.Name == "CMD" || in.Name == "ENTRYPOINT" || in.Name == "HEALTHCHECK" {
			return in, true
		}
	}
	if len(list) == 0 {
		return s.From, false
	}
	return list[len(list)-1], false
}

// insertBefore puts a line above an instruction, and above the comments that stand right on top of it.
func insertBefore(doc *source.Document, in *source.Instruction, line string) fix.Edit {
	at := in.Lines.Start
	n, _ := doc.Position(in.Lines.Start)
	for n > 1 && commentLine(doc, n-1) {
		n--
		at = doc.Line(n).Start
	}
	return fix.Replace(source.Span{Start: at, End: at}, line+doc.Newline)
}

// commentLine reports whether a line holds nothing but a comment; that of a parser directive does not count.
func commentLine(doc *source.Document, n int) bool {
	line := doc.Line(n)
	for _, d := range doc.Dockerfile.Directives {
		if line.Contains(d.Span) {
			return false
		}
	}
	return strings.HasPrefix(strings.TrimSpace(doc.Text(line)), "#")
}

// insertAfter puts a line below an instruction.
func insertAfter(doc *source.Document, in *source.Instruction, line string) fix.Edit {
	at := source.Span{Start: in.Lines.End, End: in.Lines.End}
	if in.Lines.End == len(doc.Bytes) && !strings.HasSuffix(string(doc.Bytes), "\n") {
		return fix.Replace(at, doc.Newline+line)
	}
	return fix.Replace(at, line+doc.Newline)
}

// keyword writes the keyword of a new instruction in the case of the file.
func keyword(doc *source.Document, name string) string {
	if mostlyLower(doc) {
		return strings.ToLower(name)
	}
	return name
}

// knownImage tells that the image's line, or the package manager that runs in it as root, says what it is.
func knownImage(l *launch) bool { return l.image.Known || l.image.Family != images.Unknown }
