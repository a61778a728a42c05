/*
 * The host index, edge/hosts.json: {"kunden.acme.example":"acme", …}.
 *
 * With thousands of hosts it is read in nginx's event loop, so it is read in
 * one pass into one block of memory: a tree of JSON values for 10,000 hosts
 * takes ten times as long. Names need no escapes, and may have none.
 */
#ifndef PF_HOSTS_H
#define PF_HOSTS_H

#include "pf_str.h"

enum {
    PF_HOST_MAX = 255,
    PF_HOSTS_BYTES = 16 * 1024 * 1024, /* of an index */
};

typedef struct pf_hosts_s pf_hosts_t;

/* A name or address in lower case, with or without a port: a-z 0-9 . - : */
bool pf_host_ok(pf_str_t host);

/*
 * NULL, and a sentence with the line number in why[size], when the text is not
 * one JSON object of pf_host_ok() names with pf_tenant_ok() values, each name
 * once. The text is copied.
 */
pf_hosts_t *pf_hosts_parse(pf_str_t text, char *why, size_t size);

/* The tenant of a host in lower case, inside the index; empty: none. */
pf_str_t pf_hosts_find(const pf_hosts_t *hosts, pf_str_t host);

void pf_hosts_free(pf_hosts_t *hosts);

#endif
