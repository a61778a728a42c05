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
problem_response(const char *description)
{
    json_t *response = content("application/problem+json", ref("Problem"));

    json_object_set_new(response, "description", json_string(description));
    return response;
}

static json_t *
problem_schema(void)
{
    return json_pack(
        "{s:s, s:[s,s,s,s,s], s:{s:{s:s}, s:{s:s}, s:{s:s}, s:{s:s}, s:{s:s},"
        " s:{s:s}, s:{s:s, s:{s:s, s:{s:{s:s}, s:{s:s}, s:{s:s}}}}}}",
        "type", "object", "required", "type", "title", "status", "code",
        "request_id", "properties", "type", "type", "string", "title", "type",
        "string", "status", "type", "integer", "detail", "type", "string",
        "code", "type", "string", "request_id", "type", "string", "errors",
        "type", "array", "items", "type", "object", "properties", "pointer",
        "type", "string", "code", "type", "string", "detail", "type", "string");
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

static json_t *
responses(const struct route *row)
{
    static const char *const statuses[] = {[ONE] = "200",
                                           [CREATED] = "201",
                                           [LIST] = "200",
                                           [NOTHING] = "204",
                                           [FILE_CSV] = "200"};
    json_t *success =
        row->shape == NOTHING ? json_object()
        : row->shape == FILE_CSV
            ? content("text/csv", json_pack("{s:s}", "type", "string"))
            : content("application/json", answer_schema(row));

    json_object_set_new(success, "description", json_string(row->help));
    return json_pack("{s:o, s:o, s:o, s:o, s:o}", statuses[row->shape], success,
                     "401", problem_response("No valid API key"), "403",
                     problem_response("The key lacks the scope"), "404",
                     problem_response("Not there for this tenant"), "default",
                     problem_response("What went wrong"));
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
    if (strcmp(row->method, "GET") == 0) {
        query_parameters(row, list);
    }
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

    if (strcmp(row->method, "GET") != 0 && row->fields[0].name) {
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

json_t *
openapi_document(void)
{
    return json_pack(
        "{s:s, s:{s:s, s:s, s:s}, s:[{s:s}], s:[{s:[]}], s:o,"
        " s:{s:{s:o}, s:{s:{s:s, s:s}}}}",
        "openapi", "3.1.0", "info", "title", "Portal API", "version", "1",
        "description",
        "Customers, their logins, contracts and single sign-on of the portal.",
        "servers", "url", "/", "security", "key", "paths", paths(),
        "components", "schemas", "Problem", problem_schema(), "securitySchemes",
        "key", "type", "http", "scheme", "bearer");
}
