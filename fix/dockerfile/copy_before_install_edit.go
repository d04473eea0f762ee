package dockerfile

import (
	"path"
	"slices"
	"strings"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/fix/manifest"
	"github.com/dockfix/dockfix/source"
)

// manifestsComment stands above the new COPY in files that comment theirs.
const manifestsComment = "# the manifests first: the install runs again only when they change"

// reorder makes the edits: the manifests take the place of the tree, which goes behind the install. The reason says why
// the text cannot be edited.
func (l *lateInstall) reorder(doc *source.Document, d decision) ([]fix.Edit, string) {
	first, reason := l.manifests(doc, d)
	if reason != "" {
		return nil, reason
	}
	tree, reason := l.moved(doc)
	if reason != "" {
		return nil, reason
	}
	block := l.block(doc)
	if block.Start < l.tree.in.Lines.Start {
		first = indent(doc, l.tree.in) + manifestsComment + doc.Newline + first
	}
	behind := l.run.Lines.End
	blank := ""
	start := commentsAbove(doc, l.run)
	if blankAt(doc, start-1) {
		blank = doc.Newline
	}
	if d.offer != nil {
		run, reason := l.before(doc, d.offer)
		if !slices.ContainsFunc(l.between, prepares) {
			return []fix.Edit{fix.Replace(source.Span{Start: block.Start, End: block.Start}, first+blank+run+blank)}, reason
		}
		return []fix.Edit{fix.Replace(block, first), fix.Replace(source.Span{Start: start, End: start}, run+blank+tree+blank)}, reason
	}
	text := blank + tree
	if l.split != nil {
		var tail string
		if behind, tail, reason = l.tail(doc); reason != "" {
			return nil, reason
		}
		text = doc.Newline + text + blank + tail
	} else if behind == len(doc.Bytes) && !strings.HasSuffix(string(doc.Bytes), "\n") {
		text = doc.Newline + text
	}
	end := l.run.Lines.End
	if end == len(doc.Bytes) && !strings.HasSuffix(string(doc.Bytes), "\n") {
		text = strings.TrimSuffix(text, doc.Newline)
	}
	return []fix.Edit{fix.Replace(block, first), fix.Replace(source.Span{Start: behind, End: end}, text)}, ""
}

// prepares tells instructions that a RUN after them may need.
func prepares(in *source.Instruction) bool {
	return slices.Contains([]string{"RUN", "WORKDIR", "ENV", "ARG", "USER", "SHELL"}, in.Name)
}

// before is the RUN that installs the dependencies alone, with the flags of the one that stays.
func (l *lateInstall) before(doc *source.Document, o *manifest.Offer) (text, reason string) {
	text = indent(doc, l.run) + doc.Text(source.Span{Start: l.run.Start, End: l.run.Rest.Start})
	for _, s := range l.early.setup {
		span, ok := l.early.shell.Span(s)
		if !ok {
			return "", cut
		}
		text += doc.Text(span) + " && "
	}
	if o.Command != "" {
		return text + o.Command + doc.Newline, ""
	}
	if span, ok := l.early.shell.Span(l.early.install); ok {
		return text + doc.Text(span) + " " + o.Add + doc.Newline, ""
	}
	command := l.installs[0].command
	if len(command.Vars) > 0 || !command.Plain() {
		return "", cut
	}
	return text + command.String() + " " + o.Add + doc.Newline, ""
}

// block is the COPY with the comments right above it, which move with it.
func (l *lateInstall) block(doc *source.Document) source.Span {
	return source.Span{Start: commentsAbove(doc, l.tree.in), End: l.tree.in.Lines.End}
}

// commentsAbove is where the comment lines right above an instruction begin.
func commentsAbove(doc *source.Document, in *source.Instruction) int {
	start := in.Lines.Start
	for i := len(doc.Comments) - 1; i >= 0; i-- {
		n, _ := doc.Position(doc.Comments[i].Start)
		if line := doc.Line(n); line.End == start {
			start = line.Start
		}
	}
	return start
}

func indent(doc *source.Document, in *source.Instruction) string {
	line := doc.Text(source.Span{Start: in.Lines.Start, End: in.Start})
	return strings.TrimPrefix(line, "\ufeff")
}

// copyable are the flags of a COPY or ADD that are repeated for the manifests.
var copyable = []string{"chown", "chmod", "link"}

// manifests are the new COPY instructions, one for each directory: a COPY of files from several puts all into one.
func (l *lateInstall) manifests(doc *source.Document, d decision) (text, reason string) {
	in := l.tree.in
	head := indent(doc, in) + likeCase("copy", in.Keyword.Text) + " "
	for _, f := range in.Flags {
		if !slices.Contains(copyable, f.Name) {
			return "", "the COPY has the flag --" + f.Name
		}
		if f.Split {
			return "", cut
		}
		head += doc.Text(f.Span) + " "
	}
	dest := in.Args[1]
	if dest.Split || strings.ContainsAny(dest.Text, "\"'\\ \t[]") {
		return "", "the destination of the COPY is quoted, or cut by a line continuation"
	}
	for _, dir := range directories(d.files) {
		var names []string
		for _, f := range d.files {
			if path.Dir(f) == dir {
				names = append(names, f)
			}
		}
		text += head + strings.Join(names, " ") + " " + l.below(dest.Text, dir) + doc.Newline
	}
	for _, dir := range d.dirs {
		text += head + dir + " " + l.below(dest.Text, dir) + doc.Newline
	}
	for _, name := range union(d.files, d.dirs) {
		if strings.ContainsFunc(name, unplain) {
			return "", "the name " + name + " cannot be written in a COPY as it is"
		}
	}
	return text, ""
}

func unplain(r rune) bool {
	plain := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("._-/@+", r)
	return !plain
}

func directories(files []string) []string {
	var dirs []string
	for _, f := range files {
		dirs = union(dirs, []string{path.Dir(f)})
	}
	return dirs
}

// below is the destination for a directory of the context that is the tree or lies in it.
func (l *lateInstall) below(dest, dir string) string {
	rel := dir
	if l.tree.root != "." {
		rel = strings.TrimPrefix(strings.TrimPrefix(dir, l.tree.root), "/")
	}
	dest = strings.TrimSuffix(dest, "/")
	if rel == "" || rel == "." {
		return dest + "/"
	}
	return dest + "/" + rel + "/"
}

// moved is the text of the tree with its comments, for its new place.
func (l *lateInstall) moved(doc *source.Document) (text, reason string) {
	in := l.tree.in
	block := l.block(doc)
	text = doc.Text(block)
	if strings.HasPrefix(text, "\ufeff") {
		return "", "it stands at the start of the file"
	}
	if strings.Contains(in.Node.Original, "$") && slices.ContainsFunc(l.between, func(b *source.Instruction) bool { return b.Name == "ENV" || b.Name == "ARG" }) {
		return "", "a variable of the COPY may be set between it and the install"
	}
	dest := in.Args[1]
	now, ok := l.at.resolve(doc, dest.Text)
	if ok && now == l.tree.dest {
		return text, ""
	}
	if !strings.HasPrefix(l.tree.dest, "/") || in.JSON || dest.Split || strings.Contains(dest.Text, "$") {
		return "", "the working directory changes between the COPY and the install, and its destination is relative"
	}
	abs := l.tree.dest
	if strings.HasSuffix(dest.Text, "/") || dest.Text == "." {
		abs = strings.TrimSuffix(abs, "/") + "/"
	}
	return text[:dest.Start-block.Start] + abs + text[dest.End-block.Start:], ""
}

// tail cuts the RUN: from where, and the text of the new one.
func (l *lateInstall) tail(doc *source.Document) (from int, text, reason string) {
	sp := l.split
	head, _ := sp.shell.Span(sp.head)
	next, _ := sp.shell.Span(sp.tail)
	gap := source.Span{Start: head.End, End: next.Start}
	for _, c := range doc.Comments {
		if c.Start >= gap.Start && c.Start < gap.End {
			return 0, "", "a comment stands where the RUN would be split"
		}
	}
	text = indent(doc, l.run) + doc.Text(source.Span{Start: l.run.Start, End: l.run.Rest.Start})
	for _, s := range sp.repeat {
		span, ok := sp.shell.Span(s)
		if !ok {
			return 0, "", cut
		}
		text += doc.Text(span) + " && "
	}
	return head.End, text + doc.Text(source.Span{Start: next.Start, End: l.run.End}) + doc.Newline, ""
}
