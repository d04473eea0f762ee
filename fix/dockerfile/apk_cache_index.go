package dockerfile

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dockfix/dockfix/internal/lazyregexp"
	"github.com/dockfix/dockfix/source"
)

// readsApkIndex are the subcommands of apk that read the index and do not fetch it in every release.
var readsApkIndex = []string{"upgrade", "search", "fetch", "list", "policy", "dot", "version", "fix"}

var apkInText = lazyregexp.New(`\bapk\s+[a-z-]`)

var apkKept = &keptCache{
	dirs:  []string{"/var/cache/apk", "/etc/apk/cache"},
	words: []string{"apk", "Apk", "APK", "/var/cache"},
	names: lazyregexp.New(`/etc/apk/cache|/var/cache(/(apk|[*{])|/?(["'\s,]|$))`),
	needs: (*shellCommand).readsApk,
	fills: func(c *shellCommand) bool { return c.runs("apk", "update") && !c.has("--no-cache") },
	text:  apkInText,
	tool:  "apk",
	mends: true,
}

// readsApk reports whether the command works from an index that something before it left, apk add that this rule sees to left
// out.
func (c *shellCommand) readsApk() bool {
	switch {
	case c.name() == "apk":
		own := c.has("--no-cache", "-U", "--update-cache", "--update")
		return slices.Contains(readsApkIndex, c.sub()) && !own || c.sub() == "add" && c.has("--no-network") || c.sub() == "" && !c.plain()
	case slices.Contains([]string{"echo", "printf"}, c.name()):
		return false
	}
	return slices.ContainsFunc(c.Words, func(w shellWord) bool { return strings.Contains(w.Text, "apk") && apkInText.MatchString(w.Text) }) || c.variableFor("apk")
}

// wantsApkIndex says who may want the index that apk add, or an apk update before it, leaves: what could not be checked, and what
// speaks against taking it away.
func (s *script) wantsApkIndex(add *shellCommand) (held, refused string) {
	update := s.apkUpdate(add)
	from := add.End
	if update != nil {
		from = update.End
	}
	clears := s.clearsApk()
	if stays := clears && update != nil && len(update.Within) == 0; !stays {
		if refused = apkKept.usedHere(s, from); refused != "" {
			return "", refused
		}
	}
	brought := update != nil || add.has("-U", "--update-cache", "--update")
	if !clears {
		if refused = s.laterAdd(); refused == "" {
			refused = apkKept.usedLater(s)
		}
		if refused != "" {
			return "", refused
		}
		if brought {
			held = s.laterScript()
		}
	}
	for _, c := range s.Commands {
		if name := c.script(); brought && (!clears || update == nil) && c.Start >= from && name != "" {
			held = "whether " + name + " needs the index is not known"
		}
	}
	return held, ""
}

// laterAdd names a later apk add that relies on the index and that this rule does not give one of its own.
func (s *script) laterAdd() string {
	in := s.reader.firstLater(asked("apk add"), s.In, func(in *source.Instruction) bool {
		o := s.reader.script(in, "apk")
		if o == nil || !o.mounted([]string{"apk"}, "/var/cache/apk", "/etc/apk/cache") && !apkKept.usedUnfilled(o) {
			return false
		}
		return slices.ContainsFunc(o.Commands, func(c *shellCommand) bool {
			return c.runs("apk", "add") && !c.has("--no-cache", "-U", "--update-cache", "--update")
		})
	})
	if in == nil {
		return ""
	}
	line, _ := s.doc.Position(in.Start)
	return fmt.Sprintf("apk add on line %d may need the index", line)
}

// laterScript says that a later RUN runs a script that may need what this one leaves; "" where none does.
func (s *script) laterScript() string {
	in := s.reader.firstLater(asked("script"), s.In, func(in *source.Instruction) bool { return s.reader.scriptRunBy(in) != "" })
	if in == nil {
		return ""
	}
	line, _ := s.doc.Position(in.Start)
	return fmt.Sprintf("whether %s on line %d needs the index is not known", s.reader.scriptRunBy(in), line)
}

// scriptRunBy names the first shell script that a RUN runs; "" where it runs none.
func (r *reader) scriptRunBy(in *source.Instruction) string {
	if in.Name != "RUN" || !r.says(in, "dash", ".sh", "./") { // dash x, x.sh, ./x
		return ""
	}
	if o := r.script(in); o != nil {
		for _, c := range o.Commands {
			if name := c.script(); name != "" {
				return name
			}
		}
	}
	return ""
}
