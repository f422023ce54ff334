/* graph.c - who calls whom around what is off, without anybody having written it down: the
 * inventory of the last scan (only the neighbourhood is read, and AWS is not asked), and what X-Ray
 * saw of the window. Both come through tools, so that the journal has them. What the session began
 * with - a person's service-graph.json - says what it says of a node or a call; the others add.
 *
 * The metrics of other servers are not told from this graph: its nodes carry no labels. */
#include <string.h>

#include "aws_priv.h"
#include "runbook/base/timefmt.h"
#include "runbook/codec/json.h"

#define NAMES_MAX 40
#define NAMES_BYTES 8192
#define TEXT_MAX ((size_t)8 << 20)
#define BEFORE_MS INT64_C(900000)        /* of the onset: X-Ray's steps are minutes */
#define WINDOW_MS (6 * INT64_C(3600000)) /* X-Ray API Reference, GetServiceGraph */
#define OTHER_LOOK_MS INT64_C(3600000)   /* parts of one look are not further apart */
#define MINUTE_MS INT64_C(60000)
#define AND_INVENTORY " and the inventory of AWS"

/* ---- what is taken ---- */

/* A part of an answer that is a graph itself; what cannot be read is a gap. */
static void add_graph(struct aws_scope *s, const struct value *part, const char *what)
{
    struct aws_state *st = s->st;
    struct buf text = BUF_INIT(TEXT_MAX);
    const struct topology *t = NULL, *both = NULL;
    struct json_writer w;
    struct err err = ERR_INIT;

    json_writer_init(&w, &text);
    json_value(&w, part);
    if (topology_parse(buf_str(&text), s->view.arena, &t, &err) ||
        (st->graph && topology_merge(st->graph, t, s->view.arena, &both, &err))) {
        inv_gap(st->inv, aws_look_hypothesis(st), what, &err);
    } else if (t->count) {
        st->graph = both ? both : t;
        st->graph_grew = true;
    }
    buf_release(&text);
}

static const struct value *body_of(struct aws_scope *s, const struct tool_result *r)
{
    const struct value *doc = NULL;
    struct err ignored = ERR_INIT;

    if ((r->status != TOOL_OK && r->status != TOOL_EMPTY) || !r->body.len ||
        json_parse(s->view.arena, buf_str(&r->body), &doc, &ignored))
        return NULL;
    return doc;
}

static const char *place(struct aws_scope *s)
{
    return arena_printf(s->view.arena, "%s in %s", s->view.account, s->view.region);
}

static void take_kept(struct aws_scope *s, const struct value *doc, uint64_t query)
{
    struct aws_state *st = s->st;
    int64_t newest = 0, oldest = 0;

    st->graph_asked = true;
    if (!value_bool_or(doc, "scanned", false))
        return;
    (void)time_parse(value_str_or(doc, "seen", ""), &newest);
    (void)time_parse(value_str_or(doc, "oldest", ""), &oldest);
    if (!newest)
        return;
    st->kept_ms = newest > st->kept_ms ? newest : st->kept_ms;
    st->kept_oldest_ms =
        !st->kept_oldest_ms || oldest < st->kept_oldest_ms ? oldest : st->kept_oldest_ms;
    st->kept_nodes += value_count(value_path(doc, "graph.nodes"));
    s->view.graph_query = query;
    add_graph(s, value_get(doc, "graph"), "the inventory of AWS");
    st->kept_cut = st->kept_cut || value_bool_or(doc, "more", false);
}

static void take_traced(struct aws_scope *s, const struct value *doc, uint64_t query)
{
    VALUE_EACH (e, value_get(doc, "edges")) {
        struct aws_traced *t = VEC_PUSH(&s->view.traced);

        *t = (struct aws_traced){.from = value_cstr_or(e, "from", ""),
                                 .to = value_cstr_or(e, "to", ""),
                                 .requests = value_num_or(e, "requests", 0),
                                 .faults = value_num_or(e, "faults", 0),
                                 .errors = value_num_or(e, "errors", 0),
                                 .throttles = value_num_or(e, "throttles", 0),
                                 .mean_s = value_num_or(e, "mean_s", 0)};
    }
    s->view.traced_query = query;
    s->st->untraced = s->st->untraced || !s->view.traced.count;
    s->st->traced_calls += s->view.traced.count;
    if (value_get(doc, "topology"))
        add_graph(s, value_get(doc, "topology"), "the service graph of X-Ray");
}

/* ---- composite alarms ---- */

/* DescribeAlarms tells of them only when it is asked for them by name. Source: CloudWatch API
 * Reference, DescribeAlarms, AlarmTypes. */
static void take_composites(struct aws_scope *s, const struct value *doc, uint64_t query)
{
    s->view.composite_query = query;
    av_take_composites(&s->view, doc);
}

/* ---- one question to a tool ---- */

struct asking {
    struct aws_scope *s;
    const char *tool, *title;
    const char *what; /* that could not be read, for a gap */
    void (*take)(struct aws_scope *s, const struct value *doc, uint64_t query);
    bool staged; /* the stage waits for it */
};

static void on_answer(void *ctx, struct investigation *inv, uint64_t query,
                      const struct tool_result *result)
{
    const struct asking *a = ctx;
    struct aws_scope *s = a->s;
    const struct value *doc = body_of(s, result);

    (void)inv;
    s->st->waiting--;
    if (doc)
        a->take(s, doc, query);
    else
        aws_gap_of(s, aws_look_hypothesis(s->st), a->what, result);
    if (a->staged && --s->pending == 0)
        aws_stage_over(s);
    aws_check_done(s->st);
}

/* `args`: pairs of a name and a value, ended by NULL; region and account are added. */
static void ask(const struct asking *how, const char *const *args)
{
    struct aws_scope *s = how->s;
    struct asking *a = arena_alloc(s->view.arena, sizeof(*a));
    struct inv_query q = {
        .tool = how->tool, .hypothesis = aws_look_hypothesis(s->st), .title = how->title};
    struct buf text = BUF_INIT(4 * NAMES_BYTES);
    struct json_writer w;

    *a = *how;
    json_writer_init(&w, &text);
    json_object_begin(&w);
    for (; *args; args += 2)
        json_put_cstr(&w, args[0], args[1]);
    json_put_cstr(&w, "region", s->view.region);
    json_put_cstr(&w, "account", s->view.account);
    json_object_end(&w);
    q.args_json = buf_str(&text);
    if (inv_query(s->st->inv, &q, on_answer, a)) {
        s->st->waiting++;
        s->pending += a->staged;
    }
    buf_release(&text);
}

/* ---- what is asked ---- */

struct seeds {
    struct buf text; /* with commas between */
    size_t count;
};

static void add_seed(struct seeds *n, const char *name)
{
    struct str rest = buf_str(&n->text), one;

    if (strlen(name) < 2 || strchr(name, ',') || n->count == NAMES_MAX)
        return;
    while (str_split(&rest, ',', &one)) {
        if (str_eq_c(one, name))
            return;
    }
    if (n->text.len + strlen(name) + 1 >= NAMES_BYTES)
        return;
    buf_addf(&n->text, "%s%s", n->count ? "," : "", name);
    n->count++;
}

static void ask_kept(struct aws_scope *s, const struct seeds *names, bool staged)
{
    const char *args[] = {"names", buf_cstr(&names->text), NULL};
    struct asking how = {
        .s = s, .tool = "aws_graph", .what = "the inventory of AWS", .take = take_kept};

    how.staged = staged;
    how.title = arena_printf(s->view.arena, "what is around %zu resource%s, as last scanned (%s)",
                             names->count, names->count == 1 ? "" : "s", place(s));
    if (names->count)
        ask(&how, args);
}

static void ask_traced(struct aws_scope *s)
{
    const struct aws_view *v = &s->view;
    struct asking how = {.s = s, .tool = "aws_traces", .take = take_traced, .staged = true};
    int64_t from = v->onset_ms - BEFORE_MS;
    char since[TIME_TEXT_MAX], until[TIME_TEXT_MAX];
    const char *args[] = {"what", "graph", "since", since, "until", until, NULL};

    from = v->now_ms - from > WINDOW_MS ? v->now_ms - WINDOW_MS : from;
    time_format_rfc3339(from, since);
    time_format_rfc3339(v->now_ms, until);
    how.what = arena_printf(v->arena, "X-Ray (%s)", place(s));
    how.title = arena_printf(v->arena, "who calls whom since %s, seen by X-Ray (%s)",
                             av_clock(&s->view, from), place(s));
    ask(&how, args);
}

static void ask_composites(struct aws_scope *s)
{
    static const char *const args[] = {"state", "ALARM", NULL};
    struct asking how = {.s = s, .tool = "aws_alarms", .take = take_composites, .staged = true};

    how.what = arena_printf(s->view.arena, "composite alarms (%s)", place(s));
    how.title = arena_printf(s->view.arena, "composite alarms that are on (%s)", place(s));
    ask(&how, args);
}

void aws_graph_ask(struct aws_scope *s)
{
    struct seeds names = {.text = BUF_INIT(NAMES_BYTES)};

    s->graph_asked = true;
    VEC_EACH (a, &s->view.alarms) {
        if (*a->of)
            add_seed(&names, av_plain(&s->view, a->of));
    }
    ask_kept(s, &names, true);
    ask_traced(s);
    ask_composites(s);
    buf_release(&names.text);
}

void aws_graph_findings(struct aws_scope *s)
{
    struct seeds names = {.text = BUF_INIT(NAMES_BYTES)};

    for (size_t i = 0; i < s->finding_count; i++) {
        const struct aws_finding *f = &s->findings[i];

        if (f->strength > STRENGTH_WEAK)
            continue;
        for (int k = 0; k < AWS_NAMES && f->names[k]; k++) {
            const char *name = av_plain(&s->view, f->names[k]);

            if (!s->st->graph || topology_find(s->st->graph, name) == SIZE_MAX)
                add_seed(&names, name);
        }
    }
    ask_kept(s, &names, false);
    buf_release(&names.text);
}

/* ---- what is said of it ---- */

/* "3 h" of "3 h 12 min": an inventory is not newer for its minutes. */
static const char *age_of(struct aws_state *st, int64_t ms)
{
    int64_t age = inv_now_ms(st->inv) - ms;
    char text[TIME_TEXT_MAX];
    const char *space;

    if (age < MINUTE_MS)
        return "less than a minute";
    duration_format(age, text);
    space = strchr(text, ' ');
    space = space ? strchr(space + 1, ' ') : NULL;
    return arena_strndup(inv_arena(st->inv), text, space ? (size_t)(space - text) : strlen(text));
}

const char *aws_graph_source(struct aws_state *st)
{
    struct arena *a = inv_arena(st->inv);
    const char *known = strstr(st->graph_file, AND_INVENTORY); /* of an earlier turn */
    const char *file = arena_strndup(
        a, st->graph_file, known ? (size_t)(known - st->graph_file) : strlen(st->graph_file));
    struct buf out = BUF_INIT(8192);
    const char *ret;

    buf_adds(&out, file);
    if (st->kept_ms) {
        buf_addf(&out, "%s of %s ago", *file ? AND_INVENTORY : "the inventory of AWS",
                 age_of(st, st->kept_ms));
        if (st->kept_ms - st->kept_oldest_ms > OTHER_LOOK_MS)
            buf_addf(&out, " (parts of it %s)", age_of(st, st->kept_oldest_ms));
    }
    if (st->traced_calls)
        buf_addf(&out, "%sX-Ray", out.len ? " and " : "");
    ret = out.len ? arena_strdup(a, buf_cstr(&out)) : NULL;
    buf_release(&out);
    return ret;
}

/* The whole of it once, when nothing is added any more. */
void aws_graph_publish(struct aws_state *st)
{
    const char *source = aws_graph_source(st);
    const char *untraced = st->untraced && !st->traced_calls ? " X-Ray saw no calls." : "";
    struct arena *a = inv_arena(st->inv);

    if (st->graph_asked && !st->kept_ms)
        inv_say(st->inv,
                arena_printf(a,
                             "The inventory of AWS does not know what this is about, so who else "
                             "feels it cannot be said: `runbook scan --all` keeps who leans on "
                             "whom.%s",
                             st->graph_grew ? "" : untraced));
    if (!st->graph_grew || !source)
        return;
    inv_topology(st->inv, st->graph, source);
    inv_say(st->inv,
            arena_printf(a, "Who calls whom is known from %s: %zu service%s, %zu call%s%s.%s",
                         source, st->graph->count, st->graph->count == 1 ? "" : "s",
                         st->graph->edge_count, st->graph->edge_count == 1 ? "" : "s",
                         st->kept_cut ? ", the nearest of more" : "", untraced));
}
