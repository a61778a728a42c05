/* Commands about keys and tokens. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/command.h"
#include "base/clock.h"
#include "base/id.h"
#include "base/keys.h"
#include "base/log.h"
#include "db/db.h"
#include "http/form.h"
#include "pf_redirect.h"
#include "pf_token.h"
#include "tenant/tenant.h"
#include "user/user.h"

enum { TOKEN_SIZE = 4096, JTI_BYTES = 16 };

int
command_key(const struct command_line *line)
{
    const char *what = command_operand(line);
    char path[4096];

    if (!what || strcmp(what, "rotate") != 0) {
        fprintf(stderr, "usage: pforte key rotate\n");
        return 2;
    }
    keys_path(line->config->state, path, sizeof path);
    return keys_rotate(path) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* ---- token inspect ---- */

static int
inspect(const char *key_text, const char *assertion, const char *token)
{
    pf_error_t e = PF_OK;
    pf_key_t key;
    json_t *claims;

    if (!key_text || pf_key_parse(pf_str_of(key_text), &key) != PF_OK) {
        fprintf(stderr, "pforte: --key takes a PASERK (k4.local.…, "
                        "k4.public.…) or a JWK\n");
        return EXIT_FAILURE;
    }
    claims = pf_token_inspect(&key, pf_str_of(assertion ? assertion : ""),
                              pf_str_of(token), &e);
    if (!claims) {
        fprintf(stderr, "refused: %s\n", pf_error_text(e));
        return EXIT_FAILURE;
    }
    json_dumpf(claims, stdout, JSON_INDENT(2) | JSON_SORT_KEYS);
    printf("\n");
    json_decref(claims);
    return EXIT_SUCCESS;
}

int
command_token(const struct command_line *line)
{
    struct command_line rest = *line;
    const char *token;

    if (line->argc < 2 || strcmp(line->argv[0], "inspect") != 0) {
        fprintf(stderr, "usage: pforte token inspect [--key PASERK|JWK] "
                        "[--assertion TEXT] TOKEN\n");
        return 2;
    }
    rest.argc--;
    rest.argv++;
    token = command_operand(&rest);
    return inspect(command_option(&rest, "--key"),
                   command_option(&rest, "--assertion"), token ? token : "");
}

/* ---- sso-link ---- */

static int
print_link(const struct config *config, const struct tenant *tenant,
           pf_sso_t *sso, struct arena *a)
{
    char path[4096], token[TOKEN_SIZE];
    struct keys *keys;
    pf_error_t e;

    keys_path(config->state, path, sizeof path);
    keys = keys_open(path);
    if (!keys) {
        return EXIT_FAILURE;
    }
    e = pf_sso_seal(keys_ring(keys), pf_str_of(tenant->id), sso, token,
                    sizeof token);
    keys_close(keys);
    if (e != PF_OK) {
        log_error("no link: %s", pf_error_text(e));
        return EXIT_FAILURE;
    }
    printf("%s/sso?token=%s\n", tenant->url, form_escape(a, token));
    return EXIT_SUCCESS;
}

static int
link_for(const struct command_line *line, struct db *db, struct arena *a)
{
    const char *tenant_id = command_option(line, "--tenant");
    const char *user = command_option(line, "--user");
    const char *to = command_option(line, "--to");
    struct tenant *tenant;
    json_t *login;
    pf_sso_t sso = {.iat = clock_now()};

    if (!tenant_id || !user) {
        fprintf(stderr,
                "usage: pforte sso-link --tenant ID --user NAME [--to PATH]\n");
        return 2;
    }
    if (tenant_load(db, a, line->config, tenant_id, &tenant) != DB_OK ||
        login_by_username(db, a, tenant, user, &login) != DB_OK) {
        log_error("tenant %s has no user %s", tenant_id, user);
        return EXIT_FAILURE;
    }
    if (to && !pf_redirect_ok(pf_str_of(to))) {
        log_error("%s is no path inside the portal", to);
        return EXIT_FAILURE;
    }
    sso.exp = sso.iat + PF_SSO_LIFE;
    pf_str_copy(pf_str_of(user), sso.sub, sizeof sso.sub);
    pf_str_copy(pf_str_of(to ? to : ""), sso.to, sizeof sso.to);
    pf_str_copy(pf_str_of(id_secret(a, JTI_BYTES)), sso.jti, sizeof sso.jti);
    return print_link(line->config, tenant, &sso, a);
}

int
command_sso_link(const struct command_line *line)
{
    struct arena *a = arena_new();
    struct db *db = command_database(line->config->database);
    int status = EXIT_FAILURE;

    if (db) {
        status = link_for(line, db, a);
        db_close(db);
    }
    arena_free(a);
    return status;
}
