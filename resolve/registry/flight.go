package registry

import (
	"context"
	"sync"
)

// flights lets the callers that want the same thing at the same time share one request.
type flights[T any] struct {
	mu  sync.Mutex
	all map[string]*flight[T]
}

type flight[T any] struct {
	done  chan struct{}
	value T
	err   error
}

// do returns what fly returns, called once for all who ask meanwhile; with keep, also for those who ask later. Who leads
// may give up without harm to the others: one of them leads then.
func (f *flights[T]) do(ctx context.Context, key string, keep func(error) bool, fly func() (T, error)) (T, error) {
	for {
		one, leads := f.join(key)
		if leads {
			one.value, one.err = fly()
			f.land(key, one, keep(one.err))
			return one.value, one.err
		}
		select {
		case <-one.done:
		case <-ctx.Done():
			var none T
			return none, canceled(ctx)
		}
		if kind, ok := kindOf(one.err); !ok || kind != Canceled || ctx.Err() != nil {
			return one.value, one.err
		}
	}
}

func (f *flights[T]) join(key string) (one *flight[T], leads bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if one := f.all[key]; one != nil {
		return one, false
	}
	one = &flight[T]{done: make(chan struct{})}
	if f.all == nil {
		f.all = map[string]*flight[T]{}
	}
	f.all[key] = one
	return one, true
}

func (f *flights[T]) land(key string, one *flight[T], keep bool) {
	f.mu.Lock()
	if !keep {
		delete(f.all, key)
	}
	f.mu.Unlock()
	close(one.done)
}
