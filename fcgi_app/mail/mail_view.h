/* The text of a mail. */
#ifndef MAIL_MAIL_VIEW_H
#define MAIL_MAIL_VIEW_H

#include "base/keys.h"
#include "mail/mail.h"
#include "tenant/tenant.h"

/* The wanted language when the tenant's portal speaks it, else its default. */
const char *mail_language(const struct tenant *tenant, const char *wanted);

/*
 * Renders templates/mail_<event>.txt with the model and what every mail can
 * say (tenant_name, tenant_lines, portal_url), and seals it. The template's
 * first line is "Subject: …". False, logged, when it cannot.
 */
bool mail_compose(struct arena *a, struct keys *keys,
                  const struct tenant *tenant, struct mail *mail,
                  json_t *model);

#endif
