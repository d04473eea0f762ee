package compose

import (
	"path"
	"slices"
	"strings"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/fix/images"
	"github.com/dockfix/dockfix/internal/lazyregexp"
	"github.com/dockfix/dockfix/source"
)

// mayEnd reports whether a service may be one that does its work and ends, or that somebody starts by hand. It takes more for jobs than
// job does: a service that is wrongly taken for one is only left alone.
func (c *composed) mayEnd(p *fix.Pass) bool {
	if !c.endsAsked {
		c.ends, c.endsAsked = c.hintsAtEnd(p), true
	}
	return c.ends
}

func (c *composed) hintsAtEnd(p *fix.Pass) bool {
	if why, _ := c.job(); why != "" {
		return true
	}
	if c.has("profiles") || awaited(p, c.Name) || isJobLike(c.Name) {
		return true
	}
	if f, ok := c.first("deploy.mode"); ok && strings.HasSuffix(f.Node.Text(), "-job") {
		return true
	}
	words := c.program()
	last := lastCommand(words)
	if len(last) > 0 && (endingCommand(last) || c.toldToEnd(repositoryOf(c.ref(p)), last)) {
		return true
	}
	return c.server(p).Sort == images.Tool && (len(words) == 0 || !keepsOn(last) && len(c.Ports()) == 0)
}

// forSwarm reports whether a service is in a file for a swarm, which reads other settings than Compose.
func (c *composed) forSwarm(p *fix.Pass) bool { return swarmOf(p) != "" }

// swarmOf is forSwarm of the document, found once for all rules.
func swarmOf(p *fix.Pass) string {
	return p.Shared(swarmKey{}, func() any { return forSwarm(p.Doc, p.Facts) }).(string)
}

type swarmKey struct{}

// awaited reports whether a service waits until one of that name has completed.
func awaited(p *fix.Pass, name string) bool {
	return p.Shared(awaitedKey{}, func() any {
		names := map[string]bool{}
		docs := []*source.Document{p.Doc}
		for _, f := range p.Facts.Project.Others {
			docs = append(docs, f.Doc)
		}
		for _, doc := range docs {
			for _, r := range readingsOf(doc) {
				for _, d := range r.dependencies {
					if d.Condition == "service_completed_successfully" {
						names[d.Name] = true
					}
				}
			}
		}
		return names
	}).(map[string]bool)[name]
}

type awaitedKey struct{}

// program are the words that a service runs, those of its entrypoint first; none where the image tells them. The script of sh -c
// is one word.
func (c *composed) program() []string {
	if !c.wordsAsked {
		c.words, c.wordsAsked = commandWords(c.node("command")), true
		if entrypoint := commandWords(c.node("entrypoint")); len(entrypoint) > 0 {
			c.words = append(entrypoint, c.words...)
		}
	}
	return slices.Clip(c.words) // others append to it
}

// lastCommand are the words of the command that a program ends with: the last one of the script of a shell, without the words that
// only start another program.
func lastCommand(words []string) []string {
	if i := scriptAt(words); i > 0 {
		words = lastOf(words[i])
	}
	for len(words) > 0 && slices.Contains(starters, path.Base(words[0])) {
		words = words[1:]
		for len(words) > 0 && (strings.HasPrefix(words[0], "-") || strings.Contains(words[0], "=")) {
			words = words[1:]
		}
	}
	return words
}

// starters are programs that start the one that follows.
var starters = []string{"exec", "tini", "dumb-init", "gosu", "su-exec", "env", "nohup", "time", "--", "sudo", "then", "do", "else", "wait-for-it", "/init"}

// jobWords and jobTasks are words after the name of a program that make a job of it.
var (
	jobWords = strings.Fields("migrate migration migrations makemigrations collectstatic createsuperuser upgrade seed install ci build test lint init initdb setup generate compile version --version --help help export import backup restore certonly renew")
	jobTasks = lazyregexp.New(`^(db:\w+|(.*:)?migrate(:\w+)?|migrate[-_:]\w+)$`)
)

func isJobWord(word string) bool {
	return slices.Contains(jobWords, word) || containsAny(word, []string{"db:", "migrate"}) && jobTasks.MatchString(word)
}

// endingPrograms are programs that do one thing and end.
var endingPrograms = []string{"exit", "echo", "true", "false", ":", "chown", "chmod", "mkdir", "cp", "mv", "rm", "ls", "cat", "touch", "printf", "curl", "wget", "mc", "psql", "mysql", "mariadb", "mongo", "createdb",
	"mysqladmin", "mongoimport", "mongorestore", "pg_dump", "mysqldump", "migrate", "alembic", "flyway", "dbmate", "tar", "unzip", "git", "aws", "openssl", "pytest", "jest", "eslint", "tsc", "make", "terraform", "kafka-topics", "kafka-topics.sh", "sleep"}

// endingCommand reports whether a command is one that ends, or a shell that somebody works in.
func endingCommand(words []string) bool {
	if len(words) == 0 {
		return false
	}
	name := path.Base(words[0])
	if len(words) == 1 && isShell(name) {
		return true // it ends with its input
	}
	if slices.Contains(endingPrograms, name) {
		return !(name == "sleep" && slices.ContainsFunc(words[1:], longSleep)) && !keepsOn(words)
	}
	plain := 0
	for _, w := range words[1:] {
		if strings.HasPrefix(w, "-") && !strings.HasPrefix(w, "--v") {
			continue
		}
		if isJobWord(w) && !(w == "build" && slices.Contains(words, "--watch")) {
			return true
		}
		if plain++; plain == 3 {
			break
		}
	}
	return false
}

// longSleep reports whether a time is one that somebody wrote to keep a container running.
func longSleep(word string) bool {
	return word == "infinity" || word == "inf" || strings.HasSuffix(word, "d") || len(word) >= 5
}

// keepers are words of commands that go on; start:web is one too.
var (
	keepers = strings.Fields("nginx apache2-foreground httpd gunicorn uvicorn hypercorn daphne uwsgi celery rq sidekiq puma unicorn streamlit jupyter jupyter-lab jupyter-notebook flask runserver redis-server postgres mysqld mariadbd mongod mongos java php-fpm caddy traefik haproxy supervisord crond cron next vite nodemon pm2 pm2-runtime http-server serve server start dev watch worker daemon agent run_forever dockerd")
	starts  = lazyregexp.New(`^start:\w+$`)
)

func isKeeper(word string) bool {
	name := word[strings.LastIndexByte(word, '/')+1:]
	return slices.Contains(keepers, name) || strings.HasPrefix(name, "start:") && starts.MatchString(name)
}

// keepsOn reports whether a command is known to go on.
func keepsOn(words []string) bool {
	for i, w := range words {
		if i < 4 && isKeeper(w) {
			return true
		}
	}
	return onlyWaits(words) || len(words) > 1 && words[0] == "tail" && strings.ContainsAny(words[1], "fF")
}

// onlyWaits reports whether a command does nothing but keep a container running.
func onlyWaits(words []string) bool {
	if len(words) < 2 {
		return false
	}
	return words[0] == "sleep" && slices.ContainsFunc(words[1:], longSleep) || words[0] == "tail" && slices.Contains(words, "/dev/null")
}

// idles reports whether a service does nothing but wait.
func (c *composed) idles() bool {
	words := c.program()
	if i := scriptAt(words); i > 0 && strings.ContainsAny(strings.TrimSpace(words[i]), "&;|\n") {
		return false // something else runs before it, or beside it
	}
	return onlyWaits(lastCommand(words))
}

// keepsRunning reports whether something tells that a service goes on until it is stopped.
func (c *composed) keepsRunning(p *fix.Pass) bool {
	if c.has("ports", "healthcheck", "expose") || waitedHealthy(p, c.Name) || routed(c) {
		return true
	}
	words := c.program()
	server := c.server(p)
	isServer := server.Sort != images.NoSort && server.Sort != images.Tool
	return keepsOn(lastCommand(words)) || isServer && (len(words) == 0 || strings.HasPrefix(words[0], "-")) || len(words) == 0 && buildsServer(p, c.Service)
}

// buildsServer reports whether the Dockerfile of a service says that what it builds listens, or can be asked.
func buildsServer(p *fix.Pass, s *source.Service) bool {
	b, doc := s.Build(), p.Facts.Dockerfiles[s.Name]
	if b == nil || doc == nil || doc.Dockerfile == nil {
		return false
	}
	for stage := stageOf(doc, b.Target); stage != nil; stage = stage.Base {
		for _, in := range stage.Instructions {
			if in.Name == "EXPOSE" || in.Name == "HEALTHCHECK" && !strings.EqualFold(in.Rest.Text, "NONE") {
				return true
			}
		}
	}
	return false
}

// waitedHealthy reports whether a service of the file waits until one of that name is healthy.
func waitedHealthy(p *fix.Pass, name string) bool {
	return p.Shared(waitedHealthyKey{}, func() any {
		names := map[string]bool{}
		for _, r := range readingsOf(p.Doc) {
			for _, d := range r.dependencies {
				if d.Condition == healthy {
					names[d.Name] = true
				}
			}
		}
		return names
	}).(map[string]bool)[name]
}

type waitedHealthyKey struct{}

// routed reports whether labels or variables tell a reverse proxy about the service.
func routed(c *composed) bool {
	if f, ok := c.first("labels"); ok {
		for _, label := range textsOf(f) {
			if strings.Contains(label, "traefik.http.") || strings.HasPrefix(label, "caddy") {
				return true
			}
		}
	}
	return slices.ContainsFunc(c.Environment(), func(v source.EnvironmentVariable) bool {
		return v.Name == "VIRTUAL_HOST" || v.Name == "VIRTUAL_PORT"
	})
}

// textsOf are the items of a list or the keys of a mapping.
func textsOf(f source.Field) []string {
	var list []string
	if f.Node.IsSequence() {
		for _, n := range f.Node.Children {
			list = append(list, n.Resolve().Text())
		}
		return list
	}
	for _, e := range f.Node.Entries() {
		list = append(list, e.Key.Text())
	}
	return list
}
