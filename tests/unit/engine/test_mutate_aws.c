/* test_mutate_aws.c - every row that changes something in AWS, against scripted answers: a dry run
 * and an unanswered request send no change, an approved one is sent once, read back and undone;
 * what is not reached is rolled back where the row says so; an answer that got lost, or a kill -9
 * behind the call, ends as unknown and is found out by reading, and nothing is sent again. The
 * scenes are aws_scenes.json: what is read changes when the change was asked for and answered well.
 * R-39 R-40 R-58 R-62 C-08 A-09 A-10 A-11 A-17 */
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runbook/base/file.h"
#include "runbook/base/map.h"
#include "runbook/base/path.h"
#include "runbook/codec/json.h"
#include "runbook/model/approval.h"
#include "runbook/policy/risk.h"
#include "runbook/service/aws/catalogue.h"
#include "tests/lib/act_run.h"
#include "tests/lib/awsfake.h"

#define TEXT_MAX ((size_t)4 << 20)
#define WHO                                                                                        \
    "{\"service\":\"sts\",\"json\":{\"Arn\":\"arn:aws:iam::123456789012:user/ann\",\"UserId\":"    \
    "\"AIDA\",\"Account\":\"123456789012\"}}"

struct scene {
    const char *name, *operation, *args;
    const char *change; /* "ec2:StopInstances": what it sends */
    const char *rules;  /* of awsfake; without those of the change itself; "@ID" is the mutation */
    const char *answer; /* members of the rule that answers the change */
    const char *undo;   /* what its undo sends; "": it cannot be undone */
    const char *undone; /* rules from the start of the undo on, where `rules` do not tell */
    const char *stuck;  /* rules from its start on when it is not reached; "": not played */
    const char *wire;   /* what the change's request holds */
    const char *back;   /* what the request holds that rolls it back */
    bool trial;         /* AWS is asked first whether it would */
    bool blind;         /* when its answer got lost nothing can be read of it */
    bool token;         /* it may be repeated after throttling */
    bool rolls_back;
    const char *before, *after; /* words of the plan */
};

static struct scene scenes[64];
static size_t scene_count;
static struct arena *scene_arena;
static struct map *used; /* of all scenes: "aws.ec2.stop ec2:StopInstances" */

static const char *as_json(const struct value *v)
{
    struct buf out = BUF_INIT(TEXT_MAX);
    struct json_writer w;
    const char *text;

    if (!v)
        return "";
    json_writer_init(&w, &out);
    json_value(&w, v);
    text = arena_strdup(scene_arena, buf_cstr(&out));
    buf_release(&out);
    return text;
}

static int load_scenes(void **state)
{
    const char *top = getenv("RB_SRCDIR");
    char *path = path_join(top ? top : ".", "tests/unit/engine/aws_scenes.json");
    struct buf text = BUF_INIT(TEXT_MAX);
    const struct value *all;
    struct err err = ERR_INIT;

    (void)state;
    scene_arena = arena_new(0);
    used = map_new();
    assert_ok(file_read(path, &text, &err), &err);
    assert_ok(json_parse(scene_arena, str_from(arena_str(scene_arena, buf_str(&text))), &all, &err),
              &err);
    VALUE_EACH (v, all) {
        const char *only = getenv("RB_SCENE"); /* of one, by hand */
        struct scene *s = &scenes[scene_count++];

        if (only && strcmp(only, value_cstr_or(v, "name", "")) != 0) {
            scene_count--;
            continue;
        }

        assert_true(scene_count < sizeof(scenes) / sizeof(scenes[0]));
        *s = (struct scene){.name = value_cstr_or(v, "name", ""),
                            .operation = value_cstr_or(v, "operation", ""),
                            .args = as_json(value_get(v, "args")),
                            .change = value_cstr_or(v, "change", ""),
                            .rules = as_json(value_get(v, "rules")),
                            .answer = as_json(value_get(v, "answer")),
                            .undo = value_cstr_or(v, "undo", ""),
                            .undone = as_json(value_get(v, "undone")),
                            .stuck = as_json(value_get(v, "stuck")),
                            .wire = value_cstr_or(v, "wire", ""),
                            .back = value_cstr_or(v, "back", ""),
                            .trial = value_bool_or(v, "trial", false),
                            .blind = value_bool_or(v, "blind", false),
                            .token = value_bool_or(v, "token", false),
                            .rolls_back = value_bool_or(v, "rolls_back", false),
                            .before = value_cstr_or(v, "before", ""),
                            .after = value_cstr_or(v, "after", "")};
    }
    buf_release(&text);
    free(path);
    return 0;
}

static int free_scenes(void **state)
{
    (void)state;
    arena_free(scene_arena);
    map_free(used);
    return 0;
}

#define EACH_SCENE(s) for (const struct scene *s = scenes; s < scenes + scene_count; s++)

static const char *bare_name(const char *change)
{
    return strchr(change, ':') + 1;
}

/* ---- a scene being played ---- */

struct play {
    const struct scene *scene;
    struct awsfake *fake;
    struct world *world;
    bool stuck; /* what was to be reached is not */
};

static void add_rules(struct play *p, const char *rules, const char *id)
{
    char *text = xstrdup(rules), *at = strstr(text, "@ID");

    if (at) {
        char *with = xasprintf("%.*s%s%s", (int)(at - text), text, id, at + 3);

        free(text);
        text = with;
    }
    awsfake_add(p->fake, text);
    free(text);
}

/* AWS goes on from there on; and of what is stuck the time is over at once. */
static void on_event(void *self, const struct model *m, const struct event *ev)
{
    struct play *p = self;
    const struct scene *s = p->scene;
    const struct mutation *mu;

    if (ev->type == EV_MUTATION_ENDED && p->stuck &&
        strcmp(ev->u.mutation_ended.what, "execute") == 0)
        p->world->clock.now_by += 7200000;
    if (ev->type != EV_MUTATION_STARTED)
        return;
    mu = model_mutation(m, ev->u.mutation_started.id);
    if (*mu->undo || strcmp(ev->u.mutation_started.what, "rollback") == 0)
        add_rules(p, *s->undone ? s->undone : s->rules, mu->id);
    else if (p->stuck)
        add_rules(p, s->stuck, mu->id);
    else if (strstr(s->rules, "@ID"))
        add_rules(p, s->rules, mu->id);
}

static const struct sink_ops play_ops = {.name = "play", .event = on_event};

/* The rule that answers the change: a trial is answered as AWS answers one that would do. */
static void script(struct play *p, const char *more)
{
    const struct scene *s = p->scene;
    char rule[8192];

    awsfake_add(p->fake, WHO);
    if (*s->undo) {
        snprintf(rule, sizeof(rule), "{\"operation\":\"%s\"}", bare_name(s->undo));
        awsfake_add(p->fake, rule);
    }
    awsfake_add(p->fake, s->rules);
    snprintf(rule, sizeof(rule), "{\"operation\":\"%s\"%s%.*s%s}", bare_name(s->change),
             *s->answer ? "," : "", *s->answer ? (int)strlen(s->answer) - 2 : 0,
             s->answer + !!*s->answer, more);
    awsfake_add(p->fake, rule);
    awsfake_add(p->fake, "[{\"service\":\"ec2\",\"match\":\"DryRun=true\",\"status\":412,\"error\":"
                         "\"DryRunOperation\",\"message\":\"would have succeeded\"},"
                         "{\"service\":\"lambda\",\"operation\":\"Invoke\",\"without\":\"x\","
                         "\"status\":204,\"body\":\"\"}]");
}

static void open_world(struct play *p)
{
    struct err err;

    p->world = world_new();
    p->world->aws = true;
    policy_free(p->world->policy);
    assert_ok(policy_load(STR_LIT("limits: {mutations: 500, mutations_per_resource: 500, cooldown: "
                                  "0s}\ncommands: {ssm_documents: [AWS-RestartService]}"),
                          "policy.yaml", &p->world->policy, &err),
              &err);
}

static void begin(struct play *p, const struct scene *s, const char *more)
{
    *p = (struct play){.scene = s, .fake = awsfake_open("[]")};
    awsfake_env(p->fake);
    script(p, more);
    open_world(p);
    world_open(p->world);
    engine_add_sink(p->world->engine, &play_ops, p);
}

/* All that a scene sent, for test_all_used. */
static void note_all(struct play *p)
{
    struct buf log = BUF_INIT((size_t)1 << 20);
    struct str rest, line, service, operation;

    awsfake_log(p->fake, &log);
    rest = buf_str(&log);
    while (str_line(&rest, &line) && line.len) {
        char name[300];

        str_split(&line, ' ', &service);
        str_split(&line, ' ', &operation);
        snprintf(name, sizeof(name), "%s %.*s:%.*s", p->scene->operation, STR_FMT(service),
                 STR_FMT(operation));
        map_set_c(used, name, &used);
    }
    buf_release(&log);
}

static void end(struct play *p)
{
    world_close(p->world);
    world_free(p->world);
    note_all(p);
    awsfake_close(p->fake);
}

static const char *propose(struct play *p, bool dry)
{
    struct err err = ERR_INIT;
    const char *id = world_propose(p->world, p->scene->operation, p->scene->args, dry, &err);

    if (!id)
        fail_msg("%s: %s", p->scene->name, err.msg);
    return id;
}

static void has(const struct scene *s, const char *what, const char *text, const char *words)
{
    if (!strstr(text, words))
        fail_msg("%s: %s says '%s', not '%s'", s->name, what, text, words);
}

static void is_state(struct play *p, const char *id, enum mutation_state want)
{
    const struct mutation *mu = world_mutation(p->world, id);

    if (mu->state != want)
        fail_msg("%s: ended as %s: %s %s", p->scene->name, mutation_state_name(mu->state), mu->text,
                 mu->back_text);
}

/* How often the change went out, trials among them. */
static void sent(struct play *p, size_t want)
{
    size_t n = awsfake_count(p->fake, p->scene->change);

    if (n != want)
        fail_msg("%s: %s was sent %zu times, not %zu", p->scene->name, p->scene->change, n, want);
}

static size_t once(const struct scene *s)
{
    return s->trial ? 2 : 1;
}

static void wire_has(struct play *p, const char *words)
{
    struct buf log = BUF_INIT(TEXT_MAX);

    awsfake_log(p->fake, &log);
    has(p->scene, "the wire", buf_cstr(&log), words);
    buf_release(&log);
}

/* The row that a definition names for a change says that it makes it. */
static void used_by(const struct aws_service *s, const struct aws_list *l, struct str act)
{
    char name[100], use[200];
    const struct act_def *d;
    bool found = false;

    snprintf(name, sizeof(name), "%.*s", STR_FMT(act));
    snprintf(use, sizeof(use), "%.*s:%.*s", STR_FMT(s->id), STR_FMT(l->name));
    d = act_find(name);
    if (!d)
        fail_msg("%s: there is no operation %s", use, name);
    for (const char *const *u = act_uses(d); *u; u++)
        found = found || strcmp(*u, use) == 0;
    if (!found)
        fail_msg("%s does not say that it changes %s", name, use);
}

/* What went over the wire stands in the row, or in that of its undo. A-17 */
static void only_uses(struct play *p, const char *undo)
{
    struct buf log = BUF_INIT((size_t)1 << 20);
    const struct act_def *defs[2] = {act_find(p->scene->operation), *undo ? act_find(undo) : NULL};
    struct str rest, line, service, operation;

    awsfake_log(p->fake, &log);
    rest = buf_str(&log);
    while (str_line(&rest, &line) && line.len) {
        char use[200];
        bool found = false;

        str_split(&line, ' ', &service);
        str_split(&line, ' ', &operation);
        snprintf(use, sizeof(use), "%.*s:%.*s", STR_FMT(service), STR_FMT(operation));
        for (size_t i = 0; i < 2; i++)
            for (const char *const *u = defs[i] ? act_uses(defs[i]) : NULL; u && *u; u++)
                found = found || strcmp(*u, use) == 0;
        if (!found)
            fail_msg("%s sent %s, and does not say so", p->scene->operation, use);
    }
    buf_release(&log);
}

/* And what a row says it uses was sent in some scene of it. A-17 */
static void test_all_used(void **state)
{
    unsigned unused = 0;

    (void)state;
    for (const struct act_def *const *d = act_table(); *d; d++) {
        for (const char *const *u = act_uses(*d); u && *u; u++) {
            char name[300];

            snprintf(name, sizeof(name), "%s %s", act_name(*d), *u);
            if (map_get_c(used, name))
                continue;
            printf("# %s: named, and never sent\n", name);
            unused++;
        }
    }
    assert_int_equal(unused, 0);
}

/* ---- the tests ---- */

/* R-39 C-08 */
static void test_dry_and_unanswered(void **state)
{
    (void)state;
    EACH_SCENE(s)
    {
        struct play p;
        const struct approval *a;
        const struct mutation *mu;
        const char *id;

        begin(&p, s, "");
        id = propose(&p, true);
        mu = world_mutation(p.world, id);
        is_state(&p, id, MUTATION_DRY_RUN);
        assert_int_equal(mu->calls.count, once(s));
        has(s, "the call", mu->calls.items[0], bare_name(s->change));
        sent(&p, 0);
        id = propose(&p, false);
        a = model_approval(engine_model(p.world->engine), id);
        if (!a)
            fail_msg("%s: nobody is asked: %s", s->name, world_mutation(p.world, id)->text);
        assert_int_equal(a->state, APPROVAL_WAITING);
        has(s, "before", a->before, s->before);
        has(s, "after", a->after, s->after);
        has(s, "the account", a->account, "AWS account 123456789012");
        assert_true(*a->effect && *a->blast && *a->cost && *a->watch);
        sent(&p, 0);
        end(&p);
    }
}

static void undone(struct play *p, const char *id)
{
    struct err err = ERR_INIT;
    const char *back;

    if (!*p->scene->undo) {
        assert_int_equal(engine_undo(p->world->engine, id, &back, &err), ERR_INPUT);
        return;
    }
    assert_ok(engine_undo(p->world->engine, id, &back, &err), &err);
    world_settle(p->world);
    world_approve(p->world, back);
    is_state(p, back, MUTATION_VERIFIED);
    assert_true(awsfake_count(p->fake, p->scene->undo) > 0);
    assert_string_equal(world_mutation(p->world, id)->undone_by, back);
}

static void test_done_and_undone(void **state)
{
    (void)state;
    EACH_SCENE(s)
    {
        struct play p;
        const char *id;

        begin(&p, s, "");
        id = propose(&p, false);
        world_approve(p.world, id);
        is_state(&p, id, MUTATION_VERIFIED);
        sent(&p, once(s));
        wire_has(&p, s->wire);
        undone(&p, id);
        only_uses(&p, world_mutation(p.world, id)->rollback_operation);
        end(&p);
    }
}

/* It is answered well, and what was to be reached is not: by itself back to what was. */
static void test_rolled_back(void **state)
{
    size_t played = 0;

    (void)state;
    EACH_SCENE(s)
    {
        struct play p;
        const char *id;

        if (!*s->stuck) {
            assert_false(s->rolls_back);
            continue;
        }
        begin(&p, s, "");
        p.stuck = true;
        id = propose(&p, false);
        assert_true(world_mutation(p.world, id)->rolls_back);
        world_approve(p.world, id);
        is_state(&p, id, MUTATION_ROLLED_BACK);
        wire_has(&p, s->back);
        end(&p);
        played++;
    }
    assert_true(played >= 8);
}

/* AWS refuses it: nothing was done, and nothing is taken back. */
static void test_refused(void **state)
{
    (void)state;
    EACH_SCENE(s)
    {
        struct play p;
        char more[200];
        const char *id;

        begin(&p, s, "");
        snprintf(more, sizeof(more),
                 "{\"operation\":\"%s\",\"without\":\"DryRun\",\"status\":400,\"error\":"
                 "\"IncorrectState\",\"message\":\"not now\"}",
                 bare_name(s->change));
        awsfake_add(p.fake, more);
        id = propose(&p, false);
        world_approve(p.world, id);
        is_state(&p, id, MUTATION_FAILED);
        has(s, "the end", world_mutation(p.world, id)->text, "IncorrectState: not now");
        assert_true(awsfake_count(p.fake, s->change) <= once(s));
        end(&p);
    }
}

/* Throttled, surely nothing was done: only what bears a token is sent again. */
static void test_throttled(void **state)
{
    (void)state;
    EACH_SCENE(s)
    {
        struct play p;
        char more[200];
        const char *id;

        if (s->trial)
            continue;
        begin(&p, s, "");
        snprintf(more, sizeof(more),
                 "{\"operation\":\"%s\",\"times\":1,\"status\":400,\"error\":\"Throttling\"}",
                 bare_name(s->change));
        awsfake_add(p.fake, more);
        id = propose(&p, false);
        world_approve(p.world, id);
        is_state(&p, id, s->token ? MUTATION_VERIFIED : MUTATION_FAILED);
        assert_int_equal(p.world->unknowns, 0);
        sent(&p, s->token ? 2 : 1);
        end(&p);
    }
}

/* The connection ends behind the request: done or not, reading says it, and it is not sent again.
 */
static void lost(const struct scene *s, bool done)
{
    struct play p;
    const char *id;

    begin(&p, s, done ? ",\"cut\":true" : ",\"cut\":true,\"status\":500");
    id = propose(&p, false);
    p.world->jump = !done || s->blind; /* its time is over at the first look */
    world_approve(p.world, id);
    is_state(&p, id, done && !s->blind ? MUTATION_VERIFIED : MUTATION_FAILED);
    assert_int_equal(p.world->unknowns, 1);
    sent(&p, once(s));
    end(&p);
}

static void test_answer_lost(void **state)
{
    (void)state;
    EACH_SCENE(s)
    {
        lost(s, true);
        lost(s, false);
    }
}

/* A service that failed may have done it. */
static void test_server_failed(void **state)
{
    struct play p;
    const char *id;

    (void)state;
    begin(&p, &scenes[1], ",\"status\":500,\"error\":\"InternalError\"");
    id = propose(&p, false);
    p.world->jump = true;
    world_approve(p.world, id);
    is_state(&p, id, MUTATION_FAILED);
    assert_int_equal(p.world->unknowns, 1);
    sent(&p, 2);
    end(&p);
}

/* ---- kill -9 ---- */

static _Noreturn void run_child(struct play *p, enum event_type at)
{
    const char *id;

    world_open(p->world);
    engine_add_sink(p->world->engine, &play_ops, p);
    id = propose(p, false);
    p->world->kill_at = at;
    p->world->kill_left = 1;
    world_approve(p->world, id);
    _exit(9);
}

static void killed(const struct scene *s, enum event_type at, size_t calls,
                   enum mutation_state want)
{
    struct play p = {.scene = s, .fake = awsfake_open("[]")};
    char *session;
    int status;
    pid_t pid;

    awsfake_env(p.fake);
    script(&p, at == EV_MUTATION_UNKNOWN ? ",\"cut\":true" : "");
    open_world(&p);
    pid = fork();
    if (pid == 0)
        run_child(&p, at);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    sent(&p, calls);
    session = world_unfinished(p.world);
    assert_non_null(session);
    p.world->jump = want == MUTATION_FAILED;
    world_resume(p.world, session);
    is_state(&p, engine_model(p.world->engine)->mutations.items[0].id, want);
    sent(&p, calls);
    free(session);
    end(&p);
}

/* In front of the call, behind its request, and behind its answer. R-58 */
static void test_killed(void **state)
{
    (void)state;
    for (size_t i = 0; i < 7; i += 5) { /* an instance is started; a service is scaled */
        const struct scene *s = &scenes[i];

        killed(s, EV_MUTATION_STARTED, 0, MUTATION_FAILED);
        killed(s, EV_MUTATION_UNKNOWN, once(s), MUTATION_VERIFIED);
        killed(s, EV_MUTATION_ENDED, once(s), MUTATION_VERIFIED);
    }
}

/* ---- what one row does ---- */

static const struct scene *scene_of(const char *operation)
{
    EACH_SCENE(s)
    if (strcmp(s->operation, operation) == 0)
        return s;
    fail_msg("no scene of %s", operation);
    return NULL;
}

/* AWS's own dry run says no: the change itself is not sent. */
static void test_trial_refused(void **state)
{
    struct play p;
    const char *id;

    (void)state;
    begin(&p, scene_of("aws.ec2.stop"), "");
    awsfake_add(p.fake, "{\"service\":\"ec2\",\"match\":\"DryRun=true\",\"status\":403,\"error\":"
                        "\"UnauthorizedOperation\",\"message\":\"no\"}");
    id = propose(&p, false);
    world_approve(p.world, id);
    is_state(&p, id, MUTATION_FAILED);
    has(p.scene, "the end", world_mutation(p.world, id)->text, "UnauthorizedOperation");
    sent(&p, 1);
    end(&p);
}

static void refused_with(struct play *p, const char *operation, const char *args, const char *words)
{
    struct err err = ERR_INIT;
    const char *id = world_propose(p->world, operation, args, false, &err);
    const char *text = id ? world_mutation(p->world, id)->text : err.msg;

    if (id)
        is_state(p, id, MUTATION_REFUSED);
    has(p->scene, operation, text, words);
}

/* no region, or none that is one; of several accounts none; keys of another account. */
static void test_places(void **state)
{
    struct aws_credentials_options keys = {.profile = NULL};
    struct play p;

    (void)state;
    begin(&p, scene_of("aws.ec2.stop"), "");
    refused_with(&p, "aws.ec2.stop", "{\"instance\":\"i-0123456789abcdef0\"}",
                 "'region' is missing");
    refused_with(&p, "aws.ec2.stop",
                 "{\"instance\":\"i-0123456789abcdef0\",\"region\":\"evil.example/\"}",
                 "is no region");
    refused_with(&p, "aws.ec2.stop", "{\"instance\":\"i-1; x\",\"region\":\"eu-west-1\"}",
                 "is no id of an instance");
    assert_int_equal(awsfake_count(p.fake, NULL), 0);
    refused_with(&p, "aws.ec2.stop",
                 "{\"instance\":\"i-0123456789abcdef0\",\"region\":\"eu-west-1\",\"account\":"
                 "\"111111111111\"}",
                 "belong to 123456789012, not to 111111111111");
    sent(&p, 0);
    aws_estate_add(p.world->env.aws, &(struct aws_account_options){
                                         .name = "prod", .number = "999999999999", .keys = &keys});
    refused_with(&p, "aws.ec2.stop", p.scene->args, "which account? account= one of default, prod");
    refused_with(&p, "aws.ec2.stop",
                 "{\"instance\":\"i-0123456789abcdef0\",\"region\":\"eu-west-1\",\"account\":"
                 "\"prod\"}",
                 "belong to 123456789012, not to 999999999999");
    sent(&p, 0);
    end(&p);
}

/* What the row itself refuses, before anybody is asked. */
static void test_row_refusals(void **state)
{
    struct play p;

    (void)state;
    begin(&p, scene_of("aws.ssm.run"), "");
    refused_with(
        &p, "aws.ssm.run",
        "{\"instance\":\"i-1\",\"document\":\"AWS-RunShellScript\",\"region\":\"eu-west-1\"}",
        "is not allowed: policy.yaml");
    assert_int_equal(awsfake_count(p.fake, NULL), 0);
    end(&p);
    begin(&p, scene_of("aws.s3.public-access-block"), "");
    awsfake_add(p.fake, "{\"operation\":\"GetPublicAccessBlock\",\"json\":{\"BlockPublicPolicy\":"
                        "\"true\"}}");
    refused_with(&p, "aws.s3.public-access-block",
                 "{\"bucket\":\"reports\",\"block_policy\":false,\"region\":\"eu-west-1\"}",
                 "it would open the bucket");
    sent(&p, 0);
    end(&p);
    begin(&p, scene_of("aws.rds.public-access"), "");
    awsfake_add(p.fake, "{\"operation\":\"DescribeDBInstances\",\"json\":{\"DBInstances\":{"
                        "\"DBInstance\":{\"DBInstanceStatus\":\"available\","
                        "\"PubliclyAccessible\":\"false\"}}}}");
    refused_with(&p, "aws.rds.public-access",
                 "{\"instance\":\"orders\",\"public\":true,\"region\":\"eu-west-1\"}",
                 "it would be opened");
    refused_with(&p, "aws.rds.snapshot-sharing", "{\"region\":\"eu-west-1\"}",
                 "name the snapshot, or the cluster_snapshot");
    sent(&p, 0);
    end(&p);
    begin(&p, scene_of("aws.autoscaling.capacity"), "");
    refused_with(&p, "aws.autoscaling.capacity",
                 "{\"group\":\"web\",\"desired\":10,\"region\":\"eu-west-1\"}",
                 "10 is not within the group's limits, 1 to 9");
    end(&p);
}

/* Its state changed between the question and the answer: nothing is sent. */
static void test_changed_meanwhile(void **state)
{
    struct play p;
    const char *id;

    (void)state;
    begin(&p, scene_of("aws.route53.weight"), "");
    id = propose(&p, false);
    awsfake_add(p.fake, p.scene->stuck);
    world_approve(p.world, id);
    is_state(&p, id, MUTATION_REFUSED);
    has(p.scene, "the end", world_mutation(p.world, id)->text, "changed after it was shown");
    sent(&p, 0);
    end(&p);
}

/* Values of a function's environment go to AWS, and nowhere else. */
static void test_secret(void **state)
{
    struct buf log = BUF_INIT(TEXT_MAX), out = BUF_INIT(TEXT_MAX);
    const struct mutation *mu;
    struct play p;
    const char *id;
    struct err err;

    (void)state;
    setenv("RB_NEW_VALUE", "s3cr3t-of-today", 1);
    begin(&p, scene_of("aws.lambda.configure"), "");
    id = world_propose(p.world, "aws.lambda.configure",
                       "{\"function\":\"pay\",\"variable\":\"TOKEN\",\"value_from\":"
                       "\"RB_NEW_VALUE\",\"region\":\"eu-west-1\"}",
                       false, &err);
    assert_non_null(id);
    awsfake_add(p.fake,
                "{\"operation\":\"GetFunctionConfiguration\",\"after\":\"lambda:"
                "UpdateFunctionConfiguration\",\"json\":{\"MemorySize\":128,\"Timeout\":3,"
                "\"RevisionId\":\"r2\",\"Environment\":{\"Variables\":{\"TOKEN\":\"x\"}}}}");
    world_approve(p.world, id);
    is_state(&p, id, MUTATION_VERIFIED);
    awsfake_log(p.fake, &log);
    assert_non_null(strstr(buf_cstr(&log), "s3cr3t-of-today"));
    assert_non_null(strstr(buf_cstr(&log), "hunter2hunter2")); /* AWS replaces all of them */
    mu = world_mutation(p.world, id);
    mutation_json(engine_model(p.world->engine), mu, &out);
    assert_null(strstr(buf_cstr(&out), "s3cr3t-of-today"));
    assert_null(strstr(buf_cstr(&out), "hunter2hunter2"));
    assert_int_equal(world_sh("! grep -rqE 's3cr3t-of-today|hunter2hunter2' '%s'", p.world->state),
                     0);
    end(&p);
    buf_release(&log);
    buf_release(&out);
}

/* Tags and what a row knows raise the risk; without them it is what the table says. R-57 */
static void test_risk(void **state)
{
    static const struct {
        const char *operation, *more, *args;
        enum approval_risk risk;
    } cases[] = {
        {"aws.ec2.start", NULL, NULL, APPROVAL_MEDIUM},
        {"aws.ec2.start",
         "{\"operation\":\"DescribeInstances\",\"json\":{\"reservationSet\":{\"item\":{"
         "\"instancesSet\":{\"item\":{\"instanceState\":{\"name\":\"stopped\"},\"tagSet\":{"
         "\"item\":{"
         "\"key\":\"env\",\"value\":\"prod\"}}}}}}}}",
         NULL, APPROVAL_HIGH},
        {"aws.ecs.scale", NULL, NULL, APPROVAL_MEDIUM},
        {"aws.ecs.scale", NULL,
         "{\"cluster\":\"main\",\"service\":\"orders\",\"desired\":2,\"region\":\"eu-west-1\"}",
         APPROVAL_HIGH},
        {"aws.lambda.concurrency", NULL, NULL, APPROVAL_MEDIUM},
        {"aws.lambda.concurrency", NULL,
         "{\"function\":\"pay\",\"reserved\":0,\"region\":\"eu-west-1\"}", APPROVAL_HIGH},
        {"aws.dynamodb.capacity", NULL, NULL, APPROVAL_MEDIUM},
        {"aws.dynamodb.capacity", NULL,
         "{\"table\":\"carts\",\"read\":9,\"write\":5,\"region\":\"eu-west-1\"}", APPROVAL_HIGH},
        {"aws.autoscaling.capacity", NULL, NULL, APPROVAL_MEDIUM},
        {"aws.autoscaling.capacity", NULL,
         "{\"group\":\"web\",\"desired\":1,\"region\":\"eu-west-1\"}", APPROVAL_HIGH},
        {"aws.rds.failover", NULL, NULL, APPROVAL_HIGH}, /* */
        {"aws.ec2.terminate", NULL, NULL, APPROVAL_CRITICAL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct play p;
        const struct mutation *mu;
        const char *id;
        struct err err = ERR_INIT;

        begin(&p, scene_of(cases[i].operation), "");
        if (cases[i].more)
            awsfake_add(p.fake, cases[i].more);
        id = world_propose(p.world, cases[i].operation,
                           cases[i].args ? cases[i].args : p.scene->args, false, &err);
        assert_non_null(id);
        mu = world_mutation(p.world, id);
        if (mu->risk != cases[i].risk)
            fail_msg("%s (%zu): risk %d, not %d: %s", cases[i].operation, i, (int)mu->risk,
                     (int)cases[i].risk, mu->text);
        end(&p);
    }
}

/* A command line of the AWS client becomes the row that does the same, or none. */
static void test_from_command(void **state)
{
    static const struct {
        const char *command, *line; /* "": none */
    } cases[] = {
        {"aws ec2 stop-instances --instance-ids i-0abc12345 --region eu-west-1",
         "aws.ec2.stop instance=i-0abc12345 region=eu-west-1"},
        {"aws ec2 stop-instances --region eu-west-1 --instance-ids i-0abc12345",
         "aws.ec2.stop instance=i-0abc12345 region=eu-west-1"},
        {"aws ecs update-service --cluster main --service a --desired-count 4 --region eu-west-1",
         "aws.ecs.scale cluster=main service=a desired=4 region=eu-west-1"},
        {"aws ecs update-service --cluster main --service a --force-new-deployment --region "
         "eu-west-1",
         "aws.ecs.redeploy cluster=main service=a region=eu-west-1"},
        {"aws rds reboot-db-instance --db-instance-identifier d --force-failover --region r-1",
         "aws.rds.reboot instance=d failover=true region=r-1"},
        {"aws ec2 revoke-security-group-ingress --group-id sg-1 --protocol tcp --port 22 --cidr "
         "0.0.0.0/0 --region eu-west-1",
         "aws.ec2.revoke-rule group=sg-1 protocol=tcp from=22 source=0.0.0.0/0 region=eu-west-1"},
        {"aws ec2 stop-instances --instance-ids i-0abc12345", ""}, /* */
        {"aws ec2 stop-instances --instance-ids i-1 i-2 --region eu-west-1", ""},
        {"aws ec2 stop-instances --instance-ids i-1 --force --region eu-west-1", ""},
        {"aws ec2 stop-instances --instance-ids i-1 --region eu-west-1 --endpoint-url x", ""},
        {"aws ec2 stop-instances --instance-ids --region eu-west-1", ""},
        {"aws ec2 stop-instances --instance-ids $(id) --region eu-west-1", ""},
        {"aws ecs update-service --service a --desired-count 4 --region eu-west-1", ""},
        {"aws ec2 describe-instances --region eu-west-1", ""},
        {"aws ec2", ""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct buf out = BUF_INIT(4096), args = BUF_INIT(4096);
        const struct act_def *d;
        struct err err;

        assert_int_equal(act_from_command(cases[i].command, "local", &out), *cases[i].line != 0);
        assert_string_equal(buf_cstr(&out), cases[i].line);
        if (*cases[i].line)
            assert_ok(act_parse_line(buf_cstr(&out), &d, &args, &err), &err);
        buf_release(&args);
        buf_release(&out);
    }
}

/* Each row has a scene, names what it sends, and every change of a definition is somebody's. */
static void test_rows(void **state)
{
    struct aws_catalogue *c = aws_catalogue_new(NULL, 0);

    (void)state;
    for (const struct act_def *const *d = act_table(); *d; d++) {
        if (strncmp(act_name(*d), "aws.", 4) != 0)
            continue;
        assert_non_null(scene_of(act_name(*d)));
        assert_non_null(act_uses(*d));
    }
    for (size_t i = 0; i < aws_catalogue_count(c); i++) {
        const struct aws_service *s = NULL;
        struct err err = ERR_INIT;

        assert_ok(aws_catalogue_get(c, str_from(aws_catalogue_entry(c, i)->id), &s, &err), &err);
        for (size_t k = 0; k < s->change_count; k++)
            for (size_t n = 0; n < s->changes[k].act_count; n++)
                used_by(s, &s->changes[k], s->changes[k].acts[n]);
    }
    aws_catalogue_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dry_and_unanswered),
        cmocka_unit_test(test_done_and_undone),
        cmocka_unit_test(test_rolled_back),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_throttled),
        cmocka_unit_test(test_answer_lost),
        cmocka_unit_test(test_server_failed),
        cmocka_unit_test(test_killed),
        cmocka_unit_test(test_trial_refused),
        cmocka_unit_test(test_places),
        cmocka_unit_test(test_row_refusals),
        cmocka_unit_test(test_changed_meanwhile),
        cmocka_unit_test(test_secret),
        cmocka_unit_test(test_risk),
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_from_command),
        cmocka_unit_test(test_all_used),
    };

    return cmocka_run_group_tests(tests, load_scenes, free_scenes);
}
