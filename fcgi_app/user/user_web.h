/* Users for handlers. */
#ifndef USER_USER_WEB_H
#define USER_USER_WEB_H

#include "http/request.h"
#include "http/response.h"
#include "user/user.h"

/* The login whose username the path names first; NULL with the error in the
 * response. Row as of login_by_username(). */
json_t *login_named(struct request *rq, struct response *rs);

#endif
