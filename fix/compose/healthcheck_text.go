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

// testText is the test as a list in YAML, which is that of JSON.
func (q question) testText() string {
	words := []string{"CMD-SHELL", q.test}
	if own, ok := wordsOfTest(q.test); ok {
		words = append([]string{"CMD"}, own...)
	}
	quoted := make([]string, len(words))
	for i, w := range words {
		quoted[i] = jsonText(w)
	}
	return "[" + strings.Join(quoted, ", ") + "]"
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
	words, ok := wordsOfTest(q.check.Test)
	if !ok {
		words = strings.Fields(q.check.Test)
	}
	switch {
	case strings.Contains(q.check.Test, "sqlcmd"):
		return "sqlcmd"
	case words[0] == "{":
		return "sh"
	case words[0] == "echo":
		_, rest, _ := strings.Cut(q.check.Test, "| ")
		words = strings.Fields(rest)
	}
	return path.Base(words[0])
}
