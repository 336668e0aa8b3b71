/* Commands of scenarios.
 *
 *   start | draft | submit | update_inputs | delete_draft
 *       inputs=JSON by= key= hold start_at=1h labels=JSON priority=N
 *   pause | resume [extend] | cancel | terminate | retry [STEP] | next | continue | crash
 *       by= comment= version=N
 *   park [lost] code= message=       lost: the process that carried out attempts is gone
 *   signal NAME data=JSON
 *   claim | release | approve | reject | send_back | delegate | complete TASK
 *       by= comment= to= form=JSON version=N; TASK is t1, t2, ... or a step with one open task
 *   STEP ok [JSON] | STEP bad [CODE] [after=1s] [no_effect|unknown|final] | STEP timeout
 *   STEP put_back [WHY] [after=1s]: it never began
 *   STEP late N (ok|bad|put_back)
 *   advance DURATION | show | effects | lose_key | find_key
 *   grep TEXT        where it stands: in the log, the state, the pages
 *
 * Values with blanks stand in JSON or quotes. Actions named ok and bad answer by themselves, at
 * once, after the command; hold and once wait for their line. */
#include "script.h"

#include <stdlib.h>

#include "base/duration.h"
#include "core/run_page.h"
#include "value/json.h"

enum { WORDS_MAX = 16, AUTO_MAX = 5000 };

struct words {
    struct pawl_str items[WORDS_MAX];
    uint32_t count;
};

/* ---- reading a line ---------------------------------------------------------------------- */

/* Blanks separate words but inside quotes, brackets and braces. */
static struct words split(struct pawl_str line)
{
    struct words words = {.count = 0};
    size_t i = 0;
    while (i < line.len && words.count < WORDS_MAX) {
        while (i < line.len && line.ptr[i] == ' ') {
            i++;
        }
        size_t from = i;
        int depth = 0;
        bool quoted = false;
        for (; i < line.len && (line.ptr[i] != ' ' || depth > 0 || quoted); i++) {
            char c = line.ptr[i];
            quoted = c == '"' ? !quoted : quoted;
            depth += !quoted && (c == '{' || c == '[') ? 1 : 0;
            depth -= !quoted && (c == '}' || c == ']') ? 1 : 0;
        }
        if (i > from) {
            words.items[words.count++] = pawl_str_sub(line, from, i - from);
        }
    }
    return words;
}

static struct pawl_str unquote(struct pawl_str text)
{
    bool quoted = text.len >= 2 && text.ptr[0] == '"' && text.ptr[text.len - 1] == '"';
    return quoted ? pawl_str_sub(text, 1, text.len - 2) : text;
}

/* The value of key=…; NONE when it is not there. */
static struct pawl_str option(const struct words *words, const char *key)
{
    size_t len = strlen(key);
    for (uint32_t i = 1; i < words->count; i++) {
        struct pawl_str word = words->items[i];
        if (word.len > len && memcmp(word.ptr, key, len) == 0 && word.ptr[len] == '=') {
            return unquote(pawl_str_sub(word, len + 1, word.len));
        }
    }
    return PAWL_STR_NONE;
}

static bool has_word(const struct words *words, const char *word)
{
    for (uint32_t i = 1; i < words->count; i++) {
        if (pawl_str_is(words->items[i], word)) {
            return true;
        }
    }
    return false;
}

static const struct pawl_val *json(struct world *world, struct pawl_str text)
{
    const struct pawl_val *val = NULL;
    struct pawl_err err;
    if (text.ptr == NULL ||
        pawl_json_parse(&world->arena, text, PAWL_JSON_COPY, NULL, &val, &err) != PAWL_OK) {
        return NULL;
    }
    return val;
}

static int64_t duration(struct pawl_str text)
{
    pawl_dur dur = 0;
    struct pawl_err err;
    return text.len > 0 && pawl_dur_parse(text, &dur, &err) == PAWL_OK ? dur : 0;
}

/* ---- deciding and telling ---------------------------------------------------------------- */

static void decide(struct trace *trace, struct world *world, struct pawl_command *command,
                   bool quiet)
{
    struct world_turn turn = world_decide(world, command);
    if (turn.rc != PAWL_OK) {
        pawl_buf_printf(&trace->out, "! %s %s\n", pawl_rc_code(turn.rc), turn.err.msg);
        return;
    }
    if (turn.event_count == 0 && !quiet) {
        pawl_buf_put_cstr(&trace->out, "~ nothing to do\n");
    }
    for (uint32_t i = 0; i < turn.event_count; i++) {
        trace_event(trace, world, &turn.events[i]);
    }
}

static struct pawl_command command_of(enum pawl_command_kind kind)
{
    return (struct pawl_command){.kind = kind, .step = PAWL_STEP_NONE, .actor = {.system = true}};
}

static struct pawl_actor actor(const struct world *world, struct pawl_str name)
{
    const struct world_person *person = world_person(world, name);
    struct pawl_actor who = {.name = name};
    if (person != NULL) {
        who.roles = person->roles;
        who.role_count = person->role_count;
    }
    who.admin = pawl_str_is(name, "admin");
    return who;
}

static void done(struct trace *trace, struct world *world, const struct pawl_effect *effect,
                 const struct pawl_attempt_result *result)
{
    struct pawl_command command = command_of(PAWL_COMMAND_ATTEMPT_DONE);
    command.step = effect->step;
    command.iteration = effect->iteration;
    command.attempt = effect->attempt;
    command.fence = effect->fence;
    command.result = *result;
    decide(trace, world, &command, false);
}

static void effect_del(struct world *world, uint32_t at)
{
    memmove(&world->effects[at], &world->effects[at + 1],
            (world->effect_count - at - 1) * sizeof(world->effects[0]));
    world->effect_count--;
}

/* ok and bad answer, CONTINUE is sent, until nothing happens by itself any more. */
static void settle(struct trace *trace, struct world *world)
{
    for (uint32_t n = 0; n < AUTO_MAX; n++) {
        uint32_t at = 0;
        while (at < world->effect_count && !pawl_str_is(world->effects[at].action, "ok") &&
               !pawl_str_is(world->effects[at].action, "bad")) {
            at++;
        }
        if (at < world->effect_count) {
            struct pawl_effect effect = world->effects[at];
            const struct pawl_attempt_result result = {
                .ok = pawl_str_is(effect.action, "ok"),
                .output = PAWL_VAL_GET(effect.config, "output"),
                .error_code = pawl_val_get_str(effect.config, "code", PAWL_STR("config.bad")),
                .error_message = PAWL_STR("told to fail")};
            effect_del(world, at);
            done(trace, world, &effect, &result);
        } else if (world->unfinished) {
            struct pawl_command command = command_of(PAWL_COMMAND_CONTINUE);
            decide(trace, world, &command, true);
        } else {
            return;
        }
    }
}

static void advance(struct trace *trace, struct world *world, int64_t length)
{
    pawl_ms until = world->now + length;
    for (uint32_t n = 0; n < AUTO_MAX; n++) {
        struct pawl_run run;
        pawl_ms wake = world_run(world, &run) ? pawl_run_wake(&run) : PAWL_NEVER;
        if (wake > until) {
            break;
        }
        world->now = wake > world->now ? wake : world->now;
        struct pawl_command command = command_of(PAWL_COMMAND_TIMER);
        decide(trace, world, &command, true);
        settle(trace, world);
    }
    world->now = until;
}

/* ---- kinds of lines ---------------------------------------------------------------------- */

static enum pawl_command_kind command_find(struct pawl_str word)
{
    static const char *const names[PAWL_COMMAND_COUNT] = {
#define PAWL_X(name, text, summary) [PAWL_COMMAND_##name] = text,
#include "core/commands.def"
#undef PAWL_X
    };
    for (uint32_t i = 0; i < PAWL_COMMAND_COUNT; i++) {
        if (pawl_str_is(word, names[i])) {
            return (enum pawl_command_kind)i;
        }
    }
    return pawl_str_is(word, "draft")   ? PAWL_COMMAND_CREATE_DRAFT
           : pawl_str_is(word, "crash") ? PAWL_COMMAND_RECOVER
                                        : PAWL_COMMAND_COUNT;
}

static bool is_task(enum pawl_command_kind kind)
{
    return kind >= PAWL_COMMAND_CLAIM && kind <= PAWL_COMMAND_COMPLETE;
}

/* t3, or the only open task of a step. */
static pawl_id find_task(struct trace *trace, struct world *world, struct pawl_str name)
{
    struct pawl_run run;
    pawl_id task = trace_task(trace, name);
    uint32_t step = pawl_plan_find_step(world->plan, name);
    if (task != 0 || step == PAWL_STEP_NONE || !world_run(world, &run)) {
        return task;
    }
    struct pawl_facts facts = world_facts(world);
    pawl_run_facts_put(&run, &facts);
    const struct pawl_people *people = pawl_run_step(&run, step)->people;
    for (uint32_t i = 0; people != NULL && i < people->task_count; i++) {
        if (!pawl_task_status_final(people->tasks[i].status) || people->task_count == 1) {
            task = people->tasks[i].id;
        }
    }
    return task;
}

static void fill(struct trace *trace, struct world *world, const struct words *words,
                 struct pawl_command *command)
{
    struct pawl_str by = option(words, "by"), start_at = option(words, "start_at");
    command->actor = by.len > 0 ? actor(world, by) : (struct pawl_actor){.system = true};
    command->inputs = json(world, option(words, "inputs"));
    command->labels = json(world, option(words, "labels"));
    command->key = option(words, "key");
    command->start_at = start_at.len > 0 ? world->now + duration(start_at) : 0;
    command->hold = has_word(words, "hold");
    command->comment = option(words, "comment");
    command->extend_deadlines = has_word(words, "extend");
    command->attempts_lost = has_word(words, "lost");
    command->result.error_code = option(words, "code");
    command->result.error_message = option(words, "message");
    command->to = option(words, "to");
    struct pawl_str priority = option(words, "priority");
    command->priority = priority.len > 0 ? (int32_t)strtol(priority.ptr, NULL, 10) : 0;
    struct pawl_str version = option(words, "version");
    command->expected_version = version.len > 0 ? (uint32_t)strtoul(version.ptr, NULL, 10) : 0;
    struct pawl_str data = option(words, "data"), form = option(words, "form");
    command->data = json(world, data.len > 0 ? data : form);
    struct pawl_str first = words->count > 1 ? words->items[1] : PAWL_STR_NONE;
    if (command->kind == PAWL_COMMAND_SIGNAL) {
        command->signal = unquote(first);
    } else if (command->kind == PAWL_COMMAND_RETRY) {
        command->step = pawl_plan_find_step(world->plan, first);
    } else if (is_task(command->kind)) {
        command->task = find_task(trace, world, first);
    }
}

static bool run_command(struct trace *trace, struct world *world, const struct words *words,
                        enum pawl_command_kind kind)
{
    struct pawl_command command = command_of(kind);
    bool lost = kind == PAWL_COMMAND_PARK && has_word(words, "lost");
    if (kind == PAWL_COMMAND_RECOVER || lost) {
        world->effect_count = 0; /* whoever carried them out is gone */
    }
    fill(trace, world, words, &command);
    if (world->state.len == 0 && kind != PAWL_COMMAND_START && kind != PAWL_COMMAND_CREATE_DRAFT) {
        return false;
    }
    decide(trace, world, &command, false);
    settle(trace, world);
    return true;
}

static bool run_attempt(struct trace *trace, struct world *world, const struct words *words,
                        uint32_t step)
{
    struct pawl_str verb = words->items[1];
    struct pawl_str more = words->count > 2 ? words->items[2] : PAWL_STR_NONE;
    bool late = pawl_str_is(verb, "late");
    struct pawl_str end = late ? words->items[words->count - 1] : verb;
    struct pawl_attempt_result result = {
        .ok = pawl_str_is(end, "ok"),
        .error_code = pawl_str_is(verb, "timeout") ? PAWL_STR("timeout") : PAWL_STR("config.bad"),
        .error_message = PAWL_STR("told to fail"),
        .retry_after_ms = duration(option(words, "after")),
        .no_effect = has_word(words, "no_effect"),
        .unknown = has_word(words, "unknown"),
        .final = has_word(words, "final"),
        .not_begun = pawl_str_is(end, "put_back")};
    if (result.ok) {
        result.error_code = result.error_message = PAWL_STR_NONE;
    }
    if (late) {
        struct pawl_effect old = {
            .step = step, .iteration = 1, .attempt = (uint32_t)strtoul(more.ptr, NULL, 10)};
        done(trace, world, &old, &result);
        return true;
    }
    if ((pawl_str_is(verb, "bad") || result.not_begun) && more.len > 0 &&
        pawl_str_find(more, PAWL_STR("=")) == SIZE_MAX) {
        result.error_code = more;
    }
    result.output = result.ok ? json(world, more) : NULL;
    for (uint32_t i = 0; i < world->effect_count; i++) {
        if (world->effects[i].step == step) {
            struct pawl_effect effect = world->effects[i];
            effect_del(world, i);
            done(trace, world, &effect, &result);
            settle(trace, world);
            return true;
        }
    }
    return false;
}

/* Says what the attempts under way were told: their keys and configurations. */
static void show_effects(struct trace *trace, const struct world *world)
{
    for (uint32_t i = 0; i < world->effect_count; i++) {
        const struct pawl_effect *effect = &world->effects[i];
        pawl_buf_printf(&trace->out, "= attempt %u of %.*s under way, key %.*s, config ",
                        effect->attempt, PAWL_STR_ARG(world->plan->steps[effect->step].id),
                        PAWL_STR_ARG(effect->key));
        pawl_json_write(&trace->out, effect->config, PAWL_JSON_COMPACT);
        pawl_buf_put_char(&trace->out, '\n');
    }
}

/* Says where a text stands in what is stored. */
static void grep(struct trace *trace, const struct world *world, struct pawl_str text)
{
    bool found = pawl_str_find(world->state, text) != SIZE_MAX;
    pawl_buf_printf(&trace->out, "= '%.*s' stands in%s", PAWL_STR_ARG(text),
                    found ? " the state" : "");
    for (uint32_t i = 0; i < WORLD_PAGES_MAX; i++) {
        if (pawl_str_find(world->pages[i], text) != SIZE_MAX) {
            pawl_buf_printf(&trace->out, " page %u", i);
            found = true;
        }
    }
    for (uint32_t i = 0; i < world->record_count; i++) {
        if (pawl_str_find(world->records[i].body, text) != SIZE_MAX) {
            pawl_buf_printf(&trace->out, " record %u", i + 1);
            found = true;
        }
    }
    pawl_buf_put_cstr(&trace->out, found ? "\n" : " nothing\n");
}

/* What is said of the world; false: it is none of these words. */
static bool run_word(struct trace *trace, struct world *world, const struct words *words)
{
    struct pawl_str word = words->items[0];
    bool key = pawl_str_is(word, "lose_key") || pawl_str_is(word, "find_key");
    if (pawl_str_is(word, "show")) {
        trace_show(trace, world);
    } else if (pawl_str_is(word, "effects")) {
        show_effects(trace, world);
    } else if (pawl_str_is(word, "advance") && words->count > 1) {
        advance(trace, world, duration(words->items[1]));
    } else if (pawl_str_is(word, "grep") && words->count > 1) {
        grep(trace, world, unquote(words->items[1]));
    } else if (key) {
        world->key_lost = pawl_str_is(word, "lose_key");
    } else {
        return false;
    }
    return true;
}

bool script_run(struct trace *trace, struct world *world, struct pawl_str line,
                const char **ret_problem)
{
    struct words words = split(line);
    *ret_problem = "not a command";
    if (words.count == 0) {
        return false;
    }
    enum pawl_command_kind kind = command_find(words.items[0]);
    uint32_t step = pawl_plan_find_step(world->plan, words.items[0]);
    if (run_word(trace, world, &words)) {
        return true;
    }
    if (kind != PAWL_COMMAND_COUNT) {
        *ret_problem = "there is no run yet";
        return run_command(trace, world, &words, kind);
    }
    if (step != PAWL_STEP_NONE && words.count > 1) {
        *ret_problem = "no attempt of the step is under way";
        return run_attempt(trace, world, &words, step);
    }
    return false;
}
