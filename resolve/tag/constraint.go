package tag

import (
	"fmt"
	"slices"
	"strings"
)

// Constraint is a set of versions. The zero value has all of them.
type Constraint struct {
	bounds []bound
}

// bound compares as many numbers of a version as it has itself: "<=1.32" has 1.32.5, ">1.32" has not.
type bound struct {
	operator string
	numbers  []int
}

// operators are tried in this order.
var operators = []string{"<=", ">=", "!=", "==", "<", ">", "=", "^", "~"}

// ParseConstraint reads bounds that must all hold, separated by commas or spaces: <1.32, >=2, <3, !=1.30.2, ^1.2 (up to
// the next major), ~1.2 (up to the next minor), 1.x or 1.2 (versions that begin so). "" allows all.
func ParseConstraint(s string) (Constraint, error) {
	var c Constraint
	operator := ""
	for _, f := range strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r == ' ' || r == '\t' }) {
		if operator == "" {
			operator, f = cutOperator(f)
		}
		if f == "" && operator != "" {
			continue // "< 1.32"
		}
		bounds, err := parseBound(operator, f)
		if err != nil {
			return Constraint{}, fmt.Errorf("constraint %q: %w", s, err)
		}
		c.bounds, operator = append(c.bounds, bounds...), ""
	}
	if operator != "" {
		return Constraint{}, fmt.Errorf("constraint %q: no version behind %s", s, operator)
	}
	return c, nil
}

func cutOperator(s string) (operator, rest string) {
	for _, o := range operators {
		if rest, ok := strings.CutPrefix(s, o); ok {
			return o, rest
		}
	}
	return "", s
}

func parseBound(operator, s string) ([]bound, error) {
	version := strings.TrimPrefix(s, "v")
	wild := false
	for _, x := range []string{".x", ".X", ".*"} {
		for strings.HasSuffix(version, x) {
			version, wild = strings.TrimSuffix(version, x), true
		}
	}
	n, rest := numbers(version)
	switch {
	case (s == "*" || s == "x") && operator == "":
		return nil, nil
	case n == nil || rest != "":
		return nil, fmt.Errorf("%q is no version", s)
	case wild && operator != "" && operator != "=" && operator != "!=":
		return nil, fmt.Errorf("%s needs a version without a wildcard, not %q", operator, s)
	}
	switch operator {
	case "", "==":
		return []bound{{"=", n}}, nil
	case "^":
		return []bound{{">=", n}, {"=", n[:caret(n)]}}, nil
	case "~":
		return []bound{{">=", n}, {"=", n[:min(len(n), 2)]}}, nil
	}
	return []bound{{operator, n}}, nil
}

// caret counts the numbers that ^ keeps: up to the first that is not zero.
func caret(n []int) int {
	for i, x := range n {
		if x != 0 {
			return i + 1
		}
	}
	return len(n)
}

// Allows reports whether the version of the tag is in the set; a date counts as one number. A tag that does not tell,
// as 1 does not for <1.32 nor latest for any, is not allowed.
func (c Constraint) Allows(t Tag) bool {
	n := t.numbers
	if len(n) == 0 {
		n = t.date
	}
	for _, b := range c.bounds {
		if !b.allows(n) {
			return false
		}
	}
	return true
}

func (b bound) allows(n []int) bool {
	k := min(len(n), len(b.numbers))
	order := slices.Compare(n[:k], b.numbers[:k])
	if order == 0 && k < len(b.numbers) {
		return false
	}
	switch b.operator {
	case "<":
		return order < 0
	case "<=":
		return order <= 0
	case ">":
		return order > 0
	case ">=":
		return order >= 0
	case "!=":
		return order != 0
	}
	return order == 0
}
