package command

import (
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"unicode"

	"github.com/urfave/cli/v2"
)

// modeFlags say what is done with what is found.
func modeFlags() []cli.Flag {
	return []cli.Flag{
		&cli.BoolFlag{Name: "diff", Aliases: []string{"d"}, Usage: "show the changes as a unified diff, write nothing"},
		&cli.BoolFlag{Name: "write", Aliases: []string{"w"}, Usage: "change the files in place"},
		&cli.BoolFlag{Name: "check", Aliases: []string{"c"}, Usage: "only tell which files would change, for CI"},
		&cli.BoolFlag{Name: "unsafe", Usage: "make fixes too for which a condition could not be checked"},
	}
}

// ruleFlags choose the rules.
func ruleFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringSliceFlag{Name: "only", Usage: "use only these `RULES` (names, or their hadolint or BuildKit names), separated by commas"},
		&cli.StringSliceFlag{Name: "skip", Usage: "leave out these `RULES`"},
		&cli.StringFlag{Name: "secrets", Value: "env", Usage: "`WHERE` secrets of a Compose file go: env, which is .env, or files, which are Compose secrets where the image can read them"},
	}
}

// fileFlags say which files are worked on, and how.
func fileFlags() []cli.Flag {
	return []cli.Flag{
		&cli.BoolFlag{Name: "all-files", Usage: "look at other files with images too: bake files, workflows of GitHub Actions and GitLab CI, devcontainer.json, Kubernetes manifests"},
		&cli.BoolFlag{Name: "env-files", Usage: "pin images whose tag is a value in .env there"},
		&cli.IntFlag{Name: "jobs", Aliases: []string{"j"}, Value: runtime.GOMAXPROCS(0), DefaultText: "number of cores", Usage: "work on `N` files at a time"},
		&cli.StringFlag{Name: "stdin-name", Value: "Dockerfile", Usage: "what standard input is: a file `NAME` such as compose.yaml"},
	}
}

func readOptions(ctx *cli.Context) (options, error) {
	o := options{
		diff: ctx.Bool("diff"), write: ctx.Bool("write"), check: ctx.Bool("check"),
		unsafe: ctx.Bool("unsafe"), allFiles: ctx.Bool("all-files"), envFiles: ctx.Bool("env-files"),
		jobs: ctx.Int("jobs"), stdinName: ctx.String("stdin-name"), paths: ctx.Args().Slice(),
	}
	switch {
	case o.write && (o.diff || o.check):
		return o, &usageError{"--write changes files, --diff and --check do not: choose one"}
	case !slices.Contains([]string{"", "env", "files"}, ctx.String("secrets")):
		return o, &usageError{fmt.Sprintf("--secrets takes env or files, not %q", ctx.String("secrets"))}
	case o.jobs < 1:
		return o, &usageError{"--jobs takes a number from 1"}
	}
	o.secretFiles = ctx.String("secrets") == "files"
	o.again = again(ctx)
	var err error
	if o.lookup, err = readLookupOptions(ctx); err != nil {
		return o, err
	}
	o.rules, err = selectRules(Rules, ctx.StringSlice("only"), ctx.StringSlice("skip"))
	return o, err
}

// again is what to type after dockfix --diff or dockfix --write to go on with the same rules and paths.
func again(ctx *cli.Context) string {
	words := repeated(ctx)
	if slices.ContainsFunc(ctx.Args().Slice(), func(p string) bool { return p != "-" && strings.HasPrefix(p, "-") }) {
		words = append(words, "--")
	}
	for _, path := range ctx.Args().Slice() {
		words = append(words, quoted(path))
	}
	if len(words) == 0 {
		return ""
	}
	return " " + strings.Join(words, " ")
}

// repeated are the flags of a run that its next one needs too.
func repeated(ctx *cli.Context) []string {
	var words []string
	for _, f := range slices.Concat(modeFlags()[3:], ruleFlags(), lookupFlags(), updateFlags(), fileFlags()[:2]) {
		name := f.Names()[0]
		switch f := f.(type) {
		case *cli.BoolFlag:
			if ctx.Bool(name) && !fromEnvironment(f.EnvVars) {
				words = append(words, "--"+name)
			}
		case *cli.StringSliceFlag:
			if list := ctx.StringSlice(name); len(list) > 0 {
				words = append(words, "--"+name+"="+quoted(strings.Join(list, ",")))
			}
		default:
			if ctx.IsSet(name) {
				words = append(words, fmt.Sprintf("--%s=%s", name, quoted(ctx.String(name))))
			}
		}
	}
	return words
}

// fromEnvironment reports whether one of the variables is set: what it says needs no flag.
func fromEnvironment(names []string) bool {
	return slices.ContainsFunc(names, func(n string) bool { return os.Getenv(n) != "" })
}

// quoted is a word as a shell needs it.
func quoted(word string) string {
	if runtime.GOOS != "windows" && strings.ContainsFunc(word, func(r rune) bool {
		return !strings.ContainsRune("/._-+,:=@%", r) && !unicode.IsLetter(r) && !unicode.IsDigit(r)
	}) {
		return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
	}
	return word
}

// hoist puts flags before paths: urfave/cli stops reading flags at the first path. What follows "--" are paths. A
// subcommand is one only as the first word; any later, or after "--", its name is a path.
func hoist(app *cli.App, args []string) ([]string, error) {
	known, command := app.Flags, []string(nil)
	if len(args) > 0 && app.Command(args[0]) != nil {
		known, command, args = app.Command(args[0]).Flags, args[:1], args[1:]
		if len(known) == 0 {
			return append(command, args...), nil
		}
	}
	takesValue := map[string]bool{}
	for _, f := range known {
		_, isBool := f.(*cli.BoolFlag)
		for _, name := range f.Names() {
			takesValue[name] = !isBool
		}
	}
	var flags, paths []string
	for i := 0; i < len(args); i++ {
		arg := args[i]
		if arg == "--" {
			paths = append(paths, args[i+1:]...)
			break
		}
		if arg == "-" || !strings.HasPrefix(arg, "-") {
			paths = append(paths, arg)
			continue
		}
		flags = append(flags, arg)
		if takesValue[strings.TrimLeft(arg, "-")] {
			if i++; i == len(args) || args[i] == "--" {
				return nil, &usageError{"flag needs an argument: " + arg}
			}
			flags = append(flags, args[i])
		}
	}
	for i, p := range paths {
		if command == nil && app.Command(p) != nil {
			paths[i] = "./" + p
		}
	}
	return slices.Concat(command, flags, []string{"--"}, paths), nil
}
