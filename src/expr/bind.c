/* Matching the written arguments of a call to the parameters of what is called.
 *
 * Positional ones fill parameters in order, named ones by name; what is left over goes to *more if
 * the entry takes more. map, select and their kin take the name of another entry as an argument:
 * it must be a literal, so that it and its arguments are bound here as well. Every mismatch is a
 * finding E_EXPR_ARGUMENTS; evaluation never checks arity again. */
#include <stdarg.h>
#include <stdio.h>

#include "expr/parse.h"

/* A call being bound. */
struct binding {
    struct pawl_parser *parser;
    const struct pawl_entry *entry;
    struct pawl_signature signature;
    const struct pawl_arguments *arguments;
    uint32_t first; /* the first positional argument that belongs to this call */
    uint32_t limit; /* behind the last one */
    bool named;     /* the named arguments belong to it too */
    struct pawl_node_call *call;
    const struct pawl_node **args; /* writable view of call->args */
};

static bool mismatch(struct binding *binding, uint32_t start, uint32_t end, const char *format, ...)
    PAWL_PRINTF(4, 5);

static bool mismatch(struct binding *binding, uint32_t start, uint32_t end, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char text[200];
    (void)vsnprintf(text, sizeof(text), format, args); /* cut when longer */
    va_end(args);
    (void)pawl_parser_report(binding->parser, PAWL_DIAG_EXPR_ARGUMENTS, start, end, "%s: %s",
                             binding->entry->name, text);
    return false;
}

static uint32_t parameter_find(const struct pawl_signature *signature, struct pawl_str name)
{
    for (uint32_t i = 0; i < signature->count; i++) {
        if (pawl_str_eq(signature->params[i].name, name)) {
            return i;
        }
    }
    return UINT32_MAX;
}

static bool bind_more(struct binding *binding, struct pawl_str name, const struct pawl_node *value)
{
    struct pawl_node_call *call = binding->call;
    const struct pawl_arguments *arguments = binding->arguments;
    if (call->more == NULL) { /* room for all that can come */
        uint32_t most = arguments->positional.count + arguments->named.count;
        call->more = PAWL_ARENA_ARRAY(binding->parser->arena, const struct pawl_node *, most);
        call->more_names = PAWL_ARENA_ARRAY(binding->parser->arena, struct pawl_str, most);
        if (call->more == NULL || call->more_names == NULL) {
            binding->parser->failed = true;
            return false;
        }
    }
    ((const struct pawl_node **)(uintptr_t)call->more)[call->more_count] = value;
    ((struct pawl_str *)(uintptr_t)call->more_names)[call->more_count] = name;
    call->more_count++;
    return true;
}

static bool too_many(struct binding *binding, const struct pawl_node *value)
{
    uint32_t most = binding->signature.count;
    if (most == 0) {
        return mismatch(binding, value->start, value->end, "takes no arguments");
    }
    return mismatch(binding, value->start, value->end, "takes at most %u argument%s", most,
                    most == 1 ? "" : "s");
}

static bool bind_positional(struct binding *binding)
{
    const struct pawl_node_list *values = &binding->arguments->positional;
    for (uint32_t i = binding->first; i < binding->limit; i++) {
        uint32_t at = i - binding->first;
        const struct pawl_node *value = values->items[i];
        if (at < binding->signature.count) {
            binding->args[at + 1] = value;
        } else if (!binding->signature.takes_more) {
            return too_many(binding, value);
        } else if (!bind_more(binding, PAWL_STR(""), value)) {
            return false;
        }
    }
    return true;
}

static bool unknown_name(struct binding *binding, struct pawl_str name, uint32_t start)
{
    struct pawl_str names[PAWL_CALL_ARGS_MAX];
    for (uint32_t i = 0; i < binding->signature.count; i++) {
        names[i] = binding->signature.params[i].name;
    }
    struct pawl_str near = pawl_str_suggest(name, names, binding->signature.count);
    struct pawl_diag *diag = pawl_parser_report(
        binding->parser, PAWL_DIAG_EXPR_ARGUMENTS, start, start + (uint32_t)name.len,
        "%s: has no parameter '" PAWL_STR_FMT "'", binding->entry->name, PAWL_STR_ARG(name));
    if (near.len > 0) {
        pawl_diag_hint(binding->parser->diags, diag, "did you mean '" PAWL_STR_FMT "'?",
                       PAWL_STR_ARG(near));
    }
    return false;
}

static bool bind_named(struct binding *binding)
{
    const struct pawl_arguments *arguments = binding->arguments;
    for (uint32_t i = 0; i < arguments->named.count; i++) {
        struct pawl_str name = arguments->names[i];
        const struct pawl_node *value = arguments->named.items[i];
        uint32_t start = arguments->name_starts[i];
        uint32_t at = parameter_find(&binding->signature, name);
        if (at == UINT32_MAX && !binding->signature.takes_more_named) {
            return unknown_name(binding, name, start);
        }
        if (at == UINT32_MAX) {
            if (!bind_more(binding, name, value)) {
                return false;
            }
        } else if (binding->args[at + 1] != NULL) {
            return mismatch(binding, start, start + (uint32_t)name.len,
                            "'" PAWL_STR_FMT "' is given twice", PAWL_STR_ARG(name));
        } else {
            binding->args[at + 1] = value;
        }
    }
    return true;
}

static bool check_required(struct binding *binding)
{
    for (uint32_t i = 0; i < binding->signature.count; i++) {
        if (binding->signature.params[i].required && binding->args[i + 1] == NULL) {
            return mismatch(binding, binding->arguments->start, binding->arguments->end,
                            "the argument '" PAWL_STR_FMT "' is missing",
                            PAWL_STR_ARG(binding->signature.params[i].name));
        }
    }
    return true;
}

static bool check_input(struct binding *binding, const struct pawl_node *input)
{
    uint32_t wanted = binding->entry->input_kinds | PAWL_KIND(UNDEFINED);
    if (input == NULL || (input->kinds & wanted) != 0) {
        return true;
    }
    (void)pawl_parser_report(binding->parser, PAWL_DIAG_EXPR_TYPE, input->start, input->end,
                             "'%s' cannot take this kind of value", binding->entry->name);
    return false;
}

/* Binds the arguments [first, limit) and, when `named`, the named ones. */
static bool bind_range(struct binding *binding, const struct pawl_node *input)
{
    pawl_signature_parse(binding->entry->signature, &binding->signature);
    binding->args = PAWL_ARENA_ARRAY(binding->parser->arena, const struct pawl_node *,
                                     binding->signature.count + 1);
    if (binding->args == NULL) {
        binding->parser->failed = true;
        return false;
    }
    binding->args[0] = input;
    *binding->call = (struct pawl_node_call){
        .entry = binding->entry, .args = binding->args, .arg_count = binding->signature.count + 1};
    return check_input(binding, input) && bind_positional(binding) &&
           (!binding->named || bind_named(binding)) && check_required(binding);
}

/* The entry that map or select applies, named by a literal. */
static const struct pawl_entry *inner_entry(struct binding *binding, const struct pawl_node *name)
{
    bool is_filter = (binding->entry->flags & PAWL_ENTRY_APPLIES_FILTER) != 0;
    enum pawl_entry_class class_ = is_filter ? PAWL_ENTRY_FILTER : PAWL_ENTRY_TEST;
    if (name->op != PAWL_NODE_CONST || !pawl_val_is(&name->u.constant, PAWL_VAL_TEXT)) {
        (void)mismatch(binding, name->start, name->end, "the name of the %s must be a literal text",
                       is_filter ? "filter" : "test");
        return NULL;
    }
    struct pawl_str text = pawl_val_str(&name->u.constant);
    const struct pawl_entry *entry = pawl_entry_find(class_, text);
    if (entry == NULL) {
        struct pawl_str near = pawl_entry_suggest(class_, text);
        struct pawl_diag *diag = pawl_parser_report(
            binding->parser,
            is_filter ? PAWL_DIAG_EXPR_UNKNOWN_FILTER : PAWL_DIAG_EXPR_UNKNOWN_TEST, name->start,
            name->end, "unknown %s '" PAWL_STR_FMT "'", is_filter ? "filter" : "test",
            PAWL_STR_ARG(text));
        if (near.len > 0) {
            pawl_diag_hint(binding->parser->diags, diag, "did you mean '" PAWL_STR_FMT "'?",
                           PAWL_STR_ARG(near));
        }
        return NULL;
    }
    if (entry->flags & (PAWL_ENTRY_APPLIES_FILTER | PAWL_ENTRY_APPLIES_TEST)) {
        (void)mismatch(binding, name->start, name->end, "'%s' cannot be applied to each item",
                       entry->name);
        return NULL;
    }
    return entry;
}

static bool bind_applying(struct binding *binding, const struct pawl_node *input)
{
    bool attribute_first = (binding->entry->flags & PAWL_ENTRY_ATTRIBUTE_FIRST) != 0;
    const struct pawl_node_list *values = &binding->arguments->positional;
    uint32_t own = attribute_first ? 1 : 0;
    bool has_inner = values->count > own;
    binding->limit = has_inner ? own : values->count;
    binding->named = !has_inner;
    if (!bind_range(binding, input)) {
        return false;
    }
    if (!has_inner) {
        return true;
    }
    const struct pawl_entry *entry = inner_entry(binding, values->items[own]);
    struct pawl_node_call *inner = PAWL_ARENA_NEW(binding->parser->arena, struct pawl_node_call);
    if (entry == NULL || inner == NULL) {
        binding->parser->failed = binding->parser->failed || inner == NULL;
        return false;
    }
    struct binding deeper = *binding;
    deeper.entry = entry;
    deeper.call = inner;
    deeper.first = own + 1;
    deeper.limit = values->count;
    deeper.named = true;
    binding->call->inner = inner;
    return bind_range(&deeper, NULL);
}

bool pawl_bind_call(struct pawl_parser *parser, const struct pawl_entry *entry,
                    const struct pawl_node *input, const struct pawl_arguments *arguments,
                    struct pawl_node_call *ret_call)
{
    PAWL_ASSERT(entry != NULL);
    struct binding binding = {.parser = parser,
                              .entry = entry,
                              .arguments = arguments,
                              .limit = arguments->positional.count,
                              .named = true,
                              .call = ret_call};
    bool applies = (entry->flags & (PAWL_ENTRY_APPLIES_FILTER | PAWL_ENTRY_APPLIES_TEST)) != 0;
    return applies ? bind_applying(&binding, input) : bind_range(&binding, input);
}
