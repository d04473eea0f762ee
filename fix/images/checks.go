package images

import (
	_ "embed"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// Level tells how it is known that a check works.
type Level string

// The levels. Tested checks run against the real server in e2e/healthchecks; Read ones follow from a Dockerfile, an entrypoint or a
// manual; Used ones stand in templates that many people run.
const (
	Tested     Level = "tested"
	Read       Level = "read"
	Used       Level = "used"
	Unverified Level = "unverified"
)

// Check is a health check of an image that has none of its own, as a line of checks.tsv gives it.
type Check struct {
	Test                     string // as HEALTHCHECK CMD takes it: a list in JSON, or a line for a shell; "" where nothing can ask
	Interval, Timeout, Start string // as Docker writes times
	Retries                  int
	Port                     string     // that the test asks
	Server                   []string   // words that may begin a command that still starts the server
	Moves                    []string   // options after which the test may ask the wrong place
	Variables                []string   // variables of the environment, likewise
	Needs                    [][]string // all must hold, each by one of its conditions: NAME=VALUE, !NAME, a word of the command, Default
	Config                   []string   // paths of configuration files, or of directories with them
	Doubt                    string     // why nobody should have it who did not ask, a clause; "" for none
	Level                    Level
	Source                   string

	base bool
}

// Default is the need that the image's own command runs.
const Default = "default"

//go:embed checks.tsv
var checkData string

// checkRow is one line of the data.
type checkRow struct {
	repositories, tags []string
	versions           ranges
	check              Check
}

// checkTable is the data by the repositories that its lines name.
type checkTable struct {
	rows []checkRow
	of   map[string][]*checkRow
}

var checks = sync.OnceValues(func() (checkTable, error) {
	rows, err := parseChecks(checkData)
	of := map[string][]*checkRow{}
	for i := range rows {
		for _, repository := range rows[i].repositories {
			of[repository] = append(of[repository], &rows[i])
		}
	}
	return checkTable{rows, of}, err
})

// checkColumns are those of checks.tsv.
const checkColumns = 15

func parseChecks(text string) ([]checkRow, error) {
	var list []checkRow
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\r\n")
		if line == "" || line[0] == '#' {
			continue
		}
		c := strings.Split(line, "\t")
		if len(c) != checkColumns {
			return nil, fmt.Errorf("checks.tsv: %q has %d columns, not %d", line, len(c), checkColumns)
		}
		for i := range c {
			if c[i] == "-" {
				c[i] = ""
			}
		}
		row, err := readCheck(c)
		if err != nil {
			return nil, fmt.Errorf("checks.tsv: %s: %w", c[0], err)
		}
		list = append(list, row)
	}
	return list, nil
}

func readCheck(c []string) (checkRow, error) {
	versions, err := parseRanges(c[2])
	if err != nil {
		return checkRow{}, err
	}
	check := Check{
		Test: c[3], Port: c[5], Server: strings.Fields(c[6]), Moves: strings.Fields(c[7]), Variables: strings.Fields(c[8]),
		Config: strings.Fields(c[10]), Doubt: c[11], base: c[12] == "base", Level: Level(c[13]), Source: c[14],
	}
	for _, need := range strings.Fields(c[9]) {
		check.Needs = append(check.Needs, strings.Split(need, "|"))
	}
	row := checkRow{strings.Split(c[0], ","), strings.Split(c[1], ","), versions, check}
	if check.Test == "" {
		return row, nil
	}
	times := strings.Split(c[4], "/")
	if len(times) != 4 {
		return checkRow{}, fmt.Errorf("%q is not interval/timeout/retries/start_period", c[4])
	}
	row.check.Interval, row.check.Timeout, row.check.Start = times[0], times[1], times[3]
	row.check.Retries, err = strconv.Atoi(times[2])
	return row, err
}

// Checks are the checks that the image of a reference may have, in the order in which they are to be tried, each with needs of its own.
// byVersion tells that other versions of the image have others, and guess that the tag does not say which version it is. The checks are those
// of the table, and not to be changed.
func Checks(ref string) (list []*Check, byVersion, guess bool) {
	repository, tag := split(ref)
	table, err := checks()
	rows := table.of[repository]
	if err != nil || len(rows) == 0 {
		return nil, false, false // a test reads the data
	}
	version, known := tagVersion(tag)
	for _, r := range rows {
		byVersion = byVersion || len(r.versions) > 0 || !slices.Equal(r.tags, []string{"*"})
		if !anyGlob(r.tags, tag) || !r.versions.contain(version) {
			continue
		}
		guess = guess || len(r.versions) > 0 && !known
		if r.check.Test == "" && len(list) == 0 {
			return nil, false, false
		}
		list = append(list, &r.check)
	}
	return list, byVersion, guess
}

// baseCheck is the test that an image built on the one of a reference may have; "" for none: the first of Checks that says so.
func baseCheck(repository, tag string) string {
	table, err := checks()
	rows := table.of[repository]
	if err != nil || len(rows) == 0 {
		return "" // a test reads the data
	}
	version, known := tagVersion(tag)
	test, first := "", true
	for _, r := range rows {
		if !anyGlob(r.tags, tag) || !r.versions.contain(version) {
			continue
		}
		guess := len(r.versions) > 0 && !known
		if guess || first && r.check.Test == "" {
			return ""
		}
		if first = false; r.check.base && test == "" {
			test = r.check.Test
		}
	}
	return test
}
