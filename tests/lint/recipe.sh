#!/bin/sh
# README's recipe for a page works as it stands there: its four pieces, put where
# it says, build and make a route. Prevents a first hour lost by a newcomer.
set -eu
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

# piece LANGUAGE N: the N-th block of that language in the recipe
piece() {
    awk -v fence="^   \`\`\`$1$" -v n="$2" '
        /^## / { inside = /How to add a page/ }
        inside && $0 ~ fence { open = ++seen == n; next }
        /^   ```$/ { open = 0 }
        open { sub(/^   /, ""); print }' README.md
}

cp -Rp fcgi_app ngx_module conf Makefile config "$tmp"
mkdir "$tmp/build"
cp -Rp "$BUILD/fcgi_app" "$BUILD/ngx_module" "$BUILD/gen" "$BUILD/flags.mk" \
    "$tmp/build"
for part in 'c 1 tables/routes.def' 'c 2 contract/contract_portal.c' \
    'html 1 templates/renewals.html' 'po 1 po/de.po' 'po 1 po/fr.po'; do
    # shellcheck disable=SC2086 # three words
    set -- $part
    piece "$1" "$2" >"$tmp/piece"
    [ -s "$tmp/piece" ]
    { echo; cat "$tmp/piece"; } >>"$tmp/fcgi_app/$3"
done
cd "$tmp"
make --no-print-directory app share >"$tmp/log" 2>&1 || { tail -n 20 "$tmp/log"; exit 1; }
build/pforte routes | grep -q '/renewals' || { echo 'no route /renewals'; exit 1; }
mkdir -p tests/lint
cp "$OLDPWD/tests/lint/catalogues.sh" tests/lint
sh tests/lint/catalogues.sh
