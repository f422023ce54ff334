/* ledger.c - see ledger.h. A day's file is read once; what other runs append meanwhile is read from
 * where the last reading ended, so that a check costs one fstat. */
#include "runbook/context/ledger.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runbook/base/arena.h"
#include "runbook/base/file.h"
#include "runbook/base/map.h"
#include "runbook/base/mem.h"
#include "runbook/base/path.h"
#include "runbook/base/timefmt.h"
#include "runbook/base/vec.h"
#include "runbook/codec/json.h"
#include "ledger_priv.h"

#define DAY_MS INT64_C(86400000)
#define MINUTE_MS 60000

struct ledger {
    char *dir; /* <state dir>/costs */
    struct ledger_day day;
};

struct ledger *ledger_new(const char *state_dir)
{
    struct ledger *l = xcalloc(1, sizeof(*l));

    l->dir = path_join(state_dir, LEDGER_DIR);
    ledger_day_init(&l->day, "");
    return l;
}

void ledger_free(struct ledger *l)
{
    if (!l)
        return;
    ledger_day_release(&l->day);
    free(l->dir);
    free(l);
}

static void put_line(struct buf *out, const struct ledger_entry *e)
{
    struct json_writer w;
    char ts[TIME_TEXT_MAX];

    time_format_rfc3339(e->ts_ms, ts);
    json_writer_init(&w, out);
    json_object_begin(&w);
    json_put_cstr(&w, "ts", ts);
    json_put_cstr(&w, "kind", e->booked ? "booked" : "spent");
    json_put_cstr(&w, "id", e->id ? e->id : "");
    json_put_cstr(&w, "session", e->session ? e->session : "");
    json_put_cstr(&w, "user", e->user ? e->user : "");
    json_put_cstr(&w, "provider", e->provider ? e->provider : "");
    json_put_cstr(&w, "model", e->model ? e->model : "");
    json_put_int(&w, "turn", e->turn);
    json_put_num(&w, "usd", e->usd);
    json_put_int(&w, "input", e->use.input);
    json_put_int(&w, "output", e->use.output);
    json_put_int(&w, "cache_read", e->use.cache_read);
    json_put_int(&w, "cache_write", e->use.cache_write);
    json_object_end(&w);
    buf_addc(out, '\n');
}

static void day_name(int64_t ts_ms, char out[LEDGER_NAME_MAX])
{
    char ts[TIME_TEXT_MAX];

    time_format_rfc3339(ts_ms, ts);
    snprintf(out, LEDGER_NAME_MAX, "%.10s.jsonl", ts);
}

/* One write of one line: what O_APPEND keeps whole among processes. */
static enum err_code append(struct ledger *l, const struct ledger_entry *e, struct err *err)
{
    struct buf line = BUF_INIT(8192);
    char name[LEDGER_NAME_MAX];
    char *path;
    enum err_code rc;
    int fd;

    put_line(&line, e);
    day_name(e->ts_ms, name);
    path = path_join(l->dir, name);
    rc = buf_check(&line, "a line of the ledger", err);
    if (!rc)
        rc = dir_make(l->dir, err);
    if (rc)
        goto done;
    fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) {
        rc = err_errno(err, errno, "open %s", path);
        goto done;
    }
    rc = fd_write_all(fd, buf_str(&line), err);
    if (!rc && fdatasync(fd))
        rc = err_errno(err, errno, "sync %s", path);
    close(fd);
done:
    free(path);
    buf_release(&line);
    return rc ? err_wrap(err, "write down what a model costs") : ERR_OK;
}

enum err_code ledger_book(struct ledger *l, const struct ledger_entry *e, struct err *err)
{
    struct ledger_entry booked = *e;

    booked.booked = true;
    return append(l, &booked, err);
}

enum err_code ledger_settle(struct ledger *l, const struct ledger_entry *e, struct err *err)
{
    struct ledger_entry spent = *e;

    spent.booked = false;
    return append(l, &spent, err);
}

/* The file of that day, from where the last reading ended. */
static enum err_code catch_up(struct ledger *l, const char *name, struct err *err)
{
    char *path = path_join(l->dir, name);
    enum err_code rc = ERR_OK;

    if (strcmp(l->day.name, name) != 0) {
        ledger_day_release(&l->day);
        ledger_day_init(&l->day, name);
    }
    rc = ledger_day_read(&l->day, path, err);
    free(path);
    return rc;
}

static void add_usd(double *sum, double usd)
{
    if (!isnan(usd))
        *sum += usd;
}

static void add_call(const struct ledger_call *k, int64_t now_ms, const char *session,
                     const char *user, struct cost_spent *ret)
{
    int64_t ago = now_ms - k->ts_ms;

    add_usd(&ret->usd_day, k->usd);
    if (strcmp(k->session, session) == 0) {
        add_usd(&ret->usd_incident, k->usd);
        ret->tokens_incident += token_use_total(&k->use);
    }
    if (strcmp(k->user, user) == 0 && ago >= 0 && ago < MINUTE_MS) {
        ret->calls_last_minute++;
        if (ago > ret->oldest_call_ms)
            ret->oldest_call_ms = ago;
    }
}

/* An incident may have begun before midnight. */
static enum err_code add_yesterday(struct ledger *l, int64_t now_ms, const char *session,
                                   struct cost_spent *ret, struct err *err)
{
    struct ledger_day day;
    struct cost_spent other = {0};
    char name[LEDGER_NAME_MAX];
    char *path;
    enum err_code rc;

    day_name(now_ms - DAY_MS, name);
    path = path_join(l->dir, name);
    ledger_day_init(&day, name);
    rc = ledger_day_read(&day, path, err);
    VEC_EACH (k, &day.calls)
        add_call(k, now_ms, session, "", &other);
    ret->usd_incident += other.usd_incident;
    ret->tokens_incident += other.tokens_incident;
    ledger_day_release(&day);
    free(path);
    return rc;
}

enum err_code ledger_spent(struct ledger *l, int64_t now_ms, const char *session, const char *user,
                           struct cost_spent *ret, struct err *err)
{
    char name[LEDGER_NAME_MAX];
    enum err_code rc;

    ret->usd_day = ret->usd_incident = 0;
    ret->tokens_incident = ret->calls_last_minute = ret->oldest_call_ms = 0;
    day_name(now_ms, name);
    rc = catch_up(l, name, err);
    if (rc)
        return rc;
    VEC_EACH (k, &l->day.calls)
        add_call(k, now_ms, session, user, ret);
    return add_yesterday(l, now_ms, session, ret, err);
}
