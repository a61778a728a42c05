#!/bin/sh
# Runs every lint of this folder and prints one line each; what a lint has to
# say stands below its line. Fails at the end when one failed.
#
# A lint is a script that exits 0 when all is well. It reads the tree from its
# root (the present directory), and BUILD for what was built. It fails when its
# input is missing: a lint that finds nothing to look at protects nothing.
set -eu
cd "$(dirname "$0")/../.."
export BUILD="${BUILD:-build}" LC_ALL=C
said=$(mktemp)
trap 'rm -f "$said"' EXIT
failed=0

for lint in tests/lint/*.sh; do
    name=$(basename "$lint" .sh)
    [ "$name" = run ] && continue
    if sh "$lint" >"$said" 2>&1; then
        echo "  ok      $name"
    else
        echo "  FAILED  $name"
        [ -s "$said" ] || echo "its input or its tool is missing" >"$said"
        sed 's/^/          /' "$said"
        failed=$((failed + 1))
    fi
done

[ "$failed" = 0 ] || { echo "$failed of the lints failed"; exit 1; }
