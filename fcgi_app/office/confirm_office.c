#include <string.h>

#include "base/json.h"
#include "base/model.h"
#include "http/form.h"
#include "http/handlers.h"
#include "office/confirm_office.h"
#include "office/office_web.h"
#include "pf_redirect.h"
#include "session/session_web.h"

static const char confirm_path[] = "/admin/confirm";

static const char *
sent(const struct request *rq, const char *name)
{
    return json_string_value(json_object_get(rq->raw, name));
}

const char *
confirm_carried(const struct request *rq)
{
    return sent(rq, "carried");
}

const char *
confirm_target(const struct request *rq)
{
    const char *to = sent(rq, "to");

    return to ? to : "";
}

/* The code stands last, so that it can be left out. */
static const struct field *
proof_controls(struct request *rq)
{
    struct field *fields = arena_alloc(rq->arena, 2 * sizeof *fields);

    if (rq->session->staff->has_totp) {
        return staff_proof_fields;
    }
    fields[0] = staff_proof_fields[0];
    return fields;
}

/* carried, to: of the form that waits, or NULL. */
static void
show(struct request *rq, struct response *rs, const char *carried,
     const char *to, enum err error)
{
    json_t *model = json_pack("{s:s, s:s}", "next", office_next(rq), "username",
                              rq->session->username);

    model_text(model, "carried", carried);
    model_text(model, "to", to);
    /* never the password, and a code is spent or wrong */
    rq->raw = json_in_arena(rq->arena, json_object());
    page_form(rq, rs, "office_confirm", model, proof_controls(rq), NULL, error);
}

void
confirm_ask(struct request *rq, struct response *rs)
{
    const char *target =
        rq->query[0] ? arena_printf(rq->arena, "%s?%s", rq->path, rq->query)
                     : rq->path;

    if (strcmp(rq->method, "POST") == 0) {
        rq->errors.n = 0; /* of the form that waits: it will be told then */
        show(rq, rs, rq->body, rq->path, ERR_NONE);
        rs->status = 403;
        return;
    }
    response_redirect(rq, rs,
                      pf_redirect_ok(pf_str_of(target))
                          ? arena_printf(rq->arena, "%s?next=%s", confirm_path,
                                         form_escape(rq->arena, target))
                          : confirm_path);
}

void
confirm_page(struct request *rq, struct response *rs)
{
    show(rq, rs, NULL, NULL, ERR_NONE);
}

/* Whether all of it was right; otherwise the response says what was not. */
static bool
prove(struct request *rq, struct response *rs)
{
    struct staff_desk desk = office_desk(rq);
    struct session_store store = session_store_of(rq);
    struct staff_credentials given = {NULL, request_text(rq, "password"),
                                      request_text(rq, "code")};
    enum db_result r = staff_prove(&desk, rq->session->staff, &given);

    if (r == DB_NONE && session_proven_meanwhile(&store, rq->session)) {
        return true; /* sent twice at once: the code is spent on the first */
    }
    if (r == DB_NONE) {
        show(rq, rs, confirm_carried(rq), sent(rq, "to"), ERR_proof_wrong);
        return false;
    }
    if (r == DB_OK) {
        r = session_prove(&store, rq->session);
    }
    if (r != DB_OK) {
        response_error(rs, ERR_unavailable);
    }
    return r == DB_OK;
}

void
confirm_submit(struct request *rq, struct response *rs)
{
    if (!session_proven(rq->session)) {
        if (rq->errors.n > 0) {
            show(rq, rs, confirm_carried(rq), sent(rq, "to"), ERR_NONE);
            return;
        }
        if (!prove(rq, rs)) {
            return;
        }
    }
    /* dispatch goes on with the form that waits, see app/dispatch.c */
    if (!confirm_carried(rq)) {
        response_redirect(rq, rs, office_next(rq));
    } else {
        response_carried(rs);
    }
}
