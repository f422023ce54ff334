/* export_md.c - the session as Markdown. Text from outside is escaped, so that no renderer makes a
 * link, an image or HTML of it; raw results stand in fences that they cannot close. */
#include "src/app/export_priv.h"

#include <math.h>
#include <stdio.h>

#include "runbook/base/num.h"
#include "runbook/base/text.h"
#include "runbook/base/text_tricks.h"
#include "runbook/base/timefmt.h"

static void add_escaped(struct buf *out, struct str s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (strchr("\\`*_[]<>|~&#!$", s.ptr[i]) && s.ptr[i])
            buf_addc(out, '\\');
        buf_addc(out, s.ptr[i]);
    }
}

/* One line of text from outside. */
static void add(struct buf *out, const char *s)
{
    struct buf clean = BUF_INIT(BUF_NO_MAX);

    text_sanitize(&clean, str_from(s), false, false);
    add_escaped(out, buf_str(&clean));
    buf_release(&clean);
}

/* Paragraphs from outside, as a quotation. */
static void add_quoted(struct buf *out, const char *s)
{
    struct buf clean = BUF_INIT(BUF_NO_MAX);
    struct str rest, line;

    text_sanitize(&clean, str_from(s), true, false);
    rest = buf_str(&clean);
    while (str_line(&rest, &line)) {
        buf_adds(out, "> ");
        add_escaped(out, str_trim(line));
        buf_addc(out, '\n');
    }
    buf_release(&clean);
}

static size_t longest_ticks(struct str s)
{
    size_t run = 0, most = 0;

    for (size_t i = 0; i < s.len; i++) {
        run = s.ptr[i] == '`' ? run + 1 : 0;
        if (run > most)
            most = run;
    }
    return most;
}

static void add_fence(struct buf *out, size_t ticks)
{
    for (size_t i = 0; i < ticks; i++)
        buf_addc(out, '`');
    buf_addc(out, '\n');
}

/* A block that keeps its lines: the fence is longer than any run of backticks inside. */
static void add_block(struct buf *out, struct str s)
{
    struct buf clean = BUF_INIT(BUF_NO_MAX);
    size_t ticks;

    text_sanitize(&clean, s, true, false);
    ticks = longest_ticks(buf_str(&clean)) + 1;
    if (ticks < 3)
        ticks = 3;
    add_fence(out, ticks);
    buf_add_str(out, buf_str(&clean));
    if (clean.len && clean.ptr[clean.len - 1] != '\n')
        buf_addc(out, '\n');
    add_fence(out, ticks);
    buf_release(&clean);
}

static void field(struct buf *out, const char *name, const char *value)
{
    if (!value || !*value)
        return;
    buf_addf(out, "- **%s:** ", name);
    add(out, value);
    buf_addc(out, '\n');
}

static void field_time(struct buf *out, const char *name, int64_t ms)
{
    char text[TIME_TEXT_MAX];

    if (!ms)
        return;
    time_format_rfc3339(ms, text);
    field(out, name, text);
}

static void head(const struct model *m, const struct export_options *o, struct buf *out)
{
    buf_adds(out, "# ");
    add(out, export_title(m));
    buf_adds(out, "\n\n");
    field(out, "Session", m->id);
    field(out, "Verdict", export_verdict(m));
    field(out, "Question", m->query);
    field(out, "Asked by", m->user);
    field(out, "On", m->host);
    field_time(out, "Opened", m->opened_ms);
    field_time(out, "Closed", m->closed ? m->closed_ms : 0);
    if (m->has_incident) {
        field(out, "Incident", m->incident.id);
        field(out, "Service", m->incident.service);
        field_time(out, "Started", m->incident.started_at_ms);
    }
    for (size_t i = 0; i < m->targets.count; i++)
        field(out, "Looked at", m->targets.items[i]);
    field(out, "Journal", o->journal);
    field(out, "Integrity", o->integrity);
}

static void conclusion(const struct model *m, struct buf *out)
{
    const struct conclusion *c = &m->conclusion;

    buf_adds(out, "\n## Conclusion\n\n");
    if (*c->summary)
        add_quoted(out, c->summary);
    else
        buf_adds(out, "The investigation did not come to an end.\n");
    buf_addc(out, '\n');
    if (c->has_root_cause) {
        buf_adds(out, "- **Root cause:** ");
        add(out, c->root_cause.statement);
        buf_addf(out, " (%.0f %%)\n", c->root_cause.confidence * 100);
        field(out, "Resource", c->root_cause.resource);
        field(out, "Service", c->root_cause.service);
        field(out, "Metric", c->root_cause.metric);
        for (size_t i = 0; i < c->root_cause.evidence.count; i++)
            field(out, "Evidence", c->root_cause.evidence.items[i]);
    }
    for (size_t i = 0; i < c->also.count; i++)
        field(out, "Also", c->also.items[i]);
    for (size_t i = 0; i < c->affected_services.count; i++)
        field(out, "Affected", c->affected_services.items[i]);
    VEC_EACH (r, &c->remediation) {
        field(out, "Proposal", r->action);
        if (*r->command)
            field(out, "Command", r->command);
        if (*r->skill)
            field(out, "Skill", r->skill);
        field(out, "Undo", r->rollback);
    }
    for (size_t i = 0; i < c->next_checks.count; i++)
        field(out, "Next", c->next_checks.items[i]);
}

static void candidates(const struct model *m, struct buf *out)
{
    if (m->candidates.count)
        buf_adds(out, "\n## Candidates\n\n");
    VEC_EACH (c, &m->candidates) {
        buf_addf(out, "%d. %.2f ", (int)c->rank, c->score);
        add(out, c->statement);
        buf_addc(out, '\n');
    }
}

static void hypothesis(const struct model *m, const struct hypothesis *h, struct buf *out)
{
    buf_addf(out, "%*s- **", 2 * (h->depth > 1 ? h->depth - 1 : 0), "");
    add(out, h->id);
    buf_addf(out, "** %s%s %.2f: ", h->by_user ? "(by a person) " : "", hyp_status_words(h),
             h->confidence);
    add(out, h->statement);
    if (*h->terms) {
        buf_adds(out, " (");
        add(out, h->terms);
        buf_addc(out, ')');
    }
    if (*h->reason) {
        buf_adds(out, ", ");
        add(out, h->reason);
    }
    buf_addc(out, '\n');
    for (size_t i = 0; h->depth < EXPORT_DEPTH_MAX && i < h->children.count; i++)
        hypothesis(m, &m->hypotheses.items[h->children.items[i]], out);
}

static void tree(const struct model *m, struct buf *out)
{
    if (m->hypotheses.count)
        buf_adds(out, "\n## Hypotheses\n\n");
    VEC_EACH (h, &m->hypotheses)
        if (h->parent_index == SIZE_MAX)
            hypothesis(m, h, out);
}

static void evidence(const struct model *m, struct buf *out)
{
    struct buf change = BUF_INIT(256);

    if (m->evidence.count)
        buf_adds(out, "\n## Evidence\n\n| ID | For | Strength | Statement | Change | Query |\n"
                      "| --- | --- | --- | --- | --- | --- |\n");
    VEC_EACH (e, &m->evidence) {
        buf_clear(&change);
        export_change(e, &change);
        buf_adds(out, "| ");
        add(out, e->id);
        buf_adds(out, " | ");
        add(out, e->hypothesis);
        buf_addf(out, " | %s | ", strength_name(e->strength));
        add(out, e->statement);
        buf_adds(out, " | ");
        add(out, buf_cstr(&change));
        buf_adds(out, " | ");
        add(out, e->query);
        buf_adds(out, " |\n");
    }
    buf_release(&change);
}

static void gaps(const struct model *m, struct buf *out)
{
    if (m->gaps.count)
        buf_adds(out, "\n## What could not be looked at\n\n");
    VEC_EACH (g, &m->gaps) {
        buf_adds(out, "- **");
        add(out, g->what);
        buf_adds(out, ":** ");
        add(out, g->why);
        buf_addc(out, '\n');
    }
}

static void resources(const struct model *m, struct buf *out)
{
    char value[48];

    if (m->resources.count)
        buf_adds(out, "\n## Resources\n\n| Kind | Name | Health | Value | Status |\n"
                      "| --- | --- | --- | --- | --- |\n");
    VEC_EACH (r, &m->resources) {
        value[0] = '\0';
        if (!isnan(r->value))
            num_human(r->value, r->unit, value);
        buf_adds(out, "| ");
        add(out, r->kind);
        buf_adds(out, " | ");
        add(out, r->name);
        buf_addf(out, " | %s | ", health_name(r->health));
        add(out, value);
        buf_adds(out, " | ");
        add(out, r->status);
        buf_adds(out, " |\n");
    }
}

static void timeline(const struct model *m, struct buf *out)
{
    struct buf text = BUF_INIT(BUF_NO_MAX);
    char at[TIME_TEXT_MAX];

    buf_adds(out, "\n## Timeline (UTC)\n\n");
    VEC_EACH (it, &m->items) {
        buf_clear(&text);
        export_item_text(m, it, &text);
        time_format_hms(it->ts_ms, false, at);
        buf_addf(out, "- %s **%s** ", at, export_item_label(it));
        add(out, buf_cstr(&text));
        buf_addc(out, '\n');
    }
    buf_release(&text);
}

static void query(const struct tool_run *t, struct export_raw *raw, struct buf *body,
                  struct buf *out)
{
    char note[160];
    bool have;

    buf_adds(out, "\n### ");
    add(out, t->call);
    buf_adds(out, ": ");
    add(out, *t->title ? t->title : t->tool);
    buf_adds(out, "\n\n");
    field(out, "Tool", t->tool);
    field(out, "For", t->hypothesis);
    field(out, "Answer", t->ended ? tool_status_name(t->status) : "none");
    field(out, "Summary", t->summary);
    field(out, "Error", t->error);
    field(out, "Result", t->blob);
    if (*t->query) {
        buf_addc(out, '\n');
        add_block(out, str_from(t->query));
    }
    have = export_raw_get(raw, t, body, note);
    if (have || *note)
        buf_addc(out, '\n');
    if (have)
        add_block(out, buf_str(body));
    if (*note) {
        buf_adds(out, "(");
        add(out, note);
        buf_adds(out, ")\n");
    }
}

/* A name that is no name: what deceives is spelled out here as in the dialog. */
static void add_exact(struct buf *out, const char *s)
{
    struct buf shown = BUF_INIT(BUF_NO_MAX);

    text_show_tricks(&shown, str_from(s), true);
    add(out, buf_cstr(&shown));
    buf_release(&shown);
}

static void approvals(const struct model *m, struct buf *out)
{
    if (m->approvals.count)
        buf_adds(out, "\n## Approvals\n\n");
    VEC_EACH (a, &m->approvals) {
        buf_adds(out, "- **");
        add_exact(out, a->id);
        buf_addf(out, "** %s, %s risk: ", approval_state_name(a->state),
                 approval_risk_name(a->risk));
        add_exact(out, a->operation);
        buf_addc(out, ' ');
        add_exact(out, a->resource);
        if (*a->effect) {
            buf_adds(out, ", ");
            add(out, a->effect);
        }
        if (*a->decided_by) {
            buf_adds(out, ", by ");
            add(out, a->decided_by);
        }
        buf_addf(out, " (fingerprint %.16s)\n", a->fingerprint);
    }
}

void export_markdown(const struct model *m, const struct export_options *o, struct buf *out)
{
    struct export_raw raw = {.o = o};
    struct buf body = BUF_INIT(BUF_NO_MAX);

    head(m, o, out);
    conclusion(m, out);
    candidates(m, out);
    tree(m, out);
    evidence(m, out);
    gaps(m, out);
    approvals(m, out);
    timeline(m, out);
    if (m->tools.count)
        buf_adds(out, "\n## Queries and their results\n");
    VEC_EACH (t, &m->tools)
        query(t, &raw, &body, out);
    resources(m, out);
    buf_release(&body);
}
