/* Addresses as bytes against a table of ranges and the operator's rules; see egress.h.
 *
 * An address that carries another one (IPv4 in IPv6, 6to4, NAT64) is judged by the one it carries
 * and by itself: both must be allowed. */
#include "http/egress.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <netinet/in.h>

#include "base/panic.h"

enum { ADDRESS_MAX = 16, ADDRESS_TEXT_MAX = 64, HOST_LEN_MAX = 253 };

struct address {
    uint8_t bytes[ADDRESS_MAX];
    uint32_t size; /* 4 or 16; 0: neither */
};

static const struct range {
    const char *hex;
    uint32_t bits;
    const char *what;
    int inner;
} ranges[] = {
#define PAWL_X(hex, bits, what, inner) {hex, bits, what, inner},
#include "http/egress_ranges.def"
#undef PAWL_X
};

static struct address address_of(const struct sockaddr *from)
{
    struct address address = {.size = 0};
    if (from != NULL && from->sa_family == AF_INET) {
        const struct sockaddr_in *in = (const struct sockaddr_in *)(const void *)from;
        address.size = 4;
        memcpy(address.bytes, &in->sin_addr, 4);
    } else if (from != NULL && from->sa_family == AF_INET6) {
        const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)(const void *)from;
        address.size = 16;
        memcpy(address.bytes, &in6->sin6_addr, 16);
    }
    return address;
}

static bool same_bits(const uint8_t *a, const uint8_t *b, uint32_t bits)
{
    uint32_t whole = bits / 8, rest = bits % 8;
    uint8_t mask = (uint8_t)(0xFF00u >> rest);
    return memcmp(a, b, whole) == 0 && (rest == 0 || ((a[whole] ^ b[whole]) & mask) == 0);
}

static uint8_t hex_digit(char c)
{
    return (uint8_t)(c >= 'a' ? c - 'a' + 10 : c - '0');
}

static const struct range *range_find(const struct address *address)
{
    const struct range *found = NULL;
    for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
        uint8_t bytes[ADDRESS_MAX] = {0};
        size_t size = strlen(ranges[i].hex) / 2;
        for (size_t j = 0; j < size; j++) {
            const char *pair = ranges[i].hex + 2 * j;
            bytes[j] = (uint8_t)(hex_digit(pair[0]) << 4 | hex_digit(pair[1]));
        }
        if (size == address->size && same_bits(bytes, address->bytes, ranges[i].bits) &&
            (found == NULL || ranges[i].bits > found->bits)) {
            found = &ranges[i];
        }
    }
    return found;
}

/* ---- what the operator allows -------------------------------------------------------------- */

static bool same_host(struct pawl_str a, struct pawl_str b)
{
    if (b.len > 0 && b.ptr[b.len - 1] == '.') { /* "host." is the same name, spelled out */
        b.len--;
    }
    bool same = a.len == b.len;
    for (size_t i = 0; same && i < a.len; i++) {
        char c = b.ptr[i];
        same = a.ptr[i] == (c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c);
    }
    return same;
}

static bool allowed(const struct pawl_egress *egress, struct pawl_str host,
                    const struct address *address)
{
    for (uint32_t i = 0; i < egress->count; i++) {
        const struct pawl_egress_rule *rule = &egress->rules[i];
        bool fits = rule->size == 0 ? same_host(rule->host, host)
                                    : rule->size == address->size &&
                                          same_bits(rule->bytes, address->bytes, rule->bits);
        if (fits) {
            return true;
        }
    }
    return false;
}

/* An address of one of this machine's interfaces: whoever listens there means to be reached from
 * here, or by nobody. Looked up each time, since interfaces come and go; a socket to connect costs
 * more. */
static bool is_own(const struct address *address)
{
    struct ifaddrs *list = NULL;
    bool own = false;
    if (getifaddrs(&list) != 0) {
        return false;
    }
    for (const struct ifaddrs *at = list; at != NULL && !own; at = at->ifa_next) {
        struct address mine = address_of(at->ifa_addr);
        own = mine.size != 0 && mine.size == address->size &&
              memcmp(mine.bytes, address->bytes, mine.size) == 0;
    }
    freeifaddrs(list);
    return own;
}

static const char *refusal(const struct pawl_egress *egress, struct pawl_str host,
                           const struct address *address, uint32_t depth)
{
    if (allowed(egress, host, address)) {
        return NULL;
    }
    const struct range *range = range_find(address);
    if (range != NULL && range->inner >= 0 && depth == 0) {
        struct address inner = {.size = 4};
        memcpy(inner.bytes, address->bytes + range->inner, 4);
        return refusal(egress, host, &inner, 1);
    }
    if (range != NULL) {
        return range->what;
    }
    return is_own(address) ? "this machine's own" : NULL;
}

const char *pawl_egress_refusal(const struct pawl_egress *egress, struct pawl_str host,
                                const struct sockaddr *from)
{
    struct address address = address_of(from);
    return address.size == 0 ? "not an IP address" : refusal(egress, host, &address, 0);
}

/* ---- rules from text ----------------------------------------------------------------------- */

static bool read_bits(struct pawl_str text, uint32_t most, uint32_t *ret_bits)
{
    uint32_t bits = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9' || i > 2) {
            return false;
        }
        bits = bits * 10 + (uint32_t)(text.ptr[i] - '0');
    }
    *ret_bits = bits;
    return text.len > 0 && bits <= most;
}

/* The address part of a rule; size 0: it is none. */
static uint32_t read_address(struct pawl_str text, uint8_t *bytes)
{
    char copy[ADDRESS_TEXT_MAX];
    if (text.len > 2 && text.ptr[0] == '[' && text.ptr[text.len - 1] == ']') {
        text = pawl_str_sub(text, 1, text.len - 2);
    }
    if (text.len == 0 || text.len >= sizeof(copy) ||
        memchr(text.ptr, '\0', text.len) != NULL) {
        return 0;
    }
    memcpy(copy, text.ptr, text.len);
    copy[text.len] = '\0';
    if (inet_pton(AF_INET, copy, bytes) == 1) {
        return 4;
    }
    return inet_pton(AF_INET6, copy, bytes) == 1 ? 16 : 0;
}

static bool is_host(struct pawl_str text)
{
    bool letter = false;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        bool alpha = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        letter = letter || alpha;
        if (!alpha && !(c >= '0' && c <= '9') && c != '-' && c != '.' && c != '_') {
            return false;
        }
    }
    return letter && text.len <= HOST_LEN_MAX && text.ptr[text.len - 1] != '.';
}

static struct pawl_str lower(struct pawl_arena *arena, struct pawl_str text)
{
    char *bytes = pawl_arena_get(arena, text.len + 1, 1);
    for (size_t i = 0; bytes != NULL && i < text.len; i++) {
        char c = text.ptr[i];
        bytes[i] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
    }
    return (struct pawl_str){bytes, bytes != NULL ? text.len : 0};
}

enum pawl_rc pawl_egress_add(struct pawl_egress *egress, struct pawl_arena *arena,
                             struct pawl_str text, struct pawl_err *err)
{
    struct pawl_egress_rule rule = {.size = 0};
    size_t slash = pawl_str_find(text, PAWL_STR("/"));
    struct pawl_str bits =
        slash == SIZE_MAX ? PAWL_STR_NONE : pawl_str_sub(text, slash + 1, SIZE_MAX);
    text = pawl_str_sub(text, 0, slash == SIZE_MAX ? text.len : slash);
    rule.size = read_address(text, rule.bytes);
    rule.bits = rule.size * 8;
    bool good = rule.size > 0 ? slash == SIZE_MAX || read_bits(bits, rule.size * 8, &rule.bits)
                              : slash == SIZE_MAX && is_host(text);
    if (!good) {
        return pawl_err_set(err, PAWL_EUSAGE,
                            "'" PAWL_STR_FMT "%s" PAWL_STR_FMT
                            "' is no network, address or host; write 10.0.0.0/8, 192.168.1.7, ::1 "
                            "or erp.internal",
                            PAWL_STR_ARG(text), slash == SIZE_MAX ? "" : "/", PAWL_STR_ARG(bits));
    }
    rule.host = rule.size == 0 ? lower(arena, text) : PAWL_STR_NONE;
    struct pawl_egress_rule *rules =
        PAWL_ARENA_ARRAY(arena, struct pawl_egress_rule, egress->count + 1);
    if (rules == NULL || arena->failed) {
        return pawl_err_set(err, PAWL_ENOMEM, "out of memory for the addresses that are allowed");
    }
    if (egress->count > 0) {
        memcpy(rules, egress->rules, egress->count * sizeof(rules[0]));
    }
    rules[egress->count] = rule;
    egress->rules = rules;
    egress->count++;
    return PAWL_OK;
}
