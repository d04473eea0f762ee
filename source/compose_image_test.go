package source

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestComposeImages(t *testing.T) {
	for _, c := range []struct {
		text string
		want []string // the bytes at Span, Ref, Variables
	}{
		{"services:\n  a:\n    image: nginx:1.25 # c\n", []string{"nginx:1.25 nginx:1.25 []"}},
		{"services:\n  a:\n    image: 'nginx'\n  b:\n    image: \"redis:7\"\n", []string{"nginx nginx []", "redis:7 redis:7 []"}},
		{"services:\n  a:\n    image: >-\n      nginx:1.25\n  b:\n    image: |-\n      redis\n", []string{"nginx:1.25 nginx:1.25 []", "redis redis []"}},
		{"services:\n  a:\n    image: |\n      nginx\n  b:\n    image: \"a\\x41\"\n  c:\n    image:\n", nil},
		{"services:\n  a:\n    image:\n      nginx\n", []string{"nginx nginx []"}},
		{"services: {a: {image: nginx}, b: {image: 'redis'}}\n", []string{"nginx nginx []", "redis redis []"}},
		{"services:\n  a:\n    image: nginx:${TAG}\n", []string{"nginx:${TAG}  [TAG]"}},
		{"services:\n  a:\n    image: ${IMAGE:-nginx:${TAG-1.25}}-x\n", []string{"${IMAGE:-nginx:${TAG-1.25}}-x nginx:1.25-x [IMAGE TAG]"}},
		{"services:\n  a:\n    image: ${IMAGE:?set it}\n", []string{"${IMAGE:?set it}  [IMAGE]"}},
		{"services:\n  a:\n    image: $IMAGE\n", []string{"$IMAGE  [IMAGE]"}},
		{"services:\n  a:\n    image: ${ IMAGE}\n", nil},
		{"services:\n  a:\n    image: mine\n    build: .\n", nil},
		{"x-a: &i nginx\nservices:\n  a:\n    image: *i\n  b:\n    image: *i\n", []string{"nginx nginx []"}},
		{"x-a: &a\n  image: nginx\nx-b:\n  image: unused\nservices:\n  z:\n    image: redis\n  a: *a\n  b:\n    <<: *a\n", []string{"nginx nginx []", "redis redis []"}},
		{"x-a: &a\n  image: nginx\nservices:\n  a:\n    <<: *a\n    build: .\n  b:\n    <<: *a\n    image: redis\n", []string{"redis redis []"}},
		{"web:\n  image: nginx\n", nil},
	} {
		d := mustParseCompose(t, c.text)
		var got []string
		for _, i := range d.Images() {
			got = append(got, fmt.Sprint(d.Text(i.Span), " ", i.Ref, " ", i.Variables))
			if i.Where != WhereService || len(i.Variables) == 0 && d.Text(i.Span) != i.Ref {
				t.Errorf("%q: %+v", c.text, i)
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%q: images are %q, want %q", c.text, got, c.want)
		}
	}
}

// TestWithoutVariables has the table of what Compose makes of texts when no variable is set.
func TestWithoutVariables(t *testing.T) {
	const none = "not known"
	for _, c := range []struct{ text, want, names string }{
		{"${X}", none, "X"}, {"$X", none, "X"}, {"$$X", "$X", ""}, {"$${X}", "${X}", ""}, {"a", "a", ""}, {"", "", ""},
		{"${X:-d}", "d", "X"}, {"${X-d}", "d", "X"}, {"${X:-}", "", "X"}, {"${X:?need}", none, "X"}, {"${X?need}", none, "X"},
		{"${X:+r}", none, "X"}, {"a$", "a$", ""}, {"a$1", "a$1", ""}, {"$", "$", ""}, {"$$", "$", ""}, {"pa$$w0rd", "pa$w0rd", ""},
		{"pa$w0rd", none, "w0rd"}, {"${X:-a}b}", "ab}", "X"}, {"${X:-${Y:-z}}", "z", "X Y"}, {"${ X}", none, ""}, {"${X.Y}", none, ""},
		{"100%$", "100%$", ""}, {"${X", none, ""}, {"${}", none, ""}, {"a${X:-b}c${X-d}e", "abcde", "X"}, {"${1}", none, ""}, {"$_a-b", none, "_a"},
	} {
		got, ok := WithoutVariables(c.text)
		if !ok {
			got = none
		}
		if names := strings.Join(VariableNames(c.text), " "); got != c.want || names != c.names {
			t.Errorf("%q: %q with %q, want %q with %q", c.text, got, names, c.want, c.names)
		}
	}
	if deep := strings.Repeat("${A:-", 5000) + strings.Repeat("}", 5000); len(VariableNames(deep)) != 1 {
		t.Error("deep references")
	}
}

func TestReferences(t *testing.T) {
	refs, ok := References("a${B:-c${D}}$E$$F")
	want := []Reference{{1, 12, "B", ":-", "c${D}"}, {12, 14, "E", "", ""}}
	if !ok || !slices.Equal(refs, want) {
		t.Errorf("references are %+v, want %+v", refs, want)
	}
}
