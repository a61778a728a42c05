#include "base/job.h"
#include "tenant/tenant.h"

bool
tenant_refresh_edge(struct job *job)
{
    return tenant_write_edge(job->db, job->config) == 0;
}
