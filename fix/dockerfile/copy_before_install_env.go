package dockerfile

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/dockfix/dockfix/fix"
	"mvdan.cc/sh/v3/syntax"
)

// configPrefixes begin the names of variables that tell installers and shells what files to read.
var configPrefixes = []string{
	"PIP_", "UV_", "NPM_CONFIG_", "YARN_", "PNPM_", "BUN_", "BUNDLE_", "POETRY_", "PIPENV_", "PDM_", "COMPOSER_", "NODE_EXTRA_CA_CERTS", "NODE_OPTIONS",
	"BASH_ENV", "SSL_CERT", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "LD_", "GIT_", "PYTHONSTARTUP", "NETRC",
}

// configures reports whether a variable is one of them; where a cache lies is no file to read.
func configures(name string) bool {
	name = strings.ToUpper(name)
	return name == "ENV" || !strings.Contains(name, "CACHE") && slices.ContainsFunc(configPrefixes, func(p string) bool { return strings.HasPrefix(name, p) })
}

// programs are variables that tell the program that is copied, not the install, what to read.
var programs = []string{"FLASK_APP", "STREAMLIT_APP", "MAIN", "APP_FILE"}

// setsOf are the variables that a shell program sets, for itself or for one command.
func setsOf(file *syntax.File, env map[string]string) map[string]string {
	sets := map[string]string{}
	walkCommands(file, func(n syntax.Node) bool {
		if a, ok := n.(*syntax.Assign); ok && a.Name != nil && a.Value != nil {
			value, ok := wordText(a.Value, env)
			if !ok {
				value = variable
			}
			sets[a.Name.Value] += " " + value
		}
		return true
	})
	return sets
}

// readsBeside refuses an install that is told, by a variable or an option, to read a copied file that is none of the manifests.
func (l *lateInstall) readsBeside(c *fix.BuildContext, d decision) string {
	env := map[string]string{}
	maps.Copy(env, l.at.args)
	for name, value := range c.Args {
		if _, ok := env[name]; ok {
			env[name] += " " + value
		}
	}
	maps.Copy(env, l.at.env)
	for name, value := range l.at.unclear {
		env[name] += " " + value
	}
	for name, value := range l.sets {
		env[name] += " " + value
	}
	for _, name := range slices.Sorted(maps.Keys(env)) {
		value := env[name]
		if slices.Contains(programs, name) {
			continue
		}
		if configures(name) && strings.ContainsAny(value, "$"+variable) && !strings.Contains(value, "://") && !strings.HasSuffix(strings.ToUpper(name), "_URL") {
			return fmt.Sprintf("the value of %s, which may name a copied file, is not known", name)
		}
		if file := l.names(c, d, l.at.dir, value, configures(name)); file != "" {
			return fmt.Sprintf("%s names %s, which the install may read", name, file)
		}
	}
	for _, run := range l.installs {
		if d.offer != nil && d.offer.Command != "" {
			break // it is another command that runs without the sources
		}
		for i, w := range run.command.Args {
			certificate := i > 0 && strings.Contains(run.command.Args[i-1], "cert") || strings.HasPrefix(w, "-") && strings.Contains(w, "cert")
			if !certificate && !strings.ContainsAny(w, "./") {
				continue
			}
			for _, dir := range []string{l.at.dir, run.dir} {
				if file := l.names(c, d, dir, w, certificate); file != "" {
					return fmt.Sprintf("%s is told to read %s", run.command.Name, file)
				}
			}
		}
	}
	return ""
}

// names is the first path in a text that is a copied file; with loose, also one that is not known to be there.
func (l *lateInstall) names(c *fix.BuildContext, d decision, dir, text string, loose bool) string {
	for _, w := range strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(" \t\n=:,;\"'", r) }) {
		full, ok := l.tree.inContext(joinDir(dir, w))
		if !ok || full == l.tree.root || slices.Contains(d.files, full) ||
			slices.ContainsFunc(append(d.dirs, d.fills...), func(dir string) bool { return within(dir, full) }) {
			continue
		}
		e, there := c.Entry(full)
		if there && (e.Mode.IsRegular() || path.IsAbs(w) || loose) || loose && path.IsAbs(w) {
			return full
		}
	}
	return ""
}
