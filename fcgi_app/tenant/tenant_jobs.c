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

bool
tenant_each(struct job *job, bool (*work)(struct job *job, const char *tenant))
{
    json_t *rows, *row;
    bool ok = true;
    size_t i;

    if (tenant_ids(job->db, job->arena, &rows) != DB_OK) {
        return false;
    }
    json_array_foreach(rows, i, row)
    {
        if (*job->stop) {
            break;
        }
        ok = work(job, row_text(row, "id")) && ok;
    }
    return ok;
}
