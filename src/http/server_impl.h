/* What the server's files share. Nobody else includes it.
 *
 * A *worker* is a thread with an epoll and the connections it owns; nothing of a connection is
 * touched by another thread but through its worker's inbox (worker.c). */
#ifndef PAWL_HTTP_SERVER_IMPL_H
#define PAWL_HTTP_SERVER_IMPL_H

#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>

#include "base/buf.h"
#include "base/panic.h"
#include "http/address.h"
#include "http/budget.h"
#include "http/chunked.h"
#include "http/ring.h"
#include "http/server.h"

#define PAWL_EXCHANGE_MAGIC    0x45584348u
#define PAWL_HTTP_SERVER_MAGIC 0x48545350u
#define PAWL_CONNECTION_MAGIC  0x434F4E4Eu
#define PAWL_LISTENERS_MAX     4u
#define PAWL_WORKERS_MAX       64u
#define PAWL_NEVER_MS          INT64_MAX

enum {
    PAWL_WHEEL_SLOTS = 512,        /* a power of two */
    PAWL_WHEEL_TICK_MS = 250,      /* deadlines are kept to this */
    PAWL_SCRATCH_SIZE = 64 * 1024, /* what is read to be dropped, what is written of streams */
};

enum pawl_connection_state {
    PAWL_CONNECTION_HEAD,     /* between requests, or reading a head */
    PAWL_CONNECTION_BODY,     /* the head is accepted, the body comes */
    PAWL_CONNECTION_WAITING,  /* somebody else has the exchange */
    PAWL_CONNECTION_ANSWERED, /* it was resumed */
    PAWL_CONNECTION_SENDING,  /* an answer, or a refusal without an exchange */
    PAWL_CONNECTION_STREAM,   /* on the worker of streams */
    PAWL_CONNECTION_LINGER,   /* all is said; what still comes is dropped until the client closes */
    PAWL_CONNECTION_ORPHAN,   /* the client is gone, the exchange still waits */
    PAWL_CONNECTION_CLOSED,   /* freed at the end of the worker's round */
};

struct pawl_connection {
    uint32_t magic;
    enum pawl_connection_state state;
    int fd; /* -1: closed */
    struct pawl_worker *worker;
    struct pawl_address *address;
    struct pawl_exchange *exchange; /* NULL between requests */
    bool readable, writable;        /* as epoll last said; edge-triggered */
    bool hung_up;                   /* the client will send no more; what it sent is still read */
    bool first;                     /* no request has been read on it */
    bool in_head;                   /* some of a head is there */
    bool over;                      /* a stream has ended */
    bool known;                     /* somebody with a valid token has used it */
    bool closing;                   /* after the answer under way */
    bool waiting;                   /* between pawl_exchange_wait and the resume's arrival */
    /* what was read and not used yet: in[in_at..in_len] */
    char *in;
    size_t in_size, in_len, in_at;
    size_t scanned; /* of it, in search of the head's end */
    struct pawl_chunked chunked;
    uint64_t body_left;
    /* what is to be written: out[out_at..], then body */
    struct pawl_buf out;
    size_t out_at;
    struct pawl_str rest; /* of the answer's body; in the exchange's arena */
    /* time: what is under way began at since, moved bytes so far, and ends at the deadline */
    int64_t accepted_ms, since_ms, deadline_ms;
    uint64_t moved;
    int64_t tick; /* the slot of the wheel it is in */
    struct pawl_ring all, wheel, age, ready;
    /* guarded by the worker's mutex: */
    struct pawl_ring posted;
    bool resumed;
};

struct pawl_worker {
    struct pawl_http_server *server;
    pthread_t thread;
    bool started;
    int epoll, wake, spare; /* spare: given up for a moment when descriptors have run out */
    pthread_mutex_t mutex;  /* guards the inbox */
    struct pawl_ring inbox;
    struct pawl_ring all, ready, dead;
    struct pawl_ring fresh; /* nobody with a token has used them; oldest first */
    struct pawl_ring idle;  /* between requests, known; longest first */
    struct pawl_ring wheel[PAWL_WHEEL_SLOTS];
    int64_t tick, now_ms;
    int64_t date_s;
    char date[40];
    char scratch[PAWL_SCRATCH_SIZE];
};

struct pawl_http_server {
    uint32_t magic;
    struct pawl_http_server_options options;
    const struct pawl_alloc *alloc;
    uint16_t port;
    int listeners[PAWL_LISTENERS_MAX];
    uint32_t listener_count;
    struct pawl_worker *workers[PAWL_WORKERS_MAX];
    uint32_t worker_count;
    struct pawl_worker *streams;
    struct pawl_addresses addresses;
    struct pawl_budget budget;
    atomic_uint active;      /* exchanges */
    atomic_uint connections; /* descriptors */
    atomic_bool quiesced, stopping, streams_stopping;
};

/* ---- listen.c -------------------------------------------------------------------------------- */

PAWL_CHECKED
enum pawl_rc pawl_listen_open(struct pawl_http_server *server, struct pawl_err *err);
void pawl_listen_quiesce(struct pawl_http_server *server);
void pawl_listen_close(struct pawl_http_server *server);
/* Takes what waits at the listener. */
void pawl_listen_accept(struct pawl_worker *worker, int listener);

/* ---- worker.c -------------------------------------------------------------------------------- */

PAWL_CHECKED
enum pawl_rc pawl_worker_open(struct pawl_http_server *server, struct pawl_worker **ret_worker,
                              struct pawl_err *err);
void pawl_worker_wake(struct pawl_worker *worker);
/* Joins the thread, which must have been told to stop, and frees all. NULL is legal. */
void pawl_worker_close(struct pawl_worker *worker);
/* Any thread: the connection is for its worker to look at. */
void pawl_worker_post(struct pawl_connection *connection, bool resumed);
/* From its own worker: it is nobody's business any more. */
void pawl_worker_forget(struct pawl_connection *connection);
/* From its own worker: from now on it is another one's. */
void pawl_worker_move(struct pawl_connection *connection, struct pawl_worker *to);
/* pawl_connection_expire will be called about then; PAWL_NEVER_MS: not. */
void pawl_worker_deadline(struct pawl_connection *connection, int64_t at_ms);
/* Closes the connection that is missed least; false: each is of use. */
bool pawl_worker_make_room(struct pawl_worker *worker);
/* "Sat, 28 Nov 2026 09:16:49 GMT" */
const char *pawl_worker_date(struct pawl_worker *worker);

/* ---- connection.c, connection_in.c, connection_out.c ----------------------------------------- */

enum pawl_step { PAWL_STEP_AGAIN, PAWL_STEP_BLOCKED, PAWL_STEP_GONE };

/* Owns the descriptor from then on, also when it fails. */
void pawl_connection_open(struct pawl_worker *worker, int fd, const struct sockaddr_storage *peer);
void pawl_connection_drive(struct pawl_connection *connection); /* as far as it goes now */
void pawl_connection_event(struct pawl_connection *connection, uint32_t events);
void pawl_connection_expire(struct pawl_connection *connection);
void pawl_connection_end(struct pawl_connection *connection);  /* at once */
void pawl_connection_free(struct pawl_connection *connection); /* a dead one */

enum pawl_step pawl_connection_head(struct pawl_connection *connection);
enum pawl_step pawl_connection_body(struct pawl_connection *connection);
/* The exchange has its answer, waits or is a stream. BLOCKED: it may be another worker's now. */
enum pawl_step pawl_connection_handled(struct pawl_connection *connection);
enum pawl_step pawl_connection_send(struct pawl_connection *connection);
enum pawl_step pawl_connection_stream(struct pawl_connection *connection);
enum pawl_step pawl_connection_linger(struct pawl_connection *connection);
/* Answers without a handler, and closes. Ends the exchange, if there is one. */
enum pawl_step pawl_connection_refuse(struct pawl_connection *connection, uint32_t status,
                                      const char *sentence);
enum pawl_step pawl_connection_finish(struct pawl_connection *connection); /* lingers */
/* The same for a descriptor that never becomes a connection. */
void pawl_refuse_descriptor(int fd, uint32_t status, const char *sentence);
const char *pawl_status_reason(uint32_t status);
/* A body or an answer begins now; it may take transfer_ms, and must keep to the least rate. */
void pawl_connection_begin_transfer(struct pawl_connection *connection);
/* Moves the deadline with what was moved. */
void pawl_connection_moved(struct pawl_connection *connection, size_t bytes);

/* ---- exchange.c ------------------------------------------------------------------------------ */

/* Copies and reads the head; rc and status say what is wrong with it. NULL: no memory. */
struct pawl_exchange *pawl_exchange_new(struct pawl_connection *connection, const char *head,
                                        size_t len);
void pawl_exchange_begin(struct pawl_exchange *exchange);
void pawl_exchange_handle(struct pawl_exchange *exchange);
void pawl_exchange_end(struct pawl_exchange *exchange);

#endif
