#!/bin/sh
# The options of pforte.conf that base/config.c reads are those of the example
# (conf/pforte.conf) and of docs/OPERATIONS.md. Prevents an option that nobody
# can find, and an example that the program refuses.
set -eu
status=0
said() { echo "$*"; status=1; }

read_here=$(sed -n 's/^ *CFG_[A-Z_]*("\([a-z_]*\)".*/\1/p' fcgi_app/base/config.c |
    sort)
shown=$(sed -n 's/^#*\([a-z_]*\) = .*/\1/p' conf/pforte.conf | sort)
# shellcheck disable=SC2016 # Markdown's backquotes, not the shell's
told=$(awk '/^## pforte.conf/ { inside = 1; next } /^## / { inside = 0 }
    inside && /^\| `/ { split($0, cell, "|"); print cell[2] }' \
    docs/OPERATIONS.md | grep -o '`[a-z_]*`' | tr -d '`' | sort)
[ -n "$read_here" ]
[ "$read_here" = "$shown" ] || said "conf/pforte.conf has other options"
[ "$read_here" = "$told" ] || said "docs/OPERATIONS.md has other options"
[ $status = 0 ] || for name in $read_here $shown $told; do
    for list in "config.c:$read_here" "pforte.conf:$shown" "OPERATIONS.md:$told"; do
        echo "${list#*:}" | grep -qx "$name" || echo "  ${list%%:*}: no $name"
    done
done | sort -u
exit $status
