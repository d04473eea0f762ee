package dockerfile

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/internal/lazyregexp"
	"github.com/dockfix/dockfix/source"
)

// NamedUser finds a USER by name whose number the file tells.
var NamedUser = &fix.Rule{
	Name:    "named-user",
	Title:   "USER by a name whose number is known",
	Why:     "Kubernetes refuses a container with runAsNonRoot whose image names its user: it cannot tell whether that is root. The number does. It is known where the stage, or one it is built on, creates the account with a number of its own, where the image copies the /etc/passwd of such a stage as its own, and for node of the official Node.js images. The account keeps its group and home directory, since they are looked up by number too. Held back where something else in the file changes accounts, or may: a COPY to /etc, a script that runs once the account exists. Refused where the command that creates it may not run or fail unseen. A name whose number the file does not tell, a variable among others, is left alone.",
	Kind:    source.DockerfileKind,
	Safety:  fix.Safe,
	Aliases: []string{"DL3066"},
	Changes: []string{"image.config.User", "exec-user", "file-a*.owner"},
	Check:   checkNamedUser,
}

var plainAccount = lazyregexp.New(`^[a-z_][a-z0-9_-]*\$?$`)

func checkNamedUser(p *fix.Pass) {
	read := sharedReader(p)
	known := map[*source.Stage]*accounts{}
	for in := range instructions(p.Doc, "USER") {
		user, group, grouped := strings.Cut(in.Rest.Text, ":")
		if in.Stage < 0 || user == "root" || !plainAccount.MatchString(user) || grouped && !plainAccount.MatchString(group) && !isNumber(group) {
			continue
		}
		st := p.Doc.Dockerfile.Stages[in.Stage]
		a := known[st]
		if a == nil {
			a = accountsOf(p.Doc, st, read)
			known[st] = a
		}
		a.upTo(p.Doc, in)
		uid, known := a.users[user]
		if !known {
			continue
		}
		f := fix.Finding{Span: in.Span, Message: fmt.Sprintf("USER %s has a name, and its number is known", user), Reason: a.doubt}
		number, why := uid.number, uid.why
		if grouped && !isNumber(group) {
			gid, known := a.groups[group]
			if !known {
				continue
			}
			number += ":" + gid.number
			why = firstOf(why, gid.why)
		} else if grouped {
			number += ":" + group
		}
		if why != "" {
			f.Reason = why
		} else {
			doubt := f.Reason
			replace(&f, "write "+number, in.Rest, number)
			if f.Fix != nil && doubt != "" {
				f.Fix.Safety = fix.Unsafe
			}
		}
		p.Report(f)
	}
}

func firstOf(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

func isNumber(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

// numbered is the number of a user or group.
type numbered struct{ number, why string } // why it is not to be used

// accounts are the users and groups that the file creates with numbers before a place.
type accounts struct {
	users, groups map[string]numbered
	doubt         string   // what else may change them
	files         []string // names of files that were copied, each of which may be a script
	dir           string   // the working directory, as far as the file tells
	reader        *reader
	done          int // how many instructions of the stage are read
}

// accountsOf are the accounts at the beginning of a stage, those of its base included.
func accountsOf(doc *source.Document, stage *source.Stage, read *reader) *accounts {
	a := &accounts{users: map[string]numbered{}, groups: map[string]numbered{}, reader: read}
	if repositoryOf(stage) == "node" && baseOf(stage) != baseUnknown { // docker-node creates it with this number since 2015
		a.users["node"], a.groups["node"] = numbered{number: "1000"}, numbered{number: "1000"}
	}
	if stage.Base != nil {
		a.read(doc, inChain(stage.Base, 0), true)
	}
	return a
}

// upTo reads on in a stage, up to an instruction: those of a copied /etc/passwd are in it too.
func (a *accounts) upTo(doc *source.Document, in *source.Instruction) {
	st := doc.Dockerfile.Stages[in.Stage]
	end := indexBehind(st, in) - 1
	a.read(doc, st.Instructions[a.done:end], true)
	a.done = end
}

func (a *accounts) read(doc *source.Document, list []*source.Instruction, follow bool) {
	for _, in := range list {
		switch {
		case in.Declined != "":
		case in.Name == "RUN":
			a.run(doc, in)
		case in.Name == "WORKDIR":
			a.dir = below(a.dir, in.Rest.Text)
		case in.Name == "COPY" && follow && a.copied(doc, in):
		case in.Name == "COPY", in.Name == "ADD":
			a.brought(in)
		}
	}
}

// below is what a path means in a working directory.
func below(dir, name string) string {
	if strings.HasPrefix(name, "/") {
		return path.Clean(name)
	}
	return path.Join("/", dir, name)
}

// brought doubts the accounts where a COPY or ADD may put a file in the place of /etc/passwd or /etc/group.
func (a *accounts) brought(in *source.Instruction) {
	last := len(in.Args) - 1
	if last < 1 {
		return
	}
	dest := below(a.dir, strings.Trim(in.Args[last].Text, `"`))
	for _, w := range in.Args {
		a.files = append(a.files, path.Base(strings.Trim(w.Text, `"`)))
	}
	switch dest {
	case "/", "/etc":
		if slices.ContainsFunc(in.Args[:last], func(w source.Word) bool { return !oneFile(in, w.Text) }) {
			a.doubt = fmt.Sprintf("%s to %s may bring an /etc/passwd", in.Name, dest)
		}
	case "/etc/passwd", "/etc/group", "/etc/shadow", "/etc/nsswitch.conf":
		a.doubt = fmt.Sprintf("%s brings another %s", in.Name, dest)
	}
}

// oneFile reports whether what a COPY or ADD takes is a single file for sure, or as good as that, which is no list of accounts: its
// name has an ending, and ADD does not unpack it.
func oneFile(in *source.Instruction, from string) bool {
	name := path.Base(from)
	return strings.LastIndexByte(name, '.') > 0 && !strings.ContainsAny(name, "*?[$") && !strings.HasSuffix(from, "/") &&
		name != ".." && !strings.HasSuffix(name, ".d") && (in.Name == "COPY" || !archiveName.MatchString(name) && !suspicious.MatchString(name))
}

// copied takes over the accounts of a stage whose /etc/passwd is copied; false where it is not.
func (a *accounts) copied(doc *source.Document, in *source.Instruction) bool {
	from, ok := in.Flag("from")
	if !ok || len(in.Args) < 2 {
		return false
	}
	taken := false
	dest := in.Args[len(in.Args)-1].Text
	for _, w := range in.Args[:len(in.Args)-1] {
		if w.Text != "/etc/passwd" && w.Text != "/etc/group" || dest != "/etc/" && dest != "/etc" && dest != w.Text {
			continue
		}
		taken = true
		other := &accounts{users: map[string]numbered{}, groups: map[string]numbered{}, reader: a.reader}
		if s := stageNamed(doc.Dockerfile, from.Unquoted(doc.Dockerfile.Escape), in.Stage); s != nil {
			other.read(doc, inChain(s, 0), false)
		}
		if w.Text == "/etc/passwd" {
			a.users = other.users
		} else {
			a.groups = other.groups
		}
		a.doubt = firstOf(a.doubt, other.doubt)
	}
	return taken
}

// stageNamed is the stage before index that --from names.
func stageNamed(df *source.Dockerfile, name string, index int) *source.Stage {
	for i := index - 1; i >= 0; i-- {
		if s := df.Stages[i]; strings.EqualFold(s.Name.Text, name) || fmt.Sprint(i) == name {
			return s
		}
	}
	return nil
}
