/* Finds the place of what a JSON pointer names, by walking values and places side by side.
 *
 * A pointer that leads nowhere (a missing member, say) gives the nearest place that exists, since
 * findings about what is missing are shown there. */
#include "lang/yaml_places.h"

#include "lang/yaml.h"

/* Undoes ~1 and ~0 into a small buffer; tokens longer than that are not keys of ours. */
static struct pawl_str unescape(struct pawl_str token, char *buffer, size_t size)
{
    if (pawl_str_find(token, PAWL_STR("~")) == SIZE_MAX || token.len > size) {
        return token;
    }
    size_t len = 0;
    for (size_t i = 0; i < token.len; i++) {
        bool escape = token.ptr[i] == '~' && i + 1 < token.len;
        char c = token.ptr[i];
        if (escape) {
            c = token.ptr[++i] == '1' ? '/' : '~';
        }
        buffer[len++] = c;
    }
    return (struct pawl_str){buffer, len};
}

static uint32_t list_index(struct pawl_str token, uint32_t count)
{
    uint32_t index = 0;
    for (size_t i = 0; i < token.len; i++) {
        if (token.ptr[i] < '0' || token.ptr[i] > '9' || index > count) {
            return UINT32_MAX;
        }
        index = index * 10 + (uint32_t)(token.ptr[i] - '0');
    }
    return token.len > 0 && index < count ? index : UINT32_MAX;
}

static uint32_t child_index(const struct pawl_val *val, struct pawl_str token)
{
    char buffer[512];
    if (pawl_val_is(val, PAWL_VAL_LIST)) {
        return list_index(token, val->len);
    }
    const struct pawl_val *member = pawl_val_get(val, unescape(token, buffer, sizeof(buffer)));
    if (member == NULL) {
        return UINT32_MAX;
    }
    ptrdiff_t offset = (const char *)member - (const char *)&val->u.members[0].val;
    PAWL_ASSERT(offset >= 0 && offset % (ptrdiff_t)sizeof(struct pawl_member) == 0);
    return (uint32_t)(offset / (ptrdiff_t)sizeof(struct pawl_member));
}

/* The node, or its nearest ancestor that exists (*ret_found false). */
static const struct pawl_yaml_node *find(const struct pawl_yaml_places *places,
                                         struct pawl_str pointer, bool *ret_found)
{
    const struct pawl_yaml_node *node = &places->root;
    const struct pawl_val *val = places->val;
    size_t at = 0;
    *ret_found = true;
    while (at < pointer.len && pointer.ptr[at] == '/') {
        size_t end = ++at;
        while (end < pointer.len && pointer.ptr[end] != '/') {
            end++;
        }
        uint32_t index = child_index(val, pawl_str_sub(pointer, at, end - at));
        if (index == UINT32_MAX || node->children == NULL) {
            *ret_found = false;
            break;
        }
        val = pawl_val_at(val, index);
        node = &node->children[index];
        at = end;
    }
    return node;
}

static struct pawl_place place_of(const struct pawl_yaml_spot *spot)
{
    return (struct pawl_place){spot->line, spot->column, spot->length};
}

struct pawl_place pawl_yaml_place(const struct pawl_yaml_places *places, struct pawl_str pointer)
{
    if (places == NULL) {
        return (struct pawl_place){0};
    }
    bool found;
    const struct pawl_yaml_node *node = find(places, pointer, &found);
    return place_of(!found && node->key.line != 0 ? &node->key : &node->value);
}

struct pawl_place pawl_yaml_key_place(const struct pawl_yaml_places *places,
                                      struct pawl_str pointer)
{
    if (places == NULL) {
        return (struct pawl_place){0};
    }
    bool found;
    const struct pawl_yaml_node *node = find(places, pointer, &found);
    return place_of(node->key.line != 0 ? &node->key : &node->value);
}

struct pawl_place pawl_yaml_content_place(const struct pawl_yaml_places *places,
                                          struct pawl_str pointer)
{
    if (places == NULL) {
        return (struct pawl_place){0};
    }
    bool found;
    const struct pawl_yaml_node *node = find(places, pointer, &found);
    struct pawl_place place = place_of(&node->value);
    place.column += (node->value.flags & PAWL_YAML_QUOTED) != 0;
    return place;
}

bool pawl_yaml_exact(const struct pawl_yaml_places *places, struct pawl_str pointer)
{
    bool found = false;
    const struct pawl_yaml_node *node = places == NULL ? NULL : find(places, pointer, &found);
    return found && (node->value.flags & PAWL_YAML_EXACT) != 0;
}
