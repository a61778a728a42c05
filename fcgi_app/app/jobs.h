/* The background's own process: tables/jobs.def in a loop. */
#ifndef APP_JOBS_H
#define APP_JOBS_H

#include "base/config.h"

/*
 * Runs each job in its interval until SIGTERM or SIGINT, which lets the work in
 * hand be finished; once: each job one time. Exit status.
 */
int jobs(const struct config *config, bool once);

#endif
