/* Cutting frames; see frames.h. */
#include "api/frames.h"

#include <stdio.h>

#include "base/time.h"
#include "core/sensitive.h"

enum { MEMBERS_MAX = 48 }; /* of one event: the codec has fewer kinds of fields */

struct member {
    struct pawl_str key, value; /* as in the text; the key without its quotes */
};

struct scan {
    const char *at, *end;
    bool failed; /* not as the core writes it */
};

static bool take_char(struct scan *scan, char c)
{
    bool same = !scan->failed && scan->at < scan->end && *scan->at == c;
    scan->at += same;
    return same;
}

static void expect(struct scan *scan, char c)
{
    scan->failed = scan->failed || !take_char(scan, c);
}

/* Behind an opening quote, to behind the closing one. */
static void pass_text(struct scan *scan)
{
    while (scan->at < scan->end && *scan->at != '"') {
        scan->at += *scan->at == '\\' ? 2 : 1;
    }
    scan->failed = scan->failed || scan->at >= scan->end;
    scan->at += !scan->failed;
}

static bool is_opening(char c)
{
    return c == '{' || c == '[';
}

static bool is_closing(char c)
{
    return c == '}' || c == ']';
}

/* A value of any kind: brackets are counted, texts passed over, so that depth costs nothing. */
static void pass_value(struct scan *scan)
{
    uint32_t depth = 0;
    bool whole = false; /* a text or a bracket was closed: a comma or the end must follow */
    while (scan->at < scan->end && !scan->failed) {
        char c = *scan->at;
        if (depth == 0 && (c == ',' || is_closing(c))) {
            return;
        }
        scan->failed = whole;
        scan->at++;
        if (c == '"') {
            pass_text(scan);
        }
        depth += is_opening(c);
        depth -= is_closing(c); /* not below 0: that was the return */
        whole = depth == 0 && (c == '"' || is_closing(c));
    }
    scan->failed = true;
}

static uint32_t take_members(struct scan *scan, struct member *members)
{
    uint32_t count = 0;
    expect(scan, '{');
    if (take_char(scan, '}')) {
        return 0;
    }
    do {
        expect(scan, '"');
        const char *key = scan->at;
        pass_text(scan);
        if (scan->failed || count == MEMBERS_MAX) {
            scan->failed = true;
            return 0;
        }
        members[count].key = (struct pawl_str){key, (size_t)(scan->at - key) - 1};
        expect(scan, ':');
        const char *value = scan->at;
        pass_value(scan);
        members[count++].value = (struct pawl_str){value, (size_t)(scan->at - value)};
    } while (take_char(scan, ','));
    expect(scan, '}');
    return scan->failed ? 0 : count;
}

static const struct member *member_find(const struct member *members, uint32_t count,
                                        const char *key)
{
    for (uint32_t i = 0; i < count; i++) {
        if (pawl_str_is(members[i].key, key)) {
            return &members[i];
        }
    }
    return NULL;
}

/* A time in milliseconds; false: another kind of value. */
static bool as_time(const struct member *member, pawl_ms *ret_ms)
{
    struct pawl_str text = member->value;
    bool named = pawl_str_is(member->key, "at") || pawl_str_ends(member->key, PAWL_STR("_at"));
    pawl_ms ms = 0;
    for (size_t i = 0; named && i < text.len; i++) {
        named = text.ptr[i] >= '0' && text.ptr[i] <= '9' && i < 18;
        ms = ms * 10 + (text.ptr[i] - '0');
    }
    *ret_ms = ms;
    return named && text.len > 0;
}

static void put_key(struct pawl_buf *buf, struct pawl_str key)
{
    pawl_buf_put_cstr(buf, ",\"");
    pawl_buf_put_str(buf, key);
    pawl_buf_put_cstr(buf, "\":");
}

static void put_time(struct pawl_buf *buf, pawl_ms ms)
{
    char text[PAWL_TIME_TEXT_MAX];
    pawl_buf_put_char(buf, '"');
    pawl_buf_put_str(buf, pawl_time_format(text, ms));
    pawl_buf_put_char(buf, '"');
}

static void put_member(struct pawl_buf *buf, const struct member *member)
{
    pawl_ms ms = 0;
    put_key(buf, member->key);
    if (as_time(member, &ms)) {
        put_time(buf, ms);
    } else {
        pawl_buf_put_str(buf, member->value);
    }
}

/* {"id":…,"run":…,"run_seq":…,"actor":…,"at":…, and the event's own members}; its own actor and
 * time stand in place of the record's. */
static void put_data(struct pawl_buf *buf, const struct pawl_event_row *row, struct pawl_str id,
                     const struct member *members, uint32_t count)
{
    char text[PAWL_ID_TEXT_MAX];
    const struct member *actor = member_find(members, count, "actor");
    const struct member *at = member_find(members, count, "at");
    pawl_buf_put_cstr(buf, "{\"id\":\"");
    pawl_buf_put_str(buf, id);
    pawl_buf_put_cstr(buf, "\",\"run\":");
    if (row->run != 0) {
        pawl_buf_put_char(buf, '"');
        pawl_buf_put_str(buf, pawl_id_format(text, "run", row->run));
        pawl_buf_put_cstr(buf, "\",\"run_seq\":");
        pawl_buf_put_int(buf, row->run_seq);
    } else {
        pawl_buf_put_cstr(buf, "null");
    }
    if (actor == NULL) {
        pawl_buf_put_cstr(buf, ",\"actor\":");
        if (row->actor.len > 0) {
            pawl_json_write_text(buf, row->actor);
        } else {
            pawl_buf_put_cstr(buf, "null");
        }
    } else {
        put_member(buf, actor);
    }
    if (at == NULL) {
        pawl_buf_put_cstr(buf, ",\"at\":");
        put_time(buf, row->at);
    } else {
        put_member(buf, at);
    }
    for (uint32_t i = 0; i < count; i++) {
        if (&members[i] != actor && &members[i] != at) {
            put_member(buf, &members[i]);
        }
    }
    pawl_buf_put_char(buf, '}');
}

static void put_frame(struct pawl_buf *buf, const struct pawl_event_row *row, uint32_t index,
                      const struct member *members, uint32_t count)
{
    char text[PAWL_ID_TEXT_MAX], number[16];
    const struct member *kind = member_find(members, count, "kind");
    struct pawl_str id = pawl_id_format(text, "evt", row->id);
    char whole[PAWL_ID_TEXT_MAX + sizeof(number)];
    int len = snprintf(whole, sizeof(whole), PAWL_STR_FMT ".%u", PAWL_STR_ARG(id), index);
    PAWL_ASSERT(len > 0 && (size_t)len < sizeof(whole));
    id = (struct pawl_str){whole, (size_t)len};
    pawl_buf_put_cstr(buf, "id: ");
    pawl_buf_put_str(buf, id);
    pawl_buf_put_cstr(buf, "\nevent: ");
    pawl_buf_put_str(buf, kind == NULL ? PAWL_STR("message")
                                       : pawl_str_sub(kind->value, 1, kind->value.len - 2));
    pawl_buf_put_cstr(buf, "\ndata: ");
    put_data(buf, row, id, members, count);
    pawl_buf_put_cstr(buf, "\n\n");
}

/* A kind is a plain word in quotes. */
static bool kind_is_plain(const struct member *members, uint32_t count)
{
    const struct member *kind = member_find(members, count, "kind");
    if (kind == NULL) {
        return true;
    }
    return kind->value.len > 2 && kind->value.ptr[0] == '"' &&
           pawl_event_kind_is_plain(pawl_str_sub(kind->value, 1, kind->value.len - 2));
}

/* False: the text is not as the core writes it; buf may hold a part of it. */
static bool cut(struct pawl_buf *buf, const struct pawl_event_row *row, struct pawl_str body,
                uint32_t skip)
{
    static const struct pawl_str start = PAWL_STR_INIT("{\"events\":[");
    struct member members[MEMBERS_MAX];
    struct scan scan = {body.ptr, body.ptr + body.len, !pawl_str_starts(body, start)};
    if (scan.failed) {
        return false;
    }
    scan.at += start.len;
    if (take_char(&scan, ']')) {
        expect(&scan, '}');
        return !scan.failed;
    }
    uint32_t index = 0;
    do {
        uint32_t count = take_members(&scan, members);
        if (scan.failed || !kind_is_plain(members, count)) {
            return false;
        }
        if (skip == UINT32_MAX || index > skip) {
            put_frame(buf, row, index, members, count);
        }
        index++;
    } while (take_char(&scan, ','));
    expect(&scan, ']');
    expect(&scan, '}');
    return !scan.failed && scan.at == scan.end;
}

void pawl_frames_write(struct pawl_buf *buf, const struct pawl_event_row *row, uint32_t skip)
{
    size_t before = buf->len;
    bool is_done = !pawl_reveal_changes(row->body) && cut(buf, row, row->body, skip);
    if (!is_done && buf->rc == PAWL_OK) {
        buf->len = before;
        pawl_events_write_frames(buf, row, skip);
    }
}
