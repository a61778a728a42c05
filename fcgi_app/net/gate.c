#include "net/gate.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"

enum { CALL_MS = 100, PATH_SIZE = 4096, LINE_SIZE = 128, DONE = 204 };

struct gate {
    CURL *curl;
    char socket[PATH_SIZE];
};

static size_t
ignore(char *data, size_t size, size_t n, void *unused)
{
    (void)data;
    (void)unused;
    return size * n;
}

struct gate *
gate_open(const char *state)
{
    struct gate *g = calloc(1, sizeof *g);
    CURL *curl = curl_easy_init();

    if (!g || !curl) {
        log_error("gate: no memory");
        curl_easy_cleanup(curl);
        free(g);
        return NULL;
    }
    g->curl = curl;
    snprintf(g->socket, sizeof g->socket, "%s/control.sock", state);
    curl_easy_setopt(curl, CURLOPT_URL, "http://control/");
    curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, g->socket);
    curl_easy_setopt(curl, CURLOPT_PROXY, ""); /* none from the environment */
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)CALL_MS);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, ignore);
    /* nginx may be another one by the next time */
    curl_easy_setopt(curl, CURLOPT_FORBID_REUSE, 1L);
    return g;
}

void
gate_close(struct gate *g)
{
    if (g) {
        curl_easy_cleanup(g->curl);
        free(g);
    }
}

static void
tell(struct gate *g, const char *line)
{
    long status = 0;
    CURLcode code;

    if (!g || access(g->socket, F_OK) != 0) {
        return;
    }
    curl_easy_setopt(g->curl, CURLOPT_COPYPOSTFIELDS, line);
    code = curl_easy_perform(g->curl);
    curl_easy_getinfo(g->curl, CURLINFO_RESPONSE_CODE, &status);
    if (code != CURLE_OK || status != DONE) {
        log_warn("nginx could not be told of a session: %s, status %ld",
                 curl_easy_strerror(code), status);
    }
}

void
gate_ended(struct gate *g, const char *key)
{
    char line[LINE_SIZE];

    snprintf(line, sizeof line, "ended %s\n", key);
    tell(g, line);
}

void
gate_changed(struct gate *g, const char *key, int64_t version)
{
    char line[LINE_SIZE];

    snprintf(line, sizeof line, "changed %s %lld\n", key, (long long)version);
    tell(g, line);
}
