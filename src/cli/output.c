/* Tables and JSON. A table is laid out in two passes over its cells: widths, then lines; the last
 * column is not padded, so that nothing ends in blanks. */
#include "cli/output.h"

#include "base/panic.h"
#include "cli/text.h"

enum { COLUMNS_MAX = 16, TEXT_MAX = 256 * 1024 * 1024, GAP = 2 };

enum pawl_cli_format pawl_cli_format(const struct pawl_cli *cli)
{
    struct pawl_str text = pawl_cli_text(cli, "output");
    if (pawl_str_is(text, "json")) {
        return PAWL_CLI_JSON;
    }
    return pawl_str_is(text, "jsonl") ? PAWL_CLI_JSONL : PAWL_CLI_TABLE;
}

void pawl_cli_put(struct pawl_cli *cli, struct pawl_str text)
{
    if (text.len > 0) {
        (void)fwrite(text.ptr, 1, text.len,
                     cli->out); /* errors stick and are looked at at the end */
    }
}

/* Prints what the buffer holds; its error becomes the command's. */
static enum pawl_rc put_buf(struct pawl_cli *cli, struct pawl_buf *buf, struct pawl_err *err)
{
    enum pawl_rc rc = buf->rc;
    if (rc == PAWL_OK) {
        pawl_cli_put(cli, pawl_buf_str(buf));
    }
    pawl_buf_fini(buf);
    return rc == PAWL_OK ? rc : pawl_err_set(err, rc, "the output is too large");
}

enum pawl_rc pawl_cli_put_json(struct pawl_cli *cli, const struct pawl_val *val,
                               enum pawl_json_style style, struct pawl_err *err)
{
    if (val == NULL) {
        return pawl_err_set(err, PAWL_ENOMEM, "no memory for the answer");
    }
    struct pawl_buf buf;
    pawl_buf_init(&buf, cli->alloc, TEXT_MAX);
    pawl_json_write(&buf, val, style);
    pawl_buf_put_char(&buf, '\n');
    return put_buf(cli, &buf, err);
}

static bool is_list_of_texts(const struct pawl_val *val)
{
    bool texts = pawl_val_is(val, PAWL_VAL_LIST) && pawl_val_count(val) > 0;
    for (uint32_t i = 0; texts && i < pawl_val_count(val); i++) {
        texts = pawl_val_is(pawl_val_at(val, i), PAWL_VAL_TEXT);
    }
    return texts;
}

/* role:manager, user:ann */
static void put_texts(struct pawl_buf *buf, const struct pawl_val *list)
{
    for (uint32_t i = 0; i < pawl_val_count(list); i++) {
        pawl_buf_put_cstr(buf, i > 0 ? ", " : "");
        pawl_text_escape(buf, pawl_val_str(pawl_val_at(list, i)));
    }
}

/* What stands in a cell: text as it is, a list of texts with commas, nothing for null, JSON for the
 * rest; escaped. */
static struct pawl_str cell_text(struct pawl_cli *cli, const struct pawl_val *row,
                                 const struct pawl_cli_column *column)
{
    const struct pawl_val *val = pawl_val_pointer(row, pawl_str_from(column->pointer));
    if (val == NULL || pawl_val_is(val, PAWL_VAL_NULL)) {
        return PAWL_STR("-");
    }
    struct pawl_buf buf;
    pawl_buf_init(&buf, cli->alloc, TEXT_MAX);
    if (is_list_of_texts(val)) {
        put_texts(&buf, val);
    } else if (pawl_val_is(val, PAWL_VAL_TEXT)) {
        pawl_text_escape(&buf, pawl_val_str(val));
    } else {
        pawl_text_escape(&buf, pawl_json_text(&cli->arena, val, PAWL_JSON_COMPACT));
    }
    struct pawl_str text =
        buf.rc == PAWL_OK ? pawl_arena_str(&cli->arena, pawl_buf_str(&buf)) : PAWL_STR_NONE;
    pawl_buf_fini(&buf);
    return text;
}

static void put_padded(struct pawl_buf *buf, struct pawl_str text, size_t width)
{
    pawl_buf_put_str(buf, text);
    for (size_t at = pawl_text_width(text); at < width; at++) {
        pawl_buf_put_char(buf, ' ');
    }
}

static void put_line(struct pawl_buf *buf, const struct pawl_str *cells, const size_t *widths,
                     uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        put_padded(buf, cells[i], i + 1 < count ? widths[i] + GAP : 0);
    }
    pawl_buf_put_char(buf, '\n');
}

static enum pawl_rc show_table(struct pawl_cli *cli, const struct pawl_val *rows,
                               const struct pawl_cli_column *columns, uint32_t count,
                               struct pawl_err *err)
{
    uint32_t row_count = pawl_val_count(rows);
    size_t widths[COLUMNS_MAX] = {0};
    struct pawl_str *cells =
        PAWL_ARENA_ARRAY(&cli->arena, struct pawl_str, ((size_t)row_count + 1) * count);
    if (cells == NULL) {
        return pawl_err_set(err, PAWL_ENOMEM, "no memory for the table");
    }
    for (uint32_t row = 0; row <= row_count; row++) {
        for (uint32_t i = 0; i < count; i++) {
            struct pawl_str *cell = &cells[row * count + i];
            *cell = row == 0 ? pawl_str_from(columns[i].title)
                             : cell_text(cli, pawl_val_at(rows, row - 1), &columns[i]);
            size_t width = pawl_text_width(*cell);
            widths[i] = width > widths[i] ? width : widths[i];
        }
    }
    struct pawl_buf buf;
    pawl_buf_init(&buf, cli->alloc, TEXT_MAX);
    for (uint32_t row = 0; row <= row_count; row++) {
        put_line(&buf, &cells[row * count], widths, count);
    }
    return put_buf(cli, &buf, err);
}

enum pawl_rc pawl_cli_show_list(struct pawl_cli *cli, const struct pawl_val *rows,
                                const struct pawl_cli_column *columns, uint32_t column_count,
                                struct pawl_err *err)
{
    PAWL_ASSERT(column_count > 0);
    PAWL_ASSERT(column_count <= COLUMNS_MAX);
    if (rows == NULL || cli->arena.failed) {
        return pawl_err_set(err, PAWL_ENOMEM, "no memory for the answer");
    }
    switch (pawl_cli_format(cli)) {
    case PAWL_CLI_TABLE:
        return show_table(cli, rows, columns, column_count, err);
    case PAWL_CLI_JSON:
        return pawl_cli_put_json(cli, rows, PAWL_JSON_PRETTY, err);
    case PAWL_CLI_JSONL:
        for (uint32_t i = 0; i < pawl_val_count(rows); i++) {
            enum pawl_rc rc = pawl_cli_put_json(cli, pawl_val_at(rows, i), PAWL_JSON_COMPACT, err);
            if (rc != PAWL_OK) {
                return rc;
            }
        }
        return PAWL_OK;
    }
    PAWL_UNREACHABLE();
}

enum pawl_rc pawl_cli_show_one(struct pawl_cli *cli, const struct pawl_val *val,
                               const struct pawl_cli_column *columns, uint32_t column_count,
                               struct pawl_err *err)
{
    PAWL_ASSERT(column_count > 0);
    if (val == NULL || cli->arena.failed) {
        return pawl_err_set(err, PAWL_ENOMEM, "no memory for the answer");
    }
    enum pawl_cli_format format = pawl_cli_format(cli);
    if (format != PAWL_CLI_TABLE) {
        return pawl_cli_put_json(
            cli, val, format == PAWL_CLI_JSON ? PAWL_JSON_PRETTY : PAWL_JSON_COMPACT, err);
    }
    size_t width = 0;
    for (uint32_t i = 0; i < column_count; i++) {
        size_t own = pawl_text_width(pawl_str_from(columns[i].title));
        width = own > width ? own : width;
    }
    struct pawl_buf buf;
    pawl_buf_init(&buf, cli->alloc, TEXT_MAX);
    for (uint32_t i = 0; i < column_count; i++) {
        const struct pawl_val *member = pawl_val_pointer(val, pawl_str_from(columns[i].pointer));
        if (member == NULL || pawl_val_is(member, PAWL_VAL_NULL)) {
            continue; /* what is not there takes no line */
        }
        put_padded(&buf, pawl_str_from(columns[i].title), width + GAP);
        pawl_buf_put_str(&buf, cell_text(cli, val, &columns[i]));
        pawl_buf_put_char(&buf, '\n');
    }
    return put_buf(cli, &buf, err);
}
