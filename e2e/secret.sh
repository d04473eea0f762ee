# Sourced by e2e/run: a project that is built with a secret. That needs a newer BuildKit than Debian's engine has. It is built from
# its Go module, which takes some five minutes, where E2E_BUILDKIT is set; where E2E_CACHE names a directory it is kept there.

buildkit_version=v0.33.1 # the newest whose dependencies can all be downloaded
buildkit=${E2E_CACHE:-$work}/buildkit-$buildkit_version
buildkit_pid=

make_buildkit() {
  local module=$work/buildkit-module
  [ -x "$buildkit/buildkitd" ] && [ -x "$buildkit/buildctl" ] && return
  [ -n "${E2E_BUILDKIT:-}" ] || return 1
  mkdir -p "$module"
  printf 'module tools\n\ngo 1.26\n' >"$module/go.mod"
  (
    cd "$module"
    go get -tool "github.com/moby/buildkit/cmd/buildkitd@$buildkit_version" "github.com/moby/buildkit/cmd/buildctl@$buildkit_version"
    CGO_ENABLED=0 go build -trimpath -ldflags='-s -w' -o "$buildkit/" github.com/moby/buildkit/cmd/buildkitd github.com/moby/buildkit/cmd/buildctl
  ) >"$work/buildkit-make.log" 2>&1
}

start_buildkit() {
  mkdir -p "$work/buildkit"
  cat >"$work/buildkitd.toml" <<TOML
root = "$work/buildkit"
[grpc]
  address = ["unix://$work/buildkitd.sock"]
[worker.oci]
  enabled = true
  snapshotter = "overlayfs"
  gc = false
[worker.containerd]
  enabled = false
[registry."docker.io"]
  mirrors = ["127.0.0.1:$registry_port"]
[registry."127.0.0.1:$registry_port"]
  http = true
TOML
  "$buildkit/buildkitd" --config "$work/buildkitd.toml" --oci-worker-net=host >"$work/buildkitd.log" 2>&1 &
  buildkit_pid=$!
  await 30 test -S "$work/buildkitd.sock"
}

# build_oci NAME DIRECTORY FLAGS... leaves the image unpacked in $work/NAME, its layers as they are, and its files in $work/NAME.files.
build_oci() {
  local name=$1 directory=$2
  shift 2
  local build=("$buildkit/buildctl" --addr "unix://$work/buildkitd.sock" build --progress plain --frontend dockerfile.v0
    --local "context=$directory" --local "dockerfile=$directory" "$@")
  mkdir -p "$work/$name"
  "${build[@]}" --output "type=oci,dest=$work/$name.tar,compression=uncompressed,force-compression=true" >"$work/build-$name.log" 2>&1 || return 1
  tar -C "$work/$name" -xf "$work/$name.tar"
  "${build[@]}" --output "type=tar,dest=$work/$name.rootfs" >>"$work/build-$name.log" 2>&1
  "$work/filelist" <"$work/$name.rootfs" >"$work/$name.files"
}

# oci_config NAME prints the config of an image that build_oci left.
oci_config() {
  local blobs=$work/$1/blobs/sha256 manifest
  manifest=$(jq -r '.manifests[0].digest | sub("sha256:"; "")' "$work/$1/index.json")
  jq -S .config "$blobs/$(jq -r '.config.digest | sub("sha256:"; "")' "$blobs/$manifest")"
}

# run_secret NAME: the image with a build argument has the token in its history; the one with a secret has it nowhere, and is the same
# otherwise. Whoever builds must give it in the new way.
run_secret() {
  local token=e2e-token-3f9c as_argument as_secret
  problems=()
  if ! make_buildkit || ! start_buildkit; then
    printf '\n*** SKIPPED %s: it needs a newer BuildKit than the engine has: E2E_BUILDKIT=1 builds one ***\n\n' "$1" >&2
    skipped=$((skipped + 1))
    return 0
  fi
  prepare "$1"
  as_argument=(--opt "build-arg:FETCH_TOKEN=$token") as_secret=(--secret "id=FETCH_TOKEN,env=FETCH_TOKEN")
  export FETCH_TOKEN=$token
  build_oci secret-before "$before" "${as_argument[@]}" || problem "does not build with the argument: $(tail -n 1 "$work/build-secret-before.log")"
  build_oci secret-after "$after" "${as_secret[@]}" || problem "does not build with the secret: $(tail -n 1 "$work/build-secret-after.log")"
  if [ ${#problems[@]} -eq 0 ]; then
    grep -rqF "$token" "$work/secret-before/blobs" || problem "the token is not in the image that was built with it as an argument"
    grep -rqF "$token" "$work/secret-after" && problem "the token is in the image"
    cmp -s <(oci_config secret-before) <(oci_config secret-after) || problem "the configs differ"
    cmp -s "$work/secret-before.files" "$work/secret-after.files" || problem "the files differ"
  fi
  # A secret is no part of the key of the cache: the step would be taken from there.
  build_oci secret-without "$after" --no-cache && problem "it builds without the secret"
  build_oci secret-old-call "$after" --no-cache "${as_argument[@]}" && problem "it builds with the argument, which is no secret"
  grep -q 401 "$work/build-secret-without.log" || problem "without the secret: $(tail -n 1 "$work/build-secret-without.log")"
  grep -qxF '        - FETCH_TOKEN' "$after/compose.yaml" || problem "the Compose file does not hand the secret over"
  unset FETCH_TOKEN
  verdict "$1" "the token is in the image before, in none of its bytes after"
}
