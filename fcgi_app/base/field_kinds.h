/* What the files of field.h know of its types among themselves, and who keeps a
 * number with a point as text. */
#ifndef BASE_FIELD_KINDS_H
#define BASE_FIELD_KINDS_H

#include "base/field.h"

/* What a form may send for yes and for no. */
#define FIELD_TRUE  "on|true|1|yes"
#define FIELD_FALSE "off|false|0|no"

/* Travels as text, and is text inside. */
bool field_is_text(enum field_type type);

/* Numbers with a point: a whole number inside, of 10^-field_scale(). */
bool field_is_scaled(enum field_type type);
int field_scale(enum field_type type);

/* "-12.5" with at most that many digits after the point, or comma where people
 * write it; false: it is not that, or beyond what fits. */
bool field_scaled_parse(const char *s, int digits, bool comma, int64_t *n);

/* s is one of choices, separated by '|'. */
bool field_choice_ok(const char *choices, const char *s);

/* Words that may stand in a list; *out is a new reference. */
enum err field_words_parse(const json_t *list, long max, json_t **out);

/* "a b" -> ["a","b"]; new reference. */
json_t *field_words_split(const char *text);

#endif
