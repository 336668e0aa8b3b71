/* What a change of people must leave: an administrator who can come in.
 *
 * A tenant that has one active administrator with a token that works never loses the last of them
 * by a change: not by revoking the token, not by taking the mark away, not by making the person
 * inactive. A tenant without any (a library's, whose host says who acts) is not held to it. */
#include "engine/turn.h"

struct search {
    const struct pawl_directory *directory;
    pawl_id tenant;
    pawl_ms now;
    bool found;
};

/* False ends the walk. */
static bool look(void *ctx, const struct pawl_token_row *token)
{
    struct search *search = ctx;
    struct pawl_user_row user;
    bool works = !token->revoked && (token->expires_at == 0 || token->expires_at > search->now);
    search->found = works &&
                    pawl_directory_find_user_id(search->directory, search->tenant, token->user,
                                                &user) &&
                    user.admin && user.active;
    return !search->found;
}

static bool has_administrator(const struct pawl_directory *directory, pawl_id tenant, pawl_ms now)
{
    struct search search = {.directory = directory, .tenant = tenant, .now = now};
    pawl_directory_each_token(directory, tenant, look, &search);
    return search.found;
}

enum pawl_rc pawl_turn_guard_people(const struct pawl_directory *before,
                                    const struct pawl_directory *after, pawl_id tenant, pawl_ms now,
                                    struct pawl_err *err)
{
    if (has_administrator(after, tenant, now) || !has_administrator(before, tenant, now)) {
        return PAWL_OK;
    }
    return pawl_err_set(err, PAWL_ECONFLICT,
                        "after that no administrator could come in: this is the last token that "
                        "works of the last one. Make another first (`pawl token create NAME`, or "
                        "`pawl user put NAME --admin`)");
}
