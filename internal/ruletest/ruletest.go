// Package ruletest lets one rule work on one text, without a proof: fixtures prove fixes, the tests that use this are
// about when there is one.
package ruletest

import (
	"context"
	"strings"
	"testing"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/source"
)

// Check requires what the rule makes of text: the new text, "" where nothing changes, and what it says of each finding,
// joined by "; ": the title of the fix made, the reason why there is none, or silenced.
func Check(t *testing.T, name string, rule *fix.Rule, text, after, says string) {
	t.Helper()
	doc, err := source.Parse("file", rule.Kind, []byte(text))
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	r := fix.Run(context.Background(), doc, fix.Options{Rules: []*fix.Rule{rule}})
	if r.Err != nil {
		t.Errorf("%s: %v", name, r.Err)
	}
	if after == "" {
		after = text
	}
	if string(r.After) != after {
		t.Errorf("%s: text\n%q\nwant\n%q", name, r.After, after)
	}
	if got := said(r.Findings); got != says {
		t.Errorf("%s: says\n%s\nwant\n%s", name, got, says)
	}
}

func said(findings []*fix.Finding) string {
	var says []string
	for _, f := range findings {
		switch f.Outcome {
		case fix.Fixed:
			says = append(says, f.Fix.Title)
		case fix.Suppressed:
			says = append(says, "silenced")
		default:
			says = append(says, f.Reason)
		}
	}
	return strings.Join(says, "; ")
}
