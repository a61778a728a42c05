#!/bin/sh
# The map in conf/http.conf sends to the password workers exactly the routes
# that hash passwords. Prevents a sign-in that holds up everybody's pages, and
# an address that was renamed in one of the two places.
set -eu
[ -x "$BUILD/pforte" ]
# shellcheck disable=SC2016 # nginx's variable, not the shell's
present=$(awk '/^map .*\$pforte_pool/ { inside = 1; next }
    inside && /^}/ { inside = 0 }
    inside && $NF == "pforte_passwords;" {
        sub(/^ */, ""); sub(/ +pforte_passwords;$/, ""); print
    }' conf/http.conf | sort)
wanted=$("$BUILD/pforte" routes | awk '
    $4 == "passwords" {
        path = $2
        gsub(/\./, "\\.", path)
        named = gsub(/[{][a-z_]*[}]/, "[^/]+", path)
        if ($3 == "portal" || $3 == "person" || $3 == "office" || $3 == "proven" || $3 == "proof" || $3 == "public" || $3 == "handoff") {
            print "\"~^" $1 " (/[a-z][a-z0-9-]{1,30})?" path "$\""
        } else if (named) {
            print "\"~^" $1 " " path "$\""
        } else {
            print "\"" $1 " " $2 "\""
        }
    }' | sort)
[ -n "$wanted" ]
[ "$present" != "$wanted" ] || exit 0
echo "conf/http.conf sends to pforte_passwords:"
echo "$present"
echo "and the rows of tables/routes.def with pool PASSWORDS say:"
echo "$wanted"
exit 1
