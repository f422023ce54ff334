/* reply.c - see reply.h. What is meant is found out here, reply_say.c and reply_look.c answer. */
#include "reply_priv.h"

#include <stdio.h>
#include <string.h>

#include "reply_skill.h"

#define ANSWER_MAX ((size_t)64 << 10)

/* ---- names ---- */

static bool is_known(void *ctx, struct str word)
{
    const struct model *m = ctx;

    if (word.len < 2)
        return false;
    VEC_EACH (t, &m->targets) {
        if (strncmp(*t, "host:", 5) == 0 && str_eq_c(word, *t + 5))
            return true;
    }
    for (size_t i = 0; m->topology && i < m->topology->count; i++) {
        if (str_eq_c(word, m->topology->nodes[i].id))
            return true;
    }
    VEC_EACH (h, &m->hypotheses) {
        if (str_eq_c(word, h->service))
            return true;
    }
    VEC_EACH (r, &m->resources) {
        if (str_eq_c(word, r->name))
            return true;
    }
    return m->has_incident && str_eq_c(word, m->incident.service);
}

/* What is about AWS is not about the machines here. */
static void parse(const struct engine *e, const char *question, struct arena *a, struct phrase *ret,
                  struct aws_phrase *aws)
{
    phrase_parse(str_from(question), is_known, (void *)(uintptr_t)&e->model, a, ret);
    reply_aws_parse(e->opts.tools, question, a, aws);
    if (!ret->target_known)
        reply_aws_meant(aws, ret);
}

void reply_parse(const struct engine *e, const char *question, struct arena *a, struct phrase *ret)
{
    struct aws_phrase aws;

    parse(e, question, a, ret, &aws);
}

/* Answered from the record of an investigation. */
static bool needs_record(enum phrase_act act)
{
    return act == PHRASE_CAUSE || act == PHRASE_NEXT || act == PHRASE_IMPACT ||
           act == PHRASE_EVIDENCE || act == PHRASE_HYPOTHESES || act == PHRASE_GAPS ||
           act == PHRASE_SHOW;
}

/* "investigate checkout", "detect anomalies"; not only "it is slow". */
static bool is_outright(const struct phrase *p)
{
    static const char *const words[] = {
        "investigate", "diagnose", "troubleshoot", "debug", "analyse", "analyze", "detect", "find",
        "check",       "show",     "list",         "any",   "look",    "dig",     NULL};
    bool outright = false;

    for (size_t i = 0; words[i]; i++)
        outright = outright || (strlen(p->verb) == strlen(words[i]) &&
                                str_ifind(str_from(p->verb), str_from(words[i])) == 0);
    return p->act == PHRASE_INVESTIGATE && outright;
}

bool reply_wants_investigation(const struct model *m, const struct phrase *p, bool has_model,
                               bool asked)
{
    bool sure = p->confidence >= PHRASE_SURE;

    if (p->act == PHRASE_INVESTIGATE && sure && (is_outright(p) || !has_model))
        return true;
    if (asked)
        return false;
    if (m->turn == 0) /* what is typed first is what is wrong, unless it clearly is not */
        return !sure || needs_record(p->act) || p->class == CLASS_DIAGNOSE ||
               p->act == PHRASE_INVESTIGATE;
    return !has_model && !sure;
}

const char *reply_only_host(const struct model *m)
{
    const char *host = NULL;

    VEC_EACH (t, &m->targets) {
        if (strncmp(*t, "host:", 5) != 0)
            continue;
        if (host)
            return NULL;
        host = *t + 5;
    }
    return host;
}

const char *reply_named_host(const struct model *m, const char *name)
{
    VEC_EACH (t, &m->targets) {
        if (strncmp(*t, "host:", 5) == 0 && strcmp(*t + 5, name) == 0)
            return *t + 5;
    }
    return NULL;
}

/* ---- the end ---- */

void reply_over(struct reply *a)
{
    struct investigation *inv = a->inv;

    if (!a->out.len)
        buf_adds(&a->out, "Nothing of the kind is known.");
    inv_say(inv, arena_str(inv->arena, buf_str(&a->out)));
    buf_release(&a->out);
    inv->active--;
    inv_maybe_end(inv);
}

/* C-03: what is not sure is asked about; briefly, as it stands between answers. */
static void ask_back(struct reply *a)
{
    if (a->p.missing) {
        buf_addf(&a->out, "%s", a->p.missing);
        return;
    }
    if (a->p.act != PHRASE_NONE)
        buf_addf(&a->out, "Not sure what is meant (%s, %.2f). Say it in other words.",
                 phrase_act_name(a->p.act), a->p.confidence);
    else
        buf_adds(&a->out, "That was not understood.");
    buf_adds(&a->out, " Without a model for example these are: `what is the cause?`, `which disks "
                      "are nearly full?`, `show logs of web-3`, `what changed on web-3?`, `list "
                      "alerts`, `checkout is slow`; `help` lists all of them.");
}

void reply_start(struct investigation *inv, const char *question)
{
    struct reply *a = arena_alloc(inv->arena, sizeof(*a));
    bool looks;

    a->inv = inv;
    buf_init(&a->out, ANSWER_MAX);
    parse(inv->engine, question, inv->arena, &a->p, &a->aws);
    inv->active++;
    looks = a->p.act == PHRASE_STATE || a->p.act == PHRASE_METRICS || a->p.act == PHRASE_LOGS ||
            a->p.act == PHRASE_CHANGES || a->p.act == PHRASE_SCAN || a->p.act == PHRASE_AWS;
    if (a->p.missing && looks && a->p.act != PHRASE_METRICS && a->p.act != PHRASE_AWS &&
        reply_only_host(inv_model(inv))) {
        a->p.missing = NULL; /* there is one machine: that one */
        a->p.confidence = 0.9;
    }
    if (a->p.missing || a->p.confidence < PHRASE_SURE || (!looks && !reply_can_say(a->p.act)))
        ask_back(a);
    else if (looks && reply_look(a))
        return;
    else if (!looks)
        reply_say(a);
    reply_over(a);
}
