package project

import (
	"crypto/sha256"
	"errors"
	"io/fs"
	"path/filepath"
)

// check finds out where every write goes and whether it may, before anything is written.
func (c *committer) check(writes []Write, root string) error {
	taken := map[string]bool{}
	for _, w := range writes {
		target, err := resolve(w, root)
		if err != nil {
			return at(w.name(), err)
		}
		f := &staged{Write: w, target: target}
		c.old.sweep(target)
		switch {
		case taken[target]:
			err = errors.New("is to be written twice")
		default:
			err = c.mayReplace(f)
		}
		if err != nil {
			return at(w.name(), err)
		}
		taken[target] = true
		c.files = append(c.files, f)
	}
	return nil
}

// MayReplace tells why a commit would not replace a file: it is read-only, has a second name, or lies outside of root.
func MayReplace(w Write, root string) error {
	target, err := resolve(w, root)
	if err != nil {
		return at(w.name(), err)
	}
	c := committer{disk: realDisk{}}
	if err := c.mayReplace(&staged{Write: w, target: target}); err != nil {
		return at(w.name(), err)
	}
	return nil
}

// resolve is the real file behind a path. A path outside of root was named by the user and is fine as long as it is
// the file itself; what a symbolic link leads to must lie in root.
func resolve(w Write, root string) (string, error) {
	dir, err := filepath.EvalSymlinks(filepath.Dir(w.Path))
	if err != nil {
		return "", err
	}
	target := filepath.Join(dir, filepath.Base(w.Path))
	link := isLink(w.Path)
	if link && w.Before != nil {
		if target, err = filepath.EvalSymlinks(w.Path); err != nil {
			return "", err
		}
	}
	if root == "" {
		return target, nil
	}
	_, inside := relative(realPath(root), target)
	_, below := relative(filepath.Clean(root), filepath.Clean(w.Path))
	if !inside && (link || below) {
		return "", errors.New("is reached by a symbolic link, and lies outside of " + root)
	}
	return target, nil
}

var (
	errChanged = errors.New("changed while dockfix was at work")
	errExists  = errors.New("exists already")
)

// mayReplace tells why a target cannot be written.
func (c *committer) mayReplace(f *staged) error {
	if err := c.unchanged(f); err != nil {
		return err
	}
	dir := filepath.Dir(f.target)
	if err := c.disk.writable(dir); err != nil {
		return errors.New("its directory cannot be written: " + bare(err).Error())
	}
	if f.Before == nil {
		return nil
	}
	info, err := c.disk.lstat(f.target)
	switch {
	case err != nil:
		return err
	case info.Mode().Perm()&0o222 == 0:
		return errors.New("is read-only")
	case linksOf(info) > 1:
		return errors.New("has a second name (a hard link), which would keep the old text")
	}
	if err := c.disk.writable(f.target); err != nil {
		return errors.New("cannot be written: " + bare(err).Error())
	}
	return nil
}

// unchanged tells whether a target is still the file that was read: the same file with the same bytes, mode and owner; for
// a new file, whether there is still none.
func (c *committer) unchanged(f *staged) error {
	info, err := c.disk.lstat(f.target)
	if f.Before == nil {
		switch {
		case err == nil:
			return errExists
		case errors.Is(err, fs.ErrNotExist):
			return nil
		}
		return err
	}
	if errors.Is(err, fs.ErrNotExist) {
		return errChanged
	}
	if err != nil {
		return err
	}
	if info.Mode()&keptMode != f.Before.Mode || ownerOf(info) != f.Before.owner || identityOf(f.target, info) != f.Before.identity {
		return errChanged
	}
	b, _, err := c.disk.read(f.target)
	if err != nil {
		return err
	}
	if sha256.Sum256(b) != f.Before.sum {
		return errChanged
	}
	return nil
}
