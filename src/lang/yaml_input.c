/* The text on its way to libyaml, and its scalars on their way back.
 *
 * libyaml follows YAML 1.1 in what ends a line and takes no control characters, while YAML 1.2
 * knows CR and LF only, and allows everything from U+0020 on in quotes, as JSON does. Each such
 * character is given to libyaml as the one U+100000 above it, which means nothing to it; scalars
 * get the original back. One character stays one character, so places are right. A text that has
 * both such characters and ones of that far plane itself, raw or as an escape, is refused.
 *
 * The end of the text ends its last line, as the official suite has it: a line break is added where
 * none is. Called by yaml.c, yaml_build.c and yaml_strict.c; holds no memory. */
#include "lang/yaml_input.h"

#include "base/panic.h"
#include "base/utf8.h"

enum { DISGUISE = 0x100000, NEXT_LINE = 0x85, LINE_SEPARATOR = 0x2028, BYTE_ORDER_MARK = 0xFEFF };

static bool is_special(uint32_t code)
{
    return (code >= 0x7F && code < 0xA0) || code == LINE_SEPARATOR || code == LINE_SEPARATOR + 1 ||
           code == BYTE_ORDER_MARK || code == 0xFFFE || code == 0xFFFF;
}

bool pawl_yaml_is_quoted_only(uint32_t code)
{
    return is_special(code) && code != NEXT_LINE && code != LINE_SEPARATOR &&
           code != LINE_SEPARATOR + 1;
}

/* Special characters begin with one of these bytes; most texts have none. */
static bool may_be_special(char c)
{
    unsigned char byte = (unsigned char)c;
    return byte == 0x7F || byte == 0xC2 || byte == 0xE2 || byte == 0xEF;
}

static bool has_special(struct pawl_str text)
{
    for (size_t at = 0; at < text.len;) {
        if (!may_be_special(text.ptr[at])) {
            at++;
        } else if (is_special(pawl_utf8_next(text, &at))) {
            return true;
        }
    }
    return false;
}

/* What disguises are made of: U+100000 and above, raw or as \U0010…. */
static size_t find_far(struct pawl_str text)
{
    const char *raw = memchr(text.ptr, 0xF4, text.len);
    size_t escape = pawl_str_find(text, PAWL_STR("\\U0010"));
    size_t at = raw == NULL ? SIZE_MAX : (size_t)(raw - text.ptr);
    return at < escape ? at : escape;
}

bool pawl_yaml_input_init(struct pawl_yaml_input *input, struct pawl_str text, size_t *ret_at)
{
    *input = (struct pawl_yaml_input){.text = text, .disguised = has_special(text)};
    size_t far = input->disguised ? find_far(text) : SIZE_MAX;
    if (far != SIZE_MAX) {
        *ret_at = far;
        return false;
    }
    return true;
}

void pawl_yaml_input_rewind(struct pawl_yaml_input *input)
{
    input->at = 0;
    input->ended = false;
}

static size_t give_plain(struct pawl_yaml_input *input, char *buffer, size_t size)
{
    struct pawl_str piece = pawl_str_sub(input->text, input->at, size);
    if (piece.len > 0) {
        memcpy(buffer, piece.ptr, piece.len);
    }
    input->at += piece.len;
    return piece.len;
}

static size_t give_disguised(struct pawl_yaml_input *input, char *buffer, size_t size)
{
    size_t len = 0;
    while (size - len >= 4 && input->at < input->text.len) {
        uint32_t code = pawl_utf8_next(input->text, &input->at);
        PAWL_ASSERT(code != PAWL_UTF8_BAD);
        len += pawl_utf8_put(buffer + len, is_special(code) ? code + DISGUISE : code);
    }
    return len;
}

int pawl_yaml_input_read(void *data, unsigned char *buffer, size_t size, size_t *ret_size)
{
    struct pawl_yaml_input *input = data;
    PAWL_ASSERT(size >= 8);
    *ret_size = input->disguised ? give_disguised(input, (char *)buffer, size - 1)
                                 : give_plain(input, (char *)buffer, size - 1);
    if (input->at == input->text.len && !input->ended) {
        char last = input->text.len == 0 ? '\n' : input->text.ptr[input->text.len - 1];
        if (last != '\n' && last != '\r') {
            buffer[(*ret_size)++] = '\n';
        }
        input->ended = true;
    }
    return 1;
}

bool pawl_yaml_input_restore(const struct pawl_yaml_input *input, char *text, size_t *io_len)
{
    bool quoted_only = false;
    if (!input->disguised) {
        return true;
    }
    struct pawl_str from = {text, *io_len};
    size_t len = 0;
    for (size_t at = 0; at < from.len;) {
        uint32_t code = pawl_utf8_next(from, &at);
        PAWL_ASSERT(code != PAWL_UTF8_BAD);
        if (code >= DISGUISE) {
            code -= DISGUISE;
            quoted_only |= pawl_yaml_is_quoted_only(code);
        }
        len += pawl_utf8_put(text + len, code); /* never longer than what was read */
    }
    *io_len = len;
    return !quoted_only;
}
