package project

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Write is one file to bring to a new text.
type Write struct {
	Name   string      // as shown in errors; Path where empty
	Path   string      // absolute
	Before *Content    // as it was read; nil for a file that must not exist yet
	After  []byte      // the whole new text
	Mode   fs.FileMode // permissions of a new file, less the umask; 0 means 0644
	// NewDir lets the directory of the file be made, for its owner alone, where its parent has none of that name.
	NewDir bool
}

func (w Write) name() string { return cmp.Or(w.Name, w.Path) }

// maxCommitted is the size in bytes of the largest file that Commit compares and replaces. A file that gets new text
// can be larger than what is parsed: a .gitignore, a .env.
const maxCommitted = 64 << 20

// Commit makes all the writes or none, and tells the names of those whose file holds its new text when it returns.
//
// Everything is checked before anything is written: a file that changed since it was read, is read-only, or has a
// second name (a hard link, which a rewrite would cut off) is refused, and so is a symbolic link out of root, an
// absolute directory ("" allows all). Each new text is written to a temporary file in the same directory, with the
// mode and owner of the old one, and reaches the disk before the first file is replaced by a rename. Where a rename
// fails, those made before are taken back. A file is whole at any moment, old or new, also after a crash or a kill.
// What another program writes between the last look at a file and its rename, some microseconds, is lost.
//
// An error with all names done means that the files are written, and that something failed after it: they may not
// survive a power cut, or a temporary file is left.
func Commit(ctx context.Context, writes []Write, root string) (done []string, err error) {
	return new(Writer).Commit(ctx, writes, root)
}

// Writer makes many commits in one run. The zero value is ready; it is not for use by several goroutines at a time.
type Writer struct{ swept swept }

// Commit is like the function of that name.
func (w *Writer) Commit(ctx context.Context, writes []Write, root string) (done []string, err error) {
	if w.swept == nil {
		w.swept = swept{}
	}
	made, err := makeDirs(writes)
	if err == nil {
		done, err = commit(ctx, realDisk{}, w.swept, writes, root)
	}
	if err != nil && len(done) == 0 {
		for _, dir := range made {
			_ = os.Remove(dir) // one that is not empty stays: somebody else has put something there
		}
	}
	return done, err
}

// makeDirs makes the directories of new files that may be made, and gives those it made.
func makeDirs(writes []Write) (made []string, err error) {
	for _, w := range writes {
		dir := filepath.Dir(w.Path)
		if !w.NewDir || exists(dir) {
			continue
		}
		if err := os.Mkdir(dir, 0o700); err != nil {
			return made, at(w.name(), errors.New("its directory cannot be made: "+bare(err).Error()))
		}
		made = append(made, dir)
	}
	return made, nil
}

func commit(ctx context.Context, d disk, old swept, writes []Write, root string) (done []string, err error) {
	c := committer{ctx: ctx, disk: d, old: old}
	for _, step := range []func() error{
		func() error { return c.check(writes, root) },
		c.stage,
		c.replace,
		c.finish,
	} {
		if err = step(); err != nil {
			break
		}
	}
	if left := c.discard(); left != "" && err != nil {
		err = fmt.Errorf("%w; %s", err, left)
	} else if left != "" {
		err = errors.New(left)
	}
	for _, f := range c.files {
		if f.replaced {
			done = append(done, f.name())
		}
	}
	return done, err
}

// committer carries the writes through the steps.
type committer struct {
	ctx   context.Context
	disk  disk
	old   swept
	files []*staged
}

// staged is one write under way.
type staged struct {
	Write
	target   string // where the bytes go: Path without symbolic links
	temp     string // the new text; empty when there is no such file
	backup   string // the old text; empty when there is no such file
	replaced bool   // target holds the new text
}

// stage writes all temporary files.
func (c *committer) stage() error {
	for _, f := range c.files {
		if err := c.ctx.Err(); err != nil {
			return err
		}
		var err error
		if f.temp, err = c.writeTemp(f, f.After); err != nil {
			return at(f.name(), err)
		}
		if f.Before == nil || len(c.files) == 1 {
			continue // nothing can fail after the only rename
		}
		if f.backup, err = c.writeTemp(f, f.Before.Bytes); err != nil {
			return at(f.name(), err)
		}
	}
	return nil
}

// writeTemp writes text to a new file beside the target, and gives its path. The path is given with an error too,
// when there is something to remove.
func (c *committer) writeTemp(f *staged, text []byte) (path string, err error) {
	path = tempName(filepath.Dir(f.target))
	perm := cmp.Or(f.Mode.Perm(), 0o644)
	if f.Before != nil {
		perm = 0o600 // until it has its owner
	}
	h, err := c.disk.create(path, perm)
	if err != nil {
		return "", err
	}
	_, err = h.Write(text)
	if err == nil && f.Before != nil {
		err = becomeLike(h, f.Before)
	}
	if err == nil {
		err = h.Sync()
	}
	return path, errors.Join(err, h.Close())
}

// becomeLike gives a file the owner and the mode of another; the owner first, as a change of it takes bits from the mode.
func becomeLike(h handle, old *Content) error {
	info, err := h.Stat()
	if err != nil {
		return err
	}
	if own := ownerOf(info); own != old.owner {
		if err := h.Chown(old.owner.uid, old.owner.gid); err != nil {
			return fmt.Errorf("is owned by user %d and group %d, which the new file cannot be given: %s", old.owner.uid, old.owner.gid, bare(err))
		}
	}
	return h.Chmod(old.Mode)
}

// replace renames the temporary files over the targets. From the first rename on, ctx does not stop it.
func (c *committer) replace() error {
	if err := c.ctx.Err(); err != nil {
		return err
	}
	for _, f := range c.files {
		if err := c.unchanged(f); err != nil {
			return at(f.name(), err)
		}
	}
	for _, f := range c.files {
		err := c.unchanged(f)
		if err == nil {
			err = c.place(f)
		}
		if err != nil {
			return c.takeBack(at(f.name(), err))
		}
	}
	return nil
}

// place puts the new text where it belongs. A new file is linked to its name, which unlike a rename fails when
// somebody else has made one meanwhile; not all file systems have links.
func (c *committer) place(f *staged) error {
	if f.Before != nil {
		if err := c.disk.rename(f.temp, f.target); err != nil {
			return err
		}
		f.temp, f.replaced = "", true
		return nil
	}
	err := c.disk.link(f.temp, f.target)
	if errors.Is(err, fs.ErrExist) {
		return errExists
	}
	if err != nil && c.unchanged(f) == nil {
		if err = c.disk.rename(f.temp, f.target); err == nil {
			f.temp = ""
		}
	}
	f.replaced = err == nil
	return err
}

// takeBack brings the replaced files back to their old text, and says what became of them.
func (c *committer) takeBack(cause error) error {
	var restored, kept []string
	for _, f := range slices.Backward(c.files) {
		if !f.replaced {
			continue
		}
		err := c.restore(f)
		switch {
		case err == nil:
			f.replaced = false
			restored = append(restored, f.name())
		case f.Before == nil:
			kept = append(kept, fmt.Sprintf("%s (%s)", f.name(), bare(err)))
		default:
			kept = append(kept, fmt.Sprintf("%s (%s; its old text is in %s)", f.name(), bare(err), f.backup))
			f.backup = "" // not to be discarded
		}
	}
	if restored != nil {
		cause = fmt.Errorf("%w; written and put back: %s", cause, strings.Join(restored, ", "))
	}
	if kept != nil {
		cause = fmt.Errorf("%w; written and not put back: %s", cause, strings.Join(kept, ", "))
	}
	return cause
}

// restore undoes one write, unless somebody has written the file since.
func (c *committer) restore(f *staged) error {
	b, _, err := c.disk.read(f.target)
	if err != nil {
		return err
	}
	if sha256.Sum256(b) != sha256.Sum256(f.After) {
		return errChanged
	}
	if f.Before == nil {
		return c.disk.remove(f.target)
	}
	if err := c.disk.rename(f.backup, f.target); err != nil {
		return err
	}
	f.backup = ""
	return nil
}

// finish makes the renames survive a power cut.
func (c *committer) finish() error {
	synced := map[string]bool{}
	for _, f := range c.files {
		dir := filepath.Dir(f.target)
		if synced[dir] {
			continue
		}
		synced[dir] = true
		if err := c.disk.syncDir(dir); err != nil {
			return at(f.name(), fmt.Errorf("is written, but may not survive a power cut: %s", bare(err)))
		}
	}
	return nil
}

// discard removes the temporary files that are left, and names those it could not remove.
func (c *committer) discard() string {
	var left []string
	for _, f := range c.files {
		for _, temp := range []string{f.temp, f.backup} {
			if temp == "" {
				continue
			}
			if err := c.disk.remove(temp); err != nil && !errors.Is(err, fs.ErrNotExist) {
				left = append(left, temp)
			}
		}
	}
	if left == nil {
		return ""
	}
	return "left behind: " + strings.Join(left, ", ")
}
