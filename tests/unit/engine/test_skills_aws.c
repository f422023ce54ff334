/* test_skills_aws.c - every built-in skill about AWS, played to its end against scripted answers:
 * done and seen to hold; stopped with words, and nothing sent, when what it needs is not so; and
 * said when AWS refuses the change. Those that only read send nothing but reads. The scenes of the
 * operations (aws_scenes.json) are what AWS answers. R-76 R-78 A-09 A-10 A-11 A-46 */
#include <string.h>

#include "runbook/base/file.h"
#include "runbook/base/path.h"
#include "runbook/codec/json.h"
#include "runbook/engine/skill.h"
#include "runbook/model/approval.h"
#include "tests/lib/act_run.h"
#include "tests/lib/awsfake.h"

#define TEXT_MAX ((size_t)4 << 20)
#define WHO "{\"service\":\"sts\",\"json\":{\"Arn\":\"arn:x\",\"Account\":\"123456789012\"}}"

static struct arena *arena;
static const struct value *cases, *scenes;
static struct skills *built_in;

static const struct value *read_json(const char *file)
{
    const char *top = getenv("RB_SRCDIR");
    char *path = path_join(top ? top : ".", file);
    struct buf text = BUF_INIT(TEXT_MAX);
    const struct value *v = NULL;
    struct err err = ERR_INIT;

    assert_ok(file_read(path, &text, &err), &err);
    assert_ok(json_parse(arena, str_from(arena_str(arena, buf_str(&text))), &v, &err), &err);
    buf_release(&text);
    free(path);
    return v;
}

static int begin_all(void **state)
{
    (void)state;
    arena = arena_new(0);
    cases = read_json("tests/cases/aws_skills.json");
    scenes = read_json("tests/unit/engine/aws_scenes.json");
    built_in = skills_open((const char *const[]){NULL}, NULL);
    return 0;
}

static int end_all(void **state)
{
    (void)state;
    skills_free(built_in);
    arena_free(arena);
    return 0;
}

static const char *as_json(const struct value *v)
{
    struct buf out = BUF_INIT(TEXT_MAX);
    struct json_writer w;
    const char *text;

    json_writer_init(&w, &out);
    json_value(&w, v);
    text = arena_strdup(arena, buf_cstr(&out));
    buf_release(&out);
    return text;
}

static const struct value *scene_of(const struct value *c)
{
    VALUE_EACH (s, scenes)
        if (str_eq(value_str_or(s, "name", ""), value_str_or(c, "scene", "-")))
            return s;
    if (value_get(c, "scene"))
        fail_msg("there is no scene %s", value_cstr_or(c, "scene", ""));
    return NULL;
}

/* ---- a skill being played ---- */

struct play {
    const struct value *of, *scene;
    const char *skill, *kind;
    struct awsfake *fake;
    struct world *world;
    const struct model *m;
};

/* "@ID" in what AWS answers is the mutation. */
static void add_rules(struct play *p, const char *id)
{
    const char *rules = p->scene ? as_json(value_get(p->scene, "rules")) : "[]";
    const char *at = strstr(rules, "@ID");

    if (at)
        rules = arena_printf(arena, "%.*s%s%s", (int)(at - rules), rules, id, at + 3);
    awsfake_add(p->fake, rules);
}

static void on_event(void *self, const struct model *m, const struct event *ev)
{
    struct play *p = self;

    (void)m;
    if (ev->type == EV_MUTATION_STARTED && p->scene &&
        strstr(as_json(value_get(p->scene, "rules")), "@ID"))
        add_rules(p, ev->u.mutation_started.id);
}

static const struct sink_ops play_ops = {.name = "play", .event = on_event};

static const char *change_of(const struct play *p)
{
    return p->scene ? value_cstr_or(p->scene, "change", "") : "";
}

static void script(struct play *p)
{
    const char *bare = *change_of(p) ? strchr(change_of(p), ':') + 1 : "";
    const struct value *answer = p->scene ? value_get(p->scene, "answer") : NULL;

    awsfake_add(p->fake, WHO);
    add_rules(p, "m");
    if (*bare) {
        const char *body = answer ? as_json(answer) : "{}";

        awsfake_add(p->fake, arena_printf(arena, "{\"operation\":\"%s\"%s%.*s}", bare,
                                          answer ? "," : "", (int)strlen(body) - 2, body + 1));
        awsfake_add(p->fake,
                    "{\"service\":\"ec2\",\"match\":\"DryRun=true\",\"status\":412,\"error\":"
                    "\"DryRunOperation\",\"message\":\"would have succeeded\"}");
    }
    if (value_get(p->of, "rules"))
        awsfake_add(p->fake, as_json(value_get(p->of, "rules")));
    if (strcmp(p->kind, "refuse") == 0 && value_get(p->of, "refuse"))
        awsfake_add(p->fake, as_json(value_get(p->of, "refuse")));
    if (strcmp(p->kind, "fail") == 0)
        awsfake_add(p->fake,
                    arena_printf(arena,
                                 "{\"operation\":\"%s\",\"without\":\"DryRun\",\"status\":400,"
                                 "\"error\":\"IncorrectState\",\"message\":\"not now\"}",
                                 bare));
}

static void begin(struct play *p, const struct value *c, const char *kind)
{
    struct err err;

    *p = (struct play){.of = c,
                       .scene = scene_of(c),
                       .skill = value_cstr_or(c, "skill", ""),
                       .kind = kind,
                       .fake = awsfake_open("[]"),
                       .world = world_new()};
    awsfake_env(p->fake);
    script(p);
    p->world->aws = true;
    policy_free(p->world->policy);
    assert_ok(policy_load(STR_LIT("commands: {ssm_documents: [AWS-RestartService]}"), "policy.yaml",
                          &p->world->policy, &err),
              &err);
    world_open(p->world);
    engine_add_sink(p->world->engine, &play_ops, p);
    p->m = engine_model(p->world->engine);
}

static void end(struct play *p)
{
    world_close(p->world);
    world_free(p->world);
    awsfake_close(p->fake);
}

static void start(struct play *p)
{
    const struct skill *s = skills_find(built_in, p->skill);
    const struct value *given =
        value_get(p->of, "params") ? value_get(p->of, "params") : value_get(p->scene, "args");
    const char *words[20];
    struct buf params = BUF_INIT(65536);
    struct procedure_request r = {0};
    struct err err = ERR_INIT;
    const char *run;
    size_t n = 0;

    if (!s || s->broken)
        fail_msg("%s: there is no such skill, or it is broken", p->skill);
    VALUE_EACH (v, given) {
        const char *text = v->type == VALUE_STRING ? arena_str(arena, v->u.string) : as_json(v);

        words[n++] = arena_printf(arena, "%.*s=%s", STR_FMT(v->key), text);
    }
    if (procedure_check(s->procedure, &p->world->env, &err) ||
        procedure_params(s->procedure, words, n, &params, NULL, &err))
        fail_msg("%s: %s", p->skill, err.msg);
    r.procedure = s->procedure;
    r.params = buf_str(&params);
    if (engine_procedure_start(p->world->engine, &r, &run, &err))
        fail_msg("%s: %s", p->skill, err.msg);
    buf_release(&params);
}

static const struct procedure_run *last(struct play *p)
{
    return &p->m->procedures.items[p->m->procedures.count - 1];
}

static const char *waiting(struct play *p)
{
    VEC_EACH (a, &p->m->approvals)
        if (a->state == APPROVAL_WAITING)
            return arena_strdup(arena, a->id);
    return NULL;
}

/* Changes are approved; a question gets the case's answer, or its first one. */
static void until_over(struct play *p)
{
    int64_t until = clock_system()->now_ms(clock_system()) + ACT_DEADLINE_MS;
    const char *answer =
        strcmp(p->kind, "refuse") == 0 ? value_cstr_or(p->of, "answer", "go on") : "go on";
    struct err err = ERR_INIT;

    while (clock_system()->now_ms(clock_system()) < until) {
        if (engine_procedure_busy(p->world->engine) || engine_mutating(p->world->engine))
            loop_turn(p->world->loop, true);
        else if (waiting(p) && strcmp(p->kind, "refuse") == 0)
            fail_msg("%s: it goes on to its change", p->skill);
        else if (waiting(p))
            world_approve(p->world, waiting(p));
        else if (engine_procedure_waits(p->world->engine))
            assert_ok(engine_procedure_answer(p->world->engine, last(p)->at, answer, &err), &err);
        else
            break;
    }
    if (!procedure_is_over(last(p)))
        fail_msg("%s, %s: it is not over: %s", p->skill, p->kind, last(p)->at);
}

static const struct step_run *step(struct play *p, const char *id)
{
    const struct step_run *r = procedure_step_run(last(p), id);

    if (!r)
        fail_msg("%s has no step %s", p->skill, id);
    return r;
}

static void ends(struct play *p, enum procedure_state want)
{
    if (last(p)->state == want)
        return;
    VEC_EACH (s, &last(p)->steps)
        print_message("%s: %s: %s\n", s->id, step_state_name(s->state), s->text);
    fail_msg("%s, %s: it is %s: %s", p->skill, p->kind, procedure_state_name(last(p)->state),
             last(p)->text);
}

static void step_is(struct play *p, const char *id, enum step_state want)
{
    const struct step_run *r = step(p, id);

    if (r->state != want)
        fail_msg("%s, %s: %s is %s, not %s: %s", p->skill, p->kind, id, step_state_name(r->state),
                 step_state_name(want), r->text);
}

static size_t sent(struct play *p)
{
    return awsfake_count(p->fake, change_of(p));
}

/* ---- the tests ---- */

/* The change is done, verified, and can be taken back where its operation can. */
static void test_done(void **state)
{
    (void)state;
    VALUE_EACH (c, cases) {
        struct play p;

        begin(&p, c, "done");
        start(&p);
        until_over(&p);
        ends(&p, PROCEDURE_COMPLETED);
        if (p.scene) {
            const char *act = value_cstr_or(c, "act", "");

            step_is(&p, act, STEP_DONE);
            assert_true(sent(&p) > 0);
            assert_int_equal(world_mutation(p.world, step(&p, act)->mutation)->state,
                             MUTATION_VERIFIED);
        }
        end(&p);
    }
}

/* What it needs is not so: it stops at the step that says why, and nothing was sent. */
static void test_stopped(void **state)
{
    (void)state;
    VALUE_EACH (c, cases) {
        const char *stop = value_cstr_or(c, "stop", "");
        struct play p;

        begin(&p, c, "refuse");
        start(&p);
        until_over(&p);
        ends(&p, PROCEDURE_COMPLETED);
        step_is(&p, stop, STEP_DONE);
        if (strncmp(step(&p, stop)->name, "Stop: ", 6) != 0 && !value_get(c, "answer") && p.scene)
            fail_msg("%s: %s does not say why: %s", p.skill, stop, step(&p, stop)->name);
        if (p.scene) {
            assert_int_equal(sent(&p), 0);
            assert_int_equal(p.m->mutations.count, 0);
        }
        end(&p);
    }
}

/* AWS refuses the change: the run fails, and says what AWS said. */
static void test_refused_by_aws(void **state)
{
    (void)state;
    VALUE_EACH (c, cases) {
        const char *act = value_cstr_or(c, "act", "");
        struct play p;

        if (!value_get(c, "scene"))
            continue;
        begin(&p, c, "fail");
        start(&p);
        until_over(&p);
        ends(&p, PROCEDURE_FAILED);
        step_is(&p, act, STEP_FAILED);
        if (!strstr(step(&p, act)->text, "not now"))
            fail_msg("%s: it says '%s'", p.skill, step(&p, act)->text);
        assert_string_equal(last(&p)->failed, act);
        end(&p);
    }
}

/* Each skill about AWS is played, and each reads before it changes; one that has no scene changes
 * nothing. */
static void test_all_are_played(void **state)
{
    size_t n = 0;

    (void)state;
    for (size_t i = 0; i < skills_count(built_in); i++) {
        const struct skill *s = skills_at(built_in, i);
        bool played = false, scene = false;

        if (!skill_has_tag(s, "aws"))
            continue;
        VALUE_EACH (c, cases)
            if (str_eq_c(value_str_or(c, "skill", ""), s->id)) {
                played = true;
                scene = scene || value_get(c, "scene");
            }
        if (!played)
            fail_msg("%s is not played: add it to tests/cases/aws_skills.json", s->id);
        assert_int_equal(s->mutates, scene);
        n++;
    }
    assert_true(n >= 16);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_are_played),
        cmocka_unit_test(test_done),
        cmocka_unit_test(test_stopped),
        cmocka_unit_test(test_refused_by_aws),
    };

    return cmocka_run_group_tests(tests, begin_all, end_all);
}
