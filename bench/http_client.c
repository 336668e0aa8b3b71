/* The load programs' side of HTTP: see http_client.h. */
#include "http_client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

double http_now(void)
{
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    return (double)at.tv_sec + (double)at.tv_nsec / 1e9;
}

int http_connect(uint16_t port)
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

void http_send(struct http_client *client, const char *request, size_t len)
{
    client->got = 0;
    client->since = http_now();
    for (size_t sent = 0; sent < len;) {
        ssize_t n = write(client->fd, request + sent, len - sent);
        if (n <= 0) {
            perror("write");
            exit(1);
        }
        sent += (size_t)n;
    }
}

static bool is_whole(const struct http_client *client)
{
    const char *end = memmem(client->answer, client->got, "\r\n\r\n", 4);
    if (end == NULL) {
        return false;
    }
    size_t head = (size_t)(end - client->answer) + 4, body = 0;
    for (const char *at = client->answer; at < end; at++) {
        if (strncasecmp(at, "content-length:", 15) == 0) {
            body = strtoul(at + 15, NULL, 10);
            break;
        }
    }
    return client->got >= head + body;
}

bool http_read(struct http_client *client)
{
    ssize_t n =
        read(client->fd, client->answer + client->got, sizeof(client->answer) - 1 - client->got);
    if (n <= 0) {
        fprintf(stderr, "the server closed a connection\n");
        exit(1);
    }
    client->got += (size_t)n;
    client->answer[client->got] = '\0';
    return is_whole(client);
}

int http_status(const struct http_client *client)
{
    return client->got > 12 ? (int)strtol(client->answer + 9, NULL, 10) : 0;
}

const char *http_get(struct http_client *client, uint16_t port, const char *token, const char *path)
{
    char text[1024];
    client->fd = http_connect(port);
    int len = snprintf(text, sizeof(text),
                       "GET %s HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\n\r\n",
                       path, token);
    http_send(client, text, (size_t)len);
    while (!http_read(client)) {
    }
    close(client->fd);
    return strstr(client->answer, "\r\n\r\n") + 4;
}

size_t http_start_request(char *ret_text, size_t size, const char *token, const char *workflow)
{
    char body[256];
    int body_len =
        snprintf(body, sizeof(body), "{\"workflow\":\"%s\",\"inputs\":{\"n\":1}}", workflow);
    return (size_t)snprintf(
        ret_text, size,
        "POST /api/v1/runs HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\n"
        "Content-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
        token, body_len, body);
}

static int by_time(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

float http_percentile(float *times, size_t count, double share)
{
    qsort(times, count, sizeof(*times), by_time);
    return times[(size_t)((double)(count - 1) * share)];
}
