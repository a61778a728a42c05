#!/bin/sh
# No function is longer than 80 lines. Prevents the one that everybody extends
# and nobody reads. Where a longer one is the better code, it stands below with
# its reason. Unit tests are lists of cases and may be as long as their list.
set -eu
files=$(find fcgi_app ngx_module tests/lib -name '*.c')
[ -n "$files" ]
ctags --version | grep -q Universal

# "file function reason"
exceptions='
'

# shellcheck disable=SC2086 # file names of ours have no blanks
ctags -x --_xformat='%{end} %n %F %N' --kinds-C=f --language-force=C $files |
    awk -v exceptions="$exceptions" '
    BEGIN {
        n = split(exceptions, rows, "\n")
        for (i = 1; i <= n; i++) {
            if (split(rows[i], word, " ") >= 3) {
                excused[word[1] " " word[2]] = 1
            }
        }
    }
    { seen++ }
    $1 - $2 + 2 > 80 { # the return type has its own line
        if ($3 " " $4 in excused) {
            delete excused[$3 " " $4]
        } else {
            print $3 ":" $2 ": " $4 " has " $1 - $2 + 2 " lines"
            bad = 1
        }
    }
    END {
        for (row in excused) {
            print "no longer an exception: " row
            bad = 1
        }
        if (!seen) {
            print "ctags found no function"
            bad = 1
        }
        exit bad
    }'
