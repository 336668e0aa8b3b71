/* Reads request heads; see head.h. RFC 9112 (HTTP/1.1), with each "may be lenient" answered by no:
 *
 *   request-line = token SP target SP "HTTP/1." ( "0" / "1" ) CRLF
 *   field-line   = token ":" OWS value OWS CRLF
 *
 * One leniency is kept: one empty line before the request line is passed over (2.2), for old
 * clients end a body so. */
#include "http/head.h"

#include <strings.h>

#include "base/limits.h"
#include "base/panic.h"

enum { METHOD_SIZE_MAX = 32, LENGTH_DIGITS_MAX = 18, PORT_DIGITS_MAX = 5 };

static const char *const SINGLE_FIELDS[] = {
#define PAWL_X(name) name,
#include "http/single_fields.def"
#undef PAWL_X
};
enum { SINGLE_COUNT = sizeof(SINGLE_FIELDS) / sizeof(SINGLE_FIELDS[0]) };
static_assert(SINGLE_COUNT <= 32, "a bit each");

/* ---- the end --------------------------------------------------------------------------------- */

enum pawl_head_end pawl_head_find_end(const char *bytes, size_t len, size_t *io_at,
                                      size_t *ret_len)
{
    size_t at = *io_at;
    for (; at < len; at++) {
        char c = bytes[at];
        if (c == '\0') {
            return PAWL_HEAD_BAD;
        }
        if (c == '\r' && at + 1 == len) {
            break; /* what follows is not known yet */
        }
        if (c == '\r' && bytes[at + 1] != '\n') {
            return PAWL_HEAD_BAD;
        }
        if (c != '\n') {
            continue;
        }
        if (at == 0 || bytes[at - 1] != '\r') {
            return PAWL_HEAD_BAD;
        }
        if (at >= 3 && bytes[at - 2] == '\n') {
            *ret_len = at + 1;
            *io_at = at + 1;
            return PAWL_HEAD_WHOLE;
        }
    }
    *io_at = at;
    return PAWL_HEAD_MORE;
}

/* ---- characters ------------------------------------------------------------------------------ */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_alnum(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_token(struct pawl_str text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (!is_alnum(c) && (c == '\0' || strchr("!#$%&'*+-.^_`|~", c) == NULL)) {
            return false;
        }
    }
    return text.len > 0;
}

/* Of a target: everything that is seen, and bytes of UTF-8 that its own reader checks. */
static bool is_visible(struct pawl_str text)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        if (c <= 0x20 || c == 0x7F || c == '#') {
            return false;
        }
    }
    return text.len > 0;
}

static bool is_value(struct pawl_str text)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        if ((c < 0x20 && c != '\t') || c == 0x7F) {
            return false;
        }
    }
    return true;
}

static bool is_name(struct pawl_str text, const char *name)
{
    return text.len == strlen(name) && strncasecmp(text.ptr, name, text.len) == 0;
}

static struct pawl_str trim_blanks(struct pawl_str text)
{
    while (text.len > 0 && (text.ptr[0] == ' ' || text.ptr[0] == '\t')) {
        text = pawl_str_sub(text, 1, SIZE_MAX);
    }
    while (text.len > 0 && (text.ptr[text.len - 1] == ' ' || text.ptr[text.len - 1] == '\t')) {
        text.len -= 1;
    }
    return text;
}

/* ---- one after another ----------------------------------------------------------------------- */

struct reading {
    struct pawl_arena *arena;
    char *bytes;
    size_t len, at;
    struct pawl_head *head;
    struct pawl_head_field *fields;
    uint32_t field_max; /* there is room for */
    uint32_t seen; /* bits of SINGLE_FIELDS */
    struct pawl_str host;
    uint32_t status;
    struct pawl_err *err;
};

static enum pawl_rc refuse(struct reading *reading, uint32_t status, const char *sentence)
{
    reading->status = status;
    return pawl_err_set(reading->err, status == 431 ? PAWL_ELIMIT : PAWL_ESYNTAX, "%s", sentence);
}

/* The next line without its CRLF. The end was found, so there is one. */
static struct pawl_str next_line(struct reading *reading)
{
    const char *start = reading->bytes + reading->at;
    const char *end = memchr(start, '\n', reading->len - reading->at);
    PAWL_ASSERT(end != NULL && end > start);
    reading->at = (size_t)(end - reading->bytes) + 1;
    return (struct pawl_str){start, (size_t)(end - start) - 1};
}

static void end_text(struct reading *reading, struct pawl_str text)
{
    reading->bytes[(size_t)(text.ptr - reading->bytes) + text.len] = '\0';
}

static enum pawl_rc read_version(struct reading *reading, struct pawl_str text)
{
    if (text.len != 8 || !pawl_str_starts(text, PAWL_STR("HTTP/")) || !is_digit(text.ptr[5]) ||
        text.ptr[6] != '.' || !is_digit(text.ptr[7])) {
        return refuse(reading, 400, "the request line is not 'METHOD TARGET HTTP/1.1'");
    }
    if (text.ptr[5] != '1' || text.ptr[7] > '1') {
        return refuse(reading, 505, "only HTTP/1.1 and HTTP/1.0 are spoken here");
    }
    reading->head->minor = (uint32_t)(text.ptr[7] - '0');
    return PAWL_OK;
}

static enum pawl_rc read_request_line(struct reading *reading)
{
    struct pawl_head *head = reading->head;
    struct pawl_str line = next_line(reading);
    if (line.len == 0) {
        line = next_line(reading); /* one empty line is passed over */
    }
    const char *first = line.len == 0 ? NULL : memchr(line.ptr, ' ', line.len);
    size_t method_len = first == NULL ? 0 : (size_t)(first - line.ptr);
    struct pawl_str rest = pawl_str_sub(line, method_len + 1, SIZE_MAX);
    const char *second = rest.len == 0 ? NULL : memchr(rest.ptr, ' ', rest.len);
    if (first == NULL || second == NULL) {
        return refuse(reading, 400, "the request line is not 'METHOD TARGET HTTP/1.1'");
    }
    head->method = pawl_str_sub(line, 0, method_len);
    head->target = pawl_str_sub(rest, 0, (size_t)(second - rest.ptr));
    if (!is_token(head->method) || head->method.len > METHOD_SIZE_MAX) {
        return refuse(reading, 400, "the request's method is not one");
    }
    if (!is_visible(head->target)) {
        return refuse(reading, 400, "the request's target holds a character that none may hold");
    }
    enum pawl_rc rc = read_version(reading, pawl_str_sub(rest, head->target.len + 1, SIZE_MAX));
    end_text(reading, head->method);
    end_text(reading, head->target);
    return rc;
}

static enum pawl_rc read_field(struct reading *reading, struct pawl_str line)
{
    struct pawl_head *head = reading->head;
    const char *colon = memchr(line.ptr, ':', line.len);
    struct pawl_str name = pawl_str_sub(line, 0, colon == NULL ? 0 : (size_t)(colon - line.ptr));
    struct pawl_str value = trim_blanks(pawl_str_sub(line, name.len + 1, SIZE_MAX));
    if (line.ptr[0] == ' ' || line.ptr[0] == '\t') {
        return refuse(reading, 400, "a header line starts with a blank; folded lines are not read");
    }
    if (!is_token(name)) {
        return refuse(reading, 400, "a header line is not 'Name: value'");
    }
    if (!is_value(value)) {
        return refuse(reading, 400, "a header's value holds a control character");
    }
    for (uint32_t i = 0; i < SINGLE_COUNT; i++) {
        if (!is_name(name, SINGLE_FIELDS[i])) {
            continue;
        }
        if ((reading->seen & 1u << i) != 0) {
            (void)refuse(reading, 400, "");
            return pawl_err_set(reading->err, PAWL_ESYNTAX, "the header %s is given twice",
                                SINGLE_FIELDS[i]);
        }
        reading->seen |= 1u << i;
    }
    if (head->field_count == reading->field_max) {
        (void)refuse(reading, 431, "");
        return pawl_err_set(reading->err, PAWL_ELIMIT, "a request has at most %u headers",
                            PAWL_HTTP_FIELDS_MAX);
    }
    end_text(reading, name);
    if (value.len == 0) {
        value.ptr = "";
    } else {
        end_text(reading, value);
    }
    reading->fields[head->field_count++] = (struct pawl_head_field){name, value};
    return PAWL_OK;
}

static enum pawl_rc read_fields(struct reading *reading)
{
    uint32_t lines = 1;
    for (size_t i = reading->at; i < reading->len && lines < PAWL_HTTP_FIELDS_MAX; i++) {
        lines += reading->bytes[i] == '\n' ? 1 : 0;
    }
    reading->field_max = lines;
    reading->fields = PAWL_ARENA_ARRAY(reading->arena, struct pawl_head_field, lines);
    if (reading->fields == NULL) {
        reading->status = 503;
        return pawl_err_set(reading->err, PAWL_ENOMEM, "no memory for the request's head");
    }
    reading->head->fields = reading->fields;
    for (;;) {
        struct pawl_str line = next_line(reading);
        if (line.len == 0) {
            PAWL_ASSERT(reading->at == reading->len);
            return PAWL_OK;
        }
        enum pawl_rc rc = read_field(reading, line);
        if (rc != PAWL_OK) {
            return rc;
        }
    }
}

/* ---- what the fields mean -------------------------------------------------------------------- */

static bool is_port(struct pawl_str text)
{
    uint32_t number = 0;
    bool good = text.len > 0 && text.len <= PORT_DIGITS_MAX;
    for (size_t i = 0; good && i < text.len; i++) {
        good = is_digit(text.ptr[i]);
        number = number * 10 + (uint32_t)(text.ptr[i] - '0');
    }
    return good && number <= UINT16_MAX;
}

/* reg-name or IPv4, or [IPv6]; then perhaps a port. */
static bool is_host(struct pawl_str text)
{
    bool is_bracketed = text.len > 0 && text.ptr[0] == '[';
    size_t at = is_bracketed ? 1 : 0;
    size_t start = at;
    for (; at < text.len; at++) {
        char c = text.ptr[at];
        bool is_own = is_alnum(c) || c == '.';
        is_own = is_own || (is_bracketed ? c == ':' : strchr("-_~%!$&'()*+,;=", c) != NULL);
        if (!is_own) {
            break;
        }
    }
    if (at == start || (is_bracketed && (at == text.len || text.ptr[at++] != ']'))) {
        return false;
    }
    return at == text.len ||
           (text.ptr[at] == ':' && is_port(pawl_str_sub(text, at + 1, SIZE_MAX)));
}

static enum pawl_rc take_host(struct reading *reading)
{
    const char *text = pawl_head_find(reading->head, "Host");
    reading->host = pawl_str_from(text);
    if (text == NULL && reading->head->minor == 0) {
        return PAWL_OK; /* HTTP/1.0 knows none */
    }
    if (text == NULL) {
        return refuse(reading, 400, "the header Host is missing");
    }
    if (!is_host(reading->host)) {
        return refuse(reading, 400, "the header Host is not HOST or HOST:PORT");
    }
    return PAWL_OK;
}

/* "http://host/path" says what Host says, or one of them lies. The target becomes the path. */
static enum pawl_rc take_target(struct reading *reading)
{
    static const struct pawl_str schemes[] = {PAWL_STR_INIT("http://"), PAWL_STR_INIT("https://")};
    struct pawl_str *target = &reading->head->target;
    for (size_t i = 0; i < 2; i++) {
        if (target->len < schemes[i].len ||
            strncasecmp(target->ptr, schemes[i].ptr, schemes[i].len) != 0) {
            continue;
        }
        struct pawl_str rest = pawl_str_sub(*target, schemes[i].len, SIZE_MAX);
        size_t len = 0;
        while (len < rest.len && rest.ptr[len] != '/' && rest.ptr[len] != '?') {
            len++;
        }
        if (len == 0 || reading->host.len != len ||
            strncasecmp(rest.ptr, reading->host.ptr, len) != 0) {
            return refuse(reading, 400, "the request's target names another host than Host does");
        }
        *target = pawl_str_sub(rest, len, SIZE_MAX);
        return PAWL_OK;
    }
    return PAWL_OK;
}

static enum pawl_rc take_length(struct reading *reading, struct pawl_str text)
{
    struct pawl_head *head = reading->head;
    uint64_t length = 0;
    bool good = text.len > 0 && text.len <= LENGTH_DIGITS_MAX;
    for (size_t i = 0; good && i < text.len; i++) {
        good = is_digit(text.ptr[i]);
        length = length * 10 + (uint64_t)(text.ptr[i] - '0');
    }
    if (!good) {
        return refuse(reading, 400, "Content-Length is not one number of bytes");
    }
    head->framing = length > 0 ? PAWL_FRAMING_LENGTH : PAWL_FRAMING_NONE;
    head->length = length;
    return PAWL_OK;
}

static enum pawl_rc take_framing(struct reading *reading)
{
    struct pawl_head *head = reading->head;
    const char *length = pawl_head_find(head, "Content-Length");
    const char *codings = pawl_head_find(head, "Transfer-Encoding");
    if (codings == NULL) {
        return length == NULL ? PAWL_OK : take_length(reading, pawl_str_from(length));
    }
    if (length != NULL) {
        return refuse(reading, 400, "Content-Length and Transfer-Encoding are both given");
    }
    if (head->minor == 0) {
        return refuse(reading, 400, "HTTP/1.0 has no Transfer-Encoding");
    }
    if (!is_name(pawl_str_from(codings), "chunked")) {
        return refuse(reading, 400, "Transfer-Encoding may only be 'chunked'");
    }
    head->framing = PAWL_FRAMING_CHUNKED;
    return PAWL_OK;
}

static enum pawl_rc take_expect(struct reading *reading)
{
    struct pawl_head *head = reading->head;
    const char *text = pawl_head_find(head, "Expect");
    if (text == NULL || head->minor == 0) {
        return PAWL_OK;
    }
    if (!is_name(pawl_str_from(text), "100-continue")) {
        return refuse(reading, 417, "the only expectation that is met is 100-continue");
    }
    head->expects_continue = head->framing != PAWL_FRAMING_NONE;
    return PAWL_OK;
}

/* Whether a list of tokens holds the token. */
static bool list_has(struct pawl_str list, const char *token)
{
    while (list.len > 0) {
        const char *comma = memchr(list.ptr, ',', list.len);
        size_t len = comma == NULL ? list.len : (size_t)(comma - list.ptr);
        if (is_name(trim_blanks(pawl_str_sub(list, 0, len)), token)) {
            return true;
        }
        list = pawl_str_sub(list, len + 1, SIZE_MAX);
    }
    return false;
}

static void take_connection(struct pawl_head *head)
{
    bool close = false, keep = false;
    for (uint32_t i = 0; i < head->field_count; i++) {
        if (is_name(head->fields[i].name, "Connection")) {
            close = close || list_has(head->fields[i].value, "close");
            keep = keep || list_has(head->fields[i].value, "keep-alive");
        }
    }
    head->keep_alive = !close && (head->minor == 1 || keep);
}

enum pawl_rc pawl_head_parse(struct pawl_arena *arena, char *bytes, size_t len,
                             struct pawl_head *ret_head, uint32_t *ret_status,
                             struct pawl_err *err)
{
    PAWL_ASSERT(len >= 4 && memcmp(bytes + len - 4, "\r\n\r\n", 4) == 0);
    *ret_head = (struct pawl_head){0};
    struct reading reading = {
        .arena = arena, .bytes = bytes, .len = len, .head = ret_head, .err = err};
    enum pawl_rc rc = read_request_line(&reading);
    rc = rc == PAWL_OK ? read_fields(&reading) : rc;
    rc = rc == PAWL_OK ? take_host(&reading) : rc;
    rc = rc == PAWL_OK ? take_target(&reading) : rc;
    rc = rc == PAWL_OK ? take_framing(&reading) : rc;
    rc = rc == PAWL_OK ? take_expect(&reading) : rc;
    if (rc == PAWL_OK) {
        take_connection(ret_head);
    }
    *ret_status = reading.status;
    return rc;
}

const char *pawl_head_find(const struct pawl_head *head, const char *name)
{
    for (uint32_t i = 0; i < head->field_count; i++) {
        if (is_name(head->fields[i].name, name)) {
            return head->fields[i].value.ptr;
        }
    }
    return NULL;
}
