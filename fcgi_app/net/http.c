#include "net/http.h"

#include <curl/curl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "base/buf.h"
#include "base/log.h"

enum {
    CONNECT_MS = 3000,
    CONNECTIONS_MAX = 64, /* kept open, idle ones included */
    POLL_MS = 1000,
    HEADERS_MAX = 64 * 1024,
    AGE_MAX = 1 << 30,
};

/* ---- which addresses ---- */

static bool
within(uint32_t address, uint32_t net, int bits)
{
    return address >> (32 - bits) == net >> (32 - bits);
}

static bool
ipv4_ok(uint32_t address)
{
    static const struct {
        uint32_t net;
        int bits;
    } special[] = {
        {0x00000000, 8},  /* this network */
        {0x0a000000, 8},  /* private */
        {0x64400000, 10}, /* shared by carriers */
        {0x7f000000, 8},  /* this machine */
        {0xa9fe0000, 16}, /* link-local: clouds tell secrets there */
        {0xac100000, 12}, /* private */
        {0xc0000000, 24}, /* protocols */
        {0xc0000200, 24}, /* documents */
        {0xc0586300, 24}, /* once 6to4 */
        {0xc0a80000, 16}, /* private */
        {0xc6120000, 15}, /* measuring */
        {0xc6336400, 24}, /* documents */
        {0xcb007100, 24}, /* documents */
        {0xe0000000, 3},  /* multicast, reserved, broadcast */
    };

    for (size_t i = 0; i < sizeof special / sizeof *special; i++) {
        if (within(address, special[i].net, special[i].bits)) {
            return false;
        }
    }
    return true;
}

/* 2000::/3 is what is given out; within it are protocols and Teredo
 * (2001::/23), documents (2001:db8::/32, 3fff::/20) and 6to4 (2002::/16). */
static bool
ipv6_ok(const unsigned char *a)
{
    return a[0] >> 5 == 1 && !(a[0] == 0x20 && a[1] == 0x01 && a[2] < 0x02) &&
           !(a[0] == 0x20 && a[1] == 0x01 && a[2] == 0x0d && a[3] == 0xb8) &&
           !(a[0] == 0x20 && a[1] == 0x02) &&
           !(a[0] == 0x3f && a[1] == 0xff && a[2] < 0x10);
}

bool
http_address_ok(const struct sockaddr *address)
{
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;

    switch (address->sa_family) {
    case AF_INET:
        memcpy(&v4, address, sizeof v4);
        return ipv4_ok(ntohl(v4.sin_addr.s_addr));
    case AF_INET6:
        memcpy(&v6, address, sizeof v6);
        return ipv6_ok(v6.sin6_addr.s6_addr);
    default:
        return false;
    }
}

/* ---- which URLs ---- */

static bool
has_part(CURLU *url, CURLUPart part)
{
    char *text = NULL;
    bool has = curl_url_get(url, part, &text, 0) == CURLUE_OK && text[0];

    curl_free(text);
    return has;
}

bool
http_url_ok(const char *text)
{
    CURLU *url = curl_url();
    bool ok = url && strlen(text) <= HTTP_URL_MAX &&
              strncmp(text, "https://", 8) == 0 && text[8] != '/' &&
              curl_url_set(url, CURLUPART_URL, text, 0) == CURLUE_OK &&
              has_part(url, CURLUPART_HOST) && !has_part(url, CURLUPART_USER) &&
              !has_part(url, CURLUPART_PASSWORD) && !strchr(text, '#');

    for (const char *c = text; *c; c++) {
        /* '\' is a '/' to browsers, and a letter to others */
        ok = ok && *c > ' ' && *c < 0x7f && *c != '\\';
    }
    curl_url_cleanup(url);
    return ok;
}

int
http_port(const char *text)
{
    CURLU *url = curl_url();
    char *port = NULL;
    int number = 0;

    if (url && curl_url_set(url, CURLUPART_URL, text, 0) == CURLUE_OK &&
        curl_url_get(url, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) ==
            CURLUE_OK) {
        number = atoi(port);
    }
    curl_free(port);
    curl_url_cleanup(url);
    return number;
}

/* The system reads numbers as it would when connecting: octal, hexadecimal and
 * with parts left out. */
static bool
numeric_ok(char *host)
{
    static const struct addrinfo hints = {.ai_flags = AI_NUMERICHOST,
                                          .ai_socktype = SOCK_STREAM};
    size_t len = strlen(host);
    struct addrinfo *found = NULL;
    bool ok = true;

    if (host[0] == '[' && host[len - 1] == ']') {
        host[len - 1] = '\0';
        host++;
    } else if (host[len - 1] == '.') { /* the root of all names */
        host[len - 1] = '\0';
    }
    if (getaddrinfo(host, NULL, &hints, &found) == 0) {
        ok = http_address_ok(found->ai_addr);
        freeaddrinfo(found);
    }
    return ok;
}

bool
http_host_ok(const char *text)
{
    CURLU *url = curl_url();
    char *host = NULL;
    bool ok = url && curl_url_set(url, CURLUPART_URL, text, 0) == CURLUE_OK &&
              curl_url_get(url, CURLUPART_HOST, &host, CURLU_URLDECODE) ==
                  CURLUE_OK &&
              host[0] && numeric_ok(host);

    curl_free(host);
    curl_url_cleanup(url);
    return ok;
}

/* ---- Cache-Control ---- */

static bool
directive_is(const char *at, size_t len, const char *name)
{
    return len >= strlen(name) && strncasecmp(at, name, strlen(name)) == 0;
}

static int64_t
number(const char *at, size_t len)
{
    int64_t n = 0;

    if (len == 0 || at[0] < '0' || at[0] > '9') {
        return -1;
    }
    for (size_t i = 0; i < len && at[i] >= '0' && at[i] <= '9'; i++) {
        n = n < AGE_MAX ? n * 10 + (at[i] - '0') : n;
    }
    return n;
}

int64_t
http_max_age(const char *value, size_t len)
{
    static const char age[] = "max-age=";
    int64_t result = -1;
    size_t at = 0;

    while (at < len) {
        const char *word = value + at;
        const char *comma = memchr(word, ',', len - at);
        size_t n = comma ? (size_t)(comma - word) : len - at;

        at += n + 1;
        while (n && (*word == ' ' || *word == '\t')) {
            word++;
            n--;
        }
        if (directive_is(word, n, "no-store") ||
            directive_is(word, n, "no-cache")) {
            return 0;
        }
        if (result < 0 && directive_is(word, n, age)) {
            result = number(word + sizeof age - 1, n - (sizeof age - 1));
        }
    }
    return result;
}

/* Lines of one name are one list (RFC 9110, 5.3). */
static int64_t
first_age(int64_t before, int64_t age)
{
    return before < 0 || age == 0 ? age : before;
}

/* ---- between libcurl and us ---- */

struct exchange {
    struct http_call *call;
    const struct config *config;
    struct curl_slist *sent; /* headers */
    struct exchange *next;   /* of those that ended */
    struct buf body;
    size_t headers; /* bytes */
    bool too_long, cut, private_address;
    char error[CURL_ERROR_SIZE];
    CURL *curl;
};

static curl_socket_t
on_socket(void *data, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct exchange *x = data;

    (void)purpose;
    if (!x->config->https_private_addresses &&
        !http_address_ok(&address->addr)) {
        x->private_address = true;
        return CURL_SOCKET_BAD;
    }
    return socket(address->family, address->socktype | SOCK_CLOEXEC,
                  address->protocol);
}

/* The value of the header of that name ("name:"), or NULL. */
static const char *
header_value(const char *line, size_t len, const char *name, size_t *rest)
{
    size_t n = strlen(name);

    if (len < n || strncasecmp(line, name, n) != 0) {
        return NULL;
    }
    *rest = len - n;
    return line + n;
}

/* RFC 9110, 10.2.3; of the two forms the one that needs no common clock. */
static int64_t
seconds(const char *value, size_t len)
{
    while (len && *value == ' ') {
        value++;
        len--;
    }
    return number(value, len);
}

/* libcurl keeps every line, and does not count those behind a chunked body. */
static size_t
on_header(char *line, size_t size, size_t n, void *data)
{
    struct exchange *x = data;
    size_t len = size * n, rest = 0;
    const char *value;

    x->headers += len;
    if (x->headers > HEADERS_MAX) {
        x->too_long = true;
        return 0;
    }
    value = header_value(line, len, "cache-control:", &rest);
    if (value) {
        x->call->max_age =
            first_age(x->call->max_age, http_max_age(value, rest));
    }
    value = header_value(line, len, "retry-after:", &rest);
    if (value) {
        x->call->retry_after = seconds(value, rest);
    }
    return len;
}

static size_t
on_body(char *part, size_t size, size_t n, void *data)
{
    struct exchange *x = data;
    size_t len = size * n, room = x->call->max - x->body.len;

    if (len > room) {
        x->too_long = true;
        x->cut = x->call->cut;
        buf_add(&x->body, part, x->cut ? room : 0);
        return 0;
    }
    buf_add(&x->body, part, len);
    return len;
}

/* ---- one exchange ---- */

static void
set_rules(CURL *curl, const struct config *config)
{
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR,
                     config->https_private_addresses ? "https,http" : "https");
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(curl, CURLOPT_PROXY, ""); /* none from the environment */
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_QUICK_EXIT, 1L); /* name servers may hang */
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS);
    curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "pforte");
    if (config->https_ca_file[0]) {
        curl_easy_setopt(curl, CURLOPT_CAINFO, config->https_ca_file);
        curl_easy_setopt(curl, CURLOPT_CAPATH, NULL);
    }
}

/* "Expect:" asked for nothing: a body is sent at once. */
static bool
set_body(struct exchange *x)
{
    const struct http_call *call = x->call;

    for (const char *const *h = call->headers; h && *h; h++) {
        struct curl_slist *more = curl_slist_append(x->sent, *h);

        if (!more) {
            return false;
        }
        x->sent = more;
    }
    curl_easy_setopt(x->curl, CURLOPT_HTTPHEADER, x->sent);
    curl_easy_setopt(x->curl, CURLOPT_POSTFIELDSIZE_LARGE,
                     (curl_off_t)call->sent_len);
    return curl_easy_setopt(x->curl, CURLOPT_POSTFIELDS, call->sent) ==
           CURLE_OK;
}

static bool
prepare(struct exchange *x)
{
    CURL *curl = curl_easy_init();

    x->curl = curl;
    if (!curl ||
        curl_easy_setopt(curl, CURLOPT_URL, x->call->url) != CURLE_OK) {
        return false;
    }
    set_rules(curl, x->config);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)x->call->whole_ms);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, x->error);
    curl_easy_setopt(curl, CURLOPT_OPENSOCKETFUNCTION, on_socket);
    curl_easy_setopt(curl, CURLOPT_OPENSOCKETDATA, x);
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, x);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, x);
    curl_easy_setopt(curl, CURLOPT_PRIVATE, x);
    return !x->call->sent || set_body(x);
}

static const char *
reason(const struct exchange *x, CURLcode code)
{
    if (x->private_address) {
        return "the address is not one of the public Internet";
    }
    if (x->too_long) {
        return "the answer is too long";
    }
    return x->error[0] ? x->error : curl_easy_strerror(code);
}

static void
finish(struct exchange *x, CURLcode code)
{
    struct http_call *call = x->call;
    curl_off_t us = 0;
    long status = 0;

    curl_easy_getinfo(x->curl, CURLINFO_TOTAL_TIME_T, &us);
    call->ms = us / 1000;
    if (code == CURLE_OK || (code == CURLE_WRITE_ERROR && x->cut)) {
        curl_easy_getinfo(x->curl, CURLINFO_RESPONSE_CODE, &status);
        call->status = (int)status;
        call->body = x->body.data;
        call->len = x->body.len;
    } else {
        snprintf(call->why, sizeof call->why, "%s", reason(x, code));
    }
}

/* ---- several of them ---- */

struct http_pool {
    const struct config *config;
    CURLM *multi;
    struct exchange *ended;
};

struct http_pool *
http_pool_new(const struct config *config)
{
    struct http_pool *pool = calloc(1, sizeof *pool);

    if (pool) {
        pool->config = config;
        pool->multi = curl_multi_init();
    }
    if (pool && pool->multi) {
        curl_multi_setopt(pool->multi, CURLMOPT_MAXCONNECTS,
                          (long)CONNECTIONS_MAX);
        return pool;
    }
    free(pool);
    return NULL;
}

/* What still runs belongs to arenas: see drop(). */
void
http_pool_free(struct http_pool *pool)
{
    if (pool) {
        curl_multi_cleanup(pool->multi);
        free(pool);
    }
}

static void
drop(void *data)
{
    struct exchange *x = data;

    curl_easy_cleanup(x->curl);
    curl_slist_free_all(x->sent);
}

bool
http_pool_start(struct http_pool *pool, struct arena *a, struct http_call *call)
{
    struct exchange *x = arena_alloc(a, sizeof *x);

    call->status = 0;
    call->max_age = call->retry_after = -1;
    call->body = "";
    call->len = 0;
    snprintf(call->why, sizeof call->why, "nobody was asked");
    x->call = call;
    x->config = pool->config;
    x->body = buf_new(a, 4096);
    arena_defer(a, drop, x);
    return prepare(x) &&
           curl_multi_add_handle(pool->multi, x->curl) == CURLM_OK;
}

static void
take_ended(struct http_pool *pool)
{
    struct exchange *x;
    CURLMsg *message;
    int left;

    while ((message = curl_multi_info_read(pool->multi, &left))) {
        CURLcode code = message->data.result;
        CURL *curl = message->easy_handle;

        if (message->msg == CURLMSG_DONE &&
            curl_easy_getinfo(curl, CURLINFO_PRIVATE, (char **)&x) ==
                CURLE_OK) {
            finish(x, code);
            curl_multi_remove_handle(pool->multi, curl);
            x->next = pool->ended;
            pool->ended = x;
        }
    }
}

struct http_call *
http_pool_next(struct http_pool *pool, int ms)
{
    struct exchange *x;
    int running = 0;

    if (!pool->ended) {
        curl_multi_perform(pool->multi, &running);
        take_ended(pool);
    }
    if (!pool->ended && running && ms > 0) {
        curl_multi_poll(pool->multi, NULL, 0, ms, NULL);
        curl_multi_perform(pool->multi, &running);
        take_ended(pool);
    }
    x = pool->ended;
    if (!x) {
        return NULL;
    }
    pool->ended = x->next;
    return x->call;
}

/* Ends by itself: each call has its time-out. */
void
http_call_all(struct arena *a, const struct config *config,
              struct http_call *calls, size_t n)
{
    struct http_pool *pool = http_pool_new(config);
    size_t running = 0;

    for (size_t i = 0; i < n; i++) {
        if (pool) {
            running += http_pool_start(pool, a, &calls[i]);
        } else {
            calls[i].status = 0;
            snprintf(calls[i].why, sizeof calls[i].why, "nobody was asked");
        }
    }
    while (running) {
        running -= http_pool_next(pool, POLL_MS) != NULL;
    }
    http_pool_free(pool);
}
