/* The snapshot of people: persistent maps (base/trie.h), each item in one block of its own.
 *
 *   tenants   by id, and by name
 *   people    by (tenant, name), and by id
 *   roles     by (tenant, role): how many active members
 *   tokens    by the hash of their secret while they are good, and all of them by id
 *
 * A change copies what is on the way to it and shares the rest, so that one person costs the same
 * among ten and among a hundred thousand. While a directory is being made nobody else has it; from
 * then on nothing in it changes.
 *
 * Invariants: D1 nothing changes once it is shared. D2 both maps of people (and of tenants) hold
 * the same items. D3 a token by hash is not revoked; whose it is may be unknown only while it is
 * being loaded. D4 roles with no active member are not in the map. A token is found by the hash of
 * its secret, so comparing hashes tells nobody anything about secrets; the final comparison takes
 * constant time all the same. */
#include "identity/directory.h"

#include <stdatomic.h>

#include "base/limits.h"
#include "base/panic.h"
#include "base/trie.h"
#include "identity/token.h"

enum { DIRECTORY_MAGIC = 0x70444952, LOAD_PAGE = 500 };

struct tenant {
    struct pawl_trie_item head;
    struct pawl_tenant_row row;
    uint32_t users, tokens; /* tokens: revoked ones too */
};

struct person {
    struct pawl_trie_item head;
    struct pawl_user_row row;
};

struct role {
    struct pawl_trie_item head;
    pawl_id tenant;
    struct pawl_str name;
    uint32_t members;
};

struct token {
    struct pawl_trie_item head;
    struct pawl_token_row row;
};

enum map {
    TENANT_BY_ID,
    TENANT_BY_NAME,
    PERSON_BY_NAME,
    PERSON_BY_ID,
    ROLE_BY_NAME,
    TOKEN_BY_HASH,
    TOKEN_BY_ID,
    MAP_COUNT
};

struct pawl_directory {
    uint32_t magic;
    atomic_uint references;
    const struct pawl_alloc *alloc;
    struct pawl_trie_node *maps[MAP_COUNT];
};

/* ---- keys ------------------------------------------------------------------------------------ */

static uint64_t hash_id(pawl_id id)
{
    return pawl_trie_hash(0, &id, sizeof(id));
}

static uint64_t hash_name(pawl_id tenant, struct pawl_str name)
{
    return pawl_trie_hash(hash_id(tenant), name.ptr, name.len);
}

#define ITEM(type, item) ((const struct type *)(item))

static uint64_t tenant_id_hash(const void *item)
{
    return hash_id(ITEM(tenant, item)->row.id);
}
static bool tenant_id_same(const void *a, const void *b)
{
    return ITEM(tenant, a)->row.id == ITEM(tenant, b)->row.id;
}
static uint64_t tenant_name_hash(const void *item)
{
    return hash_name(0, ITEM(tenant, item)->row.name);
}
static bool tenant_name_same(const void *a, const void *b)
{
    return pawl_str_eq(ITEM(tenant, a)->row.name, ITEM(tenant, b)->row.name);
}
static uint64_t person_name_hash(const void *item)
{
    return hash_name(ITEM(person, item)->row.tenant, ITEM(person, item)->row.name);
}
static bool person_name_same(const void *a, const void *b)
{
    return ITEM(person, a)->row.tenant == ITEM(person, b)->row.tenant &&
           pawl_str_eq(ITEM(person, a)->row.name, ITEM(person, b)->row.name);
}
static uint64_t person_id_hash(const void *item)
{
    return hash_id(ITEM(person, item)->row.id);
}
static bool person_id_same(const void *a, const void *b)
{
    return ITEM(person, a)->row.id == ITEM(person, b)->row.id;
}
static uint64_t role_hash(const void *item)
{
    return hash_name(ITEM(role, item)->tenant, ITEM(role, item)->name);
}
static bool role_same(const void *a, const void *b)
{
    return ITEM(role, a)->tenant == ITEM(role, b)->tenant &&
           pawl_str_eq(ITEM(role, a)->name, ITEM(role, b)->name);
}
static uint64_t token_hash_hash(const void *item)
{
    uint64_t start; /* a hash's bytes are even */
    memcpy(&start, ITEM(token, item)->row.hash, sizeof(start));
    return start;
}
static bool token_hash_same(const void *a, const void *b)
{
    return pawl_hash_eq(ITEM(token, a)->row.hash, ITEM(token, b)->row.hash);
}
static uint64_t token_id_hash(const void *item)
{
    return hash_id(ITEM(token, item)->row.id);
}
static bool token_id_same(const void *a, const void *b)
{
    return ITEM(token, a)->row.id == ITEM(token, b)->row.id;
}

static const struct pawl_trie_kind kinds[MAP_COUNT] = {
    [TENANT_BY_ID] = {tenant_id_hash, tenant_id_same},
    [TENANT_BY_NAME] = {tenant_name_hash, tenant_name_same},
    [PERSON_BY_NAME] = {person_name_hash, person_name_same},
    [PERSON_BY_ID] = {person_id_hash, person_id_same},
    [ROLE_BY_NAME] = {role_hash, role_same},
    [TOKEN_BY_HASH] = {token_hash_hash, token_hash_same},
    [TOKEN_BY_ID] = {token_id_hash, token_id_same},
};

static const void *map_find(const struct pawl_directory *d, enum map map, const void *like)
{
    PAWL_ASSERT(d->magic == DIRECTORY_MAGIC);
    return pawl_trie_find(&kinds[map], d->maps[map], like);
}

/* ---- changing one that nobody else has ------------------------------------------------------- */

static enum pawl_rc no_memory(struct pawl_err *err)
{
    return pawl_err_set(err, PAWL_ENOMEM, "no memory for the directory of people");
}

static bool map_put(struct pawl_directory *d, enum map map, void *item)
{
    struct pawl_trie_node *made = NULL;
    PAWL_ASSERT(atomic_load_explicit(&d->references, memory_order_relaxed) == 1); /* D1 */
    if (item == NULL || !pawl_trie_put(&kinds[map], d->alloc, d->maps[map], item, &made)) {
        return false;
    }
    pawl_trie_unref(d->alloc, d->maps[map]);
    d->maps[map] = made;
    return true;
}

static bool map_del(struct pawl_directory *d, enum map map, const void *like)
{
    struct pawl_trie_node *made = NULL;
    PAWL_ASSERT(atomic_load_explicit(&d->references, memory_order_relaxed) == 1); /* D1 */
    if (!pawl_trie_del(&kinds[map], d->alloc, d->maps[map], like, &made)) {
        return false;
    }
    pawl_trie_unref(d->alloc, d->maps[map]);
    d->maps[map] = made;
    return true;
}

/* Texts of an item lie behind it. */
static struct pawl_str text_put(char **io_at, struct pawl_str text)
{
    struct pawl_str copy = {*io_at, text.len};
    if (text.len > 0) {
        memcpy(*io_at, text.ptr, text.len);
    }
    *io_at += text.len;
    return copy;
}

static struct tenant *tenant_new(const struct pawl_directory *d, const struct tenant *from)
{
    struct tenant *item = pawl_trie_item_new(d->alloc, sizeof(*item) + from->row.name.len);
    if (item != NULL) {
        char *at = (char *)(item + 1);
        item->row = from->row;
        item->row.name = text_put(&at, from->row.name);
        item->users = from->users;
        item->tokens = from->tokens;
    }
    return item;
}

static bool tenant_set(struct pawl_directory *d, const struct tenant *values)
{
    struct tenant *item = tenant_new(d, values);
    bool done = map_put(d, TENANT_BY_ID, item) && map_put(d, TENANT_BY_NAME, item); /* D2 */
    pawl_trie_item_unref(d->alloc, item);
    return done;
}

static const struct tenant *tenant_find(const struct pawl_directory *d, pawl_id tenant)
{
    const struct tenant like = {.row = {.id = tenant}};
    return map_find(d, TENANT_BY_ID, &like);
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

static bool role_add(struct pawl_directory *d, pawl_id tenant, struct pawl_str name, int by)
{
    const struct role like = {.tenant = tenant, .name = name};
    const struct role *known = map_find(d, ROLE_BY_NAME, &like);
    uint32_t members = known == NULL ? 0 : known->members;
    PAWL_ASSERT(by > 0 || members > 0);
    members = by > 0 ? members + 1 : members - 1;
    if (members == 0) {
        return map_del(d, ROLE_BY_NAME, &like); /* D4 */
    }
    struct role *item = pawl_trie_item_new(d->alloc, sizeof(*item) + name.len);
    if (item == NULL) {
        return false;
    }
    char *at = (char *)(item + 1);
    item->tenant = tenant;
    item->name = text_put(&at, name);
    item->members = members;
    bool done = map_put(d, ROLE_BY_NAME, item);
    pawl_trie_item_unref(d->alloc, item);
    return done;
}

static bool roles_add(struct pawl_directory *d, const struct pawl_user_row *user, int by)
{
    bool done = true;
    for (uint32_t i = 0; done && user->active && i < user->role_count; i++) {
        done = is_repeated(user, i) || role_add(d, user->tenant, user->roles[i], by);
    }
    return done;
}

static struct person *person_new(const struct pawl_directory *d, const struct pawl_user_row *row)
{
    size_t roles = row->role_count * sizeof(struct pawl_str);
    size_t size = sizeof(struct person) + roles + row->name.len + row->title.len + row->email.len;
    for (uint32_t i = 0; i < row->role_count; i++) {
        size += row->roles[i].len;
    }
    struct person *item = pawl_trie_item_new(d->alloc, size);
    if (item == NULL) {
        return NULL;
    }
    struct pawl_str *names = (struct pawl_str *)(item + 1);
    char *at = (char *)names + roles;
    item->row = *row;
    item->row.name = text_put(&at, row->name);
    item->row.title = text_put(&at, row->title);
    item->row.email = text_put(&at, row->email);
    item->row.roles = names;
    for (uint32_t i = 0; i < row->role_count; i++) {
        names[i] = text_put(&at, row->roles[i]);
    }
    PAWL_ASSERT(at == (char *)item + size);
    return item;
}

static const struct person *person_find_id(const struct pawl_directory *d, pawl_id user)
{
    const struct person like = {.row = {.id = user}};
    return map_find(d, PERSON_BY_ID, &like);
}

static enum pawl_rc user_put(struct pawl_directory *d, const struct pawl_user_row *row,
                             struct pawl_err *err)
{
    const struct tenant *tenant = tenant_find(d, row->tenant);
    const struct person *known = person_find_id(d, row->id);
    PAWL_ASSERT(tenant != NULL);
    if (known == NULL) {
        struct tenant more = *tenant;
        more.users++;
        if (more.users > PAWL_USERS_MAX) {
            return pawl_err_set(err, PAWL_ELIMIT, "a tenant may have %u people at most",
                                PAWL_USERS_MAX);
        }
        if (!tenant_set(d, &more)) {
            return no_memory(err);
        }
    }
    struct person *item = person_new(d, row);
    bool done = item != NULL && (known == NULL || roles_add(d, &known->row, -1)) &&
                roles_add(d, row, 1) && map_put(d, PERSON_BY_NAME, item) &&
                map_put(d, PERSON_BY_ID, item); /* D2 */
    pawl_trie_item_unref(d->alloc, item);
    return done ? PAWL_OK : no_memory(err);
}

static enum pawl_rc token_put(struct pawl_directory *d, const struct pawl_token_row *row,
                              struct pawl_err *err)
{
    const struct tenant *tenant = tenant_find(d, row->tenant);
    const struct token like = {.row = {.id = row->id}};
    PAWL_ASSERT(tenant != NULL);
    if (map_find(d, TOKEN_BY_ID, &like) == NULL) {
        struct tenant more = *tenant;
        more.tokens++;
        if (more.tokens > PAWL_TOKENS_MAX) {
            return pawl_err_set(err, PAWL_ELIMIT, "a tenant may have %u tokens at most",
                                PAWL_TOKENS_MAX);
        }
        if (!tenant_set(d, &more)) {
            return no_memory(err);
        }
    }
    struct token *item = pawl_trie_item_new(d->alloc, sizeof(*item) + row->label.len);
    if (item == NULL) {
        return no_memory(err);
    }
    char *at = (char *)(item + 1);
    item->row = *row;
    item->row.label = text_put(&at, row->label);
    bool done = map_put(d, TOKEN_BY_ID, item) &&
                (row->revoked ? map_del(d, TOKEN_BY_HASH, item) /* D3 */
                              : map_put(d, TOKEN_BY_HASH, item));
    pawl_trie_item_unref(d->alloc, item);
    return done ? PAWL_OK : no_memory(err);
}

/* ---- whole ones ------------------------------------------------------------------------------ */

static struct pawl_directory *directory_new(const struct pawl_alloc *alloc,
                                            const struct pawl_directory *from)
{
    struct pawl_directory *d = pawl_alloc_zero(alloc, sizeof(*d));
    if (d == NULL) {
        return NULL;
    }
    d->magic = DIRECTORY_MAGIC;
    d->alloc = alloc;
    atomic_init(&d->references, 1);
    for (size_t i = 0; from != NULL && i < MAP_COUNT; i++) {
        d->maps[i] = pawl_trie_ref(from->maps[i]);
    }
    return d;
}

static enum pawl_rc directory_end(struct pawl_directory *d, enum pawl_rc rc,
                                  struct pawl_directory **ret_directory)
{
    if (rc == PAWL_OK) {
        *ret_directory = d;
    } else {
        pawl_directory_unref(d);
    }
    return rc;
}

enum pawl_rc pawl_directory_with_tenant(const struct pawl_directory *from,
                                        const struct pawl_tenant_row *row,
                                        struct pawl_directory **ret_directory, struct pawl_err *err)
{
    struct pawl_directory *d = directory_new(from->alloc, from);
    const struct tenant values = {.row = *row};
    bool done = d != NULL && tenant_set(d, &values);
    return directory_end(d, done ? PAWL_OK : no_memory(err), ret_directory);
}

enum pawl_rc pawl_directory_with_user(const struct pawl_directory *from,
                                      const struct pawl_user_row *row,
                                      struct pawl_directory **ret_directory, struct pawl_err *err)
{
    struct pawl_directory *d = directory_new(from->alloc, from);
    return directory_end(d, d == NULL ? no_memory(err) : user_put(d, row, err), ret_directory);
}

enum pawl_rc pawl_directory_with_token(const struct pawl_directory *from,
                                       const struct pawl_token_row *row,
                                       struct pawl_directory **ret_directory, struct pawl_err *err)
{
    struct pawl_directory *d = directory_new(from->alloc, from);
    return directory_end(d, d == NULL ? no_memory(err) : token_put(d, row, err), ret_directory);
}

static enum pawl_rc load_users(struct pawl_directory *d, struct pawl_reader *reader, pawl_id tenant,
                               struct pawl_arena *arena, struct pawl_err *err)
{
    char after[PAWL_ID_SIZE_MAX];
    size_t len = 0;
    for (;;) {
        struct pawl_user_row *rows = NULL;
        uint32_t count = 0;
        pawl_arena_reset(arena);
        enum pawl_rc rc = pawl_reader_api_of(reader)->user_list(
            reader, tenant, (struct pawl_str){after, len}, LOAD_PAGE, arena, &rows, &count, err);
        for (uint32_t i = 0; i < count && rc == PAWL_OK; i++) {
            rc = user_put(d, &rows[i], err);
        }
        if (rc != PAWL_OK || count < LOAD_PAGE) {
            return rc;
        }
        len = rows[count - 1].name.len;
        PAWL_ASSERT(len > 0 && len <= sizeof(after));
        memcpy(after, rows[count - 1].name.ptr, len);
    }
}

static enum pawl_rc load_tokens(struct pawl_directory *d, struct pawl_reader *reader,
                                pawl_id tenant, struct pawl_arena *arena, struct pawl_err *err)
{
    for (pawl_id after = 0;;) {
        struct pawl_token_row *rows = NULL;
        uint32_t count = 0;
        pawl_arena_reset(arena);
        enum pawl_rc rc = pawl_reader_api_of(reader)->token_list(
            reader, tenant, after, LOAD_PAGE, arena, &rows, &count, err);
        for (uint32_t i = 0; i < count && rc == PAWL_OK; i++) {
            rc = token_put(d, &rows[i], err);
        }
        if (rc != PAWL_OK || count < LOAD_PAGE) {
            return rc;
        }
        after = rows[count - 1].id;
    }
}

enum pawl_rc pawl_directory_load(const struct pawl_alloc *alloc, struct pawl_reader *reader,
                                 struct pawl_directory **ret_directory, struct pawl_err *err)
{
    const struct pawl_alloc *heap = alloc != NULL ? alloc : pawl_alloc_heap();
    struct pawl_directory *d = directory_new(heap, NULL);
    if (d == NULL) {
        return no_memory(err);
    }
    struct pawl_arena arena, page;
    pawl_arena_init(&arena, heap, PAWL_DIRECTORY_MEMORY_MAX);
    pawl_arena_init(&page, heap, PAWL_DIRECTORY_MEMORY_MAX);
    struct pawl_tenant_row *rows = NULL;
    uint32_t count = 0;
    enum pawl_rc rc = pawl_reader_api_of(reader)->tenant_list(reader, &arena, &rows, &count, err);
    for (uint32_t i = 0; i < count && rc == PAWL_OK; i++) {
        const struct tenant values = {.row = rows[i]};
        rc = tenant_set(d, &values) ? load_users(d, reader, rows[i].id, &page, err)
                                    : no_memory(err);
        rc = rc == PAWL_OK ? load_tokens(d, reader, rows[i].id, &page, err) : rc;
    }
    pawl_arena_fini(&page);
    pawl_arena_fini(&arena);
    return directory_end(d, rc, ret_directory);
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
        for (size_t i = 0; i < MAP_COUNT; i++) {
            pawl_trie_unref(directory->alloc, directory->maps[i]);
        }
        directory->magic = 0;
        pawl_alloc_free(directory->alloc, directory, sizeof(*directory));
    }
}

/* ---- questions ------------------------------------------------------------------------------- */

static const struct pawl_user_row *find_user(const struct pawl_directory *directory, pawl_id tenant,
                                             struct pawl_str name)
{
    const struct person like = {.row = {.tenant = tenant, .name = name}};
    const struct person *found = map_find(directory, PERSON_BY_NAME, &like);
    return found == NULL ? NULL : &found->row;
}

enum pawl_rc pawl_directory_find_token(const struct pawl_directory *directory,
                                       struct pawl_str secret, pawl_ms now,
                                       struct pawl_principal *ret_principal, struct pawl_err *err)
{
    const struct token *token = NULL;
    if (pawl_token_check(secret)) {
        struct token like;
        pawl_token_hash(secret, like.row.hash);
        token = map_find(directory, TOKEN_BY_HASH, &like);
    }
    const struct person *person = token == NULL ? NULL : person_find_id(directory, token->row.user);
    bool good = person != NULL && person->row.active &&
                (token->row.expires_at == 0 || token->row.expires_at > now);
    const struct tenant *tenant = good ? tenant_find(directory, token->row.tenant) : NULL;
    if (tenant == NULL) {
        return pawl_err_set(err, PAWL_EUNAUTHENTICATED,
                            "the token is not valid; ask an administrator for a new one");
    }
    *ret_principal = (struct pawl_principal){
        .tenant = tenant->row.id,
        .tenant_name = tenant->row.name,
        .token = token->row.id,
        .user = person->row,
    };
    return PAWL_OK;
}

bool pawl_directory_token(const struct pawl_directory *directory, pawl_id tenant, pawl_id token,
                          struct pawl_token_row *ret_row)
{
    const struct token like = {.row = {.id = token}};
    const struct token *found = map_find(directory, TOKEN_BY_ID, &like);
    bool known = found != NULL && found->row.tenant == tenant;
    if (known) {
        *ret_row = found->row;
    }
    return known;
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

bool pawl_directory_find_user_id(const struct pawl_directory *directory, pawl_id tenant,
                                 pawl_id user, struct pawl_user_row *ret_user)
{
    const struct person *found = person_find_id(directory, user);
    bool known = found != NULL && found->row.tenant == tenant;
    if (known) {
        *ret_user = found->row;
    }
    return known;
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
    const struct role like = {.tenant = tenant, .name = role};
    const struct role *found = map_find(directory, ROLE_BY_NAME, &like);
    return found == NULL ? 0 : found->members;
}

bool pawl_directory_user_has_role(const struct pawl_directory *directory, pawl_id tenant,
                                  struct pawl_str name, struct pawl_str role)
{
    struct pawl_user_row user;
    bool found = pawl_directory_find_user(directory, tenant, name, &user) && user.active;
    for (uint32_t i = 0; found && i < user.role_count; i++) {
        if (pawl_str_eq(user.roles[i], role)) {
            return true;
        }
    }
    return false;
}

uint32_t pawl_directory_people_count(const struct pawl_directory *directory, pawl_id tenant)
{
    const struct tenant *found = tenant_find(directory, tenant);
    return found == NULL ? 0 : found->users;
}

struct each {
    pawl_id tenant;
    bool (*user_fn)(void *ctx, const struct pawl_user_row *user);
    bool (*token_fn)(void *ctx, const struct pawl_token_row *token);
    void *ctx;
};

static bool each_person(void *ctx, void *item)
{
    const struct each *each = ctx;
    const struct person *person = item;
    return person->row.tenant != each->tenant || each->user_fn(each->ctx, &person->row);
}

static bool each_token(void *ctx, void *item)
{
    const struct each *each = ctx;
    const struct token *token = item;
    return token->row.tenant != each->tenant || each->token_fn(each->ctx, &token->row);
}

void pawl_directory_each_user(const struct pawl_directory *directory, pawl_id tenant,
                              bool (*fn)(void *ctx, const struct pawl_user_row *user), void *ctx)
{
    struct each each = {.tenant = tenant, .user_fn = fn, .ctx = ctx};
    (void)pawl_trie_each(directory->maps[PERSON_BY_ID], each_person, &each);
}

void pawl_directory_each_token(const struct pawl_directory *directory, pawl_id tenant,
                               bool (*fn)(void *ctx, const struct pawl_token_row *token), void *ctx)
{
    struct each each = {.tenant = tenant, .token_fn = fn, .ctx = ctx};
    (void)pawl_trie_each(directory->maps[TOKEN_BY_ID], each_token, &each);
}

struct pawl_str pawl_directory_tenant_name(const struct pawl_directory *directory, pawl_id tenant)
{
    const struct tenant *found = tenant_find(directory, tenant);
    return found == NULL ? PAWL_STR_NONE : found->row.name;
}

bool pawl_directory_find_tenant(const struct pawl_directory *directory, struct pawl_str name,
                                pawl_id *ret_tenant)
{
    const struct tenant like = {.row = {.name = name}};
    const struct tenant *found = map_find(directory, TENANT_BY_NAME, &like);
    if (found != NULL) {
        *ret_tenant = found->row.id;
    }
    return found != NULL;
}
