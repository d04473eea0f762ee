package hubsim

import "testing"

// TestRepositories requires the lists to be read whole: known tags mean the same image, and no two images one digest.
func TestRepositories(t *testing.T) {
	repos := Repositories()
	if len(repos) != 38 {
		t.Errorf("%d repositories, want 35", len(repos))
	}
	python := repos["library/python"]
	if len(python.Tags) != 3915 {
		t.Errorf("python has %d tags, want 3915", len(python.Tags))
	}
	if python.ByTag["latest"] == nil || python.ByTag["latest"] != python.ByTag["3.14.7"] || python.ByTag["latest"] == python.ByTag["3.13"] {
		t.Error("python:latest is not 3.14.7")
	}
	for _, r := range repos {
		digests := map[string]bool{}
		for _, i := range r.Images {
			digests[r.Digest(i)] = true
		}
		if len(digests) != len(r.Images) {
			t.Errorf("%s: %d digests for %d images", r.Name, len(digests), len(r.Images))
		}
	}
}
