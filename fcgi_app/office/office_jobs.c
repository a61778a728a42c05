#include "base/clock.h"
#include "base/job.h"
#include "office/office_store.h"

enum { DAY = 86400 };

bool
office_forget_forms(struct job *job)
{
    return form_store_forget(job->db, clock_now() - DAY) == DB_OK;
}
