/* The client: its transfers, from send to the one call of their function. A transfer is a request
 * (client_hop.c) and, when redirects are to be followed, further ones (client_redirect.c). */
#include <stdio.h>

#include "base/limits.h"
#include "base/panic.h"
#include "http/client_impl.h"

enum { EXTRA_MAX = 300 };

/* ---- a transfer's life --------------------------------------------------------------------- */

static void transfer_free(struct pawl_http_transfer *transfer)
{
    struct pawl_http_client *client = transfer->client;
    pawl_http_hop_close(transfer);
    pawl_buf_fini(&transfer->url);
    pawl_buf_fini(&transfer->method);
    if (transfer->previous != NULL) {
        transfer->previous->next = transfer->next;
    } else if (client->first == transfer) {
        client->first = transfer->next;
    }
    if (transfer->next != NULL) {
        transfer->next->previous = transfer->previous;
    }
    pawl_alloc_free(client->alloc, transfer, sizeof(*transfer));
}

static void headers_settle(struct pawl_http_hop *hop)
{
    for (uint32_t i = 0; i < hop->header_count; i++) {
        struct pawl_http_header *header = &hop->headers[i];
        header->name.ptr = hop->head_in.ptr + (uintptr_t)header->name.ptr;
        header->value.ptr = hop->head_in.ptr + (uintptr_t)header->value.ptr;
    }
}

/* What curl says, made a sentence of ours where it has none or ours says more. */
static const char *message_of(struct pawl_http_transfer *transfer, const char *error, CURLcode code)
{
    struct pawl_http_hop *hop = &transfer->hop;
    const char *said = hop->error[0] != '\0' ? hop->error : curl_easy_strerror(code);
    if (error == NULL || transfer->message[0] != '\0') {
        return transfer->message;
    }
    if (strcmp(error, "address_refused") == 0) {
        (void)snprintf(transfer->message, sizeof(transfer->message),
                       "the address %s is not connected to: it is %s; the operator can allow it "
                       "with --allow-address %s",
                       hop->address, hop->refused, hop->address);
        return transfer->message;
    }
    if (strcmp(error, "head_too_large") == 0) {
        (void)snprintf(transfer->message, sizeof(transfer->message),
                       "the head of the answer is larger than %d bytes or %d headers",
                       HTTP_HEADER_BYTES_MAX, HTTP_HEADERS_MAX);
        return transfer->message;
    }
    if (strcmp(error, "body_too_large") == 0) {
        (void)snprintf(transfer->message, sizeof(transfer->message),
                       "the body of the answer is larger than %zu bytes",
                       transfer->send.response_max);
        return transfer->message;
    }
    if (strcmp(error, "bad_encoding") == 0 && code == CURLE_WRITE_ERROR) {
        return "something follows the end of its compressed body";
    }
    if (strcmp(error, "garbage") == 0 && code == CURLE_OUT_OF_MEMORY) {
        return "the first line of the answer has no end";
    }
    if (strcmp(error, "closed") == 0 && code == CURLE_OK) {
        return "the other side closed the connection within the head of its answer";
    }
    return said;
}

static void transfer_end(struct pawl_http_transfer *transfer, const char *error, CURLcode code)
{
    struct pawl_http_hop *hop = &transfer->hop;
    bool status_read = hop->head_done || hop->head_too_large ||
                       (error != NULL && strcmp(error, "bad_encoding") == 0);
    const struct pawl_http_received received = {
        .error = error,
        .message =
            transfer->cancelled ? "the attempt was cancelled" : message_of(transfer, error, code),
        .sent = transfer->sent,
        .status = status_read ? hop->status : 0,
        .hops = transfer->hops,
        .rewritten = transfer->rewritten,
        .headers = hop->headers,
        .header_count = hop->header_count,
        .body = pawl_buf_str(&hop->body_in),
    };
    transfer->client->count--;
    transfer->fn(transfer->arg, &received);
    transfer_free(transfer);
}

/* A hop has ended: the transfer with it, or a redirect is followed. */
static void hop_end(struct pawl_http_transfer *transfer, CURLcode code)
{
    const char *error = pawl_http_hop_error(transfer, code);
    headers_settle(&transfer->hop);
    enum pawl_http_next next = error != NULL ? PAWL_HTTP_NEXT_END : pawl_http_redirect(transfer);
    if (next == PAWL_HTTP_NEXT_END || next == PAWL_HTTP_NEXT_REFUSE) {
        transfer_end(transfer, next == PAWL_HTTP_NEXT_REFUSE ? "redirect" : error, code);
        return;
    }
    curl_off_t micros = 0;
    (void)curl_easy_getinfo(transfer->hop.easy, CURLINFO_TOTAL_TIME_T, &micros);
    transfer->spent_ms += micros / 1000;
    transfer->hops++;
    pawl_http_hop_close(transfer);
    if (transfer->url.rc != PAWL_OK || !pawl_http_hop_open(transfer)) {
        transfer_end(transfer, "out_of_memory", CURLE_OUT_OF_MEMORY);
    }
}

static struct pawl_http_transfer *transfer_new(struct pawl_http_client *client,
                                               const struct pawl_http_send *send)
{
    struct pawl_http_transfer *transfer = pawl_alloc_zero(client->alloc, sizeof(*transfer));
    if (transfer == NULL) {
        return NULL;
    }
    transfer->client = client;
    transfer->send = *send;
    transfer->with_body = send->has_body;
    pawl_buf_init(&transfer->url, client->alloc, PAWL_HTTP_HEADER_MAX + 1);
    pawl_buf_init(&transfer->method, client->alloc, PAWL_HTTP_METHOD_MAX + 1);
    pawl_buf_put_str(&transfer->url, send->url);
    pawl_buf_put_char(&transfer->url, '\0');
    pawl_buf_put_str(&transfer->method, send->method);
    pawl_buf_put_char(&transfer->method, '\0');
    return transfer;
}

enum pawl_rc pawl_http_client_send(struct pawl_http_client *client,
                                   const struct pawl_http_send *send, pawl_http_received_fn *fn,
                                   void *arg, struct pawl_http_transfer **ret_transfer,
                                   struct pawl_err *err)
{
    enum pawl_rc rc = pawl_http_url_check(send->url, NULL, err);
    if (rc != PAWL_OK) {
        return pawl_err_wrap(err, "url");
    }
    struct pawl_http_transfer *transfer = transfer_new(client, send);
    if (transfer == NULL) {
        return pawl_err_set(err, PAWL_ENOMEM, "out of memory for a request");
    }
    bool room = transfer->url.rc == PAWL_OK && transfer->method.rc == PAWL_OK;
    if (!room || !pawl_http_hop_open(transfer)) {
        transfer_free(transfer);
        return room ? pawl_err_set(err, PAWL_EINVALID, "a header or the method cannot be sent")
                    : pawl_err_set(err, PAWL_ENOMEM, "out of memory for a request");
    }
    transfer->fn = fn;
    transfer->arg = arg;
    transfer->next = client->first;
    if (client->first != NULL) {
        client->first->previous = transfer;
    }
    client->first = transfer;
    client->count++;
    *ret_transfer = transfer;
    return PAWL_OK;
}

void pawl_http_client_cancel(struct pawl_http_client *client, struct pawl_http_transfer *transfer)
{
    PAWL_ASSERT(transfer->client == client);
    transfer->cancelled = true;
    headers_settle(&transfer->hop);
    transfer_end(transfer, "cancelled", CURLE_ABORTED_BY_CALLBACK);
}

static void client_move(struct pawl_http_client *client)
{
    int running = 0, left = 0;
    (void)curl_multi_perform(client->multi, &running);
    for (CURLMsg *message; (message = curl_multi_info_read(client->multi, &left)) != NULL;) {
        if (message->msg != CURLMSG_DONE) {
            continue;
        }
        struct pawl_http_transfer *transfer = NULL;
        CURLcode code = message->data.result;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&transfer);
        PAWL_ASSERT(transfer != NULL && transfer->hop.easy == message->easy_handle);
        hop_end(transfer, code);
    }
}

void pawl_http_client_wait(struct pawl_http_client *client, struct pollfd *extra,
                           uint32_t extra_count, int64_t max_wait_ms)
{
    struct curl_waitfd fds[EXTRA_MAX];
    PAWL_ASSERT(extra_count <= EXTRA_MAX);
    for (uint32_t i = 0; i < extra_count; i++) {
        fds[i] = (struct curl_waitfd){.fd = extra[i].fd, .events = CURL_WAIT_POLLIN};
    }
    client_move(client);
    int ready = 0;
    (void)curl_multi_poll(client->multi, fds, extra_count, (int)max_wait_ms, &ready);
    for (uint32_t i = 0; i < extra_count; i++) {
        extra[i].revents = fds[i].revents != 0 ? POLLIN : 0;
    }
    client_move(client);
}

enum pawl_rc pawl_http_client_open(const struct pawl_alloc *alloc, const struct pawl_egress *egress,
                                   struct pawl_http_client **ret_client, struct pawl_err *err)
{
    /* Counted by curl itself and thread-safe from 7.84 on. */
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        return pawl_err_set(err, PAWL_EIO, "libcurl cannot be initialised");
    }
    struct pawl_http_client *client = pawl_alloc_zero(alloc, sizeof(*client));
    CURLM *multi = client == NULL ? NULL : curl_multi_init();
    if (multi == NULL) {
        pawl_alloc_free(alloc, client, sizeof(*client));
        curl_global_cleanup();
        return pawl_err_set(err, PAWL_ENOMEM, "out of memory for the HTTP client");
    }
    *client = (struct pawl_http_client){.alloc = alloc, .egress = egress, .multi = multi};
    (void)curl_multi_setopt(multi, CURLMOPT_PIPELINING, (long)CURLPIPE_NOTHING);
    *ret_client = client;
    return PAWL_OK;
}

void pawl_http_client_close(struct pawl_http_client *client)
{
    if (client == NULL) {
        return;
    }
    while (client->first != NULL) {
        pawl_http_client_cancel(client, client->first);
    }
    PAWL_ASSERT(client->count == 0);
    curl_multi_cleanup(client->multi);
    pawl_alloc_free(client->alloc, client, sizeof(*client));
    curl_global_cleanup();
}
