package dockerfile

import (
	"path"
	"slices"
	"strings"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/source"
)

// PythonEnv finds Python images without the usual variables.
var PythonEnv = &fix.Rule{
	Name:    "python-env",
	Title:   "a Python image that buffers its output",
	Why:     "With PYTHONUNBUFFERED=1 what a program prints is in the log at once, also when it is killed; with PYTHONDONTWRITEBYTECODE=1 it writes no .pyc files into its container. A matter of taste: off unless asked for by name. The variables go before CMD and ENTRYPOINT of the last stage, so that no RUN is built again.",
	Kind:    source.DockerfileKind,
	Off:     true,
	Safety:  fix.Safe,
	Changes: []string{"image.config.Env.PYTHONUNBUFFERED", "image.config.Env.PYTHONDONTWRITEBYTECODE", "exec-env"},
	Check:   checkPythonEnv,
}

func checkPythonEnv(p *fix.Pass) {
	df := p.Doc.Dockerfile
	if len(df.Stages) == 0 || p.Doc.Dockerfile.Instructions[len(df.Instructions)-1].Declined != "" {
		return
	}
	st := df.Stages[len(df.Stages)-1]
	name, _ := nameAndTag(base(st))
	i := slices.IndexFunc(st.Instructions, func(in *source.Instruction) bool {
		return in.Declined == "" && (in.Name == "CMD" || in.Name == "ENTRYPOINT")
	})
	if path.Base(name) != "python" || i < 0 {
		return
	}
	in := st.Instructions[i]
	before := lineage(df, in)
	var lines []string
	for _, v := range []string{"PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE"} {
		set := slices.ContainsFunc(before, func(in *source.Instruction) bool {
			return in.Name == "ENV" && slices.ContainsFunc(in.Pairs, func(pair source.Pair) bool { return pair.Name.Text == v })
		})
		later := strings.Contains(string(p.Doc.Bytes[in.Start:]), v)
		if !set && !later {
			lines = append(lines, v+"=1")
		}
	}
	if len(lines) == 0 {
		return
	}
	keyword := likeCase("ENV", in.Keyword.Text)
	at := source.Span{Start: aboveComments(p.Doc, in), End: aboveComments(p.Doc, in)}
	text := keyword + " " + strings.Join(lines, " ") + p.Doc.Newline
	p.Report(fix.Finding{Span: st.From.Span, Message: strings.Join(lines, " and ") + " is not set", Fix: &fix.Fix{
		Title: "add " + strings.TrimSpace(text), Safety: fix.Safe, Edits: []fix.Edit{fix.Replace(at, text)}}})
}

// aboveComments is the start of the comment lines right above an instruction, or of its own line.
func aboveComments(doc *source.Document, in *source.Instruction) int {
	n, _ := doc.Position(in.Lines.Start)
	for n > 1 && strings.HasPrefix(strings.TrimSpace(doc.Text(doc.Line(n-1))), "#") {
		n--
	}
	return doc.Line(n).Start
}
