package source

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
)

var updateYAML = flag.Bool("update-yaml", false, "write testdata/yaml/refusals.txt anew")

const refusalsFile = "testdata/yaml/refusals.txt"

// unparsed are the traps that yaml.v3 rejects.
var unparsed = []string{"literal_tabs", "nbsp", "null_key", "surrogate"}

// TestYAMLTraps makes every edit on every trap: the tree must change as said, or the edit be one of those that are known
// to be refused.
func TestYAMLTraps(t *testing.T) {
	var refusals []string
	count := 0
	for _, trap := range yamlTraps {
		d, err := editable(trap.name, []byte(trap.text))
		if slices.Contains(unparsed, trap.name) {
			if err == nil {
				t.Errorf("%s: parses", trap.name)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", trap.name, err)
			continue
		}
		if len(d.Declined) > 0 {
			t.Errorf("%s: declined %v", trap.name, d.Declined)
		}
		checkMap(t, d)
		for _, op := range yamlOperations(d) {
			count++
			refused, wrong := op.check(d)
			if wrong != "" {
				t.Errorf("%s: %s: %s\n%q", trap.name, op, wrong, trap.text)
			}
			if refused != "" {
				refusals = append(refusals, fmt.Sprintf("%s: %s: %s\n", trap.name, op, refused))
			}
		}
	}
	t.Logf("%d traps, %d edits, %d of them refused", len(yamlTraps), count, len(refusals))
	compareRefusals(t, strings.Join(refusals, ""))
}

func compareRefusals(t *testing.T, got string) {
	t.Helper()
	if *updateYAML {
		if err := os.WriteFile(refusalsFile, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(refusalsFile)
	if err != nil {
		t.Fatal(err)
	}
	gotLines, wantLines := strings.Split(got, "\n"), strings.Split(string(want), "\n")
	for _, line := range gotLines {
		if !slices.Contains(wantLines, line) {
			t.Errorf("refused, but not expected: %s", line)
		}
	}
	for _, line := range wantLines {
		if !slices.Contains(gotLines, line) {
			t.Errorf("expected to be refused, but is not: %s", line)
		}
	}
}
