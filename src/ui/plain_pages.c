/* plain_pages.c - what the screen's pages show, as labelled lines, and raw results. */
#include "src/ui/plain_priv.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "runbook/base/mem.h"
#include "runbook/base/num.h"
#include "runbook/base/timefmt.h"
#include "runbook/codec/json.h"
#include "runbook/view/screen.h"

#define RAW_MAX ((size_t)4 << 20) /* bytes of a raw result that are printed */

static void set_open(struct plain *p, const char *id, const char *blob)
{
    snprintf(p->opened, sizeof(p->opened), "%s", id);
    snprintf(p->blob, sizeof(p->blob), "%s", blob);
}

static void field_time(struct plain *p, const char *label, int64_t ms)
{
    char when[TIME_TEXT_MAX];

    if (!ms)
        return;
    time_format_rfc3339(ms, when);
    plain_field(p, label, when);
}

static void field_number(struct plain *p, const char *label, double v, const char *unit)
{
    char text[48];

    if (!isfinite(v))
        return;
    num_human(v, unit, text);
    plain_field(p, label, text);
}

static void say_raw(struct plain *p, const char *blob)
{
    if (*blob)
        plain_linef(p, 0, TONE_DIM, "raw prints the result that this was read from.");
}

/* ---- one page each ---- */

static void show_call(struct plain *p, const char *call)
{
    const struct tool_run *t = model_tool(p->model, call);
    char took[TIME_TEXT_MAX], size[48], *line;

    if (!t)
        return;
    duration_format(t->duration_ms, took);
    num_human((double)t->size_bytes, "bytes", size);
    line = xasprintf("%s, %s, %s, %s", t->tool, t->ended ? tool_status_name(t->status) : "running",
                     took, size);
    plain_field(p, "from", line);
    free(line);
}

/* The chart as sentences, a label before the first. */
static void say_chart(struct plain *p, const struct evidence *e)
{
    struct buf raw = BUF_INIT(SERIES_RAW_MAX), said = BUF_INIT(1 << 16);
    struct str rest, line;
    struct err err = ERR_INIT;

    if (*e->blob && p->opts.blobs.read &&
        p->opts.blobs.read(p->opts.blobs.ctx, e->blob, &raw, &err))
        evidence_sentence(p->model, e, buf_str(&raw), &said);
    rest = buf_str(&said);
    while (str_line(&rest, &line)) {
        char *text = xasprintf("%.*s", STR_FMT(line));

        plain_field(p, line.ptr == said.ptr ? "chart" : "", text);
        free(text);
    }
    buf_release(&raw);
    buf_release(&said);
}

/* How it moved, or how it falls: lines below each other, a label before the first. */
static void say_picture(struct plain *p, const struct evidence *e, const struct tool_run *t)
{
    const char *blob = e ? e->blob : t->blob;
    struct buf raw = BUF_INIT(SERIES_RAW_MAX), said = BUF_INIT(1 << 16);
    struct str rest, line;
    struct err err = ERR_INIT;

    if (*blob && p->opts.blobs.read && p->opts.blobs.read(p->opts.blobs.ctx, blob, &raw, &err))
        picture_text(p->model, e, t, buf_str(&raw), !p->opts.text.ascii, &said);
    rest = buf_str(&said);
    while (str_line(&rest, &line)) {
        char *text = xasprintf("%.*s", STR_FMT(line));

        plain_field(p, line.ptr == said.ptr ? "curve" : "", text);
        free(text);
    }
    buf_release(&raw);
    buf_release(&said);
}

static void show_evidence(struct plain *p, const struct evidence *e)
{
    char before[48], after[48], *line;

    set_open(p, e->id, e->blob);
    plain_linef(p, 0, TONE_BOLD, "%s %s%s%s: %s", e->id, strength_name(e->strength),
                *e->hypothesis ? " for " : "", e->hypothesis, e->statement);
    plain_field(p, "query", e->query);
    show_call(p, e->call);
    field_time(p, "from time", e->window_start_ms);
    field_time(p, "to time", e->window_end_ms);
    field_time(p, "onset", e->onset_ms);
    if (isfinite(e->before) && isfinite(e->after)) {
        num_human(e->before, e->unit, before);
        num_human(e->after, e->unit, after);
        line = xasprintf("from %s to %s", before, after);
        plain_field(p, "change", line);
        free(line);
    } else {
        field_number(p, "value", isfinite(e->after) ? e->after : e->before, e->unit);
    }
    say_chart(p, e);
    say_picture(p, e, model_tool(p->model, e->call));
    plain_field(p, "service", e->service);
    plain_field(p, "metric", e->metric);
    plain_field(p, "resource", e->resource);
    field_number(p, "score", e->score, "");
    plain_field(p, "shows",
                e->direct     ? "the cause itself"
                : e->temporal ? "a change at the incident's start"
                              : "");
    say_raw(p, e->blob);
}

static void show_hypothesis(struct plain *p, const struct hypothesis *h)
{
    const struct model *m = p->model;

    set_open(p, h->id, "");
    plain_linef(p, 0, TONE_BOLD, "%s %s, %.0f %%: %s", h->id, hyp_status_words(h),
                h->confidence * 100, h->statement);
    plain_field(p, "confidence", h->terms);
    plain_field(p, "because", h->reason);
    plain_field(p, "category", category_name(h->category));
    plain_field(p, "resource", h->resource);
    plain_field(p, "service", h->service);
    plain_field(p, "metric", h->metric);
    plain_field(p, "proposed", h->rationale);
    plain_field(p, "refuted by", h->refutes);
    for (size_t i = 0; i < h->evidence.count; i++) {
        const struct evidence *e = &m->evidence.items[h->evidence.items[i]];
        char *line = xasprintf("%s %s: %s", e->id, strength_name(e->strength), e->statement);

        text_add_label(&p->opts.text, &p->out, i ? "" : "evidence", TONE_PLAIN, line);
        free(line);
    }
    for (size_t i = 0; i < h->gaps.count; i++) {
        const struct gap *g = &m->gaps.items[h->gaps.items[i]];
        char *line = xasprintf("%s: %s", g->what, g->why);

        text_add_label(&p->opts.text, &p->out, i ? "" : "not seen", TONE_PLAIN, line);
        free(line);
    }
    for (size_t i = 0; i < h->children.count; i++) {
        const struct hypothesis *c = &m->hypotheses.items[h->children.items[i]];
        char *line = xasprintf("%s %s: %s", c->id, hyp_status_words(c), c->statement);

        text_add_label(&p->opts.text, &p->out, i ? "" : "branches", TONE_PLAIN, line);
        free(line);
    }
}

static void show_query(struct plain *p, const struct tool_run *t)
{
    set_open(p, t->call, t->blob);
    plain_linef(p, 0, TONE_BOLD, "%s %s: %s", t->call, t->tool, t->title);
    plain_field(p, "query", t->query);
    plain_field(p, "arguments", t->args);
    plain_field(p, "tests", t->hypothesis);
    show_call(p, t->call);
    plain_field(p, "answer", t->summary);
    plain_field(p, "error", t->error);
    if (t->ended)
        say_picture(p, NULL, t);
    say_raw(p, t->blob);
}

static void show_resource(struct plain *p, const struct resource *r)
{
    char value[48], *line;
    struct buf history = BUF_INIT(1024);

    set_open(p, r->key, "");
    plain_linef(p, 0, TONE_BOLD, "%s %s: %s", r->kind, r->name, health_name(r->health));
    plain_field(p, "key", r->key);
    plain_field(p, "part of", r->parent);
    if (r->cloud) {
        plain_field(p, "service", r->cloud->service);
        plain_field(p, "region", r->cloud->region);
        plain_field(p, "account", r->cloud->account);
        plain_field(p, "tags", r->cloud->tags);
    }
    plain_field(p, "status", r->status);
    plain_field(p, "detail", r->detail);
    if (isfinite(r->value)) {
        num_human(r->value, r->unit, value);
        line = xasprintf("%s%s%s", r->metric, *r->metric ? " " : "", value);
        plain_field(p, "value", line);
        free(line);
    }
    field_number(p, "limit", r->limit, r->unit);
    for (int i = 0; r->history_count > 1 && i < r->history_count; i++) {
        num_human(r->history[i], r->unit, value);
        buf_addf(&history, "%s%s", i ? ", " : "", value);
    }
    plain_field(p, "before", buf_cstr(&history));
    field_time(p, "seen", r->seen_ms);
    buf_release(&history);
    plain_measure(p, r->key);
}

static void show_finding(struct plain *p, const struct finding *f)
{
    const struct {
        const char *label, *text;
    } fields[] = {{"resource", f->resource}, {"service", f->service},
                  {"region", f->region},     {"account", f->account},
                  {"check", f->check},       {"reference", f->reference},
                  {"says", f->source},       {"also", f->also},
                  {"status", f->status},     {"accepted", f->suppressed},
                  {"evidence", f->evidence}, {"why", f->why},
                  {"fix", f->fix},           {"act", f->act},
                  {"way back", f->rollback}, {"answer", f->call}};

    plain_linef(p, 0, TONE_BOLD, "%s: %s%s", finding_severity_name(f->severity), f->title,
                f->gone ? " (gone)" : "");
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
        if (*fields[i].text)
            plain_field(p, fields[i].label, fields[i].text);
    if (*f->act)
        plain_linef(p, 0, TONE_DIM, "'act %s' proposes the fix.", f->act);
}

static void show_alert(struct plain *p, const struct alert *a)
{
    const struct hypothesis *h = alert_cause(p->model, a);
    char *line;

    set_open(p, a->fingerprint, "");
    plain_linef(p, 0, TONE_BOLD, "alert %s: %s", a->name, alert_state_name(a->state));
    plain_field(p, "severity", a->severity);
    plain_field(p, "service", a->service);
    field_time(p, "since", a->started_ms);
    plain_field(p, "says", a->summary);
    plain_field(p, "labels", a->labels);
    plain_field(p, "fingerprint", a->fingerprint);
    if (alert_is_incident(p->model, a))
        plain_linef(p, 0, TONE_PLAIN, "It is what this investigation is about.");
    line = h ? xasprintf("%s %s, %.0f %%: %s", h->id, hyp_status_words(h), h->confidence * 100,
                         h->statement)
             : xstrdup("nothing so far");
    plain_field(p, "explained by", line);
    free(line);
    show_call(p, a->call);
}

bool plain_open_id(struct plain *p, const char *id)
{
    const struct model *m = p->model;

    if (model_evidence(m, id))
        show_evidence(p, model_evidence(m, id));
    else if (model_hypothesis(m, id))
        show_hypothesis(p, model_hypothesis(m, id));
    else if (model_tool(m, id))
        show_query(p, model_tool(m, id));
    else if (model_finding(m, id))
        show_finding(p, model_finding(m, id));
    else if (model_alert(m, id))
        show_alert(p, model_alert(m, id));
    else if (model_resource(m, id))
        show_resource(p, model_resource(m, id));
    else if (model_procedure(m, id))
        plain_open_procedure(p, model_procedure(m, id));
    else
        return plain_open_approval(p, id);
    return true;
}

void plain_open_item(struct plain *p, const struct item *it)
{
    const struct model *m = p->model;

    switch (it->kind) {
    case ITEM_TOOL:
        show_query(p, &m->tools.items[it->ref]);
        break;
    case ITEM_EVIDENCE:
        show_evidence(p, &m->evidence.items[it->ref]);
        break;
    case ITEM_HYPOTHESIS:
        show_hypothesis(p, &m->hypotheses.items[it->ref]);
        break;
    case ITEM_GAP:
        plain_field(p, "not seen", m->gaps.items[it->ref].what);
        plain_field(p, "why", m->gaps.items[it->ref].why);
        break;
    default:
        plain_linef(p, 0, TONE_PLAIN, "%s", it->text);
        break;
    }
}

/* ---- raw results ---- */

static void add_hex(struct plain *p, struct str bytes)
{
    for (size_t at = 0; at < bytes.len; at += 16) {
        char text[17] = "";

        buf_addf(&p->out, "%08zx ", at);
        for (size_t i = 0; i < 16; i++) {
            unsigned char c = at + i < bytes.len ? (unsigned char)bytes.ptr[at + i] : 0;

            if (at + i < bytes.len)
                buf_addf(&p->out, " %02x", c);
            else
                buf_adds(&p->out, "   ");
            text[i] = at + i >= bytes.len ? '\0' : c >= 0x20 && c < 0x7f ? (char)c : '.';
        }
        buf_addf(&p->out, "  %s\n", text);
    }
}

/* Line by line: the searched ones, or all. */
static void add_raw(struct plain *p, struct str bytes, struct str search)
{
    size_t found = 0, number = 0;
    struct str line;

    if (!search.len) {
        char *text = xstrndup(bytes.ptr ? bytes.ptr : "", bytes.len);

        text_add_wrapped(&p->opts.text, &p->out, 0, TONE_PLAIN, text);
        free(text);
        return;
    }
    while (str_line(&bytes, &line)) {
        char *text;

        number++;
        if (str_ifind(line, search) < 0)
            continue;
        found++;
        text = xasprintf("%zu: %.*s", number, STR_FMT(line));
        text_add_wrapped(&p->opts.text, &p->out, 4, TONE_PLAIN, text);
        free(text);
    }
    plain_linef(p, 0, TONE_DIM, "%zu of %zu lines hold '%.*s'.", found, number, STR_FMT(search));
}

/* JSON on one line is for machines: with a line for each value it can be read and searched. */
static void unfold(struct buf *raw)
{
    struct arena *a = arena_new(0);
    struct buf pretty = BUF_INIT(raw->max);
    const struct value *v;
    struct err err;

    if (raw->len && raw->len <= RAW_MAX && (raw->ptr[0] == '{' || raw->ptr[0] == '[') &&
        json_parse(a, buf_str(raw), &v, &err) == ERR_OK) {
        json_pretty(&pretty, v);
        buf_clear(raw);
        buf_add_str(raw, buf_str(&pretty));
    }
    buf_release(&pretty);
    arena_free(a);
}

void plain_raw(struct plain *p, struct str search, enum plain_raw how)
{
    struct buf raw = BUF_INIT((size_t)256 << 20);
    struct err err = ERR_INIT;
    struct str shown;

    if (!*p->blob) {
        plain_errorf(p, "%s",
                     *p->opened ? "No raw result was kept of what is open."
                                : "Open evidence or a query first, then raw prints its result.");
    } else if (!p->opts.blobs.read) {
        plain_errorf(p, "The raw result is not kept here.");
    } else if (!p->opts.blobs.read(p->opts.blobs.ctx, p->blob, &raw, &err)) {
        plain_errorf(p, "%s", err.msg);
    } else {
        if (how == PLAIN_RAW_PRETTY)
            unfold(&raw);
        shown = buf_str(&raw);
        if (shown.len > RAW_MAX)
            shown.len = RAW_MAX;
        if (how == PLAIN_RAW_HEX)
            add_hex(p, shown);
        else
            add_raw(p, shown, search);
        if (raw.len > RAW_MAX)
            plain_linef(p, 0, TONE_WARN, "Only the first %zu of %zu bytes are shown.", RAW_MAX,
                        raw.len);
    }
    buf_release(&raw);
}
