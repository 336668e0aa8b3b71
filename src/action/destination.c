/* The destination of an address. It decides nothing but who shares slots with whom, so it need not
 * judge the address: whoever sends to it does. */
#include "action/destination.h"

static size_t find_any(struct pawl_str text, const char *set)
{
    size_t i = 0;
    while (i < text.len && strchr(set, text.ptr[i]) == NULL) {
        i++;
    }
    return i;
}

static struct pawl_str lowered(struct pawl_arena *arena, struct pawl_str text)
{
    char *out = pawl_arena_get(arena, text.len + 1, 1);
    for (size_t i = 0; out != NULL && i < text.len; i++) {
        char c = text.ptr[i];
        out[i] = c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
    }
    return out == NULL ? PAWL_STR_NONE : (struct pawl_str){out, text.len};
}

struct pawl_str pawl_destination_of_url(struct pawl_arena *arena, struct pawl_str url)
{
    size_t colon = pawl_str_find(url, PAWL_STR("://"));
    struct pawl_str scheme = pawl_str_sub(url, 0, colon == SIZE_MAX ? 0 : colon);
    struct pawl_str host = pawl_str_sub(url, colon == SIZE_MAX ? 0 : colon + 3, SIZE_MAX);
    host = pawl_str_sub(host, 0, find_any(host, "/?#\\"));
    for (size_t i = host.len; i > 0; i--) { /* a name and a password before the last @ */
        if (host.ptr[i - 1] == '@') {
            host = pawl_str_sub(host, i, SIZE_MAX);
            break;
        }
    }
    struct pawl_str low = lowered(arena, host), kind = lowered(arena, scheme);
    size_t close = pawl_str_find(low, PAWL_STR("]"));
    struct pawl_str after = close == SIZE_MAX ? low : pawl_str_sub(low, close, SIZE_MAX);
    bool has_port = pawl_str_find(after, PAWL_STR(":")) != SIZE_MAX;
    const char *port = has_port ? "" : pawl_str_is(kind, "https") ? ":443" : ":80";
    return pawl_arena_printf(arena, PAWL_STR_FMT "://" PAWL_STR_FMT "%s", PAWL_STR_ARG(kind),
                             PAWL_STR_ARG(low), port);
}
