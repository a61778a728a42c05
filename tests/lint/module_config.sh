#!/bin/sh
# The files that nginx's add-on file `config` names are those of ngx_module/.
# Prevents a module that builds here, by wildcard, and not in somebody else's
# nginx tree; and a header whose change rebuilds nothing.
set -eu
[ -s config ]
# shellcheck disable=SC2016 # $pforte_dir stands in the file like that
named=$(grep -o '\$pforte_dir/[a-z0-9_]*\.[ch]' config | sed 's|.*/||' | sort)
present=$(find ngx_module -name '*.[ch]' | sed 's|.*/||' | sort)
[ -n "$named" ]
[ -n "$present" ]
[ "$named" != "$present" ] || exit 0

echo "config and ngx_module/ differ (a file named twice counts, too):"
for file in $named $present; do
    n=$(echo "$named" | grep -cx "$file" || :)
    m=$(echo "$present" | grep -cx "$file" || :)
    [ "$n" = "$m" ] || echo "  $file: $n times in config, $m in ngx_module/"
done | sort -u
exit 1
