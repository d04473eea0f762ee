package source

import (
	"slices"
	"strings"
	"testing"
)

// TestImageText requires each image without a reference to say what is written in its place, and no other image to do so.
func TestImageText(t *testing.T) {
	for _, c := range []struct {
		kind Kind
		text string
		want string
	}{
		{DockerfileKind, "ARG REG\nFROM ${REG}python:latest\nFROM nginx\nFROM a//b\n", "${REG}python:latest,,a//b"},
		{DockerfileKind, "ARG R=/\nFROM ${R}a\n", "${R}a"},
		{ComposeKind, "services:\n  a:\n    image: \"${REG}python:latest\"\n  b:\n    image: nginx\n  c:\n    image: ${ X}\n", "${REG}python:latest,,${ X}"},
		{ComposeKind, "services:\n  a:\n    build:\n      additional_contexts:\n      - b=docker-image://alpine:$V\n", "alpine:$V"},
		{ComposeKind, "services:\n  a:\n    build:\n      dockerfile_inline: |\n        FROM a:1${V}\n        COPY --from=b:1$V / /\n        COPY --from=c / /\n", "a:1${V},b:1$V,"},
		{ActionsKind, "jobs: {a: {container: \"a:${{ matrix.v }}\"}}\n", "a:${{ matrix.v }}"},
		{GitLabKind, "image: $X\n", "$X"},
		{DevcontainerKind, `{"image": "a:${localEnv:V}"}`, "a:${localEnv:V}"},
		{BakeKind, "target \"a\" {\n  contexts = { b = \"docker-image://x:${V}\" }\n}\n", "x:${V}"},
	} {
		d, err := Parse("x", c.kind, []byte(c.text))
		if err != nil {
			t.Errorf("%s: %v", c.text, err)
			continue
		}
		var got []string
		for _, i := range d.Images() {
			got = append(got, i.Text)
			if (i.Ref == "") != (i.Text != "") {
				t.Errorf("%s: text %q of the reference %q", c.text, i.Text, i.Ref)
			}
		}
		if strings.Join(got, ",") != c.want {
			t.Errorf("%s: texts are %q, want %s", c.text, got, c.want)
		}
	}
}

// TestSharedValues requires that images with one value in common do not each demand all of it.
func TestSharedValues(t *testing.T) {
	for _, c := range []struct {
		kind Kind
		text string
		want []bool // whether Expect is known, by image
	}{
		{DockerfileKind, "FROM a\nONBUILD COPY --from=b:1 / /\n", []bool{true, true}},
		{DockerfileKind, "FROM a\nONBUILD COPY --from=b:1 / /\nONBUILD RUN --mount=from=c:1 x\nFROM d\nONBUILD COPY --from=e:1 / /\n", []bool{true, false, false, true, true}},
		{DockerfileKind, "FROM a\nONBUILD RUN --mount=from=c:1 --mount=from=d:1 x\nCOPY --from=e / /\n", []bool{true, false, false, true}},
		{ComposeKind, "services:\n  a:\n    image: x\n  b:\n    build:\n      dockerfile_inline: |\n        FROM a\n", []bool{true, true}},
		{ComposeKind, "services:\n  a:\n    image: x\n  b:\n    build:\n      dockerfile_inline: |\n        FROM a\n        FROM b\n", []bool{true, false, false}},
	} {
		d, err := Parse("x", c.kind, []byte(c.text))
		if err != nil {
			t.Fatal(err)
		}
		var got []bool
		for _, i := range d.Images() {
			got = append(got, i.Expect(i.Ref) != nil)
			if len(i.Paths) == 0 {
				t.Errorf("%s: %s has no paths", c.text, i.Ref)
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.text, got, c.want)
		}
	}
}
