/* URIs (RFC 3986): splitting, resolving a reference against a base, decoding a fragment, checking
 * the syntax. Pure text; nothing is ever fetched. */
#ifndef PAWL_VALUE_URI_H
#define PAWL_VALUE_URI_H

#include "base/arena.h"
#include "base/str.h"

/* The five parts, views into the text. A part that is absent has ptr NULL; one that is there but
 * empty has not. The path is always there. */
struct pawl_uri {
    struct pawl_str scheme;    /* without ':' */
    struct pawl_str authority; /* without '//' */
    struct pawl_str path;
    struct pawl_str query;    /* without '?' */
    struct pawl_str fragment; /* without '#' */
};

/* Splits by the expression of RFC 3986 appendix B: any text has a split. */
struct pawl_uri pawl_uri_split(struct pawl_str text);

/* The target of a reference read in a document whose URI is base (section 5.2), in the arena and
 * without its fragment, which is given apart (still percent-encoded; ptr NULL: none). A base that
 * is empty or not hierarchical leaves a relative reference as it is. False when memory is short. */
__attribute__((warn_unused_result)) bool
pawl_uri_resolve(struct pawl_arena *arena, struct pawl_str base, struct pawl_str reference,
                 struct pawl_str *ret_target, struct pawl_str *ret_fragment);

/* text with %XX decoded, in the arena; ptr NULL when an escape is malformed or memory is short. */
struct pawl_str pawl_uri_decode(struct pawl_arena *arena, struct pawl_str text);

/* Whether text is a URI (absolute, fragment allowed) by the grammar of RFC 3986. */
bool pawl_uri_check(struct pawl_str text);
/* Whether text is a URI or a relative reference. */
bool pawl_uri_check_reference(struct pawl_str text);

/* Addresses, as hosts and as formats of their own: RFC 2673 section 3.2 dotted quads without
 * leading zeros, RFC 4291 section 2.2 without zone. */
bool pawl_ipv4_check(struct pawl_str text);
bool pawl_ipv6_check(struct pawl_str text);

#endif
