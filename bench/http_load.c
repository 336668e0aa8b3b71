/* The load driver: starts runs of one workflow over HTTP from many keep-alive connections on one
 * thread (epoll), and tells runs a second and the spread of answer times. It waits until every run
 * has ended, so the figure is of whole runs, not of accepted starts.
 *
 * usage: http_load PORT TOKEN WORKFLOW RUNS CLIENTS
 * Only loopback; counts and times are bounded. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "http_client.h"

enum { CLIENTS_MAX = 1024, RUNS_MAX = 2000000, WAIT_S = 120 };

struct load {
    uint16_t port;
    const char *token, *workflow;
    uint64_t runs, clients;
    uint64_t started, answered, refused;
    float *times; /* milliseconds */
    char request[4096];
    size_t request_len;
};

static void start_next(struct load *load, struct http_client *client)
{
    if (load->started < load->runs) {
        load->started++;
        http_send(client, load->request, load->request_len);
    }
}

static void client_ready(struct load *load, struct http_client *client)
{
    if (!http_read(client)) {
        return;
    }
    if (http_status(client) != 201 && load->refused++ == 0) {
        fprintf(stderr, "refused: %.300s\n", client->answer);
    }
    load->times[load->answered++] = (float)((http_now() - client->since) * 1e3);
    start_next(load, client);
}

static void drive(struct load *load)
{
    static struct http_client pool[CLIENTS_MAX];
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    for (uint64_t i = 0; i < load->clients; i++) {
        pool[i].fd = http_connect(load->port);
        struct epoll_event event = {.events = EPOLLIN, .data = {.ptr = &pool[i]}};
        epoll_ctl(epoll, EPOLL_CTL_ADD, pool[i].fd, &event);
        start_next(load, &pool[i]);
    }
    while (load->answered < load->runs) {
        struct epoll_event events[128];
        int count = epoll_wait(epoll, events, 128, 10000);
        if (count == 0 || (count < 0 && errno != EINTR)) {
            fprintf(stderr, "no answer for 10 s\n");
            exit(1);
        }
        for (int i = 0; i < count; i++) {
            client_ready(load, events[i].data.ptr);
        }
    }
    close(epoll);
}

/* Until no run of the workflow is running. */
static void wait_for_end(const struct load *load)
{
    static struct http_client client;
    char path[512];
    snprintf(path, sizeof(path), "/api/v1/runs?status=running&workflow=%s&limit=1", load->workflow);
    for (double until = http_now() + WAIT_S; http_now() < until;) {
        const char *body = http_get(&client, load->port, load->token, path);
        if (strstr(body, "\"run_") == NULL) {
            return;
        }
        usleep(1000);
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
    struct load load = {
        .port = (uint16_t)strtoul(argv[1], NULL, 10),
        .token = argv[2],
        .workflow = argv[3],
        .runs = strtoull(argv[4], NULL, 10),
        .clients = strtoull(argv[5], NULL, 10),
    };
    if (load.runs == 0 || load.runs > RUNS_MAX || load.clients == 0 || load.clients > CLIENTS_MAX) {
        fprintf(stderr, "1 to %d runs, 1 to %d clients\n", RUNS_MAX, CLIENTS_MAX);
        return 2;
    }
    load.request_len =
        http_start_request(load.request, sizeof(load.request), load.token, load.workflow);
    load.times = calloc(load.runs, sizeof(*load.times));
    if (load.times == NULL) {
        return 1;
    }
    double from = http_now();
    drive(&load);
    double accepted = http_now() - from;
    wait_for_end(&load);
    double whole = http_now() - from;
    printf("{\"runs\":%llu,\"clients\":%llu,\"refused\":%llu,\"starts_per_s\":%.0f,"
           "\"runs_per_s\":%.0f,\"answer_p50_ms\":%.3f,\"answer_p99_ms\":%.3f}\n",
           (unsigned long long)load.runs, (unsigned long long)load.clients,
           (unsigned long long)load.refused, (double)load.runs / accepted,
           (double)load.runs / whole, (double)http_percentile(load.times, load.runs, 0.5),
           (double)http_percentile(load.times, load.runs, 0.99));
    free(load.times);
    return load.refused == 0 ? 0 : 1;
}
