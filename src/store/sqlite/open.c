/* Opening and closing: the lock, the file, the schema, the process's row; readers.
 *
 * Order matters: the lock is taken before the file is made or read, so that of two openers one is
 * told who has it; the schema is checked before anything is written. The file is made with mode
 * 0600 before SQLite sees it (SQLite gives its log the same mode), a directory with 0700. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/panic.h"
#include "store/sqlite/lock_file.h"
#include "store/sqlite/sqlite.h"

static const char default_name[] = "pawl.db";

enum { WRITER_CACHE_KIB = 2048, READER_CACHE_KIB = 1024 };

/* A directory names the file pawl.db in it. */
static enum pawl_rc path_resolve(struct pawl_store *store, struct pawl_str path,
                                 struct pawl_err *err)
{
    if (path.len == 0 || memchr(path.ptr, '\0', path.len) != NULL) {
        return pawl_err_set(err, PAWL_EINVALID, "the store needs the path of its file");
    }
    store->path_size = path.len + sizeof(default_name) + 1;
    store->path = pawl_alloc_zero(store->alloc, store->path_size);
    if (store->path == NULL) {
        return pawl_err_set(err, PAWL_ENOMEM, "no memory to open the store");
    }
    memcpy(store->path, path.ptr, path.len);
    struct stat info;
    bool slash = path.ptr[path.len - 1] == '/';
    if (slash || (stat(store->path, &info) == 0 && S_ISDIR(info.st_mode))) {
        size_t at = path.len;
        if (!slash) {
            store->path[at++] = '/';
        }
        memcpy(store->path + at, default_name, sizeof(default_name));
    }
    return PAWL_OK;
}

/* Makes the file's directory (the last one only) when it is absent. */
static enum pawl_rc directory_make(const struct pawl_store *store, struct pawl_err *err)
{
    char *end = strrchr(store->path, '/');
    if (end == NULL || end == store->path) {
        return PAWL_OK;
    }
    *end = '\0';
    int failed = mkdir(store->path, 0700) != 0 && errno != EEXIST ? errno : 0;
    enum pawl_rc rc = PAWL_OK;
    if (failed != 0) {
        rc = pawl_err_set(err, PAWL_EIO, "cannot make the directory '%s': %s", store->path,
                          strerror(failed));
    }
    *end = '/';
    return rc;
}

/* A new file's name must survive a power failure as its content does. */
static enum pawl_rc directory_sync(const struct pawl_store *store, struct pawl_err *err)
{
    char *end = strrchr(store->path, '/');
    const char *directory = end == NULL ? "." : end == store->path ? "/" : store->path;
    if (end != NULL && end != store->path) {
        *end = '\0';
    }
    int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    enum pawl_rc rc = PAWL_OK;
    if (fd < 0 || fsync(fd) != 0) {
        rc = pawl_err_set(err, PAWL_EIO, "cannot sync '%s': %s", directory, strerror(errno));
    }
    if (fd >= 0) {
        (void)close(fd); /* read only */
    }
    if (end != NULL && end != store->path) {
        *end = '/';
    }
    return rc;
}

static enum pawl_rc file_make(const struct pawl_store *store, struct pawl_err *err)
{
    int fd = open(store->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0 && errno == EEXIST) {
        return PAWL_OK;
    }
    if (fd < 0) {
        return pawl_err_set(err, PAWL_EIO, "cannot make '%s': %s", store->path, strerror(errno));
    }
    (void)close(fd); /* nothing was written */
    return directory_sync(store, err);
}

static enum pawl_rc file_check(const struct pawl_store *store, struct pawl_err *err)
{
    struct stat info;
    if (stat(store->path, &info) != 0) {
        enum pawl_rc rc = errno == ENOENT || errno == ENOTDIR ? PAWL_ENOT_FOUND : PAWL_EIO;
        return pawl_err_set(err, rc, "cannot open the store '%s': %s", store->path,
                            strerror(errno));
    }
    return PAWL_OK;
}

/* Takes this opening's epoch, so that a batch of an earlier one could be told apart. */
static enum pawl_rc node_join(struct pawl_store *store, struct pawl_err *err)
{
    enum pawl_rc rc = pawl_sql_exec(
        &store->conn,
        "UPDATE node SET epoch = epoch + 1, version = '" PAWL_VERSION "' WHERE stream = 0", err);
    if (rc == PAWL_OK) {
        rc = pawl_sql_number(&store->conn, "SELECT epoch FROM node WHERE stream = 0", &store->epoch,
                             err);
    }
    if (rc == PAWL_OK) {
        rc = pawl_sql_number(&store->conn, "SELECT turn FROM node WHERE stream = 0", &store->turn,
                             err);
    }
    return rc;
}

static enum pawl_rc writer_open(struct pawl_store *store, bool threads, struct pawl_err *err)
{
    enum pawl_rc rc =
        pawl_sql_open(&store->conn, store->path, SQLITE_OPEN_READWRITE, WRITER_CACHE_KIB, err);
    if (rc == PAWL_OK) {
        rc = pawl_sqlite_migrate(&store->conn, store->path, err);
    }
    if (rc == PAWL_OK) {
        rc = pawl_sql_exec(&store->conn,
                           "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
                           "PRAGMA secure_delete = ON;" /* measured: free of charge */
                           "PRAGMA wal_autocheckpoint = 0; PRAGMA journal_size_limit = 67108864",
                           err);
    }
    int64_t full = 0;
    if (rc == PAWL_OK) {
        rc = pawl_sql_number(&store->conn, "PRAGMA synchronous", &full, err);
    }
    if (rc == PAWL_OK) {
        PAWL_ASSERT(full == 2);
        rc = node_join(store, err);
    }
    if (rc == PAWL_OK) {
        pawl_checkpoint_init(&store->checkpoint, &store->conn, store->path, threads);
    }
    return rc;
}

static void sqlite_close(struct pawl_store *store)
{
    pawl_checkpoint_fini(&store->checkpoint);
    pawl_sql_close(&store->conn);
    pawl_lock_close(store->lock_fd);
    pawl_buf_fini(&store->scratch);
    pawl_alloc_free(store->alloc, store->ranges, store->range_room * sizeof(*store->ranges));
    pawl_alloc_free(store->alloc, store->path, store->path_size);
    store->base.magic = 0;
    pawl_alloc_free(store->alloc, store, sizeof(*store));
}

static enum pawl_rc open_files(struct pawl_store *store, const struct pawl_store_options *options,
                               struct pawl_err *err)
{
    bool create = options->create && !options->read_only;
    enum pawl_rc rc = path_resolve(store, options->path, err);
    if (rc == PAWL_OK) {
        rc = create ? directory_make(store, err) : file_check(store, err);
    }
    if (rc != PAWL_OK || options->read_only) {
        return rc;
    }
    rc = pawl_lock_open(store->path, &store->lock_fd, err);
    if (rc == PAWL_OK && create) {
        rc = file_make(store, err);
    }
    return rc == PAWL_OK ? writer_open(store, options->threads, err) : rc;
}

static enum pawl_rc sqlite_open(const struct pawl_store_options *options,
                                struct pawl_store **ret_store, struct pawl_err *err)
{
    const struct pawl_alloc *alloc = options->alloc != NULL ? options->alloc : pawl_alloc_heap();
    struct pawl_store *store = pawl_alloc_zero(alloc, sizeof(*store));
    if (store == NULL) {
        return pawl_err_set(err, PAWL_ENOMEM, "no memory to open the store");
    }
    store->base = (struct pawl_store_base){PAWL_STORE_MAGIC, &pawl_store_sqlite};
    store->alloc = alloc;
    store->lock_fd = -1;
    store->read_only = options->read_only;
    pawl_buf_init(&store->scratch, alloc, PAWL_VALUE_SIZE_MAX);
    enum pawl_rc rc = open_files(store, options, err);
    if (rc != PAWL_OK) {
        sqlite_close(store);
        return rc;
    }
    *ret_store = store;
    return PAWL_OK;
}

enum pawl_rc pawl_sqlite_reader_open(struct pawl_store *store, struct pawl_reader **ret_reader,
                                     struct pawl_err *err)
{
    struct pawl_reader *reader = pawl_alloc_zero(store->alloc, sizeof(*reader));
    if (reader == NULL) {
        return pawl_err_set(err, PAWL_ENOMEM, "no memory to open a reader");
    }
    reader->base =
        (struct pawl_reader_base){PAWL_READER_MAGIC, &pawl_sqlite_reader_api, &pawl_store_sqlite};
    reader->store = store;
    enum pawl_rc rc =
        pawl_sql_open(&reader->conn, store->path, SQLITE_OPEN_READONLY, READER_CACHE_KIB, err);
    if (rc == PAWL_OK) {
        rc = pawl_sqlite_schema_check(&reader->conn, store->path, err);
    }
    if (rc != PAWL_OK) {
        pawl_sqlite_reader_close(reader);
        return rc;
    }
    *ret_reader = reader;
    return PAWL_OK;
}

void pawl_sqlite_reader_close(struct pawl_reader *reader)
{
    const struct pawl_alloc *alloc = reader->store->alloc;
    pawl_sql_close(&reader->conn);
    reader->base.magic = 0;
    pawl_alloc_free(alloc, reader, sizeof(*reader));
}

static enum pawl_rc sqlite_maintain(struct pawl_store *store, bool idle, struct pawl_err *err)
{
    if (store->finished) {
        return pawl_err_set(err, PAWL_EIO, "the store stopped after an error; open it again");
    }
    if (store->read_only) {
        return PAWL_OK;
    }
    enum pawl_rc rc = pawl_checkpoint_maintain(&store->checkpoint, idle, err);
    if (rc == PAWL_EIO || rc == PAWL_ECORRUPT) {
        store->finished = true;
    }
    return rc;
}

const struct pawl_store_api pawl_store_sqlite = {
    .name = "sqlite",
    .open = sqlite_open,
    .close = sqlite_close,
    .submit = pawl_sqlite_submit,
    .reap = pawl_sqlite_reap,
    .settle = pawl_sqlite_settle,
    .maintain = sqlite_maintain,
    .reader_open = pawl_sqlite_reader_open,
    .reader_close = pawl_sqlite_reader_close,
    .reader = &pawl_sqlite_reader_api,
};
