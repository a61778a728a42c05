#include "mail/mail_view.h"

#include <sodium.h>
#include <string.h>

#include "base/id.h"
#include "base/log.h"
#include "base/model.h"
#include "base/text.h"
#include "mail/mail_message.h"
#include "mail/mail_places.h"
#include "mail/mail_store.h"
#include "view/template.h"

static const char subject_mark[] = "Subject: ";

const char *
mail_language(const struct tenant *tenant, const char *wanted)
{
    return tenant_speaks(tenant, wanted) ? wanted : tenant->default_language;
}

/* ---- which words ---- */

bool
mail_platform_words(struct arena *a, const char *event, const char *language,
                    struct mail_words *words)
{
    const char *name = arena_printf(a, "mail_%s", event);
    json_t *names = mail_places_names(a, event);
    struct buf text = buf_new(a, 2048), html = buf_new(a, 4096);
    size_t end;

    if (template_render(arena_printf(a, "%s.txt", name), language, names,
                        &text) != 0 ||
        strncmp(text.data, subject_mark, strlen(subject_mark)) != 0 ||
        template_render(name, language, names, &html) != 0) {
        log_error("template %s cannot be drawn in %s", name, language);
        return false;
    }
    words->subject = text.data + strlen(subject_mark);
    end = strcspn(words->subject, "\n");
    words->text = words->subject + end;
    words->text += strspn(words->text, "\n");
    words->subject = arena_strndup(a, words->subject, end);
    words->html = html.data;
    words->language = language;
    words->own = false;
    return true;
}

bool
mail_words_for(struct db *db, struct arena *a, const struct tenant *tenant,
               const char *event, const char *language,
               struct mail_words *words)
{
    enum db_result r =
        mail_template_get(db, a, tenant->id, event, language, words);

    if (r == DB_NONE) {
        r = mail_template_get(db, a, tenant->id, event,
                              tenant->default_language, words);
    }
    return r == DB_OK ||
           (r == DB_NONE && mail_platform_words(a, event, language, words));
}

bool
mail_words_in(struct db *db, struct arena *a, const struct tenant *tenant,
              const char *event, const char *language, struct mail_words *words)
{
    enum db_result r =
        mail_template_get(db, a, tenant->id, event, language, words);

    return r == DB_OK ||
           (r == DB_NONE && mail_platform_words(a, event, language, words));
}

/* ---- what they say ---- */

void
mail_words_fill(struct arena *a, const struct tenant *tenant, const char *event,
                json_t *values, struct mail_words *words)
{
    json_t *own = json_incref(json_object_get(values, "portal_url"));

    model_text(values, "tenant_name", tenant->name);
    model_text(values, "portal_url", arena_printf(a, "%s/", tenant->url));
    model_list(values, "tenant_lines", model_lines(tenant->address));
    words->subject = mail_one_line(
        a, mail_places_fill(a, event, MAIL_IN_SUBJECT, words->subject, values));
    if (own) { /* a person's own: subjects stand in logs */
        json_object_set_new(values, "portal_url", own);
    }
    words->text = mail_places_fill(a, event, MAIL_IN_TEXT, words->text, values);
    words->html = mail_places_fill(a, event, MAIL_IN_HTML, words->html, values);
}

void
mail_seal(struct arena *a, struct keys *keys, const struct tenant *tenant,
          struct mail *mail, const struct mail_words *words, json_t *values)
{
    struct mail_words said = *words;

    mail_words_fill(a, tenant, mail->event, values, &said);
    mail->id = id_new(a, "mail");
    mail->language = said.language;
    mail->subject = said.subject;
    mail->body =
        keys_seal(keys, a, MAIL_PURPOSE, tenant->id, mail->id, said.text);
    mail->html = said.html[0] ? keys_seal(keys, a, MAIL_HTML_PURPOSE,
                                          tenant->id, mail->id, said.html)
                              : NULL;
}

enum db_result
mail_try(struct db *db, struct arena *a, struct keys *keys,
         const struct tenant *tenant, const struct actor *actor,
         const char *event, const char *to, const struct mail_words *words,
         const char **id)
{
    struct mail mail = {.event = event,
                        .customer = "",
                        .user = "",
                        .recipient = to,
                        .request_id = actor->request_id};

    mail_seal(a, keys, tenant, &mail, words, mail_places_examples(a, event));
    if (actor->test) {
        mail.body = NULL;
        mail.reason = N_("a key of test mode");
    }
    *id = mail.id;
    return mail_queue_test(db, a, tenant->id, actor, &mail);
}

bool
mail_compose(struct db *db, struct arena *a, struct keys *keys,
             const struct tenant *tenant, struct mail *mail, json_t *values)
{
    struct mail_words words;

    if (!mail_words_for(db, a, tenant, mail->event, mail->language, &words)) {
        return false;
    }
    mail_seal(a, keys, tenant, mail, &words, values);
    return true;
}

bool
mail_attach(struct arena *a, struct keys *keys, const struct tenant *tenant,
            struct mail *mail, const char *name, const char *type,
            const void *bytes, size_t len)
{
    size_t size =
        sodium_base64_encoded_len(len, sodium_base64_VARIANT_ORIGINAL);
    struct mail_sealed_file *file;
    char *base64, *id;

    if (mail->n_files == MAIL_FILES_MAX || len > MAIL_FILE_MAX ||
        strlen(name) > MAIL_FILE_NAME_MAX ||
        (strcmp(type, "application/pdf") != 0 &&
         strcmp(type, "application/xml") != 0)) {
        return false;
    }
    if (!mail->files) {
        mail->files = arena_alloc(a, MAIL_FILES_MAX * sizeof *mail->files);
    }
    base64 = arena_alloc(a, size);
    sodium_bin2base64(base64, size, bytes, len, sodium_base64_VARIANT_ORIGINAL);
    id = arena_printf(a, "%s/%zu", mail->id, mail->n_files);
    file = &mail->files[mail->n_files++];
    file->name = mail_one_line(a, name);
    file->type = type;
    file->content =
        keys_seal(keys, a, MAIL_FILE_PURPOSE, tenant->id, id, base64);
    return true;
}
