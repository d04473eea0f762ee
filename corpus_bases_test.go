package main

import (
	"hash/fnv"
	"strings"
	"testing"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/fix/dockerfile"
	"github.com/dockfix/dockfix/fix/images"
	"github.com/dockfix/dockfix/internal/corpus"
	"github.com/dockfix/dockfix/source"
)

// invented are bases as registries tell of them: each reference that no line of the table is about gets one of these.
var invented = []fix.Base{
	{Known: true, Root: rootOf("ID=debian\n", "useradd", "groupadd", "bash", "python3", "node")},
	{Known: true, Root: rootOf("ID=alpine\n", "adduser>/bin/busybox", "addgroup>/bin/busybox", "nc>/bin/busybox", "wget>/bin/busybox")},
	{Known: true, Root: rootOf("ID=rhel\n", "bash", "curl", "java")},
	{Known: true, Config: images.Config{Entrypoint: []string{"/entrypoint.sh"}}, Root: rootOf("ID=debian\n", "useradd", "groupadd", "bash")},
	{Known: true, Config: images.Config{User: "1001", Healthcheck: []string{"CMD", "/check"}}, Root: rootOf("ID=debian\n")},
	{Known: true, Config: images.Config{Ports: []string{"8080/tcp"}, Env: []string{"PORT=8080"}}, Root: &images.Root{}},
}

func rootOf(release string, programs ...string) *images.Root {
	r := &images.Root{Shell: true, Programs: map[string]string{}, Texts: map[string]string{
		"etc/os-release": release, "/entrypoint.sh": "#!/bin/sh\nexec \"$@\"\n",
		"etc/passwd": "root:x:0:0::/root:/bin/sh\n", "etc/group": "root:x:0:\n",
	}}
	for _, p := range programs {
		name, link, _ := strings.Cut(p, ">")
		r.Programs[name] = link
	}
	return r
}

// TestCorpusBases lets a registry know every base that the table does not, and holds the two rules to what holds of all.
func TestCorpusBases(t *testing.T) {
	for _, rule := range dockerfile.BaseRules {
		t.Run(rule.Name, func(t *testing.T) {
			t.Parallel()
			asked, layers := 0, 0
			b := newBuilt(t)
			w := corpusWalk{kind: "dockerfile", rule: rule, takes: dockerfile.AsksBases}
			w.facts = func(doc *source.Document, f corpus.File) *fix.Facts {
				facts := b.facts(t, rule, doc, f)
				facts.Bases = map[string]*fix.Base{}
				for round := range 3 {
					wants := rule.WantsThen(doc, facts)
					if round == 2 && len(wants) > 0 {
						t.Errorf("%s: %v is wanted for ever", doc.Name, wants)
					}
					for _, w := range wants {
						ref, root, _ := w.Base()
						sum := fnv.New32()
						sum.Write([]byte(ref))
						known := invented[sum.Sum32()%uint32(len(invented))]
						if root {
							layers++
						} else {
							asked++
							known.Root = nil
						}
						facts.Bases[ref] = &known
					}
				}
				return facts
			}
			w.run(t)
			t.Logf("%s: %d times a configuration was wanted, %d times layers (each shape of a file counts)", rule.Name, asked, layers)
		})
	}
}
