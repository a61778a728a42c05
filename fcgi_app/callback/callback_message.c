#include "callback/callback_message.h"

#include <jansson.h>
#include <sodium.h>
#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "callback/callback.h"
#include "pf_time.h"

enum {
    SECONDS = 1,
    MINUTES = 60,
    HOURS = 3600,
    RUN_MAX = 20,  /* longer ones may be secrets */
    RUN_SHOWN = 6, /* of them */
};

static json_t *
standard(const struct callback_message *m, json_t *data)
{
    char time[21];

    pf_time_format(m->created, time);
    return json_pack("{s:s, s:s, s:s, s:I, s:o}", "type", m->type, "timestamp",
                     time, "object", m->object, "seq", (json_int_t)m->seq,
                     "data", data);
}

static json_t *
plenigo(const struct callback_message *m, json_t *data)
{
    const struct callback_row *row = callback_row_of(m->type);

    return json_pack("{s:s, s:s, s:s, s:I, s:o}", "entityType",
                     row ? row->entity : "", "callbackType",
                     row ? row->kind : "", "entityId", m->object,
                     "entityVersion", (json_int_t)m->seq, "entity", data);
}

const char *
callback_body(struct arena *a, const struct callback_message *m)
{
    json_t *data = json_loads(m->data, 0, NULL), *body;
    const char *text = NULL;

    if (data) {
        body = strcmp(m->envelope, "plenigo") == 0 ? plenigo(m, data)
                                                   : standard(m, data);
        text = json_text(a, body, JSON_COMPACT);
        json_decref(body);
    }
    return text;
}

const char *
callback_signature(struct arena *a, const char *secret, const char *id,
                   int64_t time, const char *body)
{
    unsigned char key[CALLBACK_SECRET_SIZE], mac[crypto_auth_hmacsha256_BYTES];
    crypto_auth_hmacsha256_state state;
    char text[64];
    const char *head = arena_printf(a, "%s.%lld.", id, (long long)time);
    size_t len = 0;

    if (strncmp(secret, "whsec_", 6) != 0 ||
        sodium_base642bin(key, sizeof key, secret + 6, strlen(secret + 6), NULL,
                          &len, NULL, sodium_base64_VARIANT_ORIGINAL) != 0) {
        return NULL;
    }
    crypto_auth_hmacsha256_init(&state, key, len);
    crypto_auth_hmacsha256_update(&state, (const unsigned char *)head,
                                  strlen(head));
    crypto_auth_hmacsha256_update(&state, (const unsigned char *)body,
                                  strlen(body));
    crypto_auth_hmacsha256_final(&state, mac);
    sodium_memzero(key, sizeof key);
    sodium_bin2base64(text, sizeof text, mac, sizeof mac,
                      sodium_base64_VARIANT_ORIGINAL);
    return arena_printf(a, "v1,%s", text);
}

int64_t
callback_pause(int64_t attempts)
{
    static const int pauses[] = {
        0,         5 * SECONDS, 5 * MINUTES, 30 * MINUTES, 2 * HOURS,
        5 * HOURS, 10 * HOURS,  14 * HOURS,  20 * HOURS,   24 * HOURS,
    };
    enum { TRIES = sizeof pauses / sizeof *pauses };

    return attempts >= TRIES ? -1 : pauses[attempts > 0 ? attempts : 0];
}

static bool
of_a_run(unsigned char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
           (c >= 'A' && c <= 'Z') || c == '_' || c == '-' || c == '+' ||
           c == '/' || c == '=' || c == '.';
}

const char *
callback_masked(struct arena *a, const char *answer, size_t len)
{
    struct buf out = buf_new(a, 256);
    size_t run;

    len = len < CALLBACK_ANSWER_KEPT ? len : CALLBACK_ANSWER_KEPT;
    for (size_t i = 0; i < len; i += run) {
        unsigned char c = (unsigned char)answer[i];

        run = 0;
        while (i + run < len && of_a_run((unsigned char)answer[i + run])) {
            run++;
        }
        if (run > RUN_MAX) {
            buf_add(&out, answer + i, RUN_SHOWN);
            buf_puts(&out, "***");
        } else if (run > 0) {
            buf_add(&out, answer + i, run);
        } else {
            run = 1;
            buf_putc(&out, c >= 0x20 && c < 0x7f ? (char)c : ' ');
        }
    }
    return out.data;
}
