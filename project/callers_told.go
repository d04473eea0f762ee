package project

import (
	"context"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// toldNames are files that say how Compose is run and that the other searches have no use for, in lower case: they are read for Told alone.
var toldNames = set("composer.json", "conftest.py", "earthfile", ".gitpod.yml", "tiltfile", "tasks.json", "launch.json", "procfile", "procfile.dev")

// toldToPeople knows the texts that may tell people how a project is started, by a name in lower case.
func toldToPeople(base string) bool {
	switch path.Ext(base) {
	case "", ".txt":
		return strings.HasPrefix(base, "readme")
	case ".md", ".rst", ".adoc":
		return !hasPrefix(base, []string{"change", "history", "license", "code_of_conduct", "security"})
	}
	return false
}

// documents are the texts in the folder for them, by their paths.
func documents(dir string) (list []string) {
	for _, e := range firstNames(dir) {
		if e.Type().IsRegular() && toldToPeople(strings.ToLower(e.Name())) && len(list) < maxBelow {
			list = append(list, filepath.Join(dir, e.Name()))
		}
	}
	return list
}

// Told looks beside the scripts around dir at what other files say about the .env: those that people read, and those of tools that run
// Compose in a checkout of their own. The error is that of ctx.
func (c *Callers) Told(ctx context.Context, dir string) ([]EnvUse, error) {
	s, err := c.search(ctx, dir)
	if err != nil {
		return nil, err
	}
	if c.told == nil {
		c.told = map[string][]EnvUse{}
	}
	var all []EnvUse
	for _, path := range s.told {
		uses, known := c.told[path]
		if !known {
			uses = toldUses(path, readStart(path, false))
			c.told[path] = uses
		}
		all = append(all, uses...)
	}
	return all, nil
}

// toldUses are the places of such a file that count.
func toldUses(file, text string) []EnvUse {
	if !strings.Contains(strings.ToLower(text), "compose") && !strings.Contains(text, ".env") {
		return nil
	}
	uses := envUses(file, text)
	if !toldToPeople(strings.ToLower(filepath.Base(file))) {
		return uses
	}
	uses = slices.DeleteFunc(uses, func(u EnvUse) bool {
		// How people start it is no news; that they give Compose several files, or another .env, is.
		return u.Kind != EnvMade && u.Kind != EnvWritten && u.Kind != EnvElsewhere && (u.Kind != EnvRun || len(u.Names) < 2)
	})
	for i := range uses {
		uses[i].Prose = true
	}
	return uses
}
