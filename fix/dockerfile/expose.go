package dockerfile

import (
	"fmt"
	"strings"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/source"
)

// ExposeCasing finds a protocol with capitals in EXPOSE.
var ExposeCasing = &fix.Rule{
	Name:    "expose-casing",
	Title:   "a protocol with capitals in EXPOSE",
	Why:     "The image configuration holds protocols in lower case; written so, the line says what the image will have.",
	Kind:    source.DockerfileKind,
	Safety:  fix.Safe,
	Aliases: []string{"ExposeProtoCasing"},
	Check:   checkExposeCasing,
}

// ExposeMapping finds a host port or an address in EXPOSE.
var ExposeMapping = &fix.Rule{
	Name:    "expose-mapping",
	Title:   "a host port or an address in EXPOSE",
	Why:     "EXPOSE tells which port the container listens on. A host port or address in it does nothing, and builders have said that they will reject it; publish ports with docker run -p or in Compose. What stands before the container's port goes. Held back where there are variables or quotes.",
	Kind:    source.DockerfileKind,
	Safety:  fix.Safe,
	Aliases: []string{"ExposeInvalidFormat"},
	Check:   checkExposeMapping,
}

func checkExposeCasing(p *fix.Pass) {
	for in := range instructions(p.Doc, "EXPOSE") {
		for _, w := range in.Args {
			slash := strings.LastIndexByte(w.Text, '/')
			if slash < 0 {
				continue
			}
			proto := w.Text[slash+1:]
			lower := strings.ToLower(proto)
			if proto == lower || lower != "tcp" && lower != "udp" && lower != "sctp" {
				continue
			}
			f := fix.Finding{Span: w.Span, Message: fmt.Sprintf("protocol %s of port %s has capitals", proto, w.Text[:slash])}
			at := source.Span{Start: w.Start + slash + 1, End: w.End}
			replace(&f, "write "+lower, source.Word{Span: at, Text: proto, Split: w.Split}, lower)
			p.Report(f)
		}
	}
}

func checkExposeMapping(p *fix.Pass) {
	for in := range instructions(p.Doc, "EXPOSE") {
		for _, w := range in.Args {
			colon := strings.LastIndexByte(w.Text, ':')
			if colon < 0 || strings.Contains(w.Text, "${") && colon < strings.LastIndexByte(w.Text, '}') {
				continue // the colon of ${PORT:-80}
			}
			f := fix.Finding{Span: w.Span, Message: fmt.Sprintf("EXPOSE %s has a host port or an address, which does nothing", w.Text)}
			if strings.ContainsAny(w.Text, `$"'`) {
				f.Reason = "it has variables or quotes"
			} else {
				at := source.Span{Start: w.Start, End: w.Start + colon + 1}
				replace(&f, "write "+w.Text[colon+1:], source.Word{Span: at, Text: w.Text[:colon+1], Split: w.Split}, "")
			}
			p.Report(f)
		}
	}
}
