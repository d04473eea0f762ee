# Sourced by e2e/run: what is looked at in images and containers. Each check writes what is wrong to problem.

problems=()
problem() { problems+=("$*"); }

# expect KEY prints the values of KEY in the expectations of the project, a line each.
expect() { sed -n "s/^$1 \{1,\}//p" "$expectations"; }

milliseconds() { echo $(($(date +%s%N) / 1000000)); }

# build TAG DIRECTORY leaves the log of the builder in $work/build-TAG.log and the seconds in $took.
build() {
  local start args=()
  read -ra args <<<"$(expect build)"
  start=$(milliseconds)
  "$docker" build --network=host "${args[@]}" -t "$1" "$2" >"$work/build-$1.log" 2>&1 || return 1
  start=$(($(milliseconds) - start))
  took=$(printf '%d.%d' $((start / 1000)) $((start % 1000 / 100)))
}

# steps LOG TEXT tells what became of the build steps that hold TEXT: ran, cached, or nothing where there is no such step.
steps() {
  awk -v text="$2" '
    /^#[0-9]+ \[/ && index($0, text) {seen[$1] = 1}
    /^#[0-9]+ CACHED/ && ($1 in seen) {cached[$1] = 1}
    END {for (s in seen) state = (s in cached && state != "ran") ? "cached" : "ran"; print state}' "$1"
}

# check_findings: what dockfix refuses or holds back is in its report, in the words that are expected.
check_findings() {
  local text
  while read -r text; do
    grep -qF -- "$text" "$work/report" || problem "no finding says: $text"
  done < <(expect finding)
}

config() { "$docker" image inspect "$1" | jq -S '.[0].Config | del(.Image, .Hostname)'; }

files() {
  local container
  container=$("$docker" create --network=none "$1" x)
  "$docker" export "$container" | "$work/filelist"
  "$docker" rm "$container" >/dev/null
}

# declared KIND FILE compares the differences in FILE with what the project declares: all of them, and no others.
declared() {
  local kind=$1 found=$2 name pattern hit
  while read -r name; do
    hit=
    while read -r pattern; do
      # shellcheck disable=SC2053 # a pattern
      [[ $name == $pattern ]] && hit=1 && break
    done < <(expect "$kind")
    [ -n "$hit" ] || problem "undeclared difference: $kind $name"
  done <"$found"
  while read -r pattern; do
    hit=
    while read -r name; do
      # shellcheck disable=SC2053
      [[ $name == $pattern ]] && hit=1 && break
    done <"$found"
    [ -n "$hit" ] || problem "declared and not found: $kind $pattern"
  done < <(expect "$kind")
}

# compare BEFORE AFTER: the image differs in what was declared and in nothing else. npm's own cache has times in it.
compare() {
  jq -rn --slurpfile a <(config "$1") --slurpfile b <(config "$2") \
    '$a[0] as $a | $b[0] as $b | ($a + $b | keys[]) | select($a[.] != $b[.])' >"$work/config.diff"
  files "$1" >"$work/before.files"
  files "$2" >"$work/after.files"
  { LC_ALL=C comm -3 <(LC_ALL=C sort "$work/before.files") <(LC_ALL=C sort "$work/after.files") || true; } |
    sed 's/^\t//; s/|.*//' | sort -u | { grep -v '^root/\.npm' || true; } >"$work/files.diff"
  declared config "$work/config.diff"
  declared file "$work/files.diff"
}

# rebuild TAG DIRECTORY WANT: after an edit of one source the install step ran or was taken from the cache.
rebuild() {
  local edited install state
  edited=$(expect edit)
  install=$(expect install)
  printf '\n' >>"$2/$edited"
  build "$1" "$2" || { problem "$1 does not build again"; return 0; }
  state=$(steps "$work/build-$1.log" "$install")
  [ "$state" = "$3" ] || problem "$1: after an edit of $edited, $install: ${state:-no such step}, not $3"
}

# start_container IMAGE runs it without a network but loopback. Its check is asked each second: this engine waits one interval for the first.
start_container() { container=$("$docker" run -d --network=none --health-interval=1s "$1"); }

pid_of() { "$docker" inspect -f '{{.State.Pid}}' "$container"; }

# check_user: no process in the container is root's, as the kernel of this machine sees it.
check_user() {
  local pid namespace process uid
  pid=$(pid_of)
  [ "$pid" -gt 0 ] || { problem "the container ended: $("$docker" logs "$container" 2>&1 | tail -n 1)"; return 0; }
  namespace=$(readlink "/proc/$pid/ns/pid")
  users=
  for process in /proc/[0-9]*; do
    [ "$(readlink "$process/ns/pid" 2>/dev/null)" = "$namespace" ] || continue
    uid=$(awk '/^Uid:/ {print $3}' "$process/status" 2>/dev/null) || continue
    [[ " $users " == *" $uid "* ]] || users="${users:+$users }$uid"
  done
  [ "$users" = "$(expect user)" ] || problem "runs as uid $users, not $(expect user)"
}

# request PORT PATH asks the server from inside its network, with nothing of the image.
request() {
  local pid
  pid=$(pid_of)
  [ "$pid" -gt 0 ] || return 1
  nsenter -t "$pid" -n timeout 5 bash -c "exec 3<>/dev/tcp/127.0.0.1/$1 && printf 'GET $2 HTTP/1.0\r\nHost: localhost\r\n\r\n' >&3 && cat <&3" 2>/dev/null
}

answers() { request "$1" "$2" | tr -d '\r' | grep -qF -- "$3"; }

check_answer() {
  local port path text
  while read -r port path text; do
    await 60 answers "$port" "$path" "$text" || problem "port $port does not answer $path with $text"
  done < <(expect answer)
}

health() { "$docker" inspect -f '{{if .State.Health}}{{.State.Health.Status}}{{else}}none{{end}}' "$container"; }

decided() { [ "$(health)" != starting ]; }

check_health() {
  await 90 decided || true
  healthy=$(health)
  [ "$healthy" = "$(expect health)" ] || problem "health is $healthy, not $(expect health)"
}

# check_writable: the account of the program may write to the directories that are named.
check_writable() {
  local directory
  while read -r directory; do
    "$docker" exec "$container" sh -c ": >$directory/e2e" 2>/dev/null || problem "$directory cannot be written to"
  done < <(expect writable)
}

remove_container() { "$docker" rm -f "$container" >/dev/null; }
