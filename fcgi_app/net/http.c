#include "net/http.h"

#include <curl/curl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "base/buf.h"
#include "base/log.h"

enum {
    CONNECT_MS = 3000,
    WHOLE_MS = 5000,
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
              !has_part(url, CURLUPART_PASSWORD) &&
              !has_part(url, CURLUPART_FRAGMENT);

    for (const char *c = text; *c; c++) {
        ok = ok && *c > ' ' && *c < 0x7f;
    }
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
    struct http_get *get;
    const struct config *config;
    struct buf body;
    size_t headers; /* bytes */
    bool too_long, private_address;
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

/* libcurl keeps every line, and does not count those behind a chunked body. */
static size_t
on_header(char *line, size_t size, size_t n, void *data)
{
    static const char name[] = "cache-control:";
    struct exchange *x = data;
    size_t len = size * n;

    x->headers += len;
    if (x->headers > HEADERS_MAX) {
        x->too_long = true;
        return 0;
    }
    if (len >= sizeof name && strncasecmp(line, name, sizeof name - 1) == 0) {
        x->get->max_age =
            first_age(x->get->max_age, http_max_age(line + sizeof name - 1,
                                                    len - (sizeof name - 1)));
    }
    return len;
}

static size_t
on_body(char *part, size_t size, size_t n, void *data)
{
    struct exchange *x = data;

    if (size * n > x->get->max - x->body.len) {
        x->too_long = true;
        return 0;
    }
    buf_add(&x->body, part, size * n);
    return size * n;
}

/* ---- one exchange ---- */

static void
set_rules(CURL *curl, const struct config *config)
{
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "https");
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(curl, CURLOPT_PROXY, ""); /* none from the environment */
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_QUICK_EXIT, 1L); /* name servers may hang */
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)WHOLE_MS);
    curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "pforte");
    if (config->https_ca_file[0]) {
        curl_easy_setopt(curl, CURLOPT_CAINFO, config->https_ca_file);
        curl_easy_setopt(curl, CURLOPT_CAPATH, NULL);
    }
}

static bool
prepare(struct exchange *x)
{
    CURL *curl = curl_easy_init();

    x->curl = curl;
    if (!curl || curl_easy_setopt(curl, CURLOPT_URL, x->get->url) != CURLE_OK) {
        return false;
    }
    set_rules(curl, x->config);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, x->error);
    curl_easy_setopt(curl, CURLOPT_OPENSOCKETFUNCTION, on_socket);
    curl_easy_setopt(curl, CURLOPT_OPENSOCKETDATA, x);
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, x);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, x);
    curl_easy_setopt(curl, CURLOPT_PRIVATE, x);
    return true;
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
    struct http_get *get = x->get;
    long status = 0;

    if (code == CURLE_OK) {
        curl_easy_getinfo(x->curl, CURLINFO_RESPONSE_CODE, &status);
        get->status = (int)status;
        get->body = x->body.data;
        get->len = x->body.len;
    } else {
        snprintf(get->why, sizeof get->why, "%s", reason(x, code));
    }
}

/* ---- all of them ---- */

static void
take_finished(CURLM *multi)
{
    struct exchange *x;
    CURLMsg *message;
    int left;

    while ((message = curl_multi_info_read(multi, &left))) {
        if (message->msg == CURLMSG_DONE &&
            curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE,
                              (char **)&x) == CURLE_OK) {
            finish(x, message->data.result);
        }
    }
}

/* Ends by itself: each exchange has its time-out. */
static void
run(CURLM *multi)
{
    int running = 1;

    while (running && curl_multi_perform(multi, &running) == CURLM_OK) {
        take_finished(multi);
        if (running) {
            curl_multi_poll(multi, NULL, 0, POLL_MS, NULL);
        }
    }
}

void
http_get_all(struct arena *a, const struct config *config,
             struct http_get *gets, size_t n)
{
    struct exchange *all = arena_alloc(a, (n + 1) * sizeof *all);
    CURLM *multi = curl_multi_init();

    for (size_t i = 0; i < n; i++) {
        struct exchange *x = &all[i];

        gets[i].status = 0;
        gets[i].max_age = -1;
        snprintf(gets[i].why, sizeof gets[i].why, "nobody was asked");
        x->get = &gets[i];
        x->config = config;
        x->body = buf_new(a, 4096);
        if (multi && prepare(x)) {
            curl_multi_add_handle(multi, x->curl);
        }
    }
    if (multi) {
        run(multi);
    }
    for (size_t i = 0; i < n; i++) {
        if (multi && all[i].curl) {
            curl_multi_remove_handle(multi, all[i].curl);
        }
        curl_easy_cleanup(all[i].curl);
    }
    curl_multi_cleanup(multi);
}
