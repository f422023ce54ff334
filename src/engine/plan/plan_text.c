/* plan_text.c - a plan as a card for people, within a width. Texts of others are made safe here, as
 * the card is drawn on terminals. */
#include "plan_priv.h"

#include <stdio.h>

#include "runbook/base/num.h"
#include "runbook/base/text.h"

#define LABEL_CELLS 11
#define WIDTH_MIN 40

struct card {
    struct buf *out;
    int width;
    bool ascii;
};

/* One line of words at `indent`, wrapped; the first line begins behind what stands there already.
 */
static void wrap(struct card *c, int indent, int at, const char *text)
{
    struct buf clean = BUF_INIT(65536);
    struct str rest, word;

    text_sanitize(&clean, str_from(text), false, c->ascii);
    rest = buf_str(&clean);
    while (str_split(&rest, ' ', &word)) {
        int cells = text_width(word);

        if (!word.len)
            continue;
        if (at > indent && at + 1 + cells > c->width) {
            buf_addc(c->out, '\n');
            buf_addf(c->out, "%*s", indent, "");
            at = indent;
        } else if (at > indent) {
            buf_addc(c->out, ' ');
            at++;
        }
        buf_add_str(c->out, word);
        at += cells;
    }
    buf_addc(c->out, '\n');
    buf_release(&clean);
}

static void labelled(struct card *c, const char *label, const char *text)
{
    buf_addf(c->out, "  %-*s", LABEL_CELLS - 2, label);
    wrap(c, LABEL_CELLS, LABEL_CELLS, text);
}

/* host=web-3 pid={{steps.find.result.culprit.pid}} */
static void put_params(struct buf *out, struct str params)
{
    struct arena *a = arena_new(4096);
    const struct value *v;
    struct err err;
    char number[32];

    if (!json_parse(a, params, &v, &err)) {
        VALUE_EACH (p, v) {
            buf_addf(out, "%s%s=", out->len ? " " : "", p->key.ptr);
            if (p->type == VALUE_STRING)
                buf_add_str(out, p->u.string);
            else if (p->type == VALUE_NUMBER)
                buf_add(out, number, (size_t)num_format_f64(p->u.number, number));
            else
                buf_adds(out, p->type == VALUE_BOOL && p->u.boolean ? "true" : "false");
        }
    }
    arena_free(a);
}

static void put_intent(struct card *c, const struct plan *p)
{
    struct buf text = BUF_INIT(8192);
    const struct plan_intent *in = p->of;

    buf_addf(&text, "%s %s, goal %s", plan_do_names[in->what], in->resource,
             plan_goal_names[in->goal]);
    if (*in->scope)
        buf_addf(&text, ", scope %s", in->scope);
    for (size_t i = 0; i < in->filter_count; i++)
        buf_addf(&text, "%s %s=%s", i ? "" : ",", in->filters[i].name, in->filters[i].value);
    buf_addf(&text, " (%s, confidence %.2f)", p->intent, in->confidence);
    labelled(c, "intent", buf_cstr(&text));
    buf_release(&text);
}

static void put_playbook(struct card *c, const struct plan *p)
{
    struct buf text = BUF_INIT(2048);
    const struct playbook *b = p->playbook;

    buf_addf(&text, "%s %s, %s, sha256 %.12s", b->name, b->version, b->own ? b->file : "built in",
             b->hash);
    if (p->why)
        buf_addf(&text, "; chosen because %s", p->why);
    labelled(c, "playbook", buf_cstr(&text));
    buf_release(&text);
}

/* Why the policy says so: the rule that decided. */
static const char *rule_of(const struct policy_decision *d)
{
    for (size_t i = 0; i < d->count; i++) {
        if (d->fired[i].decided)
            return d->fired[i].rule;
    }
    return NULL;
}

static void put_step(struct card *c, const struct plan *p, size_t i,
                     const struct policy_decision *d)
{
    const struct plan_step *s = &p->steps[i];
    struct buf line = BUF_INIT(8192);
    int indent = 6;

    buf_addf(c->out, "  %2zu  ", i + 1);
    if (*s->title)
        buf_addf(&line, "%s: ", s->title);
    buf_addf(&line, "%s, %s", s->method,
             s->kind == PLAYBOOK_ACT ? risk_name(s->risk) : "only reads");
    if (d && s->kind == PLAYBOOK_ACT)
        buf_addf(&line, ", policy: %s%s%s%s", policy_act_name(d->act), rule_of(d) ? " (" : "",
                 rule_of(d) ? rule_of(d) : "", rule_of(d) ? ")" : "");
    else if (s->requires_approval)
        buf_adds(&line, ", needs an approval");
    if (s->unavailable)
        buf_addf(&line, ", %s", s->unavailable);
    wrap(c, indent, indent, buf_cstr(&line));
    buf_clear(&line);
    put_params(&line, s->params);
    if (line.len) {
        buf_addf(c->out, "%*s", indent, "");
        wrap(c, indent, indent, buf_cstr(&line));
    }
    buf_clear(&line);
    if (s->when)
        buf_addf(&line, "only if %s", s->when);
    if (line.len) {
        buf_addf(c->out, "%*s", indent, "");
        wrap(c, indent, indent, buf_cstr(&line));
    }
    buf_release(&line);
}

static void put_rollback(struct card *c, const struct plan *p)
{
    bool first = true;

    for (size_t i = p->step_count; i-- > 0;) {
        const struct plan_step *s = &p->steps[i];
        struct buf text = BUF_INIT(4096);

        if (s->kind != PLAYBOOK_ACT)
            continue;
        buf_addf(&text, "%s: %s%s", s->id, s->rollback,
                 s->undo ? "; by itself when a later step fails" : "");
        labelled(c, first ? "rollback" : "", buf_cstr(&text));
        first = false;
        buf_release(&text);
    }
    if (first)
        labelled(c, "rollback", "nothing is changed, so there is nothing to take back");
}

void plan_text(const struct plan *p, const struct policy_decision *d, int width, bool ascii,
               struct buf *out)
{
    struct card c = {out, width < WIDTH_MIN ? WIDTH_MIN : width, ascii};

    buf_addf(out, "Plan %s\n  ", p->id);
    wrap(&c, 2, 2, p->summary);
    put_intent(&c, p);
    put_playbook(&c, p);
    buf_adds(out, "  steps\n");
    for (size_t i = 0; i < p->step_count; i++)
        put_step(&c, p, i, d ? &d[i] : NULL);
    put_rollback(&c, p);
    labelled(&c, "level", plan_level(p));
    labelled(&c, "cost", "0.00 USD: the tools of these steps are not billed");
}

/* A text of others between backticks, which it cannot end. */
static void put_code(struct buf *out, const char *text)
{
    struct buf clean = BUF_INIT(65536);

    text_sanitize(&clean, str_from(text), false, false);
    for (size_t i = 0; i < clean.len; i++)
        clean.ptr[i] = clean.ptr[i] == '`' ? '\'' : clean.ptr[i];
    if (clean.len)
        buf_addf(out, "`%s`", buf_cstr(&clean));
    buf_release(&clean);
}

static void put_step_markdown(const struct plan *p, size_t i, const struct policy_decision *d,
                              struct buf *out)
{
    const struct plan_step *s = &p->steps[i];
    struct buf params = BUF_INIT(8192);

    put_params(&params, s->params);
    buf_addf(out, "%zu. **%s**%s%s ", i + 1, s->method, *s->title ? ", " : "", s->title);
    put_code(out, buf_cstr(&params));
    if (s->kind == PLAYBOOK_ACT)
        buf_addf(out, ", risk %s, policy: %s%s%s%s; %s: %s", risk_name(s->risk),
                 d ? policy_act_name(d->act) : "asks", d && rule_of(d) ? " (" : "",
                 d && rule_of(d) ? rule_of(d) : "", d && rule_of(d) ? ")" : "",
                 s->undo ? "taken back when a later step fails" : "way back", s->rollback);
    if (s->unavailable)
        buf_addf(out, ", %s", s->unavailable);
    if (s->when) {
        buf_adds(out, ", only if ");
        put_code(out, s->when);
    }
    buf_addc(out, '\n');
    buf_release(&params);
}

void plan_markdown(const struct plan *p, const struct policy_decision *d, struct buf *out)
{
    const struct playbook *b = p->playbook;

    buf_addf(out, "**Plan %s**: %s\n\nPlaybook %s %s (sha256 %.12s)", p->id, p->summary, b->name,
             b->version, b->hash);
    if (p->why)
        buf_addf(out, ", chosen because %s", p->why);
    buf_adds(out, ".\n\n");
    for (size_t i = 0; i < p->step_count; i++)
        put_step_markdown(p, i, d ? &d[i] : NULL, out);
    buf_addc(out, '\n');
}

void plan_calls(const struct plan *p, struct buf *out)
{
    for (size_t i = 0; i < p->step_count; i++) {
        const struct plan_step *s = &p->steps[i];
        struct buf params = BUF_INIT(65536), clean = BUF_INIT(65536);

        put_params(&params, s->params);
        text_sanitize(&clean, buf_str(&params), false, false);
        buf_addf(out, "%s%s%s%s\n", s->method, clean.len ? " " : "", buf_cstr(&clean),
                 s->unavailable ? "  (not supported yet)" : "");
        buf_release(&clean);
        buf_release(&params);
    }
}
