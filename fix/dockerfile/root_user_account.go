package dockerfile

import (
	"slices"
	"strings"

	"github.com/dockfix/dockfix/fix/images"
	"github.com/dockfix/dockfix/internal/lazyregexp"
	"github.com/dockfix/dockfix/source"
)

// account is who the program will be.
type account struct {
	user    string // for USER: uid:gid, or a name where the file tells no number
	name    string // "" where there is no account, only a number
	create  string // the command that creates it; "" where it is there
	restore bool   // the file or the image had it in force before
}

// words are for the title of the fix.
func (a account) words() string {
	switch {
	case a.create != "":
		return "an account of its own, " + a.user
	case a.name != "" && a.name != a.user:
		return a.name + ", " + a.user
	}
	return a.user
}

// The number of an account that is made: beyond those that distributions give out, and not 1000, which node and the user
// ubuntu of Ubuntu 23.04 and later have. Without an account it is the number of nonroot in distroless images.
const (
	madeID  = "10001:10001"
	bareID  = "65532:65532"
	madeApp = "app"
)

// creation are the commands that create an account, by family: useradd is part of Debian's essential passwd, adduser is
// not everywhere; BusyBox has its own. Of openSUSE not all images have the package shadow: a number does there.
var creation = map[images.Family]string{
	images.Debian:  "groupadd --gid 10001 app && useradd --uid 10001 --gid app --no-log-init --create-home --shell /usr/sbin/nologin app",
	images.Alpine:  "addgroup -S -g 10001 app && adduser -S -D -u 10001 -G app app",
	images.Busybox: "addgroup -S -g 10001 app && adduser -S -D -u 10001 -G app app",
	images.RedHat:  "groupadd -g 10001 app && useradd -l -u 10001 -g app -m -s /sbin/nologin app",
}

// accountFor chooses: who was in force before, whom the file creates, whom the image has, else a new one.
func accountFor(l *launch, u users) account {
	made := madeAccounts(l)
	if u.earlier != nil {
		return restored(l, u.earlier.Rest.Text, made)
	}
	if l.image.User != "" {
		return account{user: l.image.User, restore: true}
	}
	if len(made) > 0 {
		a := made[len(made)-1]
		return account{user: a.forUser(), name: a.name}
	}
	if a := l.image.Account; a != nil {
		return account{user: a.Numeric(), name: a.Name}
	}
	create, ok := creation[l.image.Family]
	switch {
	case ok && !groupTaken(l) && l.has("sh"):
		return account{user: madeID, name: madeApp, create: create}
	case ok || l.image.Family == images.RedHatMinimal || l.image.Family == images.Suse:
		return account{user: madeID}
	}
	return account{user: bareID}
}

// restored is an account that a USER named before, by its number where the file or the image tells it.
func restored(l *launch, user string, made []madeAccount) account {
	for _, a := range made {
		if a.name == user {
			return account{user: a.forUser(), name: a.name, restore: true}
		}
	}
	if a := l.image.Account; a != nil && (user == a.Name || user == a.Name+":"+a.Name) && !changedAccount(l, a.Name) {
		return account{user: a.Numeric(), name: a.Name, restore: true}
	}
	return account{user: user, restore: true}
}

// changingTools are programs that may change an account.
var changingTools = []string{"usermod", "groupmod", "gpasswd", "adduser", "addgroup", "deluser", "userdel", "useradd"}

// changedAccount tells that a command of the file may give an account of the image another number, or more groups.
func changedAccount(l *launch, name string) bool {
	for c := range l.callsSaying(changingTools...) {
		if slices.Contains(changingTools, c[0]) && slices.ContainsFunc(c, func(w string) bool { return strings.Contains(w, name) || strings.Contains(w, "$") }) {
			return true
		}
	}
	return false
}

// groupTaken tells that the file makes a group app, or gives the number away, or that the image has done so.
func groupTaken(l *launch) bool {
	for c := range l.callsSaying("groupadd", "addgroup") {
		if (c[0] == "groupadd" || c[0] == "addgroup") && (slices.Contains(c, madeApp) || slices.Contains(c, "10001")) {
			return true
		}
	}
	return slices.Contains(l.image.Taken, madeApp) || slices.Contains(l.image.Taken, "10001")
}

// madeAccount is an account that a RUN of the file creates.
type madeAccount struct {
	name, uid, gid string // the numbers "" where the file does not tell them
	more           bool   // it has more groups than its own, which uid:gid would drop
}

// forUser is the form for USER: a number as far as it is known.
func (a madeAccount) forUser() string {
	switch {
	case a.uid == "":
		return a.name
	case a.more || a.gid == "":
		return a.uid
	}
	return a.uid + ":" + a.gid
}

var (
	accountName = lazyregexp.New(`^[a-z_][a-z0-9_-]*$`)
	number      = lazyregexp.New(`^[0-9]+$`)
)

// madeAccounts reads the useradd and adduser commands of the chain. Names and numbers that are variables are looked up
// among the ENVs of the chain.
func madeAccounts(l *launch) []madeAccount {
	groups := map[string]string{}
	var list []madeAccount
	for call := range l.callsSaying(l.accountWords()...) {
		call = l.expandAll(call)
		if call[0] == "sudo" {
			call = call[1:]
		}
		if len(call) < 2 {
			continue
		}
		switch call[0] {
		case "groupadd", "addgroup":
			if name, options := accountOptions(call[1:]); len(name) > 0 {
				groups[name[0]] = options["gid"]
			}
			if names, _ := accountOptions(call[1:]); len(names) == 2 {
				moreGroups(list, names[0])
			}
		case "useradd", "adduser":
			names, options := accountOptions(call[1:])
			if len(names) == 2 {
				moreGroups(list, names[0])
			}
			if len(names) == 1 && accountName.MatchString(names[0]) && names[0] != "root" {
				list = append(list, newAccount(call[0], names[0], options, groups))
			}
		case "usermod", "gpasswd":
			moreGroups(list, call[len(call)-1])
			moreGroups(list, call[max(1, len(call)-2)])
		}
	}
	return list
}

// accountTools are the programs that madeAccounts reads.
var accountTools = []string{"useradd", "adduser", "groupadd", "addgroup", "usermod", "gpasswd"}

// accountWords are texts of which each command that calls one of accountTools has one: its name, or a variable where an ENV holds that.
func (l *launch) accountWords() []string {
	held := l.base != nil || slices.ContainsFunc(l.all(), func(in *source.Instruction) bool {
		return in.Name == "ENV" && containsAny(in.Rest.Text, accountTools)
	})
	if held {
		return append(slices.Clip(accountTools), "$")
	}
	return accountTools
}

func newAccount(tool, name string, options, groups map[string]string) madeAccount {
	a := madeAccount{name: name, more: options["groups"] != ""}
	if number.MatchString(options["uid"]) {
		a.uid = options["uid"]
	}
	switch g := options["group"]; {
	case number.MatchString(g):
		a.gid = g
	case g != "" && number.MatchString(groups[g]):
		a.gid = groups[g]
	case g == "" && number.MatchString(groups[name]):
		a.gid = groups[name]
	}
	return a
}

func moreGroups(list []madeAccount, name string) {
	for i := range list {
		if list[i].name == name {
			list[i].more = true
		}
	}
}

// accountFlags are the options of useradd, adduser, groupadd and addgroup that take a value; those without a name here do not
// matter. -g and -G mean one thing to shadow's useradd and another to BusyBox's: both are kept.
var accountFlags = map[string]string{
	"-u": "uid", "--uid": "uid", "-g": "g", "--gid": "gid", "-G": "G", "--groups": "groups", "--ingroup": "group", "-d": "", "--home": "", "--home-dir": "", "-h": "", "-s": "", "--shell": "",
	"-c": "", "--comment": "", "--gecos": "", "-k": "", "-K": "", "-p": "", "--password": "", "-b": "", "--base-dir": "", "-e": "", "-f": "",
}

// accountOptions tells the plain words of an account command from its options.
func accountOptions(words []string) (names []string, options map[string]string) {
	options = map[string]string{}
	for i := 0; i < len(words); i++ {
		w := words[i]
		flag, value, joined := strings.Cut(w, "=")
		what, takes := accountFlags[flag]
		switch {
		case takes && joined:
			options[what] = value
		case takes && i+1 < len(words):
			i++
			options[what] = words[i]
		case len(w) > 2 && w[0] == '-' && w[1] != '-':
			// Short options in one word, such as -rm or -mu 1000: the last may take the next word.
			if what, takes := accountFlags["-"+w[len(w)-1:]]; takes && i+1 < len(words) {
				i++
				options[what] = words[i]
			}
		case !strings.HasPrefix(w, "-"):
			names = append(names, w)
		}
	}
	settleGroups(options)
	return names, options
}

// settleGroups reads -g and -G: useradd -g GROUP -G MORE, adduser -G GROUP -g COMMENT, groupadd -g GID.
func settleGroups(options map[string]string) {
	if g := options["g"]; g != "" && options["gid"] == "" {
		options["gid"] = g
	}
	if options["group"] == "" {
		options["group"] = options["gid"]
	}
	if g := options["G"]; g != "" {
		if options["g"] == "" && options["gid"] == "" && !strings.Contains(g, ",") {
			options["group"] = g
		} else {
			options["groups"] = g
		}
	}
}

// expandAll puts the values of ENV into words that are one variable. Those of ARG are the caller's to change.
func (l *launch) expandAll(words []string) []string {
	out := slices.Clone(words)
	for i, w := range out {
		name := strings.Trim(w, `"${}`)
		if strings.HasPrefix(strings.Trim(w, `"`), "$") && plainVariable.MatchString(name) {
			if value, ok := l.env(name); ok && !strings.Contains(value, "$") {
				out[i] = value
			}
		}
	}
	return out
}

var plainVariable = lazyregexp.New(`^[A-Za-z_][A-Za-z0-9_]*$`)

// dir is a directory that the program writes to.
type dir struct {
	path   string
	volume *source.Instruction // the VOLUME of the stage that names it
}
