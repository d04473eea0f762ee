package hubsim

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"sync"
	"time"
)

const (
	indexType    = "application/vnd.oci.image.index.v1+json"
	manifestType = "application/vnd.oci.image.manifest.v1+json"
	configType   = "application/vnd.oci.image.config.v1+json"
	layerType    = "application/vnd.oci.image.layer.v1.tar+gzip"
)

// object is what a registry stores under a digest.
type object struct {
	mediaType string
	body      []byte
	modified  time.Time
}

// store has the manifests and blobs of a repository by digest. An image is made when it is first asked for: most never are.
type store struct {
	sync.Mutex
	objects map[string]object
	digests map[*Image]string
	whole   bool // every image is made
}

// Digest is the digest of an image of the repository, "sha256:" with 64 hex digits: that of its index, or of its only
// manifest where it is Single.
func (r *Repository) Digest(i *Image) string {
	r.store.Lock()
	defer r.store.Unlock()
	return r.digest(i)
}

// object finds what has the digest: an index, a manifest of a platform, a config.
func (r *Repository) object(digest string) (object, bool) {
	r.store.Lock()
	defer r.store.Unlock()
	if o, ok := r.store.objects[digest]; ok || r.store.whole {
		return o, ok
	}
	for _, i := range r.Images {
		r.digest(i)
	}
	r.store.whole = true
	o, ok := r.store.objects[digest]
	return o, ok
}

func (r *Repository) digest(i *Image) string {
	s := &r.store
	if s.objects == nil {
		s.objects, s.digests = map[string]object{}, map[*Image]string{}
	}
	if d, ok := s.digests[i]; ok {
		return d
	}
	seed := r.Name + "\n" + strings.Join(i.Tags, " ")
	digest, size := s.platform(seed, "amd64", i.Pushed)
	if !i.Single {
		digest = s.index(seed, i.Pushed, descriptor("amd64", digest, size))
	}
	s.digests[i] = digest
	return digest
}

// index adds a manifest for arm64 and the attestations, as BuildKit makes them, to that of amd64.
func (s *store) index(seed string, pushed time.Time, amd64 string) string {
	arm, size := s.platform(seed, "arm64", pushed)
	attestation := s.put(manifestType, pushed, `{"schemaVersion":2,"mediaType":%q,"config":{"mediaType":%q,"digest":%q,"size":2},"layers":[]}`,
		manifestType, configType, sum([]byte("attestation of "+seed)))
	return s.put(indexType, pushed, `{"schemaVersion":2,"mediaType":%q,"manifests":[%s,%s,%s]}`, indexType, amd64, descriptor("arm64", arm, size),
		descriptor("unknown", attestation, len(s.objects[attestation].body)))
}

// platform makes the config and the manifest of one platform.
func (s *store) platform(seed, arch string, pushed time.Time) (digest string, size int) {
	if name, _, _ := strings.Cut(seed, "\n"); contents[name].config != "" {
		config, layers := s.fill(contents[name], arch, pushed.Format(time.RFC3339))
		made := s.put(configType, pushed, "%s", config)
		digest = s.put(manifestType, pushed, `{"schemaVersion":2,"mediaType":%q,"config":{"mediaType":%q,"digest":%q,"size":%d},"layers":[%s]}`,
			manifestType, configType, made, len(config), layers)
		return digest, len(s.objects[digest].body)
	}
	layer := sum([]byte(seed + arch))
	config := s.put(configType, pushed, `{"architecture":%q,"os":"linux","created":%q,"config":{},"rootfs":{"type":"layers","diff_ids":[%q]}}`,
		arch, pushed.Format(time.RFC3339), layer)
	digest = s.put(manifestType, pushed,
		`{"schemaVersion":2,"mediaType":%q,"config":{"mediaType":%q,"digest":%q,"size":%d},"layers":[{"mediaType":%q,"digest":%q,"size":1000}]}`,
		manifestType, configType, config, len(s.objects[config].body), layerType, layer)
	return digest, len(s.objects[digest].body)
}

func (s *store) put(mediaType string, modified time.Time, format string, args ...any) string {
	body := fmt.Appendf(nil, format, args...)
	d := sum(body)
	s.objects[d] = object{mediaType, body, modified}
	return d
}

func descriptor(arch, digest string, size int) string {
	os := "linux"
	if arch == "unknown" {
		os = arch
	}
	return fmt.Sprintf(`{"mediaType":%q,"digest":%q,"size":%d,"platform":{"architecture":%q,"os":%q}}`, manifestType, digest, size, arch, os)
}

func sum(b []byte) string {
	h := sha256.Sum256(b)
	return "sha256:" + hex.EncodeToString(h[:])
}
