/* JSON bodies and forms through a record with a field of every type. */
#include <stdint.h>
#include <stdlib.h>

#include "base/field.h"
#include "base/json.h"

static const struct field record[] = {
    {"t", FIELD_TEXT, FIELD_IN | FIELD_OUT | FIELD_REQUIRED, 1, 20, NULL, NULL,
     "T", NULL},
    {"s", FIELD_SECRET, FIELD_IN, 2, 9, NULL, NULL, "S", NULL},
    {"e", FIELD_EMAIL, FIELD_IN | FIELD_OUT, 0, 0, NULL, NULL, "E", NULL},
    {"p", FIELD_PATH, FIELD_IN | FIELD_OUT, 0, 0, NULL, NULL, "P", NULL},
    {"l", FIELD_LANGUAGE, FIELD_IN | FIELD_OUT, 0, 0, NULL, NULL, "L", NULL},
    {"b", FIELD_BOOL, FIELD_IN | FIELD_OUT | FIELD_NULLABLE, 0, 0, NULL, NULL,
     "B", NULL},
    {"i", FIELD_INTEGER, FIELD_IN | FIELD_OUT, -5, 500, NULL, NULL, "I", NULL},
    {"d", FIELD_DATE, FIELD_IN | FIELD_OUT, 0, 0, NULL, NULL, "D", NULL},
    {"m", FIELD_TIME, FIELD_IN | FIELD_OUT | FIELD_NULLABLE, 0, 0, NULL, NULL,
     "M", NULL},
    {"c", FIELD_ENUM, FIELD_IN | FIELD_OUT, 0, 0, "one|two", NULL, "C", NULL},
    {"a", FIELD_MONEY, FIELD_IN | FIELD_OUT | FIELD_NULLABLE, 0, 0, NULL, NULL,
     "A", NULL},
    {"w", FIELD_WORDS, FIELD_IN | FIELD_OUT, 0, 3, NULL, NULL, "W", NULL},
    FIELD_END,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a = arena_new();
    json_t *source = json_loadb((const char *)data, size,
                                JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, NULL);

    static const enum field_source sources[] = {FIELD_FORM, FIELD_QUERY,
                                                FIELD_JSON};

    for (size_t i = 0; source != NULL && i < 3; i++) {
        struct field_errors errors = {0}, again = {0};
        json_t *typed = field_parse(a, record, source, sources[i], &errors);
        field_output(a, record, typed);
        field_output(a, record, source);
        if (field_controls(a, record, source, &errors, NULL, "en") == NULL) {
            abort();
        }
        /* What was accepted is accepted again, but for times: inside they are
         * numbers. */
        json_object_del(typed, "m");
        field_parse(a, record, typed, FIELD_JSON, &again);
        if (errors.n == 0 && again.n != 0) {
            abort();
        }
    }
    json_decref(source);
    arena_free(a);
    return 0;
}
