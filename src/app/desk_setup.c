/* desk_setup.c - the setup step by step: what is here, a language model, an account of AWS, a look
 * at what would be written, and what was. Nothing is written before the fourth step is confirmed;
 * then `runbook init` writes the configuration and `runbook accounts add` the account, each file
 * whole or not at all. A key of a model is neither asked for nor shown: it stays in its variable or
 * its file. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runbook/app/config.h"
#include "runbook/base/mem.h"
#include "runbook/base/path.h"
#include "runbook/llm/llm.h"
#include "runbook/loop/proc.h"
#include "src/app/desk_priv.h"

#define PREVIEW_MAX ((size_t)1 << 20)
#define PREVIEW_MS 60000
#define STEPS 4

static const char *const providers[] = {"none",       "anthropic", "openai", "bedrock",  "google",
                                        "mistral",    "groq",      "xai",    "deepseek", "cerebras",
                                        "openrouter", "github",    "ollama", "lmstudio"};
#define PROVIDERS (sizeof(providers) / sizeof(providers[0]))

/* ---- where it is written ---- */

static const char *config_there(const struct desk *d)
{
    const struct config *c;
    struct err ignored = ERR_INIT;

    return app_config(d->o.app, &c, &ignored) ? NULL : config_file(c);
}

static bool in_project(const char *file)
{
    char *dir = path_dir(file);
    bool it = strcmp(path_base(dir), ".runbook") == 0;

    free(dir);
    return it;
}

static void on_found(void *ctx)
{
    desk_dirty(ctx);
}

void setup_begin(struct desk *d)
{
    struct desk_setup *s = &d->setup;
    const char *there = config_there(d);

    setup_release(d);
    form_clear(d);
    s->found = found_new();
    s->project = there && in_project(there);
    (void)snprintf(s->provider, sizeof(s->provider), "none");
    (void)found_read(s->found);
    found_probe(s->found, d->o.loop, on_found, d);
    desk_read(d);
}

static void drop_preview(struct desk *d)
{
    struct desk_setup *s = &d->setup;

    if (s->proc)
        proc_drop(d->o.loop, s->proc);
    s->proc = 0;
    free(s->preview);
    s->preview = NULL;
    s->preview_problem[0] = '\0';
}

void setup_release(struct desk *d)
{
    drop_preview(d);
    found_free(d->setup.found);
    free(d->setup.said);
    d->setup = (struct desk_setup){.step = SETUP_HERE};
}

/* ---- what `init` is told ---- */

static size_t put_set(const char **args, size_t n, struct arena *a, const char *key,
                      const char *value)
{
    if (!*value)
        return n;
    args[n++] = "--set";
    args[n++] = arena_printf(a, "%s=%s", key, value);
    return n;
}

static void init_args(struct desk *d, bool dry, const char **args, struct arena *a)
{
    const struct desk_setup *s = &d->setup;
    bool model = strcmp(s->provider, "none") != 0;
    size_t n = 0;

    args[n++] = "init";
    args[n++] = "--template";
    args[n++] = "host";
    args[n++] = "--yes";
    n = put_set(args, n, a, "prometheus.url", s->prometheus);
    n = put_set(args, n, a, "llm.provider", model ? s->provider : "");
    n = put_set(args, n, a, "llm.model", model ? s->model : "");
    n = put_set(args, n, a, "llm.api_key_file", model ? s->key_file : "");
    if (s->by_environment)
        n = put_set(args, n, a, "providers.aws.enabled", "true");
    if (!s->project && !args_get(d->o.app->args, "config"))
        args[n++] = "--user";
    if (dry)
        args[n++] = "--dry-run";
    args[n] = NULL;
}

static void on_preview(void *ctx, const struct proc_result *r)
{
    struct desk *d = ctx;
    struct desk_setup *s = &d->setup;
    struct arena *a = arena_new(0);

    s->proc = 0;
    if (r->err.code || r->exit_status != 0)
        (void)snprintf(s->preview_problem, sizeof(s->preview_problem), "%s",
                       r->err.code ? r->err.msg : desk_problem(a, r->err_out));
    else
        s->preview = xstrndup(r->out.ptr ? r->out.ptr : "", r->out.len);
    arena_free(a);
    desk_dirty(d);
}

static void ask_preview(struct desk *d)
{
    const char *argv[DESK_ARGS_MAX];
    struct arena *a = arena_new(0);
    size_t n = desk_program(d, argv);
    struct proc_spec spec = {
        .argv = argv, .timeout_ms = PREVIEW_MS, .max_output_bytes = PREVIEW_MAX};

    drop_preview(d);
    init_args(d, true, argv + n, a);
    d->setup.proc = proc_start(d->o.loop, &spec, on_preview, d);
    arena_free(a);
}

/* ---- 1: what is here ---- */

static void lay_step(struct desk *d, int at, const char *title)
{
    desk_text(d, STYLE_HEADING, "Step %d of %d: %s", at, STEPS, title);
}

static void lay_here(struct desk *d)
{
    const struct desk_setup *s = &d->setup;
    const struct start *st = found_start(s->found);
    const char *there = config_there(d);

    lay_step(d, 1, "what is here");
    desk_text(d, STYLE_DIM, "Nothing is written before step 4; going back leaves from here.");
    desk_blank(d);
    for (size_t i = 0; i < st->count; i++)
        desk_fact(d, st->rows[i].what, st->rows[i].usable ? STYLE_TEXT : STYLE_DIM, "%s",
                  st->rows[i].text);
    if (there)
        desk_fact(d, "configuration", STYLE_CODE, "%s", there);
    if (there)
        desk_text(d, STYLE_DIM, "What it says already is kept; only what it lacks is added.");
    desk_blank(d);
    desk_go(d, "next", "Next: a language model", NULL);
    desk_field(d, "prometheus", "Prometheus", s->prometheus,
               "optional: its address, such as http://127.0.0.1:9090", s->prometheus_problem);
    if (!there && !args_get(d->o.app->args, "config"))
        desk_check(d, "project", s->project, "for this folder only",
                   s->project ? "into .runbook/ here" : "else for you, in every folder");
    if (d->o.ask_init)
        desk_go(d, "init", "Other templates, as questions on the command line",
                "ECS, serverless, enterprise: runbook init");
}

static bool is_url(const char *text)
{
    return strncmp(text, "http://", 7) == 0 || strncmp(text, "https://", 8) == 0;
}

static bool write_prometheus(struct desk *d, const char *text)
{
    struct desk_setup *s = &d->setup;
    struct str clean = str_trim(str_from(text));

    (void)snprintf(s->prometheus, sizeof(s->prometheus), "%.*s", STR_FMT(clean));
    (void)snprintf(
        s->prometheus_problem, sizeof(s->prometheus_problem), "%s",
        !clean.len || is_url(s->prometheus) ? "" : "an address begins with http:// or https://");
    return !*s->prometheus_problem;
}

static bool choose_here(struct desk *d, const char *id, const char *text)
{
    struct desk_setup *s = &d->setup;

    if (strcmp(id, "prometheus") == 0 && text)
        return write_prometheus(d, text);
    if (strcmp(id, "project") == 0)
        s->project = !s->project;
    if (strcmp(id, "next") == 0 && !*s->prometheus_problem)
        s->step = SETUP_MODEL;
    if (strcmp(id, "init") == 0)
        d->o.ask_init(d->o.ctx);
    return true;
}

/* ---- 2: a language model ---- */

/* Would it work as it is? The words name the variable or the file, never what is in it. */
static bool model_state(struct desk *d, const char *provider, const char *model,
                        const char *key_file, char out[ERR_MSG_MAX])
{
    struct llm_target_options o = {.provider = provider,
                                   .model = *model ? model : "a-model",
                                   .key_file = *key_file ? key_file : NULL,
                                   .temperature = -1};
    struct llm_options all = {.targets = &o, .target_count = 1};
    struct llm_target t = {.usable = false};
    struct err err = ERR_INIT;
    struct llm *m = NULL;

    (void)snprintf(out, ERR_MSG_MAX, "%s", "");
    if (llm_new(d->o.loop, NULL, &all, &m, &err))
        (void)snprintf(out, ERR_MSG_MAX, "%s", err.msg);
    else if (llm_target(m, 0, &t) && t.usable)
        (void)snprintf(out, ERR_MSG_MAX, "%s%s", *t.key_from ? "its key is in " : "on this machine",
                       t.key_from);
    else
        (void)snprintf(out, ERR_MSG_MAX, "%s", t.missing.msg);
    llm_free(m);
    return t.usable;
}

/* Below the one that was chosen. */
static void lay_model_fields(struct desk *d)
{
    const struct desk_setup *s = &d->setup;

    desk_field(d, "model", "model", s->model, "its name, as the provider calls it",
               s->model_problem);
    desk_field(d, "key_file", "key file", s->key_file,
               "a path; only where no variable holds the key", s->key_problem);
    desk_go(d, "onward", "Next: an account of AWS", NULL);
}

static void lay_model(struct desk *d)
{
    struct desk_setup *s = &d->setup;
    char state[ERR_MSG_MAX];

    lay_step(d, 2, "a language model");
    desk_text(
        d, STYLE_DIM,
        "Optional: investigations work without one. No key is asked for, shown or written: it "
        "stays in its variable or its file.");
    desk_blank(d);
    desk_go(d, "next", "Next: an account of AWS", NULL);
    for (size_t i = 0; i < PROVIDERS; i++) {
        bool it = strcmp(s->provider, providers[i]) == 0, there = i == 0;

        if (i == 0)
            (void)snprintf(state, sizeof(state), "the built-in investigator alone");
        else
            there = model_state(d, providers[i], "", it ? s->key_file : "", state);
        desk_check(d, arena_printf(d->frame, "provider:%s", providers[i]), it, providers[i],
                   there || it ? state : "no key was found");
        if (it && i > 0)
            lay_model_fields(d);
    }
}

static bool write_text(char *out, size_t size, const char *text, char *problem)
{
    struct str clean = str_trim(str_from(text));
    bool fits = clean.len < size;

    (void)snprintf(out, size, "%.*s", fits ? (int)clean.len : 0, clean.ptr ? clean.ptr : "");
    (void)snprintf(problem, ERR_MSG_MAX, "%s", fits ? "" : "that is too long");
    return fits;
}

/* A key that is pasted where a path belongs is not kept, and not drawn again. */
static bool write_key_file(struct desk *d, const char *text)
{
    struct desk_setup *s = &d->setup;
    struct str clean = str_trim(str_from(text));

    if (clean.len && *clean.ptr != '/' && *clean.ptr != '~' && *clean.ptr != '.') {
        s->key_file[0] = '\0';
        (void)snprintf(s->key_problem, sizeof(s->key_problem),
                       "a path begins with / or ~; if that was a key: it is not kept");
        return false;
    }
    return write_text(s->key_file, sizeof(s->key_file), text, s->key_problem);
}

static bool choose_model(struct desk *d, const char *id, const char *text)
{
    struct desk_setup *s = &d->setup;

    if (strncmp(id, "provider:", 9) == 0) {
        (void)snprintf(s->provider, sizeof(s->provider), "%s", id + 9);
        s->model_problem[0] = '\0';
        desk_select(d, strcmp(s->provider, "none") != 0 ? "model" : "next");
    }
    if (strcmp(id, "model") == 0 && text)
        return write_text(s->model, sizeof(s->model), text, s->model_problem);
    if (strcmp(id, "key_file") == 0 && text)
        return write_key_file(d, text);
    if (strcmp(id, "next") != 0 && strcmp(id, "onward") != 0)
        return true;
    if (strcmp(s->provider, "none") != 0 && !*s->model) {
        (void)snprintf(s->model_problem, sizeof(s->model_problem), "it needs a name");
        desk_select(d, "model");
        return false;
    }
    s->step = SETUP_ACCOUNT;
    return true;
}

/* ---- 3: an account of AWS ---- */

static bool has_accounts(const struct desk *d)
{
    VALUE_EACH (a, value_get(d->list.v, "accounts"))
        if (str_eq_c(value_str_or(a, "from", ""), "services.yaml"))
            return true;
    return false;
}

static bool has_keys(const struct desk *d)
{
    return value_bool_or(value_at(value_get(d->list.v, "accounts"), 0), "has_keys", false);
}

static void lay_account_step(struct desk *d)
{
    struct desk_setup *s = &d->setup;

    lay_step(d, 3, "an account of AWS");
    desk_text(d, STYLE_DIM, "Optional. Runbook reads; nothing in AWS is changed by this.");
    desk_blank(d);
    desk_go(d, "skip", "Next: no account now",
            has_accounts(d) ? "those that are written stay" : "0 adds one at any time");
    if (has_keys(d) && !has_accounts(d))
        desk_go(d, "environment", "Next: the keys that are here",
                value_cstr_or(value_at(value_get(d->list.v, "accounts"), 0), "keys", ""));
    desk_blank(d);
    desk_heading(d, "Or a role, or a profile");
    form_lay(d);
    desk_check(d, "scan", s->scan, "try it and scan it at once",
               s->scan ? "it is added only when all of it works" : "else it is verified later");
    desk_go(d, "next", "Next: with this account", NULL);
}

static bool choose_account_step(struct desk *d, const char *id, const char *text)
{
    struct desk_setup *s = &d->setup;
    bool bad;

    if (form_choose(d, id, text, &bad))
        return !bad;
    if (strcmp(id, "scan") == 0) {
        s->scan = !s->scan;
        return true;
    }
    if (strcmp(id, "next") == 0 && !form_check(d))
        return false;
    s->with_account = strcmp(id, "next") == 0;
    s->by_environment = strcmp(id, "environment") == 0;
    s->step = SETUP_LOOK;
    ask_preview(d);
    return true;
}

/* ---- 4: a look, and writing ---- */

static void lay_preview(struct desk *d)
{
    const struct desk_setup *s = &d->setup;
    struct str rest = str_from(s->preview), line;

    if (*s->preview_problem)
        desk_text(d, STYLE_DANGER, "%s", s->preview_problem);
    else if (!s->preview)
        desk_text(d, STYLE_DIM, "What would be written is being made.");
    while (s->preview && str_line(&rest, &line))
        desk_text(d, str_starts(line, "+") ? STYLE_OK : STYLE_CODE, "  %.*s", STR_FMT(line));
}

static void lay_look(struct desk *d)
{
    const struct desk_setup *s = &d->setup;
    char state[ERR_MSG_MAX];

    lay_step(d, 4, "what is written");
    desk_blank(d);
    lay_preview(d);
    if (s->with_account)
        desk_fact(d, "account", STYLE_TEXT, "%s, into services.yaml beside it%s",
                  d->form.text[FIELD_NAME], s->scan ? ", when it works and was scanned" : "");
    if (strcmp(s->provider, "none") != 0 &&
        !model_state(d, s->provider, s->model, s->key_file, state))
        desk_fact(d, "model", STYLE_WARNING, "%s", state);
    if (*s->account_problem)
        desk_text(d, STYLE_DANGER, "%s", s->account_problem);
    desk_blank(d);
    if (s->preview)
        desk_go(d, "write", "Write it", NULL);
    if (s->preview || *s->preview_problem)
        desk_go(d, "back", "Back", "change something");
}

/* "wrote /home/me/.config/runbook/config.yaml" */
static void note_written(struct desk *d)
{
    struct desk_setup *s = &d->setup;
    struct str rest = buf_str(&d->job.out), line;
    struct buf said = BUF_INIT(1 << 16);

    buf_adds(&said, s->said ? s->said : "");
    while (str_line(&rest, &line))
        if (str_starts(line, "wrote ") || str_starts(line, "kept ") ||
            str_ends(line, "nothing to change.") || str_find(line, STR_LIT(" is in ")) > 0)
            buf_addf(&said, "%.*s\n", STR_FMT(line));
    free(s->said);
    s->said = buf_detach(&said);
}

static void after_account(struct desk *d)
{
    struct desk_setup *s = &d->setup;

    desk_read(d);
    s->step = SETUP_DONE;
    s->account_written = desk_job_well(d);
    s->account_failed = !s->account_written;
    if (s->account_failed)
        return; /* its page says why, and tries again */
    note_written(d);
    d->depth = 1;
}

static void after_init(struct desk *d)
{
    struct desk_setup *s = &d->setup;

    if (!desk_job_well(d))
        return;
    note_written(d);
    s->wrote = true;
    d->changed = true;
    d->depth = 1;
    s->step = SETUP_DONE;
    desk_read(d);
    if (s->with_account)
        form_add(d, s->scan, after_account);
}

static void write_it(struct desk *d)
{
    const char *args[DESK_ARGS_MAX];
    struct arena *a = arena_new(0);

    init_args(d, false, args, a);
    if (desk_start(d, &(struct desk_start){.title = "The configuration",
                                           .stopped = "Nothing was written.",
                                           .args = args,
                                           .then = after_init}))
        desk_open(d, &page_run, "");
    arena_free(a);
}

/* ---- done ---- */

static void lay_done(struct desk *d)
{
    const struct desk_setup *s = &d->setup;
    struct str rest = str_from(s->said), line;

    desk_heading(d,
                 s->account_failed ? "The configuration is written; the account is not" : "Done");
    desk_blank(d);
    while (s->said && str_line(&rest, &line))
        desk_text(d, STYLE_CODE, "  %.*s", STR_FMT(line));
    if (s->account_written && s->scan)
        desk_text(d, STYLE_CODE, "  %s is in %s", d->form.text[FIELD_NAME],
                  value_cstr_or(d->list.v, "file", "services.yaml"));
    if (s->account_failed)
        desk_text(d, STYLE_WARNING, "%s is in no file.", d->form.text[FIELD_NAME]);
    desk_blank(d);
    if (s->account_failed)
        desk_go(d, "change", "Change the account and try again", NULL);
    if (d->o.reopen)
        desk_go(d, "reopen", "Open the screen with it", NULL);
    desk_go(d, "accounts", "The accounts of AWS", "0 opens them at any time");
    desk_go(d, "close", "Close", "/setup goes through it again");
}

static bool choose_done(struct desk *d, const char *id)
{
    struct desk_setup *s = &d->setup;

    if (strcmp(id, "change") == 0) {
        s->step = SETUP_ACCOUNT;
        s->account_failed = false;
    } else if (strcmp(id, "reopen") == 0) {
        d->o.reopen(d->o.ctx);
    } else if (strcmp(id, "accounts") == 0) {
        d->depth = 0;
        desk_open(d, &page_accounts, "");
    } else if (strcmp(id, "close") == 0) {
        desk_close(d);
    }
    return true;
}

/* ---- the page ---- */

static void lay_setup(struct desk *d, const char *arg)
{
    (void)arg;
    switch (d->setup.step) {
    case SETUP_HERE:
        lay_here(d);
        break;
    case SETUP_MODEL:
        lay_model(d);
        break;
    case SETUP_ACCOUNT:
        lay_account_step(d);
        break;
    case SETUP_LOOK:
        lay_look(d);
        break;
    case SETUP_DONE:
        lay_done(d);
        break;
    }
}

static bool choose_setup(struct desk *d, const char *arg, const char *id, const char *text)
{
    (void)arg;
    switch (d->setup.step) {
    case SETUP_HERE:
        return choose_here(d, id, text);
    case SETUP_MODEL:
        return choose_model(d, id, text);
    case SETUP_ACCOUNT:
        return choose_account_step(d, id, text);
    case SETUP_LOOK:
        if (strcmp(id, "write") == 0)
            write_it(d);
        else
            d->setup.step = SETUP_ACCOUNT;
        break;
    case SETUP_DONE:
        return choose_done(d, id);
    }
    return true;
}

/* A step back; from the first one, and from the end, the page is left. */
static bool back_setup(struct desk *d, const char *arg)
{
    struct desk_setup *s = &d->setup;

    (void)arg;
    if (s->step == SETUP_HERE || s->step == SETUP_DONE)
        return false;
    drop_preview(d);
    s->step = s->step == SETUP_LOOK      ? SETUP_ACCOUNT
              : s->step == SETUP_ACCOUNT ? SETUP_MODEL
                                         : SETUP_HERE;
    return true;
}

const struct desk_page page_setup = {.name = "setup",
                                     .title = "Setup",
                                     .lay = lay_setup,
                                     .choose = choose_setup,
                                     .back = back_setup};
