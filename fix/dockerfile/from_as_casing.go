package dockerfile

import (
	"fmt"
	"strings"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/source"
)

// FromAsCasing finds an AS that is not in the case of its FROM.
var FromAsCasing = &fix.Rule{
	Name:    "from-as-casing",
	Title:   "AS in another case than its FROM",
	Why:     "FROM and AS are two keywords of one instruction and read best in one case. A FROM in mixed case is left to instruction-casing first.",
	Kind:    source.DockerfileKind,
	Safety:  fix.Safe,
	Aliases: []string{"FromAsCasing"},
	Check:   checkFromAsCasing,
}

func checkFromAsCasing(p *fix.Pass) {
	for _, s := range p.Doc.Dockerfile.Stages {
		from, as := s.From.Keyword.Text, s.As.Text
		want := likeCase(as, from)
		mixed := from != strings.ToLower(from) && from != strings.ToUpper(from)
		if s.From.Declined != "" || as == "" || mixed || as == want {
			continue
		}
		f := fix.Finding{Span: s.As.Span, Message: fmt.Sprintf("%q is not in the case of %s", as, from)}
		replace(&f, "write "+want, s.As, want)
		p.Report(f)
	}
}
