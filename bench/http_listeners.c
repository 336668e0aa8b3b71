/* Idle listeners: opens streams of one run's events and keeps them open, reading what comes, until
 * its standard input is closed. Prints "open" when all have had their first bytes.
 *
 * usage: http_listeners PORT TOKEN RUN COUNT
 * The run has ended or waits, so its streams carry nothing but heartbeats. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

#include "http_client.h"

enum { LISTENERS_MAX = 20000 };

static void descriptors_raise(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
}

/* Reads until standard input ends. */
static void keep(int epoll)
{
    struct epoll_event input = {.events = EPOLLIN, .data = {.fd = STDIN_FILENO}};
    epoll_ctl(epoll, EPOLL_CTL_ADD, STDIN_FILENO, &input);
    for (;;) {
        struct epoll_event events[128];
        static char bytes[65536];
        int count = epoll_wait(epoll, events, 128, -1);
        for (int i = 0; i < count; i++) {
            if (read(events[i].data.fd, bytes, sizeof(bytes)) <= 0) {
                if (events[i].data.fd == STDIN_FILENO) {
                    return;
                }
                fprintf(stderr, "the server closed a stream\n");
                exit(1);
            }
        }
    }
}

int main(int argc, char **argv)
{
    if (argc != 5) {
        fprintf(stderr, "usage: http_listeners PORT TOKEN RUN COUNT\n");
        return 2;
    }
    uint16_t port = (uint16_t)strtoul(argv[1], NULL, 10);
    unsigned long count = strtoul(argv[4], NULL, 10);
    if (count == 0 || count > LISTENERS_MAX) {
        fprintf(stderr, "1 to %d listeners\n", LISTENERS_MAX);
        return 2;
    }
    descriptors_raise();
    char request[1024];
    int len = snprintf(request, sizeof(request),
                       "GET /api/v1/runs/%s/events/stream HTTP/1.1\r\nHost: localhost\r\n"
                       "Authorization: Bearer %s\r\n\r\n",
                       argv[3], argv[2]);
    static struct http_client client;
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    for (unsigned long i = 0; i < count; i++) {
        client.fd = http_connect(port);
        http_send(&client, request, (size_t)len);
        (void)http_read(&client);
        if (http_status(&client) != 200) {
            fprintf(stderr, "refused: %.300s\n", client.answer);
            return 1;
        }
        struct epoll_event event = {.events = EPOLLIN, .data = {.fd = client.fd}};
        epoll_ctl(epoll, EPOLL_CTL_ADD, client.fd, &event);
    }
    printf("open\n");
    (void)fflush(stdout);
    keep(epoll);
    return 0;
}
