/* parse_state.c - changes, and one process watched over time. */
#include "parse_priv.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "runbook/base/num.h"
#include "runbook/base/timefmt.h"

#define CHANGES_MAX 500
#define CHANGES_READ_MAX 20000
#define SAMPLES_MAX 60

/* ---- changes ---- */

/* "2026-11-21 01:26:03" in the machine's zone, which is `offset_s` east of UTC. */
static int64_t local_time(struct str day, struct str hms, int64_t offset_s)
{
    struct buf text = BUF_INIT(64);
    int64_t ms = 0;

    buf_addf(&text, "%.*sT%.*sZ", STR_FMT(day), STR_FMT(hms));
    if (!time_parse(buf_str(&text), &ms))
        ms = offset_s * 1000;
    buf_release(&text);
    return ms - offset_s * 1000;
}

static struct host_change *change(struct host_changes *c, int64_t ts_ms, const char *kind)
{
    struct host_change *ret;

    c->total++;
    if (c->changes.count >= CHANGES_READ_MAX || ts_ms <= 0)
        return NULL;
    ret = VEC_PUSH(&c->changes);
    *ret = (struct host_change){
        .ts_ms = ts_ms, .kind = kind, .what = "", .detail = "", .container = ""};
    return ret;
}

/* "DAY TIME upgrade name:arch old new"; the "status" lines in between repeat it. */
static void dpkg_line(struct parse *p, struct host_changes *ret, struct str line, int64_t offset_s)
{
    struct str day = parse_word(&line), hms = parse_word(&line), verb = parse_word(&line);
    struct str name = parse_word(&line), old = parse_word(&line), new = parse_word(&line);
    struct host_change *c;

    if (!str_eq_c(verb, "install") && !str_eq_c(verb, "upgrade") && !str_eq_c(verb, "remove") &&
        !str_eq_c(verb, "purge"))
        return;
    c = change(ret, local_time(day, hms, offset_s), "package");
    if (!c)
        return;
    c->what = parse_text(p, name, 128);
    c->detail = arena_printf(p->arena, "%s %s -> %s", parse_text(p, verb, 16),
                             parse_text(p, old, 64), parse_text(p, new, 64));
}

/* What a path below /etc is for. */
static const char *config_kind(const char *path)
{
    if (strstr(path, "/systemd/system/") || strstr(path, "/init.d/"))
        return "unit";
    return strstr(path, "/cron") ? "cron" : "config";
}

static void mtime_line(struct parse *p, struct host_changes *ret, struct str line, const char *kind,
                       int64_t now_s)
{
    int64_t s = parse_i64(parse_word(&line), 0);
    struct host_change *c;

    if (s <= 0 || s > now_s + 86400 || line.len < 2)
        return;
    c = change(ret, s * 1000, kind);
    if (!c)
        return;
    c->what = parse_text(p, (struct str){line.ptr + 1, line.len - 1}, 512);
    if (strcmp(kind, "config") == 0)
        c->kind = config_kind(c->what);
}

static void read_mtimes(struct parse *p, struct host_changes *ret, const char *section,
                        const char *kind)
{
    struct str text =
        parse_section(p, section, 1, host_bundle_find(&p->bundle, section, 1) != NULL);
    struct str line;

    while (str_line(&text, &line))
        mtime_line(p, ret, line, kind, ret->now_ms / 1000);
}

/* "mtime pid path" of a program that still runs although its file was replaced. */
static void read_replaced(struct parse *p, struct host_changes *ret)
{
    struct str text = parse_section(p, "replaced", 1, false), line;

    while (str_line(&text, &line)) {
        int64_t s = parse_i64(parse_word(&line), 0), pid = parse_i64(parse_word(&line), 0);
        struct host_change *c;

        if (pid <= 0 || pid > INT32_MAX || line.len < 2 || line.ptr[1] != '/' || s <= 0 ||
            s > ret->now_ms / 1000 + 86400)
            continue;
        c = change(ret, s * 1000, "program");
        if (!c)
            continue;
        c->pid = (int32_t)pid;
        c->what = parse_text(p, (struct str){line.ptr + 1, line.len - 1}, 512);
        c->detail = arena_printf(p->arena, "(process %lld still runs the old one)", (long long)pid);
    }
}

/* "name tty 2026-11-21 07:00 (from)": who is logged in, as context. */
static void read_who(struct parse *p, struct host_changes *ret)
{
    struct str text = parse_section(p, "who", 1, false), line;
    struct str tz = parse_section(p, "tz", 1, false);
    int64_t offset_s = parse_i64(str_trim(tz), 0);

    while (str_line(&text, &line)) {
        struct str name = parse_word(&line), tty = parse_word(&line), day = parse_word(&line);
        struct str hm = parse_word(&line);
        char hms[16];
        struct host_change *c;

        if (day.len != 10 || hm.len != 5)
            continue;
        snprintf(hms, sizeof(hms), "%.*s:00", STR_FMT(hm));
        c = change(ret, local_time(day, str_from(hms), offset_s), "login");
        if (!c)
            continue;
        c->what = parse_text(p, name, 64);
        c->detail = arena_printf(p->arena, "on %s", parse_text(p, tty, 32));
    }
}

/* "ID NAME IMAGE 2026-11-21 10:11:12 +0000 UTC": a container that was made anew runs another
 * image, or the same one with other settings. */
static void read_containers(struct parse *p, struct host_changes *ret, int64_t since_ms)
{
    struct str text = parse_section(p, "containers", 1, false), line;

    while (str_line(&text, &line)) {
        struct str id = parse_word(&line), name = parse_word(&line), image = parse_word(&line);
        struct str day = parse_word(&line), hms = parse_word(&line), zone = parse_word(&line);
        int64_t hhmm = zone.len == 5 ? parse_i64((struct str){zone.ptr + 1, 4}, 0) : 0, offset_s,
                at;
        struct host_change *c;

        if (id.len < 12 || day.len != 10 || hms.len < 8)
            continue;
        hms.len = 8;
        offset_s = (hhmm / 100 * 60 + hhmm % 100) * (zone.ptr[0] == '-' ? -60 : 60);
        at = local_time(day, hms, offset_s);
        c = at >= since_ms ? change(ret, at, "container") : NULL;
        if (!c)
            continue;
        c->what = parse_text(p, name, 128);
        c->detail = arena_printf(p->arena, "made from image %s", parse_text(p, image, 200));
        c->container = parse_text(p, id, 64);
    }
}

static int newest_first(const void *a, const void *b)
{
    const struct host_change *x = a, *y = b;

    if (x->ts_ms != y->ts_ms)
        return x->ts_ms < y->ts_ms ? 1 : -1;
    return strcmp(x->what, y->what);
}

static void read_dpkg(struct parse *p, struct host_changes *ret, int64_t since_ms)
{
    struct str text = parse_section(p, "dpkg", 1, true), line;
    struct str tz = parse_section(p, "tz", 1, false);
    int64_t offset_s = parse_i64(str_trim(tz), 0);

    while (str_line(&text, &line))
        dpkg_line(p, ret, line, offset_s);
    for (size_t i = 0; i < ret->changes.count;) {
        if (ret->changes.items[i].ts_ms >= since_ms) {
            i++;
            continue;
        }
        ret->changes.items[i] = ret->changes.items[--ret->changes.count];
        ret->total--;
    }
}

enum err_code host_changes_parse(struct host_changes *ret, struct arena *arena, struct str bundle,
                                 struct err *err)
{
    struct parse p = {
        .gap_items = &ret->gaps.items, .gap_count = &ret->gaps.count, .gap_cap = &ret->gaps.cap};
    struct str clock, since, up;
    struct host_change *boot;
    int64_t since_ms;
    enum err_code rc;

    *ret = (struct host_changes){0};
    rc = parse_begin(&p, arena, bundle, err);
    if (rc)
        goto done;
    clock = parse_section(&p, "clock", 1, false);
    since = parse_section(&p, "since", 1, false);
    up = parse_section(&p, "proc/uptime", 1, false);
    ret->now_ms = (int64_t)fmin(parse_next(&clock) * 1000, 4e15);
    boot = change(ret, ret->now_ms - (int64_t)(parse_next(&up) * 1000), "boot");
    if (boot)
        boot->what = "system start";
    read_mtimes(&p, ret, "rpm", "package");
    read_mtimes(&p, ret, "etc", "config");
    read_mtimes(&p, ret, "deploy", "deploy");
    read_mtimes(&p, ret, "cron", "cron");
    read_mtimes(&p, ret, "unitfiles", "unit");
    read_replaced(&p, ret);
    read_who(&p, ret);
    since_ms = (int64_t)fmin(parse_next(&since) * 1000, 4e15);
    read_containers(&p, ret, since_ms);
    read_dpkg(&p, ret, since_ms);
    if (ret->changes.count)
        qsort(ret->changes.items, ret->changes.count, sizeof(*ret->changes.items), newest_first);
    if (ret->changes.count > CHANGES_MAX)
        ret->changes.count = CHANGES_MAX;
    if (!p.bundle.complete)
        parse_gap(&p, "changes", ERR_TIMEOUT, "the collection was cut");
done:
    parse_end(&p);
    return rc;
}

void host_changes_release(struct host_changes *c)
{
    VEC_RELEASE(&c->changes);
    VEC_RELEASE(&c->gaps);
}

/* ---- one process over time: sections "s/0/uptime", "s/0/stat", "s/0/statm", "s/0/fds", "s/1/..."
 * ---- */

static struct str sample_section(struct parse *p, int i, const char *what)
{
    char name[32];

    snprintf(name, sizeof(name), "s/%d/%s", i, what);
    return parse_section(p, name, 1, false);
}

/* Share of the time since the sample before that its first thread waited for a processor. */
static double waited(struct parse *p, int i, double span_s)
{
    struct str a = i ? sample_section(p, i - 1, "schedstat") : (struct str){NULL, 0};
    struct str b = sample_section(p, i, "schedstat");
    double v0, v1;

    parse_word(&a);
    parse_word(&b);
    v0 = parse_num(parse_word(&a), NAN);
    v1 = parse_num(parse_word(&b), NAN);
    return span_s > 0 && v1 >= v0 ? fmin(1, (v1 - v0) / 1e9 / span_s) : NAN;
}

static bool read_sample(struct parse *p, struct host_watch *w, int i, double *first_s,
                        double *ticks)
{
    struct str up = sample_section(p, i, "uptime"), stat = sample_section(p, i, "stat");
    struct str statm = sample_section(p, i, "statm");
    double now = parse_next(&up), was = *ticks;
    struct host_watch_sample *s, *before;
    struct proc_stat st;

    if (!up.ptr || now <= 0 || !parse_proc_stat(&stat, &st) || st.state == 'Z')
        return false;
    s = VEC_PUSH(&w->samples);
    before = w->samples.count > 1 ? s - 1 : NULL;
    if (!before) {
        *first_s = now;
        w->pid = st.pid;
        w->comm = parse_text(p, st.comm, 64);
    }
    w->ppid = st.ppid;
    *ticks = (double)st.utime + (double)st.stime;
    s->at_s = now - *first_s;
    s->state = st.state;
    s->rss_bytes = (double)st.rss_pages * p->page_bytes;
    s->vm_bytes = (double)st.vsize;
    for (int k = 0; k < 5; k++)
        parse_word(&statm);
    s->data_bytes = parse_num(parse_word(&statm), NAN) * p->page_bytes;
    s->fds = parse_num(str_trim(sample_section(p, i, "fds")), NAN);
    s->threads = st.threads;
    s->wait = waited(p, i, before ? s->at_s - before->at_s : 0);
    s->cpu =
        before && s->at_s > before->at_s ? (*ticks - was) / p->hz / (s->at_s - before->at_s) : NAN;
    return true;
}

enum { OF_RSS, OF_VM, OF_FDS };
static double value_of(const struct host_watch_sample *s, int what)
{
    return what == OF_RSS ? s->rss_bytes : what == OF_VM ? s->vm_bytes : s->fds;
}

/* Least squares; the second result is the share of the intervals that rose. */
static double slope(const struct host_watch *w, int what, double *ret_rising)
{
    double n = 0, sx = 0, sy = 0, sxx = 0, sxy = 0, rose = 0, d;
    const struct host_watch_sample *last = NULL;

    VEC_EACH (s, &w->samples) {
        double y = value_of(s, what);

        if (isnan(y))
            return NAN;
        if (last && y > value_of(last, what))
            rose++;
        last = s;
        n++;
        sx += s->at_s;
        sy += y;
        sxx += s->at_s * s->at_s;
        sxy += s->at_s * y;
    }
    d = n * sxx - sx * sx;
    *ret_rising = n > 1 ? rose / (n - 1) : 0;
    return n > 1 && d > 0 ? (n * sxy - sx * sy) / d : 0;
}

/* Field `key` of the last sample minus that of the first, a second. */
static double moved(struct parse *p, const struct host_watch *w, const char *key)
{
    int last = (int)w->samples.count - 1;
    double span = last > 0 ? w->samples.items[last].at_s : 0;
    double a = parse_field(sample_section(p, 0, "io"), key);
    double b = last > 0 ? parse_field(sample_section(p, last, "io"), key) : NAN;

    return span > 0 && b >= a ? (b - a) / span : NAN;
}

/* How often it has left a processor, by its own choice or not. */
static double switches(struct str status)
{
    return parse_field(status, "voluntary_ctxt_switches") +
           parse_field(status, "nonvoluntary_ctxt_switches");
}

/* How often it was given a processor: the third number of schedstat, else, where the kernel keeps
 * none, how often it left one. Both are for everybody to read. */
static double turns(struct parse *p, int sample)
{
    struct str text = sample_section(p, sample, "schedstat");
    double v;

    parse_word(&text);
    parse_word(&text);
    v = parse_num(parse_word(&text), NAN);
    return isnan(v) ? switches(sample_section(p, sample, "switches")) : v;
}

static double slices(struct parse *p, const struct host_watch *w)
{
    int last = (int)w->samples.count - 1;
    double span = last > 0 ? w->samples.items[last].at_s : 0;
    double a = turns(p, 0), b = turns(p, last > 0 ? last : 0);

    return span > 0 && b >= a ? (b - a) / span : NAN;
}

static void summarise(struct host_watch *w, double first_ticks, double last_ticks, double hz)
{
    double span, waits = 0, wait_s = 0;

    w->wait_mean = NAN;
    if (!w->samples.count)
        return;
    span = w->samples.items[w->samples.count - 1].at_s;
    w->cpu_mean = span > 0 ? (last_ticks - first_ticks) / hz / span : 0;
    w->cpu_min = w->cpu_mean;
    VEC_EACH (s, &w->samples) {
        if (s->cpu < w->cpu_min)
            w->cpu_min = s->cpu;
    }
    w->rss_rate = slope(w, OF_RSS, &w->rss_rising);
    w->vm_rate = slope(w, OF_VM, &w->vm_rising);
    w->fd_rate = slope(w, OF_FDS, &w->fd_rising);
    w->thread_rate = span > 0 ? (double)(w->samples.items[w->samples.count - 1].threads -
                                         w->samples.items[0].threads) /
                                    span
                              : 0;
    for (size_t i = 1; i < w->samples.count; i++) {
        const struct host_watch_sample *s = &w->samples.items[i];

        if (!isnan(s->wait)) {
            wait_s += s->wait * (s->at_s - s[-1].at_s);
            waits += s->at_s - s[-1].at_s;
        }
    }
    if (waits > 0)
        w->wait_mean = wait_s / waits;
}

/* "TID/wchan:futex_wait_queue" of each thread. Source of the names: Linux kernel/futex/. */
static void read_tasks(struct parse *p, struct host_watch *w)
{
    struct str text = parse_section(p, "tasks", 1, false), line, head, first = {NULL, 0};

    while (str_line(&text, &line)) {
        if (!str_split(&line, ':', &head) || !line.ptr)
            continue;
        line = str_trim(line);
        if (!line.len || str_eq_c(line, "0"))
            continue; /* it runs, or we may not know */
        w->tasks++;
        w->futex_tasks += str_starts(line, "futex_");
        if (!first.len)
            first = line;
    }
    if (first.len)
        w->wchan = parse_text(p, first, 64);
}

enum err_code host_watch_parse(struct host_watch *ret, struct arena *arena, struct str bundle,
                               struct err *err)
{
    struct parse p = {
        .gap_items = &ret->gaps.items, .gap_count = &ret->gaps.count, .gap_cap = &ret->gaps.cap};
    double first_s = 0, ticks = 0, first_ticks = 0;
    struct str limits;
    enum err_code rc;
    int i;

    *ret = (struct host_watch){0};
    rc = parse_begin(&p, arena, bundle, err);
    if (rc)
        goto done;
    for (i = 0; i < SAMPLES_MAX && read_sample(&p, ret, i, &first_s, &ticks); i++) {
        if (i == 0)
            first_ticks = ticks;
    }
    ret->ended = !p.bundle.complete || sample_section(&p, i, "uptime").len > 0;
    summarise(ret, first_ticks, ticks, p.hz);
    read_tasks(&p, ret);
    ret->moved_rate = moved(&p, ret, "rchar") + moved(&p, ret, "wchar");
    ret->slice_rate = slices(&p, ret);
    limits = parse_section(&p, "limits", 1, true);
    ret->as_limit = parse_limit(limits, "Max address space");
    ret->data_limit = parse_limit(limits, "Max data size");
    ret->fd_limit = parse_limit(limits, "Max open files");
    ret->cmdline = parse_cmdline(&p, parse_section(&p, "cmdline", 1, false));
    ret->cgroup = parse_cgroup_path(&p, parse_section(&p, "cgroup", 1, false));
    ret->exe = parse_text(&p, str_trim(parse_section(&p, "exe", 1, false)), 512);
    ret->cwd = parse_text(&p, str_trim(parse_section(&p, "cwd", 1, false)), 512);
done:
    parse_end(&p);
    return rc;
}

void host_watch_release(struct host_watch *w)
{
    VEC_RELEASE(&w->samples);
    VEC_RELEASE(&w->gaps);
}
