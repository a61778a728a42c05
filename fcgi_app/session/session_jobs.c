#include "base/clock.h"
#include "base/job.h"
#include "session/session_store.h"

bool
session_forget_uses(struct job *job)
{
    return sso_store_forget(job->db, clock_now()) == DB_OK;
}
