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
	"regexp"
	"runtime"
	"slices"
	"strconv"
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
				kB, err := runMeasured(exec.Command(program, "--offline", "--only=maintainer,legacy-key-value,unpinned-image", "--diff", dir))
				if err != nil {
					b.Fatal(err)
				}
				most = max(most, kB)
			}
			b.ReportMetric(float64(most)/1024, "MB")
		})
	}
}

// runMeasured runs a program and returns the most memory in kB that it had. Linux says that of a process under way: of one that has ended it
// says the memory of the process that started it, where that is more.
func runMeasured(cmd *exec.Cmd) (most int64, err error) {
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	for {
		select {
		case err := <-ended:
			if most == 0 {
				most = resident(cmd.ProcessState)
			}
			return most, err
		case <-time.After(2 * time.Millisecond):
			most = max(most, highWater(cmd.Process.Pid))
		}
	}
}

// highWater is the most memory in kB that a process has had so far, 0 where the system does not say.
func highWater(pid int) (most int64) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	if _, rest, ok := strings.Cut(string(status), "VmHWM:"); ok {
		fmt.Sscan(rest, &most)
	}
	return most
}

// resident is the same of a process that has ended.
func resident(s *os.ProcessState) int64 {
	most := int64(s.SysUsage().(*syscall.Rusage).Maxrss)
	if runtime.GOOS == "darwin" {
		most /= 1024 // bytes there, kilobytes elsewhere
	}
	return most
}

// fiftyImages are references as people write them: nine of them latest, the others floating in other ways.
const fiftyImages = `python:3.12-slim python:3.13 python:3.14-alpine python:latest node:22 node:24-slim node:22-alpine node:latest
postgres:16-alpine postgres:17 postgres:18 redis:7-alpine redis:8 redis:latest nginx:1.30 nginx:alpine nginx:latest ubuntu:24.04
ubuntu:22.04 ubuntu:latest debian:bookworm-slim debian:trixie debian:12 alpine:3.20 alpine:3.22 alpine:latest golang:1.26
golang:1.25-alpine golang:1.27-bookworm eclipse-temurin:21-jre eclipse-temurin:17-jdk-alpine busybox:1.36 traefik:v3.5 mariadb:11
mysql:8.4 rabbitmq:4-management-alpine memcached:1.6-alpine httpd:2.4 ruby:3.3-slim rust:1.90-slim maven:3-eclipse-temurin-21
caddy:2-alpine haproxy:3.2-alpine influxdb:2.7 mongo:8 docker:28-dind gradle:8-jdk21 qdrant/qdrant:latest prom/prometheus:latest
grafana/grafana:latest`

// BenchmarkImages pins and lists the same fifty images in 50 and in 2,000 files, with an empty cache and 30 ms a request: the number of files
// must not matter to registries. It reports requests, the most memory the program took in MB, and in heap-MB how much of that its own heap was.
// The rest is the runtime, 5 MB, and the pages of the executable that were read, 19 to 25 MB as the system happens to have them cached.
func BenchmarkImages(b *testing.B) {
	program := buildProgram(b)
	server, hub := serveHub(b, 30*time.Millisecond)
	for _, n := range []int{50, 2000} {
		dir := b.TempDir()
		writeImageFiles(b, dir, n)
		for _, args := range [][]string{{"pin", "--check"}, {"images"}} {
			b.Run(fmt.Sprintf("%s of %d files", args[0], n), func(b *testing.B) {
				most, heap, requests, runs := int64(0), 0, 0, 0
				for b.Loop() {
					u := imagesRun(b, program, server, hub, append(slices.Clone(args), dir))
					most, heap, requests, runs = max(most, u.resident), max(heap, u.heap), requests+u.requests, runs+1
				}
				b.ReportMetric(float64(most)/1024, "MB")
				b.ReportMetric(float64(heap), "heap-MB")
				b.ReportMetric(float64(requests)/float64(runs), "requests")
			})
		}
	}
}

// TestImagesMemory: the same images in forty times as many files are the same requests, and the heap stays small. It is bounded and not all
// of the memory, of which most is shared with the system and differs from one machine to the next. Before tag lists were small and
// dropped in time the heap had 31 MB.
func TestImagesMemory(t *testing.T) {
	program, err := exec.LookPath("dockfix") // this test binary, see TestMain
	if err != nil {
		t.Fatal(err)
	}
	server, hub := serveHub(t, 0)
	const most = 20 // MB; 8 to 14 are usual
	requests := 0
	for _, n := range []int{50, 2000} {
		dir := t.TempDir()
		writeImageFiles(t, dir, n)
		u := imagesRun(t, program, server, hub, []string{"images", dir})
		t.Logf("%d files: %d requests, a heap of %d MB", n, u.requests, u.heap)
		if u.heap == 0 || u.heap > most {
			t.Errorf("%d files take a heap of %d MB, more than %d", n, u.heap, most)
		}
		if requests == 0 {
			requests = u.requests
		}
		if u.requests != requests || requests == 0 {
			t.Errorf("%d files take %d requests, and fewer files %d", n, u.requests, requests)
		}
	}
}

// usage is what one run of the program took.
type usage struct {
	resident int64 // kB at most
	heap     int   // MB at most, at the end of a collection
	requests int
}

// imagesRun runs the program against a hub, with an empty cache.
func imagesRun(tb testing.TB, program, server string, hub *hubsim.Hub, args []string) usage {
	tb.Helper()
	hub.Reset()
	cmd := exec.Command(program, append(args, "--registry-map", "docker.io="+server)...)
	cmd.Env = append(os.Environ(), "XDG_CACHE_HOME="+tb.TempDir(), "GODEBUG=gctrace=1", "GOGC=100")
	var errs strings.Builder
	cmd.Stderr = &errs
	most, err := runMeasured(cmd)
	if err != nil && cmd.ProcessState.ExitCode() != 1 {
		tb.Fatal(err, errs.String())
	}
	if c := hub.Counts(); c.Pull > 0 {
		tb.Fatalf("%d pulls", c.Pull)
	}
	u := usage{resident: most, requests: hub.Counts().Total()}
	for _, collection := range heapSizes.FindAllStringSubmatch(errs.String(), -1) {
		mb, err := strconv.Atoi(collection[1])
		if err != nil {
			tb.Fatal(err)
		}
		u.heap = max(u.heap, mb)
	}
	return u
}

// heapSizes are in the lines of GODEBUG=gctrace=1: the heap at the start and at the end of a collection, and what is left.
var heapSizes = regexp.MustCompile(`(?m)^gc \d+ .* \d+->(\d+)->\d+ MB`)

// serveHub is a simulated Docker Hub at an address of this machine.
func serveHub(tb testing.TB, latency time.Duration) (address string, hub *hubsim.Hub) {
	hub = hubsim.New(hubsim.Options{Latency: latency})
	server := httptest.NewServer(asDockerHub(hub))
	tb.Cleanup(server.Close)
	return strings.TrimPrefix(server.URL, "http://"), hub
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
func writeImageFiles(tb testing.TB, dir string, n int) {
	tb.Helper()
	images := strings.Fields(fiftyImages)
	for i := range n {
		image := images[i%len(images)]
		name, text := fmt.Sprintf("Dockerfile.%d", i), fmt.Sprintf("# base\nFROM %s AS base\nRUN echo %d\n", image, i)
		if i%2 == 1 {
			name, text = fmt.Sprintf("compose.%d.yaml", i), fmt.Sprintf("services:\n  a:\n    image: %s # keep\n    restart: always\n", image)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			tb.Fatal(err)
		}
	}
}
