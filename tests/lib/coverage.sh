#!/bin/sh
# Lines that the unit tests reached, file by file, least covered first.
#   sh tests/lib/coverage.sh build/cover
set -u

build=${1:?usage: coverage.sh DIRECTORY}

find "$build/ngx_module" "$build/fcgi_app" -name '*.gcda' | while read -r data; do
	gcov -n "$data" 2>/dev/null
done | awk '
	/^File / { file = $2; gsub(/\x27/, "", file) }
	/^Lines executed:/ {
		if (file ~ /^(ngx_module|fcgi_app)\/.*\.c$/) {
			split($2, part, ":")
			share = part[2] + 0
			printf "%6.1f%% %6d  %s\n", share, $4, file | "sort -n"
			lines += $4
			reached += share * $4 / 100
		}
		file = ""
	}
	END {
		if (lines == 0) {
			print "no coverage data" >"/dev/stderr"
			exit 1
		}
		close("sort -n")
		printf "%6.1f%% %6d  all\n", 100 * reached / lines, lines
	}'
