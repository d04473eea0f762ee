package tag

import (
	"slices"
	"strings"
)

// quirk is what the tags of a repository do not tell about it. The zero value knows nothing.
type quirk struct {
	names   map[string][]int              // words that name a line of versions
	meaning map[string]func([]int) bool   // lines that a word may name, "latest" also where no word does
	late    bool                          // what a word means begins some months after the first version of the line
	usual   map[string]bool               // words that are meant where none are named
	odd     bool                          // versions with an odd second number are for developers
	stay    func(version, now []int) bool // whether an update may go there
	point   func([]int) int               // how many numbers name a line whose versions only fix: 2 where nil
}

// official are the quirks of Docker's official images, by name.
var official = map[string]quirk{
	// Even majors get long-term support in the October after their release, odd ones never; from then on a major has a
	// code name. Source: github.com/nodejs/release, README.
	"node": {
		meaning: map[string]func([]int) bool{"lts": even},
		late:    true,
		stay:    func(v, now []int) bool { return even(v) || v[0] == now[0] },
		names: map[string][]int{
			"argon": {4}, "boron": {6}, "carbon": {8}, "dubnium": {10}, "erbium": {12}, "fermium": {14},
			"gallium": {16}, "hydrogen": {18}, "iron": {20}, "jod": {22}, "krypton": {24},
		},
	},
	// The April release of an even year is supported for five years, the others for nine months; latest is the newest
	// of the former. Source: ubuntu.com/about/release-cycle, hub.docker.com/_/ubuntu.
	"ubuntu": {
		meaning: map[string]func([]int) bool{"latest": ubuntuLTS},
		stay:    func(v, now []int) bool { return ubuntuLTS(v) || begins(v, now) },
	},
	// 8, 11, 17 and every fourth from 21 on; latest is the newest of them. Source: adoptium.net/support.
	"eclipse-temurin": java(javaLTS),
	// The same lines. Source: ibm.com/support/pages/semeru-runtimes-support.
	"ibm-semeru-runtimes": java(javaLTS),
	// The same lines; latest is the newest of all. Source: github.com/SAP/SapMachine/wiki/Maintenance.
	"sapmachine": java(nil),
	// The same lines; latest is 8 to this day. Source: github.com/corretto/corretto-docker, README.
	"amazoncorretto": java(func(v []int) bool { return v[0] == 8 }),
	// Odd minors are development versions. Source: perldoc.perl.org/perlpolicy.
	"perl": {odd: true, stay: func(v, now []int) bool { return evenMinor(v) || len(v) < 2 || v[1] == now[1] }},
	// Even minors are stable, odd ones the main line. Source: nginx.org/en/download.html.
	"nginx": {meaning: map[string]func([]int) bool{"stable": evenMinor}},
	// Even minors have long-term support. Source: haproxy.org, table of versions.
	"haproxy": {meaning: map[string]func([]int) bool{"lts": evenMinor}},
	// Minors are named after cheeses. Source: github.com/traefik/traefik, CHANGELOG and release names.
	"traefik": {names: map[string][]int{
		"cantal": {2, 0}, "montdor": {2, 1}, "chevrotin": {2, 2}, "picodon": {2, 3}, "livarot": {2, 4}, "brie": {2, 5},
		"rocamadour": {2, 6}, "epoisses": {2, 7}, "vacherin": {2, 8}, "banon": {2, 9}, "saintmarcelin": {2, 10},
		"mimolette": {2, 11}, "beaufort": {3, 0}, "comte": {3, 1}, "munster": {3, 2}, "saintnectaire": {3, 3},
		"chaource": {3, 4}, "chabichou": {3, 5}, "ramequin": {3, 6}, "langres": {3, 7},
	}},
	// The first release of a year is supported longest (LTA, long-term active), as x.9 was before (LTS); who names no
	// edition gets that of the community. Source: docs.sonarsource.com, "Release cycle model".
	"sonarqube": {usual: set("community"), meaning: map[string]func([]int) bool{
		"lta": func(v []int) bool { return len(v) > 1 && v[0] > 2000 && v[1] == 1 },
		"lts": func(v []int) bool { return len(v) > 1 && v[1] == 9 },
	}},
	// Who names no tool gets the official ones. Source: hub.docker.com/_/clojure.
	"clojure": {usual: set("tools deps")},
	// The second number counts fixes from 10 on, the third before. Source: postgresql.org/support/versioning.
	"postgres": {point: func(v []int) int { return 2 - btoi(v[0] >= 10) }},
	// 12.5 is a point release of 12: fixes only. Source: wiki.debian.org/DebianReleases/PointReleases.
	"debian": {point: func([]int) int { return 1 }},
}

// databases are repositories, by the last part of their name, whose containers read what an older version has written,
// and may be unable to, or convert it for good. Each with the source that says so.
var databases = []struct{ names, source string }{
	{"postgres postgresql postgis pgvector timescaledb timescaledb-ha", "postgresql.org/docs/current/upgrading.html"},
	{"mysql mysql-server percona percona-server", "dev.mysql.com/doc/refman/8.4/en/upgrading.html"},
	{"mariadb mariadb-galera", "mariadb.com/kb/en/upgrading"},
	{"mongo mongodb mongodb-community-server", "mongodb.com/docs/manual/release-notes"},
	{"redis redis-stack valkey keydb", "redis.io/docs/latest/operate/oss_and_stack/install/upgrade"},
	{"cassandra scylla", "cassandra.apache.org/doc/latest/cassandra/managing/operating/upgrading.html"},
	{"couchdb", "docs.couchdb.org/en/stable/install/upgrading.html"},
	{"couchbase", "docs.couchbase.com/server/current/install/upgrade.html"},
	{"neo4j", "neo4j.com/docs/upgrade-migration-guide"},
	{"elasticsearch", "elastic.co/docs/deploy-manage/upgrade"},
	{"opensearch", "docs.opensearch.org/latest/migrate-or-upgrade"},
	{"solr", "solr.apache.org/guide/solr/latest/upgrade-notes"},
	{"influxdb", "docs.influxdata.com/influxdb/v2/install/upgrade"},
	{"clickhouse clickhouse-server", "clickhouse.com/docs/operations/update"},
	{"cockroach", "cockroachlabs.com/docs/stable/upgrade-cockroach-version"},
	{"rethinkdb", "rethinkdb.com/docs/migration"},
	{"arangodb", "docs.arangodb.com/stable/operations/upgrading"},
	{"orientdb", "orientdb.dev/docs/3.2.x/release/Upgrade.html"},
	{"crate", "cratedb.com/docs/guide/admin/upgrade"},
	{"etcd", "etcd.io/docs/latest/upgrades"},
	{"mssql-server", "learn.microsoft.com/sql/linux/sql-server-linux-docker-container-configure"},
	{"aerospike aerospike-server", "aerospike.com/docs/database/manage/upgrade"},
	{"qdrant", "qdrant.tech/documentation/guides/installation"},
	{"weaviate", "docs.weaviate.io/deploy/migration"},
	{"milvus", "milvus.io/docs/upgrade_milvus_standalone-docker.md"},
}

func even(v []int) bool { return v[0]%2 == 0 }

func evenMinor(v []int) bool { return len(v) >= 2 && v[1]%2 == 0 }

func ubuntuLTS(v []int) bool { return len(v) >= 2 && v[0]%2 == 0 && v[1] == 4 }

func javaLTS(v []int) bool {
	return v[0] == 8 || v[0] == 11 || v[0] == 17 || v[0] > 17 && v[0]%4 == 1
}

// java is the quirk of a distribution of Java; latest are the lines that its latest may be, nil for all.
func java(latest func([]int) bool) quirk {
	return quirk{
		meaning: map[string]func([]int) bool{"latest": latest, "lts": javaLTS},
		stay:    func(v, now []int) bool { return javaLTS(v) || v[0] == now[0] },
	}
}

// quirkOf finds the quirks of an official image, also where a mirror has it: public.ecr.aws/docker/library/node.
func quirkOf(repository string) quirk {
	host, name, ok := strings.Cut(repository, "/")
	if !ok {
		return official[repository] // short for library/
	}
	if i := strings.LastIndex(repository, "library/"); i == 0 || i > 0 && repository[i-1] == '/' {
		return official[repository[i+len("library/"):]]
	}
	if host == "docker.io" || host == "index.docker.io" {
		return official[name]
	}
	return quirk{}
}

// Database reports whether the data of the repository's containers lives across versions, judging by its name: then a
// major is never crossed without being asked for.
func Database(repository string) bool {
	name := repository[strings.LastIndexByte(repository, '/')+1:]
	for _, d := range databases {
		if slices.Contains(strings.Fields(d.names), name) {
			return true
		}
	}
	return false
}

// DefaultLevel is how far updates go by themselves: Patch for databases, Minor for the rest.
func DefaultLevel(repository string) Level {
	if Database(repository) {
		return Patch
	}
	return Minor
}
