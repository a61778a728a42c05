#include "mail/mail_store.h"

enum db_result
mail_store_insert(struct db *db, const char *tenant, const struct mail *mail,
                  int64_t now)
{
    return db_exec(db, NULL,
                   "INSERT INTO mail (tenant, id, event, customer, user_id,"
                   " recipient, language, subject, body, state, attempts,"
                   " next_at, lease_until, lease_owner, last_error, request_id,"
                   " created, sent) VALUES ($1, $2, $3, $4, $5, $6, $7, $8,"
                   " $9, $10, 0, $11, 0, '', '', $12, $11, 0)",
                   "ttttttttttit", tenant, mail->id, mail->event,
                   mail->customer, mail->user, mail->recipient, mail->language,
                   mail->subject, mail->body ? mail->body : "",
                   mail->body ? "queued" : "suppressed", now, mail->request_id);
}

/* Written as the index has it, so that it serves. */
#define DUE                                                                    \
    "state IN ('queued', 'leased') AND"                                        \
    " CASE state WHEN 'leased' THEN lease_until ELSE next_at END <= "

/* every tenant: one relay takes the mail of all of them */
enum db_result
mail_store_due(struct db *db, struct arena *a, int64_t now, int limit,
               json_t **rows)
{
    return db_all(db, a, rows,
                  "SELECT tenant, id FROM mail WHERE " DUE "$1"
                  " ORDER BY next_at LIMIT $2",
                  "ii", now, (int64_t)limit);
}

enum db_result
mail_store_lease(struct db *db, struct arena *a, const char *tenant,
                 const char *id, const char *owner, int64_t now, int64_t until,
                 json_t **row)
{
    return db_one(db, a, row,
                  "UPDATE mail SET state = 'leased', attempts = attempts + 1,"
                  " lease_owner = $3, lease_until = $4"
                  " WHERE tenant = $1 AND id = $2 AND " DUE "$5 RETURNING *",
                  "tttii", tenant, id, owner, until, now);
}

enum db_result
mail_store_finish(struct db *db, const char *tenant, const char *id,
                  int64_t attempt, const struct mail_outcome *outcome,
                  int64_t *changed)
{
    return db_exec(db, changed,
                   "UPDATE mail SET state = $4, next_at = $5, sent = $6,"
                   " last_error = $7, lease_owner = '', lease_until = 0,"
                   " body = CASE WHEN $4 = 'queued' THEN body ELSE '' END"
                   " WHERE tenant = $1 AND id = $2 AND attempts = $3"
                   " AND state = 'leased'",
                   "ttitiit", tenant, id, attempt, outcome->state,
                   outcome->next_at, outcome->sent, outcome->error);
}
