/* The TZif reader (RFC 9636).
 *
 * A file has two blocks, the first with 32-bit times for readers of 1990, which is stepped over,
 * and the second with 64-bit times, which is read, and a footer. Nothing in it is trusted: every
 * count is bounded before it is used, every index is checked, and any surprise refuses the whole
 * file, because a wrong offset is worse than none. */
#include "base/zone_impl.h"

#include "base/limits.h"
#include "base/panic.h"

enum {
    HEADER_SIZE = 44,
    OFFSET_MIN_S = -(25 * 3600 - 1), /* RFC 9636, section 3.2: -24:59:59 */
    OFFSET_MAX_S = 26 * 3600 - 1,    /* 25:59:59 */
    TYPES_MAX = 256,
    TYPE_SIZE = 6,
    TEXTS_MAX = 2048, /* bytes of all abbreviations */
};

struct header {
    uint32_t isut_count, isstd_count, leap_count, change_count, type_count, text_size;
};

struct reader {
    struct pawl_str bytes;
    size_t at;
};

static uint64_t decode_big_endian(const char *bytes, size_t size)
{
    uint64_t number = 0;
    for (size_t i = 0; i < size; i++) {
        number = number << 8 | (uint8_t)bytes[i];
    }
    return number;
}

static int64_t decode_signed_64(const char *bytes)
{
    uint64_t number = decode_big_endian(bytes, 8);
    int64_t result;
    memcpy(&result, &number, sizeof(result));
    return result;
}

static int32_t decode_signed_32(const char *bytes)
{
    uint32_t number = (uint32_t)decode_big_endian(bytes, 4);
    int32_t result;
    memcpy(&result, &number, sizeof(result));
    return result;
}

/* The next `size` bytes, or NULL past the end. */
static const char *take(struct reader *reader, uint64_t size)
{
    if (size > reader->bytes.len - reader->at) {
        return NULL;
    }
    const char *bytes = reader->bytes.ptr + reader->at;
    reader->at += (size_t)size;
    return bytes;
}

static bool read_header(struct reader *reader, struct header *ret_header)
{
    const char *bytes = take(reader, HEADER_SIZE);
    if (bytes == NULL || memcmp(bytes, "TZif", 4) != 0 || bytes[4] < '2' || bytes[4] > '4') {
        return false;
    }
    *ret_header = (struct header){
        .isut_count = (uint32_t)decode_big_endian(bytes + 20, 4),
        .isstd_count = (uint32_t)decode_big_endian(bytes + 24, 4),
        .leap_count = (uint32_t)decode_big_endian(bytes + 28, 4),
        .change_count = (uint32_t)decode_big_endian(bytes + 32, 4),
        .type_count = (uint32_t)decode_big_endian(bytes + 36, 4),
        .text_size = (uint32_t)decode_big_endian(bytes + 40, 4),
    };
    return true;
}

static uint64_t block_size(const struct header *header, uint64_t time_size)
{
    return header->change_count * (time_size + 1) + (uint64_t)header->type_count * TYPE_SIZE +
           header->text_size + header->leap_count * (time_size + 4) + header->isstd_count +
           (uint64_t)header->isut_count;
}

static bool header_fits(const struct header *header)
{
    return header->change_count <= PAWL_ZONE_TRANSITIONS_MAX && header->type_count >= 1 &&
           header->type_count <= TYPES_MAX && header->text_size >= 1 &&
           header->text_size <= TEXTS_MAX && header->leap_count == 0;
}

static bool decode_changes(struct pawl_zone *zone, int64_t *at_s, const char *times,
                           const char *indexes)
{
    for (uint32_t i = 0; i < zone->change_count; i++) {
        at_s[i] = decode_signed_64(times + (size_t)i * 8);
        bool ascends = i == 0 || at_s[i] > at_s[i - 1];
        if (!ascends || (uint8_t)indexes[i] >= zone->type_count) {
            return false;
        }
    }
    return true;
}

static bool decode_types(const struct pawl_zone *zone, struct pawl_zone_type *types,
                         const char *bytes, struct pawl_str texts)
{
    for (uint32_t i = 0; i < zone->type_count; i++) {
        const char *record = bytes + (size_t)i * TYPE_SIZE;
        size_t text_at = (uint8_t)record[5];
        int32_t offset_s = decode_signed_32(record);
        if (offset_s < OFFSET_MIN_S || offset_s > OFFSET_MAX_S || text_at >= texts.len ||
            (uint8_t)record[4] > 1) {
            return false;
        }
        struct pawl_str rest = pawl_str_sub(texts, text_at, texts.len);
        const char *end = memchr(rest.ptr, '\0', rest.len);
        if (end == NULL) {
            return false;
        }
        types[i] = (struct pawl_zone_type){
            .offset_s = offset_s,
            .is_dst = record[4] == 1,
            .abbreviation = {rest.ptr, (size_t)(end - rest.ptr)},
        };
    }
    return true;
}

/* The block's parts lie behind one another; each is taken, checked and decoded into the arena. */
static enum pawl_rc read_block(struct pawl_arena *arena, struct reader *reader,
                               const struct header *header, struct pawl_zone *zone)
{
    zone->change_count = header->change_count;
    zone->type_count = header->type_count;
    const char *times = take(reader, (uint64_t)header->change_count * 8);
    const char *indexes = take(reader, header->change_count);
    const char *records = take(reader, (uint64_t)header->type_count * TYPE_SIZE);
    const char *texts = take(reader, header->text_size);
    const char *marks = take(reader, (uint64_t)header->isstd_count + header->isut_count);
    if (times == NULL || indexes == NULL || records == NULL || texts == NULL || marks == NULL) {
        return PAWL_ECORRUPT;
    }
    int64_t *at_s = PAWL_ARENA_ARRAY(arena, int64_t, header->change_count);
    struct pawl_zone_type *types =
        PAWL_ARENA_ARRAY(arena, struct pawl_zone_type, header->type_count);
    struct pawl_str kept_indexes =
        pawl_arena_str(arena, (struct pawl_str){indexes, header->change_count});
    struct pawl_str kept_texts = pawl_arena_str(arena, (struct pawl_str){texts, header->text_size});
    if (arena->failed) {
        return PAWL_ENOMEM;
    }
    if (!decode_changes(zone, at_s, times, kept_indexes.ptr) ||
        !decode_types(zone, types, records, kept_texts)) {
        return PAWL_ECORRUPT;
    }
    zone->at_s = at_s;
    zone->type_of = (const uint8_t *)kept_indexes.ptr;
    zone->types = types;
    return PAWL_OK;
}

static enum pawl_rc read_footer(struct pawl_arena *arena, struct reader *reader,
                                struct pawl_zone *zone)
{
    struct pawl_str rest = pawl_str_sub(reader->bytes, reader->at, reader->bytes.len);
    if (rest.len < 2 || rest.ptr[0] != '\n' || rest.ptr[rest.len - 1] != '\n') {
        return PAWL_ECORRUPT;
    }
    zone->has_rule = rest.len > 2;
    if (!zone->has_rule) {
        return PAWL_OK;
    }
    struct pawl_str text = pawl_arena_str(arena, pawl_str_sub(rest, 1, rest.len - 2));
    if (arena->failed) {
        return PAWL_ENOMEM;
    }
    return pawl_zone_rule_parse(text, &zone->rule, NULL);
}

static enum pawl_rc read_file(struct pawl_arena *arena, struct reader *reader,
                              struct pawl_zone *zone)
{
    struct header old, header;
    if (!read_header(reader, &old) || take(reader, block_size(&old, 4)) == NULL ||
        !read_header(reader, &header) || !header_fits(&header)) {
        return PAWL_ECORRUPT;
    }
    enum pawl_rc rc = read_block(arena, reader, &header, zone);
    return rc == PAWL_OK ? read_footer(arena, reader, zone) : rc;
}

enum pawl_rc pawl_zone_parse(struct pawl_arena *arena, struct pawl_str name, struct pawl_str bytes,
                             const struct pawl_zone **ret_zone, struct pawl_err *err)
{
    struct pawl_str shown = pawl_str_sub(name, 0, PAWL_ZONE_NAME_MAX);
    if (bytes.len > PAWL_ZONE_SIZE_MAX) {
        return pawl_err_set(err, PAWL_ELIMIT, "time zone '" PAWL_STR_FMT "' has more than %u bytes",
                            PAWL_STR_ARG(shown), PAWL_ZONE_SIZE_MAX);
    }
    struct pawl_zone *zone = PAWL_ARENA_NEW(arena, struct pawl_zone);
    if (zone == NULL) {
        return pawl_err_set(err, PAWL_ENOMEM, "no memory for a time zone");
    }
    zone->name = pawl_arena_str(arena, name);
    struct reader reader = {.bytes = bytes};
    enum pawl_rc rc = arena->failed ? PAWL_ENOMEM : read_file(arena, &reader, zone);
    if (rc != PAWL_OK) {
        return pawl_err_set(err, rc, "time zone '" PAWL_STR_FMT "': %s", PAWL_STR_ARG(shown),
                            rc == PAWL_ENOMEM
                                ? "no memory"
                                : "its data are not a TZif file of version 2 or later "
                                  "without leap seconds");
    }
    PAWL_ASSERT(zone->type_count > 0); /* I3 */
    *ret_zone = zone;
    return PAWL_OK;
}
