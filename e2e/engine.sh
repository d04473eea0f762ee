# Sourced by e2e/run: Docker's engine and a registry on loopback, started by hand, everything of theirs below $work.

docker=/usr/bin/docker # Debian's client speaks BuildKit by itself; a newer one elsewhere would want a plugin
engine_pid=
registry_pid=
npm_pid=

# install_engine gets what is missing from Debian's packages. Nothing of it is started: e2e/run does that.
install_engine() {
  local missing=() program
  for program in dockerd:docker.io iptables:iptables runc:runc docker-registry:docker-registry jq:jq mmdebstrap:mmdebstrap \
    busybox:busybox-static nsenter:util-linux; do
    command -v "${program%:*}" >/dev/null || missing+=("${program#*:}")
  done
  [ -x "$docker" ] || missing+=(docker.io)
  # The BusyBox of another package needs libraries, which an image made of it alone does not have.
  ! ldd "$(command -v busybox)" >/dev/null 2>&1 || missing+=(busybox-static)
  [ ${#missing[@]} -gt 0 ] || return 0
  local policy=/usr/sbin/policy-rc.d made=
  if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod +x "$policy"
    made=1
  fi
  local status=0
  { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 install -y -q --no-install-recommends "${missing[@]}"; } \
    >"$work/apt.log" 2>&1 || status=$?
  [ -z "$made" ] || rm -f "$policy"
  [ "$status" -eq 0 ] || { tail -n 5 "$work/apt.log" >&2; return 1; }
}

# listens reports whether something accepts connections on a port of loopback.
listens() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

free_port() {
  local port
  while port=$((20000 + RANDOM % 12000)); do
    listens "$port" || { echo "$port"; return; }
  done
}

# await runs a command until it succeeds, for so many seconds.
await() {
  local end=$((SECONDS + $1))
  shift
  until "$@"; do
    [ "$SECONDS" -lt "$end" ] || return 1
    sleep 0.2
  done
}

start_registry() {
  registry_port=$(free_port)
  cat >"$work/registry.yml" <<YAML
version: 0.1
log: {level: error, accesslog: {disabled: true}}
storage: {filesystem: {rootdirectory: $work/registry}}
http: {addr: "127.0.0.1:$registry_port"}
YAML
  docker-registry serve "$work/registry.yml" >"$work/registry.log" 2>&1 &
  registry_pid=$!
  await 30 listens "$registry_port"
}

# engine_up waits for an answer as long as the engine lives.
engine_up() { ! kill -0 "$engine_pid" 2>/dev/null || "$docker" version >/dev/null 2>&1; }

start_engine() {
  export DOCKER_HOST=unix://$work/docker.sock DOCKER_CONFIG=$work/docker-config DOCKER_BUILDKIT=1 BUILDKIT_PROGRESS=plain
  unset DOCKER_CONTEXT DOCKER_TLS_VERIFY DOCKER_CERT_PATH
  dockerd --data-root "$work/data" --exec-root "$work/exec" -H "$DOCKER_HOST" -p "$work/dockerd.pid" --storage-driver overlay2 \
    --iptables=false --ip6tables=false --bridge=none \
    --insecure-registry "127.0.0.1:$registry_port" --registry-mirror "http://127.0.0.1:$registry_port" >"$work/dockerd.log" 2>&1 &
  engine_pid=$!
  await 60 engine_up && kill -0 "$engine_pid" 2>/dev/null
}

# stop ends what was started, by its id, and takes away mounts and files.
stop() {
  local pid mount
  trap - EXIT
  if [ -n "$engine_pid" ] && kill -0 "$engine_pid" 2>/dev/null; then
    "$docker" ps -aq | xargs -r "$docker" rm -f >/dev/null 2>&1 || true
  fi
  for pid in "$engine_pid" "$registry_pid" "$npm_pid" "$buildkit_pid" $(jobs -p); do
    [ -n "$pid" ] || continue
    kill "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
  done
  awk -v dir="$work/" 'index($5, dir) == 1 {print $5}' /proc/self/mountinfo | sort -r | while read -r mount; do
    umount -l "$mount" || true
  done
  rm -rf "$work"
}
