package lazyregexp

import (
	"regexp/syntax"
	"slices"
	"strings"
	"unicode/utf8"
)

// words are texts of which every match of an expression has one in it: a text without any needs no look by the expression, which takes
// ten times as long. The idea is that of the index of Google Code Search.
//
// For (?:curl|wget)\s+-O they are "curl" and "wget". The zero value is that of an expression which says too little, such as \w+.
type words struct {
	list   []word
	starts [256]bool // the bytes that one of them begins with
	folded bool      // one of them is folded
}

// word is text that is looked for as it is, or, folded, in letters of either case; then it is in lower case.
type word struct {
	text   string
	folded bool
}

// maxWords bounds the words of an expression, and what is put together on the way there.
const maxWords = 32

// wordsOf gives the words of an expression.
func wordsOf(expression string) words {
	re, err := syntax.Parse(expression, syntax.Perl)
	if err != nil || atStart(re) {
		return words{}
	}
	p := partOf(re)
	w := words{list: p.needed()}
	for _, one := range w.list {
		w.starts[one.text[0]] = true
		if one.folded {
			w.folded = true
			w.starts[upper(one.text[0])] = true
		}
	}
	return w
}

// atStart reports whether an expression matches at the start of a text alone. It gives up there by itself, where a look for words would go
// through all of the text: each time, for a caller that goes through the text in steps.
func atStart(re *syntax.Regexp) bool {
	switch re.Op {
	case syntax.OpBeginText:
		return true
	case syntax.OpConcat, syntax.OpCapture:
		return atStart(re.Sub[0])
	case syntax.OpAlternate:
		return !slices.ContainsFunc(re.Sub, func(sub *syntax.Regexp) bool { return !atStart(sub) })
	}
	return false
}

// in reports whether a match is possible. Some characters beyond ASCII fold to letters of it (ſ, K): with folded words, a text that has any may match.
func (w *words) in(text string) bool {
	switch {
	case len(w.list) == 0:
		return true
	case len(w.list) == 1 && !w.folded:
		return strings.Contains(text, w.list[0].text)
	}
	for i := 0; i < len(text); i++ {
		c := text[i]
		if w.folded && c >= utf8.RuneSelf || w.starts[c] && w.beginIn(text[i:]) {
			return true
		}
	}
	return false
}

// beginIn reports whether a text begins with one of the words, or may.
func (w *words) beginIn(text string) bool {
	for _, one := range w.list {
		if strings.HasPrefix(text, one.text) || one.folded && beginsFolded(text, one.text) {
			return true
		}
	}
	return false
}

// beginsFolded reports whether a text begins with a word but for the case of its letters.
func beginsFolded(text, word string) bool {
	for i := range len(word) {
		if i == len(text) {
			return false
		}
		if text[i] >= utf8.RuneSelf {
			return true
		}
		if text[i] != word[i] && text[i] != upper(word[i]) {
			return false
		}
	}
	return true
}

func upper(c byte) byte {
	if 'a' <= c && c <= 'z' {
		return c - 'a' + 'A'
	}
	return c
}

// part is what is known of a part of an expression: all texts that it matches, or else words of which each of them has one.
type part struct {
	all  []word // nil: too many
	some []word // only where all is nil; nil: nothing is known
}

// needed are words of which each text that the part matches has one; nil where one of the texts is empty.
func (p part) needed() []word {
	list := p.all
	if list == nil {
		list = p.some
	}
	if shortest(list) == 0 {
		return nil
	}
	return list
}

// shortest is the length of the shortest of some words in bytes, 0 for none.
func shortest(list []word) int {
	least := 0
	for i, one := range list {
		if i == 0 || len(one.text) < least {
			least = len(one.text)
		}
	}
	return least
}

func partOf(re *syntax.Regexp) part {
	switch re.Op {
	case syntax.OpLiteral:
		return literal(re)
	case syntax.OpEmptyMatch, syntax.OpBeginLine, syntax.OpEndLine, syntax.OpBeginText, syntax.OpEndText, syntax.OpWordBoundary, syntax.OpNoWordBoundary:
		return part{all: []word{{}}}
	case syntax.OpCharClass:
		return class(re.Rune)
	case syntax.OpCapture:
		return partOf(re.Sub[0])
	case syntax.OpQuest:
		return either([]part{partOf(re.Sub[0]), {all: []word{{}}}})
	case syntax.OpPlus:
		return part{some: partOf(re.Sub[0]).needed()}
	case syntax.OpRepeat:
		if re.Min > 0 {
			return part{some: partOf(re.Sub[0]).needed()}
		}
	case syntax.OpAlternate:
		return either(parts(re.Sub))
	case syntax.OpConcat:
		return inTurn(parts(re.Sub))
	}
	return part{}
}

func parts(list []*syntax.Regexp) []part {
	var made []part
	for _, re := range list {
		made = append(made, partOf(re))
	}
	return made
}

// literal is one text. The replacement character stands for bytes too that are no UTF-8.
func literal(re *syntax.Regexp) part {
	text, folded := string(re.Rune), re.Flags&syntax.FoldCase != 0
	if strings.ContainsRune(text, utf8.RuneError) {
		return part{}
	}
	if folded {
		text = strings.ToLower(text)
	}
	return part{all: []word{{text, folded}}}
}

// class is one of a few characters, given by the first and last of each range.
func class(ranges []rune) part {
	var p part
	for i := 0; i < len(ranges); i += 2 {
		if ranges[i+1] >= utf8.RuneSelf || len(p.all)+int(ranges[i+1]-ranges[i]) >= maxWords {
			return part{}
		}
		for r := ranges[i]; r <= ranges[i+1]; r++ {
			p.all = append(p.all, word{text: string(r)})
		}
	}
	return p
}

// either is one of several parts.
func either(list []part) part {
	var all, some []word
	whole := true
	for _, p := range list {
		whole = whole && p.all != nil
		all = append(all, p.all...)
	}
	if whole && len(all) <= maxWords {
		return part{all: all}
	}
	for _, p := range list {
		needed := p.needed()
		if needed == nil {
			return part{}
		}
		some = append(some, needed...)
	}
	if len(some) > maxWords {
		return part{}
	}
	return part{some: some}
}

// inTurn is one part after the other. Of all that it needs, the words whose shortest is longest tell most.
func inTurn(list []part) part {
	whole, run := true, []word{{}}
	var best []word
	take := func(words []word) {
		if l := shortest(words); l > shortest(best) || l > 0 && l == shortest(best) && len(words) < len(best) {
			best = words
		}
	}
	for _, p := range list {
		if p.all != nil && len(run)*len(p.all) <= maxWords {
			run = joined(run, p.all)
			continue
		}
		whole = false
		take(run)
		take(p.some)
		run = p.all
		if run == nil {
			run = []word{{}}
		}
	}
	if whole {
		return part{all: run}
	}
	take(run)
	return part{some: best}
}

// joined puts each of some texts before each of others.
func joined(before, behind []word) []word {
	var list []word
	for _, a := range before {
		for _, b := range behind {
			one := word{a.text + b.text, a.folded || b.folded}
			if one.folded {
				one.text = strings.ToLower(one.text)
			}
			list = append(list, one)
		}
	}
	return list
}
