package command

import "testing"

// A diff of a .env shows no value but those that change, which are tags of images; of any other file with a secret it shows none.
func TestWithoutValues(t *testing.T) {
	const before = "# OLD_PASSWORD=s3cret\nTAG=1.0\nA='s3cret' # B=s3cret\nC=\"s3\ncret\"\n"
	for _, c := range []struct{ name, old, new, wantOld, wantNew string }{
		{".env", before, before + "D=s3cret\n", "# OLD_PASSWORD=****\nTAG=****\nA='****' # B=****\nC=\"****\"\n", "# OLD_PASSWORD=****\nTAG=****\nA='****' # B=****\nC=\"****\"\nD=****\n"},
		{".env", "TAG=1.0\n", "TAG=1.1\nD='s3cret'\n", "TAG=1.0\n", "TAG=1.1\nD='****'\n"},
		{".env", "", "D=s3cret", "", "D=****"},
		{"secrets/a.txt", "", "s3cret", "", "****\n"},
		{"secrets/a.txt", "", "A=s3cret", "", "****\n"},
		{".env", "A B=s3cret\n", "A B=s3cret\nD=s3cret\n", "", "****\n"},
	} {
		var old []byte
		if c.old != "" {
			old = []byte(c.old)
		}
		if shownOld, shownNew := withoutValues(c.name, old, []byte(c.new)); string(shownOld) != c.wantOld || string(shownNew) != c.wantNew {
			t.Errorf("%q and %q are shown as %q and %q", c.old, c.new, shownOld, shownNew)
		}
	}
}
