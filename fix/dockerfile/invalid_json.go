package dockerfile

import (
	"encoding/json"
	"strings"
	"unicode/utf8"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/internal/lazyregexp"
	"github.com/dockfix/dockfix/source"
)

// InvalidJSONForm finds what was meant as a JSON array and is none.
var InvalidJSONForm = &fix.Rule{
	Name:    "invalid-json-form",
	Title:   "a command or list of volumes that was meant to be JSON",
	Why:     "JSON wants double quotes and no comma behind the last word. Anything else is taken for text: CMD ['node', 'app.js'] makes the shell look for a program called [node, and VOLUME ['/data'] makes a directory of that name. The array is written as it was meant. Held back always, since it changes what the image does: today the shell gets the text as it stands. Refused where a word has a backslash, which JSON reads in its own way.",
	Kind:    source.DockerfileKind,
	Safety:  fix.Unsafe,
	Changes: []string{"image.config.Cmd", "image.config.Entrypoint", "image.config.Volumes.*", "exec-args"},
	Check:   checkInvalidJSON,
}

func checkInvalidJSON(p *fix.Pass) {
	for in := range instructions(p.Doc, "CMD", "ENTRYPOINT", "RUN", "VOLUME") {
		if in.Stage < 0 || in.JSON || len(in.Heredocs) > 0 {
			continue
		}
		words, ok, meant := repairJSON(in.Rest.Text)
		if !meant {
			continue
		}
		f := fix.Finding{Span: in.Span, Message: in.Name + " was meant to be a JSON array and is none"}
		edits := []fix.Edit{fix.Replace(in.Rest.Span, jsonArray(words))}
		switch {
		case !ok:
			f.Reason = "a word has a backslash, which JSON reads in its own way"
		case commentWithin(p.Doc, edits):
			f.Reason = "a comment stands between its lines"
		default:
			f.Reason = notJSON(in.Name)
			f.Fix = &fix.Fix{Title: "write it in JSON", Safety: fix.Unsafe, Edits: edits}
		}
		p.Report(f)
	}
}

// notJSON says what an instruction does today with text that is no JSON.
func notJSON(name string) string {
	if name == "VOLUME" {
		return "today the words as they stand are taken for paths"
	}
	return "today the shell gets the text as it stands"
}

var (
	// jsonWord is one word of a list: in quotes of some kind, or bare.
	jsonWord = lazyregexp.New(`^(?:"([^"]*)"|'([^']*)'|[“”„]([^“”„"]*)[“”"]|[‘’]([^‘’']*)[‘’']|([A-Za-z0-9_./:@=+-]+))`)
	bareWord = lazyregexp.New(`^[A-Za-z0-9_./:@=+-]`)
)

// repairJSON reads a list that was meant to be JSON: with single or typographic quotes or none, a comma too many or none
// between quoted words, the last bracket missing. ok is false where a word has a backslash; meant is false where the text may be
// meant as it stands, as the test in [ -f /x ] && run.
func repairJSON(text string) (words []string, ok, meant bool) {
	rest, found := strings.CutPrefix(strings.TrimSpace(text), "[")
	if !found || json.Valid([]byte(text)) || !utf8.ValidString(text) {
		return nil, false, false
	}
	ok = true
	commas, quoted, bare := 0, 0, 0
	for {
		rest = strings.TrimSpace(rest)
		if rest == "" || rest == "]" {
			break
		}
		m := jsonWord.FindStringSubmatch(rest)
		if m == nil {
			return nil, false, false
		}
		if bareWord.MatchString(rest) {
			bare++
		} else {
			quoted++
		}
		word := m[1] + m[2] + m[3] + m[4] + m[5]
		ok = ok && !strings.Contains(word, `\`)
		words = append(words, word)
		rest = strings.TrimSpace(rest[len(m[0]):])
		if after, comma := strings.CutPrefix(rest, ","); comma {
			commas++
			rest = after
		}
	}
	switch {
	case len(words) == 0 || strings.HasPrefix(words[0], "-") || words[0] == "":
		return nil, false, false
	case quoted == 0, bare > 0 && commas < len(words)-1: // [ -f x ], [ "$a" = b ]: a test
		return nil, false, false
	case strings.ContainsAny(strings.Join(words, ""), "$") && commas == 0:
		return nil, false, false
	}
	return words, ok, true
}
