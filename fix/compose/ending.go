package compose

import (
	"slices"
	"strings"

	"github.com/dockfix/dockfix/internal/lazyregexp"
)

// migrations finds commands that bring a database up to date and end: of Alembic, Django, Flask, Rails, Laravel, Prisma, Knex, Sequelize,
// TypeORM, Drizzle, Doctrine, Entity Framework, golang-migrate, goose, dbmate, atlas, Flyway, Liquibase, sqlx and diesel.
var migrations = lazyregexp.New(`^(?:(?:exec|poetry run|pipenv run|uv run|bundle exec|npx|pnpm exec|yarn|npm run|pnpm run|python3?|php|dotnet|bin/) ?)*(?:` +
	`alembic upgrade|(?:\./)?manage\.py (?:migrate|collectstatic|loaddata)|flask db upgrade|(?:rails|rake|bin/rails|bin/rake) db:\w+|artisan migrate|prisma (?:migrate deploy|db push)|` +
	`knex migrate:\w+|sequelize(?:-cli)? db:migrate|typeorm migration:run|drizzle-kit (?:migrate|push)|bin/console doctrine:migrations:migrate|ef database update|goose .*\bup\b|` +
	`dbmate .*\b(?:up|migrate)\b|atlas migrate apply|flyway .*\bmigrate\b|liquibase .*\bupdate\b|sqlx migrate run|diesel migration run|(?:db[:-])?migrat(?:e|ions?)(?:[:-]\w+)*\b)`)

// migrationParts are texts of which each of these commands has one.
var migrationParts = []string{"migrat", "up", "db:", "collectstatic", "loaddata", "push"}

// jobImages are images whose own program ends: what they are told to do is done then. Other tools that images.LookupServer knows can be told
// to go on, as node and alpine.
var jobImages = []string{"migrate/migrate", "flyway/flyway", "redgate/flyway", "liquibase/liquibase", "liquibase", "arigaio/atlas", "amacneil/dbmate", "ghcr.io/amacneil/dbmate", "minio/mc", "quay.io/minio/mc"}

// goesOn finds what keeps a script from ending, wherever it stands in it. keepers, for a guess, looks at the program that runs last.
var goesOn = lazyregexp.New(`tail -f|infinity|--watch|\bwatch\b|while (?:true|:)|\bserve|\bmirror\b|crond?\b`)

// onParts are texts of which each script that goesOn finds has one.
var onParts = []string{"tail -f", "infinity", "watch", "while ", "serve", "mirror", "cron"}

// The names that people give to jobs: jobName finds those that make something ready for other services, which can wait for them; jobLike are
// the words of these and of what is started by hand.
var (
	jobName = lazyregexp.New(`(?i)(?:^|[-_.])(?:` + making + `)(?:[-_.]|\d*$)`)
	jobLike = strings.Fields("migrate migration migrations migrator init initdb initializer setup seed seeder bootstrap provision provisioner install installer " +
		"createbucket createbuckets createtopic createtopics oneshot certs keygen permission permissions chown job once test tests e2e lint cli")
	joined = strings.NewReplacer("create-bucket", "createbucket", "create_bucket", "createbucket", "create-topic", "createtopic", "create_topic", "createtopic")
)

// isJobLike reports whether a name has one of the words of jobLike. The last may have a number.
func isJobLike(name string) bool {
	if name = strings.ToLower(name); strings.Contains(name, "create") {
		name = joined.Replace(name)
	}
	for end := strings.IndexAny(name, wordEnds); end >= 0; end = strings.IndexAny(name, wordEnds) {
		if slices.Contains(jobLike, name[:end]) {
			return true
		}
		name = name[end+1:]
	}
	return slices.Contains(jobLike, strings.TrimRight(name, "0123456789"))
}

// making are the words of jobName.
const making = `migrate|migrations?|migrator|init|initdb|initializer|setup|seed|seeder|bootstrap|provision|provisioner|install(?:er)?|create[-_]?(?:buckets?|topics?)|oneshot|certs|keygen|permissions?|chown`

// job tells that a service is a job which ends, and how certain that is: why is a clause about what is not certain. Others wait for its
// end then, and would wait for ever if it did not: for rules that leave alone what may end there is mayEnd.
func (c *composed) job() (why string, sure bool) {
	own := c
	if len(c.beside) > 0 {
		own = &composed{texts: c.texts[:len(c.texts)-len(c.beside)]}
	}
	policy := own.node("restart").Text()
	if policy == always || policy == unlessStopped || strings.Contains(policy, "$") || own.has("ports") {
		return "", false
	}
	script := strings.Join(own.program(), " ")
	ends := script != "" && own.endsForSure(script)
	if !ends && !(policy == "no" && jobName.MatchString(c.Name)) || staysOn(script) {
		return "", false
	}
	switch doubt := c.doubtOfEnd(); {
	case ends && doubt != "":
		return doubt, false
	case ends:
		return "it ends", true
	}
	return "that " + c.Name + " ends by itself is told by its name and its restart policy alone", false
}

// endsForSure reports whether a service runs what is known to end, unless its script stays on. It is given all that the service runs.
func (c *composed) endsForSure(script string) bool {
	if slices.Contains(jobImages, repositoryOf(c.node("image").Text())) {
		return true
	}
	// Quotes and backslashes may stand in the middle of a word.
	if !containsAny(script, migrationParts) && !strings.ContainsAny(script, "\\'\"") {
		return false
	}
	last := c.lastForSure()
	return containsAny(last, migrationParts) && migrations.MatchString(last)
}

// staysOn reports whether something in a script keeps it from ending.
func staysOn(script string) bool { return containsAny(script, onParts) && goesOn.MatchString(script) }

// doubtOfEnd is what could make another thing of a job than the file and what it extends say; "" for nothing.
func (c *composed) doubtOfEnd() string {
	if c.unread != "" {
		return "whether " + c.Name + " is started again is not known: " + c.unread
	}
	for _, f := range c.beside {
		for _, name := range []string{"restart", "ports", "entrypoint", "command"} {
			if _, ok := f.Service(c.Name).Field(name); ok {
				return f.Doc.Name + " gives " + c.Name + " another " + name
			}
		}
	}
	return ""
}

// lastForSure is the command that a service ends with; "" where that cannot be told.
func (c *composed) lastForSure() string {
	l := launchedBy(c.node("entrypoint"), c.node("command"))
	if last := strings.Join(l.words, " "); l.script == "" && !strings.ContainsAny(last, "&;|") {
		return last
	}
	return ""
}
