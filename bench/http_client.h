/* The load programs' side of HTTP: connections to loopback, a request sent whole, an answer read
 * until it is whole. Trusting on purpose: a bench talks to its own server, and stops at the first
 * surprise. */
#ifndef BENCH_HTTP_CLIENT_H
#define BENCH_HTTP_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { HTTP_ANSWER_MAX = 65536 };

struct http_client {
    int fd;
    size_t got;
    double since; /* when the request was sent; seconds */
    char answer[HTTP_ANSWER_MAX];
};

/* Monotonic seconds. */
double http_now(void);
/* A connection to loopback; ends the program when there is none. */
int http_connect(uint16_t port);
/* Sends a whole request and forgets the answer before. */
void http_send(struct http_client *client, const char *request, size_t len);
/* One read; true when the answer is whole. Ends the program when the server closed. */
bool http_read(struct http_client *client);
/* The status of a whole answer. */
int http_status(const struct http_client *client);
/* One GET on a connection of its own; the body, which lives as long as the client. */
const char *http_get(struct http_client *client, uint16_t port, const char *token,
                     const char *path);
/* The text of a request that starts a run of `workflow`; its length. */
size_t http_start_request(char *ret_text, size_t size, const char *token, const char *workflow);
/* Sorts `count` times and gives the one that `share` of them do not exceed. */
float http_percentile(float *times, size_t count, double share);

#endif
