/* The load driver: starts runs of one workflow over HTTP from many keep-alive connections on one
 * thread (epoll), and tells runs a second and the spread of answer times. It waits until every run
 * has ended, so the figure is of whole runs, not of accepted starts.
 *
 * usage: http_load PORT TOKEN WORKFLOW RUNS CLIENTS
 * Only loopback; counts and times are bounded. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { CLIENTS_MAX = 1024, RUNS_MAX = 2000000, ANSWER_MAX = 65536, WAIT_S = 120 };

struct client {
    int fd;
    size_t got, sent;
    double since;
    char answer[ANSWER_MAX];
};

static char request[4096];
static size_t request_len;
static uint64_t started, answered, refused;
static float *times;

static double now_s(void)
{
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    return (double)at.tv_sec + (double)at.tv_nsec / 1e9;
}

static int connect_to(uint16_t port)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0) {
        perror("connect");
        exit(1);
    }
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    return fd;
}

static void client_send(struct client *client)
{
    client->got = 0;
    client->since = now_s();
    started++;
    for (size_t sent = 0; sent < request_len;) {
        ssize_t n = write(client->fd, request + sent, request_len - sent);
        if (n <= 0) {
            perror("write");
            exit(1);
        }
        sent += (size_t)n;
    }
}

/* The length of a whole answer in the buffer, or 0. */
static size_t answer_len(const struct client *client)
{
    const char *end = memmem(client->answer, client->got, "\r\n\r\n", 4);
    if (end == NULL) {
        return 0;
    }
    size_t head = (size_t)(end - client->answer) + 4, body = 0;
    for (const char *at = client->answer; at < end; at++) {
        if (strncasecmp(at, "content-length:", 15) == 0) {
            body = strtoul(at + 15, NULL, 10);
            break;
        }
    }
    return client->got >= head + body ? head + body : 0;
}

/* False when the client is done. */
static bool client_read(struct client *client, uint64_t runs)
{
    ssize_t n =
        read(client->fd, client->answer + client->got, sizeof(client->answer) - 1 - client->got);
    if (n <= 0) {
        fprintf(stderr, "the server closed a connection\n");
        exit(1);
    }
    client->got += (size_t)n;
    client->answer[client->got] = '\0';
    if (answer_len(client) == 0) {
        return true;
    }
    bool good = client->got > 12 && memcmp(client->answer + 9, "201", 3) == 0;
    if (!good && refused++ == 0) {
        fprintf(stderr, "refused: %.300s\n", client->answer);
    }
    times[answered++] = (float)((now_s() - client->since) * 1e3);
    if (started < runs) {
        client_send(client);
        return true;
    }
    return false;
}

static int by_time(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

/* One GET on a fresh connection; the answer's body, or NULL. */
static const char *get(uint16_t port, const char *token, const char *path, struct client *client)
{
    char text[1024];
    client->fd = connect_to(port);
    client->got = 0;
    int len = snprintf(text, sizeof(text),
                       "GET %s HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\n\r\n",
                       path, token);
    if (write(client->fd, text, (size_t)len) != len) {
        return NULL;
    }
    while (answer_len(client) == 0) {
        ssize_t n = read(client->fd, client->answer + client->got,
                         sizeof(client->answer) - 1 - client->got);
        if (n <= 0) {
            break;
        }
        client->got += (size_t)n;
        client->answer[client->got] = '\0';
    }
    close(client->fd);
    const char *body = strstr(client->answer, "\r\n\r\n");
    return body == NULL ? NULL : body + 4;
}

/* Until no run of the workflow is running. */
static void wait_for_end(uint16_t port, const char *token, const char *workflow)
{
    static struct client client;
    char path[512];
    snprintf(path, sizeof(path), "/api/v1/runs?status=running&workflow=%s&limit=1", workflow);
    for (double until = now_s() + WAIT_S; now_s() < until;) {
        const char *body = get(port, token, path, &client);
        if (body != NULL && strstr(body, "\"run_") == NULL) {
            return;
        }
        usleep(2000);
    }
    fprintf(stderr, "runs were still running after %d s\n", WAIT_S);
    exit(1);
}

int main(int argc, char **argv)
{
    if (argc != 6) {
        fprintf(stderr, "usage: http_load PORT TOKEN WORKFLOW RUNS CLIENTS\n");
        return 2;
    }
    uint16_t port = (uint16_t)strtoul(argv[1], NULL, 10);
    uint64_t runs = strtoull(argv[4], NULL, 10), clients = strtoull(argv[5], NULL, 10);
    static struct client pool[CLIENTS_MAX];
    if (runs == 0 || runs > RUNS_MAX || clients == 0 || clients > CLIENTS_MAX || clients > runs) {
        fprintf(stderr, "1 to %d runs, 1 to %d clients\n", RUNS_MAX, CLIENTS_MAX);
        return 2;
    }
    char body[256];
    int body_len =
        snprintf(body, sizeof(body), "{\"workflow\":\"%s\",\"inputs\":{\"n\":1}}", argv[3]);
    request_len = (size_t)snprintf(
        request, sizeof(request),
        "POST /api/v1/runs HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\n"
        "Content-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
        argv[2], body_len, body);
    times = calloc(runs, sizeof(*times));
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    double from = now_s();
    for (uint64_t i = 0; i < clients; i++) {
        pool[i].fd = connect_to(port);
        struct epoll_event event = {.events = EPOLLIN, .data = {.ptr = &pool[i]}};
        epoll_ctl(epoll, EPOLL_CTL_ADD, pool[i].fd, &event);
        client_send(&pool[i]);
    }
    while (answered < runs) {
        struct epoll_event events[128];
        int count = epoll_wait(epoll, events, 128, 10000);
        if (count == 0 || (count < 0 && errno != EINTR)) {
            fprintf(stderr, "no answer for 10 s\n");
            return 1;
        }
        for (int i = 0; i < count; i++) {
            (void)client_read(events[i].data.ptr, runs);
        }
    }
    double accepted = now_s() - from;
    wait_for_end(port, argv[2], argv[3]);
    double whole = now_s() - from;
    qsort(times, runs, sizeof(*times), by_time);
    printf("{\"runs\":%llu,\"clients\":%llu,\"refused\":%llu,\"starts_per_s\":%.0f,\"runs_per_s\":%"
           ".0f,"
           "\"answer_ms\":{\"p50\":%.3f,\"p99\":%.3f,\"max\":%.3f}}\n",
           (unsigned long long)runs, (unsigned long long)clients, (unsigned long long)refused,
           (double)runs / accepted, (double)runs / whole, (double)times[runs / 2],
           (double)times[runs - 1 - runs / 100], (double)times[runs - 1]);
    return refused == 0 ? 0 : 1;
}
