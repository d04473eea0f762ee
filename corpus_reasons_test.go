package main

import (
	"regexp"
	"strings"
)

// kindOfReason leaves names and numbers out of a reason, and all but its first clause.
func kindOfReason(reason string) string {
	first, _, _ := strings.Cut(reason, "; ")
	for _, r := range reasonKinds {
		first = r.pattern.ReplaceAllString(first, r.kind)
	}
	return first
}

var reasonKinds = []struct {
	pattern *regexp.Regexp
	kind    string
}{
	{regexp.MustCompile(`^what \S+ (sets)`), "what IMAGE $1"},
	{regexp.MustCompile(`^the script \S+ `), "the script NAME "},
	{regexp.MustCompile(`^the stage \S+ is`), "the stage NAME is"},
	{regexp.MustCompile(`the service \S+ in \S+`), "the service NAME"},
	{regexp.MustCompile(`^\S+ calls \S+,`), "a script or command calls NAME,"},
	{regexp.MustCompile(`its command calls \S+,`), "a script or command calls NAME,"},
	{regexp.MustCompile(`^\S+ needs root, or`), "NAME needs root, or"},
	{regexp.MustCompile(`which files \S+ writes`), "which files NAME writes"},
	{regexp.MustCompile(`^\S+ is in the build`), "FILE is in the build"},
	{regexp.MustCompile(`^\S+ is not in the build`), "FILE is not in the build"},
	{regexp.MustCompile(`(package\.json, which tells what) .* runs`), "$1 SCRIPT runs"},
	{regexp.MustCompile(`^\S+:\d+ may write`), "SOURCE may write"},
	{regexp.MustCompile(`drops to \S+ by`), "drops to NAME by"},
	{regexp.MustCompile(`\d+`), "N"},
}
