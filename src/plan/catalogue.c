/* The core's own rows of the catalogue, from core_actions.def, and the look-up by name.
 *
 * Schemas are written as JSON inside the table and become text by the preprocessor; a test parses
 * each of them. */
#include "plan/catalogue.h"

#define PAWL_JSON(...) #__VA_ARGS__

/* Entries of `assign`: what names the people of one task. */
#define ASSIGN_ENTRY                                                                               \
    "{\"type\":\"object\",\"additionalProperties\":false,\"minProperties\":1,\"properties\":{"     \
    "\"user\":{\"type\":[\"string\",\"array\"],\"minLength\":1,\"minItems\":1,"                    \
    "\"items\":{\"type\":\"string\",\"minLength\":1},"                                             \
    "\"description\":\"a person, or a list of persons of whom one is needed\"},"                   \
    "\"role\":{\"type\":\"string\",\"minLength\":1,"                                               \
    "\"description\":\"anybody who has the role\"},"                                               \
    "\"each\":{\"type\":\"boolean\",\"unsupported\":\"write one entry for each person\"},"         \
    "\"manager_of\":{\"unsupported\":\"name a role or a person\"},"                                \
    "\"least_loaded\":{\"unsupported\":\"name the role: whoever is free claims the task\"},"       \
    "\"round_robin\":{\"unsupported\":\"name the role: whoever is free claims the task\"}}}"

#define ASSIGN_LIST                                                                                \
    "{\"if\":{\"type\":\"array\"},\"then\":{\"minItems\":1,\"maxItems\":100,"                      \
    "\"items\":" ASSIGN_ENTRY "},\"else\":" ASSIGN_ENTRY "}"

/* What both kinds of task have; the parameters are the verdicts that allow and comment may name. */
#define PAWL_TASK_SCHEMA(allow, comment)                                                           \
    "{\"type\":\"object\",\"required\":[\"assign\"],\"additionalProperties\":false,"               \
    "\"properties\":{"                                                                             \
    "\"title\":{\"type\":\"string\",\"description\":\"one line for the list of tasks\"},"          \
    "\"description\":{\"type\":\"string\",\"description\":\"what to know and to do\"},"            \
    "\"assign\":" ASSIGN_LIST ","                                                                  \
    "\"exclude\":{\"type\":[\"array\",\"string\"],\"items\":{\"type\":\"string\"},"                \
    "\"description\":\"persons who may not decide (four eyes)\"},"                                 \
    "\"allow\":{\"type\":\"array\",\"minItems\":1,\"uniqueItems\":true,"                           \
    "\"items\":{\"enum\":" allow "}},"                                                             \
    "\"comment\":{\"type\":\"array\",\"uniqueItems\":true,\"items\":{\"enum\":" comment "},"       \
    "\"description\":\"decisions that need a comment; reject and send_back always do\"},"          \
    "\"form\":{\"type\":\"object\",\"description\":\"JSON Schema of what is filled in\"},"         \
    "\"due\":{\"type\":\"string\",\"format\":\"pawl-duration\","                                   \
    "\"description\":\"how long the step may wait for people\"},"                                  \
    "\"calendar\":{\"unsupported\":\"write `due` in plain time\"},"                                \
    "\"remind\":{\"unsupported\":\"use on_timeout with escalate\"},"                               \
    "\"send_back_to\":{\"type\":[\"array\",\"string\"],\"minItems\":1,\"maxItems\":100,"           \
    "\"items\":{\"type\":\"string\"},\"description\":\"steps that send_back may name\"},"          \
    "\"join\":{\"if\":{\"type\":\"string\"},\"then\":{\"enum\":[\"all\",\"any\"]},"                \
    "\"else\":{\"type\":\"object\",\"required\":[\"quorum\"],\"additionalProperties\":false,"      \
    "\"properties\":{\"quorum\":{\"if\":{\"type\":\"string\"},"                                    \
    "\"then\":{\"pattern\":\"^(100|[1-9][0-9]?)%$\","                                              \
    "\"hint\":\"a number of tasks, or a share such as '60%'\"},"                                   \
    "\"else\":{\"type\":\"integer\",\"minimum\":1}}}},"                                            \
    "\"description\":\"how many approvals are needed: all (default), any, {quorum: 2}, "           \
    "{quorum: '60%'}\"},"                                                                          \
    "\"distinct\":{\"type\":\"boolean\","                                                          \
    "\"description\":\"one person counts once (default true)\"},"                                  \
    "\"claim\":{\"enum\":[\"required\"],"                                                          \
    "\"description\":\"required: a task is claimed before it is decided\"},"                       \
    "\"priority\":{\"type\":[\"integer\",\"string\"],"                                             \
    "\"description\":\"for the order of lists; higher is sooner\"},"                               \
    "\"save_to\":{\"enum\":[\"inputs\"],"                                                          \
    "\"description\":\"inputs: the form's data becomes part of the run's inputs\"}}}"

/* What the core's own kinds give; "": anything (flow.set: its config; flow.wait: a signal's data).
 */
#define OUTPUT_APPROVAL TASK_OUTPUT
#define OUTPUT_MANUAL   TASK_OUTPUT
#define OUTPUT_DECIDE                                                                              \
    "{\"type\":\"object\",\"additionalProperties\":false,\"properties\":{"                         \
    "\"taken\":{\"type\":\"array\",\"description\":\"ids of the steps that were chosen\"},"        \
    "\"case\":{\"type\":\"integer\",\"description\":\"which case was true, from 0\"}}}"
#define OUTPUT_SET    ""
#define OUTPUT_WAIT   ""
#define OUTPUT_END    ""
#define OUTPUT_FAIL   ""
#define OUTPUT_EFFECT ""

#define TASK_OUTPUT                                                                                \
    "{\"type\":\"object\",\"additionalProperties\":false,\"properties\":{"                         \
    "\"outcome\":{\"type\":\"string\",\"description\":\"approved, rejected, completed, …\"},"    \
    "\"by\":{\"description\":\"who decided last\"},"                                               \
    "\"at\":{\"description\":\"when\"},"                                                           \
    "\"comment\":{\"description\":\"the comment\"},"                                               \
    "\"form\":{\"description\":\"the data of the form\"},"                                         \
    "\"decisions\":{\"type\":\"array\",\"description\":\"each person's own\"}}}"

static const struct pawl_action_info core_actions[] = {
#define PAWL_X(name_, kind_, summary_, schema_, unsupported_, docs_)                               \
    {                                                                                              \
        .name = PAWL_STR_INIT(name_),                                                              \
        .summary = PAWL_STR_INIT(summary_),                                                        \
        .kind = PAWL_STEP_KIND_##kind_,                                                            \
        .idempotent = true,                                                                        \
        .config_schema = PAWL_STR_INIT(schema_),                                                   \
        .unsupported = PAWL_STR_INIT(unsupported_),                                                \
        .docs = PAWL_STR_INIT(docs_),                                                              \
        .output_schema = PAWL_STR_INIT(OUTPUT_##kind_),                                            \
    },
#include "plan/core_actions.def"
#undef PAWL_X
};

static const struct pawl_catalogue core_catalogue = {
    .actions = core_actions,
    .count = sizeof(core_actions) / sizeof(core_actions[0]),
};

const struct pawl_catalogue *pawl_catalogue_core(void)
{
    return &core_catalogue;
}

const struct pawl_action_info *pawl_catalogue_find(const struct pawl_catalogue *catalogue,
                                                   struct pawl_str name)
{
    PAWL_ASSERT(catalogue != NULL);
    for (uint32_t i = 0; i < catalogue->count; i++) {
        if (pawl_str_eq(catalogue->actions[i].name, name)) {
            return &catalogue->actions[i];
        }
    }
    return NULL;
}
