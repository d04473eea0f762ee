package images

import (
	"slices"
	"strings"
	"testing"
)

// system is a Root of a few words: "sh", the names of programs, those that are links as name>target; ID=x is os-release, and
// name:uid:gid an account with its group.
func system(words string) *Root {
	r := &Root{Texts: map[string]string{}, Programs: map[string]string{}}
	for _, w := range strings.Fields(words) {
		switch parts := strings.Split(w, ":"); {
		case w == "sh":
			r.Shell = true
		case len(parts) == 3:
			r.Texts["etc/passwd"] += parts[0] + ":x:" + parts[1] + ":" + parts[2] + "::/:/bin/sh\n"
			r.Texts["etc/group"] += parts[0] + ":x:" + parts[2] + ":\n"
		case strings.Contains(w, "="):
			r.Texts["usr/lib/os-release"] += w + "\n"
		default:
			name, link, _ := strings.Cut(w, ">")
			r.Programs[name] = link
		}
	}
	return r
}

const (
	debian = "sh bash useradd groupadd ID=debian root:0:0 www-data:33:33 nobody:65534:65534 "
	alpine = "sh apk adduser>/bin/busybox addgroup>/bin/busybox nc>/bin/busybox wget>/bin/busybox ID=alpine root:0:0 nobody:65534:65534 "
)

func TestOf(t *testing.T) {
	for _, c := range []struct {
		name   string
		config Config
		root   string
		family Family
		user   string
		ready  string // the account
		tools  string
	}{
		{"Debian", Config{}, debian, Debian, "", "", "sh bash"},
		{"Ubuntu with its account for people", Config{}, debian + "ubuntu:1000:1000", Debian, "", "", "sh bash"},
		{"an account of the maker", Config{}, debian + "web:1500:1500 curl", Debian, "", "web:1500:1500", "sh bash curl"},
		{"two accounts", Config{}, debian + "web:1500:1500 job:1501:1501", Debian, "", "", "sh bash"},
		{"an account in the group of root", Config{}, debian + "web:1500:0", Debian, "", "", "sh bash"},
		{"www-data where php is", Config{}, debian + "php", Debian, "", "www-data:33:33", "sh bash php"},
		{"www-data beside an account of the maker", Config{}, debian + "php web:1500:1500", Debian, "", "web:1500:1500", "sh bash php"},
		{"app below 1000", Config{}, alpine + "app:100:101", Alpine, "", "app:100:101", "sh nc wget"},
		{"Debian without useradd", Config{}, "sh bash ID=debian", RedHatMinimal, "", "", "sh bash"},
		{"Alpine", Config{}, alpine, Alpine, "", "", "sh nc wget"},
		{"Wolfi", Config{}, strings.ReplaceAll(alpine, "ID=alpine", "ID=wolfi") + "nonroot:65532:65532", Alpine, "", "nonroot:65532:65532", "sh nc wget"},
		{"BusyBox", Config{}, "sh adduser>/bin/[ addgroup>/bin/[ nc>/bin/[ wget>/bin/[", Busybox, "", "", "sh nc wget"},
		{"Red Hat", Config{}, `sh bash curl useradd groupadd ID="rhel" ID_LIKE="fedora"`, RedHat, "", "", "sh bash curl"},
		{"like Red Hat", Config{}, `sh useradd groupadd ID=acme ID_LIKE="rhel`, RedHat, "", "", "sh"},
		{"Red Hat without shadow-utils", Config{}, `sh bash ID="rhel"`, RedHatMinimal, "", "", "sh bash"},
		{"openSUSE", Config{}, `sh bash ID="opensuse-leap" ID_LIKE="suse`, Suse, "", "", "sh bash"},
		{"no shell", Config{}, "python3 ID=debian nonroot:65532:65532", Distroless, "", "nonroot:65532:65532", "python3"},
		{"nothing at all", Config{}, "", Distroless, "", "", ""},
		{"nc of another maker", Config{}, debian + "nc>/etc/alternatives/nc wget", Debian, "", "", "sh bash"},
		{"old interpreters", Config{Env: []string{"NODE_VERSION=0.12.1"}}, debian + "python>python2.7 node", Debian, "", "", "sh bash python node python-old node-old"},
		{"python below /root", Config{}, debian + "python>/root/.local/share/uv/python3", Debian, "", "", "sh bash"},
		{"a number", Config{User: "1001"}, debian, Debian, "1001", "", "sh bash"},
		{"a number and a group", Config{User: "1001:0"}, debian, Debian, "1001:0", "", "sh bash"},
		{"root", Config{User: "root:root"}, debian, Debian, "", "", "sh bash"},
		{"root by its number", Config{User: "0"}, debian, Debian, "", "", "sh bash"},
		{"a name", Config{User: "web"}, debian + "web:1500:1501", Debian, "1500:1501", "web:1500:1501", "sh bash"},
		{"a name and a group", Config{User: "web:www-data"}, debian + "web:1500:1501", Debian, "1500:33", "web:1500:1501", "sh bash"},
		{"a name that no account has", Config{User: "web"}, debian, Debian, "web", "", "sh bash"},
		{"a name that is root's", Config{User: "admin"}, debian + "admin:0:0", Debian, "", "", "sh bash"},
		{"Windows", Config{OS: "windows", User: "ContainerUser"}, "", Windows, "ContainerUser", "", ""},
	} {
		i := Of("a/b:1", c.config, system(c.root))
		ready := ""
		if i.Account != nil {
			ready = i.Account.Name + ":" + i.Account.Numeric()
		}
		if !i.Known || i.Family != c.family || i.User != c.user || ready != c.ready || strings.Join(i.Tools, " ") != c.tools {
			t.Errorf("%s: %+v, account %q", c.name, i, ready)
		}
	}
}

// TestOfConfig tells what is known without the layers, and where they were not read.
func TestOfConfig(t *testing.T) {
	for _, root := range []*Root{nil, {Partial: "its layers are too large"}} {
		i := Of("a/b:1", Config{User: "web", Healthcheck: []string{"CMD", "/check"}, Ports: []string{"53/udp", "8080/tcp"}, OnBuild: true}, root)
		if !i.Known || i.Family != Unknown || i.User != "web" || i.Health != BuiltIn || i.Port != "8080" || !strings.Contains(i.Root, "ONBUILD") || i.Tools != nil {
			t.Errorf("%+v", i)
		}
	}
	i := Of("a/b:1", Config{Healthcheck: []string{"NONE"}, Ports: []string{"80/tcp", "443/tcp"}}, nil)
	if i.Health != "" || i.Port != "" || i.User != "" || i.Root != "" {
		t.Errorf("%+v", i)
	}
}

// TestOfHostile takes over no name and no number that is none: they could end up in a Dockerfile.
func TestOfHostile(t *testing.T) {
	r := system(debian)
	r.Texts["etc/passwd"] = "a b:x:1500:1500:::\nweb;rm:x:1501:1501:::\n$(x):x:1502:1502:::\nweb:x:15x:15:::\nweb:x:1500\nweb:x:1500:1 0:::\n-x:x:1500:1500:::\nweb:x:99999999999:1:::\n" +
		strings.Repeat("x:", 100_000) + "\n"
	i := Of("a/b:1", Config{User: "a b"}, r)
	if i.User != "" || i.Root == "" || i.Account != nil || !slices.Equal(i.Taken[:2], []string{"root", "0"}) {
		t.Errorf("%+v", i)
	}
	r.Texts["etc/passwd"] = strings.Repeat("web:x:1500:1500:::\n", 100_000)
	if i := Of("a/b:1", Config{}, r); i.Account != nil || len(i.Taken) > 3*maxAccounts {
		t.Errorf("%d taken, %v", len(i.Taken), i.Account)
	}
}
