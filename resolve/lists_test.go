package resolve

import "testing"

// TestListsAreDropped: a tag list is kept until the last question about its repository has its answer.
func TestListsAreDropped(t *testing.T) {
	questions, _, failed := unique([]Query{{Ref: "python"}, {Ref: "python:3"}, {Ref: "node"}})
	if len(failed) > 0 {
		t.Fatal(failed)
	}
	p := plans(questions)["index.docker.io/library/python"]
	asked := 0
	ask := func() {
		p.lists.do("", func() (listing, error) { asked++; return listing{}, nil })
	}
	ask()
	p.done()
	if ask(); asked != 1 {
		t.Errorf("the list was asked for %d times while a question was open", asked)
	}
	p.done()
	if ask(); asked != 2 {
		t.Error("the list is kept for nobody")
	}
}
