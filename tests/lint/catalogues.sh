#!/bin/sh
# Every message has its text in every catalogue, and no catalogue has others:
# extracts the messages anew and compares. Also: nothing fuzzy, and the same
# {{tags}}, {places}, HTML and straight quotes in a text as in its id.
set -eu
cd "$(dirname "$0")/../../fcgi_app/po"
export LC_ALL=C
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

# A catalogue as lines "id<TAB>text<TAB>flags", escapes as they are.
flat() {
    msgcat --no-wrap "$1" | awk '
        function flush() {
            if (id != "") {
                print id "\t" text "\t" flags
            }
            id = text = flags = part = ""
        }
        /^#,/ { flags = $0 }
        /^#~/ { sub(/^#~ /, ""); flags = "obsolete" }
        match($0, /^msg(id|str) "/) {
            part = substr($0, 4, RLENGTH - 5)
        }
        part && match($0, /".*"$/) {
            piece = substr($0, RSTART + 1, RLENGTH - 2)
            if (part == "id") { id = id piece } else { text = text piece }
        }
        /^$/ { flush() }
        END { flush() }'
}

sh ./extract.sh >"$tmp/messages.pot"
flat "$tmp/messages.pot" >"$tmp/messages"
[ -s "$tmp/messages" ] || { echo "po/extract.sh found no message"; exit 1; }

status=0
for po in *.po; do
    msgfmt --check -o /dev/null "$po" || status=1
    flat "$po" >"$tmp/catalogue"
    awk -F '\t' -v po="fcgi_app/po/$po" '
        function told(what, id) { print po ": " what ": " id; bad = 1 }
        # the marks of a text, sorted: order may change in translation
        function marks(s,    list, n, i, j, t, out) {
            while (match(s, /[{]+[^{}]*[}]+|<[^<>]*>|[&"]/)) {
                t = substr(s, RSTART, RLENGTH)
                s = substr(s, RSTART + RLENGTH)
                for (i = n++; i > 0 && list[i - 1] > t; i--) {
                    list[i] = list[i - 1]
                }
                list[i] = t
            }
            for (j = 0; j < n; j++) {
                out = out list[j]
            }
            return out
        }
        FNR == NR { wanted[$1] = 1; next }
        $3 == "obsolete" || !($1 in wanted) { told("no longer used", $1); next }
        { found[$1] = 1 }
        $3 ~ /fuzzy/ { told("fuzzy", $1) }
        $2 == "" { told("without a text", $1); next }
        marks($1) != marks($2) { told("other places or tags", $1) }
        END {
            for (id in wanted) {
                if (!(id in found)) {
                    told("missing", id)
                }
            }
            exit bad
        }' "$tmp/messages" "$tmp/catalogue" || status=1
done
exit $status
