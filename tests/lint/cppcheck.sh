#!/bin/sh
# cppcheck has nothing to say. Prevents what compilers accept and machines
# regret: leaks on error paths, out-of-bounds indices, portability traps.
set -eu
files=$(find fcgi_app ngx_module tests/lib -name '*.c' ! -name 'ngx_http_*')
[ -n "$files" ]

# Why something is suppressed:
#   varFuncNullUB  NULL is a pointer in every libc we build on (glibc, musl)
# Checked without the headers of libraries: their macros are not our business.
# shellcheck disable=SC2086 # file names of ours have no blanks
cppcheck --quiet --std=c11 --enable=warning,portability --inline-suppr \
    --error-exitcode=1 -j"$(nproc)" -Ifcgi_app -Ingx_module \
    --suppress=varFuncNullUB $files
