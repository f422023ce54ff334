/* procedure_scene.c - see procedure_scene.h. */
#include "tests/lib/procedure_scene.h"

#include "tests/lib/tmpdir.h"
#include "tests/lib/victim.h"

#include "runbook/base/mem.h"
#include "runbook/base/path.h"
#include "runbook/codec/json.h"
#include "runbook/engine/mutate.h"
#include "runbook/service/host.h"

#define DEADLINE_MS 60000

int scene_answers[8];
bool scene_approves;

/* ---- tools ---- */

static const struct tool_param t_params[] = {
    {.name = "what", .type = PARAM_STRING, .help = "What."},
    {.name = "n", .type = PARAM_INT, .help = "A number."},
    {NULL}};

static void answer(struct tool_call *c, const char *type, const char *text, size_t len)
{
    struct tool_result t = {.status = TOOL_OK, .content_type = type, .rows = 1};

    buf_init(&t.body, (size_t)32 << 20);
    buf_add(&t.body, text, len);
    snprintf(t.summary, sizeof(t.summary), "%zu bytes", len);
    tool_call_finish(c, &t);
}

/* {"what": ..., "n": ..., "items": [{"pid": 7, "name": "a b"}], "asked": so often} */
static void ok_start(struct tool_call *c)
{
    struct buf b = BUF_INIT(65536);
    struct json_writer w;

    scene_answers[0]++;
    json_writer_init(&w, &b);
    json_object_begin(&w);
    json_put_str(&w, "what", value_str_or(tool_call_args(c), "what", ""));
    json_put_int(&w, "n", value_i64_or(tool_call_args(c), "n", -1));
    json_put_int(&w, "asked", scene_answers[0]);
    json_key(&w, "nothing");
    json_null(&w);
    json_key(&w, "items");
    json_raw(&w, STR_LIT("[{\"pid\":7,\"name\":\"a b\"},{\"pid\":9,\"name\":\"{{steps.x}}\"}]"));
    json_object_end(&w);
    answer(c, "application/json", buf_cstr(&b), b.len);
    buf_release(&b);
}

/* Fails until it was asked n times. */
static void fails_start(struct tool_call *c)
{
    struct tool_result t = {.status = TOOL_ERROR};
    int64_t n = value_i64_or(tool_call_args(c), "n", 1000);
    struct err err;
    char text[32];

    if (++scene_answers[1] > n) {
        snprintf(text, sizeof(text), "{\"asked\":%d}", scene_answers[1]);
        answer(c, "application/json", text, strlen(text));
        return;
    }
    err_set(&err, ERR_REMOTE, "failed %d", scene_answers[1]);
    tool_result_fail(&t, &err);
    tool_call_finish(c, &t);
}

static void slow_cancel(struct tool_call *c)
{
    struct tool_result t = {.status = TOOL_CANCELED};

    scene_answers[3]++;
    tool_call_finish(c, &t);
}

static void slow_start(struct tool_call *c)
{
    (void)c;
    scene_answers[2]++;
}

static void big_start(struct tool_call *c)
{
    struct buf b = BUF_INIT((size_t)32 << 20);

    buf_adds(&b, "[\"");
    while (b.len < (size_t)10 << 20)
        buf_adds(&b, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa ");
    buf_adds(&b, "\"]");
    answer(c, "application/json", buf_cstr(&b), b.len);
    buf_release(&b);
}

static void deep_start(struct tool_call *c)
{
    struct buf b = BUF_INIT(65536);

    for (int i = 0; i < 5000; i++)
        buf_addc(&b, '[');
    answer(c, "application/json", buf_cstr(&b), b.len);
    buf_release(&b);
}

static void ctl_start(struct tool_call *c)
{
    answer(c, "text/plain", "a\033[2J\0b\xff\a", 9);
}

static bool never(const struct tool_env *env)
{
    (void)env;
    return false;
}

static const struct tool_def tools[] = {
    {.name = "t_ok", .help = "Ok.", .params = t_params, .timeout_ms = 5000, .start = ok_start},
    {.name = "t_fails", .help = "F.", .params = t_params, .timeout_ms = 5000, .start = fails_start},
    {.name = "t_slow",
     .help = "S.",
     .params = t_params,
     .timeout_ms = 600000,
     .start = slow_start,
     .cancel = slow_cancel},
    {.name = "t_big", .help = "B.", .params = t_params, .timeout_ms = 9000, .start = big_start},
    {.name = "t_deep", .help = "D.", .params = t_params, .timeout_ms = 9000, .start = deep_start},
    {.name = "t_ctl", .help = "C.", .params = t_params, .timeout_ms = 9000, .start = ctl_start},
    {.name = "t_high",
     .help = "H.",
     .params = t_params,
     .risk = RISK_HIGH,
     .timeout_ms = 9000,
     .start = ok_start},
    {.name = "t_gone",
     .help = "G.",
     .params = t_params,
     .timeout_ms = 9000,
     .available = never,
     .start = fails_start},
};

const struct tool_def *const *tool_table(void)
{
    static const struct tool_def *const rows[] = {&tools[0], &tools[1], &tools[2],
                                                  &tools[3], &tools[4], &tools[5],
                                                  &tools[6], &tools[7], NULL};

    return rows;
}

/* ---- the machine ---- */

void scene_open(struct scene *s)
{
    struct engine_options opts = {
        .rng = &s->rng, .version = "test", .environment = "dev", .loose = true};

    s->loop = loop_new(clock_system());
    rng_seed_system(&s->rng);
    memset(&s->env, 0, sizeof(s->env));
    s->env.loop = s->loop;
    s->env.hosts = host_pool_new(s->loop, NULL);
    opts.loop = s->loop;
    opts.tools = &s->env;
    opts.state_dir = s->no_state ? NULL : s->dir;
    opts.keep_requests = s->keep;
    s->engine = engine_new(&opts);
    s->m = engine_model(s->engine);
}

void scene_close(struct scene *s)
{
    engine_free(s->engine);
    host_pool_free(s->env.hosts);
    loop_free(s->loop);
}

void scene_session(struct scene *s)
{
    struct session_spec spec = {.title = "t", .query = "q"};
    struct err err;

    assert_ok(engine_open(s->engine, &spec, &err), &err);
}

int scene_setup(void **state)
{
    struct scene *s = xcalloc(1, sizeof(*s));
    char *path;

    s->dir = tmpdir_new();
    s->bin = tmpdir_new();
    s->count = path_join(s->bin, "count");
    path = xasprintf("%s:/usr/bin:/bin", s->bin);
    setenv("PATH", path, 1);
    free(path);
    victim_count_renices(s->bin, s->count);
    for (int i = 0; i < 4; i++)
        s->victims[i] = victim_start();
    s->base = victim_nice(s->victims[0]);
    memset(scene_answers, 0, sizeof(scene_answers));
    scene_approves = true;
    unsetenv("RENICE_FAILS");
    scene_open(s);
    scene_session(s);
    *state = s;
    return 0;
}

int scene_teardown(void **state)
{
    struct scene *s = *state;

    scene_close(s);
    for (int i = 0; i < 4; i++)
        victim_end(s->victims[i]);
    free(s->count);
    tmpdir_free(s->bin);
    tmpdir_free(s->dir);
    free(s);
    return 0;
}

int scene_renices(const struct scene *s)
{
    return victim_renices(s->count);
}

int scene_nice(const struct scene *s, int victim)
{
    return victim_nice(s->victims[victim]) - s->base;
}

/* ---- procedures ---- */

static void add_text(const struct scene *s, const char *text, struct buf *out)
{
    for (; *text; text++) {
        if (*text == '\'')
            buf_addc(out, '"');
        else if (*text == '$' && text[1] == '+') {
            text += 2;
            buf_addf(out, "%d", s->base + (*text - '0'));
        } else if (*text == '$') {
            text++;
            buf_addf(out, "%d", (int)s->victims[*text - '0']);
        } else
            buf_addc(out, *text);
    }
}

static struct procedure *decode(const struct scene *s, const char *params, const char *steps)
{
    struct buf b = BUF_INIT((size_t)4 << 20);
    struct arena *a = arena_new(0);
    struct procedure *p = NULL;
    const struct value *v;
    struct err err;

    buf_adds(&b, "{\"kind\":\"skill\",\"id\":\"p\",\"parameters\":");
    add_text(s, params ? params : "[]", &b);
    buf_adds(&b, ",\"steps\":");
    add_text(s, steps, &b);
    buf_adds(&b, "}");
    assert_ok(json_parse(a, buf_str(&b), &v, &err), &err);
    assert_ok(procedure_decode(v, &p, &err), &err);
    arena_free(a);
    buf_release(&b);
    return p;
}

struct procedure *scene_procedure(const struct scene *s, const char *params, const char *steps)
{
    struct procedure *p = decode(s, params, steps);
    struct err err = ERR_INIT;

    assert_ok(procedure_check(p, &s->env, &err), &err);
    return p;
}

void scene_refuses(const struct scene *s, const char *params, const char *steps, const char *why)
{
    struct procedure *p = decode(s, params, steps);
    struct err err = ERR_INIT;

    if (procedure_check(p, &s->env, &err) != ERR_INPUT || !strstr(err.msg, why))
        fail_msg("%s: '%s' is not about '%s'", steps, err.msg, why);
    procedure_free(p);
}

const char *scene_start(struct scene *s, const char *params, const char *steps,
                        const char *given_json, bool dry_run)
{
    struct procedure *p = scene_procedure(s, params, steps);
    struct procedure_request r = {.procedure = p, .dry_run = dry_run};
    struct err err = ERR_INIT;
    const char *run = NULL;

    r.params = str_from(given_json ? given_json : "{}");
    assert_ok(engine_procedure_start(s->engine, &r, &run, &err), &err);
    procedure_free(p);
    return run;
}

static int64_t now_ms(void)
{
    return clock_system()->now_ms(clock_system());
}

void scene_answer(struct scene *s, enum intent_type type)
{
    struct intent_sink to = engine_intents(s->engine);
    struct intent in = {.type = type};
    char id[32], print[65];

    VEC_EACH (a, &s->m->approvals) {
        if (a->state != APPROVAL_WAITING)
            continue;
        snprintf(id, sizeof(id), "%s", a->id);
        snprintf(print, sizeof(print), "%s", a->fingerprint);
        in.approval = id;
        in.fingerprint = print;
        to.submit(to.ctx, &in);
        return;
    }
}

void scene_until_quiet(struct scene *s)
{
    int64_t end = now_ms() + DEADLINE_MS;

    while (now_ms() < end) {
        if (engine_procedure_busy(s->engine) || engine_mutating(s->engine)) {
            loop_turn(s->loop, true);
        } else if (scene_approves && model_approvals_waiting(s->m)) {
            scene_answer(s, INTENT_APPROVE);
        } else {
            break;
        }
    }
    assert_false(engine_procedure_busy(s->engine));
}

const struct procedure_run *scene_last(const struct scene *s)
{
    assert_true(s->m->procedures.count > 0);
    return &s->m->procedures.items[s->m->procedures.count - 1];
}

const struct procedure_run *scene_run(struct scene *s, const char *steps)
{
    scene_start(s, NULL, steps, NULL, false);
    scene_until_quiet(s);
    return scene_last(s);
}

const struct step_run *scene_step(const struct scene *s, const char *id)
{
    const struct step_run *r = procedure_step_run(scene_last(s), id);

    if (!r)
        fail_msg("no step %s", id);
    return r;
}
