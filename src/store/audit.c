/* audit.c - the file of approvals: adding to it, a new one each day, old ones away. */
#include "runbook/store/audit.h"

#include <dirent.h>
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "audit_priv.h"
#include "runbook/base/file.h"
#include "runbook/base/mem.h"
#include "runbook/base/path.h"
#include "runbook/base/timefmt.h"
#include "runbook/base/vec.h"

#define DAY_MS 86400000
#define PREFIX "approvals-"

static int64_t day_of(int64_t ms)
{
    return ms / DAY_MS;
}

/* "approvals-2026-11-20.jsonl": the day in it, or false. */
static bool dated(const char *name, int64_t *ret_ms)
{
    struct str s = str_from(name);
    char text[TIME_TEXT_MAX];

    if (!str_starts(s, PREFIX) || !str_ends(s, ".jsonl") ||
        s.len != sizeof(PREFIX "2026-11-20.jsonl") - 1)
        return false;
    snprintf(text, sizeof(text), "%.10sT00:00:00Z", name + sizeof(PREFIX) - 1);
    return time_parse(str_from(text), ret_ms);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

enum err_code audit_files_list(const char *state_dir, struct audit_files *ret, struct err *err)
{
    char *dir = audit_path(state_dir, "");
    DIR *d = opendir(dir);
    VEC(char *) found = {0};
    struct dirent *e;
    int64_t day;
    char *path;

    (void)err;
    while (d && (e = readdir(d))) {
        if (dated(e->d_name, &day))
            *VEC_PUSH(&found) = path_join(dir, e->d_name);
    }
    if (d)
        closedir(d);
    if (found.count)
        qsort(found.items, found.count, sizeof(*found.items), by_name);
    path = audit_path(state_dir, AUDIT_APPROVALS ".jsonl");
    if (file_exists(path))
        *VEC_PUSH(&found) = path;
    else
        free(path);
    free(dir);
    ret->paths = found.items;
    ret->count = found.count;
    return ERR_OK;
}

void audit_files_release(struct audit_files *f)
{
    for (size_t i = 0; i < f->count; i++)
        free(f->paths[i]);
    free(f->paths);
    *f = (struct audit_files){NULL, 0};
}

static void retire(const char *state_dir, int64_t now_ms, int keep_days)
{
    struct audit_files f;
    struct err err;
    int64_t day;

    if (keep_days <= 0 || audit_files_list(state_dir, &f, &err))
        return;
    for (size_t i = 0; i < f.count; i++) {
        if (dated(path_base(f.paths[i]), &day) && day_of(now_ms) - day_of(day) > keep_days)
            unlink(f.paths[i]);
    }
    audit_files_release(&f);
}

/* Yesterday's file gets its day as its name and is closed; the new one says whom it continues. */
static enum err_code rotate(const char *state_dir, const char *path, struct audit_chain *c,
                            int64_t ts_ms, int keep_days, struct err *err)
{
    char day[TIME_TEXT_MAX], name[64], data[256];
    struct audit_chain old = *c;
    char *to;
    enum err_code rc = ERR_OK;

    time_format_rfc3339(old.last_ms, day);
    snprintf(name, sizeof(name), PREFIX "%.10s.jsonl", day);
    to = audit_path(state_dir, name);
    if (file_exists(to)) { /* the clock went back: the day is not over */
        free(to);
        return ERR_OK;
    }
    if (fchmod(old.fd, 0400) || rename(path, to))
        rc = err_errno(err, errno, "put %s away", path);
    else
        rc = audit_chain_open(path, c, err);
    if (!rc) {
        snprintf(data, sizeof(data), "{\"file\":\"%s\",\"lines\":%llu,\"hash\":\"%s\"}", name,
                 (unsigned long long)old.lines, old.last_hash);
        rc = audit_chain_add(c, "audit.continues", "runbook", ts_ms, str_from(data), err);
        audit_chain_close(&old);
        retire(state_dir, ts_ms, keep_days);
    }
    free(to);
    return rc;
}

enum err_code audit_append(const char *state_dir, const char *type, const char *actor,
                           int64_t ts_ms, struct str data_json, int keep_days, uint64_t *ret_seq,
                           struct err *err)
{
    char *dir = audit_path(state_dir, "");
    char *path = audit_path(state_dir, AUDIT_APPROVALS ".jsonl");
    struct audit_chain c = {.fd = -1};
    char ts[TIME_TEXT_MAX], name[64];
    enum err_code rc = dir_make(dir, err);

    if (!rc)
        rc = audit_chain_open(path, &c, err);
    if (!rc && c.lines && day_of(c.last_ms) < day_of(ts_ms))
        rc = rotate(state_dir, path, &c, ts_ms, keep_days, err);
    if (!rc)
        rc = audit_chain_add(&c, type, actor, ts_ms, data_json, err);
    if (!rc)
        rc = dir_sync(dir, err);
    if (!rc && ret_seq)
        *ret_seq = c.lines;
    time_format_rfc3339(ts_ms, ts);
    snprintf(name, sizeof(name), PREFIX "%.10s", ts);
    if (!rc)
        rc = audit_sign(state_dir, name, c.lines, c.last_hash, ts_ms, err);
    audit_chain_close(&c);
    free(path);
    free(dir);
    return rc;
}

/* ---- to another log ---- */

bool audit_forward(const char *socket_path, bool journald, const char *fields, struct str line)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    struct buf text = BUF_INIT((size_t)128 << 10);
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    bool ok = fd >= 0 && strlen(socket_path) < sizeof(to.sun_path);

    if (ok)
        memcpy(to.sun_path, socket_path, strlen(socket_path) + 1);
    if (journald) /* every field a line; the message holds no LF. systemd.io/JOURNAL_NATIVE_PROTOCOL
                   */
        buf_addf(&text, "PRIORITY=5\nSYSLOG_FACILITY=10\nSYSLOG_IDENTIFIER=runbook\n%sMESSAGE=",
                 fields ? fields : "");
    else /* facility 10 (authpriv), severity 5 (notice). Source: RFC 3164, 4.1 */
        buf_addf(&text, "<85>runbook[%d]: ", (int)getpid());
    buf_add_str(&text, line);
    if (journald)
        buf_addc(&text, '\n');
    ok = ok && !text.full &&
         sendto(fd, text.ptr, text.len, MSG_NOSIGNAL, (struct sockaddr *)&to, sizeof(to)) ==
             (ssize_t)text.len;
    if (fd >= 0)
        close(fd);
    buf_release(&text);
    return ok;
}
