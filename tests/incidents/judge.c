/* judge.c - the ranking of the investigator over folders of incidents, in process.
 * usage: judge [--no-topology] [--no-guess] [--no-buckets] [--no-control] [--no-settle]
 *        FOLDER...
 * Reads the samples from the OpenMetrics files instead of a Prometheus server, and goes through the
 * same pure modules (rca_plan, rca_collect, rca_rank); so hundreds of incidents are judged in
 * seconds. One JSON line an incident: the candidates with what they were judged by. What Prometheus
 * does in between (steps, rates, staleness) is imitated; `run` confirms with real servers. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "runbook/base/file.h"
#include "runbook/base/mem.h"
#include "runbook/base/num.h"
#include "runbook/codec/json.h"
#include "runbook/engine/incident.h"
#include "src/engine/rca_collect.h"
#include "src/engine/rca_plan.h"

struct series {
    const char *name;
    struct prom_labels labels;
    VEC(struct prom_point) points;
};

struct recording {
    struct arena *arena;
    struct map *by_head; /* "name{labels}" -> series index + 1 */
    VEC(struct series) series;
    struct incident_file file;
    const struct topology *topology;
    VEC(const char *) metrics; /* paths */
    int64_t step_ms;
};

static void die(const char *what, const struct err *err)
{
    fprintf(stderr, "judge: %s: %s\n", what, err->msg);
    exit(1);
}

static void read_labels(struct recording *r, char *p, struct prom_labels *ret)
{
    struct prom_label *items = arena_array(r->arena, 32, sizeof(*items));

    ret->items = items;
    while (*p && *p != '}' && ret->count < 32) {
        char *eq = strchr(p, '='), *end, *out;

        if (!eq || eq[1] != '"')
            return;
        *eq = '\0';
        for (end = out = eq + 2; *end && *end != '"'; end++) {
            if (*end == '\\' && end[1])
                end++;
            *out++ = *end;
        }
        items[ret->count++] = (struct prom_label){
            arena_strdup(r->arena, p), arena_strndup(r->arena, eq + 2, (size_t)(out - eq - 2))};
        p = *end ? end + 1 : end;
        p += *p == ',';
    }
}

static struct series *series_of(struct recording *r, char *head)
{
    size_t at = (size_t)(uintptr_t)map_get_c(r->by_head, head);
    char *brace;
    struct series *s;

    if (at)
        return &r->series.items[at - 1];
    s = VEC_PUSH(&r->series);
    map_set_c(r->by_head, head, (void *)(uintptr_t)r->series.count);
    brace = strchr(head, '{');
    s->name = arena_strndup(r->arena, head, brace ? (size_t)(brace - head) : strlen(head));
    if (brace)
        read_labels(r, brace + 1, &s->labels);
    return s;
}

/* name{labels} value seconds */
static void read_line(struct recording *r, char *line)
{
    char *at = strrchr(line, ' '), *value;
    struct prom_point *p;
    struct series *s;

    if (*line == '#' || !at)
        return;
    *at = '\0';
    value = strrchr(line, ' ');
    if (!value)
        return;
    *value = '\0';
    s = series_of(r, line);
    p = VEC_PUSH(&s->points);
    if (!num_f64(str_from(at + 1), &p->value))
        p->value = 0;
    p->t_ms = (int64_t)(p->value * 1000);
    if (!num_f64(str_from(value + 1), &p->value))
        p->value = NAN; /* "NaN" */
}

static void read_metrics(struct recording *r, const char *path)
{
    static char line[1 << 16];
    gzFile gz = gzopen(path, "rb");
    size_t len;

    if (!gz) {
        fprintf(stderr, "judge: cannot read %s\n", path);
        exit(1);
    }
    gzbuffer(gz, 1 << 18);
    while (gzgets(gz, line, sizeof(line))) {
        len = strlen(line);
        if (len && line[len - 1] == '\n')
            line[len - 1] = '\0';
        read_line(r, line);
    }
    gzclose(gz);
}

static int by_time(const void *a, const void *b)
{
    const struct prom_point *x = a, *y = b;

    return (x->t_ms > y->t_ms) - (x->t_ms < y->t_ms);
}

static void load(struct recording *r, const char *folder, bool with_topology)
{
    struct err err = ERR_INIT;
    struct buf text = BUF_INIT(1 << 20);
    const char *path;
    const struct value *doc = NULL;

    r->arena = arena_new(1 << 20);
    r->by_head = map_new();
    path = arena_printf(r->arena, "%s/incident.json", folder);
    if (incident_load(path, r->arena, &r->file, &err) || file_read(path, &text, &err) ||
        json_parse(r->arena, buf_str(&text), &doc, &err))
        die(path, &err);
    r->step_ms = (int64_t)(value_num_or(doc, "resolution_seconds", 15) * 1000);
    VALUE_EACH (m, value_get(doc, "metrics"))
        read_metrics(r, arena_printf(r->arena, "%s/%.*s", folder, STR_FMT(m->u.string)));
    VEC_EACH (s, &r->series)
        qsort(s->points.items, s->points.count, sizeof(*s->points.items), by_time);
    if (with_topology && r->file.topology &&
        topology_load(r->file.topology, r->arena, &r->topology, &err))
        die(r->file.topology, &err);
    if (r->topology && r->topology->count == 0)
        r->topology = NULL;
    buf_release(&text);
}

static void drop(struct recording *r)
{
    VEC_EACH (s, &r->series)
        VEC_RELEASE(&s->points);
    VEC_RELEASE(&r->series);
    VEC_RELEASE(&r->metrics);
    map_free(r->by_head);
    arena_free(r->arena);
}

/* The other series of a mean: NAME_count with the labels of NAME_sum. */
static const struct series *count_of(const struct recording *r, const struct series *sum)
{
    size_t base = strlen(sum->name) - 4;

    VEC_EACH (s, &r->series) {
        bool same = strncmp(s->name, sum->name, base) == 0 &&
                    strcmp(s->name + base, "_count") == 0 && s->labels.count == sum->labels.count;

        for (size_t i = 0; same && i < s->labels.count; i++)
            same = strcmp(s->labels.items[i].value, sum->labels.items[i].value) == 0;
        if (same)
            return s;
    }
    return NULL;
}

/* What was counted at each step, over four of them, of several series together. */
struct steps {
    int64_t first_ms, step_ms;
    size_t count;
    double *value;
    bool *known;
};

static size_t step_at(const struct steps *k, int64_t t_ms)
{
    int64_t i = (t_ms - k->first_ms + k->step_ms / 2) / k->step_ms;

    return i >= 0 && (size_t)i < k->count ? (size_t)i : SIZE_MAX;
}

static void add_increase(struct steps *k, const struct series *s)
{
    const struct prom_point *p = s->points.items;
    double grown = 0;

    for (size_t i = 1, from = 0; i < s->points.count; i++) {
        size_t at = step_at(k, p[i].t_ms);

        grown += p[i].value >= p[i - 1].value ? p[i].value - p[i - 1].value : p[i].value;
        for (; p[i].t_ms - p[from].t_ms > 4 * k->step_ms; from++)
            grown -= p[from + 1].value >= p[from].value ? p[from + 1].value - p[from].value
                                                        : p[from + 1].value;
        if (at == SIZE_MAX || from == i)
            continue;
        k->value[at] += grown > 1e-9 ? grown : 0;
        k->known[at] = true;
    }
}

static bool is_outcome(const char *label)
{
    for (const char *const *l = rca_outcome_labels; *l; l++) {
        if (strcmp(*l, label) == 0)
            return true;
    }
    return false;
}

/* As `sum without (outcome labels)` groups them. */
static bool same_group(const struct series *a, const struct series *b)
{
    if (strcmp(a->name, b->name) != 0 || a->labels.count != b->labels.count)
        return false;
    for (size_t i = 0; i < a->labels.count; i++) {
        if (!is_outcome(a->labels.items[i].name) && strcmp(a->labels.items[i].name, "le") != 0 &&
            strcmp(a->labels.items[i].value, b->labels.items[i].value) != 0)
            return false;
    }
    return true;
}

static size_t steps_of(const struct recording *r, struct steps *k)
{
    int64_t last = 0;

    *k = (struct steps){.first_ms = INT64_MAX, .step_ms = r->step_ms};
    VEC_EACH (s, &r->series) {
        if (s->points.count == 0)
            continue;
        if (s->points.items[0].t_ms < k->first_ms)
            k->first_ms = s->points.items[0].t_ms;
        if (s->points.items[s->points.count - 1].t_ms > last)
            last = s->points.items[s->points.count - 1].t_ms;
    }
    k->count = (size_t)((last - k->first_ms) / k->step_ms) + 1;
    k->value = xcalloc(k->count, sizeof(*k->value));
    k->known = xcalloc(k->count, sizeof(*k->known));
    return k->count;
}

/* Increase of the sums by that of the counts, as rate() / rate() gives. Nothing for a series whose
 * group another one stands for. `ret_points` is freed by the caller. */
static size_t mean_points(const struct recording *r, const struct series *one,
                          struct prom_point **ret_points)
{
    struct steps top, below;
    size_t n = 0, count;

    VEC_EACH (s, &r->series) {
        if (same_group(s, one)) {
            if (s != one)
                return 0;
            break;
        }
    }
    count = steps_of(r, &top);
    steps_of(r, &below);
    *ret_points = xcalloc(count + 1, sizeof(**ret_points));
    VEC_EACH (s, &r->series) {
        const struct series *c = same_group(s, one) ? count_of(r, s) : NULL;

        if (c) {
            add_increase(&top, s);
            add_increase(&below, c);
        }
    }
    for (size_t i = 0; i < count; i++) {
        if (top.known[i] && below.known[i] && below.value[i] > 0)
            (*ret_points)[n++] = (struct prom_point){top.first_ms + (int64_t)i * top.step_ms,
                                                     top.value[i] / below.value[i]};
    }
    free(top.value);
    free(top.known);
    free(below.value);
    free(below.known);
    return n;
}

#define BUCKETS_MAX 64
#define QUANTILE 0.99

struct bucket {
    double le;
    struct steps grown;
};

static int by_bound(const void *a, const void *b)
{
    double x = ((const struct bucket *)a)->le, y = ((const struct bucket *)b)->le;

    return (x > y) - (x < y);
}

/* As histogram_quantile() finds it. NAN: nothing was counted, or there are no buckets to tell. */
static double quantile_at(const struct bucket *b, size_t n, size_t step)
{
    double all = n ? b[n - 1].grown.value[step] : 0, rank = QUANTILE * all;
    size_t i = 0;

    if (n < 2 || !(all > 0) || !isinf(b[n - 1].le))
        return NAN;
    while (i < n - 1 && b[i].grown.value[step] < rank)
        i++;
    if (i == n - 1)
        return b[n - 2].le;
    return (i ? b[i - 1].le : 0) +
           (b[i].le - (i ? b[i - 1].le : 0)) * (rank - (i ? b[i - 1].grown.value[step] : 0)) /
               fmax(b[i].grown.value[step] - (i ? b[i - 1].grown.value[step] : 0), 1e-12);
}

static struct bucket *bucket_of(const struct recording *r, struct bucket *b, size_t *n, double le)
{
    for (size_t i = 0; i < *n; i++) {
        if (b[i].le == le)
            return &b[i];
    }
    if (*n == BUCKETS_MAX)
        return NULL;
    b[*n].le = le;
    steps_of(r, &b[*n].grown);
    return &b[(*n)++];
}

/* The quantile of the histogram that a bucket is of, as the server computes it; nothing for a
 * bucket whose histogram another one stands for. */
static size_t quantile_points(const struct recording *r, const struct series *one,
                              struct prom_point **ret_points)
{
    struct bucket b[BUCKETS_MAX];
    size_t n = 0, count = 0;

    VEC_EACH (s, &r->series) {
        const char *le = same_group(s, one) ? prom_label(s->labels, "le") : NULL;
        double bound = INFINITY;
        struct bucket *at;

        if (!le)
            continue;
        if (s != one && n == 0)
            return 0;
        if (strcmp(le, "+Inf") != 0)
            num_f64(str_from(le), &bound);
        at = bucket_of(r, b, &n, bound);
        if (at)
            add_increase(&at->grown, s);
    }
    qsort(b, n, sizeof(*b), by_bound);
    *ret_points = xcalloc((n ? b[0].grown.count : 0) + 1, sizeof(**ret_points));
    for (size_t i = 0; n && i < b[0].grown.count; i++) {
        double q = b[n - 1].grown.known[i] ? quantile_at(b, n, i) : NAN;

        if (isfinite(q))
            (*ret_points)[count++] =
                (struct prom_point){b[0].grown.first_ms + (int64_t)i * b[0].grown.step_ms, q};
    }
    for (size_t i = 0; i < n; i++) {
        free(b[i].grown.value);
        free(b[i].grown.known);
    }
    return count;
}

static bool has_count(const struct recording *r, const char *name)
{
    size_t base = strlen(name) - 4;

    VEC_EACH (s, &r->series) {
        if (strlen(s->name) == base + 6 && strncmp(s->name, name, base) == 0 &&
            strcmp(s->name + base, "_count") == 0)
            return true;
    }
    return false;
}

/* Parts of the method that are switched off, to see what each contributes. */
static struct {
    bool control, settle, guess, buckets;
} without;

static bool leave_out(struct rca_judged *x)
{
    for (size_t i = 0; without.control && i < RCA_CONTROLS; i++)
        x->shift.at[i] = x->whole.at[i] = NAN;
    if (without.control)
        x->shift.control = x->whole.control = 0;
    if (without.settle)
        x->whole = x->shift;
    return true;
}

static void judge_one(struct recording *r, struct rca_collect *c, const struct rca_window *w,
                      const struct series *s)
{
    bool mean, buckets, with_count = str_ends(str_from(s->name), "_sum") && has_count(r, s->name);
    size_t base, n = 0;
    struct rca_metric m = rca_plan_metric(s->name, with_count, &mean, &base);
    struct prom_point *p;
    struct rca_judged x;

    buckets = !without.buckets && rca_plan_buckets(s->name, &m, &base);
    if (m.kind == RCA_SKIP)
        return;
    if (mean || buckets) {
        p = NULL;
        n = mean ? mean_points(r, s, &p) : quantile_points(r, s, &p);
        while (n && p[n - 1].t_ms > w->until)
            n--;
    } else {
        p = xcalloc(s->points.count + 1, sizeof(*p));
        for (size_t i = 0; i < s->points.count; i++) {
            if (s->points.items[i].t_ms <= w->until)
                p[n++] = s->points.items[i];
        }
    }
    if (rca_judge(&m, s->labels, p, n, w, c->topology ? NULL : r->arena, &x) && leave_out(&x))
        rca_collect_take(c, mean ? arena_strndup(r->arena, s->name, base) : s->name, 0, &x);
    free(p);
}

static void put_features(struct json_writer *w, const struct rca_candidate *c)
{
#if 1
    json_key(w, "x");
    json_array_begin(w);
    for (int i = 0; i < RCA_FEATURES; i++)
        json_number(w, c->x[i]);
    json_array_end(w);
#else
    (void)w;
    (void)c;
#endif
}

static void print(const char *id, const struct rca_collect *c, const struct rca_input *in,
                  const struct rca_ranking *r)
{
    struct buf out = BUF_INIT(1 << 24);
    struct json_writer w;

    json_writer_init(&w, &out);
    json_object_begin(&w);
    json_put_cstr(&w, "id", id);
    json_put_num(&w, "peak", r->peak);
    json_put_bool(&w, "anomalous", r->anomalous);
    json_put_num(&w, "wrong", r->wrong);
    json_put_bool(&w, "loose", !in->topology);
#if 1
    json_key(&w, "g");
    json_array_begin(&w);
    for (int i = 0; i < RCA_GLOBALS; i++)
        json_number(&w, r->g[i]);
    json_array_end(&w);
#endif
    json_key(&w, "candidates");
    json_array_begin(&w);
    for (size_t i = 0; i < r->count; i++) {
        const struct rca_candidate *k = &r->items[i];

        json_object_begin(&w);
        json_put_cstr(&w, "service", c->services.items[k->service].name);
        json_put_cstr(&w, "metric", k->signal_count ? in->signals[k->signals[0]].metric : "");
        json_put_num(&w, "score", k->score);
        json_put_num(&w, "p", k->probability);
        put_features(&w, k);
        json_object_end(&w);
    }
    json_array_end(&w);
    json_object_end(&w);
    puts(buf_cstr(&out));
    buf_release(&out);
}

/* For a person who asks why. */
static void print_signals(const struct rca_collect *c)
{
    VEC_EACH (s, &c->signals)
        fprintf(stderr,
                "%-28s %-44s %-12s z %8.2f ctl %5.2f early %5.2f rel %7.3f %12.5g -> "
                "%-12.5g onset %" PRId64 "\n",
                c->services.items[s->service].name, s->metric, rca_kind_name(s->m.kind), s->shift.z,
                s->shift.control, s->shift.early, s->shift.rel, s->shift.before, s->shift.after,
                s->shift.onset_ms / 1000);
}

static void judge(const char *folder, bool with_topology)
{
    struct recording r = {0};
    struct rca_collect c;
    struct rca_input in = {.alert_service = SIZE_MAX, .alert_kind = RCA_OTHER};
    struct rca_ranking ranking;
    struct rca_window w;
    const struct ev_incident_loaded *i;
    size_t node;

    load(&r, folder, with_topology);
    i = &r.file.incident;
    rca_collect_init(&c, r.arena);
    if (r.topology)
        rca_collect_topology(&c, r.topology);
    rca_window_set(&w, &(struct rca_times){i->now_ms, i->started_at_ms, i->window_start_ms,
                                           i->baseline_start_ms, i->baseline_end_ms});
    w.step = r.step_ms;
    rca_window_fit(&w, i->started_at_ms, RCA_POINTS_MAX);
    VEC_EACH (s, &r.series)
        judge_one(&r, &c, &w, s);
    if (!r.topology) {
        r.topology = rca_collect_calls(&c);
        in.partial = r.topology != NULL;
        if (!r.topology && !without.guess) {
            in.guess_count = rca_collect_guess(&c, &in.guesses);
        }
    }
    node = r.topology ? topology_find(r.topology, i->service) : SIZE_MAX;
    if (node != SIZE_MAX)
        in.alert_service = rca_collect_service(&c, r.topology->nodes[node].id, node, false);
    if (in.alert_service == SIZE_MAX && *i->service)
        in.alert_service = (size_t)(uintptr_t)map_get_c(c.service_by_name, i->service) - 1;
    if (i->metric && *i->metric)
        in.alert_kind = rca_plan_alert_kind(i->metric);
    rca_collect_settle(&c, in.alert_service, in.alert_kind);
    in.services = c.services.items;
    in.service_count = c.services.count;
    in.signals = c.signals.items;
    in.signal_count = c.signals.count;
    in.topology = r.topology;
    in.alert_metric = i->metric ? i->metric : "";
    in.alert_ms = i->started_at_ms;
    in.step_ms = w.step;
    rca_rank(&in, &ranking);
    for (size_t e = 0; getenv("JUDGE_CALLS") && e < in.guess_count; e++)
        fprintf(stderr, "%s\t%s\t%s\t%.2f\t%.1f\n", folder,
                c.services.items[in.guesses[e].caller].name,
                c.services.items[in.guesses[e].callee].name, in.guesses[e].calls, in.guesses[e].z);
    if (getenv("JUDGE_SIGNALS"))
        print_signals(&c);
    print(strrchr(folder, '/') ? strrchr(folder, '/') + 1 : folder, &c, &in, &ranking);
    free(ranking.items);
    rca_collect_release(&c);
    drop(&r);
}

int main(int argc, char **argv)
{
    bool with_topology = true;

    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--no-topology") == 0)
            with_topology = false;
        else if (strcmp(argv[i], "--no-control") == 0)
            without.control = true;
        else if (strcmp(argv[i], "--no-settle") == 0)
            without.settle = true;
        else if (strcmp(argv[i], "--no-guess") == 0)
            without.guess = true;
        else if (strcmp(argv[i], "--no-buckets") == 0)
            without.buckets = true;
        else
            judge(argv[i], with_topology);
    }
    return 0;
}
