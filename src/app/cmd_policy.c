/* cmd_policy.c - "runbook policy check|test|print": what may be done, and why. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runbook/base/text.h"
#include "src/app/commands.h"
#include "src/app/iam.h"
#include "src/app/policy_open.h"
#include "src/app/policy_test.h"

#define OUT_MAX ((size_t)64 << 20)
#define TAGS_MAX 64

struct run {
    struct app *app;
    const struct cmd_args *args;
    struct arena *arena;
    struct policy *policy;
    struct json_writer w;
    struct buf out;
    enum policy_act worst;
};

static void begin(struct run *r, const char *list)
{
    if (!r->app->json)
        return;
    json_writer_init(&r->w, &r->out);
    json_object_begin(&r->w);
    json_put_cstr(&r->w, "schema", "runbook.policy/1");
    json_key(&r->w, list);
    json_array_begin(&r->w);
}

static void end_list(struct run *r)
{
    if (r->app->json)
        json_array_end(&r->w);
}

static int finish(struct run *r, int code)
{
    int rc;

    if (r->app->json) {
        json_object_end(&r->w);
        buf_addc(&r->out, '\n');
    }
    rc = app_print(buf_str(&r->out));
    return rc ? rc : code;
}

static void release(struct run *r)
{
    buf_release(&r->out);
    policy_free(r->policy);
    arena_free(r->arena);
}

static bool open_policy(struct run *r, const char *option, struct err *err)
{
    r->arena = arena_new(0);
    buf_init(&r->out, OUT_MAX);
    return !policy_open(r->app, args_get(r->args, option), &r->policy, NULL, err);
}

/* ---- check ---- */

static bool read_tags(struct run *r, struct operation *op)
{
    size_t n = args_count(r->args, "tag");
    struct op_tag *tags = arena_array(r->arena, n + 1, sizeof(*tags));

    if (n > TAGS_MAX)
        return false;
    for (size_t i = 0; i < n; i++) {
        struct str rest = str_from(args_at(r->args, "tag", i)), key;

        if (!str_split(&rest, '=', &key) || !key.len)
            return false;
        tags[i].key = arena_str(r->arena, key);
        tags[i].value = arena_str(r->arena, rest);
    }
    op->tags = tags;
    op->tag_count = n;
    return true;
}

static void read_paths(struct run *r, struct operation *op)
{
    size_t n = args_count(r->args, "path");
    const char **paths = arena_array(r->arena, n + 1, sizeof(*paths));

    for (size_t i = 0; i < n; i++)
        paths[i] = args_at(r->args, "path", i);
    if (n) {
        op->paths = paths;
        op->path_count = n;
    }
}

/* What the options say beside the operation itself. */
static void read_around(struct run *r, struct operation *op)
{
    const struct cmd_args *a = r->args;

    op->environment = args_get(a, "env");
    op->account = args_get(a, "account");
    op->namespace = args_get(a, "namespace");
    op->targets = (size_t)args_int(a, "targets", (int64_t)op->targets);
    op->reversible = op->reversible && !args_has(a, "irreversible");
    op->flags |=
        (args_has(a, "force") ? OP_FORCE : 0U) | (args_has(a, "recursive") ? OP_RECURSIVE : 0U) |
        (args_has(a, "all") ? OP_ALL : 0U) | (args_has(a, "no-checks") ? OP_NO_CHECKS : 0U);
    read_paths(r, op);
}

static void judge(struct run *r, struct policy_case *c)
{
    const struct cmd_args *a = r->args;
    int64_t now = r->app->clock->wall_ms(r->app->clock);
    struct policy_user who = {.name = args_get(a, "user"), .uid = -1};
    struct policy_counters counters = {.session_mutations = (size_t)args_int(a, "done", 0),
                                       .read_only = args_has(a, "read-only")};
    struct policy_decision d = {.act = POLICY_DENY};
    int64_t since = args_duration_ms(a, "since-critical", -1);

    now = args_time_ms(a, "at", now, now);
    if (since >= 0)
        counters.last_critical_ms = now - since;
    if (!c->problem.rule)
        policy_decide_facts(r->policy, &c->op, NULL, &who, now, &counters, &d);
    r->worst = d.act > r->worst ? d.act : r->worst;
    if (r->app->json)
        policy_json(c, &d, &r->w);
    else
        policy_say(c, &d, r->app->ascii, &r->out);
}

static void check_command(struct run *r, const char *line, const char *cwd)
{
    struct policy_case c = {.line = line};
    struct command cmd;

    if (command_parse(r->arena, str_from(line), &cmd, &c.problem) &&
        command_operation(r->arena, &cmd, policy_commands(r->policy), cwd, &c.op, &c.problem)) {
        c.problem.rule = NULL;
        read_around(r, &c.op);
        read_tags(r, &c.op);
    }
    judge(r, &c);
}

static int check_all(struct run *r)
{
    static const int codes[POLICY_ACTS] = {EXIT_DONE, EXIT_APPROVAL, EXIT_APPROVAL, EXIT_APPROVAL,
                                           EXIT_REFUSED};
    char *cwd = getcwd(NULL, 0);

    begin(r, "decisions");
    for (size_t i = 0; i < args_pos_count(r->args); i++) {
        struct policy_case c = {.line = NULL};

        if (!policy_parse_op(r->arena, args_pos(r->args, i), &c.op)) {
            free(cwd);
            return app_usage(r->args,
                             "'%s' is no operation: write PROVIDER.SERVICE.VERB=RESOURCE, such as "
                             "host.unit.restart=nginx, or --command LINE",
                             args_pos(r->args, i));
        }
        read_around(r, &c.op);
        if (!read_tags(r, &c.op)) {
            free(cwd);
            return app_usage(r->args, "a tag is KEY=VALUE");
        }
        judge(r, &c);
    }
    for (size_t i = 0; i < args_count(r->args, "command"); i++)
        check_command(r, args_at(r->args, "command", i), cwd);
    free(cwd);
    end_list(r);
    return finish(r, codes[r->worst]);
}

static int run_check(struct app *app, const struct cmd_args *args)
{
    struct run r = {.app = app, .args = args};
    struct err err;
    int rc;

    if (!args_pos_count(args) && !args_count(args, "command"))
        return app_usage(args, "name an operation, or a --command");
    rc = open_policy(&r, "policy", &err) ? check_all(&r) : app_fail(&err);
    release(&r);
    return rc;
}

/* ---- test ---- */

static int run_test(struct app *app, const struct cmd_args *args)
{
    struct run r = {.app = app, .args = args};
    size_t count = 0, bad = 0;
    struct err err;
    int rc;

    if (!open_policy(&r, "policy", &err)) {
        release(&r);
        return app_fail(&err);
    }
    begin(&r, "cases");
    if (policy_test_file(app, r.policy, args_pos(args, 0), &r.out, app->json ? &r.w : NULL, &count,
                         &bad, &err)) {
        release(&r);
        return app_fail(&err);
    }
    end_list(&r);
    if (app->json)
        json_put_bool(&r.w, "ok", bad == 0);
    else
        buf_addf(&r.out, "%zu cases, %zu not as expected\n", count, bad);
    rc = finish(&r, bad ? EXIT_FAILED : EXIT_DONE);
    release(&r);
    return rc;
}

/* ---- print ---- */

static enum policy_act act_for(const struct policy *p, const struct risk_row *row,
                               const char *environment)
{
    struct operation op = {.provider = row->provider,
                           .service = row->service,
                           .verb = row->verb,
                           .environment = environment,
                           .targets = 1,
                           .reversible = true};
    struct policy_decision d = {.count = 0};

    policy_decide_facts(p, &op, NULL, NULL, 1, NULL, &d);
    return d.act;
}

static void print_row(struct run *r, const struct risk_row *row)
{
    enum policy_act prod = act_for(r->policy, row, "prod"), dev = act_for(r->policy, row, "dev");
    struct json_writer *w = &r->w;
    struct buf name = BUF_INIT(BUF_NO_MAX);

    buf_addf(&name, "%s.%s.%s", row->provider, row->service, row->verb);
    if (r->app->json) {
        json_object_begin(w);
        json_put_str(w, "operation", buf_str(&name));
        json_put_cstr(w, "kind", op_kind_name(row->kind));
        json_put_cstr(w, "risk", risk_name(row->risk));
        json_put_cstr(w, "prod", policy_act_name(prod));
        json_put_cstr(w, "dev", policy_act_name(dev));
        json_put_cstr(w, "why", row->why ? row->why : "");
        json_object_end(w);
    } else {
        buf_addf(&r->out, "%-48s %-7s %-9s %-11s %s\n", buf_cstr(&name), op_kind_name(row->kind),
                 risk_name(row->risk), policy_act_name(prod), policy_act_name(dev));
    }
    buf_release(&name);
}

static int run_iam(struct app *app, const struct cmd_args *args)
{
    const char *features[64];
    size_t n = args_count(args, "feature");

    if (n > sizeof(features) / sizeof(features[0]))
        return app_usage(args, "too many features");
    for (size_t i = 0; i < n; i++)
        features[i] = args_at(args, "feature", i);
    return iam_print(app, features, n);
}

static int run_print(struct app *app, const struct cmd_args *args)
{
    struct run r = {.app = app, .args = args};
    const char *provider = args_get(args, "provider"), *kind = args_get(args, "kind");
    const struct risk_row *row;
    struct err err;
    size_t shown = 0;
    int rc;

    if (args_has(args, "iam"))
        return run_iam(app, args);
    if (args_count(args, "feature"))
        return app_usage(args, "--feature belongs to --iam");
    if (!open_policy(&r, "policy", &err)) {
        release(&r);
        return app_fail(&err);
    }
    begin(&r, "operations");
    if (!app->json)
        buf_addf(&r.out, "%-48s %-7s %-9s %-11s %s\n", "operation", "kind", "risk", "in prod",
                 "in dev");
    for (size_t i = 0; (row = risk_row(i)); i++) {
        if ((provider && strcmp(provider, row->provider) != 0) ||
            (kind && strcmp(kind, op_kind_name(row->kind)) != 0))
            continue;
        print_row(&r, row);
        shown++;
    }
    end_list(&r);
    if (!app->json && !shown)
        buf_adds(&r.out, "The table has no such operation; an unknown one is high.\n");
    rc = finish(&r, EXIT_DONE);
    release(&r);
    return rc;
}

/* ---- the command ---- */

#define POLICY_OPT                                                                                 \
    {                                                                                              \
        "policy", 0, ARG_FILE, .value = "FILE",                                                    \
                               .help = "Use this file instead of searching policy.yaml."           \
    }

static const struct opt_def check_opts[] = {
    POLICY_OPT,
    {"command", 0, ARG_TEXT, .repeat = true, .value = "LINE",
     .help = "Decide about a command line, as a person would type it."},
    {"env", 'e', ARG_TEXT, .value = "NAME",
     .help = "Where it happens; nobody said counts as production."},
    {"account", 0, ARG_TEXT, .value = "NAME", .help = "In which account."},
    {"namespace", 0, ARG_TEXT, .value = "NAME", .help = "In which namespace."},
    {"tag", 't', ARG_TEXT, .repeat = true, .value = "KEY=VALUE", .help = "A tag of the resource."},
    {"path", 0, ARG_TEXT, .repeat = true, .value = "PATH", .help = "A file that it touches."},
    {"targets", 'n', ARG_INT, .value = "N", .min = 0, .max = 1000000,
     .help = "How many things it touches; 0: not counted."},
    {"irreversible", 0, ARG_NONE, .help = "It cannot be undone."},
    {"force", 0, ARG_NONE, .help = "It is forced."},
    {"recursive", 0, ARG_NONE, .help = "It takes everything below as well."},
    {"all", 0, ARG_NONE, .help = "It is about everything of its kind."},
    {"no-checks", 0, ARG_NONE, .help = "It leaves a safeguard out."},
    {"user", 'u', ARG_TEXT, .value = "NAME", .help = "Who wants it."},
    {"at", 0, ARG_WHEN, .value = "TIME", .help = "When; now when it is not said."},
    {"done", 0, ARG_INT, .value = "N", .min = 0, .max = 1000000,
     .help = "Changes that this session has made already."},
    {"since-critical", 0, ARG_DURATION, .value = "DURATION",
     .help = "How long ago the last critical change was."},
    {"read-only", 0, ARG_NONE, .help = "In read-only mode."},
    {NULL},
};

static const struct cmd_def check_def = {
    .name = "check",
    .help = "Say what policy answers to an operation or a command, rule by rule.",
    .details =
        "Nothing is done. An operation is PROVIDER.SERVICE.VERB, with =RESOURCE behind it. The "
        "line marked with > decides. Exit code 0: allowed; 4: after an approval; 5: denied. A "
        "command line is split into words without a shell; what a shell would do more than that "
        "is refused with its column, and so is every option that is not known.",
    .opts = check_opts,
    .pos = (const struct pos_def[]){{"OP", ARG_TEXT, .repeat = true,
                                     .help = "Operations, such as host.unit.restart=nginx."},
                                    {NULL}},
    .run = run_check,
    .examples = "runbook policy check --env prod host.unit.restart=nginx\n"
                "runbook policy check --env dev --command 'rm -r /var/log/app/old'\n"
                "runbook policy check --at 2026-12-24T20:00:00Z aws.rds.reboot-db-instance=db",
};

static const struct cmd_def test_def = {
    .name = "test",
    .help = "Decide about the cases of a file and compare with what they expect.",
    .details =
        "The file is YAML: cases: a list of mappings with name, operation (PROVIDER.SERVICE.VERB) "
        "or command, resource, environment, tags, targets, flags (force, recursive, all, "
        "no_checks, irreversible), paths, user, at, done, since_critical, read_only; expected are "
        "expect (allow, approve, typed, two_person, deny), and, where they matter, risk and rule. "
        "Exit code 1 when a case is not as expected.",
    .opts = (const struct opt_def[]){POLICY_OPT, {NULL}},
    .pos = (const struct pos_def[]){{"FILE", ARG_FILE, .required = true, .help = "The cases."},
                                    {NULL}},
    .run = run_test,
    .examples = "runbook policy test policy-cases.yaml",
};

static const char *const kinds[] = {"read", "write", "delete", NULL};

static const struct cmd_def print_def = {
    .name = "print",
    .help = "List the operations that are known, with risk and answer.",
    .details =
        "The list of what a role for this program needs at most: with --kind read what it "
        "needs to look, with --kind write and delete what it could change. The answers are "
        "for one thing that can be undone. With --iam it prints what a role of AWS needs, as "
        "policy documents of IAM, made from the same tables that the calls are made from: "
        "for each feature one, or with --feature the bare document.",
    .opts = (const struct opt_def[]){POLICY_OPT,
                                     {"provider", 'p', ARG_TEXT, .value = "NAME",
                                      .help = "Only of this provider, such as host or aws."},
                                     {"kind", 'k', ARG_CHOICE, .value = "KIND", .choices = kinds,
                                      .help = "Only what reads, writes or deletes."},
                                     {"iam", 0, ARG_NONE,
                                      .help = "Print the actions of IAM instead, as policies."},
                                     {"feature", 'f', ARG_TEXT, .repeat = true, .value = "NAME",
                                      .help = "With --iam: only of this, such as inventory, "
                                              "metrics, mutations or aws.ec2.stop."},
                                     {NULL}},
    .run = run_print,
    .examples = "runbook policy print --provider aws --kind read\n"
                "runbook policy print --iam --feature inventory --feature metrics\n"
                "runbook policy print --iam --feature aws.ecs.scale",
};

const struct cmd_def cmd_policy_def = {
    .name = "policy",
    .help = "What may be done, who has to approve it, and why.",
    .details =
        "The rules are policy.yaml beside the configuration, in the nearest .runbook upward, or "
        "in the user's configuration folder. Without one: reading is allowed, a change needs an "
        "approval, a high risk and a deletion are typed, nothing is deleted in production. A list "
        "of things that are never done is built in, and nothing lifts it.",
    .subs = (const struct cmd_def *const[]){&check_def, &test_def, &print_def, NULL},
    .examples = "runbook policy check host.process.kill=1234\nrunbook policy print",
};
