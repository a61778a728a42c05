#include "base/clock.h"
#include "base/job.h"
#include "session/session_store.h"

enum { DAY = 86400 };

bool
session_forget_uses(struct job *job)
{
    return sso_store_forget(job->db, clock_now()) == DB_OK;
}

/* By then it has ended, for it idled: a scanner's, who follows every link of a
 * mail and never comes back, as well as a person's. The audit keeps its row. */
bool
session_forget_links(struct job *job)
{
    return session_store_forget_links(job->db, clock_now() - DAY) == DB_OK;
}
