/* Who there is: an immutable snapshot of all tenants, people, roles and tokens, in memory.
 *
 * It is loaded whole from the store, shared by reference count, and replaced whole when anything in
 * it changes; whoever holds a reference goes on with what he has. After loading nothing in it
 * changes, so any thread may read it without a lock. Views in rows point into it and live as long
 * as the reference. */
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
struct pawl_directory *pawl_directory_ref(struct pawl_directory *directory);
void pawl_directory_unref(struct pawl_directory *directory); /* NULL is legal */

/* Whose token it is. PAWL_EUNAUTHENTICATED: not a token, unknown, revoked, expired, or of somebody
 * who is not active; err never says which, so that nobody learns which tokens once were good. */
PAWL_CHECKED
enum pawl_rc pawl_directory_find_token(const struct pawl_directory *directory,
                                       struct pawl_str secret, pawl_ms now,
                                       struct pawl_principal *ret_principal, struct pawl_err *err);
/* Also people who are not active. */
bool pawl_directory_find_user(const struct pawl_directory *directory, pawl_id tenant,
                              struct pawl_str name, struct pawl_user_row *ret_user);
/* How many active people answer to the name: users 0 or 1, roles their members. */
uint32_t pawl_directory_user_count(const struct pawl_directory *directory, pawl_id tenant,
                                   struct pawl_str name);
uint32_t pawl_directory_role_count(const struct pawl_directory *directory, pawl_id tenant,
                                   struct pawl_str role);
/* The tenant's people by name; for lists. */
const struct pawl_user_row *pawl_directory_users(const struct pawl_directory *directory,
                                                 pawl_id tenant, uint32_t *ret_count);
struct pawl_str pawl_directory_tenant_name(const struct pawl_directory *directory,
                                           pawl_id tenant); /* empty: no such tenant */
bool pawl_directory_find_tenant(const struct pawl_directory *directory, struct pawl_str name,
                                pawl_id *ret_tenant);

#endif
