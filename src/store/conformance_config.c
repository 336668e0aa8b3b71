/* Definitions, idempotency keys, tenants, people and the tenants' own history. */
#include "base/limits.h"
#include "store/conformance.h"

static void put_definition(struct pawl_store_case *c, const struct pawl_definition_row *row)
{
    struct pawl_head_row head = {
        .tenant = row->tenant, .name = row->name, .current = row->id, .enabled = true};
    struct pawl_batch batch = {.definitions = row,
                               .definition_count = 1,
                               .heads = &head,
                               .head_count = 1,
                               .now = CASE_NOW};
    pawl_case_commit_batch(c, &batch);
}

static void put_head(struct pawl_store_case *c, struct pawl_head_row head)
{
    head.tenant = c->tenant;
    struct pawl_batch batch = {.heads = &head, .head_count = 1, .now = CASE_NOW};
    pawl_case_commit_batch(c, &batch);
}

void a_definition_reads_back_as_it_was_written(struct pawl_store_case *c)
{
    struct pawl_definition_row want = pawl_case_definition(c, "order", 1);
    put_definition(c, &want);

    struct pawl_definition_row row;
    assert_ok(c->read->definition_get(c->reader, c->tenant, want.id, &c->arena, &row, &c->err));

    assert_int_equal(row.id, want.id);
    assert_int_equal(row.tenant, want.tenant);
    assert_int_equal(row.number, want.number);
    assert_int_equal(row.applied_at, want.applied_at);
    assert_true(pawl_str_eq(row.name, want.name));
    assert_true(pawl_str_eq(row.version, want.version));
    assert_true(pawl_str_eq(row.title, want.title));
    assert_true(pawl_str_eq(row.description, want.description));
    assert_true(pawl_str_eq(row.source, want.source));
    assert_true(pawl_str_eq(row.model, want.model));
    assert_true(pawl_str_eq(row.applied_by, want.applied_by));
    assert_memory_equal(row.plan_hash, want.plan_hash, PAWL_HASH_SIZE);
    assert_true(row.enabled && row.current && !row.deleted);
}

static enum pawl_rc find(struct pawl_store_case *c, const char *name, uint32_t number,
                         struct pawl_definition_row *ret_row)
{
    return c->read->definition_find(c->reader, c->tenant, pawl_str_from(name), number, &c->arena,
                                    ret_row, &c->err);
}

void the_head_says_which_version_is_current(struct pawl_store_case *c)
{
    struct pawl_definition_row first = pawl_case_definition(c, "order", 1);
    struct pawl_definition_row second = pawl_case_definition(c, "order", 2);
    put_definition(c, &first);
    put_definition(c, &second);

    struct pawl_definition_row row;
    assert_ok(find(c, "order", 0, &row));
    assert_int_equal(row.id, second.id);
    assert_true(row.current);
    assert_ok(find(c, "order", 1, &row));
    assert_int_equal(row.id, first.id);
    assert_false(row.current);
    assert_int_equal(find(c, "order", 3, &row), PAWL_ENOT_FOUND);
    assert_int_equal(find(c, "orders", 0, &row), PAWL_ENOT_FOUND);

    put_head(
        c, (struct pawl_head_row){.name = PAWL_STR("order"), .current = first.id, .enabled = true});
    assert_ok(find(c, "order", 0, &row));
    assert_int_equal(row.id, first.id);
}

void a_disabled_definition_is_found_and_a_deleted_one_is_not(struct pawl_store_case *c)
{
    struct pawl_definition_row want = pawl_case_definition(c, "order", 1);
    struct pawl_definition_row row;
    struct pawl_definition_row *rows;
    uint32_t count;
    put_definition(c, &want);

    put_head(c, (struct pawl_head_row){.name = PAWL_STR("order"), .current = want.id});
    assert_ok(find(c, "order", 0, &row));
    assert_false(row.enabled);

    put_head(
        c, (struct pawl_head_row){.name = PAWL_STR("order"), .current = want.id, .deleted = true});
    assert_int_equal(find(c, "order", 0, &row), PAWL_ENOT_FOUND);
    assert_ok(c->read->definition_get(c->reader, c->tenant, want.id, &c->arena, &row, &c->err));
    assert_true(row.deleted); /* runs that are pinned to it still find it */
    assert_ok(c->read->definition_list(c->reader, c->tenant, PAWL_STR_NONE, PAWL_STR_NONE, 9,
                                       &c->arena, &rows, &count, &c->err));
    assert_int_equal(count, 0);
}

void definitions_are_listed_by_name_and_versions_newest_first(struct pawl_store_case *c)
{
    static const char *const names[] = {"order", "audit", "refund", "order"};
    pawl_id ids[4];
    for (uint32_t i = 0; i < 4; i++) {
        struct pawl_definition_row row = pawl_case_definition(c, names[i], i == 3 ? 2 : 1);
        put_definition(c, &row);
        ids[i] = row.id;
    }

    struct pawl_definition_row *rows;
    uint32_t count;
    assert_ok(c->read->definition_list(c->reader, c->tenant, PAWL_STR_NONE, PAWL_STR_NONE, 2,
                                       &c->arena, &rows, &count, &c->err));
    assert_int_equal(count, 2);
    assert_str(rows[0].name, "audit");
    assert_int_equal(rows[1].id, ids[3]);
    assert_int_equal(rows[1].source.len + rows[1].model.len, 0);
    assert_ok(c->read->definition_list(c->reader, c->tenant, PAWL_STR_NONE, PAWL_STR("order"), 2,
                                       &c->arena, &rows, &count, &c->err));
    assert_int_equal(count, 1);
    assert_str(rows[0].name, "refund");
    assert_ok(c->read->definition_list(c->reader, c->tenant, PAWL_STR("order"), PAWL_STR_NONE, 9,
                                       &c->arena, &rows, &count, &c->err));
    assert_int_equal(count, 2);
    assert_int_equal(rows[0].id, ids[3]);
    assert_int_equal(rows[1].id, ids[0]);
    assert_false(rows[1].current);
}

void definitions_of_another_tenant_are_not_found(struct pawl_store_case *c)
{
    struct pawl_definition_row want = pawl_case_definition(c, "order", 1);
    struct pawl_definition_row row;
    struct pawl_definition_row *rows;
    uint32_t count = 9;
    put_definition(c, &want);

    assert_int_equal(
        c->read->definition_get(c->reader, c->other, want.id, &c->arena, &row, &c->err),
        PAWL_ENOT_FOUND);
    for (uint32_t number = 0; number < 2; number++) {
        assert_int_equal(c->read->definition_find(c->reader, c->other, PAWL_STR("order"), number,
                                                  &c->arena, &row, &c->err),
                         PAWL_ENOT_FOUND);
    }
    assert_ok(c->read->definition_list(c->reader, c->other, PAWL_STR("order"), PAWL_STR_NONE, 9,
                                       &c->arena, &rows, &count, &c->err));
    assert_int_equal(count, 0);
    assert_ok(c->read->definition_list(c->reader, c->other, PAWL_STR_NONE, PAWL_STR_NONE, 9,
                                       &c->arena, &rows, &count, &c->err));
    assert_int_equal(count, 0);
}

static struct pawl_idempotency_row key_row(struct pawl_store_case *c, uint8_t number)
{
    struct pawl_idempotency_row row = {.tenant = c->tenant,
                                       .expires_at = CASE_NOW + 1000,
                                       .status = 201,
                                       .answer = PAWL_STR("{\"id\":\"run_1\"}")};
    memset(row.key, number, PAWL_HASH_SIZE);
    memset(row.body_hash, number + 1, PAWL_HASH_SIZE);
    return row;
}

static enum pawl_rc key_get(struct pawl_store_case *c, const struct pawl_idempotency_row *row,
                            struct pawl_idempotency_row *ret_row)
{
    return c->read->idempotency_get(c->reader, c->tenant, row->key, &c->arena, ret_row, &c->err);
}

void an_idempotency_key_keeps_its_answer(struct pawl_store_case *c)
{
    struct pawl_idempotency_row want = key_row(c, 1);
    uint32_t none = UINT32_MAX;
    struct pawl_batch batch = {
        .idempotency = &want, .idempotency_count = 1, .idempotency_run = &none, .now = CASE_NOW};
    pawl_case_commit_batch(c, &batch);

    struct pawl_idempotency_row row;
    assert_ok(key_get(c, &want, &row));
    assert_int_equal(row.tenant, want.tenant);
    assert_int_equal(row.expires_at, want.expires_at);
    assert_int_equal(row.status, 201);
    assert_true(pawl_str_eq(row.answer, want.answer));
    assert_memory_equal(row.key, want.key, PAWL_HASH_SIZE);
    assert_memory_equal(row.body_hash, want.body_hash, PAWL_HASH_SIZE);
    assert_int_equal(
        c->read->idempotency_get(c->reader, c->other, want.key, &c->arena, &row, &c->err),
        PAWL_ENOT_FOUND);

    want.status = 409;
    pawl_case_commit_batch(c, &batch);
    assert_ok(key_get(c, &want, &row));
    assert_int_equal(row.status, 409);
}

void the_key_of_a_conflicting_run_is_left_out(struct pawl_store_case *c)
{
    struct pawl_run_write writes[2] = {pawl_case_start(c, c->tenant),
                                       pawl_case_start(c, c->tenant)};
    struct pawl_idempotency_row keys[2] = {key_row(c, 1), key_row(c, 2)};
    uint32_t hangs_on[2] = {1, 0};
    struct pawl_batch batch = {.runs = writes,
                               .run_count = 2,
                               .idempotency = keys,
                               .idempotency_count = 2,
                               .idempotency_run = hangs_on,
                               .now = CASE_NOW};
    writes[1].kind = PAWL_WRITE_UPDATE; /* of a run that is not there */
    writes[1].row.seq = 2;
    writes[1].event.run_seq = 2;
    pawl_case_commit_batch(c, &batch);

    struct pawl_idempotency_row row;
    assert_int_equal(c->outcomes[1], PAWL_RUN_WRITE_CONFLICT);
    assert_int_equal(key_get(c, &keys[0], &row), PAWL_ENOT_FOUND);
    assert_ok(key_get(c, &keys[1], &row));
}

void expired_keys_go_a_few_at_a_time(struct pawl_store_case *c)
{
    enum { KEYS = 200 };
    struct pawl_idempotency_row keys[KEYS];
    uint32_t none[KEYS];
    for (uint32_t i = 0; i < KEYS; i++) {
        keys[i] = key_row(c, (uint8_t)i);
        none[i] = UINT32_MAX;
    }
    struct pawl_batch batch = {
        .idempotency = keys, .idempotency_count = KEYS, .idempotency_run = none, .now = CASE_NOW};
    pawl_case_commit_batch(c, &batch);

    struct pawl_idempotency_row row;
    batch.idempotency_count = 0;
    batch.now = CASE_NOW + 999; /* none has expired yet */
    for (uint32_t i = 0; i < 1000; i++) {
        pawl_case_commit_batch(c, &batch);
    }
    assert_ok(key_get(c, &keys[0], &row));
    batch.now = CASE_NOW + 1000;
    for (uint32_t i = 0; i < 1000; i++) {
        pawl_case_commit_batch(c, &batch);
    }
    for (uint32_t i = 0; i < KEYS; i++) {
        assert_int_equal(key_get(c, &keys[i], &row), PAWL_ENOT_FOUND);
    }
}

void tenants_are_found_by_name(struct pawl_store_case *c)
{
    struct pawl_tenant_row row;
    struct pawl_tenant_row *rows;
    uint32_t count;

    assert_ok(c->read->tenant_find(c->reader, PAWL_STR("other"), &c->arena, &row, &c->err));
    assert_int_equal(row.id, c->other);
    assert_str(row.name, "other");
    assert_int_equal(c->read->tenant_find(c->reader, PAWL_STR("othe"), &c->arena, &row, &c->err),
                     PAWL_ENOT_FOUND);
    assert_ok(c->read->tenant_list(c->reader, &c->arena, &rows, &count, &c->err));
    assert_int_equal(count, 2);
    assert_int_equal(rows[0].id, c->tenant);
    assert_str(rows[0].name, "acme");
}

void users_and_tokens_are_replaced_whole(struct pawl_store_case *c)
{
    static const struct pawl_str roles[] = {PAWL_STR_INIT("finance"), PAWL_STR_INIT("operator")};
    struct pawl_user_row user = {.id = pawl_case_id(c),
                                 .tenant = c->tenant,
                                 .name = PAWL_STR("ann"),
                                 .title = PAWL_STR("Ann A."),
                                 .email = PAWL_STR("ann@example.org"),
                                 .roles = roles,
                                 .role_count = 2,
                                 .admin = true,
                                 .active = true,
                                 .created_at = CASE_NOW};
    struct pawl_token_row token = {.id = pawl_case_id(c),
                                   .tenant = c->tenant,
                                   .user = user.id,
                                   .label = PAWL_STR("laptop"),
                                   .created_at = CASE_NOW,
                                   .expires_at = CASE_NOW + 5};
    memset(token.hash, 0x5a, PAWL_HASH_SIZE);
    struct pawl_batch batch = {
        .users = &user, .user_count = 1, .tokens = &token, .token_count = 1, .now = CASE_NOW};
    pawl_case_commit_batch(c, &batch);
    user.admin = false;
    user.role_count = 1;
    user.name = PAWL_STR("anna");
    token.revoked = true;
    pawl_case_commit_batch(c, &batch);

    struct pawl_user_row *users;
    struct pawl_token_row *tokens;
    uint32_t count;
    assert_ok(c->read->user_list(c->reader, c->tenant, PAWL_STR_NONE, 9, &c->arena, &users,
                                 &count, &c->err));
    assert_int_equal(count, 1);
    assert_str(users[0].name, "anna");
    assert_str(users[0].title, "Ann A.");
    assert_str(users[0].email, "ann@example.org");
    assert_int_equal(users[0].role_count, 1);
    assert_str(users[0].roles[0], "finance");
    assert_true(users[0].active && !users[0].admin);
    assert_int_equal(users[0].created_at, CASE_NOW);
    assert_ok(c->read->token_list(c->reader, c->tenant, 0, 9, &c->arena, &tokens, &count,
                                  &c->err));
    assert_int_equal(count, 1);
    assert_int_equal(tokens[0].user, user.id);
    assert_memory_equal(tokens[0].hash, token.hash, PAWL_HASH_SIZE);
    assert_str(tokens[0].label, "laptop");
    assert_true(tokens[0].revoked);
    assert_int_equal(tokens[0].expires_at, CASE_NOW + 5);
}

void users_and_tokens_of_another_tenant_are_not_listed(struct pawl_store_case *c)
{
    struct pawl_user_row users[2] = {
        {.id = pawl_case_id(c), .tenant = c->tenant, .name = PAWL_STR("ann")},
        {.id = pawl_case_id(c), .tenant = c->other, .name = PAWL_STR("ann")}};
    struct pawl_token_row token = {.id = pawl_case_id(c), .tenant = c->tenant, .user = users[0].id};
    struct pawl_batch batch = {
        .users = users, .user_count = 2, .tokens = &token, .token_count = 1, .now = CASE_NOW};
    pawl_case_commit_batch(c, &batch);

    struct pawl_user_row *rows;
    struct pawl_token_row *tokens;
    uint32_t count;
    assert_ok(c->read->user_list(c->reader, c->other, PAWL_STR_NONE, 9, &c->arena, &rows,
                                 &count, &c->err));
    assert_int_equal(count, 1);
    assert_int_equal(rows[0].id, users[1].id);
    assert_ok(c->read->token_list(c->reader, c->other, 0, 9, &c->arena, &tokens, &count,
                                  &c->err));
    assert_int_equal(count, 0);
}

void users_and_tokens_are_listed_in_pages(struct pawl_store_case *c)
{
    enum { COUNT = 7, LIMIT = 3 };
    static const char *const names[COUNT] = {"gus", "ann", "eve", "bob", "dan", "fay", "cat"};
    static const char *const sorted[COUNT] = {"ann", "bob", "cat", "dan", "eve", "fay", "gus"};
    struct pawl_user_row users[COUNT];
    struct pawl_token_row tokens[COUNT];
    for (uint32_t i = 0; i < COUNT; i++) {
        users[i] = (struct pawl_user_row){
            .id = pawl_case_id(c), .tenant = c->tenant, .name = pawl_str_from(names[i])};
        tokens[i] = (struct pawl_token_row){
            .id = pawl_case_id(c), .tenant = c->tenant, .user = users[i].id, .hash = {(uint8_t)i}};
    }
    struct pawl_batch batch = {.users = users,
                               .user_count = COUNT,
                               .tokens = tokens,
                               .token_count = COUNT,
                               .now = CASE_NOW};
    pawl_case_commit_batch(c, &batch);

    struct pawl_str after = PAWL_STR_NONE;
    pawl_id after_id = 0;
    uint32_t seen = 0;
    for (uint32_t count = LIMIT; count == LIMIT; seen += count) {
        struct pawl_user_row *rows;
        assert_ok(c->read->user_list(c->reader, c->tenant, after, LIMIT, &c->arena, &rows, &count,
                                     &c->err));
        for (uint32_t i = 0; i < count; i++) {
            assert_str(rows[i].name, sorted[seen + i]);
            after = rows[i].name;
        }
    }
    assert_int_equal(seen, COUNT);
    seen = 0;
    for (uint32_t count = LIMIT; count == LIMIT; seen += count) {
        struct pawl_token_row *rows;
        assert_ok(c->read->token_list(c->reader, c->tenant, after_id, LIMIT, &c->arena, &rows,
                                      &count, &c->err));
        for (uint32_t i = 0; i < count; i++) {
            assert_int_equal(rows[i].id, tokens[seen + i].id);
            after_id = rows[i].id;
        }
    }
    assert_int_equal(seen, COUNT);
}

void the_tenants_own_history_is_in_the_log(struct pawl_store_case *c)
{
    struct pawl_event_row event = {.id = pawl_case_id(c),
                                   .tenant = c->tenant,
                                   .at = CASE_NOW,
                                   .actor = PAWL_STR("user:ann"),
                                   .body = PAWL_STR("{\"events\":[]}")};
    struct pawl_batch batch = {.events = &event, .event_count = 1, .now = CASE_NOW};
    pawl_case_commit_batch(c, &batch);

    struct pawl_event_row *rows;
    uint32_t count;
    assert_ok(
        c->read->event_list(c->reader, c->tenant, 0, 0, 9, &c->arena, &rows, &count, &c->err));
    assert_int_equal(count, 1);
    assert_int_equal(rows[0].run, 0);
    assert_int_equal(rows[0].id, event.id);
}
