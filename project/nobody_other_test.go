//go:build unix && !linux

package project

import (
	"os"
	"testing"
)

// asNobody runs f, which needs a user without rights.
func asNobody(t *testing.T, _ string, f func()) {
	t.Helper()
	if os.Getuid() == 0 {
		t.Skip("root may everything")
	}
	f()
}
