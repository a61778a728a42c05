#include "contract/service_view.h"

#include "base/model.h"
#include "base/text.h"
#include "contract/service.h"
#include "tenant/tenant.h"

enum { ROWS_MAX = 200 };

static json_t *
service_model(struct request *rq, const json_t *row)
{
    struct arena *a = rq->arena;
    const char *lang = rq->language, *currency = row_text(row, "currency");
    json_t *shown = service_shown(a, rq->tenant, row);
    json_t *model = json_pack(
        "{s:s, s:s, s:s, s:s}", "description", row_text(row, "description"),
        "quantity_text", text_decimal(a, lang, row_int(row, "quantity")),
        "unit_price_text",
        text_price(a, lang, row_int(row, "unit_price"), currency), "net_text",
        text_money(a, lang, row_int(shown, "net"), currency));

    model_date(model, a, lang, "performed", row_text(row, "performance_date"));
    return model;
}

bool
service_models(struct request *rq, const json_t *contract, json_t *model)
{
    struct service_filter filter = {.contract = row_text(contract, "id"),
                                    .status = "open",
                                    .limit = ROWS_MAX + 1};
    json_t *rows, *list;

    if (service_list(rq->db, rq->arena, rq->tenant->id, &filter, &rows) !=
        DB_OK) {
        return false;
    }
    list = json_array();
    for (size_t i = 0; i < json_array_size(rows) && i < ROWS_MAX; i++) {
        json_array_append_new(list, service_model(rq, json_array_get(rows, i)));
    }
    model_list(model, "services", list);
    json_object_set_new(model, "has_more_services",
                        json_boolean(json_array_size(rows) > ROWS_MAX));
    return true;
}
