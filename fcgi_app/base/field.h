/*
 * Fields: one row describes a value wherever it goes: out of a form or a JSON
 * body, back into a form with its error, into a JSON answer, out of a row of
 * the database (column name = field name), and into the OpenAPI document.
 *
 * A record is an array of rows ended by FIELD_END.
 */
#ifndef BASE_FIELD_H
#define BASE_FIELD_H

#include <jansson.h>
#include <stdbool.h>

#include "base/arena.h"
#include "base/err.h"

enum field_type {
    FIELD_NONE,
    FIELD_TEXT,   /* one line, trimmed; see text_hidden() */
    FIELD_LINES,  /* several, trimmed, each ended by "\n" but the last */
    FIELD_NAME,   /* the same, to be named by: see field_name_ok() */
    FIELD_SECRET, /* as typed; never shown again */
    FIELD_EMAIL,
    FIELD_PATH,     /* return path, see pf_redirect.h; forms drop a bad one */
    FIELD_LANGUAGE, /* language tag */
    FIELD_BOOL,
    FIELD_INTEGER,
    FIELD_DATE,    /* "2026-11-24" */
    FIELD_TIME,    /* Unix seconds inside, RFC 3339 outside */
    FIELD_ENUM,    /* one of choices, separated by '|' */
    FIELD_OBJECT,  /* JSON text inside, an object outside; only answered */
    FIELD_MONEY,   /* row: <name> and currency; JSON: {"amount","currency"};
                      typed: see field_money() */
    FIELD_DECIMAL, /* scaled by 10^6 inside, as min and max are; "1.5" outside
                    */
    FIELD_PERCENT, /* basis points inside, as min and max are; "19" outside */
    FIELD_RECORD,  /* an object of the rows `fields` */
    FIELD_RECORDS, /* an array of them, at most max */
    FIELD_WORDS,   /* row: words with a space between; JSON: array of strings,
                      at most max */
    FIELD_FILE,    /* what a file holds, as text: its form is sent as
                      multipart/form-data. Never answered */
    FIELD_BYTES,   /* the same of a file that is no text: not in what was typed,
                      see multipart_file() */
};

enum field_flag {
    FIELD_IN = 1,       /* may be sent */
    FIELD_OUT = 2,      /* is answered */
    FIELD_REQUIRED = 4, /* must be sent and not empty */
    FIELD_NULLABLE = 8, /* is null when empty */
    FIELD_FILTER = 16,  /* a list can be narrowed by it */
    FIELD_SORT = 32,    /* and sorted */
    FIELD_ETAG = 64,    /* see FIELD_VERSION */
    FIELD_FILLED = 128, /* may be left out, not be sent empty: of a change */
    FIELD_CSV = 512,    /* a column of a list's CSV, and not of its page */
    FIELD_EACH = 256,   /* of FIELD_RECORDS: what it has stays as it was sent,
                           and whoever takes it types each by itself, so that
                           one may be wrong where another is right */
};

struct field {
    const char *name; /* as in the API: snake_case */
    enum field_type type;
    int flags;
    long min, max;       /* code points, or bounds of an integer; 0: none */
    const char *choices; /* FIELD_ENUM */
    const char *said; /* FIELD_ENUM: "cancelled=void|…" where people read other
                         words than the choices; NULL: nowhere */
    const char *label; /* message id for forms, and the OpenAPI text; without
                          one a field is no control of a form */
    const char *autocomplete;   /* HTML autofill token (WHATWG), or NULL */
    const struct field *fields; /* of FIELD_RECORD and FIELD_RECORDS */
};

#define FIELD_END                                                              \
    {                                                                          \
        .name = 0                                                              \
    }

/* What people read for a choice of it, a message id: "credit note" for
 * "credit_note". */
const char *field_choice_word(struct arena *a, const struct field *f,
                              const char *choice);

/* The column that counts the states of a record; not shown, but its ETag. */
#define FIELD_VERSION                                                          \
    {                                                                          \
        .name = "version", .type = FIELD_INTEGER, .flags = FIELD_ETAG          \
    }

/* Whether the rows have that column. */
bool field_versioned(const struct field *fields);

/* What every list of the API may be asked, see http/list.h. */
/* clang-format off */
#define LIST_FIELDS \
    {.name = "limit", \
     .type = FIELD_INTEGER, \
     .flags = FIELD_IN, \
     .min = 1, \
     .max = 200, \
     .label = N_("How many at most")}, \
    {.name = "cursor", \
     .type = FIELD_TEXT, \
     .flags = FIELD_IN, \
     .max = 2048, \
     .label = N_("From where the list goes on")}
/* clang-format on */

/* Where values come from, which says how strictly they are taken. */
enum field_source {
    FIELD_FORM,  /* text; tolerant: unknown names are ignored */
    FIELD_QUERY, /* text, of a query string of the API: no unknown names */
    FIELD_JSON,  /* typed: types must match; no unknown names */
};

struct field_error {
    const char *name;
    enum err code;    /* value_missing, value_too_long, … */
    long limit;       /* what the code's text may mention */
    const char *word; /* {word} of the code's text; NULL: it has none */
};

struct field_errors {
    size_t n;
    struct field_error list[32];
};

/* The same for a code whose text quotes a word of what was sent. */
void field_fail_word(struct field_errors *errors, const char *name,
                     enum err code, long limit, const char *word);

void field_fail(struct field_errors *errors, const char *name, enum err code,
                long limit);

/*
 * Types `values`, an object of strings (form, query) or a JSON body, by the
 * rows with FIELD_IN, into a new object (owned by the arena). What is wrong
 * goes to errors, an unknown name as value_unknown; absent optional fields are
 * absent in the result. Of text, "on" is true. A value sent empty counts as not
 * sent, but is null where the row is FIELD_NULLABLE; of a query string, and
 * where it is FIELD_FILLED, it is an error: a filter that is empty would leave
 * out nothing, and a change would seem to be made.
 */
json_t *field_parse(struct arena *a, const struct field *fields,
                    const json_t *values, enum field_source source,
                    struct field_errors *errors);

/*
 * A typed FIELD_MONEY in minor units of a currency: true with *minor. False: it
 * names another currency, has more digits than that has, or does not fit. JSON
 * brings minor units, a form a decimal number.
 */
bool field_money(const json_t *typed, const char *currency, int64_t *minor);

/* The FIELD_OUT part of a record from the database, typed for JSON; what the
 * row lacks is null, and a FIELD_SECRET is never there. */
json_t *field_output(struct arena *a, const struct field *fields,
                     const json_t *row);

/* JSON Schema (OpenAPI 3.1) of the IN or OUT part. New reference. */
json_t *field_schema(const struct field *fields, enum field_flag side);

/*
 * Form controls: an array of {name,label,type,value,required} for templates,
 * with autocomplete, maxlength, error and hint (what is wrong, what to do),
 * is_choice and choices [{value,label,selected}], is_checkbox and checked, or
 * is_hidden where they apply; label, choices and errors are message ids that
 * the caller's translate() turns into text.
 */
json_t *field_controls(struct arena *a, const struct field *fields,
                       const json_t *values, const struct field_errors *errors,
                       const char *(*translate)(const char *lang,
                                                const char *id),
                       const char *lang);

/* The words of a typed FIELD_WORDS as a column has them. */
const char *field_words_join(struct arena *a, const json_t *list);

/*
 * A mail address as people have them (RFC 5321, 4.1.2 without quoted strings
 * and address literals): a dot-atom, '@', a host name of two labels or more.
 * ASCII only, so that it can stand in a header and an SMTP command as it is.
 */
bool field_email_ok(const char *s);

/* A name that fits into an address as one segment of its path, and into a
 * token: without '/', '?', '#', '\' and what text_hidden() finds, no dot
 * segment, and at most PF_NAME_MAX bytes. */
bool field_name_ok(const char *s);

#endif
