/* What REST calls that ask for work have in common. */
#ifndef JOB_JOB_WEB_H
#define JOB_JOB_WEB_H

#include "http/request.h"
#include "http/response.h"

/* Answers the job of that id, or why not. */
void job_answer(struct request *rq, struct response *rs, int status,
                const char *id);

#endif
