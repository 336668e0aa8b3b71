/* See seal_key.h. */
#include "engine/seal_key.h"

#include <sys/stat.h>

#include "os/file.h"
#include "os/random.h"

enum {
    FILE_MAX = 256,
    DIGITS = 2 * PAWL_SEAL_KEY_SIZE,
};

static const char hex[] = "0123456789abcdef";

/* The file's text without blanks around it, in `room`. */
static enum pawl_rc file_text(const char *path, char room[FILE_MAX], struct pawl_str *ret_text,
                              struct pawl_err *err)
{
    struct pawl_buf buf;
    pawl_buf_init(&buf, NULL, FILE_MAX);
    enum pawl_rc rc = pawl_file_read(path, &buf, err);
    struct pawl_str text = rc == PAWL_OK ? pawl_str_trim(pawl_buf_str(&buf)) : PAWL_STR_NONE;
    if (text.len > 0) {
        memcpy(room, text.ptr, text.len);
    }
    *ret_text = (struct pawl_str){room, text.len};
    pawl_buf_fini(&buf);
    return rc;
}

static bool take_digit(char c, uint8_t *ret_value)
{
    const char *at = c == '\0' ? NULL : memchr(hex, c | 0x20, sizeof(hex) - 1);
    *ret_value = at == NULL ? 0 : (uint8_t)(at - hex);
    return at != NULL;
}

static bool take_key(struct pawl_str text, uint8_t ret_bytes[PAWL_SEAL_KEY_SIZE])
{
    bool good = text.len == DIGITS;
    for (size_t i = 0; good && i < PAWL_SEAL_KEY_SIZE; i++) {
        uint8_t high = 0, low = 0;
        good = take_digit(text.ptr[2 * i], &high) && take_digit(text.ptr[2 * i + 1], &low);
        ret_bytes[i] = (uint8_t)(high << 4 | low);
    }
    return good;
}

static enum pawl_rc key_make(const char *path, uint8_t ret_bytes[PAWL_SEAL_KEY_SIZE],
                             struct pawl_err *err)
{
    char text[DIGITS + 1];
    pawl_random_get(ret_bytes, PAWL_SEAL_KEY_SIZE);
    for (size_t i = 0; i < PAWL_SEAL_KEY_SIZE; i++) {
        text[2 * i] = hex[ret_bytes[i] >> 4];
        text[2 * i + 1] = hex[ret_bytes[i] & 15];
    }
    text[DIGITS] = '\n';
    enum pawl_rc rc =
        pawl_file_write(path, (struct pawl_str){text, sizeof(text)}, PAWL_FILE_PRIVATE, err);
    explicit_bzero(text, sizeof(text));
    return rc == PAWL_OK ? rc : pawl_err_wrap(err, "making the key for sensitive values");
}

static enum pawl_rc key_read(const char *path, uint8_t ret_bytes[PAWL_SEAL_KEY_SIZE],
                             struct pawl_err *err)
{
    char room[FILE_MAX];
    struct pawl_str text;
    struct stat info;
    if (stat(path, &info) == 0 && (info.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
        return pawl_err_set(err, PAWL_EFORBIDDEN,
                            "the key file '%s' can be read by others; run: chmod 600 %s", path,
                            path);
    }
    enum pawl_rc rc = file_text(path, room, &text, err);
    if (rc == PAWL_ELIMIT || (rc == PAWL_OK && !take_key(text, ret_bytes))) {
        rc = pawl_err_set(err, PAWL_EINVALID,
                          "the key file '%s' must hold %d hexadecimal digits and nothing else; put "
                          "back the one that the sensitive values were sealed with",
                          path, DIGITS);
    }
    explicit_bzero(room, sizeof(room));
    return rc;
}

/* The key's id as the file beside the store has it; empty: there is none. */
static enum pawl_rc id_read(const char *path, char room[FILE_MAX], struct pawl_str *ret_id,
                            struct pawl_err *err)
{
    enum pawl_rc rc = file_text(path, room, ret_id, err);
    if (rc == PAWL_ENOT_FOUND) {
        *ret_id = PAWL_STR_NONE;
        return PAWL_OK;
    }
    return rc;
}

static enum pawl_rc id_check(const struct pawl_seal_key *key, struct pawl_str id,
                             const char *key_path, const char *id_path, struct pawl_err *err)
{
    if (id.len > 0) {
        return pawl_str_is(id, key->id)
                   ? PAWL_OK
                   : pawl_err_set(err, PAWL_ECONFLICT,
                                  "'%s' is not the key that the sensitive values were sealed with: "
                                  "it is key %s, and '%s' names key " PAWL_STR_FMT
                                  "; put that key back, or say where it is with --seal-key",
                                  key_path, key->id, id_path, PAWL_STR_ARG(id));
    }
    char text[PAWL_SEAL_ID_MAX];
    memcpy(text, key->id, sizeof(text) - 1);
    text[sizeof(text) - 1] = '\n';
    return pawl_file_write(id_path, (struct pawl_str){text, sizeof(text)}, PAWL_FILE_PRIVATE, err);
}

enum pawl_rc pawl_seal_key_open(const char *key_path, const char *id_path,
                                struct pawl_seal_key *ret_key, struct pawl_err *err)
{
    char room[FILE_MAX];
    uint8_t bytes[PAWL_SEAL_KEY_SIZE];
    struct pawl_str id;
    enum pawl_rc rc = id_read(id_path, room, &id, err);
    if (rc != PAWL_OK) {
        return rc;
    }
    rc = key_read(key_path, bytes, err);
    if (rc == PAWL_ENOT_FOUND && id.len > 0) {
        return pawl_err_set(err, rc,
                            "the key '%s' is missing, and without it the sensitive values in the "
                            "store cannot be opened; put it back from its backup, or say where it "
                            "is with --seal-key (to give those values up for good, remove '%s')",
                            key_path, id_path);
    }
    if (rc == PAWL_ENOT_FOUND) {
        rc = key_make(key_path, bytes, err);
    }
    if (rc == PAWL_OK) {
        pawl_seal_key_take(ret_key, bytes);
        rc = id_check(ret_key, id, key_path, id_path, err);
    }
    explicit_bzero(bytes, sizeof(bytes));
    return rc;
}
