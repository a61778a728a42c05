#include "office/form_rows_web.h"

#include <string.h>

#include "base/json.h"
#include "base/model.h"
#include "base/text.h"
#include "db/db.h"
#include "view/i18n.h"

enum { ROWS_MORE = 5 };

const char *
form_rows_name(struct request *rq, const struct form_rows *rows, int row,
               const char *field)
{
    return arena_printf(rq->arena, "%s.%d.%s", rows->name, row, field);
}

/* ---- what was sent ---- */

static bool
is_blank(struct request *rq, const struct form_rows *rows, int row)
{
    for (const struct field *f = rows->fields; f->name; f++) {
        const char *text =
            request_typed(rq, form_rows_name(rq, rows, row, f->name));

        if (text_trim(rq->arena, arena_strdup(rq->arena, text))[0]) {
            return false;
        }
    }
    return true;
}

static void
move_row(struct request *rq, const struct form_rows *rows, int from, int to)
{
    for (const struct field *f = rows->fields; f->name; f++) {
        const char *old = form_rows_name(rq, rows, from, f->name);

        json_object_set_new(rq->raw, form_rows_name(rq, rows, to, f->name),
                            json_string(request_typed(rq, old)));
        json_object_del(rq->raw, old);
    }
}

int
form_rows_gather(struct request *rq, const struct form_rows *rows, int *sent)
{
    int filled = 0;

    *sent = 0;
    for (int i = 0; i < rows->max; i++) {
        if (json_object_get(rq->raw,
                            form_rows_name(rq, rows, i, rows->fields->name))) {
            *sent = i + 1;
        }
        if (!is_blank(rq, rows, i)) {
            if (i != filled) {
                move_row(rq, rows, i, filled);
            }
            filled++;
        }
    }
    return filled;
}

json_t *
form_rows_body(struct request *rq, const struct form_rows *rows, int n)
{
    json_t *body = json_array();

    for (int i = 0; i < n; i++) {
        json_t *one = json_object();

        for (const struct field *f = rows->fields; f->name; f++) {
            json_object_set_new(one, f->name,
                                json_string(request_typed(
                                    rq, form_rows_name(rq, rows, i, f->name))));
        }
        json_array_append_new(body, one);
    }
    return body;
}

const char *
form_rows_control(struct request *rq, const struct form_rows *rows,
                  const char *name)
{
    char *text = arena_strdup(rq->arena, name);

    for (char *p = text; *p; p++) {
        *p = *p == '/' ? '.' : *p;
    }
    return strcmp(name, rows->name) == 0
               ? form_rows_name(rq, rows, 0, rows->fields->name)
               : text;
}

/* ---- the form as it is shown ---- */

/* Up to the end, or to the field of that name. */
static size_t
count(const struct field *fields, const char *until)
{
    size_t n = 0;

    while (fields[n].name && strcmp(fields[n].name, until) != 0) {
        n++;
    }
    return n;
}

const struct field *
form_rows_fields(struct request *rq, const struct form_rows *rows,
                 const struct field *head, int n, int first)
{
    size_t heads = count(head, rows->name);
    struct field *all = arena_alloc(
        rq->arena,
        (heads + (size_t)n * count(rows->fields, "") + 1) * sizeof *all);
    struct field *next = all + heads;

    memcpy(all, head, heads * sizeof *all);
    for (int i = 0; i < n; i++) {
        for (const struct field *f = rows->fields; f->name; f++) {
            *next = *f;
            next->flags = FIELD_IN | (i == 0 ? f->flags & first : 0);
            next->name = form_rows_name(rq, rows, i, f->name);
            next->label = arena_printf(rq->arena, "%d. %s", i + 1,
                                       i18n(rq->language, f->label));
            next++;
        }
    }
    *next = (struct field)FIELD_END;
    return all;
}

static void
add_lines(json_t *model, const char *name, size_t from, size_t to, size_t each)
{
    const json_t *controls = json_object_get(model, "controls");
    json_t *lines = json_array();

    for (size_t i = from; i < to; i += each) {
        json_t *line = json_array();

        for (size_t k = i; k < i + each && k < to; k++) {
            json_array_append(line, json_array_get(controls, k));
        }
        json_array_append_new(lines, json_pack("{s:o}", "fields", line));
    }
    json_object_set_new(model, name, lines);
}

/* Where the controls of rows begin, which need not be filled in: that goes
 * without saying. */
static size_t
mark_rows(const struct form_rows *rows, const json_t *controls)
{
    size_t len = strlen(rows->name), first = json_array_size(controls), i;
    json_t *control;

    json_array_foreach(controls, i, control)
    {
        const char *name = row_text(control, "name");

        if (strncmp(name, rows->name, len) == 0 && name[len] == '.') {
            model_flag(control, "is_", "plain");
            first = i < first ? i : first;
        }
    }
    return first;
}

void
form_rows_lines(const struct form_rows *rows, json_t *model, size_t spans)
{
    const json_t *controls = json_object_get(model, "controls");
    size_t heads = mark_rows(rows, controls), each = count(rows->fields, ""),
           all = json_array_size(controls);

    add_lines(model, "head", 0, heads - 2 * spans, 1);
    add_lines(model, "spans", heads - 2 * spans, heads, 2);
    add_lines(model, "items", heads, all, each);
    json_object_set_new(model, "has_rows", json_true());
    json_object_set_new(model, "may_more",
                        json_boolean(all - heads < (size_t)rows->max * each));
}

bool
form_rows_more(const struct request *rq)
{
    return json_object_get(rq->raw, "more") != NULL;
}

int
form_rows_again(struct request *rq, const struct form_rows *rows)
{
    int n;

    (void)form_rows_gather(rq, rows, &n);
    n = n < FORM_ROWS_FIRST ? FORM_ROWS_FIRST : n;
    n += form_rows_more(rq) ? ROWS_MORE : 0;
    return n > rows->max ? rows->max : n;
}

void
form_rows_not_done(struct response *rs)
{
    rs->status = err_row(ERR_invalid)->status;
}
