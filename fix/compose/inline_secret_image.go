package compose

import (
	_ "embed"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/dockfix/dockfix/internal/lazyregexp"
	"github.com/dockfix/dockfix/source"
)

//go:embed secret_files.tsv
var secretFilesTable string

// fileVariable is a variable that an image reads from a file.
type fileVariable struct{ image, name string }

// fileSupport is what is put behind the name of a variable that an image reads from a file, and the oldest version that does.
type fileSupport struct{ suffix, from string }

// fileSupports are the variables that images read from files.
var fileSupports = sync.OnceValue(func() map[fileVariable]fileSupport {
	supports := map[fileVariable]fileSupport{}
	for line := range strings.Lines(secretFilesTable) {
		columns := strings.Split(strings.TrimSpace(line), "\t")
		if strings.HasPrefix(line, "#") || len(columns) != 5 {
			continue
		}
		for _, name := range strings.Fields(columns[2]) {
			supports[fileVariable{columns[0], name}] = fileSupport{columns[1], columns[3]}
		}
	}
	return supports
})

// fileSuffix is what is put behind the name of the variable of a secret so that the container reads it from a file; "" where it
// cannot, or where the text stands for other services too. An env_file can set the variable as well, and an entrypoint stops where
// both are set.
func fileSuffix(s *inlineSecret) string {
	image, ok := s.service.Image()
	if s.section != "environment" || s.shape != secretLiteral || s.inside || !ok || s.service.Build() != nil || s.service.Via != nil || s.node.Shared() != nil {
		return ""
	}
	if hasAnyField(s.service, "user", "extends", "entrypoint", "env_file") {
		return ""
	}
	support := fileSupports()[fileVariable{repositoryOf(image.Node.Text()), s.key}]
	if support.suffix == "" || !support.since(tagOf(image.Node.Text())) || usesVariable(s.service.Node, regexp.MustCompile(`\b`+regexp.QuoteMeta(s.key)+`\b`), s.node) {
		return ""
	}
	for _, v := range s.service.Environment() {
		if v.Name == s.key+support.suffix || v.Name == s.key && v.Via != nil {
			return ""
		}
	}
	return support.suffix
}

// setElsewhere reports whether another file says what counts here about the service: the container would get the variable and the
// file, or cannot read it.
func (m *secretMove) setElsewhere(s *inlineSecret) bool {
	for _, o := range m.facts.Project.Touching(s.service.Name) {
		other := o.Service(s.service.Name)
		if hasAnyField(other, "image", "build", "user", "extends", "entrypoint", "env_file") {
			return true
		}
		for _, v := range other.Environment() {
			if v.Name == s.key || strings.HasPrefix(v.Name, s.key+"_FILE") {
				return true
			}
		}
	}
	return false
}

func hasAnyField(s *source.Service, names ...string) bool {
	return slices.ContainsFunc(names, func(name string) bool {
		_, there := s.Field(name)
		return there
	})
}

// usesVariable reports whether a setting of the service, such as its health check, names the variable of the container: that is gone
// then. but is the place where it is set.
func usesVariable(n *source.Node, name *regexp.Regexp, but *source.Node) bool {
	if n != but && !n.IsKey() && name.MatchString(n.Text()) {
		return true
	}
	return slices.ContainsFunc(n.Children, func(c *source.Node) bool { return usesVariable(c, name, but) })
}

// tagOf is the tag of an image, latest where there is none; "" where nothing but a digest tells what it is.
func tagOf(image string) string {
	name, _, digest := strings.Cut(image, "@")
	if i := strings.LastIndexByte(name, ':'); i > strings.LastIndexByte(name, '/') {
		return name[i+1:]
	}
	if digest {
		return ""
	}
	return "latest"
}

var (
	versionAtStart  = lazyregexp.New(`^(\d+(?:\.\d+)*)(?:-|$)`)
	versionOfServer = lazyregexp.New(`(?:^|-)pg(\d+(?:\.\d+)*)(?:-|$)`)
)

// since reports whether the image with a tag is known to be new enough: 12 is the newest of 12.x. A tag with a variable, or with a word
// that tells no version, is not known.
func (f fileSupport) since(tag string) bool {
	from, ofServer := strings.CutPrefix(f.from, "pg")
	pattern := versionAtStart
	if ofServer {
		pattern = versionOfServer
	}
	m := pattern.FindStringSubmatch(tag)
	if m == nil {
		return tag == "latest"
	}
	has, needs := strings.Split(m[1], "."), strings.Split(from, ".")
	for i := range min(len(has), len(needs)) {
		a, err := strconv.Atoi(has[i])
		b, _ := strconv.Atoi(needs[i])
		if err != nil || a != b {
			return err == nil && a > b
		}
	}
	return true
}
