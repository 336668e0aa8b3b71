/* Hashes of values, for finding equal ones: equal values (pawl_val_eq: numbers by value, members in
 * any order) have equal hashes. Recursion goes as deep as the value does (PAWL_VALUE_DEPTH_MAX). */
#include "value/digits.h"
#include "value/schema_impl.h"

static uint32_t mix(uint32_t hash, uint32_t more)
{
    hash = (hash ^ more) * 0x9E3779B1u;
    return hash ^ (hash >> 15);
}

static uint32_t hash_number(const struct pawl_val *v)
{
    char room[PAWL_DIGITS_ROOM], digits[PAWL_NUMBER_DIGITS_MAX];
    struct pawl_digits number = pawl_digits_of(v, room);
    pawl_digits_copy(&number, digits);
    uint32_t hash = pawl_str_hash((struct pawl_str){digits, number.count});
    return mix(mix(hash, number.negative), (uint32_t)number.point);
}

uint32_t pawl_schema_hash(const struct pawl_val *v, uint64_t *io_weight)
{
    enum { BYTES_PER_STEP = 64 };
    enum pawl_val_kind kind = pawl_val_kind(v);
    *io_weight += 1 + pawl_val_str(v).len / BYTES_PER_STEP;
    if (kind == PAWL_VAL_INT || kind == PAWL_VAL_NUMBER) {
        return mix(PAWL_VAL_NUMBER, hash_number(v));
    }
    uint32_t hash = mix(kind, kind == PAWL_VAL_BOOL ? v->u.boolean : pawl_val_count(v));
    if (kind == PAWL_VAL_TEXT) {
        return mix(hash, pawl_str_hash(pawl_val_str(v)));
    }
    uint32_t sum = 0; /* of a map's members: their order does not matter */
    for (uint32_t i = 0; i < pawl_val_count(v); i++) {
        uint32_t part = pawl_schema_hash(pawl_val_at(v, i), io_weight);
        if (kind == PAWL_VAL_MAP) {
            sum += mix(v->u.members[i].key_hash, part);
        } else {
            hash = mix(hash, part);
        }
    }
    return mix(hash, sum);
}
