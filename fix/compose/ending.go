package compose

import (
	"regexp"
	"slices"
	"strings"

	"github.com/dockfix/dockfix/source"
)

// migrations finds commands that bring a database up to date and end: of Alembic, Django, Flask, Rails, Laravel, Prisma, Knex, Sequelize,
// TypeORM, Drizzle, Doctrine, Entity Framework, golang-migrate, goose, dbmate, atlas, Flyway, Liquibase, sqlx and diesel.
var migrations = regexp.MustCompile(`^(?:(?:exec|poetry run|pipenv run|uv run|bundle exec|npx|pnpm exec|yarn|npm run|pnpm run|python3?|php|dotnet|bin/) ?)*(?:` +
	`alembic upgrade|(?:\./)?manage\.py (?:migrate|collectstatic|loaddata)|flask db upgrade|(?:rails|rake|bin/rails|bin/rake) db:\w+|artisan migrate|prisma (?:migrate deploy|db push)|` +
	`knex migrate:\w+|sequelize(?:-cli)? db:migrate|typeorm migration:run|drizzle-kit (?:migrate|push)|bin/console doctrine:migrations:migrate|ef database update|goose .*\bup\b|` +
	`dbmate .*\b(?:up|migrate)\b|atlas migrate apply|flyway .*\bmigrate\b|liquibase .*\bupdate\b|sqlx migrate run|diesel migration run|(?:db[:-])?migrat(?:e|ions?)(?:[:-]\w+)*\b)`)

// migrationParts are texts of which each of these commands has one.
var migrationParts = []string{"migrat", "up", "db:", "collectstatic", "loaddata", "push"}

// jobImages are images whose own program ends: what they are told to do is done then.
var jobImages = []string{"migrate/migrate", "flyway/flyway", "redgate/flyway", "liquibase/liquibase", "liquibase", "arigaio/atlas", "amacneil/dbmate", "minio/mc", "quay.io/minio/mc"}

// goesOn finds what keeps a script from ending.
var goesOn = regexp.MustCompile(`tail -f|infinity|--watch|\bwatch\b|while (?:true|:)|\bserve|\bmirror\b|crond?\b`)

// onParts are texts of which each script that goesOn finds has one.
var onParts = []string{"tail -f", "infinity", "watch", "while ", "serve", "mirror", "cron"}

// jobName finds names of services that are jobs by what they are called.
var jobName = regexp.MustCompile(`(?:^|[-_])(?:migrations?|migrate|migrator|init|setup|seed|seeder|bootstrap|createbuckets?|provision(?:er)?)(?:$|[-_\d])`)

// endsByItself tells that a service is a job which ends, and how certain that is: why is a clause about what is not certain.
func endsByItself(s *source.Service) (why string, sure bool) {
	restart, _ := s.Field("restart")
	policy := restart.Node.Text()
	_, ports := s.Field("ports")
	if policy == "always" || policy == "unless-stopped" || strings.Contains(policy, "$") || ports {
		return "", false
	}
	script, last := runText(s)
	if containsAny(script, onParts) && goesOn.MatchString(script) {
		return "", false
	}
	image, _ := s.Image()
	ref, _, _ := strings.Cut(image.Node.Text(), "@")
	if i := strings.LastIndexByte(ref, ':'); i > strings.LastIndexByte(ref, '/') {
		ref = ref[:i]
	}
	job := slices.Contains(jobImages, ref) && script != "" || containsAny(last, migrationParts) && migrations.MatchString(last)
	switch {
	case job:
		return "it ends", true
	case policy == "no" && jobName.MatchString(s.Name):
		return "that " + s.Name + " ends by itself is told by its name and its restart policy alone", false
	}
	return "", false
}

// runText is all that a service runs, and the last command of it; that is "" where it cannot be told.
func runText(s *source.Service) (script, last string) {
	var words []string
	for _, name := range []string{"entrypoint", "command"} {
		if f, ok := s.Field(name); ok && !f.Node.IsNull() {
			words = append(words, commandWords(f.Node)...)
		}
	}
	script = strings.Join(words, " ")
	if l := launchedBy(s); l.script == "" {
		last = strings.Join(l.words, " ")
	}
	if strings.ContainsAny(last, "&;|") {
		last = ""
	}
	return script, last
}
