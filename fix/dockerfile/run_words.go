package dockerfile

import (
	"bytes"
	"math/bits"

	"github.com/dockfix/dockfix/source"
)

// runWords are texts that stand in a RUN, of those that rules look for before they take it apart.
type runWords uint32

const (
	saysApt runWords = 1 << iota
	saysApk
	saysYum
	saysDnf
	saysZypper
	saysPip
	saysNpm
	saysYarn
	saysComposer
	saysGem
	saysCurl
	saysWget
	saysSudo
	saysUseradd
	saysOnly
	saysRm
	saysClean
	saysPipe
)

// runTexts are the texts of runWords, in their order. saysPipe, behind them, is a | by itself.
var runTexts = []string{"apt", "apk", "yum", "dnf", "zypper", "pip", "npm", "yarn", "composer", "gem", "curl", "wget", "sudo", "useradd", "--only", "rm ", " clean"}

// firstBytes and secondBytes are the words that have a byte there.
var firstBytes, secondBytes = wordsByByte(0), wordsByByte(1)

func wordsByByte(at int) (table [256]runWords) {
	for i, text := range runTexts {
		table[text[at]] |= 1 << i
	}
	return table
}

// runWordsIn looks for all words at once: there are many rules, and few of their words stand in a file.
func runWordsIn(text []byte) runWords {
	var found, begun runWords
	for i, b := range text {
		if may := begun & secondBytes[b] &^ found; may != 0 {
			found |= may.beginning(text[i-1:])
		}
		begun = firstBytes[b]
	}
	if alone(text, '|') {
		found |= saysPipe
	}
	return found
}

// beginning are those of the words that a text begins with.
func (w runWords) beginning(text []byte) runWords {
	var found runWords
	for ; w != 0; w &= w - 1 {
		i := bits.TrailingZeros32(uint32(w))
		if word := runTexts[i]; len(text) >= len(word) && string(text[:len(word)]) == word {
			found |= 1 << i
		}
	}
	return found
}

// wordedRun is a RUN that can be read, with the words in it.
type wordedRun struct {
	in     *source.Instruction
	words  runWords
	asked  bool    // a rule has asked for its script
	script *script // nil where there is none, or nobody asked
}

// wordedRuns are those of the document, in its order.
func wordedRuns(doc *source.Document) []wordedRun {
	list := make([]wordedRun, 0, len(doc.Dockerfile.Instructions)/2)
	for in := range instructions(doc, "RUN") {
		text := doc.Bytes[in.Start:in.End]
		words := runWordsIn(text)
		if words&saysApk != 0 && apkKeepsNothing(text) {
			words &^= saysApk
		}
		list = append(list, wordedRun{in: in, words: words})
	}
	return list
}

// apkKeepsNothing reports whether each apk in a text gets --no-cache right behind it or behind add and other options, as most do: then
// there is nothing to take apart for the one rule that asks.
func apkKeepsNothing(text []byte) bool {
	for {
		i := bytes.Index(text, []byte("apk"))
		if i < 0 {
			return true
		}
		text = text[i+len("apk"):]
		rest, word := text, []byte(nil)
		for string(word) != "--no-cache" {
			rest = bytes.TrimLeft(rest, " \t")
			end := bytes.IndexAny(rest, " \t\r\n")
			if end < 0 {
				return false
			}
			if word, rest = rest[:end], rest[end:]; string(word) != "add" && !bytes.HasPrefix(word, []byte("-")) {
				return false
			}
		}
	}
}
