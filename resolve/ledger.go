package resolve

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
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
	broken  error                           // the file could not be read: it is left alone
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
	b, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return l
	}
	var f ledgerFile
	if err == nil {
		err = json.Unmarshal(b, &f)
	}
	if err == nil && f.Version != ledgerFormat {
		err = fmt.Errorf("version %d of the file is not known", f.Version)
	}
	if err != nil {
		l.broken = fmt.Errorf("%s, with the times when digests were first seen, is not used: %w", file, err)
	} else if f.Seen != nil {
		l.entries = f.Seen
	}
	return l
}

// seen is when a digest was first seen: now, where it never was.
func (l *ledger) seen(repo name.Repository, digest string) time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	at := l.now().UTC().Truncate(time.Second)
	if s, ok := l.cache.firstSeen(repo, digest); ok && s.At.Before(at) {
		at = s.At.UTC().Truncate(time.Second)
	}
	known, ok := l.entries[repo.Name()][digest]
	if ok && known.Before(at) {
		return known
	}
	if l.entries[repo.Name()] == nil {
		l.entries[repo.Name()] = map[string]time.Time{}
	}
	l.entries[repo.Name()][digest] = at
	l.dirty = l.dirty || !ok
	return at
}

// flush writes the file, if it has new entries.
func (l *ledger) flush() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.broken != nil {
		return l.broken
	}
	if l.file == "" || !l.dirty {
		return nil
	}
	b, err := json.MarshalIndent(ledgerFile{ledgerFormat, l.entries}, "", "  ")
	if err != nil {
		return err
	}
	l.dirty = false
	return replace(l.file, append(b, '\n'), 0o644)
}
