/* history.c - see history.h. Writers append whole lines under a lock; who finds the file too large
 * writes its newer half anew. */
#include "src/app/history.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runbook/base/file.h"
#include "runbook/base/mem.h"
#include "runbook/base/path.h"
#include "runbook/base/text.h"
#include "runbook/base/timefmt.h"
#include "runbook/base/vec.h"
#include "runbook/codec/json.h"

void history_init(struct history *h, const char *state_dir, const char *project,
                  struct redactor *redactor)
{
    h->path = path_join(state_dir, "history.jsonl");
    h->project = xstrdup(project);
    h->redactor = redactor;
}

void history_release(struct history *h)
{
    redactor_free(h->redactor);
    free(h->path);
    free(h->project);
    *h = (struct history){NULL, NULL, NULL};
}

/* A link, a device or somebody else's file is not followed, waited for or believed. */
static enum err_code open_ours(const struct history *h, int flags, int *ret_fd, size_t *ret_size,
                               struct err *err)
{
    int fd = open(h->path, flags | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
    struct stat st;

    if (fd < 0)
        return err_errno(err, errno, "open %s", h->path);
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_uid != geteuid()) {
        close(fd);
        return err_set(err, ERR_DENIED, "%s is no plain file of yours", h->path);
    }
    if (st.st_mode & 077)
        fchmod(fd, 0600);
    *ret_fd = fd;
    *ret_size = (size_t)st.st_size;
    return ERR_OK;
}

/* The last `max` bytes, from the beginning of a line on. */
static enum err_code read_tail(int fd, size_t size, size_t max, struct buf *out, struct err *err)
{
    size_t from = size > max ? size - max : 0;
    char *cut;

    while (from + out->len < size) {
        size_t want = size - from - out->len;
        char *room = buf_reserve(out, want);
        ssize_t n = room ? pread(fd, room, want, (off_t)(from + out->len)) : -1;

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return err_errno(err, errno, "read the history");
        if (n == 0)
            break;
        out->len += (size_t)n;
    }
    cut = from && out->len ? memchr(out->ptr, '\n', out->len) : NULL;
    if (cut)
        buf_cut(out, 0, (size_t)(cut - out->ptr) + 1);
    return ERR_OK;
}

/* The text of one line, when it is an entry of this project. */
static bool entry_of(const struct history *h, struct arena *arena, struct str line, struct str *ret)
{
    const struct value *v = NULL;
    struct err err;
    size_t bad;

    if (line.len > 8 * HISTORY_TEXT_MAX || json_parse(arena, line, &v, &err) ||
        v->type != VALUE_OBJECT || !str_eq_c(value_str_or(v, "project", ""), h->project))
        return false;
    *ret = value_str_or(v, "text", "");
    return ret->len <= HISTORY_TEXT_MAX && str_trim(*ret).len > 0 && text_valid(*ret, &bad);
}

enum err_code history_load(const struct history *h, void (*each)(void *to, const char *text),
                           void *to, struct err *err)
{
    struct buf text = BUF_INIT(HISTORY_FILE_MAX + 1);
    struct arena *arena = arena_new(0);
    VEC(const char *) found = {0};
    struct str rest, line, entry;
    size_t size;
    int fd = -1;
    enum err_code rc = open_ours(h, O_RDONLY, &fd, &size, err);

    if (!rc)
        rc = read_tail(fd, size, HISTORY_FILE_MAX, &text, err);
    rest = buf_str(&text);
    while (!rc && str_line(&rest, &line))
        if (entry_of(h, arena, line, &entry))
            *VEC_PUSH(&found) = entry.ptr;
    for (size_t i = found.count > HISTORY_ENTRIES ? found.count - HISTORY_ENTRIES : 0;
         i < found.count; i++)
        each(to, found.items[i]);
    if (fd >= 0)
        close(fd);
    if (rc == ERR_NOT_FOUND) {
        err_clear(err);
        rc = ERR_OK;
    }
    VEC_RELEASE(&found);
    arena_free(arena);
    buf_release(&text);
    return rc;
}

static void make_line(const struct history *h, struct str text, int64_t now_ms, struct buf *out)
{
    char ts[TIME_TEXT_MAX];
    struct json_writer w;

    time_format_rfc3339(now_ms, ts);
    json_writer_init(&w, out);
    json_object_begin(&w);
    json_put_cstr(&w, "ts", ts);
    json_put_cstr(&w, "project", h->project);
    json_put_str(&w, "text", text);
    json_object_end(&w);
    buf_addc(out, '\n');
}

/* The newer half, in place of the whole. Who appended to the old file meanwhile loses that line:
 * the lock keeps it short. */
static enum err_code shrink(const struct history *h, int fd, size_t size, struct err *err)
{
    struct buf text = BUF_INIT(HISTORY_FILE_MAX);
    enum err_code rc = read_tail(fd, size, HISTORY_FILE_MAX / 2, &text, err);

    if (!rc)
        rc = file_write_atomic(h->path, buf_str(&text), 0600, err);
    buf_release(&text);
    return rc;
}

static enum err_code append(const struct history *h, struct str line, struct err *err)
{
    size_t size;
    int fd;
    char *dir = path_dir(h->path);
    enum err_code rc = dir_make(dir, err);

    free(dir);
    if (!rc)
        rc = open_ours(h, O_RDWR | O_APPEND | O_CREAT, &fd, &size, err);
    if (rc)
        return rc;
    flock(fd, LOCK_EX | LOCK_NB); /* for order only: O_APPEND keeps lines whole */
    rc = fd_write_all(fd, line, err);
    if (!rc && size + line.len > HISTORY_FILE_MAX)
        rc = shrink(h, fd, size + line.len, err);
    close(fd);
    return rc;
}

enum err_code history_add(const struct history *h, const char *text, int64_t now_ms,
                          struct err *err)
{
    struct buf clean = BUF_INIT(HISTORY_TEXT_MAX), line = BUF_INIT(8 * HISTORY_TEXT_MAX);
    enum err_code rc = ERR_OK;

    redactor_apply(h->redactor, &clean, str_from(text));
    if (!clean.full && str_trim(buf_str(&clean)).len) {
        make_line(h, buf_str(&clean), now_ms, &line);
        rc = append(h, buf_str(&line), err);
    }
    buf_release(&clean);
    buf_release(&line);
    return rc;
}
