/* journal_read.c - reading lines back and checking the chain.
 * A line that this program wrote has its members in a fixed order, so its head is cut off by hand
 * and only `data` is parsed; any other line that is the same JSON goes through the parser as a
 * whole. The file is read, not mapped: it may be cut while we look at it. */
#include "runbook/store/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "journal_priv.h"
#include "runbook/base/fault.h"
#include "runbook/base/mem.h"
#include "runbook/base/num.h"
#include "runbook/base/timefmt.h"
#include "runbook/codec/json.h"

#define READ_BYTES ((size_t)256 << 10)
#define ARENA_BYTES ((size_t)64 << 10)

struct line {
    struct journal_record r;
    bool newer;
};

/* Reading state of one file. */
struct scan {
    struct journal_scan *opts;
    struct arena *arena;
    struct buf in;
    size_t at;           /* start of the first unread line in `in` */
    struct str last;     /* last good line, while it is still in `in` */
    uint64_t number;     /* lines seen, good or bad, from 1 */
    uint64_t read_end;   /* offset in the file of the end of `in` */
    uint64_t line_end;   /* offset after the last line that was taken */
    bool stop, overlong; /* overlong: the rest of a line beyond the cap is being dropped */
};

static bool eat(struct str *rest, const char *text, size_t len)
{
    if (rest->len < len || memcmp(rest->ptr, text, len) != 0)
        return false;
    rest->ptr += len;
    rest->len -= len;
    return true;
}

#define EAT(rest, lit) eat(rest, lit, sizeof(lit) - 1)

/* A JSON string without escapes, up to and with its closing quote. */
static bool eat_plain(struct str *rest, struct str *ret)
{
    for (size_t i = 0; i < rest->len; i++) {
        unsigned char c = (unsigned char)rest->ptr[i];

        if (c == '"') {
            *ret = (struct str){rest->ptr, i};
            rest->ptr += i + 1;
            rest->len -= i + 1;
            return true;
        }
        if (c < 0x20 || c > 0x7e || c == '\\')
            return false;
    }
    return false;
}

static bool eat_seq(struct str *rest, uint64_t *ret)
{
    size_t n = 0;
    uint64_t v = 0;

    while (n < rest->len && n < 18 && rest->ptr[n] >= '0' && rest->ptr[n] <= '9')
        v = v * 10 + (uint64_t)(rest->ptr[n++] - '0');
    if (n == 0 || (n > 1 && rest->ptr[0] == '0'))
        return false;
    rest->ptr += n;
    rest->len -= n;
    *ret = v;
    return true;
}

/* False: not in our own layout, which says nothing about the line. Without an arena `data` is not
 * read. */
static bool parse_fast(struct arena *arena, struct str text, struct line *out)
{
    struct str ts, rest = text;
    struct err err;

    if (!EAT(&rest, "{\"seq\":") || !eat_seq(&rest, &out->r.seq) || !EAT(&rest, ",\"ts\":\"") ||
        !eat_plain(&rest, &ts) || !EAT(&rest, ",\"type\":\"") || !eat_plain(&rest, &out->r.type) ||
        !EAT(&rest, ",\"actor\":\"") || !eat_plain(&rest, &out->r.actor) ||
        !EAT(&rest, ",\"prev\":\"") || !eat_plain(&rest, &out->r.prev) || !EAT(&rest, ",\"data\":"))
        return false;
    if (rest.len < 3 || rest.ptr[rest.len - 1] != '}' || !time_parse(ts, &out->r.ts_ms))
        return false;
    rest.len--;
    if (!arena)
        return rest.ptr[0] == '{' && rest.ptr[rest.len - 1] == '}';
    return json_parse(arena, rest, &out->r.data, &err) == ERR_OK &&
           out->r.data->type == VALUE_OBJECT;
}

static enum err_code parse_slow(struct arena *arena, struct str text, struct line *out,
                                struct err *err)
{
    const struct value *v;
    struct str ts;
    int64_t seq;
    enum err_code rc;

    rc = json_parse(arena, text, &v, err);
    if (rc)
        return rc;
    if (v->type != VALUE_OBJECT)
        return err_set(err, ERR_INPUT, "is no object");
    out->newer = value_i64_or(v, "v", JOURNAL_SCHEMA) > JOURNAL_SCHEMA;
    if ((rc = value_need_i64(v, "seq", &seq, err)) ||
        (rc = value_need_str(v, "prev", &out->r.prev, err)))
        return rc;
    out->r.seq = (uint64_t)seq;
    if (out->newer)
        return ERR_OK;
    if ((rc = value_need_str(v, "ts", &ts, err)) ||
        (rc = value_need_str(v, "type", &out->r.type, err)) ||
        (rc = value_need_str(v, "actor", &out->r.actor, err)) ||
        (rc = value_need_object(v, "data", &out->r.data, err)))
        return rc;
    if (!time_parse(ts, &out->r.ts_ms))
        return err_set(err, ERR_INPUT, "'ts' is no time");
    return ERR_OK;
}

static enum err_code parse_line(struct arena *arena, bool light, struct str text, struct line *out,
                                struct err *err)
{
    *out = (struct line){.newer = false};
    if (parse_fast(light ? NULL : arena, text, out))
        return ERR_OK;
    *out = (struct line){.newer = false};
    return parse_slow(arena, text, out, err);
}

static void hash_last(struct scan *s)
{
    if (s->last.ptr)
        hash_sha256_hex(s->last, s->opts->report->last_hash);
    s->last = (struct str){NULL, 0};
}

static void bad(struct scan *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void bad(struct scan *s, const char *fmt, ...)
{
    struct journal_report *rep = s->opts->report;
    va_list ap;
    int n;

    s->stop = s->opts->verify;
    if (rep->bad_line)
        return;
    rep->bad_line = s->number;
    n = snprintf(rep->why, sizeof(rep->why), "line %llu ", (unsigned long long)s->number);
    va_start(ap, fmt);
    vsnprintf(rep->why + n, sizeof(rep->why) - (size_t)n, fmt, ap);
    va_end(ap);
}

/* To see whether the chain holds nobody needs what the lines say: the next line vouches for each.
 */
static bool is_light(const struct journal_scan *o)
{
    return o->verify && !o->fn && !o->each;
}

/* For the last line nobody vouches. */
static void look_at_last(struct scan *s)
{
    struct line l;
    struct err err;

    if (!is_light(s->opts) || !s->last.ptr || s->stop ||
        !parse_line(s->arena, false, s->last, &l, &err))
        return;
    s->opts->report->lines--;
    bad(s, "is not a journal line: %s", err.msg);
    s->opts->bad_is_last = true;
}

static void note_marks(struct scan *s)
{
    for (size_t i = 0; i < s->opts->mark_count; i++) {
        struct journal_mark *m = &s->opts->marks[i];

        if (m->line && m->line == s->opts->report->lines)
            memcpy(m->hash, s->opts->report->last_hash, SHA256_HEX);
    }
}

/* Does the line continue the chain? */
static bool fits(struct scan *s, const struct line *l)
{
    struct journal_scan *o = s->opts;

    hash_last(s);
    note_marks(s);
    if (!str_eq_c(l->r.prev, o->report->last_hash)) {
        if (s->number == 1)
            bad(s, "does not begin a chain: its prev is not 64 zeros");
        else
            bad(s, "does not fit: its prev is not the hash of line %llu",
                (unsigned long long)s->number - 1);
        return false;
    }
    if (l->r.seq != o->last_seq + 1) {
        bad(s, "has seq %llu where %llu was expected", (unsigned long long)l->r.seq,
            (unsigned long long)o->last_seq + 1);
        return false;
    }
    return true;
}

static void take_line(struct scan *s, struct str text)
{
    struct journal_scan *o = s->opts;
    struct line l;
    struct err err;

    s->number++;
    arena_reset(s->arena);
    if (parse_line(s->arena, is_light(o), text, &l, &err)) {
        bad(s, "is not a journal line: %s", err.msg);
        o->bad_is_last = true; /* until another line is seen */
        return;
    }
    o->bad_is_last = false;
    if (o->verify && !fits(s, &l))
        return;
    o->last_seq = l.r.seq;
    o->report->lines++;
    o->report->size_bytes = s->line_end;
    s->last = text;
    s->stop = o->few && o->report->lines == o->from_lines + o->few;
    if (l.newer) {
        o->report->newer++;
        return;
    }
    if (o->each)
        o->each(o->ctx, &l.r);
    if (o->fn && !o->fn(o->ctx, &l.r))
        s->stop = true;
}

/* All whole lines in the buffer. */
static void take_lines(struct scan *s)
{
    while (!s->stop) {
        char *from = s->in.ptr + s->at;
        size_t left = s->in.len - s->at;
        char *lf = left ? memchr(from, '\n', left) : NULL;
        size_t len;

        if (!lf)
            break;
        len = (size_t)(lf - from);
        s->at += len + 1;
        s->line_end = s->read_end - (s->in.len - s->at);
        if (s->overlong) {
            s->number++;
            bad(s, "is longer than %zu bytes", JOURNAL_LINE_MAX);
            s->opts->bad_is_last = s->overlong = false;
        } else {
            take_line(s, (struct str){from, len});
        }
    }
}

/* Move what is left of the buffer to its front; drop the beginning of a line beyond the cap. */
static void make_room(struct scan *s)
{
    look_at_last(s);
    hash_last(s);
    buf_cut(&s->in, 0, s->at);
    s->at = 0;
    if (s->in.len > JOURNAL_LINE_MAX) {
        buf_clear(&s->in);
        s->overlong = true;
    }
}

static enum err_code scan_all(int fd, struct scan *s, struct err *err)
{
    while (!s->stop) {
        char *room;
        ssize_t n;

        make_room(s);
        room = buf_reserve(&s->in, READ_BYTES);
        if (FAULT_POINT("journal.read"))
            return err_errno(err, EIO, "read %s", s->opts->name);
        n = pread(fd, room, READ_BYTES, (off_t)s->read_end);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return err_errno(err, errno, "read %s", s->opts->name);
        if (n == 0)
            break;
        s->read_end += (uint64_t)n;
        s->in.len += (size_t)n;
        take_lines(s);
    }
    if (s->stop && s->opts->bad_is_last) {
        char more;

        s->opts->bad_is_last = s->at == s->in.len && pread(fd, &more, 1, (off_t)s->read_end) == 0;
    }
    if (!s->stop && s->read_end > s->line_end) {
        s->opts->report->torn_bytes = (size_t)(s->read_end - s->line_end);
        s->opts->bad_is_last = false;
    }
    hash_last(s);
    note_marks(s);
    return ERR_OK;
}

enum err_code journal_scan_fd(int fd, struct journal_scan *o, struct err *err)
{
    struct scan s = {.opts = o,
                     .arena = arena_new(ARENA_BYTES),
                     .in = BUF_INIT(JOURNAL_LINE_MAX + 2 * READ_BYTES)};
    enum err_code rc;

    memset(o->report, 0, sizeof(*o->report));
    memcpy(o->report->last_hash, o->from_hash ? o->from_hash : JOURNAL_NO_PREV, SHA256_HEX);
    o->last_seq = o->report->lines = s.number = o->from_lines;
    s.read_end = s.line_end = o->from;
    o->bad_is_last = false;
    rc = scan_all(fd, &s, err);
    buf_release(&s.in);
    arena_free(s.arena);
    return rc;
}

static enum err_code read_path(const char *path, struct journal_scan *s, struct err *err)
{
    struct stat st;
    enum err_code rc;
    int fd;

    fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0)
        return err_errno(err, errno, "open %s", path);
    if (fstat(fd, &st))
        rc = err_errno(err, errno, "stat %s", path);
    else if (!S_ISREG(st.st_mode))
        rc = err_set(err, ERR_INPUT, "%s is not a file", path);
    else
        rc = journal_scan_fd(fd, s, err);
    close(fd);
    return rc;
}

enum err_code journal_read(const char *path, bool verify,
                           bool (*fn)(void *ctx, const struct journal_record *r), void *ctx,
                           struct journal_report *report, struct err *err)
{
    struct journal_scan s = {
        .name = path, .verify = verify, .fn = fn, .ctx = ctx, .report = report};

    return read_path(path, &s, err);
}

enum err_code journal_verify(const char *path, struct journal_mark *marks, size_t mark_count,
                             struct journal_report *report, struct err *err)
{
    struct journal_scan s = {
        .name = path, .verify = true, .marks = marks, .mark_count = mark_count, .report = report};

    for (size_t i = 0; i < mark_count; i++)
        marks[i].hash[0] = '\0';
    return read_path(path, &s, err);
}
