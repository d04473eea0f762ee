package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"regexp"
	"strings"
	"time"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/prove"
	"github.com/dockfix/dockfix/source"
)

// proofTime bounds one proof: the slowest real file takes a tenth of a second.
const proofTime = 20 * time.Second

// prover asks BuildKit's and Compose's front ends what texts mean. It holds the meaning of the text last accepted.
type prover struct {
	ctx            context.Context
	doc            *source.Document
	accepted, last *prove.Model
}

// proveWith loads a document as it is. The error says why its front end does not accept it.
func proveWith(ctx context.Context, doc *source.Document, files map[string][]byte) (fix.Prover, error) {
	p := &prover{ctx: ctx, doc: doc}
	timed, cancel := context.WithTimeout(ctx, proofTime)
	defer cancel()
	model, err := prove.Load(timed, p.input(doc.Bytes))
	if err != nil {
		return nil, p.placed(err)
	}
	p.accepted = model
	return p, nil
}

// service finds the service that an error of Compose speaks of.
var service = regexp.MustCompile(`services\.([\w-]+)|service "([\w.-]+)"`)

// placed gives an error of Compose, which names services but no lines, the line of the service.
func (p *prover) placed(err error) error {
	var at *source.Error
	if p.doc.Kind != source.ComposeKind || !errors.As(err, &at) || at.Line > 0 {
		return err
	}
	m := service.FindStringSubmatch(at.Message)
	if m == nil {
		return err
	}
	for _, s := range p.doc.Compose.Services {
		if s.Name == cmp.Or(m[1], m[2]) {
			found := *at
			found.Line = s.Key.Line()
			return &found
		}
	}
	return err
}

func (p *prover) input(text []byte) prove.Input {
	return prove.Input{Kind: p.doc.Kind, Name: p.doc.Name, Text: text}
}

// Changes compares a new text with the one last accepted.
func (p *prover) Changes(text []byte, files map[string][]byte) ([]fix.Change, error) {
	timed, cancel := context.WithTimeout(p.ctx, proofTime)
	defer cancel()
	model, err := p.accepted.Reload(timed, p.input(text))
	if err != nil {
		return nil, err
	}
	p.last = model
	var changes []fix.Change
	for _, c := range prove.Diff(p.accepted, model) {
		changes = append(changes, fix.Change{Stage: c.Stage, Path: c.Path, After: decoded(c.After), What: c.Summary()})
	}
	return changes, nil
}

// Accept makes the text that Changes saw last the accepted one.
func (p *prover) Accept() { p.accepted = p.last }

// decoded is the text of a JSON string, and anything else as it is.
func decoded(value string) string {
	var s string
	if strings.HasPrefix(value, `"`) && json.Unmarshal([]byte(value), &s) == nil {
		return s
	}
	return value
}
