#include "base/config.h"

#include <confuse.h>
#include <dirent.h>
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/field_kinds.h"
#include "base/log.h"
#include "base/text.h"

enum { STYLE_HASH = 8 };

static void
report(cfg_t *cfg, const char *format, va_list args)
{
    char text[400];

    vsnprintf(text, sizeof text, format, args);
    log_error("%s, line %d: %s", cfg->filename ? cfg->filename : "?", cfg->line,
              text);
}

static int
workers_ok(cfg_t *cfg, cfg_opt_t *option)
{
    long n = cfg_opt_getnint(option, 0);

    if (n < 1 || n > 64) {
        cfg_error(cfg, "%s must be from 1 to 64", option->name);
        return -1;
    }
    return 0;
}

static int
url_ok(cfg_t *cfg, cfg_opt_t *option)
{
    const char *url = cfg_opt_getnstr(option, 0);

    if (strncmp(url, "http://", 7) != 0 && strncmp(url, "https://", 8) != 0) {
        cfg_error(cfg, "%s must begin with http:// or https://", option->name);
        return -1;
    }
    if (url[strlen(url) - 1] == '/') {
        cfg_error(cfg, "%s must not end with a slash", option->name);
        return -1;
    }
    return 0;
}

static int
smtp_ok(cfg_t *cfg, cfg_opt_t *option)
{
    const char *url = cfg_opt_getnstr(option, 0);

    if (url[0] && strncmp(url, "smtp://", 7) != 0 &&
        strncmp(url, "smtps://", 8) != 0) {
        cfg_error(cfg, "%s must begin with smtp:// or smtps://", option->name);
        return -1;
    }
    return 0;
}

/* The value is empty or one of the words, separated by '|'. */
static int
word_ok(cfg_t *cfg, cfg_opt_t *option, const char *words)
{
    const char *word = cfg_opt_getnstr(option, 0);

    if (word[0] && !field_choice_ok(words, word)) {
        cfg_error(cfg, "%s must be one of %s", option->name, words);
        return -1;
    }
    return 0;
}

static int
smtp_auth_ok(cfg_t *cfg, cfg_opt_t *option)
{
    return word_ok(cfg, option, "PLAIN|LOGIN");
}

static int
smtp_tls_ok(cfg_t *cfg, cfg_opt_t *option)
{
    return word_ok(cfg, option, "required|opportunistic");
}

static int
address_ok(cfg_t *cfg, cfg_opt_t *option)
{
    if (!field_email_ok(cfg_opt_getnstr(option, 0))) {
        cfg_error(cfg, "%s must be a mail address", option->name);
        return -1;
    }
    return 0;
}

/* Mixes one file into the hash of the static files. */
static void
hash_file(crypto_generichash_state *state, const char *dir, const char *name)
{
    char path[4096], block[8192];
    FILE *f = NULL;
    size_t n = (size_t)snprintf(path, sizeof path, "%s/%s", dir, name);

    if (n < sizeof path) {
        f = fopen(path, "rb");
    }
    if (!f) {
        return;
    }
    crypto_generichash_update(state, (const unsigned char *)name,
                              strlen(name) + 1);
    while ((n = fread(block, 1, sizeof block, f)) > 0) {
        crypto_generichash_update(state, (const unsigned char *)block, n);
    }
    fclose(f);
}

static int
visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

/* The static files' URL changes when a file does, so browsers may keep them. */
static void
hash_static(struct config *c)
{
    crypto_generichash_state state;
    unsigned char hash[16];
    char dir[4096];
    struct dirent **entries;
    int n;

    snprintf(dir, sizeof dir, "%s/static", c->share);
    crypto_generichash_init(&state, NULL, 0, sizeof hash);
    n = scandir(dir, &entries, visible, alphasort);
    for (int i = 0; i < n; i++) {
        hash_file(&state, dir, entries[i]->d_name);
        free(entries[i]);
    }
    if (n >= 0) {
        free(entries);
    }
    crypto_generichash_final(&state, hash, sizeof hash);
    sodium_bin2hex(c->style, sizeof c->style, hash, STYLE_HASH);
}

static bool
learn_languages(const struct config *c)
{
    char dir[4096];

    snprintf(dir, sizeof dir, "%s/po", c->share);
    return text_learn(dir);
}

static void
take_mail(struct config *c, cfg_t *cfg)
{
    c->smtp = strdup(cfg_getstr(cfg, "smtp"));
    c->smtp_user = strdup(cfg_getstr(cfg, "smtp_user"));
    c->smtp_password_file = strdup(cfg_getstr(cfg, "smtp_password_file"));
    c->smtp_auth = strdup(cfg_getstr(cfg, "smtp_auth"));
    c->smtp_tls = strdup(cfg_getstr(cfg, "smtp_tls"));
    c->smtp_ca_file = strdup(cfg_getstr(cfg, "smtp_ca_file"));
    c->mail_from = strdup(cfg_getstr(cfg, "mail_from"));
}

/* What has to be there together. NULL, or what is missing. */
static const char *
incomplete(const struct config *c)
{
    if (c->smtp[0] && !c->mail_from[0]) {
        return "smtp needs mail_from";
    }
    if (c->smtp_user[0] && !c->smtp_password_file[0]) {
        return "smtp_user needs smtp_password_file";
    }
    if (c->sandbox_provider[0] &&
        strlen(c->sandbox_provider) < SANDBOX_SECRET_MIN) {
        return "sandbox_provider is a secret of 32 characters or more";
    }
    if (c->test_clock && c->secure) {
        return "test_clock is for tests, and base_url is https";
    }
    if (c->development && c->secure) {
        return "development is for your own machine, and base_url is https";
    }
    return NULL;
}

static struct config *
config_take(cfg_t *cfg, const char *file)
{
    struct config *c = calloc(1, sizeof *c);
    const char *missing;

    if (!c) {
        return NULL;
    }
    c->file = strdup(file);
    c->state = strdup(cfg_getstr(cfg, "state"));
    c->database = strdup(cfg_getstr(cfg, "database"));
    c->share = strdup(cfg_getstr(cfg, "share"));
    c->base_url = strdup(cfg_getstr(cfg, "base_url"));
    c->secure = strncmp(c->base_url, "https://", 8) == 0;
    c->page_workers = (int)cfg_getint(cfg, "page_workers");
    c->password_workers = (int)cfg_getint(cfg, "password_workers");
    c->log_level = cfg_getbool(cfg, "debug") ? LOG_DEBUG : LOG_INFO;
    for (unsigned i = 0; i < cfg_size(cfg, "memcached"); i++) {
        if (i == CONFIG_NODES_MAX) {
            log_error("%s: at most %d memcached nodes", file, CONFIG_NODES_MAX);
            config_free(c);
            return NULL;
        }
        c->memcached[c->n_memcached++] =
            strdup(cfg_getnstr(cfg, "memcached", i));
    }
    take_mail(c, cfg);
    c->https_ca_file = strdup(cfg_getstr(cfg, "https_ca_file"));
    c->https_private_addresses = cfg_getbool(cfg, "https_private_addresses");
    c->sandbox_provider = strdup(cfg_getstr(cfg, "sandbox_provider"));
    c->development = cfg_getbool(cfg, "development");
    c->test_clock = cfg_getbool(cfg, "test_clock");
    missing = incomplete(c);
    if (missing) {
        log_error("%s: %s", file, missing);
        config_free(c);
        return NULL;
    }
    if (!learn_languages(c)) {
        log_error("%s: no catalogue in %s/po", file, c->share);
        config_free(c);
        return NULL;
    }
    hash_static(c);
    return c;
}

struct config *
config_read(const char *file)
{
    cfg_opt_t options[] = {
        CFG_STR("state", "/var/lib/pforte", CFGF_NONE),
        CFG_STR("database", "sqlite:/var/lib/pforte/pforte.db", CFGF_NONE),
        CFG_STR("share", PFORTE_SHARE, CFGF_NONE),
        CFG_STR("base_url", "http://127.0.0.1:8080", CFGF_NONE),
        CFG_STR_LIST("memcached", "{}", CFGF_NONE),
        CFG_INT("page_workers", 2, CFGF_NONE),
        CFG_INT("password_workers", 1, CFGF_NONE),
        CFG_STR("smtp", "", CFGF_NONE),
        CFG_STR("smtp_user", "", CFGF_NONE),
        CFG_STR("smtp_password_file", "", CFGF_NONE),
        CFG_STR("smtp_auth", "", CFGF_NONE),
        CFG_STR("smtp_tls", "", CFGF_NONE),
        CFG_STR("smtp_ca_file", "", CFGF_NONE),
        CFG_STR("mail_from", "", CFGF_NONE),
        CFG_STR("https_ca_file", "", CFGF_NONE),
        CFG_BOOL("https_private_addresses", cfg_false, CFGF_NONE),
        CFG_STR("sandbox_provider", "", CFGF_NONE),
        CFG_BOOL("development", cfg_false, CFGF_NONE),
        CFG_BOOL("test_clock", cfg_false, CFGF_NONE),
        CFG_BOOL("debug", cfg_false, CFGF_NONE),
        CFG_END(),
    };
    struct config *c = NULL;
    cfg_t *cfg = cfg_init(options, CFGF_NONE);

    cfg_set_error_function(cfg, report);
    cfg_set_validate_func(cfg, "page_workers", workers_ok);
    cfg_set_validate_func(cfg, "password_workers", workers_ok);
    cfg_set_validate_func(cfg, "base_url", url_ok);
    cfg_set_validate_func(cfg, "smtp", smtp_ok);
    cfg_set_validate_func(cfg, "smtp_auth", smtp_auth_ok);
    cfg_set_validate_func(cfg, "smtp_tls", smtp_tls_ok);
    cfg_set_validate_func(cfg, "mail_from", address_ok);
    switch (cfg_parse(cfg, file)) {
    case CFG_SUCCESS:
        c = config_take(cfg, file);
        break;
    case CFG_FILE_ERROR:
        log_error("%s: %s", file, strerror(errno));
        break;
    default: /* told by report() */
        break;
    }
    cfg_free(cfg);
    return c;
}

void
config_free(struct config *c)
{
    if (!c) {
        return;
    }
    for (size_t i = 0; i < c->n_memcached; i++) {
        free(c->memcached[i]);
    }
    free(c->file);
    free(c->state);
    free(c->database);
    free(c->share);
    free(c->base_url);
    free(c->smtp);
    free(c->smtp_user);
    free(c->smtp_password_file);
    free(c->smtp_auth);
    free(c->smtp_tls);
    free(c->smtp_ca_file);
    free(c->mail_from);
    free(c->https_ca_file);
    free(c->sandbox_provider);
    free(c);
}
