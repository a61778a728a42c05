/* Sending what is due. */
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/config.h"
#include "base/job.h"
#include "base/keys.h"
#include "base/log.h"
#include "mail/mail_message.h"
#include "mail/mail_store.h"
#include "net/smtp.h"
#include "tenant/tenant.h"

enum {
    BATCH = 50,
    LEASE_S = 120, /* longer than the relay may take */
    WHY_SIZE = 256,
};

/* ---- one mail ---- */

/* "portal.acme.example" of the portal's address, without a port. */
static const char *
host_of(struct arena *a, const char *url)
{
    const char *host = strstr(url, "://") + 3;
    size_t len = strcspn(host, "/:");

    if (*host == '[') { /* an IPv6 address has colons of its own */
        len = strcspn(host, "]") + 1;
    }
    return arena_strndup(a, host, len);
}

/* What the row holds, opened; false when no key of the ring opens it. */
static bool
open_text(struct job *job, const json_t *row, struct mail_message *m)
{
    const char *tenant = row_text(row, "tenant"), *html = row_text(row, "html");

    m->text = keys_unseal(job->keys, job->arena, MAIL_PURPOSE, tenant, m->id,
                          row_text(row, "body"));
    if (html[0]) {
        m->html = keys_unseal(job->keys, job->arena, MAIL_HTML_PURPOSE, tenant,
                              m->id, html);
    }
    return m->text && (!html[0] || m->html);
}

static bool
open_files(struct job *job, const char *tenant, const json_t *rows,
           struct mail_message *m)
{
    struct arena *a = job->arena;
    struct mail_file *files =
        arena_alloc(a, (json_array_size(rows) + 1) * sizeof *files);
    const json_t *row;
    size_t i;

    m->files = files;
    m->n_files = json_array_size(rows);
    json_array_foreach(rows, i, row)
    {
        files[i].name = row_text(row, "name");
        files[i].type = row_text(row, "type");
        files[i].base64 = keys_unseal(job->keys, a, MAIL_FILE_PURPOSE, tenant,
                                      arena_printf(a, "%s/%zu", m->id, i),
                                      row_text(row, "content"));
        if (!files[i].base64) {
            return false;
        }
    }
    return true;
}

static enum smtp_result
send_row(struct job *job, struct smtp *smtp, const json_t *row, char *why)
{
    const char *tenant_id = row_text(row, "tenant"), *id = row_text(row, "id");
    struct arena *a = job->arena;
    struct mail_message m = {.from = job->config->mail_from,
                             .to = row_text(row, "recipient"),
                             .subject = row_text(row, "subject"),
                             .language = row_text(row, "language"),
                             .id = id,
                             .request_id = row_text(row, "request_id"),
                             .date = row_int(row, "created")};
    int64_t expires = row_int(row, "expires");
    struct tenant *tenant;
    json_t *files;
    char *bytes;
    size_t len;

    if (mail_pause(row_int(row, "attempts") - 1) == 0) {
        snprintf(why, WHY_SIZE, "its last try ended with the process");
        return SMTP_NEVER;
    }
    if (expires && clock_now() >= expires) {
        snprintf(why, WHY_SIZE, "it came too late: what it tells has expired");
        return SMTP_NEVER;
    }
    if (tenant_load(job->db, a, job->config, tenant_id, &tenant) != DB_OK) {
        snprintf(why, WHY_SIZE, "the tenant cannot be loaded");
        return SMTP_LATER;
    }
    if (mail_store_files(job->db, a, tenant_id, id, &files) != DB_OK) {
        snprintf(why, WHY_SIZE, "its files cannot be read");
        return SMTP_LATER;
    }
    if (!open_text(job, row, &m) || !open_files(job, tenant_id, files, &m)) {
        snprintf(why, WHY_SIZE, "no key of the ring opens the text");
        return SMTP_NEVER;
    }
    m.from_name = tenant->name;
    m.host = host_of(a, tenant->url);
    bytes = mail_message(a, &m, &len);
    return smtp_send(smtp, m.from, m.to, bytes, len, why, WHY_SIZE);
}

/* A tenth more or less: many mails that failed together come back apart. */
static int64_t
next_try(int pause)
{
    uint32_t tenth = (uint32_t)pause / 10;

    return clock_now() + pause - tenth + randombytes_uniform(2 * tenth + 1);
}

static void
tell(const char *id, int64_t attempt, const struct mail_outcome *outcome)
{
    if (strcmp(outcome->state, "sent") == 0) {
        log_info("%s sent", id);
    } else {
        log_warn("%s %s after try %lld: %s", id, outcome->state,
                 (long long)attempt, outcome->error);
    }
}

static enum db_result
finish(struct job *job, const json_t *row, enum smtp_result result,
       const char *why)
{
    const char *id = row_text(row, "id");
    int64_t attempt = row_int(row, "attempts"), changed = 0;
    int pause = result == SMTP_NEVER ? 0 : mail_pause(attempt);
    struct mail_outcome outcome = {.state = "failed", .error = why};
    enum db_result r;

    if (result == SMTP_SENT) {
        outcome = (struct mail_outcome){"sent", 0, clock_now(), ""};
    } else if (pause) {
        outcome.state = "queued";
        outcome.next_at = next_try(pause);
    }
    r = mail_finish(job->db, row_text(row, "tenant"), id, attempt, &outcome,
                    &changed);
    if (r == DB_OK && changed == 0) {
        log_warn("%s: the lease was lost", id);
    }
    tell(id, attempt, &outcome);
    return r;
}

/* False when it makes no sense to go on with the next one. */
static bool
try_one(struct job *job, struct smtp *smtp, const json_t *due)
{
    char why[WHY_SIZE] = "";
    int64_t now = clock_now();
    json_t *row;
    enum smtp_result result;
    enum db_result r = mail_store_lease(
        job->db, job->arena, row_text(due, "tenant"), row_text(due, "id"),
        job->owner, now, now + LEASE_S, &row);

    if (r != DB_OK) {
        return r == DB_NONE; /* somebody else has it */
    }
    log_set_request(row_text(row, "request_id"));
    result = send_row(job, smtp, row, why);
    r = finish(job, row, result, why);
    log_set_request(NULL);
    return r == DB_OK && result != SMTP_AWAY;
}

/* ---- all that is due ---- */

static struct smtp *
open_relay(struct job *job)
{
    const struct config *c = job->config;
    const char *password = "";

    if (c->smtp_user[0]) {
        password = keys_read_secret(job->arena, c->smtp_password_file);
    }
    struct smtp_relay relay = {.url = c->smtp,
                               .user = c->smtp_user,
                               .password = password,
                               .auth = c->smtp_auth,
                               .tls = c->smtp_tls,
                               .ca_file = c->smtp_ca_file};

    return password ? smtp_open(&relay) : NULL;
}

static bool
send_rows(struct job *job, const json_t *rows)
{
    struct job one = *job; /* with an arena of its own: there may be many */
    struct smtp *smtp = open_relay(job);
    bool ok = smtp != NULL;
    json_t *due;
    size_t i;

    json_array_foreach(rows, i, due)
    {
        if (ok && !*job->stop) {
            one.arena = arena_new();
            ok = try_one(&one, smtp, due);
            arena_free(one.arena);
        }
    }
    smtp_close(smtp);
    return ok;
}

bool
mail_send_due(struct job *job)
{
    static bool told;
    json_t *rows;
    bool more = true;

    if (job->config->smtp[0] == '\0') {
        if (!told) {
            log_warn("no smtp in %s: mail stays queued", job->config->file);
            told = true;
        }
        return true;
    }
    while (more && !*job->stop) {
        if (mail_store_due(job->db, job->arena, clock_now(), BATCH, &rows) !=
            DB_OK) {
            return false;
        }
        more = json_array_size(rows) == BATCH;
        if (json_array_size(rows) > 0 && !send_rows(job, rows)) {
            return false;
        }
    }
    return true;
}
