package compose

import (
	"encoding/json"
	"path"
	"strconv"
	"strings"
)

// lines are the healthcheck section at column 0, indented by step within.
func (q question) lines(step int) []string {
	in := strings.Repeat(" ", step)
	return []string{
		"healthcheck:",
		in + "test: " + q.testText(),
		in + "interval: " + q.check.Interval,
		in + "timeout: " + q.check.Timeout,
		in + "retries: " + strconv.Itoa(q.check.Retries),
		in + "start_period: " + q.check.Start,
	}
}

// testText is the test as a list in YAML, which is that of JSON. The tests that need no shell are written as one already.
func (q question) testText() string {
	if words, ok := strings.CutPrefix(q.test, "["); ok {
		return `["CMD", ` + words
	}
	return `["CMD-SHELL", ` + jsonText(q.test) + "]"
}

// wordsOfTest are those of a test that needs no shell.
func wordsOfTest(test string) ([]string, bool) {
	var words []string
	if !strings.HasPrefix(test, "[") || json.Unmarshal([]byte(test), &words) != nil {
		return nil, false
	}
	return words, true
}

// jsonText quotes a text without the escapes for HTML.
func jsonText(text string) string {
	if !strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r > '~' || r == '"' || r == '\\' }) {
		return `"` + text + `"`
	}
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if e.Encode(text) != nil {
		return `""`
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// tool is the program that asks, for the title.
func (q question) tool() string {
	test := q.check.Test
	if words, ok := strings.CutPrefix(test, `["`); ok {
		first, _, _ := strings.Cut(words, `"`)
		return path.Base(first)
	}
	switch {
	case strings.Contains(test, "sqlcmd"):
		return "sqlcmd"
	case strings.HasPrefix(test, "{ "):
		return "sh"
	case strings.HasPrefix(test, "echo "):
		_, test, _ = strings.Cut(test, "| ")
	}
	first, _, _ := strings.Cut(test, " ")
	return path.Base(first)
}
