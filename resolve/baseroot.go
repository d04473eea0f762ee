package resolve

import (
	"encoding/json"
	"errors"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/dockfix/dockfix/internal/lazyregexp"
	"github.com/dockfix/dockfix/resolve/rootfs"
)

// ImageConfig is what the configuration of an image says about the containers made of it, in the words of the OCI image specification.
type ImageConfig struct {
	OS          string   `json:"os,omitempty"`
	User        string   `json:"user,omitempty"`
	Env         []string `json:"env,omitempty"` // NAME=value; the value is left out where the name looks like that of a secret
	Entrypoint  []string `json:"entrypoint,omitempty"`
	Cmd         []string `json:"cmd,omitempty"`
	Shell       []string `json:"shell,omitempty"`
	WorkingDir  string   `json:"workingDir,omitempty"`
	Ports       []string `json:"ports,omitempty"` // 80/tcp
	Volumes     []string `json:"volumes,omitempty"`
	Healthcheck []string `json:"healthcheck,omitempty"` // as in the image: CMD-SHELL, and its text
	OnBuild     bool     `json:"onBuild,omitempty"`     // it has triggers
}

// ImageRoot is what stands at some paths of an image.
type ImageRoot struct {
	Texts    map[string]string `json:"texts,omitempty"`    // of Options.BaseTexts, those that are there; of scripts, by the word of Entrypoint that names them
	Programs map[string]string `json:"programs,omitempty"` // of Options.BasePrograms, those in the search path that all may run: what each links to, or ""
	Shell    bool              `json:"shell,omitempty"`    // /bin/sh is there
	Closed   []string          `json:"closed,omitempty"`   // directories that only some may enter: of the working directory and the search path, and above these
	Partial  string            `json:"partial,omitempty"`  // why none of it is known, a clause; "" where all is
	Sought   []string          `json:"sought,omitempty"`   // what was looked for
}

// maxConfig bounds a configuration, in bytes: the words of one are kept.
const maxConfig = 1 << 20

// readConfig takes over what matters of a configuration.
func readConfig(text []byte) (*ImageConfig, error) {
	var f struct {
		OS     string
		Config struct {
			User                        string
			Env, Entrypoint, Cmd, Shell []string
			WorkingDir                  string
			ExposedPorts, Volumes       map[string]struct{}
			Healthcheck                 *struct{ Test []string }
			OnBuild                     []string
		}
	}
	if len(text) > maxConfig || json.Unmarshal(text, &f) != nil {
		return nil, errors.New("it is not that of an image, or has more than 1 MiB")
	}
	c := f.Config
	made := &ImageConfig{
		OS: f.OS, User: c.User, Entrypoint: c.Entrypoint, Cmd: c.Cmd, Shell: c.Shell, WorkingDir: c.WorkingDir,
		Ports: slices.Sorted(maps.Keys(c.ExposedPorts)), Volumes: slices.Sorted(maps.Keys(c.Volumes)), OnBuild: len(c.OnBuild) > 0,
	}
	for _, v := range c.Env {
		name, _, ok := strings.Cut(v, "=")
		if secretName.MatchString(name) {
			v = name + "="
		}
		if ok {
			made.Env = append(made.Env, v)
		}
	}
	if c.Healthcheck != nil {
		made.Healthcheck = c.Healthcheck.Test
	}
	return made, nil
}

// secretName finds variables whose value is none of our business: it goes to no disk.
var secretName = lazyregexp.New(`(?i)pass|secret|token|key|credential|auth|private`)

// usualPath is the search path of a container whose image sets none (containerd and Docker: DefaultPathEnvUnix).
const usualPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// maxStarts is how many words of an ENTRYPOINT are looked at: an init and the script that it starts.
const maxStarts = 6

// maxPath bounds the directories of a search path that are looked into.
const maxPath = 40

// look is a search for what the options want to know.
type look struct {
	search   *rootfs.Search
	dirs     []string // of the search path, without a slash in front
	texts    []string
	programs []string
	entered  []string            // directories that a program enters
	starts   map[string][]string // words of the ENTRYPOINT, and where a program of that name can be
}

// maxScript bounds a script that is kept, in bytes.
const maxScript = 64 << 10

func newLook(o Options, config *ImageConfig) *look {
	l := &look{texts: o.BaseTexts, programs: o.BasePrograms, dirs: searchPath(config), starts: map[string][]string{}}
	paths := []string{"bin", "bin/sh", "usr/bin/sh"}
	for _, dir := range l.dirs {
		for _, p := range l.programs {
			paths = append(paths, path.Join(dir, p))
		}
	}
	for _, dir := range append(slices.Clone(l.dirs), strings.TrimPrefix(path.Join("/", config.WorkingDir), "/")) {
		for ; dir != "." && dir != "" && !slices.Contains(l.entered, dir); dir = path.Dir(dir) {
			l.entered = append(l.entered, dir)
		}
	}
	paths = append(paths, l.entered...)
	texts := slices.Clone(l.texts)
	for _, w := range config.Entrypoint[:min(maxStarts, len(config.Entrypoint))] {
		switch {
		case path.IsAbs(w):
			l.starts[w] = []string{w}
		case w != "" && w[0] != '-' && !strings.Contains(w, "/"):
			for _, dir := range l.dirs {
				l.starts[w] = append(l.starts[w], path.Join(dir, w))
			}
		}
		texts = append(texts, l.starts[w]...)
	}
	l.search = rootfs.New(texts, paths)
	return l
}

// searchPath are the directories that a container looks for programs in.
func searchPath(config *ImageConfig) []string {
	value := usualPath
	for _, v := range config.Env {
		if p, ok := strings.CutPrefix(v, "PATH="); ok {
			value = p
		}
	}
	var dirs []string
	for _, dir := range strings.Split(value, ":") {
		if path.IsAbs(dir) && len(dirs) < maxPath {
			dirs = append(dirs, path.Clean(dir)[1:])
		}
	}
	return dirs
}

// root is what was found.
func (l *look) root() *ImageRoot {
	r := &ImageRoot{Texts: map[string]string{}, Programs: map[string]string{}, Sought: sought(l.texts, l.programs)}
	for _, t := range l.texts {
		if e := l.search.At(t); e.Text != "" {
			r.Texts[t] = e.Text
		}
	}
	for word, places := range l.starts {
		for _, p := range places {
			if e := l.search.At(p); e.Exists {
				if strings.HasPrefix(e.Text, "#!") && len(e.Text) <= maxScript {
					r.Texts[word] = e.Text
				}
				break
			}
		}
	}
	for _, p := range l.programs {
		for _, dir := range l.dirs {
			if e := l.search.At(path.Join(dir, p)); e.Run {
				r.Programs[p] = e.Link
				break
			}
		}
	}
	for _, dir := range l.entered {
		if l.search.At(dir).Closed {
			r.Closed = append(r.Closed, "/"+dir)
		}
	}
	bin := l.search.At("bin")
	merged := strings.Trim(bin.Link, "./") == "usr/bin" && l.search.At("usr/bin/sh").Run
	r.Shell = l.search.At("bin/sh").Run || merged
	return r
}

func sought(texts, programs []string) []string {
	return slices.Sorted(slices.Values(slices.Concat(texts, programs)))
}

// covers reports whether all that is wanted was looked for when this was found.
func (r *Resolver) covers(root *ImageRoot) bool {
	return root != nil && (r.o.Catalog != nil || root.Partial != "" || slices.Equal(root.Sought, sought(r.o.BaseTexts, r.o.BasePrograms)))
}
