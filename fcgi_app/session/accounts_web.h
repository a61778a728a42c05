/* The accounts of who is signed in, as pages offer them. */
#ifndef SESSION_ACCOUNTS_WEB_H
#define SESSION_ACCOUNTS_WEB_H

#include "db/db.h"
#include "http/response.h"

enum {
    ACCOUNTS_MENU = 8,  /* that the menu of every page has */
    ACCOUNTS_SHOWN = 50 /* that their own page shows, without a search */
};

/*
 * *entries: an array of {name, number, role, used_text, is_current}, those used
 * last first; used_text is the time of that, null when it never was. text: what
 * is searched for, or NULL. New reference, on failure too.
 */
enum db_result accounts_entries(struct request *rq, const char *text, int limit,
                                json_t **entries);

/* Sets of a page's model what the menu at its top has (template account):
 * others, has_others, accounts_url. Nothing for who has one account only. */
void accounts_menu(struct request *rq, json_t *signed_in);

#endif
