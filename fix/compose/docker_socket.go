package compose

import (
	"slices"
	"strings"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/source"
)

// DockerSocket points out services that can command Docker.
var DockerSocket = &fix.Rule{
	Name:  "docker-socket",
	Title: "a service that has the socket of Docker",
	Why: "Who can write to the socket of Docker can start a container with the disk of the host in it: the service is root on the machine. A mount that is read-only changes nothing about it, a socket is written to all the same. " +
		"Some programs cannot do without: proxies that find services by their labels, updaters, consoles. A proxy between that lets through only the requests they make takes most of the danger. The rule only points it out, and leaves such proxies alone.",
	Kind:  source.ComposeKind,
	Check: checkDockerSocket,
}

// socketProxies are parts of names of images that stand between the socket and a service.
var socketProxies = []string{"socket-proxy", "socketproxy", "docker-proxy"}

// writers are parts of names that make another program of one of readers: letsencrypt-nginx-proxy-companion runs commands in the proxy.
var writers = []string{"companion", "manager"}

// readers are programs that only read from Docker, by a part of the image's name, and the part of its interface that they read.
var readers = []struct{ name, reads string }{
	{"traefik", "CONTAINERS=1"}, {"nginx-proxy", "CONTAINERS=1"}, {"homepage", "CONTAINERS=1"}, {"dozzle", "CONTAINERS=1"}, {"promtail", "CONTAINERS=1 and NETWORKS=1"},
	{"telegraf", "CONTAINERS=1 and INFO=1"}, {"netdata", "CONTAINERS=1"}, {"uptime-kuma", "CONTAINERS=1"},
}

func checkDockerSocket(p *fix.Pass) {
	readings := readingsOf(p.Doc)
	for n, s := range p.Doc.Compose.Services {
		mounts := readings[n].mounts
		i := slices.IndexFunc(mounts, func(m mount) bool { return isDockerSocket(m.source) })
		if i < 0 {
			continue
		}
		m := mounts[i]
		image, _ := s.Image()
		if containsAny(strings.ReplaceAll(image.Node.Text(), "caddy-docker-proxy", "caddy")+" "+s.Name, socketProxies) {
			continue // but not for caddy-docker-proxy: that is a proxy of websites
		}
		f := fix.Finding{Span: m.node.Span, Message: s.Name + " has the socket of Docker: it can do on the host whatever root can", Reason: withoutSocket(image.Node.Text())}
		if isDockerPipe(m.source) {
			f.Message = s.Name + " has the pipe of Docker: it can do on the host whatever an administrator can"
			f.Reason = "do without it if you can: the proxies that let through only some requests are for the socket of Linux"
		}
		p.Report(f)
	}
}

func isDockerSocket(path string) bool {
	return strings.HasSuffix(path, "/docker.sock") || strings.Contains(path, "/docker.sock}") || isDockerPipe(path)
}

// isDockerPipe reports whether a path is what Windows has in place of the socket.
func isDockerPipe(path string) bool { return strings.HasSuffix(path, `pipe\docker_engine`) }

func containsAny(text string, list []string) bool {
	for _, part := range list {
		if strings.Contains(text, part) {
			return true
		}
	}
	return false
}

func withoutSocket(image string) string {
	for _, r := range readers {
		if strings.Contains(image, r.name) && !containsAny(image, writers) {
			return "it only reads: put a proxy such as tecnativa/docker-socket-proxy with " + r.reads + " on a network of the two, and give it tcp://NAME:2375 in place of the socket"
		}
	}
	return "do without it if you can; else put a proxy such as tecnativa/docker-socket-proxy between that lets through only the requests it makes"
}
