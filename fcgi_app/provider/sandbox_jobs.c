/* The sandbox's own server: it tells ours how it went. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/job.h"
#include "base/json.h"
#include "job/job.h"
#include "net/http.h"
#include "provider/sandbox.h"

enum { WHOLE_MS = 5000, ANSWER_MAX = 4096 };

/* The same of the same: sent twice, it is one. */
static const char *
event_id(struct job *job, const json_t *said)
{
    return arena_printf(job->arena, "evt_%s_%s_%s", row_text(said, "attempt"),
                        row_text(said, "state"), row_text(said, "card"));
}

static const char *
event_body(struct job *job, const char *tenant, const json_t *said)
{
    const char *attempt = row_text(said, "attempt");
    const struct sandbox_card *card =
        sandbox_card_named(row_text(said, "card"));
    struct provider_card kept;
    json_t *body =
        json_in_arena(job->arena, json_pack("{s:s, s:s}", "attempt", attempt,
                                            "state", row_text(said, "state")));

    if (card &&
        sandbox_kept(job->arena, job->config, tenant, attempt, card, &kept)) {
        json_object_set_new(body, "card",
                            json_pack("{s:s, s:s, s:s, s:s}", "token",
                                      kept.token, "brand", kept.brand, "last4",
                                      kept.last4, "valid_until",
                                      kept.valid_until));
    }
    return json_text(job->arena, body, JSON_COMPACT);
}

/* It calls this server alone, which mostly has an address of this machine. */
static bool
call_us(struct job *job, struct job_task *task, const char *id,
        const char *body)
{
    struct config config = *job->config;
    int64_t now = clock_now();
    const char *signature =
        sandbox_signature(job->arena, job->config, task->tenant, id, now, body);
    const char *headers[] = {
        "Content-Type: application/json",
        "Expect:",
        arena_printf(job->arena, "webhook-id: %s", id),
        arena_printf(job->arena, "webhook-timestamp: %lld", (long long)now),
        arena_printf(job->arena, "webhook-signature: %s", signature),
        NULL};
    struct http_call call = {
        .url = arena_printf(job->arena, "%s/api/webhooks/sandbox/%s",
                            job->config->base_url, task->tenant),
        .max = ANSWER_MAX,
        .whole_ms = WHOLE_MS,
        .headers = headers,
        .sent = body,
        .sent_len = strlen(body)};

    config.https_private_addresses = true;
    http_call_all(job->arena, &config, &call, 1);
    if (call.status >= 200 && call.status <= 299) {
        return true;
    }
    if (call.status) {
        snprintf(task->why, sizeof task->why, "the answer is %d", call.status);
    } else {
        snprintf(task->why, sizeof task->why, "%s", call.why);
    }
    return false;
}

static enum db_result
save_in_transaction(struct db *db, void *data)
{
    return job_save(db, data, true);
}

enum job_outcome
sandbox_tell(struct job *job, struct job_task *task)
{
    const char *body = event_body(job, task->tenant, task->arguments);

    if (!job->config->sandbox_provider[0]) {
        snprintf(task->why, sizeof task->why, "there is no sandbox any more");
        return JOB_NEVER;
    }
    if (!call_us(job, task, event_id(job, task->arguments), body)) {
        return JOB_LATER;
    }
    return job_outcome(
        task, db_transaction(job->db, true, save_in_transaction, task), true);
}
