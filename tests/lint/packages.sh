#!/bin/sh
# Whatever headers the sources include and programs the scripts call come from a
# Debian package that the Makefile lists. Prevents "works on my machine": a
# build on a fresh Debian 12 that stops at a missing header, or a test that
# fails for want of a program.
set -eu
status=0
said() { echo "$*"; status=1; }

# header or its folder, and its package; nginx-dev has the nginx sources
headers='
cairo.h       libcairo2-dev
cairo-pdf.h   libcairo2-dev
cmocka.h      libcmocka-dev
confuse.h     libconfuse-dev
curl          libcurl4-openssl-dev
fcgiapp.h     libfcgi-dev
jansson.h     libjansson-dev
libmemcached  libmemcached-dev
libpq-fe.h    libpq-dev
nginx.h       nginx-dev
ngx_config.h  nginx-dev
ngx_core.h    nginx-dev
ngx_http.h    nginx-dev
openssl       libssl-dev
pango         libpango1.0-dev
png.h         libpng-dev
qrencode.h    libqrencode-dev
sodium.h      libsodium-dev
sqlite3.h     libsqlite3-dev
turbojpeg.h   libturbojpeg0-dev
unicode       libicu-dev
zlib.h        zlib1g-dev
'

# program and its package, as far as it is in no essential one
programs='
awk           gawk
buildah       podman
cc            gcc
clang         clang
clang-format  clang-format
cppcheck      cppcheck
ctags         universal-ctags
curl          curl
debootstrap   debootstrap
docker        podman
gcc           gcc
gcov          gcc
llvm-cov      clang
make          make
memcached     memcached
msgcat        gettext
msgfmt        gettext
msgmerge      gettext
msguniq       gettext
nginx         nginx
node          nodejs
npm           npm
npx           npm
pdftotext     poppler-utils
pgrep         procps
pkill         procps
podman        podman
ps            procps
runc          runc
shellcheck    shellcheck
sqlite3       sqlite3
wrk           wrk
xgettext      gettext
zbarimg       zbar-tools
'

# what a Debian without any of our packages has: coreutils, dash, bash, …
essential='apt-get basename bash cat chmod chown comm cp cut date dd df diff dirname
dpkg-query du env expr false find fold getconf grep gunzip gzip head hostname id
install ip join ldd ln ls mkdir mkfifo mktemp mv nice nl nohup nproc od paste
readlink realpath rm rmdir sed seq sh sha256sum sleep sort split stat sync tac
tail tar tee test timeout touch tr true truncate tty uname uniq unshare wc xargs
yes pforte'

listed=$(awk '/^[A-Z]+_PACKAGES *=/ { inside = 1 }
    inside { print }
    inside && !/\\$/ { inside = 0 }' Makefile |
    sed 's/^.*=//; s/\\$//' | tr -s ' \t' '\n' | grep . | sort -u)
[ -n "$listed" ]

package_of() { echo "$1" | awk -v name="$2" '$1 == name { print $2 }'; }
is_listed() { echo "$listed" | grep -qx -- "$1"; }

# ---- headers

libc=' ctype errno limits setjmp signal stdarg stdbool stddef stdint stdio
 stdlib string strings time math locale assert inttypes dirent fcntl netdb
 poll pthread unistd sys arpa netinet linux dlfcn '
used=$(find fcgi_app ngx_module tests -name '*.[ch]' -exec \
    sed -n 's|^ *# *include *<\([a-z0-9_-]*\)\([./].*\)>.*|\1\2|p' {} + |
    sed 's|/.*||' | sort -u)
[ -n "$used" ]
for header in $used; do
    case $libc in *[[:space:]]"${header%.h}"[[:space:]]*) continue ;; esac
    package=$(package_of "$headers" "$header")
    if [ -z "$package" ]; then
        said "<$header>: tests/lint/packages.sh does not know its package"
    elif ! is_listed "$package"; then
        said "<$header>: the Makefile does not list $package"
    fi
done

# ---- programs: the words where a command may stand

words() {
    awk '
    BEGIN { RS = "\001" }
    {
        text = $0 "\n"
        gsub(/\\\n/, " ", text)
        depth = 0
        command = 1
        while (text != "") {
            c = substr(text, 1, 1)
            if (match(text, /^<<-?["\047]?[A-Z]+["\047]?[^\n]*\n/)) {
                mark = substr(text, 1, RLENGTH)
                text = substr(text, RLENGTH + 1)
                gsub(/^<<-?["\047]?|["\047]?[^A-Z"\047].*$|["\047]/, "", mark)
                at = index("\n" text, "\n" mark "\n")
                text = at ? substr(text, at + length(mark)) : ""
                command = 1
            } else if (c == "\047" && !quoted[depth]) {
                match(substr(text, 2), /\047/)
                text = substr(text, RSTART + 2)
                command = 0
            } else if (c == "\\") {
                text = substr(text, 3)
                command = 0
            } else if (c == "\"") {
                quoted[depth] = !quoted[depth]
                text = substr(text, 2)
                command = 0
            } else if (match(text, /^\$?\(\(/)) {
                match(text, /\)\)/)
                text = substr(text, RSTART + 2)
                command = 0
            } else if (substr(text, 1, 2) == "$(") {
                quoted[++depth] = 0
                text = substr(text, 3)
                command = 1
            } else if (match(text, /^\$[{][^}]*[}]/)) {
                text = substr(text, RLENGTH + 1)
                command = 0
            } else if (c == ")" && !quoted[depth] && depth) {
                depth--
                text = substr(text, 2)
                command = 0
            } else if (quoted[depth]) {
                text = substr(text, 2)
            } else if (c == "#" && space) {
                sub(/^[^\n]*/, "", text)
            } else if (c ~ /[\n;|&(){!]/) {
                text = substr(text, 2)
                command = 1
            } else if (c ~ /[ \t]/) {
                text = substr(text, 2)
                space = 1
                continue
            } else if (match(text, /^[^ \t\n;|&(){}"\047$\\]+/)) {
                word = substr(text, 1, RLENGTH)
                text = substr(text, RLENGTH + 1)
                if (!command || word ~ /=/) {
                    if (text ~ /^\(/) { # an array
                        text = substr(text, 2)
                        command = 0
                    }
                } else if (word ~ /^(if|then|else|elif|do|while|until|exec)$/) {
                    # a command follows
                } else if (text ~ /^\)/ || text ~ /^ *\|[^|]*\) / ||
                           word ~ /^(case|for)$/) {
                    command = 0
                } else {
                    if (text ~ /^\(\)/) {
                        own[word] = 1
                        sub(/^\(\)/, "", text)
                    } else if (word ~ /^[a-z][a-z0-9_-]*$/) {
                        found[word] = 1
                    }
                    command = 0
                }
            } else {
                text = substr(text, 2)
                command = 0
            }
            space = c ~ /[ \t\n;|&(]/
        }
    }
    END { for (word in found) if (!(word in own)) print word }' "$1"
}

builtin=' alias bg break cd command continue declare echo esac eval exit export
 fi fg getopts hash in jobs kill local mapfile done printf pwd read readonly
 return set shift shopt source test times trap type typeset ulimit umask unset
 wait '
for script in $(find .ci conf fcgi_app ngx_module tests -name '*.sh') .ci/run; do
    for word in $(words "$script"); do
        case $builtin in *[[:space:]]"$word"[[:space:]]*) continue ;; esac
        case " $essential " in *[[:space:]]"$word"[[:space:]]*) continue ;; esac
        package=$(package_of "$programs" "$word")
        if [ -z "$package" ]; then
            said "$script calls $word: tests/lint/packages.sh does not know it"
        elif ! is_listed "$package"; then
            said "$script calls $word: the Makefile does not list $package"
        fi
    done
done
exit $status
