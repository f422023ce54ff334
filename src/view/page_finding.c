/* page_finding.c - the page of one finding: what says so, why it matters, the fix and the way back.
 * Its link leads to the answer that it stands in. */
#include "runbook/base/timefmt.h"
#include "src/view/view_priv.h"

bool finding_has_links(const struct model *m, const char *id)
{
    const struct finding *f = model_finding(m, id);

    return f && model_tool(m, f->call);
}

bool finding_open_link(struct screen *s, const struct model *m, const char *id)
{
    const struct finding *f = model_finding(m, id);

    return f && model_tool(m, f->call) && screen_push(s, PAGE_TOOL, f->call);
}

static void lay_state(struct rich *r, const struct finding *f)
{
    rich_adds(r, finding_style(f), finding_severity_name(f->severity));
    if (f->gone)
        rich_adds(r, STYLE_OK, "  gone at the last look");
    else if (*f->suppressed)
        rich_adds(r, STYLE_DIM, "  accepted");
}

static void section(struct rich *r, const char *title, enum style style, const char *text)
{
    if (!*text)
        return;
    rich_para(r, 0, 0);
    rich_para(r, 0, 0);
    rich_adds(r, STYLE_HEADING, title);
    rich_para(r, 2, 2);
    rich_adds(r, style, text);
}

static void lay_fix(struct rich *r, const struct finding *f)
{
    section(r, "The fix", STYLE_TEXT, f->fix);
    if (*f->act) {
        rich_para(r, 2, 2);
        rich_adds(r, STYLE_CODE, f->act);
        rich_para(r, 2, 2);
        rich_adds(r, STYLE_DIM, "! proposes it; nothing is done without an approval.");
    } else if (*f->fix) {
        rich_para(r, 2, 2);
        rich_adds(r, STYLE_DIM, "This is done elsewhere: no operation of this program does it.");
    }
    section(r, "The way back", STYLE_TEXT, f->rollback);
}

static void lay_call(const struct model *m, struct rich *r, const struct finding *f)
{
    const struct tool_run *tool = model_tool(m, f->call);
    struct para *p;

    if (!tool)
        return;
    rich_para(r, 0, 0);
    rich_para(r, 0, 0);
    rich_adds(r, STYLE_HEADING, "The answer");
    p = rich_para(r, 2, 7);
    p->link = 1;
    rich_addf(r, STYLE_CODE, "%-4s ", tool->call);
    rich_addf(r, STYLE_TEXT, "%s  ", tool->title);
    rich_adds(r, STYLE_DIM, tool->summary);
}

void lay_finding(const struct model *m, struct rich *r, const char *id)
{
    const struct finding *f = model_finding(m, id);
    char when[TIME_TEXT_MAX];

    if (!f) {
        rich_para(r, 0, 0);
        rich_addf(r, STYLE_DIM, "Finding %s is not part of this session.", id);
        return;
    }
    rich_para(r, 0, 0);
    rich_addf(r, STYLE_STRONG, "%s  ", f->title);
    lay_state(r, f);
    rich_para(r, 0, 0);
    rich_field(r, "resource", STYLE_CODE, f->resource);
    rich_field(r, "service", STYLE_TEXT, f->service);
    rich_field(r, "region", STYLE_TEXT, f->region);
    rich_field(r, "account", STYLE_TEXT, f->account);
    rich_field(r, "check", STYLE_CODE, f->check);
    rich_field(r, "reference", STYLE_TEXT, f->reference);
    rich_field(r, "says", STYLE_TEXT, f->source);
    rich_field(r, "also", STYLE_TEXT, f->also);
    rich_field(r, "status", STYLE_TEXT, f->status);
    rich_field(r, "accepted", STYLE_TEXT, f->suppressed);
    time_format_utc(f->seen_ms, when);
    rich_field(r, "seen", STYLE_DIM, when);
    section(r, "What says so", STYLE_CODE, f->evidence);
    section(r, "Why it matters", STYLE_TEXT, f->why);
    lay_fix(r, f);
    lay_call(m, r, f);
}
