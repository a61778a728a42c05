/*
 * Payment providers (tables/providers.def). Whoever pays is sent to a page of
 * the provider's, which sends them back, and tells our server as well: by a
 * webhook. Both say how it went, in any order, each once, several times or
 * never; what is made of that is payer/attempt.h's. A provider's functions only
 * read what was sent, and say whether it is the provider that says so.
 */
#ifndef PROVIDER_PROVIDER_WEB_H
#define PROVIDER_PROVIDER_WEB_H

#include "base/job.h"
#include "http/request.h"
#include "provider/provider.h"

struct provider_asked {
    const char *attempt;    /* id */
    const char *return_url; /* absolute: where they are sent back to */
};

struct provider {
    const char *name, *label; /* as in addresses; as people know it */

    /* Whether it is there at all: set up by the operator. */
    bool (*works)(const struct config *config);

    /* The address that asks for a card; the same of the same attempt. The
     * tenant and the language are the request's. NULL: not now. */
    const char *(*begin)(struct request *rq,
                         const struct provider_asked *asked);

    /* What somebody who was sent back brings, who is of that attempt; what the
     * webhook says. ERR_NONE: *out is the provider's word, for this tenant. The
     * body of a webhook is rq->body, of any type. */
    enum err (*returned)(struct request *rq, const char *attempt,
                         struct provider_outcome *out);
    enum err (*told)(struct request *rq, struct provider_outcome *out);

    /* Lets it forget a card. False: try again. */
    bool (*forget)(struct job *job, const char *tenant, const char *token);
};

/* NULL: there is no such provider, or it does not work here. */
const struct provider *provider_named(const struct config *config,
                                      const char *name);

#define PROVIDER(name) extern const struct provider provider_##name;
#include "tables/providers.def"
#undef PROVIDER

#endif
