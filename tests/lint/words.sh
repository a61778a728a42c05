#!/bin/sh
# What docs/FIRST_ORDER.md has in italics is what the pages say: each is a message of
# the catalogues, or several with commas between them. Prevents a guide that leads to
# buttons which have other words by now.
set -eu
guide=docs/FIRST_ORDER.md
catalogue=fcgi_app/po/de.po

# a pair of stars may go over the end of a line
words=$(tr '\n' ' ' <"$guide" | sed 's/\*\*[^*]*\*\*//g' | grep -oE '\*[A-Z][^*]*\*' |
    tr -d '*' | sed 's/  */ /g' | sort -u)
[ -n "$words" ]
status=0
known() { grep -qxF "msgid \"$1\"" "$catalogue"; }
while IFS= read -r word; do
    known "$word" && continue
    parts=$(printf '%s\n' "$word" | sed 's/, /\n/g')
    while IFS= read -r part; do
        known "$part" ||
            { echo "$guide: no page says \"$part\""; status=1; }
    done <<EOF
$parts
EOF
done <<EOF
$words
EOF
exit $status
