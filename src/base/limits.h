/* Every limit, its unit and its reason. Reaching one gives a clear error that names it; nothing
 * else happens. Relations between limits are asserted at the end. Users read them in
 * docs/limits.md, which limits_test.c compares with this file; it also finds limits that nothing
 * uses. */
#ifndef PAWL_BASE_LIMITS_H
#define PAWL_BASE_LIMITS_H

#include <assert.h>

/* Documents: JSON and YAML texts that people or programs hand in. */
#define PAWL_DOCUMENT_SIZE_MAX   (4u * 1024 * 1024) /* bytes of one definition or JSON body */
#define PAWL_DOCUMENT_DEPTH_MAX  128u               /* nesting; deeper is an attack or a mistake */
#define PAWL_DOCUMENT_NODES_MAX  1000000u           /* values in one document after aliases */
#define PAWL_DOCUMENT_KEYS_MAX   100000u            /* members of one map */
#define PAWL_DOCUMENT_MEMORY_MAX (64u * 1024 * 1024)
#define PAWL_YAML_ANCHORS_MAX    4096u     /* anchors of one document */
#define PAWL_YAML_DIRECTIVES_MAX 64u       /* %TAG lines: the scanner compares each with all */
#define PAWL_YAML_DIRECTIVE_MAX  512u      /* bytes of one: it is copied into each of its tags */
#define PAWL_NUMBER_DIGITS_MAX   1024u     /* characters of one number as written */
#define PAWL_NUMBER_EXPONENT_MAX 999999999 /* power of ten of a number's first digit */

/* Diagnostics: more than this helps nobody. */
#define PAWL_DIAGS_MAX 100u

/* Workflows. */
#define PAWL_STEPS_MAX          10000u /* steps written in one definition */
#define PAWL_STEP_DEPS_MAX      1000u  /* depends_on of one step */
#define PAWL_STEP_PAGE          64u    /* step instances in one state page */
#define PAWL_ITERATIONS_DEFAULT 20u    /* max_iterations */
#define PAWL_ITERATIONS_MAX     10000u
#define PAWL_ATTEMPTS_MAX       1000u                /* retry.max_attempts */
#define PAWL_ID_SIZE_MAX        128u                 /* bytes of a workflow or step id */
#define PAWL_TASKS_PER_STEP_MAX 100u                 /* assign entries of one approval */
#define PAWL_DELEGATIONS_MAX    3u                   /* links of one delegation chain */
#define PAWL_COMMENT_SIZE_MAX   8192u                /* bytes of a decision's comment */
#define PAWL_PLAN_MEMORY_MAX    (128u * 1024 * 1024) /* bytes of one compiled plan */
#define PAWL_SIGNALS_KEPT_MAX   100u                 /* unconsumed signals of one run */

/* What a run keeps of texts in its state; events hold them whole. */
#define PAWL_TITLE_KEPT_MAX         200u  /* bytes of a task's title */
#define PAWL_ERROR_CODE_KEPT_MAX    64u   /* bytes of an error's code */
#define PAWL_ERROR_MESSAGE_KEPT_MAX 400u  /* bytes of an error's message */
#define PAWL_CORRELATION_KEY_MAX    256u  /* bytes of the caller's key of a run */
#define PAWL_LABELS_SIZE_MAX        4096u /* bytes of a run's labels as JSON */

/* A turn of the engine. */
#define PAWL_TURN_COMMANDS_MAX    256u
#define PAWL_TURN_TIME_MS         5u                  /* of deciding; then it is committed */
#define PAWL_TURN_MEMORY_MAX      (16u * 1024 * 1024) /* of a turn, then it is committed */
#define PAWL_INTERNAL_TRIES_MAX   10u   /* for want of memory; then its run is parked */
#define PAWL_TURN_TRANSITIONS_MAX 1000u /* of one run in one turn; the rest is CONTINUEd */
#define PAWL_TURN_EVENT_BYTES_MAX (1024u * 1024)
#define PAWL_ENGINE_STALL_MS      5000u   /* without an end of a step: not ready, an error logged */
#define PAWL_NEED_ROUNDS_MAX      8u      /* rounds of pages; a run advances within them */
#define PAWL_CRASHES_MAX          3u      /* processes that ended in one decision: it is parked */
#define PAWL_DECIDE_MS_MAX        250u    /* processor time of one decision */
#define PAWL_DECIDE_FUEL_MAX      4000000u /* evaluation steps of one decision, all together */
#define PAWL_NEED_VALUES_MAX      1000u   /* large values that one command may read back */
#define PAWL_QUEUE_COMMANDS_MAX   65536u  /* all lanes together */
#define PAWL_QUEUE_AGE_MS         250u    /* that starts may wait before more are refused */
#define PAWL_WAKES_MAX            100000u /* entries of the wake heap, and of what is due */

/* Attempts of actions: in flight, and waiting until they may begin. Each kind of slot is shared by
 * the law of action/io_queue.h, so that nobody takes the last one. */
#define PAWL_REQUESTS_FLIGHT_MAX        512u /* http.request: transfers on one thread */
#define PAWL_REQUESTS_DESTINATION_MAX   256u /* of one tenant, to one partner */
#define PAWL_PROGRAMS_FLIGHT_MAX        90u  /* exec.run: children, with three descriptors each */
#define PAWL_PROGRAMS_DESTINATION_MAX   60u  /* of one tenant, of one program */
#define PAWL_REQUEST_TIMEOUT_SECONDS    60u  /* where the step says no timeout */
#define PAWL_PROGRAM_TIMEOUT_SECONDS    600u /* the same of exec.run */
#define PAWL_ATTEMPTS_WAITING_MAX       40000u /* of each kind; what is more is put back */
#define PAWL_ATTEMPTS_WAITING_BYTES_MAX (256u * 1024 * 1024)

/* Values. */
#define PAWL_VALUE_DEPTH_MAX   256u  /* nesting of a built value: a document and wrapping */
#define PAWL_SENSITIVE_FOUND_MIN 4u /* bytes of a sensitive value that is looked for in other texts:
                                       shorter ones stand in anything */
#define PAWL_VALUE_INLINE_MAX  128u  /* bytes of an output kept in the state */
#define PAWL_INPUTS_INLINE_MAX 1024u /* bytes of run inputs kept in the state */
#define PAWL_VALUE_SIZE_MAX    (1024u * 1024) /* bytes of one input document, output or form */
#define PAWL_STATE_RESERVE     (64u * 1024) /* more, for what stops a run whose state is full */
#define PAWL_STATE_SIZE_MAX    (2u * 1024 * 1024) /* bytes of one encoded run header or page */

/* Expressions. */
#define PAWL_EXPR_SOURCE_MAX 65536u         /* bytes of one template */
#define PAWL_EXPR_DEPTH_MAX  100u           /* nesting of one expression */
#define PAWL_EXPR_FUEL_MAX   1000000u       /* evaluation steps */
#define PAWL_EXPR_OUTPUT_MAX (1024u * 1024) /* bytes of text made */
#define PAWL_EXPR_MEMORY_MAX (32u * 1024 * 1024) /* bytes that one evaluation takes */
#define PAWL_DECIDE_MEMORY_MAX (96u * 1024 * 1024) /* all evaluations of a decision take */

/* JSON Schema and patterns. */
#define PAWL_SCHEMA_NODES_MAX  100000u   /* subschemas of one schema and its remotes */
#define PAWL_SCHEMA_DEPTH_MAX  1000u     /* subschemas being checked inside each other */
#define PAWL_SCHEMA_FUEL_MAX   5000000u  /* steps of one check, where the caller gives none */
#define PAWL_SCHEMA_MEMORY_MAX (16u * 1024 * 1024) /* bytes for the notes of one check */
#define PAWL_REGEX_SIZE_MAX    8192u               /* bytes of one pattern */
#define PAWL_REGEX_DEPTH_MAX   100u                /* groups inside each other */
#define PAWL_REGEX_STEPS_MAX   1000000u            /* of one match from one start */

/* HTTP. */
#define PAWL_HTTP_BODY_MAX        PAWL_DOCUMENT_SIZE_MAX
#define PAWL_HTTP_SMALL_BODY_MAX  65536u /* bytes of a body without inputs, form or data */
#define PAWL_HTTP_HEADER_MAX      8192u
#define PAWL_HTTP_METHOD_MAX      20u /* bytes of a method */
#define PAWL_HTTP_REDIRECTS_MAX   5u  /* that http.request follows */
#define PAWL_HTTP_FIELDS_MAX      100u  /* header lines of one request; real ones have 20 */
#define PAWL_HTTP_RATE_MIN        1024u /* bytes a second of a body or an answer under way */
#define PAWL_HTTP_GRACE_MS        5000u /* before that counts: a stall is no trickle */
#define PAWL_HTTP_LINGER_MS       2000u /* a refused body is dropped: the refusal arrives */
#define PAWL_HTTP_LINGER_MAX      (8u * 1024 * 1024) /* bytes of it */
#define PAWL_HTTP_FRESH_MS        1000u /* without a token and this old: makes room for others */
#define PAWL_PAGE_DEFAULT         50u /* rows of one list page */
#define PAWL_PAGE_MAX             500u

/* Time. */
#define PAWL_DURATION_DAYS_MAX    36525u        /* a hundred years */
#define PAWL_ZONE_SIZE_MAX        (256u * 1024) /* bytes of one TZif file; real ones have 4 KiB */
#define PAWL_ZONE_TRANSITIONS_MAX 4096u         /* written-out changes of one zone */
#define PAWL_ZONE_NAME_MAX        64u           /* bytes of a zone's name */
#define PAWL_ZONES_MAX            2048u         /* zones kept in memory */
#define PAWL_CRON_SIZE_MAX        256u          /* bytes of one cron expression */

/* Secrets searched for in what an action brings back (value/redact.h). */
#define PAWL_REDACT_NEEDLES_MAX    4096u  /* forms and parts of the secrets of one attempt */
#define PAWL_REDACT_DERIVED_MAX    4096u  /* bytes computed from a secret */
#define PAWL_REDACT_STEPS_PER_BYTE 32u    /* a text that needs more is masked as a whole */
#define PAWL_REDACT_STEPS_MIN      65536u /* the same for short texts */

/* The store. */
#define PAWL_STORE_LOG_MIN        (16u * 1024 * 1024)  /* bytes of log before checkpoints begin */
#define PAWL_STORE_LOG_MAX        (256u * 1024 * 1024) /* a checkpoint is finished, idle or not */
#define PAWL_STORE_LISTS_MAX      256u                 /* principals of one inbox query */
#define PAWL_LIST_LOOKS_MAX       10000u /* index entries one list request looks at: 3 ms */
#define PAWL_TENANTS_MAX          10000u
#define PAWL_USERS_MAX            100000u              /* of one tenant; all are in memory */
#define PAWL_TOKENS_MAX           100000u              /* of one tenant */
#define PAWL_DIRECTORY_MEMORY_MAX (512u * 1024 * 1024) /* bytes of the snapshot of people */

/* Logs. */
#define PAWL_LOG_LINE_MAX 8192u

static_assert(PAWL_INPUTS_INLINE_MAX < PAWL_STATE_SIZE_MAX, "inputs fit a state");
static_assert(PAWL_VALUE_SIZE_MAX <= PAWL_DOCUMENT_SIZE_MAX, "a value fits a document");
static_assert(PAWL_DOCUMENT_DEPTH_MAX < PAWL_VALUE_DEPTH_MAX, "a document fits into a record");
static_assert(PAWL_VALUE_SIZE_MAX <= PAWL_TURN_EVENT_BYTES_MAX, "one output fits a turn");
static_assert(PAWL_EXPR_FUEL_MAX < PAWL_DECIDE_FUEL_MAX, "a turn yields before its fuel ends");
static_assert((PAWL_STEP_PAGE & (PAWL_STEP_PAGE - 1)) == 0, "pages are found by shifting");

#endif
