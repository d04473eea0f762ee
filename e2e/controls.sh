# Sourced by e2e/run: negative controls. Each does what must go wrong and looks whether it does: else the checks of the
# projects would prove nothing.

controls=(untouched undeclared wrong-port missing-tool user-before-install editable unwritable host-modules)

# control NAME FOUND WANT counts it as passed where the words in WANT are found.
control() {
  local result=FAILED
  if [[ $2 == *"$3"* ]]; then
    result=ok passed=$((passed + 1))
  else
    failed=$((failed + 1))
  fi
  printf '%-6s  control: %-20s %s\n' "$result" "$1" "$3"
  [ "$result" = ok ] || printf '          found instead: %s\n' "$2"
}

# variant NAME PROJECT WHICH copies a project, before or after, for a control to change; its directory is $directory.
variant() {
  directory=$work/controls/$1
  expectations=e2e/projects/$2/expect
  problems=()
  mkdir -p "$work/controls"
  dockfix_copy "$2"
  cp -r "$work/projects/$2/$3" "$directory"
}

# dockfix_copy makes a project's two trees where they are not there yet.
dockfix_copy() { [ -d "$work/projects/$1/after" ] || prepare "$1"; }

# health_of NAME builds $directory and prints what its health becomes, and what the check said.
health_of() {
  build "control-$1" "$directory" || { echo "does not build"; return 0; }
  start_container "control-$1"
  await 90 decided || true
  echo "$(health): $("$docker" inspect -f '{{range .State.Health.Log}}{{.Output}}{{end}}' "$container" | tr '\n' ' ')"
  remove_container
}

# A project that dockfix has not touched passes none of its checks.
control_untouched() {
  variant "$1" seed before
  build control-untouched "$directory"
  compare control-untouched control-untouched
  start_container control-untouched
  check_answer
  check_user
  check_health
  remove_container
  rebuild control-untouched "$directory" cached
  local found="${problems[*]}" want
  for want in "declared and not found: config User" "declared and not found: config Healthcheck" "runs as uid 0" "health is none" "RUN pip install: ran, not cached"; do
    control "$1" "$found" "$want"
  done
}

# What nobody declared is seen in the image and in its config.
control_undeclared() {
  variant "$1" seed after
  build control-declared "$directory"
  printf 'ENV UNDECLARED=1\nUSER 0\nRUN chmod 700 /usr/bin/env\nUSER 10001:10001\n' >>"$directory/Dockerfile"
  build control-undeclared "$directory"
  compare control-declared control-undeclared
  control "$1" "${problems[*]}" "undeclared difference: config Env"
  control "$1" "${problems[*]}" "undeclared difference: file usr/bin/env"
}

control_wrong-port() {
  variant "$1" seed after
  sed -i '/HEALTHCHECK/,/^ *CMD/s/8000/8001/' "$directory/Dockerfile"
  control "$1" "$(health_of "$1")" "unhealthy"
}

control_missing-tool() {
  variant "$1" python-gunicorn after
  sed -i '/HEALTHCHECK/,/^ *CMD/s/^ *CMD.*/  CMD curl -f http:\/\/127.0.0.1:8000\/health/' "$directory/Dockerfile"
  control "$1" "$(health_of "$1")" "unhealthy: /bin/sh: 1: curl: not found"
}

# USER above the install: npm may not write into a directory of root's.
control_user-before-install() {
  variant "$1" node-express before
  sed -i '/^COPY/i USER node' "$directory/Dockerfile"
  build control-user "$directory" && problem "it builds"
  control "$1" "${problems[*]} $(grep -o 'EACCES: permission denied' "$work/build-control-user.log" | head -n 1)" "EACCES: permission denied"
}

# The install of the project itself needs the sources: the order stays as it is.
control_editable() {
  variant "$1" seed before
  printf -- '-e .\n' >>"$directory/requirements.txt"
  printf '[project]\nname = "seed"\nversion = "1"\n' >"$directory/pyproject.toml"
  local report
  report=$(dockfix "$directory" --only copy-before-install 2>&1) || true
  dockfix "$directory" --write --only copy-before-install >/dev/null 2>&1 || true
  control "$1" "$report" "-e . installs the sources themselves"
  control "$1" "$(cmp "$directory/Dockerfile" "e2e/projects/seed/before/Dockerfile" && echo "left as it was")" "left as it was"
}

# A program that writes beside itself: dockfix holds USER back, and with --unsafe it really fails.
control_unwritable() {
  variant "$1" python-stdlib before
  sed -i '1i open("visits.txt", "w").close()' "$directory/server.py"
  local report
  report=$(dockfix "$directory" --only root-user 2>&1) || true
  control "$1" "$report" "may write files"
  dockfix "$directory" --write --unsafe --only root-user >/dev/null 2>&1
  build control-unwritable "$directory"
  start_container control-unwritable
  "$docker" wait "$container" >/dev/null
  control "$1" "$("$docker" logs "$container" 2>&1 | tail -n 1)" "Permission denied: 'visits.txt'"
  remove_container
}

# Without the entry in .dockerignore the late COPY puts the packages of the host over those that were installed.
control_host-modules() {
  variant "$1" node-host-modules after
  control "$1" "$(cat "$directory/.dockerignore")" "**/node_modules"
  sed -i '/node_modules/d' "$directory/.dockerignore"
  build control-host-modules "$directory"
  start_container control-host-modules
  await 30 answers 3000 / "from the host" && problem "from the host"
  control "$1" "${problems[*]}" "from the host"
  remove_container
}
