/* The page of a job that makes a file: how far it is, and the way to the file.
 */
#ifndef OFFICE_EXPORT_OFFICE_H
#define OFFICE_EXPORT_OFFICE_H

#include "http/request.h"
#include "http/response.h"

struct office_export {
    const char *title;             /* message id */
    const char *back, *back_label; /* path; message id */
    const char
        *words; /* message id with {done}, and {total} where it is known */
    const char *download; /* message id */
};

/* The job that the path names, if it is of that kind; NULL with the error in
 * the response. */
json_t *office_export_job(struct request *rq, struct response *rs,
                          const char *kind);

/* Its file is at its address and "/file". */
void office_export_page(struct request *rq, struct response *rs,
                        const struct office_export *x, const json_t *job);

#endif
