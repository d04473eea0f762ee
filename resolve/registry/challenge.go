package registry

import "strings"

// challenge is one way to authenticate that a WWW-Authenticate header offers.
type challenge struct {
	scheme string // in lower case: bearer, basic
	params map[string]string
}

// maxChallenge bounds the part of a header that is read, in bytes.
const maxChallenge = 8 << 10

// pick takes Bearer where it is offered with a realm, then Basic.
func pick(headers []string) *challenge {
	var basic *challenge
	for _, h := range headers {
		for _, c := range parseChallenges(h) {
			if c.scheme == "bearer" && c.params["realm"] != "" {
				return &c
			}
			if c.scheme == "basic" {
				basic = &c
			}
		}
	}
	return basic
}

// parseChallenges reads the challenges of a header by RFC 9110, section 11.6.1, and forgives what registries get wrong:
// values without quotes, blanks around the equals sign.
func parseChallenges(header string) []challenge {
	var all []challenge
	s := scanner{header[:min(len(header), maxChallenge)]}
	for {
		s.skip(" \t,")
		word := s.token()
		if word == "" {
			if s.rest == "" {
				return all
			}
			s.rest = s.rest[1:] // not of this grammar
			continue
		}
		s.skip(" \t")
		if !strings.HasPrefix(s.rest, "=") || len(all) == 0 {
			all = append(all, challenge{strings.ToLower(word), map[string]string{}})
			continue
		}
		s.rest = s.rest[1:]
		s.skip(" \t")
		all[len(all)-1].params[strings.ToLower(word)] = s.value()
	}
}

// scanner eats a header from the left.
type scanner struct{ rest string }

func (s *scanner) skip(set string) { s.rest = strings.TrimLeft(s.rest, set) }

// token takes what has no separator of HTTP in it.
func (s *scanner) token() string {
	i := strings.IndexAny(s.rest, " \t,;=\"<>")
	if i < 0 {
		i = len(s.rest)
	}
	word := s.rest[:i]
	s.rest = s.rest[i:]
	return word
}

// value takes a token that may have equals signs and semicolons in it, or a quoted string; one without an end goes to the end.
func (s *scanner) value() string {
	if !strings.HasPrefix(s.rest, `"`) {
		i := strings.IndexAny(s.rest, " \t,")
		if i < 0 {
			i = len(s.rest)
		}
		word := s.rest[:i]
		s.rest = s.rest[i:]
		return word
	}
	var b strings.Builder
	for i := 1; i < len(s.rest); i++ {
		switch ch := s.rest[i]; {
		case ch == '"':
			s.rest = s.rest[i+1:]
			return b.String()
		case ch == '\\' && i+1 < len(s.rest):
			i++
			b.WriteByte(s.rest[i])
		default:
			b.WriteByte(ch)
		}
	}
	s.rest = ""
	return b.String()
}
