package fix

import "testing"

// TestBaseOf finds what was asked about a reference also once it is pinned, and not what is about another image.
func TestBaseOf(t *testing.T) {
	const one, other = "sha256:1111", "sha256:2222"
	facts := &Facts{
		Bases:  map[string]*Base{"a:latest": {Digest: one}, "h:5000/a": {Digest: other}, "b:1": {Digest: one}},
		Images: map[Want]*Image{WantImage("a:latest"): {Version: "1.2.3", Digest: one}},
	}
	for ref, want := range map[string]string{
		"a:latest": one, "a:latest@" + one: one, "a:1.2.3@" + one: one, "a:1.2.3": one, "a@" + one: one, "h:5000/a": other, "h:5000/a:1@" + other: other, "b:1@" + one: one,
		"a:1.2.3@" + other: "", "a:1.2": "", "a": "", "c:1@" + one: "", "h:5000/a:1": "", "b:1.2.3": "",
	} {
		got := ""
		if b := facts.Base(ref); b != nil {
			got = b.Digest
		}
		if got != want {
			t.Errorf("%s: %q, want %q", ref, got, want)
		}
	}
	var none *Facts
	if none.Base("a") != nil || (&Facts{}).Base("a") != nil {
		t.Error("something is known of what nobody asked about")
	}
}

func TestWantOfBase(t *testing.T) {
	for w, want := range map[Want]string{WantConfig("a:1"): "a:1", WantRoot("a:1"): "a:1 root", WantImage("a:1"): "", WantContexts: ""} {
		ref, root, ok := w.Base()
		got := ref
		if root {
			got += " root"
		}
		if ok != (want != "") || ok && got != want {
			t.Errorf("%s: %q, %v", w, got, ok)
		}
		if _, image := w.Image(); image && ok {
			t.Errorf("%s asks for two things", w)
		}
	}
}
