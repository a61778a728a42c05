#include "net/smtp.h"

#include <curl/curl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"

enum {
    CONNECT_S = 10,
    WHOLE_S = 60,
    ADDRESS_SIZE = 320, /* <64@255> */
    REPLY_SIZE = 200,
    SHUTTING_DOWN = 421,
};

struct smtp {
    CURL *curl;
    char error[CURL_ERROR_SIZE];
    const char *message; /* what is left to hand over */
    size_t left;
    bool begun;             /* some of it was handed over */
    char reply[REPLY_SIZE]; /* the relay's last refusal */
};

/* ---- between libcurl and us ---- */

static size_t
on_read(char *to, size_t size, size_t n, void *data)
{
    struct smtp *s = data;
    size_t len = size * n < s->left ? size * n : s->left;

    memcpy(to, s->message, len);
    s->message += len;
    s->left -= len;
    s->begun = true;
    return len;
}

/* Of protocols that talk in replies, the replies come as headers. The last
 * refusal is kept: after it libcurl still says goodbye. */
static size_t
on_reply(char *line, size_t size, size_t n, void *data)
{
    struct smtp *s = data;
    size_t len = 0;

    if (size * n == 0 || (line[0] != '4' && line[0] != '5')) {
        return size * n;
    }
    for (size_t i = 0; i < size * n && len + 1 < sizeof s->reply; i++) {
        if (line[i] >= 0x20 && line[i] < 0x7f) {
            s->reply[len++] = line[i];
        }
    }
    s->reply[len] = '\0';
    return size * n;
}

/* ---- the connection ---- */

/* Whether url is on this machine; false for what is no address, too. */
static bool
is_local(const char *url)
{
    static const char *const names[] = {"127.0.0.1", "[::1]", "localhost"};
    CURLU *parts = curl_url();
    char *host = NULL;
    bool local = false;

    if (curl_url_set(parts, CURLUPART_URL, url, 0) == CURLUE_OK &&
        curl_url_get(parts, CURLUPART_HOST, &host, 0) == CURLUE_OK) {
        for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
            local |= strcmp(host, names[i]) == 0;
        }
    }
    curl_free(host);
    curl_url_cleanup(parts);
    return local;
}

static bool
has_to_be_proved(const struct smtp_relay *relay)
{
    bool implicit = strncmp(relay->url, "smtps:", 6) == 0;

    if (relay->tls[0]) {
        return strcmp(relay->tls, "required") == 0;
    }
    return !is_local(relay->url) && (implicit || relay->user[0]);
}

static void
set_security(CURL *curl, const struct smtp_relay *relay)
{
    bool strict = has_to_be_proved(relay);

    curl_easy_setopt(curl, CURLOPT_USE_SSL,
                     (long)(strict ? CURLUSESSL_ALL : CURLUSESSL_TRY));
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, strict ? 1L : 0L);
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, strict ? 2L : 0L);
    if (relay->ca_file[0]) {
        curl_easy_setopt(curl, CURLOPT_CAINFO, relay->ca_file);
        curl_easy_setopt(curl, CURLOPT_CAPATH, NULL);
    }
}

static void
set_sign_in(CURL *curl, const struct smtp_relay *relay)
{
    if (!relay->user[0]) {
        return;
    }
    curl_easy_setopt(curl, CURLOPT_USERNAME, relay->user);
    curl_easy_setopt(curl, CURLOPT_PASSWORD, relay->password);
    if (strcmp(relay->auth, "PLAIN") == 0) {
        curl_easy_setopt(curl, CURLOPT_LOGIN_OPTIONS, "AUTH=PLAIN");
    } else if (strcmp(relay->auth, "LOGIN") == 0) {
        curl_easy_setopt(curl, CURLOPT_LOGIN_OPTIONS, "AUTH=LOGIN");
    }
}

struct smtp *
smtp_open(const struct smtp_relay *relay)
{
    struct smtp *s = calloc(1, sizeof *s);
    CURL *curl = curl_easy_init();

    if (!s || !curl ||
        curl_easy_setopt(curl, CURLOPT_URL, relay->url) != CURLE_OK) {
        log_error("smtp: no memory");
        curl_easy_cleanup(curl);
        free(s);
        return NULL;
    }
    s->curl = curl;
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    curl_easy_setopt(curl, CURLOPT_PROXY, ""); /* none from the environment */
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_S);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long)WHOLE_S);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, s->error);
    curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(curl, CURLOPT_READFUNCTION, on_read);
    curl_easy_setopt(curl, CURLOPT_READDATA, s);
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_reply);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, s);
    set_security(curl, relay);
    set_sign_in(curl, relay);
    return s;
}

void
smtp_close(struct smtp *s)
{
    if (s) {
        curl_easy_cleanup(s->curl);
        free(s);
    }
}

/* ---- sending ---- */

/* RFC 4954: authentication or encryption is missing, or was refused. */
static bool
ours_to_set_right(long reply)
{
    return reply == 530 || reply == 534 || reply == 535 || reply == 538;
}

/* libcurl has one code for a refused sender, recipient or start of the text,
 * and another for a refused text, which it shares with a refused connection. */
static enum smtp_result
result_of(const struct smtp *s, CURLcode code, long reply)
{
    if (code == CURLE_OK) {
        return SMTP_SENT;
    }
    if (reply / 100 == 4 && reply != SHUTTING_DOWN) {
        return SMTP_LATER;
    }
    if (reply / 100 == 5 && !ours_to_set_right(reply) &&
        (code == CURLE_SEND_ERROR ||
         (code == CURLE_WEIRD_SERVER_REPLY && s->begun))) {
        return SMTP_NEVER;
    }
    return SMTP_AWAY;
}

/* Once it has seen the text, a relay may quote from it: then its number only.
 */
static void
explain(const struct smtp *s, CURLcode code, long reply, char *why, size_t size)
{
    if (reply >= 400 && s->begun) {
        snprintf(why, size, "the text was refused: %ld", reply);
    } else if (reply >= 400) {
        snprintf(why, size, "%s", s->reply);
    } else {
        snprintf(why, size, "%s",
                 s->error[0] ? s->error : curl_easy_strerror(code));
    }
}

enum smtp_result
smtp_send(struct smtp *s, const char *from, const char *to, const char *message,
          size_t len, char *why, size_t size)
{
    char sender[ADDRESS_SIZE], recipient[ADDRESS_SIZE];
    struct curl_slist *recipients;
    CURLcode code;
    long reply = 0;

    snprintf(sender, sizeof sender, "<%s>", from);
    snprintf(recipient, sizeof recipient, "<%s>", to);
    recipients = curl_slist_append(NULL, recipient);
    s->message = message;
    s->left = len;
    s->begun = false;
    s->error[0] = s->reply[0] = '\0';
    curl_easy_setopt(s->curl, CURLOPT_MAIL_FROM, sender);
    curl_easy_setopt(s->curl, CURLOPT_MAIL_RCPT, recipients);
    curl_easy_setopt(s->curl, CURLOPT_INFILESIZE_LARGE, (curl_off_t)len);
    code = curl_easy_perform(s->curl);
    curl_easy_getinfo(s->curl, CURLINFO_RESPONSE_CODE, &reply);
    curl_easy_setopt(s->curl, CURLOPT_MAIL_RCPT, NULL);
    curl_slist_free_all(recipients);
    if (code != CURLE_OK) {
        explain(s, code, reply, why, size);
    }
    return result_of(s, code, reply);
}
