package compose

import (
	"strconv"
	"strings"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/internal/lazyregexp"
	"github.com/dockfix/dockfix/source"
)

// UnquotedPort finds port mappings without quotes.
var UnquotedPort = &fix.Rule{
	Name:   "unquoted-port",
	Title:  "a port mapping without quotes",
	Why:    "For readers of YAML 1.1 two numbers with a colon between can be one number to the base 60, so 22:22 is 1342. Compose reads it right today; quotes make every reader do so. They are of the kind that most quoted ports of the file have, double where it is a draw. Held back where the port has quotes, backslashes or several lines.",
	Kind:   source.ComposeKind,
	Safety: fix.Safe,
	Check:  checkUnquotedPort,
}

// base60 is what YAML 1.1 takes for an integer to the base 60 (yaml.org/type/int.html).
var base60 = lazyregexp.New(`^[1-9][0-9_]*(:[0-5]?[0-9])+$`)

func checkUnquotedPort(p *fix.Pass) {
	seen := map[*source.Node]bool{}
	quote := ""
	for _, r := range readingsOf(p.Doc) {
		for _, port := range r.ports {
			text, ok := port.Node.Scalar()
			if !ok || seen[port.Node] || text.Style != source.PlainStyle || !strings.Contains(text.Value, ":") {
				continue
			}
			seen[port.Node] = true
			if quote == "" {
				quote = usualQuote(p.Doc)
			}
			p.Report(quotePort(p.Doc, port.Node, text, quote))
		}
	}
}

func quotePort(d *source.Document, n *source.Node, text source.Scalar, quote string) fix.Finding {
	f := fix.Finding{Span: text.Span, Message: "port " + text.Value + " is not quoted"}
	if last := text.Value[strings.LastIndexByte(text.Value, ':')+1:]; len(last) <= 2 && base60.MatchString(text.Value) {
		f.Message += ": YAML 1.1 reads the number " + sexagesimal(text.Value)
	}
	if strings.ContainsAny(text.Value, "\"'\\\n") {
		f.Reason = "it has quotes, backslashes or several lines"
	} else {
		quoted := quote + text.Value + quote
		splices, err := d.ReplaceNode(n, quoted)
		edit(&f, "write "+quoted, fix.Safe, splices, err)
	}
	return f
}

// sexagesimal is the number that digits to the base 60 stand for.
func sexagesimal(text string) string {
	n := 0
	for _, digits := range strings.Split(strings.ReplaceAll(text, "_", ""), ":") {
		d, _ := strconv.Atoi(digits) // base60 matched
		n = 60*n + d
	}
	return strconv.Itoa(n)
}

// usualQuote is the quote that most quoted ports of the file have; double where they are as many.
func usualQuote(d *source.Document) string {
	single := 0
	for _, s := range d.Compose.Services {
		for _, port := range readingOf(d, s).ports {
			switch text, _ := port.Node.Scalar(); text.Style {
			case source.SingleQuotedStyle:
				single++
			case source.DoubleQuotedStyle:
				single--
			}
		}
	}
	if single > 0 {
		return "'"
	}
	return `"`
}
