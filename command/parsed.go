package command

import (
	"bytes"
	"sync"

	"github.com/dockfix/dockfix/source"
)

// maxParsedText is how many bytes of Dockerfiles are kept parsed for others that are built in the same context. A document takes some
// twenty times the bytes of its text. What comes later is parsed by each that asks.
const maxParsedText = 1 << 20

// parsedDockerfiles keeps the Dockerfiles of build contexts: each that is built in a folder asks what the others there read. The zero
// value is ready.
type parsedDockerfiles struct {
	mu    sync.Mutex
	known map[string]parsedDockerfile // by path
	bytes int                         // of their texts
}

type parsedDockerfile struct {
	text []byte
	doc  *source.Document
	err  error
}

// parse gives the document of a text, parsed where the last one at the path had another.
func (p *parsedDockerfiles) parse(path, name string, text []byte) (*source.Document, error) {
	p.mu.Lock()
	known, ok := p.known[path]
	p.mu.Unlock()
	if ok && bytes.Equal(known.text, text) {
		return known.doc, known.err
	}
	doc, err := source.Parse(name, source.DockerfileKind, text)
	p.mu.Lock()
	defer p.mu.Unlock()
	if grown := p.bytes - len(p.known[path].text) + len(text); grown <= maxParsedText {
		if p.known == nil {
			p.known = map[string]parsedDockerfile{}
		}
		p.known[path], p.bytes = parsedDockerfile{text, doc, err}, grown
	}
	return doc, err
}
