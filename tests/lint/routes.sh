#!/bin/sh
# The table of routes against what it names: every handler is defined once,
# every REST call and scope stands in docs/API.md, every scope is one the demo's
# API key has, and every right one of permissions.def. Prevents calls that
# nobody can find and scopes that no key can have.
# shellcheck disable=SC2016 # Markdown's backquotes, not the shell's
set -eu
[ -x "$BUILD/pforte" ]
[ -s docs/API.md ]
status=0
said() { echo "$*"; status=1; }

# The names that follow "handler" in a row, from the preprocessor's own view.
handlers=$(printf '%s\n' \
    '#define PAGE(method, path, function, ...) handler function' \
    '#define REST(method, path, function, ...) handler function' \
    '#include "fcgi_app/tables/routes.def"' |
    ${CC:-cc} -E -P -I. -x c - | awk '$1 == "handler" {
        for (i = 1; i < NF; i++) if ($i == "handler") print $(i + 1) }')
[ -n "$handlers" ]
for name in $handlers; do
    n=$(find fcgi_app -name '*.c' -exec cat {} + |
        grep -c "^$name(struct request \*rq, struct response \*rs)") || :
    [ "$n" = 1 ] || said "handler $name has $n definitions"
done

routes=$(mktemp)
trap 'rm -f "$routes"' EXIT
"$BUILD/pforte" routes >"$routes"
scopes=$(awk '$3 == "api" && $5 != "-" { print $5 }' "$routes" | sort -u)
staff_rights=$(awk '$3 ~ /^(office|proven|proof)$/ && $5 != "-" { print $5 }' "$routes" | sort -u)
rights=$(awk '$3 != "api" && $3 !~ /^(office|proven|proof)$/ && $5 != "-" { print $5 }' "$routes" | sort -u)
calls=$(awk '$3 == "api" { sub("^/api/v1", "", $2); print $1 " " $2 }' \
    "$routes" | sort)
[ -n "$scopes" ]
[ -n "$rights" ]
[ -n "$staff_rights" ]
[ -n "$calls" ]

demo=$(awk '/^static const char \*const scopes/ { inside = 1 }
    inside { print }
    inside && /;$/ { exit }' fcgi_app/app/demo.c | tr -s '" ;' '\n')
for scope in $scopes; do
    case $scope in
        public) continue ;; # what keys for browsers open
    esac
    echo "$demo" | grep -qx "$scope" ||
        said "scope $scope: the demo's API key (app/demo.c) does not have it"
    grep -q "^| \`$scope\`" docs/API.md ||
        said "scope $scope: docs/API.md does not explain it"
done
for right in $staff_rights; do
    grep -q "^STAFF_PERMISSION($right," fcgi_app/tables/staff_permissions.def ||
        said "right $right: staff_permissions.def does not have it"
done
for right in $rights; do
    grep -q "^PERMISSION($right," fcgi_app/tables/permissions.def ||
        said "right $right: permissions.def does not have it"
done

# Both ways: "| `GET /customers/{number}` |" begins a row of docs/API.md.
documented=$(sed -n 's/^| `\([A-Z]* \/[^`]*\)` .*/\1/p' docs/API.md | sort)
if [ "$documented" != "$calls" ]; then
    said "the calls of tables/routes.def (<) and docs/API.md (>) differ:"
    echo "$calls" >"$routes"
    echo "$documented" | diff "$routes" - | grep '^[<>]' || :
fi
exit $status
