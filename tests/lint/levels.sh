#!/bin/sh
# Who may include whom, as docs/ARCHITECTURE.md says. Prevents the slow slide
# after which everything needs everything: SQL that knows of pages, tokens that
# need nginx to be tested, a library that nobody can replace any more.
set -eu
files=$(find fcgi_app ngx_module -name '*.[ch]' | sort)
[ -n "$files" ]

# shellcheck disable=SC2086 # file names of ours have no blanks
awk '
BEGIN {
    # The declared order: a domain includes those before it.
    split("page audit job tenant mail callback customer user staff session" \
        " account catalog contract custom provider payer order declaration billing export office", order)
    for (i in order) {
        place[order[i]] = i
    }

    # Third-party headers and the folder or file that may include them.
    only["sqlite3.h"] = only["libpq-fe.h"] = "fcgi_app/db/"
    only["curl"] = only["libmemcached"] = "fcgi_app/net/"
    only["fcgiapp.h"] = only["fcgi_stdio.h"] = "fcgi_app/http/"
    only["cairo-pdf.h"] = only["cairo.h"] = only["pango"] = "fcgi_app/view/"
    only["png.h"] = only["turbojpeg.h"] = only["qrencode.h"] = \
        "fcgi_app/view/"
    only["zlib.h"] = "fcgi_app/export/"
    only["unicode"] = "fcgi_app/base/text.c"
    only["confuse.h"] = "fcgi_app/base/config.c"
    only["nginx.h"] = only["ngx_config.h"] = only["ngx_core.h"] = \
        only["ngx_http.h"] = \
        "ngx_module/ngx_http_pforte_"
    only["openssl"] = "ngx_module/pf_"
    # cryptography and the model type, wherever they are needed
    only["sodium.h"] = only["jansson.h"] = ""

    # The C and POSIX headers in use.
    n = split("ctype errno limits setjmp signal stdarg stdbool stddef stdint" \
        " stdio stdlib string strings time math locale assert inttypes" \
        " dirent fcntl netdb poll pthread unistd arpa netinet sys", libc)
    for (i = 1; i <= n; i++) {
        only[libc[i] (libc[i] ~ /^(arpa|netinet|sys)$/ ? "" : ".h")] = ""
    }
}

function told(why) {
    print FILENAME ":" FNR ": includes " name ": " why
    bad = 1
}

# What a file of the application is.
function classify(file,    part, base) {
    split(file, part, "/")
    folder = part[3] == "" ? "app" : part[2] # main.c belongs to app
    base = part[3]
    faces_web = base ~ /_(portal|office|api|jobs|web|view|document)\.[ch]$/
}

function third_party(    key) {
    key = name
    sub(/\/.*/, "", key)
    if (!(key in only)) {
        told("a library that tests/lint/levels.sh does not know")
    } else if (index(FILENAME, only[key]) != 1) {
        told("belongs into " only[key])
    }
}

function application(    part, to, file) {
    if (name !~ /\//) {
        if (name !~ /^pf_[a-z0-9_]+\.h$/) {
            told("is neither pf_* nor named with its folder")
        }
        return
    }
    split(name, part, "/")
    to = part[1]
    file = part[2]
    if (file ~ /_store\.h$/ && to != folder) {
        told("is private to its folder")
    }
    if (to == "tables" || to == folder || folder == "app" || to == "base") {
        return
    }
    if (folder ~ /^(base|db|net|http|view)$/) {
        told("is above " folder " or beside it")
    } else if (to == "db" || to == "net") {
        return
    } else if (to == "http" || to == "view") {
        if (!faces_web) {
            told("rules and stores know nothing of pages")
        }
    } else if (!(folder in place)) {
        told(folder " has no place in the order of domains")
    } else if (!(to in place) || place[to] + 0 > place[folder] + 0) {
        told("comes after " folder " in the order of domains")
    } else if (file != to ".h" && !faces_web) {
        told("rules and stores use " to "/" to ".h alone")
    }
}

FNR == 1 { classify(FILENAME) }

/^[ \t]*#[ \t]*include/ {
    seen++
    if (match($0, /<[^>]*>/)) {
        name = substr($0, RSTART + 1, RLENGTH - 2)
        third_party()
    } else if (match($0, /"[^"]*"/)) {
        name = substr($0, RSTART + 1, RLENGTH - 2)
        if (FILENAME !~ /^ngx_module\//) {
            application()
        } else if (name !~ /^pf_[a-z0-9_]+\.h$/ &&
                   (name !~ /^ngx_http_pforte_/ ||
                    FILENAME ~ /\/pf_[^\/]*$/)) {
            told("the module needs nothing of the application, " \
                 "and pf_* nothing of nginx")
        }
    }
}

END {
    if (!seen) {
        print "found no #include at all"
        bad = 1
    }
    exit bad
}' $files
