#include "base/network.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

struct network {
    int family, bits, length; /* bits of an address; of the network's part */
    unsigned char bytes[16];
};

static bool
parse_address(const char *text, struct network *out)
{
    static const unsigned char mapped[12] = {[10] = 0xff, [11] = 0xff};

    if (inet_pton(AF_INET, text, out->bytes) == 1) {
        out->family = AF_INET;
    } else if (inet_pton(AF_INET6, text, out->bytes) == 1) {
        out->family = AF_INET6;
    } else {
        return false;
    }
    if (out->family == AF_INET6 && memcmp(out->bytes, mapped, 12) == 0) {
        memmove(out->bytes, out->bytes + 12, 4);
        out->family = AF_INET;
    }
    out->bits = out->length = out->family == AF_INET ? 32 : 128;
    return true;
}

/* "24": decimal, without a sign or zeros in front. */
static bool
parse_length(const char *text, int most, int *out)
{
    size_t n = strspn(text, "0123456789");

    if (n == 0 || n > 3 || text[n] != '\0' || (n > 1 && text[0] == '0')) {
        return false;
    }
    *out = atoi(text);
    return *out <= most;
}

static bool
same_bits(const unsigned char *a, const unsigned char *b, int from, int to)
{
    for (int i = from; i < to; i++) {
        if (((a[i / 8] ^ b[i / 8]) >> (7 - i % 8) & 1) != 0) {
            return false;
        }
    }
    return true;
}

static bool
parse(const char *text, size_t len, struct network *out)
{
    static const unsigned char zero[16];
    char copy[NETWORK_TEXT_MAX + 1];
    char *slash;

    if (len > NETWORK_TEXT_MAX) {
        return false;
    }
    memcpy(copy, text, len);
    copy[len] = '\0';
    slash = strchr(copy, '/');
    if (slash) {
        *slash = '\0';
    }
    return parse_address(copy, out) &&
           (!slash || parse_length(slash + 1, out->bits, &out->length)) &&
           same_bits(out->bytes, zero, out->length, out->bits);
}

char *
network_canonical(struct arena *a, const char *text)
{
    char name[INET6_ADDRSTRLEN];
    struct network n;

    if (!parse(text, strlen(text), &n) ||
        !inet_ntop(n.family, n.bytes, name, sizeof name)) {
        return NULL;
    }
    return arena_printf(a, "%s/%d", name, n.length);
}

/* Whether all of one lies in one of the networks. */
static bool
hold(const char *networks, const struct network *one)
{
    struct network net;
    size_t len;

    for (const char *p = networks; *p; p += len + (p[len] == ' ')) {
        len = strcspn(p, " ");
        if (parse(p, len, &net) && net.family == one->family &&
            net.length <= one->length &&
            same_bits(net.bytes, one->bytes, 0, net.length)) {
            return true;
        }
    }
    return false;
}

bool
network_holds(const char *networks, const char *address)
{
    struct network one;

    return parse_address(address, &one) && hold(networks, &one);
}

bool
network_within(const char *inner, const char *outer)
{
    struct network one;
    size_t len;

    for (const char *p = inner; *p; p += len + (p[len] == ' ')) {
        len = strcspn(p, " ");
        if (!parse(p, len, &one) || !hold(outer, &one)) {
            return false;
        }
    }
    return true;
}

const char *
network_neighbourhood(struct arena *a, const char *address)
{
    char text[INET6_ADDRSTRLEN];
    struct network n;

    if (!parse_address(address, &n)) {
        return address;
    }
    if (n.family == AF_INET6) {
        memset(n.bytes + 8, 0, 8);
    }
    inet_ntop(n.family, n.bytes, text, sizeof text);
    return n.family == AF_INET ? arena_strdup(a, text)
                               : arena_printf(a, "%s/64", text);
}
