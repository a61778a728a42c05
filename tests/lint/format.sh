#!/bin/sh
# C is formatted by .clang-format. Prevents reviews about white space, and
# changes that hide among it. nginx's own files (ngx_http_*) keep nginx's
# column alignment, which no formatter knows.
set -eu
files=$(find fcgi_app ngx_module tests -name '*.[ch]' ! -name 'ngx_http_*' |
    sort)
command -v clang-format >/dev/null
[ -f .clang-format ]
[ -n "$files" ]

# shellcheck disable=SC2086 # file names of ours have no blanks
clang-format --dry-run -Werror $files 2>&1 | awk -F: '
    / error: / && !($1 in seen) {
        seen[$1] = bad = 1
        print $1 ":" $2 ": make it right with: clang-format -i " $1
    }
    END { exit bad }'
