#include "base/iban.h"
#include "payer/payer.h"
#include "user/user.h"

/* Typed with blanks, of which people make as many as they like. */
enum { IBAN_TYPED_MAX = 2 * IBAN_MAX };

/* clang-format off */
#define ACCOUNT \
    {.name = "account_holder", \
     .type = FIELD_TEXT, \
     .flags = FIELD_IN | FIELD_REQUIRED, \
     .max = PAYER_HOLDER_MAX, \
     .label = N_("Account holder"), \
     .autocomplete = "name"}, \
    {.name = "iban", \
     .type = FIELD_TEXT, \
     .flags = FIELD_IN | FIELD_REQUIRED, \
     .max = IBAN_TYPED_MAX, \
     .label = N_("IBAN"), \
     .autocomplete = "off"}
/* clang-format on */

const struct field payer_account_fields[] = {ACCOUNT, FIELD_END};

const struct field payer_form_fields[] = {
    ACCOUNT,
    {.name = "password",
     .type = FIELD_SECRET,
     .flags = FIELD_IN | FIELD_REQUIRED,
     .max = PASSWORD_MAX,
     .label = N_("Your password"),
     .autocomplete = "current-password"},
    FIELD_END,
};

const struct field payer_new_fields[] = {
    ACCOUNT,
    {.name = "mandate_reference",
     .type = FIELD_TEXT,
     .flags = FIELD_IN | FIELD_REQUIRED,
     .max = PAYER_REFERENCE_MAX,
     .label = N_("Mandate reference")},
    {.name = "signed_on",
     .type = FIELD_DATE,
     .flags = FIELD_IN | FIELD_REQUIRED,
     .label = N_("Mandate of")},
    FIELD_END,
};

const struct field payer_fields[] = {
    {.name = "customer",
     .type = FIELD_TEXT,
     .flags = FIELD_OUT,
     .label = N_("Customer number")},
    {.name = "kind",
     .type = FIELD_ENUM,
     .flags = FIELD_OUT,
     .choices = PAYER_CARD "|" PAYER_DIRECT_DEBIT "|" PAYER_ON_ACCOUNT,
     .label = N_("Way of payment")},
    {.name = "iban",
     .type = FIELD_TEXT,
     .flags = FIELD_OUT | FIELD_NULLABLE,
     .label = N_("IBAN")},
    {.name = "account_holder",
     .type = FIELD_TEXT,
     .flags = FIELD_OUT | FIELD_NULLABLE,
     .label = N_("Account holder")},
    {.name = "mandate_reference",
     .type = FIELD_TEXT,
     .flags = FIELD_OUT | FIELD_NULLABLE,
     .label = N_("Mandate reference")},
    {.name = "creditor_id",
     .type = FIELD_TEXT,
     .flags = FIELD_OUT | FIELD_NULLABLE,
     .label = N_("Creditor identifier")},
    {.name = "signed_on",
     .type = FIELD_DATE,
     .flags = FIELD_OUT | FIELD_NULLABLE,
     .label = N_("Mandate of")},
    {.name = "provider",
     .type = FIELD_TEXT,
     .flags = FIELD_OUT | FIELD_NULLABLE,
     .label = N_("Payment provider")},
    {.name = "brand",
     .type = FIELD_TEXT,
     .flags = FIELD_OUT | FIELD_NULLABLE,
     .label = N_("Brand of the card")},
    {.name = "last4",
     .type = FIELD_TEXT,
     .flags = FIELD_OUT | FIELD_NULLABLE,
     .label = N_("Last four digits of the card")},
    {.name = "valid_until",
     .type = FIELD_TEXT,
     .flags = FIELD_OUT | FIELD_NULLABLE,
     .label = N_("Last month of the card")},
    {.name = "created",
     .type = FIELD_TIME,
     .flags = FIELD_OUT | FIELD_NULLABLE,
     .label = N_("Recorded")},
    FIELD_END,
};
