#include "provider/provider_web.h"

#include <string.h>

static const struct provider *const providers[] = {
#define PROVIDER(name) &provider_##name,
#include "tables/providers.def"
#undef PROVIDER
};

const struct provider *
provider_named(const struct config *config, const char *name)
{
    for (size_t i = 0; i < sizeof providers / sizeof *providers; i++) {
        if (strcmp(providers[i]->name, name) == 0) {
            return providers[i]->works(config) ? providers[i] : NULL;
        }
    }
    return NULL;
}
