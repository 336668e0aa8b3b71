/* Time zones: the offset of local time from UTC at every instant.
 *
 * A zone is read from the bytes of a TZif file (RFC 9636, versions 2 to 4) by a pure parser;
 * instants behind the last change written in the file follow its footer, a POSIX TZ rule, so the
 * far future has its daylight-saving time too. Who reads files is os/zones.c; everybody else gets
 * zones by name from a `struct pawl_zones`. A zone is immutable and may be read by many threads.
 *
 * Local times that a change skips or doubles: pawl_zone_find_local tells which case it is and gives
 * both instants; the one rule for those who want just one is pawl_zone_to_utc. docs/time.md. */
#ifndef PAWL_BASE_ZONE_H
#define PAWL_BASE_ZONE_H

#include "base/arena.h"
#include "base/time.h"

struct pawl_zone;

/* UTC; always there, never freed. */
const struct pawl_zone *pawl_zone_utc(void);

/* Reads a TZif file. name is copied. PAWL_ECORRUPT: not TZif 2+, damaged, or with leap seconds (a
 * "right/" zone); PAWL_ELIMIT, PAWL_ENOMEM. The zone lives in the arena and keeps no view of bytes.
 */
PAWL_CHECKED
enum pawl_rc pawl_zone_parse(struct pawl_arena *arena, struct pawl_str name, struct pawl_str bytes,
                             const struct pawl_zone **ret_zone, struct pawl_err *err);

struct pawl_str pawl_zone_name(const struct pawl_zone *zone);

/* A stretch of time with one offset: start <= t < end. Neighbours may have the same offset. */
struct pawl_zone_period {
    pawl_ms start;    /* INT64_MIN: always was so */
    pawl_ms end;      /* PAWL_NEVER: stays so */
    int32_t offset_s; /* local time minus UTC, seconds; east is positive */
    bool is_dst;
    struct pawl_str abbreviation; /* "CEST"; lives with the zone */
};

/* The period that holds the instant, PAWL_TIME_MIN - 2 days <= at <= PAWL_TIME_MAX + 2 days. */
struct pawl_zone_period pawl_zone_period(const struct pawl_zone *zone, pawl_ms at);
int32_t pawl_zone_offset_s(const struct pawl_zone *zone, pawl_ms at);
/* The civil date and time that clocks in the zone show. */
struct pawl_civil pawl_zone_civil(const struct pawl_zone *zone, pawl_ms at);

enum pawl_local_kind {
    PAWL_LOCAL_ONCE,    /* earlier == later */
    PAWL_LOCAL_SKIPPED, /* clocks jumped over it: earlier and later are the instants that the
                           offsets after and before the jump would give, so earlier < jump <= later
                         */
    PAWL_LOCAL_DOUBLED, /* clocks show it twice: earlier and later are the two instants */
};
struct pawl_local {
    enum pawl_local_kind kind;
    pawl_ms earlier, later;
};
/* What a local time (ms as pawl_civil_to_ms gives it) means in the zone. */
struct pawl_local pawl_zone_find_local(const struct pawl_zone *zone, pawl_ms local);
/* One instant: a doubled time is its first occurrence, a skipped one is read with the offset before
 * the jump (02:30 becomes 03:30), as RFC 5545 has it. */
pawl_ms pawl_zone_to_utc(const struct pawl_zone *zone, pawl_ms local);

/* Where zones come from. */
struct pawl_zones {
    void *ctx;
    /* The zone with that IANA name. PAWL_ENOT_FOUND: there is none, err suggests one where it can.
     * May block on a file; thread-safe; the zone lives as long as the provider. */
    enum pawl_rc (*find)(void *ctx, struct pawl_str name, const struct pawl_zone **ret_zone,
                         struct pawl_err *err);
};

/* Asks the provider; "UTC" and names that no zone can have are answered without it. zones may be
 * NULL: then only UTC is known. */
PAWL_CHECKED
enum pawl_rc pawl_zones_find(const struct pawl_zones *zones, struct pawl_str name,
                             const struct pawl_zone **ret_zone, struct pawl_err *err);
/* Letters, digits and _ + - / . in parts of at least one character that do not start with a dot. */
bool pawl_zone_name_check(struct pawl_str name);

#endif
