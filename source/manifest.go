package source

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
)

// parseManifest reads a YAML file that names images and of which nothing else is edited. A Helm template is no YAML: its
// images are left alone.
func (d *Document) parseManifest() error {
	if carriageReturnsOnly(d.Bytes) {
		d.lines = carriageReturnLineStarts(d.Bytes)
	}
	if at := helmTemplate(d.Bytes); d.Kind == KubernetesKind && at >= 0 {
		d.Declined = append(d.Declined, Declined{Span{at, at + len("{{")}, "the file is a Helm template: what its images are is decided by values"})
		return nil
	}
	docs, err := parseYAML(d.Bytes)
	if err != nil {
		return yamlError(d, err)
	}
	roots, nodes := mapYAML(d, docs)
	m := &manifest{doc: d, roots: roots}
	m.paths = &paths{roots: m.roots, apart: true}
	if aliasesExplode(roots, nodes) {
		d.Declined = append(d.Declined, Declined{Span{0, len(d.Bytes)}, "the aliases of the file stand for too much text, or for themselves"})
		return nil
	}
	if first, second := ambiguous(nodes); second != nil {
		m.twice = fmt.Sprintf("the key %q is defined twice, on lines %d and %d", second.Resolve().Text(), first.Line(), second.Line())
	}
	for _, root := range m.roots {
		switch d.Kind {
		case ActionsKind:
			m.actions(root)
		case GitLabKind:
			m.gitlab(root)
		case KubernetesKind:
			m.kubernetes(root)
		}
	}
	d.images = together(m.images)
	return nil
}

// helmTemplate is the offset of the first {{ outside of a comment, -1 where there is none.
func helmTemplate(b []byte) int {
	at := 0
	for line := range bytes.Lines(b) {
		text, _, _ := bytes.Cut(line, []byte("#"))
		if i := bytes.Index(text, []byte("{{")); i >= 0 {
			return at + i
		}
		at += len(line)
	}
	return -1
}

// manifest gathers the images of a YAML file.
type manifest struct {
	doc    *Document
	roots  []*Node
	images []Image
	paths  *paths
	twice  string // why no image of the file may be edited: a key that is defined twice
}

// docker is how a step or an action of GitHub says that it is an image.
const docker = "docker://"

// actions reads a workflow, or the definition of an action: the containers and services of its jobs, and the images that it
// runs itself.
func (m *manifest) actions(root *Node) {
	jobs, _ := root.Lookup("jobs")
	for _, job := range jobs.entries() {
		m.nameOr(job.Node, "container", "image", job.Key.Text())
		services, _ := job.Node.Lookup("services")
		for _, s := range services.entries() {
			m.nameOr(s.Node, "image", "", job.Key.Text())
		}
		m.steps(job.Node, job.Key.Text())
	}
	runs, _ := root.Lookup("runs")
	m.prefixed(runs.Node, "image", docker, "")
	m.steps(runs.Node, "")
}

func (m *manifest) steps(of *Node, job string) {
	steps, _ := of.Lookup("steps")
	for _, step := range steps.items() {
		m.prefixed(step.Node, "uses", docker, job)
	}
}

// gitlabKeys are the keys at the top of a GitLab CI file that are no jobs and have no images.
var gitlabKeys = set("cache", "include", "spec", "stages", "variables", "workflow", "after_script", "before_script")

// gitlab reads the images and services at the top, of the defaults and of each job.
func (m *manifest) gitlab(root *Node) {
	m.gitlabJob(root, "")
	for _, f := range root.Entries() {
		if name := f.Key.Text(); !gitlabKeys[name] {
			m.gitlabJob(f.Node, name)
		}
	}
}

func (m *manifest) gitlabJob(job *Node, name string) {
	m.nameOr(job, "image", "name", name)
	services, _ := job.Lookup("services")
	for _, s := range services.items() {
		if s.Node.IsMapping() {
			m.nameOr(s.Node, "name", "", name)
		} else {
			m.add(s.Node, "", name)
		}
	}
}

// kubernetes finds the containers of every pod, also of those that a template makes: they stand in a mapping named spec, or
// in one of a list.
func (m *manifest) kubernetes(root *Node) {
	_, version := root.Lookup("apiVersion")
	kind, ok := root.Lookup("kind")
	if !version || !ok {
		return
	}
	m.pods(root, kind.Node.Text(), 0)
}

// maxManifestDepth is how deep pods are looked for. The deepest in use, those of a list of CronJobs, are at 7.
const maxManifestDepth = 24

func (m *manifest) pods(n *Node, owner string, depth int) {
	if depth > maxManifestDepth {
		return
	}
	for _, f := range (Field{Node: n}).entries() {
		if f.Key.Text() == "spec" {
			for _, list := range []string{"containers", "initContainers", "ephemeralContainers"} {
				containers, _ := f.Node.Lookup(list)
				for _, c := range containers.items() {
					m.nameOr(c.Node, "image", "", owner)
				}
			}
		}
		if f.Node.IsMapping() {
			m.pods(f.Node, owner, depth+1)
		}
		for _, item := range f.items() {
			m.pods(item.Node, owner, depth+1)
		}
	}
}

// nameOr adds the image at a key, whose value is the reference, or a mapping that has it at another key.
func (m *manifest) nameOr(n *Node, key, inner, owner string) {
	f, ok := n.Lookup(key)
	if ok && inner != "" && f.Node.IsMapping() {
		f, ok = f.Node.Lookup(inner)
	}
	if ok {
		m.add(f.Node, "", owner)
	}
}

// prefixed adds the image at a key whose value begins with prefix.
func (m *manifest) prefixed(n *Node, key, prefix, owner string) {
	if f, ok := n.Lookup(key); ok && strings.HasPrefix(f.Node.Text(), prefix) {
		m.add(f.Node, prefix, owner)
	}
}

// add adds the image that a node says after prefix.
func (m *manifest) add(n *Node, prefix, owner string) {
	s, ok := n.Scalar()
	if !ok || s.Value == "" || s.Tag != "!!str" {
		return
	}
	t := m.doc.tracedNode(n)
	i := newImage(t.slice(len(prefix), len(t.text)), n.Content, WhereService)
	if prefix != "" {
		i.Where = WhereUses
	}
	if mark := m.variable(s.Value); mark != "" {
		i = Image{Span: n.Content, At: n.Content, Where: i.Where, Held: fmt.Sprintf("it depends on %s, which only the caller knows", mark)}
	}
	i.written(s.Value[len(prefix):])
	if owner != "" {
		i.Services = []string{owner}
	}
	i.Paths, i.prefix, i.exact = m.paths.of(n), prefix, true
	if i.Held == "" {
		i.Held = m.twice
	}
	if i.Held == "" {
		i.Held = m.otherUse(n)
	}
	m.images = append(m.images, i)
}

// variable is how a value says that it is no reference as it stands, "" where it does not.
func (m *manifest) variable(value string) string {
	switch {
	case m.doc.Kind == ActionsKind && strings.Contains(value, "${{"):
		return "an expression"
	case m.doc.Kind == GitLabKind && strings.Contains(value, "$"):
		return "a variable"
	}
	return ""
}

// otherUse says that aliases use the text of n for something else than an image.
func (m *manifest) otherUse(n *Node) string {
	for _, use := range n.uses() {
		switch {
		case use.Key == nil && use.Parent.Key != nil && use.Parent.Key.Text() == "services":
		case use.Key == nil || !slices.Contains([]string{"image", "name", "container"}, use.Key.Text()):
			return fmt.Sprintf("the text is also the value of %s: write each by itself", use.Path())
		}
	}
	return ""
}

// ambiguous finds two keys of a mapping that are the same.
func ambiguous(nodes []Node) (first, second *Node) {
	for i := range nodes {
		if first, second = duplicateKey(&nodes[i]); second != nil {
			return first, second
		}
	}
	return nil, nil
}
