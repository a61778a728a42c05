/*
 * What can go wrong, as told to people and programs: tables/errors.def. A row
 * is code, HTTP status, title and detail; the texts are message ids of the
 * catalogues (po/), extracted with N_().
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

/* Marks a message id for extraction into the catalogues. */
#define N_(text) text

enum err {
    ERR_NONE,
#define ERROR(code, status, title, detail) ERR_##code,
#include "tables/errors.def"
#undef ERROR
    ERR_COUNT
};

struct err_row {
    const char *code; /* "not_found" */
    int status;
    const char *title, *detail; /* English message ids */
};

/* Never NULL; ERR_NONE gives a 200 row. */
const struct err_row *err_row(enum err e);

#endif
