package project

import (
	"bufio"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// scriptFolders are the directories for scripts, in lower case, with the levels of folders below that are looked at.
var scriptFolders = map[string]int{
	// Of a CI service.
	".azure": 1, ".azure-pipelines": 1, "azure-pipelines": 1, "bamboo-specs": 1, ".jenkins": 1, "jenkins": 1, ".buildkite": 1, ".ci": 1, ".circleci": 1, ".gitlab": 1, ".semaphore": 1, ".woodpecker": 1,
	".github": 2, ".gitea": 2, ".forgejo": 2, // actions/NAME/action.yml
	".devcontainer": 1, ".vscode": 0,
	// For people and CI alike.
	"bin": 1, "build": 1, "ci": 1, "hack": 1, "make": 1, "script": 1, "scripts": 1, "tools": 1,
	"deploy": 1, "deployment": 1, "deployments": 1, "devops": 1, "docker": 1, "ops": 1, "release": 1,
	"ansible": 1, "infra": 1, "infrastructure": 1, "provisioning": 1, "terraform": 1,
	"requirements": 0,
}

// scriptFolder tells whether a directory is one for scripts, and how many levels of folders below it are too.
func scriptFolder(name string) (below int, ok bool) {
	name = strings.ToLower(name)
	if strings.HasPrefix(name, "playbook") {
		return 1, true
	}
	below, ok = scriptFolders[name]
	return below, ok
}

// passedBy are folders of other people's code, and those of forms and prose among the files of a CI service.
func passedBy(base string) bool {
	_, other := others[base]
	return other || strings.HasSuffix(base, "_template") || base == "docs"
}

// scriptExtensions are those of programs, and of descriptions of what is to be run.
var scriptExtensions = set(".bash", ".bat", ".cmd", ".fish", ".groovy", ".ksh", ".mk", ".ps1", ".psm1", ".service", ".sh",
	".tf", ".zsh")

// folderExtensions count in script folders only: elsewhere they are those of the program that the repository is about.
var folderExtensions = set(".py", ".rake", ".rb", ".yaml", ".yml")

// scriptNames are files that run programs or say which ones are installed, in lower case.
var scriptNames = set(
	// Task runners and shells.
	".devcontainer.json", ".envrc", ".env", "capfile", "devcontainer.json", "dodo.py", "fabfile.py", "gnumakefile", "justfile", "makefile", "noxfile.py", "package.json",
	"rakefile", "tasks.py", "taskfile.yaml", "taskfile.yml", "vagrantfile",
	// CI services.
	".appveyor.yml", ".cirrus.yml", ".drone.yml", ".gitlab-ci.yaml", ".gitlab-ci.yml", ".travis.yml", ".woodpecker.yaml", ".woodpecker.yml",
	"action.yaml", "action.yml", "appveyor.yml", "azure-pipelines.yml", "bitbucket-pipelines.yml", "buildspec.yml",
	"circle.yml", "cloudbuild.yaml", "cloudbuild.yml", "jenkinsfile",
	// What Python installs.
	"environment.yaml", "environment.yml", "pipfile", "pyproject.toml", "setup.cfg", "setup.py", "tox.ini",
)

// buildNames are files that name the libraries of a program, in lower case: what its tests run is all that is looked for in them.
var buildNames = set("build.gradle", "build.gradle.kts", "go.mod", "pom.xml")

// playbooks are the starts of the names of YAML files that deploy: deploy.yml, deploy-prod.yml.
var playbooks = []string{"deploy", "playbook", "provision", "release", "site."}

// isScript knows the files that run programs or say which ones are installed, by a name in lower case.
func isScript(dir, base string) bool {
	if leftover(base) {
		return false
	}
	folder := strings.ToLower(filepath.Base(dir))
	if requirements(folder, base) {
		return true
	}
	for templateName(base) {
		base = strings.TrimSuffix(base, path.Ext(base)) // deploy.sh.j2
	}
	ext := path.Ext(base)
	switch {
	case composeName(base): // what is called, not a caller
		return false
	case scriptNames[base], buildNames[base], scriptExtensions[ext], dockerfileName(base):
		return true
	case strings.HasPrefix(base, "makefile."), strings.HasPrefix(base, "jenkinsfile."), ext == ".jenkinsfile":
		return true
	case strings.HasPrefix(base, "azure-pipelines") && (ext == ".yml" || ext == ".yaml"):
		return true
	case folderExtensions[ext] && inScriptFolder(dir):
		return true
	}
	return (ext == ".yml" || ext == ".yaml") && hasPrefix(base, playbooks)
}

// requirements knows the lists that pip reads: requirements-dev.txt, constraints.txt, requirements/ci.txt.
func requirements(folder, base string) bool {
	if ext := path.Ext(base); ext != ".txt" && ext != ".in" {
		return false
	}
	return folder == "requirements" || strings.HasPrefix(base, "requirements") || strings.HasPrefix(base, "constraints")
}

// inScriptFolder goes by the path alone, so that a directory reads the same from wherever the search came. The deepest
// that is looked at is .github/actions/NAME.
func inScriptFolder(dir string) bool {
	for level := 0; level <= 2; level++ {
		if below, ok := scriptFolder(filepath.Base(dir)); ok && level <= below {
			return true
		}
		dir = filepath.Dir(dir)
	}
	return false
}

// isNameless tells whether only the first line can say that a file is a script: bin/deploy.
func isNameless(base string) bool {
	return path.Ext(base) == "" && !leftover(base)
}

func hasPrefix(s string, prefixes []string) bool {
	for _, p := range prefixes {
		if strings.HasPrefix(s, p) {
			return true
		}
	}
	return false
}

// readStart gives the first maxScript bytes of a regular file; nothing where it cannot be read. A nameless file must
// begin with "#!". As in readRegular, what is opened can be another file than what was looked at.
func readStart(path string, nameless bool) string {
	if info, err := os.Stat(path); err != nil || special(info) != nil {
		return ""
	}
	f, err := os.OpenFile(path, os.O_RDONLY|openFlags, 0)
	if err != nil {
		return ""
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || special(info) != nil {
		return ""
	}
	r := bufio.NewReader(io.LimitReader(f, maxScript))
	if mark, _ := r.Peek(2); nameless && string(mark) != "#!" {
		return ""
	}
	b, _ := io.ReadAll(r) // what could be read
	return string(b)
}
