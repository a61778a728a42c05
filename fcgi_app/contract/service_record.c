/* Services that come many at once: by a call, or from a file. */
#include <string.h>

#include "base/json.h"
#include "contract/contract.h"
#include "contract/service_note.h"
#include "contract/service_store.h"
#include "tenant/tenant.h"

struct recording {
    const struct service_desk *desk;
    struct service_line *lines;
    size_t n;
    size_t *came; /* how many errors each line came with */
    bool dry;
    const char *today;
    json_t *contracts; /* reference -> row */
    json_t *before;    /* external id -> row of the entry that was there */
    json_t *seen;      /* external id -> line that makes the entry */
    json_t **new;      /* rows to be written */
    size_t n_new;
};

void
service_line_errors(struct arena *a, struct service_line *line,
                    const struct field_errors *errors)
{
    size_t size = errors->n * sizeof *errors->list;
    struct field_error *kept = arena_alloc(a, size + 1);

    memcpy(kept, errors->list, size);
    line->errors = kept;
    line->n_errors = errors->n;
}

static void
refuse(const struct recording *rec, struct service_line *line, const char *name,
       enum err code)
{
    struct field_errors errors = {0};

    field_fail(&errors, name, code, 0);
    service_line_errors(rec->desk->arena, line, &errors);
}

/* ---- what is there, asked for all lines at once ---- */

/* Values of a column of the lines that can be recorded, each once. */
static json_t *
wanted(const struct recording *rec, const char *column)
{
    json_t *set = json_in_arena(rec->desk->arena, json_object());

    for (size_t i = 0; i < rec->n; i++) {
        const char *value = row_text(rec->lines[i].input, column);

        if (rec->lines[i].n_errors == 0 && value) {
            json_object_set_new(set, value, json_true());
        }
    }
    return set;
}

/* The rows by their value of a column. */
static json_t *
by_column(struct arena *a, const json_t *rows, const char *column)
{
    json_t *map = json_in_arena(a, json_object()), *row;
    size_t i;

    json_array_foreach(rows, i, row)
    {
        json_object_set(map, row_text(row, column), row);
    }
    return map;
}

static enum db_result
ask(struct recording *rec)
{
    struct arena *a = rec->desk->arena;
    const char *tenant = rec->desk->tenant->id;
    json_t *contracts, *entries;
    enum db_result r = service_store_contracts(
        rec->desk->db, a, tenant, wanted(rec, "contract"), &contracts);

    if (r == DB_OK) {
        r = service_store_externals(rec->desk->db, a, tenant,
                                    wanted(rec, "external_id"), &entries);
    }
    if (r == DB_OK) {
        rec->contracts = by_column(a, contracts, "contract");
        rec->before = by_column(a, entries, "external_id");
        rec->seen = json_in_arena(a, json_object());
        rec->n_new = 0;
    }
    return r;
}

/* ---- one line ---- */

/* NULL: it is refused, with its error. */
static const json_t *
find_contract(const struct recording *rec, struct service_line *line)
{
    const json_t *contract =
        json_object_get(rec->contracts, row_text(line->input, "contract"));

    if (!contract) {
        refuse(rec, line, "contract", ERR_unknown_contract);
        return NULL;
    }
    if (!service_contract_open(contract, rec->today)) {
        refuse(rec, line, "contract", ERR_contract_ended);
        return NULL;
    }
    return contract;
}

/* Whether the line's external id is taken: before, or by a line above. *row is
 * NULL when that is of a dry run. */
static bool
find_entry(const struct recording *rec, const struct service_line *line,
           json_t **row)
{
    const char *external = row_text(line->input, "external_id");
    json_t *above = external ? json_object_get(rec->seen, external) : NULL;

    *row = NULL;
    if (above) {
        *row = rec->lines[json_integer_value(above)].row;
    } else if (external) {
        *row = json_object_get(rec->before, external);
    }
    return above || *row;
}

static void
found(struct service_line *line, json_t *row, const struct service_new *new)
{
    line->outcome = SERVICE_EXISTING;
    line->row = row;
    line->differs = row && service_differs(row, new);
}

static void
create(struct recording *rec, struct service_line *line, const json_t *contract,
       const struct service_new *new)
{
    line->outcome = SERVICE_CREATED;
    line->warning =
        service_warning(rec->today, new->performance_date, new->bill_from);
    if (!rec->dry) {
        line->row = service_row_new(rec->desk->arena, contract, new);
        rec->new[rec->n_new++] = line->row;
    }
}

/* What no field row says of its values; false: it is refused. */
static bool
take(const struct recording *rec, struct service_line *line,
     struct service_new *new)
{
    struct field_errors errors = {0};
    struct service_sent sent = {rec->desk->arena, rec->desk->tenant,
                                line->input, NULL, &errors};
    bool ok = service_take(&sent, new);

    if (!ok) {
        service_line_errors(rec->desk->arena, line, &errors);
    }
    return ok;
}

static void
record_line(struct recording *rec, size_t i)
{
    struct service_line *line = &rec->lines[i];
    struct service_new new;
    const json_t *contract;
    json_t *row;

    if (line->n_errors > 0 || !take(rec, line, &new)) {
        return;
    }
    if (find_entry(rec, line, &row)) {
        found(line, row, &new);
        return;
    }
    contract = find_contract(rec, line);
    if (!contract) {
        return;
    }
    create(rec, line, contract, &new);
    if (new.external_id) {
        json_object_set_new(rec->seen, new.external_id,
                            json_integer((json_int_t)i));
    }
}

/* ---- all of them ---- */

/* A transaction that was tried in vain begins anew, with the errors alone that
 * the lines came with. */
static void
forget(struct recording *rec)
{
    for (size_t i = 0; i < rec->n; i++) {
        struct service_line *line = &rec->lines[i];

        line->n_errors = rec->came[i];
        line->outcome = SERVICE_REFUSED;
        line->row = NULL;
        line->warning = SERVICE_FINE;
        line->differs = false;
    }
}

/* DB_BUSY: somebody else recorded one of them since it was asked for. */
static enum db_result
write_new(const struct recording *rec)
{
    const struct service_desk *desk = rec->desk;
    int64_t added = 0;
    enum db_result r = service_store_insert_many(
        desk->db, desk->arena, desk->tenant->id, rec->new, rec->n_new, &added);

    if (r == DB_OK && added != (int64_t)rec->n_new) {
        return DB_BUSY;
    }
    return r == DB_OK ? service_note_created(desk, rec->new, rec->n_new) : r;
}

static enum db_result
record_all(struct db *db, void *data)
{
    struct recording *rec = data;
    enum db_result r;

    (void)db;
    forget(rec);
    r = ask(rec);
    for (size_t i = 0; i < rec->n && r == DB_OK; i++) {
        record_line(rec, i);
    }
    return r == DB_OK && !rec->dry ? write_new(rec) : r;
}

enum db_result
service_record(const struct service_desk *desk, struct service_line *lines,
               size_t n, bool dry)
{
    struct recording rec = {.desk = desk,
                            .lines = lines,
                            .n = n,
                            .dry = dry,
                            .today = tenant_today(desk->arena, desk->tenant)};

    rec.new = arena_alloc(desk->arena, (n + 1) * sizeof *rec.new);
    rec.came = arena_alloc(desk->arena, (n + 1) * sizeof *rec.came);
    for (size_t i = 0; i < n; i++) {
        rec.came[i] = lines[i].n_errors;
    }
    return dry ? record_all(desk->db, &rec)
               : db_transaction(desk->db, true, record_all, &rec);
}
