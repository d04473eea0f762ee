package compose

import (
	"slices"
	"strings"
	"time"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/fix/images"
	"github.com/dockfix/dockfix/internal/lazyregexp"
	"github.com/dockfix/dockfix/source"
)

// asked is a health check that is there already: what waits until it is healthy does not start where it never is.
type asked struct {
	words           []string // behind CMD; nil where a shell reads the test
	script          string   // as the shell of the container reads it
	interval, start string   // as written; "" for none
}

// askedBy reads a healthcheck section with a test.
func askedBy(section *source.Node) asked {
	c := asked{interval: text(section, "interval"), start: text(section, "start_period")}
	test, _ := section.Lookup("test")
	plain := func(s string) string { return strings.ReplaceAll(s, "$$", "$") }
	if !test.Node.IsSequence() {
		c.script = plain(test.Node.Text())
		return c
	}
	words := commandWords(test.Node)
	for i := range words {
		words[i] = plain(words[i])
	}
	if len(words) > 0 && words[0] == "CMD-SHELL" {
		c.script = strings.Join(words[1:], " ")
	} else if len(words) > 0 {
		c.words = words[1:]
	}
	return c
}

// askedIn reads a HEALTHCHECK, and the times that a healthcheck section without a test gives it.
func askedIn(in *source.Instruction, section *source.Node) asked {
	interval, _ := in.Flag("interval")
	start, _ := in.Flag("start-period")
	c := asked{interval: interval.Value.Text, start: start.Value.Text}
	if section.IsMapping() {
		if t := text(section, "interval"); t != "" {
			c.interval = t
		}
		if t := text(section, "start_period"); t != "" {
			c.start = t
		}
	}
	for _, a := range in.Args {
		c.words = append(c.words, a.Text)
	}
	if !in.JSON {
		_, c.script, _ = strings.Cut(strings.TrimSpace(in.Rest.Text), " ")
		c.words = nil
	} else if len(c.words) > 0 && strings.EqualFold(c.words[0], "CMD") {
		c.words = c.words[1:]
	}
	return c
}

// text is all that the test says.
func (c asked) text() string { return strings.Join(append(slices.Clone(c.words), c.script), " ") }

// slow doubts a check that is asked for the first time after more than a minute.
func (c asked) slow(name string) string {
	every, err := time.ParseDuration(c.interval)
	if c.interval == "" || c.start != "" || err == nil && every <= time.Minute {
		return ""
	}
	return "the health check of " + name + " is made for the first time after " + c.interval
}

// vouch tells in which way it is not known that a check which a service has already is ever healthy; "" where that is known: another
// service of the file waits for it, or it is the check that this rule would make, or one like it.
func (a *around) vouch(p *fix.Pass, s *source.Service, c asked) string {
	if why := c.slow(s.Name); why != "" {
		return why
	}
	if why := a.foreign(s, c); why != "" {
		return why
	}
	if why := a.moved(s); why != "" {
		return why
	}
	if waitedHealthy(p, s.Name) {
		return ""
	}
	if s.Build() != nil {
		return a.vouchBuilt(p, s, c)
	}
	return a.vouchImage(s, c)
}

// neverSeen is the doubt of a check of which nothing is known.
func neverSeen(s *source.Service) string {
	return "whether the health check of " + s.Name + " is ever healthy is not known"
}

// vouchImage looks at a check of an image that the table of checks has.
func (a *around) vouchImage(s *source.Service, c asked) string {
	if q, ok := a.askFor(s); ok && q.refuse == "" && c.same(q) {
		return strings.Join(q.doubts, "; ")
	}
	image, _ := s.Image()
	ref, settled := source.WithoutVariables(image.Node.Text())
	checks, _, guess := images.Checks(ref)
	programs, read := c.programs()
	known := images.Lookup(ref)
	if !read || !settled || ref == "" || len(checks) == 0 || source.IsContext(ref, a.facts.Local) {
		return lacking(s, programs, known, withoutDigest(image.Node.Text()), neverSeen(s))
	}
	own := clientsOf(checks, guess)
	for _, name := range programs {
		if strings.Contains(image.Node.Text(), "$") && comesWithVersion(ref, name) {
			return "with another value of the variable in " + withoutDigest(image.Node.Text()) + " the image may not have " + name
		}
		if !slices.Contains(own, name) && !known.Has(name) && !slices.Contains(usual, name) {
			return lacking(s, programs, known, withoutDigest(image.Node.Text()), neverSeen(s))
		}
	}
	entrypoint, _ := s.Field("entrypoint")
	command, _ := s.Field("command")
	r := runner{around: a, service: s, launched: launchedBy(entrypoint.Node, command.Node), settings: settingsOf(a.doc, s, a.facts)}
	var q question
	q.choose(r, checks)
	if q.refuse != "" && !strings.Contains(q.refuse, "password") || !r.serves(checks) || len(r.settings.unread) > 0 {
		return neverSeen(s)
	}
	if port := c.otherPort([]string{q.check.Port}); port != "" {
		return "the health check of " + s.Name + " asks port " + port + ", and its server is not known to listen there"
	}
	if c.overHTTP() && c.path() != pathOf(q.check.Test) {
		return neverSeen(s)
	}
	if _, ok := r.launched.option("--requirepass"); ok && strings.Contains(c.text(), "grep") && !passes.MatchString(c.text()) {
		return "the health check of " + s.Name + " gives no password, and its command sets one"
	}
	return ""
}

// passes finds a password that the client of a Redis is given.
var passes = lazyregexp.New(`(?:^|\s)(?:-a|--pass|--askpass)\b|REDISCLI_AUTH`)

// askFor is the check that would be made for a service that had none.
func (a *around) askFor(s *source.Service) (question, bool) {
	a.blind = true
	defer func() { a.blind = false }()
	return a.questionFor(s)
}

// same tells that a check is the one that would be made.
func (c asked) same(q question) bool {
	test := strings.ReplaceAll(q.test, "$$", "$")
	if own, ok := wordsOfTest(q.test); ok {
		for i := range own {
			own[i] = strings.ReplaceAll(own[i], "$$", "$")
		}
		return slices.Equal(own, c.words)
	}
	return c.script == test
}

// lacking names the program that an image is known not to have, where there is one; else it gives the other doubt.
func lacking(s *source.Service, programs []string, known images.Image, what, other string) string {
	for _, name := range programs {
		if slices.Contains([]string{"curl", "wget", "nc"}, name) && known.Known && len(known.Tools) > 0 && !known.Has(name) {
			return "the health check of " + s.Name + " calls " + name + ", which " + what + " is not known to have"
		}
		if name == "mysqladmin" && isNewMariaDB(s) {
			return "the health check of " + s.Name + " calls mysqladmin, which mariadb has no more from 11 on"
		}
	}
	return other
}

// comesWithVersion tells that other versions of an image do not have a program: mysqladmin went with MariaDB 11, mongo with MongoDB 6, when mongosh
// had come.
func comesWithVersion(ref, program string) bool {
	return program == "mysqladmin" && strings.Contains(ref, "mariadb") || program == "mongo" || program == "mongosh"
}

// clients are the programs that come with those that ask in the table of checks.
var clients = map[string][]string{
	"pg_isready": {"psql"}, "rabbitmq-diagnostics": {"rabbitmqctl"}, "healthcheck.sh": {"mariadb-admin"}, "mongosh": nil, "redis-cli": nil,
}

// clientsOf are the programs that checks of an image ask with.
func clientsOf(checks []*images.Check, guess bool) []string {
	if guess && len(checks) > 1 {
		checks = checks[:1]
	}
	var list []string
	for _, check := range checks {
		c := asked{script: check.Test}
		if words, ok := wordsOfTest(check.Test); ok {
			c = asked{words: words}
		}
		programs, _ := c.programs()
		for _, name := range programs {
			list = append(append(list, name), clients[name]...)
		}
	}
	return list
}
