#include "base/clock.h"
#include "base/job.h"
#include "user/one_time.h"
#include "user/tries.h"

enum { WEEK = 7 * 86400 };

/* Until then a late click is told why it does not open any more. */
bool
user_forget_one_time(struct job *job)
{
    return one_time_forget(job->db, clock_now() - WEEK) == DB_OK;
}

bool
user_forget_tries(struct job *job)
{
    return tries_forget(job->db, clock_now()) == DB_OK;
}
