/* What strangers asked for, done: one function a kind. */
#ifndef USER_ASKED_JOBS_H
#define USER_ASKED_JOBS_H

#include "base/job.h"
#include "user/asked.h"
#include "user/user.h"

/* A row of table asked in hand, inside the transaction that takes it away. */
struct asked_task {
    struct db *db;
    struct arena *arena;
    struct keys *keys;
    struct tenant *tenant;
    const json_t *row, *data;
    struct one_time_store tokens;
    struct actor actor; /* who asked: nobody, from somewhere */
};

typedef enum db_result asked_handler(struct asked_task *task);
asked_handler reset_send, registration_send;

#endif
