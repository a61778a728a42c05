/*
 * Text for people, by the rules of their language (ICU). `lang` is a language
 * tag such as "de". Results live in the arena.
 */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"

/* What the application can say: English, which the messages are written in, and
 * the languages of the catalogues that text_learn() found. */
enum { TEXT_LANGUAGES_MAX = 32 };
extern const char *text_languages[TEXT_LANGUAGES_MAX];
extern size_t text_n_languages;
bool text_speaks(const char *lang);

/* One language for each <dir>/<tag>.mo, the catalogues themselves are view's to
 * read. False without any: a wrong directory. */
bool text_learn(const char *dir);

/* 123456, EUR -> "1.234,56 €" (de). Minor units by ISO 4217. */
char *text_money(struct arena *a, const char *lang, int64_t minor,
                 const char *currency);

/* 123456, EUR -> "1234.56": for programs. */
char *text_amount(struct arena *a, int64_t minor, const char *currency);

/* Fraction digits of a currency by ISO 4217, 2 where there is no such one. */
int text_currency_digits(const char *currency);

/* Whether there is a currency of that code of ISO 4217 ("EUR"). */
bool text_currency_ok(const char *currency);

/* A whole number of 10^-digits as programs write it, with no zeros at the end:
 * 1500000, 6 -> "1.5". */
char *text_scaled(struct arena *a, int64_t value, int digits);

/* A number scaled by 10^6 with as many digits as it needs: 1500000 -> "1,5". */
char *text_decimal(struct arena *a, const char *lang, int64_t micro);

/* Unit price scaled by 10^6 as money, at least the currency's digits. */
char *text_price(struct arena *a, const char *lang, int64_t micro,
                 const char *currency);

/* Basis points -> "19 %". */
char *text_percent(struct arena *a, const char *lang, int64_t basis_points);

/* 8 -> "8 Sekunden" (de), 150 -> "3 Minuten": whole minutes from two on,
 * rounded up. */
char *text_duration(struct arena *a, const char *lang, int64_t seconds);

/* "2026-11-24" -> "24. November 2026" (long), "24.11.2026"; bad input as is. */
char *text_date(struct arena *a, const char *lang, const char *date,
                bool long_form);

/* Unix seconds -> date and time in a zone ("Europe/Berlin"). */
char *text_time(struct arena *a, const char *lang, int64_t t, const char *zone);

/* The same with seconds and the zone's name: for receipts. */
char *text_moment(struct arena *a, const char *lang, int64_t t,
                  const char *zone);

/* Unix seconds of the first moment of a day (since 1970-01-01) in a zone; by
 * UTC where the zone is unknown. */
int64_t text_day_start(const char *zone, int64_t day);

/* Unix seconds -> the day it is then in a zone, "2026-11-24"; by UTC where the
 * zone is unknown. */
char *text_day(struct arena *a, const char *zone, int64_t t);

/* Unix seconds -> the hour it is then in a zone, 0 to 23; by UTC where the zone
 * is unknown. */
int text_hour(const char *zone, int64_t t);

/* Whether there is a time zone of that name ("Europe/Berlin"). */
bool text_zone_ok(const char *zone);

/* The language's own name: "de" -> "Deutsch". */
char *text_language(struct arena *a, const char *lang);

/* NFKC, case folded, trimmed: how usernames and e-mails are compared. */
char *text_fold(struct arena *a, const char *s);

/* Whether one of some words, with a blank between each two, is that one. */
bool text_has_word(const char *words, const char *word);

/* NFC: how passwords are hashed (NIST SP 800-63B, 3.1.1.2). */
char *text_nfc(struct arena *a, const char *s);

/* Without white space (Unicode's) at both ends. */
char *text_trim(struct arena *a, const char *s);

/* Well-formed UTF-8 (RFC 3629) without NUL. */
bool text_utf8_ok(const char *s, size_t len);

/* True for control characters, line and paragraph separators, and what is not
 * UTF-8: nothing that belongs into one line of text. */
bool text_has_control(const char *s);

/*
 * The first code point of a text, valid UTF-8, that does not belong into one
 * line which people read as a name; 0: none. What text_has_control() finds, and
 * what cannot be seen: bidi overrides, embeddings, isolates and marks, zero
 * widths, fillers, tags, no-break and annotation characters (Unicode's
 * Default_Ignorable_Code_Point and Cf), noncharacters. With them two names look
 * alike, or one reads as another.
 *
 * Allowed stay the joiners U+200C and U+200D, without which Persian or Indic
 * words and emoji fall apart, variation selectors, which emoji have, and the
 * visible signs among Cf (U+0600). The marks U+200E and U+200F are refused: a
 * name is shown isolated (<bdi>) and needs none, they come along unseen when
 * text is copied, and PRECIS (RFC 8264, 9.13 with 4.3.3) takes them in no
 * string either.
 */
int32_t text_hidden(const char *s);

/* Number of code points of valid UTF-8. */
size_t text_length(const char *s);

/* True when text of that language runs from right to left. */
bool text_rtl(const char *lang);

/* A name as one of a file: control characters, quotes, slashes, what systems
 * reserve, and a dot in front become "_". */
const char *text_file_name(struct arena *a, const char *name);

#endif
