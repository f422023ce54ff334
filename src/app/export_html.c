/* export_html.c - the session as one HTML file that is read anywhere.
 * No script and nothing to load, and a Content-Security-Policy that says so, in case something ever
 * slips through the escaping. Colours follow the reader's light or dark setting; every state is
 * also a word, never a colour alone. */
#include "src/app/export_priv.h"

#include <math.h>
#include <stdio.h>

#include "runbook/base/num.h"
#include "runbook/base/text.h"
#include "runbook/base/text_tricks.h"
#include "runbook/base/timefmt.h"

static const char style[] =
    ":root{color-scheme:light "
    "dark;--bg:#fff;--fg:#1c2128;--dim:#59636e;--line:#d1d9e0;--card:#f6f8fa;"
    "--good:#1a7f37;--warn:#9a6700;--bad:#cf222e;--accent:#0969da}"
    "@media(prefers-color-scheme:dark){:root{--bg:#0d1117;--fg:#e6edf3;--dim:#9198a1;--line:#"
    "3d444d;"
    "--card:#151b23;--good:#3fb950;--warn:#d29922;--bad:#f85149;--accent:#4493f8}}"
    "*{box-sizing:border-box}"
    "body{margin:0 auto;max-width:72rem;padding:2rem 1rem;background:var(--bg);color:var(--fg);"
    "font:15px/1.5 system-ui,sans-serif;overflow-wrap:anywhere}"
    "h1{margin:0 0 .25rem;font-size:1.6rem;line-height:1.25}"
    "h2{margin:2.5rem 0 .75rem;font-size:1.15rem;border-bottom:1px solid "
    "var(--line);padding-bottom:.3rem}"
    "code,pre{font:13px/1.45 ui-monospace,monospace}"
    "pre{margin:.5rem 0 0;padding:.75rem;max-height:32rem;overflow:auto;background:var(--bg);"
    "border:1px solid var(--line);border-radius:6px;white-space:pre-wrap}"
    "dl{display:grid;grid-template-columns:max-content 1fr;gap:.2rem 1rem;margin:1rem 0}"
    "dt{color:var(--dim)}dd{margin:0}"
    "table{width:100%;border-collapse:collapse}td,th{padding:.35rem .6rem;text-align:left;"
    "vertical-align:top;border-bottom:1px solid var(--line)}section "
    "p,td:last-child{white-space:pre-line}th{color:var(--dim);font-weight:600}"
    "td.at,td.n{white-space:nowrap;font-variant-numeric:tabular-nums}"
    "ul.tree,ul.tree ul{list-style:none;margin:0;padding-left:1.25rem;border-left:1px solid "
    "var(--line)}"
    "ul.tree{padding-left:0;border:0}ul.tree li{margin:.35rem 0}"
    "meter{width:6rem;vertical-align:middle}"
    ".card{margin:.6rem 0;padding:.75rem 1rem;background:var(--card);border:1px solid var(--line);"
    "border-radius:8px}.dim{color:var(--dim)}.tag{display:inline-block;padding:0 .5rem;border:1px "
    "solid;"
    "border-radius:1rem;font-size:.85em;white-space:nowrap}"
    ".good{color:var(--good)}.warn{color:var(--warn)}.bad{color:var(--bad)}.info{color:var(--"
    "accent)}"
    "summary{cursor:pointer}:target{outline:2px solid var(--accent)}a{color:var(--accent)}"
    "@media print{details>*{display:block}pre{max-height:none}}";

static void add_escaped(struct buf *out, struct str s)
{
    for (size_t i = 0; i < s.len; i++) {
        switch (s.ptr[i]) {
        case '&':
            buf_adds(out, "&amp;");
            break;
        case '<':
            buf_adds(out, "&lt;");
            break;
        case '>':
            buf_adds(out, "&gt;");
            break;
        case '"':
            buf_adds(out, "&quot;");
            break;
        case '\'':
            buf_adds(out, "&#39;");
            break;
        default:
            buf_addc(out, s.ptr[i]);
        }
    }
}

/* Text from outside, with its line breaks or on one line. */
static void add_str(struct buf *out, struct str s, bool lines)
{
    struct buf clean = BUF_INIT(BUF_NO_MAX);

    text_sanitize(&clean, s, lines, false);
    add_escaped(out, buf_str(&clean));
    buf_release(&clean);
}

static void add(struct buf *out, const char *s)
{
    add_str(out, str_from(s), false);
}

static void row(struct buf *out, const char *name, const char *value)
{
    if (!value || !*value)
        return;
    buf_addf(out, "<dt>%s</dt><dd>", name);
    add(out, value);
    buf_adds(out, "</dd>\n");
}

static void row_time(struct buf *out, const char *name, int64_t ms)
{
    char text[TIME_TEXT_MAX];

    if (!ms)
        return;
    time_format_rfc3339(ms, text);
    row(out, name, text);
}

static void tag(struct buf *out, const char *tone, const char *text)
{
    buf_addf(out, "<span class=\"tag %s\">%s</span>", tone, text);
}

static void meter(struct buf *out, double v)
{
    if (isnan(v))
        return;
    buf_addf(out, "<meter min=\"0\" max=\"1\" value=\"%.2f\">%.2f</meter> %.2f", v, v, v);
}

/* Ids become fragments: only what cannot end an attribute is kept. */
static void add_id(struct buf *out, const char *id)
{
    for (; *id; id++)
        if ((*id >= '0' && *id <= '9') || (*id >= 'a' && *id <= 'z') ||
            (*id >= 'A' && *id <= 'Z') || *id == '.' || *id == '-')
            buf_addc(out, *id);
}

static void link_to(struct buf *out, const char *kind, const char *id)
{
    buf_addf(out, "<a href=\"#%s-", kind);
    add_id(out, id);
    buf_adds(out, "\">");
    add(out, id);
    buf_adds(out, "</a>");
}

static const char *verdict_tone(enum verdict v)
{
    static const char *const tones[VERDICTS] = {[VERDICT_NONE] = "dim",
                                                [VERDICT_ROOT_CAUSE] = "bad",
                                                [VERDICT_INCONCLUSIVE] = "warn",
                                                [VERDICT_NO_ACTION] = "good",
                                                [VERDICT_FAILED] = "bad"};

    return tones[v];
}

static void page_begin(const struct model *m, struct buf *out)
{
    buf_adds(out, "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                  "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
                  "style-src 'unsafe-inline'\">\n"
                  "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                  "<meta name=\"referrer\" content=\"no-referrer\">\n<title>");
    add(out, export_title(m));
    buf_addf(out, "</title>\n<style>%s</style>\n</head>\n<body>\n", style);
}

static void head(const struct model *m, const struct export_options *o, struct buf *out)
{
    buf_adds(out, "<header>\n<h1>");
    add(out, export_title(m));
    buf_adds(out, "</h1>\n");
    tag(out, verdict_tone(m->conclusion.verdict), export_verdict(m));
    buf_adds(out, "\n<dl>\n");
    row(out, "Session", m->id);
    if (strcmp(m->query, export_title(m)) != 0)
        row(out, "Question", m->query);
    row(out, "Asked by", m->user);
    row(out, "On", m->host);
    row_time(out, "Opened", m->opened_ms);
    row_time(out, "Closed", m->closed ? m->closed_ms : 0);
    if (m->has_incident) {
        row(out, "Incident", m->incident.id);
        row(out, "Service", m->incident.service);
        row_time(out, "Started", m->incident.started_at_ms);
    }
    for (size_t i = 0; i < m->targets.count; i++)
        row(out, "Looked at", m->targets.items[i]);
    row(out, "Journal", o->journal);
    row(out, "Integrity", o->integrity);
    buf_adds(out, "</dl>\n</header>\n");
}

static void root_cause(const struct conclusion *c, struct buf *out)
{
    buf_adds(out, "<dl>\n");
    row(out, "Root cause", c->root_cause.statement);
    buf_adds(out, "<dt>Confidence</dt><dd>");
    meter(out, c->root_cause.confidence);
    buf_adds(out, "</dd>\n");
    row(out, "Resource", c->root_cause.resource);
    row(out, "Service", c->root_cause.service);
    row(out, "Metric", c->root_cause.metric);
    row(out, "Category", c->root_cause.category);
    buf_adds(out, "<dt>Evidence</dt><dd>");
    for (size_t i = 0; i < c->root_cause.evidence.count; i++) {
        link_to(out, "e", c->root_cause.evidence.items[i]);
        buf_addc(out, ' ');
    }
    buf_adds(out, "</dd>\n</dl>\n");
}

static void conclusion(const struct model *m, struct buf *out)
{
    const struct conclusion *c = &m->conclusion;
    bool any =
        c->also.count || c->affected_services.count || c->next_checks.count || c->remediation.count;

    buf_adds(out, "<section class=\"card\">\n<p>");
    add_str(out, str_from(*c->summary ? c->summary : "The investigation did not come to an end."),
            true);
    buf_adds(out, "</p>\n");
    if (c->has_root_cause)
        root_cause(c, out);
    if (any)
        buf_adds(out, "<dl>\n");
    for (size_t i = 0; i < c->also.count; i++)
        row(out, "Also", c->also.items[i]);
    for (size_t i = 0; i < c->affected_services.count; i++)
        row(out, "Affected", c->affected_services.items[i]);
    VEC_EACH (r, &c->remediation) {
        row(out, "Proposal", r->action);
        if (*r->command)
            row(out, "Command", r->command);
        if (*r->skill)
            row(out, "Skill", r->skill);
        row(out, "Undo", r->rollback);
    }
    for (size_t i = 0; i < c->next_checks.count; i++)
        row(out, "Next", c->next_checks.items[i]);
    if (any)
        buf_adds(out, "</dl>\n");
    buf_adds(out, "</section>\n");
}

static void candidates(const struct model *m, struct buf *out)
{
    if (!m->candidates.count)
        return;
    buf_adds(out, "<h2>Candidates</h2>\n<table>\n<tr><th>#</th><th>Score</th><th>Statement</th>"
                  "<th>Evidence</th></tr>\n");
    VEC_EACH (c, &m->candidates) {
        buf_addf(out, "<tr><td class=\"n\">%d</td><td class=\"n\">", (int)c->rank);
        meter(out, c->score);
        buf_adds(out, "</td><td>");
        add(out, c->statement);
        buf_adds(out, "</td><td>");
        for (size_t i = 0; i < c->evidence.count; i++) {
            link_to(out, "e", c->evidence.items[i]);
            buf_addc(out, ' ');
        }
        buf_adds(out, "</td></tr>\n");
    }
    buf_adds(out, "</table>\n");
}

static const char *status_tone(enum hyp_status s)
{
    static const char *const tones[HYP_STATUSES] = {[HYP_PENDING] = "dim",
                                                    [HYP_TESTING] = "info",
                                                    [HYP_SUPPORTED] = "warn",
                                                    [HYP_CONFIRMED] = "bad",
                                                    [HYP_PRUNED] = "dim"};

    return tones[s];
}

static void hypothesis(const struct model *m, const struct hypothesis *h, struct buf *out)
{
    buf_adds(out, "<li id=\"h-");
    add_id(out, h->id);
    buf_adds(out, "\"><strong>");
    add(out, h->id);
    buf_adds(out, "</strong> ");
    add(out, h->statement);
    buf_addc(out, ' ');
    tag(out, status_tone(h->status), hyp_status_words(h));
    buf_addc(out, ' ');
    meter(out, h->confidence);
    for (size_t i = 0; i < h->evidence.count; i++) {
        buf_addc(out, ' ');
        link_to(out, "e", m->evidence.items[h->evidence.items[i]].id);
    }
    if (*h->terms || *h->reason) {
        buf_adds(out, "<br><span class=\"dim\">");
        add(out, h->terms);
        if (*h->terms && *h->reason)
            buf_adds(out, " \xc2\xb7 ");
        add(out, h->reason);
        buf_adds(out, "</span>");
    }
    if (h->children.count && h->depth < EXPORT_DEPTH_MAX) {
        buf_adds(out, "\n<ul>\n");
        for (size_t i = 0; i < h->children.count; i++)
            hypothesis(m, &m->hypotheses.items[h->children.items[i]], out);
        buf_adds(out, "</ul>");
    }
    buf_adds(out, "</li>\n");
}

static void tree(const struct model *m, struct buf *out)
{
    if (!m->hypotheses.count)
        return;
    buf_adds(out, "<h2>Hypotheses</h2>\n<ul class=\"tree\">\n");
    VEC_EACH (h, &m->hypotheses)
        if (h->parent_index == SIZE_MAX)
            hypothesis(m, h, out);
    buf_adds(out, "</ul>\n");
}

static const char *strength_tone(enum evidence_strength s)
{
    static const char *const tones[STRENGTHS] = {[STRENGTH_STRONG] = "good",
                                                 [STRENGTH_WEAK] = "warn",
                                                 [STRENGTH_NONE] = "dim",
                                                 [STRENGTH_CONTRADICTS] = "bad"};

    return tones[s];
}

static void one_evidence(const struct evidence *e, struct buf *out)
{
    struct buf change = BUF_INIT(256);
    char from[TIME_TEXT_MAX], to[TIME_TEXT_MAX];

    buf_adds(out, "<article class=\"card\" id=\"e-");
    add_id(out, e->id);
    buf_adds(out, "\"><strong>");
    add(out, e->id);
    buf_adds(out, "</strong> ");
    add(out, e->statement);
    buf_addc(out, ' ');
    tag(out, strength_tone(e->strength), strength_name(e->strength));
    buf_adds(out, "\n<dl>\n<dt>For</dt><dd>");
    link_to(out, "h", e->hypothesis);
    buf_adds(out, "</dd>\n");
    export_change(e, &change);
    row(out, "Change", buf_cstr(&change));
    if (e->window_start_ms && e->window_end_ms) {
        time_format_rfc3339(e->window_start_ms, from);
        time_format_rfc3339(e->window_end_ms, to);
        buf_addf(out, "<dt>Window</dt><dd>%s to %s</dd>\n", from, to);
    }
    row_time(out, "Onset", e->onset_ms);
    row(out, "Resource", e->resource);
    row(out, "Service", e->service);
    row(out, "Metric", e->metric);
    buf_adds(out, "<dt>From</dt><dd>");
    link_to(out, "q", e->call);
    buf_adds(out, " <code>");
    add(out, e->query);
    buf_adds(out, "</code></dd>\n</dl></article>\n");
    buf_release(&change);
}

static void gaps(const struct model *m, struct buf *out)
{
    if (!m->gaps.count)
        return;
    buf_adds(out,
             "<h2>What could not be looked at</h2>\n<table>\n<tr><th>What</th><th>Why</th></tr>\n");
    VEC_EACH (g, &m->gaps) {
        buf_adds(out, "<tr><td>");
        add(out, g->what);
        buf_adds(out, "</td><td>");
        add(out, g->why);
        buf_adds(out, "</td></tr>\n");
    }
    buf_adds(out, "</table>\n");
}

static void timeline(const struct model *m, struct buf *out)
{
    struct buf text = BUF_INIT(BUF_NO_MAX);
    char at[TIME_TEXT_MAX];

    buf_adds(out, "<h2>Timeline</h2>\n<table>\n<tr><th>UTC</th><th>What</th><th></th></tr>\n");
    VEC_EACH (it, &m->items) {
        buf_clear(&text);
        export_item_text(m, it, &text);
        time_format_hms(it->ts_ms, false, at);
        buf_addf(out, "<tr><td class=\"at\">%s</td><td>%s</td><td>", at, export_item_label(it));
        add_str(out, buf_str(&text), true);
        buf_adds(out, "</td></tr>\n");
    }
    buf_adds(out, "</table>\n");
    buf_release(&text);
}

static void result(const struct tool_run *t, struct export_raw *raw, struct buf *body,
                   struct buf *out)
{
    char note[160];
    bool have = export_raw_get(raw, t, body, note);

    if (have) {
        buf_adds(out, "<pre>");
        add_str(out, buf_str(body), true);
        buf_adds(out, "</pre>\n");
    }
    if (*note) {
        buf_adds(out, "<p class=\"dim\">");
        add(out, note);
        buf_adds(out, "</p>\n");
    }
}

static const char *answer_tone(const struct tool_run *t)
{
    if (!t->ended || t->status == TOOL_CANCELED)
        return "dim";
    return t->status == TOOL_OK ? "good" : t->status == TOOL_EMPTY ? "warn" : "bad";
}

static void query(const struct tool_run *t, struct export_raw *raw, struct buf *body,
                  struct buf *out)
{
    buf_adds(out, "<details class=\"card\" id=\"q-");
    add_id(out, t->call);
    buf_adds(out, "\"><summary><strong>");
    add(out, t->call);
    buf_adds(out, "</strong> ");
    add(out, *t->title ? t->title : t->tool);
    buf_addc(out, ' ');
    tag(out, answer_tone(t), t->ended ? tool_status_name(t->status) : "no answer");
    buf_adds(out, "</summary>\n<dl>\n");
    row(out, "Tool", t->tool);
    row(out, "For", t->hypothesis);
    row(out, "Query", t->query);
    row(out, "Summary", t->summary);
    row(out, "Error", t->error);
    row_time(out, "Started", t->started_ms);
    row(out, "Result", t->blob);
    buf_adds(out, "</dl>\n");
    result(t, raw, body, out);
    buf_adds(out, "</details>\n");
}

static const char *health_tone(enum health h)
{
    static const char *const tones[HEALTHS] = {[HEALTH_UNKNOWN] = "dim",
                                               [HEALTH_OK] = "good",
                                               [HEALTH_WARNING] = "warn",
                                               [HEALTH_CRITICAL] = "bad"};

    return tones[h];
}

static void resources(const struct model *m, struct buf *out)
{
    char value[48];

    if (!m->resources.count)
        return;
    buf_adds(out, "<h2>Resources</h2>\n<table>\n<tr><th>Kind</th><th>Name</th><th>Health</th>"
                  "<th>Value</th><th>Status</th></tr>\n");
    VEC_EACH (r, &m->resources) {
        value[0] = '\0';
        if (!isnan(r->value))
            num_human(r->value, r->unit, value);
        buf_adds(out, "<tr><td>");
        add(out, r->kind);
        buf_adds(out, "</td><td>");
        add(out, r->name);
        buf_adds(out, "</td><td>");
        tag(out, health_tone(r->health), health_name(r->health));
        buf_adds(out, "</td><td class=\"n\">");
        add(out, value);
        buf_adds(out, "</td><td>");
        add(out, r->status);
        if (*r->detail) {
            buf_adds(out, " <span class=\"dim\">");
            add(out, r->detail);
            buf_adds(out, "</span>");
        }
        buf_adds(out, "</td></tr>\n");
    }
    buf_adds(out, "</table>\n");
}

static void add_exact(struct buf *out, const char *s)
{
    struct buf shown = BUF_INIT(BUF_NO_MAX);

    text_show_tricks(&shown, str_from(s), true);
    add(out, buf_cstr(&shown));
    buf_release(&shown);
}

static void approvals(const struct model *m, struct buf *out)
{
    if (!m->approvals.count)
        return;
    buf_adds(out, "<h2>Approvals</h2>\n<ul>\n");
    VEC_EACH (a, &m->approvals) {
        buf_adds(out, "<li><strong>");
        add_exact(out, a->id);
        buf_adds(out, "</strong> ");
        add_exact(out, a->operation);
        buf_addc(out, ' ');
        add_exact(out, a->resource);
        buf_addc(out, ' ');
        tag(out, a->state == APPROVAL_GRANTED ? "warn" : "dim", approval_state_name(a->state));
        buf_addc(out, ' ');
        tag(out, a->risk >= APPROVAL_HIGH ? "bad" : "info", approval_risk_name(a->risk));
        buf_adds(out, "<br><span class=\"dim\">");
        add(out, a->effect);
        buf_addf(out, " fingerprint %.16s</span></li>\n", a->fingerprint);
    }
    buf_adds(out, "</ul>\n");
}

void export_html(const struct model *m, const struct export_options *o, struct buf *out)
{
    struct export_raw raw = {.o = o};
    struct buf body = BUF_INIT(BUF_NO_MAX);

    page_begin(m, out);
    head(m, o, out);
    conclusion(m, out);
    candidates(m, out);
    tree(m, out);
    if (m->evidence.count)
        buf_adds(out, "<h2>Evidence</h2>\n");
    VEC_EACH (e, &m->evidence)
        one_evidence(e, out);
    gaps(m, out);
    approvals(m, out);
    timeline(m, out);
    if (m->tools.count)
        buf_adds(out, "<h2>Queries and their results</h2>\n");
    VEC_EACH (t, &m->tools)
        query(t, &raw, &body, out);
    resources(m, out);
    buf_adds(out, "</body>\n</html>\n");
    buf_release(&body);
}
