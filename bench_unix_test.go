//go:build unix

package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"
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
				cmd := exec.Command(program, "--diff", dir)
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
