/* People that the server makes by itself; see people.h. Through the engine like everybody's: with a
 * record in the tenant's history. */
#include "server/people.h"

#include "base/panic.h"
#include "os/clock.h"
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
                               struct pawl_err *err)
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

enum pawl_rc pawl_people_first(struct pawl_server *server, struct pawl_arena *arena,
                               struct pawl_str *ret_secret, struct pawl_err *err)
{
    static const struct pawl_person admin = {
        .name = "admin", .title = "Administrator", .admin = true};
    struct pawl_directory *directory = pawl_engine_directory(pawl_server_engine(server));
    uint32_t count = pawl_directory_people_count(directory, pawl_people_tenant(server));
    pawl_directory_unref(directory);
    *ret_secret = PAWL_STR_NONE;
    if (count > 0) {
        return PAWL_OK;
    }
    enum pawl_rc rc = pawl_people_make(server, &admin, arena, err);
    return rc == PAWL_OK ? pawl_people_token(server, admin.name, "first", arena, ret_secret, err)
                         : rc;
}
