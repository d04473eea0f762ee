package command

import (
	"context"
	"fmt"
	"io"
	"path/filepath"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/project"
	"github.com/dockfix/dockfix/source"
)

// stdin fixes standard input. Nothing but the fixed text or the diff goes to standard output then.
func (s *session) stdin(ctx context.Context) (int, error) {
	text, err := io.ReadAll(io.LimitReader(s.In, source.MaxBytes+1))
	if err != nil {
		return exitError, fmt.Errorf("standard input: %w", err)
	}
	kind, ok := project.Classify(s.stdinName)
	if !ok {
		return exitError, &usageError{fmt.Sprintf("--stdin-name %q is the name of neither a Dockerfile nor a Compose file", s.stdinName)}
	}
	if reason, ok := project.Template(text, kind); ok {
		return exitError, fmt.Errorf("%s: left alone: %s", s.stdinName, reason)
	}
	doc, err := source.Parse(s.stdinName, kind, text)
	if err != nil {
		return exitError, err
	}
	// What stands around the file is what stands around the name it is given.
	path, err := filepath.Abs(s.stdinName)
	if err != nil {
		return exitError, err
	}
	o := outcome{file: project.File{Name: s.stdinName, Path: path, Kind: kind}, beside: map[string]beside{}}
	s.lookUp(ctx, s.imageWants(ctx, o.file, doc))
	s.askBases(ctx, func() []fix.Want { return s.baseWants(ctx, o.file, doc) })
	facts, err := s.facts(ctx, doc, o, s.rules)
	if err != nil {
		return exitError, err
	}
	o.result = s.fix(ctx, doc, facts, s.rules)
	s.emit(ctx, o)
	return s.finish(), nil
}
