package fix

import (
	"io/fs"
	"path"
	"sort"
	"strings"

	"github.com/dockfix/dockfix/source"
)

// Want names one fact that a rule needs from outside.
type Want string

// The facts that can be asked for.
const (
	WantLegacyCompose Want = "legacy-compose" // scripts that run an old docker-compose or docker stack deploy
	WantContexts      Want = "contexts"       // how a Dockerfile is built, and what lies in its build contexts
	WantLocal         Want = "local"          // which names of images mean none of a registry
	WantDockerfiles   Want = "dockerfiles"    // the Dockerfiles that the services of a Compose file build
	WantChildren      Want = "children"       // the Dockerfiles that are built on the image of a Dockerfile
	WantProject       Want = "project"        // the other Compose files that a Compose file is read together with
	WantComposeFiles  Want = "compose-files"  // the Compose files that build a Dockerfile, to be edited with it; it implies WantContexts
	WantDotEnv        Want = "dotenv"         // the .env beside a Compose file, and who sees it
	WantBuildArgs     Want = "build-args"     // the scripts around a Dockerfile that pass arguments to builds
	WantUses          Want = "uses"           // the scripts that run commands in a container of a Dockerfile
	WantScripts       Want = "scripts"        // what the scripts of the repository build and read
	WantDeployments   Want = "deployments"    // who else in the repository runs the image of a Dockerfile, by its name
	WantInstalls      Want = "installs"       // what may install packages in a container of a Dockerfile, without fetching an index first

	wantImage   = "image:"
	wantUpdate  = "update:"
	wantVerify  = "verify:"
	wantFile    = "file:"
	wantRead    = "read:"
	wantContext = "context:"
)

// WantImage asks what an image reference, as written, means now.
func WantImage(ref string) Want { return Want(wantImage + ref) }

// WantUpdate asks for the newest image that may take the place of a reference. hold is a constraint on its version such
// as "<1.32", "" for none.
func WantUpdate(ref, hold string) Want { return Want(wantUpdate + ref + " " + hold) }

// WantVerify asks whether the tag of a reference still has the digest that is written beside it.
func WantVerify(ref string) Want { return Want(wantVerify + ref) }

// ImageQuery is what a Want asks a registry for.
type ImageQuery struct {
	Ref            string
	Update, Verify bool
	Hold           string // constraint on the version of an update
}

// Image is what the Want asks a registry for, if it does.
func (w Want) Image() (q ImageQuery, ok bool) {
	if q.Ref, ok = strings.CutPrefix(string(w), wantImage); ok {
		return q, true
	}
	if q.Ref, q.Verify = strings.CutPrefix(string(w), wantVerify); q.Verify {
		return q, true
	}
	rest, ok := strings.CutPrefix(string(w), wantUpdate)
	q.Ref, q.Hold, _ = strings.Cut(rest, " ")
	q.Update = ok
	return q, ok
}

// WantFile asks for a file beside the document, by its name relative to the document's folder: to know it, or to edit it.
func WantFile(name string) Want { return Want(wantFile + name) }

// File is the name of the file that is asked for, if one is.
func (w Want) File() (name string, ok bool) { return strings.CutPrefix(string(w), wantFile) }

// WantRead asks for what stands in a file, by its name relative to the document's folder: one that cannot be read, such as a directory, is
// as one that is not there.
func WantRead(name string) Want { return Want(wantRead + name) }

// ReadFile is the name of the file that is to be read, if one is.
func (w Want) ReadFile() (name string, ok bool) { return strings.CutPrefix(string(w), wantRead) }

// WantText asks for the texts of the files in the build contexts of a Dockerfile whose names match a pattern of
// path.Match: "package.json" in any directory, "requirements*.txt", "docs/*.md" in that directory alone. It implies
// WantContexts.
func WantText(pattern string) Want { return Want(wantContext + pattern) }

// Text is the pattern of the files in the build contexts that are asked for, if any are.
func (w Want) Text() (pattern string, ok bool) { return strings.CutPrefix(string(w), wantContext) }

// MatchesText reports whether a Want asks for the text of the file at a path of a build context.
func (w Want) MatchesText(p string) bool {
	pattern, ok := w.Text()
	if !ok {
		return false
	}
	if !strings.Contains(pattern, "/") {
		p = path.Base(p)
	}
	matched, _ := path.Match(pattern, p)
	return matched
}

// Broad reports whether a Want asks for the texts of all files with an ending: others are read before these.
func (w Want) Broad() bool {
	pattern, ok := w.Text()
	return ok && strings.HasPrefix(pattern, "*.")
}

// Installed reports whether a path of a build context is in a directory that package managers fill.
func Installed(p string) bool {
	p = "/" + p
	return strings.Contains(p, "/node_modules/") || strings.Contains(p, "/.venv/") || strings.Contains(p, "/venv/") || strings.Contains(p, "/site-packages/")
}

// Facts is what is known from outside of a document, gathered before any rule runs.
type Facts struct {
	// Files are the other files that a fix may edit, by name relative to the document's folder, with slashes; one that
	// does not exist is not in it.
	Files map[string][]byte
	// Documents are those of Files that mean something by themselves, with their kind. An edit of one is proven as one of the
	// document is.
	Documents map[string]source.Kind
	// Read are the texts of files that no fix edits, by the name that was asked for.
	Read map[string][]byte
	// LegacyCompose says which script still feeds the file to a program that needs its version key, as
	// "Makefile:12 runs docker stack deploy"; "" where none was found.
	LegacyCompose string
	// BuildArguments says for the name of a build argument which scripts pass it, as "deploy.sh:3".
	BuildArguments map[string][]string
	// Images are what registries say, by what was asked for.
	Images map[Want]*Image
	// Bases are what registries say of the images that stages are built on, by reference as written. See Facts.Base.
	Bases map[string]*Base
	// Unsafe tells that fixes are made too that are not safe: what they need is worth a look-up.
	Unsafe bool
	// Pin says what is written to pin an image.
	Pin Pin
	// Local are names that a reference may have without meaning an image of a registry: the build contexts that a Dockerfile is
	// given by name, and the images that the Compose files around it build.
	Local []string
	// Children are the Dockerfiles that are built on an image of the Dockerfile, as shown to the user.
	Children []string
	// Uses are the scripts that run commands of their own in a container of the Dockerfile, as "Makefile:3 runs docker compose exec".
	Uses []string
	// Scripts is what the scripts of the repository say that bears on the document.
	Scripts Scripts
	// Commands are clauses that say who runs another command with the image of the Dockerfile, as "the service worker in stack.yml
	// runs another command with the image".
	Commands []string
	// Deployed are clauses that say who else may run the image of the Dockerfile and count on root there.
	Deployed []string
	// Installs are the places that may install packages in a container of the Dockerfile without fetching an index first, as
	// "entrypoint.sh:3".
	Installs []Install
	// Dockerfiles are those that the services of a Compose file, or the targets of a bake file, build, by the name of these.
	Dockerfiles map[string]*source.Document
	// Checked are the services of a Compose file that get a healthcheck from the fix of a Dockerfile in the same run.
	Checked map[string]bool
	// CheckedIn are the services of a Compose file that get a healthcheck in another file of the project in the same run, with its name.
	CheckedIn map[string]string
	// VariablesElsewhere are the variables that other Compose files in the folder of a Compose file read, with the name of such a
	// file: Compose merges these files, and gives all of them the values of one .env.
	VariablesElsewhere map[string]string
	// Project is what a Compose file is read together with.
	Project ComposeProject
	// DotEnv is the .env beside a Compose file.
	DotEnv DotEnv
	// SecretFiles wants secrets in files of their own where a container can read them there, in place of the .env.
	SecretFiles bool
	// EnvFiles allows edits of values in a .env file.
	EnvFiles bool
	// Contexts are the ways in which a Dockerfile is built: those that Compose files tell, else a guess.
	Contexts []*BuildContext
}

// Install is a call of a package manager in a script.
type Install struct {
	Tool  string // "apt-get" or "apk"
	File  string // the name of the script
	Place string // with its line
}

// Pin says what is written to pin an image. The zero value is PinBoth.
type Pin int

// What is written to pin an image.
const (
	PinBoth    Pin = iota // name:version@sha256:digest
	PinVersion            // name:version
	PinDigest             // name:tag@sha256:digest, the tag as it was
)

// Image is what is known from outside about an image reference.
type Image struct {
	Failed  string // why nothing is known, as a clause; "" where the rest says something
	Foreign bool   // it is not in the catalogue that was asked
	Version string // the tag that names the version the reference means now; its own tag where none is more precise
	Digest  string // sha256:... of what the reference means now: of the index, where there is one
	Why     string // "latest is 3.14.7 (same digest), pushed 3 days ago"
	Moved   bool   // the digest that is written beside the tag is not what the tag means now
	Missing string // which part of a pinned reference is no longer there, as a clause
	Update  *ImageUpdate
}

// ImageUpdate is a newer image in the place of a reference.
type ImageUpdate struct {
	Tag, Digest string
	Level       string // "digest", "patch", "minor", "major"
	Why         string // "3.11.16-slim is the newest 3.11, pushed 12 days ago"
	Held        string // why it must wait or needs a person, as a clause; "" where it may be taken
}

// BuildContext is one way in which a Dockerfile is built, with what the builder sees of the build context.
type BuildContext struct {
	// Dir is the directory of the context, relative to the document's folder, with slashes: "." or "..", or "app".
	Dir string
	// Guess tells that nothing says how the Dockerfile is built: its own directory is taken for the context.
	Guess   bool
	Target  string            // the stage that is built; "" for the last
	Args    map[string]string // build arguments as written in the Compose file
	Compose string            // the name of the Compose file that says so, as shown to the user; "" where it is a guess
	Service *source.Service   // the service that builds and runs the image; nil where it is a guess
	// ComposeFile is the name of the Compose file relative to the document's folder; "" where Service is nil. Where WantComposeFiles
	// asked for it and it can be edited it is one of Facts.Documents. Service may have its places in an older text of it.
	ComposeFile string
	// Related are the other services that tell how the image runs; none where Service is nil.
	Related []RelatedService
	// ExtendedBy is another Compose file that takes services of ComposeFile with extends, as shown; "" where none is known.
	ExtendedBy string
	// Entries are what the builder gets, through the ignore file, in the byte order of their paths.
	Entries []ContextEntry
	Partial string // why Entries are not all; "" where they are
	Failed  string // why the context could not be listed at all, or is not known; "" where it could
	// Inline tells of a script that gives some Dockerfile on standard input, or makes it: that may be built with this context, and is not
	// known. It is a clause such as "ci.sh:3 gives a build its Dockerfile on standard input".
	Inline string
	// Ignore is the name of the ignore file that is in force, relative to the document's folder, and what stands in it. Where
	// there is none it is the name that a new one would have, and Facts.Files has no such file.
	Ignore   string
	Patterns []string
	// Texts are the files that rules asked for with WantText, by their path in the context. A file too large, or one
	// that cannot be read, is not in it.
	Texts map[string][]byte
	// Parse reads one of Texts as a Dockerfile, for all that are built in the context once; nil: each reads it anew.
	Parse func(path string, text []byte) (*source.Document, error)
	// Tracked tells for a directory or file of the context whether git tracks it, or something in it. It is not known where the
	// context is in no git repository, or git cannot be asked. nil: not known.
	Tracked func(path string) (is, known bool)
	// Ignored tells whether git leaves a file of the context out; nil: not known.
	Ignored func(path string) bool
}

// Local is the first of some files or directories of the context that other checkouts of the repository lack: git leaves it out, or it
// tracks others of the context and not this one. "" for none, and where it is not known. Where git tracks nothing of the context, all
// of it is new.
func (c *BuildContext) Local(paths ...string) string {
	if c.Tracked == nil {
		return ""
	}
	for _, p := range paths {
		is, known := c.Tracked(p)
		if !known {
			return ""
		}
		if is {
			continue
		}
		others, _ := c.Tracked(".")
		if others || c.Ignored != nil && c.Ignored(p) {
			return p
		}
	}
	return ""
}

// RelatedService is a service that says more of one which builds an image, or that runs the image without building it.
type RelatedService struct {
	*source.Service
	Compose string // the name of its Compose file, as shown to the user
	Same    bool   // it has the name of the service that builds, and stands in another file, which Compose may merge
}

// ParseDockerfile reads one of Texts as a Dockerfile.
func (c *BuildContext) ParseDockerfile(path string, text []byte) (*source.Document, error) {
	if c.Parse == nil {
		return source.Parse(path, source.DockerfileKind, text)
	}
	return c.Parse(path, text)
}

// ContextEntry is a file, directory or symbolic link of a build context.
type ContextEntry struct {
	Path string // slashes, relative to the context
	Mode fs.FileMode
	Size int64 // bytes, of regular files
}

// Entry is the entry at a path of the context, "" or "." for none.
func (c *BuildContext) Entry(path string) (ContextEntry, bool) {
	i := sort.Search(len(c.Entries), func(i int) bool { return c.Entries[i].Path >= path })
	if i < len(c.Entries) && c.Entries[i].Path == path {
		return c.Entries[i], true
	}
	return ContextEntry{}, false
}

// Has reports whether the builder sees something at a path of the context.
func (c *BuildContext) Has(path string) bool { _, ok := c.Entry(path); return ok }
