package source

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// hostileYAML are files made to take much time or memory.
func hostileYAML() map[string]string {
	var bomb strings.Builder
	bomb.WriteString("a0: &a0 {x: 1}\n")
	for i := 1; i < 60; i++ {
		fmt.Fprintf(&bomb, "a%d: &a%d {<<: [%s*a%d]}\n", i, i, strings.Repeat(fmt.Sprintf("*a%d, ", i-1), 9), i-1)
	}
	bomb.WriteString("services:\n  web:\n    <<: *a59\n    environment: *a59\n")
	var services strings.Builder
	services.WriteString("x-e: &e\n")
	for i := range 3000 {
		fmt.Fprintf(&services, "  k%d: v\n", i)
	}
	services.WriteString("services:\n")
	for i := range 3000 {
		fmt.Fprintf(&services, "  s%d: {environment: *e}\n", i)
	}
	return map[string]string{
		"flow deep":           strings.Repeat("[", 9000) + strings.Repeat("]", 9000),
		"flow too deep":       strings.Repeat("[", 200000),
		"blocks deep":         strings.Repeat("- ", 9000) + "a",
		"keys deep, blanks":   strings.Repeat("? ", 9000) + "a\n" + strings.Repeat("\n", 200000),
		"one long line":       "a: [" + strings.Repeat("é, ", 200000) + "b]",
		"long keys in a line": "{" + strings.Repeat("é: ü, ", 100000) + "b: c}",
		"many quotes":         "a:\n" + strings.Repeat(`- "\n"`+"\n", 100000),
		"many other escapes":  "a:\n" + strings.Repeat(`- "\e"`+"\n", 50000),
		"many comments":       strings.Repeat("# c\n", 200000) + "a: b\n",
		"many empty values":   "a:\n" + strings.Repeat("- \n", 200000),
		"many short keys":     "a:\n" + strings.Repeat("  b: c\n", 100000),
		"folded lines":        "a: >\n" + strings.Repeat("  x\n\n", 100000),
		"plain lines":         "a:\n" + strings.Repeat("  x\n\n", 100000),
		"line separators":     "a: \"" + strings.Repeat("\u2028", 100000) + "\"\n",
		"aliases in aliases":  bomb.String(),
		"aliases of services": services.String(),
		"alias of itself":     "services: &s\n  a: *s\n  b: {<<: *s}\n",
		"merge of itself":     "services:\n  a: &a\n    <<: *a\n    image: b\n",
		"merges in merges":    "services: {a: " + strings.Repeat("{<<: ", 4000) + "{}" + strings.Repeat("}", 4000) + "}\n",
	}
}

// TestYAMLHostile bounds the time of Parse, and of all that is asked of the result, by the time the parser takes.
func TestYAMLHostile(t *testing.T) {
	for name, text := range hostileYAML() {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			_, _ = parseYAML([]byte(text))
			floor := time.Since(start)
			start = time.Now()
			d, err := Parse("compose.yaml", ComposeKind, []byte(text))
			if err == nil {
				d.Images()
				for _, s := range d.Compose.Services {
					s.Environment()
					s.DependsOn()
				}
			}
			if whole := time.Since(start); whole > 10*floor+time.Second {
				t.Errorf("Parse takes %v where the parser alone takes %v", whole, floor)
			} else {
				t.Logf("%s: parser %v, Parse %v: %.1f times", name, floor, whole, float64(whole)/float64(floor))
			}
		})
	}
}
