/* ledger_day.c - a day's file into calls, and sums over many days. A line that cannot be read is
 * counted and passed over: a torn one after a power cut must not hide the others. */
#include "ledger_priv.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "runbook/base/mem.h"
#include "runbook/base/path.h"
#include "runbook/base/timefmt.h"
#include "runbook/codec/json.h"

#define CHUNK ((size_t)256 << 10)
#define LINE_MAX_BYTES ((size_t)64 << 10)
#define DAYS_MAX 4000

void ledger_day_init(struct ledger_day *d, const char *name)
{
    *d = (struct ledger_day){0};
    snprintf(d->name, sizeof(d->name), "%s", name);
    d->arena = arena_new(0);
    d->by_id = map_new();
}

void ledger_day_release(struct ledger_day *d)
{
    VEC_RELEASE(&d->calls);
    map_free(d->by_id);
    arena_free(d->arena);
    d->arena = NULL;
    d->by_id = NULL;
}

static int64_t count_of(const struct value *v, const char *key)
{
    int64_t n = value_i64_or(v, key, 0);

    return n < 0 ? 0 : n;
}

static struct ledger_call *call_of(struct ledger_day *d, const char *session, const char *id)
{
    struct buf key = BUF_INIT(1024);
    struct ledger_call *k;
    size_t at;

    buf_addf(&key, "%s/%s", session, id);
    at = (size_t)(uintptr_t)map_get(d->by_id, buf_str(&key));
    if (at) {
        buf_release(&key);
        return &d->calls.items[at - 1];
    }
    k = VEC_PUSH(&d->calls);
    map_set(d->by_id, buf_str(&key), (void *)(uintptr_t)d->calls.count);
    k->id = arena_strdup(d->arena, id);
    k->session = arena_strdup(d->arena, session);
    k->booked = true;
    buf_release(&key);
    return k;
}

static bool take_line(struct ledger_day *d, struct str line)
{
    struct arena *a = arena_new(1024);
    const struct value *v;
    struct ledger_call *k;
    struct err ignored;
    bool ok, booked;
    int64_t ts = 0;

    ok = json_parse(a, line, &v, &ignored) == ERR_OK && v->type == VALUE_OBJECT &&
         time_parse(value_str_or(v, "ts", ""), &ts) && *value_cstr_or(v, "id", "");
    if (ok) {
        k = call_of(d, value_cstr_or(v, "session", ""), value_cstr_or(v, "id", ""));
        booked = str_eq_c(value_str_or(v, "kind", ""), "booked");
        if (!booked || k->booked) {
            double usd = value_num_or(v, "usd", NAN);

            k->user = arena_strdup(d->arena, value_cstr_or(v, "user", ""));
            k->provider = arena_strdup(d->arena, value_cstr_or(v, "provider", ""));
            k->model = arena_strdup(d->arena, value_cstr_or(v, "model", ""));
            k->ts_ms = ts;
            k->turn = value_i64_or(v, "turn", 0);
            k->usd = usd < 0 ? 0 : usd;
            k->use = (struct token_use){count_of(v, "input"), count_of(v, "output"),
                                        count_of(v, "cache_read"), count_of(v, "cache_write")};
            k->booked = booked;
        }
    }
    arena_free(a);
    return ok;
}

/* Whole lines of `held`; what is left of the last one waits for the rest. */
static void take_lines(struct ledger_day *d, struct buf *held)
{
    struct str rest = buf_str(held);
    const char *nl;

    while (rest.len && (nl = memchr(rest.ptr, '\n', rest.len))) {
        struct str line = {rest.ptr, (size_t)(nl - rest.ptr)};

        if (line.len && !take_line(d, line))
            d->bad_lines++;
        d->read_bytes += line.len + 1;
        rest = (struct str){nl + 1, rest.len - line.len - 1};
    }
    buf_cut(held, 0, held->len - rest.len);
}

enum err_code ledger_day_read(struct ledger_day *d, const char *path, struct err *err)
{
    struct buf held = BUF_INIT(CHUNK + LINE_MAX_BYTES);
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    enum err_code rc = ERR_OK;
    ssize_t n;

    if (fd < 0)
        return errno == ENOENT ? ERR_OK : err_errno(err, errno, "open %s", path);
    while (!rc) {
        char *room = buf_reserve(&held, CHUNK);

        if (!room) {
            rc = err_set(err, ERR_LIMIT, "%s: a line is longer than %zu bytes", path,
                         LINE_MAX_BYTES);
            break;
        }
        n = pread(fd, room, CHUNK, (off_t)(d->read_bytes + held.len));
        if (n < 0)
            rc = err_errno(err, errno, "read %s", path);
        if (n <= 0)
            break;
        held.len += (size_t)n;
        take_lines(d, &held);
    }
    close(fd);
    buf_release(&held);
    return rc;
}

/* -- sums ------------------------------------------------------------------------------------- */

struct report {
    VEC(struct ledger_sum) sums;
    enum ledger_by by;
    int64_t since_ms;
    size_t bad_lines;
};

static const char *name_of(const struct report *r, const struct ledger_day *d,
                           const struct ledger_call *k, char out[64])
{
    switch (r->by) {
    case LEDGER_DAY:
        snprintf(out, 64, "%.10s", d->name);
        return out;
    case LEDGER_SESSION:
        return k->session;
    case LEDGER_MODEL:
        snprintf(out, 64, "%s/%s", k->provider, k->model);
        return out;
    case LEDGER_USER:
        return k->user;
    }
    return "";
}

static struct ledger_sum *sum_of(struct report *r, const char *name)
{
    struct ledger_sum *s;

    VEC_EACH (known, &r->sums) {
        if (strncmp(known->name, name, sizeof(known->name) - 1) == 0)
            return known;
    }
    s = VEC_PUSH(&r->sums);
    snprintf(s->name, sizeof(s->name), "%s", name);
    return s;
}

static void add_day(struct report *r, const struct ledger_day *d)
{
    char name[64];

    VEC_EACH (k, &d->calls) {
        struct ledger_sum *s;

        if (k->ts_ms < r->since_ms)
            continue;
        s = sum_of(r, name_of(r, d, k, name));
        s->calls++;
        s->unknown += isnan(k->usd);
        s->booked += k->booked;
        s->usd += isnan(k->usd) ? 0 : k->usd;
        token_use_add(&s->use, &k->use);
        if (!s->first_ms || k->ts_ms < s->first_ms)
            s->first_ms = k->ts_ms;
        if (k->ts_ms > s->last_ms)
            s->last_ms = k->ts_ms;
    }
    r->bad_lines += d->bad_lines;
}

static int is_day_file(const struct dirent *e)
{
    return strlen(e->d_name) == 16 && strcmp(e->d_name + 10, ".jsonl") == 0 &&
           e->d_name[4] == '-' && e->d_name[7] == '-';
}

enum err_code ledger_report(const char *state_dir, enum ledger_by by, int64_t since_ms,
                            struct ledger_sum **ret, size_t *ret_count, size_t *ret_bad_lines,
                            struct err *err)
{
    struct report r = {.by = by, .since_ms = since_ms};
    char *dir = path_join(state_dir, LEDGER_DIR);
    struct dirent **names = NULL;
    int n = scandir(dir, &names, is_day_file, alphasort);
    enum err_code rc = ERR_OK;

    if (n < 0 && errno != ENOENT)
        rc = err_errno(err, errno, "open %s", dir);
    for (int i = 0; i < n; i++) {
        char *path = path_join(dir, names[i]->d_name);
        struct ledger_day day;

        if (!rc && i >= n - DAYS_MAX) {
            ledger_day_init(&day, names[i]->d_name);
            rc = ledger_day_read(&day, path, err);
            add_day(&r, &day);
            ledger_day_release(&day);
        }
        free(path);
        free(names[i]);
    }
    free(names);
    free(dir);
    if (rc) {
        VEC_RELEASE(&r.sums);
        return rc;
    }
    *ret = r.sums.items;
    *ret_count = r.sums.count;
    *ret_bad_lines = r.bad_lines;
    return ERR_OK;
}
