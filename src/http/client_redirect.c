/* Where an answer of 301, 302, 303, 307 or 308 leads, as RFC 9110 15.4 has it, and what is not
 * followed. Also: what a URL must be to be asked for at all.
 *
 *   301, 302   POST becomes GET without a body; other methods stay
 *   303        everything but GET and HEAD becomes GET without a body
 *   307, 308   the same request again at the new place
 *
 * To another origin (scheme, host, port) go only headers that cannot hold a secret. From https to
 * http, to other schemes, to URLs with a user in them nothing is followed. */
#include <arpa/inet.h>
#include <stdio.h>

#include "base/limits.h"
#include "http/client_impl.h"

/* ---- URLs ---------------------------------------------------------------------------------- */

static bool starts_with_scheme(struct pawl_str url, const char *scheme)
{
    size_t len = strlen(scheme);
    return url.len >= len && strncasecmp(url.ptr, scheme, len) == 0;
}

/* NULL: all its characters can be in a request line. */
static const char *bad_character(struct pawl_str url)
{
    for (size_t i = 0; i < url.len; i++) {
        unsigned char c = (unsigned char)url.ptr[i];
        if (c == ' ') {
            return "it has a blank; write %20";
        }
        if (c < ' ' || c == 0x7F) {
            return "it has a control character (a line break, a tab, NUL)";
        }
    }
    return NULL;
}

/* What follows the host: nothing, or ':' and a port. */
static const char *bad_port(struct pawl_str rest)
{
    enum { PORT_MAX = 65535 };
    uint32_t port = 0;
    for (size_t i = 1; i < rest.len && port <= PORT_MAX; i++) {
        bool digit = rest.ptr[i] >= '0' && rest.ptr[i] <= '9';
        port = digit ? port * 10 + (uint32_t)(rest.ptr[i] - '0') : PORT_MAX + 1;
    }
    bool given = rest.len > 1; /* "host:" has the scheme's port (RFC 3986 3.2.3) */
    bool good = (rest.len == 0 || rest.ptr[0] == ':') && port <= PORT_MAX && (!given || port > 0);
    return good ? NULL : "its port is no number from 1 to 65535";
}

/* The address in "[…]". */
static const char *bad_ipv6(struct pawl_str host)
{
    struct in6_addr address;
    char copy[INET6_ADDRSTRLEN];
    if (host.len >= sizeof(copy)) {
        return "it has no IPv6 address between [ and ]";
    }
    memcpy(copy, host.ptr, host.len);
    copy[host.len] = '\0';
    return inet_pton(AF_INET6, copy, &address) == 1 ? NULL
                                                    : "it has no IPv6 address between [ and ]";
}

static bool can_be_in_host(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           c == '-' || c == '.' || c == '_' || c == '~';
}

/* Strict, so that what curl would take another way never reaches it. */
static const char *bad_authority(struct pawl_str authority)
{
    if (pawl_str_find(authority, PAWL_STR("@")) != SIZE_MAX) {
        return "it has a user before '@'; send an Authorization header";
    }
    if (pawl_str_starts(authority, PAWL_STR("["))) {
        size_t close = pawl_str_find(authority, PAWL_STR("]"));
        const char *bad = bad_ipv6(
            close == SIZE_MAX ? PAWL_STR("") : pawl_str_sub(authority, 1, close - 1));
        return bad != NULL ? bad : bad_port(pawl_str_sub(authority, close + 1, SIZE_MAX));
    }
    size_t end = pawl_str_find(authority, PAWL_STR(":"));
    end = end == SIZE_MAX ? authority.len : end;
    for (size_t i = 0; i < end; i++) {
        if (!can_be_in_host(authority.ptr[i])) {
            return "its host has a character that no host has; write names of other scripts as "
                   "xn--…";
        }
    }
    return end == 0 ? "it has no host" : bad_port(pawl_str_sub(authority, end, SIZE_MAX));
}

enum pawl_rc pawl_http_url_check(struct pawl_str url, struct pawl_str *ret_authority,
                                 struct pawl_err *err)
{
    size_t start = starts_with_scheme(url, "https://")  ? strlen("https://")
                   : starts_with_scheme(url, "http://") ? strlen("http://")
                                                        : 0;
    const char *bad = bad_character(url);
    size_t end = start;
    while (end < url.len && memchr("/?#", url.ptr[end], 3) == NULL) {
        end++;
    }
    struct pawl_str authority = pawl_str_sub(url, start, end - start);
    if (bad == NULL && start == 0) {
        bad = "it must begin with http:// or https://";
    }
    bad = bad == NULL ? bad_authority(authority) : bad;
    if (bad != NULL) {
        return pawl_err_set(err, PAWL_EINVALID, "%s", bad);
    }
    if (url.len >= PAWL_HTTP_HEADER_MAX) {
        return pawl_err_set(err, PAWL_EINVALID, "it is longer than %u bytes",
                            PAWL_HTTP_HEADER_MAX - 1);
    }
    if (ret_authority != NULL) {
        *ret_authority = authority;
    }
    return PAWL_OK;
}

/* ---- redirects ----------------------------------------------------------------------------- */

bool pawl_http_status_leads(uint32_t status)
{
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

static struct pawl_str location_of(const struct pawl_http_hop *hop)
{
    for (uint32_t i = 0; i < hop->header_count; i++) {
        if (pawl_str_is(hop->headers[i].name, "location")) {
            return hop->headers[i].value;
        }
    }
    return PAWL_STR_NONE;
}

static enum pawl_http_next refuse(struct pawl_http_transfer *transfer, const char *why)
{
    (void)snprintf(transfer->message, sizeof(transfer->message), "%s", why);
    return PAWL_HTTP_NEXT_REFUSE;
}

static bool part_same(CURLU *a, CURLU *b, CURLUPart part, unsigned flags)
{
    char *left = NULL, *right = NULL;
    bool same = curl_url_get(a, part, &left, flags) == CURLUE_OK &&
                curl_url_get(b, part, &right, flags) == CURLUE_OK && strcasecmp(left, right) == 0;
    curl_free(left);
    curl_free(right);
    return same;
}

static bool same_origin(CURLU *a, CURLU *b)
{
    return part_same(a, b, CURLUPART_SCHEME, 0) && part_same(a, b, CURLUPART_HOST, 0) &&
           part_same(a, b, CURLUPART_PORT, CURLU_DEFAULT_PORT);
}

/* The next hop's method and whether the body goes along. */
static void rewrite(struct pawl_http_transfer *transfer)
{
    const char *method = transfer->method.ptr;
    uint32_t status = transfer->hop.status;
    bool reads = strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0;
    bool becomes_get = (status == 303 && !reads) ||
                       ((status == 301 || status == 302) && strcmp(method, "POST") == 0);
    if (becomes_get) {
        pawl_buf_clear(&transfer->method);
        pawl_buf_put(&transfer->method, "GET", sizeof("GET"));
        transfer->with_body = false;
        transfer->rewritten = true;
    }
}

static enum pawl_http_next follow(struct pawl_http_transfer *transfer, CURLU *from, CURLU *to,
                                  const char *location)
{
    char *url = NULL;
    struct pawl_err err;
    if (curl_url_set(from, CURLUPART_URL, transfer->url.ptr, 0) != CURLUE_OK ||
        curl_url_set(to, CURLUPART_URL, transfer->url.ptr, 0) != CURLUE_OK ||
        curl_url_set(to, CURLUPART_URL, location, CURLU_URLENCODE) != CURLUE_OK ||
        curl_url_get(to, CURLUPART_URL, &url, 0) != CURLUE_OK) {
        return refuse(transfer, "it is no http or https URL");
    }
    enum pawl_http_next next = PAWL_HTTP_NEXT_FOLLOW;
    if (pawl_http_url_check(pawl_str_from(url), NULL, &err) != PAWL_OK) {
        next = refuse(transfer, err.msg);
    } else if (starts_with_scheme(pawl_str_from(transfer->url.ptr), "https:") &&
               starts_with_scheme(pawl_str_from(url), "http:")) {
        next = refuse(transfer, "from https to http nothing is sent");
    } else {
        transfer->other_origin = transfer->other_origin || !same_origin(from, to);
        rewrite(transfer);
        pawl_buf_clear(&transfer->url);
        pawl_buf_put(&transfer->url, url, strlen(url) + 1);
    }
    curl_free(url);
    return next;
}

enum pawl_http_next pawl_http_redirect(struct pawl_http_transfer *transfer)
{
    char location[PAWL_HTTP_HEADER_MAX];
    struct pawl_str value = location_of(&transfer->hop);
    if (!pawl_http_status_leads(transfer->hop.status) || transfer->send.redirects_max == 0 || value.len == 0) {
        return PAWL_HTTP_NEXT_END;
    }
    if (transfer->hops >= transfer->send.redirects_max) {
        char why[64];
        (void)snprintf(why, sizeof(why), "at most %u redirects are", transfer->send.redirects_max);
        return refuse(transfer, why);
    }
    if (value.len >= sizeof(location)) {
        return refuse(transfer, "it is too long");
    }
    memcpy(location, value.ptr, value.len);
    location[value.len] = '\0';
    CURLU *from = curl_url(), *to = curl_url();
    enum pawl_http_next next = from == NULL || to == NULL
                                   ? refuse(transfer, "there is no memory for it")
                                   : follow(transfer, from, to, location);
    curl_url_cleanup(from);
    curl_url_cleanup(to);
    return next;
}
