package dockerfile

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/fix/images"
	"github.com/dockfix/dockfix/source"
)

// BaseRules are the rules that need to know what the images bring with them that stages are built on.
var BaseRules = []*fix.Rule{RootUser, MissingHealthcheck}

// AsksBases reports whether a Dockerfile has a stage on an image that no line of the table is about, so that its rules may want to know
// more. It is quick: what the rules really want, their WantsThen tells.
func AsksBases(doc *source.Document) bool {
	return doc.Dockerfile != nil && slices.ContainsFunc(doc.Dockerfile.Stages, func(s *source.Stage) bool {
		return s.Base == nil && s.Ref != "" && !images.Lookup(s.Ref).Known
	}) && oneOf(allInstructions(doc), "CMD", "ENTRYPOINT") != nil
}

func allInstructions(doc *source.Document) []*source.Instruction {
	var list []*source.Instruction
	for _, s := range doc.Dockerfile.Stages {
		list = append(list, s.Instructions...)
	}
	return list
}

// findImage takes what is known of the image from the table, else from a registry. A stage that does not say what it runs is for others
// to build on, whatever its image brings with it: no registry is asked then, and what others of the run asked for does not count.
func (l *launch) findImage(facts *fix.Facts) {
	l.image = images.Lookup(l.ref)
	if !l.image.Known && l.ref != "" && facts != nil && !source.IsContext(l.ref, facts.Local) && (l.command != nil || l.entry != nil) {
		l.base = facts.Base(l.ref)
	}
	if l.base != nil && l.base.Known {
		l.image = images.Of(l.imageName(), l.base.Config, l.base.Root)
	}
	l.image = l.familyByTools(l.image)
}

// imageName is the image as people speak of it: without its digest.
func (l *launch) imageName() string {
	name, _, _ := strings.Cut(l.ref, "@")
	return name
}

// notKnown says that nothing is known of the image, and why where a registry was asked in vain.
func (l *launch) notKnown() string {
	reason := fmt.Sprintf("what %s sets and runs is not known", l.imageName())
	if l.base != nil && l.base.Failed != "" {
		reason += ": " + l.base.Failed
	}
	return reason
}

// waits tells that a reason would be another one if a registry had answered.
func (l *launch) waits(reason string) bool {
	return l.base != nil && l.base.Failed != "" && strings.HasSuffix(reason, l.base.Failed)
}

// ownEntry is the ENTRYPOINT of the image, where it is in force and known.
func (l *launch) ownEntry() []string {
	if l.entry != nil || l.base == nil {
		return nil
	}
	return l.base.Config.Entrypoint
}

// ownEnv is the value of a variable that the image has.
func (l *launch) ownEnv(name string) (value string, set bool) {
	if l.base == nil {
		return "", false
	}
	for _, v := range l.base.Config.Env {
		if after, ok := strings.CutPrefix(v, name+"="); ok {
			value, set = after, true
		}
	}
	return value, set
}

// startsWith reports whether a word is one of the image's own ENTRYPOINT, and no step of the file names that program: what it names is
// in the image, and not in the context.
func (l *launch) startsWith(word string) bool {
	return slices.Contains(l.ownEntry(), word) && !slices.ContainsFunc(l.all(), func(in *source.Instruction) bool {
		return (in.Name == "COPY" || in.Name == "ADD" || in.Name == "RUN") && strings.Contains(in.Rest.Text, path.Base(word))
	})
}

// mayCopy names a file of the context that a step of the file copies with others, and that has the name of a program of the image; "" for
// none.
func (l *launch) mayCopy(program string) string {
	for _, e := range l.ctx.Entries {
		if path.Base(e.Path) != path.Base(program) {
			continue
		}
		for _, in := range l.all() {
			if _, from := in.Flag("from"); from || in.Name != "COPY" && in.Name != "ADD" || len(in.Args) == 0 {
				continue
			}
			for _, w := range in.Args[:len(in.Args)-1] {
				dir := path.Clean("/" + strings.Trim(w.Text, `"'`))
				if dir == "/" || strings.ContainsAny(dir, "*?[$") || strings.HasPrefix("/"+e.Path, dir+"/") {
					return e.Path
				}
			}
		}
	}
	return ""
}

// isOwnScript reports whether a word of the image's own ENTRYPOINT names a script for a shell.
func (l *launch) isOwnScript(word string) bool {
	if l.base.Root == nil {
		return false
	}
	first, _, _ := strings.Cut(l.base.Root.Texts[word], "\n")
	return strings.HasPrefix(first, "#!") && strings.HasSuffix(strings.TrimSuffix(strings.TrimSpace(first), " -e"), "sh")
}

// notRead says that the script that the image starts with is not known.
func (l *launch) notRead(word string) string {
	reason := fmt.Sprintf("the script %s of %s was not read", path.Base(word), l.imageName())
	switch file := l.mayCopy(word); {
	case file != "":
		return fmt.Sprintf("the script %s of %s is another one if %s takes its place", path.Base(word), l.imageName(), file)
	case l.base.Root == nil && l.base.Failed != "":
		reason += ": " + l.base.Failed
	case l.base.Root != nil && l.base.Root.Partial != "":
		reason += ": " + l.base.Root.Partial
	}
	return reason
}

// ownScript is the text of a script that the image starts with, where its layers were read.
func (l *launch) ownScript(word string) (at, text string, ok bool) {
	if l.mayCopy(word) != "" {
		return "", "", false
	}
	if l.base.Root == nil {
		l.unread = true
		return "", "", false
	}
	text, ok = l.base.Root.Texts[word]
	return word + " of " + l.imageName(), text, ok
}

// rootDoubt tells why the file system of the image is not known where it matters.
func (l *launch) rootDoubt() string {
	switch {
	case l.base == nil || !l.base.Known:
		return ""
	case l.base.Root == nil && l.base.Failed == "":
		return fmt.Sprintf("which accounts and programs %s has was not looked at", l.imageName())
	case l.base.Root == nil && l.base.Failed != "":
		return fmt.Sprintf("which accounts and programs %s has is not known: %s", l.imageName(), l.base.Failed)
	case l.base.Root != nil && l.base.Root.Partial != "":
		return fmt.Sprintf("which accounts and programs %s has is not known: %s", l.imageName(), l.base.Root.Partial)
	}
	return ""
}

// wantBases asks for what a rule has to know about the images of the stages that are run: first the configuration, where the rule would
// have something to do if the image allowed it; then its layers, where the configuration does allow it and leaves something open.
func wantBases(names []string, needs func(*launch, runStage, *fix.Facts) bool) func(*source.Document, *fix.Facts) []fix.Want {
	return func(doc *source.Document, facts *fix.Facts) []fix.Want {
		var wants []fix.Want
		if !AsksBases(doc) {
			return nil
		}
		r := &reader{doc: doc}
		silent := fix.Suppressions(doc)
		for _, run := range runStages(doc, facts) {
			l := launchOf(r, run.stage, run.contexts[0], facts)
			at := run.stage.From.Span
			if last := usersOf(l).last; last != nil && names[0] == userNames[0] {
				at = last.Span
			}
			switch {
			case silent.Covers(names, at):
			case l.ref == "" || images.Lookup(l.ref).Known || source.IsContext(l.ref, facts.Local) || l.declined() || l.command == nil && l.entry == nil:
			case l.base == nil:
				l.image.Known = true // only to see what is left to decide
				if needs(l, run, facts) {
					wants = append(wants, fix.WantConfig(l.ref))
				}
			case l.base.Known && l.base.Root == nil && l.base.Failed == "" && needs(l, run, facts):
				wants = append(wants, fix.WantRoot(l.ref))
			}
		}
		return wants
	}
}

// needsBaseForUser tells that a USER could be set if the image allows it, or that its layers tell which. Where a doubt holds the fix back
// anyway, layers are too much to ask for.
func needsBaseForUser(l *launch, run runStage, facts *fix.Facts) bool {
	u := usersOf(l)
	if u.quiet(l) {
		return false
	}
	reason := rootRefusal(l, run, u)
	if l.unread && strings.HasPrefix(reason, l.program.why) {
		return true
	}
	if reason != "" || l.base == nil || !accountOfBase(l, u) {
		return reason == "" && l.base == nil
	}
	a := accountFor(l, u)
	_, doubts := writtenDirs(l, run, a)
	return facts.Unsafe || len(doubts) == 0 && len(rootDoubts(facts, l, run, u, a)) == 0
}

// accountOfBase tells that the account to run as, or who makes its directories, depends on what is in the image.
func accountOfBase(l *launch, u users) bool {
	a := accountFor(l, u)
	if a.restore {
		return !strings.ContainsAny(a.user[:1], "0123456789")
	}
	if len(madeAccounts(l)) == 0 {
		return true
	}
	dirs, _ := writtenDirs(l, runStage{l.stage, []*fix.BuildContext{l.ctx}}, a)
	return len(dirs) > 0 && !l.has("sh")
}

// needsBaseForCheck tells that a check could be made if the image has none, or that its layers tell with what.
func needsBaseForCheck(l *launch, run runStage, _ *fix.Facts) bool {
	if unchecked(l, run) {
		return false
	}
	c, ok := checkOf(l, run)
	return l.unread || ok && (c.noTool || c.refuse == "" && l.base == nil)
}

// noToolFor says why nothing can ask a port.
func (l *launch) noToolFor(port string) string {
	switch doubt := l.rootDoubt(); {
	case l.base != nil && !l.base.Known:
		return l.notKnown()
	case doubt != "":
		return doubt
	}
	return fmt.Sprintf("nothing that can ask port %s is known to be in the image", port)
}

// baseExposes is the TCP port that the image exposes, where that is one.
func baseExposes(l *launch) []string {
	if l.base == nil || l.image.Port == "" {
		return nil
	}
	return []string{l.image.Port}
}

// baseDoubt looks at what the configuration of the image says about files and directories. Values of variables can be secrets, and are
// not told.
func baseDoubt(l *launch) string {
	if l.base == nil || !l.base.Known {
		return ""
	}
	if root := l.base.Root; root != nil && len(root.Closed) > 0 {
		return fmt.Sprintf("not everybody can enter %s of %s", root.Closed[0], l.imageName())
	}
	if list := l.base.Config.Volumes; len(list) > 0 {
		return fmt.Sprintf("%s has the volume %s, which root may own", l.imageName(), list[0])
	}
	for _, v := range l.base.Config.Env {
		name, _, _ := strings.Cut(v, "=")
		switch {
		case rootHome.MatchString(v):
			return fmt.Sprintf("the variable %s of %s uses /root, which only root can enter", name, l.imageName())
		case argumentsText.MatchString(v):
			return fmt.Sprintf("the variable %s of %s gives the program more options", name, l.imageName())
		case dataText.MatchString(" " + v):
			return fmt.Sprintf("the variable %s of %s may name a file that the program writes", name, l.imageName())
		}
	}
	return ""
}
