package registry

import (
	"encoding/json"
	"errors"
	"hash/maphash"
	"io"
)

// Bounds of one page. Registries that do not page send everything at once; a million tags take some 20 MB.
const (
	maxPage  = 64 << 20
	maxValue = 1 << 16 // bytes of one value in it
	maxDepth = 32
	maxTag   = 128
)

// page is what one answer to tags/list has.
type page struct {
	tags []string
	sum  uint64 // of the tags in their order
	cut  bool   // there were more tags than wanted
}

var pageSeed = maphash.MakeSeed()

// readPage reads {"name": ..., "tags": [...]} as a stream, and at most that many tags of it.
func readPage(body io.Reader, most int) (page, error) {
	frugal := &frugal{r: io.LimitReader(body, maxPage)}
	d := json.NewDecoder(frugal)
	var p page
	err := frugal.object(d, func(key string) error {
		if key != "tags" {
			return frugal.skip(d)
		}
		return p.read(frugal, d, most)
	})
	switch {
	case err == nil || p.cut:
		return p, nil
	case frugal.failed != nil && !errors.Is(frugal.failed, io.EOF):
		return page{}, frugal.failed
	case frugal.failed != nil && frugal.read < maxPage:
		return page{}, io.ErrUnexpectedEOF // of the connection, or of a body cut short: worth another try
	}
	return page{}, broken("sends a tag list that is none")
}

// read takes the array of tags; null is none.
func (p *page) read(f *frugal, d *json.Decoder, most int) error {
	start, err := f.token(d)
	if err != nil || start == nil {
		return err
	}
	if start != json.Delim('[') {
		return errPage
	}
	var h maphash.Hash
	h.SetSeed(pageSeed)
	for {
		t, err := f.token(d)
		if err != nil {
			return err
		}
		if t == json.Delim(']') {
			p.sum = h.Sum64()
			return nil
		}
		tag, ok := t.(string)
		if !ok {
			return errPage
		}
		if !isTag(tag) {
			continue
		}
		if len(p.tags) >= most {
			p.cut, p.sum = true, h.Sum64()
			return errPage
		}
		h.WriteString(tag)
		h.WriteByte(0)
		p.tags = append(p.tags, tag)
	}
}

// isTag is what the distribution specification calls one: [a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}.
func isTag(s string) bool {
	if s == "" || len(s) > maxTag || s[0] == '.' || s[0] == '-' {
		return false
	}
	for i := range len(s) {
		switch ch := s[i]; {
		case ch >= 'a' && ch <= 'z', ch >= 'A' && ch <= 'Z', ch >= '0' && ch <= '9', ch == '_', ch == '.', ch == '-':
		default:
			return false
		}
	}
	return true
}

var errPage = errors.New("no tag list")

// frugal stops a decoder that would buffer a value without end.
type frugal struct {
	r      io.Reader
	read   int64
	since  int // bytes since the last token
	failed error
}

func (f *frugal) Read(b []byte) (int, error) {
	if f.since > maxValue {
		return 0, errPage
	}
	n, err := f.r.Read(b[:min(len(b), 1<<14)])
	f.read += int64(n)
	f.since += n
	if err != nil {
		f.failed = err
	}
	return n, err
}

func (f *frugal) token(d *json.Decoder) (json.Token, error) {
	t, err := d.Token()
	f.since = 0
	return t, err
}

// object hands each key to a function that reads the value.
func (f *frugal) object(d *json.Decoder, field func(key string) error) error {
	if t, err := f.token(d); err != nil || t != json.Delim('{') {
		return errors.Join(err, errPage)
	}
	for {
		t, err := f.token(d)
		if err != nil {
			return err
		}
		key, ok := t.(string)
		if !ok {
			return nil // the end: the decoder lets nothing else come here
		}
		if err := field(key); err != nil {
			return err
		}
	}
}

// skip reads a value of any kind.
func (f *frugal) skip(d *json.Decoder) error {
	for depth := 0; ; {
		t, err := f.token(d)
		if err != nil {
			return err
		}
		switch t {
		case json.Delim('{'), json.Delim('['):
			depth++
		case json.Delim('}'), json.Delim(']'):
			depth--
		}
		if depth > maxDepth {
			return errPage
		}
		if depth == 0 {
			return nil
		}
	}
}
