/* The snapshot of people: sorted arrays and one hash table, all in one arena.
 *
 *   tenants  by id      ─► users of each, by name ─► roles
 *   roles    by (tenant, role): how many active members
 *   tokens   open addressing by the first bytes of their hash, at most half full
 *
 * Invariants: D1 nothing changes after load. D2 tenants are sorted by id, a tenant's users by name,
 * roles by (tenant, name). D3 every token in the table belongs to a user in the snapshot. A token
 * is found by the hash of its secret, so comparing hashes tells nobody anything about secrets; the
 * final comparison takes constant time all the same. */
#include "identity/directory.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "base/limits.h"
#include "base/panic.h"
#include "identity/token.h"

enum { DIRECTORY_MAGIC = 0x70444952 };

struct tenant_people {
    struct pawl_tenant_row row;
    struct pawl_user_row *users; /* by name */
    uint32_t user_count;
    const struct pawl_user_row **by_id;
    struct pawl_token_row *tokens;
    uint32_t token_count;
};

struct role_count {
    pawl_id tenant;
    struct pawl_str role;
    uint32_t count;
};

struct token_slot {
    const struct pawl_token_row *token; /* NULL: free */
    const struct pawl_user_row *user;
    const struct tenant_people *tenant;
};

struct pawl_directory {
    uint32_t magic;
    atomic_uint references;
    const struct pawl_alloc *alloc;
    struct pawl_arena arena;
    struct tenant_people *tenants; /* by id */
    uint32_t tenant_count;
    struct role_count *roles;
    uint32_t role_count;
    struct token_slot *slots;
    uint32_t slot_count; /* a power of two */
};

static int compare_ids(pawl_id a, pawl_id b)
{
    return a < b ? -1 : a > b;
}

static int by_name(const void *a, const void *b)
{
    return pawl_str_cmp(((const struct pawl_user_row *)a)->name,
                        ((const struct pawl_user_row *)b)->name);
}

static int by_user_id(const void *a, const void *b)
{
    return compare_ids((*(const struct pawl_user_row *const *)a)->id,
                       (*(const struct pawl_user_row *const *)b)->id);
}

static int by_tenant(const void *a, const void *b)
{
    return compare_ids(((const struct tenant_people *)a)->row.id,
                       ((const struct tenant_people *)b)->row.id);
}

static int by_role(const void *a, const void *b)
{
    const struct role_count *x = a, *y = b;
    int order = compare_ids(x->tenant, y->tenant);
    return order != 0 ? order : pawl_str_cmp(x->role, y->role);
}

/* A role named twice is one role. */
static bool is_repeated(const struct pawl_user_row *user, uint32_t role)
{
    for (uint32_t i = 0; i < role; i++) {
        if (pawl_str_eq(user->roles[i], user->roles[role])) {
            return true;
        }
    }
    return false;
}

static enum pawl_rc no_memory(struct pawl_err *err)
{
    return pawl_err_set(err, PAWL_ENOMEM, "no memory for the directory of people");
}

static enum pawl_rc load_people(struct pawl_directory *d, struct tenant_people *people,
                                struct pawl_reader *reader, struct pawl_err *err)
{
    const struct pawl_reader_api *api = pawl_reader_api_of(reader);
    pawl_id tenant = people->row.id;
    enum pawl_rc rc =
        api->user_list(reader, tenant, &d->arena, &people->users, &people->user_count, err);
    if (rc == PAWL_OK) {
        rc = api->token_list(reader, tenant, &d->arena, &people->tokens, &people->token_count, err);
    }
    if (rc != PAWL_OK) {
        return rc;
    }
    people->by_id = PAWL_ARENA_ARRAY(&d->arena, const struct pawl_user_row *, people->user_count);
    if (people->by_id == NULL) {
        return no_memory(err);
    }
    if (people->user_count > 0) {
        qsort(people->users, people->user_count, sizeof(*people->users), by_name); /* D2 */
    }
    for (uint32_t i = 0; i < people->user_count; i++) {
        people->by_id[i] = &people->users[i];
    }
    qsort(people->by_id, people->user_count, sizeof(*people->by_id), by_user_id);
    return PAWL_OK;
}

static enum pawl_rc load_tenants(struct pawl_directory *d, struct pawl_reader *reader,
                                 struct pawl_err *err)
{
    struct pawl_tenant_row *rows = NULL;
    uint32_t count = 0;
    enum pawl_rc rc =
        pawl_reader_api_of(reader)->tenant_list(reader, &d->arena, &rows, &count, err);
    if (rc != PAWL_OK) {
        return rc;
    }
    d->tenants = PAWL_ARENA_ARRAY(&d->arena, struct tenant_people, count);
    if (d->tenants == NULL) {
        return no_memory(err);
    }
    d->tenant_count = count;
    for (uint32_t i = 0; i < count && rc == PAWL_OK; i++) {
        d->tenants[i].row = rows[i];
        rc = load_people(d, &d->tenants[i], reader, err);
    }
    qsort(d->tenants, d->tenant_count, sizeof(*d->tenants), by_tenant);
    return rc;
}

/* One entry per active member, sorted, then equal neighbours joined. */
static enum pawl_rc count_roles(struct pawl_directory *d, struct pawl_err *err)
{
    size_t total = 0;
    for (uint32_t t = 0; t < d->tenant_count; t++) {
        for (uint32_t i = 0; i < d->tenants[t].user_count; i++) {
            total += d->tenants[t].users[i].role_count;
        }
    }
    struct role_count *roles = PAWL_ARENA_ARRAY(&d->arena, struct role_count, total);
    if (roles == NULL) {
        return no_memory(err);
    }
    size_t count = 0;
    for (uint32_t t = 0; t < d->tenant_count; t++) {
        const struct tenant_people *people = &d->tenants[t];
        for (uint32_t i = 0; i < people->user_count; i++) {
            const struct pawl_user_row *user = &people->users[i];
            for (uint32_t r = 0; user->active && r < user->role_count; r++) {
                if (!is_repeated(user, r)) {
                    roles[count++] = (struct role_count){people->row.id, user->roles[r], 1};
                }
            }
        }
    }
    qsort(roles, count, sizeof(*roles), by_role);
    uint32_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (kept > 0 && by_role(&roles[kept - 1], &roles[i]) == 0) {
            roles[kept - 1].count++;
        } else {
            roles[kept++] = roles[i];
        }
    }
    d->roles = roles;
    d->role_count = kept;
    return PAWL_OK;
}

static const struct pawl_user_row *find_by_id(const struct tenant_people *people, pawl_id user)
{
    const struct pawl_user_row wanted = {.id = user};
    const struct pawl_user_row *key = &wanted;
    const struct pawl_user_row *const *at =
        bsearch(&key, people->by_id, people->user_count, sizeof(*people->by_id), by_user_id);
    return at == NULL ? NULL : *at;
}

static uint32_t slot_of(const struct pawl_directory *d, const uint8_t hash[PAWL_HASH_SIZE])
{
    uint32_t start;
    memcpy(&start, hash, sizeof(start));
    uint32_t at = start & (d->slot_count - 1);
    while (d->slots[at].token != NULL && !pawl_hash_eq(d->slots[at].token->hash, hash)) {
        at = (at + 1) & (d->slot_count - 1);
    }
    return at;
}

static enum pawl_rc index_tokens(struct pawl_directory *d, struct pawl_err *err)
{
    uint64_t total = 0;
    for (uint32_t t = 0; t < d->tenant_count; t++) {
        total += d->tenants[t].token_count;
    }
    uint64_t slots = 16;
    while (slots < 2 * total) {
        slots *= 2;
    }
    d->slots =
        slots > UINT32_MAX ? NULL : PAWL_ARENA_ARRAY(&d->arena, struct token_slot, (size_t)slots);
    if (d->slots == NULL) {
        return no_memory(err);
    }
    d->slot_count = (uint32_t)slots;
    for (uint32_t t = 0; t < d->tenant_count; t++) {
        const struct tenant_people *people = &d->tenants[t];
        for (uint32_t i = 0; i < people->token_count; i++) {
            const struct pawl_token_row *token = &people->tokens[i];
            const struct pawl_user_row *user = find_by_id(people, token->user);
            if (user != NULL && !token->revoked) { /* D3 */
                d->slots[slot_of(d, token->hash)] = (struct token_slot){token, user, people};
            }
        }
    }
    return PAWL_OK;
}

enum pawl_rc pawl_directory_load(const struct pawl_alloc *alloc, struct pawl_reader *reader,
                                 struct pawl_directory **ret_directory, struct pawl_err *err)
{
    const struct pawl_alloc *heap = alloc != NULL ? alloc : pawl_alloc_heap();
    struct pawl_directory *d = pawl_alloc_zero(heap, sizeof(*d));
    if (d == NULL) {
        return no_memory(err);
    }
    d->magic = DIRECTORY_MAGIC;
    d->alloc = heap;
    atomic_init(&d->references, 1);
    pawl_arena_init(&d->arena, heap, PAWL_DIRECTORY_MEMORY_MAX);
    enum pawl_rc rc = load_tenants(d, reader, err);
    if (rc == PAWL_OK) {
        rc = count_roles(d, err);
    }
    if (rc == PAWL_OK) {
        rc = index_tokens(d, err);
    }
    if (rc != PAWL_OK) {
        pawl_directory_unref(d);
        return rc;
    }
    *ret_directory = d;
    return PAWL_OK;
}

struct pawl_directory *pawl_directory_ref(struct pawl_directory *directory)
{
    PAWL_ASSERT(directory->magic == DIRECTORY_MAGIC);
    unsigned before = atomic_fetch_add_explicit(&directory->references, 1, memory_order_relaxed);
    PAWL_ASSERT(before > 0);
    return directory;
}

void pawl_directory_unref(struct pawl_directory *directory)
{
    if (directory == NULL) {
        return;
    }
    PAWL_ASSERT(directory->magic == DIRECTORY_MAGIC);
    unsigned before = atomic_fetch_sub_explicit(&directory->references, 1, memory_order_acq_rel);
    PAWL_ASSERT(before > 0);
    if (before == 1) {
        const struct pawl_alloc *alloc = directory->alloc;
        pawl_arena_fini(&directory->arena);
        directory->magic = 0;
        pawl_alloc_free(alloc, directory, sizeof(*directory));
    }
}

static const struct tenant_people *find_people(const struct pawl_directory *directory,
                                               pawl_id tenant)
{
    PAWL_ASSERT(directory->magic == DIRECTORY_MAGIC);
    const struct tenant_people wanted = {.row = {.id = tenant}};
    return bsearch(&wanted, directory->tenants, directory->tenant_count, sizeof(wanted), by_tenant);
}

static const struct pawl_user_row *find_user(const struct pawl_directory *directory, pawl_id tenant,
                                             struct pawl_str name)
{
    const struct tenant_people *people = find_people(directory, tenant);
    const struct pawl_user_row wanted = {.name = name};
    return people == NULL || people->user_count == 0
               ? NULL
               : bsearch(&wanted, people->users, people->user_count, sizeof(wanted), by_name);
}

enum pawl_rc pawl_directory_find_token(const struct pawl_directory *directory,
                                       struct pawl_str secret, pawl_ms now,
                                       struct pawl_principal *ret_principal, struct pawl_err *err)
{
    PAWL_ASSERT(directory->magic == DIRECTORY_MAGIC);
    const struct token_slot *slot = NULL;
    if (pawl_token_check(secret)) {
        uint8_t hash[PAWL_HASH_SIZE];
        pawl_token_hash(secret, hash);
        slot = &directory->slots[slot_of(directory, hash)];
    }
    bool good = slot != NULL && slot->token != NULL && slot->user->active &&
                (slot->token->expires_at == 0 || slot->token->expires_at > now);
    if (!good) {
        return pawl_err_set(err, PAWL_EUNAUTHENTICATED,
                            "the token is not valid; ask an administrator for a new one");
    }
    *ret_principal = (struct pawl_principal){
        .tenant = slot->tenant->row.id,
        .tenant_name = slot->tenant->row.name,
        .token = slot->token->id,
        .user = *slot->user,
    };
    return PAWL_OK;
}

bool pawl_directory_find_user(const struct pawl_directory *directory, pawl_id tenant,
                              struct pawl_str name, struct pawl_user_row *ret_user)
{
    const struct pawl_user_row *user = find_user(directory, tenant, name);
    if (user != NULL) {
        *ret_user = *user;
    }
    return user != NULL;
}

uint32_t pawl_directory_user_count(const struct pawl_directory *directory, pawl_id tenant,
                                   struct pawl_str name)
{
    const struct pawl_user_row *user = find_user(directory, tenant, name);
    return user != NULL && user->active ? 1 : 0;
}

uint32_t pawl_directory_role_count(const struct pawl_directory *directory, pawl_id tenant,
                                   struct pawl_str role)
{
    PAWL_ASSERT(directory->magic == DIRECTORY_MAGIC);
    const struct role_count wanted = {tenant, role, 0};
    const struct role_count *at =
        bsearch(&wanted, directory->roles, directory->role_count, sizeof(wanted), by_role);
    return at == NULL ? 0 : at->count;
}

const struct pawl_user_row *pawl_directory_users(const struct pawl_directory *directory,
                                                 pawl_id tenant, uint32_t *ret_count)
{
    const struct tenant_people *people = find_people(directory, tenant);
    *ret_count = people == NULL ? 0 : people->user_count;
    return people == NULL ? NULL : people->users;
}

struct pawl_str pawl_directory_tenant_name(const struct pawl_directory *directory, pawl_id tenant)
{
    const struct tenant_people *people = find_people(directory, tenant);
    return people == NULL ? PAWL_STR_NONE : people->row.name;
}

bool pawl_directory_find_tenant(const struct pawl_directory *directory, struct pawl_str name,
                                pawl_id *ret_tenant)
{
    PAWL_ASSERT(directory->magic == DIRECTORY_MAGIC);
    for (uint32_t i = 0; i < directory->tenant_count; i++) {
        if (pawl_str_eq(directory->tenants[i].row.name, name)) {
            *ret_tenant = directory->tenants[i].row.id;
            return true;
        }
    }
    return false;
}
