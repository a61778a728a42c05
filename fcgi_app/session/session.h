/*
 * Sessions: the row is the truth, memcached a copy of it that may be missing,
 * the cookie a sealed token that names it.
 */
#ifndef SESSION_SESSION_H
#define SESSION_SESSION_H

#include "audit/audit.h"
#include "base/keys.h"
#include "db/db.h"
#include "net/cache.h"
#include "net/gate.h"
#include "pf_token.h"
#include "staff/staff.h"
#include "tenant/tenant.h"
#include "user/user.h"

extern const struct field sso_fields[];
extern const struct field account_choice_fields[];
extern const struct field first_password_fields[]; /* instead of a first one */
extern const struct field session_token_fields[];
extern const struct field session_token_answer_fields[];

enum {
    SESSION_IDLE = 30 * 60,
    SESSION_STAFF_IDLE = 15 * 60,
    SESSION_STAFF_ABSOLUTE = 8 * 3600,
    SESSION_BEHALF_ABSOLUTE = 30 * 60, /* in a customer's name */
    SESSION_PROVEN = 10 * 60,          /* what a proof of staff counts for */
    SESSION_CHOICE = 10 * 60,          /* to choose an account in */
    SESSION_TOUCH = 60, /* last_seen is written at most this often */
    SESSION_TOKEN_SIZE = 2048,
};

struct session {
    const char *key; /* public name: row id, cache key, $pforte_session_key */
    const char *sid; /* the secret of the token */
    const char *user, *username, *customer;
    const char *language; /* the user's own, or "" */
    const char *scope;    /* portal, choice, contract or staff */
    const char *family;   /* key of the first one since the sign-in */
    const char *method;   /* of that: password, sso, link, staff */
    /* in scope contract, else "": what it shows, and the link's jti */
    const char *contract, *contract_ref, *link;
    int64_t version, created, last_seen, expires;
    int64_t idle;        /* seconds without a request that end it */
    int64_t staff_until; /* on behalf: the limit of who came from the office */
    int64_t proven;      /* when staff last proved who they are; 0: never */
    int64_t n_accounts;  /* that the person may choose from at the tenant */
    bool must_change;    /* came by a first password, and has no other yet */
    /* rights, read afresh for each request; in scopes staff and choice
     * nobody's */
    struct membership *membership;
    /* who works in scope staff, or in a customer's name; else NULL */
    struct staff *staff;
};

/* Where sessions are kept. */
struct session_store {
    struct db *db;
    struct cache *cache;
    struct gate *gate;
    struct keys *keys;
    struct arena *arena;
    const struct tenant *tenant;
    const struct actor *actor;
};

/* A self-service link and the contract that it opens. */
struct session_link {
    const char *jti, *contract, *contract_ref;
    const char *customer; /* id */
    int64_t expires;
};

struct session_new {
    const char *user, *username, *language; /* of a person */
    const char *password_hash;              /* by which they came, or NULL */
    const struct membership *membership;    /* NULL: they choose, see below */
    const struct session_link *link; /* scope contract: instead of a person */
    /* scope staff, or with a membership: in that customer's name */
    const struct staff *staff;
    int64_t staff_until;
    bool proven;            /* by password, just now */
    int64_t idle, absolute; /* limits in seconds; 0: the usual ones */
    const char *method;     /* password, sso, link, staff */
    bool must_change;       /* by a first password, see struct session */
    const char *reason;     /* for the trail; or NULL */
    const char *user_agent;
    const struct session *replaces; /* ended in the same transaction, or NULL */
    bool goes_on; /* the person of that one has chosen this account: the same
                   * sign-in, with the same end and the same forms */
    const pf_sso_t *sso; /* claimed in the same transaction, or NULL */
};

/*
 * A person without a membership has scope choice: they are signed in, have no
 * rights, and within SESSION_CHOICE seconds choose one of their accounts, which
 * starts another session. Rules of the edge that want scope portal do not let
 * them in.
 *
 * Starts a session, durably: row, audit row, end of the one it replaces, claim
 * of the SSO token's jti. DB_UNIQUE: that token was used before; DB_NONE: user
 * or membership was blocked, the password changed, the link revoked, or what
 * goes on ended, meanwhile; nothing else happened then.
 */
enum db_result session_start(const struct session_store *store,
                             const struct session_new *new,
                             struct session **out);

/*
 * What a token names that has been opened: its row is asked for (db.h) and
 * comes along with what is read next, which may be the tenant.
 */
struct session_named {
    const char *key, *sid;
    struct db_answer *row;
};
struct session_named session_ask(struct db *db, struct arena *a,
                                 const char *tenant, const pf_session_t *token);

/* The living session of that name; DB_NONE when it ended, idled out or belongs
 * to somebody blocked. */
enum db_result session_load(const struct session_store *store,
                            const struct session_named *named,
                            struct session **out);

/* Whether a self-service link opened it: then nobody is signed in, and it shows
 * one contract. */
bool session_of_link(const struct session *session);

/* Whether a person is signed in to the portal, or somebody in their name; the
 * same, but has not chosen an account yet; to the back office; and whether
 * staff are in the portal in a customer's name. */
bool session_of_person(const struct session *session);
bool session_choosing(const struct session *session);
bool session_of_staff(const struct session *session);
bool session_on_behalf(const struct session *session);

/* Whether who works in it has proved lately who they are: when the request
 * came, or until now; and notes that they have done so now. DB_NONE: the
 * session has ended. */
bool session_proven(const struct session *session);
bool session_proven_meanwhile(const struct session_store *store,
                              struct session *session);
enum db_result session_prove(const struct session_store *store,
                             struct session *session);

/* Id of the contract that bounds what it shows; NULL: all of the customer's. */
const char *session_contract(const struct session *session);

/* Who acts in it, for the audit: "user:usr_…", "link:<jti>" or "staff:stf_…",
 * in a customer's name on behalf of "user:usr_…". */
void session_acts(struct arena *a, const struct session *session,
                  struct actor *actor);

/* Notes that the session is in use; writes at most once in SESSION_TOUCH, and
 * waits for nobody. False: it has ended after all. */
bool session_touch(const struct session_store *store, struct session *session);

/* A fresh token for it, sealed with the ring's first key; "" on failure. */
const char *session_token(const struct session_store *store,
                          const struct session *session);

/* Ends one session; why goes to the audit ("signed out"). */
enum db_result session_end(const struct session_store *store,
                           const struct session *session, const char *why);

/*
 * Ends the sessions of a user, inside the caller's transaction, with a row of
 * the audit that says why. *ended goes to session_tell_ended() when that is
 * through.
 */
enum session_of_user {
    SESSIONS_ALL,     /* at every tenant of the pool, of staff as well */
    SESSIONS_PORTALS, /* in which they are themselves in some portal */
    SESSIONS_HERE,    /* in which they are themselves in this tenant's portal */
};
enum db_result session_end_of_user(const struct session_store *store,
                                   const char *user, enum session_of_user which,
                                   const char *except, const char *why,
                                   json_t **ended);

/*
 * Ends the sessions that links of the contract opened, inside the caller's
 * transaction. *ended goes to session_tell_ended() when that is through.
 */
enum db_result session_end_of_contract(const struct session_store *store,
                                       const char *contract, json_t **ended);
/* Waits for the commit of a transaction around it, see db_when_committed(). */
void session_tell_ended(const struct session_store *store, const json_t *ended);

/*
 * Ends the sessions in which one of the staff works, but for the one of the key
 * `except` ("": none). *ended goes to session_tell_ended().
 */
enum db_result session_end_of_staff(const struct session_store *store,
                                    const char *staff, const char *except,
                                    json_t **ended);

/* Sessions of a person in this tenant's portal, newest first, for pages of
 * staff: status is active or ended. */
extern const struct field session_rows_fields[];
enum db_result session_list_of_user(struct db *db, struct arena *a,
                                    const struct tenant *tenant,
                                    const char *user, int limit, json_t **rows);

/*
 * What a membership may do has changed (status aside), or it has another one's
 * rights to thank for and those have: raises the version of its sessions and of
 * those whose rights it gave, so that their tokens are renewed with the next
 * request, at nginx too. Rights themselves are read with each request anyway.
 * Inside the caller's transaction; nginx and memcached hear of it after that.
 */
enum db_result
session_raise_version_of_membership(const struct session_store *store,
                                    const char *membership);

/* The same before every membership of a user at the tenant ends. */
enum db_result session_raise_version_of_user(const struct session_store *store,
                                             const char *user);

/* A membership is not active any more: ends its sessions, and raises the
 * version of those whose rights it gave. Otherwise the same. */
enum db_result session_end_of_membership(const struct session_store *store,
                                         const char *membership);

/* What forms of this session carry against forgery, and its check. It stays the
 * same when the person chooses another account. */
const char *session_csrf(const struct session_store *store,
                         const struct session *session);
bool session_csrf_ok(const struct session_store *store,
                     const struct session *session, const char *sent);

/*
 * Claims an SSO token's jti without starting a session. DB_UNIQUE: used before.
 */
enum db_result sso_claim(const struct session_store *store, const pf_sso_t *sso,
                         const char *why);

#endif
