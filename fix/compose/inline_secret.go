package compose

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/source"
)

// inlineSecretName is the name of the rule.
const inlineSecretName = "inline-secret"

// InlineSecret finds secrets that stand in a Compose file.
var InlineSecret = &fix.Rule{
	Name:  inlineSecretName,
	Title: "a secret in the Compose file",
	Why: "Whoever can read the repository, or its history, has the password, and a new one means a commit. The fix writes ${NAME:?set NAME in .env} in its place and the value into the .env beside the file, as the container gets it: Compose loads the same project, which is proven. " +
		"A new .env can be read by its owner alone; the name goes into .env.example, .env into .gitignore, and into the .dockerignore of the build contexts that hold it. A password that a server and its clients share becomes one variable. " +
		"With --secrets=files a container of an image that is known to read a variable from the file named by NAME_FILE gets it as a Compose secret from ./secrets instead; what others need too stays in the .env. " +
		"Environment variables, build arguments, flags of commands and addresses with a password are looked at. Switches, numbers, paths and references to variables are no secrets; a stand-in such as changeme is pointed out. " +
		"Nothing is written where git tracks the .env, where a service gets all of it by env_file, or where the file is deployed to a swarm, which reads none. Held back where something about that could not be checked, where a container mounts the .env or its folder, where the file is read together with one of another folder, where a CI service or a test runs the file, where a script gives Compose another file than .env, takes the file to another machine without it or makes it from an example, where another file of the project takes the variable from elsewhere, and for ${NAME:-secret}, since whoever relies on the default then has to set the name. " +
		"The old value stays in the history of the repository: have a new one made. dockfix never prints values, and leaves the .env out of a diff; but a diff shows the lines that it removes.",
	Kind:   source.ComposeKind,
	Safety: fix.Safe,
	// What Compose loads, with the .env, must stay identical.
	Wants: wantsOfSecrets,
	Check: checkInlineSecret,
}

// exampleFiles are the names that the list of variables without their values has, the first for a new one.
var exampleFiles = []string{".env.example", ".env.sample", ".env.dist", ".env.template", "example.env"}

func wantsOfSecrets(d *source.Document) []fix.Want {
	found := inlineSecrets(d)
	if len(found) == 0 {
		return nil
	}
	wants := []fix.Want{fix.WantDotEnv, fix.WantProject, fix.WantFile(".env")}
	for _, s := range found {
		if fileSuffix(s) != "" {
			own := ownName(s)
			wants = append(wants, fix.WantFile(pathOfSecret(own)), fix.WantFile(pathOfSecret(longName(s, own))))
		}
	}
	for _, name := range exampleFiles {
		wants = append(wants, fix.WantFile(name))
	}
	return wants
}

func checkInlineSecret(p *fix.Pass) {
	found := inlineSecrets(p.Doc)
	if len(found) == 0 {
		return
	}
	m := newSecretMove(p.Doc, p.Facts, found)
	files := m.filesOf()
	for _, s := range found {
		f := fix.Finding{Span: s.span, Message: s.message()}
		if i := slices.IndexFunc(files, func(f secretFile) bool { return f.inlineSecret == s }); i >= 0 {
			m.decideFile(files, i, &f)
		} else {
			m.decide(s, &f)
		}
		p.Report(f)
	}
}

// inlineSecret is one secret that stands in the file.
type inlineSecret struct {
	service *source.Service // the first that has it
	section string          // environment, build.args, command, ...
	key     string          // the variable or the flag; "" where nothing names it
	node    *source.Node    // the scalar it stands in
	from    int             // bytes of the scalar's value
	to      int
	value   string // as the container gets it
	span    source.Span

	shape    secretShape
	inside   bool   // a part of the value of key, as in an address
	password bool   // a password, of which a server and its clients have the same
	host     string // that it is for, where it stands in an address
	variable string // of ${NAME:-secret}: the name
	changed  bool   // what the container gets is not what the file shows
}

// secretShape is how a secret stands in the file.
type secretShape int

const (
	secretLiteral  secretShape = iota
	secretStandIn              // a stand-in for one
	secretMixed                // with variables in it
	secretFallback             // as the default of a variable
)

func (s *inlineSecret) message() string {
	where := s.key + " of " + s.service.Name
	if s.key == "" {
		where = s.section + " of " + s.service.Name
	} else if s.section != "environment" {
		where += " (" + s.section + ")"
	}
	switch {
	case s.shape == secretStandIn:
		return where + " has a stand-in for a secret"
	case s.shape == secretMixed:
		return where + " has a secret with a variable in it"
	case s.shape == secretFallback:
		return where + " has a secret as its default"
	case s.inside:
		return where + " has a password in it"
	case s.changed:
		return where + " is a secret in the file, without quotes: the container gets other digits"
	}
	return where + " is a secret in the file"
}

// part is the secret with another text in its place.
func (s *inlineSecret) part(text string) source.Part {
	return source.Part{From: s.from, To: s.to, New: text}
}

// secretMove is what is decided once for all secrets of a file.
type secretMove struct {
	doc    *source.Document
	facts  *fix.Facts
	found  []*inlineSecret
	env    *source.Document         // the .env; nil where there is none
	broken string                   // why the .env cannot be read
	names  map[*inlineSecret]string // what nameOf has found
}

func newSecretMove(d *source.Document, facts *fix.Facts, found []*inlineSecret) *secretMove {
	m := &secretMove{doc: d, facts: facts, found: found}
	if text, ok := facts.Files[".env"]; ok {
		env, err := source.Parse(".env", source.EnvKind, text)
		if err != nil {
			m.broken = err.Error()
		}
		m.env = env
	}
	return m
}

// decide gives the finding its fix, or the reason why there is none.
func (m *secretMove) decide(s *inlineSecret, f *fix.Finding) {
	if f.Reason = m.refuse(s); f.Reason != "" {
		return
	}
	name := m.nameOf(s)
	splices, err := m.doc.ReplaceParts(s.node, []source.Part{s.part("${" + name + ":?set " + name + " in .env}")})
	if err != nil {
		f.Reason = err.Error()
		return
	}
	line, misread := source.EnvValue(s.value)
	doubts := m.doubts(s)
	if misread != "" {
		doubts = append(doubts, misread)
	}
	f.Fix = &fix.Fix{Title: "move it to .env as " + name, Safety: fix.Safe, Edits: fix.Of(splices...)}
	f.Fix.Edits = append(f.Fix.Edits, m.files(name, line)...)
	if len(doubts) > 0 {
		f.Fix.Safety = fix.Unsafe
		f.Reason = strings.Join(doubts, "; ")
	}
}

// refuse is why nothing can be done about a secret; "" where something may.
func (m *secretMove) refuse(s *inlineSecret) string {
	switch {
	case s.shape == secretStandIn:
		return "whoever runs the file has to choose one: write ${NAME:?} in its place, and NAME into .env"
	case s.shape == secretMixed:
		return "it is put together from variables: put the whole into .env; a $ that belongs to it is written $$"
	case m.doc.Compose.Refusal != "":
		return m.doc.Compose.Refusal
	case !m.facts.DotEnv.Known:
		return "a file from standard input has no .env beside it"
	case m.facts.DotEnv.Failed != "":
		return m.facts.DotEnv.Failed
	case m.facts.Project.Stack != "":
		return m.facts.Project.Stack + ", which reads no .env: use secrets of the swarm"
	case m.facts.DotEnv.Tracked:
		return "git tracks .env, and would keep the secret: git rm --cached .env, then dockfix again"
	case m.broken != "":
		return "the .env cannot be read: " + m.broken
	}
	if line := m.unreadable(); line > 0 {
		return fmt.Sprintf("Compose cannot read the variable on line %d, so that nothing can be proven: a $ that is meant as such is written $$", line)
	}
	if who := m.readsAllOfEnv(); who != "" {
		return who + " gets all of .env by env_file, and would get this too: give it a file of its own"
	}
	if shared := m.sameScalar(s); shared != "" {
		return shared
	}
	if m.nameOf(s) == "" {
		return "the variable " + s.variable + " is read elsewhere too, where it would get this value"
	}
	return ""
}

// unreadable is the line of a text of a service in which Compose finds ${ without the name of a variable; 0 for none.
func (m *secretMove) unreadable() int {
	_, services := m.doc.Compose.Root.Get("services")
	line := 0
	var visit func(n *source.Node)
	visit = func(n *source.Node) {
		if _, ok := source.References(n.Text()); !ok && !n.IsKey() && line == 0 {
			line = n.Line()
		}
		for _, c := range n.Children {
			visit(c)
		}
	}
	if services != nil {
		visit(services)
	}
	return line
}

// sameScalar is why a secret cannot be moved because of others in the same text.
func (m *secretMove) sameScalar(s *inlineSecret) string {
	for _, o := range m.found {
		if o != s && o.node == s.node && !m.standsInPlace(s) {
			return "several secrets stand in a text with quotes or line ends in it"
		}
	}
	return ""
}

// standsInPlace reports whether the bytes of a secret stand in the file as they are.
func (m *secretMove) standsInPlace(s *inlineSecret) bool {
	splices, err := m.doc.ReplaceParts(s.node, []source.Part{s.part("x")})
	return err != nil || len(splices) == 1 && splices[0].Len() == s.to-s.from
}
