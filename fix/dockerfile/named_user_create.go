package dockerfile

import (
	"slices"
	"strings"

	"github.com/dockfix/dockfix/source"
)

// creator is a program that creates accounts: where it has the number, and which of its options have a value of their own word.
type creator struct {
	group  bool
	number []string
	valued []string
}

// creators are useradd(8), groupadd(8) of shadow, and adduser and addgroup of Debian and of busybox together.
var creators = map[string]creator{
	"useradd":  {number: []string{"-u", "--uid"}, valued: []string{"-g", "--gid", "-G", "--groups", "-d", "--home-dir", "--home", "-s", "--shell", "-c", "--comment", "-b", "--base-dir", "-e", "--expiredate", "-f", "--inactive", "-k", "--skel", "-K", "--key", "-p", "--password", "-R", "--root", "-Z"}},
	"adduser":  {number: []string{"-u", "--uid"}, valued: []string{"-G", "--ingroup", "--gid", "-h", "--home", "-g", "--gecos", "--comment", "-s", "--shell", "-k", "--conf", "--firstuid", "--lastuid"}},
	"groupadd": {group: true, number: []string{"-g", "--gid"}, valued: []string{"-K", "--key", "-p", "--password", "-R", "--root"}},
	"addgroup": {group: true, number: []string{"-g", "--gid"}, valued: []string{"--conf", "--firstgid", "--lastgid"}},
}

// changers are programs that change accounts in ways that are not followed.
var changers = []string{"usermod", "groupmod", "userdel", "groupdel", "deluser", "delgroup", "vipw", "newusers", "fixuid"}

// run notes the accounts that a RUN creates, and what it may do to those that are there.
func (a *accounts) run(doc *source.Document, in *source.Instruction) {
	a.creates(doc, in)
	if len(a.users)+len(a.groups) > 0 {
		a.scripts(in)
	}
}

func (a *accounts) creates(doc *source.Document, in *source.Instruction) {
	text := doc.Text(in.Span)
	touches := strings.Contains(text, "/etc/passwd") || strings.Contains(text, "/etc/group")
	if !touches && !strings.Contains(text, "add") && !strings.Contains(text, "mod") && !strings.Contains(text, "del") {
		return
	}
	s := a.reader.script(in)
	if s == nil {
		if touches || strings.Contains(text, "useradd") || strings.Contains(text, "adduser") {
			a.doubt = "a RUN that cannot be read may change accounts"
		}
		return
	}
	if touches {
		a.doubt = "a RUN touches /etc/passwd or /etc/group itself"
	}
	for _, c := range s.Commands {
		if slices.Contains(changers, c.name()) {
			a.doubt = "a RUN changes accounts with " + c.name()
		}
		if create, ok := creators[c.name()]; ok {
			a.create(c, create, s.Heredoc)
		}
	}
}

// create notes the account that one command creates.
func (a *accounts) create(c *shellCommand, how creator, loose bool) {
	name, number, plain := c.created(how)
	into := a.users
	if how.group {
		into = a.groups
	}
	if name == "" {
		return
	}
	if number == "" || !plain {
		delete(into, name)
		return
	}
	made := numbered{number: number}
	switch {
	case len(c.Within) > 0 || loose || c.via("sudo"):
		made.why = "whether the command that creates it succeeds is not certain"
	case c.has("-o", "--non-unique") && !how.group:
		made.why = "its number may be that of another account too"
	}
	if old, twice := into[name]; twice && old.number != number {
		made.why = "it is created twice, with different numbers"
	}
	into[name] = made
}

// created are the name and number that a command gives to an account; plain is false where the number has a variable.
func (c *shellCommand) created(how creator) (name, number string, plain bool) {
	words := c.Words[1:]
	var names []string
	for i := 0; i < len(words); i++ {
		w := words[i]
		flag, value, joined := strings.Cut(w.Text, "=")
		short := len(w.Text) > 2 && w.Text[1] != '-' && slices.Contains(how.number, w.Text[:2]) && isNumber(w.Text[2:])
		group := len(w.Text) > 2 && w.Text[0] == '-' && w.Text[1] != '-' && slices.Contains(how.number, "-"+w.Text[len(w.Text)-1:])
		switch {
		case !strings.HasPrefix(w.Text, "-"):
			if !w.Plain {
				return "", "", false
			}
			names = append(names, w.Text)
		case joined && slices.Contains(how.number, flag):
			number, plain = value, w.Plain
		case short:
			number, plain = w.Text[2:], true
		case (slices.Contains(how.number, w.Text) || group) && i+1 < len(words):
			i++
			number, plain = words[i].Text, words[i].Plain
		case slices.Contains(how.valued, w.Text):
			i++
		case len(w.Text) > 2 && w.Text[1] != '-' && slices.Contains(how.valued, "-"+w.Text[len(w.Text)-1:]) && !isNumber(w.Text[2:]):
			i++ // -Ms /bin/false
		}
	}
	if len(names) != 1 || plain && !isNumber(number) {
		return "", "", false
	}
	return names[0], number, plain
}
