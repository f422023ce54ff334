/* test_worlds.c - estates of AWS as files (tests/cases/aws), each investigated by the real engine
 * with tools that answer from it: the faulty ones end with their root, the healthy ones blame
 * nobody. */
#include "tests/lib/awsworld.h"
#include "tests/lib/engine_run.h"
#include "tests/lib/unit.h"

#include <dirent.h>
#include <unistd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runbook/base/file.h"
#include "runbook/base/map.h"
#include "runbook/base/mem.h"
#include "runbook/base/timefmt.h"
#include "runbook/codec/json.h"
#include "runbook/engine/mutate.h"
#include "runbook/service/aws/uses.h"
#include "src/engine/modules_priv.h"
#include "src/engine/mutate_priv.h"

/* ---- the tools ---- */

static struct awsworld *world;
static size_t asked;
static struct map *seen; /* of all estates: "ec2:DescribeInstances" */

static void note(const char *service, const char *operation)
{
    char use[160];

    asked++;
    (void)snprintf(use, sizeof(use), "%s:%s", service, operation);
    map_set_c(seen, use, &world);
}

static void query_start(struct tool_call *c)
{
    struct buf text = BUF_INIT(1 << 20), body = BUF_INIT((size_t)8 << 20);
    struct json_writer w;
    const char *error;

    note(value_cstr_or(tool_call_args(c), "service", ""),
         value_cstr_or(tool_call_args(c), "operation", ""));
    json_writer_init(&w, &text);
    json_value(&w, tool_call_args(c));
    if (awsworld_query(world, tool_call_args(c), buf_str(&text), &body, &error)) {
        tool_answer_buf(c, &body);
    } else {
        buf_release(&body);
        tool_refuse(c, TOOL_DENIED, strstr(error, "Denied") ? ERR_DENIED : ERR_REMOTE, error);
    }
    buf_release(&text);
}

static void metrics_start(struct tool_call *c)
{
    struct buf body = BUF_INIT((size_t)32 << 20);

    map_set_c(seen, "cloudwatch:GetMetricData", &world);
    awsworld_metrics(world, tool_call_args(c), &body);
    tool_answer_buf(c, &body);
}

static void finish(struct tool_call *c, struct buf *body, const char *error)
{
    if (!error) {
        tool_answer_buf(c, body);
        return;
    }
    buf_release(body);
    tool_refuse(c, TOOL_DENIED, strstr(error, "Denied") ? ERR_DENIED : ERR_REMOTE, error);
}

static void graph_start(struct tool_call *c)
{
    struct buf body = BUF_INIT(1 << 20);

    awsworld_graph(world, &body);
    finish(c, &body, NULL);
}

static void traces_start(struct tool_call *c)
{
    struct buf body = BUF_INIT(1 << 20);
    const char *error;

    map_set_c(seen, "xray:GetServiceGraph", &world); /* see tool/aws_traces.c */
    finish(c, &body, awsworld_traces(world, &body, &error) ? NULL : error);
}

static void alarms_start(struct tool_call *c)
{
    struct buf body = BUF_INIT(1 << 20);
    const char *error;

    map_set_c(seen, "cloudwatch:DescribeAlarms", &world);
    finish(c, &body, awsworld_alarms(world, &body, &error) ? NULL : error);
}

static const struct tool_param watch_params[] = {
    {"names", PARAM_STRING, .help = "x"},   {"what", PARAM_STRING, .help = "x"},
    {"state", PARAM_STRING, .help = "x"},   {"since", PARAM_STRING, .help = "x"},
    {"until", PARAM_STRING, .help = "x"},   {"region", PARAM_STRING, .help = "x"},
    {"account", PARAM_STRING, .help = "x"}, {.name = NULL}};
static const struct tool_param query_params[] = {{"service", PARAM_STRING, true, .help = "x"},
                                                 {"operation", PARAM_STRING, true, .help = "x"},
                                                 {"params", PARAM_OBJECT, .help = "x"},
                                                 {"region", PARAM_STRING, .help = "x"},
                                                 {"account", PARAM_STRING, .help = "x"},
                                                 {"max", PARAM_INT, .help = "x"},
                                                 {.name = NULL}};
static const struct tool_param metric_params[] = {{"series", PARAM_OBJECT, .help = "x"},
                                                  {"period", PARAM_DURATION, .help = "x"},
                                                  {"since", PARAM_STRING, .help = "x"},
                                                  {"until", PARAM_STRING, .help = "x"},
                                                  {"region", PARAM_STRING, .help = "x"},
                                                  {"account", PARAM_STRING, .help = "x"},
                                                  {.name = NULL}};

static const struct tool_def aws_query = {.name = "aws_query",
                                          .help = "Ask.",
                                          .params = query_params,
                                          .timeout_ms = 20000,
                                          .start = query_start};
static const struct tool_def aws_metrics = {.name = "aws_metrics",
                                            .help = "Read.",
                                            .params = metric_params,
                                            .timeout_ms = 20000,
                                            .start = metrics_start};

static const struct tool_def aws_graph = {.name = "aws_graph",
                                          .help = "Read.",
                                          .params = watch_params,
                                          .timeout_ms = 20000,
                                          .start = graph_start};
static const struct tool_def aws_traces = {.name = "aws_traces",
                                           .help = "Read.",
                                           .params = watch_params,
                                           .timeout_ms = 20000,
                                           .start = traces_start};
static const struct tool_def aws_alarms = {.name = "aws_alarms",
                                           .help = "Read.",
                                           .params = watch_params,
                                           .timeout_ms = 20000,
                                           .start = alarms_start};

const struct tool_def *const *tool_table(void)
{
    static const struct tool_def *const all[] = {&aws_query,  &aws_metrics, &aws_graph,
                                                 &aws_traces, &aws_alarms,  NULL};

    return all;
}

const struct inv_module *const *inv_module_table(void)
{
    static const struct inv_module *const all[] = {&inv_module_aws, NULL};

    return all;
}

/* ---- one world ---- */

static void print_tree(const struct model *m)
{
    VEC_EACH (h, &m->hypotheses) {
        printf("# %*s%s %d %.2f %s [%s] %s\n", h->depth * 2, "", h->id, (int)h->status,
               h->confidence, h->statement, h->pattern, h->reason);
        for (size_t i = 0; i < h->evidence.count; i++) {
            const struct evidence *e = &m->evidence.items[h->evidence.items[i]];

            printf("# %*s    %s %d %s (%g -> %g)%s%s\n", h->depth * 2, "", e->id, (int)e->strength,
                   e->statement, e->before, e->after, e->direct ? " direct" : "",
                   e->temporal ? " temporal" : "");
        }
    }
    VEC_EACH (g, &m->gaps)
        printf("# gap %s: %s\n", g->what, g->why);
    printf("# %s\n", m->conclusion.summary);
}

#define WRONG(...)                                                                                 \
    do {                                                                                           \
        print_tree(m);                                                                             \
        fail_msg(__VA_ARGS__);                                                                     \
    } while (0)

static bool is_held(const struct hypothesis *h)
{
    return h->status == HYP_SUPPORTED || h->status == HYP_CONFIRMED;
}

static bool holds(const struct model *m, const char *pattern)
{
    VEC_EACH (h, &m->hypotheses) {
        if (strcmp(h->pattern, pattern) == 0 && is_held(h))
            return true;
    }
    return false;
}

/* "sg_change > target_health": the second stands below the first. */
static bool stands_below(const struct model *m, struct str text)
{
    struct str above;

    str_split(&text, '>', &above);
    above = str_trim(above);
    text = str_trim(text);
    VEC_EACH (h, &m->hypotheses) {
        if (!str_eq_c(text, h->pattern))
            continue;
        for (size_t p = h->parent_index; p != SIZE_MAX; p = m->hypotheses.items[p].parent_index) {
            if (str_eq_c(above, m->hypotheses.items[p].pattern))
                return true;
        }
    }
    return false;
}

static bool says(const struct model *m, const char *text)
{
    VEC_EACH (e, &m->evidence) {
        if (strstr(e->statement, text))
            return true;
    }
    VEC_EACH (h, &m->hypotheses) {
        if (strstr(h->statement, text))
            return true;
    }
    return false;
}

static bool has_gap(const struct model *m, const char *text)
{
    VEC_EACH (g, &m->gaps) {
        if (strstr(g->what, text) || strstr(g->why, text))
            return true;
    }
    return false;
}

/* "affects 3": of the graph, from the root's node. */
static bool affects(const struct model *m, const struct value *wanted)
{
    const struct conclusion *c = &m->conclusion;

    VALUE_EACH (name, wanted) {
        bool found = false;

        for (size_t i = 0; c->impact.node != SIZE_MAX && i < c->impact.services.count; i++) {
            size_t at = topology_find(m->topology, c->impact.services.items[i]);

            found = found || str_eq_c(name->u.string, m->topology->nodes[at].name);
        }
        if (!found)
            return false;
    }
    return true;
}

static bool has_step(const struct model *m, const char *text)
{
    VEC_EACH (r, &m->conclusion.remediation) {
        if (strstr(r->action, text))
            return true;
    }
    return false;
}

/* ---- goldens: the tree as text, without what is another at each run ---- */

/* "21:25:01 UTC" and durations that hang on it. */
static void put_timeless(struct buf *out, const char *text)
{
    for (const char *at = text; *at; at++) {
        if (strlen(at) >= 12 && at[2] == ':' && at[5] == ':' && strncmp(at + 8, " UTC", 4) == 0) {
            buf_adds(out, "(time)");
            at += 11;
        } else {
            buf_addc(out, *at);
        }
    }
}

static void put_tree(struct buf *out, const struct model *m)
{
    static const char *const states[] = {"pending", "testing", "supported", "confirmed", "pruned"};

    VEC_EACH (h, &m->hypotheses) {
        buf_addf(out, "%*s%s %s %.2f ", (h->depth - 1) * 2, "", h->id, states[h->status],
                 h->confidence);
        put_timeless(out, h->statement);
        buf_addf(out, " [%s]\n", h->pattern);
        for (size_t i = 0; i < h->evidence.count; i++) {
            const struct evidence *e = &m->evidence.items[h->evidence.items[i]];

            /* without its number: those of different calls come as they are answered */
            buf_addf(out, "%*s  E %s ", (h->depth - 1) * 2, "", strength_name(e->strength));
            put_timeless(out, e->statement);
            buf_adds(out, "\n");
        }
    }
    VEC_EACH (g, &m->gaps)
        buf_addf(out, "gap: %s: %s\n", g->what, g->why);
    buf_addf(out, "%s: ", verdict_name(m->conclusion.verdict));
    put_timeless(out, m->conclusion.summary);
    VEC_EACH (r, &m->conclusion.remediation)
        buf_addf(out, "\nproposal: %s | %s | undo: %s | %s", r->action, r->command, r->rollback,
                 r->act);
    buf_adds(out, "\n");
}

static void check_golden(const struct model *m, const char *name)
{
    const char *src = getenv("RB_SRCDIR");
    struct buf now = BUF_INIT(1 << 20), was = BUF_INIT(1 << 20);
    struct err err = ERR_INIT;
    char path[2048];

    (void)snprintf(path, sizeof(path), "%s/tests/golden/aws/%.*s.txt", src ? src : ".",
                   (int)strcspn(name, "."), name);
    put_tree(&now, m);
    if (getenv("RUNBOOK_UPDATE_GOLDEN")) {
        FILE *f = fopen(path, "w");

        assert_non_null(f);
        fputs(buf_cstr(&now), f);
        fclose(f);
    } else {
        assert_ok(file_read(path, &was, &err), &err);
        if (strcmp(buf_cstr(&now), buf_cstr(&was)) != 0)
            fprintf(stderr, "%s", buf_cstr(&now)); /* an assertion shows its first part only */
        assert_string_equal(buf_cstr(&now), buf_cstr(&was));
    }
    buf_release(&now);
    buf_release(&was);
}

/* What is proposed can be done: its operation is one, with arguments that it takes. R-19 */
static void check_acts(const struct model *m, const char *name)
{
    VEC_EACH (r, &m->conclusion.remediation) {
        struct buf args = BUF_INIT(65536), json = BUF_INIT(65536);
        struct arena *a = arena_new(0);
        const struct act_def *d;
        const struct value *v;
        struct err err = ERR_INIT;

        if (*r->act && (act_parse_line(r->act, &d, &args, &err) ||
                        act_coerce(d, buf_str(&args), a, &v, &json, &err)))
            fail_msg("%s: \"%s\": %s", name, r->act, err.msg);
        buf_release(&args);
        buf_release(&json);
        arena_free(a);
    }
}

static void check(const struct model *m, const char *name, const struct value *expect)
{
    const char *verdict = value_cstr_or(expect, "verdict", "no_action"),
               *pattern = value_cstr_or(expect, "cause", ""),
               *resource = value_cstr_or(expect, "resource", "");
    const struct hypothesis *cause = m->conclusion.has_root_cause
                                         ? model_hypothesis(m, m->conclusion.root_cause.hypothesis)
                                         : NULL;

    if (strcmp(verdict_name(m->conclusion.verdict), verdict) != 0)
        WRONG("%s: the verdict is %s", name, verdict_name(m->conclusion.verdict));
    if (*pattern && (!cause || strcmp(cause->pattern, pattern) != 0))
        WRONG("%s: the cause is %s", name, cause ? cause->pattern : "none");
    if (*resource && (!cause || strcmp(cause->resource, resource) != 0))
        WRONG("%s: blamed is %s", name, cause ? cause->resource : "nothing");
    VALUE_EACH (t, value_get(expect, "below"))
        if (!stands_below(m, t->u.string))
            WRONG("%s: not in the tree: %s", name, t->u.string.ptr);
    VALUE_EACH (t, value_get(expect, "says"))
        if (!says(m, t->u.string.ptr))
            WRONG("%s: nobody says: %s", name, t->u.string.ptr);
    VALUE_EACH (t, value_get(expect, "not"))
        if (holds(m, t->u.string.ptr))
            WRONG("%s: %s is held", name, t->u.string.ptr);
    VALUE_EACH (t, value_get(expect, "gaps"))
        if (!has_gap(m, t->u.string.ptr))
            WRONG("%s: no gap: %s", name, t->u.string.ptr);
    if (!affects(m, value_get(expect, "affects")))
        WRONG("%s: not all of those that are affected are", name);
    if (*value_cstr_or(expect, "known_from", "") &&
        !strstr(m->topology_source, value_cstr_or(expect, "known_from", "")))
        WRONG("%s: the graph is from %s", name, m->topology_source);
    VALUE_EACH (t, value_get(expect, "steps"))
        if (!has_step(m, t->u.string.ptr))
            WRONG("%s: not proposed: %s", name, t->u.string.ptr);
    if (value_bool_or(expect, "golden", false))
        check_golden(m, name);
    check_acts(m, name);
    if (strcmp(verdict, "no_action") == 0) {
        VEC_EACH (e, &m->evidence)
            if (e->strength <= STRENGTH_WEAK)
                WRONG("%s: something is off: %s", name, e->statement);
    }
}

static const struct hypothesis *said_by_person(const struct model *m, const char *says)
{
    VEC_EACH (h, &m->hypotheses)
        if (h->by_user && strcmp(h->statement, says) == 0)
            return h;
    return NULL;
}

/* What a person says it is, tested beside what is looked at by itself: {"says": statement,
 * "status": "confirmed", "evidence": text}. U-05 */
static void check_tests(const struct model *m, const char *name, const struct value *tests)
{
    static const char *const states[] = {"pending", "testing", "supported", "confirmed", "pruned"};

    VALUE_EACH (t, tests) {
        const struct hypothesis *found = said_by_person(m, value_cstr_or(t, "says", ""));
        bool says = !*value_cstr_or(t, "evidence", "");

        if (!found) {
            WRONG("%s: not added: %s", name, value_cstr_or(t, "says", ""));
            return;
        }
        for (size_t i = 0; i < found->evidence.count; i++)
            says = says || strstr(m->evidence.items[found->evidence.items[i]].statement,
                                  value_cstr_or(t, "evidence", ""));
        if (strcmp(states[found->status], value_cstr_or(t, "status", "")) != 0 || !says)
            WRONG("%s: '%s' is %s", name, found->statement, states[found->status]);
    }
}

/* "more": one more test asks what was not asked, and this is among what it adds; the one after it
 * has nothing to add. */
static void check_more(struct engine_run *r, const char *name, const struct value *tests)
{
    VALUE_EACH (t, tests) {
        const struct hypothesis *h = said_by_person(r->m, value_cstr_or(t, "says", ""));
        const char *more = value_cstr_or(t, "more", NULL), *id = more && h ? h->id : NULL;
        size_t before = h ? h->evidence.count : 0, calls = asked;
        bool says = false;

        for (int round = 0; id && round < 2; round++) {
            engine_run_submit(r, INTENT_STEER_TEST, id, NULL);
            engine_run_wait(r);
            h = model_hypothesis(r->m, id);
            for (size_t i = before; i < h->evidence.count; i++)
                says = says || strstr(r->m->evidence.items[h->evidence.items[i]].statement, more);
            if (!says || asked == calls || (round && h->evidence.count != before))
                fail_msg("%s: round %d of %s adds %zu", name, round, id,
                         h->evidence.count - before);
            before = h->evidence.count;
        }
    }
}

static const struct topology *read_file_graph(struct arena *a, const struct value *v)
{
    struct buf text = BUF_INIT(1 << 20);
    const struct topology *t;
    struct json_writer w;
    struct err err = ERR_INIT;

    json_writer_init(&w, &text);
    json_value(&w, v);
    assert_ok(topology_parse(buf_str(&text), a, &t, &err), &err);
    buf_release(&text);
    return t;
}

static void run(const char *path, const char *name)
{
    static const char *const targets[] = {"aws:prod/eu-west-1", NULL};
    struct engine_run *r = engine_run_new(NULL);
    int64_t wall = clock_system()->wall_ms(clock_system());
    int64_t now = wall - wall % 60000; /* samples begin with a minute */
    const struct value *doc, *incident;
    struct session_spec spec = {.targets = targets, .now_ms = now};
    struct ev_incident_loaded i = {
        .id = "", .title = "", .service = "", .metric = "", .direction = ""};
    struct arena *graphs = arena_new(0);
    int64_t ago = 0;

    world = awsworld_open(path, now);
    doc = awsworld_doc(world);
    incident = value_get(doc, "incident");
    asked = 0;
    if (incident) {
        i.title = value_cstr_or(incident, "title", "");
        i.service = value_cstr_or(incident, "service", "");
        i.metric = value_cstr_or(incident, "metric", "");
        i.source = "test";
        (void)duration_parse(value_str_or(incident, "ago", "20m"), &ago);
        i.started_at_ms = now - ago;
        i.now_ms = now;
        spec.incident = &i;
    }
    spec.query = value_cstr_or(doc, "question", "what is wrong?");
    if (value_get(doc, "file")) {
        spec.topology = read_file_graph(graphs, value_get(doc, "file"));
        spec.topology_source = "service-graph.json";
    }
    engine_run_open(r, &spec);
    engine_run_submit(r, INTENT_INVESTIGATE, NULL, spec.query);
    VALUE_EACH (t, value_get(doc, "tests"))
        engine_run_submit(r, INTENT_STEER_ADD, NULL, value_cstr_or(t, "says", ""));
    engine_run_wait(r);
    if (getenv("RUNBOOK_SHOW_WORLDS")) {
        printf("# ==== %s: %zu calls\n", name, asked);
        print_tree(r->m);
    }
    check(r->m, name, value_get(doc, "expect"));
    check_tests(r->m, name, value_get(doc, "tests"));
    check_more(r, name, value_get(doc, "tests"));
    if (asked > 80)
        fail_msg("%s: %zu calls", name, asked);
    awsworld_close(world);
    engine_run_free(r);
    arena_free(graphs);
}

/* What `runbook policy print --iam --feature patterns` names is what the estates were asked, no
 * more and no less. A-17 */
static void check_uses(void)
{
    const struct aws_use *u = aws_uses;
    struct str name;
    void *value;
    unsigned wrong = 0;

    while (strcmp(u->feature, "patterns") != 0)
        u++;
    for (size_t i = 0; u->operations[i]; i++) {
        if (!map_get_c(seen, u->operations[i])) {
            printf("# %s is named, and was never asked\n", u->operations[i]);
            wrong++;
        }
    }
    for (size_t it = 0; map_next(seen, &it, &name, &value);) {
        bool named = false;

        for (size_t i = 0; u->operations[i] && !named; i++)
            named = str_eq_c(name, u->operations[i]);
        if (!named) {
            printf("# %.*s was asked, and is not named\n", STR_FMT(name));
            wrong++;
        }
    }
    assert_int_equal(wrong, 0);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void test_worlds(void **state)
{
    const char *src = getenv("RB_SRCDIR"), *only = getenv("RUNBOOK_WORLD");
    char dir[1024], path[2048], *names[256];
    size_t n = 0;
    DIR *d;

    (void)state;
    seen = map_new();
    (void)snprintf(dir, sizeof(dir), "%s/tests/cases/aws", src ? src : ".");
    d = opendir(dir);
    assert_non_null(d);
    for (struct dirent *e; (e = readdir(d)) != NULL && n < 256;) {
        if (strstr(e->d_name, ".json") && strcmp(e->d_name, "estate.json") != 0 &&
            (!only || strstr(e->d_name, only)))
            names[n++] = xstrdup(e->d_name);
    }
    closedir(d);
    qsort(names, n, sizeof(*names), by_name);
    assert_true(n > 0);
    for (size_t i = 0; i < n; i++) {
        (void)snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
        run(path, names[i]);
        free(names[i]);
    }
    if (!only)
        check_uses();
    map_free(seen);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_worlds)};

    if (access("/dev/shm", W_OK) == 0) /* each answer is synced to a disk otherwise */
        setenv("TMPDIR", "/dev/shm", 1);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
