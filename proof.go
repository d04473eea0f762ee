package main

import (
	"context"
	"encoding/json"
	"errors"
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
	env            string // the .env as it is
	accepted, last *prove.Model
}

// proveWith loads a document as it is. The error says why its front end does not accept it.
func proveWith(ctx context.Context, doc *source.Document, files map[string][]byte) (fix.Prover, error) {
	p := &prover{ctx: ctx, doc: doc, env: string(files[".env"])}
	timed, cancel := context.WithTimeout(ctx, proofTime)
	defer cancel()
	model, err := prove.Load(timed, p.input(doc.Bytes, files))
	if err != nil {
		return nil, p.placed(err)
	}
	p.accepted = model
	return p, nil
}

// input is a text as its front end reads it, a Compose file with the values that the .env file beside it gives to variables.
func (p *prover) input(text []byte, files map[string][]byte) prove.Input {
	in := prove.Input{Kind: p.doc.Kind, Name: p.doc.Name, Text: text}
	if env, ok := files[".env"]; ok && p.doc.Kind == source.ComposeKind {
		if values, err := prove.Env(env); err == nil {
			in.Env = values
		}
	}
	return in
}

// Changes compares a new text with the one last accepted.
func (p *prover) Changes(text []byte, files map[string][]byte) ([]fix.Change, error) {
	if p.accepted.Uninterpolated() && string(files[".env"]) != p.env {
		return nil, errors.New("it needs the .env, and without some variables that are not set Compose does not load the file")
	}
	timed, cancel := context.WithTimeout(p.ctx, proofTime)
	defer cancel()
	model, err := p.accepted.Reload(timed, p.input(text, files))
	if err != nil {
		return nil, p.placed(err)
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
