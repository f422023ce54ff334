/* parse_mined.c - see host_logs.h.
 * One source after another goes through a miner of its own, so that memory is that of one, and what
 * is kept of each is bounded. Lines from before the time asked for go through a second miner, that
 * only says what is not new. Zones: a log that writes local time without saying so is off by a
 * multiple of a quarter of an hour from the time when the file was last written. */
#include "parse_priv.h"

#include <stdlib.h>

#include "runbook/base/mem.h"
#include "runbook/base/num.h"
#include "runbook/service/host_logs.h"

#define SOURCES_MAX 100
#define PER_SOURCE 24 /* families kept of one */
#define FAMILIES_MAX 400
#define SAMPLE_MAX 200
#define JOURNAL_NAMES 24
#define CURRENT_MS 300000
#define FRESH_LINES 20    /* lines before it, for "never before" to mean something */
#define FRESH_BEFORE_S 60 /* and how long they must reach back */
#define QUARTER_MS 900000

struct writer {
    int32_t pid, ppid, session, tty;
    struct str comm, cgroup, path;
};

struct mining {
    struct parse *p;
    struct host_mining *to;
    VEC(struct writer) writers;
};

/* ---- who writes ---- */

static int64_t int_field(struct str *rest)
{
    struct str f;

    return str_split(rest, '\t', &f) ? parse_i64(f, 0) : 0;
}

static void read_writers(struct mining *mn)
{
    struct str text = parse_section(mn->p, "logwriters", 1, false), line;

    while (str_line(&text, &line) && mn->writers.count < 4000) {
        struct writer w = {.pid = (int32_t)(int_field(&line) & INT32_MAX)};

        str_split(&line, '\t', &w.comm);
        w.session = (int32_t)(int_field(&line) & INT32_MAX);
        w.tty = (int32_t)int_field(&line);
        w.ppid = (int32_t)(int_field(&line) & INT32_MAX);
        str_split(&line, '\t', &w.cgroup);
        w.path = line;
        if (w.pid && w.path.len)
            *VEC_PUSH(&mn->writers) = w;
    }
}

/* A unit's process or the head of a session without a terminal, that is no shell, no compiler and
 * no build: their output is full of "error" and says nothing about a service. */
static bool is_service(const struct writer *w)
{
    static const char *const tools[] = {
        "sh",  "bash",  "dash", "zsh", "make",         "gmake",  "ninja",  "cmake", "cc1",
        "gcc", "cc",    "ld",   "as",  "configure",    "cargo",  "rustc",  "tee",   "tar",
        "cp",  "rsync", "git",  "ssh", "tmux: server", "screen", "script", "nohup"};

    for (size_t i = 0; i < sizeof(tools) / sizeof(*tools); i++) {
        if (str_eq_c(w->comm, tools[i]))
            return false;
    }
    return str_find(w->cgroup, STR_LIT(".service")) >= 0 || (w->session == w->pid && w->tty == 0);
}

static void set_writer(struct mining *mn, struct host_log_source *s)
{
    const struct writer *best = NULL;

    VEC_EACH (w, &mn->writers) {
        if (!str_eq_c(w->path, s->name))
            continue;
        if (!best || (is_service(w) && !is_service(best)) ||
            (is_service(w) == is_service(best) && w->pid < best->pid))
            best = w;
    }
    if (!best)
        return;
    s->pid = best->pid;
    s->comm = parse_text(mn->p, best->comm, 64);
    s->service = is_service(best);
}

/* "1700000000 12345 /var/log/x" */
static int64_t written_ms(struct mining *mn, const char *path)
{
    struct str text = parse_section(mn->p, "logtimes", 1, false), line;

    while (str_line(&text, &line)) {
        int64_t s = parse_i64(parse_word(&line), 0);

        parse_word(&line);
        if (str_eq_c(str_trim(line), path))
            return s * 1000;
    }
    return 0;
}

/* ---- one source ---- */

struct source_pass {
    struct mining *mn;
    struct host_log_source *s;
    int index;
    struct logmine *mine, *old; /* old: of lines before the time asked for */
    uint64_t *marks;            /* counts of the families after two thirds of the lines */
    size_t mark_count;
    int64_t shift_ms, written_ms;
};

static void feed(struct source_pass *sp, struct str text)
{
    size_t mark = text.len - text.len / 3;
    const char *start = text.ptr;
    struct str line;

    while (str_line(&text, &line)) {
        if (!sp->marks && (size_t)(line.ptr - start) >= mark) {
            struct logmine_totals t;

            logmine_totals(sp->mine, &t);
            sp->mark_count = t.families;
            sp->marks = xcalloc(t.families + 1, sizeof(*sp->marks));
            for (size_t i = 0; i < t.families; i++)
                sp->marks[i] = logmine_family(sp->mine, i)->count;
        }
        logmine_line(sp->mine, line);
        if (sp->old)
            logmine_line(sp->old, line);
    }
}

/* Zones are whole quarters of an hour away from UTC, at most 14 hours. */
static int64_t zone_shift(int64_t last_ms, int64_t written)
{
    int64_t off = written - last_ms;
    int64_t quarters = (off + (off < 0 ? -QUARTER_MS / 2 : QUARTER_MS / 2)) / QUARTER_MS;

    if (!written || !quarters || llabs(quarters) > 56 || llabs(off - quarters * QUARTER_MS) > 90000)
        return 0;
    return quarters * QUARTER_MS;
}

static bool was_before(const struct source_pass *sp, const struct logmine_family *f)
{
    struct logmine_totals t;

    if (!sp->old)
        return false;
    logmine_totals(sp->old, &t);
    for (size_t i = 0; i < t.families; i++) {
        const struct logmine_family *o = logmine_family(sp->old, i);

        if (o->level == f->level && strcmp(o->text, f->text) == 0)
            return true;
    }
    return false;
}

/* Without times the last third of the lines stands for what is new. */
static bool shift_by_place(const struct source_pass *sp, size_t index,
                           const struct logmine_family *f, struct host_mined *fam)
{
    uint64_t before = sp->marks && index < sp->mark_count ? sp->marks[index] : 0;
    struct logshift *s = &fam->shift;

    *s = (struct logshift){.before = before,
                           .after = f->count - before,
                           .before_s = NAN,
                           .after_s = NAN,
                           .before_rate = (double)before / 2,
                           .after_rate = (double)(f->count - before),
                           .fresh = before == 0,
                           .current = true};
    return sp->marks && s->after_rate > s->before_rate;
}

static void judge(const struct source_pass *sp, size_t index, const struct logmine_family *f,
                  const struct logmine_totals *t, struct host_mined *fam)
{
    const struct host_log_source *s = sp->s;
    int64_t now = sp->mn->to->now_ms;
    bool reaches_back;

    if (s->timed) {
        fam->risen = logshift_find(sp->mine, f, &fam->shift);
        reaches_back = fam->shift.onset_ms - t->first_ms >= FRESH_BEFORE_S * 1000;
        fam->shift.onset_ms += sp->shift_ms;
        fam->shift.end_ms += sp->shift_ms;
        fam->current = fam->last_ms >= now - CURRENT_MS;
    } else {
        fam->risen = shift_by_place(sp, index, f, fam);
        reaches_back = true;
        fam->current = isfinite(s->age_s) && s->age_s * 1000 <= CURRENT_MS;
    }
    fam->fresh = fam->risen && fam->shift.fresh && reaches_back && f->first_line > FRESH_LINES &&
                 !was_before(sp, f);
}

static void facts(struct mining *mn, const struct logmine_family *f, struct host_mined *fam)
{
    struct str line = str_from(f->sample);
    char path[512];

    fam->cause = log_cause_of(line);
    fam->path = "";
    switch (fam->cause) {
    case LOG_CAUSE_REFUSED:
    case LOG_CAUSE_TIMEOUT:
    case LOG_CAUSE_NAME:
    case LOG_CAUSE_CERTIFICATE:
    case LOG_CAUSE_POOL:
    case LOG_CAUSE_LOGIN:
        log_peer_find(line, &fam->peer);
        break;
    case LOG_CAUSE_PORT_TAKEN:
        fam->port = log_port_find(line);
        break;
    case LOG_CAUSE_NONE:
    case LOG_CAUSE_PERMISSION:
    case LOG_CAUSE_MISSING:
    case LOG_CAUSE_CONFIG:
    case LOG_CAUSE_SPACE:
    case LOG_CAUSE_FILES:
    case LOG_CAUSE_MEMORY:
        break;
    }
    if (log_path_find(line, path, sizeof(path)))
        fam->path = parse_text(mn->p, str_from(path), sizeof(path));
    for (char *c = fam->peer.host; *c; c++)
        *c = (unsigned char)*c < 0x21 ? '?' : *c;
}

static void samples(struct mining *mn, const struct logmine_family *f, struct host_mined *fam)
{
    const char *texts[] = {f->sample, f->later};
    int n = 0;

    for (size_t i = 0; i < 2; i++) {
        struct str s = str_from(texts[i]);

        if (s.len)
            fam->samples[n++] = parse_text(mn->p, s, SAMPLE_MAX);
    }
}

static bool is_trouble(const struct host_mined *f)
{
    return f->level >= LOG_LEVEL_ERROR ||
           ((f->kind || f->cause) && (f->level == LOG_LEVEL_NONE || f->level >= LOG_LEVEL_WARNING));
}

static double urgency(const struct host_mined *f)
{
    return (is_trouble(f)                   ? 1000
            : f->level == LOG_LEVEL_WARNING ? 500
                                            : 0) +
           (f->current ? 100 : 0) + (f->fresh ? 60 : 0) +
           (f->risen ? fmin(40, f->shift.score / 10) : 0) + fmin(20, log2((double)f->count + 1));
}

static int by_urgency(const void *a, const void *b)
{
    double x = urgency(a), y = urgency(b);

    return (x < y) - (x > y);
}

static void keep(struct source_pass *sp)
{
    VEC(struct host_mined) list = {0};
    struct mining *mn = sp->mn;
    struct logmine_totals t;

    logmine_totals(sp->mine, &t);
    for (size_t i = 0; i < t.families; i++) {
        const struct logmine_family *f = logmine_family(sp->mine, i);
        struct host_mined fam = {
            .source = sp->index, .level = f->level, .count = (int64_t)f->count, .text = f->text};
        int kind = host_family_of(str_from(f->sample));

        if (!f->count)
            continue;
        fam.kind = kind >= 0 ? &host_family_table()[kind] : NULL;
        fam.first_ms = f->first_ms == INT64_MIN ? 0 : f->first_ms + sp->shift_ms;
        fam.last_ms = f->last_ms == INT64_MIN ? 0 : f->last_ms + sp->shift_ms;
        facts(mn, f, &fam);
        if (is_trouble(&fam))
            sp->s->errors += fam.count;
        judge(sp, i, f, &t, &fam);
        samples(mn, f, &fam);
        *VEC_PUSH(&list) = fam;
    }
    if (list.count)
        qsort(list.items, list.count, sizeof(*list.items), by_urgency);
    for (size_t i = 0; i < list.count && i < PER_SOURCE; i++) {
        struct host_mined *f = VEC_PUSH(&mn->to->families);

        *f = list.items[i];
        f->text = parse_text(mn->p, str_from(f->text), 300);
    }
    VEC_RELEASE(&list);
}

static void finish_source(struct source_pass *sp)
{
    struct logmine_totals t;
    struct host_log_source *s = sp->s;
    int64_t now = sp->mn->to->now_ms, last;

    logmine_totals(sp->mine, &t);
    s->lines = (int64_t)t.lines;
    s->bytes = (int64_t)t.bytes;
    s->timed = t.step_ms > 0;
    s->age_s = sp->written_ms ? (double)(now - sp->written_ms) / 1000 : NAN;
    if (s->timed) {
        sp->shift_ms = zone_shift(t.last_ms, sp->written_ms);
        s->first_ms = t.first_ms + sp->shift_ms;
        s->last_ms = last = t.last_ms + sp->shift_ms;
        s->age_s = (double)(now - last) / 1000;
    }
    sp->mn->to->lines += s->lines;
    sp->mn->to->bytes += s->bytes;
    keep(sp);
    logmine_free(sp->mine);
    logmine_free(sp->old);
    free(sp->marks);
}

static struct host_log_source *new_source(struct mining *mn, const char *name, int *ret_index)
{
    struct host_log_source *s;

    if (mn->to->sources.count >= SOURCES_MAX)
        return NULL;
    *ret_index = (int)mn->to->sources.count;
    s = VEC_PUSH(&mn->to->sources);
    *s = (struct host_log_source){.name = name, .comm = "", .age_s = NAN};
    return s;
}

static void begin_pass(struct source_pass *sp)
{
    int64_t now = sp->mn->to->now_ms, from = sp->mn->to->from_ms;

    sp->mine = logmine_new(now);
    /* A day around, for a zone that is not written. */
    logmine_range(sp->mine, from ? from - 50400000 : INT64_MIN, INT64_MAX);
}

static void narrow(struct source_pass *sp, struct str text)
{
    struct logmine_totals t;
    int64_t shift, from = sp->mn->to->from_ms;

    /* With the zone known, once more for the time that was asked for. */
    logmine_totals(sp->mine, &t);
    if (!from || !t.step_ms)
        return;
    shift = zone_shift(t.last_ms, sp->written_ms);
    if (t.first_ms + shift >= from)
        return;
    logmine_free(sp->mine);
    free(sp->marks);
    sp->marks = NULL;
    sp->mine = logmine_new(sp->mn->to->now_ms);
    logmine_range(sp->mine, from - shift, INT64_MAX);
    sp->old = logmine_new(sp->mn->to->now_ms);
    logmine_range(sp->old, INT64_MIN, from - shift - 1);
    feed(sp, text);
}

static void mine_file(struct mining *mn, const struct host_section *sec)
{
    struct source_pass sp = {.mn = mn};
    const char *path = parse_text(mn->p, (struct str){sec->name.ptr + 7, sec->name.len - 7}, 400);

    if (sec->err) {
        parse_gap(mn->p, path, sec->err, NULL);
        return;
    }
    sp.s = new_source(mn, path, &sp.index);
    if (!sp.s)
        return;
    set_writer(mn, sp.s);
    sp.written_ms = written_ms(mn, path);
    begin_pass(&sp);
    feed(&sp, sec->data);
    narrow(&sp, sec->data);
    finish_source(&sp);
}

/* ---- the journal: JSON lines, a source for each unit ---- */

/* The inside of a string member; empty when absent. Values of the journal's own fields are short
 * and hold no quote. */
static struct str member(struct str line, const char *key)
{
    struct buf mark = BUF_INIT(64);
    ptrdiff_t at;
    const char *end;

    buf_addf(&mark, "\"%s\":\"", key);
    at = str_find(line, buf_str(&mark));
    if (at >= 0) {
        line.ptr += at + (ptrdiff_t)mark.len;
        line.len -= (size_t)at + mark.len;
        end = memchr(line.ptr, '"', line.len);
        line.len = end ? (size_t)(end - line.ptr) : 0;
    } else {
        line.len = 0;
    }
    buf_release(&mark);
    return line;
}

static struct str journal_name(struct str line, bool *ret_unit)
{
    struct str unit = member(line, "_SYSTEMD_UNIT");

    *ret_unit = unit.len > 0;
    /* What the manager says about a unit is that unit's. */
    if (str_eq_c(unit, "init.scope") || !unit.len) {
        struct str about = member(line, "UNIT");

        if (about.len) {
            *ret_unit = true;
            return about;
        }
    }
    return unit.len ? unit : member(line, "SYSLOG_IDENTIFIER");
}

struct journal_source {
    struct str name;
    struct source_pass sp;
};

static struct journal_source *journal_source(struct mining *mn, struct journal_source *list,
                                             int *count, struct str line)
{
    bool unit;
    struct str name = journal_name(line, &unit);
    struct journal_source *js = NULL;
    const char *text;

    for (int i = 0; i < *count; i++) {
        if (str_eq(list[i].name, name))
            return &list[i];
    }
    if (*count == JOURNAL_NAMES || !name.len)
        return NULL;
    js = &list[*count];
    *js = (struct journal_source){.name = name, .sp = {.mn = mn}};
    text = parse_text(mn->p, name, 200);
    js->sp.s = new_source(mn, arena_printf(mn->p->arena, "%s:%s", unit ? "unit" : "journal", text),
                          &js->sp.index);
    if (!js->sp.s)
        return NULL;
    ++*count;
    js->sp.s->service = unit && !str_ends(name, ".scope");
    begin_pass(&js->sp);
    return js;
}

static void mine_journal(struct mining *mn, struct str text)
{
    struct journal_source *list = xcalloc(JOURNAL_NAMES, sizeof(*list));
    struct str line;
    int count = 0;

    while (str_line(&text, &line)) {
        struct journal_source *js =
            line.len && *line.ptr == '{' ? journal_source(mn, list, &count, line) : NULL;
        struct host_log_source *s;

        if (!js)
            continue;
        s = &mn->to->sources.items[js->sp.index]; /* the list may have moved */
        if (!s->pid) {
            s->pid = (int32_t)(parse_i64(member(line, "_PID"), 0) & INT32_MAX);
            s->comm = parse_text(mn->p, member(line, "_COMM"), 64);
        }
        logmine_line(js->sp.mine, line);
    }
    for (int i = 0; i < count; i++) {
        list[i].sp.s = &mn->to->sources.items[list[i].sp.index];
        finish_source(&list[i].sp);
    }
    free(list);
}

enum err_code host_mining_parse(struct host_mining *ret, struct arena *arena, struct str bundle,
                                struct err *err)
{
    struct parse p = {
        .gap_items = &ret->gaps.items, .gap_count = &ret->gaps.count, .gap_cap = &ret->gaps.cap};
    struct mining mn = {.p = &p, .to = ret};
    struct str clock, since;
    enum err_code rc;

    *ret = (struct host_mining){0};
    rc = parse_begin(&p, arena, bundle, err);
    if (rc)
        goto done;
    clock = parse_section(&p, "clock", 1, false);
    since = parse_section(&p, "since", 1, false);
    ret->now_ms = (int64_t)fmin(parse_next(&clock) * 1000, 4e15);
    ret->from_ms = (int64_t)fmin(parse_next(&since) * 1000, 4e15);
    read_writers(&mn);
    for (size_t i = 0; i < p.bundle.sections.count; i++) {
        const struct host_section *s = &p.bundle.sections.items[i];

        if (str_starts(s->name, "logfile/"))
            mine_file(&mn, s);
        else if (str_eq_c(s->name, "journal") && !s->err)
            mine_journal(&mn, s->data);
    }
    if (host_bundle_find(&p.bundle, "logwho", 1))
        parse_gap(&p, "logs", ERR_DENIED,
                  "what other users' programs have open cannot be seen: only /var/log and the "
                  "logs that command lines name were read");
    if (ret->families.count)
        qsort(ret->families.items, ret->families.count, sizeof(*ret->families.items), by_urgency);
    if (ret->families.count > FAMILIES_MAX)
        ret->families.count = FAMILIES_MAX;
done:
    VEC_RELEASE(&mn.writers);
    parse_end(&p);
    return rc;
}

void host_mining_release(struct host_mining *m)
{
    VEC_RELEASE(&m->sources);
    VEC_RELEASE(&m->families);
    VEC_RELEASE(&m->gaps);
}
