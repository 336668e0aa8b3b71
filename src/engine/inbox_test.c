/* The inbox by itself: lanes, their shares of a turn and of the room, tenants in turn, closing. */
#include "engine/engine_testing.h"

#include <poll.h>

enum kind { CONTROL, COMPLETION, START };

static void fill(struct pawl_request *request, enum kind kind, pawl_id tenant)
{
    *request = (struct pawl_request){.tenant = tenant, .kind = PAWL_REQUEST_RUN};
    request->command.kind = kind == COMPLETION ? PAWL_COMMAND_ATTEMPT_DONE : PAWL_COMMAND_PAUSE;
    if (kind == START) {
        request->kind = PAWL_REQUEST_RUN_NEW;
        request->command.kind = PAWL_COMMAND_START;
    }
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
        bool internal = kind == PAWL_COMMAND_TIMER || kind == PAWL_COMMAND_CONTINUE ||
                        kind == PAWL_COMMAND_RECOVER || kind == PAWL_COMMAND_ATTEMPT_DONE ||
                        kind == PAWL_COMMAND_PARK;
        assert_int_equal(pawl_inbox_lane_of(&request),
                         internal ? PAWL_LANE_COMPLETION : PAWL_LANE_CONTROL);
    }
}

TEST(control_comes_first_and_one_sender_keeps_its_order)
{
    struct pawl_inbox inbox;
    struct pawl_request requests[9];
    assert_int_equal(pawl_inbox_init(&inbox), PAWL_OK);
    assert_false(is_readable(&inbox));
    for (int i = 0; i < 9; i++) {
        fill(&requests[i], (enum kind)(2 - i % 3), 1);
        assert_int_equal(pawl_inbox_put(&inbox, &requests[i]), PAWL_OK);
    }
    assert_true(is_readable(&inbox));
    static const int order[] = {2, 5, 8, 1, 4, 7, 0, 3, 6};
    const struct pawl_request *at = pawl_inbox_take(&inbox, 256);
    for (int i = 0; i < 9; i++, at = at->next) {
        assert_ptr_equal(at, &requests[order[i]]);
    }
    assert_null(at);
    assert_false(is_readable(&inbox));
    assert_null(pawl_inbox_take(&inbox, 256));
    pawl_inbox_fini(&inbox);
}

TEST(a_flood_in_one_lane_leaves_room_in_the_turn_for_the_others)
{
    enum { FLOOD = 1000 };
    struct pawl_inbox inbox;
    struct pawl_request *requests = calloc(3 * FLOOD, sizeof(*requests));
    uint32_t counts[3] = {0};
    assert_non_null(requests);
    assert_int_equal(pawl_inbox_init(&inbox), PAWL_OK);
    for (int i = 0; i < 3 * FLOOD; i++) {
        fill(&requests[i], (enum kind)(i % 3), 1);
        assert_int_equal(pawl_inbox_put(&inbox, &requests[i]), PAWL_OK);
    }
    for (const struct pawl_request *at = pawl_inbox_take(&inbox, 256); at != NULL; at = at->next) {
        counts[pawl_inbox_lane_of(at)]++;
    }
    assert_int_equal(counts[PAWL_LANE_CONTROL], 192);
    assert_int_equal(counts[PAWL_LANE_COMPLETION], 32);
    assert_int_equal(counts[PAWL_LANE_START], 32);
    assert_true(is_readable(&inbox)); /* more waits */
    assert_int_equal(length(pawl_inbox_close(&inbox)), 3 * FLOOD - 256);
    pawl_inbox_fini(&inbox);
    free(requests);
}

TEST(tenants_of_a_lane_are_served_in_turn)
{
    enum { EACH = 30 };
    struct pawl_inbox inbox;
    struct pawl_request loud[EACH], quiet[3];
    assert_int_equal(pawl_inbox_init(&inbox), PAWL_OK);
    for (int i = 0; i < EACH; i++) {
        fill(&loud[i], START, 5);
        assert_int_equal(pawl_inbox_put(&inbox, &loud[i]), PAWL_OK);
    }
    for (int i = 0; i < 3; i++) {
        fill(&quiet[i], START, 6);
        assert_int_equal(pawl_inbox_put(&inbox, &quiet[i]), PAWL_OK);
    }
    uint32_t of_quiet = 0;
    for (const struct pawl_request *at = pawl_inbox_take(&inbox, 6); at != NULL; at = at->next) {
        of_quiet += at->tenant == 6;
    }
    assert_int_equal(of_quiet, 3);
    assert_int_equal(length(pawl_inbox_close(&inbox)), EACH - 3);
    pawl_inbox_fini(&inbox);
}

TEST(starts_are_refused_first_completions_never)
{
    struct pawl_inbox inbox;
    size_t size = (size_t)PAWL_QUEUE_COMMANDS_MAX + 8;
    struct pawl_request *requests = calloc(size, sizeof(*requests));
    size_t used = 0;
    assert_non_null(requests);
    assert_int_equal(pawl_inbox_init(&inbox), PAWL_OK);
    for (;; used++) {
        fill(&requests[used], START, 1);
        if (pawl_inbox_put(&inbox, &requests[used]) != PAWL_OK) {
            break;
        }
    }
    assert_int_equal(used, PAWL_QUEUE_COMMANDS_MAX / 2);
    for (;; used++) {
        fill(&requests[used], CONTROL, 1);
        if (pawl_inbox_put(&inbox, &requests[used]) != PAWL_OK) {
            break;
        }
    }
    assert_int_equal(used, PAWL_QUEUE_COMMANDS_MAX / 4 * 3);
    for (; used < size; used++) {
        fill(&requests[used], COMPLETION, 1);
        assert_int_equal(pawl_inbox_put(&inbox, &requests[used]), PAWL_OK);
    }
    assert_int_equal(length(pawl_inbox_close(&inbox)), size);
    pawl_inbox_fini(&inbox);
    free(requests);
}

TEST(a_closed_inbox_takes_nothing_more)
{
    struct pawl_inbox inbox;
    struct pawl_request request;
    assert_int_equal(pawl_inbox_init(&inbox), PAWL_OK);
    assert_null(pawl_inbox_close(&inbox));
    for (int kind = CONTROL; kind <= START; kind++) {
        fill(&request, (enum kind)kind, 1);
        assert_int_equal(pawl_inbox_put(&inbox, &request), PAWL_EBUSY);
    }
    pawl_inbox_fini(&inbox);
}

TEST_MAIN(TEST_CASE(every_command_has_its_lane),
          TEST_CASE(control_comes_first_and_one_sender_keeps_its_order),
          TEST_CASE(a_flood_in_one_lane_leaves_room_in_the_turn_for_the_others),
          TEST_CASE(tenants_of_a_lane_are_served_in_turn),
          TEST_CASE(starts_are_refused_first_completions_never),
          TEST_CASE(a_closed_inbox_takes_nothing_more))
