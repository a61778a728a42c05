#!/bin/sh
# Every directive and variable of the module stands in docs/DIRECTIVES.md and
# the other way round, and every member of the location configuration has its
# default and its merge. Prevents a directive that is silently forgotten one
# level further down, and one that nobody can find.
# shellcheck disable=SC2016 # backquotes and nginx's variables, not the shell's
set -eu
module=ngx_module/ngx_http_pforte_module
doc=docs/DIRECTIVES.md
[ -s $module.c ]
[ -s $doc ]
status=0
said() { echo "$*"; status=1; }

# what is there (file 1) and what is told (file 2), one name a line
compare() {
    echo "$2" | grep -q . || said "found no $1 in the module"
    for name in $2; do
        echo "$3" | grep -qx "$name" || said "$1 $name is not in $doc"
    done
    for name in $3; do
        echo "$2" | grep -qx "$name" || said "$1 $name of $doc does not exist"
    done
}

directives=$(awk '/^static ngx_command_t / { inside = 1 }
    inside && match($0, /ngx_string\("[a-z_]*"\)/) {
        print substr($0, RSTART + 12, RLENGTH - 14)
    }
    inside && /ngx_null_command/ { exit }' $module.c)
# "### pforte_state" or "### `pforte_state`"
told=$(sed -n 's/^##* *`*\(pforte[a-z_]*\)`*.*/\1/p' $doc)
compare directive "$directives" "$told"

variables=$(sed -n 's/.*{ ngx_string("\(pforte_[a-z_]*\)"), .*/$\1/p' \
    ngx_module/ngx_http_pforte_variables.c)
told=$(grep -o '^[|#-][| #-]*`*\$pforte_[a-z_]*' $doc |
    grep -o '\$pforte_[a-z_]*' | sort -u)
compare variable "$variables" "$told"

members=$(awk '/^typedef struct/ { list = "" }
    /^    [a-z]/ { gsub(/[*;]/, ""); list = list " " $2 }
    /^} ngx_http_pforte_loc_conf_t;/ { print list; exit }' $module.h)
[ -n "$members" ] || said "found no members of ngx_http_pforte_loc_conf_t"
for member in $members; do
    grep -q "plcf->$member = " $module.c ||
        said "loc_conf: $member has no unset value in create_loc_conf"
    grep -Eq "merge[a-z_]*\(conf->$member, prev->$member" $module.c ||
        said "loc_conf: $member is not merged"
done
exit $status
