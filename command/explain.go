package command

import (
	"fmt"
	"io/fs"
	"runtime/debug"
	"strings"
	"text/tabwriter"

	"github.com/dockfix/dockfix/diffview"
	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/source"
	"golang.org/x/tools/txtar"
)

// version is that of the module as built, or "devel" in a checkout.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" || info.Main.Version == "(devel)" {
		return "devel"
	}
	return info.Main.Version
}

func (c *Command) listRules() error {
	w := tabwriter.NewWriter(c.Out, 0, 0, 2, ' ', 0)
	for _, r := range Rules {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", r.Name, Kinds(r, 1), safety(r), r.Title)
	}
	return w.Flush()
}

// Kinds names the kinds of documents that a rule looks at; "several" where they are more than most.
func Kinds(r *fix.Rule, most int) string {
	names := []string{r.Kind.String()}
	for _, k := range r.Also {
		names = append(names, k.String())
	}
	if len(names) > most {
		return "several"
	}
	return strings.Join(names, ", ")
}

// safety is how far the fixes of a rule can be trusted, and whether it looks without being asked.
func safety(r *fix.Rule) string {
	if r.Safety == fix.Manual {
		return "none: points out"
	}
	if r.Off {
		return r.Safety.String() + ", on request"
	}
	return r.Safety.String()
}

// explain tells about one rule.
func (c *Command) explain(name string) error {
	for _, r := range Rules {
		if r.Named(name) {
			return c.explainRule(r)
		}
	}
	return &usageError{fmt.Sprintf("no rule is called %q: dockfix rules lists them", name)}
}

func (c *Command) explainRule(r *fix.Rule) error {
	fmt.Fprintf(c.Out, "%s: %s\n\n%s\n\n", r.Name, r.Title, wrap(r.Why, 100))
	fmt.Fprintf(c.Out, "looks at:  %s\nits fix:   %s\n", Kinds(r, len(r.Also)+1), safety(r))
	if len(r.Aliases) > 0 {
		fmt.Fprintf(c.Out, "also:      %s\n", strings.Join(r.Aliases, ", "))
	}
	changes := "nothing in what is built"
	if len(r.Changes) > 0 {
		changes = strings.Join(r.Changes, ", ")
	}
	fmt.Fprintf(c.Out, "changes:   %s\nsilence:   # dockfix ignore=%s; reason\n\n", changes, r.Name)
	before, after, err := Example(c.Examples, r)
	if err != nil {
		return err
	}
	if r.Safety == fix.Manual {
		fmt.Fprintf(c.Out, "%s\nis reported as\n\n%s", before, after)
		return nil
	}
	return diffview.Unified(c.Out, diffview.File{Name: FileName(r.Kind), Old: before, New: after}, diffview.Options{})
}

// FileName is the name that fixtures give to a document of a kind.
func FileName(k source.Kind) string {
	if k == source.ComposeKind {
		return "compose.yaml"
	}
	return "Dockerfile"
}

// Example is the text before and after of a rule's fixture, NAME.txtar. For a rule that only points out, after is its report.
func Example(fixtures fs.FS, r *fix.Rule) (before, after []byte, err error) {
	b, err := fs.ReadFile(fixtures, r.Name+".txtar")
	if err != nil {
		return nil, nil, err
	}
	name := FileName(r.Kind)
	for _, f := range txtar.Parse(b).Files {
		switch f.Name {
		case name:
			before = f.Data
		case name + ".fixed":
			after = f.Data
		case "findings":
			if r.Safety == fix.Manual {
				after = f.Data
			}
		case name + ".unsafe":
			if after == nil || string(after) == string(before) {
				after = f.Data
			}
		}
	}
	return before, after, nil
}

// wrap breaks text into lines of at most width runes.
func wrap(text string, width int) string {
	var b strings.Builder
	column := 0
	for _, word := range strings.Fields(text) {
		n := len([]rune(word))
		switch {
		case column == 0:
		case column+1+n > width:
			b.WriteByte('\n')
			column = 0
		default:
			b.WriteByte(' ')
			column++
		}
		b.WriteString(word)
		column += n
	}
	return b.String()
}
