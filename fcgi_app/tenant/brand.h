/*
 * A tenant's colours: one that the merchant chose, and what follows from it so
 * that everything can be read, whatever was chosen.
 */
#ifndef TENANT_BRAND_H
#define TENANT_BRAND_H

#include "tenant/tenant.h"

/*
 * The style sheet of a portal with that accent ("#1b4f8f"), in front of which
 * portal.css stands: its variables, in the light and the dark. "" for an accent
 * that is no colour.
 */
const char *brand_sheet(struct arena *a, const char *accent);

/* The style sheet of a tenant's pages: of the hosted ones with its style
 * (tenant/style.h), of the back office with its accent alone. "": it has none.
 */
const char *brand_sheet_of(struct arena *a, const struct tenant *tenant,
                           bool hosted);

/* Its address below the site's root, named by what is in it so that browsers
 * may keep it for ever; NULL where there is none. */
const char *brand_path(struct arena *a, const struct tenant *tenant,
                       bool hosted);

/*
 * What a merchant should know of a colour before choosing it: how well it can
 * be read as it is, and whether links and buttons will be another shade of it.
 */
struct brand_report {
    int on_light, on_dark; /* contrast ratios times hundred */
    bool link_differs;     /* links are darker or lighter than the colour */
};

/* False for a text that is no colour. */
bool brand_judge(const char *accent, struct brand_report *out);

/* The accent, or "" for the portal's own. DB_CHECK when it is no colour. */
enum db_result brand_set(struct db *db, struct arena *a, const char *tenant,
                         const struct actor *actor, const char *accent);

/* ---- the logo ---- */

/* In the place of the one before. */
enum db_result brand_set_logo(struct db *db, struct arena *a,
                              const char *tenant, const struct actor *actor,
                              const struct brand_logo *logo);

/* Its address below the site's root, which always shows the same picture; NULL:
 * the tenant has none. */
const char *brand_logo_path(struct arena *a, const struct tenant *tenant);

#endif
