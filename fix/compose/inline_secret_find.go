package compose

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dockfix/dockfix/fix/secret"
	"github.com/dockfix/dockfix/internal/lazyregexp"
	"github.com/dockfix/dockfix/source"
)

// inlineSecrets finds the secrets of a file, each place once, in the order of the services.
func inlineSecrets(d *source.Document) []*inlineSecret {
	f := &secretFinder{doc: d, seen: map[secretPlace]bool{}}
	readings := readingsOf(d)
	for i, s := range d.Compose.Services {
		f.service = s
		r := &readings[i]
		for _, v := range r.environment {
			f.variable("environment", v)
		}
		if r.build != nil {
			for _, v := range r.build.Args {
				f.variable("build.args", v)
			}
		}
		for _, name := range []string{"command", "entrypoint"} {
			if c, ok := s.Field(name); ok {
				f.command(name, c.Node)
			}
		}
		if h, ok := s.Field("healthcheck"); ok {
			if c, ok := h.Node.Lookup("test"); ok {
				f.command("healthcheck.test", c.Node)
			}
		}
	}
	return f.found
}

// secretPlace is a place in a scalar, which aliases can lead to from several services.
type secretPlace struct {
	node *source.Node
	from int
}

type secretFinder struct {
	doc     *source.Document
	service *source.Service
	found   []*inlineSecret
	seen    map[secretPlace]bool
}

// add keeps a secret at a place in the value of a scalar.
func (f *secretFinder) add(s inlineSecret) {
	place := secretPlace{s.node, s.from}
	if f.seen[place] || s.node.Declined != "" {
		return
	}
	f.seen[place] = true
	s.service = f.service
	scalar, _ := s.node.Scalar()
	if s.value == "" {
		s.value = strings.ReplaceAll(scalar.Value[s.from:s.to], "$$", "$")
	}
	if strings.ContainsRune(s.value, 0) {
		return
	}
	if s.span = s.node.Content; scalar.Exact {
		s.span = source.Span{Start: scalar.Start + s.from, End: scalar.Start + s.to}
	}
	f.found = append(f.found, &s)
}

// variable looks at one variable of an environment or of build arguments.
func (f *secretFinder) variable(section string, v source.EnvironmentVariable) {
	if !v.Set || v.Value == "" {
		return
	}
	refs, valid := source.References(v.Value)
	if !valid {
		return
	}
	whole := len(v.Node.Text())
	offset := whole - len(v.Value)
	base := inlineSecret{section: section, key: v.Name, node: v.Node, from: offset, to: whole}
	if len(refs) == 1 && refs[0].Start == 0 && refs[0].End == len(v.Value) {
		f.fallback(base, refs[0])
		return
	}
	inside := secret.InVariable(v.Name, masked(v.Value, refs, '\x01'))
	inside = slices.DeleteFunc(inside, func(p secret.Place) bool { return whollyVariable(v.Value[p.From:p.To]) })
	switch {
	case len(inside) > 0:
		for _, p := range inside {
			s := base
			s.from, s.to, s.host, s.password, s.inside = offset+p.From, offset+p.To, p.Host, true, true
			if kind := secret.Value("PASSWORD", v.Value[p.From:p.To]); kind != secret.None {
				s.shape = shapeOf(kind, v.Value[p.From:p.To])
				f.add(s)
			}
		}
	case len(refs) == 0 && secret.Form(v.Value), secret.Name(v.Name):
		f.named(base, v, refs)
	}
}

// named looks at the value of a variable that has the name of a secret, or the form of one.
func (f *secretFinder) named(s inlineSecret, v source.EnvironmentVariable, refs []source.Reference) {
	kind := secret.Value(v.Name, v.Value)
	formed := len(refs) == 0 && secret.Form(v.Value)
	if !formed && (kind == secret.None || onlyVariables(v.Value, refs)) {
		return
	}
	s.shape, s.password = shapeOf(kind, v.Value), secret.Password(v.Name)
	if scalar, _ := v.Node.Scalar(); v.Key != nil && scalar.Tag != "!!str" {
		s.value, s.changed = effective(v.Node, scalar)
	}
	f.add(s)
}

// fallback looks at ${NAME:-value}.
func (f *secretFinder) fallback(s inlineSecret, r source.Reference) {
	if r.Operator != ":-" && r.Operator != "-" || r.Argument == "" {
		return
	}
	if nested, _ := source.References(r.Argument); len(nested) > 0 {
		return
	}
	if len(secret.Within(r.Argument)) > 0 || secret.Form(r.Argument) || secret.Name(s.key) && secret.Value(s.key, r.Argument) == secret.Literal {
		s.shape, s.variable = secretFallback, r.Name
		s.value = strings.ReplaceAll(r.Argument, "$$", "$")
		f.add(s)
	}
}

// shapeOf tells a stand-in and what has variables in it from the secret itself.
func shapeOf(kind secret.Kind, value string) secretShape {
	refs, _ := source.References(value)
	switch {
	case len(refs) > 0:
		return secretMixed
	case kind == secret.StandIn:
		return secretStandIn
	}
	return secretLiteral
}

// passwordShape is that of what stands where a password does.
func passwordShape(value string) secretShape {
	return shapeOf(secret.Value("PASSWORD", value), value)
}

// masked puts a byte in the place of every byte of a variable.
func masked(text string, refs []source.Reference, with byte) string {
	if len(refs) == 0 {
		return text
	}
	b := []byte(text)
	for _, r := range refs {
		for i := r.Start; i < r.End; i++ {
			b[i] = with
		}
	}
	return string(b)
}

// jsonNames finds the names in an object of JSON.
var jsonNames = lazyregexp.New(`"[\w-]*"\s*:`)

// onlyVariables reports whether a text is variables and what stands between them: no letter or digit, but for the names in an object of JSON
// whose variables have no default.
func onlyVariables(text string, refs []source.Reference) bool {
	if len(refs) == 0 {
		return false
	}
	rest := strings.ReplaceAll(masked(text, refs, '\x01'), "\x01", "")
	if strings.HasPrefix(rest, "{") && !slices.ContainsFunc(refs, func(r source.Reference) bool { return r.Argument != "" }) {
		rest = jsonNames.ReplaceAllString(rest, "")
	}
	return !strings.ContainsFunc(rest, func(r rune) bool {
		return r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
	})
}

func whollyVariable(text string) bool {
	refs, ok := source.References(text)
	return ok && onlyVariables(text, refs)
}

// effective is what Compose gives a container for a number, a date or a truth value without quotes; changed tells that it is not
// the text of the file.
func effective(n *source.Node, s source.Scalar) (value string, changed bool) {
	var v any
	if n.YAML.Decode(&v) != nil || v == nil {
		return s.Value, false
	}
	value = fmt.Sprint(v)
	return value, value != s.Value
}

// command looks at a command in either of its forms.
func (f *secretFinder) command(section string, n *source.Node) {
	n = n.Resolve()
	if n == nil || !n.IsSequence() {
		f.program(section, n)
		return
	}
	words := make([]string, 0, len(n.Children))
	for _, item := range n.Children {
		item = item.Resolve()
		word := item.Text()
		before := ""
		if len(words) > 0 {
			before = words[len(words)-1]
		}
		words = append(words, word)
		refs, _ := source.References(word)
		base := inlineSecret{section: section, node: item, to: len(word), password: true}
		switch {
		case word == "" || len(refs) > 0 && onlyVariables(word, refs):
		case secret.Flag(before) && secret.NextWord(word), before == "-a" && slices.Contains(words, "redis-cli") && secret.NextWord(word):
			base.key, base.shape = before, passwordShape(word)
			f.add(base)
		case strings.HasPrefix(word, "-p") && len(word) > 2 && secret.NextWord(word[2:]) && slices.ContainsFunc(words, isMySQL):
			base.key, base.from, base.shape = "-p", 2, passwordShape(word[2:])
			f.add(base)
		default:
			f.program(section, item)
		}
	}
}

func isMySQL(word string) bool {
	return slices.Contains([]string{"mysql", "mysqladmin", "mysqldump", "mariadb", "mariadb-admin"}, word)
}

// program looks at a text of several words.
func (f *secretFinder) program(section string, n *source.Node) {
	text := n.Text()
	refs, ok := source.References(text)
	if !ok || text == "" {
		return
	}
	for _, a := range secret.InCommand(masked(text, refs, '$')) {
		f.add(inlineSecret{
			section: section, key: a.Flag, node: n, from: a.From, to: a.To, host: a.Host, password: true, inside: true,
			shape: passwordShape(text[a.From:a.To]),
		})
	}
}

// ofCommand reports whether the secret stands in a command.
func (s *inlineSecret) ofCommand() bool {
	return s.section != "environment" && s.section != "build.args"
}
