/* The truth table of joins, tried whole up to five dependencies: every set of edge values, in
 * every order of arrival, for every join and run_if, gives one verdict; and nothing waits once
 * all have settled. */
#include "base/test.h"
#include "core/join.h"

enum { DEPS_MAX = 5 };
enum value { LIVE, DEAD, FAILED, VALUES };

static void count(struct pawl_join_counts *counts, enum value value)
{
    uint32_t *counters[VALUES] = {&counts->live, &counts->dead, &counts->failed};
    (*counters[value])++;
}

/* The first verdict but WAIT as the values arrive in that order. */
static enum pawl_verdict arrive(const struct pawl_join *join, enum pawl_run_if run_if,
                                const enum value *values, const uint32_t *order, uint32_t m)
{
    struct pawl_join_counts counts = {.total = m};
    enum pawl_verdict verdict = pawl_join_verdict(join, run_if, &counts);
    for (uint32_t i = 0; i < m && verdict == PAWL_VERDICT_WAIT; i++) {
        count(&counts, values[order[i]]);
        verdict = pawl_join_verdict(join, run_if, &counts);
    }
    return verdict;
}

static bool next_order(uint32_t *order, uint32_t m)
{
    uint32_t i = m - 1;
    while (i > 0 && order[i - 1] > order[i]) {
        i--;
    }
    if (i == 0) {
        return false;
    }
    uint32_t k = m - 1;
    while (order[k] < order[i - 1]) {
        k--;
    }
    uint32_t swap = order[i - 1];
    order[i - 1] = order[k];
    order[k] = swap;
    for (uint32_t a = i, b = m - 1; a < b; a++, b--) {
        swap = order[a];
        order[a] = order[b];
        order[b] = swap;
    }
    return true;
}

/* What part 2 of the semantics says of values that have all arrived. */
static enum pawl_verdict expected(const struct pawl_join *join, enum pawl_run_if run_if,
                                  const enum value *values, uint32_t m)
{
    struct pawl_join_counts c = {.total = m};
    for (uint32_t i = 0; i < m; i++) {
        count(&c, values[i]);
    }
    uint32_t counted = (run_if != PAWL_RUN_IF_FAILURE ? c.live : 0) +
                       (run_if != PAWL_RUN_IF_SUCCESS ? c.failed : 0);
    uint32_t needed = join->kind == PAWL_JOIN_QUORUM ? join->quorum : 1;
    bool spoilt = join->kind == PAWL_JOIN_ALL && run_if == PAWL_RUN_IF_SUCCESS && c.failed > 0;
    if (c.dead == m) {
        return PAWL_VERDICT_NOT_TAKEN; /* dead wins (D10) */
    }
    if (counted >= needed && !spoilt) {
        return PAWL_VERDICT_READY;
    }
    if (run_if == PAWL_RUN_IF_SUCCESS && c.failed > 0) {
        return PAWL_VERDICT_UPSTREAM_FAILED;
    }
    return run_if == PAWL_RUN_IF_FAILURE ? PAWL_VERDICT_RUN_IF_NOT_MET : PAWL_VERDICT_NOT_TAKEN;
}

static void try_orders(const struct pawl_join *join, enum pawl_run_if run_if,
                       const enum value *values, uint32_t m)
{
    uint32_t order[DEPS_MAX] = {0, 1, 2, 3, 4};
    enum pawl_verdict verdict = expected(join, run_if, values, m);
    do {
        assert_int_equal(arrive(join, run_if, values, order, m), verdict);
    } while (next_order(order, m));
}

static void try_values(const struct pawl_join *join, uint32_t m)
{
    uint32_t sets = 1;
    for (uint32_t i = 0; i < m; i++) {
        sets *= VALUES;
    }
    for (uint32_t set = 0; set < sets; set++) {
        enum value values[DEPS_MAX];
        for (uint32_t i = 0, rest = set; i < m; i++, rest /= VALUES) {
            values[i] = (enum value)(rest % VALUES);
        }
        for (int run_if = PAWL_RUN_IF_SUCCESS; run_if <= PAWL_RUN_IF_ALWAYS; run_if++) {
            try_orders(join, (enum pawl_run_if)run_if, values, m);
        }
    }
}

TEST(all_and_any_give_one_verdict_in_every_order)
{
    for (uint32_t m = 1; m <= DEPS_MAX; m++) {
        try_values(&(struct pawl_join){.kind = PAWL_JOIN_ALL}, m);
        try_values(&(struct pawl_join){.kind = PAWL_JOIN_ANY}, m);
    }
}

TEST(a_quorum_gives_one_verdict_in_every_order)
{
    for (uint32_t m = 1; m <= DEPS_MAX; m++) {
        for (uint32_t n = 1; n <= m; n++) {
            try_values(&(struct pawl_join){.kind = PAWL_JOIN_QUORUM, .quorum = n}, m);
        }
    }
}

TEST(a_gate_opens_with_the_first_and_closes_with_the_last)
{
    assert_int_equal(pawl_gate_verdict(0, 0, 0, 0), PAWL_GATE_NONE);
    assert_int_equal(pawl_gate_verdict(2, 0, 1, 0), PAWL_GATE_WAIT);
    assert_int_equal(pawl_gate_verdict(2, 1, 0, 0), PAWL_GATE_OPEN);
    assert_int_equal(pawl_gate_verdict(2, 1, 1, 0), PAWL_GATE_OPEN);
    assert_int_equal(pawl_gate_verdict(2, 0, 2, 0), PAWL_GATE_CLOSED);
    assert_int_equal(pawl_gate_verdict(2, 0, 1, 1), PAWL_GATE_FAILED);
}

/* Approvals settle as soon as they can, and never otherwise. */
static void try_ballots(const struct pawl_join *join, uint32_t m)
{
    uint32_t needed = pawl_ballot_quorum(join, m);
    for (uint32_t approved = 0; approved <= m; approved++) {
        for (uint32_t rejected = 0; approved + rejected <= m; rejected++) {
            enum pawl_ballot verdict = pawl_ballot_verdict(join, m, approved, rejected);
            bool can = m - rejected >= needed;
            enum pawl_ballot right = approved >= needed ? PAWL_BALLOT_APPROVED
                                     : can              ? PAWL_BALLOT_OPEN
                                                        : PAWL_BALLOT_REJECTED;
            assert_int_equal(verdict, right);
        }
    }
}

TEST(approvals_settle_as_soon_as_they_can)
{
    for (uint32_t m = 1; m <= DEPS_MAX; m++) {
        try_ballots(&(struct pawl_join){.kind = PAWL_JOIN_ALL}, m);
        try_ballots(&(struct pawl_join){.kind = PAWL_JOIN_ANY}, m);
        for (uint32_t n = 1; n <= m; n++) {
            try_ballots(&(struct pawl_join){.kind = PAWL_JOIN_QUORUM, .quorum = n}, m);
        }
        try_ballots(&(struct pawl_join){.kind = PAWL_JOIN_QUORUM, .percent = 60}, m);
    }
}

TEST(a_percentage_rounds_up)
{
    const struct pawl_join join = {.kind = PAWL_JOIN_QUORUM, .percent = 60};
    assert_int_equal(pawl_ballot_quorum(&join, 3), 2);
    assert_int_equal(pawl_ballot_quorum(&join, 5), 3);
    assert_int_equal(pawl_ballot_quorum(&join, 1), 1);
}

TEST_MAIN(TEST_CASE(all_and_any_give_one_verdict_in_every_order),
          TEST_CASE(a_quorum_gives_one_verdict_in_every_order),
          TEST_CASE(a_gate_opens_with_the_first_and_closes_with_the_last),
          TEST_CASE(approvals_settle_as_soon_as_they_can), TEST_CASE(a_percentage_rounds_up))
