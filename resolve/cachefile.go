package resolve

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
)

// cacheFormat is in the name of the directory and in each file: a dockfix that writes another one does not read these.
const cacheFormat = 1

// maxCacheFile bounds what is read of a file, in bytes: far more than is ever written.
const maxCacheFile = 64 << 20

// memoryFile is the file with what is known of a repository.
type memoryFile struct {
	Format     int    `json:"format"`
	Repository string `json:"repository"`
	memory
}

// listsFile is the file with the tag lists of a repository.
type listsFile struct {
	Format     int                `json:"format"`
	Repository string             `json:"repository"`
	Lists      map[string]tagList `json:"lists"`
}

// path is the name of a file for a repository. The name of the repository is hashed: it can be longer than a file name
// may be, and have a colon, which Windows does not take.
func (c *cache) path(repo, kind string) string {
	sum := sha256.Sum256([]byte(repo))
	return filepath.Join(c.dir, fmt.Sprintf("v%d", cacheFormat), hex.EncodeToString(sum[:16])+kind)
}

// read is what the disk knows of a repository: nothing where the file is missing, damaged or of another repository.
func (c *cache) read(repo string) memory {
	var f memoryFile
	if !c.decode(c.path(repo, ".json"), &f) || f.Format != cacheFormat || f.Repository != repo {
		f = memoryFile{}
	}
	// What is read may end up in a Dockerfile: somebody else may have written it.
	maps.DeleteFunc(f.Heads, func(_ string, h head) bool { return !digestForm.MatchString(h.Digest) })
	maps.DeleteFunc(f.Facts, func(_ string, f fact) bool { return f.Version != "" && !isTag(f.Version) })
	maps.DeleteFunc(f.Seen, func(digest string, _ seen) bool { return !digestForm.MatchString(digest) })
	maps.DeleteFunc(f.Bases, func(digest string, b baseMemory) bool { return !digestForm.MatchString(digest) || b.Config == nil })
	m := memory{Heads: f.Heads, Facts: f.Facts, Seen: f.Seen, Bases: f.Bases}
	if m.Heads == nil {
		m.Heads = map[string]head{}
	}
	if m.Facts == nil {
		m.Facts = map[string]fact{}
	}
	if m.Seen == nil {
		m.Seen = map[string]seen{}
	}
	if m.Bases == nil {
		m.Bases = map[string]baseMemory{}
	}
	return m
}

func (c *cache) readLists(repo string) map[string]tagList {
	var f listsFile
	if !c.decode(c.path(repo, ".tags.json"), &f) || f.Format != cacheFormat || f.Repository != repo {
		return nil
	}
	for prefix, list := range f.Lists {
		list.Tags = slices.DeleteFunc(list.Tags, func(t string) bool { return !isTag(t) })
		f.Lists[prefix] = list
	}
	return f.Lists
}

func (c *cache) decode(path string, v any) bool {
	if c.dir == "" {
		return false
	}
	b, err := readRegular(path)
	return err == nil && json.Unmarshal(b, v) == nil
}

// errIrregular is what a pipe, a device or a directory gives: the former would block, or never end.
var errIrregular = errors.New("it is no regular file")

// readRegular reads a regular file that is not larger than any of ours.
func readRegular(path string) ([]byte, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, errIrregular
	case info.Size() > maxCacheFile:
		return nil, fmt.Errorf("it has more than %d MB", maxCacheFile>>20)
	}
	return os.ReadFile(path)
}

func (c *cache) write(repo string, m memory) error {
	return c.encode(c.path(repo, ".json"), memoryFile{cacheFormat, repo, m})
}

func (c *cache) writeLists(repo string, lists map[string]tagList) error {
	return c.encode(c.path(repo, ".tags.json"), listsFile{cacheFormat, repo, lists})
}

func (c *cache) encode(path string, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("%w: %w", errCache, err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("%w: %w", errCache, err)
	}
	if err := replace(path, append(b, '\n'), 0o600); err != nil {
		return fmt.Errorf("%w: %w", errCache, err)
	}
	return nil
}

// replace writes a file so that it is whole at any moment, old or new. Where it is as wanted already, it is not touched.
func replace(path string, b []byte, mode os.FileMode) error {
	if old, err := readRegular(path); err == nil && bytes.Equal(old, b) {
		return nil
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".dockfix-*.tmp") // 0600
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	if err == nil {
		err = f.Chmod(mode)
	}
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		os.Remove(f.Name())
	}
	return err
}
