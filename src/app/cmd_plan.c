/* cmd_plan.c - "runbook plan": a sentence to a plan, shown, dry, or run step by step. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runbook/base/file.h"
#include "runbook/app/config.h"
#include "runbook/base/mem.h"
#include "src/app/commands.h"

#include "src/app/plan_open.h"
#include "src/app/plan_run.h"
#include "src/app/policy_open.h"

#define OUT_MAX ((size_t)16 << 20)
#define INTENT_FILE_MAX ((size_t)64 << 10)

/* What one command line makes: everything lives in the arena. */
struct planning {
    struct app *app;
    const struct cmd_args *args;
    struct arena *arena;
    struct playbooks *books;
    struct policy *policy;
    struct plan_intent intent;
    struct plan plan;
    struct policy_decision *decisions;
};

static void release(struct planning *p)
{
    playbooks_free(p->books);
    policy_free(p->policy);
    arena_free(p->arena);
}

/* ---- the intent ---- */

static enum err_code read_intent_file(struct planning *p, const char *file, struct err *err)
{
    struct buf text = BUF_INIT(INTENT_FILE_MAX);
    enum err_code rc = file_read(strcmp(file, "-") == 0 ? "/dev/stdin" : file, &text, err);

    if (!rc)
        rc = intent_from_json(buf_str(&text), p->arena, &p->intent, err);
    if (rc)
        rc = err_wrap(err, "%s", file);
    buf_release(&text);
    return rc;
}

static enum err_code read_intent(struct planning *p, struct err *err)
{
    const char *file = args_get(p->args, "intent"), *host = args_get(p->args, "host");
    const char *scope = args_get(p->args, "scope");
    struct buf text = BUF_INIT(65536);
    enum err_code rc = ERR_OK;

    if (file) {
        rc = read_intent_file(p, file, err);
    } else {
        args_pos_text(p->args, 0, &text);
        intent_from_words(buf_str(&text), p->arena, &p->intent);
    }
    buf_release(&text);
    if (!rc && host)
        intent_set_filter(&p->intent, p->arena, "host", str_from(host));
    if (!rc && scope)
        p->intent.scope = scope;
    if (!rc && args_has(p->args, "read-only"))
        p->intent.read_only = true;
    return rc ? rc : intent_check_sure(&p->intent, err);
}

/* ---- the plan ---- */

static enum err_code decide(struct planning *p, const char *environment, bool read_only,
                            struct err *err)
{
    const char *user = getenv("USER");
    struct policy_user who = {.name = user ? user : "", .uid = (int64_t)geteuid()};
    struct policy_counters counters = {.read_only = read_only};
    const struct config *c;
    int64_t now = p->app->clock->wall_ms(p->app->clock);
    enum err_code rc = policy_open(p->app, NULL, &p->policy, NULL, err);

    if (rc)
        return rc;
    if (!environment && !app_config(p->app, &c, err) && *config_str(c, "environment"))
        environment = config_str(c, "environment");
    p->decisions = arena_array(p->arena, p->plan.step_count + 1, sizeof(*p->decisions));
    plan_decide(&p->plan, p->policy, environment, &who, &counters, now, p->decisions);
    return ERR_OK;
}

static enum err_code make(struct planning *p, struct err *err)
{
    const struct playbook *book = NULL;
    const char *name = args_get(p->args, "playbook"), *why = "it was named";
    enum err_code rc = read_intent(p, err);

    if (!rc)
        rc = plan_open_playbooks(p->app, args_get(p->args, "playbooks"), &p->books, err);
    if (!rc && name) {
        book = playbooks_find(p->books, name);
        if (!book)
            rc = err_set(err, ERR_NOT_FOUND, "there is no playbook '%s': runbook plan playbooks",
                         name);
    } else if (!rc) {
        rc = playbooks_choose(p->books, &p->intent, p->arena, &book, &why, err);
    }
    if (!rc)
        rc = plan_make(&p->intent, book, why, p->arena, &p->plan, err);
    return rc ? rc
              : decide(p, args_get(p->args, "environment"), args_has(p->args, "read-only"), err);
}

static int show(struct planning *p)
{
    struct buf out = BUF_INIT(OUT_MAX), document = BUF_INIT(OUT_MAX);
    bool dry = args_has(p->args, "dry-run"), run = args_has(p->args, "run");
    struct err err = ERR_INIT;
    int rc;

    plan_document(&p->plan, p->decisions, &document);
    if (plan_keep(p->app, &p->plan, buf_str(&document), &err))
        fprintf(stderr, "runbook: the plan is not kept: %s\n", err.msg);
    if (p->app->json) {
        buf_add_str(&out, buf_str(&document));
        buf_addc(&out, '\n');
    } else {
        plan_text(&p->plan, p->decisions, app_width(), p->app->ascii, &out);
        if (dry) {
            buf_adds(&out, "\nThe exact calls; none is made:\n");
            plan_calls(&p->plan, &out);
        }
    }
    rc = run && p->app->json ? EXIT_DONE : app_print(buf_str(&out));
    if (!rc && run)
        rc = plan_run(p->app, p->args, &p->plan, buf_str(&document));
    buf_release(&document);
    buf_release(&out);
    return rc;
}

static int run_plan(struct app *app, const struct cmd_args *args)
{
    struct planning p = {.app = app, .args = args, .arena = arena_new(65536)};
    struct err err = ERR_INIT;
    int rc;

    if (args_has(args, "run") && args_has(args, "dry-run")) {
        release(&p);
        return app_usage(args, "--run does it and --dry-run does not: give one of them");
    }
    if (!args_get(args, "intent") && !args_pos_count(args)) {
        release(&p);
        return app_usage(args, "say what is to be done, as in runbook plan \"restart nginx\"");
    }
    if (make(&p, &err))
        rc = err.code == ERR_DENIED      ? (app_fail(&err), EXIT_REFUSED)
             : err.code == ERR_NOT_FOUND ? (app_fail(&err), EXIT_USAGE)
                                         : app_fail(&err);
    else
        rc = show(&p);
    release(&p);
    return rc;
}

/* ---- list, show ---- */

/* A plan is a function of its intent and its playbook: made again it is the same, unless the
 * playbook has changed since. False: it is not the same any more. */
static bool made_again(struct planning *p, const struct value *doc, const char *id)
{
    const char *name = value_cstr_or(value_get(value_get(doc, "plan"), "playbook"), "name", "");
    struct buf intent = BUF_INIT(INTENT_FILE_MAX);
    const struct playbook *book;
    struct err err = ERR_INIT;
    bool same = false;

    json_pretty(&intent, value_get(doc, "intent"));
    if (!intent_from_json(buf_str(&intent), p->arena, &p->intent, &err) &&
        !plan_open_playbooks(p->app, args_get(p->args, "playbooks"), &p->books, &err)) {
        book = playbooks_find(p->books, name);
        same = book && !plan_make(&p->intent, book, "", p->arena, &p->plan, &err) &&
               strcmp(p->plan.id, id) == 0 && !decide(p, NULL, false, &err);
        p->plan.why = value_cstr_or(value_get(value_get(doc, "plan"), "playbook"), "chosen_because",
                                    "it was named");
    }
    buf_release(&intent);
    return same;
}

static int run_show(struct app *app, const struct cmd_args *args)
{
    struct planning p = {.app = app, .args = args, .arena = arena_new(65536)};
    struct buf text = BUF_INIT(OUT_MAX), out = BUF_INIT(OUT_MAX);
    const struct value *doc;
    struct err err = ERR_INIT;
    int rc;

    if (plan_kept(app, args_pos(args, 0), &text, &err) ||
        json_parse(p.arena, buf_str(&text), &doc, &err)) {
        rc = err.code == ERR_NOT_FOUND ? (app_fail(&err), EXIT_USAGE) : app_fail(&err);
    } else {
        if (app->json) {
            buf_add_str(&out, buf_str(&text));
        } else if (made_again(&p, doc, args_pos(args, 0))) {
            plan_text(&p.plan, p.decisions, app_width(), app->ascii, &out);
        } else {
            buf_adds(&out, "Its playbook is not what it was then; this is what was kept:\n");
            json_pretty(&out, doc);
            buf_addc(&out, '\n');
        }
        rc = app_print(buf_str(&out));
    }
    release(&p);
    buf_release(&out);
    buf_release(&text);
    return rc;
}

static void list_row(struct app *app, const char *id, struct json_writer *w, struct buf *out)
{
    struct buf text = BUF_INIT(OUT_MAX);
    struct arena *a = arena_new(65536);
    const struct value *doc;
    struct err err = ERR_INIT;
    const char *summary = "it cannot be read", *book = "";

    if (!plan_kept(app, id, &text, &err) && !json_parse(a, buf_str(&text), &doc, &err)) {
        const struct value *plan = value_get(doc, "plan");

        summary = value_cstr_or(plan, "human_summary", "");
        book = value_cstr_or(value_get(plan, "playbook"), "name", "");
    }
    if (app->json) {
        json_object_begin(w);
        json_put_cstr(w, "plan_id", id);
        json_put_cstr(w, "playbook", book);
        json_put_cstr(w, "human_summary", summary);
        json_object_end(w);
    } else {
        buf_addf(out, "%s  %s  %s\n", id, book, summary);
    }
    arena_free(a);
    buf_release(&text);
}

static int run_list(struct app *app, const struct cmd_args *args)
{
    struct buf out = BUF_INIT(OUT_MAX);
    struct json_writer w;
    struct err err = ERR_INIT;
    size_t n;
    char **ids = plan_list_kept(app, &n, &err);
    int rc;

    (void)args;
    if (err.code)
        return app_fail(&err);
    json_writer_init(&w, &out);
    if (app->json) {
        json_object_begin(&w);
        json_put_cstr(&w, "schema", "runbook.plans/1");
        json_key(&w, "plans");
        json_array_begin(&w);
    }
    for (size_t i = 0; i < n; i++) {
        list_row(app, ids[i], &w, &out);
        free(ids[i]);
    }
    free(ids);
    if (app->json) {
        json_array_end(&w);
        json_object_end(&w);
        buf_addc(&out, '\n');
    } else if (!n) {
        buf_adds(&out, "No plan was made yet: runbook plan \"checkout is slow\"\n");
    }
    rc = app_print(buf_str(&out));
    buf_release(&out);
    return rc;
}

/* ---- playbooks ---- */

static void put_book(const struct playbook *b, struct json_writer *w)
{
    json_object_begin(w);
    json_put_cstr(w, "playbook", b->name);
    json_put_cstr(w, "version", b->version);
    json_put_cstr(w, "sha256", b->hash);
    json_put_cstr(w, "file", b->own ? b->file : "built in");
    json_put_cstr(w, "summary", b->summary);
    json_key(w, "match");
    json_value(w, b->match);
    json_key(w, "parameters");
    json_array_begin(w);
    for (size_t i = 0; i < b->param_count; i++)
        json_cstring(w, b->params[i].name);
    json_array_end(w);
    json_key(w, "steps");
    json_array_begin(w);
    for (size_t i = 0; i < b->step_count; i++)
        json_cstring(w, b->steps[i].name);
    json_array_end(w);
    json_object_end(w);
}

static void say_book(const struct playbook *b, bool all, struct buf *out)
{
    buf_addf(out, "%s %s  (%s)\n  %s\n", b->name, b->version, b->own ? b->file : "built in",
             b->summary);
    for (size_t i = 0; all && i < b->param_count; i++)
        buf_addf(out, "    %s%s%s%s: %s\n", b->params[i].name, b->params[i].fallback ? " [" : "",
                 b->params[i].fallback ? b->params[i].fallback : "",
                 b->params[i].fallback ? "]" : " (needed)",
                 b->params[i].help  ? b->params[i].help
                 : b->params[i].ask ? b->params[i].ask
                                    : "");
    for (size_t i = 0; all && i < b->step_count; i++)
        buf_addf(out, "  %2zu  %s: %s\n", i + 1, b->steps[i].id, b->steps[i].name);
}

static int run_playbooks(struct app *app, const struct cmd_args *args)
{
    const char *only = args_pos(args, 0);
    struct buf out = BUF_INIT(OUT_MAX);
    struct playbooks *books;
    struct json_writer w;
    struct err err = ERR_INIT;
    size_t found = 0;
    int rc;

    if (plan_open_playbooks(app, args_get(args, "playbooks"), &books, &err))
        return app_fail(&err);
    json_writer_init(&w, &out);
    if (app->json) {
        json_object_begin(&w);
        json_put_cstr(&w, "schema", "runbook.playbooks/1");
        json_key(&w, "playbooks");
        json_array_begin(&w);
    }
    for (size_t i = 0; i < playbooks_count(books); i++) {
        const struct playbook *b = playbooks_at(books, i);

        if (only && strcmp(b->name, only) != 0)
            continue;
        found++;
        if (app->json)
            put_book(b, &w);
        else
            say_book(b, only != NULL, &out);
    }
    if (app->json) {
        json_array_end(&w);
        json_object_end(&w);
        buf_addc(&out, '\n');
    }
    rc = found ? app_print(buf_str(&out)) : app_usage(args, "there is no playbook '%s'", only);
    buf_release(&out);
    playbooks_free(books);
    return rc;
}

static int run_validate(struct app *app, const struct cmd_args *args)
{
    struct arena *a = arena_new(65536);
    int rc = EXIT_DONE;

    (void)app;
    for (size_t i = 0; i < args_pos_count(args); i++) {
        const char *file = args_pos(args, i);
        struct buf text = BUF_INIT((size_t)1 << 20);
        struct playbook book;
        struct err err = ERR_INIT;

        if (file_read(file, &text, &err) || playbook_parse(buf_str(&text), file, a, &book, &err))
            rc = app_fail(&err);
        else
            printf("%s: playbook %s %s, %zu steps, sha256 %.12s\n", file, book.name, book.version,
                   book.step_count, book.hash);
        buf_release(&text);
    }
    arena_free(a);
    return rc;
}

/* ---- primitives ---- */

static void put_class(const char *class, struct json_writer *w)
{
    json_object_begin(w);
    json_put_cstr(w, "class", class);
    json_put_cstr(w, "help", class_help(class));
    json_key(w, "primitives");
    json_array_begin(w);
    for (const char *const *p = class_primitives(class); *p; p++)
        json_cstring(w, *p);
    json_array_end(w);
    json_object_end(w);
}

static void primitives_json(struct buf *out)
{
    struct json_writer w;
    const struct primitive *p;

    json_writer_init(&w, out);
    json_object_begin(&w);
    json_put_cstr(&w, "schema", "runbook.primitives/1");
    json_key(&w, "primitives");
    json_array_begin(&w);
    for (size_t i = 0; (p = primitive_at(i)) != NULL; i++) {
        json_object_begin(&w);
        json_put_cstr(&w, "primitive", primitive_name(p));
        json_put_cstr(&w, "help", primitive_help(p));
        json_put_cstr(&w, "sources", primitive_missing(p) ? "" : primitive_sources(p));
        json_put_cstr(&w, "needs", primitive_missing(p));
        json_object_end(&w);
    }
    json_array_end(&w);
    json_key(&w, "classes");
    json_array_begin(&w);
    for (const char *const *c = plan_class_names; *c; c++)
        put_class(*c, &w);
    json_array_end(&w);
    json_object_end(&w);
    buf_addc(out, '\n');
}

static int run_primitives(struct app *app, const struct cmd_args *args)
{
    struct buf out = BUF_INIT(OUT_MAX);
    const struct primitive *p;
    int rc;

    (void)args;
    if (app->json) {
        primitives_json(&out);
    } else {
        for (size_t i = 0; (p = primitive_at(i)) != NULL; i++)
            buf_addf(&out, "%-23s %s%s%s\n", primitive_name(p), primitive_help(p),
                     primitive_missing(p) ? "  needs " : "",
                     primitive_missing(p) ? primitive_missing(p) : "");
        buf_adds(&out, "\nclasses of incidents:\n");
        for (const char *const *c = plan_class_names; *c; c++) {
            buf_addf(&out, "%-23s %s\n  ", *c, class_help(*c));
            for (const char *const *n = class_primitives(*c); *n; n++)
                buf_addf(&out, "%s%s", n == class_primitives(*c) ? "" : ", ", *n);
            buf_addc(&out, '\n');
        }
    }
    rc = app_print(buf_str(&out));
    buf_release(&out);
    return rc;
}

/* ---- the rows ---- */

#define PLAYBOOKS_OPT                                                                              \
    {                                                                                              \
        "playbooks", 0, ARG_DIR, .value = "DIR", .help = "Read playbooks of your own from here."   \
    }

static const struct cmd_def list_def = {
    .name = "list",
    .help = "List the plans that were made.",
    .run = run_list,
};
static const struct cmd_def show_def = {
    .name = "show",
    .help = "Print a plan that was made.",
    .opts = (const struct opt_def[]){PLAYBOOKS_OPT, {NULL}},
    .pos = (const struct pos_def[]){{"ID", ARG_TEXT, .required = true, .help = "Its id."}, {NULL}},
    .run = run_show,
};
static const struct cmd_def playbooks_def = {
    .name = "playbooks",
    .help = "List the playbooks, or what one of them does.",
    .opts = (const struct opt_def[]){PLAYBOOKS_OPT, {NULL}},
    .pos = (const struct pos_def[]){{"NAME", ARG_TEXT, .help = "Only this one, with its steps."},
                                    {NULL}},
    .run = run_playbooks,
};
static const struct cmd_def validate_def = {
    .name = "validate",
    .help = "Check playbook files: what is wrong is told with line and column.",
    .pos =
        (const struct pos_def[]){
            {"FILE", ARG_FILE, .required = true, .repeat = true, .help = "The files."}, {NULL}},
    .run = run_validate,
};
static const struct cmd_def primitives_def = {
    .name = "primitives",
    .help = "List the diagnostic primitives, and the classes of incidents that they are for.",
    .run = run_primitives,
};

static const struct opt_def opts[] = {
    {"dry-run", 0, ARG_NONE, .help = "Print the exact calls as well; make none of them."},
    {"run", 0, ARG_NONE,
     .help = "Run it step by step; what changes something is shown and asked for first."},
    {"interpret", 0, ARG_NONE,
     .help = "When it has run, ask the configured language model what the facts mean."},
    {"no-ask", 0, ARG_NONE,
     .help = "Do not ask here: end with 4 and the id, for `runbook approve`."},
    {"intent", 0, ARG_FILE, .value = "FILE",
     .help = "Take the intent from this JSON file, - for stdin, instead of from words."},
    {"playbook", 0, ARG_TEXT, .value = "NAME",
     .help = "Use this playbook instead of the one that the rules choose."},
    PLAYBOOKS_OPT,
    {"host", 0, ARG_HOST, .value = "HOST", .help = "The machine that is meant."},
    {"scope", 0, ARG_TEXT, .value = "NAME", .help = "Where that is: prod, staging, dev."},
    {"ssh-config", 0, ARG_FILE, .value = "FILE", .env = "RUNBOOK_SSH_CONFIG",
     .help = "Give this configuration file to ssh instead of the user's."},
    {"prometheus", 'p', ARG_URL, .value = "URL", .env = "RUNBOOK_PROMETHEUS_URL",
     .help = "The Prometheus that is asked."},
    {"alertmanager", 0, ARG_URL, .value = "URL", .env = "RUNBOOK_ALERTMANAGER_URL",
     .help = "The Alertmanager that is asked, and whose silences are meant."},
    {"environment", 0, ARG_TEXT, .value = "NAME", .env = "RUNBOOK_ENVIRONMENT",
     .help = "What the policy calls this place: prod, staging, dev, or a word of policy.scopes."},
    {"read-only", 0, ARG_NONE, .env = "RUNBOOK_READ_ONLY", .help = "Nothing may be changed."},
    {NULL},
};

const struct cmd_def cmd_plan_def = {
    .name = "plan",
    .help = "Make a plan of a sentence: playbook, steps, risk, who has to approve, way back.",
    .details =
        "The words become an intent, rules in the playbooks choose one of them, and the plan "
        "follows "
        "from both: the same intent gives the same plan, byte for byte. A sentence that is not "
        "clear is asked about. Steps that change something are operations of `runbook act`, each "
        "with a card and an approval of its own; no option skips a rule of the policy. NAME=VALUE "
        "in the sentence says a thing exactly: pid=4711, unit=nginx.service, host=web-3.\n"
        "Exit codes: 0 the plan is shown, or all of it was done; 1 a step failed, and what was "
        "done "
        "is taken back where it can be; 2 the sentence, the intent or a file is wrong, and what is "
        "asked for is printed; 3 it ran to its end, but not everything answered; 4 it waits for an "
        "approval, or was rejected; 5 refused by policy.",
    .opts = opts,
    .pos = (const struct pos_def[]){{"TEXT", ARG_TEXT, .repeat = true,
                                     .help = "What is wrong, or what is to be done."},
                                    {NULL}},
    .subs = (const struct cmd_def *const[]){&list_def, &show_def, &playbooks_def, &validate_def,
                                            &primitives_def, NULL},
    .run = run_plan,
    .examples = "runbook plan \"the disk of web-3 is full\"\n"
                "runbook plan --dry-run \"restart nginx on web-3\"\n"
                "runbook plan --run \"stop the runaway process\"\n"
                "runbook plan --intent intent.json --json\n"
                "runbook plan playbooks",
};
