/*
 * Claims, beside jansson: what is read here is read there, and says the same.
 * Not the other way: pf_claims.h lists where it is stricter.
 */
#include "pure.h"

#include "pf_claims.h"
#include "pf_json.h"
#include "pf_time.h"

struct sample {
    char text[40], word[20], words[20], aud[20], lax[20];
    int64_t natural, time, date;
};

enum { TEXT, WORD, WORDS, AUD, LAX, NATURAL, TIME, DATE, ANY, ROWS };

static const pf_claim_t rows[ROWS] = {
    [TEXT] = PF_CLAIM("text", TEXT, struct sample, text),
    [WORD] = PF_CLAIM("word", WORD, struct sample, word),
    [WORDS] = PF_CLAIM("words", WORDS, struct sample, words),
    [AUD] = PF_CLAIM("aud", AUDIENCE, struct sample, aud),
    [LAX] = PF_CLAIM_OR_EMPTY("lax", TEXT, struct sample, lax),
    [NATURAL] = PF_CLAIM("n", NATURAL, struct sample, natural),
    [TIME] = PF_CLAIM("time", TIME, struct sample, time),
    [DATE] = PF_CLAIM("date", DATE, struct sample, date),
    [ANY] = PF_CLAIM_SEEN("any"),
};

/* An absent member is an empty one. */
static void
same_text(const json_t *value, const char *is)
{
    must(!value || json_is_string(value));
    must(strcmp(value ? json_string_value(value) : "", is) == 0);
}

static void
same_words(const json_t *list, const char *is)
{
    char text[sizeof((struct sample *)0)->words] = "";
    const json_t *word;
    size_t i;

    must(!list || json_is_array(list));
    json_array_foreach(list, i, word)
    {
        must(pf_word_ok(fuzz_text(json_string_value(word))));
        strcat(strcat(text, i ? " " : ""), json_string_value(word));
    }
    must(strcmp(text, is) == 0);
}

static void
same_audience(const json_t *value, const char *is)
{
    if (json_is_array(value)) {
        must(json_array_size(value) == 1);
        value = json_array_get(value, 0);
    }
    same_text(value, is);
}

/* What stands there, or nothing. */
static void
same_lax(const json_t *value, const char *is)
{
    must(is[0] == '\0' || json_is_string(value));
    must(is[0] == '\0' || strcmp(json_string_value(value), is) == 0);
}

static void
same_numbers(const json_t *json, const struct sample *out)
{
    const json_t *n = json_object_get(json, "n");
    const json_t *date = json_object_get(json, "date");
    const json_t *time = json_object_get(json, "time");
    int64_t t = 0;

    must(!n || (json_is_integer(n) && out->natural >= 0));
    must(json_integer_value(n) == out->natural);
    must(!date || (json_is_integer(date) && out->date > 0));
    must(json_integer_value(date) == out->date);
    must(!time ||
         (pf_time_parse(fuzz_text(json_string_value(time)), &t) && t > 0));
    must(t == out->time);
}

static void
same(const json_t *json, const struct sample *out, uint32_t seen)
{
    same_text(json_object_get(json, "text"), out->text);
    same_text(json_object_get(json, "word"), out->word);
    same_words(json_object_get(json, "words"), out->words);
    same_audience(json_object_get(json, "aud"), out->aud);
    same_lax(json_object_get(json, "lax"), out->lax);
    same_numbers(json, out);
    must(fuzz_printable(out->text, sizeof out->text));
    must(fuzz_printable(out->lax, sizeof out->lax));
    must(out->word[0] == '\0' || pf_word_ok(fuzz_text(out->word)));
    for (size_t i = 0; i < ROWS; i++) {
        must(!!json_object_get(json, (const char *)rows[i].name.data) ==
             (seen >> i & 1));
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sample out = {0};
    uint32_t seen;
    json_t *json, *ours;

    if (!pf_claims_read(rows, ROWS, fuzz_span(data, size), &out, &seen)) {
        return 0;
    }
    json = json_loadb((const char *)data, size, JSON_REJECT_DUPLICATES, NULL);
    must(json_is_object(json));
    same(json, &out, seen);
    ours = pf_json_object(fuzz_span(data, size), PF_CLAIMS_MAX);
    must(json_equal(json, ours));
    json_decref(ours);
    json_decref(json);
    return 0;
}
