#include "mail/mail_store.h"

enum db_result
mail_store_insert(struct db *db, const char *tenant, const struct mail *mail,
                  int64_t now)
{
    return db_exec(db, NULL,
                   "INSERT INTO mail (tenant, id, event, customer, user_id,"
                   " recipient, language, subject, body, state, attempts,"
                   " next_at, lease_until, lease_owner, last_error, request_id,"
                   " created, sent, html, expires, about) VALUES ($1, $2, $3,"
                   " $4, $5, $6, $7, $8, $9, $10, 0, $11, 0, '', $15, $12, $11,"
                   " 0, $13, $14, $16)",
                   "ttttttttttittitt", tenant, mail->id, mail->event,
                   mail->customer, mail->user, mail->recipient, mail->language,
                   mail->subject, mail->body ? mail->body : "",
                   mail->body ? "queued" : "suppressed", now, mail->request_id,
                   mail->body && mail->html ? mail->html : "", mail->expires,
                   !mail->body && mail->reason ? mail->reason : "",
                   mail->body && mail->about ? mail->about : "");
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
                   " body = CASE WHEN $4 = 'queued' THEN body ELSE '' END,"
                   " html = CASE WHEN $4 = 'queued' THEN html ELSE '' END"
                   " WHERE tenant = $1 AND id = $2 AND attempts = $3"
                   " AND state = 'leased'",
                   "ttitiit", tenant, id, attempt, outcome->state,
                   outcome->next_at, outcome->sent, outcome->error);
}

/* ---- files ---- */

enum db_result
mail_store_add_file(struct db *db, const char *tenant, const char *id,
                    int64_t place, const struct mail_sealed_file *file)
{
    return db_exec(db, NULL,
                   "INSERT INTO mail_file (tenant, mail, place, name, type,"
                   " content) VALUES ($1, $2, $3, $4, $5, $6)",
                   "ttittt", tenant, id, place, file->name, file->type,
                   file->content);
}

enum db_result
mail_store_files(struct db *db, struct arena *a, const char *tenant,
                 const char *id, json_t **rows)
{
    return db_all(db, a, rows,
                  "SELECT name, type, content FROM mail_file"
                  " WHERE tenant = $1 AND mail = $2 ORDER BY place",
                  "tt", tenant, id);
}

enum db_result
mail_store_drop_files(struct db *db, const char *tenant, const char *id)
{
    return db_exec(db, NULL,
                   "DELETE FROM mail_file WHERE tenant = $1 AND mail = $2"
                   " AND EXISTS (SELECT 1 FROM mail m WHERE m.tenant = $1"
                   " AND m.id = $2 AND m.state IN ('sent', 'failed'))",
                   "tt", tenant, id);
}

/* ---- the log ---- */

#define LOG                                                                    \
    "SELECT m.id, m.event, m.state, COALESCE(c.number, '') AS customer,"       \
    " m.recipient,"                                                            \
    " m.language, m.subject, m.attempts, m.last_error AS reason,"              \
    " CASE m.state WHEN 'queued' THEN m.next_at ELSE 0 END AS next_try,"       \
    " m.created, m.sent, m.request_id, m.user_id"                              \
    " FROM mail m LEFT JOIN customer c"                                        \
    " ON c.tenant = m.tenant AND c.id = m.customer WHERE m.tenant = $1"

enum db_result
mail_list(struct db *db, struct arena *a, const char *tenant,
          const struct mail_filter *f, const char *before, int limit,
          json_t **rows)
{
    return db_all(db, a, rows,
                  LOG " AND (CAST($2 AS TEXT) IS NULL OR m.state = $2)"
                      " AND (CAST($3 AS TEXT) IS NULL OR m.event = $3)"
                      " AND (CAST($4 AS TEXT) IS NULL OR m.recipient = $4)"
                      " AND (CAST($5 AS TEXT) IS NULL OR c.number = $5)"
                      " AND m.created >= $6 AND m.created < $7"
                      " AND (CAST($8 AS TEXT) IS NULL OR m.id < $8)"
                      " ORDER BY m.id DESC LIMIT $9",
                  "tttttiiti", tenant, f->state, f->event, f->recipient,
                  f->customer, f->from, f->to, before, (int64_t)limit);
}

enum db_result
mail_of_customer(struct db *db, struct arena *a, const char *tenant,
                 const char *customer, const char *reader, const char *before,
                 int limit, json_t **rows)
{
    return db_all(db, a, rows,
                  "SELECT id, event, recipient, subject, state, created"
                  " FROM mail WHERE tenant = $1 AND customer = $2"
                  " AND state <> 'suppressed'"
                  " AND (CAST($3 AS TEXT) IS NULL OR id < $3)"
                  " AND (CAST($4 AS TEXT) IS NULL OR user_id = $4"
                  " OR lower(recipient) = (SELECT lower(c.email)"
                  " FROM customer c WHERE c.tenant = $1 AND c.id = $2))"
                  " ORDER BY id DESC LIMIT $5",
                  "tttti", tenant, customer, before, reader, (int64_t)limit);
}

enum db_result
mail_list_rows(struct db *db, struct arena *a, const struct list_query *q,
               const char *tenant, const char *pool, json_t **rows)
{
    (void)pool;
    return db_list(db, a, rows, q, LOG, "t", tenant);
}

enum db_result
mail_list_of_user(struct db *db, struct arena *a, const char *tenant,
                  const char *user, int limit, json_t **rows)
{
    return db_all(db, a, rows,
                  LOG
                  " AND m.user_id = $2 AND m.user_id <> '' ORDER BY m.id DESC"
                  " LIMIT $3",
                  "tti", tenant, user, (int64_t)limit);
}

enum db_result
mail_get(struct db *db, struct arena *a, const char *tenant, const char *id,
         json_t **row)
{
    return db_one(db, a, row, LOG " AND m.id = $2", "tt", tenant, id);
}

enum db_result
mail_store_hurry(struct db *db, const char *tenant, const char *id, int64_t now,
                 int64_t *changed)
{
    return db_exec(db, changed,
                   "UPDATE mail SET next_at = $3 WHERE tenant = $1"
                   " AND id = $2 AND state = 'queued'",
                   "tti", tenant, id, now);
}

/* every tenant, as mail_store_due() */
enum db_result
mail_ended(struct db *db, struct arena *a, const char *about, int limit,
           json_t **rows)
{
    return db_all(db, a, rows,
                  "SELECT tenant, id, about, state, last_error AS reason"
                  " FROM mail WHERE about <> '' AND state IN ('sent', 'failed')"
                  " AND about LIKE $1 ORDER BY about, id LIMIT $2",
                  "ti", arena_printf(a, "%s%%", about), (int64_t)limit);
}

enum db_result
mail_ended_told(struct db *db, const char *tenant, const char *id)
{
    return db_exec(db, NULL,
                   "UPDATE mail SET about = '' WHERE tenant = $1 AND id = $2",
                   "tt", tenant, id);
}

/* ---- templates ---- */

enum db_result
mail_store_template(struct db *db, struct arena *a, const char *tenant,
                    const char *event, const char *language, json_t **row)
{
    return db_one(db, a, row,
                  "SELECT event, language, subject, text, html, updated"
                  " FROM mail_template"
                  " WHERE tenant = $1 AND event = $2 AND language = $3",
                  "ttt", tenant, event, language);
}

enum db_result
mail_store_put_template(struct db *db, const char *tenant, const char *event,
                        const struct mail_words *words, int64_t now)
{
    return db_exec(db, NULL,
                   "INSERT INTO mail_template (tenant, event, language,"
                   " subject, text, html, updated)"
                   " VALUES ($1, $2, $3, $4, $5, $6, $7)"
                   " ON CONFLICT (tenant, event, language) DO UPDATE"
                   " SET subject = $4, text = $5, html = $6, updated = $7",
                   "tttttti", tenant, event, words->language, words->subject,
                   words->text, words->html, now);
}

enum db_result
mail_store_delete_template(struct db *db, const char *tenant, const char *event,
                           const char *language)
{
    return db_exec(db, NULL,
                   "DELETE FROM mail_template"
                   " WHERE tenant = $1 AND event = $2 AND language = $3",
                   "ttt", tenant, event, language);
}
