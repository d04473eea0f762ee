package manifest

import (
	"encoding/json"

	"gopkg.in/yaml.v3"
)

// vcpkgConfiguration adds the overlays that vcpkg-configuration.json, or that part of vcpkg.json, names.
func (p *planner) vcpkgConfiguration() {
	type overlays struct {
		Ports    []string   `json:"overlay-ports"`
		Triplets []string   `json:"overlay-triplets"`
		Default  registry   `json:"default-registry"`
		Others   []registry `json:"registries"`
	}
	var manifest struct {
		Configuration overlays `json:"configuration"`
		VCPKG         overlays `json:"vcpkg-configuration"`
	}
	var own overlays
	text, _ := p.text("vcpkg.json")
	if err := json.Unmarshal([]byte(text), &manifest); err != nil {
		p.refuse("vcpkg.json cannot be read")
		return
	}
	if text, ok := p.text("vcpkg-configuration.json"); ok {
		p.add("vcpkg-configuration.json")
		if err := json.Unmarshal([]byte(text), &own); err != nil {
			p.refuse("vcpkg-configuration.json cannot be read")
		}
	}
	for _, o := range []overlays{manifest.Configuration, manifest.VCPKG, own} {
		for _, dir := range append(o.Ports, o.Triplets...) {
			p.need(dir)
		}
		for _, r := range append(o.Others, o.Default) {
			if r.Kind == "filesystem" {
				p.refuse("vcpkg has a registry in the file system")
			}
		}
	}
}

type registry struct{ Kind, Path string }

// yamlList is a list of texts below a key of a YAML document.
func yamlList(text, key string) []string {
	var m map[string]any
	if yaml.Unmarshal([]byte(text), &m) != nil {
		return nil
	}
	return texts(m[key])
}
