#!/bin/sh
# SQL stands in *_store.c, db/ and migrations/ only. Prevents a query that
# forgets the tenant: each one is looked for in one place, under one review.
set -eu
others=$(find fcgi_app ngx_module -name '*.[ch]' |
    grep -v -e '^fcgi_app/db/' -e '_store\.c$')
stores=$(find fcgi_app -name '*_store.c')
[ -n "$others" ]
[ -n "$stores" ]

status=0
# shellcheck disable=SC2086 # file names of ours have no blanks
if grep -nE '"[^"]*(SELECT |INSERT INTO|UPDATE [a-z_]+ SET|DELETE FROM|CREATE TABLE)' $others; then
    echo "SQL belongs into a *_store.c"
    status=1
fi
# shellcheck disable=SC2086
if grep -nE '\<db_(exec|one|all|ask|list|bulk_exec|bulk_all) *\(' $others; then
    echo "only a *_store.c runs statements"
    status=1
fi

# Each statement on a table below organisation names its tenant, or its pool.
# One that means to see all of them says so in a comment above: "every tenant:".
# shellcheck disable=SC2086
awk '
    function check() {
        if (sql ~ /(FROM|INTO|UPDATE) / &&
            sql !~ /tenant|pool|(FROM|INTO|UPDATE) organisation / && !excused) {
            print where ": a statement without tenant or pool: " \
                substr(sql, 1, 60) "…"
            bad = 1
        }
        sql = ""
    }
    FNR == 1 { excuse = 0 }
    /every tenant:/ { excuse = FNR }
    /\<db_(exec|exec_at_once|one|all|ask|list|bulk_exec|bulk_all) *\(/ {
        where = FILENAME ":" FNR
        excused = excuse && FNR - excuse < 8
        sql = " "
    }
    sql != "" {
        text = $0
        while (match(text, /"[^"]*"/)) {
            sql = sql substr(text, RSTART + 1, RLENGTH - 2)
            text = substr(text, RSTART + RLENGTH)
        }
    }
    sql != "" && /;$/ { check() }
    END { exit bad }' $stores || status=1
# The audit trail is only added to; a row is sealed once, and never touched again.
# shellcheck disable=SC2086
awk '
    { text = text $0 " " }
    END {
        gsub(/"[ \t]*"/, "", text)
        while (match(text, /(UPDATE|DELETE FROM|REPLACE INTO) +audit[^_a-z][^"]*/)) {
            sql = substr(text, RSTART, RLENGTH)
            text = substr(text, RSTART + RLENGTH)
            if (sql ~ /^UPDATE audit SET seq = \$3, prev = \$4, hash = \$5 WHERE tenant = \$1 AND id = \$2 AND seq = 0$/) {
                sealed++
            } else {
                print "the audit trail is only added to: " sql
                bad = 1
            }
        }
        if (sealed != 1) {
            print "the one statement that seals rows was not found"
            bad = 1
        }
        exit bad
    }' $stores fcgi_app/migrations/*.sql || status=1
exit $status
