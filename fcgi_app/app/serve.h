/*
 * The supervisor: owns the listening sockets, starts the workers, replaces what
 * dies.
 *
 *   SIGTERM, SIGINT  workers finish what they hold and what waits in the
 *                    sockets' queues; then the end
 *   SIGHUP           rolling restart: each worker is replaced by a fresh one
 *                    (new binary, new configuration), one at a time, and goes
 *                    only when that one accepts; else the old ones stay
 *
 * Sockets may be inherited from systemd (LISTEN_FDS, sd_listen_fds(3)): then
 * even a restart of the supervisor loses nothing. Their order is pages,
 * passwords.
 */
#ifndef APP_SERVE_H
#define APP_SERVE_H

#include "base/config.h"

/* argv0: how this program was called, for starting workers. Exit status. */
int serve(const struct config *config, const char *argv0);

/*
 * A worker's life: requests from the socket fd until SIGTERM (this request and
 * no more) or SIGQUIT (also what waits in the queue). ready: gets a byte, and
 * is closed, when it begins to accept; or -1. Exit status.
 */
int worker(const struct config *config, int fd, int ready);

#endif
