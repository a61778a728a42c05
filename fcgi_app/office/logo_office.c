/* The tenant's logo: how it stands, and a form of another one. */
#include "base/json.h"
#include "base/model.h"
#include "http/handlers.h"
#include "http/multipart.h"
#include "office/office_web.h"
#include "tenant/brand.h"
#include "view/i18n.h"
#include "view/image.h"

static void
show(struct request *rq, struct response *rs, enum err error)
{
    json_t *model = json_object(), *help;

    json_object_set_new(
        model, "is_saved",
        json_boolean(request_argument(rq, "saved") && error == ERR_NONE));
    page_form(rq, rs, "office_logo", model, logo_form_fields, NULL, error);
    help = json_array_get(json_object_get(rs->model, "controls"), 0);
    model_text(
        help, "help",
        i18n(rq->language,
             N_("Up to 2 MB. It is made smaller, to 600 by 200 pixels at most, "
                "and stands on every page and on new documents.")));
    json_object_set_new(help, "is_plain", json_true());
}

void
office_logo_page(struct request *rq, struct response *rs)
{
    show(rq, rs, ERR_NONE);
}

/* The picture that was sent, drawn anew; what is wrong with it is in the
 * errors.
 */
static void
read_picture(struct request *rq, struct brand_logo *out)
{
    static const enum err errors[] = {
        [IMAGE_OK] = ERR_NONE,
        [IMAGE_UNKNOWN] = ERR_value_image,
        [IMAGE_LARGE] = ERR_value_image_large,
        [IMAGE_DAMAGED] = ERR_value_image_damaged,
    };
    struct image image = {0};
    enum image_fault fault;
    size_t len;
    const char *bytes = multipart_file(rq->arena, rq->content_type, rq->body,
                                       rq->body_len, "picture", &len);

    if (!bytes) {
        field_fail(&rq->errors, "picture", ERR_value_missing, 0);
        return;
    }
    fault = image_logo(rq->arena, bytes, len, &image);
    if (fault != IMAGE_OK) {
        field_fail(&rq->errors, "picture", errors[fault], 0);
    }
    *out = (struct brand_logo){image.png,      image.jpeg,  image.png_len,
                               image.jpeg_len, image.width, image.height};
}

void
office_logo_submit(struct request *rq, struct response *rs)
{
    struct brand_logo logo = {0};
    enum db_result r;

    if (!request_bool(rq, "remove", false)) {
        read_picture(rq, &logo);
    }
    if (rq->errors.n > 0) {
        show(rq, rs, ERR_invalid);
        return;
    }
    r = brand_set_logo(rq->db, rq->arena, rq->tenant->id, rq->actor, &logo);
    if (r == DB_OK) {
        response_redirect(rq, rs, "/admin/logo?saved=1");
    } else {
        office_refuse(rs, r);
    }
}
