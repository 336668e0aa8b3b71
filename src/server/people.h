/* People that the server makes by itself: the first administrator, and the examples of `pawl dev`.
 */
#ifndef PAWL_SERVER_PEOPLE_H
#define PAWL_SERVER_PEOPLE_H

#include "server/server.h"

struct pawl_person {
    const char *name, *title;
    const char *roles[4]; /* up to the first NULL */
    bool admin;
};

/* Makes the person in the tenant "default" unless there is one of that name. */
PAWL_CHECKED
enum pawl_rc pawl_people_make(struct pawl_server *server, const struct pawl_person *person,
                              struct pawl_arena *arena, struct pawl_err *err);
/* A new token; its secret in the arena. ret_id may be NULL. */
PAWL_CHECKED
enum pawl_rc pawl_people_token(struct pawl_server *server, const char *name, const char *label,
                               struct pawl_arena *arena, struct pawl_str *ret_secret,
                               pawl_id *ret_id, struct pawl_err *err);
/* Whether the secret is a good token of that person. */
bool pawl_people_has_token(struct pawl_server *server, const char *name, struct pawl_str secret);
/* In a store without people: the administrator "admin" and a token for him; at later starts a new
 * one in its place until somebody has come in with it; else ret_secret is empty. data: the server's
 * folder, where a file says that the token was not used yet; it lives as long as the server. */
PAWL_CHECKED
enum pawl_rc pawl_people_first(struct pawl_server *server, struct pawl_str data,
                               struct pawl_arena *arena, struct pawl_str *ret_secret,
                               struct pawl_err *err);
/* The tenant "default". */
pawl_id pawl_people_tenant(struct pawl_server *server);

#endif
