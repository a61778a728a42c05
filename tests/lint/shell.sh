#!/bin/sh
# Scripts pass shellcheck. Prevents the quoting accident that deletes the wrong
# directory, and bashisms in scripts that dash runs.
set -eu
files=$(find .ci conf fcgi_app ngx_module tests -name '*.sh')
[ -n "$files" ]
[ -f .ci/run ]
# shellcheck disable=SC2086 # file names of ours have no blanks
shellcheck $files .ci/run
