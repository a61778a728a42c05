#!/bin/sh
# Only base/clock.c asks the machine what time it is; SQL gets it passed. Prevents
# what no test can move: a deadline that follows another clock than the rest.
set -eu
files=$(find fcgi_app ngx_module -name '*.[ch]' ! -path fcgi_app/base/clock.c)
[ -n "$files" ]
[ -f fcgi_app/base/clock.c ]
status=0
# shellcheck disable=SC2086 # file names of ours have no blanks
if grep -nE '\<(time|clock_gettime|gettimeofday|timespec_get|ftime) *\(' $files; then
    echo "ask base/clock.h (the module: ngx_time())"
    status=1
fi
# shellcheck disable=SC2086
if grep -nE 'CURRENT_(TIME|DATE)|LOCALTIME|\<(now|datetime|unixepoch) *\(' \
    fcgi_app/*/*_store.c fcgi_app/migrations/*.sql; then
    echo "pass the time to SQL as a parameter"
    status=1
fi
exit $status
