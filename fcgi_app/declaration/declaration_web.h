/* Declarations on pages and in mails. */
#ifndef DECLARATION_DECLARATION_WEB_H
#define DECLARATION_DECLARATION_WEB_H

#include "declaration/declaration.h"
#include "http/request.h"

/* What was declared, "Name: Anna Sommer", a line for each control that was
 * filled in, in the reader's language. */
const char *declaration_receipt(struct request *rq, const struct field *fields,
                                const json_t *input);

/*
 * Receives it in one transaction with the mails about it: the receipt to the
 * address that was typed, unless too many went there already, and one to the
 * tenant's own address of help, if it has one. DB_UNIQUE: received before.
 */
enum db_result declaration_take_in(struct request *rq,
                                   const struct declaration_new *new);

#endif
