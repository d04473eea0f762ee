// Package hubsim is a Docker Hub for tests, in this process: the tag lists of real repositories, which tags there were
// on a day in August 2026 and which of them meant the same image, and a registry that answers from them.
//
//	hub := hubsim.New(hubsim.Options{Latency: 30 * time.Millisecond})
//	client := &http.Client{Transport: hub.Transport()} // https://index.docker.io/v2/library/python/manifests/latest
//	fmt.Println(hub.Counts().Total())
//
// The lists of the library/ repositories follow the history of Docker's official images; those of qdrant, prometheus and
// minio their release tags; grafana and acme/ are invented after the conventions of their kind. No list is complete, and
// the images are made up: all that is real is which tags share one.
package hubsim

import (
	"bufio"
	"bytes"
	"embed"
	"fmt"
	"path"
	"sort"
	"strings"
	"sync"
	"time"
)

//go:embed tags/*.txt
var lists embed.FS

// Image is one image with its tags.
type Image struct {
	Pushed time.Time // midnight UTC of the day
	Single bool      // a manifest for one platform, no index
	Tags   []string  // those that its publisher still keeps up to date come first
	Live   int       // how many these are
}

// Repository is the tag list of one repository.
type Repository struct {
	Name   string // library/python
	Images []*Image
	Tags   []string          // all, in byte order
	ByTag  map[string]*Image //

	store store
}

// Repositories reads all tag lists, by name, once.
var Repositories = sync.OnceValue(func() map[string]*Repository {
	all := map[string]*Repository{}
	entries, err := lists.ReadDir("tags")
	if err != nil {
		panic(err) // the files are part of the program
	}
	for _, e := range entries {
		b, err := lists.ReadFile(path.Join("tags", e.Name()))
		if err != nil {
			panic(err)
		}
		r, err := Read(strings.Replace(strings.TrimSuffix(e.Name(), ".txt"), "_", "/", 1), b)
		if err != nil {
			panic(fmt.Sprintf("%s: %v", e.Name(), err))
		}
		all[r.Name] = r
	}
	return all
})

// Read takes a tag list apart: an image a line, its day, "single" where it is no index, and its tags; the tags that are
// no longer kept up to date begin with "-".
func Read(name string, b []byte) (*Repository, error) {
	r := &Repository{Name: name, ByTag: map[string]*Image{}}
	lines := bufio.NewScanner(bytes.NewReader(b))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		words := strings.Fields(lines.Text())
		if len(words) < 2 {
			return nil, fmt.Errorf("%q is no image", lines.Text())
		}
		day, err := time.Parse(time.DateOnly, words[0])
		if err != nil {
			return nil, err
		}
		i := &Image{Pushed: day}
		if words = words[1:]; words[0] == "single" {
			i.Single, words = true, words[1:]
		}
		for _, w := range words {
			tag, dead := strings.CutPrefix(w, "-")
			if !dead {
				i.Live++
			}
			i.Tags = append(i.Tags, tag)
			r.Tags = append(r.Tags, tag)
			r.ByTag[tag] = i
		}
		r.Images = append(r.Images, i)
	}
	sort.Strings(r.Tags)
	return r, lines.Err()
}
