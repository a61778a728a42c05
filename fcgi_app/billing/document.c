#include "billing/document.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/id.h"
#include "base/json.h"
#include "base/log.h"
#include "billing/billing_store.h"

enum { HASH = 32, FILE_MAX = 64 * 1024 * 1024 };

/* ---- reading one ---- */

const json_t *
document_party(struct arena *a, const char *text)
{
    json_t *object = text ? json_loads(text, 0, NULL) : NULL;

    if (!json_is_object(object)) {
        json_decref(object);
        object = json_object();
    }
    return json_in_arena(a, object);
}

enum db_result
document_logo(struct db *db, struct arena *a, const char *tenant,
              const json_t *seller, struct brand_logo *out)
{
    const char *name = row_text(seller, "logo");
    enum db_result r = DB_NONE;

    *out = (struct brand_logo){0};
    if (name && name[0]) {
        r = brand_logo(db, a, tenant, name, out);
    }
    return r == DB_NONE ? DB_OK : r;
}

/* Of before it was kept: as it is now, from now on. */
static enum db_result
add_seller(struct db *db, struct arena *a, const struct tenant *tenant,
           const char *id, json_t **row)
{
    const char *seller;
    enum db_result r = invoice_seller(db, a, tenant, &seller);

    if (r == DB_OK) {
        r = document_store_set_seller(db, tenant->id, id, seller);
    }
    return r == DB_OK ? document_store_get(db, a, tenant->id, id, row) : r;
}

enum db_result
document_load(struct db *db, struct arena *a, const struct tenant *tenant,
              const char *id, struct document *out)
{
    json_t *row, *lines;
    enum db_result r = document_store_get(db, a, tenant->id, id, &row);

    if (r == DB_OK && row_text(row, "seller")[0] == '\0') {
        r = add_seller(db, a, tenant, id, &row);
    }
    if (r == DB_OK) {
        r = invoice_lines(db, a, tenant->id, id, &lines);
    }
    if (r != DB_OK) {
        return r;
    }
    *out = (struct document){
        .row = row,
        .lines = lines,
        .taxes = invoice_taxes(a, lines),
        .seller = document_party(a, row_text(row, "seller_data")),
        .buyer = document_party(a, row_text(row, "buyer"))};
    return document_logo(db, a, tenant->id, out->seller, &out->logo);
}

int
document_sign(const json_t *row)
{
    return strcmp(row_text(row, "type"), "credit_note") == 0 ? -1 : 1;
}

struct document_line
document_line(const json_t *row, const json_t *line)
{
    struct document_line out = {row_int(line, "quantity"),
                                row_int(line, "unit_price"),
                                row_int(line, "net") * document_sign(row)};

    out.quantity *= document_sign(row);
    if (out.unit_price < 0) {
        out.unit_price = -out.unit_price;
        out.quantity = -out.quantity;
    }
    return out;
}

/* ---- VAT ---- */

static const char *
text_of(const json_t *object, const char *key)
{
    const char *text = row_text(object, key);

    return text ? text : "";
}

static bool
in_union(const char *country)
{
    static const char states[] = "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU "
                                 "IE IT LT LU LV MT NL PL PT RO SE SI SK ";
    const char *at = strlen(country) == 2 ? strstr(states, country) : NULL;

    return at && at[2] == ' ';
}

bool
document_vat_id_ok(const char *id)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    size_t len = strlen(id);

    return len >= 4 && len <= 15 && strspn(id, letters) >= 2 &&
           strspn(id, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+*") == len;
}

struct document_vat
document_vat(const struct document *d, int64_t rate)
{
    const char *home = text_of(d->seller, "country");
    const char *country = text_of(d->buyer, "country");
    const char *why = text_of(d->seller, "vat_exemption");
    bool abroad = home[0] && country[0] && strcmp(home, country) != 0;

    if (rate > 0) {
        return (struct document_vat){"S", NULL, NULL};
    }
    if (abroad && in_union(home) && in_union(country) &&
        document_vat_id_ok(text_of(d->buyer, "vat_id")) &&
        document_vat_id_ok(text_of(d->seller, "vat_id"))) {
        return (struct document_vat){
            "AE", N_("Reverse charge: the recipient owes the VAT."),
            "VATEX-EU-AE"};
    }
    if (why[0]) {
        return (struct document_vat){"E", why, NULL};
    }
    if (abroad && !in_union(country)) {
        return (struct document_vat){
            "E", N_("Not taxable here: the recipient is in another country."),
            NULL};
    }
    return (struct document_vat){"Z", NULL, NULL};
}

/* ---- files ---- */

static const struct {
    const char *ending, *type, *column;
} kinds[] = {
    [DOCUMENT_PDF] = {"pdf", "application/pdf", "pdf"},
    [DOCUMENT_XML] = {"xml", "application/xml", "xml"},
};

const char *
document_type(enum document_kind kind)
{
    return kinds[kind].type;
}

const char *
document_ending(enum document_kind kind)
{
    return kinds[kind].ending;
}

static const char *
hash_of(struct arena *a, const void *bytes, size_t len)
{
    unsigned char hash[HASH];
    char *hex = arena_alloc(a, 2 * HASH + 1);

    crypto_generichash(hash, sizeof hash, bytes, len, NULL, 0);
    return sodium_bin2hex(hex, 2 * HASH + 1, hash, sizeof hash);
}

static const char *
path_of(struct arena *a, const struct config *config, const char *tenant,
        enum document_kind kind, const char *hash)
{
    return arena_printf(a, "%s/documents/%s/%s.%s", config->state, tenant, hash,
                        kinds[kind].ending);
}

/* All of a file; false: there is none, or it cannot be read. */
static bool
read_file(struct arena *a, const char *path, struct document_bytes *out)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat st;
    ssize_t n = -1;
    char *data;

    if (fd < 0) {
        return false;
    }
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size < FILE_MAX) {
        data = arena_alloc(a, (size_t)st.st_size + 1);
        n = read(fd, data, (size_t)st.st_size);
        *out = (struct document_bytes){data, (size_t)st.st_size, NULL};
    }
    close(fd);
    return n >= 0 && (size_t)n == out->len;
}

bool
document_read(struct arena *a, const struct config *config, const char *tenant,
              enum document_kind kind, const char *hash,
              struct document_bytes *out)
{
    if (!read_file(a, path_of(a, config, tenant, kind, hash), out)) {
        return false;
    }
    out->hash = hash_of(a, out->data, out->len);
    if (strcmp(out->hash, hash) != 0) {
        log_error("document %s.%s of %s was changed on the disk", hash,
                  kinds[kind].ending, tenant);
        return false;
    }
    return true;
}

static bool
make_dir(const char *path)
{
    if (mkdir(path, 0750) == 0 || errno == EEXIST) {
        return true;
    }
    log_error("%s: %s", path, strerror(errno));
    return false;
}

static bool
write_all(int fd, const char *data, size_t len)
{
    while (len > 0) {
        ssize_t n = write(fd, data, len);

        if (n < 0) {
            return false;
        }
        data += n;
        len -= (size_t)n;
    }
    return true;
}

/* Whole under its name, or not at all. */
static bool
write_file(struct arena *a, const char *path, const struct document_bytes *b)
{
    const char *part = arena_printf(a, "%s.%s.part", path, id_base62(a, 12));
    int fd = open(part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
    bool ok = fd >= 0 && write_all(fd, b->data, b->len) && fsync(fd) == 0;

    if (fd >= 0) {
        ok &= close(fd) == 0;
    }
    if (!ok || rename(part, path) != 0) {
        log_error("%s: %s", path, strerror(errno));
        unlink(part);
        return false;
    }
    return true;
}

bool
document_write(struct arena *a, const struct config *config, const char *tenant,
               enum document_kind kind, struct document_bytes *bytes)
{
    const char *all = arena_printf(a, "%s/documents", config->state);
    struct document_bytes there;

    bytes->hash = hash_of(a, bytes->data, bytes->len);
    if (document_read(a, config, tenant, kind, bytes->hash, &there)) {
        return true;
    }
    return make_dir(all) && make_dir(arena_printf(a, "%s/%s", all, tenant)) &&
           write_file(a, path_of(a, config, tenant, kind, bytes->hash), bytes);
}

/* ---- its hash ---- */

struct keeping {
    struct arena *arena;
    const char *tenant;
    const struct actor *actor;
    const struct document *document;
    const char *column, *hash;
};

static enum db_result
keep_in_transaction(struct db *db, void *data)
{
    const struct keeping *k = data;
    const json_t *row = k->document->row;
    const char *id = row_text(row, "id");
    const char *old = row_text(row, k->column);
    struct audit audit = {k->actor, row_text(row, "customer"),
                          "document.redrawn", id, k->column};
    int64_t changed = 0;
    enum db_result r = document_store_set_hash(db, k->tenant, id, k->column,
                                               old, k->hash, &changed);

    if (r != DB_OK || changed == 0 || old[0] == '\0') {
        return r;
    }
    return audit_write_objects(
        db, k->arena, k->tenant, &audit,
        json_in_arena(k->arena, json_pack("{s:s}", "hash", old)),
        json_in_arena(k->arena, json_pack("{s:s}", "hash", k->hash)));
}

enum db_result
document_keep(struct db *db, struct arena *a, const char *tenant,
              const struct actor *actor, const struct document *d,
              enum document_kind kind, const char *hash)
{
    struct keeping k = {a, tenant, actor, d, kinds[kind].column, hash};

    return strcmp(row_text(d->row, kinds[kind].column), hash) == 0
               ? DB_OK
               : db_transaction(db, true, keep_in_transaction, &k);
}
