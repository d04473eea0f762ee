package main

import (
	"context"
	"fmt"
	"testing"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/fix/compose"
	"github.com/dockfix/dockfix/prove"
	"github.com/dockfix/dockfix/source"
)

// plainValues are values without quotes that YAML may take for something else than their text.
var plainValues = []string{
	"true", "True", "TRUE", "false", "False", "FALSE", "tRue", "null", "Null", "~", "1", "-1", "+1", "0", "-0", "00", "007", "0123", "089", "0o17", "0x1F", "0b11", "1_000", "_1",
	"1.5", "1.10", "1.0", "0.1", ".5", "5.", "-.5", "1e3", "1E3", "1e21", "1.5e-9", "1000000.0", "123456789.25", "0.000001", "0.0000001",
	"9223372036854775807", "9223372036854775808", "18446744073709551615", "18446744073709551616", "-9223372036854775808", "12345678901234567890123",
	"2001-01-01", "2001-1-1", "2001-01-01T00:00:00Z", "2001-01-01 10:00:00", "12:30", "12:30:45", "1.2.3", "10.0.0.1", "v1", "a b", "1 2", "y", "n", "0x", "1e", "e1", "--", "1-2", "١",
}

// TestUnquotedBooleanAgrees requires unquoted-boolean to speak of a value without quotes exactly where compose-go gives the container
// another text, and its fixes to keep that.
func TestUnquotedBooleanAgrees(t *testing.T) {
	for _, value := range plainValues {
		const file = "services:\n  a:\n    image: b\n    environment:\n      V: %s\n"
		text := fmt.Sprintf(file, value)
		before, err := prove.Load(context.Background(), prove.Input{Kind: source.ComposeKind, Name: "compose.yaml", Text: fmt.Appendf(nil, file, `"`+value+`"`)})
		if err != nil {
			t.Fatal(value, err)
		}
		after, err := before.Reload(context.Background(), prove.Input{Kind: source.ComposeKind, Name: "compose.yaml", Text: []byte(text)})
		if err != nil {
			t.Fatal(value, err)
		}
		changed := len(prove.Diff(before, after)) > 0 && value != "null" && value != "Null" && value != "~" // these ask for the value of the caller
		r := fixText(t, "compose.yaml", source.ComposeKind, []byte(text), []*fix.Rule{compose.UnquotedBoolean}, &fix.Facts{}, false)
		if found := len(r.Findings) > 0; found != changed {
			t.Errorf("%s: found %v, the text changes %v", value, found, changed)
		}
	}
}
