#!/bin/bash
# Runs the demo in the foreground: memcached, pforte, its jobs and nginx on one
# state directory. usage: conf/dev/run.sh STATE PORT
#
# STATE/demo.json appears when everything answers. Ctrl-C or SIGTERM stops all
# of it, nginx first, so that what is in flight is still answered.
#
#   PFORTE_BUILD    where the binaries are: build
#   PFORTE_DATABASE where its data are, postgresql://…; else STATE/pforte.db
#   PFORTE_SMTP     where its mail goes, smtp://127.0.0.1:25; else mail waits
#   PFORTE_OPTIONS  a file with more lines for pforte.conf
#   PFORTE_URL      what browsers type, when it is not http://127.0.0.1:PORT
#   PFORTE_EXTRA    a file to include in nginx's server block
#   PFORTE_NGINX_WORKERS  how many workers nginx has: 2
set -euo pipefail

build=$(realpath "${PFORTE_BUILD:-build}")
mkdir -p "$1"
state=$(realpath "$1")
port=$2
share=$build/share
url=http://127.0.0.1:$port
names=() pids=()

say() { echo "$*" >&2; }

start() {
    "${@:2}" &
    names+=("$1") pids+=("$!")
}

# shellcheck disable=SC2317 # the EXIT trap calls it
stop_all() {
    local i signal
    trap '' TERM INT
    for ((i = ${#pids[@]} - 1; i >= 0; i--)); do
        signal=TERM
        [[ ${names[i]} == nginx ]] && signal=QUIT
        kill -s "$signal" "${pids[i]}" 2>/dev/null || true
        while kill -0 "${pids[i]}" 2>/dev/null; do
            wait "${pids[i]}" || true
        done
    done
}

# wait_for WHAT COMMAND...: until the command succeeds, half a minute at most
wait_for() {
    local i pid what=$1
    shift
    for ((i = 0; i < 600; i++)); do
        "$@" && return 0
        for pid in "${pids[@]}"; do
            kill -0 "$pid" 2>/dev/null || break 2
        done
        sleep 0.05
    done
    say "$what did not start; see $state/log"
    tail -n 5 "$state"/log/*.log >&2 || true
    exit 1
}

# shellcheck disable=SC2317 # wait_for calls them
sockets() { [[ -S $state/run/pages.sock && -S $state/run/passwords.sock ]]; }
# shellcheck disable=SC2317
answers() { curl -fs -o /dev/null "$url/healthz"; }
free() { ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; }

free || { say "port $port is taken; choose another with PORT="; exit 1; }
mkdir -p "$state"/{run,log,tmp}
chmod 0750 "$state"
rm -f "$state"/run/*.sock "$state/control.sock"
trap 'exit 143' TERM
trap 'exit 130' INT
trap stop_all EXIT

"$build/pforte" demo --state "$state" --base-url "${PFORTE_URL:-$url}" --share "$share" \
    ${PFORTE_SMTP:+--smtp "$PFORTE_SMTP"} \
    ${PFORTE_DATABASE:+--database "$PFORTE_DATABASE"} 2>>"$state/log/app.log" ||
    { tail -n 5 "$state/log/app.log" >&2; exit 1; }

[[ -n ${PFORTE_OPTIONS:-} ]] && cat "$PFORTE_OPTIONS" >>"$state/pforte.conf"
user=
[[ $(id -u) == 0 ]] && user='user root;'
extra=
[[ -n ${PFORTE_EXTRA:-} ]] && extra="include $PFORTE_EXTRA;"
sed -e "s|@BUILD@|$build|g" -e "s|@STATE@|$state|g" -e "s|@SHARE@|$share|g" \
    -e "s|@PORT@|$port|g" -e "s|@USER@|$user|" -e "s|@EXTRA@|$extra|" \
    -e "s|@WORKERS@|${PFORTE_NGINX_WORKERS:-2}|" \
    "$share/conf/dev/nginx.conf.in" >"$state/nginx.conf"

start memcached memcached -m 64 -c 256 -s "$state/run/memcached.sock" -a 0660 \
    -u "$(id -un)" 2>>"$state/log/memcached.log"
start pforte "$build/pforte" --config "$state/pforte.conf" serve \
    2>>"$state/log/app.log"
start jobs "$build/pforte" --config "$state/pforte.conf" jobs \
    2>>"$state/log/jobs.log"
wait_for pforte sockets
# A module built with a sanitizer needs its library first; that nginx itself
# leaks at its end is not our business here.
preload=$(cat "$build/nginx.preload" 2>/dev/null || true)
start nginx env ${preload:+LD_PRELOAD="$preload" ASAN_OPTIONS=detect_leaks=0} \
    nginx -c "$state/nginx.conf" -e "$state/log/nginx.log"
wait_for nginx answers
mv "$state/demo.json.new" "$state/demo.json"

say "The demo is on $url (state and logs: $state)."
say "Open this within a minute; it signs anna in once. 'make link' makes another."
"$build/pforte" --config "$state/pforte.conf" sso-link --tenant acme --user anna

wait -n || true
say "one of the programs ended; stopping the others"
exit 1
