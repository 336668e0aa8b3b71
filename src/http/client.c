/* Outgoing HTTP over curl's multi interface: one easy handle a transfer, collected bodies with a
 * limit, and a table from curl's codes to ours. Which codes mean "nothing can have happened"
 * decides whether a step that must not be repeated may be tried again. */
#include "http/client.h"

#include <curl/curl.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/limits.h"
#include "base/panic.h"

enum { HEADERS_MAX = 100, HEADER_BYTES_MAX = 64 * 1024, EXTRA_MAX = 300 };

struct pawl_http_transfer {
    struct pawl_http_transfer *next, *previous;
    struct pawl_http_client *client;
    CURL *easy;
    struct curl_slist *headers_out;
    struct pawl_buf body_out, body_in, head_in;
    struct pawl_http_header headers[HEADERS_MAX];
    uint32_t header_count;
    pawl_http_received_fn *fn;
    void *arg;
    char error[CURL_ERROR_SIZE];
    bool cancelled;
};

struct pawl_http_client {
    const struct pawl_alloc *alloc;
    CURLM *multi;
    struct pawl_http_transfer *first;
    uint32_t count;
};

/* ---- curl's codes
 * ------------------------------------------------------------------------------------ */

struct code_row {
    CURLcode code;
    const char *error;
    bool no_effect;
};

static const struct code_row code_rows[] = {
    {CURLE_OPERATION_TIMEDOUT, "timeout", false},  {CURLE_COULDNT_RESOLVE_HOST, "dns", true},
    {CURLE_COULDNT_RESOLVE_PROXY, "dns", true},    {CURLE_COULDNT_CONNECT, "connect", true},
    {CURLE_SSL_CONNECT_ERROR, "tls", true},        {CURLE_PEER_FAILED_VERIFICATION, "tls", true},
    {CURLE_SSL_CERTPROBLEM, "tls", true},          {CURLE_URL_MALFORMAT, "bad_url", true},
    {CURLE_UNSUPPORTED_PROTOCOL, "bad_url", true}, {CURLE_TOO_MANY_REDIRECTS, "redirects", false},
    {CURLE_WRITE_ERROR, "too_large", false},       {CURLE_GOT_NOTHING, "closed", false},
    {CURLE_RECV_ERROR, "closed", false},           {CURLE_SEND_ERROR, "closed", false},
    {CURLE_PARTIAL_FILE, "closed", false},         {CURLE_OUT_OF_MEMORY, "out_of_memory", false},
};

static const struct code_row *code_find(CURLcode code)
{
    static const struct code_row other = {CURLE_OK, "failed", false};
    for (size_t i = 0; i < sizeof(code_rows) / sizeof(code_rows[0]); i++) {
        if (code_rows[i].code == code) {
            return &code_rows[i];
        }
    }
    return &other;
}

/* ---- a transfer's life
 * -------------------------------------------------------------------------------- */

static size_t on_body(char *bytes, size_t size, size_t count, void *arg)
{
    struct pawl_http_transfer *transfer = arg;
    pawl_buf_put(&transfer->body_in, bytes, size * count);
    return transfer->body_in.rc == PAWL_OK ? size * count : 0; /* 0 ends it: too_large */
}

/* One header line; a status line (of a redirect, or "100 Continue") starts the head anew. */
static size_t on_header(char *bytes, size_t size, size_t count, void *arg)
{
    struct pawl_http_transfer *transfer = arg;
    struct pawl_str line = {bytes, size * count};
    if (pawl_str_starts(line, PAWL_STR("HTTP/"))) {
        pawl_buf_clear(&transfer->head_in);
        transfer->header_count = 0;
        return line.len;
    }
    size_t colon = pawl_str_find(line, PAWL_STR(":"));
    if (colon == SIZE_MAX || transfer->header_count == HEADERS_MAX) {
        return line.len;
    }
    struct pawl_str value = pawl_str_trim(pawl_str_sub(line, colon + 1, SIZE_MAX));
    size_t at = transfer->head_in.len;
    for (size_t i = 0; i < colon; i++) {
        char c = line.ptr[i];
        pawl_buf_put_char(&transfer->head_in, c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c);
    }
    pawl_buf_put_str(&transfer->head_in, value);
    if (transfer->head_in.rc == PAWL_OK) { /* offsets for now: the buffer may move */
        transfer->headers[transfer->header_count++] = (struct pawl_http_header){
            {(const char *)at, colon}, {(const char *)(at + colon), value.len}};
    }
    return line.len;
}

static void headers_settle(struct pawl_http_transfer *transfer)
{
    for (uint32_t i = 0; i < transfer->header_count; i++) {
        struct pawl_http_header *header = &transfer->headers[i];
        header->name.ptr = transfer->head_in.ptr + (uintptr_t)header->name.ptr;
        header->value.ptr = transfer->head_in.ptr + (uintptr_t)header->value.ptr;
    }
}

static void transfer_free(struct pawl_http_transfer *transfer)
{
    struct pawl_http_client *client = transfer->client;
    if (transfer->easy != NULL) {
        curl_multi_remove_handle(client->multi, transfer->easy);
        curl_easy_cleanup(transfer->easy);
    }
    curl_slist_free_all(transfer->headers_out);
    pawl_buf_fini(&transfer->body_out);
    pawl_buf_fini(&transfer->body_in);
    pawl_buf_fini(&transfer->head_in);
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

static void transfer_end(struct pawl_http_transfer *transfer, CURLcode code)
{
    struct pawl_http_received received = {0};
    if (transfer->cancelled) {
        received.error = "cancelled";
        received.message = "the attempt was cancelled";
    } else if (code != CURLE_OK) {
        const struct code_row *row = code_find(code);
        received.error = row->error;
        received.no_effect = row->no_effect;
        received.message = transfer->error[0] != '\0' ? transfer->error : curl_easy_strerror(code);
    } else {
        long status = 0;
        curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &status);
        headers_settle(transfer);
        received.status = (uint32_t)status;
        received.headers = transfer->headers;
        received.header_count = transfer->header_count;
        received.body = pawl_buf_str(&transfer->body_in);
    }
    transfer->client->count--;
    transfer->fn(transfer->arg, &received);
    transfer_free(transfer);
}

static bool headers_put(struct pawl_http_transfer *transfer, const struct pawl_http_send *send)
{
    for (uint32_t i = 0; i < send->header_count; i++) {
        const struct pawl_http_header *header = &send->headers[i];
        char line[PAWL_HTTP_HEADER_MAX];
        /* "Name;" is how curl sends a header without a value */
        int len = header->value.len == 0
                      ? snprintf(line, sizeof(line), PAWL_STR_FMT ";", PAWL_STR_ARG(header->name))
                      : snprintf(line, sizeof(line), PAWL_STR_FMT ": " PAWL_STR_FMT,
                                 PAWL_STR_ARG(header->name), PAWL_STR_ARG(header->value));
        if (len < 0 || (size_t)len >= sizeof(line) || strpbrk(line, "\r\n") != NULL) {
            return false;
        }
        struct curl_slist *longer = curl_slist_append(transfer->headers_out, line);
        if (longer == NULL) {
            return false;
        }
        transfer->headers_out = longer;
    }
    return true;
}

static bool options_put(struct pawl_http_transfer *transfer, const struct pawl_http_send *send,
                        const char *method, const char *url)
{
    CURL *easy = transfer->easy;
    bool has_body = send->body.len > 0;
    CURLcode code = curl_easy_setopt(easy, CURLOPT_URL, url);
    code |= curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    code |= curl_easy_setopt(easy, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
    code |= curl_easy_setopt(easy, CURLOPT_PROXY, "");
    code |= curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    code |= curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, transfer->error);
    code |= curl_easy_setopt(easy, CURLOPT_PRIVATE, transfer);
    code |= curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    code |= curl_easy_setopt(easy, CURLOPT_WRITEDATA, transfer);
    code |= curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
    code |= curl_easy_setopt(easy, CURLOPT_HEADERDATA, transfer);
    code |= curl_easy_setopt(easy, CURLOPT_HTTPHEADER, transfer->headers_out);
    code |= curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)send->timeout_ms);
    code |= curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, send->redirects_max > 0 ? 1L : 0L);
    code |= curl_easy_setopt(easy, CURLOPT_MAXREDIRS, (long)send->redirects_max);
    code |= curl_easy_setopt(easy, CURLOPT_USERAGENT, "pawl/" PAWL_VERSION);
    code |= curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "");
    if (strcmp(method, "HEAD") == 0) {
        code |= curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
    } else if (has_body || strcmp(method, "POST") == 0) {
        code |= curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)send->body.len);
        code |= curl_easy_setopt(easy, CURLOPT_POSTFIELDS, has_body ? transfer->body_out.ptr : "");
    }
    code |= curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, method);
    return code == CURLE_OK;
}

static struct pawl_http_transfer *transfer_new(struct pawl_http_client *client,
                                               const struct pawl_http_send *send)
{
    struct pawl_http_transfer *transfer = pawl_alloc_zero(client->alloc, sizeof(*transfer));
    if (transfer == NULL) {
        return NULL;
    }
    transfer->client = client;
    pawl_buf_init(&transfer->body_out, client->alloc, PAWL_DOCUMENT_SIZE_MAX);
    pawl_buf_init(&transfer->body_in, client->alloc,
                  send->response_max > 0 ? send->response_max : 1);
    pawl_buf_init(&transfer->head_in, client->alloc, HEADER_BYTES_MAX);
    pawl_buf_put_str(&transfer->body_out, send->body);
    transfer->easy = curl_easy_init();
    return transfer;
}

enum pawl_rc pawl_http_client_send(struct pawl_http_client *client,
                                   const struct pawl_http_send *send, pawl_http_received_fn *fn,
                                   void *arg, struct pawl_http_transfer **ret_transfer,
                                   struct pawl_err *err)
{
    char method[32], url[PAWL_HTTP_HEADER_MAX];
    int method_len = snprintf(method, sizeof(method), PAWL_STR_FMT, PAWL_STR_ARG(send->method));
    int url_len = snprintf(url, sizeof(url), PAWL_STR_FMT, PAWL_STR_ARG(send->url));
    if (method_len < 0 || (size_t)method_len >= sizeof(method) || url_len < 0 ||
        (size_t)url_len >= sizeof(url)) {
        return pawl_err_set(err, PAWL_EINVALID, "the method or the URL is too long");
    }
    struct pawl_http_transfer *transfer = transfer_new(client, send);
    if (transfer == NULL || transfer->easy == NULL || transfer->body_out.rc != PAWL_OK) {
        if (transfer != NULL) {
            transfer_free(transfer);
        }
        return pawl_err_set(err, PAWL_ENOMEM,
                            "out of memory for a request, or its body is too large");
    }
    if (!headers_put(transfer, send) || !options_put(transfer, send, method, url)) {
        transfer_free(transfer);
        return pawl_err_set(err, PAWL_EINVALID, "a header, the method or the URL cannot be sent");
    }
    if (curl_multi_add_handle(client->multi, transfer->easy) != CURLM_OK) {
        transfer_free(transfer);
        return pawl_err_set(err, PAWL_ENOMEM, "out of memory for a request");
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
    transfer_end(transfer, CURLE_ABORTED_BY_CALLBACK);
}

uint32_t pawl_http_client_count(const struct pawl_http_client *client)
{
    return client->count;
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
        PAWL_ASSERT(transfer != NULL && transfer->easy == message->easy_handle);
        transfer_end(transfer, code);
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

enum pawl_rc pawl_http_client_open(const struct pawl_alloc *alloc,
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
    *client = (struct pawl_http_client){.alloc = alloc, .multi = multi};
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
