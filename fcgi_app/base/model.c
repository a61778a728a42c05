#include "base/model.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

void
model_text(json_t *model, const char *name, const char *text)
{
    json_object_set_new(model, name, text ? json_string(text) : json_null());
}

void
model_flag(json_t *model, const char *prefix, const char *value)
{
    char name[64];

    snprintf(name, sizeof name, "%s%s", prefix, value);
    json_object_set_new(model, name, json_true());
}

void
model_list(json_t *model, const char *name, json_t *list)
{
    char has[64];

    snprintf(has, sizeof has, "has_%s", name);
    json_object_set_new(model, has, json_boolean(json_array_size(list) > 0));
    json_object_set_new(model, name, list);
}

void
model_date(json_t *model, struct arena *a, const char *lang, const char *name,
           const char *date)
{
    char text_name[64];
    const char *shown = date && date[0] ? date : NULL;

    snprintf(text_name, sizeof text_name, "%s_text", name);
    model_text(model, name, shown);
    model_text(model, text_name,
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
