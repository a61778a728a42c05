#!/bin/sh
# tables/events.def, the shipped templates and the code name the same mails and
# the same placeholders, and API.md explains them. Prevents a mail with a hole in
# it, and a template that nothing sends.
set -eu
def=fcgi_app/tables/events.def
[ -s $def ]
status=0
said() { echo "$*"; status=1; }

# "EVENT name" and "PLACE event name key", one a line
rows=$(printf '%s\n' '#define EVENT(event, label) EVENT event ;' \
    '#define PLACE(event, name, kind, key, example, label) PLACE event name key ;' \
    '#include "fcgi_app/tables/events.def"' |
    ${CC:-cc} -E -P -I. -x c - | tr ';' '\n' | tr -d '"' |
    awk '$1 == "EVENT" || $1 == "PLACE" { $1 = $1; print }')
events=$(echo "$rows" | awk '$1 == "EVENT" { print $2 }' | sort)
[ -n "$events" ]

for event in $events; do
    keys=$(echo "$rows" | awk -v event="$event" '$1 == "PLACE" &&
        ($2 == event || $2 == "every") { print $4 }' | sort -u)
    for kind in txt html; do
        file=fcgi_app/templates/mail_$event.$kind
        [ -s "$file" ] || { said "$event has no $file"; continue; }
        used=$(grep -oE '[{][{][#^/]?[a-z_.]+[}][}]' "$file" | tr -d '{}#^/' |
            grep -vx -e _ -e '\.' | sort -u)
        for key in $used; do
            echo "$keys" | grep -qx "$key" ||
                said "$file: $key is no placeholder of $event"
        done
        own=$(echo "$rows" | awk -v event="$event" '$1 == "PLACE" &&
            $2 == event { print $4 }')
        for key in $own; do
            echo "$used" | grep -qx "$key" ||
                said "$file does not say $key"
        done
    done
    word=$(echo "$event" | tr _ ' ')
    grep -qF "N_(\"$word\")" fcgi_app/office/office_web.c ||
        said "office_words has no \"$word\""
    grep -rqF "\"$event\"" fcgi_app --include='*.c' ||
        said "nothing sends $event"
done
for file in fcgi_app/templates/mail_*; do
    name=${file##*/mail_}
    echo "$events" | grep -qx "${name%.*}" || said "$file: no such event"
done
for name in $(echo "$rows" | awk '$1 == "PLACE" { print $3 }' | sort -u); do
    grep -qF "\`{$name}\`" docs/API.md || said "docs/API.md: no {$name}"
done
exit $status
