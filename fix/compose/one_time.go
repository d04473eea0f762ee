package compose

import (
	"path"
	"slices"
	"strings"

	"github.com/dockfix/dockfix/internal/lazyregexp"
)

// oneTime are programs that may serve or run once, by what they are told: what ends finds the words after their name with which
// they end. Sources are their manuals.
var oneTime = []struct {
	programs []string
	ends     *lazyregexp.Regexp
	goesOn   *lazyregexp.Regexp // words with which they go on all the same; nil for none
}{
	// Servers that are asked something, or told to look at their settings.
	{[]string{"nginx", "httpd", "apache2", "apachectl", "apache2ctl", "angie", "openresty"}, lazyregexp.New(`(^| )(-[tTvV]|-s \S+|configtest)( |$)`), nil},
	{[]string{"haproxy"}, lazyregexp.New(`(^| )-(c|v|vv)( |$)`), nil},
	{[]string{"caddy"}, lazyregexp.New(`^(validate|fmt|adapt|hash-password|reload|stop|trust|upgrade|version|environ|list-modules)( |$)`), nil},
	{[]string{"traefik"}, lazyregexp.New(`^(version|healthcheck)( |$)`), nil},
	{[]string{"ollama"}, lazyregexp.New(`^(pull|push|list|ls|rm|cp|show|create|ps|stop|run)( |$)`), nil},
	{[]string{"registry"}, lazyregexp.New(`^garbage-collect( |$)`), nil},
	{[]string{"keycloak", "kc.sh"}, lazyregexp.New(`^(export|import|build|show-config|bootstrap-admin|tools)( |$)`), nil},
	{[]string{"n8n"}, lazyregexp.New(`^(import|export|execute|executeBatch|license|db|user-management|ldap|mfa|audit|update|uninstall)(:| |$)`), nil},
	{[]string{"vault", "consul", "nomad", "bao", "etcd"}, lazyregexp.New(`^(operator|kv|write|read|status|secrets|auth|policy|token|login|acl|members|services|job|validate|version)( |$)`), nil},
	{[]string{"celery"}, lazyregexp.New(`(^| )(call|purge|inspect|status|report|upgrade)( |$)`), nil},
	{[]string{"airflow", "superset", "flask"}, lazyregexp.New(`^(db|fab|init|users|connections|variables|pools)( |$)`), nil},
	{[]string{"rails", "rake", "bin/rails", "artisan", "bin/console", "manage.py", "django-admin"}, lazyregexp.New(`^([A-Za-z][\w:-]*[:_-])?(migrate|seed|import|export|clear|install|create|setup|load|flush|compile|precompile)[\w:-]*( |$)`), nil},
	{[]string{"locust"}, lazyregexp.New(`(^| )(--headless .*(-t|--run-time)|(-t|--run-time)\b.* --headless)\b|--autoquit`), nil},
	{[]string{"jmeter"}, lazyregexp.New(`(^| )(-n|--nongui)( |$)`), nil},
	// Programs that do one thing, whatever they are told.
	{[]string{"k6", "artillery", "newman", "ab", "hey", "wrk", "vegeta", "siege", "sitespeed.io", "lighthouse", "sqlmap", "zap-baseline.py", "trivy", "hadolint", "sonar-scanner", "semgrep"}, lazyregexp.New(`.`), lazyregexp.New(`(^| )server( |$)`)},
	{[]string{"composer", "certbot", "bundle", "pip", "pip3", "poetry", "terraform", "kubectl", "helm", "restic", "borg", "rsync", "duplicity", "skopeo", "crane", "kaniko", "executor", "sqlcmd", "redis-cli", "mongosh", "cqlsh", "clickhouse-client", "influx", "etcdctl", "rabbitmqctl", "rabbitmqadmin", "promtool", "amtool", "openapi-generator-cli", "protoc"},
		lazyregexp.New(`.`), lazyregexp.New(`(^| )(run|exec|serve|start|watch|rest-server|port-forward|proxy|daemon|--daemon)( |$)`)},
	{[]string{"mc", "rclone", "aws", "gcloud", "az", "s5cmd"}, lazyregexp.New(`.`), lazyregexp.New(`--watch|(^| )(watch|listen|trace|serve|mount|rcd|event)( |$)`)},
}

// endingOptions are options with which any program does one thing and ends.
var endingOptions = strings.Fields("--version --help --once --oneshot --one-shot --runonce --run-once --single-run --init-only --initialize --initialize-insecure --dry-run --check-config --test-config --validate-config --configtest --autoquit")

func isEndingOption(word string) bool {
	return strings.HasPrefix(word, "--") && slices.Contains(endingOptions, strings.TrimSuffix(word, "=true"))
}

// toldToEnd reports whether a service is told to do one thing and to end, by the program that it runs last, or by the words that its
// image takes for the program of its own. A port that it has then is that of what it does for a while.
func (c *composed) toldToEnd(repository string, last []string) bool {
	if len(last) == 0 {
		return false
	}
	program := behindRunners(last)
	if slices.ContainsFunc(last, isEndingOption) || endsWith(path.Base(program[0]), program[1:]) {
		return true
	}
	if c.node("entrypoint") != nil {
		return false
	}
	return isJobWord(last[0]) || slices.Contains(jobImages, repository) && !goesOn.MatchString(strings.Join(last, " ")) || endsWith(programOf(repository), last)
}

// runners finds programs that run another one, with the words before its name: php artisan, bundle exec rake.
var runners = lazyregexp.New(`^(?:(?:php|python[\d.]*|ruby|node|npx)(?: -[a-zA-Z]+)*|(?:bundle|npm|pnpm|yarn) exec|(?:poetry|pipenv|uv|pdm|rye|hatch) run) `)

// runnerNames are the beginnings of all that runners finds.
var runnerNames = strings.Fields("php python ruby node npx bundle npm pnpm yarn poetry pipenv uv pdm rye hatch")

// behindRunners are the words of the program that others only run; at least one.
func behindRunners(words []string) []string {
	if !slices.ContainsFunc(runnerNames, func(name string) bool { return strings.HasPrefix(words[0], name) }) {
		return words
	}
	prefix := runners.FindString(strings.Join(words, " "))
	return words[min(strings.Count(prefix, " "), len(words)-1):]
}

// programOf is the program of an image, by its name: k6 of grafana/k6.
func programOf(repository string) string {
	if strings.Contains(repository, "certbot/") {
		return "certbot" // certbot/dns-cloudflare
	}
	return path.Base(repository)
}

// endsWith reports whether a program ends that is told these words.
func endsWith(program string, words []string) bool {
	for _, o := range oneTime {
		if !slices.Contains(o.programs, program) {
			continue
		}
		if text := strings.Join(words, " "); o.ends.MatchString(text) && (o.goesOn == nil || !o.goesOn.MatchString(text)) {
			return true
		}
	}
	return false
}

// jobScript finds names of scripts that do something once, and are told to by a command.
var jobScript = lazyregexp.New(`(?i)(^|[/_.-])((re)?index|migrat\w*|imports?|importer|exports?|exporter|seed\w*|load(er)?|init\w*|setup|backup|restore|sync|fetch|download\w*|generate\w*|build|deploy|cleanup|prune|create|bootstrap|provision|install)([._-][\w-]*)?\.(py|js|mjs|cjs|ts|rb|php|sh|pl|sql)$`)

// runsJobScript is the script of a command whose name tells that it does something once; "" for none.
func (c *composed) runsJobScript() string {
	for _, word := range lastCommand(c.program()) {
		if strings.Contains(word, ".") && jobScript.MatchString(word) {
			return path.Base(word)
		}
	}
	return ""
}
