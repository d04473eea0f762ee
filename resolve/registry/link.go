package registry

import (
	"net/url"
	"strings"
)

// nextPage is the query of the next page of a tag list, by the Link headers of the answer to a request for base; "" where
// there is none. Only what the link asks for is taken from it; the path stays, since Artifactory leaves out a part of it.
// A link to another origin, or to something else than a tag list, is an error.
func nextPage(headers []string, base *url.URL) (string, error) {
	for _, h := range headers {
		target, ok := nextLink(h)
		if !ok {
			continue
		}
		u, err := base.Parse(target)
		if err != nil {
			return "", broken("links to a next page that is no address")
		}
		if u.Scheme != base.Scheme || u.Host != base.Host || u.User != nil {
			return "", broken("links to a next page on another host, which is not followed")
		}
		if !strings.HasSuffix(u.Path, "/tags/list") {
			return "", broken("links to a next page that is no tag list")
		}
		return u.RawQuery, nil
	}
	return "", nil
}

// nextLink is the target with rel="next" of a Link header (RFC 8288, section 3).
func nextLink(header string) (string, bool) {
	s := scanner{header[:min(len(header), maxChallenge)]}
	for {
		_, rest, found := strings.Cut(s.rest, "<")
		if !found {
			return "", false
		}
		target, rest, found := strings.Cut(rest, ">")
		if !found {
			return "", false
		}
		s.rest = rest
		if s.next() {
			return target, true
		}
	}
}

// next reads the parameters of a link, and reports whether they have rel=next.
func (s *scanner) next() (next bool) {
	for {
		s.skip(" \t;")
		word := s.token()
		s.skip(" \t")
		if !strings.HasPrefix(s.rest, "=") {
			if word != "" {
				continue
			}
			return next // a comma, the end, or nothing of this grammar
		}
		s.rest = s.rest[1:]
		s.skip(" \t")
		value := strings.TrimRight(s.value(), ";")
		if strings.EqualFold(word, "rel") {
			for rel := range strings.FieldsSeq(value) {
				next = next || strings.EqualFold(rel, "next")
			}
		}
	}
}
