
/*
 * What differs between nginx 1.22 and the current mainline.
 */


#ifndef _NGX_HTTP_PFORTE_COMPAT_H_INCLUDED_
#define _NGX_HTTP_PFORTE_COMPAT_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>
#include <nginx.h>


/* since 1.23.0 header lines of one name are linked, Cookie among them */

#if (nginx_version >= 1023000)

#define ngx_http_pforte_end_header(h)  (h)->next = NULL

#else

#define ngx_http_pforte_end_header(h)

#endif


/* The Cookie header line after "line"; *n counts the lines given so far. */

static ngx_inline ngx_table_elt_t *
ngx_http_pforte_cookie_line(ngx_http_request_t *r, ngx_table_elt_t *line,
    ngx_uint_t *n)
{
#if (nginx_version >= 1023000)

    (*n)++;

    return line ? line->next : r->headers_in.cookie;

#else

    ngx_table_elt_t  **lines;

    (void) line;

    lines = r->headers_in.cookies.elts;

    return (*n < r->headers_in.cookies.nelts) ? lines[(*n)++] : NULL;

#endif
}


#endif /* _NGX_HTTP_PFORTE_COMPAT_H_INCLUDED_ */
