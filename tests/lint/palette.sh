#!/bin/sh
# The colours of tables/palette.def are those of portal.css, in the light and in
# the dark. Prevents a merchant's page whose words were made to be read on a
# ground that it does not have any more.
set -eu
table=fcgi_app/tables/palette.def
sheet=fcgi_app/static/portal.css
[ -s $table ]
[ -s $sheet ]
rows=$(sed -n 's/^PALETTE(\([a-z_]*\), "\(#[0-9a-f]*\)", "\(#[0-9a-f]*\)")$/\1 \2 \3/p' $table)
[ -n "$rows" ]
# The first time that a variable is set is the light one, the second the dark.
echo "$rows" | awk '
NR == FNR {
    if (match($0, /^ *--[a-z-]+: *#[0-9a-f]+;/)) {
        split($0, part, /[:; ]+/)
        name = part[2]
        value = part[3]
        if (length(value) == 4) {
            value = "#" substr(value, 2, 1) substr(value, 2, 1) \
                substr(value, 3, 1) substr(value, 3, 1) \
                substr(value, 4, 1) substr(value, 4, 1)
        }
        set[name, ++times[name]] = value
    }
    next
}
{
    name = "--" $1
    gsub(/_/, "-", name)
    for (i = 1; i <= 2; i++) {
        if (set[name, i] != $(i + 1)) {
            print name " is " set[name, i] " in portal.css, " $(i + 1) \
                " in palette.def"
            bad = 1
        }
    }
}
END { exit bad }' $sheet -
