package hubsim

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// content is what is in the images of a repository. Those of most are empty.
type content struct {
	config string     // the configuration of its containers, JSON
	layers [][]string // the lowest first: "path", "path -> target", or "path" and its text after a line break
}

// contents are the repositories whose images have something in them, all of acme: bases that no table knows.
var contents = map[string]content{
	"acme/python": {
		config: `{"Env":["PATH=/opt/venv/bin:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin","PYTHON_VERSION=3.12.4","API_TOKEN=s3cret"],"WorkingDir":"/srv"}`,
		layers: [][]string{debian, {"opt/venv/bin/python -> python3", "opt/venv/bin/python3", "usr/bin/curl"}, {"usr/bin/.wh.curl"}},
	},
	"acme/service": {config: `{"User":"1001:0","ExposedPorts":{"8080/tcp":{}},"Healthcheck":{"Test":["CMD","/check"]}}`, layers: [][]string{debian}},
	"acme/dropper": {config: `{"Entrypoint":["docker-entrypoint.sh"]}`, layers: [][]string{debian, {
		"usr/local/bin/docker-entrypoint.sh\n#!/bin/sh\nset -e\nchown -R app /data\nexec gosu app \"$@\"\n",
	}}},
}

// debian is a layer of Debian without all that no test asks for.
var debian = []string{
	"bin -> usr/bin", "sbin -> usr/sbin", "usr/bin/sh -> dash", "usr/bin/dash", "usr/bin/bash", "usr/sbin/useradd", "usr/sbin/groupadd",
	"etc/os-release -> ../usr/lib/os-release", "usr/lib/os-release\nPRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nID=debian\n",
	"etc/passwd\nroot:x:0:0:root:/root:/bin/bash\nwww-data:x:33:33:www-data:/var/www:/usr/sbin/nologin\nnobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n",
	"etc/group\nroot:x:0:\nwww-data:x:33:\nnogroup:x:65534:\n",
}

// fill makes the layers and the configuration of a repository that has contents, and returns their descriptors for a manifest.
func (s *store) fill(c content, arch, created string) (config, layers string) {
	var digests, descriptors []string
	for _, l := range c.layers {
		archive, packed := pack(l)
		d := sum(packed)
		s.objects[d] = object{mediaType: layerType, body: packed}
		digests = append(digests, sum(archive))
		descriptors = append(descriptors, fmt.Sprintf(`{"mediaType":%q,"digest":%q,"size":%d}`, layerType, d, len(packed)))
	}
	list, err := json.Marshal(digests)
	if err != nil {
		panic(err) // strings always encode
	}
	config = fmt.Sprintf(`{"architecture":%q,"os":"linux","created":%q,"config":%s,"rootfs":{"type":"layers","diff_ids":%s}}`, arch, created, c.config, list)
	return config, strings.Join(descriptors, ",")
}

// pack makes a layer, as an archive and in gzip. Writing to memory does not fail.
func pack(files []string) (archive, packed []byte) {
	var b, z bytes.Buffer
	w := tar.NewWriter(&b)
	for _, f := range files {
		name, text, _ := strings.Cut(f, "\n")
		h := &tar.Header{Name: name, Mode: 0o755, Size: int64(len(text)), Typeflag: tar.TypeReg}
		if path, target, ok := strings.Cut(name, " -> "); ok {
			h.Name, h.Linkname, h.Typeflag = path, target, tar.TypeSymlink
		}
		w.WriteHeader(h)
		io.WriteString(w, text)
	}
	w.Close()
	g := gzip.NewWriter(&z)
	g.Write(b.Bytes())
	g.Close()
	return b.Bytes(), z.Bytes()
}
