package source

import (
	"slices"
	"strings"
	"testing"

	"github.com/dockfix/dockfix/internal/corpus"
)

const inlineText = `# yaml 1
services:
  a:
    build: &b # yaml 2
      dockerfile_inline: |
        # hadolint ignore=DL3006
        FROM python ${X}

        RUN a \
          # in a RUN
          b
        RUN <<EOF
        # text
        EOF
        # last
    image: mine # yaml 3
  b:
    build: *b
  c:
    build:
      dockerfile_inline: "FROM a\n# quoted\n"
  d:
    build:
      dockerfile_inline: |
        NOTHING knows
        # of no Dockerfile
  e:
    build:
      context: .
      dockerfile_inline: |-
        # $$ e
        FROM a
`

// TestInlineComments finds the comments of inline Dockerfiles and what each speaks of.
func TestInlineComments(t *testing.T) {
	want := []string{
		"yaml 1", "yaml 2", "hadolint ignore=DL3006 inline: FROM python ${X}", `in a RUN inline: RUN a \ # in a RUN b`, "last inline: nothing",
		"yaml 3", "$$ e inline: FROM a",
	}
	for _, shape := range corpus.Shapes {
		d, err := Parse("compose.yaml", ComposeKind, shape.Of([]byte(inlineText)))
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, c := range d.Comments {
			text := c.Text
			if d.Bytes[c.Start] != '#' || !strings.HasSuffix(d.Text(c.Span), c.Text) {
				t.Errorf("%s: the bytes of %q are %q", shape.Name, c.Text, d.Text(c.Span))
			}
			if span, ok := d.InlineScope(c); ok {
				text += " inline: " + strings.Join(strings.Fields(d.Text(span)), " ")
			} else if c.Inline {
				text += " inline: nothing"
			}
			if file, ok := d.InlineFile(c); ok != c.Inline || ok && !file.Contains(c.Span) {
				t.Errorf("%s: %q is in the inline Dockerfile %v", shape.Name, c.Text, file)
			}
			got = append(got, text)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: comments are\n%s\nwant\n%s", shape.Name, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	}
}

// TestInlineCommentsAreText requires that an entry put above a key does not go into the block scalar above it.
func TestInlineCommentsAreText(t *testing.T) {
	const text = "services:\n  a:\n    build:\n      dockerfile_inline: |\n        FROM a\n        # last\n      target: x\n    image: b\n"
	d := mustParseCompose(t, text)
	build, _ := d.Compose.Services[0].Field("build")
	key, _ := build.Node.Get("target")
	splices, err := d.InsertEntryBefore(key, []string{"context: ."})
	if err != nil {
		t.Fatal(err)
	}
	b, err := Apply(d.Bytes, splices)
	if want := strings.Replace(text, "      target", "      context: .\n      target", 1); err != nil || string(b) != want {
		t.Errorf("%s\nwant\n%s", b, want)
	}
	key, _ = d.Compose.Services[0].Node.Get("build")
	splices, err = d.DeleteEntry(key, true)
	if err != nil {
		t.Fatal(err)
	}
	if b, err = Apply(d.Bytes, splices); err != nil || string(b) != "services:\n  a:\n    image: b\n" {
		t.Errorf("without the build:\n%s", b)
	}
}
