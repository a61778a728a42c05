/* Services from a file or pasted lines: first looked through, then recorded. */
#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/model.h"
#include "base/text.h"
#include "contract/service.h"
#include "http/handlers.h"
#include "office/office_web.h"
#include "view/csv.h"
#include "view/i18n.h"

enum { LINES_MAX = 5000, NONE = -1 };

/* What was sent, line by line. */
struct import {
    struct request *rq;
    int columns[CSV_FIELDS_MAX]; /* place in service_line_fields, or NONE */
    size_t n_columns;
    json_t *ignored; /* names of columns that mean nothing here */
    size_t n;
    struct service_line *lines;
    int *numbers;       /* of the lines in the file */
    const char **texts; /* each as it stands there */
    const char *header; /* the first line of all */
    const char *field;  /* that it came by */
};

/* ---- columns ---- */

/* A column is called as in the API, or as the pages call it in any language. */
static bool
called(struct arena *a, const struct field *f, const char *name)
{
    if (strcmp(f->name, name) == 0) {
        return true;
    }
    for (size_t i = 0; i < text_n_languages; i++) {
        if (strcmp(text_fold(a, i18n(text_languages[i], f->label)), name) ==
            0) {
            return true;
        }
    }
    return false;
}

static int
column_of(struct arena *a, const char *title)
{
    const char *name = text_fold(a, title);

    for (int i = 0; service_line_fields[i].name; i++) {
        if (called(a, &service_line_fields[i], name)) {
            return i;
        }
    }
    return NONE;
}

static bool
has_column(const struct import *im, int column)
{
    for (size_t i = 0; i < im->n_columns; i++) {
        if (im->columns[i] == column) {
            return true;
        }
    }
    return false;
}

/* Labels of columns that must be there and are not; "": none. */
static const char *
missing(const struct import *im)
{
    struct buf out = buf_new(im->rq->arena, 64);

    for (int i = 0; service_line_fields[i].name; i++) {
        if ((service_line_fields[i].flags & FIELD_REQUIRED) &&
            !has_column(im, i)) {
            buf_printf(&out, "%s%s", out.len ? ", " : "",
                       service_line_fields[i].name);
        }
    }
    return out.data;
}

static bool
fail(struct import *im, enum err code, long limit, const char *word)
{
    field_fail_word(&im->rq->errors, im->field, code, limit, word);
    return false;
}

static bool
read_header(struct import *im, const struct csv_reader *r)
{
    const char *lacking;

    for (size_t i = 0; i < r->n; i++) {
        int column = column_of(im->rq->arena, r->fields[i]);

        if (column != NONE && has_column(im, column)) {
            return fail(im, ERR_csv_column_twice, 0, r->fields[i]);
        }
        if (column == NONE && r->fields[i][0]) {
            json_array_append_new(im->ignored, json_string(r->fields[i]));
        }
        im->columns[im->n_columns++] = column;
    }
    lacking = missing(im);
    return lacking[0] == '\0' || fail(im, ERR_csv_columns, 0, lacking);
}

/* ---- values as people write them ---- */

static bool
digits(const char *s, int n)
{
    for (; n > 0; n--, s++) {
        if (*s < '0' || *s > '9') {
            return false;
        }
    }
    return true;
}

/* "4.11.2026" -> "2026-11-04"; anything else as it is. */
static const char *
plain_date(struct arena *a, const char *s)
{
    const char *day = s, *month;
    int d = digits(s, 2) ? 2 : 1, m;

    if (!digits(s, d) || s[d] != '.') {
        return s;
    }
    month = s + d + 1;
    m = digits(month, 2) ? 2 : 1;
    if (!digits(month, m) || month[m] != '.' || !digits(month + m + 1, 4) ||
        month[m + 5] != '\0') {
        return s;
    }
    return arena_printf(a, "%.4s-%s%.*s-%s%.*s", month + m + 1,
                        m == 1 ? "0" : "", m, month, d == 1 ? "0" : "", d, day);
}

/* "19 %" -> "19" */
static const char *
plain_percent(struct arena *a, const char *s)
{
    size_t len = strlen(s);

    if (len > 0 && s[len - 1] == '%') {
        s = text_trim(a, arena_strndup(a, s, len - 1));
    }
    return s;
}

static const char *
plain(struct arena *a, const struct field *f, const char *text)
{
    text = text_trim(a, text);
    return f->type == FIELD_DATE      ? plain_date(a, text)
           : f->type == FIELD_PERCENT ? plain_percent(a, text)
                                      : text;
}

/* ---- lines ---- */

static bool
is_wider(const struct import *im, const struct csv_reader *r)
{
    for (size_t i = im->n_columns; i < r->n; i++) {
        if (r->fields[i][strspn(r->fields[i], " ")]) {
            return true;
        }
    }
    return false;
}

static void
type_line(const struct import *im, const struct csv_reader *r, bool wide,
          struct service_line *line)
{
    struct arena *a = im->rq->arena;
    struct field_errors errors = {0};
    json_t *values = json_in_arena(a, json_object());

    for (size_t i = 0; i < r->n && i < im->n_columns; i++) {
        if (im->columns[i] != NONE) {
            const struct field *f = &service_line_fields[im->columns[i]];

            json_object_set_new(values, f->name,
                                json_string(plain(a, f, r->fields[i])));
        }
    }
    line->input =
        field_parse(a, service_line_fields, values, FIELD_FORM, &errors);
    if (wide || is_wider(im, r)) {
        errors.n = 0; /* its values stand in the wrong columns */
        field_fail(&errors, "", ERR_csv_width, 0);
    }
    service_line_errors(a, line, &errors);
}

/* As it stands in the file, with one end of line. */
static const char *
piece(struct arena *a, const char *from, const char *to)
{
    from += strspn(from, "\r\n");
    while (to > from && strchr("\r\n", to[-1])) {
        to--;
    }
    return to > from ? arena_printf(a, "%.*s\n", (int)(to - from), from) : "";
}

static bool
read_lines(struct import *im, struct csv_reader *r)
{
    struct arena *a = im->rq->arena;
    enum csv_result result;
    const char *at = r->at;

    while ((result = csv_next(r, a)) != CSV_END) {
        if (result == CSV_OPEN) {
            return fail(im, ERR_csv_quote, r->line, NULL);
        }
        if (im->n == LINES_MAX) {
            return fail(im, ERR_csv_rows, LINES_MAX, NULL);
        }
        type_line(im, r, result == CSV_TOO_WIDE, &im->lines[im->n]);
        im->numbers[im->n] = r->line;
        im->texts[im->n++] = piece(a, at, r->at);
        at = r->at;
    }
    return im->n > 0 || fail(im, ERR_csv_nothing, 0, NULL);
}

/* False: nothing of it can be used, and the errors say why. */
static bool
read_text(struct import *im, const char *text)
{
    struct arena *a = im->rq->arena;
    struct csv_reader r = csv_begin(text);
    const char *at = r.at;
    enum csv_result result = csv_next(&r, a);

    im->ignored = json_in_arena(a, json_array());
    im->lines = arena_alloc(a, LINES_MAX * sizeof *im->lines);
    im->numbers = arena_alloc(a, LINES_MAX * sizeof *im->numbers);
    im->texts = arena_alloc(a, LINES_MAX * sizeof *im->texts);
    if (result == CSV_OPEN) {
        return fail(im, ERR_csv_quote, r.line, NULL);
    }
    if (result == CSV_END) {
        return fail(im, ERR_csv_nothing, 0, NULL);
    }
    if (result == CSV_TOO_WIDE) {
        return fail(im, ERR_value_too_many, CSV_FIELDS_MAX, NULL);
    }
    im->header = piece(a, at, r.at);
    return read_header(im, &r) && read_lines(im, &r);
}

/* ---- the page ---- */

static const char *
label_of(struct request *rq, const char *name)
{
    for (const struct field *f = service_line_fields; f->name; f++) {
        if (strcmp(f->name, name) == 0) {
            return i18n(rq->language, f->label);
        }
    }
    return "";
}

/* What is to be said of a line, one sentence each. New reference. */
static json_t *
remarks(struct request *rq, const struct service_line *line)
{
    json_t *list = json_array();

    for (size_t i = 0; i < line->n_errors; i++) {
        const struct field_error *e = &line->errors[i];
        const char *label = label_of(rq, e->name);

        json_array_append_new(
            list, json_string(arena_printf(
                      rq->arena, "%s%s%s. %s", label, *label ? ": " : "",
                      i18n(rq->language, err_row(e->code)->title),
                      page_field_error(rq, e))));
    }
    if (line->warning == SERVICE_FUTURE_NOW) {
        json_array_append_new(
            list, json_string(i18n(
                      rq->language,
                      N_("The performance date lies ahead and no day to bill "
                         "from is given: the next run of the contract bills "
                         "it."))));
    } else if (line->warning == SERVICE_BILLED_FIRST) {
        json_array_append_new(
            list, json_string(i18n(
                      rq->language,
                      N_("It may be billed before its performance date."))));
    }
    if (line->differs) {
        json_array_append_new(
            list, json_string(i18n(rq->language,
                                   N_("It is there already with other values, "
                                      "which stay."))));
    }
    return list;
}

static json_t *
line_models(const struct import *im)
{
    json_t *list = json_array();

    for (size_t i = 0; i < im->n; i++) {
        json_t *said = remarks(im->rq, &im->lines[i]);

        if (json_array_size(said) > 0) {
            json_array_append_new(
                list,
                json_pack("{s:i, s:b, s:O}", "number", im->numbers[i],
                          "is_refused", im->lines[i].outcome == SERVICE_REFUSED,
                          "remarks", said));
        }
        json_decref(said);
    }
    return list;
}

/* Header and lines that were refused, to be put right and sent again. */
static const char *
refused_text(const struct import *im)
{
    struct buf out = buf_new(im->rq->arena, 4096);

    for (size_t i = 0; i < im->n; i++) {
        if (im->lines[i].outcome == SERVICE_REFUSED) {
            buf_puts(&out, out.len ? "" : im->header);
            buf_puts(&out, im->texts[i]);
        }
    }
    return out.data;
}

static void
add_counts(const struct import *im, json_t *model)
{
    static const char *const names[] = {"refused", "created", "existing"};
    json_int_t counts[3] = {0};

    for (size_t i = 0; i < im->n; i++) {
        counts[im->lines[i].outcome]++;
    }
    for (int i = 0; i < 3; i++) {
        json_object_set_new(
            model, names[i],
            counts[i] ? json_string(arena_printf(
                            im->rq->arena, "%" JSON_INTEGER_FORMAT, counts[i]))
                      : json_null());
    }
}

/* Where lines are pasted, and where those of a file are put right. */
static void
finish_controls(struct request *rq, json_t *controls, const char *text)
{
    json_t *file = json_array_get(controls, 0),
           *lines = json_array_get(controls, 1);

    model_text(file, "help",
               i18n(rq->language,
                    N_("CSV in UTF-8, up to 5000 lines; the first one names "
                       "the columns: contract, description, quantity, "
                       "unit_price, vat_rate, performance_date, and if you "
                       "like bill_from and external_id. With an id of your own "
                       "a line comes in once, however often it is sent.")));
    json_object_set_new(file, "is_plain", json_true());
    json_object_set_new(lines, "is_plain", json_true());
    json_object_set_new(lines, "is_lines", json_true());
    model_text(lines, "value", text);
}

/* im: what was looked through or recorded, or NULL. */
static void
show(struct request *rq, struct response *rs, const struct import *im,
     const char *text)
{
    json_t *model =
        json_pack("{s:s+, s:s+}", "back_url", rq->prefix, "/admin/services",
                  "action", rq->prefix, "/admin/services/import");

    json_object_set_new(model, "is_checked", json_boolean(im != NULL));
    if (im) {
        add_counts(im, model);
        model_list(model, "lines", line_models(im));
        model_list(model, "ignored", json_incref(im->ignored));
    }
    page_form(rq, rs, "office_service_import", model, service_import_fields,
              NULL, ERR_NONE);
    finish_controls(rq, json_object_get(rs->model, "controls"), text);
}

void
service_import_page(struct request *rq, struct response *rs)
{
    show(rq, rs, NULL, "");
}

/* ---- what was sent ---- */

static void
record(struct import *im, struct response *rs, const char *text)
{
    struct request *rq = im->rq;
    struct service_desk desk = {rq->db, rq->arena, rq->tenant, rq->actor};
    const char *step = request_text(rq, "step");
    bool dry = !step || strcmp(step, "import") != 0;

    if (service_record(&desk, im->lines, im->n, dry) != DB_OK) {
        response_error(rs, ERR_unavailable);
        return;
    }
    show(rq, rs, im, dry ? text : refused_text(im));
    json_object_set_new(rs->model, "is_done", json_boolean(!dry));
    if (dry) {
        response_repeatable(rs);
    }
}

void
service_import_submit(struct request *rq, struct response *rs)
{
    const char *file = request_text(rq, "file");
    const char *text = file ? file : request_text(rq, "text");
    struct import im = {.rq = rq, .field = file ? "file" : "text"};

    if (rq->errors.n == 0 && !text) {
        field_fail(&rq->errors, "file", ERR_csv_nothing, 0);
    }
    if (rq->errors.n > 0 || !read_text(&im, text)) {
        show(rq, rs, NULL, text ? text : "");
    } else {
        record(&im, rs, text);
    }
}
