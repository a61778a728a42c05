#!/bin/sh
# The PFORTE_* parameters that conf/locations.conf sets are those that the
# application reads and that docs/ARCHITECTURE.md explains. Prevents a question
# that nginx never answers: a missing parameter reads as "" and means no.
set -eu
conf=conf/locations.conf
doc=docs/ARCHITECTURE.md
[ -s $conf ]
[ -s $doc ]
status=0
said() { echo "$*"; status=1; }

set_there=$(awk '$1 == "fastcgi_param" && $2 ~ /^PFORTE_/ { print $2 }' $conf |
    sort -u)
read_here=$(grep -rhoE '"PFORTE_[A-Z_]+"' fcgi_app --include='*.c' |
    tr -d '"' | sort -u)
told=$(sed -n 's/^| *\(`PFORTE_[^|]*\) *|.*/\1/p' $doc |
    grep -oE 'PFORTE_[A-Z_]+' | sort -u)
[ -n "$set_there" ]
[ -n "$read_here" ]
for name in $read_here; do
    echo "$set_there" | grep -qx "$name" ||
        said "$name is read by the application and set nowhere in $conf"
done
for name in $set_there; do
    echo "$told" | grep -qx "$name" || said "$name is not explained in $doc"
done
for name in $told; do
    echo "$set_there" | grep -qx "$name" || said "$name of $doc is not set"
done
exit $status
