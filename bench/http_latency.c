/* One client alone: starts a run over HTTP and waits until it sees the run's end on the tenant's
 * stream of events, again and again; tells the times from the request to the answer and to the end.
 *
 * usage: http_latency PORT TOKEN WORKFLOW RUNS
 * What is measured is what a client sees: request, commits, and the event's way through the hub. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "http_client.h"

enum { RUNS_MAX = 100000 };

static void stream_open(struct http_client *stream, uint16_t port, const char *token)
{
    char text[1024];
    stream->fd = http_connect(port);
    int len = snprintf(text, sizeof(text),
                       "GET /api/v1/events/stream HTTP/1.1\r\nHost: localhost\r\n"
                       "Authorization: Bearer %s\r\n\r\n",
                       token);
    http_send(stream, text, (size_t)len);
    while (strstr(stream->answer, ": connected") == NULL) {
        (void)http_read(stream);
    }
    stream->got = 0;
}

/* Reads the stream up to the next end of a run; only this program starts any. */
static void stream_wait(struct http_client *stream)
{
    stream->got = 0;
    stream->answer[0] = '\0';
    for (;;) {
        (void)http_read(stream);
        const char *end = strstr(stream->answer, "event: run.completed\n");
        if (end != NULL && strstr(end, "\n\n") != NULL) {
            return;
        }
    }
}

int main(int argc, char **argv)
{
    static struct http_client client, stream;
    char request[4096];
    if (argc != 5) {
        fprintf(stderr, "usage: http_latency PORT TOKEN WORKFLOW RUNS\n");
        return 2;
    }
    uint16_t port = (uint16_t)strtoul(argv[1], NULL, 10);
    size_t runs = strtoull(argv[4], NULL, 10);
    if (runs == 0 || runs > RUNS_MAX) {
        fprintf(stderr, "1 to %d runs\n", RUNS_MAX);
        return 2;
    }
    float *answers = calloc(runs, sizeof(*answers)), *ends = calloc(runs, sizeof(*ends));
    if (answers == NULL || ends == NULL) {
        return 1;
    }
    size_t len = http_start_request(request, sizeof(request), argv[2], argv[3]);
    stream_open(&stream, port, argv[2]);
    client.fd = http_connect(port);
    for (size_t i = 0; i < runs; i++) {
        http_send(&client, request, len);
        while (!http_read(&client)) {
        }
        if (http_status(&client) != 201) {
            fprintf(stderr, "refused: %.300s\n", client.answer);
            return 1;
        }
        answers[i] = (float)((http_now() - client.since) * 1e3);
        stream_wait(&stream);
        ends[i] = (float)((http_now() - client.since) * 1e3);
    }
    printf("{\"runs\":%zu,\"answer_p50_ms\":%.3f,\"answer_p99_ms\":%.3f,\"end_min_ms\":%.3f,"
           "\"end_p50_ms\":%.3f,\"end_p99_ms\":%.3f}\n",
           runs, (double)http_percentile(answers, runs, 0.5),
           (double)http_percentile(answers, runs, 0.99), (double)http_percentile(ends, runs, 0),
           (double)http_percentile(ends, runs, 0.5), (double)http_percentile(ends, runs, 0.99));
    free(answers);
    free(ends);
    close(client.fd);
    close(stream.fd);
    return 0;
}
