/* Hashes, tokens, the directory of people and what they may do. */
#include "base/test.h"

#include <pthread.h>
#include <stdio.h>

#include "identity/directory.h"
#include "identity/hash.h"
#include "identity/seal.h"
#include "identity/token.h"
#include "plan/plan.h"

#define assert_ok(call) assert_int_equal((call), PAWL_OK)
#define NOW             1700000000000

static void hex(const uint8_t bytes[PAWL_HASH_BYTES], char ret_text[65])
{
    for (size_t i = 0; i < PAWL_HASH_BYTES; i++) {
        (void)snprintf(ret_text + 2 * i, 3, "%02x", bytes[i]);
    }
}

TEST(a_hash_is_blake2b_with_256_bits)
{
    /* b2sum -l 256 of "abc" */
    static const char want[] = "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319";
    struct pawl_hash hash;
    uint8_t bytes[PAWL_HASH_BYTES];
    char text[65];
    pawl_hash_init(&hash);
    pawl_hash_put(&hash, "a", 1);
    pawl_hash_put(&hash, NULL, 0);
    pawl_hash_put(&hash, "bc", 2);
    pawl_hash_end(&hash, bytes);
    hex(bytes, text);
    assert_string_equal(text, want);
}

static void hash_parts(const char *first, const char *second, uint8_t ret_bytes[PAWL_HASH_BYTES])
{
    struct pawl_hash hash;
    pawl_hash_init(&hash);
    pawl_hash_put_part(&hash, pawl_str_from(first));
    pawl_hash_put_part(&hash, pawl_str_from(second));
    pawl_hash_end(&hash, ret_bytes);
}

TEST(parts_are_kept_apart)
{
    uint8_t a[PAWL_HASH_BYTES], b[PAWL_HASH_BYTES], again[PAWL_HASH_BYTES];
    hash_parts("ab", "c", a);
    hash_parts("a", "bc", b);
    hash_parts("ab", "c", again);
    assert_false(pawl_hash_eq(a, b));
    assert_true(pawl_hash_eq(a, again));
    again[PAWL_HASH_BYTES - 1] ^= 1;
    assert_false(pawl_hash_eq(a, again));
}

static void make_token(uint8_t seed, struct pawl_token_secret *ret_secret)
{
    uint8_t random[PAWL_TOKEN_RANDOM_SIZE];
    memset(random, seed, sizeof(random));
    pawl_token_make(random, ret_secret);
    for (size_t i = 0; i < sizeof(random); i++) {
        assert_int_equal(random[i], 0); /* they are the secret */
    }
}

TEST(a_token_has_its_form_and_its_random_bytes)
{
    struct pawl_token_secret a, b;
    make_token(0xff, &a);
    make_token(0, &b);
    assert_string_equal(a.text, "pawl___________________________________________8");
    assert_string_equal(b.text, "pawl_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
    assert_true(pawl_token_check(pawl_str_from(a.text)));
    assert_false(pawl_token_check(PAWL_STR("")));
    assert_false(pawl_token_check(PAWL_STR("pawl_short")));
    a.text[7] = '+';
    assert_false(pawl_token_check(pawl_str_from(a.text)));
    a.text[7] = 'x';
    a.text[0] = 'P';
    assert_false(pawl_token_check(pawl_str_from(a.text)));
    pawl_token_wipe(&b);
    assert_int_equal(b.text[0], 0);
}

/* ---- the directory */

struct people {
    struct pawl_store *store;
    struct pawl_reader *reader;
    struct pawl_directory *directory;
    struct pawl_token_secret secrets[4]; /* ann's, bob's, carl's (not active), dora's of globex */
    struct pawl_err err;
};

enum { ACME = 11, GLOBEX = 12, ANN = 21, BOB = 22, CARL = 23, DORA = 24 };

static const struct pawl_str finance[] = {PAWL_STR_INIT("finance"), PAWL_STR_INIT("finance")};
static const struct pawl_str both[] = {PAWL_STR_INIT("finance"), PAWL_STR_INIT("operator")};

static void people_commit(struct people *p, const struct pawl_batch *batch)
{
    struct pawl_batch_result result = {0};
    assert_ok(pawl_store_commit(p->store, batch, &result, &p->err));
    assert_int_equal(result.state, PAWL_BATCH_COMMITTED);
}

static void people_load(struct people *p)
{
    pawl_directory_unref(p->directory);
    assert_ok(pawl_directory_load(NULL, p->reader, &p->directory, &p->err));
}

static void people_open(struct people *p)
{
    *p = (struct people){0};
    struct pawl_store_options options = {.create = true};
    assert_ok(pawl_store_open(&pawl_store_memory, &options, &p->store, &p->err));
    assert_ok(pawl_reader_open(p->store, &p->reader, &p->err));
    const struct pawl_tenant_row tenants[] = {{GLOBEX, PAWL_STR("globex")},
                                              {ACME, PAWL_STR("acme")}};
    const struct pawl_user_row users[] = {
        {.id = ANN,
         .tenant = ACME,
         .name = PAWL_STR("zoe"),
         .roles = both,
         .role_count = 2,
         .active = true},
        {.id = BOB,
         .tenant = ACME,
         .name = PAWL_STR("bob"),
         .roles = finance,
         .role_count = 2,
         .active = true},
        {.id = CARL, .tenant = ACME, .name = PAWL_STR("carl"), .roles = finance, .role_count = 1},
        {.id = DORA, .tenant = GLOBEX, .name = PAWL_STR("bob"), .admin = true, .active = true}};
    struct pawl_token_row tokens[4];
    for (uint32_t i = 0; i < 4; i++) {
        make_token((uint8_t)(i + 1), &p->secrets[i]);
        tokens[i] =
            (struct pawl_token_row){.id = 31 + i, .tenant = users[i].tenant, .user = users[i].id};
        pawl_token_hash(pawl_str_from(p->secrets[i].text), tokens[i].hash);
    }
    tokens[1].expires_at = NOW + 10;
    people_commit(p, &(struct pawl_batch){.tenants = tenants,
                                          .tenant_count = 2,
                                          .users = users,
                                          .user_count = 4,
                                          .tokens = tokens,
                                          .token_count = 4,
                                          .now = NOW});
    people_load(p);
}

static void people_close(struct people *p)
{
    pawl_directory_unref(p->directory);
    pawl_reader_close(p->reader);
    pawl_store_close(p->store);
}

static enum pawl_rc find(struct people *p, uint32_t number, pawl_ms now,
                         struct pawl_principal *ret_principal)
{
    return pawl_directory_find_token(p->directory, pawl_str_from(p->secrets[number].text), now,
                                     ret_principal, &p->err);
}

TEST(a_token_leads_to_its_person_and_tenant)
{
    struct people p;
    struct pawl_principal who;
    people_open(&p);

    assert_ok(find(&p, 0, NOW, &who));
    assert_int_equal(who.tenant, ACME);
    assert_str(who.tenant_name, "acme");
    assert_int_equal(who.token, 31);
    assert_int_equal(who.user.id, ANN);
    assert_str(who.user.name, "zoe");
    assert_int_equal(who.user.role_count, 2);
    assert_ok(find(&p, 3, NOW, &who));
    assert_int_equal(who.user.id, DORA);
    assert_str(who.tenant_name, "globex");
    people_close(&p);
}

TEST(tokens_that_are_not_good_are_all_refused_alike)
{
    struct people p;
    struct pawl_principal who;
    char first[400];
    people_open(&p);

    assert_ok(find(&p, 1, NOW + 9, &who));
    assert_int_equal(find(&p, 1, NOW + 10, &who), PAWL_EUNAUTHENTICATED); /* expired */
    (void)snprintf(first, sizeof(first), "%s", p.err.msg);
    assert_int_equal(find(&p, 2, NOW, &who), PAWL_EUNAUTHENTICATED); /* not active */
    assert_string_equal(p.err.msg, first);
    p.secrets[0].text[20] ^= 1;
    assert_int_equal(find(&p, 0, NOW, &who), PAWL_EUNAUTHENTICATED); /* unknown */
    assert_string_equal(p.err.msg, first);
    assert_int_equal(
        pawl_directory_find_token(p.directory, PAWL_STR("Basic abc"), NOW, &who, &p.err),
        PAWL_EUNAUTHENTICATED);
    assert_string_equal(p.err.msg, first);
    p.secrets[0].text[20] ^= 1;

    struct pawl_token_row revoked = {.id = 31, .tenant = ACME, .user = ANN, .revoked = true};
    pawl_token_hash(pawl_str_from(p.secrets[0].text), revoked.hash);
    people_commit(&p, &(struct pawl_batch){.tokens = &revoked, .token_count = 1, .now = NOW});
    assert_ok(find(&p, 0, NOW, &who)); /* the snapshot is what it was */
    people_load(&p);
    assert_int_equal(find(&p, 0, NOW, &who), PAWL_EUNAUTHENTICATED);
    people_close(&p);
}

static bool count_user(void *ctx, const struct pawl_user_row *user)
{
    assert_int_equal(user->tenant, ACME);
    (*(uint32_t *)ctx)++;
    return true;
}

TEST(people_and_roles_are_counted_within_their_tenant)
{
    struct people p;
    struct pawl_user_row user;
    pawl_id tenant = 0;
    uint32_t count = 0;
    people_open(&p);

    assert_int_equal(pawl_directory_user_count(p.directory, ACME, PAWL_STR("bob")), 1);
    assert_int_equal(pawl_directory_user_count(p.directory, ACME, PAWL_STR("carl")), 0);
    assert_int_equal(pawl_directory_user_count(p.directory, GLOBEX, PAWL_STR("zoe")), 0);
    assert_int_equal(pawl_directory_user_count(p.directory, 99, PAWL_STR("bob")), 0);
    assert_int_equal(pawl_directory_role_count(p.directory, ACME, PAWL_STR("finance")), 2);
    assert_int_equal(pawl_directory_role_count(p.directory, ACME, PAWL_STR("operator")), 1);
    assert_int_equal(pawl_directory_role_count(p.directory, GLOBEX, PAWL_STR("finance")), 0);
    assert_true(pawl_directory_find_user(p.directory, ACME, PAWL_STR("carl"), &user));
    assert_false(user.active);
    assert_false(pawl_directory_find_user(p.directory, GLOBEX, PAWL_STR("carl"), &user));
    assert_true(pawl_directory_find_tenant(p.directory, PAWL_STR("globex"), &tenant));
    assert_int_equal(tenant, GLOBEX);
    assert_false(pawl_directory_find_tenant(p.directory, PAWL_STR("nobody"), &tenant));
    assert_int_equal(pawl_directory_people_count(p.directory, ACME), 3);
    pawl_directory_each_user(p.directory, ACME, count_user, &count);
    assert_int_equal(count, 3);
    people_close(&p);
}

static struct pawl_directory *with_user(struct people *p, pawl_id id, const struct pawl_str *roles,
                                        uint32_t count, bool active)
{
    char name[32];
    struct pawl_directory *fresh = NULL;
    (void)snprintf(name, sizeof(name), "user%lld", (long long)id);
    const struct pawl_user_row row = {.id = id,
                                      .tenant = ACME,
                                      .name = pawl_str_from(name),
                                      .roles = roles,
                                      .role_count = count,
                                      .active = active};
    assert_ok(pawl_directory_with_user(p->directory, &row, &fresh, &p->err));
    return fresh;
}

TEST(a_changed_person_changes_the_new_directory_and_not_the_one_before)
{
    struct people p;
    people_open(&p);
    struct pawl_directory *before = pawl_directory_ref(p.directory);

    struct pawl_directory *fresh = with_user(&p, BOB, both, 2, true);
    assert_int_equal(pawl_directory_role_count(before, ACME, PAWL_STR("operator")), 1);
    assert_int_equal(pawl_directory_role_count(fresh, ACME, PAWL_STR("operator")), 2);
    assert_int_equal(pawl_directory_role_count(fresh, ACME, PAWL_STR("finance")), 2);
    assert_int_equal(pawl_directory_people_count(fresh, ACME), 3);
    pawl_directory_unref(p.directory);
    p.directory = fresh;
    fresh = with_user(&p, BOB, both, 2, false);
    assert_int_equal(pawl_directory_role_count(fresh, ACME, PAWL_STR("finance")), 1);
    pawl_directory_unref(fresh);

    struct pawl_principal who;
    struct pawl_token_row token;
    assert_true(pawl_directory_token(before, ACME, 31, &token));
    assert_false(pawl_directory_token(before, GLOBEX, 31, &token));
    token.revoked = true;
    assert_ok(pawl_directory_with_token(before, &token, &fresh, &p.err));
    struct pawl_str secret = pawl_str_from(p.secrets[0].text);
    assert_ok(pawl_directory_find_token(before, secret, NOW, &who, &p.err));
    assert_int_equal(pawl_directory_find_token(fresh, secret, NOW, &who, &p.err),
                     PAWL_EUNAUTHENTICATED);
    pawl_directory_unref(fresh);
    pawl_directory_unref(before);
    people_close(&p);
}

/* Memory asked for by one change: counted, not timed. */
static size_t change_cost(struct pawl_reader *reader, uint32_t people, struct pawl_err *err)
{
    struct pawl_alloc_fault fault;
    struct pawl_directory *directory = NULL;
    pawl_alloc_fault_init(&fault, 0, 0);
    assert_ok(pawl_directory_load(&fault.alloc, reader, &directory, err));
    struct people p = {.directory = directory};
    for (uint32_t i = 0; i < people; i++) {
        struct pawl_directory *fresh = with_user(&p, 1000 + i, both, 2, true);
        pawl_directory_unref(p.directory);
        p.directory = fresh;
    }
    fault.count = 0;
    struct pawl_directory *fresh = with_user(&p, 1000, finance, 1, true);
    size_t cost = fault.count;
    pawl_directory_unref(fresh);
    pawl_directory_unref(p.directory);
    assert_int_equal(fault.live, 0);
    return cost;
}

TEST(one_changed_person_costs_the_same_among_few_and_among_many)
{
    struct people p;
    people_open(&p);
    size_t few = change_cost(p.reader, 10, &p.err), many = change_cost(p.reader, 20000, &p.err);
    assert_true(many < few + 40); /* a level of the maps more, not people more */
    people_close(&p);
}

TEST(loading_survives_every_failed_allocation)
{
    struct people p;
    bool loaded = false;
    people_open(&p);
    for (size_t n = 1; !loaded; n++) {
        struct pawl_alloc_fault fault;
        struct pawl_directory *directory = NULL;
        pawl_alloc_fault_init(&fault, n, 0);
        enum pawl_rc rc = pawl_directory_load(&fault.alloc, p.reader, &directory, &p.err);
        loaded = rc == PAWL_OK;
        assert_true(loaded || rc == PAWL_ENOMEM);
        pawl_directory_unref(directory);
        assert_int_equal(fault.live, 0);
        assert_true(n < 1000);
    }
    people_close(&p);
}

static void *hold_and_drop(void *arg)
{
    struct pawl_directory *directory = arg;
    for (int i = 0; i < 2000; i++) {
        pawl_directory_unref(pawl_directory_ref(directory));
    }
    pawl_directory_unref(directory);
    return NULL;
}

TEST(threads_share_a_directory_by_count)
{
    struct people p;
    pthread_t threads[3];
    people_open(&p);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(
            pthread_create(&threads[i], NULL, hold_and_drop, pawl_directory_ref(p.directory)), 0);
    }
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    }
    assert_int_equal(pawl_directory_user_count(p.directory, ACME, PAWL_STR("bob")), 1);
    people_close(&p);
}

/* ---- permissions */

static struct pawl_principal person(const struct pawl_str *roles, uint32_t role_count)
{
    return (struct pawl_principal){.tenant = ACME,
                                   .user = {.tenant = ACME,
                                            .name = PAWL_STR("zoe"),
                                            .roles = roles,
                                            .role_count = role_count,
                                            .active = true}};
}

TEST(permissions_follow_the_table)
{
    static const struct pawl_str operators[] = {PAWL_STR_INIT("operator")};
    static const struct pawl_str auditors[] = {PAWL_STR_INIT("auditor")};
    struct pawl_principal plain = person(NULL, 0);
    struct pawl_principal operator_ = person(operators, 1);
    struct pawl_principal auditor = person(auditors, 1);
    struct pawl_principal admin = person(NULL, 0);
    struct pawl_principal gone = person(operators, 1);
    struct pawl_err err;
    admin.user.admin = true;
    gone.user.active = false;

#define PAWL_X(name, scope, everybody, of_operator, of_auditor, what)                              \
    assert_int_equal(pawl_principal_may(&plain, PAWL_MAY_##name), everybody);                      \
    assert_int_equal(pawl_principal_may(&operator_, PAWL_MAY_##name), of_operator);                \
    assert_int_equal(pawl_principal_may(&auditor, PAWL_MAY_##name), of_auditor);                   \
    assert_true(pawl_principal_may(&admin, PAWL_MAY_##name));                                      \
    assert_false(pawl_principal_may(&gone, PAWL_MAY_##name));                                      \
    assert_int_equal(pawl_permission_find(PAWL_STR(scope)), PAWL_MAY_##name);
#include "identity/permissions.def"
#undef PAWL_X

    assert_int_equal(pawl_permission_find(PAWL_STR("runs")), PAWL_PERMISSION_COUNT);
    assert_int_equal(pawl_principal_check(&auditor, PAWL_MAY_RUNS_CONTROL, &err), PAWL_EFORBIDDEN);
    assert_non_null(strstr(err.msg, "runs.control"));
    assert_non_null(strstr(err.msg, "operator"));
    assert_ok(pawl_principal_check(&operator_, PAWL_MAY_RUNS_CONTROL, &err));
}

TEST(an_own_draft_is_controlled_and_anothers_is_not)
{
    struct pawl_principal plain = person(NULL, 0);
    struct pawl_err err;
    struct pawl_run_row run = {
        .tenant = ACME, .status = PAWL_RUN_DRAFT, .started_by = PAWL_STR("zoe")};
    assert_ok(pawl_principal_controls_run(&plain, &run, &err));
    run.status = PAWL_RUN_RUNNING;
    assert_int_equal(pawl_principal_controls_run(&plain, &run, &err), PAWL_EFORBIDDEN);
    run.status = PAWL_RUN_DRAFT;
    run.started_by = PAWL_STR("bob");
    assert_int_equal(pawl_principal_controls_run(&plain, &run, &err), PAWL_EFORBIDDEN);
    run.started_by = PAWL_STR("zoe");
    run.tenant = GLOBEX;
    assert_int_equal(pawl_principal_controls_run(&plain, &run, &err), PAWL_EFORBIDDEN);
}

/* A run of acme's, started by bob, with one task. */
static void put_run(struct people *p, struct pawl_run_write *write,
                    const struct pawl_task_row *task)
{
    struct pawl_batch_result result = {0};
    enum pawl_run_outcome outcome;
    result.outcomes = &outcome;
    write->event = (struct pawl_event_row){.id = write->row.last_event,
                                           .tenant = ACME,
                                           .run = write->row.id,
                                           .run_seq = write->row.seq,
                                           .prev_id = write->row.last_event - 1};
    write->tasks = task;
    write->task_count = 1;
    struct pawl_batch batch = {.runs = write, .run_count = 1, .now = NOW};
    assert_ok(pawl_store_commit(p->store, &batch, &result, &p->err));
    assert_int_equal(outcome, PAWL_RUN_WRITE_OK);
}

TEST(a_run_is_seen_by_its_starter_and_by_who_has_or_had_a_task_in_it)
{
    static const struct pawl_str candidates[] = {PAWL_STR_INIT("role:legal")};
    static const struct pawl_str legal[] = {PAWL_STR_INIT("legal")};
    static const struct pawl_str auditors[] = {PAWL_STR_INIT("auditor")};
    struct people p;
    struct pawl_arena arena;
    people_open(&p);
    pawl_arena_init(&arena, NULL, 1 << 20);
    struct pawl_run_write write = {.kind = PAWL_WRITE_INSERT,
                                   .row = {.id = 100,
                                           .tenant = ACME,
                                           .seq = 1,
                                           .status = PAWL_RUN_RUNNING,
                                           .wake_at = PAWL_NEVER,
                                           .started_by = PAWL_STR("bob"),
                                           .last_event = 101}};
    struct pawl_task_row task = {.id = 102,
                                 .tenant = ACME,
                                 .run = 100,
                                 .kind = PAWL_STEP_KIND_APPROVAL,
                                 .status = PAWL_TASK_PENDING,
                                 .seq = 1,
                                 .principals = candidates,
                                 .principal_count = 1};
    put_run(&p, &write, &task);
    struct pawl_principal starter = person(NULL, 0), stranger = person(NULL, 0);
    struct pawl_principal lawyer = person(legal, 1), auditor = person(auditors, 1);
    struct pawl_principal foreigner = person(auditors, 1);
    starter.user.name = PAWL_STR("bob");
    foreigner.tenant = GLOBEX;

    assert_ok(pawl_principal_sees_run(&starter, p.reader, &write.row, &arena, &p.err));
    assert_ok(pawl_principal_sees_run(&lawyer, p.reader, &write.row, &arena, &p.err));
    assert_ok(pawl_principal_sees_run(&auditor, p.reader, &write.row, &arena, &p.err));
    assert_int_equal(pawl_principal_sees_run(&stranger, p.reader, &write.row, &arena, &p.err),
                     PAWL_ENOT_FOUND);
    assert_int_equal(pawl_principal_sees_run(&foreigner, p.reader, &write.row, &arena, &p.err),
                     PAWL_ENOT_FOUND);

    write.kind = PAWL_WRITE_UPDATE; /* the stranger was the one who decided */
    write.row.seq = 2;
    write.row.last_event = 103;
    task.status = PAWL_TASK_APPROVED;
    task.assignee = stranger.user.name;
    put_run(&p, &write, &task);
    assert_ok(pawl_principal_sees_run(&stranger, p.reader, &write.row, &arena, &p.err));
    lawyer.user.name = PAWL_STR("lea");
    assert_int_equal(pawl_principal_sees_run(&lawyer, p.reader, &write.row, &arena, &p.err),
                     PAWL_ENOT_FOUND);
    pawl_arena_fini(&arena);
    people_close(&p);
}

TEST(a_filter_asks_for_ones_own_tasks_unless_all_are_allowed)
{
    static const struct pawl_str auditors[] = {PAWL_STR_INIT("auditor")};
    struct pawl_principal plain = person(finance, 1), auditor = person(auditors, 1);
    struct pawl_task_filter filter = {0};
    struct pawl_arena arena;
    pawl_arena_init(&arena, NULL, 1 << 16);

    assert_ok(pawl_principal_filter(&plain, true, &arena, &filter));
    assert_int_equal(filter.principal_count, 2);
    assert_str(filter.principals[0], "user:zoe");
    assert_str(filter.principals[1], "role:finance");
    assert_str(filter.person, "zoe");
    assert_ok(pawl_principal_filter(&auditor, true, &arena, &filter));
    assert_int_equal(filter.principal_count, 0);
    assert_int_equal(filter.person.len, 0);
    assert_ok(pawl_principal_filter(&auditor, false, &arena, &filter));
    assert_int_equal(filter.principal_count, 2);
    pawl_arena_fini(&arena);
}

TEST(the_docs_show_the_table_of_permissions)
{
    char path[1024];
    static char text[65536];
    const char *root = getenv("PAWL_SOURCE_ROOT");
    if (root == NULL) {
        print_message("skipped: PAWL_SOURCE_ROOT is not set\n");
        skip();
    }
    (void)snprintf(path, sizeof(path), "%s/docs/permissions.md", root);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    size_t size = fread(text, 1, sizeof(text) - 1, file);
    text[size] = '\0';
    assert_int_equal(fclose(file), 0);
    for (unsigned i = 0; i < PAWL_PERMISSION_COUNT; i++) {
        char cell[64];
        enum pawl_permission permission = (enum pawl_permission)i;
        (void)snprintf(cell, sizeof(cell), "| `%s` |", pawl_permission_scope(permission));
        if (strstr(text, cell) == NULL || strstr(text, pawl_permission_what(permission)) == NULL) {
            fail_msg("docs/permissions.md does not say what %s allows",
                     pawl_permission_scope(permission));
        }
    }
}

/* ---- sealing --------------------------------------------------------------------------------- */

static struct pawl_seal_key key_of(char fill)
{
    struct pawl_seal_key key;
    uint8_t bytes[PAWL_SEAL_KEY_SIZE];
    memset(bytes, fill, sizeof(bytes));
    pawl_seal_key_take(&key, bytes);
    return key;
}

static struct pawl_str sealed(const struct pawl_seal_key *key, struct pawl_arena *arena,
                              const char *text, uint8_t nonce_fill)
{
    uint8_t nonce[PAWL_SEAL_NONCE_SIZE];
    struct pawl_str token;
    memset(nonce, nonce_fill, sizeof(nonce));
    assert_true(pawl_seal_text(key, 5, 7, nonce, arena, pawl_str_from(text), &token));
    return token;
}

TEST(what_is_sealed_opens_with_its_key_and_its_run_only)
{
    struct pawl_arena arena;
    const struct pawl_seal_key key = key_of('a'), other = key_of('b');
    struct pawl_str open = PAWL_STR_NONE;
    pawl_arena_init(&arena, NULL, 1 << 20);
    struct pawl_str token = sealed(&key, &arena, "4711-secret", 1);

    assert_true(pawl_unseal_text(&key, 5, 7, &arena, token, &open));
    assert_true(pawl_str_is(open, "4711-secret"));
    assert_true(pawl_str_starts(token, PAWL_STR("1.")));
    assert_int_equal(pawl_str_find(token, PAWL_STR("4711")), SIZE_MAX);
    assert_false(pawl_unseal_text(&other, 5, 7, &arena, token, &open));
    assert_false(pawl_unseal_text(&key, 5, 8, &arena, token, &open));
    assert_false(pawl_unseal_text(&key, 6, 7, &arena, token, &open));
    assert_false(pawl_str_eq(token, sealed(&key, &arena, "4711-secret", 2)));
    assert_true(pawl_unseal_text(&key, 5, 7, &arena, sealed(&key, &arena, "", 3), &open));
    assert_int_equal(open.len, 0);
    assert_string_not_equal(key.id, other.id);
    pawl_arena_fini(&arena);
}

TEST(a_token_that_was_changed_cut_or_made_up_opens_nothing)
{
    static const char *const made_up[] = {
        "", "1.", "1.0000000000000000.", "1.0000000000000000.AAAA", "2.x", "1..", "1.%.AAAA"};
    struct pawl_arena arena;
    const struct pawl_seal_key key = key_of('a');
    struct pawl_str open = PAWL_STR_NONE;
    pawl_arena_init(&arena, NULL, 1 << 20);
    struct pawl_str token = sealed(&key, &arena, "4711-secret", 1);
    for (size_t i = 0; i < token.len; i++) {
        char *changed = (char *)(uintptr_t)pawl_arena_str(&arena, token).ptr;
        changed[i] = changed[i] == 'A' ? 'B' : 'A';
        struct pawl_str text = {changed, token.len};
        assert_false(pawl_unseal_text(&key, 5, 7, &arena, text, &open));
        assert_false(
            pawl_unseal_text(&key, 5, 7, &arena, (struct pawl_str){token.ptr, i}, &open));
    }
    for (size_t i = 0; i < sizeof(made_up) / sizeof(made_up[0]); i++) {
        assert_false(pawl_unseal_text(&key, 5, 7, &arena, pawl_str_from(made_up[i]), &open));
    }
    assert_false(arena.failed);
    pawl_arena_fini(&arena);
}

TEST_MAIN(TEST_CASE(a_hash_is_blake2b_with_256_bits), TEST_CASE(parts_are_kept_apart),
          TEST_CASE(a_token_has_its_form_and_its_random_bytes),
          TEST_CASE(a_token_leads_to_its_person_and_tenant),
          TEST_CASE(tokens_that_are_not_good_are_all_refused_alike),
          TEST_CASE(people_and_roles_are_counted_within_their_tenant),
          TEST_CASE(a_changed_person_changes_the_new_directory_and_not_the_one_before),
          TEST_CASE(one_changed_person_costs_the_same_among_few_and_among_many),
          TEST_CASE(loading_survives_every_failed_allocation),
          TEST_CASE(threads_share_a_directory_by_count), TEST_CASE(permissions_follow_the_table),
          TEST_CASE(an_own_draft_is_controlled_and_anothers_is_not),
          TEST_CASE(a_run_is_seen_by_its_starter_and_by_who_has_or_had_a_task_in_it),
          TEST_CASE(a_filter_asks_for_ones_own_tasks_unless_all_are_allowed),
          TEST_CASE(what_is_sealed_opens_with_its_key_and_its_run_only),
          TEST_CASE(a_token_that_was_changed_cut_or_made_up_opens_nothing),
          TEST_CASE(the_docs_show_the_table_of_permissions))
