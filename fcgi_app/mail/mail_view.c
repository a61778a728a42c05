#include "mail/mail_view.h"

#include <string.h>

#include "base/id.h"
#include "base/log.h"
#include "base/model.h"
#include "base/text.h"
#include "mail/mail_message.h"
#include "mail/mail_store.h"
#include "view/template.h"

static const char subject_mark[] = "Subject: ";

const char *
mail_language(const struct tenant *tenant, const char *wanted)
{
    return tenant_speaks(tenant, wanted) ? wanted : tenant->default_language;
}

static bool
render(struct arena *a, const struct tenant *tenant, const struct mail *mail,
       json_t *model, struct buf *out)
{
    const char *name = arena_printf(a, "mail_%s.txt", mail->event);

    model_text(model, "tenant_name", tenant->name);
    model_text(model, "portal_url", arena_printf(a, "%s/", tenant->url));
    model_list(model, "tenant_lines", model_lines(tenant->address));
    if (template_render(name, mail->language, model, out) != 0 ||
        strncmp(out->data, subject_mark, strlen(subject_mark)) != 0) {
        log_error("template %s cannot be drawn in %s", name, mail->language);
        return false;
    }
    return true;
}

bool
mail_compose(struct arena *a, struct keys *keys, const struct tenant *tenant,
             struct mail *mail, json_t *model)
{
    struct buf out = buf_new(a, 2048);
    const char *subject, *text;

    if (!render(a, tenant, mail, model, &out)) {
        return false;
    }
    subject = out.data + strlen(subject_mark);
    text = subject + strcspn(subject, "\n");
    mail->id = id_new(a, "mail");
    mail->subject =
        mail_one_line(a, arena_strndup(a, subject, (size_t)(text - subject)));
    mail->body = keys_seal(keys, a, MAIL_PURPOSE, tenant->id, mail->id,
                           text + strspn(text, "\n"));
    return true;
}
