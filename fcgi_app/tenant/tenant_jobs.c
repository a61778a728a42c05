#include "base/job.h"
#include "tenant/tenant.h"

bool
tenant_refresh_edge(struct job *job)
{
    static struct tenant_edge *edge; /* the process's */

    if (!edge) {
        edge = tenant_edge_new();
    }
    return tenant_edge_follow(edge, job->db, job->config, job->stop) == 0;
}
