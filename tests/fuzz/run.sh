#!/bin/sh
# Runs every fuzz target for FUZZ_SECONDS, two at a time, on a copy of its seeds
# (tests/fuzz/corpus/<target>), and says how much each has tried.
#   BUILD=build FUZZ_SECONDS=60 sh tests/fuzz/run.sh build/fuzz/fuzz_*
set -u

build=${BUILD:-build}
seconds=${FUZZ_SECONDS:-60}
work=$build/fuzz

fuzz_one() {
	name=${1##*/fuzz_}
	corpus=$work/corpus/$name
	mkdir -p "$corpus" "$work/faults"
	if [ -d "tests/fuzz/corpus/$name" ]; then
		cp "tests/fuzz/corpus/$name"/* "$corpus/"
	fi
	rm -f "$work/faults/$name".*
	"$1" -max_total_time="$seconds" -rss_limit_mb=1024 -timeout=10 \
		-print_final_stats=1 -artifact_prefix="$work/faults/$name." \
		"$corpus" >"$work/$name.log" 2>&1
	status=$?
	runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$work/$name.log")
	if [ $status -eq 0 ]; then
		echo "ok      $name: ${runs:-0} executions"
	else
		echo "FAILED  $name: see $work/$name.log"
		tail -n 40 "$work/$name.log"
		: >"$work/failed.$name"
	fi
}

if [ $# -eq 0 ]; then
	echo "fuzz: no targets" >&2
	exit 1
fi
rm -f "$work"/failed.*
while [ $# -gt 0 ]; do
	fuzz_one "$1" &
	first=$!
	shift
	if [ $# -gt 0 ]; then
		fuzz_one "$1" &
		wait $!
		shift
	fi
	wait $first
done
for fault in "$work"/failed.*; do
	[ -e "$fault" ] && exit 1
done
exit 0
