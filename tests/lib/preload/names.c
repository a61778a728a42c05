/*
 * A name server that changes its mind, loaded before curl's libraries:
 * getaddrinfo() gives rebind.example the address PFORTE_REBIND, and
 * both.example a public one and ours. connect() to port 443 goes nowhere, and
 * is written into the file PFORTE_CONNECTS.
 */
#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <netdb.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

static const char outside[] = "8.8.8.8", inside[] = "127.0.0.1";

static void
note(const char *what)
{
    const char *path = getenv("PFORTE_CONNECTS");
    FILE *f = path ? fopen(path, "a") : NULL;

    if (f) {
        fprintf(f, "%s\n", what);
        fclose(f);
    }
}

/* In one block, as freeaddrinfo() of glibc wants it. */
static struct addrinfo *
entry(const char *address, const char *service, struct addrinfo *next)
{
    struct addrinfo *one = calloc(1, sizeof *one + sizeof(struct sockaddr_in));
    struct sockaddr_in *in;

    if (!one) {
        abort();
    }
    in = (struct sockaddr_in *)(one + 1);
    in->sin_family = AF_INET;
    in->sin_port = htons((uint16_t)(service ? atoi(service) : 0));
    inet_pton(AF_INET, address, &in->sin_addr);
    *one = (struct addrinfo){.ai_family = AF_INET,
                             .ai_socktype = SOCK_STREAM,
                             .ai_protocol = IPPROTO_TCP,
                             .ai_addrlen = sizeof *in,
                             .ai_addr = (struct sockaddr *)in,
                             .ai_next = next};
    note(address);
    return one;
}

int
getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
            struct addrinfo **found)
{
    int (*next)(const char *, const char *, const struct addrinfo *,
                struct addrinfo **);

    bool name = node && !(hints && hints->ai_flags & AI_NUMERICHOST);

    if (name && strcmp(node, "rebind.example") == 0) {
        *found = entry(getenv("PFORTE_REBIND"), service, NULL);
        return 0;
    }
    if (name && strcmp(node, "both.example") == 0) {
        *found = entry(inside, service, entry(outside, service, NULL));
        return 0;
    }
    *(void **)&next = dlsym(RTLD_NEXT, "getaddrinfo");
    return next(node, service, hints, found);
}

int
connect(int fd, const struct sockaddr *address, socklen_t len)
{
    struct sockaddr_in in;
    char text[INET_ADDRSTRLEN], line[64];
    int (*next)(int, const struct sockaddr *, socklen_t);

    if (address->sa_family == AF_INET && len >= sizeof in) {
        memcpy(&in, address, sizeof in);
        if (in.sin_port == htons(443)) {
            inet_ntop(AF_INET, &in.sin_addr, text, sizeof text);
            snprintf(line, sizeof line, "connect %s", text);
            note(line);
            errno = ECONNREFUSED;
            return -1;
        }
    }
    *(void **)&next = dlsym(RTLD_NEXT, "connect");
    return next(fd, address, len);
}
