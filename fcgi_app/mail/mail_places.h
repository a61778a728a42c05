/*
 * Placeholders of mails (tables/events.def): {CustomerName} in a template, the
 * value in the mail. "{{" and "}}" are braces.
 */
#ifndef MAIL_MAIL_PLACES_H
#define MAIL_MAIL_PLACES_H

#include <jansson.h>
#include <stdbool.h>

#include "base/arena.h"
#include "base/err.h"

enum mail_kind { MAIL_TEXT, MAIL_LINES, MAIL_URL, MAIL_SECRET, MAIL_LINKS };

struct mail_event {
    const char *name, *label;
};

struct mail_place {
    const char *event; /* "every": all of them have it */
    const char *name;
    enum mail_kind kind;
    const char *key; /* in the values; the platform's templates name it so */
    const char *example, *label;
};

extern const struct mail_event mail_events[];
extern const size_t mail_n_events;
extern const struct mail_place mail_places[];
extern const size_t mail_n_places;

/* NULL: there is no such mail. */
const struct mail_event *mail_event_named(const char *name);

bool mail_place_in(const struct mail_place *place, const char *event);

enum mail_part { MAIL_IN_SUBJECT, MAIL_IN_TEXT, MAIL_IN_HTML };

/* The first thing that is wrong with a text of a merchant. */
struct mail_fault {
    enum err code;    /* value_placeholder, value_brace, value_secret_place */
    long at;          /* character, from 1 */
    const char *word; /* "{Nmae}" */
};

/* False with the fault. */
bool mail_places_ok(struct arena *a, const char *event, enum mail_part part,
                    const char *text, struct mail_fault *fault);

/*
 * The text with its values: object key -> string, or array of strings for
 * LINES and LINKS. Values are escaped in HTML, and nothing in them is a
 * placeholder again. A "?" behind an address that has a query already becomes
 * "&".
 */
char *mail_places_fill(struct arena *a, const char *event, enum mail_part part,
                       const char *text, const json_t *values);

/* key -> "{Name}": what turns the platform's template into one that a merchant
 * could have written. */
json_t *mail_places_names(struct arena *a, const char *event);

/* key -> example. */
json_t *mail_places_examples(struct arena *a, const char *event);

#endif
