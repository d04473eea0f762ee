package images

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"sync"
)

// Sort says what a Compose file runs an image for.
type Sort string

// The sorts of servers. Databases, caches, queues and searches are spoken to by other services alone, no browser is. A Tool does
// one thing and ends, where no command keeps it running. NoSort is the zero value: nothing is known.
const (
	NoSort   Sort = ""
	Database Sort = "database"
	Cache    Sort = "cache"
	Queue    Sort = "queue"
	Search   Sort = "search"
	Web      Sort = "web"
	Worker   Sort = "worker"
	Tool     Sort = "tool"
)

// Server is what is known of an image as the program of a service.
type Server struct {
	Sort       Sort
	Ports      []string // TCP ports of its own protocols, decimal
	Data       []string // directories in which it keeps what must survive the container, the usual one first
	Undeclared []string // those of Data that the image does not declare as a VOLUME
	Memory     string   // a limit with which it works at a small load, as deploy.resources.limits.memory takes it; "" where nobody says
	Source     string   // where the line is from
}

// IsStore reports whether other services alone speak to it: its ports are none for the world.
func (s Server) IsStore() bool {
	return slices.Contains([]Sort{Database, Cache, Queue, Search}, s.Sort)
}

//go:embed servers.tsv
var serverData string

type serverRow struct {
	row
	server Server
}

var servers = sync.OnceValues(func() (table[serverRow], error) {
	rows, err := parseServers(serverData)
	return newTable(rows, func(r *serverRow) string { return r.repository }), err
})

// serverColumns are the columns of servers.tsv.
const serverColumns = 7

func parseServers(text string) ([]serverRow, error) {
	var list []serverRow
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\r\n")
		if line == "" || line[0] == '#' {
			continue
		}
		c := strings.Split(line, "\t")
		if len(c) != serverColumns {
			return nil, fmt.Errorf("servers.tsv: %q has %d columns, not %d", line, len(c), serverColumns)
		}
		s := Server{Sort: Sort(c[2]), Ports: listed(c[3]), Memory: strings.Trim(c[5], "-"), Source: c[6]}
		for _, dir := range listed(c[4]) {
			dir, undeclared := strings.CutPrefix(dir, "!")
			s.Data = append(s.Data, dir)
			if undeclared {
				s.Undeclared = append(s.Undeclared, dir)
			}
		}
		list = append(list, serverRow{row{repository: c[0], tags: strings.Split(c[1], ",")}, s})
	}
	return list, nil
}

// listed are the words of a cell, none for -.
func listed(cell string) []string {
	if cell == "-" {
		return nil
	}
	return strings.Split(cell, ",")
}

// LookupServer tells what is known of the image that a Compose file names.
func LookupServer(ref string) Server {
	repository, tag := split(ref)
	known, err := servers()
	if err != nil {
		return Server{} // a test reads the data
	}
	for _, i := range known.by.rows(repository) {
		if r := &known.rows[i]; anyGlob(r.tags, tag) {
			return r.server
		}
	}
	return Server{}
}
