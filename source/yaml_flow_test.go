package source

import "testing"

// TestFlowColons makes every edit around the colons of flow mappings: whether a colon is one depends there on what stands before and
// right behind it.
func TestFlowColons(t *testing.T) {
	edits := 0
	for _, key := range []string{`""`, `"a"`, "'a'", "a", "? a", "[a]", "{a: b}", "&x a"} {
		for _, before := range []string{"", " ", "\n ", " # c\n "} {
			for _, after := range []string{"", " ", "\n "} {
				for _, value := range []string{"", "b", `"b"`, ":b", "[c]"} {
					for _, around := range [][2]string{{"{", "}"}, {"x: {", "}\n"}, {"x: [", "]\n"}, {"x: {", ", z: 1}\n"}} {
						text := around[0] + key + before + ":" + after + value + around[1]
						d, err := editable("compose.yaml", []byte(text))
						if err != nil {
							continue
						}
						checkMap(t, d)
						for _, op := range yamlOperations(d) {
							refused, wrong := op.check(d)
							if wrong != "" {
								t.Errorf("%q: %s: %s", text, op, wrong)
							} else if refused == "" {
								edits++
							}
						}
					}
				}
			}
		}
	}
	if edits < 1000 {
		t.Errorf("only %d edits were made", edits)
	}
}
