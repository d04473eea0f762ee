//go:build unix

package main

import (
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/dockfix/dockfix/internal/hubsim"
)

// BenchmarkMemory measures the most memory the program takes for 200 and for 4,000 files to fix: it must not grow with
// their number.
func BenchmarkMemory(b *testing.B) {
	program := buildProgram(b)
	text, err := os.ReadFile("testdata/demo/backend/Dockerfile")
	if err != nil {
		b.Fatal(err)
	}
	for _, n := range []int{200, 4000} {
		b.Run(fmt.Sprintf("%d files", n), func(b *testing.B) {
			dir := b.TempDir()
			for i := range n {
				if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("Dockerfile.%d", i)), text, 0o644); err != nil {
					b.Fatal(err)
				}
			}
			most := int64(0)
			for b.Loop() {
				cmd := exec.Command(program, "--offline", "--only=maintainer,legacy-key-value,unpinned-image", "--diff", dir)
				if err := cmd.Run(); err != nil {
					b.Fatal(err)
				}
				most = max(most, int64(cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss))
			}
			if runtime.GOOS == "darwin" {
				most /= 1024 // bytes there, kilobytes elsewhere
			}
			b.ReportMetric(float64(most)/1024, "MB")
		})
	}
}

// fiftyImages are references as people write them: nine of them latest, the others floating in other ways.
const fiftyImages = `python:3.12-slim python:3.13 python:3.14-alpine python:latest node:22 node:24-slim node:22-alpine node:latest
postgres:16-alpine postgres:17 postgres:18 redis:7-alpine redis:8 redis:latest nginx:1.30 nginx:alpine nginx:latest ubuntu:24.04
ubuntu:22.04 ubuntu:latest debian:bookworm-slim debian:trixie debian:12 alpine:3.20 alpine:3.22 alpine:latest golang:1.26
golang:1.25-alpine golang:1.27-bookworm eclipse-temurin:21-jre eclipse-temurin:17-jdk-alpine busybox:1.36 traefik:v3.5 mariadb:11
mysql:8.4 rabbitmq:4-management-alpine memcached:1.6-alpine httpd:2.4 ruby:3.3-slim rust:1.90-slim maven:3-eclipse-temurin-21
caddy:2-alpine haproxy:3.2-alpine influxdb:2.7 mongo:8 docker:28-dind gradle:8-jdk21 qdrant/qdrant:latest prom/prometheus:latest
grafana/grafana:latest`

// BenchmarkImages lists the same fifty images in 50 and in 2,000 files, with an empty cache and 30 ms a request: the number of files must not
// matter to registries. It reports requests, and the most memory the program took.
func BenchmarkImages(b *testing.B) {
	program := buildProgram(b)
	hub := hubsim.New(hubsim.Options{Latency: 30 * time.Millisecond})
	server := httptest.NewServer(asDockerHub(hub))
	defer server.Close()
	mirror := "docker.io=" + strings.TrimPrefix(server.URL, "http://")
	for _, n := range []int{50, 2000} {
		for _, args := range [][]string{{"pin", "--check"}, {"images"}} {
			b.Run(fmt.Sprintf("%s of %d files", args[0], n), func(b *testing.B) {
				dir := b.TempDir()
				writeImageFiles(b, dir, n)
				most, requests, runs := int64(0), 0, 0
				for b.Loop() {
					hub.Reset()
					cmd := exec.Command(program, slices.Concat(args, []string{"--registry-map", mirror, dir})...)
					cmd.Env = append(os.Environ(), "XDG_CACHE_HOME="+b.TempDir())
					var errs strings.Builder
					cmd.Stderr = &errs
					if err := cmd.Run(); err != nil && cmd.ProcessState.ExitCode() != 1 {
						b.Fatal(err, errs.String())
					}
					most = max(most, int64(cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss))
					if c := hub.Counts(); c.Pull > 0 {
						b.Fatalf("%d pulls", c.Pull)
					}
					requests += hub.Counts().Total()
					runs++
				}
				b.ReportMetric(float64(most)/1024, "MB")
				b.ReportMetric(float64(requests)/float64(runs), "requests")
			})
		}
	}
}

// asDockerHub lets the hub answer at an address of this machine, tokens too.
func asDockerHub(hub *hubsim.Hub) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		here := "http://" + r.Host + "/token"
		if r.Host = "index.docker.io"; r.URL.Path == "/token" {
			r.Host = "auth.docker.io"
		}
		answer := httptest.NewRecorder()
		hub.ServeHTTP(answer, r)
		maps.Copy(w.Header(), answer.Header())
		if challenge := w.Header().Get("Www-Authenticate"); challenge != "" {
			w.Header().Set("Www-Authenticate", strings.Replace(challenge, "https://auth.docker.io/token", here, 1))
		}
		w.WriteHeader(answer.Code)
		_, _ = w.Write(answer.Body.Bytes())
	})
}

// writeImageFiles writes Dockerfiles and Compose files in turn that use the fifty images.
func writeImageFiles(b *testing.B, dir string, n int) {
	b.Helper()
	images := strings.Fields(fiftyImages)
	for i := range n {
		image := images[i%len(images)]
		name, text := fmt.Sprintf("Dockerfile.%d", i), fmt.Sprintf("# base\nFROM %s AS base\nRUN echo %d\n", image, i)
		if i%2 == 1 {
			name, text = fmt.Sprintf("compose.%d.yaml", i), fmt.Sprintf("services:\n  a:\n    image: %s # keep\n    restart: always\n", image)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			b.Fatal(err)
		}
	}
}
