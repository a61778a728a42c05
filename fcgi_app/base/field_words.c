/* Lists of words: text with one space between them inside, an array outside. */
#include <string.h>

#include "base/field_kinds.h"
#include "base/text.h"

enum { WORDS_MAX = 64, WORD_MAX = 100 };

static bool
word_ok(const char *s, size_t len)
{
    return len > 0 && len <= WORD_MAX && strlen(s) == len &&
           strpbrk(s, " \t") == NULL && text_hidden(s) == 0;
}

enum err
field_words_parse(const json_t *list, long max, json_t **out)
{
    size_t most = max > 0 ? (size_t)max : WORDS_MAX, i;
    json_t *word;

    if (json_array_size(list) > most) {
        return ERR_value_too_many;
    }
    *out = json_array();
    json_array_foreach(list, i, word)
    {
        if (!json_is_string(word)) {
            json_decref(*out);
            return ERR_value_type;
        }
        if (!word_ok(json_string_value(word), json_string_length(word))) {
            json_decref(*out);
            return ERR_value_characters;
        }
        json_array_append(*out, word);
    }
    return ERR_NONE;
}

json_t *
field_words_split(const char *text)
{
    json_t *list = json_array();
    size_t len;

    for (; text += strspn(text, " \t\r\n"), *text; text += len) {
        len = strcspn(text, " \t\r\n");
        json_array_append_new(list, json_stringn(text, len));
    }
    return list;
}

const char *
field_words_join(struct arena *a, const json_t *list)
{
    const char *out = "";
    json_t *word;
    size_t i;

    json_array_foreach(list, i, word)
    {
        out = arena_printf(a, "%s%s%s", out, i > 0 ? " " : "",
                           json_string_value(word));
    }
    return out;
}
