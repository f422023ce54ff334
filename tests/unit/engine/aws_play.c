/* aws_play.c - see aws_play.h. */
#include "tests/unit/engine/aws_play.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runbook/base/file.h"
#include "runbook/base/map.h"
#include "runbook/base/path.h"
#include "runbook/codec/json.h"

#define WHO                                                                                        \
    "{\"service\":\"sts\",\"json\":{\"Arn\":\"arn:aws:iam::123456789012:user/ann\",\"UserId\":"    \
    "\"AIDA\",\"Account\":\"123456789012\"}}"

struct scene play_scenes[64];
size_t play_scene_count;
static struct arena *scene_arena;
static struct map *used; /* of all play_scenes: "aws.ec2.stop ec2:StopInstances" */

static const char *as_json(const struct value *v)
{
    struct buf out = BUF_INIT(PLAY_TEXT_MAX);
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

int play_load(void **state)
{
    const char *top = getenv("RB_SRCDIR");
    char *path = path_join(top ? top : ".", "tests/unit/engine/aws_scenes.json");
    struct buf text = BUF_INIT(PLAY_TEXT_MAX);
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
        struct scene *s = &play_scenes[play_scene_count++];

        if (only && strcmp(only, value_cstr_or(v, "name", "")) != 0) {
            play_scene_count--;
            continue;
        }

        assert_true(play_scene_count < sizeof(play_scenes) / sizeof(play_scenes[0]));
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
                            .slow = value_bool_or(v, "slow", false),
                            .token = value_bool_or(v, "token", false),
                            .rolls_back = value_bool_or(v, "rolls_back", false),
                            .stays = value_cstr_or(v, "stays", ""),
                            .before = value_cstr_or(v, "before", ""),
                            .after = value_cstr_or(v, "after", "")};
    }
    buf_release(&text);
    free(path);
    return 0;
}

int play_free(void **state)
{
    (void)state;
    arena_free(scene_arena);
    map_free(used);
    return 0;
}

const char *play_bare(const char *change)
{
    return strchr(change, ':') + 1;
}

void play_rules(struct play *p, const char *rules, const char *id)
{
    char *text = xstrdup(rules), *at;

    while ((at = strstr(text, "@ID")) != NULL) {
        char *with = xasprintf("%.*s%s%s", (int)(at - text), text, id, at + 3);

        free(text);
        text = with;
    }
    awsfake_add(p->fake, text);
    free(text);
}

/* It was seen once, and is looked at again: so much later that it has stayed. */
static void stayed(void *ctx)
{
    struct play *p = ctx;

    if (awsfake_count(p->fake, p->scene->stays) < p->looks + 2)
        return;
    p->world->clock.now_by += 300000;
    p->world->turned = NULL;
}

static void wait_until_it_stayed(struct play *p)
{
    p->looks = awsfake_count(p->fake, p->scene->stays);
    p->world->turned = stayed;
    p->world->turned_ctx = p;
}

/* AWS goes on from there on; and of what is stuck the time is over at once. */
static void on_event(void *self, const struct model *m, const struct event *ev)
{
    struct play *p = self;
    const struct scene *s = p->scene;
    const struct mutation *mu;

    if (ev->type == EV_MUTATION_ENDED && (p->stuck || p->late) &&
        strcmp(ev->u.mutation_ended.what, "execute") == 0)
        p->world->clock.now_by += 7200000;
    if (*s->stays && (ev->type == EV_MUTATION_ENDED || ev->type == EV_MUTATION_UNKNOWN))
        wait_until_it_stayed(p);
    if (ev->type != EV_MUTATION_STARTED)
        return;
    mu = model_mutation(m, ev->u.mutation_started.id);
    if (*mu->undo || strcmp(ev->u.mutation_started.what, "rollback") == 0)
        play_rules(p, *s->undone ? s->undone : s->rules, mu->id);
    else if (p->stuck)
        play_rules(p, s->stuck, mu->id);
    else if (strstr(s->rules, "@ID"))
        play_rules(p, s->rules, mu->id);
    if (p->meanwhile && !*mu->undo)
        play_rules(p, p->meanwhile, mu->id);
}

static const struct sink_ops play_ops = {.name = "play", .event = on_event};

/* The rule that answers the change: a trial is answered as AWS answers one that would do. */
void play_script(struct play *p, const char *more)
{
    const struct scene *s = p->scene;
    char rule[8192];

    awsfake_add(p->fake, WHO);
    if (*s->undo) {
        snprintf(rule, sizeof(rule), "{\"operation\":\"%s\"}", play_bare(s->undo));
        awsfake_add(p->fake, rule);
    }
    awsfake_add(p->fake, s->rules);
    snprintf(rule, sizeof(rule), "{\"operation\":\"%s\"%s%.*s%s}", play_bare(s->change),
             *s->answer ? "," : "", *s->answer ? (int)strlen(s->answer) - 2 : 0,
             s->answer + !!*s->answer, more);
    awsfake_add(p->fake, rule);
    awsfake_add(p->fake, "[{\"service\":\"ec2\",\"match\":\"DryRun=true\",\"status\":412,\"error\":"
                         "\"DryRunOperation\",\"message\":\"would have succeeded\"},"
                         "{\"service\":\"lambda\",\"operation\":\"Invoke\",\"without\":\"x\","
                         "\"status\":204,\"body\":\"\",\"trial\":true}]");
}

void play_open_world(struct play *p)
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

void play_watch(struct play *p)
{
    engine_add_sink(p->world->engine, &play_ops, p);
}

bool play_used(const char *use)
{
    return map_get_c(used, use) != NULL;
}

void play_begin(struct play *p, const struct scene *s, const char *more)
{
    *p = (struct play){.scene = s, .fake = awsfake_open("[]")};
    awsfake_env(p->fake);
    play_script(p, more);
    play_open_world(p);
    world_open(p->world);
    play_watch(p);
}

/* Every operation that was proposed in it: "aws.ec2.stop,aws.ec2.start". */
static void put_proposed(const struct play *p, struct buf *out)
{
    VEC_EACH (mu, &engine_model(p->world->engine)->mutations)
        if (!strstr(buf_cstr(out), mu->operation))
            buf_addf(out, "%s%s", out->len ? "," : "", mu->operation);
}

/* All that a scene sent, for play_used(); RB_WIRE_LOG names a file that is given it as well: lines
 * of "OPERATION[,OPERATION...] SERVICE OPERATION-OF-AWS". */
static void note_all(struct play *p, const char *proposed)
{
    struct buf log = BUF_INIT((size_t)1 << 20);
    struct str rest, line, service, operation;
    const char *path = getenv("RB_WIRE_LOG");
    FILE *file = path ? fopen(path, "a") : NULL;

    awsfake_log(p->fake, &log);
    rest = buf_str(&log);
    while (str_line(&rest, &line) && line.len) {
        char name[300];

        str_split(&line, ' ', &service);
        str_split(&line, ' ', &operation);
        snprintf(name, sizeof(name), "%s %.*s:%.*s", p->scene->operation, STR_FMT(service),
                 STR_FMT(operation));
        map_set_c(used, name, &used);
        if (file)
            fprintf(file, "%s %.*s %.*s\n", proposed, STR_FMT(service), STR_FMT(operation));
    }
    if (file)
        fclose(file);
    buf_release(&log);
}

void play_end(struct play *p)
{
    struct buf proposed = BUF_INIT(4096);

    put_proposed(p, &proposed);
    world_close(p->world);
    world_free(p->world);
    note_all(p, buf_cstr(&proposed));
    awsfake_close(p->fake);
    buf_release(&proposed);
}

const char *play_propose(struct play *p, bool dry)
{
    struct err err = ERR_INIT;
    const char *id = world_propose(p->world, p->scene->operation, p->scene->args, dry, &err);

    if (!id)
        fail_msg("%s: %s", p->scene->name, err.msg);
    return id;
}

void play_has(const struct scene *s, const char *what, const char *text, const char *words)
{
    if (!strstr(text, words))
        fail_msg("%s: %s says '%s', not '%s'", s->name, what, text, words);
}

void play_is(struct play *p, const char *id, enum mutation_state want)
{
    const struct mutation *mu = world_mutation(p->world, id);

    if (mu->state != want)
        fail_msg("%s: ended as %s: %s %s", p->scene->name, mutation_state_name(mu->state), mu->text,
                 mu->back_text);
}

/* How often the change went out, trials among them. */
void play_sent(struct play *p, size_t want)
{
    size_t n = awsfake_count(p->fake, p->scene->change);

    if (n != want)
        fail_msg("%s: %s was sent %zu times, not %zu", p->scene->name, p->scene->change, n, want);
}

size_t play_once(const struct scene *s)
{
    return s->trial ? 2 : 1;
}

void play_wire_has(struct play *p, const char *words)
{
    struct buf log = BUF_INIT(PLAY_TEXT_MAX);

    awsfake_log(p->fake, &log);
    play_has(p->scene, "the wire", buf_cstr(&log), words);
    buf_release(&log);
}

const struct scene *play_scene(const char *operation)
{
    EACH_SCENE(s)
    if (strcmp(s->operation, operation) == 0)
        return s;
    fail_msg("no scene of %s", operation);
    return NULL;
}

void play_refused(struct play *p, const char *operation, const char *args, const char *words)
{
    struct err err = ERR_INIT;
    const char *id = world_propose(p->world, operation, args, false, &err);
    const char *text = id ? world_mutation(p->world, id)->text : err.msg;

    if (id)
        play_is(p, id, MUTATION_REFUSED);
    play_has(p->scene, operation, text, words);
}
