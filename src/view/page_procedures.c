/* page_procedures.c - a run of a skill or a plan while it goes: its steps with how each stands, the
 * one that is selected opened in place, what it waits for, what failed and what is taken back. */
#include "src/view/view_priv.h"

#include <stdio.h>
#include <string.h>

#include "runbook/base/text_tricks.h"
#include "runbook/base/timefmt.h"

#define ID_CELLS 16
#define STATE_CELLS 12
#define RESULT_SHOWN 1200 /* bytes of a result that are opened in place */

static const struct procedure_run *run_of(const struct model *m, const char *id)
{
    if (*id)
        return model_procedure(m, id);
    return m->procedures.count ? &m->procedures.items[m->procedures.count - 1] : NULL;
}

/* Steps of a rollback are listed when it has begun. */
static bool is_listed(const struct procedure_run *r, const struct step_run *s)
{
    (void)r;
    return !s->is_rollback || s->state != STEP_PENDING;
}

static const struct step_run *nth_step(const struct procedure_run *r, size_t n)
{
    size_t seen = 0;

    VEC_EACH (s, &r->steps) {
        if (is_listed(r, s) && seen++ == n)
            return s;
    }
    return NULL;
}

static size_t listed(const struct procedure_run *r)
{
    size_t n = 0;

    VEC_EACH (s, &r->steps)
        n += is_listed(r, s);
    return n;
}

void screen_open_procedures(struct screen *s, const char *run)
{
    if (s->depth && s->stack[s->depth - 1].page == PAGE_PROCEDURES && !*run)
        screen_back(s);
    else
        screen_push(s, PAGE_PROCEDURES, run);
}

static const struct detail_state *page_of(const struct screen *s)
{
    const struct detail_state *p = s->depth ? &s->stack[s->depth - 1] : NULL;

    return p && p->page == PAGE_PROCEDURES ? p : NULL;
}

const struct step_run *screen_procedure_step(const struct screen *s, const struct model *m)
{
    const struct detail_state *p = page_of(s);
    const struct procedure_run *r = p ? run_of(m, p->id) : NULL;

    return r ? nth_step(r, p->row) : NULL;
}

bool procedures_have_links(const struct model *m)
{
    return m->procedures.count > 0;
}

/* A step's mutation or answer; an earlier run. */
bool procedures_open_link(struct screen *s, const struct model *m, const char *id, size_t link)
{
    const struct procedure_run *r = run_of(m, id);
    const struct step_run *step = r ? nth_step(r, link) : NULL;
    size_t earlier = r ? link - listed(r) : 0;

    if (step && *step->mutation && model_approval(m, step->mutation)) {
        screen_open_approval(s, step->mutation);
        return true;
    }
    if (step)
        return *step->call && screen_push(s, PAGE_TOOL, step->call);
    for (size_t i = m->procedures.count; r && i-- > 0;) {
        if (&m->procedures.items[i] != r && earlier-- == 0)
            return screen_push(s, PAGE_PROCEDURES, m->procedures.items[i].run);
    }
    return false;
}

/* ---- words ---- */

static void add_safe(struct rich *r, enum style style, const char *text)
{
    struct buf safe = BUF_INIT(BUF_NO_MAX);

    text_show_tricks(&safe, str_from(text), true);
    rich_add(r, style, buf_str(&safe));
    buf_release(&safe);
}

struct look {
    enum glyph glyph;
    enum style style;
    const char *words;
};

static struct look look_of(const struct model *m, const struct step_run *s)
{
    static const struct look looks[STEP_STATES] = {
        [STEP_PENDING] = {GLYPH_PENDING, STYLE_DIM, ""},
        [STEP_RUNNING] = {GLYPH_RUNNING, STYLE_ACCENT, "running"},
        [STEP_WAITING] = {GLYPH_WARN, STYLE_WARNING, "asks you"},
        [STEP_DONE] = {GLYPH_OK, STYLE_OK, "done"},
        [STEP_SKIPPED] = {GLYPH_EMPTY, STYLE_DIM, "skipped"},
        [STEP_FAILED] = {GLYPH_CRIT, STYLE_DANGER, "failed"},
        [STEP_REFUSED] = {GLYPH_CRIT, STYLE_WARNING, "refused"},
        [STEP_CANCELED] = {GLYPH_CANCELED, STYLE_DIM, "canceled"},
        [STEP_ROLLED_BACK] = {GLYPH_PRUNED, STYLE_WARNING, "rolled back"},
    };
    const struct approval *a = *s->mutation ? model_approval(m, s->mutation) : NULL;
    struct look l = looks[s->state];

    if (s->state == STEP_RUNNING && a && a->state == APPROVAL_WAITING)
        l = (struct look){GLYPH_WARN, STYLE_WARNING, "approval"};
    else if (s->state == STEP_RUNNING && s->failed_once)
        l = (struct look){GLYPH_RUNNING, STYLE_WARNING, "again soon"};
    else if (s->back == STEP_GOING_BACK)
        l = (struct look){GLYPH_RUNNING, STYLE_WARNING, "taken back"};
    return l;
}

static enum style run_style(enum procedure_state s)
{
    static const enum style styles[PROCEDURE_STATES] = {
        [PROCEDURE_RUNNING] = STYLE_ACCENT,      [PROCEDURE_WAITING] = STYLE_WARNING,
        [PROCEDURE_STOPPED] = STYLE_WARNING,     [PROCEDURE_COMPLETED] = STYLE_OK,
        [PROCEDURE_PARTIAL] = STYLE_WARNING,     [PROCEDURE_FAILED] = STYLE_DANGER,
        [PROCEDURE_ROLLED_BACK] = STYLE_WARNING, [PROCEDURE_REFUSED] = STYLE_WARNING,
        [PROCEDURE_CANCELED] = STYLE_DIM,
    };

    return styles[s];
}

static const char *run_words(const struct procedure_run *r)
{
    return r->state == PROCEDURE_ROLLED_BACK             ? "rolled back"
           : r->failing && r->state == PROCEDURE_RUNNING ? "taking back"
                                                         : procedure_state_name(r->state);
}

/* ---- one run ---- */

static void add_took(const struct screen *s, struct rich *r, int64_t from_ms, int64_t to_ms)
{
    char took[TIME_TEXT_MAX];
    int64_t ms = (to_ms ? to_ms : s->now_ms) - from_ms;

    if (!from_ms || ms < 0)
        return;
    duration_format(ms, took);
    rich_addf(r, STYLE_DIM, "%s  ", took);
}

static const struct step_run *waiting_step(const struct procedure_run *r)
{
    VEC_EACH (s, &r->steps) {
        if (s->state == STEP_WAITING)
            return s;
    }
    return NULL;
}

static void lay_question(const struct screen *s, struct rich *r, const struct step_run *step)
{
    rich_para(r, 0, RICH_LABEL_CELLS);
    rich_addf(r, STYLE_WARNING, "%-*s", RICH_LABEL_CELLS, "asks you");
    add_safe(r, STYLE_STRONG, step->question);
    rich_para(r, RICH_LABEL_CELLS, RICH_LABEL_CELLS);
    VEC_EACH (o, &step->options) {
        rich_adds(r, STYLE_DIM, o == step->options.items ? "" : " / ");
        add_safe(r, STYLE_KEY, *o);
    }
    if (!s->read_only)
        rich_adds(r, STYLE_DIM, "   /skill answer, or Enter on the step");
}

static void lay_head(const struct screen *s, const struct model *m, struct rich *r,
                     const struct procedure_run *run)
{
    const struct step_run *asks = waiting_step(run);
    const struct approval *a = procedure_is_over(run) ? NULL : model_procedure_approval(m, run);

    rich_para(r, 0, 4);
    rich_addf(r, STYLE_HEADING, "%s  ", run->run);
    rich_addf(r, run_style(a ? PROCEDURE_WAITING : run->state), "%s  ",
              a ? "waiting" : run_words(run));
    add_took(s, r, run->started_ms, run->ended_ms);
    rich_addf(r, STYLE_DIM, "%s ", run->kind);
    add_safe(r, STYLE_STRONG, run->name);
    if (run->dry_run)
        rich_adds(r, STYLE_WARNING, "  dry run");
    if (*run->text) {
        rich_para(r, 0, 4);
        add_safe(r, run_style(run->state), run->text);
    }
    if (run->state == PROCEDURE_STOPPED && !s->read_only) {
        rich_para(r, 0, 0);
        rich_adds(r, STYLE_DIM, "/skill resume goes on with it, at its step.");
    }
    if (asks && !procedure_is_over(run))
        lay_question(s, r, asks);
}

static void lay_row(const struct screen *s, const struct model *m, struct rich *r,
                    const struct step_run *step, size_t link)
{
    struct look l = look_of(m, step);
    struct para *p = rich_para(r, step->depth * 2, 4);

    p->link = link;
    p->whole = true;
    rich_addf(r, l.style, "%s ", glyph_text(r->ascii ? GLYPHS_ASCII : GLYPHS_FULL, l.glyph));
    rich_id(r, step->state == STEP_PENDING ? STYLE_DIM : STYLE_HEADING, step->id,
            ID_CELLS - step->depth * 2);
    rich_addf(r, l.style, "%-*s ", STATE_CELLS, l.words);
    if (step->state != STEP_PENDING && step->state != STEP_SKIPPED)
        add_took(s, r, step->started_ms, step->ended_ms);
    if (step->attempt > 1)
        rich_addf(r, STYLE_WARNING, "try %lld  ", (long long)step->attempt);
    if (step->visits > 1)
        rich_addf(r, STYLE_DIM, "round %lld  ", (long long)step->visits);
    if (*step->text)
        add_safe(r, step->state == STEP_FAILED ? STYLE_DANGER : STYLE_TEXT, step->text);
    else if (strcmp(step->name, step->id) != 0)
        add_safe(r, STYLE_DIM, step->name);
}

static void lay_result(const struct model *m, struct rich *r, const struct step_run *step)
{
    const struct tool_run *t = *step->call ? model_tool(m, step->call) : NULL;
    char text[RESULT_SHOWN + 8];

    if (*step->result) {
        snprintf(text, sizeof(text), "%.*s%s", RESULT_SHOWN, step->result,
                 strlen(step->result) > RESULT_SHOWN ? " ..." : "");
        rich_field(r, "result", STYLE_CODE, text);
    } else if (t && t->ended) {
        rich_field(r, "result", STYLE_TEXT, *t->summary ? t->summary : t->error);
        rich_addf(r, STYLE_DIM, "  %s, %lld bytes; Enter opens it", t->call,
                  (long long)t->size_bytes);
    }
}

/* What is known of the selected one, below its row. */
static void lay_opened(const struct model *m, struct rich *r, const struct step_run *step)
{
    const struct mutation *mu = *step->mutation ? model_mutation(m, step->mutation) : NULL;

    if (strcmp(step->name, step->id) != 0)
        rich_field(r, "", STYLE_STRONG, step->name);
    rich_field(r, step_kind_name(step->kind), STYLE_TOOL, step->action);
    rich_field(r, "with", STYLE_CODE, strcmp(step->args, "{}") ? step->args : "");
    rich_field(r, "said", STYLE_TEXT, step->text);
    if (mu) {
        rich_field(r, "change", STYLE_TEXT, mu->id);
        rich_addf(r, STYLE_TEXT, "  %s  ", mutation_state_name(mu->state));
        add_safe(r, STYLE_TEXT, mu->resource);
        rich_field(r, "effect", STYLE_TEXT, mu->effect);
        VEC_EACH (c, &mu->calls)
            rich_field(r, c == mu->calls.items ? "runs" : "", STYLE_CODE, *c);
    }
    if (*step->answer) {
        rich_field(r, "answer", STYLE_TEXT, step->answer);
        rich_addf(r, STYLE_DIM, "  by %s", step->answered_by);
    }
    lay_result(m, r, step);
}

static void lay_steps(const struct screen *s, const struct model *m, struct rich *r,
                      const struct procedure_run *run, size_t selected)
{
    size_t link = 0;

    VEC_EACH (step, &run->steps) {
        if (!is_listed(run, step))
            continue;
        lay_row(s, m, r, step, ++link);
        if (link == selected + 1)
            lay_opened(m, r, step);
    }
}

static void lay_earlier(const struct model *m, struct rich *r, const struct procedure_run *run)
{
    size_t link = listed(run);
    char when[TIME_TEXT_MAX];

    if (m->procedures.count < 2)
        return;
    rich_para(r, 0, 0);
    rich_para(r, 0, 0);
    rich_adds(r, STYLE_HEADING, "Other runs");
    for (size_t i = m->procedures.count; i-- > 0;) {
        const struct procedure_run *o = &m->procedures.items[i];
        struct para *p;

        if (o == run)
            continue;
        p = rich_para(r, 0, 4);
        p->link = ++link;
        p->whole = true;
        time_format_hms(o->started_ms, true, when);
        rich_addf(r, STYLE_DIM, "%s ", when);
        rich_addf(r, STYLE_HEADING, "%s ", o->run);
        rich_addf(r, run_style(o->state), "%-*s ", STATE_CELLS, run_words(o));
        add_safe(r, STYLE_TEXT, o->name);
    }
}

void lay_procedures(const struct screen *s, const struct model *m, struct rich *r, const char *id,
                    size_t selected)
{
    const struct procedure_run *run = run_of(m, id);

    if (!run) {
        rich_para(r, 0, 0);
        rich_adds(r, STYLE_DIM, "No skill or plan was run in this session.");
        if (!s->read_only) {
            rich_para(r, 0, 0);
            rich_adds(r, STYLE_DIM, "/skill run ID runs one; 'runbook skill list' lists them.");
        }
        return;
    }
    lay_head(s, m, r, run);
    rich_field(r, "by", STYLE_DIM, run->by);
    rich_field(r, "why", STYLE_TEXT, run->why);
    rich_field(r, "with", STYLE_CODE, strcmp(run->params, "{}") ? run->params : "");
    rich_para(r, 0, 0);
    lay_steps(s, m, r, run, selected);
    lay_earlier(m, r, run);
}
