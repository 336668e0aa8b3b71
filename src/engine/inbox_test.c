/* The inbox by itself: lanes and tenants share by cost, who comes late waits for nobody's queue,
 * what is refused and what never, due wakes, closing. Time and costs are the test's. */
#include "engine/engine_testing.h"

#include <poll.h>

enum kind { CONTROL, COMPLETION, START, CONTINUE, KINDS };

enum { MS = 1000 * 1000 };

static void fill(struct pawl_request *request, enum kind kind, pawl_id tenant)
{
    static const enum pawl_command_kind kinds[KINDS] = {PAWL_COMMAND_PAUSE,
                                                        PAWL_COMMAND_ATTEMPT_DONE,
                                                        PAWL_COMMAND_START, PAWL_COMMAND_CONTINUE};
    *request = (struct pawl_request){.tenant = tenant, .kind = PAWL_REQUEST_RUN};
    request->command.kind = kinds[kind];
    request->kind = kind == START ? PAWL_REQUEST_RUN_NEW : PAWL_REQUEST_RUN;
}

static void init(struct pawl_inbox *inbox)
{
    assert_int_equal(pawl_inbox_init(inbox, pawl_alloc_heap()), PAWL_OK);
}

static void put(struct pawl_inbox *inbox, struct pawl_request *request, enum kind kind,
                pawl_id tenant)
{
    fill(request, kind, tenant);
    assert_int_equal(pawl_inbox_put(inbox, request, 0), PAWL_OK);
}

static uint32_t length(const struct pawl_request *list)
{
    uint32_t count = 0;
    for (; list != NULL; list = list->next) {
        count++;
    }
    return count;
}

static bool is_readable(const struct pawl_inbox *inbox)
{
    struct pollfd poll_fd = {.fd = inbox->event_fd, .events = POLLIN};
    return poll(&poll_fd, 1, 0) == 1;
}

TEST(every_command_has_its_lane)
{
    struct pawl_request request = {.kind = PAWL_REQUEST_TASK};
    assert_int_equal(pawl_inbox_lane_of(&request), PAWL_LANE_CONTROL);
    request.kind = PAWL_REQUEST_APPLY;
    assert_int_equal(pawl_inbox_lane_of(&request), PAWL_LANE_CONTROL);
    request.kind = PAWL_REQUEST_RUN_NEW;
    assert_int_equal(pawl_inbox_lane_of(&request), PAWL_LANE_START);
    request.kind = PAWL_REQUEST_RUN;
    for (unsigned kind = 0; kind < PAWL_COMMAND_COUNT; kind++) {
        request.command.kind = (enum pawl_command_kind)kind;
        bool internal = kind == PAWL_COMMAND_TIMER || kind == PAWL_COMMAND_RECOVER ||
                        kind == PAWL_COMMAND_ATTEMPT_DONE || kind == PAWL_COMMAND_PARK;
        assert_int_equal(pawl_inbox_lane_of(&request), kind == PAWL_COMMAND_CONTINUE
                                                           ? PAWL_LANE_CONTINUE
                                                       : internal ? PAWL_LANE_COMPLETION
                                                                  : PAWL_LANE_CONTROL);
    }
}

TEST(control_comes_first_and_one_sender_keeps_its_order)
{
    struct pawl_inbox inbox;
    struct pawl_request requests[9];
    struct pawl_inbox_work work;
    init(&inbox);
    assert_false(is_readable(&inbox));
    for (int i = 0; i < 9; i++) {
        put(&inbox, &requests[i], (enum kind)(2 - i % 3), 1);
    }
    assert_true(is_readable(&inbox));
    static const int order[] = {2, 5, 8, 1, 4, 7, 0, 3, 6};
    for (int i = 0; i < 9; i++) {
        assert_true(pawl_inbox_take(&inbox, 0, &work));
        assert_ptr_equal(work.request, &requests[order[i]]);
    }
    assert_true(is_readable(&inbox)); /* until it is seen to be empty */
    assert_false(pawl_inbox_take(&inbox, 0, &work));
    assert_false(is_readable(&inbox));
    pawl_inbox_fini(&inbox);
}

TEST(full_lanes_share_the_engine_by_cost)
{
    enum { FLOOD = 1000, TAKEN = 1100 };
    struct pawl_inbox inbox;
    struct pawl_request *requests = calloc(KINDS * FLOOD, sizeof(*requests));
    struct pawl_inbox_work work;
    uint64_t costs[PAWL_LANE_COUNT] = {0};
    assert_non_null(requests);
    init(&inbox);
    for (int i = 0; i < KINDS * FLOOD; i++) {
        put(&inbox, &requests[i], (enum kind)(i % KINDS), 1);
    }
    for (int i = 0; i < TAKEN; i++) {
        assert_true(pawl_inbox_take(&inbox, 0, &work));
        uint64_t cost = work.lane == PAWL_LANE_CONTINUE ? 3000 : 500; /* heavier ones are fewer */
        costs[work.lane] += cost;
        pawl_inbox_charge(&inbox, work.lane, 1, cost);
    }
    uint64_t share = costs[PAWL_LANE_CONTINUE] / 2; /* weights 8, 8, 4, 2 */
    assert_in_range(costs[PAWL_LANE_CONTROL], share * 8 - 16000, share * 8 + 16000);
    assert_in_range(costs[PAWL_LANE_COMPLETION], share * 8 - 16000, share * 8 + 16000);
    assert_in_range(costs[PAWL_LANE_START], share * 4 - 16000, share * 4 + 16000);
    assert_int_equal(length(pawl_inbox_close(&inbox)), KINDS * FLOOD - TAKEN);
    pawl_inbox_fini(&inbox);
    free(requests);
}

TEST(tenants_of_a_lane_share_it_by_cost_not_by_number)
{
    enum { EACH = 300, TAKEN = 220 };
    struct pawl_inbox inbox;
    static struct pawl_request dear[EACH], cheap[EACH];
    struct pawl_inbox_work work;
    uint32_t counts[2] = {0};
    init(&inbox);
    for (int i = 0; i < EACH; i++) {
        put(&inbox, &dear[i], CONTROL, 5);
        put(&inbox, &cheap[i], CONTROL, 6);
    }
    for (int i = 0; i < TAKEN; i++) {
        assert_true(pawl_inbox_take(&inbox, 0, &work));
        counts[work.tenant - 5]++;
        pawl_inbox_charge(&inbox, work.lane, work.tenant, work.tenant == 5 ? 10000 : 1000);
    }
    assert_in_range(counts[0], 19, 21);
    assert_in_range(counts[1], 199, 201);
    assert_int_equal(length(pawl_inbox_close(&inbox)), 2 * EACH - TAKEN);
    pawl_inbox_fini(&inbox);
}

/* The same in another lane: what is dear there counts here. */
TEST(who_comes_late_is_next_whatever_waits_for_others)
{
    enum { FLOOD = 500 };
    struct pawl_inbox inbox;
    static struct pawl_request flood[FLOOD];
    struct pawl_request late, later;
    struct pawl_inbox_work work;
    init(&inbox);
    for (int i = 0; i < FLOOD; i++) {
        put(&inbox, &flood[i], i % 2 == 0 ? CONTINUE : START, 7);
    }
    for (int i = 0; i < 100; i++) {
        assert_true(pawl_inbox_take(&inbox, 0, &work));
        pawl_inbox_charge(&inbox, work.lane, work.tenant, 5 * MS);
    }
    put(&inbox, &later, START, 8);
    put(&inbox, &late, CONTROL, 8);
    assert_true(pawl_inbox_take(&inbox, 0, &work));
    assert_ptr_equal(work.request, &late);
    pawl_inbox_charge(&inbox, work.lane, work.tenant, MS);
    bool seen = false;
    for (int i = 0; i < 3 && !seen; i++) {
        assert_true(pawl_inbox_take(&inbox, 0, &work));
        seen = work.request == &later;
        pawl_inbox_charge(&inbox, work.lane, work.tenant, 5 * MS);
    }
    assert_true(seen);
    assert_true(length(pawl_inbox_close(&inbox)) > FLOOD / 2);
    pawl_inbox_fini(&inbox);
}

TEST(idleness_saves_nothing_up)
{
    enum { EACH = 100 };
    struct pawl_inbox inbox;
    static struct pawl_request busy[2 * EACH], idle[EACH];
    struct pawl_inbox_work work;
    uint32_t of_busy = 0;
    init(&inbox);
    for (int i = 0; i < 2 * EACH; i++) {
        put(&inbox, &busy[i], START, 1);
    }
    for (int i = 0; i < EACH; i++) {
        assert_true(pawl_inbox_take(&inbox, 0, &work));
        pawl_inbox_charge(&inbox, work.lane, work.tenant, MS);
    }
    for (int i = 0; i < EACH; i++) {
        put(&inbox, &idle[i], START, 2); /* it has cost nothing so far */
    }
    for (int i = 0; i < EACH; i++) {
        assert_true(pawl_inbox_take(&inbox, 0, &work));
        of_busy += work.tenant == 1;
        pawl_inbox_charge(&inbox, work.lane, work.tenant, MS);
    }
    assert_in_range(of_busy, EACH / 2 - 1, EACH / 2 + 1);
    assert_int_equal(length(pawl_inbox_close(&inbox)), EACH);
    pawl_inbox_fini(&inbox);
}

/* No two share a queue: not those whose ids are alike in their low bits, nor very many. */
TEST(every_tenant_has_a_queue_of_its_own)
{
    enum { TENANTS = 3000, LOUD = 200 };
    struct pawl_inbox inbox;
    struct pawl_request *requests = calloc(TENANTS + LOUD, sizeof(*requests));
    bool *seen = calloc(TENANTS, sizeof(*seen));
    struct pawl_inbox_work work;
    assert_true(requests != NULL && seen != NULL);
    init(&inbox);
    for (int i = 0; i < LOUD; i++) {
        put(&inbox, &requests[TENANTS + i], CONTROL, 64);
    }
    for (int i = 0; i < TENANTS; i++) {
        put(&inbox, &requests[i], CONTROL, (pawl_id)64 * (i + 1));
    }
    for (int i = 0; i < TENANTS; i++) { /* one of each before the second of any */
        assert_true(pawl_inbox_take(&inbox, 0, &work));
        assert_false(seen[work.tenant / 64 - 1]);
        seen[work.tenant / 64 - 1] = true;
        pawl_inbox_charge(&inbox, work.lane, work.tenant, 1000);
    }
    assert_int_equal(length(pawl_inbox_close(&inbox)), LOUD);
    pawl_inbox_fini(&inbox);
    free(requests);
    free(seen);
}

TEST(a_start_behind_an_old_one_of_its_tenant_is_refused_and_nothing_else)
{
    struct pawl_inbox inbox;
    struct pawl_request first, late, of_other, decision, done;
    struct pawl_inbox_work work;
    init(&inbox);
    inbox.age_max = 250 * (uint64_t)MS;
    fill(&first, START, 1);
    assert_int_equal(pawl_inbox_put(&inbox, &first, 1000 * (uint64_t)MS), PAWL_OK);
    fill(&late, START, 1);
    assert_int_equal(pawl_inbox_put(&inbox, &late, 1251 * (uint64_t)MS), PAWL_EBUSY);
    fill(&of_other, START, 2);
    assert_int_equal(pawl_inbox_put(&inbox, &of_other, 1251 * (uint64_t)MS), PAWL_OK);
    fill(&decision, CONTROL, 1);
    assert_int_equal(pawl_inbox_put(&inbox, &decision, 9000 * (uint64_t)MS), PAWL_OK);
    fill(&done, COMPLETION, 1);
    assert_int_equal(pawl_inbox_put(&inbox, &done, 9000 * (uint64_t)MS), PAWL_OK);
    for (int i = 0; i < 4; i++) {
        assert_true(pawl_inbox_take(&inbox, 9000 * (uint64_t)MS, &work));
    }
    assert_int_equal(pawl_inbox_put(&inbox, &late, 9001 * (uint64_t)MS), PAWL_OK);
    assert_int_equal(length(pawl_inbox_close(&inbox)), 1);
    pawl_inbox_fini(&inbox);
}

TEST(when_to_come_again_follows_from_how_fast_starts_go)
{
    enum { WAITING = 100 };
    struct pawl_inbox inbox;
    static struct pawl_request requests[WAITING];
    struct pawl_inbox_work work;
    init(&inbox);
    assert_int_equal(pawl_inbox_retry_after(&inbox, 1), 1);
    for (int i = 0; i < WAITING; i++) {
        put(&inbox, &requests[i], START, 1);
    }
    for (uint64_t i = 1; i <= 10; i++) { /* ten a second: 90 wait */
        assert_true(pawl_inbox_take(&inbox, i * 100 * MS, &work));
    }
    assert_in_range(pawl_inbox_retry_after(&inbox, 1), 9, 10);
    assert_int_equal(pawl_inbox_retry_after(&inbox, 2), 1);
    assert_int_equal(length(pawl_inbox_close(&inbox)), WAITING - 10);
    pawl_inbox_fini(&inbox);
}

TEST(starts_are_refused_first_completions_never_and_who_has_little_gets_in)
{
    struct pawl_inbox inbox;
    size_t size = (size_t)PAWL_QUEUE_COMMANDS_MAX + 8;
    struct pawl_request *requests = calloc(size, sizeof(*requests));
    size_t used = 0;
    assert_non_null(requests);
    init(&inbox);
    for (;; used++) {
        fill(&requests[used], START, 1);
        if (pawl_inbox_put(&inbox, &requests[used], 0) != PAWL_OK) {
            break;
        }
    }
    assert_int_equal(used, PAWL_QUEUE_COMMANDS_MAX / 2);
    put(&inbox, &requests[used++], START, 2);
    for (;; used++) {
        fill(&requests[used], CONTROL, 1);
        if (pawl_inbox_put(&inbox, &requests[used], 0) != PAWL_OK) {
            break;
        }
    }
    assert_int_equal(used, PAWL_QUEUE_COMMANDS_MAX / 4 * 3);
    put(&inbox, &requests[used++], CONTROL, 2);
    for (; used < PAWL_QUEUE_COMMANDS_MAX; used++) {
        put(&inbox, &requests[used], COMPLETION, 1);
    }
    fill(&requests[used], CONTROL, 3);
    assert_int_equal(pawl_inbox_put(&inbox, &requests[used], 0), PAWL_EBUSY);
    for (; used < size; used++) {
        put(&inbox, &requests[used], used % 2 == 0 ? COMPLETION : CONTINUE, 1);
    }
    assert_int_equal(length(pawl_inbox_close(&inbox)), size);
    pawl_inbox_fini(&inbox);
    free(requests);
}

TEST(due_wakes_wait_in_a_lane_of_their_own_a_queue_a_tenant)
{
    enum { LOUD = 5000 };
    struct pawl_inbox inbox;
    struct pawl_wake *loud = calloc(LOUD, sizeof(*loud));
    const struct pawl_wake quiet[2] = {{9, 1, 2}, {9, 2, 2}};
    struct pawl_request decision;
    struct pawl_inbox_work work;
    pawl_id next[3] = {0, 0, 1};
    uint32_t of_quiet = 0;
    assert_non_null(loud);
    init(&inbox);
    for (int i = 0; i < LOUD; i++) {
        loud[i] = (struct pawl_wake){.at = 1, .run = i, .tenant = 1};
    }
    assert_int_equal(pawl_inbox_put_due(&inbox, loud, LOUD), LOUD);
    assert_int_equal(pawl_inbox_put_due(&inbox, quiet, 2), 2);
    put(&inbox, &decision, CONTROL, 1);
    assert_true(pawl_inbox_take(&inbox, 0, &work));
    assert_ptr_equal(work.request, &decision);
    for (int i = 0; i < LOUD + 2; i++) {
        assert_true(pawl_inbox_take(&inbox, 0, &work));
        assert_int_equal(work.lane, PAWL_LANE_DUE);
        assert_null(work.request);
        assert_int_equal(work.wake.run, next[work.tenant]++); /* each in its order */
        of_quiet += i < 5 && work.tenant == 2;
        pawl_inbox_charge(&inbox, work.lane, work.tenant, 1000);
    }
    assert_int_equal(of_quiet, 2);
    assert_false(pawl_inbox_take(&inbox, 0, &work));
    for (uint32_t left = PAWL_WAKES_MAX; left > 0;) { /* no more than there may be */
        uint32_t count = left < LOUD ? left : LOUD;
        assert_int_equal(pawl_inbox_put_due(&inbox, loud, count), count);
        left -= count;
    }
    assert_int_equal(pawl_inbox_put_due(&inbox, quiet, 2), 0);
    assert_null(pawl_inbox_close(&inbox));
    pawl_inbox_fini(&inbox);
    free(loud);
}

TEST(without_memory_tenants_share_a_queue_and_nothing_is_lost)
{
    struct pawl_alloc_fault fault;
    struct pawl_request requests[40];
    for (uint64_t fail = 1; fail < 20; fail++) {
        struct pawl_inbox inbox;
        pawl_alloc_fault_init(&fault, fail, -1);
        if (pawl_inbox_init(&inbox, &fault.alloc) != PAWL_OK) {
            assert_int_equal(fault.live, 0);
            continue;
        }
        for (int i = 0; i < 40; i++) {
            put(&inbox, &requests[i], (enum kind)(i % KINDS), i);
        }
        const struct pawl_wake wake = {1, 1, 77};
        uint32_t due = pawl_inbox_put_due(&inbox, &wake, 1);
        struct pawl_inbox_work work;
        uint32_t taken = 0;
        while (pawl_inbox_take(&inbox, 0, &work)) {
            pawl_inbox_charge(&inbox, work.lane, work.tenant, 100);
            taken++;
        }
        assert_int_equal(taken, 40 + due);
        pawl_inbox_fini(&inbox);
        assert_int_equal(fault.live, 0);
    }
}

TEST(a_closed_inbox_takes_nothing_more)
{
    struct pawl_inbox inbox;
    struct pawl_request request;
    init(&inbox);
    assert_null(pawl_inbox_close(&inbox));
    for (int kind = CONTROL; kind < KINDS; kind++) {
        fill(&request, (enum kind)kind, 1);
        assert_int_equal(pawl_inbox_put(&inbox, &request, 0), PAWL_EBUSY);
    }
    pawl_inbox_fini(&inbox);
}

TEST_MAIN(TEST_CASE(every_command_has_its_lane),
          TEST_CASE(control_comes_first_and_one_sender_keeps_its_order),
          TEST_CASE(full_lanes_share_the_engine_by_cost),
          TEST_CASE(tenants_of_a_lane_share_it_by_cost_not_by_number),
          TEST_CASE(who_comes_late_is_next_whatever_waits_for_others),
          TEST_CASE(idleness_saves_nothing_up),
          TEST_CASE(every_tenant_has_a_queue_of_its_own),
          TEST_CASE(a_start_behind_an_old_one_of_its_tenant_is_refused_and_nothing_else),
          TEST_CASE(when_to_come_again_follows_from_how_fast_starts_go),
          TEST_CASE(starts_are_refused_first_completions_never_and_who_has_little_gets_in),
          TEST_CASE(due_wakes_wait_in_a_lane_of_their_own_a_queue_a_tenant),
          TEST_CASE(without_memory_tenants_share_a_queue_and_nothing_is_lost),
          TEST_CASE(a_closed_inbox_takes_nothing_more))
