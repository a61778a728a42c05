#!/bin/sh
# Prints the messages of the application as a .pot on standard output (`make pot`):
#   - sections {{#_}}…{{/_}} of templates/*.html and *.txt: the source between the tags,
#     white space folded to single spaces and trimmed
#   - N_("…") in C sources
#   - what people read of the rows of tables/*.def: titles and details of
#     errors, labels of permissions, areas, roles, lists, settings, mails and
#     placeholders
#
# English is the language of the ids; there is no en.po, an id stands for itself.
# To bring a catalogue up to date:
#   make pot >messages.pot
#   msgmerge --update --no-fuzzy-matching --no-wrap fcgi_app/po/de.po messages.pot
#   msgattrib --no-obsolete --no-wrap -o fcgi_app/po/de.po fcgi_app/po/de.po
# tests/lint/catalogues.sh says what is still to translate.
set -eu
cd "$(dirname "$0")/.."
export LC_ALL=C
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

header() {
    cat <<'EOF'
msgid ""
msgstr ""
"Language: \n"
"MIME-Version: 1.0\n"
"Content-Type: text/plain; charset=UTF-8\n"
"Content-Transfer-Encoding: 8bit\n"

EOF
}

from_templates() {
    for file in templates/*.html templates/*.txt; do
        awk -v file="$file" '
            { text = text $0 "\n" }
            END {
                # what stands in comments is no message
                while (at = index(text, "{{!")) {
                    rest = substr(text, at)
                    text = substr(text, 1, at - 1) \
                        substr(rest, index(rest, "}}") + 2)
                }
                while (match(text, /[{][{]#[ \t]*_[ \t]*[}][}]/)) {
                    text = substr(text, RSTART + RLENGTH)
                    if (!match(text, /[{][{]\/[ \t]*_[ \t]*[}][}]/)) {
                        print file ": message section without an end" \
                            >"/dev/stderr"
                        exit 1
                    }
                    id = substr(text, 1, RSTART - 1)
                    text = substr(text, RSTART + RLENGTH)
                    gsub(/[ \t\r\n]+/, " ", id)
                    sub(/^ /, "", id)
                    sub(/ $/, "", id)
                    gsub(/[\\"]/, "\\\\&", id)
                    print "#: " file
                    print "msgid \"" id "\""
                    print "msgstr \"\"\n"
                }
            }' "$file"
    done
}

# from_c out keyword file… (one keyword a run: several arguments of one macro
# would be singular and plural)
from_c() {
    out=$1
    keyword=$2
    shift 2
    xgettext --language=C --from-code=UTF-8 --keyword --keyword="$keyword" \
        --force-po -o "$tmp/$out" "$@"
    # no message is a printf format, whatever per cent signs it has
    sed -i -e '/^#, .*c-format$/d' \
        -e 's/charset=CHARSET/charset=UTF-8/' "$tmp/$out"
}

header >"$tmp/header.po"
{ header; from_templates; } >"$tmp/templates"
msguniq -o "$tmp/templates.po" "$tmp/templates"
find . -name '*.[ch]' ! -path ./view/i18n.h | sed 's,^\./,,' | sort >"$tmp/sources"
# shellcheck disable=SC2046 # no source has a space in its name
from_c sources.po N_ $(cat "$tmp/sources")
from_c titles.po ERROR:3 tables/*.def
from_c details.po ERROR:4 tables/*.def
from_c permissions.po PERMISSION:4 tables/*.def
from_c permission_groups.po PERMISSION_GROUP:2 tables/*.def
from_c presets.po PRESET:2 tables/*.def
from_c features.po FEATURE:2 tables/*.def
from_c timeline.po DONE:2 tables/*.def
from_c areas.po AREA:3 tables/*.def
from_c sections.po SECTION:4 tables/*.def
from_c office_areas.po OFFICE_AREA:3 tables/*.def
from_c office_groups.po OFFICE_AREA:4 tables/*.def
from_c staff_permissions.po STAFF_PERMISSION:2 tables/*.def
from_c roles.po ROLE:2 tables/*.def
from_c lists.po LIST:2 tables/*.def
from_c lists_empty.po LIST:3 tables/*.def
from_c lists_then.po LIST:4 tables/*.def
from_c actions.po LIST:11 tables/*.def
from_c own_lists.po LIST_OWN:3 tables/*.def
from_c own_lists_empty.po LIST_OWN:4 tables/*.def
from_c own_lists_then.po LIST_OWN:5 tables/*.def
from_c foot_links.po FOOT_LINK:2 tables/*.def
from_c settings_groups.po SETTING:8 tables/*.def
from_c settings.po SETTING:10 tables/*.def
from_c settings_help.po SETTING:11 tables/*.def
from_c page_texts.po PAGE_TEXT:4 tables/*.def
from_c page_texts_labels.po PAGE_TEXT:5 tables/*.def
from_c page_texts_help.po PAGE_TEXT:6 tables/*.def
from_c events.po EVENT:2 tables/*.def
from_c places.po PLACE:6 tables/*.def

msgcat --use-first --sort-by-file --add-location=file --no-wrap \
    "$tmp/header.po" "$tmp/templates.po" "$tmp/sources.po" "$tmp/titles.po" \
    "$tmp/details.po" "$tmp/permissions.po" "$tmp/areas.po" "$tmp/sections.po" "$tmp/timeline.po" \
    "$tmp/foot_links.po" \
    "$tmp/permission_groups.po" "$tmp/presets.po" "$tmp/features.po" \
    "$tmp/office_areas.po" "$tmp/office_groups.po" \
    "$tmp/staff_permissions.po" "$tmp/roles.po" "$tmp/lists.po" \
    "$tmp/lists_empty.po" "$tmp/lists_then.po" "$tmp/own_lists.po" \
    "$tmp/own_lists_empty.po" "$tmp/own_lists_then.po" \
    "$tmp/actions.po" "$tmp/settings.po" "$tmp/settings_help.po" \
    "$tmp/settings_groups.po" "$tmp/page_texts.po" \
    "$tmp/page_texts_labels.po" "$tmp/page_texts_help.po" "$tmp/events.po" \
    "$tmp/places.po"
