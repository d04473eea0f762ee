package compose

import (
	"path"
	"slices"
	"strings"

	"github.com/dockfix/dockfix/fix"
	"github.com/dockfix/dockfix/fix/images"
	"github.com/dockfix/dockfix/internal/lazyregexp"
	"github.com/dockfix/dockfix/source"
)

// DataBindMount finds data of databases and other servers that lies in a directory of the host or in a volume without a name.
var DataBindMount = &fix.Rule{
	Name:  "data-bind-mount",
	Title: "data in a directory of the host, or in a volume without a name",
	Why: "A directory of the host brings the accounts, permissions and file system of the host with it, which databases are particular about, and lies where git, backups and the build context find it. A volume without a name belongs to one container: the next one gets an empty one. " +
		"The fix names a volume. It is always held back, since the data has to be moved first, with the project down: the finding gives the command. Refused where a variable says where the data lies, and where another service mounts the same directory.",
	Kind:    source.ComposeKind,
	Safety:  fix.Unsafe,
	Changes: []string{"services.*.volumes", "services.*.volumes[*", "volumes.*"},
	Wants:   project,
	Check:   checkDataBindMount,
}

func checkDataBindMount(p *fix.Pass) {
	if p.Doc.Compose.Root == nil {
		return
	}
	for _, c := range servicesOf(p) {
		server := c.server(p)
		if len(server.Data) == 0 || c.forSwarm(p) {
			continue
		}
		found := false
		for _, m := range c.read.mounts {
			if slices.Contains(server.Data, m.target) {
				found = true
				if m.isBind() || m.isAnonymous() {
					p.Report(nameVolume(p, c, m, server.Data[0]))
				}
			}
		}
		if !found && isWhole(c.Service) {
			reportNoVolume(p, c, server)
		}
	}
}

func nameVolume(p *fix.Pass, c *composed, m mount, usual string) fix.Finding {
	f := fix.Finding{Span: m.node.Span, Message: "the data of " + c.Name + " lies in the directory " + m.source + " of the host"}
	if m.isAnonymous() {
		f.Message = "the data of " + c.Name + " lies in a volume without a name"
	}
	name := volumeName(c, m.target, usual)
	if f.Reason = staysPut(p, c, m); f.Reason != "" {
		return f
	}
	f.Reason = howToMove(m, name)
	splices, err := replaceSource(p.Doc, m, name)
	if err == nil {
		var section []source.Splice
		section, err = addVolume(p.Doc, name)
		splices = append(splices, section...)
	}
	return withEdit(f, c, "keep it in the volume "+name, fix.Unsafe, splices, err)
}

// oneVariable matches what is one variable and nothing else.
var oneVariable = lazyregexp.New(`^(\$\w+|\$\{[^{}]*\})$`)

// staysPut is why data cannot be given a volume; "" where it can.
func staysPut(p *fix.Pass, c *composed, m mount) string {
	switch {
	case oneVariable.MatchString(m.source):
		return "a variable says where it lies: give it the name of a volume, and name that below volumes"
	case strings.Contains(m.source, "$"):
		return "a variable says in which directory it lies: write the name of a volume in its place, and name that below volumes"
	case m.via != nil:
		return "the mount stands in a text that other services use"
	case strings.Contains(m.options, "shared") || strings.Contains(m.options, "slave") || strings.Contains(m.options, "private"):
		return "its options are those of a directory alone"
	}
	for _, s := range p.Doc.Compose.Services {
		for _, o := range readingOf(p.Doc, s).mounts {
			if o.node != m.node && m.source != "" && path.Clean(o.source) == path.Clean(m.source) {
				return s.Name + " mounts the directory too: both need the volume"
			}
		}
	}
	for _, f := range p.Facts.Project.Others {
		if s := f.Service(c.Name); s != nil && mergedWith(f, s) && slices.ContainsFunc(mounts(s), func(o mount) bool { return o.target == m.target }) {
			return f.Doc.Name + " mounts something there too"
		}
	}
	return ""
}

// howToMove is how the data gets into the volume, as a clause. In place of the names that Compose gives stand capital letters.
func howToMove(m mount, name string) string {
	from := path.Clean(m.source)
	switch {
	case m.isAnonymous():
		return howToMoveOut(m.target, name)
	case !path.IsAbs(from) && from[0] != '~':
		from = `"$PWD"/` + from
	}
	return "the data has to move first: docker compose down; docker run --rm -v " + from + ":/from -v PROJECT_" + name + ":/to alpine cp -a /from/. /to"
}

// howToMoveOut is the same for a volume without a name, which only its container knows.
func howToMoveOut(target, name string) string {
	return "the data has to move first: docker compose stop; docker run --rm --volumes-from CONTAINER -v PROJECT_" + name + ":/to alpine cp -a " + target + "/. /to"
}

// replaceSource gives a mount another source.
func replaceSource(d *source.Document, m mount, name string) ([]source.Splice, error) {
	if !m.long {
		text := name + ":" + m.target
		if m.options != "" {
			text += ":" + m.options
		}
		return d.ReplaceScalar(m.node, text)
	}
	if m.isAnonymous() {
		return d.AppendEntry(m.node, []string{"source: " + name})
	}
	if bind, ok := m.node.Lookup("bind"); ok {
		return nil, source.Refused("it has settings of a bind mount, on line " + lineOf(bind.Key))
	}
	kind, _ := m.node.Lookup("type")
	from, _ := m.node.Lookup("source")
	splices, err := d.ReplaceScalar(kind.Node, "volume")
	if err != nil {
		return nil, err
	}
	more, err := d.ReplaceScalar(from.Node, name)
	return append(splices, more...), err
}

// volumeName is a name for a volume of a service: SERVICE-data for the usual directory of its data, else one with the path in it.
func volumeName(c *composed, target, usual string) string {
	name := c.Name + "-data"
	if target != usual {
		name = c.Name + target
	}
	return strings.Trim(notInNames.ReplaceAllString(name, "-"), "-_")
}

// notInNames is what cannot stand in the name of a volume.
var notInNames = lazyregexp.New(`[^a-zA-Z0-9_-]+`)

// addVolume names a volume at the top level.
func addVolume(d *source.Document, name string) ([]source.Splice, error) {
	key, volumes := d.Compose.Root.Get("volumes")
	switch there, _ := volumes.Get(name); {
	case there != nil:
		return nil, source.Refused("the file has a volume " + name + " already, on line " + lineOf(there))
	case key == nil:
		return addSection(d, nest(d, "volumes", name+":"))
	case volumes.IsMapping():
		return d.AppendEntry(volumes, []string{name + ":"})
	}
	return nil, source.Refused("volumes at the top level is no mapping to which one could be added")
}

// reportNoVolume points out a server that no volume is mounted for: the image makes one without a name, or the data lies in the
// container itself.
func reportNoVolume(p *fix.Pass, c *composed, server *images.Server) {
	target := server.Data[0]
	undeclared := slices.Contains(server.Undeclared, target)
	if !keepsData(server) || c.mayEnd(p) || c.unread != "" || elsewhere(c, target, undeclared) {
		return
	}
	name := volumeName(c, target, target)
	f := fix.Finding{Span: c.Key.Span, Message: "the data of " + c.Name + " lies in a volume without a name, which its image makes", Reason: howToMoveOut(target, name)}
	if undeclared {
		f.Message = "the data of " + c.Name + " lies in the container, and goes with it"
		f.Reason = "the volume starts empty: get out what there is first, with docker cp CONTAINER:" + target
	}
	splices, err := mountVolume(p.Doc, c, name+":"+target)
	if err == nil {
		var section []source.Splice
		section, err = addVolume(p.Doc, name)
		splices = append(splices, section...)
	}
	p.Report(withEdit(f, c, "keep it in the volume "+name, fix.Unsafe, splices, err))
}

// keepsData reports whether a server is one that is not meant to forget, as caches, queues and agents may be.
func keepsData(s *images.Server) bool {
	return slices.Contains([]images.Sort{images.Database, images.Search, images.Web}, s.Sort)
}

// elsewhere reports whether the data of a service may lie in another directory than usual, or in memory.
func elsewhere(c *composed, target string, undeclared bool) bool {
	if c.has("tmpfs", "volumes_from") || movesData(c) || hasVolumes(c.texts[1:]) {
		return true
	}
	return slices.ContainsFunc(c.read.mounts, func(m mount) bool {
		return strings.HasPrefix(m.target, target+"/") || strings.HasPrefix(target, m.target+"/") || undeclared && path.Ext(m.target) == "" && !systemDir(m.target)
	})
}

func hasVolumes(texts []*source.Service) bool {
	return slices.ContainsFunc(texts, func(s *source.Service) bool { _, ok := s.Field("volumes"); return ok })
}

// movesData reports whether a setting says that the data lies elsewhere than usual.
func movesData(c *composed) bool {
	return slices.ContainsFunc(c.Environment(), func(v source.EnvironmentVariable) bool { return slices.Contains(dataVariables, v.Name) }) ||
		movesByFlag.MatchString(strings.Join(c.program(), " "))
}

// movesByFlag finds flags that say where data lies, or that there is none.
var movesByFlag = lazyregexp.New(`dir|store|storage\.|path|gateway|memory`)

// dataVariables are variables of images that say where the data lies.
var dataVariables = []string{"PGDATA", "MYSQL_DATADIR", "QDRANT__STORAGE__STORAGE_PATH", "INFLUXD_BOLT_PATH", "CLICKHOUSE_DATA_DIR", "ETCD_DATA_DIR", "MINIO_VOLUMES", "GF_PATHS_DATA", "GF_DATABASE_TYPE", "GF_DATABASE_URL"}

// mountVolume adds a mount to a service.
func mountVolume(d *source.Document, c *composed, mount string) ([]source.Splice, error) {
	f, ok := c.Field("volumes")
	switch {
	case ok && f.Via != nil:
		return nil, source.Refused("its volumes stand in a text that other services use")
	case ok && f.Node.IsSequence():
		return d.AppendItem(f.Node, mount)
	case ok:
		return nil, source.Refused("its volumes are no list")
	}
	return addSetting(d, c.Service, listBelow(d, "volumes", mount), "restart", "environment", "ports")
}
