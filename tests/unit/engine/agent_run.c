/* agent_run.c - see agent_run.h. */
#include "tests/unit/engine/agent_run.h"
#include "tests/lib/tmpdir.h"

#include <stdlib.h>

#include "runbook/base/mem.h"

#define STEP_MS INT64_C(30000)

size_t agent_series_starts;
const char *agent_log_text;

static double value_of(const char *service, int64_t t, int i)
{
    double noise = ((i * 7919) % 13) / 130.0;

    if (strcmp(service, "db") == 0)
        return (t >= T0 - 60000 ? 9.0 : 1.0) + noise;
    if (strcmp(service, "web") == 0)
        return (t >= T0 ? 3.0 : 1.0) + noise;
    return 1.0 + noise;
}

static void series_start(struct tool_call *c)
{
    struct tool_result r = {.status = TOOL_OK, .content_type = "application/json", .rows = 1};
    const char *query = value_cstr_or(tool_call_args(c), "query", "");
    char name[64] = "", service[64] = "";
    int i = 0;

    agent_series_starts++;
    sscanf(query, "%63[a-z_]{service=\"%63[a-z]", name, service); /* lint: allow sscanf */
    buf_init(&r.body, (size_t)1 << 20);
    buf_addf(&r.body,
             "{\"status\":\"success\",\"data\":{\"resultType\":\"matrix\",\"result\":[{\"metric\":{"
             "\"__name__\":\"%s\",\"service\":\"%s\"},\"values\":[",
             name, service);
    for (int64_t t = T0 - 3600000; t <= T0 + 600000; t += STEP_MS, i++)
        buf_addf(&r.body, "%s[%lld,\"%.3f\"]", i ? "," : "", (long long)(t / 1000),
                 value_of(service, t, i));
    buf_adds(&r.body, "]}]}}");
    snprintf(r.summary, sizeof(r.summary), "1 series");
    tool_call_finish(c, &r);
}

static void log_start(struct tool_call *c)
{
    struct tool_result r = {.status = TOOL_OK, .content_type = "text/plain", .rows = 1};

    buf_init(&r.body, (size_t)1 << 20);
    buf_adds(&r.body, agent_log_text);
    snprintf(r.summary, sizeof(r.summary), "lines");
    tool_call_finish(c, &r);
}

static void cite(const struct value *args, struct buf *out)
{
    buf_add_str(out, value_str_or(args, "query", "the log"));
}

static const struct tool_param range_params[] = {
    {"query", PARAM_STRING, true, .help = "The expression."}, {.name = NULL}};
static const struct tool_param log_params[] = {{"host", PARAM_STRING, true, .help = "The machine."},
                                               {"file", PARAM_STRING, .help = "One more file."},
                                               {.name = NULL}};
static const struct tool_def range = {.name = "prometheus_range",
                                      .help = "Reads series.",
                                      .params = range_params,
                                      .timeout_ms = 5000,
                                      .query = cite,
                                      .start = series_start};
static const struct tool_def logs = {.name = "host_log",
                                     .help = "Reads a log.",
                                     .params = log_params,
                                     .timeout_ms = 5000,
                                     .query = cite,
                                     .start = log_start};
static const struct tool_def *const table[] = {&range, &logs, NULL};

const struct tool_def *const *tool_table(void);
const struct tool_def *const *tool_table(void)
{
    return table;
}

/* ---- the built-in module ---- */

void (*agent_script)(struct investigation *inv);

static bool applies(const struct investigation *inv)
{
    (void)inv;
    return true;
}

static void start(struct investigation *inv, void **ret_state)
{
    *ret_state = NULL;
    agent_script(inv);
}

static const struct inv_module module = {.name = "test", .applies = applies, .start = start};
static const struct inv_module *const modules[] = {&module, NULL};

const struct inv_module *const *inv_module_table(void);
const struct inv_module *const *inv_module_table(void)
{
    return modules;
}

/* It knows nothing, and has a root for the model's hypotheses to be tested at all. */
void agent_knows_nothing(struct investigation *inv)
{
    inv_module_done(inv, &module);
}

static void add_found(struct investigation *inv, uint64_t query, const char *hyp,
                      const char *metric)
{
    struct inv_evidence e = {.hypothesis = hyp,
                             .query = query,
                             .strength = STRENGTH_STRONG,
                             .statement = "db rose",
                             .service = "db",
                             .metric = metric,
                             .resource = "",
                             .unit = "",
                             .before = 1,
                             .after = 9,
                             .score = 40,
                             .onset_ms = T0 - 60000,
                             .direct = true};

    inv_add_evidence(inv, &e);
}

static const char *found_hyp;

static void on_found(void *ctx, struct investigation *inv, uint64_t query,
                     const struct tool_result *r)
{
    struct ev_candidate_ranked best = {.service = "db",
                                       .metric = "latency",
                                       .category = "latency",
                                       .statement = "db is slow",
                                       .hypothesis = found_hyp,
                                       .score = 0.9};
    struct ev_candidate_ranked other = {.service = "web",
                                        .metric = "latency",
                                        .category = "latency",
                                        .statement = "web is slow",
                                        .hypothesis = "",
                                        .score = 0.06};
    struct inv_odds odds = {0.9, 0.99, 2};

    (void)ctx;
    (void)r;
    add_found(inv, query, found_hyp, "latency");
    inv_weigh(inv, true, found_hyp, &odds, "first of two");
    inv_candidate(inv, &best);
    inv_candidate(inv, &other);
    inv_module_done(inv, &module);
}

/* It finds db. */
void agent_finds_db(struct investigation *inv)
{
    struct inv_hypothesis h = {.statement = "db is the cause",
                               .service = "db",
                               .metric = "latency",
                               .refutes = "its latency did not change",
                               .kind = "latency"};
    struct inv_query q = {"prometheus_range",
                          STR_LIT("{\"query\":\"latency{service=\\\"db\\\"}\"}"), NULL,
                          "latency of db"};

    q.hypothesis = found_hyp = inv_propose(inv, &h);
    inv_query(inv, &q, on_found, NULL);
}

static void on_event(void *self, const struct model *m, const struct event *ev)
{
    struct fixture *f = self;

    (void)m;
    buf_addf(&f->events, "%s ", event_type_name(ev->type));
    if (ev->type == EV_JUDGE_REFUSED)
        buf_addf(&f->events, "(%s%s: %s) ", ev->u.judge_refused.warning ? "WARNING " : "",
                 ev->u.judge_refused.what, ev->u.judge_refused.why);
}

static const struct sink_ops sink = {.name = "test", .event = on_event};

int agent_setup(void **state)
{
    struct fixture *f = xcalloc(1, sizeof(*f));

    f->dir = tmpdir_new();
    f->loop = loop_new(clock_system());
    rng_seed(&f->rng, 7);
    f->env.loop = f->loop;
    buf_init(&f->events, (size_t)1 << 20);
    agent_series_starts = 0;
    agent_log_text = "nothing";
    *state = f;
    return 0;
}

int agent_teardown(void **state)
{
    struct fixture *f = *state;

    engine_free(f->engine);
    llm_free(f->llm);
    loop_free(f->loop);
    tmpdir_free(f->dir);
    buf_release(&f->events);
    free(f);
    return 0;
}

void agent_open_engine(struct fixture *f, const struct script_step *steps, bool repeat)
{
    struct engine_options opts = {
        .loop = f->loop, .rng = &f->rng, .tools = &f->env, .state_dir = f->dir, .version = "test"};
    struct ev_incident_loaded incident = {.id = "i",
                                          .title = "slow",
                                          .service = "web",
                                          .metric = "latency",
                                          .direction = "up",
                                          .source = "test",
                                          .started_at_ms = T0,
                                          .now_ms = T0 + 600000};
    static const char *const targets[] = {"prometheus:test", NULL};
    struct session_spec spec = {
        .title = "t", .query = "q", .targets = targets, .incident = &incident};
    struct err err;

    f->model = script_model_new(f->loop, steps, repeat);
    f->llm = opts.llm = script_model_llm(f->model);
    opts.limits.max_iterations = (int)f->iterations;
    opts.interactive = f->interactive;
    opts.limits.context_tokens = f->window;
    opts.skill_folders = f->skills;
    f->engine = engine_new(&opts);
    engine_add_sink(f->engine, &sink, f);
    assert_ok(engine_open(f->engine, &spec, &err), &err);
}

void agent_submit(struct fixture *f, enum intent_type type, const char *text)
{
    struct intent_sink to = engine_intents(f->engine);
    struct intent in = {.type = type, .text = text};

    to.submit(to.ctx, &in);
}

void agent_turn(struct fixture *f)
{
    int64_t deadline = clock_system()->now_ms(clock_system()) + 20000;

    while (engine_busy(f->engine) && clock_system()->now_ms(clock_system()) < deadline) {
        loop_turn(f->loop, true);
        if (f->on_asked && *engine_model(f->engine)->asked)
            f->on_asked(f);
        if (f->on_round)
            f->on_round(f);
    }
    assert_false(engine_busy(f->engine));
    loop_turn(f->loop, false);
}

const struct model *agent_investigate(struct fixture *f, void (*builtin)(struct investigation *),
                                      const struct script_step *steps)
{
    agent_script = builtin;
    agent_open_engine(f, steps, false);
    agent_submit(f, INTENT_ASK, "why is web slow?");
    agent_turn(f);
    return engine_model(f->engine);
}
