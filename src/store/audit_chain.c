/* audit_chain.c - one line more at the end of a chain that several programs write. The file is read
 * through under its lock before a line is added: a chain that does not hold is not gone on with. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "audit_priv.h"
#include "journal_priv.h"
#include "runbook/base/file.h"
#include "runbook/base/path.h"
#include "runbook/base/timefmt.h"
#include "runbook/codec/json.h"

#define DATA_MAX ((size_t)1 << 20)

char *audit_path(const char *state_dir, const char *name)
{
    char *dir = path_join(state_dir, "audit"), *path = path_join(dir, name);

    free(dir);
    return path;
}

static void note_time(void *ctx, const struct journal_record *r)
{
    struct audit_chain *c = ctx;

    c->last_ms = r->ts_ms;
}

static bool same_file(int fd, const char *path)
{
    struct stat a, b;

    return !fstat(fd, &a) && !stat(path, &b) && a.st_ino == b.st_ino && a.st_dev == b.st_dev;
}

/* Locked, and still the file of that name: another program may have put it away meanwhile. */
static enum err_code open_locked(const char *path, int *ret_fd, struct err *err)
{
    for (int tries = 0; tries < 10; tries++) {
        int fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY, 0600);

        if (fd < 0)
            return err_errno(err, errno, "open %s", path);
        if (flock(fd, LOCK_EX)) {
            close(fd);
            return err_errno(err, errno, "lock %s", path);
        }
        if (same_file(fd, path)) {
            *ret_fd = fd;
            return ERR_OK;
        }
        close(fd);
    }
    return err_set(err, ERR_AGAIN, "%s is being exchanged all the time", path);
}

/* A power cut can leave half a line: it was never said to be written, and goes. */
static enum err_code read_through(struct audit_chain *c, const char *path, struct err *err)
{
    struct journal_report report = {.lines = 0};
    struct journal_scan s = {
        .name = path, .verify = true, .each = note_time, .ctx = c, .report = &report};
    enum err_code rc = journal_scan_fd(c->fd, &s, err);

    if (rc)
        return rc;
    if (report.bad_line && !s.bad_is_last)
        return err_set(err, ERR_INPUT, "%s %s: nothing is added to a chain that does not hold",
                       path, report.why);
    if ((report.bad_line || report.torn_bytes) && ftruncate(c->fd, (off_t)report.size_bytes))
        return err_errno(err, errno, "cut %s", path);
    c->lines = report.lines;
    memcpy(c->last_hash, report.last_hash, SHA256_HEX);
    return ERR_OK;
}

enum err_code audit_chain_open(const char *path, struct audit_chain *ret, struct err *err)
{
    struct audit_chain c = {.fd = -1};
    enum err_code rc = open_locked(path, &c.fd, err);

    if (rc)
        return rc;
    rc = read_through(&c, path, err);
    if (rc)
        close(c.fd);
    else
        *ret = c;
    return rc;
}

enum err_code audit_chain_add(struct audit_chain *c, const char *type, const char *actor,
                              int64_t ts_ms, struct str data_json, struct err *err)
{
    struct buf line = BUF_INIT(DATA_MAX);
    char ts[TIME_TEXT_MAX], hash[SHA256_HEX];
    struct json_writer w;
    enum err_code rc;

    time_format_rfc3339(ts_ms, ts);
    json_writer_init(&w, &line);
    json_object_begin(&w);
    json_put_int(&w, "seq", (int64_t)c->lines + 1);
    json_put_cstr(&w, "ts", ts);
    json_put_cstr(&w, "type", type);
    json_put_cstr(&w, "actor", actor);
    json_put_cstr(&w, "prev", c->last_hash);
    json_key(&w, "data");
    json_raw(&w, data_json);
    json_object_end(&w);
    hash_sha256_hex(buf_str(&line), hash);
    buf_addc(&line, '\n');
    rc = buf_check(&line, "a line of the audit", err);
    if (!rc)
        rc = fd_write_all(c->fd, buf_str(&line), err);
    if (!rc && fdatasync(c->fd))
        rc = err_errno(err, errno, "sync the audit");
    if (!rc) {
        memcpy(c->last_hash, hash, SHA256_HEX);
        c->lines++;
        c->last_ms = ts_ms;
    }
    buf_release(&line);
    return rc;
}

void audit_chain_close(struct audit_chain *c)
{
    if (c->fd >= 0)
        close(c->fd); /* and unlocks */
    c->fd = -1;
}
