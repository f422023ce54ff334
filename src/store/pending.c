/* pending.c - see pending.h. */
#include "runbook/store/pending.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "audit_priv.h"
#include "runbook/base/file.h"
#include "runbook/base/mem.h"
#include "runbook/base/path.h"
#include "runbook/base/rng.h"

#define FILES_MAX 200 /* of one look; who fills the box delays himself */

char *pending_own(const char *state_dir)
{
    return path_join(state_dir, "pending");
}

bool pending_id_ok(const char *id)
{
    size_t n = strlen(id);

    return n > 0 && n < 16 && strspn(id, "abcdefghijklmnopqrstuvwxyzABCDEF0123456789") == n;
}

enum err_code pending_open(const char *box, bool shared, struct err *err)
{
    struct stat st;

    if (!shared && dir_make(box, err))
        return err->code;
    if (lstat(box, &st))
        return err_errno(err, errno, "approvers.folder %s", box);
    if (!S_ISDIR(st.st_mode))
        return err_set(err, ERR_DENIED, "%s is no folder", box);
    if (st.st_uid != 0 && st.st_uid != getuid())
        return err_set(err, ERR_DENIED, "%s belongs to somebody else", box);
    if (!shared && st.st_mode & 077)
        return err_set(err, ERR_DENIED, "%s is open to others: run chmod 700 on it", box);
    if (st.st_mode & 022 && !(st.st_mode & S_ISVTX))
        return err_set(err, ERR_DENIED, "%s can be written by others: run chmod +t on it", box);
    return ERR_OK;
}

/* A new file with all of `text`, or none. */
static enum err_code put(const char *path, unsigned mode, struct str text, struct err *err)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
    enum err_code rc = ERR_OK;

    if (fd < 0)
        return err_errno(err, errno, "write %s", path);
    if (fchmod(fd, mode)) /* whatever the umask says */
        rc = err_errno(err, errno, "write %s", path);
    if (!rc)
        rc = fd_write_all(fd, text, err);
    if (!rc && fsync(fd))
        rc = err_errno(err, errno, "write %s", path);
    if (close(fd) && !rc)
        rc = err_errno(err, errno, "write %s", path);
    if (rc)
        unlink(path);
    return rc;
}

/* Seen under its name only when it is whole. */
static enum err_code put_whole(const char *path, unsigned mode, struct str text, struct err *err)
{
    struct rng rng;
    char rand[9], *temp;
    enum err_code rc;

    rng_seed_system(&rng);
    rng_id(&rng, rand, 8);
    temp = xasprintf("%s.%s.part", path, rand);
    rc = put(temp, mode, text, err);
    if (!rc && rename(temp, path)) {
        rc = err_errno(err, errno, "write %s", path);
        unlink(temp);
    }
    free(temp);
    return rc;
}

enum err_code pending_ask(const char *box, bool shared, const char *id, struct str json,
                          struct err *err)
{
    char *path = xasprintf("%s/%s.request", box, id);
    enum err_code rc = pending_open(box, shared, err);

    if (!rc)
        rc = put_whole(path, shared ? 0644 : 0600, json, err);
    free(path);
    return rc;
}

/* An ordinary file of one name, written by its owner only. Appends its text. */
static bool read_plain(const char *path, struct stat *st, struct buf *out)
{
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    char piece[4096];
    ssize_t n = -1;
    bool ok = fd >= 0 && fstat(fd, st) == 0 && S_ISREG(st->st_mode) && st->st_nlink == 1 &&
              !(st->st_mode & 022) && st->st_size <= (off_t)PENDING_MAX;

    while (ok && (n = read(fd, piece, sizeof(piece))) > 0)
        buf_add(out, piece, (size_t)n);
    if (fd >= 0)
        close(fd);
    return ok && n == 0 && !out->full;
}

enum err_code pending_read(const char *box, const char *id, struct buf *out, int64_t *ret_uid,
                           struct err *err)
{
    char *path = xasprintf("%s/%s.request", box, id);
    struct stat st;
    enum err_code rc = ERR_OK;

    if (!pending_id_ok(id) || !file_exists(path))
        rc = err_set(err, ERR_NOT_FOUND, "no request %.32s waits in %s", id, box);
    else if (!read_plain(path, &st, out))
        rc = err_set(err, ERR_DENIED,
                     "%s is no ordinary file that only its owner can write, or cannot be read",
                     path);
    else
        *ret_uid = (int64_t)st.st_uid;
    free(path);
    return rc;
}

enum err_code pending_answer(const char *box, bool shared, const char *id, const char *kind,
                             struct str text, struct err *err)
{
    struct rng rng;
    char rand[9], *path;
    enum err_code rc = pending_open(box, shared, err);

    if (rc)
        return rc;
    rng_seed_system(&rng);
    rng_id(&rng, rand, 8);
    path = xasprintf("%s/%s.%s.%s", box, id, rand, kind);
    rc = put_whole(path, shared ? 0644 : 0600, text, err);
    free(path);
    return rc;
}

void pending_drop(const char *box, const char *id)
{
    DIR *d = opendir(box);
    size_t len = strlen(id);
    struct dirent *e;

    while (d && (e = readdir(d))) {
        if (strncmp(e->d_name, id, len) == 0 && e->d_name[len] == '.')
            unlinkat(dirfd(d), e->d_name, 0); /* in a shared box others' files stay */
    }
    if (d)
        closedir(d);
}

/* "m4k2x9q.x7f3a9q2.answer" */
static bool take_name(const char *name, struct pending_file *f)
{
    struct str rest = str_from(name), id, middle;

    if (strlen(name) >= sizeof(f->name) || !str_split(&rest, '.', &id) ||
        !str_split(&rest, '.', &middle) || id.len >= sizeof(f->id))
        return false;
    snprintf(f->name, sizeof(f->name), "%s", name);
    snprintf(f->id, sizeof(f->id), "%.*s", STR_FMT(id));
    f->token = str_eq_c(rest, "token");
    return pending_id_ok(f->id) && (f->token || str_eq_c(rest, "answer"));
}

void pending_answers(const char *box, struct pending_files *ret)
{
    DIR *d = opendir(box);
    struct dirent *e;

    while (d && ret->list.count < FILES_MAX && (e = readdir(d))) {
        struct pending_file f = {.text = BUF_INIT(PENDING_MAX)};
        struct stat st;
        char *path;

        if (!take_name(e->d_name, &f))
            continue;
        path = path_join(box, e->d_name);
        if (read_plain(path, &st, &f.text)) {
            f.uid = (int64_t)st.st_uid;
            f.inode = (uint64_t)st.st_ino;
            f.mtime_ns = (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec;
            *VEC_PUSH(&ret->list) = f;
        } else {
            buf_release(&f.text);
        }
        free(path);
    }
    if (d)
        closedir(d);
}

void pending_files_release(struct pending_files *f)
{
    VEC_EACH (it, &f->list)
        buf_release(&it->text);
    VEC_RELEASE(&f->list);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

char **pending_asked(const char *box, size_t *ret_count)
{
    VEC(char *) found = {0};
    DIR *d = opendir(box);
    struct dirent *e;

    while (d && found.count < FILES_MAX && (e = readdir(d))) {
        struct str name = str_from(e->d_name), id;

        if (!str_ends(name, ".request") || !str_split(&name, '.', &id))
            continue;
        *VEC_PUSH(&found) = xstrndup(id.ptr, id.len);
    }
    if (d)
        closedir(d);
    if (found.count)
        qsort(found.items, found.count, sizeof(*found.items), by_name);
    *ret_count = found.count;
    return found.items;
}

bool pending_use_token(const char *state_dir, const char *token, struct err *err)
{
    char *dir = audit_path(state_dir, "tokens");
    char *path = path_join(dir, token);
    bool used = strspn(token, "0123456789abcdef") != strlen(token) || !*token;

    if (used)
        err_set(err, ERR_INPUT, "the token has no number");
    else if (dir_make(dir, err) || put(path, 0400, STR_LIT(""), err) || dir_sync(dir, err))
        used = true;
    if (used && file_exists(path))
        err_set(err, ERR_DENIED, "the token was used before");
    free(path);
    free(dir);
    return !used;
}
