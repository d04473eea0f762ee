package dockerfile

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/internal/lazyregexp"
	"github.com/dockfix/dockfix/source"
)

// CopyThenOwn finds chown and chmod of what the COPY above has just copied.
var CopyThenOwn = &fix.Rule{
	Name:    "copy-then-own",
	Title:   "chown or chmod of what was just copied",
	Why:     "A RUN that changes the owner or mode of a file writes the file again: it is in the image twice. COPY --chown and --chmod do it at once. Made where a RUN does nothing else, names files by the very paths that the COPY above it made, and all of them. COPY --chmod is BuildKit's: held back where nothing in the file says that it is built with it, as are +x where the mode of the file is not known directories, whose older files would keep their owner, and files in a directory that the COPY may have to make. A RUN that does other things too, or touches other files, is left alone.",
	Kind:    source.DockerfileKind,
	Safety:  fix.Safe,
	Changes: []string{"file-a*", "step-removed"},
	Wants:   wantsCopyThenOwn,
	Check:   checkCopyThenOwn,
}

// wantsCopyThenOwn asks for the modes of the files where a RUN changes them.
func wantsCopyThenOwn(doc *source.Document) []fix.Want {
	for in := range instructions(doc, "RUN") {
		if strings.HasPrefix(in.Rest.Text, "chmod") || strings.HasPrefix(in.Rest.Text, "chown") {
			return []fix.Want{fix.WantContexts}
		}
	}
	return nil
}

func checkCopyThenOwn(p *fix.Pass) {
	for in := range instructions(p.Doc, "RUN") {
		if in.Stage < 0 || !strings.HasPrefix(in.Rest.Text, "ch") { // chown, chmod
			continue
		}
		copies := copiesBefore(p.Doc, in)
		if len(copies) == 0 {
			continue
		}
		changes := sharedReader(p).ownership(in)
		if len(changes) == 0 {
			continue
		}
		plan := planOwn(p, in, changes, copies)
		if plan == nil {
			continue
		}
		line, _ := p.Doc.Position(plan.first.Start)
		f := fix.Finding{Span: in.Span, Message: fmt.Sprintf("RUN changes the owner or mode of what the COPY on line %d copied", line)}
		remove(p, &f, in, "use COPY "+strings.Join(plan.flags, " "), nil)
		if f.Fix != nil {
			f.Reason = plan.doubt
			f.Fix.Edits = append(f.Fix.Edits, plan.edits...)
			if plan.doubt != "" {
				f.Fix.Safety = fix.Unsafe
			}
		}
		p.Report(f)
	}
}

// change is one chown or chmod.
type change struct {
	flag      string // chown or chmod
	value     string // the owner or mode
	recursive bool
	paths     []string
}

var (
	octal = lazyregexp.New(`^0?[0-7]{3}$`)
	owner = lazyregexp.New(`^([a-zA-Z_][a-zA-Z0-9_-]*|[0-9]+)?(:([a-zA-Z_][a-zA-Z0-9_-]*|[0-9]+))?$`)
	plusX = lazyregexp.New(`^a?\+r?x$`)
)

// ownership lists what a RUN changes, where it does nothing but chown and chmod; none else.
func (r *reader) ownership(in *source.Instruction) []change {
	if len(in.Flags)+len(in.Heredocs) > 0 {
		return nil
	}
	s, err := r.readRun(in)
	if err != nil || len(s.program.File.Stmts) != 1 || len(s.Exports) > 0 {
		return nil
	}
	if links := andLinks(s.program.File.Stmts[0]); len(links) != len(s.Commands) {
		return nil
	}
	var list []change
	for _, c := range s.Commands {
		made, ok := c.ownership()
		if !ok {
			return nil
		}
		list = append(list, made)
	}
	return list
}

func (c *shellCommand) ownership() (change, bool) {
	made := change{flag: c.name()}
	if made.flag != "chown" && made.flag != "chmod" || len(c.Within)+len(c.Via)+len(c.Assigned)+len(c.Stmt.Redirs) > 0 || !c.plain() {
		return made, false
	}
	for _, w := range c.Words[1:] {
		switch {
		case w.Text == "-R" || w.Text == "--recursive":
			made.recursive = true
		case strings.HasPrefix(w.Text, "-") || w.Glob:
			return made, false
		case made.value == "":
			made.value = w.Text
		default:
			made.paths = append(made.paths, w.Text)
		}
	}
	fits := owner.MatchString(made.value) && made.value != ":"
	if made.flag == "chmod" {
		fits = octal.MatchString(made.value) || plusX.MatchString(made.value) && !made.recursive
	}
	return made, fits && len(made.paths) > 0
}

// copiesBefore are the COPYs directly above an instruction, metadata between them.
func copiesBefore(doc *source.Document, in *source.Instruction) []*source.Instruction {
	var list []*source.Instruction
	for _, other := range slices.Backward(doc.Dockerfile.Stages[in.Stage].Instructions) {
		switch {
		case other.Start >= in.Start:
		case other.Name == "COPY" && other.Declined == "" && len(other.Args) > 1 && len(other.Heredocs) == 0:
			list = append(list, other)
		case slices.Contains([]string{"ENV", "LABEL", "EXPOSE", "ARG", "CMD", "ENTRYPOINT", "STOPSIGNAL"}, other.Name):
		default:
			return list
		}
	}
	return list
}

// ownPlan is how COPYs take over the work of a RUN.
type ownPlan struct {
	first *source.Instruction
	flags []string
	edits []fix.Edit
	doubt string
}

// planOwn gives each path of the changes to the COPY that made it. nil: some path is of no COPY, or a COPY has other files too.
func planOwn(p *fix.Pass, in *source.Instruction, changes []change, copies []*source.Instruction) *ownPlan {
	here := workdirAt(p.Doc.Dockerfile.Stages[in.Stage], in.Start)
	plan := &ownPlan{}
	given := 0
	paths := 0
	for _, c := range changes {
		paths += len(c.paths)
	}
	for _, cp := range copies {
		flags, used, doubt := takeOver(p, cp, here, changes)
		if used == 0 {
			continue
		}
		given += used
		plan.first, plan.flags, plan.doubt = cp, flags, firstOf(plan.doubt, doubt)
		at := source.Span{Start: cp.Keyword.End, End: cp.Keyword.End}
		plan.edits = append(plan.edits, fix.Replace(at, " "+strings.Join(flags, " ")))
	}
	if given != paths || plan.first == nil {
		return nil
	}
	return plan
}

// takeOver gives the flags with which a COPY does what the changes do to its files, and how many of their paths that settles.
func takeOver(p *fix.Pass, cp *source.Instruction, here workdir, changes []change) (flags []string, used int, doubt string) {
	targets, known := targetsOf(p, cp, here)
	if !known {
		return nil, 0, ""
	}
	for _, c := range changes {
		hit := 0
		for _, name := range c.paths {
			if slices.ContainsFunc(targets, func(t target) bool { return t.path == absolute(name, here) && (c.recursive || !t.dir) }) {
				hit++
			}
		}
		if hit == 0 {
			continue
		}
		twice := slices.ContainsFunc(flags, func(f string) bool { return strings.HasPrefix(f, "--"+c.flag) })
		if _, set := cp.Flag(c.flag); set || twice || hit != len(targets) {
			return nil, 0, ""
		}
		value, why, ok := flagValue(p, c, targets)
		if !ok {
			return nil, 0, ""
		}
		if dir := madeFor(targets, here); dir != "" && c.flag == "chown" {
			why = firstOf(why, "where "+dir+" is not there yet, COPY makes it, and would make it with that owner too")
		}
		flags = append(flags, "--"+c.flag+"="+value)
		used += hit
		doubt = firstOf(doubt, why)
	}
	return flags, used, doubt
}

// flagValue is what the flag of COPY is set to, and what is not certain about it.
func flagValue(p *fix.Pass, c change, targets []target) (value, doubt string, ok bool) {
	value = c.value
	if dir := slices.IndexFunc(targets, func(t target) bool { return t.dir }); dir >= 0 {
		doubt = "what was in " + targets[dir].path + " before, and the directory itself where it was there, would keep its owner and mode"
	}
	switch {
	case c.flag == "chown" && !strings.Contains(value, ":"):
		value += ":0" // chown leaves the group, which is root; COPY would take that of the number
	case c.flag == "chown" && strings.HasPrefix(value, ":"):
		value = "0" + value
	case c.flag == "chown" && strings.HasSuffix(value, ":"):
		return "", "", false
	case c.flag == "chmod":
		if !usesBuildKit(p.Doc) {
			doubt = firstOf(doubt, "COPY --chmod needs BuildKit, and nothing in the file says that it is built with it")
		}
		if plusX.MatchString(value) {
			modes := map[string]bool{}
			for _, t := range targets {
				modes[t.mode] = true
			}
			value = targets[0].mode
			if value == "" || len(modes) > 1 {
				value, doubt = "755", "the mode of the file is not known: 755 is what +x makes of the usual 644"
			}
		}
	}
	return value, doubt, true
}
