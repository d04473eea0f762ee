package dockerfile

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/source"
)

// ShellForm finds CMD and ENTRYPOINT that a shell runs although nobody asked for one.
var ShellForm = &fix.Rule{
	Name:    "shell-form",
	Title:   "CMD or ENTRYPOINT in shell form",
	Why:     "In shell form the program is a child of /bin/sh -c. On Debian and Ubuntu the shell stays process 1 and keeps the signals of docker stop to itself, so that every stop takes ten seconds and ends in a kill. Plain words become a JSON array; made by default where the shell is busybox or bash, which hand their place over anyway, and for exec in front of the program. Elsewhere the program becomes process 1, which some answer badly: held back. What needs a shell, a variable or two commands, keeps it and says so: CMD [\"/bin/sh\", \"-c\", ...] is what the builder makes of it today. Refused: an ENTRYPOINT under which a CMD would begin to count, npm and yarn, which pass no signals on, built-in commands, scripts without #!, Windows. A stage with a SHELL of its own is left alone, as BuildKit does.",
	Kind:    source.DockerfileKind,
	Safety:  fix.Safe,
	Aliases: []string{"JSONArgsRecommended", "DL3025"},
	Changes: []string{"image.config.Cmd", "image.config.Entrypoint"},
	Wants:   wantsShellForm,
	Check:   checkShellForm,
}

// wantsShellForm asks for the scripts that the image may be started with.
func wantsShellForm(doc *source.Document) []fix.Want {
	var wants []fix.Want
	for in := range instructions(doc, "CMD", "ENTRYPOINT") {
		if words, _ := plainWords(in.Rest.Text); !in.JSON && len(words) > 0 {
			if name := words[0][strings.LastIndexByte(words[0], '/')+1:]; name != "" && !strings.ContainsAny(name, `*?[\`) {
				wants = append(wants, fix.WantText(name))
			}
		}
	}
	return wants
}

func checkShellForm(p *fix.Pass) {
	for in := range instructions(p.Doc, "CMD", "ENTRYPOINT") {
		if in.Stage < 0 || in.JSON || in.Rest.Text == "" || replacedLater(p.Doc, in) {
			continue
		}
		stage := p.Doc.Dockerfile.Stages[in.Stage]
		if oneOf(inChain(stage, in.Start), "SHELL") != nil {
			continue
		}
		if _, _, broken := repairJSON(in.Rest.Text); broken {
			continue // invalid-json-form speaks
		}
		f := fix.Finding{Span: in.Span, Message: in.Name + " is in shell form: /bin/sh runs it"}
		if forWindows(p.Doc, stage) {
			f.Reason = "it is for Windows"
		} else {
			execForm(p, in, stage, &f)
		}
		p.Report(f)
	}
}

// replacedLater reports whether a later instruction of the stage takes the place of in: repeated-command removes it.
func replacedLater(doc *source.Document, in *source.Instruction) bool {
	return slices.ContainsFunc(doc.Dockerfile.Stages[in.Stage].Instructions, func(other *source.Instruction) bool {
		return other.Name == in.Name && other.Start > in.Start
	})
}

// execForm decides how one command is written in JSON.
func execForm(p *fix.Pass, in *source.Instruction, stage *source.Stage, f *fix.Finding) {
	words, why := plainWords(in.Rest.Text)
	if words == nil {
		keepShell(p, in, stage, f, why)
		return
	}
	handsOver := words[0] == "exec" && len(words) > 1
	if handsOver && strings.HasPrefix(words[1], "-") {
		keepShell(p, in, stage, f, "exec has an option")
		return
	}
	if handsOver {
		words = words[1:]
	}
	script, readable := scriptText(p, words[0])
	held := heldBack(p.Doc, in, stage)
	switch {
	case slices.Contains(builtins, words[0]) || strings.Contains(words[0], "="):
		keepShell(p, in, stage, f, words[0]+" is a command of the shell itself")
		return
	case slices.Contains(deaf, words[0]) && !handsOver:
		f.Reason = words[0] + " passes no signals on: start the program that it starts"
		return
	case readable && !strings.HasPrefix(script, "#!") && !strings.HasPrefix(script, "\x7fELF"):
		f.Reason = "the script " + words[0] + " has no #! line, so that only a shell can run it"
		return
	case in.Name == "ENTRYPOINT" && cmdBelow(p.Doc, stage) != nil:
		f.Reason = "the CMD, which a shell form ENTRYPOINT ignores, would become its arguments"
		return
	case in.Name == "ENTRYPOINT" && serviceCommand(p) != "":
		f.Reason = "the command of the service " + serviceCommand(p) + ", which a shell form ENTRYPOINT ignores, would become its arguments"
		return
	case held != "":
		f.Reason = held
	case mayBeScript(words[0]) && !readable:
		f.Reason = "whether " + words[0] + " has a #! line, without which only a shell can run it, is not known"
	case !handsOver && baseOf(stage) != baseBusybox && baseOf(stage) != baseBash: // both hand their place over to a last command
		f.Reason = "the program becomes process 1: it gets the signals itself, and ignores those that it does not handle"
	}
	makeJSON(p.Doc, in, words, []fix.Edit{fix.Replace(in.Rest.Span, jsonArray(words))}, "use a JSON array", f)
}

// heldBack names what else a conversion of plain words would change; "" for nothing.
func heldBack(doc *source.Document, in *source.Instruction, stage *source.Stage) string {
	entry := oneOf(inChain(stage, 0), "ENTRYPOINT")
	switch {
	case in.Name == "ENTRYPOINT":
		return "arguments of docker run and a CMD of an image built on this one, which a shell form ENTRYPOINT ignores, would reach the program"
	case entry != nil && entry.JSON:
		return "the ENTRYPOINT gets the words themselves and no longer /bin/sh -c"
	case entry == nil && baseOf(stage) == baseUnknown:
		return "whether " + stageImage(stage) + " has an ENTRYPOINT, which would get the words and no longer /bin/sh -c, is not known"
	case entry == nil && slices.Contains(withEntrypoint, repositoryOf(stage)):
		return "the ENTRYPOINT of " + stageImage(stage) + " gets the words themselves and no longer /bin/sh -c"
	}
	return ""
}

// withEntrypoint are those of the official images of baseOf that have an ENTRYPOINT.
var withEntrypoint = []string{"node", "php", "nginx", "redis", "postgres", "memcached", "maven", "eclipse-temurin"}

func repositoryOf(s *source.Stage) string { name, _ := hubName(rootStage(s).Ref); return name }

func stageImage(s *source.Stage) string { return rootStage(s).Image.Text }

// cmdBelow is a CMD that counts together with an ENTRYPOINT of the stage, in it or in a stage built on it.
func cmdBelow(doc *source.Document, s *source.Stage) *source.Instruction {
	for _, other := range append(builtOn(doc.Dockerfile, s), s) {
		if cmd := oneOf(other.Instructions, "CMD"); cmd != nil {
			return cmd
		}
	}
	return nil
}

// serviceCommand names a Compose service that gives the image a command of its own.
func serviceCommand(p *fix.Pass) string {
	for _, c := range p.Facts.Contexts {
		if c.Service == nil {
			continue
		}
		if _, given := c.Service.Field("command"); given {
			return c.Service.Name
		}
	}
	return ""
}

// keepShell writes the shell into the command, which is what the builder does anyway unless the base sets another one. why
// says what needs it.
func keepShell(p *fix.Pass, in *source.Instruction, stage *source.Stage, f *fix.Finding, why string) {
	if why == unreadable {
		f.Reason = why
		return
	}
	if baseOf(stage) == baseUnknown {
		f.Reason = "whether " + stageImage(stage) + " sets another SHELL is not known"
	}
	words := []string{"/bin/sh", "-c", in.Rest.Text}
	var edits []fix.Edit
	if in.Rest.Split { // keep the lines
		edits = jsonAround(p.Doc, in, `["/bin/sh", "-c", "`)
	}
	if edits == nil {
		edits = []fix.Edit{fix.Replace(in.Rest.Span, jsonArray(words))}
	}
	makeJSON(p.Doc, in, words, edits, "say that it needs a shell: "+why, f)
}

// makeJSON makes edits that write the words in JSON the fix of f, Unsafe where f has a reason.
func makeJSON(doc *source.Document, in *source.Instruction, words []string, edits []fix.Edit, title string, f *fix.Finding) {
	if commentWithin(doc, edits) {
		f.Reason = "a comment stands between its lines"
		return
	}
	path := "image.config." + map[string]string{"CMD": "Cmd", "ENTRYPOINT": "Entrypoint"}[in.Name]
	compact, _ := json.Marshal(words)
	f.Fix = &fix.Fix{Title: title, Safety: fix.Safe, Edits: edits, Expect: map[string]string{path: plainJSON(string(compact))}}
	if f.Reason != "" {
		f.Fix.Safety = fix.Unsafe
	}
}

// jsonArray writes words as people do, with a blank behind each comma.
func jsonArray(words []string) string {
	quoted := make([]string, len(words))
	for i, w := range words {
		b, _ := json.Marshal(w)
		quoted[i] = plainJSON(string(b))
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}

// plainJSON takes back what json.Marshal does to text that may end up in a web page.
func plainJSON(s string) string { return escapesOfHTML.Replace(s) }

var escapesOfHTML = strings.NewReplacer(`\u003c`, "<", `\u003e`, ">", `\u0026`, "&")
