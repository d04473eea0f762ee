package prove

import (
	"bytes"
	"errors"
	"maps"
	"strconv"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/linter"
	"github.com/moby/buildkit/frontend/dockerfile/parser"

	"github.com/dockfix/dockfix/internal/lazyregexp"
)

// plan is a Dockerfile as its stages see each other: what is cut where, and what needs what.
type plan struct {
	text       []byte
	directives map[string]string
	escape     rune
	metaArgs   []instructions.ArgCommand
	stages     []instructions.Stage
	starts     []int   // offset of the line of each FROM, and the length of the text
	direct     [][]int // for each stage the earlier ones that it names; set when first asked for
	counted    bool    // a stage may refer to another by its number; set with direct

	refused map[string]bool // what the names of the stages would be as images
}

// readPlan parses a Dockerfile and refuses one that would be too much work.
func readPlan(text []byte) (*plan, error) {
	parsed, err := parser.Parse(bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	if err := checkWork(parsed.AST); err != nil {
		return nil, err
	}
	stages, metaArgs, err := instructions.Parse(parsed.AST, linter.New(&linter.Config{})) // a nil linter panics on # check= comments
	if err != nil {
		return nil, err
	}
	if len(stages) == 0 {
		return nil, errors.New("has no FROM")
	}
	p := &plan{text: text, escape: parsed.EscapeToken, metaArgs: metaArgs, stages: stages}
	p.directives = readDirectives(text, parsed.EscapeToken)
	p.starts = stageStarts(text, stages)
	p.refused = p.refusedNames()
	return p, nil
}

// readDirectives takes the escape token from the parser: what looks like an escape directive can be a comment.
func readDirectives(text []byte, escape rune) map[string]string {
	d := map[string]string{}
	if ref, _, _, ok := parser.DetectSyntax(text); ok {
		d["syntax"] = ref
	}
	if options, _, _, ok := parser.ParseDirective("check", text); ok {
		d["check"] = options
	}
	if escape != parser.DefaultEscapeToken {
		d["escape"] = string(escape)
	}
	return d
}

func stageStarts(text []byte, stages []instructions.Stage) []int {
	starts := make([]int, 0, len(stages)+1)
	line, offset := 1, 0
	for _, s := range stages {
		for from := s.Location[0].Start.Line; line < from; line++ {
			offset += bytes.IndexByte(text[offset:], '\n') + 1
		}
		starts = append(starts, offset)
	}
	return append(starts, len(text))
}

// upTo is the text that ends with stage i.
func (p *plan) upTo(i int) []byte { return p.text[:p.starts[i+1]] }

// alone is the text that ends with stage i without the stages that i does not need.
//
// What i needs is found by name. Should a need be overlooked, the name reaches the resolver as that of an image, or in a
// file that counts its stages as the image that stands in for them, and the resolver refuses both.
func (p *plan) alone(i int, mode dockerfileMode) []byte {
	needed := p.needs(i, mode)
	var b bytes.Buffer
	b.Write(p.text[:p.starts[0]])
	for j := range i + 1 {
		switch {
		case needed[j]:
			b.Write(p.text[p.starts[j]:p.starts[j+1]])
		case p.counted:
			b.WriteString("FROM " + leftOut)
			if name := p.stages[j].Name; name != "" {
				b.WriteString(" AS " + name)
			}
			b.WriteByte('\n')
		}
	}
	return b.Bytes()
}

// needs marks the stages that stage i is built on or takes files from, itself among them.
func (p *plan) needs(i int, mode dockerfileMode) []bool {
	if p.direct == nil {
		p.direct = make([][]int, len(p.stages))
		p.counted = mode.imagesHaveTriggers()
		for j := range p.stages {
			p.direct[j] = p.namedBy(j, mode)
		}
	}
	needed := make([]bool, i+1)
	needed[i] = true
	for j := i; j >= 0; j-- {
		if needed[j] {
			for _, k := range p.direct[j] {
				needed[k] = true
			}
		}
	}
	return needed
}

// namedBy lists the earlier stages that stage j refers to by number or name; of stages of one name, all. It also notes
// whether numbers matter: an ONBUILD can hold one.
func (p *plan) namedBy(j int, mode dockerfileMode) []int {
	base, _ := p.expandFrom(p.stages[j].BaseName, mode)
	names := map[string]bool{strings.ToLower(base): true}
	for _, c := range p.stages[j].Commands {
		switch c := c.(type) {
		case *instructions.CopyCommand:
			names[strings.ToLower(c.From)] = true
			if _, err := strconv.Atoi(c.From); err == nil {
				p.counted = true
			}
		case *instructions.RunCommand:
			for _, m := range instructions.GetMounts(c) {
				names[strings.ToLower(m.From)] = true
			}
		case *instructions.OnbuildCommand:
			p.counted = true
		}
	}
	var found []int
	for k := range j {
		if names[strconv.Itoa(k)] || p.stages[k].Name != "" && names[p.stages[k].Name] {
			found = append(found, k)
		}
	}
	return found
}

// baseOf tells on which stage stage i is built, -1 for an image, and which global arguments its FROM depends on. BuildKit
// keeps the stage names in lower case and compares the base as it is written.
func (p *plan) baseOf(i int, mode dockerfileMode) (base int, uses map[string]bool) {
	name, uses := p.expandFrom(p.stages[i].BaseName, mode)
	_, more := p.expandFrom(p.stages[i].Platform, mode)
	maps.Copy(uses, more)
	for j := i - 1; j >= 0; j-- {
		if p.stages[j].Name != "" && p.stages[j].Name == name {
			return j, uses
		}
	}
	return -1, uses
}

// checksAreErrors reports whether a check directive turns every warning into a failed build.
func (p *plan) checksAreErrors() bool { return errorOption.MatchString(p.directives["check"]) }

var errorOption = lazyregexp.New(`(?i)(\berror\s*=\s*)(1|t|true)\b`)

// withoutErrors is the text with the error option of its check directive off: a file is fixed because it has warnings.
func withoutErrors(text []byte) []byte {
	_, _, at, ok := parser.ParseDirective("check", text)
	if !ok || len(at) == 0 {
		return text
	}
	lines := bytes.SplitAfter(text, []byte("\n"))
	if n := at[0].Start.Line; n >= 1 && n <= len(lines) {
		lines[n-1] = errorOption.ReplaceAll(lines[n-1], []byte("${1}0"))
	}
	return bytes.Join(lines, nil)
}
