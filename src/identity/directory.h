/* Who there is: an immutable snapshot of all tenants, people, roles and tokens, in memory.
 *
 * It is loaded from the store once and shared by reference count. A change gives a new directory
 * that shares all but the changed parts with the one before, at the same cost however many people
 * there are; whoever holds a reference goes on with what he has. Nothing in a directory changes, so
 * any thread may read it without a lock. Views in rows point into it and live as long as the
 * reference. */
#ifndef PAWL_IDENTITY_DIRECTORY_H
#define PAWL_IDENTITY_DIRECTORY_H

#include "identity/principal.h"
#include "store/store.h"

struct pawl_directory;

/* alloc NULL: the heap. PAWL_ENOMEM and what the reader gives. The new directory has one
 * reference. */
PAWL_CHECKED
enum pawl_rc pawl_directory_load(const struct pawl_alloc *alloc, struct pawl_reader *reader,
                                 struct pawl_directory **ret_directory, struct pawl_err *err);
/* A new directory with one row added or replaced (by its id); `from` stays as it is. The row's
 * tenant must be there. PAWL_ENOMEM; PAWL_ELIMIT: PAWL_USERS_MAX or PAWL_TOKENS_MAX. */
PAWL_CHECKED
enum pawl_rc pawl_directory_with_tenant(const struct pawl_directory *from,
                                        const struct pawl_tenant_row *row,
                                        struct pawl_directory **ret_directory,
                                        struct pawl_err *err);
PAWL_CHECKED
enum pawl_rc pawl_directory_with_user(const struct pawl_directory *from,
                                      const struct pawl_user_row *row,
                                      struct pawl_directory **ret_directory, struct pawl_err *err);
PAWL_CHECKED
enum pawl_rc pawl_directory_with_token(const struct pawl_directory *from,
                                       const struct pawl_token_row *row,
                                       struct pawl_directory **ret_directory, struct pawl_err *err);
struct pawl_directory *pawl_directory_ref(struct pawl_directory *directory);
void pawl_directory_unref(struct pawl_directory *directory); /* NULL is legal */

/* Whose token it is. PAWL_EUNAUTHENTICATED: not a token, unknown, revoked, expired, or of somebody
 * who is not active; err never says which, so that nobody learns which tokens once were good. */
PAWL_CHECKED
enum pawl_rc pawl_directory_find_token(const struct pawl_directory *directory,
                                       struct pawl_str secret, pawl_ms now,
                                       struct pawl_principal *ret_principal, struct pawl_err *err);
/* By id, also revoked and expired ones. */
bool pawl_directory_token(const struct pawl_directory *directory, pawl_id tenant, pawl_id token,
                          struct pawl_token_row *ret_row);
/* Also people who are not active. */
bool pawl_directory_find_user(const struct pawl_directory *directory, pawl_id tenant,
                              struct pawl_str name, struct pawl_user_row *ret_user);
bool pawl_directory_find_user_id(const struct pawl_directory *directory, pawl_id tenant,
                                 pawl_id user, struct pawl_user_row *ret_user);
/* How many active people answer to the name: users 0 or 1, roles their members. */
uint32_t pawl_directory_user_count(const struct pawl_directory *directory, pawl_id tenant,
                                   struct pawl_str name);
uint32_t pawl_directory_role_count(const struct pawl_directory *directory, pawl_id tenant,
                                   struct pawl_str role);
/* Whether this active person has the role. */
bool pawl_directory_user_has_role(const struct pawl_directory *directory, pawl_id tenant,
                                  struct pawl_str name, struct pawl_str role);
uint32_t pawl_directory_people_count(const struct pawl_directory *directory, pawl_id tenant);
/* Each of the tenant's, in no order that means anything, until fn says false. It walks over all
 * tenants: not for what happens often. */
void pawl_directory_each_user(const struct pawl_directory *directory, pawl_id tenant,
                              bool (*fn)(void *ctx, const struct pawl_user_row *user), void *ctx);
void pawl_directory_each_token(const struct pawl_directory *directory, pawl_id tenant,
                               bool (*fn)(void *ctx, const struct pawl_token_row *token),
                               void *ctx);
struct pawl_str pawl_directory_tenant_name(const struct pawl_directory *directory,
                                           pawl_id tenant); /* empty: no such tenant */
bool pawl_directory_find_tenant(const struct pawl_directory *directory, struct pawl_str name,
                                pawl_id *ret_tenant);

#endif
