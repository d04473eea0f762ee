package project

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// writeAll writes files below a folder.
func writeAll(t *testing.T, top string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		path := filepath.Join(top, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// TestOtherContext tells for a build of a script, in a repository with the Dockerfiles Dockerfile and app/Dockerfile, which of them it
// builds with another context than their folder.
func TestOtherContext(t *testing.T) {
	step := func(keys string) string { return "on: push\njobs:\n  b:\n    steps:\n    - with:\n" + keys }
	for _, c := range []struct{ file, text, want string }{
		{"Makefile", "docker build .", ""},
		{"Makefile", "docker build -f Dockerfile .", ""},
		{"Makefile", "docker build -f ./app/Dockerfile ./app/", ""},
		{"Makefile", "docker build app", ""},
		{"Makefile", "docker build -f app/Dockerfile .", "app/Dockerfile"},
		{"Makefile", "docker build -fapp/Dockerfile .", "app/Dockerfile"},
		{"Makefile", "docker buildx build . --file=app/Dockerfile --push", "app/Dockerfile"},
		{"Makefile", "docker build -f $(A)/Dockerfile $(A)", ""},
		{"Makefile", "docker build -f $(A)/Dockerfile $(B)", "Dockerfile app/Dockerfile"},
		{"Makefile", "docker build -f $(FILE) .", "app/Dockerfile"},
		{"Makefile", "docker build -f $(CURDIR)/app/Dockerfile app", ""},
		{"Makefile", "docker build -f other/Dockerfile .", ""},
		{"Makefile", "# docker build -f app/Dockerfile .", ""},
		{"app/build.sh", "docker build -f Dockerfile ..", "Dockerfile app/Dockerfile"},
		{"app/build.sh", "cd app && docker build -f Dockerfile .", ""},
		{"ci.sh", "cd $APP && docker build -f Dockerfile ..", "Dockerfile app/Dockerfile"},
		{"ci.sh", "podman build -f app/Dockerfile \"$CONTEXT\"", "app/Dockerfile"},
		{"ci.sh", "buildah bud -f app/Dockerfile .", "app/Dockerfile"},
		{"ci.sh", "cat x | docker build -f - .", ""},
		{"ci.sh", "/kaniko/executor --context $CI_PROJECT_DIR --dockerfile $CI_PROJECT_DIR/app/Dockerfile", "app/Dockerfile"},
		{"package.json", "{\"scripts\": {\"b\": \"docker build -f app/Dockerfile .\", \"c\": \"\"}}", "app/Dockerfile"},
		{"scripts/b.py", "run([\"docker\", \"build\", \"-f\",\n  'app/Dockerfile', '.'])", "app/Dockerfile"},
		{"scripts/b.py", "run([\"docker\", \"build\", \"-f\", \"app/Dockerfile\", where])", "app/Dockerfile"},
		{"scripts/b.py", "run([\"docker\", \"build\", \"-f\", \"app/Dockerfile\", \"app\"])", ""},
		{".github/workflows/a.yml", step("        context: .\n        file: app/Dockerfile\n"), "app/Dockerfile"},
		{".github/workflows/a.yml", step("        file: app/Dockerfile\n"), "app/Dockerfile"},
		{".github/workflows/a.yml", step("        context: app\n        file: app/Dockerfile\n"), ""},
		{".github/workflows/a.yml", step("        context: ${{ github.workspace }}\n        file: ${{ github.workspace }}/Dockerfile\n"), ""},
		{".github/workflows/a.yml", step("        context: apps/${{ matrix.app }}\n        file: Dockerfile\n"), "Dockerfile"},
		{".github/workflows/a.yml", step("        context: ${{matrix.app}}\n        file: ${{ matrix.app }}/Dockerfile\n"), ""},
		{".github/workflows/a.yml", step("        context: .\n        file: ${{ matrix.file }}\n"), "app/Dockerfile"},
		{".github/workflows/a.yml", step("        file: coverage.xml\n        context: x\n"), ""},
		{".github/workflows/a.yml", "x:\n  run: >-\n    docker build\n    -t x\n    --file app/Dockerfile\n    .\n", "app/Dockerfile"},
		{".github/workflows/a.yml", "x:\n  run: >-\n    docker build\n    --file app/Dockerfile\n    app\n", ""},
		{"Makefile", "$(DOCKER) build -f app/Dockerfile .", "app/Dockerfile"},
		{".github/workflows/a.yml", "jobs: \n  b:\n    steps:\n    - with: {context: ., file: app/Dockerfile}\n", "app/Dockerfile"},
	} {
		if got := otherContexts(t, c.file, c.text); strings.Join(got, " ") != c.want {
			t.Errorf("%s: %q: another context for %q, want %q", c.file, c.text, got, c.want)
		}
	}
}

// otherContexts are the Dockerfiles that a script builds with another context than their folder.
func otherContexts(t *testing.T, file, text string) (list []string) {
	top := t.TempDir()
	writeAll(t, top, map[string]string{file: "# docker build\n" + text + "\n", "Dockerfile": "FROM a\n", "app/Dockerfile": "FROM a\n"})
	builds := ScriptsBelow(context.Background(), top).Builds
	for _, name := range []string{"Dockerfile", "app/Dockerfile"} {
		path := filepath.Join(realPath(top), filepath.FromSlash(name))
		if slices.ContainsFunc(builds, func(b ScriptBuild) bool { return b.Other(path, []string{filepath.Dir(path)}) }) {
			list = append(list, name)
		}
	}
	return list
}

// TestScriptLines tells which lines of a file may build what they name.
func TestScriptLines(t *testing.T) {
	for _, c := range []struct{ file, text, want string }{
		{"Makefile", "x:\n\tdocker build \\\n\t  --label a=b \\\n\t  -t a/b .\n\tdocker run a/c", "1 2 3 4"},
		{"a.sh", "docker push a/b\ndocker pull a/c\nIMAGE=a/d\nnerdctl tag a/e a/f\nimage=a/g", "1 3 4 5"},
		{".gitlab-ci.yml", "x:\n  image: docker:27\n  services:\n    - a/b\n  variables:\n    IMAGE: a/c\n  script: docker run a/d", "1 5 6"},
		{".github/workflows/a.yml", "jobs:\n  x:\n    container: docker/a\n    steps:\n      - with:\n          image: a/b\n          tags: |\n            a/c", "1 2 4 5 6 7 8"},
		{".circleci/config.yml", "jobs:\n  x:\n    docker:\n    - image: a/b\n    steps:\n    - docker/publish:\n        image: a/c", "1 2 3 5 6 7"},
		{"skaffold.yaml", "build:\n  artifacts:\n  - image: a/b", "1 2 3"},
		{"scripts/a.py", "run(['docker',\n 'a/b'])", "1 2"},
		{"a.sh", "echo docker build a/b", ""},
	} {
		top := t.TempDir()
		writeAll(t, top, map[string]string{c.file: c.text + "\n"})
		var got []string
		for _, l := range ScriptsBelow(context.Background(), top).Lines {
			if l.Builds {
				got = append(got, l.Place[strings.LastIndexByte(l.Place, ':')+1:])
			}
		}
		if s := strings.Join(got, " "); s != c.want {
			t.Errorf("%s: %q: lines %s, want %s", c.file, c.text, s, c.want)
		}
	}
}

// TestOutline reads mappings by their indentation.
func TestOutline(t *testing.T) {
	parents, sections := outline("a:\n- b: 1\n  c:\n  - d\n  - e\n- b: {f: 2, g: 3}\nh: |\n  i\n# j\n")
	if got, want := fmt.Sprint(parents), "[[] [a] [a] [a c] [a c] [a] [] [h] [] []]"; got != want {
		t.Errorf("the keys above are %s, want %s", got, want)
	}
	var got []string
	for _, s := range sections {
		got = append(got, fmt.Sprint(s.values))
	}
	if got, want := strings.Join(got, " "), "map[h:[i]] map[b:[1] c:[d e]] map[b:[{f: 2, g: 3}]] map[f:[2] g:[3]]"; got != want {
		t.Errorf("the mappings are %s, want %s", got, want)
	}
}
