package manifest

import (
	"path"
	"strings"
)

// pipFlags are the flags of pip that take the next word.
var pipFlags = []string{
	"-r", "--requirement", "-c", "--constraint", "-e", "--editable", "-i", "--index-url", "--extra-index-url", "-f", "--find-links",
	"-t", "--target", "--prefix", "--root", "--src", "--trusted-host", "--timeout", "--default-timeout", "--retries", "--cache-dir",
	"--no-binary", "--only-binary", "--platform", "--python-version", "--implementation", "--abi", "--progress-bar", "--log",
	"--proxy", "--cert", "--client-cert", "--upgrade-strategy", "--root-user-action", "--python", "-p", "--index-strategy", "--resolver",
}

func pip(args []string) *Install {
	a := parse(args, pipFlags...)
	if a.word(0) != "install" {
		return nil
	}
	return pipInstall(a, a.words[1:])
}

// pipInstall is pip install, or uv pip install; nil where it reads no file.
func pipInstall(a arguments, words []string) *Install {
	files := append(a.values("-r", "--requirement"), a.values("-c", "--constraint")...)
	i := &Install{Manager: "pip", Files: files, args: a}
	reads := len(files) > 0
	for _, w := range append(words, a.values("-e", "--editable")...) {
		base, _, _ := strings.Cut(w, "[")
		if local(base) && !strings.HasPrefix(w, "git+") {
			reads = true
		}
	}
	if !reads {
		return nil
	}
	i.plan = func(p *planner) {
		for _, f := range files {
			p.requirements(f, true)
		}
		for _, w := range words {
			p.pipWord(w)
		}
		for _, e := range a.values("-e", "--editable") {
			p.editable(e)
		}
		p.findLinks(a.values("-f", "--find-links")...)
		for _, dir := range a.values("-t", "--target", "--prefix", "--root", "--src") {
			if full, ok := p.InContext(dir); ok {
				p.fills(p.fromDir(full))
			}
		}
	}
	return i
}

// fromDir is a path of the context as add and fills take it.
func (p *planner) fromDir(full string) string {
	if rel, ok := relative(p.Dir, full); ok {
		return rel
	}
	up := ""
	for dir := p.Dir; dir != "."; dir = path.Dir(dir) {
		up += "../"
		if rel, ok := strings.CutPrefix(full, path.Dir(dir)+"/"); ok {
			return up + rel
		}
	}
	return up + full
}

// requirements adds a requirements file and all that it includes; the base of what it includes is its own directory.
// named tells that the command line has the path, which may be absolute.
func (p *planner) requirements(name string, named bool) {
	if url(name) {
		return
	}
	if named {
		full, ok := p.InContext(name)
		if !ok {
			p.refuse("%s is not among the files that are copied", name)
			return
		}
		name = p.fromDir(full)
	}
	if strings.Contains(name, "$") {
		p.refuse("the name %s has a variable", name)
		return
	}
	if p.seen[p.at(name)] || !p.need(name) {
		return
	}
	text, ok := p.text(name)
	if !ok {
		return
	}
	if strings.ContainsRune(text, 0) || strings.HasPrefix(text, "\xff\xfe") {
		p.refuse("%s is not UTF-8", p.at(name))
		return
	}
	text = strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\\\n", " ")
	for line := range strings.Lines(text) {
		if i := strings.Index(line, " #"); i >= 0 {
			line = line[:i]
		}
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			p.requirement(path.Dir(name), line)
		}
	}
}

func (p *planner) requirement(dir, line string) {
	a := parse(strings.Fields(line), pipFlags...)
	for _, f := range a.values("-r", "--requirement", "-c", "--constraint") {
		p.requirements(path.Join(dir, f), false)
	}
	for _, e := range a.values("-e", "--editable") {
		p.editable(strings.Trim(e, `"'`))
	}
	p.findLinks(a.values("-f", "--find-links")...)
	if len(a.words) > 0 && line[0] != '-' {
		if name, at, ok := strings.Cut(line, "@"); ok && !strings.Contains(name, "/") && !strings.HasPrefix(name, ".") {
			word, _, _ := strings.Cut(strings.TrimSpace(at), " ")
			p.pipWord(word)
			return
		}
		p.pipWord(a.words[0])
	}
}

// pipWord looks at what pip is told to install: a name, an address, a wheel, or a directory with a project.
func (p *planner) pipWord(word string) {
	base, _, _ := strings.Cut(word, "[")
	base = strings.Trim(base, `"'`)
	if !local(base) {
		return
	}
	if path.Ext(base) != ".whl" && !strings.HasSuffix(base, ".tar.gz") && path.Ext(base) != ".zip" {
		p.refuse("%s is a project of its own, which is built from its sources", base)
		return
	}
	if full, ok := p.InContext(strings.TrimPrefix(base, "file:")); ok && p.need(p.fromDir(full)) {
		return
	}
	p.refuse("%s is not in the build context", base)
}

func (p *planner) editable(word string) {
	if !url(word) && !strings.HasPrefix(word, "git+") {
		p.refuse("-e %s installs the sources themselves", word)
	}
}

func (p *planner) findLinks(list ...string) {
	for _, dir := range list {
		if url(dir) {
			continue
		}
		if full, ok := p.InContext(dir); ok && p.need(p.fromDir(full)) {
			continue
		}
		p.refuse("--find-links %s is not in the build context", dir)
	}
}
