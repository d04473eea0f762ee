// Package images holds what is known of public images without a registry: the family of the system, the account that is
// ready in it, why its own command needs root, its port, its programs, its health check; and how to ask servers that have none.
//
// In: an image reference as a FROM names it. Out: an Image. For "node:22-slim" it is the family Debian with the account
// node 1000:1000 and the programs node, sh and bash: no curl. The data stands in images.tsv and, for health checks, in checks.tsv,
// with a source a line. What a registry says of an image, Of puts into the same fields, so that it can take the place of a line.
package images

import (
	_ "embed"
	"fmt"
	"path"
	"slices"
	"strings"
	"sync"
)

// Family says how accounts are made in an image, and with what.
type Family string

// The families of systems. RedHatMinimal are systems with a shell but without useradd; Unknown is the zero value.
const (
	Unknown       Family = ""
	Debian        Family = "debian"
	Alpine        Family = "alpine"
	Busybox       Family = "busybox"
	RedHat        Family = "redhat"
	RedHatMinimal Family = "redhat-minimal"
	Suse          Family = "suse"
	Distroless    Family = "distroless"
	Scratch       Family = "scratch"
	Windows       Family = "windows"
)

// Values of Image.Health that are no command.
const (
	BuiltIn  = "built-in"  // the image has a HEALTHCHECK
	SaidToBe = "built-in?" // it is said to have one, and nobody has read its Dockerfile
	Platform = "platform"  // what runs it has checks of its own: functions
)

// Account is an account of a system.
type Account struct {
	Name     string
	UID, GID string // decimal
}

// Numeric is the form for USER: uid:gid.
func (a Account) Numeric() string { return a.UID + ":" + a.GID }

// Image is what is known of an image.
type Image struct {
	Known   bool // a line is about it; without one all else is empty, but for what the tag tells
	Family  Family
	User    string   // the uid:gid that it sets, or a name whose number is not known; "" for root
	Account *Account // one that is there for use and not set; nil where there is none
	Tools   []string // programs in the search path, as far as they matter to checks
	Port    string   // the TCP port of its own command; "" where it is no server
	Health  string   // BuiltIn, SaidToBe, Platform, or a command as HEALTHCHECK CMD takes it: from checks.tsv
	Root    string   // why its own command needs root, a clause; "" where nothing is known
	Source  string   // where the line is from
	Taken   []string // names and numbers of accounts and groups, as far as they are known
}

// Has reports whether a program is in the image.
func (i Image) Has(tool string) bool { return slices.Contains(i.Tools, tool) }

//go:embed images.tsv
var data string

// row is one line of the data.
type row struct {
	repository string
	tags       []string
	image      Image
}

var images = sync.OnceValues(func() (table[row], error) {
	rows, err := parse(data)
	return newTable(rows, func(r *row) string { return r.repository }), err
})

// columns of images.tsv.
const columns = 10

func parse(text string) ([]row, error) {
	var list []row
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\r\n")
		if line == "" || line[0] == '#' {
			continue
		}
		c := strings.Split(line, "\t")
		if len(c) != columns {
			return nil, fmt.Errorf("images.tsv: %q has %d columns, not %d", line, len(c), columns)
		}
		for i := range c {
			c[i] = strings.TrimSpace(c[i])
			if c[i] == "-" {
				c[i] = ""
			}
		}
		image := Image{
			Known: true, Family: Family(c[2]), User: c[3], Tools: strings.Fields(c[5]), Port: c[6], Health: c[7], Root: c[8], Source: c[9],
		}
		if a := strings.Split(c[4], ":"); len(a) == 3 {
			image.Account = &Account{a[0], a[1], a[2]}
		}
		list = append(list, row{c[0], strings.Split(c[1], ","), image})
	}
	return list, nil
}

// Lookup tells what is known of the image that a reference names. Without a line the tag may still tell the family.
func Lookup(ref string) Image {
	repository, tag := split(ref)
	known, err := images()
	if err != nil {
		return Image{} // a test reads the data
	}
	for _, i := range known.by.rows(repository) {
		if r := &known.rows[i]; anyGlob(r.tags, tag) {
			image := r.image
			if image.Health == "" {
				image.Health = baseCheck(repository, tag)
			}
			return image
		}
	}
	return Image{}
}

func anyGlob(globs []string, tag string) bool {
	return slices.ContainsFunc(globs, func(glob string) bool {
		if glob == "*" {
			return true
		}
		ok, err := path.Match(glob, tag)
		return err == nil && ok
	})
}

// official are the places from which the official images of Docker can be had under their short names.
var official = []string{"docker.io/library/", "index.docker.io/library/", "registry-1.docker.io/library/", "public.ecr.aws/docker/library/", "mirror.gcr.io/library/", "library/", "docker.io/", "index.docker.io/"}

// split takes a reference apart: the repository without the registry of Docker Hub, and the tag in lower case, "latest"
// where none is written. A digest is left out.
func split(ref string) (repository, tag string) {
	ref, _, _ = strings.Cut(ref, "@")
	repository, tag = ref, "latest"
	if i := strings.LastIndexByte(ref, ':'); i > strings.LastIndexByte(ref, '/') {
		repository, tag = ref[:i], strings.ToLower(ref[i+1:])
	}
	for _, prefix := range official {
		if rest, ok := strings.CutPrefix(repository, prefix); ok {
			return rest, tag
		}
	}
	return repository, tag
}
