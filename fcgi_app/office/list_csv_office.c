/*
 * Lists as CSV files: short ones are answered, long ones made by a job
 * (list_csv_jobs.c). Each is for who may see the page of the list.
 */
#include <string.h>

#include "base/json.h"
#include "base/model.h"
#include "export/export_web.h"
#include "http/form.h"
#include "http/handlers.h"
#include "office/export_office.h"
#include "office/office_web.h"
#include "tenant/tenant.h"
#include "view/i18n.h"

enum { STEP = 200, PARTS_MAX = 50 };

static const char kind[] = "list_csv";

const struct field list_csv_fields[] = {
    {.name = "list",
     .type = FIELD_TEXT,
     .flags = FIELD_IN | FIELD_REQUIRED,
     .max = 64,
     .label = N_("List")},
    {.name = "query",
     .type = FIELD_TEXT,
     .flags = FIELD_IN,
     .max = 4000,
     .label = N_("Filter")},
    FIELD_END,
};

/* ---- who may have it ---- */

/* Rights of pages, as routes.def has them. */
static const struct page {
    const char *method, *path, *right;
} pages[] = {
#define PAGE(method, path, function, door, right, fields, pool, limit, help)   \
    {#method, path, right},
#define REST(method, path, function, scope, fields, answer, shape, pool,       \
             limit, help)
#include "tables/routes.def"
#undef PAGE
#undef REST
};

static bool
may_see(const struct request *rq, const struct list *l)
{
    for (size_t i = 0; l && i < sizeof pages / sizeof *pages; i++) {
        if (strcmp(pages[i].path, l->path) == 0 &&
            strcmp(pages[i].method, "GET") == 0) {
            return office_may(rq, pages[i].right);
        }
    }
    return false;
}

/* ---- what is answered ---- */

/* The page that offers a file from the background. */
static void
offer(struct request *rq, struct response *rs, const struct list *l)
{
    json_t *model =
        json_pack("{s:s, s:s+, s:s+, s:s}", "title",
                  i18n(rq->language, l->title), "back_url", rq->prefix, l->path,
                  "action", rq->prefix, "/admin/exports", "list", l->path);

    model_text(model, "query", rq->query);
    response_page(rs, "office_list_csv", json_in_arena(rq->arena, model));
}

static void
answer(struct request *rq, struct response *rs, const struct list *l,
       const struct buf *out)
{
    response_bytes(rs, "text/csv; charset=utf-8", out->data, out->len);
    response_header(rs, "Content-Disposition",
                    arena_printf(rq->arena, "attachment; filename=\"%s.csv\"",
                                 strrchr(l->path, '/') + 1));
}

/* All of it or nothing: a file that ends early would be taken for the whole.
 * What is sorted is sorted once; invoices are leafed through, and with filters
 * that fit few of them a part may have no rows. */
void
office_list_csv(struct request *rq, struct response *rs, const struct list *l)
{
    struct buf out = buf_new(rq->arena, 64 * 1024);
    struct list_part part = {.limit = l->own ? STEP : STEP * PARTS_MAX,
                             .next = true};
    size_t i;
    json_t *row;

    office_csv(rq, l, NULL, &out);
    for (int n = l->own ? PARTS_MAX : 1; n > 0 && part.next; n--) {
        enum db_result r = office_list_part(rq, l, &part);

        if (r != DB_OK || rq->errors.n > 0) {
            response_error(rs, r == DB_OK ? ERR_invalid : db_error(r));
            return;
        }
        json_array_foreach(part.rows, i, row)
        {
            office_csv(rq, l, row, &out);
        }
        office_list_go_on(rq->arguments, &part);
    }
    if (part.next) {
        offer(rq, rs, l);
    } else {
        answer(rq, rs, l, &out);
    }
}

/* ---- the job ---- */

void
list_csv_submit(struct request *rq, struct response *rs)
{
    const char *path = request_text(rq, "list"),
               *query = request_text(rq, "query"), *id;
    const struct list *l = path ? office_list(path) : NULL;
    json_t *asked = json_in_arena(rq->arena, json_object()), *input;
    enum db_result r;

    if (rq->errors.n > 0 || !l ||
        (query && form_parse(rq->arena, query, strlen(query), &asked))) {
        response_error(rs, ERR_malformed);
        return;
    }
    if (!may_see(rq, l)) {
        response_error(rs, ERR_forbidden);
        return;
    }
    input = json_in_arena(
        rq->arena, json_pack("{s:s, s:O}", "list", l->path, "asked", asked));
    r = export_ask_kind(rq->db, rq->arena, rq->tenant->id, rq->actor, kind,
                        input, &id);
    if (r != DB_OK) {
        office_refuse(rs, r);
    } else {
        response_redirect(rq, rs,
                          arena_printf(rq->arena, "/admin/exports/%s",
                                       form_escape(rq->arena, id)));
    }
}

/* The list that the job of the path is of; NULL with the error in the response.
 * Who may not see the list is told of no job either. */
static const struct list *
list_of_job(struct request *rq, struct response *rs, json_t **job)
{
    const struct list *l;
    json_t *arguments;

    *job = office_export_job(rq, rs, kind);
    if (!*job) {
        return NULL;
    }
    arguments = json_in_arena(rq->arena,
                              json_loads(row_text(*job, "arguments"), 0, NULL));
    l = office_list(row_text(arguments, "list"));
    if (!may_see(rq, l)) {
        response_error(rs, ERR_not_found);
        return NULL;
    }
    return l;
}

void
list_csv_job_page(struct request *rq, struct response *rs)
{
    json_t *job;
    const struct list *l = list_of_job(rq, rs, &job);
    struct office_export x = {.title = N_("A large CSV file"),
                              .words = N_("{done} rows so far."),
                              .download = N_("Download CSV")};

    if (l) {
        x.back = l->path;
        x.back_label = l->title;
        office_export_page(rq, rs, &x, job);
    }
}

void
list_csv_file(struct request *rq, struct response *rs)
{
    json_t *job;

    if (list_of_job(rq, rs, &job)) {
        export_file_answer(rq, rs, kind);
    }
}
