package registry

import (
	"bufio"
	"encoding/json"
	"errors"
	"hash/maphash"
	"io"
	"strings"
	"sync"
)

// Bounds of one page. Registries that do not page send everything at once; a million tags take some 20 MB.
const (
	maxPage  = 64 << 20
	maxValue = 1 << 16 // bytes of one value in it
	maxDepth = 32
	maxTag   = 128
)

// page is what one answer to tags/list has. Its tags come in chunks that share a string each: a million tags are read
// with little more memory than they take.
type page struct {
	chunks [][]string
	n      int
	sum    uint64 // of the tags in their order
	cut    bool   // there were more tags than wanted
}

var pageSeed = maphash.MakeSeed()

// readPage reads {"name": ..., "tags": [...]} as a stream, and at most that many tags of it.
func readPage(body io.Reader, most int) (page, error) {
	f := &frugal{r: io.LimitReader(body, maxPage)}
	var p page
	err := p.read(f, most)
	switch {
	case err == nil || p.cut:
		return p, nil
	case f.failed != nil && !errors.Is(f.failed, io.EOF):
		return page{}, f.failed // of the connection
	}
	return page{}, broken("sends a tag list that is none")
}

// read finds the tags with the decoder of encoding/json, and gives it the rest of the object, behind a beginning that it
// has seen.
func (p *page) read(f *frugal, most int) error {
	b := buffers.Get().(*buffer)
	defer buffers.Put(b)
	d := json.NewDecoder(f)
	var rest io.Reader
	err := f.object(d, func(key string) error {
		if key != "tags" {
			return f.skip(d)
		}
		start, err := f.token(d)
		if err != nil || start == nil {
			return err // null is none
		}
		if start != json.Delim('[') {
			return errPage
		}
		b.reader.Reset(io.MultiReader(d.Buffered(), f))
		if err := p.array(f, b, most); err != nil {
			return err
		}
		rest = b.reader
		return errTags
	})
	if !errors.Is(err, errTags) {
		return err
	}
	d = json.NewDecoder(io.MultiReader(strings.NewReader(`{"tags":[]`), rest))
	return f.object(d, func(string) error { return f.skip(d) })
}

// array reads the rest of an array of strings, and keeps those that are tags.
func (p *page) array(f *frugal, b *buffer, most int) error {
	r := b.reader
	var h maphash.Hash
	h.SetSeed(pageSeed)
	defer func() { p.sum = h.Sum64() }()
	c := chunk{p, b}
	b.bytes, b.ends = b.bytes[:0], b.ends[:0]
	defer c.flush()
	for separator := byte('['); ; {
		ch, err := visible(r)
		if err != nil {
			return err
		}
		if ch == ']' && separator == '[' {
			return nil
		}
		if ch != '"' {
			return errPage
		}
		f.since = 0
		if err := c.read(r); err != nil {
			return err
		}
		if tag := c.last(); !isTag(tag) {
			c.drop()
		} else if p.cut = p.n == most; p.cut {
			return errPage
		} else {
			h.Write(tag)
			h.WriteByte(0)
			c.keep()
		}
		if separator, err = visible(r); err != nil || separator == ']' {
			return err
		}
		if separator != ',' {
			return errPage
		}
	}
}

// visible is the next byte that is no white space of JSON.
func visible(r *bufio.Reader) (byte, error) {
	for {
		ch, err := r.ReadByte()
		if err != nil || ch != ' ' && ch != '\t' && ch != '\n' && ch != '\r' {
			return ch, err
		}
	}
}

// chunk gathers tags in one piece of memory.
type chunk struct {
	page *page
	*buffer
}

// buffer is memory for one page after another: with garbage of its own, a page would take three times as much.
type buffer struct {
	reader *bufio.Reader
	bytes  []byte
	ends   []int // of the tags in bytes
}

var buffers = sync.Pool{New: func() any {
	return &buffer{bufio.NewReaderSize(nil, 1<<14), make([]byte, 0, 1<<14), make([]int, 0, chunkTags)}
}}

// chunkTags are the tags in a chunk at most.
const chunkTags = 1024

// read appends a string up to its quote, which is not kept or dropped yet.
func (c *chunk) read(r *bufio.Reader) error {
	start, escaped := len(c.bytes), false
	for {
		ch, err := r.ReadByte()
		switch {
		case err != nil:
			return err
		case ch < ' ' || len(c.bytes)-start > maxValue:
			return errPage
		case ch == '"':
			return c.unescape(start, escaped)
		}
		c.bytes = append(c.bytes, ch)
		if ch == '\\' {
			escaped = true
			if ch, err = r.ReadByte(); err != nil {
				return err
			}
			c.bytes = append(c.bytes, ch)
		}
	}
}

func (c *chunk) unescape(start int, escaped bool) error {
	if !escaped {
		return nil
	}
	var s string
	if json.Unmarshal([]byte(`"`+string(c.bytes[start:])+`"`), &s) != nil {
		return errPage
	}
	c.bytes = append(c.bytes[:start], s...)
	return nil
}

func (c *chunk) start() int {
	if len(c.ends) == 0 {
		return 0
	}
	return c.ends[len(c.ends)-1]
}

func (c *chunk) last() []byte { return c.bytes[c.start():] }
func (c *chunk) drop()        { c.bytes = c.bytes[:c.start()] }

func (c *chunk) keep() {
	c.page.n++
	if c.ends = append(c.ends, len(c.bytes)); len(c.ends) == chunkTags {
		c.flush()
	}
}

// flush hands the tags to the page; the memory is used again.
func (c *chunk) flush() {
	if len(c.ends) == 0 {
		return
	}
	all, tags, start := string(c.bytes[:c.start()]), make([]string, len(c.ends)), 0
	for i, end := range c.ends {
		tags[i], start = all[start:end], end
	}
	c.page.chunks = append(c.page.chunks, tags)
	c.bytes, c.ends = c.bytes[:0], c.ends[:0]
}

// isTag is what the distribution specification calls one: [a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}.
func isTag[S string | []byte](s S) bool {
	if len(s) == 0 || len(s) > maxTag || s[0] == '.' || s[0] == '-' {
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

var (
	errPage = errors.New("no tag list")
	errTags = errors.New("the tags are read")
)

// frugal stops a decoder that would buffer a value without end.
type frugal struct {
	r      io.Reader
	since  int // bytes since the last token
	failed error
}

func (f *frugal) Read(b []byte) (int, error) {
	if f.since > maxValue {
		return 0, errPage
	}
	n, err := f.r.Read(b[:min(len(b), 1<<14)])
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
