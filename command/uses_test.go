package command

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/project"
	"github.com/dockfix/dockfix/source"
)

// TestUses requires the scripts that run something in a container of a Dockerfile to be found, and no others.
func TestUses(t *testing.T) {
	for _, c := range []struct {
		name, file, text string
		want             bool
	}{
		{"exec", "Makefile", "test:\n\tdocker compose exec -T api npm install\n", true},
		{"exec with options", "Makefile", "test:\n\tdocker-compose -f compose.yaml exec -e A=b api npm install\n", true},
		{"run", "bin/x.sh", "docker compose run --rm api sh -c 'touch y'\n", true},
		{"run without a command", "bin/x.sh", "docker compose run --rm api\n", false},
		{"its own account", "bin/x.sh", "docker compose exec -u root api apk add x\n", false},
		{"another service", "bin/x.sh", "docker compose exec db psql api x\n", false},
		{"the image", "x.sh", "docker run --rm me/api sh\n", true},
		{"the container", "x.sh", "docker exec api sh\n", true},
		{"another image", "x.sh", "docker run --rm alpine sh\n", false},
		{"a comment", "x.sh", "# docker compose exec api sh\n", false},
		{"to develop in", ".devcontainer/devcontainer.json", `{"build": {"dockerfile": "../Dockerfile"}, "postCreateCommand": "npm i"}`, true},
		{"to develop in a service", ".devcontainer/devcontainer.json", `{"service": "api", "onCreateCommand": "npm i"}`, true},
		{"to develop in another", ".devcontainer/devcontainer.json", `{"build": {"dockerfile": "Dockerfile"}, "postCreateCommand": "npm i"}`, false},
	} {
		top := t.TempDir()
		for name, text := range map[string]string{
			".git/HEAD": "ref: refs/heads/main\n", "Dockerfile": "FROM a\n", "compose.yaml": "services:\n  api: {build: ., image: me/api}\n  db: {image: b}\n", c.file: c.text,
		} {
			path := filepath.Join(top, name)
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		f := project.File{Name: "Dockerfile", Path: filepath.Join(top, "Dockerfile"), Kind: source.DockerfileKind}
		got := newBuilds([]project.File{f}).uses(context.Background(), f)
		if len(got) > 0 != c.want {
			t.Errorf("%s: %s", c.name, fmt.Sprint(got))
		}
	}
}

// TestMountsOfTheFolder requires a service of another folder that is given the folder of a .env to be told, but not one that is given the whole
// machine.
func TestMountsOfTheFolder(t *testing.T) {
	for mount, want := range map[string]int{"/:/host:ro": 0, "/etc:/etc": 0, "..:/all": 1, "../shop:/shop": 1, "../shop/data:/data": 0} {
		top := t.TempDir()
		files := []project.File{}
		for name, text := range map[string]string{
			"shop/compose.yaml": "services:\n  db: {image: b}\n", "watch/compose.yaml": "services:\n  exporter: {image: e, volumes: ['" + mount + "']}\n",
		} {
			path := filepath.Join(top, filepath.FromSlash(name))
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
			files = append(files, project.File{Name: name, Path: path, Kind: source.ComposeKind})
		}
		d := &fix.DotEnv{}
		for _, f := range files {
			if f.Name == "shop/compose.yaml" {
				newBuilds(files).readers(d, f)
			}
		}
		if len(d.Doubts) != want {
			t.Errorf("%s: %q", mount, d.Doubts)
		}
	}
}
