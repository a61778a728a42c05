/* Little helpers for the models of pages. */
#ifndef BASE_MODEL_H
#define BASE_MODEL_H

#include <jansson.h>

/* Sets name to text; NULL sets null, so that a template does not find the name
 * further out. */
void model_text(json_t *model, const char *name, const char *text);

/* Sets <prefix><value> to true: "is_" and "paid" give is_paid. */
void model_flag(json_t *model, const char *prefix, const char *value);

/* Sets name to the list (stolen) and has_<name> to whether it has any. */
void model_list(json_t *model, const char *name, json_t *list);

/* Sets name to a date and <name>_text to how people write it; null for NULL or
 * an empty date. */
struct arena;
void model_date(json_t *model, struct arena *a, const char *lang,
                const char *name, const char *date);

/* "a\nb" -> ["a", "b"]. New reference. */
json_t *model_lines(const char *text);

#endif
