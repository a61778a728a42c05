#include "app/app.h"

#include <signal.h>
#include <stdio.h>

#include "base/log.h"
#include "base/text.h"
#include "callback/callback.h"
#include "view/i18n.h"
#include "view/template.h"

static bool
open_view(const struct config *config)
{
    char dir[4096];

    snprintf(dir, sizeof dir, "%s/po", config->share);
    if (i18n_load(dir, text_languages, text_n_languages) != 0) {
        return false;
    }
    snprintf(dir, sizeof dir, "%s/templates", config->share);
    return template_load(dir, text_languages, text_n_languages) == 0;
}

bool
app_open(struct app *app, const struct config *config)
{
    char path[4096], why[400] = "";

    *app = (struct app){.config = config};
    keys_path(config->state, path, sizeof path);
    app->keys = keys_open(path);
    if (!app->keys || !open_view(config)) {
        return false;
    }
    callback_use(app->keys);
    app->db = db_open(config->database, why, sizeof why);
    if (!app->db) {
        log_error("database: %s", why);
        return false;
    }
    /* a newer schema is fine: migrations only add, and while a new version is
     * rolled out the old one still serves */
    if (db_schema_present(app->db) < db_schema_wanted()) {
        log_error("database schema is %d, this program needs %d: run "
                  "'pforte migrate'",
                  db_schema_present(app->db), db_schema_wanted());
        return false;
    }
    app->cache =
        cache_open((const char *const *)config->memcached, config->n_memcached);
    app->gate = gate_open(config->state);
    return true;
}

void
app_close(struct app *app)
{
    callback_use(NULL);
    keys_close(app->keys);
    if (app->db) {
        db_close(app->db);
    }
    if (app->cache) {
        cache_close(app->cache);
    }
    gate_close(app->gate);
    template_free();
    i18n_free();
}
