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
    bool dry;
    const char *today;
    json_t *contracts;         /* reference -> its place in what was asked */
    struct db_answer **asked;  /* contracts */
    struct db_answer **before; /* by line: the entry with its external id */
    json_t *seen;              /* external ids of lines so far */
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

/* ---- questions, all of them before the first answer ---- */

static void
ask_contract(struct recording *rec, const char *ref)
{
    size_t n = json_object_size(rec->contracts);

    if (!json_object_get(rec->contracts, ref)) {
        json_object_set_new(rec->contracts, ref, json_integer((json_int_t)n));
        rec->asked[n] = service_store_ask_contract(
            rec->desk->db, rec->desk->arena, rec->desk->tenant->id, ref);
    }
}

static void
ask(struct recording *rec)
{
    struct arena *a = rec->desk->arena;

    rec->contracts = json_in_arena(a, json_object());
    rec->seen = json_in_arena(a, json_object());
    rec->asked = arena_alloc(a, (rec->n + 1) * sizeof *rec->asked);
    rec->before = arena_alloc(a, (rec->n + 1) * sizeof *rec->before);
    for (size_t i = 0; i < rec->n; i++) {
        const json_t *input = rec->lines[i].input;
        const char *external = row_text(input, "external_id");

        if (rec->lines[i].n_errors == 0) {
            ask_contract(rec, row_text(input, "contract"));
        }
        if (rec->lines[i].n_errors == 0 && external) {
            rec->before[i] = service_store_ask_external(
                rec->desk->db, a, rec->desk->tenant->id, external);
        }
    }
}

/* ---- one line ---- */

/* DB_CHECK: it is refused, with its error. */
static enum db_result
find_contract(const struct recording *rec, struct service_line *line,
              json_t **contract)
{
    const char *ref = row_text(line->input, "contract");
    size_t at = (size_t)row_int(rec->contracts, ref);
    enum db_result r = db_row(rec->asked[at], contract);

    if (r == DB_NONE) {
        refuse(rec, line, "contract", ERR_unknown_contract);
        return DB_CHECK;
    }
    if (r == DB_OK && !service_contract_open(*contract, rec->today)) {
        refuse(rec, line, "contract", ERR_contract_ended);
        return DB_CHECK;
    }
    return r;
}

/* The entry with the line's external id: from before, or from a line above. A
 * dry run has no row of that. DB_NONE: there is none. */
static enum db_result
find_entry(const struct recording *rec, size_t i, json_t **row)
{
    const char *external = row_text(rec->lines[i].input, "external_id");
    json_t *above = external ? json_object_get(rec->seen, external) : NULL;

    *row = NULL;
    if (above) {
        *row = rec->lines[json_integer_value(above)].row;
        return DB_OK;
    }
    return rec->before[i] ? db_row(rec->before[i], row) : DB_NONE;
}

static void
found(struct service_line *line, json_t *row, const struct service_new *new)
{
    line->outcome = SERVICE_EXISTING;
    line->row = row;
    line->differs = row && service_differs(row, new);
}

static enum db_result
create(const struct recording *rec, struct service_line *line,
       const json_t *contract, const struct service_new *new)
{
    json_t *row = service_row_new(rec->desk->arena, contract, new);
    struct service_note told = {"service_entry.created", NULL, row,
                                CALLBACK_service_entry_created};
    int64_t added = 0;
    enum db_result r = DB_OK;

    line->outcome = SERVICE_CREATED;
    line->warning =
        service_warning(rec->today, new->performance_date, new->bill_from);
    if (rec->dry) {
        return r;
    }
    r = service_store_insert(rec->desk->db, rec->desk->tenant->id, row, &added);
    if (r == DB_OK && added) {
        line->row = row;
        return service_note(rec->desk, &told);
    }
    /* somebody else recorded it since it was asked for */
    return r == DB_OK ? DB_BUSY : r;
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

static enum db_result
record_line(const struct recording *rec, size_t i)
{
    struct service_line *line = &rec->lines[i];
    struct service_new new;
    json_t *contract, *row;
    enum db_result r;

    if (line->n_errors > 0 || !take(rec, line, &new)) {
        return DB_OK;
    }
    r = find_entry(rec, i, &row);
    if (r == DB_OK) {
        found(line, row, &new);
        return r;
    }
    if (r == DB_NONE) {
        r = find_contract(rec, line, &contract);
    }
    if (r == DB_OK) {
        r = create(rec, line, contract, &new);
    }
    if (r == DB_OK && new.external_id) {
        json_object_set_new(rec->seen, new.external_id,
                            json_integer((json_int_t)i));
    }
    return r == DB_CHECK ? DB_OK : r;
}

/* ---- all of them ---- */

/* A transaction that was tried in vain begins anew. */
static void
forget(struct recording *rec)
{
    for (size_t i = 0; i < rec->n; i++) {
        struct service_line *line = &rec->lines[i];

        line->outcome = SERVICE_REFUSED;
        line->row = NULL;
        line->warning = SERVICE_FINE;
        line->differs = false;
    }
}

static enum db_result
record_all(struct db *db, void *data)
{
    struct recording *rec = data;
    enum db_result r = DB_OK;

    (void)db;
    forget(rec);
    ask(rec);
    for (size_t i = 0; i < rec->n && r == DB_OK; i++) {
        r = record_line(rec, i);
    }
    return r;
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

    return dry ? record_all(desk->db, &rec)
               : db_transaction(desk->db, true, record_all, &rec);
}
