/*
 * nginx of this host, as far as it can be told what just happened to sessions
 * (docs/DIRECTIVES.md, pforte_control): over the socket control.sock in the
 * state directory. What it is not told it finds out within seconds by asking.
 */
#ifndef NET_GATE_H
#define NET_GATE_H

#include <stdint.h>

struct gate;

/* state: the state directory. NULL, logged, when out of memory. */
struct gate *gate_open(const char *state);
void gate_close(struct gate *g);

/*
 * Tells of a session, by its key (PF_CACHE_KEY hex characters), that it ended.
 * Waits 100 ms at most; where there is no socket, nobody is told. A NULL gate
 * tells nobody.
 */
void gate_ended(struct gate *g, const char *key);

/* Likewise, that it has another version now: its token is to be renewed. */
void gate_changed(struct gate *g, const char *key, int64_t version);

#endif
