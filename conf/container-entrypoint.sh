#!/bin/bash
# Starts memcached, pforte, its jobs and nginx, and stops all of them when one
# ends or SIGTERM comes: nginx first, so that what is in flight is still
# answered.
#
#   PORT             where nginx listens: 8080
#   PFORTE_BIND      the address it listens on: all
#   PFORTE_BASE_URL  what browsers type: http://127.0.0.1:$PORT
#   PFORTE_SMTP      where mail goes, smtp://host:25: nowhere, mail waits
#   PFORTE_MAIL_FROM the address it comes from, with PFORTE_SMTP
#   PFORTE_DEMO      1: fill the state with the demo once everything answers
#   PFORTE_CONF      another pforte.conf than the one written here
#
# Nothing outside /tmp and the state is written: the image may be read-only.
set -euo pipefail

state=/var/lib/pforte
port=${PORT:-8080}
bind=${PFORTE_BIND:-'*'}
own=127.0.0.1
[[ $bind == '*' ]] || own=$bind
base_url=${PFORTE_BASE_URL:-http://$own:$port}
smtp=${PFORTE_SMTP:-}
mail_from=${PFORTE_MAIL_FROM:-}
tmp=/tmp/pforte
conf=${PFORTE_CONF:-$tmp/pforte.conf}
names=() pids=()

say() { echo "container: $*" >&2; }
die() { say "$*"; exit 1; }

start() {
    "${@:2}" &
    names+=("$1") pids+=("$!")
}

# shellcheck disable=SC2317 # the EXIT trap calls it
stop_all() {
    local i signal
    for ((i = ${#pids[@]} - 1; i >= 0; i--)); do
        signal=TERM
        if [[ ${names[i]} == nginx ]]; then
            signal=QUIT # finishes its requests
        fi
        kill -s "$signal" "${pids[i]}" 2>/dev/null || true
        while kill -0 "${pids[i]}" 2>/dev/null; do
            wait "${pids[i]}" || true
        done
    done
}

wait_until_healthy() {
    local i pid
    for ((i = 0; i < 300; i++)); do
        if curl -fs -o /dev/null "http://$own:$port/healthz"; then
            return 0
        fi
        for pid in "${pids[@]}"; do
            kill -0 "$pid" 2>/dev/null || return 1
        done
        sleep 0.1
    done
    return 1
}

# nginx starts only when it would find somebody: no 502 at the beginning.
wait_for_sockets() {
    local i
    for ((i = 0; i < 300; i++)); do
        if [[ -S $state/run/pages.sock && -S $state/run/passwords.sock ]]; then
            return 0
        fi
        kill -0 "$1" 2>/dev/null || return 1
        sleep 0.1
    done
    return 1
}

write_configs() {
    local limits='include /usr/share/pforte/conf/limits.conf;'

    [[ ${PFORTE_DEMO:-} == 1 ]] && limits= # whoever tries things out asks often
    mkdir -p "$state/run" "$tmp"
    rm -f "$state"/run/*.sock "$state/control.sock" # left by a container that was killed
    sed -e "s|@LISTEN@|$bind:$port|" -e "s|@STATE@|$state|g" \
        -e "s|@TMP@|$tmp|g" -e "s|@LIMITS@|$limits|" \
        /etc/pforte/container-nginx.conf >"$tmp/nginx.conf"
    cat >"$tmp/pforte.conf" <<EOF
state = "$state"
database = "sqlite:$state/pforte.db"
base_url = "$base_url"
memcached = {"$state/run/memcached.sock"}
EOF
    [[ -z $smtp ]] || cat >>"$tmp/pforte.conf" <<EOF
smtp = "$smtp"
mail_from = "$mail_from"
EOF
}

[[ $port =~ ^[0-9]{1,5}$ ]] || die "PORT=$port is not a port"
[[ $bind =~ ^(\*|[0-9.]+|\[[0-9a-fA-F:]+\])$ ]] ||
    die "PFORTE_BIND=$bind is neither an IPv4 address nor an [IPv6] one"
[[ $base_url =~ ^https?://[^[:space:]\"\\]+$ ]] ||
    die "PFORTE_BASE_URL=$base_url is not an address"
[[ $smtp =~ ^(smtps?://[^[:space:]\"\\]+)?$ ]] ||
    die "PFORTE_SMTP=$smtp is neither smtp:// nor smtps://"
[[ $mail_from =~ ^[^[:space:]\"\\]*$ ]] ||
    die "PFORTE_MAIL_FROM=$mail_from is not a mail address"
[[ -w $state ]] || die "$state is not writable for user $(id -u)"

trap 'exit 0' TERM INT
trap stop_all EXIT
umask 027
write_configs
[[ -e $state/keyring ]] || pforte --config "$conf" key rotate
pforte --config "$conf" migrate

start memcached memcached -s "$state/run/memcached.sock" -a 0660 -m 64
start pforte pforte --config "$conf" serve
wait_for_sockets "${pids[-1]}" || die 'pforte does not listen'
start jobs pforte --config "$conf" jobs
start nginx nginx -e stderr -c "$tmp/nginx.conf" -g 'daemon off;'

if [[ ${PFORTE_DEMO:-} == 1 ]]; then
    wait_until_healthy || die 'nothing answers on /healthz: no demo'
    pforte --config "$conf" demo --state "$state" --base-url "$base_url"
    mv "$state/demo.json.new" "$state/demo.json"
fi

rc=0
wait -n -p ended "${pids[@]}" || rc=$?
for i in "${!pids[@]}"; do
    if [[ ${pids[i]} == "${ended:-}" ]]; then
        say "${names[i]} ended ($rc), stopping"
    fi
done
exit 1
