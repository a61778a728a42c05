/* Edge records: refused with a sentence, or every span inside and clean. */
#include "pure.h"

#include "pf_language.h"
#include "pf_record.h"
#include "pf_redirect.h"

static void
check(const pf_record_t *r)
{
    static const char csp[] = "abcdefghijklmnopqrstuvwxyz0123456789.-:/ ";

    must(strcmp(r->tenant, "acme") == 0 && r->revision >= 0);
    must(r->n_languages > 0 && r->n_languages <= PF_LANGUAGES_MAX);
    must(r->default_language < r->n_languages);
    for (size_t i = 0; i < r->n_languages; i++) {
        must(pf_language_ok(r->languages[i]));
    }
    must(pf_redirect_ok(r->login_path));
    must(strncmp(r->cookie_name, r->secure ? "__Host-pf" : "pf",
                 r->secure ? 9 : 2) == 0);
    for (size_t i = 0; i < r->frame_ancestors.len; i++) {
        must(r->frame_ancestors.data[i] != '\0' &&
             strchr(csp, r->frame_ancestors.data[i]));
    }
    for (size_t i = 0; i < r->n_hosts; i++) {
        must(r->hosts[i].len > 0 && r->hosts[i].len <= 255);
    }
    must(r->n_hosts <= PF_HOSTS_MAX && r->sso_keys->n <= PF_KEYRING_MAX);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char why[200] = "";
    pf_record_t *record = pf_record_parse(fuzz_span(data, size),
                                          pf_string("acme"), why, sizeof why);

    if (record) {
        check(record);
    } else {
        must(why[0] && fuzz_printable(why, sizeof why));
    }
    pf_record_free(record);
    return 0;
}
