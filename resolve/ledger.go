package resolve

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
)

// ledger knows when each digest was first seen. No publisher can forge that, and it works with every registry. The cache
// knows it for one machine; a file that is committed, for all who have the repository.
type ledger struct {
	file  string
	cache *cache
	now   func() time.Time

	mu      sync.Mutex
	entries map[string]map[string]time.Time // repository, digest
	failed  error                           // why the file was not read, or not written
	unread  bool                            // it could not be read, and is left alone
	dirty   bool
}

// ledgerFormat is the version of the file that is read and written.
const ledgerFormat = 1

// ledgerFile is what stands in the file, in the order of repositories and digests.
type ledgerFile struct {
	Version int                             `json:"version"`
	Seen    map[string]map[string]time.Time `json:"seen"`
}

func newLedger(file string, c *cache, now func() time.Time) *ledger {
	l := &ledger{file: file, cache: c, now: now, entries: map[string]map[string]time.Time{}}
	if file == "" {
		return l
	}
	f, err := readLedger(file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		l.failed = fmt.Errorf("the ledger %s cannot be read: %w", file, plain(err))
		l.unread = true
	case f.Seen != nil:
		l.entries = f.Seen
	}
	return l
}

// readLedger reads the file; one that is damaged is an error, since times that are lost are lost for all.
func readLedger(file string) (ledgerFile, error) {
	var f ledgerFile
	b, err := readRegular(file)
	if err != nil {
		return f, err
	}
	if err := json.Unmarshal(b, &f); err != nil {
		return f, fmt.Errorf("line %d: %s", lineOf(b, err), jsonWords(err, "the ledger"))
	}
	if f.Version != ledgerFormat {
		return f, fmt.Errorf("its version is %d, and only %d is known", f.Version, ledgerFormat)
	}
	return f, nil
}

// plain is an error of the disk without the name of the file, which may be a temporary one.
func plain(err error) error {
	var one *fs.PathError
	var two *os.LinkError
	switch {
	case errors.As(err, &one):
		return one.Err
	case errors.As(err, &two):
		return two.Err
	}
	return err
}

// seen is when a digest was first seen: now, where it never was.
func (l *ledger) seen(repo name.Repository, digest string) time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	at := l.now().UTC().Truncate(time.Second)
	if s, ok := l.cache.firstSeen(repo, digest); ok && s.At.Before(at) {
		at = s.At.UTC().Truncate(time.Second)
	}
	known := l.entries[repo.Name()][digest]
	if !known.IsZero() && !known.After(at) {
		return known
	}
	if l.entries[repo.Name()] == nil {
		l.entries[repo.Name()] = map[string]time.Time{}
	}
	l.entries[repo.Name()][digest] = at
	if known.IsZero() || known.After(l.now()) { // a time to come is that of a wrong clock
		l.dirty = true
	}
	return at
}

// flush writes the file, if it has new entries: through links, to the file that is meant.
func (l *ledger) flush() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.unread || l.file == "" || !l.dirty {
		return
	}
	b, err := json.MarshalIndent(ledgerFile{ledgerFormat, l.entries}, "", "  ")
	if err == nil {
		err = replace(linked(l.file), append(b, '\n'), l.mode())
	}
	l.dirty, l.failed = err != nil, nil
	if err != nil {
		l.failed = fmt.Errorf("the ledger %s is not written: %w", l.file, plain(err))
	}
}

// mode is that of the file, or what is usual for one that is to be committed.
func (l *ledger) mode() os.FileMode {
	if info, err := os.Stat(l.file); err == nil {
		return info.Mode().Perm()
	}
	return 0o644
}

// failure is what keeps the file from being of use.
func (l *ledger) failure() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.failed
}

// linked is the file that a link leads to, also where there is none yet.
func linked(file string) string {
	for range 40 { // as many as Linux follows
		to, err := os.Readlink(file)
		if err != nil {
			break
		}
		if !filepath.IsAbs(to) {
			to = filepath.Join(filepath.Dir(file), to)
		}
		file = to
	}
	return file
}
