/* The server: the engine, its store, its threads and the HTTP API, wired together.
 *
 *   open   store ─ actions, io ─ engine (recovers) ─ API ─ HTTP, not listening yet
 *   start  the engine's thread; the host may ask the engine things (ask.h) before anybody else can
 *   listen HTTP
 *   wait   until a signal, or until the store is finished
 *   close  no new connections; requests under way are answered; the turn in hand is finished
 *
 * The process's own things (signals, the environment, standard error) are touched here and in cli/
 * only. */
#ifndef PAWL_SERVER_SERVER_H
#define PAWL_SERVER_SERVER_H

#include "engine/engine.h"
#include "server/options.h"

struct pawl_server;

/* Opens everything and starts the engine's thread. SIGINT and SIGTERM are taken over (blocked, read
 * by wait) from here on. PAWL_ELOCKED: another process has the store. */
PAWL_CHECKED
enum pawl_rc pawl_server_open(const struct pawl_server_options *options,
                              struct pawl_server **ret_server, struct pawl_err *err);
/* port_tries: further ports to try when the one of the options is taken. */
PAWL_CHECKED
enum pawl_rc pawl_server_listen(struct pawl_server *server, uint32_t port_tries,
                                struct pawl_err *err);
/* The file is deleted when somebody comes in with the token. */
void pawl_server_watch_token(struct pawl_server *server, pawl_id token, struct pawl_str file);
/* "http://127.0.0.1:7295"; valid after listen. */
struct pawl_str pawl_server_url(const struct pawl_server *server);
struct pawl_engine *pawl_server_engine(struct pawl_server *server);
/* Blocks. PAWL_OK: somebody asked the process to stop. PAWL_ESTORE_FAILED: the store is finished;
 * the process must exit and be started again. */
PAWL_CHECKED
enum pawl_rc pawl_server_wait(struct pawl_server *server, struct pawl_err *err);
void pawl_server_close(struct pawl_server *server); /* NULL is legal */

#endif
