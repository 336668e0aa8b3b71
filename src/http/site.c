/* Host and Origin against what this server is; see site.h. */
#include "http/site.h"

#include <arpa/inet.h>
#include <strings.h>

enum { HOST_MAX = 253, PORT_DIGITS_MAX = 5, TOLD_MAX = 100 };

struct authority { /* HOST[:PORT], taken apart */
    struct pawl_str host; /* without brackets */
    bool is_ipv6;
    uint32_t port; /* 0: not given */
};

struct address {
    bool is_ip;
    uint8_t bytes[16]; /* IPv4 as ::ffff:a.b.c.d */
};

/* ---- reading --------------------------------------------------------------------------------- */

static bool is_name_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_';
}

static bool is_name(struct pawl_str text)
{
    bool good = text.len > 0 && text.len <= HOST_MAX && text.ptr[0] != '.' &&
                text.ptr[text.len - 1] != '.';
    for (size_t i = 0; good && i < text.len; i++) {
        good = is_name_char(text.ptr[i]);
    }
    return good;
}

static bool read_port(struct pawl_str text, uint32_t *ret_port)
{
    uint32_t port = 0;
    bool good = text.len > 0 && text.len <= PORT_DIGITS_MAX && text.ptr[0] != '0';
    for (size_t i = 0; good && i < text.len; i++) {
        good = text.ptr[i] >= '0' && text.ptr[i] <= '9';
        port = port * 10 + (uint32_t)(text.ptr[i] - '0');
    }
    *ret_port = port;
    return good && port <= UINT16_MAX;
}

/* The one form that inet_pton takes: four decimal numbers, or IPv6. */
static struct address address_of(struct pawl_str host, bool is_ipv6)
{
    struct address address = {0};
    char text[HOST_MAX + 1];
    if (host.len == 0 || host.len > HOST_MAX) {
        return address;
    }
    memcpy(text, host.ptr, host.len);
    text[host.len] = '\0';
    if (is_ipv6) {
        address.is_ip = inet_pton(AF_INET6, text, address.bytes) == 1;
    } else {
        memset(address.bytes + 10, 0xff, 2);
        address.is_ip = inet_pton(AF_INET, text, address.bytes + 12) == 1;
    }
    return address;
}

static bool read_authority(struct pawl_str text, struct authority *ret_authority)
{
    struct authority authority = {0};
    struct pawl_str rest;
    if (text.len > 0 && text.ptr[0] == '[') {
        size_t end = pawl_str_find(text, PAWL_STR("]"));
        if (end == SIZE_MAX) {
            return false;
        }
        authority.host = pawl_str_sub(text, 1, end - 1);
        authority.is_ipv6 = true;
        rest = pawl_str_sub(text, end + 1, SIZE_MAX);
        if (!address_of(authority.host, true).is_ip) {
            return false;
        }
    } else {
        size_t colon = pawl_str_find(text, PAWL_STR(":"));
        authority.host = pawl_str_sub(text, 0, colon == SIZE_MAX ? text.len : colon);
        rest = colon == SIZE_MAX ? PAWL_STR_NONE : pawl_str_sub(text, colon, SIZE_MAX);
        if (!is_name(authority.host)) {
            return false;
        }
    }
    if (rest.len > 0 && (rest.ptr[0] != ':' ||
                         !read_port(pawl_str_sub(rest, 1, SIZE_MAX), &authority.port))) {
        return false;
    }
    *ret_authority = authority;
    return true;
}

enum pawl_rc pawl_site_check_name(struct pawl_str name, struct pawl_err *err)
{
    struct authority authority;
    if (read_authority(name, &authority)) {
        return PAWL_OK;
    }
    name = pawl_str_sub(name, 0, TOLD_MAX);
    return pawl_err_set(err, PAWL_EUSAGE,
                        "'" PAWL_STR_FMT "' is not HOST or HOST:PORT, such as pawl.example, "
                        "10.0.0.7:8443 or [fd00::7]",
                        PAWL_STR_ARG(name));
}

/* ---- Host ------------------------------------------------------------------------------------ */

static bool same_name(struct pawl_str a, struct pawl_str b)
{
    return a.len == b.len && strncasecmp(a.ptr, b.ptr, a.len) == 0;
}

static bool same_host(const struct authority *a, const struct authority *b)
{
    struct address x = address_of(a->host, a->is_ipv6), y = address_of(b->host, b->is_ipv6);
    if (x.is_ip && y.is_ip) {
        return memcmp(x.bytes, y.bytes, sizeof(x.bytes)) == 0;
    }
    return !x.is_ip && !y.is_ip && same_name(a->host, b->host);
}

static bool is_loopback(const struct authority *authority)
{
    static const uint8_t ipv4[12] = {[10] = 0xff, [11] = 0xff};
    static const uint8_t ipv6[16] = {[15] = 1};
    struct address address = address_of(authority->host, authority->is_ipv6);
    if (!address.is_ip) {
        return same_name(authority->host, PAWL_STR("localhost"));
    }
    return memcmp(address.bytes, ipv6, sizeof(ipv6)) == 0 ||
           (memcmp(address.bytes, ipv4, sizeof(ipv4)) == 0 && address.bytes[12] == 127);
}

static bool is_named(const struct pawl_site *site, const struct authority *authority,
                     uint32_t default_port)
{
    uint32_t port = authority->port != 0 ? authority->port : default_port;
    for (uint32_t i = 0; i < site->name_count; i++) {
        struct authority name;
        if (read_authority(site->names[i], &name) && same_host(&name, authority) &&
            (name.port == 0 || name.port == port)) {
            return true;
        }
    }
    return false;
}

/* Listening on everything, or on a name that stands for addresses that are not known here. */
static bool takes_addresses(const struct authority *listen)
{
    static const uint8_t any_ipv6[16] = {0}, any_ipv4[16] = {[10] = 0xff, [11] = 0xff};
    struct address address = address_of(listen->host, listen->is_ipv6);
    return address.is_ip ? memcmp(address.bytes, any_ipv6, sizeof(any_ipv6)) == 0 ||
                               memcmp(address.bytes, any_ipv4, sizeof(any_ipv4)) == 0
                         : !is_loopback(listen);
}

static bool is_ours(const struct pawl_site *site, const struct authority *host, uint16_t port)
{
    const struct authority listen = {
        .host = site->listen, .is_ipv6 = pawl_str_find(site->listen, PAWL_STR(":")) != SIZE_MAX};
    if (is_named(site, host, port)) {
        return true;
    }
    if (host->port != 0 && host->port != port) {
        return false;
    }
    return is_loopback(host) || same_host(&listen, host) ||
           (takes_addresses(&listen) && address_of(host->host, host->is_ipv6).is_ip);
}

static enum pawl_rc check_host(const struct pawl_site *site,
                               const struct pawl_site_request *request,
                               struct authority *ret_host, struct pawl_err *err)
{
    if (request->host == NULL) {
        *ret_host = (struct authority){0}; /* no Origin but a named one is the same as it */
        return PAWL_OK;
    }
    struct pawl_str text = pawl_str_from(request->host);
    if (read_authority(text, ret_host) && is_ours(site, ret_host, request->port)) {
        return PAWL_OK;
    }
    text = pawl_str_sub(text, 0, TOLD_MAX);
    return pawl_err_set(err, PAWL_EFOREIGN_HOST,
                        "this server is not '" PAWL_STR_FMT
                        "'; if it is reached under that name, start it with --allow-host and the "
                        "name",
                        PAWL_STR_ARG(text));
}

/* ---- Origin ---------------------------------------------------------------------------------- */

static bool is_own_origin(const struct pawl_site *site, struct pawl_str text,
                          const struct authority *host)
{
    static const struct {
        struct pawl_str scheme;
        uint32_t port;
    } schemes[] = {{PAWL_STR_INIT("http://"), 80}, {PAWL_STR_INIT("https://"), 443}};
    for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
        struct pawl_str scheme = schemes[i].scheme;
        struct authority origin;
        if (!same_name(pawl_str_sub(text, 0, scheme.len), scheme) ||
            !read_authority(pawl_str_sub(text, scheme.len, SIZE_MAX), &origin)) {
            continue;
        }
        uint32_t otherwise = schemes[i].port;
        uint32_t from = origin.port != 0 ? origin.port : otherwise;
        uint32_t to = host->port != 0 ? host->port : otherwise;
        return (from == to && same_host(&origin, host)) || is_named(site, &origin, otherwise);
    }
    return false;
}

static enum pawl_rc check_origin(const struct pawl_site *site,
                                 const struct pawl_site_request *request,
                                 const struct authority *host, struct pawl_err *err)
{
    const char *from = request->fetch_site;
    if (request->origin != NULL && !is_own_origin(site, pawl_str_from(request->origin), host)) {
        struct pawl_str text = pawl_str_sub(pawl_str_from(request->origin), 0, TOLD_MAX);
        return pawl_err_set(err, PAWL_EFOREIGN_ORIGIN,
                            "a page of '" PAWL_STR_FMT
                            "' may not send requests here: only pages of this server, or of a name "
                            "given with --allow-host",
                            PAWL_STR_ARG(text));
    }
    if (from != NULL && strcasecmp(from, "same-origin") != 0 && strcasecmp(from, "none") != 0) {
        return pawl_err_set(err, PAWL_EFOREIGN_ORIGIN,
                            "the browser says that a page of another site sends this request "
                            "(Sec-Fetch-Site); that is not taken");
    }
    return PAWL_OK;
}

enum pawl_rc pawl_site_check(const struct pawl_site *site, const struct pawl_site_request *request,
                             struct pawl_err *err)
{
    struct authority host;
    enum pawl_rc rc = check_host(site, request, &host, err);
    return rc == PAWL_OK ? check_origin(site, request, &host, err) : rc;
}
