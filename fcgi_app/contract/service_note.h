/* What service.c and service_record.c know among themselves. */
#ifndef CONTRACT_SERVICE_NOTE_H
#define CONTRACT_SERVICE_NOTE_H

#include "callback/callback.h"
#include "contract/service.h"

/* The row of a new service as it will be. */
json_t *service_row_new(struct arena *a, const json_t *contract,
                        const struct service_new *new);

/* Whether what was sent is other than what stands. */
bool service_differs(const json_t *row, const struct service_new *new);

struct service_note {
    const char *action;
    const json_t *before, *after; /* NULL: there was none */
    enum callback_type callback;
};

/* The row of the trail and the callback, in the transaction of the change. */
enum db_result service_note(const struct service_desk *desk,
                            const struct service_note *note);

/* The same of all that are new. */
enum db_result service_note_created(const struct service_desk *desk,
                                    json_t *const *rows, size_t n);

#endif
