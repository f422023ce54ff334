/* page_approvals.c - the queue of approvals and one of them: what waits for an answer, what was
 * answered, by whom and when. Shown in a replay as well, where nothing can be answered. */
#include "src/view/view_priv.h"

#include <stdio.h>
#include <string.h>

#include "runbook/base/text_tricks.h"
#include "runbook/base/timefmt.h"

/* Those that wait in the order of asking, then the answered ones, the newest first. */
static const struct approval *nth(const struct model *m, size_t n)
{
    size_t seen = 0;

    VEC_EACH (a, &m->approvals) {
        if (a->state == APPROVAL_WAITING && seen++ == n)
            return a;
    }
    for (size_t i = m->approvals.count; i-- > 0;) {
        const struct approval *a = &m->approvals.items[i];

        if (a->state != APPROVAL_WAITING && seen++ == n)
            return a;
    }
    return NULL;
}

void screen_open_approvals(struct screen *s)
{
    if (s->depth && s->stack[s->depth - 1].page == PAGE_APPROVALS)
        screen_back(s);
    else
        screen_push(s, PAGE_APPROVALS, "");
}

void screen_open_approval(struct screen *s, const char *id)
{
    screen_push(s, PAGE_APPROVAL, id);
}

const struct approval *screen_approval(const struct screen *s, const struct model *m)
{
    const struct detail_state *p = s->depth ? &s->stack[s->depth - 1] : NULL;

    if (p && p->page == PAGE_APPROVALS)
        return nth(m, p->row);
    if (p && p->page == PAGE_PROCEDURES) { /* what a step waits for */
        const struct step_run *step = screen_procedure_step(s, m);
        const struct approval *a = step ? model_approval(m, step->mutation) : NULL;

        return a && a->state == APPROVAL_WAITING ? a : NULL;
    }
    return p && p->page == PAGE_APPROVAL ? model_approval(m, p->id) : NULL;
}

static enum style state_style(enum approval_state s)
{
    static const enum style styles[APPROVAL_STATES] = {[APPROVAL_WAITING] = STYLE_WARNING,
                                                       [APPROVAL_GRANTED] = STYLE_OK,
                                                       [APPROVAL_REJECTED] = STYLE_DIM,
                                                       [APPROVAL_EXPIRED] = STYLE_DIM};

    return styles[s];
}

static void add_safe(struct rich *r, enum style style, const char *text)
{
    struct buf safe = BUF_INIT(BUF_NO_MAX);

    text_show_tricks(&safe, str_from(text), true);
    rich_add(r, style, buf_str(&safe));
    buf_release(&safe);
}

static void add_row(struct rich *r, const struct approval *a, size_t link)
{
    char when[TIME_TEXT_MAX];
    struct para *p = rich_para(r, 0, 4);

    p->link = link;
    p->whole = true;
    time_format_hms(a->requested_ms, true, when);
    rich_addf(r, STYLE_DIM, "%s ", when);
    rich_addf(r, STYLE_HEADING, "%-4s ", a->id);
    rich_addf(r, state_style(a->state), "%-9s ", approval_state_name(a->state));
    rich_addf(r, a->risk >= APPROVAL_HIGH ? STYLE_DANGER : STYLE_TEXT, "%-8s ",
              approval_risk_name(a->risk));
    add_safe(r, STYLE_STRONG, a->operation);
    rich_adds(r, STYLE_TEXT, "  ");
    add_safe(r, STYLE_TEXT, a->resource);
}

/* What is not asked again, and what is never done. */
static void add_kept(struct rich *r, const struct model *m)
{
    if (!m->kept.count)
        return;
    rich_para(r, 0, 0);
    rich_addf(r, STYLE_HEADING, "%zu remembered", m->kept.count);
    rich_adds(r, STYLE_DIM, "; /forget and the name takes one back");
    VEC_EACH (k, &m->kept) {
        rich_para(r, 0, 4);
        rich_addf(r, STYLE_HEADING, "%-4s ", k->id);
        rich_adds(r, k->deny ? STYLE_DANGER : STYLE_OK, k->deny ? "never    " : "session  ");
        add_safe(r, STYLE_STRONG, k->operation);
        rich_adds(r, STYLE_TEXT, "  ");
        add_safe(r, STYLE_TEXT, k->resource);
        if (!k->deny) {
            rich_adds(r, STYLE_DIM, "  with exactly ");
            add_safe(r, STYLE_CODE, k->params);
        }
    }
}

void lay_approvals(const struct screen *s, const struct model *m, struct rich *r)
{
    char key[SCREEN_KEY_MAX];
    size_t waiting = model_approvals_waiting(m);

    rich_para(r, 0, 0);
    if (!m->approvals.count) {
        rich_adds(r, STYLE_DIM, "Nothing was asked for.");
        add_kept(r, m);
        return;
    }
    rich_addf(r, STYLE_HEADING, "%zu wait%s", waiting, waiting == 1 ? "s" : "");
    rich_addf(r, STYLE_DIM, ", %zu answered%s", m->approvals.count - waiting,
              s->read_only ? "; a recording answers none" : "");
    if (!s->read_only && screen_key(s, "page.open", key))
        rich_addf(r, STYLE_DIM, "; %s opens one", key);
    for (size_t i = 0; i < m->approvals.count; i++)
        add_row(r, nth(m, i), i + 1);
    add_kept(r, m);
}

void lay_approval(const struct screen *s, const struct model *m, struct rich *r, const char *id)
{
    const struct approval *a = model_approval(m, id);
    char when[TIME_TEXT_MAX];

    if (!a) {
        rich_para(r, 0, 0);
        rich_addf(r, STYLE_DIM, "There is no approval %s.", id);
        return;
    }
    rich_para(r, 0, 0);
    rich_addf(r, STYLE_HEADING, "%s  ", a->id);
    rich_addf(r, state_style(a->state), "%s", approval_state_name(a->state));
    if (a->decided_ms) {
        time_format_utc(a->decided_ms, when);
        rich_addf(r, STYLE_DIM, "  by %s at %s", *a->decided_by ? a->decided_by : "?", when);
    }
    if (*a->reason)
        rich_addf(r, STYLE_DIM, "  %s", a->reason);
    rich_para(r, 0, 0);
    rich_addf(r, STYLE_DIM, "%s risk", approval_risk_name(a->risk));
    rich_para(r, 0, 0);
    approval_lay(r, a, a->decided_ms ? a->decided_ms : s->now_ms);
    rich_para(r, 0, 0);
    rich_addf(r, STYLE_DIM, "SHA-256   %s", a->fingerprint);
}
