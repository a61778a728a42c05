#include "pf_opened.h"

#include <sodium.h>
#include <stdlib.h>

_Static_assert(sizeof(pf_opened_hash_t) == crypto_shorthash_siphashx24_BYTES,
               "a hash is two numbers");

typedef struct {
    uint64_t names[PF_OPENED_WAYS];
    uint64_t used[PF_OPENED_WAYS]; /* 0: free */
} bucket_t;

/* A session with its tenant, string behind string. */
typedef struct {
    uint64_t number;
    uint64_t generation;
    int64_t version, iat, exp;
    char text[PF_OPENED_TEXT];
} slot_t;

struct pf_opened_s {
    unsigned char key[crypto_shorthash_siphashx24_KEYBYTES];
    uint64_t uses;
    size_t n; /* of buckets, a power of two */
    bucket_t *buckets;
    slot_t *slots;
};

static size_t
buckets_for(size_t slots)
{
    size_t n = 1;

    while (n * PF_OPENED_WAYS < slots) {
        n *= 2;
    }
    return n;
}

pf_opened_t *
pf_opened_create(size_t slots)
{
    pf_opened_t *opened = calloc(1, sizeof *opened);

    if (!opened) {
        return NULL;
    }
    opened->n = buckets_for(slots);
    opened->buckets = calloc(opened->n, sizeof *opened->buckets);
    opened->slots = calloc(opened->n * PF_OPENED_WAYS, sizeof *opened->slots);
    randombytes_buf(opened->key, sizeof opened->key);
    if (!opened->buckets || !opened->slots) {
        pf_opened_free(opened);
        return NULL;
    }
    return opened;
}

/* Wipes what was used; the rest of the memory was never touched. */
static void
wipe(pf_opened_t *opened)
{
    for (size_t i = 0; i < opened->n * PF_OPENED_WAYS; i++) {
        if (opened->buckets[i / PF_OPENED_WAYS].used[i % PF_OPENED_WAYS]) {
            sodium_memzero(&opened->slots[i], sizeof opened->slots[i]);
        }
    }
    sodium_memzero(opened->key, sizeof opened->key);
}

void
pf_opened_free(pf_opened_t *opened)
{
    if (!opened) {
        return;
    }
    if (opened->buckets && opened->slots) {
        wipe(opened);
    }
    free(opened->buckets);
    free(opened->slots);
    free(opened);
}

/* ---- a session in a slot ---- */

static bool
put(slot_t *slot, size_t *at, const char *s)
{
    size_t size = strlen(s) + 1;

    if (size > sizeof slot->text - *at) {
        return false;
    }
    memcpy(slot->text + *at, s, size);
    *at += size;
    return true;
}

/* What was put there fits again, in the same order. */
static const char *
take(const char *from, char *to)
{
    size_t size = strlen(from) + 1;

    memcpy(to, from, size);
    return from + size;
}

static bool
pack(slot_t *slot, const char *tenant, const pf_session_t *s)
{
    size_t at = 0;

    slot->version = s->version;
    slot->iat = s->iat;
    slot->exp = s->exp;
    return put(slot, &at, tenant) && put(slot, &at, s->sid) &&
           put(slot, &at, s->user) && put(slot, &at, s->customer) &&
           put(slot, &at, s->scope) && put(slot, &at, s->groups) &&
           put(slot, &at, s->language);
}

static void
unpack(const slot_t *slot, pf_session_t *s)
{
    const char *from = slot->text + strlen(slot->text) + 1; /* the tenant */

    s->version = slot->version;
    s->iat = slot->iat;
    s->exp = slot->exp;
    from = take(from, s->sid);
    from = take(from, s->user);
    from = take(from, s->customer);
    from = take(from, s->scope);
    from = take(from, s->groups);
    take(from, s->language);
}

/* ---- tokens by their hash ---- */

pf_opened_hash_t
pf_opened_hash(const pf_opened_t *opened, pf_str_t token)
{
    pf_opened_hash_t hash = {0};

    if (opened) {
        crypto_shorthash_siphashx24((unsigned char *)&hash, token.data,
                                    token.len, opened->key);
    }
    return hash;
}

/* Where that token of that tenant is, or -1. */
static int
way_of(const bucket_t *bucket, const slot_t *slots, pf_opened_hash_t hash,
       pf_str_t tenant)
{
    for (int i = 0; i < PF_OPENED_WAYS; i++) {
        if (bucket->names[i] == hash.name && bucket->used[i] &&
            slots[i].number == hash.number &&
            pf_str_eq(tenant, pf_str_of(slots[i].text))) {
            return i;
        }
    }
    return -1;
}

bool
pf_opened_find(pf_opened_t *opened, pf_str_t tenant, pf_opened_hash_t hash,
               uint64_t generation, pf_session_t *out)
{
    bucket_t *bucket;
    slot_t *slots;
    size_t n;
    int i;

    if (!opened) {
        return false;
    }
    n = hash.number & (opened->n - 1);
    bucket = opened->buckets + n;
    slots = opened->slots + n * PF_OPENED_WAYS;
    i = way_of(bucket, slots, hash, tenant);
    if (i == -1 || slots[i].generation != generation) {
        return false;
    }
    bucket->used[i] = ++opened->uses;
    unpack(&slots[i], out);
    return true;
}

/* The token's own place, else that of the one used longest ago. */
static int
way_for(const bucket_t *bucket, const slot_t *slots, pf_opened_hash_t hash,
        pf_str_t tenant)
{
    int oldest = way_of(bucket, slots, hash, tenant);

    if (oldest != -1) {
        return oldest;
    }
    oldest = 0;
    for (int i = 1; i < PF_OPENED_WAYS; i++) {
        if (bucket->used[i] < bucket->used[oldest]) {
            oldest = i;
        }
    }
    return oldest;
}

void
pf_opened_keep(pf_opened_t *opened, pf_str_t tenant, pf_opened_hash_t hash,
               uint64_t generation, const pf_session_t *session)
{
    char name[PF_TENANT_MAX + 1];
    bucket_t *bucket;
    slot_t *slots;
    size_t n;
    int i;

    if (!opened || !pf_str_copy(tenant, name, sizeof name)) {
        return;
    }
    n = hash.number & (opened->n - 1);
    bucket = opened->buckets + n;
    slots = opened->slots + n * PF_OPENED_WAYS;
    i = way_for(bucket, slots, hash, tenant);
    bucket->names[i] = hash.name;
    bucket->used[i] = pack(&slots[i], name, session) ? ++opened->uses : 0;
    slots[i].number = hash.number;
    slots[i].generation = generation;
}
