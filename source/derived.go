package source

import "sync"

// derived is what callers have worked out about a document.
type derived struct {
	mu    sync.Mutex
	known map[any]any
}

// Derived gives what is worked out from the document alone, such as what its RUNs install: made by the first that asks for the key, and
// kept as long as the document. It may be called from several goroutines, and make may then run more than once.
func (d *Document) Derived(key any, make func() any) any {
	d.derived.mu.Lock()
	answer, ok := d.derived.known[key]
	d.derived.mu.Unlock()
	if ok {
		return answer
	}
	answer = make()
	d.derived.mu.Lock()
	defer d.derived.mu.Unlock()
	if d.derived.known == nil {
		d.derived.known = map[any]any{}
	}
	d.derived.known[key] = answer
	return answer
}
