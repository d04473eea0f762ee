package compose

import (
	"math/rand"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestQuickLook holds that the looks for words of commands and of names find what these expressions find.
func TestQuickLook(t *testing.T) {
	for _, c := range []struct {
		name, expression string
		quick            func(string) bool
		words            string // of which texts are made
	}{
		{"isJobWord", `^(migrate|migrations?|db:\w+|(.*:)?migrate(:\w+)?|migrate[-_:]\w+|makemigrations|collectstatic|createsuperuser|upgrade|seed|install|ci|build|test|lint|init|initdb|setup|generate|compile|version|--version|--help|help|export|import|backup|restore|certonly|renew)$`,
			isJobWord, "migrate migration migrations db a build ci --version seed : - _"},
		{"isKeeper", `(^|/)(nginx|apache2-foreground|httpd|gunicorn|uvicorn|hypercorn|daphne|uwsgi|celery|rq|sidekiq|puma|unicorn|streamlit|jupyter(-lab|-notebook)?|flask|runserver|redis-server|postgres|mysqld|mariadbd|mongod|mongos|java|php-fpm|caddy|traefik|haproxy|supervisord|crond|cron|next|vite|nodemon|pm2(-runtime)?|http-server|serve|server|start(:\w+)?|dev|watch|worker|daemon|agent|run_forever|dockerd)$`,
			isKeeper, "nginx jupyter -lab -notebook pm2 -runtime start : web / server - dev a"},
		{"isEndingOption", `^--(version|help|once|one-?shot|run-?once|single-run|init-only|initialize(-insecure)?|dry-run|check-config|test-config|validate-config|configtest|autoquit)(=true)?$`,
			isEndingOption, "-- version once one shot - run initialize -insecure =true single init only help"},
		{"isOutward", `(?i)^(VITE|NEXT_PUBLIC|REACT_APP|NUXT_PUBLIC|VUE_APP|PUBLIC|EXPO_PUBLIC|GATSBY|NG_APP|STORYBOOK)_|ORIGIN|CORS|REDIRECT|CALLBACK|ALLOWED|DOMAIN|WHITELIST|EXTERNAL|PUBLIC|FRONTEND|WEBSITE|(^|_)(SITE|ROOT|BASE|APP|WEB|CLIENT|SERVER)_?URL|ADVERTISED|HOSTNAME|CANONICAL|NEXTAUTH_URL|TRUSTED|REFERER|CSRF|LINK|ISSUER`,
			isOutward, "VITE vite _ react app APP site URL url base db HOST HOSTNAME nextauth origin x"},
		{"forTests", `(?i)(^|[./_-])(tests?|ci|e2e|devcontainer)([._-][^/]*$|/)`,
			forTests, "test Tests ci e2e devcontainer / . - _ a s compose .yml"},
		{"isForDevelopment", `(?i)(^|[./_-])(dev|devel|develop|development|devcontainers?|local|localhost|debug|tests?|testing|testdata|fixtures?|e2e|ci|examples?|samples?|demos?|sandbox|playground|tutorials?|quickstarts?|benchmarks?)([./_-]|$)`,
			isForDevelopment, "dev el Local host test s ing data fixture example sample demo quickstart / . - _ a"},
		{"isJobLike", jobLikeExpression, isJobLike, "migrate migrations Init db initdb install er create Create bucket buckets topic s - _ . 1 job test tests web cli client"},
	} {
		slow, words := regexp.MustCompile(c.expression), strings.Fields(c.words)
		r := rand.New(rand.NewSource(1))
		var seen [2]bool
		for range 20_000 {
			var text strings.Builder
			for range 1 + r.Intn(4) {
				text.WriteString(words[r.Intn(len(words))])
			}
			want := slow.MatchString(text.String())
			if c.quick(text.String()) != want {
				t.Errorf("%s(%q) is not %t", c.name, text.String(), want)
			}
			seen[slices.Index([]bool{false, true}, want)] = true
		}
		if seen != [2]bool{true, true} {
			t.Errorf("%s has one answer for all texts", c.name)
		}
	}
}

// jobLikeExpression is the expression that jobLike stands for.
const jobLikeExpression = `(?i)(?:^|[-_.])(?:` + making + `|job|once|tests?|e2e|lint|cli)(?:[-_.]|\d*$)`
