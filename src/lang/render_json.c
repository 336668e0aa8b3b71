/* Findings for programs: JSON of our own, and SARIF 2.1.0 for editors and CI.
 *
 * SARIF: one run, one rule per code that occurs, columns in code points, which `columnKind` says.
 */
#include "lang/render.h"

static const char *severity_of(const struct pawl_diag_info *info)
{
    return info->severity == PAWL_SEVERITY_ERROR ? "error" : "warning";
}

const struct pawl_val *pawl_render_json(struct pawl_arena *arena, const struct pawl_diags *diags)
{
    struct pawl_list_builder list;
    pawl_list_begin(&list, arena);
    for (uint32_t i = 0; i < diags->count; i++) {
        const struct pawl_diag *diag = &diags->items[i];
        const struct pawl_diag_info *info = pawl_diag_info(diag->code);
        struct pawl_map_builder map;
        pawl_map_begin(&map, arena);
        pawl_map_add_str(&map, "code", pawl_str_from(info->code));
        pawl_map_add_str(&map, "severity", pawl_str_from(severity_of(info)));
        pawl_map_add_str(&map, "pointer", diag->pointer);
        pawl_map_add_int(&map, "line", diag->place.line);
        pawl_map_add_int(&map, "column", diag->place.column);
        pawl_map_add_str(&map, "message", diag->message);
        pawl_map_add_str(&map, "hint", diag->hint);
        pawl_map_add_str(&map, "docs", pawl_str_from(info->docs));
        pawl_list_add(&list, pawl_map_end(&map));
    }
    return pawl_list_end(&list);
}

/* ---- SARIF ----------------------------------------------------------------------------------- */

struct sarif {
    struct pawl_arena *arena;
    struct pawl_list_builder rules, results;
    uint32_t rule_index[PAWL_DIAG_COUNT]; /* 1-based; 0: not yet */
};

static const struct pawl_val *single(struct pawl_arena *arena, const char *key,
                                     const struct pawl_val *val)
{
    struct pawl_map_builder map;
    pawl_map_begin(&map, arena);
    pawl_map_add(&map, pawl_str_from(key), val);
    return pawl_map_end(&map);
}

static const struct pawl_val *text_message(struct pawl_arena *arena, const char *text)
{
    return single(arena, "text", pawl_val_text(arena, pawl_str_from(text)));
}

static const struct pawl_val *one_item(struct pawl_arena *arena, const struct pawl_val *item)
{
    struct pawl_list_builder list;
    pawl_list_begin(&list, arena);
    pawl_list_add(&list, item);
    return pawl_list_end(&list);
}

/* A path as a URI reference: everything but unreserved characters and '/' is escaped. */
static struct pawl_str uri_of(struct pawl_arena *arena, struct pawl_str path)
{
    static const char hex[] = "0123456789ABCDEF";
    char *uri = PAWL_ARENA_ARRAY(arena, char, 3 * path.len + 1);
    size_t len = 0;
    for (size_t i = 0; uri != NULL && i < path.len; i++) {
        unsigned char c = (unsigned char)path.ptr[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                     (c != '\0' && strchr("-._~/", c) != NULL);
        if (plain) {
            uri[len++] = (char)c;
        } else {
            uri[len++] = '%';
            uri[len++] = hex[c >> 4];
            uri[len++] = hex[c & 15];
        }
    }
    return (struct pawl_str){uri, len};
}

static uint32_t rule_of(struct sarif *sarif, enum pawl_diag_code code)
{
    if (sarif->rule_index[code] == 0) {
        const struct pawl_diag_info *info = pawl_diag_info(code);
        struct pawl_arena *arena = sarif->arena;
        struct pawl_map_builder rule;
        pawl_map_begin(&rule, arena);
        pawl_map_add_str(&rule, "id", pawl_str_from(info->code));
        pawl_map_add(&rule, PAWL_STR("shortDescription"), text_message(arena, info->title));
        pawl_map_add(&rule, PAWL_STR("fullDescription"), text_message(arena, info->docs));
        pawl_map_add(
            &rule, PAWL_STR("defaultConfiguration"),
            single(arena, "level", pawl_val_text(arena, pawl_str_from(severity_of(info)))));
        pawl_list_add(&sarif->rules, pawl_map_end(&rule));
        sarif->rule_index[code] = sarif->rules.count;
    }
    return sarif->rule_index[code] - 1;
}

static const struct pawl_val *location_of(struct pawl_arena *arena, const struct pawl_diag *diag,
                                          struct pawl_str uri)
{
    struct pawl_map_builder physical, location;
    pawl_map_begin(&physical, arena);
    pawl_map_add(&physical, PAWL_STR("artifactLocation"),
                 single(arena, "uri", pawl_val_text(arena, uri)));
    if (diag->place.line > 0) {
        uint32_t length = diag->place.length > 0 ? diag->place.length : 1;
        struct pawl_map_builder region;
        pawl_map_begin(&region, arena);
        pawl_map_add_int(&region, "startLine", diag->place.line);
        pawl_map_add_int(&region, "startColumn", diag->place.column);
        pawl_map_add_int(&region, "endColumn", (int64_t)diag->place.column + length);
        pawl_map_add(&physical, PAWL_STR("region"), pawl_map_end(&region));
    }
    pawl_map_begin(&location, arena);
    pawl_map_add(&location, PAWL_STR("physicalLocation"), pawl_map_end(&physical));
    if (diag->pointer.len > 0) {
        pawl_map_add(&location, PAWL_STR("logicalLocations"),
                     one_item(arena, single(arena, "fullyQualifiedName",
                                            pawl_val_text(arena, diag->pointer))));
    }
    return pawl_map_end(&location);
}

static void add_result(struct sarif *sarif, const struct pawl_diag *diag, struct pawl_str uri)
{
    const struct pawl_diag_info *info = pawl_diag_info(diag->code);
    struct pawl_arena *arena = sarif->arena;
    struct pawl_map_builder result;
    struct pawl_str text =
        diag->hint.len == 0
            ? diag->message
            : pawl_arena_printf(arena, PAWL_STR_FMT " (" PAWL_STR_FMT ")",
                                PAWL_STR_ARG(diag->message), PAWL_STR_ARG(diag->hint));
    pawl_map_begin(&result, arena);
    pawl_map_add_str(&result, "ruleId", pawl_str_from(info->code));
    pawl_map_add_int(&result, "ruleIndex", rule_of(sarif, diag->code));
    pawl_map_add_str(&result, "level", pawl_str_from(severity_of(info)));
    pawl_map_add(&result, PAWL_STR("message"), single(arena, "text", pawl_val_text(arena, text)));
    pawl_map_add(&result, PAWL_STR("locations"), one_item(arena, location_of(arena, diag, uri)));
    pawl_list_add(&sarif->results, pawl_map_end(&result));
}

const struct pawl_val *pawl_render_sarif(struct pawl_arena *arena,
                                         const struct pawl_render_file *files, uint32_t file_count)
{
    struct sarif sarif = {.arena = arena};
    struct pawl_map_builder driver, run, whole;
    pawl_list_begin(&sarif.rules, arena);
    pawl_list_begin(&sarif.results, arena);
    for (uint32_t f = 0; f < file_count; f++) {
        struct pawl_str uri = uri_of(arena, files[f].file);
        for (uint32_t i = 0; i < files[f].diags->count; i++) {
            add_result(&sarif, &files[f].diags->items[i], uri);
        }
    }
    pawl_map_begin(&driver, arena);
    pawl_map_add_str(&driver, "name", PAWL_STR("pawl"));
    pawl_map_add_str(&driver, "version", PAWL_STR(PAWL_VERSION));
    pawl_map_add(&driver, PAWL_STR("rules"), pawl_list_end(&sarif.rules));
    pawl_map_begin(&run, arena);
    pawl_map_add(&run, PAWL_STR("tool"), single(arena, "driver", pawl_map_end(&driver)));
    pawl_map_add_str(&run, "columnKind", PAWL_STR("unicodeCodePoints"));
    pawl_map_add(&run, PAWL_STR("results"), pawl_list_end(&sarif.results));
    pawl_map_begin(&whole, arena);
    pawl_map_add_str(&whole, "$schema", PAWL_STR("https://json.schemastore.org/sarif-2.1.0.json"));
    pawl_map_add_str(&whole, "version", PAWL_STR("2.1.0"));
    pawl_map_add(&whole, PAWL_STR("runs"), one_item(arena, pawl_map_end(&run)));
    return pawl_map_end(&whole);
}
