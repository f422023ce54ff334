/* desk.c - see desk.h: the stack of pages, their rows, and the accounts as `accounts list --json`
 * says them. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runbook/base/mem.h"
#include "runbook/base/timefmt.h"
#include "runbook/codec/json.h"
#include "runbook/loop/proc.h"
#include "src/app/desk_priv.h"

#define LIST_MAX ((size_t)8 << 20)
#define LIST_MS 120000
#define SHORT_MAX 160 /* bytes */

/* ---- rows ---- */

struct sheet_row *desk_row(struct desk *d, enum sheet_kind kind, enum style style, const char *text)
{
    struct sheet_row *row = VEC_PUSH(&d->rows);

    row->kind = kind;
    row->style = style;
    row->text = arena_strdup(d->frame, text ? text : "");
    return row;
}

void desk_blank(struct desk *d)
{
    (void)desk_row(d, SHEET_TEXT, STYLE_TEXT, "");
}

void desk_heading(struct desk *d, const char *text)
{
    (void)desk_row(d, SHEET_HEADING, STYLE_HEADING, text);
}

__attribute__((format(printf, 2, 0))) static const char *formatted(struct desk *d, const char *fmt,
                                                                   va_list ap)
{
    struct buf text = BUF_INIT(1 << 16);
    const char *kept;

    buf_addv(&text, fmt, ap);
    kept = arena_strdup(d->frame, buf_cstr(&text));
    buf_release(&text);
    return kept;
}

const char *desk_in_short(struct desk *d, const char *said)
{
    const char *cut = NULL, *at = said;
    size_t more = 0;

    if (!said || strlen(said) <= SHORT_MAX)
        return said;
    for (; (at = strstr(at, ", ")); at += 2) {
        if ((size_t)(at - said) <= SHORT_MAX)
            cut = at;
        else
            more++;
    }
    return cut ? arena_printf(d->frame, "%.*s and %zu more", (int)(cut - said), said, more + 1)
               : said;
}

void desk_text(struct desk *d, enum style style, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    (void)desk_row(d, SHEET_TEXT, style, formatted(d, fmt, ap));
    va_end(ap);
}

void desk_fact(struct desk *d, const char *label, enum style style, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    desk_row(d, SHEET_FACT, style, formatted(d, fmt, ap))->label = arena_strdup(d->frame, label);
    va_end(ap);
}

static const char *kept(struct desk *d, const char *text)
{
    return text && *text ? arena_strdup(d->frame, text) : NULL;
}

struct sheet_row *desk_go(struct desk *d, const char *id, const char *text, const char *note)
{
    struct sheet_row *row = desk_row(d, SHEET_GO, STYLE_TEXT, text);

    row->id = arena_strdup(d->frame, id);
    row->note = kept(d, note);
    return row;
}

struct sheet_row *desk_field(struct desk *d, const char *id, const char *label, const char *text,
                             const char *note, const char *problem)
{
    struct sheet_row *row = desk_row(d, SHEET_FIELD, STYLE_STRONG, text);

    row->id = arena_strdup(d->frame, id);
    row->label = arena_strdup(d->frame, label);
    row->note = kept(d, note);
    row->problem = kept(d, problem);
    return row;
}

struct sheet_row *desk_check(struct desk *d, const char *id, bool on, const char *text,
                             const char *note)
{
    struct sheet_row *row = desk_go(d, id, text, note);

    row->kind = SHEET_CHECK;
    row->on = on;
    return row;
}

const char *desk_ago(struct desk *d, int64_t at_ms)
{
    int64_t now = d->o.app->clock->wall_ms(d->o.app->clock), by = now - at_ms;
    char text[TIME_TEXT_MAX];

    if (by < 60000)
        return "just now";
    duration_format(by / 60000 * 60000, text);
    return arena_printf(d->frame, "%s ago", text);
}

/* ---- the stack ---- */

static struct desk_shown *top(struct desk *d)
{
    return d->depth ? &d->stack[d->depth - 1] : NULL;
}

void desk_dirty(struct desk *d)
{
    d->stale = true;
    if (d->o.changed)
        d->o.changed(d->o.ctx);
}

void desk_open(struct desk *d, const struct desk_page *page, const char *arg)
{
    struct desk_shown *s;

    if (d->depth == DESK_DEPTH)
        return;
    s = &d->stack[d->depth++];
    *s = (struct desk_shown){.page = page};
    (void)snprintf(s->arg, sizeof(s->arg), "%s", arg);
    desk_dirty(d);
}

void desk_close(struct desk *d)
{
    if (d->depth)
        d->depth--;
    desk_dirty(d);
}

void desk_select(struct desk *d, const char *id)
{
    (void)snprintf(d->select, sizeof(d->select), "%s", id);
}

static void lay(struct desk *d)
{
    struct desk_shown *s = top(d);

    arena_free(d->frame);
    d->frame = arena_new(0);
    d->rows.count = 0;
    s->page->lay(d, s->arg);
    (void)snprintf(d->sheet_name, sizeof(d->sheet_name), "%s %zu %d %s", s->page->name, d->depth,
                   s->page == &page_setup ? (int)d->setup.step : 0, s->arg);
    d->sheet = (struct sheet){.name = d->sheet_name,
                              .title = s->page->title,
                              .rows = d->rows.items,
                              .count = d->rows.count,
                              .start = *s->at && s->page != &page_setup ? s->at : NULL,
                              .select = kept(d, d->select),
                              .leave = s->page == &page_run && desk_job_runs(d) ? "stop" : NULL,
                              .version = ++d->version};
    d->select[0] = '\0';
    d->stale = false;
}

static const struct sheet *get(void *ctx)
{
    struct desk *d = ctx;

    if (!d->depth)
        return NULL;
    if (d->stale)
        lay(d);
    return &d->sheet;
}

static bool choose(void *ctx, const char *id, const char *text)
{
    struct desk *d = ctx;
    struct desk_shown *s = top(d);
    bool well;

    if (!s)
        return true;
    (void)snprintf(s->at, sizeof(s->at), "%s", id);
    well = s->page->choose(d, s->arg, id, text);
    d->stale = true;
    return well;
}

static void back(void *ctx)
{
    struct desk *d = ctx;
    struct desk_shown *s = top(d);

    if (s && !(s->page->back && s->page->back(d, s->arg)))
        desk_close(d);
    d->stale = true;
}

/* What is under way, or was not finished, is come back to. */
static bool open_sheet(void *ctx, const char *which, struct err *err)
{
    struct desk *d = ctx;
    const struct desk_page *page = strcmp(which, "setup") == 0 ? &page_setup : &page_accounts;

    if (d->depth && d->stack[0].page == page) {
        if (d->depth == 1 && page == &page_accounts) /* other terminals change them, too */
            desk_read(d);
        d->stale = true;
        return true;
    }
    if (desk_job_runs(d)) {
        err_set(err, ERR_INPUT, "%s is still under way", d->job.title);
        return false;
    }
    d->depth = 0;
    if (page == &page_setup)
        setup_begin(d);
    else
        desk_read(d);
    desk_open(d, page, "");
    return true;
}

/* ---- the accounts ---- */

const struct value *desk_account(const struct desk *d, const char *name)
{
    VALUE_EACH (a, value_get(d->list.v, "accounts"))
        if (str_eq_c(value_str_or(a, "name", ""), name))
            return a;
    return NULL;
}

static void on_list(void *ctx, const struct proc_result *r)
{
    struct desk *d = ctx;
    struct arena *arena = arena_new(0);
    struct err err = ERR_INIT;
    const struct value *v = NULL;

    d->list.proc = 0;
    d->list.problem[0] = '\0';
    if (r->err.code)
        (void)snprintf(d->list.problem, sizeof(d->list.problem), "%s", r->err.msg);
    else if (r->exit_status != 0)
        (void)snprintf(d->list.problem, sizeof(d->list.problem), "%s",
                       desk_problem(arena, r->err_out));
    else if (json_parse(arena, str_from(arena_str(arena, r->out)), &v, &err))
        (void)snprintf(d->list.problem, sizeof(d->list.problem), "%s", err.msg);
    if (v) {
        arena_free(d->list.arena);
        d->list.arena = arena;
        d->list.v = v;
    } else {
        arena_free(arena);
    }
    desk_dirty(d);
}

void desk_read(struct desk *d)
{
    const char *argv[16];
    size_t n = desk_program(d, argv);
    struct proc_spec spec = {.argv = argv, .timeout_ms = LIST_MS, .max_output_bytes = LIST_MAX};

    if (d->list.proc)
        proc_drop(d->o.loop, d->list.proc);
    argv[n++] = "accounts";
    argv[n++] = "list";
    argv[n++] = "--json";
    argv[n] = NULL;
    d->list.proc = proc_start(d->o.loop, &spec, on_list, d);
}

/* ---- life ---- */

struct desk *desk_new(const struct desk_options *o)
{
    struct desk *d = xcalloc(1, sizeof(*d));

    d->o = *o;
    d->frame = arena_new(0);
    d->source = (struct sheet_source){d, open_sheet, get, choose, back};
    return d;
}

void desk_listen(struct desk *d, const struct desk_options *o)
{
    struct desk_options was = d->o;

    d->o = *o;
    d->o.app = was.app;
    d->o.loop = was.loop;
}

void desk_free(struct desk *d)
{
    if (!d)
        return;
    if (d->list.proc)
        proc_drop(d->o.loop, d->list.proc);
    desk_job_release(d);
    setup_release(d);
    arena_free(d->list.arena);
    arena_free(d->watch.arena);
    VEC_RELEASE(&d->watch.services);
    arena_free(d->frame);
    VEC_RELEASE(&d->rows);
    free(d);
}

const struct sheet_source *desk_sheets(const struct desk *d)
{
    return &d->source;
}
