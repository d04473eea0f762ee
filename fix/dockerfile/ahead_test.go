package dockerfile

import (
	"fmt"
	"math/rand"
	"strings"
	"testing"

	"github.com/dockfix/dockfix/source"
)

// TestFirstLaterAndLastEarlier compares the answers that are kept with a look at every instruction, in whatever order they are asked for.
func TestFirstLaterAndLastEarlier(t *testing.T) {
	for seed := range int64(60) {
		r := rand.New(rand.NewSource(seed))
		doc := randomStages(t, r)
		df := doc.Dockerfile
		read := &reader{doc: doc}
		holds := func(in *source.Instruction) bool { return in.Name == "ENV" }
		for range 40 {
			in := df.Instructions[r.Intn(len(df.Instructions))]
			if in.Name == "FROM" {
				continue
			}
			var later, earlier *source.Instruction
			for _, other := range df.Instructions {
				switch {
				case other.Name != "ENV":
				case later == nil && inForce(df, in, other):
					later = other
				case inForce(df, other, in):
					earlier = other
				}
			}
			if got := read.firstLater(asked("ENV"), in, holds); got != later {
				t.Fatalf("seed %d, behind %d: %v, want %v, in\n%s", seed, in.Start, got, later, doc.Bytes)
			}
			if got := read.lastEarlier(asked("ENV"), in, holds); got != earlier {
				t.Fatalf("seed %d, before %d: %v, want %v, in\n%s", seed, in.Start, got, earlier, doc.Bytes)
			}
		}
	}
}

// randomStages is a Dockerfile of stages that are built on one another in any way.
func randomStages(t *testing.T, r *rand.Rand) *source.Document {
	t.Helper()
	var text strings.Builder
	for i := range 1 + r.Intn(6) {
		base := "debian"
		if i > 0 && r.Intn(3) > 0 {
			base = fmt.Sprintf("s%d", r.Intn(i))
		}
		fmt.Fprintf(&text, "FROM %s AS s%d\n", base, i)
		for range r.Intn(5) {
			text.WriteString([]string{"RUN a\n", "ENV A=b\n", "COPY a b\n"}[r.Intn(3)])
		}
	}
	doc, err := source.Parse("Dockerfile", source.DockerfileKind, []byte(text.String()+"RUN z\n"))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}
