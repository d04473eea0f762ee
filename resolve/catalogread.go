package resolve

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/google/go-containerregistry/pkg/name"

	"github.com/dockfix/dockfix/resolve/tag"
)

// maxCatalog bounds what is read of a catalogue, in bytes.
const maxCatalog = 64 << 20

// catalogFile is what stands in the file; pointers tell what is absent.
type catalogFile struct {
	Version *int               `json:"version"`
	Images  *[]json.RawMessage `json:"images"`
}

// catalogEntry is an image as it stands in the file, whose time is read here: encoding/json does not say whose it is.
type catalogEntry struct {
	CatalogImage
	Pushed *string `json:"pushed"`
}

// ReadCatalog reads what Write writes, and what people write in its place: nothing in it may be unknown. Errors name the line.
func ReadCatalog(r io.Reader) (*Catalog, error) {
	text, err := io.ReadAll(io.LimitReader(r, maxCatalog+1))
	if err != nil {
		return nil, err
	}
	if len(text) > maxCatalog {
		return nil, fmt.Errorf("the catalogue has more than %d MB", maxCatalog>>20)
	}
	text = bytes.TrimPrefix(text, []byte("\xef\xbb\xbf"))
	if len(bytes.TrimSpace(text)) == 0 {
		return nil, errors.New("the catalogue is empty")
	}
	var f catalogFile
	if err := strict(text, &f); err != nil {
		return nil, fmt.Errorf("line %d: %s", lineOfKey(text, err), catalogWords(err, "the catalogue"))
	}
	switch {
	case f.Version == nil:
		return nil, fmt.Errorf("the catalogue has no version, which is %d now; dockfix images --format json writes a catalogue", catalogVersion)
	case *f.Version != catalogVersion:
		return nil, fmt.Errorf("version %d of the catalogue is not known, only %d", *f.Version, catalogVersion)
	case f.Images == nil:
		return nil, errors.New("the catalogue has no list of images")
	}
	return readImages(text, *f.Images)
}

// readImages reads and checks each image. The lines are found by the text of the images, one after the other.
func readImages(text []byte, raw []json.RawMessage) (*Catalog, error) {
	type place struct {
		line   int
		digest string
	}
	c := &Catalog{}
	seen := map[string]place{}
	at, line := max(bytes.Index(text, []byte(`"images"`)), 0), 1
	line += bytes.Count(text[:at], []byte("\n"))
	for _, b := range raw {
		begin := at + max(bytes.Index(text[at:], b), 0)
		line += bytes.Count(text[at:begin], []byte("\n"))
		at = begin
		i, within, err := readImage(b)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", line+within, err)
		}
		k := i.Repository + ":" + i.Tag
		if first, twice := seen[k]; twice && first.digest != i.Digest {
			return nil, fmt.Errorf("line %d: %s has another digest in line %d", line, k, first.line)
		}
		seen[k] = place{line, i.Digest}
		c.Images = append(c.Images, i)
	}
	return c, nil
}

// readImage also says how many lines behind its beginning an error is.
func readImage(b []byte) (i CatalogImage, within int, err error) {
	var e catalogEntry
	if err := strict(b, &e); err != nil {
		return i, lineOfKey(b, err) - 1, errors.New(catalogWords(err, "an image"))
	}
	if e.Pushed != nil {
		if e.CatalogImage.Pushed, err = time.Parse(time.RFC3339, *e.Pushed); err != nil {
			return i, lineOfName(b, "pushed") - 1, fmt.Errorf("pushed must be a time such as 2026-08-20T00:00:00Z, not %q", *e.Pushed)
		}
	}
	return e.CatalogImage, 0, e.check()
}

// check normalizes the names of an image: a catalogue may be written by hand, with a reference and a digest only.
func (i *CatalogImage) check() error {
	if i.Ref == "" && i.Repository == "" {
		return errors.New("the image has no ref")
	}
	ref, err := parse(cmp.Or(i.Ref, strings.TrimSuffix(i.Repository+":"+i.Tag, ":")))
	if err != nil {
		return err
	}
	repo, err := name.NewRepository(cmp.Or(i.Repository, ref.repo.Name()), name.WeakValidation)
	switch {
	case err != nil:
		return fmt.Errorf("%q is no repository", i.Repository)
	case repo.Name() != ref.repo.Name():
		return fmt.Errorf("ref %q is of another repository than %q", i.Ref, i.Repository)
	case i.Tag != "" && ref.tag != "" && i.Tag != ref.tag:
		return fmt.Errorf("ref %q has another tag than %q", i.Ref, i.Tag)
	}
	i.Repository, i.Tag = repo.Name(), cmp.Or(i.Tag, ref.tag)
	if i.Tag == "" {
		return errors.New("the image has no tag")
	}
	if err := i.checkTags(); err != nil {
		return err
	}
	if i.Digest == "" {
		return fmt.Errorf("%s has no digest", spelled(repo, i.Tag))
	}
	if !digestForm.MatchString(i.Digest) {
		return fmt.Errorf("%s: %q is no digest", spelled(repo, i.Tag), i.Digest)
	}
	return nil
}

func (i *CatalogImage) checkTags() error {
	tags := []string{i.Tag, i.Version}
	for level, t := range i.Newest {
		if _, err := tag.ParseLevel(level); err != nil {
			return fmt.Errorf("newest has patch, minor and major, not %q", level)
		}
		tags = append(tags, t)
	}
	for _, t := range tags {
		if t != "" && !isTag(t) {
			return fmt.Errorf("%q is no tag", t)
		}
	}
	return nil
}

// strict is json.Unmarshal, but for keys that are not known.
func strict(text []byte, v any) error {
	var whole json.RawMessage
	if err := json.Unmarshal(text, &whole); err != nil {
		return err // of the syntax, to the end
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	return d.Decode(v)
}

// catalogWords says what is wrong in the words of JSON.
func catalogWords(err error, whole string) string {
	if key := unknownKey(err); key != "" {
		return fmt.Sprintf("%q is not known here", key)
	}
	return strings.TrimPrefix(jsonWords(err, whole), "CatalogImage.")
}

// unknownKey is the key that strict has refused; encoding/json tells it in its text alone.
func unknownKey(err error) string {
	quoted, _ := strings.CutPrefix(err.Error(), "json: unknown field ")
	key, err := strconv.Unquote(quoted)
	if err != nil {
		return ""
	}
	return key
}

// lineOfKey is the line of an error of strict.
func lineOfKey(text []byte, err error) int {
	if key := unknownKey(err); key != "" {
		return lineOfName(text, key)
	}
	return lineOf(text, err)
}

// lineOfName is the line of the first key of that name.
func lineOfName(text []byte, key string) int {
	at := regexp.MustCompile(`"` + regexp.QuoteMeta(key) + `"\s*:`).FindIndex(text)
	if at == nil {
		return 1
	}
	return 1 + bytes.Count(text[:at[0]], []byte("\n"))
}
