#!/usr/bin/env bash
# Builds the image from conf/Containerfile with podman or docker, starts it with
# the demo, and runs HTTP tests against the nginx inside.
#
#   run.sh [test file]...   default: tests/container, and of tests/app what asks
#                           the one server that its file starts
#
# In the image other things are where a test may find them: paths, user, rights,
# packages, nginx.conf; the code is the same. So every test counts that asks the
# server from outside, by HTTP alone, which is told of by not being skipped. A file
# that starts programs of its own (mail_relay: jobs by hand; secure: one request)
# would start those of build/ and say nothing of the image: it is left out.
#
#   ENGINE   podman or docker        default: what is there, else podman
#   BASE     the base image          default: Debian's, else made by debootstrap
#   PORT     where nginx listens     default: a free port
#
# The tests get PFORTE_BASE_URL and PFORTE_DEMO_JSON (the demo's keys).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

suite=bookworm
registry_base=docker.io/library/debian:12-slim
local_base=localhost/pforte-base:$suite
image=localhost/pforte:test
work=build/container
name=pforte-test-$$
started=''

say() { echo "container: $*"; }
die() { say "$*" >&2; exit 1; }

# need COMMAND PACKAGE: installs the Debian package where the command is missing.
need() {
    local as_root=()
    if command -v "$1" >/dev/null || [[ -x /usr/sbin/$1 ]]; then
        return
    fi
    command -v apt-get >/dev/null || die "$1 is missing"
    [[ $(id -u) == 0 ]] || as_root=(sudo)
    say "installing the Debian package $2"
    "${as_root[@]}" apt-get -qq update
    DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get -qq install -y \
        --no-install-recommends "$2" >/dev/null
}

choose_engine() {
    if [[ -z ${ENGINE:-} ]]; then
        ENGINE=podman
        if ! command -v podman >/dev/null && docker info >/dev/null 2>&1; then
            ENGINE=docker
        fi
    fi
    engine=("$ENGINE")
    build_flags=(--network host)
    # No more open files than we may have ourselves; podman's wish is higher.
    local files processes
    files=$(limit -Hn 20000)
    processes=$(limit -Hu 10000)
    run_flags=(--network host --ulimit "nofile=$files:$files"
        --ulimit "nproc=$processes:$processes")
    if [[ $ENGINE == podman ]]; then
        need podman podman
        need runc runc
        # Neither needs systemd or a cgroup of its own.
        engine+=(--runtime runc --cgroup-manager cgroupfs)
        build_flags+=(--isolation chroot --layers)
    fi
}

# limit FLAG MOST: our own hard limit, at most MOST.
limit() {
    local own
    own=$(ulimit "$1")
    if [[ $own == unlimited ]] || ((own > $2)); then
        own=$2
    fi
    echo "$own"
}

have_image() { "${engine[@]}" image inspect "$1" >/dev/null 2>&1; }

choose_base() {
    if [[ -n ${BASE:-} ]]; then
        return
    fi
    for BASE in "$registry_base" "$local_base"; do
        if have_image "$BASE"; then return; fi
    done
    BASE=$registry_base
    if timeout 60 "${engine[@]}" pull -q "$BASE" >/dev/null 2>&1; then
        return
    fi
    BASE=$local_base
    if [[ ! -s $work/base.tar ]]; then
        make_base_tar
    fi
    "${engine[@]}" import "$work/base.tar" "$BASE" >>"$work/build.log" 2>&1
}

# Prints this machine's Debian sources for the suite: "deb URI SUITE COMPONENT".
debian_sources() {
    # shellcheck disable=SC2016 # the dollars are apt's
    apt-get indextargets --format 'deb $(SITE) $(RELEASE) $(COMPONENT)' \
        'Created-By: Packages' 'Origin: Debian' |
        awk -v suite="$suite" '$3 ~ "^" suite "(-updates|-security)?$"' |
        sort -u
}

make_base_tar() {
    local root sources mirror
    need debootstrap debootstrap
    need gpgv gpgv
    [[ $(id -u) == 0 ]] || die 'debootstrap must run as root: set BASE'
    say 'no image registry answers: making a base image with debootstrap'
    sources=$(debian_sources)
    mirror=$(awk -v suite="$suite" '$3 == suite { print $2; exit }' \
        <<<"$sources")
    [[ $mirror ]] || die "apt knows no Debian mirror for $suite: set BASE"
    root=$(mktemp -d "${TMPDIR:-/tmp}/pforte-base.XXXXXX")
    if ! debootstrap --variant=minbase "$suite" "$root" "$mirror" \
        >"$work/debootstrap.log" 2>&1; then
        tail -n 20 "$work/debootstrap.log" >&2
        rm -rf --one-file-system "$root"
        die 'debootstrap failed'
    fi
    echo "$sources" >"$root/etc/apt/sources.list"
    # As in Debian's own images: no service starts while packages install,
    # no manuals.
    printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
    chmod 755 "$root/usr/sbin/policy-rc.d"
    printf 'path-exclude /usr/share/%s/*\n' doc man info locale \
        >"$root/etc/dpkg/dpkg.cfg.d/slim"
    rm -rf "$root"/usr/share/{doc,man,info,locale}/* \
        "$root"/var/cache/apt/* "$root"/var/lib/apt/lists/* "$root"/var/log/*
    tar -C "$root" --numeric-owner --one-file-system -cf "$work/base.tar.new" .
    mv "$work/base.tar.new" "$work/base.tar"
    rm -rf --one-file-system "$root"
}

# Both stages get a name, so that pruning leaves the layers of this build, and
# takes only those of older ones.
build_image() {
    local stage
    for stage in build run; do
        local flags=("${build_flags[@]}" --build-arg "BASE=$BASE"
            -f conf/Containerfile)
        if [[ $stage == build ]]; then
            flags+=(--target build -t "$image-build")
        else
            flags+=(-t "$image")
        fi
        if ! "${engine[@]}" build "${flags[@]}" . >>"$work/build.log" 2>&1; then
            tail -n 60 "$work/build.log" >&2
            die "the image does not build; all of it in $work/build.log"
        fi
    done
    "${engine[@]}" image prune -f --filter label=pforte.image >/dev/null
}

free_port() {
    node -e 'const s = require("net").createServer();
        s.listen(0, "127.0.0.1", () => {
            console.log(s.address().port); s.close(); });'
}

logs() { "${engine[@]}" logs "$name" 2>&1; }

# shellcheck disable=SC2317 # the EXIT trap calls it
cleanup() {
    local rc=$?
    if [[ $started ]]; then
        if ((rc != 0)); then
            say 'failed; what the container said:'
            logs | tail -n 200
        fi
        "${engine[@]}" rm -f -v "$name" >/dev/null 2>&1 || true
    fi
    exit "$rc"
}

running() {
    [[ $("${engine[@]}" inspect -f '{{.State.Running}}' "$name") == true ]]
}

# wait_for SECONDS WHAT COMMAND...
wait_for() {
    local end=$((SECONDS + $1)) what=$2
    shift 2
    until "$@" >/dev/null 2>&1; do
        running || die "the container ended before $what"
        ((SECONDS < end)) || die "waited too long for $what"
        sleep 0.2
    done
}

start_container() {
    started=1
    "${engine[@]}" run -d --name "$name" "${run_flags[@]}" \
        --read-only --tmpfs /tmp:mode=1777 --cap-drop all \
        --security-opt no-new-privileges \
        -e PFORTE_BIND=127.0.0.1 -e "PORT=$port" -e PFORTE_DEMO=1 \
        "$image" >/dev/null
    wait_for 60 /healthz curl -fs "http://127.0.0.1:$port/healthz"
    wait_for 60 demo.json "${engine[@]}" exec "$name" test -s \
        /var/lib/pforte/demo.json
    (umask 077 && "${engine[@]}" exec "$name" cat /var/lib/pforte/demo.json \
        >"$work/demo.json")
}

# SIGTERM must end it quietly and in time.
stop_container() {
    local rc
    "${engine[@]}" stop -t 20 "$name" >/dev/null
    rc=$("${engine[@]}" inspect -f '{{.State.ExitCode}}' "$name")
    [[ $rc == 0 ]] || die "SIGTERM: the container ended with $rc"
    if logs | grep -E '\[(alert|emerg|crit)\]'; then
        die 'nginx raised an alarm'
    fi
}

mkdir -p "$work"
: >"$work/build.log"
need node nodejs
need curl curl
choose_engine
choose_base
say "building $image on $BASE with $ENGINE"
build_image
"${engine[@]}" image inspect -f '{{.Size}}' "$image" |
    awk '{ printf "container: the image has %d MB\n", $1 / 1e6 }'

port=${PORT:-$(free_port)}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
start_container

tests=("$@")
if ((${#tests[@]} == 0)); then
    mapfile -t tests < <(grep -l '^const stack = await startStack(' \
        tests/app/*.test.mjs)
    ((${#tests[@]} >= 30)) || die 'tests/app has no files that start a stack'
    tests+=(tests/container/*.test.mjs)
fi
# One file after the other: all of them sign in as the same few people.
PFORTE_BASE_URL=http://127.0.0.1:$port PFORTE_DEMO_JSON=$PWD/$work/demo.json \
    node --test --test-concurrency=1 "${tests[@]}"
stop_container
