#include "base/model.h"

#include <string.h>

#include "base/text.h"

enum { MEMBER_MAX = 64 };

/* Names of members are short, and made a hundred times for a page. */
static const char *
joined(char out[MEMBER_MAX], const char *first, const char *second)
{
    size_t n = strnlen(first, MEMBER_MAX - 1);
    size_t more = strnlen(second, MEMBER_MAX - 1 - n);

    memcpy(out, first, n);
    memcpy(out + n, second, more);
    out[n + more] = '\0';
    return out;
}

void
model_text(json_t *model, const char *name, const char *text)
{
    json_object_set_new(model, name, text ? json_string(text) : json_null());
}

void
model_flag(json_t *model, const char *prefix, const char *value)
{
    char name[MEMBER_MAX];

    json_object_set_new(model, joined(name, prefix, value), json_true());
}

void
model_list(json_t *model, const char *name, json_t *list)
{
    char has[MEMBER_MAX];

    json_object_set_new(model, joined(has, "has_", name),
                        json_boolean(json_array_size(list) > 0));
    json_object_set_new(model, name, list);
}

void
model_date(json_t *model, struct arena *a, const char *lang, const char *name,
           const char *date)
{
    char text_name[MEMBER_MAX];
    const char *shown = date && date[0] ? date : NULL;

    model_text(model, name, shown);
    model_text(model, joined(text_name, name, "_text"),
               shown ? text_date(a, lang, shown, false) : NULL);
}

json_t *
model_lines(const char *text)
{
    json_t *lines = json_array();
    size_t n;

    for (; *text; text += n + (text[n] == '\n')) {
        n = strcspn(text, "\n");
        json_array_append_new(lines, json_stringn(text, n));
    }
    return lines;
}
