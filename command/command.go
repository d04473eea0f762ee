// Package command is the command line of dockfix: flags, the walk over the files, what is printed and the exit status.
//
// In: the arguments, the standard streams, the rules, and a function that makes provers. Out: an exit status:
//
//	0  done as asked: --diff shown, --write written, a report or --check with nothing to say
//	1  a report with findings, or --check when something would change
//	2  dockfix could not do its job for at least one file
//	3  done, but some look-ups failed and their findings are held back
//
// It imports neither BuildKit's builder nor compose-go: what needs them is handed in as Prove.
package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"slices"
	"strings"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/fix/compose"
	"github.com/dockfix/dockfix/fix/dockerfile"
	"github.com/dockfix/dockfix/fix/pin"
	"github.com/dockfix/dockfix/report"
	"github.com/dockfix/dockfix/source"
	"github.com/urfave/cli/v2"
)

// The exit statuses.
const (
	exitDone     = 0
	exitFindings = 1
	exitError    = 2
	exitLookups  = 3
)

// Rules are all rules, in the order of the documentation.
var Rules = slices.Concat(pin.Rules, dockerfile.Rules, compose.Rules)

// Prove makes a prover for a document as it is, with what stands in the files beside it. The error says why the engine
// does not accept it.
type Prove func(ctx context.Context, doc *source.Document, files map[string][]byte) (fix.Prover, error)

// Command is one run of the program.
type Command struct {
	In       io.Reader
	Out, Err io.Writer
	Prove    Prove
	Examples fs.FS // NAME.txtar for each rule: the fixture whose first pair is the example
	// Transport sends the requests to registries; nil: the network.
	Transport http.RoundTripper
}

// options are the flags of a run.
type options struct {
	diff, write, check bool
	unsafe             bool
	rules              []*fix.Rule
	lookup             lookupOptions
	allFiles, envFiles bool
	secretFiles        bool // Compose secrets in place of the .env, where a container can read them
	jobs               int
	stdinName          string
	paths              []string
	command            string // "pin " in the command of that name
	again              string // the other arguments, for a hint that says how to go on
}

// Run does what args, without the program's name, ask for and returns the exit status.
func (c *Command) Run(ctx context.Context, args []string) int {
	status := exitDone
	app := c.app(&status)
	args, err := hoist(app, args)
	if err == nil {
		err = app.RunContext(ctx, append([]string{"dockfix"}, args...))
	}
	if err != nil {
		c.complain(err)
		var usage *usageError
		if errors.As(err, &usage) {
			c.hint("dockfix --help")
		}
		return exitError
	}
	return status
}

// usageError is a command line that cannot be read.
type usageError struct{ message string }

func (e *usageError) Error() string { return e.message }

func (c *Command) complain(err error) {
	for _, line := range strings.Split(err.Error(), "\n") {
		fmt.Fprintf(c.Err, "dockfix: %s\n", report.Printable(line))
	}
}

func (c *Command) hint(command string) { fmt.Fprintf(c.Err, "dockfix: hint: %s\n", command) }

const description = `dockfix rewrites Dockerfiles and Compose files and proves, with BuildKit's and Compose's own front ends, that it
changed nothing else. Without --diff, --write or --check it reports what it finds. PATH is a file, a directory (the
default is .) or - for standard input.

Exit status:
   0  done as asked: --diff shown, --write written, a report or --check with nothing to say
   1  a report with findings; --check, alone or with --diff, when something would change, when a pin
      does not hold (--verify) or an image is not in the catalogue (--catalog)
   2  a file could not be read, parsed or written, or the command line is wrong; the other files are done
   3  done, but some look-ups failed and their findings are held back`

// app is the command line as urfave/cli understands it. The action writes the exit status.
func (c *Command) app(status *int) *cli.App {
	onUsage := func(_ *cli.Context, err error, _ bool) error { return &usageError{err.Error()} }
	return &cli.App{
		Name:                   "dockfix",
		Usage:                  "fix Dockerfiles and Compose files",
		UsageText:              "dockfix [flags] [PATH...]\ndockfix pin [flags] [PATH...]\ndockfix images [flags] [PATH...]\ndockfix rules\ndockfix explain RULE",
		Description:            description,
		HideHelpCommand:        true,
		Version:                version(),
		UseShortOptionHandling: true,
		Writer:                 c.Out,
		ErrWriter:              c.Err,
		ExitErrHandler:         func(*cli.Context, error) {},
		OnUsageError:           onUsage,
		Flags:                  slices.Concat(modeFlags(), ruleFlags(), lookupFlags(), fileFlags()),
		Commands: []*cli.Command{
			c.pinCommand(status, onUsage),
			c.imagesCommand(status, onUsage),
			{Name: "rules", Usage: "list the rules", OnUsageError: onUsage, Action: func(ctx *cli.Context) error {
				if ctx.NArg() > 0 {
					return &usageError{"rules takes no argument: dockfix explain RULE tells about one"}
				}
				return c.listRules()
			}},
			{Name: "explain", Usage: "tell about one rule, with its example", ArgsUsage: "RULE", OnUsageError: onUsage, Action: func(ctx *cli.Context) error {
				if ctx.NArg() != 1 {
					return &usageError{"explain takes the name of one rule"}
				}
				return c.explain(ctx.Args().First())
			}},
		},
		Action: func(ctx *cli.Context) error {
			o, err := readOptions(ctx)
			if err != nil {
				return err
			}
			*status, err = c.fixAll(ctx.Context, o)
			return err
		},
	}
}

// selectRules keeps the rules that only names, or where it names none all that are not off, and drops those that skip names.
func selectRules(all []*fix.Rule, only, skip []string) ([]*fix.Rule, error) {
	for _, name := range append(append([]string(nil), only...), skip...) {
		if !anyNamed(all, name) {
			return nil, &usageError{fmt.Sprintf("no rule is called %q: dockfix rules lists them", name)}
		}
	}
	var chosen []*fix.Rule
	for _, r := range all {
		if (len(only) == 0 && !r.Off || r.Named(only...)) && !r.Named(skip...) {
			chosen = append(chosen, r)
		}
	}
	return chosen, nil
}

func anyNamed(rules []*fix.Rule, name string) bool {
	for _, r := range rules {
		if r.Named(name) {
			return true
		}
	}
	return false
}
