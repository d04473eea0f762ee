package dockerfile

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/internal/lazyregexp"
	"github.com/dockfix/dockfix/source"
)

// mount hands the secret to the RUN instructions that name it.
func (s *secret) mount(f *fix.Finding) {
	var uses []*source.Instruction
	for _, in := range s.below() {
		if in.Name == "RUN" && s.mentionedIn(in) {
			uses = append(uses, in)
		}
	}
	switch doubt, refuse := s.frontend(); {
	case s.kind == secretCopied:
		f.Reason = "RUN has the argument without it: take it out, and use RUN --mount=type=secret,id=" + s.name + ",env=" + s.name + " where it is needed"
	case len(uses) == 0:
		f.Reason = "no RUN names it: what reads it, such as an .npmrc, needs RUN --mount=type=secret,id=" + s.name + ",env=" + s.name + s.rotate()
	case refuse != "":
		f.Reason = refuse + s.rotate()
	case slices.ContainsFunc(uses, s.sets):
		f.Reason = "a RUN sets the variable itself" + s.rotate()
	default:
		composes, reason := s.throughCompose()
		if reason != "" {
			f.Reason = reason + s.rotate()
			return
		}
		edits := []fix.Edit{s.remove()}
		for _, in := range uses {
			at := in.Rest.Start
			if len(in.Flags) > 0 {
				at = in.Flags[0].Start
			}
			edits = append(edits, fix.Edit{Span: source.Span{Start: at, End: at}, New: "--mount=type=secret,id=" + s.name + ",env=" + s.name + " "})
		}
		f.Fix = &fix.Fix{Title: "hand it to RUN as a build secret", Safety: fix.Unsafe, Edits: edits}
		f.Fix.Title += composeNames(", through ", composes)
		withCompose(f.Fix, composes)
		f.Reason = s.callers() + s.scripts() + doubt + s.written(uses) + s.rails(uses) + s.rotate()
	}
}

// remove takes the variable out: the instruction or, where that has others, the variable with the blanks before it.
func (s *secret) remove() fix.Edit {
	pairs := s.in.Pairs
	i := slices.IndexFunc(pairs, func(p source.Pair) bool { return p.Start == s.pair.Start })
	switch {
	case len(pairs) == 1:
		return removal(s.doc, s.in)
	case i == 0:
		return fix.Replace(source.Span{Start: pairs[0].Start, End: pairs[1].Start}, "")
	}
	return fix.Replace(source.Span{Start: pairs[i-1].End, End: pairs[i].End}, "")
}

// callers says what those who build must change.
func (s *secret) callers() string {
	if list := s.handers(); len(list) > 0 {
		return named(list) + " then takes it from the environment or .env, as a build secret; whoever builds without Compose must then give --secret id=" + s.name + ",env=" + s.name + "; what reads it without naming it in a RUN is not known"
	}
	if s.in.Name == "ENV" {
		return "whoever builds must then give --secret id=" + s.name + ",env=" + s.name + ", with the variable set; what reads it without naming it in a RUN is not known"
	}
	return "whoever builds must then give --secret id=" + s.name + ",env=" + s.name + " in place of --build-arg, in CI too; what reads it without naming it in a RUN is not known"
}

// scripts names those that pass the argument, which must be changed by hand.
func (s *secret) scripts() string {
	if s.facts == nil || s.in.Name != "ARG" || len(s.facts.BuildArguments[s.name]) == 0 {
		return ""
	}
	const most = 4
	places := s.facts.BuildArguments[s.name]
	more := ""
	if len(places) > most {
		places, more = places[:most], fmt.Sprintf(" and %d more", len(places)-most)
	}
	return "; it is passed in " + strings.Join(places, ", ") + more
}

// written warns of a RUN that writes the secret to a file, which stays in the layer.
func (s *secret) written(uses []*source.Instruction) string {
	name := `\$\{?` + regexp.QuoteMeta(s.name) + `\b`
	toFile := regexp.MustCompile(name + `[^;&|]*>`)
	cloned := regexp.MustCompile(`git\s+(?:clone|remote|submodule)\b[^;&|]*` + name)
	for _, in := range uses {
		line, _ := s.doc.Position(in.Start)
		switch {
		case toFile.MatchString(in.Rest.Text):
			return fmt.Sprintf("; the RUN on line %d seems to write it to a file, which stays in the layer", line)
		case cloned.MatchString(in.Rest.Text):
			return fmt.Sprintf("; the RUN on line %d gives it to git in an address, which stays in .git/config in the layer unless it is removed there", line)
		}
	}
	return ""
}

// rails is the advice about the keys that Rails wants when it compiles assets, and does not use then.
func (s *secret) rails(uses []*source.Instruction) string {
	key := s.name == "SECRET_KEY_BASE" || s.name == "RAILS_MASTER_KEY"
	if key && slices.ContainsFunc(uses, func(in *source.Instruction) bool { return strings.Contains(in.Rest.Text, "assets:precompile") }) {
		return "; Rails from 7.1 on compiles assets without it: RUN SECRET_KEY_BASE_DUMMY=1 ..."
	}
	return ""
}

// sets reports whether a RUN gives the variable another value, which the mount would hide from nobody but the reader.
func (s *secret) sets(in *source.Instruction) bool {
	return regexp.MustCompile(`(?:^|[\s;&|(])(?:export\s+)?` + regexp.QuoteMeta(s.name) + `=`).MatchString(in.Rest.Text)
}

// oldFrontend are versions of docker/dockerfile that do not know env= of a secret, which 1.10 brought.
var oldFrontend = lazyregexp.New(`(?:^|/)dockerfile(?:-upstream)?:(?:experimental|1\.[0-9](?:[.\-@]|$)|1-experimental)`)

// frontend says whether the builder knows RUN --mount=type=secret,env=: a doubt as a clause, or why it does not.
func (s *secret) frontend() (doubt, refuse string) {
	for _, d := range s.doc.Dockerfile.Directives {
		if d.Name != "syntax" {
			continue
		}
		if oldFrontend.MatchString(d.Value.Text) {
			return "", "the syntax line names a frontend before 1.10, which does not know env= of a secret: write docker/dockerfile:1"
		}
		return "", ""
	}
	return "; it needs BuildKit with the Dockerfile syntax 1.10, which Docker has since 27.2", ""
}

// suppliedAtRunTime removes an ENV that a Compose file gives to every service that runs the image.
func (s *secret) suppliedAtRunTime(f *fix.Finding) {
	if in := s.usedByRun(); in != nil {
		line, _ := s.doc.Position(in.Start)
		f.Reason = fmt.Sprintf("RUN on line %d uses it, and the container may too: take it out of ENV, give it to that RUN with --mount=type=secret,id=%s,env=%s, and to the container when it is started%s%s", line, s.name, s.name, s.rails([]*source.Instruction{in}), s.rotate())
		return
	}
	if s.kind == secretCopied {
		f.Reason = "give it to the container when it is started, not when it is built"
		return
	}
	given, lacking := s.suppliers()
	if len(given)+len(lacking) == 0 {
		f.Reason = "no Compose file tells who gives it to the container: take it out and give it with --env or --env-file" + s.rotate()
		return
	}
	composes, reason := s.supply(lacking)
	if reason != "" {
		f.Reason = reason + s.rotate()
		return
	}
	f.Fix = &fix.Fix{Title: "remove it from the image", Safety: fix.Unsafe, Edits: []fix.Edit{s.remove()}, Changes: []string{"image.config.Env." + s.name, "exec-env"}}
	f.Reason = named(given) + " gives it to the container"
	if len(lacking) > 0 {
		f.Fix.Title += composeNames(", and ask for it in ", composes)
		withCompose(f.Fix, composes)
		f.Reason = named(lacking) + " does not start any more where " + s.name + " is not set, in .env or by whoever starts it"
	}
	f.Reason += "; a container that is started in another way no longer has it" + s.rotate()
}

func (s *secret) usedByRun() *source.Instruction {
	for _, in := range s.below() {
		if in.Name == "RUN" && s.mentionedIn(in) {
			return in
		}
	}
	return nil
}

// suppliers are the services that give the variable to a container of the image, and those that do not, in no file of their folder.
func (s *secret) suppliers() (given, lacking []user) {
	has := map[string]bool{}
	for _, c := range s.contexts() {
		if c.Service == nil {
			continue
		}
		service := c.Service
		if e, err := editCompose(s.facts, c.ComposeFile); err == nil && e.service(service.Name) != nil {
			service = e.service(service.Name)
		}
		u := user{c, service.Name}
		if slices.ContainsFunc(service.Environment(), func(v source.EnvironmentVariable) bool { return v.Name == s.name }) {
			given = append(given, u)
			has[u.place()] = true
		} else {
			lacking = append(lacking, u)
		}
	}
	return given, slices.DeleteFunc(lacking, func(u user) bool {
		known := has[u.place()]
		has[u.place()] = true // one file of the folder is enough
		return known
	})
}
