package prove

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"strings"

	"github.com/distribution/reference"
	"github.com/moby/buildkit/client/llb/sourceresolver"
	digest "github.com/opencontainers/go-digest"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/dockfix/dockfix/internal/lazyregexp"
)

// leftOut is the base image of the stages that a conversion does not need. ".invalid" is reserved, so that no real
// image has this name.
const leftOut = "stage-not-needed.invalid/x:latest"

// linux and windows are the platforms Dockerfiles are converted for. The platform of the host must not matter.
var (
	linux   = ocispecs.Platform{OS: "linux", Architecture: "amd64"}
	windows = ocispecs.Platform{OS: "windows", Architecture: "amd64"}
)

// platformOf tells Windows files from others: by the escape token that their paths need, and by their base images.
func platformOf(p *plan, mode dockerfileMode) ocispecs.Platform {
	if p.escape == '`' {
		return windows
	}
	mode.platform = linux
	for _, s := range p.stages {
		if base, _ := p.expandFrom(s.BaseName, mode); windowsImage.MatchString(base) {
			return windows
		}
	}
	return linux
}

// windowsImage matches the base images that run on Windows only: mcr.microsoft.com/windows/nanoserver,
// microsoft/windowsservercore, golang:1.22-windowsservercore-ltsc2022, mcr.microsoft.com/powershell:nanoserver ...
var windowsImage = lazyregexp.New(`(?i)(nanoserver|servercore|^mcr\.microsoft\.com/windows(/|:|@|$)|^microsoft/(windows|iis\b))`)

// standIns answers what a registry would: from what is known, else with an invented image. It is the MetaResolver of a
// conversion; without one BuildKit opens connections.
type standIns struct {
	known   map[string]Image // by full name
	refused map[string]bool  // full names of what is a stage and not an image
}

// fullNames keys the images by the spelling that BuildKit asks for.
func fullNames(images map[string]Image) map[string]Image {
	full := make(map[string]Image, len(images))
	for ref, image := range images {
		full[fullName(ref)] = image
	}
	return full
}

func fullName(ref string) string {
	named, err := reference.ParseNormalizedNamed(ref)
	if err != nil {
		return ref
	}
	return reference.TagNameOnly(named).String()
}

// imagesHaveTriggers reports whether a known image may have ONBUILD instructions, which can refer to any stage.
func (m dockerfileMode) imagesHaveTriggers() bool {
	for _, image := range m.images {
		if bytes.Contains(image.Config, []byte("OnBuild")) {
			return true
		}
	}
	return false
}

// refusedNames lists what the stage names would be as images.
func (p *plan) refusedNames() map[string]bool {
	names := map[string]bool{leftOut: true}
	for _, s := range p.stages {
		names["docker.io/library/"+s.Name+":latest"] = true
	}
	return names
}

// ResolveImageConfig gives the same digest for the same reference, so that pinning a reference to that digest leaves the
// build graph as it is.
func (s standIns) ResolveImageConfig(_ context.Context, ref string, opt sourceresolver.Opt) (string, digest.Digest, []byte, error) {
	if s.refused[ref] {
		return "", "", nil, errLeftOut
	}
	name, pinned, isPinned := strings.Cut(ref, "@")
	image, ok := s.known[ref]
	if !ok {
		image = s.known[name]
	}
	if image.Digest == "" {
		image.Digest = digest.FromString(name).String()
	}
	if isPinned {
		image.Digest = pinned
	}
	config, err := standInConfig(image.Config, opt)
	return ref, digest.Digest(image.Digest), config, err
}

// errLeftOut is a stage that is needed although nothing in the text seemed to say so.
var errLeftOut = errors.New("a stage was left out that is needed")

// unknownDir is the working directory of an image that nothing is known of. It is not "/", because then a relative
// WORKDIR or destination would seem to mean the same as an absolute one.
const unknownDir = "/working-directory-of-the-base-image"

// standInConfig completes an image config. BuildKit takes an image without layers for scratch and leaves its source out
// of the graph, so that all base images would seem the same: every stand-in has one layer.
func standInConfig(known []byte, opt sourceresolver.Opt) ([]byte, error) {
	platform := linux
	if opt.ImageOpt != nil && opt.ImageOpt.Platform != nil {
		platform = *opt.ImageOpt.Platform
	}
	config := map[string]any{
		"architecture": platform.Architecture,
		"os":           platform.OS,
		"config": map[string]any{
			"Env":        []string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"},
			"WorkingDir": unknownDir,
			"Cmd":        []string{"command-of-the-base-image"}, // an ENTRYPOINT resets it, which must be seen
		},
	}
	if platform.Variant != "" {
		config["variant"] = platform.Variant
	}
	if platform.OS == windows.OS {
		config["config"] = map[string]any{"WorkingDir": `C:\working-directory-of-the-base-image`, "Cmd": []string{`c:\command-of-the-base-image.exe`}}
	}
	if known != nil {
		config = nil
		if err := json.Unmarshal(known, &config); err != nil || config == nil {
			return nil, errors.New("the config of a base image is not a JSON object")
		}
	}
	config["rootfs"] = map[string]any{"type": "layers", "diff_ids": []string{"sha256:" + strings.Repeat("1", 64)}}
	delete(config, "history")
	return json.Marshal(config)
}
