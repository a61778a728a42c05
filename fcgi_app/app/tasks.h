/* Work that was asked for: the KIND rows of tables/jobs.def. */
#ifndef APP_TASKS_H
#define APP_TASKS_H

#include "base/job.h"

/*
 * One round: of each tenant with something due, one task for a slice of time,
 * so that no tenant's thousand jobs keep another's one waiting. *more:
 * something is still due. False when the database is not there.
 */
bool tasks_round(struct job *job, bool *more);

#endif
