/* file_read.c - a file below a folder that the user allowed (agent.file_roots). What was opened is
 * what is checked: the kernel is asked where the descriptor leads, so that neither ".." nor a
 * symbolic link nor a race leads out. Reading is a job, as a file can be on a slow disk. */
#include "helper_common.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runbook/base/mem.h"
#include "runbook/tool/toolenv.h"

#define FILE_MAX ((size_t)1 << 20)

struct reading {
    struct tool_call *call;
    const char *path;
    const char *const *roots;
    struct buf text;
    bool cut;
    struct err err;
};

static const struct tool_param params[] = {
    {.name = "path", .type = PARAM_STRING, .required = true, .help = "The full path of the file."},
    {NULL},
};

static void cite(const struct value *args, struct buf *out)
{
    buf_addf(out, "%.400s", value_cstr_or(args, "path", ""));
}

static bool available(const struct tool_env *env)
{
    return env->file_roots && env->file_roots[0];
}

static bool is_below(const char *real, const char *root)
{
    char resolved[PATH_MAX];
    size_t n;

    if (!realpath(root, resolved))
        return false;
    n = strlen(resolved);
    return strncmp(real, resolved, n) == 0 && (real[n] == '/' || n == 1);
}

static enum err_code check(struct reading *r, int fd)
{
    char link[64], real[PATH_MAX];
    struct stat st;
    ssize_t n;

    snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    n = readlink(link, real, sizeof(real) - 1);
    if (n <= 0 || fstat(fd, &st))
        return err_errno(&r->err, errno, "%s", r->path);
    real[n] = '\0';
    if (!S_ISREG(st.st_mode))
        return err_set(&r->err, ERR_DENIED, "%s is no regular file", r->path);
    for (const char *const *root = r->roots; root && *root; root++) {
        if (is_below(real, *root))
            return ERR_OK;
    }
    return err_set(&r->err, ERR_DENIED, "%s is not below a folder of agent.file_roots", r->path);
}

static void read_all(struct reading *r, int fd)
{
    char *piece = xcalloc(1, 65536);
    ssize_t n;

    while ((n = read(fd, piece, 65536)) > 0) {
        size_t room = FILE_MAX - r->text.len, take = (size_t)n < room ? (size_t)n : room;

        buf_add(&r->text, piece, take);
        r->cut = take < (size_t)n;
        if (r->cut)
            break;
    }
    if (n < 0)
        err_errno(&r->err, errno, "%s", r->path);
    free(piece);
}

static void work(void *ctx)
{
    struct reading *r = ctx;
    int fd = open(r->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

    if (fd < 0) { /* not allowed and not there look the same from outside the allowed folders */
        err_errno(&r->err, errno, "%s", r->path);
        return;
    }
    if (!check(r, fd))
        read_all(r, fd);
    close(fd);
}

static void done(void *ctx, bool canceled)
{
    struct reading *r = ctx;
    char said[80];

    if (canceled)
        err_set(&r->err, ERR_CANCELED, "canceled");
    snprintf(said, sizeof(said), "%zu bytes%s", r->text.len, r->cut ? ", the file is longer" : "");
    if (r->err.code)
        helper_fail(r->call, &r->err);
    else
        helper_finish(r->call, &r->text, r->text.len > 0, said);
    buf_release(&r->text);
    free(r);
}

static void start(struct tool_call *c)
{
    struct reading *r = xcalloc(1, sizeof(*r));

    r->call = c;
    r->path = value_cstr_or(tool_call_args(c), "path", "");
    r->roots = tool_call_env(c)->file_roots;
    buf_init(&r->text, FILE_MAX);
    if (r->path[0] != '/' || !available(tool_call_env(c))) {
        err_set(&r->err, ERR_DENIED, "%s",
                r->path[0] == '/' ? "no folder is allowed: name one in agent.file_roots"
                                  : "give the full path");
        done(r, false);
        return;
    }
    loop_job(tool_call_loop(c), work, done, r);
}

const struct tool_def tool_file_read = {
    .name = "file_read",
    .help = "Read a text file below a folder that the user allowed.",
    .params = params,
    .risk = RISK_READ,
    .timeout_ms = HELPER_TIMEOUT_MS,
    .helper = true,
    .available = available,
    .query = cite,
    .start = start,
};
