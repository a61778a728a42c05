/* Mails that merchants write: what is found right is filled, and no value is
 * taken for a placeholder or for HTML. The first byte chooses mail and part, a
 * NUL ends the text and begins the value of all places. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "mail/mail_places.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Values bring no tag into HTML, and nothing stands in for what is no place. */
static void
check(struct arena *a, const char *event, enum mail_part part, const char *text,
      const char *value)
{
    json_t *values = json_in_arena(a, json_object());
    char *out;

    for (size_t i = 0; i < mail_n_places; i++) {
        if (mail_place_in(&mail_places[i], event) &&
            mail_places[i].kind != MAIL_LINKS) {
            json_object_set_new(values, mail_places[i].key, json_string(value));
        }
    }
    out = mail_places_fill(a, event, part, text, values);
    if (part == MAIL_IN_HTML && !strchr(text, '<') && strchr(out, '<')) {
        abort();
    }
    if (!strpbrk(text, "{}") && strcmp(text, out) != 0) {
        abort();
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a = arena_new();

    if (size > 0 && size < 4000) {
        const char *event = mail_events[data[0] / 3 % mail_n_events].name;
        enum mail_part part = (enum mail_part)(data[0] % 3);
        const char *text = arena_strndup(a, (const char *)data + 1, size - 1);
        size_t len = strlen(text) + 2;
        const char *value =
            len < size ? arena_strndup(a, (const char *)data + len, size - len)
                       : "<{{}}{CustomerName}";
        struct mail_fault fault = {0};

        if (mail_places_ok(a, event, part, text, &fault)) {
            check(a, event, part, text, value);
        } else if (fault.code == ERR_NONE || fault.at < 1 || !fault.word) {
            abort();
        }
        mail_places_fill(a, event, part, text, mail_places_examples(a, event));
    }
    arena_free(a);
    return 0;
}
