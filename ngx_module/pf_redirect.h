/*
 * Return paths ("to", "next"): where a browser may be sent after sign-in.
 *
 * A path of [A-Za-z0-9._~/-] with one leading slash, no "//", no dot segment,
 * no '%'; optionally '?' and a query of [A-Za-z0-9._~=&+-]; at most
 * PF_PATH_MAX characters. Anything else is ignored by the callers, who go to
 * the dashboard instead.
 */
#ifndef PF_REDIRECT_H
#define PF_REDIRECT_H

#include "pf_str.h"

bool pf_redirect_ok(pf_str_t path);

#endif
