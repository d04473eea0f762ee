package command

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/fix/pin"
	"github.com/dockfix/dockfix/project"
	"github.com/dockfix/dockfix/report"
	"github.com/dockfix/dockfix/resolve"
	"github.com/dockfix/dockfix/source"
)

// session is one run over many files. Files are worked on side by side, but what is printed and written comes in the
// order of the paths, from one goroutine.
type session struct {
	*Command
	options
	out    *output // as Command.Out
	stop   context.CancelFunc
	counts report.Counts
	style  report.Style
	tty    *progress
	failed bool // some file could not be done: exit status 2
	alarms int  // findings that a check must not pass with
	tellMu sync.Mutex

	beside   besides
	writer   project.Writer
	lookups  lookups
	resolver *resolve.Resolver

	callersMu sync.Mutex
	callers   project.Callers
	builds    *builds
	ofRun     func() map[string]source.Kind // the files that the run works on, by their real paths
}

// outcome is what became of one file.
type outcome struct {
	file    project.File
	content *project.Content // nil for standard input
	beside  map[string]beside
	result  *fix.Result
	err     error
}

// session is the state of one run.
func (c *Command) session(o options) *session {
	out := &output{Writer: c.Out}
	copied := *c
	copied.Out = out
	s := &session{
		Command: &copied, options: o, out: out, style: report.Style{Color: colors(c.Out)}, tty: newProgress(c.Err), stop: func() {},
	}
	s.beside.written, s.beside.reports = o.write, !o.write && !o.diff && !o.check
	s.builds = newBuilds(nil)
	return s
}

// fixAll does the main job and returns the exit status.
func (c *Command) fixAll(ctx context.Context, o options) (int, error) {
	s := c.session(o)
	ctx, s.stop = context.WithCancel(ctx)
	defer s.stop()
	if err := s.openRegistries(); err != nil {
		return exitError, err
	}
	if len(o.paths) == 1 && o.paths[0] == "-" {
		return s.stdin(ctx)
	}
	files, err := s.find(ctx)
	if err != nil {
		return exitError, err
	}
	s.ofRun = sync.OnceValue(func() map[string]source.Kind { return kindsByPath(files) })
	s.builds = newBuilds(files)
	s.lookAround(ctx, files)
	s.each(ctx, files, s.emit)
	s.wholeFiles(ctx)
	return s.finish(), nil
}

// find looks for the files of the run, and tells of paths that are none and of what is left alone.
func (s *session) find(ctx context.Context) ([]project.File, error) {
	for _, p := range s.paths {
		if p == "-" {
			return nil, &usageError{"- (standard input) cannot stand beside other paths"}
		}
	}
	walk := project.Find(ctx, s.paths, project.FindOptions{AllFiles: s.allFiles})
	for _, err := range walk.Errors {
		s.fail(err)
	}
	for _, skipped := range walk.Skipped {
		s.skipped(skipped)
	}
	if len(walk.Files) == 0 && len(walk.Errors) == 0 && len(walk.Skipped) == 0 && ctx.Err() == nil {
		return nil, errors.New("no Dockerfile or Compose file found")
	}
	return walk.Files, nil
}

// wholeFiles says what an interrupted run leaves behind.
func (s *session) wholeFiles(ctx context.Context) {
	if ctx.Err() != nil && s.out.err == nil {
		s.fail(errors.New("interrupted: each file is whole, old or new, and the rest was not looked at"))
	}
}

// skipped says once what was left alone. A file that was named is an error: the user expects something of it.
func (s *session) skipped(skipped project.Skipped) {
	err := fmt.Errorf("%s: left alone: %s", skipped.Name, skipped.Reason)
	if skipped.Named {
		s.fail(err)
		return
	}
	s.complain(err)
}

func (s *session) fail(err error) {
	s.failed = true
	s.tty.clear()
	s.complain(err)
}

// each works on the files side by side and hands the outcomes over in order. At most a few files per job are in memory.
func (s *session) each(ctx context.Context, files []project.File, emit func(context.Context, outcome)) {
	jobs := max(1, min(s.jobs, len(files)))
	queue := make(chan chan outcome, 2*jobs)
	slots := make(chan struct{}, jobs)
	go func() {
		defer close(queue)
		for _, f := range files {
			if ctx.Err() != nil {
				return
			}
			done := make(chan outcome, 1)
			queue <- done
			slots <- struct{}{}
			go func() {
				done <- s.work(ctx, f)
				<-slots
			}()
		}
	}()
	n := 0
	for done := range queue {
		emit(ctx, <-done)
		n++
		s.tty.show(n, len(files))
	}
}

// work reads and fixes one file, in memory. A bug that one file brings up must not stop the others.
func (s *session) work(ctx context.Context, f project.File) (o outcome) {
	defer func() {
		if r := recover(); r != nil {
			o = outcome{file: f, err: fmt.Errorf("%s: nothing was changed: a bug in dockfix, please report it: %v", f.Name, r)}
		}
	}()
	parsed, err := s.parse(f)
	if err != nil {
		return outcome{file: f, err: err}
	}
	if text, changed := s.beside.text(f.Path); changed {
		if parsed.doc, err = source.Parse(f.Name, f.Kind, text); err != nil {
			return outcome{file: f, err: err}
		}
	}
	o = outcome{file: f, content: parsed.content, beside: map[string]beside{}}
	facts, err := s.facts(ctx, parsed.doc, o, s.rules)
	if err != nil {
		return outcome{file: f, err: err}
	}
	o.result = s.fix(ctx, parsed.doc, facts, s.rules)
	return o
}

// fix runs rules over a document.
func (s *session) fix(ctx context.Context, doc *source.Document, facts *fix.Facts, rules []*fix.Rule) *fix.Result {
	return fix.Run(ctx, doc, fix.Options{
		Rules:     rules,
		Facts:     facts,
		Unsafe:    s.unsafe,
		Prover:    func() (fix.Prover, error) { return s.Prove(ctx, doc, facts.Files) },
		Elsewhere: func(d *source.Document, files map[string][]byte) (fix.Prover, error) { return s.Prove(ctx, d, files) },
	})
}

// emit prints or writes one outcome.
func (s *session) emit(ctx context.Context, o outcome) {
	if s.tty.clear(); ctx.Err() != nil {
		return
	}
	if o.err == nil && s.beside.stale(o) { // an earlier file of this run changed what this one was fixed beside
		o = s.work(ctx, o.file)
	}
	if o.err != nil {
		s.fail(o.err)
		return
	}
	for _, err := range []error{o.result.Rejected, o.result.Err} {
		if err != nil && ctx.Err() == nil {
			s.fail(err)
		}
	}
	s.explainComments(o.result.Doc)
	s.explainHolds(o.result.Doc)
	if err := s.show(ctx, o); err != nil {
		if s.out.err != nil {
			s.failed = true
			s.stop()
		} else {
			s.fail(err)
		}
		return
	}
	s.counts.Add(o.result)
	s.beside.changed(o)
}

// explainComments tells which comments for dockfix it does not understand: what they should silence may be fixed.
func (s *session) explainComments(doc *source.Document) {
	places, names := fix.Suppressions(doc).Misunderstood(Rules)
	for i, at := range places {
		line, _ := doc.Position(at.Start)
		if names[i] == "" {
			s.complain(fmt.Errorf("%s:%d: the comment silences nothing: write # dockfix ignore=RULE", doc.Name, line))
		} else {
			s.complain(fmt.Errorf("%s:%d: the comment silences nothing: no rule is called %q", doc.Name, line, names[i]))
		}
	}
}

// explainHolds tells which comments hold an image below something that is no version: they hold it as it is.
func (s *session) explainHolds(doc *source.Document) {
	comments, wrong := pin.Misread(doc)
	for i, c := range comments {
		line, _ := doc.Position(c.Start)
		s.complain(fmt.Errorf("%s:%d: the comment holds the image as it is: %w", doc.Name, line, wrong[i]))
	}
}

// show does with one outcome what the flags ask for.
func (s *session) show(ctx context.Context, o outcome) error {
	if why := o.beside[".env"].blocked; why != "" && (s.write || s.diff || s.check) { // a report has it below each finding
		s.complain(fmt.Errorf("%s: the secrets of %s stay where they are", why, o.file.Name))
	}
	switch {
	case s.write && o.content != nil:
		return s.save(ctx, o)
	case s.write:
		_, err := s.Out.Write(o.result.After)
		return err
	case s.diff:
		return s.showDiff(o)
	case s.check:
		return s.showCheck(o)
	}
	return report.Text(s.Out, o.result, s.style)
}

// showCheck names a file that would change, or that has what somebody asked about.
func (s *session) showCheck(o outcome) error {
	var parts []string
	if o.result.Changed() {
		parts = append(parts, report.Count(fixed(o.result), "fix")+" to make")
	}
	n := 0
	for _, f := range report.Shown(o.result) {
		if f.Alarm && f.Outcome != fix.Fixed {
			n++
		}
	}
	if n > 0 {
		s.alarms += n
		parts = append(parts, report.Count(n, "finding")+" to look at")
	}
	if len(parts) == 0 {
		return nil
	}
	_, err := fmt.Fprintf(s.Out, "%s: %s\n", report.Printable(o.file.Name), strings.Join(parts, ", "))
	return err
}

func fixed(r *fix.Result) int {
	n := 0
	for _, f := range r.Findings {
		if f.Outcome == fix.Fixed {
			n++
		}
	}
	return n
}

// save writes the new text of a file, if it has one.
func (s *session) save(ctx context.Context, o outcome) error {
	if !o.result.Changed() {
		return nil
	}
	writes := []project.Write{{Name: o.file.Name, Path: o.file.Path, Before: o.content, After: o.result.After}}
	for _, name := range slices.Sorted(maps.Keys(o.result.Files)) {
		b := o.beside[name]
		writes = append(writes, project.Write{Name: besideName(o.file, name), Path: b.path, Before: b.content, After: o.result.Files[name], Mode: modeOf(o.result, name), NewDir: o.result.Secret[name]})
	}
	if _, err := s.writer.Commit(ctx, writes, root(o.file)); err != nil {
		return err
	}
	_, err := fmt.Fprintf(s.Out, "%s: %s made\n", report.Printable(o.file.Name), report.Count(fixed(o.result), "fix"))
	return err
}

// root is the directory inside which a symbolic link may be followed to the file it stands for: the repository, else the
// directory of the file.
func root(f project.File) string {
	dir := filepath.Dir(f.Path)
	if top, ok := project.Repository(dir); ok {
		return top
	}
	return dir
}

// finish prints the counts and chooses the exit status.
func (s *session) finish() int {
	s.tty.clear()
	if s.out.err != nil {
		s.fail(fmt.Errorf("the output cannot be written: %w; each file is whole, old or new, and the rest was not looked at", s.out.err))
	}
	verb := map[bool]string{true: "fixed", false: "to fix"}[s.write]
	if s.counts.Findings > 0 || s.counts.Silenced > 0 {
		s.complain(errors.New(s.counts.Summary(verb)))
	}
	s.hints()
	switch {
	case s.failed:
		return exitError
	case s.lookups.failed:
		return exitLookups
	case s.check && s.counts.Changed+s.alarms > 0:
		return exitFindings
	case !s.diff && !s.write && !s.check && s.counts.Findings > 0:
		return exitFindings
	}
	return exitDone
}

// hints tell which command comes next.
func (s *session) hints() {
	switch {
	case len(s.paths) == 1 && s.paths[0] == "-":
	case !s.write && !s.diff && s.counts.Fixed > 0:
		s.hint("dockfix " + s.command + "--diff" + s.again)
	case s.diff && s.counts.Changed > 0:
		s.hint("dockfix " + s.command + "--write" + s.again)
	}
	if s.counts.Unsafe > 0 && !s.unsafe {
		s.hint(fmt.Sprintf("dockfix %s--diff --unsafe%s makes %d of those held back too", s.command, s.again, s.counts.Unsafe))
	}
}
