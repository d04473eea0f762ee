package dockerfile

import (
	"fmt"
	"iter"
	"strings"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/source"
)

// SecretInEnv finds secrets that ENV and ARG put into an image or its history.
var SecretInEnv = &fix.Rule{
	Name:  "secret-in-env",
	Title: "a secret in ENV or ARG",
	Why: "What ENV sets is in the image for everyone who can pull it, and the value of an ARG is in its history. Where only RUN instructions of the stage use it, the fix hands it to them as a build secret, which no layer keeps; " +
		"it is held back, as whoever builds must then give --secret in place of --build-arg, and as the cache does not look at secrets: another value alone runs nothing again. A Compose file that builds the image is changed with it: the argument becomes a secret of the build. " +
		"Where Compose files tell which services run the image, the fix removes the variable from ENV, and services that do not have it from elsewhere ask for it in their environment; it is held back, as the image alone then does not have it. " +
		"There is none where another instruction uses the variable, where nothing tells who reads it, or where a Compose file shares that part or has the value itself: the reason says what to do. A value that once stood in the file is in the history of the repository and in the images that were pushed: " +
		"have a new one made. dockfix shows names, never values; but a diff shows the lines that it removes. Numbers, switches, paths, fingerprints, stand-ins and references to other variables are no secrets.",
	Kind:    source.DockerfileKind,
	Safety:  fix.Unsafe,
	Aliases: []string{"SecretsUsedInArgOrEnv", "DL3064"},
	Changes: []string{"exec-env", "exec-secret-env", "image.config.Env.*"},
	Wants:   wantComposeFiles,
	Check:   checkSecretInEnv,
}

// wantComposeFiles asks for the Compose files where there is a secret that they may have to hand over.
func wantComposeFiles(doc *source.Document) []fix.Want {
	for range secretsIn(doc) {
		return []fix.Want{fix.WantContexts, fix.WantComposeFiles, fix.WantBuildArgs}
	}
	return nil
}

func checkSecretInEnv(p *fix.Pass) {
	for s := range secretsIn(p.Doc) {
		s.facts, s.silence = p.Facts, p.Silence()
		f := fix.Finding{Span: s.pair.Span, Message: s.message()}
		s.decide(&f)
		p.Report(f)
	}
}

// secretsIn are the variables of a Dockerfile that hold secrets.
func secretsIn(doc *source.Document) iter.Seq[*secret] {
	return func(yield func(*secret) bool) {
		for in := range instructions(doc, "ENV", "ARG") {
			for _, pair := range in.Pairs {
				kind := secretKind(doc, in, pair)
				if kind == noSecret {
					continue
				}
				if !yield(&secret{doc: doc, in: in, pair: pair, name: strings.Trim(pair.Name.Text, `"'`), kind: kind}) {
					return
				}
			}
		}
	}
}

// secret is one variable that holds a secret.
type secret struct {
	doc   *source.Document
	facts *fix.Facts
	in    *source.Instruction
	pair  source.Pair
	name  string
	kind  kindOfSecret

	silence fix.Silence
}

// literal reports whether the secret itself stands in the file.
func (s *secret) literal() bool { return s.kind == secretValue || s.kind == secretForm }

func (s *secret) message() string {
	what := "ENV " + s.name
	if s.in.Name == "ARG" {
		what = "ARG " + s.name
	}
	switch {
	case s.kind == secretForm:
		return what + " has a value in the form of a credential"
	case s.literal() && s.in.Name == "ARG":
		return what + " has a secret as its default"
	case s.in.Name == "ARG":
		return what + " takes a secret, which the history of the image then shows"
	case s.literal():
		return what + " puts a secret into the image"
	}
	return what + " puts a build argument with a secret into the image"
}

// rotate is the advice about a value that others have seen; "" where none stands in the file.
func (s *secret) rotate() string {
	switch {
	case !s.literal():
		return ""
	case s.known():
		return "; it is one that everyone guesses: where a server still has it, give it another"
	}
	return "; its value is in the history of the file and in each image that was built: have a new one made"
}

// decide gives the finding its fix, or the reason why there is none.
func (s *secret) decide(f *fix.Finding) {
	if reason := s.refuse(); reason != "" {
		f.Reason = reason + s.rotate()
		return
	}
	switch {
	case s.in.Name == "ENV" && s.runs():
		s.suppliedAtRunTime(f)
	default:
		s.mount(f)
	}
}

// refuse is why nothing can be done about the secret; "" where something may.
func (s *secret) refuse() string {
	switch {
	case s.in.Stage < 0:
		return "every stage that asks for it gets it from here: ask for it in each with RUN --mount=type=secret instead"
	case s.pair.Split || s.pair.Name.Split:
		return cut
	case commentsIn(s.doc, s.in) != "":
		return "a comment stands inside the " + s.in.Name
	case s.silence.Within(s.in.Lines):
		return "a comment that asks for silence here would silence the instruction after it"
	}
	if other := s.otherUse(); other != nil {
		line, _ := s.doc.Position(other.Start)
		return fmt.Sprintf("%s on line %d uses it, which a build secret cannot reach", other.Name, line)
	}
	return ""
}

// runs reports whether the image of the stage is run, or that of one that is built on it.
func (s *secret) runs() bool {
	for _, run := range runStages(s.doc, s.facts) {
		for st := run.stage; st != nil; st = st.Base {
			if st.Index == s.in.Stage {
				return true
			}
		}
	}
	return false
}

func (s *secret) contexts() []*fix.BuildContext {
	if s.facts == nil {
		return nil
	}
	return s.facts.Contexts
}

// below are the instructions that can see the variable: those behind it in its stage, and those of stages built on it.
func (s *secret) below() []*source.Instruction {
	var list []*source.Instruction
	for _, st := range s.doc.Dockerfile.Stages {
		if !s.inherits(st) {
			continue
		}
		for _, in := range st.Instructions {
			if in.Stage != s.in.Stage || in.Start > s.in.Start {
				list = append(list, in)
			}
		}
	}
	return list
}

func (s *secret) inherits(st *source.Stage) bool {
	for ; st != nil; st = st.Base {
		if st.Index == s.in.Stage {
			return true
		}
	}
	return false
}

// otherUse is an instruction that names the variable and is no RUN of the stage.
func (s *secret) otherUse() *source.Instruction {
	for _, in := range s.below() {
		if s.mentionedIn(in) && (in.Name != "RUN" || in.Stage != s.in.Stage || in.Declined != "" || in.JSON) && !s.readsAtRunTime(in) {
			return in
		}
	}
	return nil
}

// readsAtRunTime tells of commands of the container, which read its environment and not what the build had.
func (s *secret) readsAtRunTime(in *source.Instruction) bool {
	return s.in.Name == "ENV" && (in.Name == "CMD" || in.Name == "ENTRYPOINT" || in.Name == "HEALTHCHECK")
}

// mentionedIn reports whether the text of an instruction has the name as a word.
func (s *secret) mentionedIn(in *source.Instruction) bool {
	return hasWord(s.doc.Text(in.Span), s.name)
}

func hasWord(text, word string) bool {
	part := func(b byte) bool {
		return b == '_' || b >= '0' && b <= '9' || b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z'
	}
	for at := 0; ; {
		i := strings.Index(text[at:], word)
		if i < 0 {
			return false
		}
		start, end := at+i, at+i+len(word)
		if (start == 0 || !part(text[start-1])) && (end == len(text) || !part(text[end])) {
			return true
		}
		at = start + 1
	}
}
