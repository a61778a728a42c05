/*
 * Bank accounts by their IBAN (ISO 13616), and creditors of SEPA direct debits
 * by their identifier (EPC262-08).
 */
#ifndef BASE_IBAN_H
#define BASE_IBAN_H

#include <stdbool.h>

#include "base/arena.h"

enum { IBAN_MAX = 34, CREDITOR_ID_MAX = 35 };

/* What somebody typed as programs have it: without blanks (the no-break ones
 * as well), the letters of ASCII in capitals. */
char *iban_plain(struct arena *a, const char *typed);

/* Whether a plain one is an IBAN: of a country that has them, as long as there,
 * and with check digits that fit (ISO 7064, MOD 97-10). */
bool iban_ok(const char *plain);

/* Whether accounts of its country can be debited in SEPA. */
bool iban_in_sepa(const char *iban);

/* In fours, as people read it: "DE89 3704 …". */
char *iban_grouped(struct arena *a, const char *iban);

/* What is shown of one that stands: "DE… 3000". */
char *iban_masked(struct arena *a, const char *country, const char *last4);

/* Whether a plain one is a creditor identifier: country, check digits, three
 * characters of the creditor's own choice, which they leave out, and what the
 * country has given. */
bool iban_creditor_ok(const char *plain);

#endif
