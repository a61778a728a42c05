/* The host index: what it accepts is JSON, and jansson reads the same. */
#include "pure.h"

#include <jansson.h>

#include "pf_hosts.h"
#include "pf_token.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char why[200] = "";
    pf_hosts_t *hosts = pf_hosts_parse(fuzz_span(data, size), why, sizeof why);
    json_t *json, *tenant;
    const char *host;

    if (!hosts) {
        must(why[0]);
        return 0;
    }
    json = json_loadb((const char *)data, size, JSON_REJECT_DUPLICATES, NULL);
    must(json_is_object(json));
    json_object_foreach(json, host, tenant)
    {
        must(pf_host_ok(fuzz_text(host)));
        must(pf_tenant_ok(fuzz_text(json_string_value(tenant))));
        must(pf_str_eq(pf_hosts_find(hosts, fuzz_text(host)),
                       fuzz_text(json_string_value(tenant))));
    }
    json_decref(json);
    pf_hosts_free(hosts);
    return 0;
}
