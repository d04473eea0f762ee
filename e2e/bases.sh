# Sourced by e2e/run: stand-ins for public images, made of Debian's packages and of programs of this machine, in the registry
# under their own names. The engine and dockfix find them there as if the registry were Docker Hub.

bases=e2e/bases

# unpack_debian writes a root directory with Python and Node.js, which takes half a minute as nothing is set up in it. Where
# E2E_CACHE names a directory it is kept there for the next time.
debian=${E2E_CACHE:-$work}/debian.tar
unpack_debian() {
  mkdir -p "$(dirname "$debian")"
  [ ! -e "$debian" ] || return 0
  local packages=base-files,base-passwd,bash,dash,coreutils,passwd,login,libc-bin,sed,grep,findutils
  packages+=,python3,python3-distutils,python3-pip,python3-flask,python3-gunicorn,gunicorn,python3-uvicorn,nodejs
  mmdebstrap --mode=root --variant=extract --include="$packages" \
    --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
    --setup-hook='for d in bin sbin lib lib64; do mkdir -p "$1/usr/$d"; ln -s "usr/$d" "$1/$d"; done' \
    bookworm "$work/unfinished.tar" && mv "$work/unfinished.tar" "$debian"
}

# remote NAME is an image as the registry has it: official ones are below library.
remote() {
  case $1 in
    */*) echo "127.0.0.1:$registry_port/$1" ;;
    *) echo "127.0.0.1:$registry_port/library/$1" ;;
  esac
}

# build_base DIRECTORY TAGS... builds an image, puts it into the registry under each name, and forgets it here.
build_base() {
  local context=$1 tag first=$2
  shift
  "$docker" build -q --network=none --build-arg VARIANT="$first" --build-arg REGISTRY="http://127.0.0.1:${npm_port:-0}/" -t "$first" "$context" >/dev/null
  for tag in "$@"; do
    "$docker" tag "$first" "$(remote "$tag")"
    "$docker" push -q "$(remote "$tag")" >/dev/null
    "$docker" rmi "$(remote "$tag")" >/dev/null
    [ "$tag" = "$first" ] || "$docker" rmi "$tag" >/dev/null 2>&1 || true
  done
}

# npm_directory prints where npm's own files are; Debian's package of it is hundreds of others.
npm_directory() {
  local root
  root=$(npm root -g 2>/dev/null) && [ -f "$root/npm/bin/npm-cli.js" ] && echo "$root/npm"
}

# start_npm_registry serves the packages below e2e/bases/npm: a document and a tarball each, as static files.
start_npm_registry() {
  local package name version tarball
  npm_port=$(free_port)
  mkdir -p "$work/npm/tarballs"
  for package in "$bases"/npm/*/; do
    name=$(jq -r .name "$package/package.json")
    version=$(jq -r .version "$package/package.json")
    tarball=tarballs/$name-$version.tgz
    tar -C "$package" --transform 's,^\.,package,' --owner=0 --group=0 -czf "$work/npm/$tarball" .
    jq --arg tarball "http://127.0.0.1:$npm_port/$tarball" --arg sum "$(sha1sum "$work/npm/$tarball" | cut -d' ' -f1)" \
      '{name, "dist-tags": {latest: .version}, versions: {(.version): (. + {dist: {tarball: $tarball, shasum: $sum}})}}' \
      "$package/package.json" >"$work/npm/$name"
  done
  busybox httpd -f -p "127.0.0.1:$npm_port" -h "$work/npm" &
  npm_pid=$!
  await 30 listens "$npm_port"
}

make_python() {
  build_base "$bases/python" python:latest python:3.11.2 python:3.11 python:3
  build_base "$bases/python" python:3.11-slim python:3.11.2-slim
}

# make_team makes images that dockfix knows nothing of by their names.
make_team() {
  build_base "$bases/team" team/python:1 team/python:1.0.0
  build_base "$bases/team-service" team/service:1 team/service:1.0.0
}

# make_node leaves have_node empty where this machine has no npm: what needs it is then skipped.
have_node=
make_node() {
  local context=$work/node npm
  npm=$(npm_directory) || return 0
  have_node=1
  mkdir -p "$context"
  cp "$bases/node/Dockerfile" "$context/"
  cp -r "$npm" "$context/npm"
  start_npm_registry
  build_base "$context" node:latest node:18.20.4 node:18
  build_base "$context" node:18-slim node:18.20.4-slim
}

# static_busybox prints where a busybox is that needs no library: the machine's own, else that of Debian's package.
static_busybox() {
  if ldd "$(command -v busybox)" >/dev/null 2>&1; then
    (cd "$work" && apt-get download -qq -o APT::Sandbox::User=root busybox-static && dpkg-deb -x busybox-static_*.deb "$work/busybox") >&2
    echo "$work/busybox/bin/busybox"
  else
    command -v busybox
  fi
}

make_alpine() {
  local context=$work/alpine
  cp -r "$bases/alpine" "$context"
  cp "$(static_busybox)" "$context/bin/busybox"
  build_base "$context" alpine:latest alpine:3.20.3 alpine:3.20
}

make_golang() {
  local context=$work/golang root
  root=$(go env GOROOT)
  mkdir -p "$context/go"
  cp -r "$bases/golang/Dockerfile" "$bases/golang/web" "$context/"
  tar -C "$root" -cf - --exclude='*_test.go' --exclude=testdata --exclude=./src/cmd ./bin/go ./pkg/include ./src ./VERSION ./go.env \
    "./pkg/tool/linux_$(go env GOARCH)/"{asm,compile,link} | tar -C "$context/go" -xf -
  build_base "$context" golang:1.26
}

make_bases() {
  "$docker" import - debian:unpacked <"$debian" >/dev/null
  build_base "$bases/debian" debian:unpacked-set-up debian:12 debian:12-slim
  make_alpine
  make_python
  make_team
  make_node
  make_golang
}
