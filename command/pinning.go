package command

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/fix/pin"
	"github.com/dockfix/dockfix/resolve/registry"
	"github.com/dockfix/dockfix/resolve/tag"
	"github.com/urfave/cli/v2"
)

// lookupOptions say how registries are asked, and what is made of their answers.
type lookupOptions struct {
	offline, precise bool
	pin              fix.Pin
	catalog          string            // a file to ask in place of registries; "" for registries
	insecure         []string          // registries without TLS that can be trusted
	mirrors          map[string]string // where to ask in place of a registry or a repository
	update           updateOptions
}

// updateOptions say which updates are taken.
type updateOptions struct {
	level        tag.Level // 0: what the repository is used to
	minAge       time.Duration
	allowUnknown bool   // take what has no known age
	ledger       string // a file that keeps when each image was first seen; "" for the cache alone
}

// lookupFlags say how registries are asked.
func lookupFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "pin", Value: "both", Usage: "what a pinned image gets: version, digest or both (`WHAT`)"},
		&cli.BoolFlag{Name: "precise", Usage: "pin partial versions to the whole one too: 3.12-slim to 3.12.14-slim"},
		&cli.BoolFlag{Name: "offline", EnvVars: []string{"DOCKFIX_OFFLINE"}, Usage: "make no request: what the cache does not know is held back"},
		&cli.StringFlag{Name: "catalog", Usage: "ask `FILE`, as dockfix images --format json writes it, in place of registries"},
		&cli.StringSliceFlag{Name: "insecure-registry", Usage: "speak to this registry (`HOST`, with its port) without TLS"},
		&cli.StringSliceFlag{Name: "registry-map", Usage: "ask elsewhere, keep the names: docker.io=mirror.example.com/hub (`FROM=TO`)"},
	}
}

// updateFlags say which updates dockfix pin --update takes.
func updateFlags() []cli.Flag {
	return []cli.Flag{
		&cli.BoolFlag{Name: "update", Usage: "write newer versions and new builds of what is pinned"},
		&cli.BoolFlag{Name: "verify", Usage: "check that pinned tags still have their digests"},
		&cli.StringFlag{Name: "level", Usage: "how far a version may move: patch, minor or major (`LEVEL`); without it databases patch, others minor"},
		&cli.StringFlag{Name: "min-age", Usage: "leave alone what was pushed less than `AGE` ago: 3d, 12h"},
		&cli.StringFlag{Name: "min-age-unknown", Value: "hold", Usage: "hold or allow what has no known age (`WHAT`)"},
		&cli.StringFlag{Name: "ledger", Usage: "keep in `FILE`, to be committed, when each image was first seen: an age for registries that tell none"},
	}
}

// pinCommand is dockfix pin: the rules about images alone.
func (c *Command) pinCommand(status *int, onUsage cli.OnUsageErrorFunc) *cli.Command {
	return &cli.Command{
		Name: "pin", Usage: "pin images, keep the pins up to date", ArgsUsage: "[PATH...]", OnUsageError: onUsage, UseShortOptionHandling: true,
		Description: "dockfix pin looks at the images alone: --diff, --write and --check are those of dockfix itself.",
		Flags:       slices.Concat(modeFlags(), updateFlags(), lookupFlags(), fileFlags()),
		Action: func(ctx *cli.Context) error {
			o, err := readOptions(ctx)
			if err != nil {
				return err
			}
			o.command = "pin "
			o.rules = slices.DeleteFunc(slices.Clone(pin.Rules), func(r *fix.Rule) bool {
				return r == pin.OutdatedImage && !ctx.Bool("update") || r == pin.MovedImage && !ctx.Bool("verify")
			})
			*status, err = c.fixAll(ctx.Context, o)
			return err
		},
	}
}

func readLookupOptions(ctx *cli.Context) (lookupOptions, error) {
	o := lookupOptions{
		offline: ctx.Bool("offline"), precise: ctx.Bool("precise"), catalog: ctx.String("catalog"),
		insecure: ctx.StringSlice("insecure-registry"), mirrors: map[string]string{},
	}
	switch what := ctx.String("pin"); what {
	case "both", "":
	case "version":
		o.pin = fix.PinVersion
	case "digest":
		o.pin = fix.PinDigest
	default:
		return o, &usageError{fmt.Sprintf("--pin takes version, digest or both, not %q", what)}
	}
	for _, m := range ctx.StringSlice("registry-map") {
		from, to, ok := strings.Cut(m, "=")
		if !ok {
			return o, &usageError{"--registry-map takes FROM=TO, such as docker.io=mirror.example.com/hub"}
		}
		if err := registry.CheckMap(from, to); err != nil {
			return o, &usageError{"--registry-map: " + err.Error()}
		}
		o.mirrors[from] = to
	}
	for _, host := range o.insecure {
		if err := registry.CheckHost(host); err != nil {
			return o, &usageError{"--insecure-registry: " + err.Error()}
		}
	}
	var err error
	o.update, err = readUpdateOptions(ctx)
	return o, err
}

func readUpdateOptions(ctx *cli.Context) (updateOptions, error) {
	o := updateOptions{ledger: ctx.String("ledger")}
	for _, name := range []string{"level", "min-age", "ledger"} {
		if ctx.IsSet(name) && !ctx.Bool("update") {
			return o, &usageError{fmt.Sprintf("--%s says which updates are taken: it needs --update", name)}
		}
	}
	var err error
	if level := ctx.String("level"); level != "" {
		if o.level, err = tag.ParseLevel(level); err != nil {
			return o, &usageError{fmt.Sprintf("--level takes patch, minor or major, not %q", level)}
		}
	}
	if age := ctx.String("min-age"); age != "" {
		if o.minAge, err = readAge(age); err != nil {
			return o, err
		}
	}
	switch what := ctx.String("min-age-unknown"); what {
	case "hold", "":
	case "allow":
		o.allowUnknown = true
	default:
		return o, &usageError{fmt.Sprintf("--min-age-unknown takes hold or allow, not %q", what)}
	}
	return o, nil
}

// readAge reads a time such as 3d, 12h or 90m: those of Go, and days.
func readAge(text string) (time.Duration, error) {
	hours, unit := text, time.Duration(1)
	if days, ok := strings.CutSuffix(text, "d"); ok {
		hours, unit = days+"h", 24
	}
	age, err := time.ParseDuration(hours)
	if err != nil || age < 0 {
		return 0, &usageError{fmt.Sprintf("--min-age takes a time such as 3d or 12h, not %q", text)}
	}
	return age * unit, nil
}
