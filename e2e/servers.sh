# Sourced by e2e/healthchecks: for each server, needs_NAME names the programs that it takes, and server_NAME starts it and asks.

servers=(postgres redis redis_password redis_loading mysql memcached nginx rabbitmq prometheus zookeeper registry influxdb nats clickhouse caddy)

# install_servers gets what is missing from Debian's packages. Nothing of it is started.
install_servers() {
  local missing=() program policy=/usr/sbin/policy-rc.d made= status=0
  for program in redis-server:redis-server mariadbd:mariadb-server rabbitmq-server:rabbitmq-server memcached:memcached nginx:nginx-light \
    prometheus:prometheus docker-registry:docker-registry htpasswd:apache2-utils influxd:influxdb nats-server:nats-server \
    clickhouse-server:clickhouse-server caddy:caddy busybox:busybox curl:curl wget:wget ip:iproute2; do
    command -v "${program%:*}" >/dev/null || missing+=("${program#*:}")
  done
  [ -d /usr/lib/postgresql/15/bin ] || missing+=(postgresql)
  [ -e /usr/share/zookeeper/bin/zkServer.sh ] || missing+=(zookeeper)
  [ ${#missing[@]} -gt 0 ] || return 0
  if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod +x "$policy"
    made=1
  fi
  { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 install -y -q --no-install-recommends "${missing[@]}"; } \
    >"$work/apt.log" 2>&1 || status=$?
  [ -z "$made" ] || rm -f "$policy"
  return "$status"
}

# as ACCOUNT COMMAND... runs a server that refuses to be root.
as() {
  local account=$1
  shift
  setpriv --reuid="$account" --regid="$(id -g "$account")" --clear-groups "$@"
}

# own ACCOUNT makes a directory for the data of a server.
own() {
  rm -rf "$work/data"
  install -d -m 700 -o "$1" -g "$(id -gn "$1")" "$work/data"
}

needs_postgres() { echo postgres initdb pg_isready; }
server_postgres() {
  local bin=/usr/lib/postgresql/15/bin
  own postgres
  install -m 600 -o postgres <(echo secret) "$work/pwfile"
  as postgres "$bin/initdb" -A scram-sha-256 --pwfile="$work/pwfile" -D "$work/data" >"$work/initdb.log" 2>&1 || problems+=("initdb: $(tail -n 1 "$work/initdb.log")")
  service postgres:15
  says ill down
  # The entrypoint of the image fills the database with a server that has no network.
  start postgres as postgres "$bin/postgres" -D "$work/data" -k "$work/data" -c listen_addresses=
  await 20 test -S "$work/data/.s.PGSQL.5432" || problems+=("the init server does not start")
  says ill "init server"
  local check=("${words[@]}")
  words=(pg_isready -h "$work/data")
  says well "(over its socket)"
  words=("${check[@]}")
  stop_all
  start postgres as postgres "$bin/postgres" -D "$work/data" -k "$work/data"
  await 20 listens 5432 || problems+=("the server does not start: $(tail -n 1 "$work/postgres.log")")
  await 10 ask || true
  says well "up, with a password"
  says well "as another account" POSTGRES_USER=shop POSTGRES_DB=orders
}

needs_redis() { echo redis-server redis-cli; }
server_redis() {
  own redis
  service redis:7
  says ill down
  start redis redis-server --dir "$work/data" --save ''
  await 20 listens 6379 || problems+=("the server does not start")
  says well up
  stop_all
  start redis redis-server --dir "$work/data" --save '' --requirepass other
  await 20 listens 6379 || problems+=("the server does not start")
  says ill "up, with a password that the check does not have"
}

needs_redis_password() { needs_redis; }
server_redis_password() {
  local secret='a b"$x'"'"'\`#%'
  own redis
  export REDIS_PASSWORD=$secret
  start redis redis-server --dir "$work/data" --save '' --requirepass "$secret"
  await 20 listens 6379 || problems+=("the server does not start")
  service redis:7 'command: ["redis-server", "--requirepass", "${REDIS_PASSWORD}"]'
  says well "password in the command"
  service redis:7-alpine 'command: ["sh", "-c", "redis-server --requirepass \"$$PW\""]' 'environment: ["PW=${REDIS_PASSWORD}"]'
  says well "password in the environment" "PW=$secret"
  says ill "another password" PW=wrong
  REDIS_PASSWORD=wrong service redis:7 'command: ["redis-server", "--requirepass", "${REDIS_PASSWORD}"]'
  says ill "wrong password in the command"
  unset REDIS_PASSWORD
}

needs_redis_loading() { needs_redis; }
server_redis_loading() {
  own redis
  service redis:7
  start redis redis-server --dir "$work/data" --save '' --enable-debug-command local
  await 20 listens 6379 || problems+=("the server does not start")
  redis-cli debug populate 2000 key 2000 >/dev/null
  redis-cli save >/dev/null
  stop_all
  start redis redis-server --dir "$work/data" --save '' --key-load-delay 3000 --loading-process-events-interval-bytes 1024
  await 20 listens 6379 || problems+=("the server does not start")
  says ill "loading its data"
  await 60 ask || true
  says well "data loaded"
}

needs_mysql() { echo mariadbd mariadb-install-db mysqladmin; }
server_mysql() {
  own mysql
  mariadb-install-db --no-defaults --user=mysql --datadir="$work/data" --auth-root-authentication-method=normal >"$work/install.log" 2>&1 || problems+=("mariadb-install-db: $(tail -n 1 "$work/install.log")")
  service mysql:8.0
  says ill down
  # The entrypoint fills the database with a server that has no network.
  start mysql mariadbd --no-defaults --user=mysql --datadir="$work/data" --socket="$work/data/s" --skip-networking
  await 30 test -S "$work/data/s" || problems+=("the init server does not start")
  says ill "init server"
  mysqladmin --no-defaults -u root -S "$work/data/s" password secret 2>/dev/null || problems+=("no password could be set")
  stop_all
  start mysql mariadbd --no-defaults --user=mysql --datadir="$work/data" --socket="$work/data/s"
  await 30 listens 3306 || problems+=("the server does not start")
  says well "up, with a password"
  service mariadb:10.2
  says well "mariadb before healthcheck.sh"
}

needs_memcached() { echo memcached bash busybox; }
server_memcached() {
  local image
  for image in memcached:1.6 memcached:1.6-alpine; do
    service "$image"
    tools=/usr/bin:/bin
    [ "$image" = memcached:1.6 ] || tools=$work/busybox
    says ill "$image down"
    start memcached memcached -u nobody -l 127.0.0.1
    await 20 listens 11211 || problems+=("the server does not start")
    says well "$image up"
    stop_all
  done
}

needs_nginx() { echo nginx curl busybox; }
server_nginx() {
  local image
  mkdir -p "$work/www"
  echo hello >"$work/www/index.html"
  cat >"$work/nginx.conf" <<CONF
daemon off; pid $work/nginx.pid; error_log stderr;
events {}
http { access_log off; server { listen 80; root $work/www; } }
CONF
  for image in nginx:1.27 nginx:1.27-alpine nginx:1.27-alpine-slim; do
    service "$image"
    tools=/usr/bin:/bin
    [ "$image" = nginx:1.27 ] || tools=$work/busybox
    says ill "$image down"
    start nginx nginx -c "$work/nginx.conf"
    await 20 listens 80 || problems+=("the server does not start")
    says well "$image up"
    stop_all
  done
}

needs_rabbitmq() { echo rabbitmq-server rabbitmq-diagnostics; }
server_rabbitmq() {
  own rabbitmq
  service rabbitmq:3.10-management
  local settings=(RABBITMQ_MNESIA_BASE="$work/data" RABBITMQ_LOG_BASE="$work/data" RABBITMQ_NODENAME=it@localhost HOME="$work/data" RABBITMQ_ENABLED_PLUGINS_FILE="$work/data/plugins")
  tools=/usr/lib/rabbitmq/bin:/usr/bin:/bin
  as rabbitmq env PATH="$tools" "${settings[@]}" true
  words=(setpriv --reuid=rabbitmq --regid="$(id -g rabbitmq)" --clear-groups "${words[@]}")
  says ill down "${settings[@]}"
  start rabbitmq as rabbitmq env -i PATH="$tools" "${settings[@]}" rabbitmq-server
  await 60 ask "${settings[@]}" || true
  says well up "${settings[@]}"
  as rabbitmq env -i PATH="$tools" "${settings[@]}" rabbitmqctl -q stop_app >/dev/null 2>&1 || true
}

needs_prometheus() { echo prometheus busybox; }
server_prometheus() {
  own nobody
  printf 'scrape_configs: []\n' >"$work/prometheus.yml"
  service prom/prometheus:v2.40.0
  tools=$work/busybox
  says ill down
  start prometheus prometheus --config.file="$work/prometheus.yml" --storage.tsdb.path="$work/data"
  await 30 ask || true
  says well up
}

needs_zookeeper() { echo java zkServer.sh; }
server_zookeeper() {
  own zookeeper
  mkdir -p "$work/zk"
  printf 'tickTime=2000\ndataDir=%s\nclientPort=2181\nadmin.enableServer=false\n' "$work/data" >"$work/zk/zoo.cfg"
  service zookeeper:3.8
  tools=/usr/share/zookeeper/bin:/usr/bin:/bin
  local settings=(ZOOCFGDIR="$work/zk" ZOO_LOG_DIR="$work/data")
  says ill down "${settings[@]}"
  start zookeeper env PATH="$tools" "${settings[@]}" zkServer.sh start-foreground
  await 40 listens 2181 || problems+=("the server does not start: $(tail -n 1 "$work/zookeeper.log")")
  await 20 ask "${settings[@]}" || true
  says well up "${settings[@]}"
}

needs_registry() { echo docker-registry htpasswd busybox; }
server_registry() {
  htpasswd -B -C 4 -bc "$work/htpasswd" bob secret 2>/dev/null
  printf 'version: 0.1\nlog: {accesslog: {disabled: true}, level: error}\nstorage: {filesystem: {rootdirectory: %s}}\nhttp: {addr: "127.0.0.1:5000"}\nauth: {htpasswd: {realm: it, path: %s}}\n' \
    "$work/registry" "$work/htpasswd" >"$work/registry.yml"
  service registry:2
  tools=$work/busybox
  says ill down
  start registry docker-registry serve "$work/registry.yml"
  await 20 listens 5000 || problems+=("the server does not start")
  says well "up, with a password"
}

needs_influxdb() { echo influxd curl busybox; }
server_influxdb() {
  local image
  own nobody
  printf '[meta]\ndir = "%s/m"\n[data]\ndir = "%s/d"\nwal-dir = "%s/w"\n' "$work/data" "$work/data" "$work/data" >"$work/influxdb.conf"
  start influxdb influxd -config "$work/influxdb.conf"
  await 30 listens 8086 || problems+=("the server does not start")
  for image in influxdb:1.8 influxdb:1.8-alpine; do
    service "$image"
    tools=/usr/bin:/bin
    [ "$image" = influxdb:1.8 ] || tools=$work/busybox
    says well "$image up"
  done
  stop_all
  says ill down
}

needs_nats() { echo nats-server busybox; }
server_nats() {
  service nats:2-alpine
  tools=$work/busybox
  says ill down
  start nats nats-server -m 8222
  await 20 listens 8222 || problems+=("the server does not start")
  says well up
}

needs_clickhouse() { echo clickhouse-server wget; }
server_clickhouse() {
  own nobody
  cat >"$work/clickhouse.xml" <<XML
<yandex><logger><level>error</level><console>1</console></logger><http_port>8123</http_port><tcp_port>9000</tcp_port><listen_host>127.0.0.1</listen_host>
<path>$work/data/</path><tmp_path>$work/data/tmp/</tmp_path><users_config>$work/clickhouse-users.xml</users_config><default_profile>default</default_profile>
<default_database>default</default_database><mark_cache_size>1048576</mark_cache_size></yandex>
XML
  cat >"$work/clickhouse-users.xml" <<XML
<yandex><profiles><default/></profiles><quotas><default/></quotas><users><default><password>secret</password><networks><ip>::/0</ip></networks>
<profile>default</profile><quota>default</quota></default></users></yandex>
XML
  service clickhouse/clickhouse-server:24
  says ill down
  start clickhouse clickhouse-server --config-file="$work/clickhouse.xml"
  await 30 listens 8123 || problems+=("the server does not start: $(tail -n 1 "$work/clickhouse.log")")
  says well "up, with a password"
}

needs_caddy() { echo caddy busybox; }
server_caddy() {
  service caddy:2
  tools=$work/busybox
  says ill down
  printf ':80\nrespond hello\n' >"$work/Caddyfile"
  start caddy env HOME="$work" caddy run --config "$work/Caddyfile" --adapter caddyfile
  await 20 listens 2019 || problems+=("the server does not start")
  says well up
  stop_all
  printf '{\nadmin off\n}\n:80\nrespond hello\n' >"$work/Caddyfile"
  start caddy env HOME="$work" caddy run --config "$work/Caddyfile" --adapter caddyfile
  await 20 listens 80 || problems+=("the server does not start")
  says ill "admin off"
}
