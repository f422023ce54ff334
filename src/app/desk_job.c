/* desk_job.c - a command of this program as a child, and its page: stages and progress as --events
 * tells them, what came of it, which permissions are missing. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runbook/base/mem.h"
#include "runbook/base/timefmt.h"
#include "runbook/codec/json.h"
#include "runbook/loop/proc.h"
#include "src/app/desk_priv.h"

#define OUT_MAX ((size_t)16 << 20)
#define PROBLEM_MAX ((size_t)1 << 16)
#define PROBLEM_SHOWN 1000

const char *desk_self(void)
{
    return "/proc/self/exe"; /* of the child, before it is another program: this file */
}

size_t desk_program(struct desk *d, const char **argv)
{
    static const char *const names[] = {"config", "state-dir"};
    static const char *const options[] = {"--config", "--state-dir"};
    size_t n = 0;

    argv[n++] = desk_self();
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        const char *given = args_get(d->o.app->args, names[i]);

        if (!given)
            continue;
        argv[n++] = options[i];
        argv[n++] = given;
    }
    return n;
}

/* "runbook accounts: why", "runbook: why": the last line that says something. */
const char *desk_problem(struct arena *a, struct str text)
{
    struct str line, last = STR_LIT("it ended without a word");
    ptrdiff_t colon;

    while (str_line(&text, &line))
        if (str_trim(line).len && !str_starts(line, "Try '"))
            last = str_trim(line);
    colon = str_starts(last, "runbook") ? str_find(last, STR_LIT(": ")) : -1;
    if (colon >= 0)
        last = (struct str){last.ptr + colon + 2, last.len - (size_t)colon - 2};
    return arena_strndup(a, last.ptr, last.len < PROBLEM_SHOWN ? last.len : PROBLEM_SHOWN);
}

/* ---- what it tells ---- */

static struct desk_stage *stage_of(struct desk_job *j, const char *name)
{
    for (size_t i = 0; i < j->stage_count; i++)
        if (strcmp(j->stages[i].name, name) == 0)
            return &j->stages[i];
    if (j->stage_count == DESK_STAGES)
        return NULL;
    j->stages[j->stage_count] = (struct desk_stage){.name = arena_strdup(j->arena, name)};
    return &j->stages[j->stage_count++];
}

static void on_stage(struct desk_job *j, const struct value *v, bool begins)
{
    struct desk_stage *s = stage_of(j, value_cstr_or(v, "stage", "?"));

    if (!s)
        return;
    s->state = begins ? SHEET_RUNNING : value_bool_or(v, "ok", false) ? SHEET_OK : SHEET_FAILED;
    s->said = begins ? NULL : arena_strdup(j->arena, value_cstr_or(v, "said", ""));
    if (begins)
        j->counted = false;
}

static void on_progress(struct desk_job *j, const struct value *v)
{
    j->counted = true;
    j->done = value_i64_or(v, "done", 0);
    j->known = value_i64_or(v, "known", 0);
    j->resources = value_i64_or(v, "resources", 0);
    j->failed = value_i64_or(v, "failed", 0);
}

/* What is no JSON is text for people, and is shown as it is. */
static void on_line(struct desk_job *j, struct str line)
{
    struct arena *a = arena_new(0);
    const struct value *v;
    struct err ignored = ERR_INIT;
    const char *event;

    if (!str_starts(line, "{") || json_parse(a, line, &v, &ignored)) {
        buf_add_str(&j->out, line);
        buf_addc(&j->out, '\n');
        arena_free(a);
        return;
    }
    event = value_cstr_or(v, "event", "");
    if (strcmp(event, "begin") == 0 || strcmp(event, "stage") == 0)
        on_stage(j, v, *event == 'b');
    else if (strcmp(event, "progress") == 0)
        on_progress(j, v);
    else if (json_parse(j->arena, str_from(arena_str(j->arena, line)), &j->result, &ignored))
        j->result = NULL;
    arena_free(a);
}

static void on_output(void *ctx, struct str piece)
{
    struct desk *d = ctx;
    struct desk_job *j = &d->job;

    for (size_t i = 0; i < piece.len; i++) {
        if (piece.ptr[i] != '\n') {
            buf_addc(&j->line, piece.ptr[i]);
            continue;
        }
        on_line(j, buf_str(&j->line));
        buf_clear(&j->line);
    }
    desk_dirty(d);
}

static void on_problem(void *ctx, struct str piece)
{
    struct desk *d = ctx;

    buf_add(&d->job.problem, piece.ptr,
            piece.len < PROBLEM_MAX - d->job.problem.len ? piece.len
                                                         : PROBLEM_MAX - d->job.problem.len);
}

static const struct value *missing_of(const struct desk_job *j)
{
    const struct value *first = value_at(value_get(j->result, "accounts"), 0);

    return value_get(first ? first : j->result, "missing");
}

/* Some is missing, the rest can be read: that is no failure, and not all well. */
static void note_missing(struct desk_job *j)
{
    for (size_t i = 0; value_count(missing_of(j)) && i < j->stage_count; i++)
        if (strcmp(j->stages[i].name, "permissions") == 0 && j->stages[i].state == SHEET_OK)
            j->stages[i].state = SHEET_WARNING;
}

static bool scan_was_kept(const struct desk_job *j)
{
    for (size_t i = 0; i < j->stage_count; i++)
        if (strcmp(j->stages[i].name, "inventory") == 0 && j->stages[i].state == SHEET_OK)
            return true;
    return str_eq_c(value_str_or(j->result, "schema", ""), "runbook.scan/1");
}

static void on_end(void *ctx, const struct proc_result *r)
{
    struct desk *d = ctx;
    struct desk_job *j = &d->job;

    j->proc = 0;
    j->over = true;
    j->exit = r->exit_status;
    if (r->err.code && !j->canceled)
        buf_addf(&j->problem, "%s\n", r->err.msg);
    for (size_t i = 0; i < j->stage_count; i++)
        if (j->stages[i].state == SHEET_RUNNING)
            j->stages[i].state = SHEET_FAILED;
    note_missing(j);
    if (d->o.scanned && scan_was_kept(j))
        d->o.scanned(d->o.ctx);
    if (j->then)
        j->then(d);
    desk_dirty(d);
}

/* ---- to begin and to end ---- */

bool desk_job_runs(const struct desk *d)
{
    return d->job.proc != 0;
}

bool desk_job_well(const struct desk *d)
{
    return d->job.over && d->job.exit == 0;
}

static void run(struct desk *d)
{
    struct desk_job *j = &d->job;
    struct proc_spec spec = {.argv = j->argv,
                             .stdin_data = str_from(j->input),
                             .max_output_bytes = OUT_MAX,
                             .on_output = on_output,
                             .on_err_output = on_problem};

    buf_clear(&j->line);
    buf_clear(&j->out);
    buf_clear(&j->problem);
    for (size_t i = 0; i < j->stage_count; i++) {
        j->stages[i].state = SHEET_PENDING;
        j->stages[i].said = NULL;
    }
    j->counted = j->over = j->canceled = false;
    j->result = NULL;
    j->begun_ms = loop_now_ms(d->o.loop);
    j->proc = proc_start(d->o.loop, &spec, on_end, d);
    desk_dirty(d);
}

bool desk_start(struct desk *d, const struct desk_start *s)
{
    struct desk_job *j = &d->job;
    const char *argv[16];
    size_t n;

    if (j->proc)
        return false;
    desk_job_release(d);
    *j = (struct desk_job){.stopped = s->stopped, .then = s->then, .arena = arena_new(0)};
    buf_init(&j->line, OUT_MAX);
    buf_init(&j->out, OUT_MAX);
    buf_init(&j->problem, PROBLEM_MAX + ERR_MSG_MAX);
    (void)snprintf(j->title, sizeof(j->title), "%s", s->title);
    for (size_t i = 0; s->stages && s->stages[i]; i++)
        (void)stage_of(j, s->stages[i]);
    n = desk_program(d, argv);
    for (size_t i = 0; i < n; i++)
        j->argv[i] = arena_strdup(j->arena, argv[i]);
    for (size_t i = 0; s->args[i] && n < DESK_ARGS_MAX - 1; i++)
        j->argv[n++] = arena_strdup(j->arena, s->args[i]);
    j->argv[n] = NULL;
    j->input = s->input ? arena_strdup(j->arena, s->input) : "";
    run(d);
    return true;
}

void desk_cancel(struct desk *d)
{
    if (!d->job.proc)
        return;
    d->job.canceled = true;
    proc_cancel(d->o.loop, d->job.proc);
}

void desk_job_release(struct desk *d)
{
    struct desk_job *j = &d->job;

    if (j->proc)
        proc_drop(d->o.loop, j->proc);
    arena_free(j->arena);
    buf_release(&j->line);
    buf_release(&j->out);
    buf_release(&j->problem);
    *j = (struct desk_job){.proc = 0};
}

/* ---- its page ---- */

static void lay_stages(struct desk *d)
{
    struct desk_job *j = &d->job;

    for (size_t i = 0; i < j->stage_count; i++) {
        struct desk_stage *s = &j->stages[i];
        bool failed = s->state == SHEET_FAILED;
        struct sheet_row *row =
            desk_row(d, SHEET_STAGE, failed ? STYLE_DANGER : STYLE_TEXT,
                     s->state == SHEET_OK ? desk_in_short(d, s->said) : s->said);

        row->state = s->state;
        row->label = s->name;
    }
}

static void lay_progress(struct desk *d)
{
    const struct desk_job *j = &d->job;

    if (j->over)
        return;
    desk_blank(d);
    if (j->canceled)
        desk_text(d, STYLE_WARNING, "It is being stopped.");
    else if (j->counted)
        desk_text(d, STYLE_ACCENT, "%lld of %lld lists, %lld resources, %lld failed",
                  (long long)j->done, (long long)j->known, (long long)j->resources,
                  (long long)j->failed);
    else
        desk_text(d, STYLE_ACCENT, "AWS is being asked.");
}

static void lay_missing(struct desk *d, const struct value *missing)
{
    if (!value_count(missing))
        return;
    desk_blank(d);
    desk_heading(d, "Permissions that are missing");
    VALUE_EACH (m, missing)
        desk_text(d, STYLE_WARNING, "  %.*s", m->type == VALUE_STRING ? (int)m->u.string.len : 0,
                  m->type == VALUE_STRING ? m->u.string.ptr : "");
}

static void lay_scan(struct desk *d, const struct value *r)
{
    desk_text(d, STYLE_TEXT, "Scan %lld: %lld resources; %lld added, %lld changed, %lld gone",
              (long long)value_i64_or(r, "scan", 0), (long long)value_i64_or(r, "resources", 0),
              (long long)value_i64_or(r, "added", 0), (long long)value_i64_or(r, "changed", 0),
              (long long)value_i64_or(r, "gone", 0));
    if (value_i64_or(r, "places_not_whole", 0))
        desk_text(d, STYLE_WARNING,
                  "%lld of %lld places were not read whole; what was there before stays.",
                  (long long)value_i64_or(r, "places_not_whole", 0),
                  (long long)value_i64_or(r, "places", 0));
}

static void lay_text(struct desk *d, struct str text, enum style style)
{
    struct str line;

    while (str_line(&text, &line))
        desk_text(d, style, "%.*s", STR_FMT(line));
}

/* A check that found something missing has done what it should: it is no failure of its own. */
static void lay_end(struct desk *d)
{
    const struct desk_job *j = &d->job;
    const struct value *r = j->result, *first = value_at(value_get(r, "accounts"), 0);
    struct str schema = value_str_or(r, "schema", "");
    bool told = r && !str_eq_c(schema, "runbook.accounts.onboarding/1");

    if (!j->over)
        return;
    desk_blank(d);
    if (j->canceled) {
        desk_text(d, STYLE_WARNING, "Stopped. %s", j->stopped);
    } else if (j->exit == 0) {
        desk_text(d, STYLE_OK, "Done.");
    } else if (!told) {
        desk_text(d, STYLE_DANGER, "It ended here. %s", j->stopped);
    }
    if (str_eq_c(schema, "runbook.scan/1"))
        lay_scan(d, r);
    if (first && *value_cstr_or(first, "error", ""))
        desk_text(d, STYLE_DANGER, "%s", value_cstr_or(first, "error", ""));
    lay_text(d, buf_str(&j->out), STYLE_CODE);
    if (!told && j->exit != 0 && !j->canceled && j->problem.len)
        desk_text(d, STYLE_DANGER, "%s", desk_problem(d->frame, buf_str(&j->problem)));
    lay_missing(d, missing_of(j));
}

static void lay_run(struct desk *d, const char *arg)
{
    (void)arg;
    desk_heading(d, d->job.title);
    lay_stages(d);
    lay_progress(d);
    lay_end(d);
    desk_blank(d);
    if (!d->job.over) {
        desk_go(d, "stop", "Stop", NULL);
        return;
    }
    desk_go(d, "back", "Back", NULL);
    if (d->job.exit != 0)
        desk_go(d, "again", "Try it again", NULL);
}

static bool choose_run(struct desk *d, const char *arg, const char *id, const char *text)
{
    (void)arg;
    (void)text;
    if (strcmp(id, "stop") == 0)
        desk_cancel(d);
    else if (strcmp(id, "again") == 0 && d->job.over)
        run(d);
    else if (strcmp(id, "back") == 0)
        desk_close(d);
    return true;
}

static bool back_run(struct desk *d, const char *arg)
{
    (void)arg;
    if (!desk_job_runs(d))
        return false;
    desk_cancel(d);
    return true;
}

const struct desk_page page_run = {
    .name = "run",
    .title = "Accounts",

    .lay = lay_run,
    .choose = choose_run,
    .back = back_run,
};
