package compose

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/fix/secret"
	"github.com/dockfix/dockfix/source"
)

var (
	// serverImages are parts of the names of images that are given their passwords when they start for the first time: what others
	// with the same password are clients of.
	serverImages = strings.Fields("postgres postgis timescale pgvector mysql mariadb percona mongo redis valkey keydb rabbitmq elasticsearch opensearch minio influxdb clickhouse mssql neo4j couchdb arangodb cassandra surrealdb")
	// bareNames are names that tell nothing without the service.
	bareNames = strings.Fields("TOKEN SECRET SECRETS PASSWORD PASSWD PASS PWD API_KEY APIKEY KEY SECRET_KEY ACCESS_KEY PRIVATE_KEY ACCESS_TOKEN AUTH_TOKEN API_TOKEN SALT DSN PSK CREDENTIALS ADMIN_PASSWORD ROOT_PASSWORD")
	// shellNames are names that shells and build machines have for themselves: what is set there counts before the .env.
	shellNames = strings.Fields("PATH HOME USER HOSTNAME PWD LANG TZ SHELL TERM GITHUB_TOKEN GH_TOKEN GITLAB_TOKEN NPM_TOKEN NODE_AUTH_TOKEN AWS_SECRET_ACCESS_KEY AWS_ACCESS_KEY_ID AWS_SESSION_TOKEN PGPASSWORD MYSQL_PWD OPENAI_API_KEY ANTHROPIC_API_KEY HF_TOKEN VAULT_TOKEN SSH_AUTH_SOCK CARGO_REGISTRY_TOKEN PYPI_TOKEN DIGITALOCEAN_ACCESS_TOKEN CLOUDFLARE_API_TOKEN SENTRY_AUTH_TOKEN")
	// shellPrefixes are those of programs that read such names themselves.
	shellPrefixes = strings.Fields("COMPOSE_ DOCKER_ BUILDKIT_ CI_ LC_ XDG_")
)

// nameOf is the variable for a secret, "" where there is none for it. The names are chosen together, when the first is asked for: where no
// secret can be moved none is.
func (m *secretMove) nameOf(s *inlineSecret) string {
	if m.names == nil {
		m.names = m.nameAll()
	}
	return m.names[s]
}

// nameAll chooses a variable for each secret: "" where there is none for it.
func (m *secretMove) nameAll() map[*inlineSecret]string {
	n := &secretNames{move: m, values: map[string]string{}, reads: map[string]bool{}, passes: map[string]bool{}, literals: map[string]map[string]bool{}}
	n.read(m.doc)
	for _, o := range m.facts.Project.Others {
		n.read(o.Doc)
	}
	names := map[*inlineSecret]string{}
	for _, s := range m.found {
		if s.shape == secretFallback {
			names[s] = n.fallback(s)
		}
	}
	groups := n.groups()
	for _, s := range m.found {
		if s.shape == secretLiteral {
			names[s] = n.name(groups[s], s.value)
		}
	}
	return names
}

// secretNames gives names to the secrets of a file.
type secretNames struct {
	move     *secretMove
	values   map[string]string          // of the names given so far
	reads    map[string]bool            // variables that the files of the project read
	passes   map[string]bool            // of these, those that a container is given under their own name
	literals map[string]map[string]bool // the values that a variable of a container has in the project
}

// read notes the variables that a file reads, and the values it gives to variables.
func (n *secretNames) read(d *source.Document) {
	var visit func(y *source.Node)
	visit = func(y *source.Node) {
		for _, name := range source.VariableNames(y.Text()) {
			n.reads[name] = true
		}
		for _, c := range y.Children {
			visit(c)
		}
	}
	for _, root := range d.Compose.Documents {
		visit(root)
	}
	for _, s := range d.Compose.Services {
		r := readingOf(d, s)
		for _, v := range r.environment {
			n.readVariable(v)
		}
		if r.build != nil {
			for _, v := range r.build.Args {
				n.readVariable(v)
			}
		}
	}
}

func (n *secretNames) readVariable(v source.EnvironmentVariable) {
	if !v.Set {
		n.reads[v.Name], n.passes[v.Name] = true, true
		return
	}
	if refs, _ := source.References(v.Value); len(refs) > 0 {
		return
	}
	if n.literals[v.Name] == nil {
		n.literals[v.Name] = map[string]bool{}
	}
	n.literals[v.Name][v.Value] = true
}

// free reports whether a variable has a value already, or can be given it.
func (n *secretNames) free(name, value string) bool {
	if _, assigned := n.move.facts.DotEnv.Assigned[name]; assigned {
		return false // that value counts, not the one in the .env
	}
	if env := n.move.env; env != nil {
		if entry, ok := env.Env.Entry(name); ok {
			there, known := entry.Meaning()
			return known && there == value
		}
	}
	if given, ok := n.values[name]; ok {
		return given == value
	}
	return !n.reads[name] && !slices.Contains(shellNames, name) && !slices.ContainsFunc(shellPrefixes, func(p string) bool { return strings.HasPrefix(name, p) })
}

// name is the first name for a secret that is free.
func (n *secretNames) name(s *inlineSecret, value string) string {
	own := ownName(s)
	long := longName(s, own)
	candidates := []string{own, long}
	if s.ofCommand() || slices.Contains(bareNames, own) || len(n.literals[s.key]) > 1 && !s.inside {
		candidates = candidates[1:]
	}
	for i := 2; i < 1000; i++ {
		for _, c := range candidates {
			if n.free(c, value) {
				n.values[c] = value
				return c
			}
		}
		candidates = []string{fmt.Sprintf("%s_%d", long, i), fmt.Sprintf("SECRET_%s_%d", own, i)}
	}
	return ""
}

// longName is the name with that of the service before it.
func longName(s *inlineSecret, own string) string {
	service := secret.Snake(s.service.Name)
	if strings.HasPrefix(own, service+"_") || service == "" || service[0] >= '0' && service[0] <= '9' {
		return own
	}
	return service + "_" + own
}

// ownName is the name that a secret has by itself: that of its variable or flag, or of what the address in it is for.
func ownName(s *inlineSecret) string {
	name := secret.Snake(s.key)
	switch {
	case s.ofCommand() && !strings.ContainsAny(s.key, "-") && s.key != "": // a variable that the command sets
	case s.ofCommand() && !strings.Contains(name, "TOKEN") && !strings.Contains(name, "KEY") && !strings.Contains(name, "SECRET"):
		return "PASSWORD"
	case s.inside && !s.ofCommand() && !secret.Password(name):
		for _, end := range []string{"_URL", "_URI", "_DSN", "_STRING", "_CONNECTION"} {
			name = strings.TrimSuffix(name, end)
		}
		name += "_PASSWORD"
	}
	if name == "" || name[0] >= '0' && name[0] <= '9' {
		return "SECRET_" + name
	}
	return name
}

// fallback is the name of the variable whose default is a secret; "" where somebody else reads it and would get the value too.
// What in the same file reads it the proof looks at, but for what a container is given under its own name.
func (n *secretNames) fallback(s *inlineSecret) string {
	if env := n.move.env; env != nil {
		if entry, ok := env.Env.Entry(s.variable); ok && entry.Value != "" {
			return s.variable
		}
	}
	if n.passes[s.variable] || slices.ContainsFunc(n.move.facts.Project.Others, func(o fix.ComposeFile) bool { return readsVariable(o.Doc, s.variable) }) {
		return ""
	}
	if given, ok := n.values[s.variable]; ok && given != s.value {
		return ""
	}
	n.values[s.variable] = s.value
	return s.variable
}

func readsVariable(d *source.Document, name string) bool {
	n := &secretNames{reads: map[string]bool{}, passes: map[string]bool{}, literals: map[string]map[string]bool{}}
	n.read(d)
	return n.reads[name]
}

// groups tells for each secret which one gives the variable its name: a password that a server and its clients have is one. Two
// servers with the same password have a variable each, and so have two clients of something outside of the file.
func (n *secretNames) groups() map[*inlineSecret]*inlineSecret {
	groups := map[*inlineSecret]*inlineSecret{}
	for _, s := range n.move.found {
		groups[s] = s
		if s.shape != secretLiteral {
			continue
		}
		if first := n.firstLike(s); first != nil {
			groups[s] = first
		} else if server := n.server(s); server != nil {
			groups[s] = server
		}
	}
	for s, first := range groups {
		groups[s] = groups[first]
	}
	return groups
}

// firstLike is an earlier secret with the same name and value.
func (n *secretNames) firstLike(s *inlineSecret) *inlineSecret {
	for _, o := range n.move.found {
		if o == s {
			return nil
		}
		if o.shape == secretLiteral && o.value == s.value && o.key == s.key && o.key != "" && o.host == s.host && n.isServer(o.service) == n.isServer(s.service) &&
			(o.section == s.section || o.service == s.service) {
			return o
		}
	}
	return nil
}

// server is the secret of a server that s is the same password as: that the values are equal is not enough, for one person gives many
// things the same password. The address that s stands in names the server, or what is set beside s does, or both have the same key, or s
// is in a command of the server itself. nil where there is none, or where it may be that of several.
func (n *secretNames) server(s *inlineSecret) *inlineSecret {
	if !s.password || n.isServer(s.service) && s.section == "environment" && s.host == "" {
		return nil
	}
	var candidates []*inlineSecret
	for _, o := range n.move.found {
		if o != s && o.password && o.shape == secretLiteral && o.value == s.value && n.isServer(o.service) && o.host == "" && secret.Password(o.key) && o.section == "environment" && sameServer(s, o) {
			candidates = append(candidates, o)
		}
	}
	if len(candidates) == 0 || slices.ContainsFunc(candidates, func(o *inlineSecret) bool { return o.service != candidates[0].service }) {
		return nil
	}
	user := slices.IndexFunc(candidates, func(o *inlineSecret) bool { return !strings.Contains(strings.ToUpper(o.key), "ROOT") })
	return candidates[max(user, 0)]
}

// sameServer reports whether s is for the server that has the password o.
func sameServer(s, o *inlineSecret) bool {
	switch {
	case s.host != "":
		return isNameOf(s.host, o.service)
	case s.service == o.service:
		return s.ofCommand()
	}
	if host := hostBeside(s); host != "" {
		return isNameOf(host, o.service)
	}
	return s.key == o.key
}

// isNameOf reports whether a host is a service, by one of the names that others reach it by.
func isNameOf(host string, service *source.Service) bool {
	for _, name := range []string{"container_name", "hostname"} {
		if f, ok := service.Field(name); ok && f.Node.Text() == host {
			return true
		}
	}
	return host == service.Name
}

// hostBeside is the host in the variable that goes with that of a password: DB_HOST with DB_PASSWORD.
func hostBeside(s *inlineSecret) string {
	if s.section != "environment" {
		return ""
	}
	own := strings.Split(secret.Snake(s.key), "_")
	for length := len(own) - 1; length > 0; length-- {
		prefix := strings.Join(own[:length], "_")
		for _, v := range s.service.Environment() {
			if slices.Contains(hostNames, strings.TrimPrefix(secret.Snake(v.Name), prefix+"_")) && strings.HasPrefix(secret.Snake(v.Name), prefix+"_") {
				host, _, _ := strings.Cut(v.Value, ":")
				return host
			}
		}
	}
	return ""
}

// hostNames are the ends of the names of variables that have a host.
var hostNames = strings.Fields("HOST HOSTNAME HOSTS SERVER ADDR ADDRESS")

// isServer reports whether a service is given its passwords when it starts for the first time. Its image can stand in another file
// of the project.
func (n *secretNames) isServer(s *source.Service) bool {
	if f, ok := s.Image(); ok {
		return isServerImage(f.Node.Text())
	}
	return slices.ContainsFunc(n.move.facts.Project.Touching(s.Name), func(o fix.ComposeFile) bool {
		f, ok := o.Service(s.Name).Image()
		return ok && isServerImage(f.Node.Text())
	})
}

func isServerImage(image string) bool {
	name, _, _ := strings.Cut(image[strings.LastIndexByte(image, '/')+1:], ":")
	return slices.ContainsFunc(serverImages, func(part string) bool { return strings.Contains(strings.ToLower(name), part) })
}
