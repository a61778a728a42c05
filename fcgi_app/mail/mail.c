#include "mail/mail.h"

#include "base/clock.h"
#include "base/field.h"
#include "base/id.h"
#include "mail/mail_store.h"

/* ---- the outbox ---- */

enum { MINUTE = 60, HOUR = 3600, TRIES = 16 /* in 45 hours */ };

enum db_result
mail_queue(struct db *db, struct arena *a, const char *tenant,
           const struct mail *mail)
{
    struct mail row = *mail;
    enum db_result r;

    if (!field_email_ok(mail->recipient) || mail->n_files > MAIL_FILES_MAX) {
        return DB_CHECK;
    }
    if (!row.body) {
        row.id = row.id ? row.id : id_new(a, "mail");
        row.subject = "";
    }
    r = mail_store_insert(db, tenant, &row, clock_now());
    for (size_t i = 0; r == DB_OK && row.body && i < row.n_files; i++) {
        r = mail_store_add_file(db, tenant, row.id, (int64_t)i, &row.files[i]);
    }
    return r;
}

struct testing {
    struct arena *arena;
    const char *tenant;
    const struct actor *actor;
    const struct mail *mail;
};

static enum db_result
queue_test(struct db *db, void *data)
{
    struct testing *t = data;
    struct audit row = {t->actor, "", "mail.tested", t->mail->id,
                        t->mail->event};
    enum db_result r = mail_queue(db, t->arena, t->tenant, t->mail);

    return r == DB_OK ? audit_write(db, t->arena, t->tenant, &row) : r;
}

enum db_result
mail_queue_test(struct db *db, struct arena *a, const char *tenant,
                const struct actor *actor, const struct mail *mail)
{
    struct testing t = {a, tenant, actor, mail};

    return db_transaction(db, true, queue_test, &t);
}

struct finishing {
    const char *tenant, *id;
    int64_t attempt;
    const struct mail_outcome *outcome;
    int64_t *changed;
};

static enum db_result
finish(struct db *db, void *data)
{
    struct finishing *f = data;
    enum db_result r = mail_store_finish(db, f->tenant, f->id, f->attempt,
                                         f->outcome, f->changed);

    return r == DB_OK ? mail_store_drop_files(db, f->tenant, f->id) : r;
}

enum db_result
mail_finish(struct db *db, const char *tenant, const char *id, int64_t attempt,
            const struct mail_outcome *outcome, int64_t *changed)
{
    struct finishing f = {tenant, id, attempt, outcome, changed};

    return db_transaction(db, true, finish, &f);
}

/* ---- the log ---- */

struct hurry {
    struct arena *arena;
    const char *tenant, *id;
    const struct actor *actor;
};

static enum db_result
hurry(struct db *db, void *data)
{
    struct hurry *h = data;
    int64_t changed = 0;
    json_t *row;
    struct audit audit = {h->actor, "", "mail.resent", h->id, ""};
    enum db_result r = mail_get(db, h->arena, h->tenant, h->id, &row);

    if (r == DB_OK) {
        r = mail_store_hurry(db, h->tenant, h->id, clock_now(), &changed);
    }
    if (r == DB_OK && changed == 0) {
        return DB_CHECK;
    }
    return r == DB_OK ? audit_write(db, h->arena, h->tenant, &audit) : r;
}

enum db_result
mail_hurry(struct db *db, struct arena *a, const char *tenant, const char *id,
           const struct actor *actor)
{
    struct hurry h = {a, tenant, id, actor};

    return db_transaction(db, true, hurry, &h);
}

/* ---- pauses ---- */

int
mail_pause(int64_t attempts)
{
    static const int first[] = {MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR};
    enum { FIRST = sizeof first / sizeof *first };

    if (attempts >= TRIES) {
        return 0;
    }
    return attempts > FIRST ? 4 * HOUR : first[attempts > 1 ? attempts - 1 : 0];
}
