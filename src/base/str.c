/* Views of bytes: comparison, search, hashing, and the edit distance behind every "did you mean".
 */
#include "base/str.h"

int pawl_str_cmp(struct pawl_str a, struct pawl_str b)
{
    size_t len = a.len < b.len ? a.len : b.len;
    int order = len == 0 ? 0 : memcmp(a.ptr, b.ptr, len);
    if (order != 0) {
        return order;
    }
    return (a.len > b.len) - (a.len < b.len);
}

bool pawl_str_starts(struct pawl_str s, struct pawl_str prefix)
{
    return s.len >= prefix.len && (prefix.len == 0 || memcmp(s.ptr, prefix.ptr, prefix.len) == 0);
}

bool pawl_str_ends(struct pawl_str s, struct pawl_str suffix)
{
    return s.len >= suffix.len &&
           (suffix.len == 0 || memcmp(s.ptr + s.len - suffix.len, suffix.ptr, suffix.len) == 0);
}

size_t pawl_str_find(struct pawl_str s, struct pawl_str needle)
{
    if (needle.len == 0) {
        return 0;
    }
    if (s.len < needle.len) {
        return SIZE_MAX;
    }
    const char *hit = memmem(s.ptr, s.len, needle.ptr, needle.len);
    return hit == NULL ? SIZE_MAX : (size_t)(hit - s.ptr);
}

struct pawl_str pawl_str_sub(struct pawl_str s, size_t start, size_t len)
{
    if (start >= s.len) {
        return PAWL_STR_NONE;
    }
    size_t rest = s.len - start;
    return (struct pawl_str){s.ptr + start, len < rest ? len : rest};
}

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

struct pawl_str pawl_str_trim(struct pawl_str s)
{
    while (s.len > 0 && is_space(s.ptr[0])) {
        s.ptr++;
        s.len--;
    }
    while (s.len > 0 && is_space(s.ptr[s.len - 1])) {
        s.len--;
    }
    return s;
}

uint32_t pawl_str_hash(struct pawl_str s)
{
    uint64_t hash =
        0x9E3779B97F4A7C15u ^ s.len; /* FNV-like over 8 bytes a step, mixed at the end */
    size_t i = 0;
    for (; i + 8 <= s.len; i += 8) {
        uint64_t word;
        memcpy(&word, s.ptr + i, 8);
        hash = (hash ^ word) * 0xFF51AFD7ED558CCDu;
        hash ^= hash >> 32;
    }
    for (; i < s.len; i++) {
        hash = (hash ^ (uint8_t)s.ptr[i]) * 0x100000001B3u;
    }
    hash ^= hash >> 33;
    hash *= 0xC4CEB9FE1A85EC53u;
    hash ^= hash >> 29;
    return (uint32_t)hash;
}

enum { DISTANCE_LEN_MAX = 63 };

static size_t min3(size_t a, size_t b, size_t c)
{
    size_t least = a < b ? a : b;
    return least < c ? least : c;
}

size_t pawl_str_distance(struct pawl_str a, struct pawl_str b, size_t max)
{
    if (a.len > DISTANCE_LEN_MAX || b.len > DISTANCE_LEN_MAX) {
        return pawl_str_eq(a, b) ? 0 : max + 1;
    }
    size_t rows[3][DISTANCE_LEN_MAX + 1];
    size_t *before = rows[0], *last = rows[1], *row = rows[2];
    for (size_t j = 0; j <= b.len; j++) {
        last[j] = j;
    }
    memset(before, 0, sizeof(rows[0]));
    for (size_t i = 1; i <= a.len; i++) {
        row[0] = i;
        for (size_t j = 1; j <= b.len; j++) {
            size_t cost = a.ptr[i - 1] != b.ptr[j - 1];
            row[j] = min3(last[j] + 1, row[j - 1] + 1, last[j - 1] + cost);
            bool swapped =
                i > 1 && j > 1 && a.ptr[i - 1] == b.ptr[j - 2] && a.ptr[i - 2] == b.ptr[j - 1];
            if (swapped && before[j - 2] + 1 < row[j]) {
                row[j] = before[j - 2] + 1;
            }
        }
        size_t *spare = before;
        before = last;
        last = row;
        row = spare;
    }
    return last[b.len] > max ? max + 1 : last[b.len];
}

struct pawl_str pawl_str_suggest(struct pawl_str word, const struct pawl_str *candidates,
                                 size_t count)
{
    size_t max = word.len < 3 ? 1 : (word.len + 2) / 3;
    struct pawl_str best = PAWL_STR_NONE;
    for (size_t i = 0; i < count; i++) {
        size_t distance = pawl_str_distance(word, candidates[i], max);
        if (distance <= max && distance < candidates[i].len) {
            best = candidates[i];
            if (distance == 0) {
                return best;
            }
            max = distance - 1; /* only a nearer one replaces it */
        }
    }
    return best;
}
