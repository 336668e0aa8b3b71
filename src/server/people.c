/* People that the server makes by itself; see people.h. Through the engine like everybody's: with a
 * record in the tenant's history. */
#include "server/people.h"

#include "base/panic.h"
#include "os/clock.h"
#include "os/file.h"
#include "server/ask.h"

pawl_id pawl_people_tenant(struct pawl_server *server)
{
    pawl_id tenant = 0;
    struct pawl_directory *directory = pawl_engine_directory(pawl_server_engine(server));
    bool found = pawl_directory_find_tenant(directory, PAWL_STR("default"), &tenant);
    pawl_directory_unref(directory);
    PAWL_ASSERT(found); /* the engine makes it in an empty store */
    return tenant;
}

static bool is_there(struct pawl_server *server, pawl_id tenant, const char *name)
{
    struct pawl_user_row row;
    struct pawl_directory *directory = pawl_engine_directory(pawl_server_engine(server));
    bool found = pawl_directory_find_user(directory, tenant, pawl_str_from(name), &row);
    pawl_directory_unref(directory);
    return found;
}

enum pawl_rc pawl_people_make(struct pawl_server *server, const struct pawl_person *person,
                              struct pawl_arena *arena, struct pawl_err *err)
{
    struct pawl_engine *engine = pawl_server_engine(server);
    struct pawl_request *request = NULL;
    struct pawl_str roles[4];
    pawl_id tenant = pawl_people_tenant(server);
    if (is_there(server, tenant, person->name)) {
        return PAWL_OK;
    }
    enum pawl_rc rc = pawl_ask_new(engine, tenant, PAWL_REQUEST_USER_PUT, &request, err);
    if (rc != PAWL_OK) {
        return rc;
    }
    uint32_t role_count = 0;
    for (; role_count < 4 && person->roles[role_count] != NULL; role_count++) {
        roles[role_count] = pawl_str_from(person->roles[role_count]);
    }
    request->user = (struct pawl_user_row){
        .name = pawl_str_from(person->name),
        .title = pawl_str_from(person->title),
        .roles = roles,
        .role_count = role_count,
        .admin = person->admin,
        .active = true,
    };
    return pawl_ask(engine, request, arena, NULL, err);
}

enum pawl_rc pawl_people_token(struct pawl_server *server, const char *name, const char *label,
                               struct pawl_arena *arena, struct pawl_str *ret_secret,
                               pawl_id *ret_id, struct pawl_err *err)
{
    struct pawl_engine *engine = pawl_server_engine(server);
    struct pawl_request *request = NULL;
    struct pawl_answer answer = {0};
    enum pawl_rc rc =
        pawl_ask_new(engine, pawl_people_tenant(server), PAWL_REQUEST_TOKEN_NEW, &request, err);
    if (rc != PAWL_OK) {
        return rc;
    }
    request->user.name = pawl_str_from(name);
    request->label = pawl_str_from(label);
    rc = pawl_ask(engine, request, arena, &answer, err);
    if (rc == PAWL_OK) {
        *ret_secret = pawl_val_get_str(answer.body, "token", PAWL_STR_NONE);
    }
    if (rc == PAWL_OK && ret_id != NULL) {
        struct pawl_str id = pawl_val_get_str(answer.body, "id", PAWL_STR_NONE);
        rc = pawl_id_parse(id, "tok", ret_id);
        PAWL_ASSERT(rc == PAWL_OK); /* the engine has formatted it */
    }
    return rc;
}

bool pawl_people_has_token(struct pawl_server *server, const char *name, struct pawl_str secret)
{
    struct pawl_principal principal = {0};
    struct pawl_directory *directory = pawl_engine_directory(pawl_server_engine(server));
    enum pawl_rc rc =
        pawl_directory_find_token(directory, secret, pawl_clock_now(), &principal, NULL);
    bool good = rc == PAWL_OK && pawl_str_is(principal.user.name, name);
    pawl_directory_unref(directory);
    return good;
}

/* ---- the first token --------------------------------------------------------------------------
 * Whoever starts the server first has to see it; who does not (the output was lost, the process
 * died between commit and print) sees another one at the next start. The file says so: it is there
 * before the token is, and goes when somebody comes in with it. It holds no secret. */

static const char FIRST_LABEL[] = "first";
static const char FIRST_FILE[] =
    "The first administrator's token has not been used yet: each start shows a new one.\n";

struct first_tokens { /* what a walk over the tokens finds */
    pawl_id admin, keep;
    pawl_id old[16]; /* of earlier starts; more go at the next start */
    uint32_t old_count, count;
};

static bool note_token(void *ctx, const struct pawl_token_row *token)
{
    struct first_tokens *found = ctx;
    bool is_old = token->user == found->admin && !token->revoked && token->id != found->keep &&
                  pawl_str_is(token->label, FIRST_LABEL);
    found->count++;
    if (is_old && found->old_count < sizeof(found->old) / sizeof(found->old[0])) {
        found->old[found->old_count++] = token->id;
    }
    return true;
}

static struct first_tokens first_tokens(struct pawl_server *server, const char *name, pawl_id keep)
{
    struct first_tokens found = {.keep = keep};
    struct pawl_user_row row = {0};
    pawl_id tenant = pawl_people_tenant(server);
    struct pawl_directory *directory = pawl_engine_directory(pawl_server_engine(server));
    if (pawl_directory_find_user(directory, tenant, pawl_str_from(name), &row)) {
        found.admin = row.id;
    }
    pawl_directory_each_token(directory, tenant, note_token, &found);
    pawl_directory_unref(directory);
    return found;
}

static enum pawl_rc revoke_old(struct pawl_server *server, const char *name, pawl_id keep,
                               struct pawl_arena *arena, struct pawl_err *err)
{
    struct pawl_engine *engine = pawl_server_engine(server);
    struct first_tokens found = first_tokens(server, name, keep);
    enum pawl_rc rc = PAWL_OK;
    for (uint32_t i = 0; i < found.old_count && rc == PAWL_OK; i++) {
        struct pawl_request *request = NULL;
        rc = pawl_ask_new(engine, pawl_people_tenant(server), PAWL_REQUEST_TOKEN_REVOKE, &request,
                          err);
        if (rc == PAWL_OK) {
            request->run = found.old[i];
            rc = pawl_ask(engine, request, arena, NULL, err);
        }
    }
    return rc;
}

static bool is_needed(struct pawl_server *server, const char *name, const char *file)
{
    struct pawl_directory *directory = pawl_engine_directory(pawl_server_engine(server));
    uint32_t people = pawl_directory_people_count(directory, pawl_people_tenant(server));
    pawl_directory_unref(directory);
    struct first_tokens found = first_tokens(server, name, 0);
    bool half_made = found.admin != 0 && found.count == 0; /* a process died in between */
    return people == 0 || half_made || pawl_file_exists(file);
}

enum pawl_rc pawl_people_first(struct pawl_server *server, struct pawl_str data,
                               struct pawl_arena *arena, struct pawl_str *ret_secret,
                               struct pawl_err *err)
{
    static const struct pawl_person admin = {
        .name = "admin", .title = "Administrator", .admin = true};
    struct pawl_str file =
        pawl_arena_printf(arena, PAWL_STR_FMT "/first-token-unused", PAWL_STR_ARG(data));
    pawl_id token = 0;
    *ret_secret = PAWL_STR_NONE;
    if (file.ptr == NULL) {
        return pawl_err_set(err, PAWL_ENOMEM, "out of memory for the first token");
    }
    if (!is_needed(server, admin.name, file.ptr)) {
        return PAWL_OK;
    }
    enum pawl_rc rc =
        pawl_file_write(file.ptr, pawl_str_from(FIRST_FILE), PAWL_FILE_PRIVATE, err);
    rc = rc == PAWL_OK ? pawl_people_make(server, &admin, arena, err) : rc;
    rc = rc == PAWL_OK ? pawl_people_token(server, admin.name, FIRST_LABEL, arena, ret_secret,
                                           &token, err)
                       : rc;
    rc = rc == PAWL_OK ? revoke_old(server, admin.name, token, arena, err) : rc;
    if (rc == PAWL_OK) {
        pawl_server_watch_token(server, token, file);
    }
    return rc;
}
