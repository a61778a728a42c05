#include "tenant/brand.h"

#include <sodium.h>
#include <string.h>

#include "base/colour.h"
#include "tenant/style.h"
#include "tenant/tenant_store.h"

enum {
    NAME = 8,    /* bytes of a sheet's hash in its address */
    STRONG = 25, /* per cent further on, where the mouse is */
};

/* The ground of portal.css on which text is read worst.
 * tests/browser/brand.test.mjs looks at the pages themselves. */
static struct colour
worst_ground(bool dark)
{
    return palette(PALETTE_off_ground, dark);
}

static const char *
text_of(struct arena *a, struct colour c)
{
    char text[8];

    colour_format(c, text);
    return arena_strdup(a, text);
}

/* Further away from what is read on it, so that it is read even better. */
static struct colour
stronger(struct colour c, struct colour read_against)
{
    return colour_mix(c, colour_on(read_against), STRONG);
}

/* Buttons keep the colour where they can be told from the ground; links have to
 * be read on it. */
static const char *
variables(struct arena *a, struct colour accent, struct colour ground)
{
    struct colour button = colour_legible(accent, ground, COLOUR_SIGN);
    struct colour link = colour_legible(accent, ground, COLOUR_TEXT);

    return arena_printf(a,
                        "--accent:%s;--accent-strong:%s;--on-accent:%s;"
                        "--link:%s;--link-strong:%s",
                        text_of(a, button),
                        text_of(a, stronger(button, colour_on(button))),
                        text_of(a, colour_on(button)), text_of(a, link),
                        text_of(a, stronger(link, ground)));
}

const char *
brand_sheet(struct arena *a, const char *accent)
{
    struct colour c;

    if (!colour_parse(accent, &c)) {
        return "";
    }
    return arena_printf(a,
                        "@media screen{:root{%s}}\n"
                        "@media screen and (prefers-color-scheme:dark)"
                        "{:root{%s}}\n",
                        variables(a, c, worst_ground(false)),
                        variables(a, c, worst_ground(true)));
}

/* Hex of a hash, for an address. */
static const char *
name_of(struct arena *a, const void *bytes, size_t len)
{
    unsigned char hash[crypto_generichash_BYTES_MIN];
    char name[2 * NAME + 1];

    crypto_generichash(hash, sizeof hash, bytes, len, NULL, 0);
    sodium_bin2hex(name, sizeof name, hash, NAME);
    return arena_strdup(a, name);
}

const char *
brand_sheet_of(struct arena *a, const struct tenant *tenant, bool hosted)
{
    struct style style;

    return hosted && tenant->style[0] && style_parse(tenant->style, &style)
               ? style_sheet(a, &style, tenant->accent)
               : brand_sheet(a, tenant->accent);
}

const char *
brand_path(struct arena *a, const struct tenant *tenant, bool hosted)
{
    const char *sheet = brand_sheet_of(a, tenant, hosted);

    return sheet[0] == '\0' ? NULL
                            : arena_printf(a, "/brand/%s/%s.css", tenant->id,
                                           name_of(a, sheet, strlen(sheet)));
}

bool
brand_judge(const char *accent, struct brand_report *out)
{
    struct colour c;

    if (!colour_parse(accent, &c)) {
        return false;
    }
    *out = (struct brand_report){
        .on_light = colour_contrast(c, worst_ground(false)),
        .on_dark = colour_contrast(c, worst_ground(true)),
    };
    out->link_differs =
        out->on_light < COLOUR_TEXT || out->on_dark < COLOUR_TEXT;
    return true;
}

/* ---- changes ---- */

struct change {
    struct arena *arena;
    const struct actor *actor;
    const char *tenant, *accent;
};

/* Accents are "#rrggbb" or "". */
static const char *
accent_text(struct arena *a, const char *accent)
{
    return arena_printf(a, "{\"accent\":\"%s\"}", accent);
}

static enum db_result
set_in_transaction(struct db *db, void *data)
{
    struct change *c = data;
    struct audit row = {c->actor, "", "tenant.brand", c->tenant, ""};
    struct audit_change change;
    json_t *before;
    enum db_result r = tenant_store_get(db, c->arena, c->tenant, &before);

    if (r == DB_OK) {
        r = tenant_store_set_accent(db, c->tenant, c->accent);
    }
    if (r != DB_OK) {
        return r;
    }
    change.before = accent_text(c->arena, row_text(before, "accent"));
    change.after = accent_text(c->arena, c->accent);
    return audit_write_texts(db, c->arena, c->tenant, &row, &change);
}

enum db_result
brand_set(struct db *db, struct arena *a, const char *tenant,
          const struct actor *actor, const char *accent)
{
    struct change change = {a, actor, tenant, accent};
    struct colour c;

    if (accent[0] != '\0') {
        if (!colour_parse(accent, &c)) {
            return DB_CHECK;
        }
        change.accent = text_of(a, c);
    }
    return db_transaction(db, true, set_in_transaction, &change);
}

/* ---- the logo ---- */

struct logo_change {
    struct arena *arena;
    const struct actor *actor;
    const char *tenant, *name; /* of what is in it, or "" */
    const struct brand_logo *logo;
};

static const char *
base64(struct arena *a, const char *bytes, size_t len)
{
    size_t size =
        sodium_base64_encoded_len(len, sodium_base64_VARIANT_ORIGINAL);

    return sodium_bin2base64(arena_alloc(a, size), size,
                             (const unsigned char *)bytes, len,
                             sodium_base64_VARIANT_ORIGINAL);
}

static enum db_result
store_logo(struct db *db, const struct logo_change *c)
{
    const struct brand_logo *logo = c->logo;
    enum db_result r = DB_OK;

    if (c->name[0] != '\0') {
        r = tenant_store_add_logo(db, c->tenant, c->name,
                                  base64(c->arena, logo->png, logo->png_len),
                                  base64(c->arena, logo->jpeg, logo->jpeg_len));
    }
    return r == DB_OK ? tenant_store_set_logo(db, c->tenant, c->name,
                                              logo->width, logo->height)
                      : r;
}

static enum db_result
set_logo_in_transaction(struct db *db, void *data)
{
    struct logo_change *c = data;
    struct audit row = {c->actor, "", "tenant.logo", c->tenant, ""};
    struct audit_change change;
    json_t *before;
    enum db_result r = tenant_store_get(db, c->arena, c->tenant, &before);

    if (r != DB_OK || strcmp(row_text(before, "logo"), c->name) == 0) {
        return r;
    }
    r = store_logo(db, c);
    change.before =
        arena_printf(c->arena, "{\"logo\":\"%s\"}", row_text(before, "logo"));
    change.after = arena_printf(c->arena, "{\"logo\":\"%s\"}", c->name);
    return r == DB_OK
               ? audit_write_texts(db, c->arena, c->tenant, &row, &change)
               : r;
}

enum db_result
brand_set_logo(struct db *db, struct arena *a, const char *tenant,
               const struct actor *actor, const struct brand_logo *logo)
{
    struct logo_change change = {a, actor, tenant, "", logo};

    if (logo->png_len > 0) {
        change.name = name_of(a, logo->png, logo->png_len);
    }
    return db_transaction(db, true, set_logo_in_transaction, &change);
}

const char *
brand_logo_path(struct arena *a, const struct tenant *tenant)
{
    return tenant->logo[0] != '\0'
               ? arena_printf(a, "/brand/%s/%s.png", tenant->id, tenant->logo)
               : NULL;
}

static bool
from_base64(struct arena *a, const char *text, const char **bytes, size_t *len)
{
    size_t size = strlen(text);
    unsigned char *out = arena_alloc(a, size + 1);

    *bytes = (const char *)out;
    return sodium_base642bin(out, size, text, size, NULL, len, NULL,
                             sodium_base64_VARIANT_ORIGINAL) == 0;
}

enum db_result
brand_logo(struct db *db, struct arena *a, const char *tenant, const char *name,
           struct brand_logo *out)
{
    json_t *row;
    enum db_result r = tenant_store_logo(db, a, tenant, name, &row);

    *out = (struct brand_logo){0};
    return r != DB_OK ? r
           : from_base64(a, row_text(row, "png"), &out->png, &out->png_len) &&
                   from_base64(a, row_text(row, "jpeg"), &out->jpeg,
                               &out->jpeg_len)
               ? DB_OK
               : DB_FAILED;
}
