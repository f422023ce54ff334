/* page_alert.c - the page of one alert: what the server said of it, and what explains it. Its links
 * lead to the hypothesis, to the evidence of that, and to the answer that it stands in. */
#include "src/view/signals_priv.h"

#include <math.h>

#include "runbook/base/timefmt.h"

struct target {
    enum page page;
    const char *id;
};

/* Where link number `at` (from 0) leads; false: there are not so many. */
static bool target_of(const struct model *m, const struct alert *a, size_t at, struct target *ret)
{
    const struct hypothesis *h = alert_cause(m, a);
    size_t n = 0;

    if (h && at == n++) {
        *ret = (struct target){PAGE_HYPOTHESIS, h->id};
        return true;
    }
    for (size_t i = 0; h && i < h->evidence.count; i++)
        if (at == n++) {
            *ret = (struct target){PAGE_EVIDENCE, m->evidence.items[h->evidence.items[i]].id};
            return true;
        }
    if (model_tool(m, a->call) && at == n++) {
        *ret = (struct target){PAGE_TOOL, a->call};
        return true;
    }
    return false;
}

bool alert_open_link(struct screen *s, const struct model *m, const char *fingerprint, size_t link)
{
    const struct alert *a = model_alert(m, fingerprint);
    struct target t;

    return a && target_of(m, a, link, &t) && screen_push(s, t.page, t.id);
}

static void lay_link(const struct model *m, struct rich *r, const struct target *t, size_t number)
{
    const struct hypothesis *h = model_hypothesis(m, t->id);
    const struct evidence *e = model_evidence(m, t->id);
    const struct tool_run *tool = model_tool(m, t->id);
    struct para *p = rich_para(r, 2, 7);

    p->link = number;
    if (t->page == PAGE_HYPOTHESIS && h) {
        rich_addf(r, STYLE_HEADING, "%-4s ", h->id);
        rich_addf(r, hyp_style(h->status), "%s  ", hyp_status_words(h));
        if (isfinite(h->confidence))
            rich_addf(r, STYLE_STRONG, "%.0f %%  ", h->confidence * 100);
        rich_adds(r, STYLE_TEXT, h->statement);
    } else if (t->page == PAGE_EVIDENCE && e) {
        rich_id(r, STYLE_EVIDENCE, e->id, 5);
        rich_addf(r, strength_style(e->strength), "%s  ", strength_name(e->strength));
        rich_adds(r, STYLE_TEXT, e->statement);
    } else if (tool) {
        rich_addf(r, STYLE_CODE, "%-4s ", tool->call);
        rich_addf(r, STYLE_TEXT, "%s  ", tool->title);
        rich_adds(r, STYLE_DIM, tool->summary);
    }
}

static void lay_since(struct rich *r, const struct alert *a)
{
    char when[TIME_TEXT_MAX], since[TIME_TEXT_MAX];

    if (!a->started_ms)
        return;
    time_format_utc(a->started_ms, when);
    duration_format(a->seen_ms > a->started_ms ? a->seen_ms - a->started_ms : 0, since);
    rich_field(r, "since", STYLE_TEXT, when);
    rich_addf(r, STYLE_DIM, "  %s when it was seen", since);
}

void lay_alert(const struct model *m, struct rich *r, const char *fingerprint)
{
    const struct alert *a = model_alert(m, fingerprint);
    struct target t;

    if (!a) {
        rich_para(r, 0, 0);
        rich_addf(r, STYLE_DIM, "Alert %s is not part of this investigation.", fingerprint);
        return;
    }
    rich_para(r, 0, 0);
    rich_addf(r, STYLE_STRONG, "%s  ", a->name);
    rich_adds(r, a->state == ALERT_FIRING ? STYLE_DANGER : STYLE_DIM, alert_state_name(a->state));
    if (alert_is_incident(m, a))
        rich_adds(r, STYLE_ACCENT, "  what this investigation is about");
    rich_para(r, 0, 0);
    rich_field(r, "severity", STYLE_TEXT, a->severity);
    rich_field(r, "service", STYLE_TEXT, a->service);
    lay_since(r, a);
    rich_field(r, "says", STYLE_TEXT, a->summary);
    rich_field(r, "labels", STYLE_CODE, a->labels);
    rich_field(r, "from", STYLE_TEXT, a->source);
    rich_field(r, "fingerprint", STYLE_DIM, a->fingerprint);
    rich_para(r, 0, 0);
    rich_para(r, 0, 0);
    rich_adds(r, STYLE_HEADING, "What explains it");
    if (!alert_cause(m, a))
        rich_adds(r, STYLE_DIM,
                  m->turn_running ? "  nothing so far" : "  nothing was found for it");
    for (size_t i = 0; target_of(m, a, i, &t); i++)
        lay_link(m, r, &t, i + 1);
}
