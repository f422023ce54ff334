/* conclude_run.c - see conclude_run.h. */
#include "tests/unit/engine/conclude_run.h"

#include <math.h>

size_t conclude_asked;

static void data_start(struct tool_call *c)
{
    struct tool_result r = {.status = TOOL_OK, .content_type = "application/json", .rows = 1};

    conclude_asked++;
    buf_init(&r.body, 1000);
    buf_adds(&r.body, "{}");
    tool_call_finish(c, &r);
}

static void empty_start(struct tool_call *c)
{
    struct tool_result r = {.status = TOOL_EMPTY};

    tool_call_finish(c, &r);
}

static void fail_start(struct tool_call *c)
{
    struct tool_result r = {.status = TOOL_ERROR};
    struct err err;

    err_set(&err, ERR_NET, "no route to it");
    tool_result_fail(&r, &err);
    tool_call_finish(c, &r);
}

static void hang_start(struct tool_call *c)
{
    tool_call_set_data(c, c);
}

static void hang_cancel(struct tool_call *c)
{
    struct tool_result r = {.status = TOOL_CANCELED};

    tool_call_finish(c, &r);
}

static const struct tool_param params[] = {
    {.name = "tag", .type = PARAM_STRING, .help = "Makes calls differ."}, {.name = NULL}};
static const struct tool_def data = {
    .name = "data", .help = "Has data.", .params = params, .timeout_ms = 5000, .start = data_start};
static const struct tool_def empty = {.name = "empty",
                                      .help = "Has none.",
                                      .params = params,
                                      .timeout_ms = 5000,
                                      .start = empty_start};
static const struct tool_def failing = {
    .name = "fail", .help = "Fails.", .params = params, .timeout_ms = 5000, .start = fail_start};
static const struct tool_def hang = {.name = "hang",
                                     .help = "Does not answer.",
                                     .params = params,
                                     .timeout_ms = 60000,
                                     .start = hang_start,
                                     .cancel = hang_cancel};

static void large_start(struct tool_call *c)
{
    struct tool_result r = {.status = TOOL_OK, .content_type = "text/plain", .rows = 1};

    conclude_asked++;
    buf_init(&r.body, 1 << 20);
    for (int i = 0; i < 40000; i++)
        buf_adds(&r.body, "line of log\n");
    tool_call_finish(c, &r);
}

static const struct tool_def large = {.name = "large",
                                      .help = "Has much data.",
                                      .params = params,
                                      .timeout_ms = 5000,
                                      .start = large_start};
static const struct tool_def *const table[] = {&large, &data, &empty, &failing, &hang, NULL};

const struct tool_def *const *tool_table(void);
const struct tool_def *const *tool_table(void)
{
    return table;
}

void (*conclude_script)(struct investigation *inv);

static bool module_applies(const struct investigation *inv)
{
    (void)inv;
    return true;
}

static void module_start(struct investigation *inv, void **ret_state)
{
    *ret_state = NULL;
    conclude_script(inv);
}

const struct inv_module conclude_module = {
    .name = "test", .applies = module_applies, .start = module_start};
const struct inv_module *const modules[] = {&conclude_module, NULL};

const struct inv_module *const *inv_module_table(void);
const struct inv_module *const *inv_module_table(void)
{
    return modules;
}

static const char graph[] =
    "{\"nodes\":[{\"id\":\"web\"},{\"id\":\"api\"},{\"id\":\"db\"},{\"id\":\"mail\"}],\"edges\":["
    "{\"from\":\"web\",\"to\":\"api\"},{\"from\":\"api\",\"to\":\"db\"}]}";

static void settled(void *ctx)
{
    engine_settled(((struct fixture *)ctx)->engine);
}

void conclude_begin(struct fixture *f, bool with_graph)
{
    static const char *const targets[] = {"host:local", NULL};
    struct session_spec spec = {.title = "t", .query = "q", .targets = targets};
    struct engine_options opts = {0};
    struct err err;

    *f = (struct fixture){.loop = loop_new(clock_system()), .arena = arena_new(0)};
    rng_seed(&f->rng, 7);
    f->env.loop = opts.loop = f->loop;
    opts.rng = &f->rng;
    opts.tools = &f->env;
    opts.version = "test";
    f->engine = engine_new(&opts);
    loop_on_settled(f->loop, settled, f);
    if (with_graph)
        assert_ok(topology_parse(STR_LIT(graph), f->arena, &spec.topology, &err), &err);
    spec.topology_source = "service-graph.json";
    conclude_asked = 0;
    assert_ok(engine_open(f->engine, &spec, &err), &err);
}

void conclude_end(struct fixture *f)
{
    engine_free(f->engine);
    loop_free(f->loop);
    arena_free(f->arena);
}

void conclude_submit(struct fixture *f, enum intent_type type, const char *text)
{
    struct intent_sink in = engine_intents(f->engine);
    struct intent intent = {type, text};

    in.submit(in.ctx, &intent);
}

const struct model *conclude_run(struct fixture *f, void (*s)(struct investigation *))
{
    int64_t deadline = clock_system()->now_ms(clock_system()) + 20000;

    conclude_script = s;
    conclude_submit(f, INTENT_ASK, "why");
    while (engine_busy(f->engine) && clock_system()->now_ms(clock_system()) < deadline)
        loop_turn(f->loop, true);
    assert_false(engine_busy(f->engine));
    return engine_model(f->engine);
}

void conclude_query(struct investigation *inv, const char *tool, const char *args, const char *hyp,
                    inv_query_fn *fn)
{
    struct inv_query q = {tool, str_from(args), hyp, "a test query"};

    inv_query(inv, &q, fn, NULL);
}

void conclude_add(struct investigation *inv, uint64_t q, const char *hyp, enum evidence_strength s,
                  bool direct)
{
    struct inv_evidence e = {.hypothesis = hyp,
                             .query = q,
                             .strength = s,
                             .statement = "it is so",
                             .service = "db",
                             .before = NAN,
                             .after = NAN,
                             .score = NAN,
                             .direct = direct,
                             .temporal = direct};

    assert_non_null(inv_add_evidence(inv, &e));
}

void conclude_propose(struct investigation *inv, const char *parent, const char *statement)
{
    struct inv_hypothesis h = {.parent = parent, .statement = statement, .service = "db"};

    assert_non_null(inv_propose(inv, &h));
}
