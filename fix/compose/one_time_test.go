package compose

import "testing"

// A port is no proof that a service goes on where it is told to do one thing.
func TestRestartOfJobsWithPorts(t *testing.T) {
	const safe, unsafe = "safe: restart it unless it was stopped", "unsafe: restart it unless it was stopped"
	for _, c := range []struct{ image, command, says string }{
		{"certbot/certbot", "certonly --standalone -d a.example", ""},
		{"grafana/k6:0.50", "run /scripts/a.js", ""},
		{"locustio/locust", "-f /l.py --headless -u 10 -t 5m", ""},
		{"n8nio/n8n:1", "import:workflow --input=/a.json", ""},
		{"quay.io/keycloak/keycloak:25.0", "export --dir /tmp", ""},
		{"nginx:1.27", "nginx -t", ""},
		{"nginx:1.27", "sh -c 'envsubst < a > b && nginx -t'", ""},
		{"composer:2", "install --no-dev", ""},
		{"ollama/ollama", "pull llama3", ""},
		{"ollama/ollama", "sh -c 'sleep 5; ollama pull llama3'", ""},
		{"registry:2", "garbage-collect /etc/docker/registry/config.yml", ""},
		{"registry:2", "registry garbage-collect /etc/config.yml", ""},
		{"minio/mc", "mb local/a", ""},
		{"postgres:16", "postgres --version", ""},
		{"mysql:8", "mysql -h db -e 'select 1'", ""},
		{"app", "./worker --once", ""},
		{"app", "php artisan cache:clear", ""},
		{"app", "python manage.py load_products", ""},
		{"app", "bundle exec rake assets:precompile", ""},

		{"app", "python scripts/import_users.py", unsafe},
		{"app", "bash -c './wait.sh && ./setup-db.sh'", unsafe},

		{"locustio/locust", "-f /l.py", safe},
		{"n8nio/n8n:1", "start", safe},
		{"quay.io/keycloak/keycloak:25.0", "start --import-realm", safe},
		{"registry:2", "serve /etc/docker/registry/config.yml", safe},
		{"nginx:1.27", "nginx -g 'daemon off;'", safe},
		{"nginx:1.27", `sh -c 'nginx -t && exec nginx -g "daemon off"'`, safe},
		{"ollama/ollama", "serve", safe},
		{"hashicorp/vault", "server -dev", safe},
		{"mysql:8", "--sql-mode=ANSI", safe},
		{"mongo:7", "[--replSet, rs0]", safe},
		{"app", "celery -A app worker", safe},
		{"app", "./server --migrate", safe},
		{"app", "python manage.py runserver --noreload", safe},
		{"app", "bundle exec puma -C config/puma.rb", safe},
		{"app", "poetry run gunicorn app", safe},
		{"app", "php artisan queue:work", safe},
	} {
		decide(t, MissingRestart, setting{}, []decision{{c.image + " " + c.command,
			"  a:\n    image: " + c.image + "\n    command: " + c.command + "\n    ports: ['8000:8000']\n", c.says}})
	}
	decide(t, MissingRestart, setting{}, []decision{
		{"another entrypoint", "  a:\n    image: ollama/ollama\n    entrypoint: /start\n    command: pull x\n    ports: ['1:1']\n", safe}})
}
