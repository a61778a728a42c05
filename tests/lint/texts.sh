#!/bin/sh
# No file names a place of the machine it was written on, a package registry, or
# work left undone. Prevents a clone that builds for its author only, and notes
# to oneself that nobody ever reads again: open ends belong into the tracker.
set -eu
# no pattern below matches itself
words='TOD[O]|FIXM[E]|XX[X]|HAC[K]'
places='(^|[^A-Za-z0-9._-])/(wor[k]|roo[t]|hom[e]/[a-z]|User[s]/)(/|$)'
registries='(registr[y]|npm|prox[y]|mirror|artifact)[a-z-]*\.[a-z0-9.-]*(com|org|net|io|local|internal|example)(/|:|"|$)'

files=$(find . \( -path ./.git -o -path ./build -o -path ./node_modules \
    -o -path ./state -o -path ./tests/fuzz/corpus \) -prune -o -type f -print)
[ -n "$files" ]
status=0
# shellcheck disable=SC2086 # file names of ours have no blanks
found=$(grep -nIE "(^|[^A-Za-z])($words)([^A-Za-z]|\$)" $files || :)
[ -z "$found" ] || { echo "$found"; echo "do it, or open an issue"; status=1; }
# shellcheck disable=SC2086
found=$(grep -nIE "$places|$registries" $files || :)
[ -z "$found" ] || { echo "$found"; echo "name no machine"; status=1; }
exit $status
