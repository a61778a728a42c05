#!/bin/sh
# Writes the migrations given as arguments (NNNN_name.sql) as a C array, in the
# order of their numbers. Refuses gaps and doubles: two branches that both added
# a number would else depend on luck.
set -eu

for file in "$@"; do
    printf '%s %s\n' "$(basename "$file")" "$file"
done | sort | awk '
function fail(text) {
    print "migrations: " text > "/dev/stderr"
    failed = 1
    exit 1
}
BEGIN {
    print "/* Made by migrations/embed.sh. */"
    print "#include \"db/migrations.h\"\n"
    print "const struct db_migration db_migrations[] = {"
}
{
    base = $1
    file = substr($0, length($1) + 2)
    if (base !~ /^[0-9][0-9][0-9][0-9]_[a-z0-9_]+\.sql$/)
        fail(file ": not named NNNN_name.sql")
    number = substr(base, 1, 4) + 0
    if (number != ++expected)
        fail(file ": " expected " is the next number")
    name = substr(base, 6, length(base) - 9)
    printf "    {%d, \"%s\",\n", number, name
    lines = 0
    while ((status = (getline line < file)) > 0) {
        gsub(/\\/, "\\\\", line)
        gsub(/"/, "\\\"", line)
        gsub(/\?/, "\\?", line)
        gsub(/\t/, "\\t", line)
        printf "     \"%s\\n\"\n", line
        lines++
    }
    if (status < 0 || lines == 0)
        fail(file ": empty or not readable")
    close(file)
    print "    },"
}
END {
    if (failed)
        exit 1
    print "    {0, 0, 0},"
    print "};"
}'
