//go:build unix

package project

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// killedFiles are the files that the killed process writes over and over; the last ones are made anew each time.
const (
	killedFiles = 8
	killedFresh = 2
)

func TestMain(m *testing.M) {
	if dir := os.Getenv("DOCKFIX_TEST_COMMIT_FOREVER"); dir != "" {
		commitForever(dir)
	}
	if dir := os.Getenv("DOCKFIX_TEST_COMMIT_LIMITED"); dir != "" {
		commitLimited(dir)
	}
	os.Exit(m.Run())
}

// generation is the text of all files in one round: it tells by itself when a piece is missing.
func generation(n int) []byte {
	line := fmt.Sprintf("generation %d\n", n)
	return []byte(strings.Repeat(line, 2000) + "end\n")
}

// wholeGeneration reads back the number of a text.
func wholeGeneration(b []byte) (n int, ok bool) {
	if _, err := fmt.Sscanf(string(b), "generation %d\n", &n); err != nil {
		return 0, false
	}
	return n, string(generation(n)) == string(b)
}

// commitForever is the process that is killed. It says when it has started, and each round starts from what is there.
func commitForever(dir string) {
	for n := 1; ; n++ {
		var writes []Write
		for i := range killedFiles {
			w := Write{Path: filepath.Join(dir, fmt.Sprint(i)), After: generation(n)}
			if i >= killedFiles-killedFresh {
				os.Remove(w.Path)
			} else if c, err := Read(File{Name: w.Path, Path: w.Path}); err == nil {
				w.Before = c
			}
			writes = append(writes, w)
		}
		if n == 1 {
			fmt.Println("started")
		}
		if _, err := Commit(context.Background(), writes, dir); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
	}
}

// TestCommitKilled kills a process that writes, at random moments: every file is whole, of one round or the one
// before, and the next process goes on from there.
func TestCommitKilled(t *testing.T) {
	dir := tree(t, "")
	for i := range killedFiles {
		must(t, os.WriteFile(filepath.Join(dir, fmt.Sprint(i)), generation(0), 0o644))
	}
	r := rand.New(rand.NewPCG(3, 4))
	kills, mixed := 0, 0
	for start := time.Now(); kills < 40 && time.Since(start) < 8*time.Second; kills++ {
		startAndKill(t, dir, time.Duration(r.IntN(40_000))*time.Microsecond)
		seen := map[int]bool{}
		for i := range killedFiles {
			b, err := os.ReadFile(filepath.Join(dir, fmt.Sprint(i)))
			if os.IsNotExist(err) && i >= killedFiles-killedFresh {
				continue
			}
			n, ok := wholeGeneration(b)
			if err != nil || !ok {
				t.Fatalf("file %d is torn: %d bytes, %v", i, len(b), err)
			}
			seen[n] = true
		}
		if len(seen) > 1 {
			mixed++
		}
	}
	left := len(temporaries(t, dir))
	t.Logf("%d kills, %d of them between two files, %d temporary files left", kills, mixed, left)
	if left == 0 {
		t.Error("no kill hit a commit under way")
	}
	sweptWhenStale(t, dir)
}

func startAndKill(t *testing.T, dir string, after time.Duration) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "DOCKFIX_TEST_COMMIT_FOREVER="+dir)
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	lines := bufio.NewReader(out)
	if line, err := lines.ReadString('\n'); line != "started\n" {
		t.Fatalf("the process says %q, %v", line, err)
	}
	time.Sleep(after)
	must(t, cmd.Process.Kill())
	if rest, _ := io.ReadAll(lines); len(rest) > 0 {
		t.Errorf("a commit after a kill: %s", rest)
	}
	_ = cmd.Wait() // killed
}

// sweptWhenStale makes what the killed processes left an hour older and commits once more.
func sweptWhenStale(t *testing.T, dir string) {
	t.Helper()
	ago := time.Now().Add(-2 * staleAfter)
	for _, temp := range temporaries(t, dir) {
		must(t, os.Chtimes(temp, ago, ago))
	}
	path := filepath.Join(dir, "0")
	_, err := Commit(context.Background(), []Write{{Path: path, Before: read(t, "0", path), After: generation(1)}}, dir)
	must(t, err)
	if left := temporaries(t, dir); left != nil {
		t.Errorf("left after a sweep: %q", left)
	}
}
