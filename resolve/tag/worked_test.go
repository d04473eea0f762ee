package tag

import (
	"slices"
	"testing"

	"github.com/dockfix/dockfix/internal/hubsim"
)

// worked are examples with the most requests that each may take: those of a prototype that was measured.
var worked = []struct {
	repository, floating, want string
	requests                   int
}{
	{"library/python", "latest", "3.14.7", 1},
	{"library/python", "slim", "3.14.7-slim", 1},
	{"library/python", "alpine", "3.14.7-alpine", 1},
	{"library/python", "3", "3.14.7", 1},
	{"library/python", "3.12-slim", "3.12.14-slim", 1},
	// The prototype left these two unresolved: it took rc for a stage that 3.15.0rc1 does not have without its number.
	{"library/python", "3.14-rc-slim", "3.14.0rc3-slim", 1},
	{"library/python", "3.15-rc", "3.15.0rc1", 1},
	{"library/node", "latest", "26.7.0", 1},
	{"library/node", "lts", "24.19.0", 5},
	{"library/node", "lts-alpine", "24.19.0-alpine", 5},
	{"library/node", "current-slim", "26.7.0-slim", 1},
	{"library/node", "22", "22.23.2", 1},
	{"library/node", "jod", "22.23.2", 9},
	{"library/node", "22-alpine", "22.23.2-alpine", 1},
	{"library/postgres", "latest", "18.6", 1},
	{"library/postgres", "alpine", "18.6-alpine", 1},
	{"library/postgres", "16-alpine", "16.15-alpine", 1},
	{"library/postgres", "17-bookworm", "17.11-bookworm", 1},
	{"library/redis", "latest", "8.10.1", 1},
	{"library/redis", "alpine", "8.10.1-alpine", 1},
	{"library/redis", "7-alpine", "7.4.11-alpine", 1},
	{"library/redis", "8-bookworm", "8.4.0-bookworm", 1},
	{"library/nginx", "latest", "1.31.4", 1},
	{"library/nginx", "alpine", "1.31.4-alpine", 1},
	{"library/nginx", "stable", "1.30.4", 2},
	{"library/nginx", "stable-alpine-slim", "1.30.4-alpine-slim", 2},
	{"library/nginx", "mainline-perl", "1.31.4-perl", 1},
	{"library/nginx", "1", "1.31.4", 1},
	{"qdrant/qdrant", "latest", "v1.19.0", 1},
	{"qdrant/qdrant", "v1", "v1.19.0", 1},
	{"qdrant/qdrant", "v1.18", "v1.18.3", 1},
	{"qdrant/qdrant", "latest-unprivileged", "v1.19.0-unprivileged", 1},
	{"qdrant/qdrant", "gpu-nvidia-latest", "v1.19.0-gpu-nvidia", 1},
	{"qdrant/qdrant", "dev", "", 12},
	{"prom/prometheus", "latest", "v3.14.0", 1},
	{"prom/prometheus", "v3", "v3.14.0", 1},
	{"prom/prometheus", "latest-distroless", "v3.14.0-distroless", 1},
	{"prom/prometheus", "v2", "v2.55.1", 1},
	{"prom/prometheus", "main", "", 12},
	{"grafana/grafana", "latest", "12.3.2", 1},
	{"grafana/grafana", "latest-ubuntu", "12.3.2-ubuntu", 1},
	{"grafana/grafana", "main", "", 12},
	{"minio/minio", "latest", "RELEASE.2025-10-15T17-29-55Z", 1},
	{"minio/minio", "latest-cpuv1", "RELEASE.2025-10-15T17-29-55Z-cpuv1", 1},
	{"minio/minio", "edge", "", 12},
	{"library/ubuntu", "latest", "26.04", 2},
	{"library/ubuntu", "24.04", "", 0},
	{"library/ubuntu", "noble", "noble-20260810", 1},
	{"library/ubuntu", "rolling", "26.04", 2},
	{"library/ubuntu", "devel", "26.10", 1},
	{"library/golang", "latest", "1.27.0", 1},
	{"library/golang", "alpine", "1.27.0-alpine", 1},
	{"library/golang", "1", "1.27.0", 1},
	{"library/golang", "1.26-alpine", "1.26.7-alpine", 1},
	{"library/golang", "bookworm", "1.27.0-bookworm", 1},
	{"library/eclipse-temurin", "latest", "25.0.4_7-jdk", 3},
	{"library/eclipse-temurin", "21", "21.0.12_8-jdk", 1},
	{"library/eclipse-temurin", "21-jre", "21.0.12_8-jre", 1},
	{"library/eclipse-temurin", "17-jdk-alpine", "17.0.20_8-jdk-alpine", 1},
	{"library/eclipse-temurin", "8-jre-noble", "8u502-b07-jre-noble", 1},
	{"library/eclipse-temurin", "21-jre-alpine", "21.0.12_8-jre-alpine", 1},
	{"library/alpine", "latest", "3.24.1", 1},
	{"library/alpine", "3", "3.24.1", 1},
	{"library/alpine", "edge", "20260805", 6},
	{"library/debian", "latest", "13.6", 1},
	{"library/debian", "stable-slim", "stable-20260803-slim", 1},
	{"library/debian", "bookworm", "bookworm-20260803", 1},
	{"library/debian", "12-slim", "12.15-slim", 1},
	{"library/mongo", "latest", "8.2.12", 2},
	{"library/mongo", "8", "8.2.12", 2},
	{"library/mongo", "7-jammy", "7.0.40-jammy", 1},
	{"acme/big", "latest", "1.11.9", 1},
	{"acme/orphan", "latest", "", 12},
	{"library/traefik", "latest", "v3.7.11", 1},
	{"acme/calver", "latest", "20220603", 1},
	{"acme/pre", "latest", "2.9.1", 1},
	{"library/bash", "latest", "5.3.15", 1},
	{"library/busybox", "latest", "1.38.0", 1},
	{"library/caddy", "latest", "2.11.4", 1},
	{"library/docker", "latest", "29.7.2", 1},
	{"library/gradle", "latest", "9.7.1", 1},
	{"library/haproxy", "latest", "3.4.3", 1},
	{"library/httpd", "latest", "2.4.68", 1},
	{"library/influxdb", "latest", "2.9.1", 1},
	{"library/mariadb", "latest", "12.3.2", 1},
	{"library/maven", "latest", "3.9.16", 1},
	{"library/memcached", "latest", "1.6.45", 1},
	{"library/mysql", "latest", "26.7.0", 1},
	{"library/rabbitmq", "latest", "4.3.5", 1},
	{"library/ruby", "latest", "4.0.6", 1},
	{"library/rust", "latest", "1.98.0", 1},
}

// TestWorked requires the worked examples to come out, within their requests.
func TestWorked(t *testing.T) {
	repos := hubsim.Repositories()
	lists := map[string]*List{}
	for _, w := range worked {
		r := repos[w.repository]
		if lists[w.repository] == nil {
			lists[w.repository] = NewList("index.docker.io/"+w.repository, r.Tags)
		}
		got, requests := ask(r, lists[w.repository], w.floating)
		if got != w.want || requests > w.requests {
			t.Errorf("%s:%s is %q after %d requests, want %q after %d", w.repository, w.floating, got, requests, w.want, w.requests)
		}
	}
}

// ask compares digests as package resolve does, until one is that of the floating tag; then those of sharper tags.
func ask(r *hubsim.Repository, l *List, floating string) (hit string, requests int) {
	want := r.ByTag[floating]
	for i, c := range l.Candidates(floating, 12) {
		if requests++; r.ByTag[c] == want {
			sharper := l.Sharper(c, 4)
			if j := slices.IndexFunc(sharper, func(s string) bool { return r.ByTag[s] == want }); j >= 0 {
				return sharper[j], i + 1 + j + 1
			}
			return c, requests + len(sharper)
		}
	}
	return "", requests
}
