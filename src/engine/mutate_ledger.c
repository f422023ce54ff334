/* mutate_ledger.c - one file of the state folder, mutations.jsonl, over all sessions: what was
 * asked for (so that `runbook approve ID` finds it), what was started (so that the limits hold
 * across restarts) and what has ended. Appended under a lock, synced; the rules are asked again
 * while the lock is held, so that two programs cannot both take the last place. What happened is in
 * the journals; this file is neither the record nor a permission. */
#include "mutate_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "runbook/base/fault.h"
#include "runbook/base/file.h"
#include "runbook/base/mem.h"
#include "runbook/base/path.h"
#include "runbook/codec/json.h"

#define LEDGER_MAX ((size_t)64 << 20)
#define LOOSE_MS 3600000 /* commands of one user within an hour count as one session */

char *ledger_file(const char *state_dir)
{
    return path_join(state_dir, "mutations.jsonl");
}

static enum err_code open_locked(const char *path, int *ret_fd, struct err *err)
{
    int fd = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

    if (fd < 0)
        return err_errno(err, errno, "open %s", path);
    if (flock(fd, LOCK_EX)) {
        err_errno(err, errno, "lock %s", path);
        close(fd);
        return err->code;
    }
    *ret_fd = fd;
    return ERR_OK;
}

static enum err_code read_all(int fd, struct buf *out, struct err *err)
{
    char piece[16384];
    ssize_t n;

    if (lseek(fd, 0, SEEK_SET) < 0)
        return err_errno(err, errno, "read the ledger");
    while ((n = read(fd, piece, sizeof(piece))) > 0 || (n < 0 && errno == EINTR)) {
        if (n > 0)
            buf_add(out, piece, (size_t)n);
    }
    if (n < 0)
        return err_errno(err, errno, "read the ledger");
    return buf_check(out, "the ledger of mutations", err);
}

/* ---- time ---- */

/* What a person or a server does to the wall clock is no way around a pause: within one run of the
 * machine its own clock counts, which nobody sets. */
struct machine_time {
    int64_t ms; /* since it was started, asleep or not */
    char boot[40];
};

static struct machine_time machine_time(void)
{
    struct machine_time t = {0};
    struct buf id = BUF_INIT(64);
    struct timespec ts;
    struct err err;

    if (clock_gettime(CLOCK_BOOTTIME, &ts) == 0)
        t.ms = (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
    if (!file_read("/proc/sys/kernel/random/boot_id", &id, &err))
        snprintf(t.boot, sizeof(t.boot), "%.*s", STR_FMT(str_trim(buf_str(&id))));
    buf_release(&id);
    return t;
}

/* How long ago a line was written. */
static int64_t age_of(const struct value *v, const struct ledger_job *j,
                      const struct machine_time *now)
{
    int64_t by_wall = j->now_ms - value_i64_or(v, "ts_ms", 0);

    if (now->boot[0] && strcmp(value_cstr_or(v, "boot", ""), now->boot) == 0)
        return now->ms - value_i64_or(v, "boot_ms", now->ms);
    return by_wall;
}

/* A line that was cut by a crash is ended first, so that the next one is whole. */
static enum err_code append(int fd, struct str before, struct buf *line, struct err *err)
{
    if (FAULT_POINT("ledger.write"))
        return err_errno(err, ENOSPC, "write the ledger");
    if (before.len && before.ptr[before.len - 1] != '\n' && fd_write_all(fd, STR_LIT("\n"), err))
        return err->code;
    buf_addc(line, '\n');
    if (fd_write_all(fd, buf_str(line), err))
        return err->code;
    if (FAULT_POINT("ledger.sync"))
        return err_errno(err, EIO, "sync the ledger");
    return fsync(fd) ? err_errno(err, errno, "sync the ledger") : ERR_OK;
}

static void count_line(const struct value *v, const struct ledger_job *j,
                       const struct machine_time *now, struct policy_counters *c, size_t *ret_same)
{
    int64_t age = age_of(v, j, now), ts = j->now_ms - age;
    bool mine = str_eq_c(value_str_or(v, "session", ""), j->session);
    bool loose = j->loose && value_bool_or(v, "loose", false) &&
                 value_i64_or(v, "uid", -1) == j->uid && age < LOOSE_MS;

    if (!str_eq_c(value_str_or(v, "what", ""), "started"))
        return;
    *ret_same += str_eq_c(value_str_or(v, "id", ""), j->id);
    if (value_bool_or(v, "critical", false) && ts > c->last_critical_ms)
        c->last_critical_ms = ts;
    if (!mine && !loose)
        return;
    c->session_mutations++;
    c->resource_mutations += str_eq_c(value_str_or(v, "resource", ""), j->resource);
}

/* `fn` for each line that can be read. */
static void each_line(struct str text, void (*fn)(void *ctx, const struct value *v), void *ctx)
{
    struct arena *a = arena_new(4096);
    struct str line;
    struct err err;

    while (str_line(&text, &line)) {
        const struct value *v;

        arena_reset(a);
        if (line.len && !json_parse(a, line, &v, &err))
            fn(ctx, v);
    }
    arena_free(a);
}

struct counting {
    const struct ledger_job *job;
    struct machine_time now;
    struct policy_counters counters;
    size_t same;
};

static void on_line(void *ctx, const struct value *v)
{
    struct counting *c = ctx;

    count_line(v, c->job, &c->now, &c->counters, &c->same);
}

static void write_started(const struct ledger_job *j, const struct machine_time *now,
                          struct buf *out)
{
    struct json_writer w;

    json_writer_init(&w, out);
    json_object_begin(&w);
    json_put_cstr(&w, "what", "started");
    json_put_cstr(&w, "id", j->id);
    json_put_cstr(&w, "session", j->session);
    json_put_int(&w, "ts_ms", j->now_ms);
    json_put_cstr(&w, "boot", now->boot);
    json_put_int(&w, "boot_ms", now->ms);
    json_put_cstr(&w, "operation", j->operation);
    json_put_cstr(&w, "resource", j->resource);
    json_put_bool(&w, "critical", j->decision.risk.risk >= RISK_CRITICAL);
    json_put_bool(&w, "loose", j->loose);
    json_put_int(&w, "uid", j->uid);
    json_object_end(&w);
}

static enum err_code decide(struct ledger_job *j, int fd, struct str before)
{
    struct counting c = {.job = j,
                         .now = machine_time(),
                         .counters = {.read_only = j->read_only,
                                      .remembered = j->remembered,
                                      .remembered_count = j->remembered_count}};
    struct buf line = BUF_INIT(65536);
    enum err_code rc = ERR_OK;

    each_line(before, on_line, &c);
    policy_decide_facts(j->policy, &j->op, &j->facts, &j->who, j->now_ms, &c.counters,
                        &j->decision);
    if (j->reserve && c.same)
        rc = err_set(&j->err, ERR_DENIED, "%s was started before: it is not started twice", j->id);
    if (!rc && j->reserve && j->decision.act != POLICY_DENY) {
        write_started(j, &c.now, &line);
        rc = append(fd, before, &line, &j->err);
    }
    buf_release(&line);
    return rc;
}

void ledger_work(void *job)
{
    struct ledger_job *j = job;
    struct buf before = BUF_INIT(LEDGER_MAX);
    int fd;

    if (open_locked(j->path, &fd, &j->err))
        return;
    if (!read_all(fd, &before, &j->err))
        decide(j, fd, buf_str(&before));
    close(fd);
    buf_release(&before);
}

enum err_code ledger_note(const char *state_dir, const char *what, const char *id,
                          const char *session, struct err *err)
{
    char *path = ledger_file(state_dir);
    struct buf before = BUF_INIT(LEDGER_MAX), line = BUF_INIT(4096);
    struct json_writer w;
    int fd = -1;

    json_writer_init(&w, &line);
    json_object_begin(&w);
    json_put_cstr(&w, "what", what);
    json_put_cstr(&w, "id", id);
    json_put_cstr(&w, "session", session);
    json_object_end(&w);
    err_clear(err);
    if (!open_locked(path, &fd, err) && !read_all(fd, &before, err))
        append(fd, buf_str(&before), &line, err);
    if (fd >= 0)
        close(fd);
    buf_release(&before);
    buf_release(&line);
    free(path);
    return err->code;
}

/* ---- looking things up ---- */

static bool read_ledger(const char *state_dir, struct buf *out)
{
    char *path = ledger_file(state_dir);
    struct err err;
    bool ok = file_exists(path) && !file_read(path, out, &err);

    free(path);
    return ok;
}

struct session_of {
    const char *id;
    char *session;
};

static void find_line(void *ctx, const struct value *v)
{
    struct session_of *f = ctx;

    if (str_eq_c(value_str_or(v, "id", ""), f->id) && *value_cstr_or(v, "session", "")) {
        free(f->session);
        f->session = xstrdup(value_cstr_or(v, "session", ""));
    }
}

char *mutate_find_session(const char *state_dir, const char *id)
{
    struct buf text = BUF_INIT(LEDGER_MAX);
    struct session_of f = {id, NULL};

    if (read_ledger(state_dir, &text))
        each_line(buf_str(&text), find_line, &f);
    buf_release(&text);
    if (f.session && !journal_id_valid(f.session)) {
        free(f.session);
        f.session = NULL;
    }
    return f.session;
}

struct opened {
    VEC(char *) ids;      /* of mutations that were started, and not ended yet */
    VEC(char *) sessions; /* theirs */
};

static void open_line(void *ctx, const struct value *v)
{
    struct opened *o = ctx;
    const char *id = value_cstr_or(v, "id", "");
    struct str what = value_str_or(v, "what", "");

    if (str_eq_c(what, "started")) {
        *VEC_PUSH(&o->ids) = xstrdup(id);
        *VEC_PUSH(&o->sessions) = xstrdup(value_cstr_or(v, "session", ""));
    }
    for (size_t i = 0; str_eq_c(what, "ended") && i < o->ids.count; i++) {
        if (strcmp(o->ids.items[i], id) == 0)
            o->sessions.items[i][0] = '\0';
    }
}

bool ledger_is_open(const char *state_dir, const char *id)
{
    struct buf text = BUF_INIT(LEDGER_MAX);
    struct opened o = {0};
    bool open = false;

    if (read_ledger(state_dir, &text))
        each_line(buf_str(&text), open_line, &o);
    buf_release(&text);
    for (size_t i = 0; i < o.ids.count; i++) {
        open = open || (*o.sessions.items[i] && strcmp(o.ids.items[i], id) == 0);
        free(o.ids.items[i]);
        free(o.sessions.items[i]);
    }
    VEC_RELEASE(&o.ids);
    VEC_RELEASE(&o.sessions);
    return open;
}

static bool listed(char **list, size_t n, const char *id)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(list[i], id) == 0)
            return true;
    }
    return false;
}

/* Nobody has its journal open for writing. */
static bool is_orphan(const char *state_dir, const char *session)
{
    char *name = xasprintf("%s/scratchpad/%s.jsonl", state_dir, session);
    bool orphan = journal_id_valid(session) && file_exists(name) && !journal_in_use(name);

    free(name);
    return orphan;
}

char **mutate_unfinished(const char *state_dir, size_t *ret_count)
{
    struct buf text = BUF_INIT(LEDGER_MAX);
    struct opened o = {0};
    char **list;
    size_t n = 0;

    if (read_ledger(state_dir, &text))
        each_line(buf_str(&text), open_line, &o);
    buf_release(&text);
    list = xcalloc(o.ids.count + 1, sizeof(*list));
    for (size_t i = 0; i < o.ids.count; i++) {
        char *s = o.sessions.items[i];

        if (*s && !listed(list, n, s) && is_orphan(state_dir, s))
            list[n++] = xstrdup(s);
    }
    for (size_t i = 0; i < o.ids.count; i++) {
        free(o.ids.items[i]);
        free(o.sessions.items[i]);
    }
    VEC_RELEASE(&o.ids);
    VEC_RELEASE(&o.sessions);
    *ret_count = n;
    return list;
}
