/* Files of jobs as answers. */
#ifndef EXPORT_EXPORT_WEB_H
#define EXPORT_EXPORT_WEB_H

#include "export/export.h"
#include "http/request.h"
#include "http/response.h"

/* The file that the job of the path has made, or why there is none. kind: a job
 * of another kind is not there. */
void export_file_answer(struct request *rq, struct response *rs,
                        const char *kind);

#endif
