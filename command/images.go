package command

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"text/tabwriter"
	"time"

	"github.com/dockfix/dockfix/fix/pin"
	"github.com/dockfix/dockfix/project"
	"github.com/dockfix/dockfix/report"
	"github.com/dockfix/dockfix/resolve"
	"github.com/dockfix/dockfix/resolve/tag"
	"github.com/dockfix/dockfix/source"
	"github.com/urfave/cli/v2"
)

// imagesCommand is dockfix images: a table of every image in use.
func (c *Command) imagesCommand(status *int, onUsage cli.OnUsageErrorFunc) *cli.Command {
	return &cli.Command{
		Name: "images", Usage: "list every image in use: what its tag means now, and what is newest", ArgsUsage: "[PATH...]",
		OnUsageError: onUsage, UseShortOptionHandling: true,
		Description: "With --format json the list is a catalogue, which dockfix --catalog FILE asks in place of registries: without a network, " +
			"for approved images alone, or for the same answer everywhere.",
		Flags: slices.Concat([]cli.Flag{
			&cli.StringFlag{Name: "format", Value: "text", Usage: "text or json (`FORMAT`)"},
		}, lookupFlags(), fileFlags()[:3]),
		Action: func(ctx *cli.Context) error {
			o, err := readOptions(ctx)
			if err != nil {
				return err
			}
			switch format := ctx.String("format"); format {
			case "text":
				*status, err = c.listImages(ctx.Context, o, false)
			case "json":
				*status, err = c.listImages(ctx.Context, o, true)
			default:
				err = &usageError{fmt.Sprintf("--format takes text or json, not %q", format)}
			}
			return err
		},
	}
}

// use is one place where an image is used.
type use struct {
	ref    string
	file   string
	line   int
	answer int // index of the answer about it
}

// listImages prints the images of all files, as a table or as JSON, and returns the exit status.
func (c *Command) listImages(ctx context.Context, o options, json bool) (int, error) {
	s := c.session(o)
	if err := s.openRegistries(); err != nil {
		return exitError, err
	}
	files, err := s.find(ctx)
	if err != nil {
		return exitError, err
	}
	s.builds = newBuilds(files)
	uses := s.uses(ctx, files)
	answers := s.ask(ctx, queriesOf(uses, s.lookup, json))
	if ctx.Err() != nil {
		return exitError, errors.New("interrupted: nothing is listed, since some images were not looked up")
	}
	print := s.table
	if json {
		print = s.catalogue
	}
	if err := print(uses, answers); err != nil {
		return exitError, err
	}
	return s.finish(), nil
}

// uses are the images of all files that a registry can be asked about, in the order of the files.
func (s *session) uses(ctx context.Context, files []project.File) []use {
	var mu sync.Mutex
	byFile := map[int][]use{}
	s.around(ctx, files, func(i int, f project.File) error {
		parsed, err := s.parse(f)
		if err != nil {
			return err
		}
		s.builds.note(f, parsed.doc)
		facts, err := s.facts(ctx, parsed.doc, outcome{file: f, beside: map[string]beside{}}, pin.Rules)
		if err != nil {
			return err
		}
		var found []use
		for _, p := range pin.Places(parsed.doc, facts) {
			line, _ := parsed.doc.Position(p.At.Start)
			found = append(found, use{ref: strings.Clone(p.Ref), file: f.Name, line: line})
		}
		mu.Lock()
		defer mu.Unlock()
		byFile[i] = found
		return nil
	})
	var uses []use
	for i, f := range files {
		local := s.builds.local(ctx, f)
		uses = append(uses, slices.DeleteFunc(byFile[i], func(u use) bool { return source.IsContext(u.ref, local) })...)
	}
	slices.SortFunc(uses, func(a, b use) int {
		return cmp.Or(cmp.Compare(a.file, b.file), cmp.Compare(a.line, b.line), cmp.Compare(a.ref, b.ref))
	})
	return uses
}

// queriesOf asks about each reference once, and notes in the uses which answer is theirs. A catalogue needs the digests of the newest
// tags too, so that it can answer updates.
func queriesOf(uses []use, o lookupOptions, digests bool) []resolve.Query {
	var queries []resolve.Query
	at := map[string]int{}
	for i, u := range uses {
		n, ok := at[u.ref]
		if !ok {
			n = len(queries)
			at[u.ref] = n
			queries = append(queries, resolve.Query{Ref: u.ref, Precise: o.precise, Newest: true, NewestDigests: digests})
		}
		uses[i].answer = n
	}
	return queries
}

// table prints a line an image: what is written, what that is now, the newest of its family, its age, whether it is pinned, and where
// it is used.
func (s *session) table(uses []use, answers []resolve.Answer) error {
	w := tabwriter.NewWriter(s.Out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "IMAGE\tIS NOW\tNEWEST\tPUSHED\tPINNED\tUSED IN")
	order := make([]int, len(answers))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(answers[a].Ref, answers[b].Ref) })
	for _, i := range order {
		a := answers[i]
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", shortRef(a.Ref), isNow(a), newest(a), pushed(a), pinned(a), places(uses, i))
	}
	return w.Flush()
}

// shortRef is a reference with its digest cut.
func shortRef(ref string) string {
	name, digest, ok := strings.Cut(ref, "@sha256:")
	if !ok {
		return report.Printable(ref)
	}
	return report.Printable(name) + "@" + digest[:min(12, len(digest))]
}

func isNow(a resolve.Answer) string {
	switch {
	case a.Missing:
		return "gone"
	case a.Err != nil && a.Version == "":
		return "?"
	}
	return cmp.Or(a.Version, a.Tag, "a digest")
}

// newest is the newest tag by level, each once: 3.12.14, 3.14.7 (minor).
func newest(a resolve.Answer) string {
	var list []string
	last := cmp.Or(a.Version, a.Tag)
	for level := tag.Patch; level <= tag.Major; level++ {
		if n := a.Newest[level]; n != "" && n != last {
			list = append(list, fmt.Sprintf("%s (%s)", n, level))
			last = n
		}
	}
	if len(list) == 0 && len(a.Newest) > 0 {
		return "the same"
	}
	return cmp.Or(strings.Join(list, ", "), "?")
}

func pushed(a resolve.Answer) string {
	if a.Pushed.IsZero() {
		return "?"
	}
	return a.Pushed.UTC().Format(time.DateOnly)
}

func pinned(a resolve.Answer) string {
	if a.Pinned != "" {
		return "yes"
	}
	return "no"
}

// places are where an image is used: the first place, and how many more.
func places(uses []use, answer int) string {
	first, n := "", 0
	for _, u := range uses {
		if u.answer != answer {
			continue
		}
		if n++; n == 1 {
			first = fmt.Sprintf("%s:%d", report.Printable(u.file), u.line)
		}
	}
	if n > 1 {
		return fmt.Sprintf("%s and %d more", first, n-1)
	}
	return first
}

// catalogue prints the images as JSON that --catalog reads.
func (s *session) catalogue(uses []use, answers []resolve.Answer) error {
	places := map[string][]resolve.Place{}
	for _, u := range uses {
		a := answers[u.answer]
		places[a.Repository+":"+a.Tag] = append(places[a.Repository+":"+a.Tag], resolve.Place{File: u.file, Line: u.line})
	}
	c := resolve.NewCatalog(answers)
	for i, image := range c.Images {
		c.Images[i].Where = places[image.Repository+":"+image.Tag]
	}
	return c.Write(s.Out)
}
