/* One request on the wire and the answer to it.
 *
 * That it is one request is held twice. Everything for which libcurl sends a request again by
 * itself is off: a connection is never used twice (a reused one that dies is tried again without a
 * word), HTTP/1.1 only (HTTP/2 repeats refused streams), no Expect (417 repeats), no
 * authentication, no Alt-Svc, no HTTP/0.9. And before any request is written curl asks before_send,
 * which says no to a second one. The same call marks the moment from which on nobody can say that
 * nothing left. */
#include <arpa/inet.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/limits.h"
#include "http/client_impl.h"

enum when { UNSENT, NO_HEAD, BODY, ALWAYS };
enum { ANY = -1 };

static const struct {
    int code;
    enum when when;
    const char *word;
} errors[] = {
#define PAWL_X(code, when, word) {(int)(code), when, word},
#include "http/client_errors.def"
#undef PAWL_X
};

/* Headers that may follow a redirect to another origin: none in which people keep secrets. */
static const char *const travels[] = {"accept", "accept-language", "content-type",
                                      "content-language", "idempotency-key"};

/* ---- what curl asks ------------------------------------------------------------------------ */

static int before_send(void *arg, char *primary_ip, char *local_ip, int primary_port,
                       int local_port)
{
    struct pawl_http_transfer *transfer = arg;
    if (transfer->hop.requests > 0) {
        return CURL_PREREQFUNC_ABORT;
    }
    transfer->hop.requests++;
    transfer->sent = true;
    return CURL_PREREQFUNC_OK;
}

static struct pawl_str host_of(const struct pawl_http_transfer *transfer)
{
    struct pawl_str authority = PAWL_STR_NONE;
    if (pawl_http_url_check(pawl_str_from(transfer->url.ptr), &authority, NULL) != PAWL_OK) {
        return PAWL_STR_NONE;
    }
    size_t end = authority.len;
    for (size_t i = 0; i < authority.len && authority.ptr[0] != '['; i++) {
        end = authority.ptr[i] == ':' ? i : end;
    }
    return pawl_str_sub(authority, 0, end);
}

static curl_socket_t open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct pawl_http_transfer *transfer = arg;
    struct pawl_http_hop *hop = &transfer->hop;
    const struct pawl_egress *egress = transfer->client->egress;
    const char *refused =
        egress == NULL ? NULL : pawl_egress_refusal(egress, host_of(transfer), &address->addr);
    if (refused != NULL) {
        const void *bytes =
            address->family == AF_INET
                ? (const void *)&((const struct sockaddr_in *)(const void *)&address->addr)
                      ->sin_addr
                : (const void *)&((const struct sockaddr_in6 *)(const void *)&address->addr)
                      ->sin6_addr;
        hop->refused = refused;
        if (inet_ntop(address->family, bytes, hop->address, sizeof(hop->address)) == NULL) {
            hop->address[0] = '\0';
        }
        return CURL_SOCKET_BAD;
    }
    hop->address_taken = true;
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

static size_t on_body(char *bytes, size_t size, size_t count, void *arg)
{
    struct pawl_http_hop *hop = &((struct pawl_http_transfer *)arg)->hop;
    pawl_buf_put(&hop->body_in, bytes, size * count);
    hop->body_too_large = hop->body_in.rc == PAWL_ELIMIT;
    return hop->body_in.rc == PAWL_OK ? size * count : 0; /* 0 ends it */
}

/* "HTTP/1.1 200 OK" → 200; 0: no status. */
static uint32_t status_of(struct pawl_str line)
{
    size_t blank = pawl_str_find(line, PAWL_STR(" "));
    uint32_t status = 0;
    for (size_t i = 1; blank != SIZE_MAX && i <= 3; i++) {
        char c = blank + i < line.len ? line.ptr[blank + i] : ' ';
        if (c < '0' || c > '9') {
            return 0;
        }
        status = status * 10 + (uint32_t)(c - '0');
    }
    return status;
}

static bool head_put(struct pawl_http_hop *hop, struct pawl_str line, size_t colon)
{
    struct pawl_str value = pawl_str_trim(pawl_str_sub(line, colon + 1, SIZE_MAX));
    size_t at = hop->head_in.len;
    for (size_t i = 0; i < colon; i++) {
        char c = line.ptr[i];
        pawl_buf_put_char(&hop->head_in, c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c);
    }
    pawl_buf_put_str(&hop->head_in, value);
    hop->head_too_large = hop->header_count == HTTP_HEADERS_MAX || hop->head_in.rc == PAWL_ELIMIT;
    if (hop->head_too_large || hop->head_in.rc != PAWL_OK) {
        return false;
    }
    hop->headers[hop->header_count++] = (struct pawl_http_header){
        {(const char *)at, colon}, {(const char *)(at + colon), value.len}};
    return true;
}

/* One line of a head; a status line (after "100 Continue") starts the head anew. */
static size_t on_header(char *bytes, size_t size, size_t count, void *arg)
{
    struct pawl_http_hop *hop = &((struct pawl_http_transfer *)arg)->hop;
    struct pawl_str line = {bytes, size * count};
    if (hop->head_done) {
        return line.len; /* a trailer */
    }
    if (pawl_str_starts(line, PAWL_STR("HTTP/"))) {
        pawl_buf_clear(&hop->head_in);
        hop->header_count = 0;
        hop->status = status_of(line);
        return line.len;
    }
    size_t colon = pawl_str_find(line, PAWL_STR(":"));
    if (pawl_str_trim(line).len == 0) {
        hop->head_done = hop->status >= 200;
        return line.len;
    }
    if (colon == SIZE_MAX || colon == 0 || line.ptr[0] == ' ' || line.ptr[0] == '\t') {
        return line.len; /* no header, or a folded one's second line */
    }
    return head_put(hop, line, colon) ? line.len : 0; /* 0 ends it */
}

/* ---- what curl is told --------------------------------------------------------------------- */

static bool may_travel(const struct pawl_http_transfer *transfer,
                       const struct pawl_http_header *header)
{
    bool safe = !transfer->other_origin;
    for (size_t i = 0; !safe && i < sizeof(travels) / sizeof(travels[0]); i++) {
        safe = header->name.len == strlen(travels[i]) &&
               strncasecmp(header->name.ptr, travels[i], header->name.len) == 0;
    }
    bool of_body = header->name.len == strlen("content-type") &&
                   strncasecmp(header->name.ptr, "content-type", header->name.len) == 0;
    return safe && (transfer->with_body || !of_body || !transfer->rewritten);
}

static bool header_put(struct pawl_http_hop *hop, const char *line)
{
    struct curl_slist *longer = curl_slist_append(hop->headers_out, line);
    hop->headers_out = longer != NULL ? longer : hop->headers_out;
    return longer != NULL;
}

static bool headers_put(struct pawl_http_transfer *transfer)
{
    const struct pawl_http_send *send = &transfer->send;
    bool has_type = false;
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
        if (!may_travel(transfer, header)) {
            continue;
        }
        has_type = has_type || strncasecmp(line, "content-type", strlen("content-type")) == 0;
        if (!header_put(&transfer->hop, line)) {
            return false;
        }
    }
    /* "Name:" is how curl is told to send none of its own */
    return header_put(&transfer->hop, "Expect:") &&
           (has_type || header_put(&transfer->hop, "Content-Type:"));
}

static CURLcode put_method(CURL *easy, const struct pawl_http_transfer *transfer)
{
    const char *method = transfer->method.ptr;
    const struct pawl_str body = transfer->with_body ? transfer->send.body : PAWL_STR("");
    bool framed = transfer->with_body || strcmp(method, "POST") == 0 ||
                  strcmp(method, "PUT") == 0 || strcmp(method, "PATCH") == 0;
    CURLcode code = CURLE_OK;
    if (strcmp(method, "HEAD") == 0) {
        code |= curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
    } else if (framed) { /* with a Content-Length, be it 0 */
        code |= curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body.len);
        code |= curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body.len > 0 ? body.ptr : "");
    }
    return code | curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, method);
}

/* Everything that makes it one request, over a connection that egress allows. */
static CURLcode put_once(CURL *easy, struct pawl_http_transfer *transfer)
{
    CURLcode code = curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
    code |= curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L);
    code |= curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    code |= curl_easy_setopt(easy, CURLOPT_HTTP09_ALLOWED, 0L);
    code |= curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    code |= curl_easy_setopt(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    code |= curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, before_send);
    code |= curl_easy_setopt(easy, CURLOPT_PREREQDATA, transfer);
    code |= curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    code |= curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, transfer);
    code |= curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    return code | curl_easy_setopt(easy, CURLOPT_PROXY, ""); /* not even the environment's */
}

static bool options_put(struct pawl_http_transfer *transfer)
{
    CURL *easy = transfer->hop.easy;
    int64_t left = transfer->send.timeout_ms - transfer->spent_ms;
    long timeout = transfer->send.timeout_ms <= 0 ? 0 : (long)(left < 1 ? 1 : left);
    CURLcode code = put_once(easy, transfer);
    code |= curl_easy_setopt(easy, CURLOPT_URL, transfer->url.ptr);
    code |= curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    code |= curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, transfer->hop.error);
    code |= curl_easy_setopt(easy, CURLOPT_PRIVATE, transfer);
    code |= curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    code |= curl_easy_setopt(easy, CURLOPT_WRITEDATA, transfer);
    code |= curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
    code |= curl_easy_setopt(easy, CURLOPT_HEADERDATA, transfer);
    code |= curl_easy_setopt(easy, CURLOPT_HTTPHEADER, transfer->hop.headers_out);
    code |= curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, timeout);
    code |= curl_easy_setopt(easy, CURLOPT_USERAGENT, "pawl/" PAWL_VERSION);
    code |= curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "");
    return (code | put_method(easy, transfer)) == CURLE_OK;
}

bool pawl_http_hop_open(struct pawl_http_transfer *transfer)
{
    struct pawl_http_hop *hop = &transfer->hop;
    memset(hop, 0, sizeof(*hop));
    pawl_buf_init(&hop->body_in, transfer->client->alloc,
                  transfer->send.response_max > 0 ? transfer->send.response_max : 1);
    pawl_buf_init(&hop->head_in, transfer->client->alloc, HTTP_HEADER_BYTES_MAX);
    hop->easy = curl_easy_init();
    return hop->easy != NULL && headers_put(transfer) && options_put(transfer) &&
           curl_multi_add_handle(transfer->client->multi, hop->easy) == CURLM_OK;
}

void pawl_http_hop_close(struct pawl_http_transfer *transfer)
{
    struct pawl_http_hop *hop = &transfer->hop;
    if (hop->easy != NULL) {
        curl_multi_remove_handle(transfer->client->multi, hop->easy);
        curl_easy_cleanup(hop->easy);
        hop->easy = NULL;
    }
    curl_slist_free_all(hop->headers_out);
    hop->headers_out = NULL;
    pawl_buf_fini(&hop->body_in);
    pawl_buf_fini(&hop->head_in);
    memset(hop, 0, sizeof(*hop));
}

/* ---- how it ended -------------------------------------------------------------------------- */

static enum when reached(const struct pawl_http_transfer *transfer)
{
    if (transfer->hop.requests == 0) {
        return UNSENT;
    }
    return transfer->hop.head_done ? BODY : NO_HEAD;
}

/* curl gives up on a line of more than 100 KB before it shows it to us, and says out of memory
 * (from 8.6 on: too large). */
static bool line_too_long(const struct pawl_http_hop *hop, enum when when, CURLcode code)
{
    enum { TOO_LARGE = 100 };
    return when == NO_HEAD && hop->status >= 200 &&
           (code == CURLE_OUT_OF_MEMORY || (int)code == TOO_LARGE);
}

/* Every address of the host was refused. */
static bool egress_refused(const struct pawl_http_hop *hop, enum when when)
{
    return hop->refused != NULL && !hop->address_taken && when == UNSENT;
}

const char *pawl_http_hop_error(struct pawl_http_transfer *transfer, CURLcode code)
{
    struct pawl_http_hop *hop = &transfer->hop;
    enum when when = reached(transfer);
    hop->head_too_large = hop->head_too_large || line_too_long(hop, when, code);
    if (egress_refused(hop, when)) {
        return "address_refused";
    }
    if (hop->head_too_large) {
        return "head_too_large";
    }
    if (hop->body_too_large) {
        return "body_too_large";
    }
    if (hop->head_in.rc == PAWL_ENOMEM || hop->body_in.rc == PAWL_ENOMEM) {
        return "out_of_memory";
    }
    if (code == CURLE_OK) {
        return when == BODY ? NULL : "closed"; /* curl takes half a head for an answer */
    }
    for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
        bool is_code = errors[i].code == ANY || errors[i].code == (int)code;
        if (is_code && (errors[i].when == when || errors[i].when == ALWAYS)) {
            return errors[i].word;
        }
    }
    return "closed";
}
