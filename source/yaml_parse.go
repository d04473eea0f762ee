package source

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"runtime"

	"gopkg.in/yaml.v3"
)

// parseYAML reads every document of a stream. yaml.v3 panics on some malformed input; such a panic is an error like any
// other. The words of its own panics are left out, as they quote the file.
func parseYAML(b []byte) (docs []*yaml.Node, err error) {
	return decodeYAML(bytes.NewReader(b))
}

func decodeYAML(r io.Reader) (docs []*yaml.Node, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = errors.New("the YAML parser panics")
			if fault, ok := p.(runtime.Error); ok {
				err = fmt.Errorf("%w: %w", err, fault)
			}
		}
	}()
	for dec := yaml.NewDecoder(r); ; {
		n := new(yaml.Node)
		if err := dec.Decode(n); errors.Is(err, io.EOF) {
			return docs, nil
		} else if err != nil {
			return nil, err
		}
		docs = append(docs, n)
	}
}
