#include "app/openapi.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "app/routes.h"

static json_t *
ref(const char *schema)
{
    return json_pack("{s:s+}", "$ref", "#/components/schemas/", schema);
}

static json_t *
content(const char *type, json_t *schema)
{
    return json_pack("{s:{s:{s:o}}}", "content", type, "schema", schema);
}

/* Every answer that is not a success looks the same. */
static json_t *
problem(const char *name)
{
    return json_pack("{s:s+}", "$ref", "#/components/responses/", name);
}

static const struct {
    const char *name, *description;
} problems[] = {
    {"Unauthorised", "No valid API key"},
    {"Forbidden", "The key lacks the scope, or does not work from here"},
    {"NotFound", "Not there for this tenant"},
    {"Problem", "What went wrong"},
};

/* A header of ours: what carries it, and what stands in it. */
static const struct {
    const char *name, *description;
} headers[] = {
    {"X-Request-Id", "Finds the answer in the logs; the client's own, when it "
                     "sent 1 to 64 letters, digits, points, hyphens or _"},
    {"ETag", "The record's version, for If-Match"},
    {"Link", "The next page of a list, rel=next (RFC 8288)"},
    {"Location", "Address of what was created"},
    {"Idempotency-Replayed", "true: the effect was there already"},
};

static json_t *
header_schemas(void)
{
    json_t *all = json_object();

    for (size_t i = 0; i < sizeof headers / sizeof *headers; i++) {
        json_object_set_new(all, headers[i].name,
                            json_pack("{s:s, s:{s:s}}", "description",
                                      headers[i].description, "schema", "type",
                                      "string"));
    }
    return all;
}

static void
add_header(json_t *response, const char *name)
{
    json_t *list = json_object_get(response, "headers");

    if (!list) {
        list = json_object();
        json_object_set_new(response, "headers", list);
    }
    json_object_set_new(
        list, name, json_pack("{s:s+}", "$ref", "#/components/headers/", name));
}

static json_t *
problem_responses(void)
{
    json_t *all = json_object();

    for (size_t i = 0; i < sizeof problems / sizeof *problems; i++) {
        json_t *one = content("application/problem+json", ref("Problem"));

        json_object_set_new(one, "description",
                            json_string(problems[i].description));
        add_header(one, "X-Request-Id");
        json_object_set_new(all, problems[i].name, one);
    }
    return all;
}

static json_t *
problem_schema(void)
{
    return json_pack(
        "{s:s, s:b, s:[s,s,s,s,s,s], s:{s:{s:s}, s:{s:s}, s:{s:s}, s:{s:s},"
        " s:{s:s}, s:{s:s}, s:{s:s, s:{s:s, s:b, s:[s,s,s], s:{s:{s:s},"
        " s:{s:s}, s:{s:s}}}}}}",
        "type", "object", "additionalProperties", 0, "required", "type",
        "title", "status", "detail", "code", "request_id", "properties", "type",
        "type", "string", "title", "type", "string", "status", "type",
        "integer", "detail", "type", "string", "code", "type", "string",
        "request_id", "type", "string", "errors", "type", "array", "items",
        "type", "object", "additionalProperties", 0, "required", "pointer",
        "code", "detail", "properties", "pointer", "type", "string", "code",
        "type", "string", "detail", "type", "string");
}

static json_t *
answer_schema(const struct route *row)
{
    json_t *schema = field_schema(row->answer, FIELD_OUT);

    if (row->shape != LIST) {
        return schema;
    }
    return json_pack("{s:s, s:[s,s], s:{s:{s:s, s:o}, s:{s:[s,s]}}}", "type",
                     "object", "required", "items", "next", "properties",
                     "items", "type", "array", "items", schema, "next", "type",
                     "string", "null");
}

static bool
changes_here(const struct route *row)
{
    for (size_t i = 0; i < n_routes; i++) {
        if (strcmp(routes[i].method, "PATCH") == 0 &&
            strcmp(routes[i].path, row->path) == 0) {
            return true;
        }
    }
    return false;
}

static bool
is(const struct route *row, const char *method)
{
    return strcmp(row->method, method) == 0;
}

/* The type of a file that is answered; NULL: JSON is. */
static const char *
file_type(const struct route *row)
{
    return row->shape == FILE_CSV   ? "text/csv"
           : row->shape == FILE_PDF ? "application/pdf"
           : row->shape == FILE_XML ? "application/xml"
                                    : NULL;
}

static json_t *
success(const struct route *row)
{
    json_t *response =
        row->shape == NOTHING ? json_object()
        : file_type(row)
            ? content(file_type(row), json_pack("{s:s}", "type", "string"))
            : content("application/json", answer_schema(row));

    if (row->shape == FILE_CSV) { /* or many files in one */
        json_object_set_new(json_object_get(response, "content"),
                            "application/zip",
                            json_pack("{s:{s:s}}", "schema", "type", "string"));
    }
    json_object_set_new(response, "description", json_string(row->help));
    add_header(response, "X-Request-Id");
    if (row->shape == LIST) {
        add_header(response, "Link");
    } else if (file_type(row) || field_versioned(row->answer)) {
        add_header(response, "ETag");
    }
    if (is(row, "POST")) {
        add_header(response, "Location");
        add_header(response, "Idempotency-Replayed");
    }
    return response;
}

static json_t *
responses(const struct route *row)
{
    static const char *const statuses[] = {
        [ONE] = "200",      [CREATED] = "201",  [ONCE] = "201",
        [ACCEPTED] = "202", [LIST] = "200",     [NOTHING] = "204",
        [FILE_CSV] = "200", [FILE_PDF] = "200", [FILE_XML] = "200"};

    return json_pack("{s:o, s:o, s:o, s:o, s:o}", statuses[row->shape],
                     success(row), "401", problem("Unauthorised"), "403",
                     problem("Forbidden"), "404", problem("NotFound"),
                     "default", problem("Problem"));
}

/* Headers and arguments that the guard takes, whatever the call. */
static json_t *
shared_parameters(void)
{
    return json_pack(
        "{s:{s:s, s:s, s:s, s:{s:s, s:i, s:i}},"
        " s:{s:s, s:s, s:b, s:s, s:{s:s, s:i, s:i}},"
        " s:{s:s, s:s, s:b, s:s, s:{s:s}}, s:{s:s, s:s, s:s, s:{s:s}},"
        " s:{s:s, s:s, s:s, s:{s:s}}}",
        "IdempotencyKey", "name", "Idempotency-Key", "in", "header",
        "description",
        "Chosen by the client: the call has its effect once, however often it "
        "is sent within a day",
        "schema", "type", "string", "minLength", 1, "maxLength", 255,
        "IdempotencyKeyRequired", "name", "Idempotency-Key", "in", "header",
        "required", 1, "description",
        "Chosen by the client: the call has its effect once, however often it "
        "is sent within a day",
        "schema", "type", "string", "minLength", 1, "maxLength", 255, "IfMatch",
        "name", "If-Match", "in", "header", "required", 1, "description",
        "ETag of the version that is changed", "schema", "type", "string",
        "IfMatchOptional", "name", "If-Match", "in", "header", "description",
        "ETag of the version that is removed, to be sure", "schema", "type",
        "string", "Language", "name", "language", "in", "query", "description",
        "Language of texts for people in the answer", "schema", "type",
        "string");
}

static void
add_shared(json_t *list, const char *name)
{
    json_array_append_new(
        list, json_pack("{s:s+}", "$ref", "#/components/parameters/", name));
}

static void
shared(const struct route *row, json_t *list)
{
    if (route_once(row)) {
        add_shared(list, "IdempotencyKeyRequired");
    } else if (is(row, "POST")) {
        add_shared(list, "IdempotencyKey");
    } else if (is(row, "PATCH")) {
        add_shared(list, "IfMatch");
    } else if (is(row, "DELETE") && changes_here(row)) {
        add_shared(list, "IfMatchOptional");
    }
    add_shared(list, "Language");
}

static void
query_parameters(const struct route *row, json_t *list)
{
    json_t *schema = field_schema(row->fields, FIELD_IN);
    json_t *properties = json_object_get(schema, "properties");

    for (const struct field *f = row->fields; f->name; f++) {
        json_array_append_new(
            list,
            json_pack("{s:s, s:s, s:b, s:O}", "name", f->name, "in", "query",
                      "required", (f->flags & FIELD_REQUIRED) != 0, "schema",
                      json_object_get(properties, f->name)));
    }
    json_decref(schema);
}

/* "{number}" of the path, and what the query string may say. */
static json_t *
parameters(const struct route *row)
{
    json_t *list = json_array();
    const char *at = row->path, *end;

    while ((at = strchr(at, '{'))) {
        end = strchr(at, '}');
        json_array_append_new(
            list, json_pack("{s:s%, s:s, s:b, s:{s:s}}", "name", at + 1,
                            (size_t)(end - at - 1), "in", "path", "required", 1,
                            "schema", "type", "string"));
        at = end;
    }
    if (is(row, "GET") || is(row, "DELETE")) {
        query_parameters(row, list);
    }
    shared(row, list);
    return list;
}

/* "getUserLogins": the method and the words of the path. */
static json_t *
operation_id(const struct route *row)
{
    char id[128];
    size_t n = 0;
    bool upper = true;

    for (const char *m = row->method; *m; m++) {
        id[n++] = (char)tolower((unsigned char)*m);
    }
    for (const char *p = row->path + strlen("/api/v1"); *p && n < 127; p++) {
        if (!isalnum((unsigned char)*p)) {
            upper = true;
        } else {
            id[n++] = upper ? (char)toupper((unsigned char)*p) : *p;
            upper = false;
        }
    }
    return json_stringn(id, n);
}

static json_t *
operation(const struct route *row)
{
    const char *tag = row->path + strlen("/api/v1/");
    json_t *op =
        json_pack("{s:o, s:s, s:s, s:[s%], s:o, s:o}", "operationId",
                  operation_id(row), "summary", row->help, "description",
                  row->help, "tags", tag, strcspn(tag, "/"), "parameters",
                  parameters(row), "responses", responses(row));
    json_t *body;

    if (!is(row, "GET") && !is(row, "DELETE") && row->fields[0].name) {
        body = content("application/json", field_schema(row->fields, FIELD_IN));
        json_object_set_new(body, "required", json_true());
        json_object_set_new(op, "requestBody", body);
    }
    return op;
}

static json_t *
paths(void)
{
    json_t *all = json_object(), *path;
    char method[8];

    for (size_t i = 0; i < n_routes; i++) {
        if (routes[i].door != API) {
            continue;
        }
        path = json_object_get(all, routes[i].path);
        if (!path) {
            path = json_object();
            json_object_set_new(all, routes[i].path, path);
        }
        for (size_t c = 0; c < sizeof method; c++) {
            method[c] = (char)tolower((unsigned char)routes[i].method[c]);
            if (!method[c]) {
                break;
            }
        }
        json_object_set_new(path, method, operation(&routes[i]));
    }
    return all;
}

static bool
named(const json_t *list, const char *tag, size_t n)
{
    json_t *one;
    size_t i;

    json_array_foreach(list, i, one)
    {
        const json_t *name = json_object_get(one, "name");
        if (json_string_length(name) == n &&
            memcmp(json_string_value(name), tag, n) == 0) {
            return true;
        }
    }
    return false;
}

/* The first word of each path, once, in the order of the table. */
static json_t *
tags(void)
{
    json_t *list = json_array();

    for (size_t i = 0; i < n_routes; i++) {
        if (routes[i].door == API) {
            const char *tag = routes[i].path + strlen("/api/v1/");
            size_t n = strcspn(tag, "/");

            if (!named(list, tag, n)) {
                json_array_append_new(list,
                                      json_pack("{s:s%}", "name", tag, n));
            }
        }
    }
    return list;
}

static json_t *
components(void)
{
    return json_pack("{s:{s:o}, s:o, s:o, s:o, s:{s:{s:s, s:s, s:s}}}",
                     "schemas", "Problem", problem_schema(), "responses",
                     problem_responses(), "headers", header_schemas(),
                     "parameters", shared_parameters(), "securitySchemes",
                     "key", "type", "http", "scheme", "bearer", "description",
                     "An API key of the tenant: pf_live_… or pf_test_…");
}

json_t *
openapi_document(void)
{
    return json_pack(
        "{s:s, s:{s:s, s:s, s:s, s:{s:s}}, s:[{s:s}], s:[{s:[]}], s:o, s:o,"
        " s:o}",
        "openapi", "3.1.0", "info", "title", "Portal API", "version", "1",
        "description",
        "Customers, their logins, contracts and single sign-on of the portal.",
        "contact", "name", "The operator of the portal", "servers", "url", "/",
        "security", "key", "tags", tags(), "paths", paths(), "components",
        components());
}
