package tag

import "strings"

// mostDigits of a number: more do not fit an int, and count nothing.
const mostDigits = 18

func digit(c byte) bool { return '0' <= c && c <= '9' }

// numbers reads digits separated by dots from the beginning; nil where there are none. The rest begins with the dot
// that no digit follows.
func numbers(s string) (n []int, rest string) {
	if s == "" || !digit(s[0]) {
		return nil, s
	}
	n = make([]int, 0, 1+strings.Count(s, "."))
	for {
		i, value := 0, 0
		for i < len(s) && digit(s[i]) {
			if i >= mostDigits {
				return nil, s
			}
			value = value*10 + int(s[i]-'0')
			i++
		}
		n, s = append(n, value), s[i:]
		if len(s) < 2 || s[0] != '.' || !digit(s[1]) {
			return n, s
		}
		s = s[1:]
	}
}

// letters reads the small letters at the beginning.
func letters(s string) (name, rest string) {
	i := 0
	for i < len(s) && 'a' <= s[i] && s[i] <= 'z' {
		i++
	}
	return s[:i], s[i:]
}

// commit tells whether the part is the name of a commit or a digest, perhaps behind the g of "git describe": seven or
// more hexadecimal digits, letters and numbers among them, so that "defaced" and "2023111" are none.
func commit(s string) bool {
	if len(s) > 7 && s[0] == 'g' {
		s = s[1:]
	}
	digits := 0
	for i := range len(s) {
		switch c := s[i]; {
		case digit(c):
			digits++
		case c < 'a' || c > 'f':
			return false
		}
	}
	return len(s) >= 7 && digits > 0 && digits < len(s)
}

// date tells whether the number is a day of this half of the century, as YYYYMMDD.
func date(n int) bool {
	month, day := n/100%100, n%100
	return 2000e4 < n && n < 2050e4 && 1 <= month && month <= 12 && 1 <= day && day <= 31
}

// small reads a number of two digits; 0 where it is none.
func small(s string) int {
	n, rest := numbers(s)
	if len(n) != 1 || rest != "" {
		return 0
	}
	return n[0]
}

func pow(n int) int {
	p := 1
	for range n {
		p *= 10
	}
	return p
}
