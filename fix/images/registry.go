package images

import (
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/dockfix/dockfix/internal/lazyregexp"
)

// Config is what the configuration of an image says, as a registry sends it.
type Config struct {
	OS          string
	User        string   // as written: a name, a number, with or without a group
	Env         []string // NAME=value
	Entrypoint  []string
	Cmd         []string
	Shell       []string
	WorkingDir  string
	Ports       []string // 80/tcp
	Volumes     []string
	Healthcheck []string // CMD-SHELL, and its text
	OnBuild     bool     // it has triggers
}

// Root is what stands in the file system of an image.
type Root struct {
	Texts    map[string]string // the files of Texts that are there, without a slash in front; scripts, by the word of Entrypoint that names them
	Programs map[string]string // those of Programs in the search path: what each links to, or ""
	Shell    bool              // /bin/sh is there
	Closed   []string          // directories that only some may enter: of the working directory and the search path, and above these
	Partial  string            // why none of it is known, a clause; "" where all is
}

// Texts are the files that Of reads.
var Texts = []string{"etc/passwd", "etc/group", "etc/os-release", "usr/lib/os-release"}

// Programs are those that Of wants to know about.
var Programs = []string{
	"bash", "curl", "wget", "nc", "python", "python3", "node", "ruby", "php", "java", "dotnet", "busybox",
	"useradd", "groupadd", "adduser", "addgroup", "apk", "apt-get", "su-exec", "gosu",
}

// Of tells what is known of an image from what a registry says of it. root is nil where its layers were not read: then neither its family
// nor its programs are known.
func Of(ref string, c Config, root *Root) Image {
	i := Image{Known: true, User: userOf(c, root), Source: "the image config of " + ref}
	if c.OS == "windows" {
		i.Family = Windows
		return i
	}
	if len(c.Healthcheck) > 0 && c.Healthcheck[0] != "NONE" {
		i.Health = BuiltIn
	}
	if c.User != "" && !userForm.MatchString(c.User) {
		i.User, i.Root = "", "it sets a user that is none"
	}
	if c.OnBuild {
		i.Root = "its ONBUILD triggers run in the build"
	}
	i.Port = onlyPort(c.Ports)
	if root == nil || root.Partial != "" {
		return i
	}
	i.Source += " and its layers"
	i.Family = familyOf(root)
	if p := root.belowHome(); p != "" && i.Root == "" {
		i.Root = "its " + p + " is a link below /root, which only root can enter"
	}
	i.Tools = toolsOf(c, root)
	i.Account = accountOf(root)
	i.Taken = taken(root)
	return i
}

// userOf is the user that an image sets, by its number where that is known; "" for root.
func userOf(c Config, root *Root) string {
	name, group, grouped := strings.Cut(c.User, ":")
	if name == "" || name == "root" || allZero(name) {
		return ""
	}
	for _, a := range passwd(root) {
		if a.Name == name {
			name = a.UID
			if !grouped {
				group, grouped = a.GID, true
			}
		}
	}
	for _, g := range groups(root) {
		if grouped && g.Name == group {
			group = g.GID
		}
	}
	switch {
	case allZero(name):
		return ""
	case grouped:
		return name + ":" + group
	}
	return name
}

func allZero(number string) bool { return number != "" && strings.Trim(number, "0") == "" }

// onlyPort is the TCP port that is exposed, "" where none is or several are.
func onlyPort(ports []string) string {
	var tcp []string
	for _, p := range ports {
		if port, protocol, _ := strings.Cut(p, "/"); (protocol == "" || protocol == "tcp") && number.MatchString(port) {
			tcp = append(tcp, port)
		}
	}
	if len(tcp) != 1 {
		return ""
	}
	return tcp[0]
}

var (
	number      = lazyregexp.New(`^[0-9]{1,10}$`)
	userForm    = lazyregexp.New(`^[A-Za-z0-9_][A-Za-z0-9_.-]*(:[A-Za-z0-9_][A-Za-z0-9_.-]*)?$`)
	accountName = lazyregexp.New(`^[a-z_][a-z0-9_-]{0,31}$`)
)

// familyOf tells how accounts are made, by os-release and by the programs that make them.
func familyOf(r *Root) Family {
	release := osRelease(r)
	is := func(ids ...string) bool {
		return slices.ContainsFunc(ids, func(id string) bool { return slices.Contains(release, id) })
	}
	shadow := r.has("useradd") && r.has("groupadd")
	busybox := r.ofBusybox("adduser") && r.ofBusybox("addgroup")
	switch {
	case !r.Shell:
		return Distroless
	case is("debian", "ubuntu") && shadow:
		return Debian
	case is("fedora", "rhel", "centos", "amzn", "ol", "mariner", "azurelinux") && shadow:
		return RedHat
	case is("suse", "opensuse", "sles"):
		return Suse
	case is("alpine") && busybox, r.has("apk") && busybox:
		return Alpine
	case busybox:
		return Busybox
	}
	return RedHatMinimal // a shell, and nothing that makes accounts
}

// osRelease are the ID and ID_LIKE of os-release(5).
func osRelease(r *Root) []string {
	text := r.Texts["etc/os-release"]
	if text == "" {
		text = r.Texts["usr/lib/os-release"]
	}
	var ids []string
	for line := range strings.Lines(text) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		if name == "ID" || name == "ID_LIKE" {
			ids = append(ids, strings.Fields(strings.ToLower(strings.Trim(value, `"'`)))...)
		}
	}
	return ids
}

func (r *Root) has(program string) bool { _, ok := r.Programs[program]; return ok }

// ofBusybox reports whether a program is there and is BusyBox, to which it is a link; in the image busybox all are hard links
// to the first of them, which is called [.
func (r *Root) ofBusybox(program string) bool {
	to := path.Base(r.Programs[program])
	return to == "busybox" || to == "["
}

// interpreters are programs that commands start with.
var interpreters = []string{"python", "python3", "node", "ruby", "php", "java", "dotnet"}

// belowHome names an interpreter that is a link below /root, where others than root cannot go; "" where none is.
func (r *Root) belowHome() string {
	for _, p := range interpreters {
		if strings.HasPrefix(r.Programs[p], "/root/") {
			return p
		}
	}
	return ""
}

// toolsOf are the programs that checks can use. What a link takes below /root others than root cannot run.
func toolsOf(c Config, r *Root) []string {
	var tools []string
	if r.Shell {
		tools = append(tools, "sh")
	}
	for _, p := range append([]string{"bash", "curl"}, interpreters...) {
		if link, ok := r.Programs[p]; ok && !strings.HasPrefix(link, "/root/") {
			tools = append(tools, p)
		}
	}
	if r.ofBusybox("nc") && r.has("wget") { // what checks ask of nc BusyBox's is known to understand
		tools = append(tools, "nc", "wget")
	}
	if majorOf(c, "PYTHON_VERSION") == "2" || strings.HasPrefix(path.Base(r.Programs["python"]), "python2") {
		tools = append(tools, "python-old")
	}
	if majorOf(c, "NODE_VERSION") == "0" {
		tools = append(tools, "node-old")
	}
	return tools
}

// majorOf is the first number of a version that official images keep in a variable.
func majorOf(c Config, name string) string {
	for _, v := range c.Env {
		if value, ok := strings.CutPrefix(v, name+"="); ok {
			major, _, _ := strings.Cut(value, ".")
			return major
		}
	}
	return ""
}

// Accounts of people, which distributions make in images of systems, and those that are for nobody.
var foreign = []string{"root", "nobody", "nfsnobody", "ubuntu", "debian", "vagrant", "ec2-user", "cloud-user", "core"}

// services are accounts for programs whose number is below that of people, by the program that must be there; "" for none.
var services = map[string]string{"app": "", "appuser": "", "node": "node", "www-data": "php"}

// accountOf is the account that is ready for use: the only one that the image's maker made for it.
func accountOf(r *Root) *Account {
	var ready []Account
	for _, a := range passwd(r) {
		uid, err := strconv.Atoi(a.UID)
		program, service := services[a.Name]
		switch {
		case err != nil || slices.Contains(foreign, a.Name) || uid == 0 || uid >= 65534 || a.GID == "0":
		case uid >= 1000, service && (program == "" || r.has(program)):
			ready = append(ready, a)
		}
	}
	if len(ready) > 1 { // www-data is in every Debian
		ready = slices.DeleteFunc(ready, func(a Account) bool { return a.Name == "www-data" })
	}
	if len(ready) != 1 {
		return nil
	}
	return &ready[0]
}

// taken are the names and numbers of accounts and groups that an image has.
func taken(r *Root) []string {
	var list []string
	for _, a := range passwd(r) {
		list = append(list, a.Name, a.UID)
	}
	for _, g := range groups(r) {
		list = append(list, g.Name, g.GID)
	}
	return list
}

// passwd are the accounts of an image.
func passwd(r *Root) []Account { return entries(r, "etc/passwd", 7) }

// groups are its groups, with their number as GID.
func groups(r *Root) []Account { return entries(r, "etc/group", 4) }

// maxAccounts bounds what is read of a file.
const maxAccounts = 1000

// entries reads passwd(5) or group(5). What is no name and no number is left out: it could end up in a Dockerfile.
func entries(r *Root, file string, fields int) []Account {
	if r == nil {
		return nil
	}
	var list []Account
	for line := range strings.Lines(r.Texts[file]) {
		f := strings.Split(strings.TrimRight(line, "\r\n"), ":")
		if len(f) < fields || len(list) == maxAccounts || !accountName.MatchString(f[0]) || !number.MatchString(f[2]) {
			continue
		}
		a := Account{Name: f[0], UID: f[2], GID: f[2]}
		if fields > 4 {
			a.GID = f[3]
		}
		if number.MatchString(a.GID) {
			list = append(list, a)
		}
	}
	return list
}
