#!/bin/sh
# Runs test executables from the root of the tree: a line each, and what they
# wrote when one fails.
#   BUILD=build sh tests/lib/run-unit.sh build/tests/test_*
set -u

build=${BUILD:-build}
log=$build/unit.output
passed=0
failed=0
mkdir -p "$build"

# The number in cmocka's summary line "[  PASSED  ] 12 test(s)…", or 0.
count() {
	n=$(sed -n "s/^\[ *$1 *\] \([0-9]*\) test(s).*/\1/p" "$log" | tail -n 1)
	echo "${n:-0}"
}

for program in "$@"; do
	name=${program##*/}
	timeout 300 "$program" >"$log" 2>&1
	status=$?
	good=$(count PASSED)
	bad=$(count FAILED)
	skipped=$(count SKIPPED)
	if [ $status -eq 0 ] && [ "$bad" -eq 0 ] && [ "$good" -gt 0 ]; then
		line="ok      $name: $good"
		[ "$skipped" -eq 0 ] || line="$line ($skipped skipped)"
		echo "$line"
		grep '^skipped: ' "$log"
	else
		[ "$bad" -gt 0 ] || bad=1 # crashed, hung, or ran nothing
		echo "FAILED  $name: $bad (exit status $status)"
		grep -v '^\[ RUN\|^\[       OK' "$log"
	fi
	passed=$((passed + good))
	failed=$((failed + bad))
done
rm -f "$log"

echo "$passed passed, $failed failed"
[ $failed -eq 0 ] && [ $passed -gt 0 ]
