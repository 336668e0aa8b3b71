/* Which requests are meant for this server and come from where they may: the names in Host, and the
 * browser's word on who asks (Origin, Sec-Fetch-Site). Pure.
 *
 * Against two things that a web page can make somebody's browser do: ask a server on his own
 * machine or network under a name that the page's owner lets point there (DNS rebinding: Host is
 * foreign), and send requests across sites (Origin is foreign). Programs send no Origin and name
 * the server as it is, so neither is in their way. */
#ifndef PAWL_HTTP_SITE_H
#define PAWL_HTTP_SITE_H

#include "base/rc.h"
#include "base/str.h"

struct pawl_site {
    struct pawl_str listen; /* the host that is listened on: an address or a name, no brackets */
    const struct pawl_str *names; /* further ones: "pawl.example" (any port), "pawl.example:8443" */
    uint32_t name_count;
};

struct pawl_site_request {
    const char *host, *origin, *fetch_site; /* the headers; NULL: not there */
    uint16_t port;                          /* that the server listens on */
};

/* Whether the text may be one of `names`. PAWL_EUSAGE. */
PAWL_CHECKED
enum pawl_rc pawl_site_check_name(struct pawl_str name, struct pawl_err *err);

/* PAWL_EFOREIGN_HOST: Host names something else. It may be missing (HTTP/1.0 only, which no browser
 * speaks: the server refuses later versions without it), or be
 *   - the host that is listened on, a loopback address or "localhost", with the server's port or
 *     none;
 *   - any IP address, when the server listens on all of them or on a name: an address cannot be
 *     made to point elsewhere;
 *   - one of names.
 * Only the one form of each that browsers send: no trailing dot, no numbers instead of addresses.
 * PAWL_EFOREIGN_ORIGIN: Origin is there and is neither the place that Host names nor one of names,
 * or Sec-Fetch-Site is there and says neither same-origin nor none. */
PAWL_CHECKED
enum pawl_rc pawl_site_check(const struct pawl_site *site, const struct pawl_site_request *request,
                             struct pawl_err *err);

#endif
