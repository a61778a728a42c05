#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unicode/ucal.h>
#include <unicode/uchar.h>
#include <unicode/ucurr.h>
#include <unicode/udat.h>
#include <unicode/udatpg.h>
#include <unicode/uenum.h>
#include <unicode/uldnames.h>
#include <unicode/uloc.h>
#include <unicode/unorm2.h>
#include <unicode/unumberformatter.h>
#include <unicode/ustring.h>
#include <unicode/utf8.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"

enum { TAG_MAX = 36, LABEL_MAX = 64 };

static char tags[TEXT_LANGUAGES_MAX][TAG_MAX] = {"en"};
static char own_names[TEXT_LANGUAGES_MAX][LABEL_MAX]; /* "" = not asked yet */
const char *text_languages[TEXT_LANGUAGES_MAX] = {tags[0]};
size_t text_n_languages = 1;

static int
catalogue(const struct dirent *entry)
{
    size_t len = strlen(entry->d_name);

    return len > 3 && len - 3 < TAG_MAX &&
           strcmp(entry->d_name + len - 3, ".mo") == 0;
}

static void
learn(const char *name)
{
    char *tag = tags[text_n_languages];

    snprintf(tag, TAG_MAX, "%.*s", (int)strlen(name) - 3, name);
    own_names[text_n_languages][0] = '\0';
    if (text_n_languages < TEXT_LANGUAGES_MAX - 1 && !text_speaks(tag)) {
        text_languages[text_n_languages++] = tag;
    }
}

bool
text_learn(const char *dir)
{
    struct dirent **entries = NULL;
    int n = scandir(dir, &entries, catalogue, alphasort);

    text_n_languages = 1;
    for (int i = 0; i < n; i++) {
        learn(entries[i]->d_name);
        free(entries[i]);
    }
    free(entries);
    return n > 0;
}

/* text_n_languages for what we do not speak. */
static size_t
index_of(const char *lang)
{
    size_t i = 0;

    while (i < text_n_languages && strcmp(text_languages[i], lang) != 0) {
        i++;
    }
    return i;
}

bool
text_speaks(const char *lang)
{
    return index_of(lang) < text_n_languages;
}

/* Opening a formatter costs a thousand times what using it does, so those in
 * use stay open: a process serves few languages and currencies. A full table
 * gives up its oldest row. */
enum { FORMATS_MAX = 64, KEY_MAX = 96, LOCALE_MAX = 64, OUT_MAX = 256 };

struct number_format {
    char key[KEY_MAX];
    UNumberFormatter *formatter;
    UFormattedNumber *result;
};

struct date_format {
    char key[KEY_MAX];
    UDateFormat *formatter;
};

static struct number_format numbers[FORMATS_MAX];
static struct date_format dates[FORMATS_MAX];

/* What a format makes of a value is always the same, and pages show the same
 * days and prices over and over: the last ones are remembered, each in the one
 * place that its value has. */
enum { SHOWN = 1024, SHOWN_MAX = 48 };

static struct shown {
    int64_t value;
    char kind; /* 0: nothing yet */
    char unit[4], lang[TAG_MAX], text[SHOWN_MAX];
} shown[SHOWN];

static struct shown *
shown_place(char kind, const char *lang, const char *unit, int64_t value)
{
    uint64_t h = (uint64_t)value * 2 + (unsigned char)kind;

    for (const char *s = lang; *s != '\0'; s++) {
        h = h * 31 + (unsigned char)*s;
    }
    for (const char *s = unit; *s != '\0'; s++) {
        h = h * 31 + (unsigned char)*s;
    }
    return &shown[h * 0x9e3779b97f4a7c15 >> 54];
}

/* NULL when it is not remembered. */
static char *
shown_before(struct arena *a, char kind, const char *lang, const char *unit,
             int64_t value)
{
    const struct shown *p = shown_place(kind, lang, unit, value);
    bool same = p->kind == kind && p->value == value &&
                strcmp(p->unit, unit) == 0 && strcmp(p->lang, lang) == 0;

    return same ? arena_strdup(a, p->text) : NULL;
}

/* Remembers the text, where there is room for it; the text itself. */
static char *
shown_now(char kind, const char *lang, const char *unit, int64_t value,
          char *text)
{
    struct shown *p = shown_place(kind, lang, unit, value);

    if (strlen(lang) < sizeof p->lang && strlen(unit) < sizeof p->unit &&
        strlen(text) < sizeof p->text) {
        *p = (struct shown){.value = value, .kind = kind};
        strcpy(p->unit, unit);
        strcpy(p->lang, lang);
        strcpy(p->text, text);
    }
    return text;
}

/* A bare language gets the region whose habits its readers here expect. */
static void
locale_of(const char *lang, char out[LOCALE_MAX])
{
    static const char *const regions[][2] = {
        {"en", "en_GB"}, {"de", "de_DE"}, {"fr", "fr_FR"}};
    UErrorCode e = U_ZERO_ERROR;

    for (size_t i = 0; i < sizeof regions / sizeof regions[0]; i++) {
        if (strcmp(lang, regions[i][0]) == 0) {
            snprintf(out, LOCALE_MAX, "%s", regions[i][1]);
            return;
        }
    }
    uloc_forLanguageTag(lang, out, LOCALE_MAX, NULL, &e);
    if (U_FAILURE(e) || e == U_STRING_NOT_TERMINATED_WARNING) {
        snprintf(out, LOCALE_MAX, "en_GB");
    }
}

/* UTF-16 to UTF-8; NULL when it has half of a surrogate pair. */
static char *
to_utf8(struct arena *a, const UChar *s, int32_t len)
{
    UErrorCode e = U_ZERO_ERROR;
    int32_t size = 3 * len + 1;
    char *out = arena_alloc(a, (size_t)size);

    u_strToUTF8(out, size, NULL, s, len, &e);
    return U_FAILURE(e) ? NULL : out;
}

static UChar *
to_utf16(struct arena *a, const char *s, int32_t *len)
{
    UErrorCode e = U_ZERO_ERROR;
    int32_t size = (int32_t)strlen(s) + 1;
    UChar *out = arena_alloc(a, (size_t)size * sizeof *out);

    u_strFromUTF8(out, size, len, s, size - 1, &e);
    return U_FAILURE(e) ? NULL : out;
}

/* Numbers */

static bool
number_open(struct number_format *f, const char *lang, const char *skeleton)
{
    UErrorCode e = U_ZERO_ERROR;
    char locale[LOCALE_MAX];
    UChar wide[KEY_MAX];

    locale_of(lang, locale);
    u_uastrcpy(wide, skeleton);
    f->formatter = unumf_openForSkeletonAndLocale(wide, -1, locale, &e);
    f->result = unumf_openResult(&e);
    if (U_SUCCESS(e)) {
        return true;
    }
    log_warn("no number format %s for %s: %s", skeleton, lang, u_errorName(e));
    unumf_close(f->formatter);
    unumf_closeResult(f->result);
    memset(f, 0, sizeof *f);
    return false;
}

static struct number_format *
number_format(const char *lang, const char *skeleton)
{
    static size_t next;
    char key[KEY_MAX];

    int len = snprintf(key, sizeof key, "%s|%s", lang, skeleton);
    if (len < 0 || (size_t)len >= sizeof key) {
        return NULL;
    }
    for (size_t i = 0; i < FORMATS_MAX; i++) {
        if (strcmp(numbers[i].key, key) == 0) {
            return &numbers[i];
        }
    }
    struct number_format *f = &numbers[next];
    unumf_close(f->formatter);
    unumf_closeResult(f->result);
    memset(f, 0, sizeof *f);
    if (!number_open(f, lang, skeleton)) {
        return NULL;
    }
    next = (next + 1) % FORMATS_MAX;
    memcpy(f->key, key, sizeof key);
    return f;
}

/* value * 10^-digits as "-12.34", exactly. */
static char *
plain(struct arena *a, int64_t value, int digits)
{
    uint64_t size = value < 0 ? -(uint64_t)value : (uint64_t)value;
    uint64_t unit = 1;

    for (int i = 0; i < digits; i++) {
        unit *= 10;
    }
    const char *sign = value < 0 ? "-" : "";
    if (digits == 0) {
        return arena_printf(a, "%s%llu", sign, (unsigned long long)size);
    }
    return arena_printf(a, "%s%llu.%0*llu", sign,
                        (unsigned long long)(size / unit), digits,
                        (unsigned long long)(size % unit));
}

static char *
number(struct arena *a, const char *lang, const char *skeleton,
       const char *decimal)
{
    UErrorCode e = U_ZERO_ERROR;
    UChar out[OUT_MAX];
    struct number_format *f = number_format(lang, skeleton);

    if (f == NULL) {
        return NULL;
    }
    unumf_formatDecimal(f->formatter, decimal, -1, f->result, &e);
    int32_t len = unumf_resultToString(f->result, out, OUT_MAX, &e);
    return U_FAILURE(e) ? NULL : to_utf8(a, out, len);
}

/* False: no code of three capital letters. */
static bool
currency_code(const char *currency, UChar code[4])
{
    if (strlen(currency) != 3) {
        return false;
    }
    for (int i = 0; i < 3; i++) {
        if (currency[i] < 'A' || currency[i] > 'Z') {
            return false;
        }
        code[i] = (UChar)currency[i];
    }
    code[3] = 0;
    return true;
}

bool
text_has_word(const char *words, const char *word)
{
    size_t len, n = strlen(word);

    for (; *words; words += len + (words[len] == ' ')) {
        len = strcspn(words, " ");
        if (len == n && memcmp(words, word, n) == 0) {
            return true;
        }
    }
    return false;
}

bool
text_currency_ok(const char *currency)
{
    UErrorCode e = U_ZERO_ERROR;
    UChar code[4];
    UEnumeration *codes;
    const char *one;
    bool found = false;

    if (!currency_code(currency, code)) {
        return false;
    }
    /* not ucurr_isAvailable(): it takes the dates of whichever country comes
     * last, and says that the pound ended in South Africa in 1961 */
    codes = ucurr_openISOCurrencies(UCURR_COMMON | UCURR_NON_DEPRECATED, &e);
    while (U_SUCCESS(e) && !found && (one = uenum_next(codes, NULL, &e))) {
        found = strcmp(one, currency) == 0;
    }
    uenum_close(codes);
    return found;
}

/* Fraction digits of a currency, -1 for what is no code of three letters. */
static int
currency_digits(const char *currency)
{
    UErrorCode e = U_ZERO_ERROR;
    UChar code[4];

    if (!currency_code(currency, code)) {
        return -1;
    }
    int32_t digits = ucurr_getDefaultFractionDigits(code, &e);
    return U_FAILURE(e) || digits < 0 || digits > 6 ? 2 : (int)digits;
}

/* A missing format is no reason to hide an amount. */
static char *
money(struct arena *a, const char *lang, const char *skeleton,
      const char *decimal, const char *currency)
{
    char *s = skeleton ? number(a, lang, skeleton, decimal) : NULL;

    return s ? s : arena_printf(a, "%s %s", decimal, currency);
}

char *
text_money(struct arena *a, const char *lang, int64_t minor,
           const char *currency)
{
    char skeleton[32];
    char *s = shown_before(a, 'm', lang, currency, minor);
    int digits = s ? 0 : currency_digits(currency);

    if (s) {
        return s;
    }
    if (digits < 0) {
        return money(a, lang, NULL, plain(a, minor, 2), currency);
    }
    snprintf(skeleton, sizeof skeleton, "currency/%s", currency);
    s = money(a, lang, skeleton, plain(a, minor, digits), currency);
    return shown_now('m', lang, currency, minor, s);
}

char *
text_duration(struct arena *a, const char *lang, int64_t seconds)
{
    bool minutes = seconds >= 120;
    const char *n = plain(a, minutes ? (seconds + 59) / 60 : seconds, 0);
    char *s = number(a, lang,
                     minutes ? "unit/minute unit-width-full-name"
                             : "unit/second unit-width-full-name",
                     n);

    return s ? s : arena_printf(a, "%s %s", n, minutes ? "min" : "s");
}

int
text_currency_digits(const char *currency)
{
    int digits = currency_digits(currency);

    return digits < 0 ? 2 : digits;
}

char *
text_amount(struct arena *a, int64_t minor, const char *currency)
{
    return plain(a, minor, text_currency_digits(currency));
}

char *
text_scaled(struct arena *a, int64_t value, int digits)
{
    char *s = plain(a, value, digits);
    size_t len = strlen(s);

    if (digits > 0) {
        while (s[len - 1] == '0') {
            len--;
        }
        s[s[len - 1] == '.' ? len - 1 : len] = '\0';
    }
    return s;
}

char *
text_price(struct arena *a, const char *lang, int64_t micro,
           const char *currency)
{
    char skeleton[48];
    int digits = currency_digits(currency);

    if (digits < 0) {
        return money(a, lang, NULL, plain(a, micro, 6), currency);
    }
    snprintf(skeleton, sizeof skeleton, "currency/%s .%.*s%.*s", currency,
             digits, "000000", 6 - digits, "######");
    return money(a, lang, skeleton, plain(a, micro, 6), currency);
}

char *
text_decimal(struct arena *a, const char *lang, int64_t micro)
{
    char *decimal = plain(a, micro, 6);
    char *s = number(a, lang, ".######", decimal);

    return s ? s : decimal;
}

char *
text_percent(struct arena *a, const char *lang, int64_t basis_points)
{
    char *decimal = plain(a, basis_points, 2);
    char *s = number(a, lang, "percent .##", decimal);

    return s ? s : arena_printf(a, "%s %%", decimal);
}

/* Dates */

static UDateFormat *
date_open(const char *lang, const char *skeleton, const char *zone)
{
    UErrorCode e = U_ZERO_ERROR;
    char locale[LOCALE_MAX];
    UChar wide[KEY_MAX], wide_zone[KEY_MAX], pattern[KEY_MAX];

    locale_of(lang, locale);
    u_uastrcpy(wide, skeleton);
    u_uastrncpy(wide_zone, zone, KEY_MAX - 1);
    wide_zone[KEY_MAX - 1] = 0;
    UDateTimePatternGenerator *g = udatpg_open(locale, &e);
    int32_t len = udatpg_getBestPattern(g, wide, -1, pattern, KEY_MAX, &e);
    UDateFormat *f = udat_open(UDAT_PATTERN, UDAT_PATTERN, locale, wide_zone,
                               -1, pattern, len, &e);
    udatpg_close(g);
    if (U_FAILURE(e)) {
        log_warn("no date format %s for %s: %s", skeleton, lang,
                 u_errorName(e));
        return NULL;
    }
    return f;
}

static UDateFormat *
date_format(const char *lang, const char *skeleton, const char *zone)
{
    static size_t next;
    char key[KEY_MAX];

    int len = snprintf(key, sizeof key, "%s|%s|%s", lang, skeleton, zone);
    if (len < 0 || (size_t)len >= sizeof key) {
        return NULL;
    }
    for (size_t i = 0; i < FORMATS_MAX; i++) {
        if (strcmp(dates[i].key, key) == 0) {
            return dates[i].formatter;
        }
    }
    UDateFormat *f = date_open(lang, skeleton, zone);
    if (f == NULL) {
        return NULL;
    }
    udat_close(dates[next].formatter);
    dates[next].formatter = f;
    memcpy(dates[next].key, key, sizeof key);
    next = (next + 1) % FORMATS_MAX;
    return f;
}

static char *
date(struct arena *a, UDateFormat *f, int64_t seconds)
{
    UErrorCode e = U_ZERO_ERROR;
    UChar out[OUT_MAX];

    if (f == NULL) {
        return NULL;
    }
    int32_t len =
        udat_format(f, (UDate)seconds * 1000.0, out, OUT_MAX, NULL, &e);
    return U_FAILURE(e) ? NULL : to_utf8(a, out, len);
}

/* 05/04/2026 means two days in English, so the month is a word there. */
static const char *
short_skeleton(const char *lang, bool with_time)
{
    if (strncmp(lang, "en", 2) == 0) {
        return with_time ? "yMMMdjmm" : "yMMMd";
    }
    return with_time ? "yMMddjmm" : "yMMdd";
}

char *
text_date(struct arena *a, const char *lang, const char *text, bool long_form)
{
    char kind = long_form ? 'D' : 'd';
    int64_t days;

    if (!clock_parse_date(text, &days)) {
        return arena_strdup(a, text ? text : "");
    }
    char *s = shown_before(a, kind, lang, "", days);
    if (s) {
        return s;
    }
    const char *skeleton = long_form ? "yMMMMd" : short_skeleton(lang, false);
    s = date(a, date_format(lang, skeleton, "UTC"), days * 86400);
    return s ? shown_now(kind, lang, "", days, s) : arena_strdup(a, text);
}

static char *
time_as(struct arena *a, const char *lang, const char *skeleton, int64_t t,
        const char *zone)
{
    char *s = date(a, date_format(lang, skeleton, zone), t);

    return s ? s : arena_printf(a, "%lld", (long long)t);
}

char *
text_time(struct arena *a, const char *lang, int64_t t, const char *zone)
{
    return time_as(a, lang, short_skeleton(lang, true), t, zone);
}

char *
text_moment(struct arena *a, const char *lang, int64_t t, const char *zone)
{
    return time_as(
        a, lang, arena_printf(a, "%sssz", short_skeleton(lang, true)), t, zone);
}

enum { ZONE_MAX = 63 };

static UCalendar *
calendar(const char *zone, UErrorCode *e)
{
    UChar id[ZONE_MAX + 1];

    if (strlen(zone) > ZONE_MAX) {
        *e = U_ILLEGAL_ARGUMENT_ERROR;
        return NULL;
    }
    u_uastrcpy(id, zone);
    return ucal_open(id, -1, "en", UCAL_GREGORIAN, e);
}

int64_t
text_day_start(const char *zone, int64_t day)
{
    UErrorCode e = U_ZERO_ERROR;
    UCalendar *c = calendar(zone, &e);
    int year, month, of_month;
    char date[11];
    UDate at = 0;

    clock_date(day, date);
    if (U_SUCCESS(e) &&
        sscanf(date, "%d-%d-%d", &year, &month, &of_month) == 3) {
        ucal_clear(c);
        ucal_setDateTime(c, year, month - 1, of_month, 0, 0, 0, &e);
        at = ucal_getMillis(c, &e);
    }
    ucal_close(c);
    return U_SUCCESS(e) ? (int64_t)(at / 1000) : day * 86400;
}

int
text_hour(const char *zone, int64_t t)
{
    UErrorCode e = U_ZERO_ERROR;
    UCalendar *c = calendar(zone, &e);
    int32_t hour = 0;

    if (U_SUCCESS(e)) {
        ucal_setMillis(c, (UDate)t * 1000.0, &e);
        hour = ucal_get(c, UCAL_HOUR_OF_DAY, &e);
    }
    ucal_close(c);
    return U_SUCCESS(e) ? (int)hour : (int)(t / 3600 % 24);
}

char *
text_day(struct arena *a, const char *zone, int64_t t)
{
    UErrorCode e = U_ZERO_ERROR;
    UCalendar *c = calendar(zone, &e);
    int32_t year = 0, month = 0, day = 0;
    char *date = arena_alloc(a, 11);

    if (U_SUCCESS(e)) {
        ucal_setMillis(c, (UDate)t * 1000.0, &e);
        year = ucal_get(c, UCAL_YEAR, &e);
        month = ucal_get(c, UCAL_MONTH, &e) + 1;
        day = ucal_get(c, UCAL_DATE, &e);
    }
    ucal_close(c);
    if (U_FAILURE(e)) {
        clock_date(t / 86400, date);
        return date;
    }
    return arena_printf(a, "%04d-%02d-%02d", (int)year, (int)month, (int)day);
}

/* ICU takes what it does not know for GMT. */
bool
text_zone_ok(const char *zone)
{
    UErrorCode e = U_ZERO_ERROR;
    UChar id[ZONE_MAX + 1], out[ZONE_MAX + 1];
    UBool system = 0;

    if (zone[0] == '\0' || strlen(zone) > ZONE_MAX) {
        return false;
    }
    u_uastrcpy(id, zone);
    ucal_getCanonicalTimeZoneID(id, -1, out, ZONE_MAX, &system, &e);
    return U_SUCCESS(e) && system;
}

/* Names and forms of text */

static char *
own_name(struct arena *a, const char *lang)
{
    UErrorCode e = U_ZERO_ERROR;
    UDisplayContext contexts[] = {UDISPCTX_CAPITALIZATION_FOR_UI_LIST_OR_MENU};
    char locale[LOCALE_MAX];
    UChar out[OUT_MAX];

    uloc_forLanguageTag(lang, locale, sizeof locale, NULL, &e);
    ULocaleDisplayNames *names = uldn_openForContext(locale, contexts, 1, &e);
    int32_t len = uldn_localeDisplayName(names, locale, out, OUT_MAX, &e);
    uldn_close(names);
    char *s = U_FAILURE(e) || len == 0 ? NULL : to_utf8(a, out, len);
    return s ? s : arena_strdup(a, lang);
}

/* Opening the names costs as much as drawing a page, so that those of our own
 * languages, which each page lists, are asked for once. */
char *
text_language(struct arena *a, const char *lang)
{
    size_t i = index_of(lang);
    char *name;

    if (i < text_n_languages && own_names[i][0] != '\0') {
        return arena_strdup(a, own_names[i]);
    }
    name = own_name(a, lang);
    if (i < text_n_languages && strlen(name) < LABEL_MAX) {
        strcpy(own_names[i], name);
    }
    return name;
}

static char *
normalise(struct arena *a, const UNormalizer2 *form, const char *s)
{
    UErrorCode e = U_ZERO_ERROR;
    int32_t len;
    UChar *wide = to_utf16(a, s, &len);

    if (wide == NULL) {
        return arena_strdup(a, s);
    }
    int32_t need = unorm2_normalize(form, wide, len, NULL, 0, &e);
    if (e != U_BUFFER_OVERFLOW_ERROR && U_FAILURE(e)) {
        return arena_strdup(a, s);
    }
    UChar *out = arena_alloc(a, ((size_t)need + 1) * sizeof *out);
    e = U_ZERO_ERROR;
    unorm2_normalize(form, wide, len, out, need + 1, &e);
    char *text = U_FAILURE(e) ? NULL : to_utf8(a, out, need);
    return text ? text : arena_strdup(a, s);
}

char *
text_trim(struct arena *a, const char *s)
{
    int32_t len = (int32_t)strlen(s), start = 0, end = len, at;
    UChar32 c;

    for (at = 0; at < len; start = at) {
        U8_NEXT(s, at, len, c);
        if (c < 0 || !u_isUWhiteSpace(c)) {
            break;
        }
    }
    for (at = len; at > start; end = at) {
        U8_PREV(s, start, at, c);
        if (c < 0 || !u_isUWhiteSpace(c)) {
            break;
        }
    }
    return arena_strndup(a, s + start, (size_t)(end - start));
}

/* ASCII, the usual case, needs no tables: 1 when done. */
static int
fold_ascii(char *s)
{
    for (char *p = s; *p != '\0'; p++) {
        if ((unsigned char)*p >= 0x80) {
            return 0;
        }
    }
    for (; *s != '\0'; s++) {
        if (*s >= 'A' && *s <= 'Z') {
            *s = (char)(*s - 'A' + 'a');
        }
    }
    return 1;
}

char *
text_fold(struct arena *a, const char *s)
{
    UErrorCode e = U_ZERO_ERROR;
    char *trimmed = text_trim(a, s);

    if (fold_ascii(trimmed)) {
        return trimmed;
    }
    const UNormalizer2 *form = unorm2_getNFKCCasefoldInstance(&e);
    if (U_FAILURE(e)) {
        return trimmed;
    }
    /* Compatibility forms of spaces become spaces only now. */
    return text_trim(a, normalise(a, form, trimmed));
}

char *
text_nfc(struct arena *a, const char *s)
{
    UErrorCode e = U_ZERO_ERROR;
    const UNormalizer2 *form = unorm2_getNFCInstance(&e);

    return U_FAILURE(e) ? arena_strdup(a, s) : normalise(a, form, s);
}

bool
text_utf8_ok(const char *s, size_t len)
{
    UChar32 c;

    if (len > INT32_MAX) {
        return false;
    }
    for (int32_t i = 0, n = (int32_t)len; i < n;) {
        U8_NEXT(s, i, n, c);
        if (c <= 0) {
            return false;
        }
    }
    return true;
}

bool
text_has_control(const char *s)
{
    UChar32 c;

    for (int32_t i = 0, n = (int32_t)strlen(s); i < n;) {
        U8_NEXT(s, i, n, c);
        if (c < 0 || c == 0x2028 || c == 0x2029 ||
            u_charType(c) == U_CONTROL_CHAR) {
            return true;
        }
    }
    return false;
}

static bool
hidden(UChar32 c)
{
    int8_t type = u_charType(c);

    if (type == U_CONTROL_CHAR || type == U_LINE_SEPARATOR ||
        type == U_PARAGRAPH_SEPARATOR ||
        u_hasBinaryProperty(c, UCHAR_NONCHARACTER_CODE_POINT)) {
        return true;
    }
    if (type != U_FORMAT_CHAR &&
        !u_hasBinaryProperty(c, UCHAR_DEFAULT_IGNORABLE_CODE_POINT)) {
        return false;
    }
    return !u_hasBinaryProperty(c, UCHAR_JOIN_CONTROL) &&
           !u_hasBinaryProperty(c, UCHAR_VARIATION_SELECTOR) &&
           !u_hasBinaryProperty(c, UCHAR_PREPENDED_CONCATENATION_MARK);
}

int32_t
text_hidden(const char *s)
{
    UChar32 c;

    for (int32_t i = 0, n = (int32_t)strlen(s); i < n;) {
        U8_NEXT(s, i, n, c);
        if (c < 0 || hidden(c)) {
            return c < 0 ? 0xfffd : c;
        }
    }
    return 0;
}

size_t
text_length(const char *s)
{
    size_t n = 0;

    for (; *s != '\0'; s++) {
        n += ((unsigned char)*s & 0xc0) != 0x80;
    }
    return n;
}

bool
text_rtl(const char *lang)
{
    char locale[LOCALE_MAX];

    locale_of(lang, locale);
    return uloc_isRightToLeft(locale);
}

const char *
text_file_name(struct arena *a, const char *name)
{
    char *out = arena_strdup(a, name);

    for (char *p = out; *p; p++) {
        unsigned char c = (unsigned char)*p;

        if (c < ' ' || c == 0x7f || strchr("\"'/\\:*?<>|%;", c) ||
            (p == out && c == '.')) {
            *p = '_';
        }
    }
    return out;
}
