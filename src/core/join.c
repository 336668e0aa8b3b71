/* The truth table as code: one predicate per line of join_rules.def, tried in order; see
 * join.h. */
#include "core/join.h"

#include "base/panic.h"

struct join_case { /* the letters of the table */
    uint32_t m, l, d, f, o, n;
};

#define PAWL_X(name, join, run_if, verdict, condition)                                             \
    static bool rule_##name(const struct join_case *c)                                             \
    {                                                                                              \
        const uint32_t m = c->m, l = c->l, d = c->d, f = c->f, o = c->o, n = c->n;                 \
        (void)m, (void)l, (void)d, (void)f, (void)o, (void)n;                                      \
        return condition;                                                                          \
    }
#include "core/join_rules.def"
#undef PAWL_X

static const struct join_rule {
    enum pawl_join_kind join;
    enum pawl_run_if run_if;
    enum pawl_verdict verdict;
    bool (*holds)(const struct join_case *c);
} join_rules[] = {
#define PAWL_X(name, join, run_if, verdict, condition)                                             \
    {PAWL_JOIN_##join, PAWL_RUN_IF_##run_if, PAWL_VERDICT_##verdict, rule_##name},
#include "core/join_rules.def"
#undef PAWL_X
};

enum pawl_verdict pawl_join_verdict(const struct pawl_join *join, enum pawl_run_if run_if,
                                    const struct pawl_join_counts *counts)
{
    uint32_t settled = counts->live + counts->dead + counts->failed;
    PAWL_ASSERT(counts->total > 0);
    PAWL_ASSERT(settled <= counts->total);
    struct join_case c = {.m = counts->total,
                          .l = counts->live,
                          .d = counts->dead,
                          .f = counts->failed,
                          .o = counts->total - settled,
                          .n = join->quorum};
    for (size_t i = 0; i < sizeof(join_rules) / sizeof(join_rules[0]); i++) {
        const struct join_rule *rule = &join_rules[i];
        if (rule->join == join->kind && rule->run_if == run_if && rule->holds(&c)) {
            return rule->verdict;
        }
    }
    PAWL_ASSERT(c.o > 0); /* nothing waits once everything has settled */
    return PAWL_VERDICT_WAIT;
}

enum pawl_gate pawl_gate_verdict(uint32_t total, uint32_t open, uint32_t closed, uint32_t failed)
{
    PAWL_ASSERT(open + closed + failed <= total);
    if (total == 0) {
        return PAWL_GATE_NONE;
    }
    if (open > 0) {
        return PAWL_GATE_OPEN;
    }
    if (closed + failed < total) {
        return PAWL_GATE_WAIT;
    }
    return failed > 0 ? PAWL_GATE_FAILED : PAWL_GATE_CLOSED;
}

uint32_t pawl_ballot_quorum(const struct pawl_join *join, uint32_t tasks)
{
    switch (join->kind) {
    case PAWL_JOIN_ALL:
        return tasks;
    case PAWL_JOIN_ANY:
        return 1;
    case PAWL_JOIN_QUORUM:
        return join->percent > 0 ? (join->percent * tasks + 99) / 100 : join->quorum;
    }
    PAWL_UNREACHABLE();
}

enum pawl_ballot pawl_ballot_verdict(const struct pawl_join *join, uint32_t tasks,
                                     uint32_t approved, uint32_t rejected)
{
    PAWL_ASSERT(approved + rejected <= tasks);
    uint32_t needed = pawl_ballot_quorum(join, tasks);
    uint32_t open = tasks - approved - rejected;
    if (approved >= needed) {
        return PAWL_BALLOT_APPROVED;
    }
    return approved + open < needed ? PAWL_BALLOT_REJECTED : PAWL_BALLOT_OPEN;
}
