#include "tenant/translation.h"

#include <string.h>

#include "base/json.h"
#include "tenant/tenant.h"

static const json_t *
of_language(const json_t *texts, const char *language)
{
    json_t *one;
    size_t i;

    json_array_foreach(texts, i, one)
    {
        const char *its = row_text(one, "language");

        if (its && strcmp(its, language) == 0) {
            return one;
        }
    }
    return NULL;
}

static const char *
words(const json_t *texts, const char *name, const char *language)
{
    const char *text = row_text(of_language(texts, language), name);

    return text && text[0] ? text : NULL;
}

const char *
translation_pick(const json_t *texts, const char *name, const char *language,
                 const char *otherwise, bool *fell_back)
{
    const char *text = words(texts, name, language);

    if (fell_back) {
        *fell_back = !text;
    }
    return text ? text : words(texts, name, otherwise);
}

static bool
seen_before(const json_t *texts, size_t at, const char *language)
{
    return of_language(texts, language) != json_array_get(texts, at);
}

void
translation_check(const struct tenant *tenant, struct arena *a,
                  const json_t *texts, const json_t *before, const char *field,
                  struct field_errors *errors)
{
    json_t *one;
    size_t i;

    json_array_foreach(texts, i, one)
    {
        const char *language = row_text(one, "language");
        const char *place = arena_printf(a, "%s/%zu/language", field, i);

        if (!language) {
            continue; /* which its row says already */
        }
        if (!tenant_speaks(tenant, language) &&
            !of_language(before, language)) {
            field_fail(errors, place, ERR_value_choice, 0);
        } else if (seen_before(texts, i, language)) {
            field_fail(errors, place, ERR_value_double, 0);
        }
    }
}
