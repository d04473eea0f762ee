package dockerfile

import (
	"bytes"
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/source"
)

// AptRecommends finds apt-get install that brings what packages only recommend.
var AptRecommends = &fix.Rule{
	Name:    "apt-recommends",
	Title:   "apt-get install of what packages only recommend",
	Why:     "apt-get installs what a package recommends, a quarter of the bytes on average. --no-install-recommends leaves it out. Safe where the base says that it is Debian 11, 12 or 13 and nothing would go, by a table worked out from their package indexes; else unsafe, and the finding names what goes. ca-certificates is then installed by name where curl, wget or git are and something is fetched by https. Refused for metapackages, which consist of what they recommend.",
	Kind:    source.DockerfileKind,
	Safety:  fix.Safe,
	Aliases: []string{"DL3015"},
	Changes: []string{"exec-args"},
	Check:   checkAptRecommends,
}

//go:embed apt_recommends.txt
var aptRecommendsTable string

// recommendation is a row of the table of recommended packages.
type recommendation struct {
	nothing []string // the Debian releases on which nothing goes
	gone    string   // what goes on the others
}

// recommended is the table of recommended packages, by package.
var recommended = sync.OnceValue(func() map[string]recommendation {
	m := map[string]recommendation{}
	for line := range strings.Lines(aptRecommendsTable) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			left, gone, _ := strings.Cut(line, ": ")
			words := strings.Fields(left)
			m[words[0]] = recommendation{words[1:], gone}
		}
	}
	return m
})

func checkAptRecommends(p *fix.Pass) {
	var found []fix.Finding
	for s := range scripts(p, saysApt) {
		for _, c := range s.Commands {
			installs := c.isApt() && c.name() != "aptitude" && (c.sub() == "install" || c.sub() == "build-dep") && !c.localOnly()
			if !installs || c.has("--no-install-recommends", "--install-recommends", "--no-recommends", "--download-only", "-d", "--dry-run", "-s", "--print-uris") || len(c.packages()) == 0 && c.plain() && !c.via("xargs") {
				continue
			}
			found = append(found, s.recommendsFinding(c))
		}
	}
	reportUnless(p, found, "Install-Recommends")
}

func (s *script) recommendsFinding(c *shellCommand) fix.Finding {
	f := fix.Finding{Span: c.Span, Message: c.name() + " " + c.sub() + " installs what packages only recommend"}
	held, refused := s.heldRecommends(c)
	if refused != "" {
		f.Reason = refused
		return f
	}
	f.Fix = &fix.Fix{Title: "add --no-install-recommends", Safety: fix.Safe, Edits: []fix.Edit{s.addFlag(c, "--no-install-recommends")}}
	if held != "" {
		f.Fix.Safety, f.Reason = fix.Unsafe, held
		if s.needsCertificates(c) {
			f.Fix.Title += " and ca-certificates"
			f.Fix.Edits = append(f.Fix.Edits, insertBehind(s.doc, c.lastPackage(), "ca-certificates"))
		}
	}
	return f
}

// packages are the packages that the command names, without version and release.
func (c *shellCommand) packages() []string {
	var out []string
	rest := c.args()
	for i := 0; i < len(rest); i++ {
		w := rest[i]
		switch {
		case slices.Contains(aptValued, w.Text):
			i++
		case w.Plain && !strings.HasPrefix(w.Text, "-"):
			name, _, _ := strings.Cut(w.Text, "=")
			name, _, _ = strings.Cut(name, "/")
			name, _, _ = strings.Cut(name, ":")
			out = append(out, name)
		}
	}
	return out
}

// lastPackage is the last word of the command that names a package, its last word where there is none.
func (c *shellCommand) lastPackage() shellWord {
	rest := c.args()
	for i := len(rest) - 1; i >= 0; i-- {
		if rest[i].Plain && !strings.HasPrefix(rest[i].Text, "-") && (i == 0 || !slices.Contains(aptValued, rest[i-1].Text)) {
			return rest[i]
		}
	}
	return c.Words[len(c.Words)-1]
}

// metapackages consist of what they recommend.
var metapackages = []string{"-desktop", "texlive", "ubuntu-", "task-", "r-base", "kali-", "ros-", "gnome", "xfce4", "lxde", "kde-", "tasksel", "latex"}

func (s *script) heldRecommends(c *shellCommand) (held, refused string) {
	var goes, unknown []string
	release := debianRelease(s.doc.Dockerfile.Stages[s.In.Stage])
	for _, name := range c.packages() {
		for _, m := range metapackages {
			if strings.HasPrefix(name, m) || m[0] == '-' && strings.HasSuffix(name, m) {
				return "", name + " consists of what it recommends"
			}
		}
		row, known := recommended()[name]
		switch {
		case !known:
			unknown = append(unknown, name)
		case slices.Contains(row.nothing, release) || release == "" && row.gone == "":
		case row.gone == "":
			unknown = append(unknown, name)
		default:
			goes = append(goes, fmt.Sprintf("%s brings %s", name, readable(row.gone)))
		}
	}
	switch {
	case len(goes) > 0:
		return "without recommended packages some go: " + strings.Join(atMost(goes, 3), "; "), ""
	case c.sub() == "build-dep" || !c.plain() || c.via("xargs"):
		return "not all packages are known", ""
	case len(unknown) > 0:
		return "what " + strings.Join(atMost(unknown, 3), ", ") + " recommends is not known", ""
	case release == "":
		return "that nothing goes was worked out on Debian 11 to 13, and the base does not say that it is one of them", ""
	}
	return "", ""
}

func atMost(list []string, n int) []string {
	if len(list) > n {
		return append(slices.Clone(list[:n]), fmt.Sprintf("%d more", len(list)-n))
	}
	return list
}

// readable turns "patch less +17" into "patch, less and 17 more".
func readable(gone string) string {
	list, more, has := strings.Cut(gone, " +")
	list = strings.ReplaceAll(list, " ", ", ")
	if has {
		list += " and " + more + " more"
	}
	return list
}

// debianRelease is the number of the Debian release that the base image says it is; "" where it does not, or is none that
// the table is about.
func debianRelease(st *source.Stage) string {
	name, tag := nameAndTag(base(st))
	debian := name == "debian"
	if !debian && !slices.Contains(debianImages, name) {
		return ""
	}
	for _, r := range debianReleases {
		rest, found := strings.CutPrefix(tag, r.number)
		if debian && found && (rest == "" || rest[0] == '.' || rest[0] == '-') || strings.Contains(tag, r.codename) {
			return r.number
		}
	}
	return ""
}

// debianReleases are those that the table is about.
var debianReleases = []struct{ number, codename string }{{"11", "bullseye"}, {"12", "bookworm"}, {"13", "trixie"}}

// needsCertificates reports whether a client of https is installed without the certificates, and the file fetches by https.
func (s *script) needsCertificates(c *shellCommand) bool {
	client := slices.ContainsFunc(c.packages(), func(n string) bool { return n == "curl" || n == "wget" || n == "git" || n == "git-core" })
	return client && bytes.Contains(s.doc.Bytes, []byte("https://")) && !bytes.Contains(s.doc.Bytes, []byte("ca-certificates"))
}
