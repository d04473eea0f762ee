package source

import (
	"fmt"
	"strings"
	"testing"
)

// at finds a key or an item by its path.
func at(t *testing.T, d *Document, path string) *Node {
	t.Helper()
	var found *Node
	walk(d.Compose.Documents[0], func(n *Node) bool {
		if n.Path() == path && found == nil {
			found = n
		}
		return found == nil
	})
	if found == nil {
		t.Fatalf("there is no %s", path)
	}
	return found
}

type editCase struct{ name, before, path, after string }

// runEdits makes an edit at the path of each case; the text after is "refused: " and the reason where it is refused.
func runEdits(t *testing.T, cases []editCase, edit func(d *Document, n *Node) ([]Splice, error)) {
	t.Helper()
	for _, c := range cases {
		d, err := editable("compose.yaml", []byte(c.before))
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		if splices, err := edit(d, at(t, d, c.path)); err != nil {
			got = "refused: " + err.Error()
		} else if text, err := Apply(d.Bytes, splices); err != nil {
			t.Fatal(err)
		} else {
			got = string(text)
		}
		if got != c.after {
			t.Errorf("%s:\n%q became\n%q, want\n%q", c.name, c.before, got, c.after)
		}
	}
}

func TestDeleteEntry(t *testing.T) {
	runEdits(t, []editCase{
		{"first line and one blank line", "version: '3'\n\n\nservices: {}\n", "version", "\nservices: {}\n"},
		{"first line after a BOM", "\ufeffversion: '3'\n\nservices: {}\n", "version", "\ufeffservices: {}\n"},
		{"first line without a blank line", "version: '3'\nservices: {}\n", "version", "services: {}\n"},
		{"below a comment", "# head\nversion: '3'\n\nservices: {}\n", "version", "# head\n\nservices: {}\n"},
		{"between blank lines", "a: 1\n\nversion: '3'\n\nservices: {}\n", "version", "a: 1\n\nservices: {}\n"},
		{"between blank lines with CRLF", "a: 1\r\n\r\nversion: '3'\r\n\r\nservices: {}\r\n", "version", "a: 1\r\n\r\nservices: {}\r\n"},
		{"comment goes", "version: '3' # v\nservices: {}\n", "version", "services: {}\n"},
		{"last, no final newline", "services: {}\r\nversion: '3'", "version", "services: {}"},
		{"last, one of two line ends", "services: {}\nversion: '3'\n", "version", "services: {}\n"},
		{"commented-out block stays", "s:\n  a: 1\n  # b:\n  #   c\n  d: 2\n", "s.a", "s:\n  # b:\n  #   c\n  d: 2\n"},
		{"nested lines go", "s:\n  a:\n    # in\n    b:\n      - c\n\n  d: 2\n", "s.a", "s:\n\n  d: 2\n"},
		{"after a dash", "s:\n  - a: 1\n    b: 2\n", "s[0].a", "refused: s[0].a is not the first on its line"},
		{"after a dash, second", "s:\n  - a: 1\n    b: 2\n", "s[0].b", "s:\n  - a: 1\n"},
		{"literal above keeps blank lines", "a: |+\n  x\nb: 1\n\nc: 2\n", "b", "refused: the block scalar of a would take in what stands below"},
		{"literal above, comment below", "a: |\n  x\nb: 1\n  # c\nc: 2\n", "b", "refused: the block scalar of a would take in what stands below"},
		{"literal above at the end", "a: |\n  x\nb: 1", "b", "refused: the block scalar of a would lose its line end"},
		{"merge key", "x: &x {a: 1}\ny:\n  <<: *x\n  b: 2\n", "y.<<", "x: &x {a: 1}\ny:\n  b: 2\n"},
		{"last, below a blank line", "services: {}\n\nversion: '3'\n", "version", "services: {}\n"},
		{"last, below blank lines", "s:\r\n  a: 1\r\n \r\n\r\n  b: 2\r\n", "s.b", "s:\r\n  a: 1\r\n"},
		{"last, below a comment", "a: 1\n# c\n\nb: 2\n", "b", "a: 1\n# c\n"},
		{"last, below a blank line, no final newline", "a: 1\n\nb: 2", "b", "a: 1"},
		{"last, below blank lines of a literal", "a: |+\n  t\n\nb: 2\n", "b", "a: |+\n  t\n\n"},
		{"last, below a literal", "a: |\n  t\n\nb: 2\n", "b", "a: |\n  t\n"},
		{"literal above keeps a NEL line", "k1: |+\n  t\nk2: 1\n\u0085k3: 2", "k2", "refused: the block scalar of k1 would take in what stands below"},
		{"literal above keeps an LS line", "k1: |+\n  t\nk2: 1\n\u2028k3: 2", "k2", "refused: the block scalar of k1 would take in what stands below"},
		{"literal above, NEL line and comment", "k1: |\n  t\nk2: 1\n\u0085 # c\nk3: 2", "k2", "refused: the block scalar of k1 would take in what stands below"},
		{"no blank line above but a NEL", "k1: 1\u0085k2: 2\n\nk3: 3\n", "k2", "k1: 1\u0085\nk3: 3\n"},
		{"tag inside", "a:\n  b: !reset null\nc: 1\n", "a", "refused: a.b carries the tag !reset"},
		{"in an anchored mapping", "a: &a\n  b: 1\n  c: 2\nd: *a\n", "a.b", "refused: a is used through the anchor &a, on line 4 too"},
		{"in an anchored mapping that nothing uses", "a: &a\n  b: 1\n  c: 2\n", "a.b", "a: &a\n  c: 2\n"},
	}, func(d *Document, n *Node) ([]Splice, error) { return d.DeleteEntry(n, false) })
}

func TestDeleteEntryKeepComment(t *testing.T) {
	runEdits(t, []editCase{
		{"becomes its line", "version: '2'  # old\n\nservices: {}\n", "version", "# old\n\nservices: {}\n"},
		{"keeps its indentation", "s:\n  a: 1 # one\n  b: 2\n", "s.a", "s:\n  # one\n  b: 2\n"},
		{"behind a key and in its value", "s:\n  a: # one\n    c: 1 # two\n  b: 2\n", "s.a", "s:\n  # one\n  # two\n  b: 2\n"},
		{"between key and value", "version:\n  #\n  # keep: needed\n  #\n  \"3.8\"\nservices: {}\n", "version", "#\n# keep: needed\n#\nservices: {}\n"},
		{"behind both", "s:\r\n  version: # a\r\n\r\n    \"3.8\" # pinned\r\n  b: 2\r\n", "s.version", "s:\r\n  # a\r\n  # pinned\r\n  b: 2\r\n"},
		{"of an explicit key", "? version # k\n: \"3\" # v\na: 1\n", "version", "# k\n# v\na: 1\n"},
		{"behind a question mark", "? # q\n  version # k\n: \"3\"\na: 1\n", "version", "# q\n# k\na: 1\n"},
		{"in a list", "version: [3, # a\n  8] # b\na: 1\n", "version", "# a\n# b\na: 1\n"},
		{"of a literal", "version: | # a\n  # text\na: 1\n", "version", "# a\na: 1\n"},
		{"below a literal", "a: |+\n  t\n\nversion:\n    # b\n    3\n", "version", "a: |+\n  t\n\n# b\n"},
		{"at the end without a line end", "a: 1\nversion: # b\n  3", "version", "a: 1\n# b"},
		{"behind the last line", "s:\n  a: \"x\n    y\" # one\n  b: 2\n", "s.a", "s:\n  # one\n  b: 2\n"},
		{"none", "version: '2'\n\nservices: {}\n", "version", "services: {}\n"},
		{"at the end", "services: {}\nversion: '2' # old", "version", "services: {}\n# old"},
	}, func(d *Document, n *Node) ([]Splice, error) { return d.DeleteEntry(n, true) })
}

func TestScalarToMap(t *testing.T) {
	runEdits(t, []editCase{
		{"with a comment", "s:\n  a: ./x # why\n  b: 1\n", "s.a", "s:\n  a: # why\n    k: ./x\n  b: 1\n"},
		{"quoted, CRLF", "s:\r\n    a: \"x y\"\r\n", "s.a", "s:\r\n    a:\r\n        k: \"x y\"\r\n"},
		{"no final newline", "s:\n  a: .", "s.a", "s:\n  a:\n    k: ."},
		{"in braces", "s: {a: x}\n", "s.a", "refused: s.a stands in [ ] or { }"},
		{"below its key", "s:\n  a:\n    x\n", "s.a", "refused: s.a does not stand on the line of its key"},
		{"anchored", "s:\n  a: &a x\n", "s.a", "refused: s.a is not plain or quoted text"},
		{"an alias", "b: &a x\ns:\n  a: *a\n", "s.a", "refused: s.a is not plain or quoted text"},
		{"nothing", "s:\n  a:\n", "s.a", "refused: s.a is not plain or quoted text"},
		{"an item", "s:\n  - x\n", "s[0]", "refused: s[0] is not the value of a key"},
	}, func(d *Document, n *Node) ([]Splice, error) {
		if n.IsKey() {
			n = n.Value()
		}
		return d.ScalarToMap(n, "k")
	})
}

func TestDeleteItem(t *testing.T) {
	runEdits(t, []editCase{
		{"first", "s:\n- a\n- b\n", "s[0]", "s:\n- b\n"},
		{"between comments", "s:\n  # one\n  - a=1\n  # two\n  - b\n\nt: 1\n", "s[0]", "s:\n  # one\n  # two\n  - b\n\nt: 1\n"},
		{"last, CRLF", "s:\r\n  - a\r\n  - \"b\"\r\nt: 1\r\n", "s[1]", "s:\r\n  - a\r\nt: 1\r\n"},
		{"last of the file, no final newline", "s:\n- a\n- b", "s[1]", "s:\n- a"},
		{"last of the file, below a blank line", "s:\n- a\n\n- b\n", "s[1]", "s:\n- a\n"},
		{"last of the file, below a comment", "s:\n- a\n# b\n\n- c", "s[1]", "s:\n- a\n# b"},
		{"the only one", "s:\n- a\n", "s[0]", "refused: s[0] is the only item of s"},
		{"in brackets", "s: [a, b]\n", "s[0]", "refused: s[0] stands in [ ]"},
		{"with a comment", "s:\n- a # one\n- b\n", "s[0]", "refused: a comment stands behind s[0]"},
		{"a mapping", "s:\n- a: 1\n- b\n", "s[0]", "refused: s[0] does not have a line for itself"},
		{"below another dash", "s:\n- - a\n  - b\n", "s[0][0]", "refused: s[0][0] does not have a line for itself"},
		{"below a literal", "s:\n- |+\n  x\n- b\n\n", "s[1]", "refused: the block scalar above s[1] could take in what stands below"},
		{"anchored", "s:\n- &a b\n- c\nt: *a\n", "s[0]", "refused: the anchor &a of s[0] is used on line 4"},
		{"override", "s: !override\n- a\n- b\n", "s[0]", "refused: s carries the tag !override"},
	}, func(d *Document, n *Node) ([]Splice, error) { return d.DeleteItem(n) })
}

func TestAppendEntry(t *testing.T) {
	runEdits(t, []editCase{
		{"below the comments of the last value", "s:\n  a:\n    p:\n      - 1\n      # - 2\n      #   3\n  # b:\n  c: 1\n", "s.a.p", "s:\n  a:\n    p:\n      - 1\n      # - 2\n      #   3\n    k: v\n    l:\n      m: n\n  # b:\n  c: 1\n"},
		{"below the comments of items at the key", "s:\r\n  a:\r\n    p:\r\n    - 1\r\n    # - 2\r\n    # q: 3", "s.a.p", "s:\r\n  a:\r\n    p:\r\n    - 1\r\n    # - 2\r\n    k: v\r\n    l:\r\n      m: n\r\n    # q: 3"},
		{"not below a comment after a blank line", "s:\n  a:\n    p: 1\n\n      # q\n", "s.a.p", "s:\n  a:\n    p: 1\n    k: v\n    l:\n      m: n\n\n      # q\n"},
		{"above what follows", "s:\n  web:\n    image: x # i\n    # build: .\n\n  # db:\n  db: 1\n", "s.web.image",
			"s:\n  web:\n    image: x # i\n    k: v\n    l:\n      m: n\n    # build: .\n\n  # db:\n  db: 1\n"},
		{"no final newline", "s:\n  web:\n    image: x", "s.web.image", "s:\n  web:\n    image: x\n    k: v\n    l:\n      m: n"},
		{"CRLF, no final newline", "s:\r\n  web: x", "s.web", "s:\r\n  web: x\r\n  k: v\r\n  l:\r\n    m: n"},
		{"one line, no newline", "s: x", "s", "s: x\nk: v\nl:\n  m: n"},
		{"mixed line ends", "s:\r\n  a: b\n  c: d\r\n", "s.a", "s:\r\n  a: b\n  c: d\r\n  k: v\r\n  l:\r\n    m: n\r\n"},
		{"after a literal", "s:\n  a: |+\n    x\n\n\nt: u\n", "s.a", "s:\n  a: |+\n    x\n\n\n  k: v\n  l:\n    m: n\nt: u\n"},
		{"after dashes below the key", "s:\n  a:\n  - b\nt: u\n", "s.a", "s:\n  a:\n  - b\n  k: v\n  l:\n    m: n\nt: u\n"},
		{"in an item", "s:\n-   a: b\n    c: d\n", "s[0].a", "s:\n-   a: b\n    c: d\n    k: v\n    l:\n      m: n\n"},
		{"there already", "k: 1\na: 2\n", "a", "refused: k is there already, on line 1"},
		{"after a literal at the end", "a: |\n  x", "a", "refused: a ends the file without a line end, which would become part of it"},
		{"defined twice", "a: 1\na: 2\n", "a", "refused: a is defined twice, on lines 1 and 2"},
		{"override", "s: !override\n  a: 1\n", "s.a", "refused: s carries the tag !override"},
	}, func(d *Document, n *Node) ([]Splice, error) {
		return d.AppendEntry(n.Parent, []string{"k: v", "l:", "  m: n"})
	})
}

func TestInsertEntryBefore(t *testing.T) {
	runEdits(t, []editCase{
		{"above its comments", "a: 1\n\n# one\n# two\nb: 2\n", "b", "a: 1\n\nk: v\n# one\n# two\nb: 2\n"},
		{"below the head of the file", "# head\na: 1\n", "a", "# head\nk: v\na: 1\n"},
		{"below deeper comments", "s:\n  a:\n    c: 1\n    # c\n  b: 2\n", "s.b", "s:\n  a:\n    c: 1\n    # c\n  k: v\n  b: 2\n"},
		{"CRLF", "\ufeffa: 1\r\n# c\r\nb: 2", "b", "\ufeffa: 1\r\nk: v\r\n# c\r\nb: 2"},
		{"after a dash", "- a: 1\n", "[0].a", "refused: [0].a is not the first on its line"},
	}, func(d *Document, n *Node) ([]Splice, error) { return d.InsertEntryBefore(n, []string{"k: v"}) })
}

func TestNewText(t *testing.T) {
	d := mustParseCompose(t, "x-a: &x 1\nservices:\n  a:\n    image: b\n")
	mapping := at(t, d, "services.a").Value()
	if _, err := d.AppendEntry(mapping, []string{"# c", "k: &new v", "", "l: *new", "# d"}); err != nil {
		t.Errorf("comments, blank lines and a new anchor: %v", err)
	}
	for _, c := range []struct{ lines, want string }{
		{"- k", "the new text is not a list of entries"}, {"k", "the new text is not a list of entries"}, {"k: *x", "the new text is not YAML"},
		{"k: |", "the new text ends in a block scalar, which could take in the lines below"}, {"k: a\nk: b", "the new text is not a list of entries"},
		{" k: v", "the new text is not a list of entries"}, {"k: v\r", "a line of the new text holds a line end"}, {"", "the new text is not YAML"},
		{"k: v\n...", "a line of the new text belongs to no entry"}, {"---\nk: v", "a line of the new text belongs to no entry"},
		{"--- # c\nk: v", "a line of the new text belongs to no entry"}, {"%YAML 1.1\n---\nk: v", "a line of the new text belongs to no entry"},
		{"\ufeffk: v", "a line of the new text belongs to no entry"}, {"k: v\n\ufeff", "a line of the new text belongs to no entry"},
		{"&y\nk: v", "the new text is not a list of entries"}, {"!!map\nk: v", "the new text is not a list of entries"},
		{"\nk: v", "a block scalar above could take in the first line"}, {"  # c\nk: v", "a block scalar above could take in the first line"},
		{"k: &x 9", "the anchor &x of the new text is there already, on line 1"}, {"k: [a, &x 9]", "the anchor &x of the new text is there already, on line 1"},
	} {
		if _, err := d.AppendEntry(mapping, strings.Split(c.lines, "\n")); err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%q: %v, want %s", c.lines, err, c.want)
		}
	}
	d.Compose.Refusal = "a reason"
	if _, err := d.AppendEntry(mapping, []string{"k: v"}); err == nil || err.Error() != "a reason" {
		t.Errorf("a file that is not to be edited: %v", err)
	}
}

func TestAppendItem(t *testing.T) {
	runEdits(t, []editCase{
		{"like the last", "a:\n  - \"b\"\n  - 'c' # d\n  # e\nf: 1\n", "a[0]", "a:\n  - \"b\"\n  - 'c' # d\n  - '8080:80'\n  # e\nf: 1\n"},
		{"below the key", "a:\n- b\nc: 1\n", "a[0]", "a:\n- b\n- \"8080:80\"\nc: 1\n"},
		{"in brackets", "a: [b]\n", "a[0]", "refused: a is written in [ ]"},
	}, func(d *Document, n *Node) ([]Splice, error) { return d.AppendItem(n.Parent, "8080:80") })
}

func TestListToMap(t *testing.T) {
	runEdits(t, []editCase{
		{"comments stay", "d:\n  # one\n  - db # two\n  # three\n  - \"c\"\n# four\n", "d", "d:\n  # one\n  db: # two\n    c: h\n  # three\n  c:\n    c: h\n# four\n"},
		{"below the key", "d:\n- db\n- c\ne: f\n", "d", "d:\n  db:\n    c: h\n  c:\n    c: h\ne: f\n"},
		{"CRLF, no final newline", "d:\r\n  - db", "d", "d:\r\n  db:\r\n    c: h"},
		{"CR and LS", "k1:\r  - a\r  - b\u2028", "k1", "k1:\r  a:\r    c: h\r  b:\r    c: h\u2028"},
		{"CR and NEL", "k1:\u0085  - a\u0085k2: b\r", "k1", "k1:\u0085  a:\r    c: h\u0085k2: b\r"},
		{"brackets", "s:\n    d: [db, 'c']  # e\n    f: g\n", "s.d", "s:\n    d:  # e\n        db:\n          c: h\n        c:\n          c: h\n    f: g\n"},
		{"brackets over lines", "d: [db,\n  c]\n", "d", "refused: d goes over several lines"},
		{"twice", "d:\n  - db\n  - db\n", "d", "refused: d names something twice"},
		{"alias", "x: &x db\nd:\n  - *x\n", "d", "refused: d[0] is not plain or quoted text"},
		{"comment in an item", "d:\n  - # c\n    db\n", "d", "refused: a comment stands in d[0]"},
		{"empty", "d: []\n", "d", "refused: d is not a plain list"},
	}, func(d *Document, n *Node) ([]Splice, error) {
		return d.ListToMap(n.Value(), func(item *Node) ([]string, error) { return []string{item.Text() + ":", "  c: h"}, nil })
	})
}

// TestListToMapFirstLine gives first lines that cannot take the comment behind the item.
func TestListToMapFirstLine(t *testing.T) {
	d := mustParseCompose(t, "x: &x 1\nservices:\n  s:\n    depends_on:\n    - a # why a\n    - b\n")
	list := at(t, d, "services.s.depends_on").Value()
	for _, c := range []struct{ lines, want string }{
		{"# note\n%s:\n  c: h", "the new text does not start with its entry"}, {"\n%s:\n  c: h", "a block scalar above could take in the first line of the new text"},
		{"%s: # note\n  c: h", "no comment can stand behind the first line of the new text"}, {"%s: \"x\n  y\"", "no comment can stand behind the first line of the new text"},
		{"%s: x\n  y", "no comment can stand behind the first line of the new text"}, {"%s: &x 9", "the anchor &x of the new text is there already, on line 1"},
		{"%s: [x,\n  y]", "<nil>"}, {"? %s\n: x", "<nil>"}, {"%s:\n  # note\n  c: h", "<nil>"},
	} {
		_, err := d.ListToMap(list, func(item *Node) ([]string, error) {
			return strings.Split(fmt.Sprintf(c.lines, item.Text()), "\n"), nil
		})
		if fmt.Sprint(err) != c.want {
			t.Errorf("%q: %v, want %s", c.lines, err, c.want)
		}
	}
}

func TestReplaceNode(t *testing.T) {
	for _, c := range []struct{ before, path, text, want string }{
		{"k: a\n", "k", "'a'", "k: 'a'\n"}, {"k: a\n", "k", "[a, {b: c}]", "k: [a, {b: c}]\n"}, {"k: [a]\n", "k[0]", "{a: b}", "k: [{a: b}]\n"},
		{"k: [a]\n", "k[0]", "{}", "k: [{}]\n"}, {"k: a\n", "k", "|", refusedText}, {"k: a\n", "k", ">+", refusedText}, {"k: a\n", "k", "|-", refusedText},
		{"k: [a]\n", "k[0]", "{a: b}:", refusedText}, {"k: [a]\n", "k[0]", "{a: b}: c", refusedText}, {"k: [a]\n", "k[0]", "[a]: b", refusedText},
		{"k: [a]\n", "k[0]", "a: b", refusedText}, {"k: [a]\n", "k[0]", "? a: b", refusedText}, {"k: [a]\n", "k[0]", "? {a: b}", refusedText},
		{"k: [a]\n", "k[0]", "a, b", refusedText}, {"k: a\n", "k", "a: b", refusedText}, {"k: a\n", "k", "- a", refusedText}, {"k: a\n", "k", "a # b", refusedText},
		{"k: a\n", "k", "--- a", refusedText}, {"k: a\n", "k", "... a", refusedText}, {"k: a\n", "k", "---a", "k: ---a\n"},
		{"k: a\nl: &x b\nm: *x\n", "k", "[&x c]", "the anchor &x of the new text is there already, on line 2"}, {"k: a\n", "k", "[&x c]", "k: [&x c]\n"},
	} {
		d, err := editable("compose.yaml", []byte(c.before))
		if err != nil {
			t.Fatal(err)
		}
		n := at(t, d, c.path)
		if n.IsKey() {
			n = n.Value()
		}
		got := ""
		if splices, err := d.ReplaceNode(n, c.text); err != nil {
			got = strings.Replace(err.Error(), "of "+c.path+" ", "", 1)
		} else if text, err := Apply(d.Bytes, splices); err == nil {
			got = string(text)
		}
		if got != c.want {
			t.Errorf("%q with %q at %s: %q, want %q", c.before, c.text, c.path, got, c.want)
		}
	}
}

const refusedText = "the new text is not one YAML value"

// TestRenameToMarker gives a top-level key a name that a reader would take for the start or the end of a document.
func TestRenameToMarker(t *testing.T) {
	for _, name := range []string{"--- a", "... a", "---", "...", "---\ta"} {
		d, err := editable("compose.yaml", []byte("k: v\nl: w\n"))
		if err != nil {
			t.Fatal(err)
		}
		splices, err := d.ReplaceScalar(at(t, d, "k"), name)
		if err != nil {
			t.Fatal(err)
		}
		text, _ := Apply(d.Bytes, splices)
		if after, err := editable("compose.yaml", text); err != nil || len(after.Compose.Documents) != 1 || after.Compose.Root.Children[0].Text() != name {
			t.Errorf("%q: %q: %v", name, text, err)
		}
		if _, err := d.ReplaceNode(at(t, d, "k"), name); err == nil {
			t.Errorf("%q is taken as a key", name)
		}
	}
}

func TestReplaceScalar(t *testing.T) {
	runEdits(t, []editCase{
		{"plain", "k: a # c\n", "k", "k: ${P:?set it} # c\n"},
		{"single quotes", "k: 'a'\n", "k", "k: '${P:?set it}'\n"},
		{"double quotes", "k: \"a\"\n", "k", "k: \"${P:?set it}\"\n"},
		{"number", "k: 1\n", "k", "k: ${P:?set it}\n"},
		{"in braces", "m: {k: a}\n", "m.k", "m: {k: \"${P:?set it}\"}\n"},
		{"literal", "k: |-\n  a\n  b\nl: m\n", "k", "k: \"${P:?set it}\"\nl: m\n"},
		{"anchor", "k: &x a\nl: *x\n", "k", "k: &x ${P:?set it}\nl: *x\n"},
		{"over lines", "k: a\n  b\n\n  c # d\n", "k", "k: ${P:?set it} # d\n"},
		{"tag", "k: !!int 1\n", "k", "refused: k carries the tag !!int"},
		{"nothing there", "k:\n", "k", "refused: k has no value to replace"},
		{"alias", "x: &x a\nk: *x\n", "k", "refused: k is not a scalar"},
	}, func(d *Document, n *Node) ([]Splice, error) { return d.ReplaceScalar(n.Value(), "${P:?set it}") })
}
