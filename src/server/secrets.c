/* The operator's secrets; see secrets.h. */
#include "server/secrets.h"

#include <sys/stat.h>

#include "base/limits.h"
#include "os/file.h"
#include "value/json.h"

static enum pawl_rc check_form(const struct pawl_val *tenants, struct pawl_str path,
                               struct pawl_err *err)
{
    bool good = pawl_val_is(tenants, PAWL_VAL_MAP);
    for (uint32_t i = 0; good && i < pawl_val_count(tenants); i++) {
        const struct pawl_val *names = pawl_val_at(tenants, i);
        good = pawl_val_is(names, PAWL_VAL_MAP);
        for (uint32_t k = 0; good && k < pawl_val_count(names); k++) {
            good = pawl_val_is(pawl_val_at(names, k), PAWL_VAL_TEXT);
        }
    }
    return good ? PAWL_OK
                : pawl_err_set(err, PAWL_EINVALID,
                               "the secrets file '" PAWL_STR_FMT
                               "' must look like {\"default\": {\"NAME\": \"text\"}}",
                               PAWL_STR_ARG(path));
}

enum pawl_rc pawl_secrets_open(struct pawl_secrets *secrets, struct pawl_str path,
                               struct pawl_err *err)
{
    struct stat info;
    struct pawl_buf buf;
    *secrets = (struct pawl_secrets){0};
    pawl_arena_init(&secrets->arena, NULL, PAWL_DOCUMENT_MEMORY_MAX);
    if (path.len == 0) {
        return PAWL_OK;
    }
    struct pawl_str name = pawl_arena_str(&secrets->arena, path);
    if (name.ptr == NULL) {
        return pawl_err_set(err, PAWL_ENOMEM, "out of memory for the secrets");
    }
    if (stat(name.ptr, &info) == 0 && (info.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
        return pawl_err_set(err, PAWL_EFORBIDDEN,
                            "the secrets file '%s' can be read by others; run: chmod 600 %s",
                            name.ptr, name.ptr);
    }
    pawl_buf_init(&buf, NULL, PAWL_DOCUMENT_SIZE_MAX);
    enum pawl_rc rc = pawl_file_read(name.ptr, &buf, err);
    if (rc == PAWL_OK) {
        rc = pawl_json_parse(&secrets->arena, pawl_buf_str(&buf), PAWL_JSON_COPY, NULL,
                             &secrets->tenants, err);
        rc = rc == PAWL_OK ? rc : pawl_err_wrap(err, "the secrets file '%s'", name.ptr);
    }
    pawl_buf_fini(&buf);
    return rc == PAWL_OK ? check_form(secrets->tenants, path, err) : rc;
}

void pawl_secrets_close(struct pawl_secrets *secrets)
{
    if (secrets->arena.magic != 0) {
        pawl_arena_fini(&secrets->arena);
    }
    secrets->tenants = NULL;
}

bool pawl_secrets_find(const struct pawl_secrets *secrets, struct pawl_str tenant,
                       struct pawl_str name, struct pawl_str *ret_text)
{
    const struct pawl_val *text = pawl_val_get(pawl_val_get(secrets->tenants, tenant), name);
    if (!pawl_val_is(text, PAWL_VAL_TEXT)) {
        return false;
    }
    *ret_text = pawl_val_str(text);
    return true;
}
