package compose

import (
	"strings"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/source"
)

// Privileged points out services that have all rights of the host.
var Privileged = &fix.Rule{
	Name:  "privileged",
	Title: "a privileged service",
	Why: "A privileged container has all capabilities and all devices of the host, and neither seccomp nor AppArmor stands before it: who breaks into it is root on the machine. Nearly every program needs one device or one capability of it. " +
		"Which that is depends on what the program does, so that the rule only points it out, and says what usually does for images it knows.",
	Kind:  source.ComposeKind,
	Check: checkPrivileged,
}

// rights are what is enough for programs that people run privileged, by a part of the image's name. The sources are the
// documentation of each.
var rights = []struct{ name, instead string }{
	{"docker", "docker:dind needs it; to build images alone, moby/buildkit:rootless does without"},
	{"moby/buildkit", "its rootless image does without, with security_opt: [seccomp=unconfined, apparmor=unconfined] and the option --oci-worker-no-process-sandbox"},
	{"rancher/rancher:", "Rancher needs it since 2.5 where it runs outside of a cluster, as it then starts one in the container"},
	{"cadvisor", "devices: [/dev/kmsg] and the mounts of its documentation are enough"},
	{"node-exporter", "pid: host and a read-only mount of / at /host are enough"},
	{"node_exporter", "pid: host and a read-only mount of / at /host are enough"},
	{"wireguard", "cap_add: [NET_ADMIN, SYS_MODULE] is enough"},
	{"wg-easy", "cap_add: [NET_ADMIN, SYS_MODULE] is enough"},
	{"openvpn", "cap_add: [NET_ADMIN] and devices: [/dev/net/tun] are enough"},
	{"openconnect", "cap_add: [NET_ADMIN] and devices: [/dev/net/tun] are enough"},
	{"gluetun", "cap_add: [NET_ADMIN] and devices: [/dev/net/tun] are enough"},
	{"tailscale", "cap_add: [NET_ADMIN, SYS_MODULE] and devices: [/dev/net/tun] are enough"},
	{"pihole", "cap_add: [NET_ADMIN] is enough, and needed for DHCP alone"},
	{"strongswan", "cap_add: [NET_ADMIN] is enough"},
	{"home-assistant", "devices: with the stick in use, such as /dev/ttyUSB0, is enough"},
	{"homeassistant", "devices: with the stick in use, such as /dev/ttyUSB0, is enough"},
	{"jellyfin", "devices: [/dev/dri] is enough for hardware transcoding"},
	{"frigate", "devices: with /dev/dri and the accelerator in use is enough"},
	{"elasticsearch", "vm.max_map_count is a sysctl of the host: it needs no right in the container"},
	{"nfs", "cap_add: [SYS_ADMIN] is enough where the host has loaded the modules nfs and nfsd"},
	{"samba", "it needs none: publish its ports"},
}

const otherRights = "find what it needs, and give it that with cap_add or devices"

func checkPrivileged(p *fix.Pass) {
	for _, s := range p.Doc.Compose.Services {
		f, ok := s.Field("privileged")
		if !ok || f.Node.Text() != "true" {
			continue
		}
		span := f.Node.Span
		if f.Key != nil && f.Via == nil {
			span = f.Key.Span
		}
		image, _ := s.Image()
		p.Report(fix.Finding{Span: span, Message: s.Name + " has all capabilities and devices of the host", Reason: insteadOf(image.Node.Text())})
	}
}

func insteadOf(image string) string {
	name := strings.ToLower(image)
	for _, r := range rights {
		if r.name == "docker" && name != "" && strings.HasPrefix(strings.TrimPrefix(name, "docker.io/library/"), "docker:") || r.name != "docker" && strings.Contains(name+":", r.name) {
			return r.instead
		}
	}
	return otherRights
}
