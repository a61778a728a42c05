/* Values of custom fields on pages, in the portal and in the back office. */
#ifndef CUSTOM_CUSTOM_WEB_H
#define CUSTOM_CUSTOM_WEB_H

#include "custom/custom.h"
#include "http/request.h"
#include "http/response.h"

/* What functions about custom fields want, taken from a request. */
struct custom_desk custom_desk_of(const struct request *rq);

/* [{label, text}] for templates/office_facts.html: of those that members of an
 * account may see, or all. New reference. */
json_t *custom_facts(struct request *rq, const json_t *set, bool member);

/* Whether members may change one of them. */
bool custom_may_change(const json_t *set);

/* A form of a record's values. */
struct custom_form {
    struct custom_record record;
    bool member;            /* of the portal: what members may change */
    const char *path;       /* its own, inside the tenant */
    const char *back;       /* where it leads, then and before */
    const char *back_label; /* words */
};

/* Shows it, and takes what was sent. */
void custom_form_show(struct request *rq, struct response *rs,
                      const struct custom_form *form);
void custom_form_submit(struct request *rq, struct response *rs,
                        const struct custom_form *form);

#endif
