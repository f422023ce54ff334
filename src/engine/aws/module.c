/* module.c - the AWS module of the builtin investigator. A target "aws:ACCOUNT/REGION" is a scope;
 * several are looked at side by side. In each: which alarms are on and what was changed; from that
 * and the words of the question, which patterns may apply and what they need; then that is read,
 * and what the patterns find is tried (plan.c, trial.c). */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/engine/investigation_priv.h"
#include "src/engine/modules_priv.h"
#include "aws_priv.h"
#include "runbook/base/mem.h"

static bool is_aws(const char *target)
{
    return strncmp(target, "aws:", 4) == 0 && strchr(target, '/');
}

static bool applies(const struct investigation *inv)
{
    VEC_EACH (t, &inv_model(inv)->targets) {
        if (is_aws(*t))
            return true;
    }
    return false;
}

/* ---- what is chosen ---- */

void aws_want(struct aws_scope *s, const char *name)
{
    const struct aws_metric *m = aws_metric_find(name);
    const struct aws_source *src = aws_source_find(m ? m->source : name);

    if (!src || (src->on && !(src->on & s->view.on)))
        return;
    s->wanted[src - aws_source_table()] = true;
    if (src->each)
        aws_want(s, src->each);
}

/* Of a person's hypothesis: what its patterns are about. */
static void choose_tested(struct aws_scope *s)
{
    const struct aws_pattern *const *table = aws_pattern_table();
    unsigned on = aws_on_words(s->view.text);

    for (size_t i = 0; i < AWS_PATTERNS_MAX && table[i]; i++)
        on |= s->chosen[i] ? table[i]->on : 0;
    s->view.on = s->st->again ? UINT_MAX : aws_on_behind(on); /* again: whatever they are about */
    for (size_t i = 0; i < AWS_PATTERNS_MAX && table[i]; i++) {
        for (const char *const *n = table[i]->needs; (s->chosen[i] || s->behind[i]) && *n; n++)
            aws_want(s, *n);
    }
}

/* What the words, the alarms and the names are about, and what may be behind those. Nothing said
 * and no alarm: everything, as it is a look at the health of all. */
static void choose(struct aws_scope *s)
{
    const struct aws_pattern *const *table = aws_pattern_table();
    unsigned meant = aws_on_words(s->view.text);

    if (s->st->test) { /* its patterns are chosen already */
        choose_tested(s);
        return;
    }
    VEC_EACH (a, &s->view.alarms)
        meant |= a->on;
    for (size_t i = 0; i < AWS_PATTERNS_MAX && table[i]; i++) {
        if (av_has_any(s->view.text, table[i]->words))
            meant |= table[i]->on;
    }
    s->view.on = aws_on_behind(meant);
    for (size_t i = 0; i < AWS_PATTERNS_MAX && table[i]; i++) {
        s->chosen[i] = (table[i]->on & s->view.on) != 0;
        for (const char *const *n = table[i]->needs; s->chosen[i] && *n; n++)
            aws_want(s, *n);
    }
}

/* ---- stages ---- */

/* Alarms are alerts like those of other servers. */
static void publish_alarms(struct aws_scope *s)
{
    struct investigation *inv = s->st->inv;

    VEC_EACH (a, &s->view.alarms) {
        char hex[SHA256_HEX];
        const struct query *q = inv_find_query(inv, a->query);
        const char *id =
            arena_printf(s->view.arena, "aws %s %s %s", s->view.account, s->view.region, a->name);
        struct ev_alert_seen seen = {.name = a->name,
                                     .severity = "",
                                     .service = *a->of ? av_tail(a->of) : "",
                                     .summary = a->reason,
                                     .source = "aws_query",
                                     .call = q ? q->call : "",
                                     .state = ALERT_FIRING,
                                     .started_ms = a->since_ms};

        hash_sha256_hex(str_from(id), hex);
        seen.fingerprint = arena_printf(s->view.arena, "%.16s", hex);
        seen.labels = arena_printf(s->view.arena, "{account=\"%s\",region=\"%s\"}", s->view.account,
                                   s->view.region);
        inv_publish_alert(inv, &seen);
    }
}

static void say_alarms(struct aws_scope *s)
{
    const struct aws_view *v = &s->view;
    const struct aws_alarm *first = v->alarms.items;

    if (!v->alarms.count)
        return;
    inv_say(s->st->inv,
            v->alarms.count == 1
                ? arena_printf(v->arena, "CloudWatch: **%s** is in ALARM since %s (%s, %s).",
                               first->name, av_clock(&s->view, first->since_ms), v->account,
                               v->region)
                : arena_printf(v->arena,
                               "CloudWatch: %zu alarms are on (%s, %s); the first was **%s** at "
                               "%s.",
                               v->alarms.count, v->account, v->region, first->name,
                               av_clock(&s->view, first->since_ms)));
}

static void read_first(struct aws_scope *s)
{
    const struct model *m = inv_model(s->st->inv);
    struct aws_view *v = &s->view;

    AV_DOCS(d, v, "alarms")
    av_take_alarms(v, d);
    av_set_onset(v, m->has_incident ? m->incident.started_at_ms : 0);
    if (!s->st->test) {
        publish_alarms(s);
        say_alarms(s);
    }
    choose(s);
}

/* No answer of this stage is out any more. */
void aws_stage_over(struct aws_scope *s)
{
    if (s->st->done)
        return;
    if (!s->view.on) {
        read_first(s);
        if (!s->st->test)
            aws_graph_ask(s);
    }
    if (aws_scope_ask(s))
        return;
    if (s->looked)
        return;
    s->looked = true;
    AV_DOCS(d, &s->view, "trail")
    av_take_events(&s->view, d);
    AV_DOCS(d, &s->view, "trail.reads")
    av_take_events(&s->view, d);
    if (s->st->test) {
        aws_test_read(s);
        return;
    }
    s->view.graph = s->st->graph;
    s->view.graph_from = aws_graph_source(s->st);
    aws_plan(s);
}

/* The look around needed a hypothesis because another module had gone on. */
static void close_open(struct aws_state *st)
{
    if (st->open)
        inv_prune(st->inv, st->open,
                  st->supported ? "what AWS shows has hypotheses of its own"
                                : "no pattern found anything off");
    st->open = NULL;
}

void aws_check_done(struct aws_state *st)
{
    if (st->waiting || st->done || st->test)
        return;
    st->done = true;
    close_open(st);
    aws_graph_publish(st);
    inv_module_done(st->inv, &inv_module_aws);
}

/* ---- the beginning ---- */

static const char *words_of(struct investigation *inv)
{
    const struct model *m = inv_model(inv);

    if (!m->has_incident)
        return m->query;
    return arena_printf(inv_arena(inv), "%s %s %s %s", m->query, m->incident.title,
                        m->incident.service, m->incident.metric);
}

static void add_scope(struct aws_state *st, const char *target)
{
    struct aws_scope *s = &st->scopes[st->scope_count++];
    struct arena *a = inv_arena(st->inv);
    const char *slash = strrchr(target, '/');

    s->st = st;
    s->view.arena = a;
    s->view.account = arena_strndup(a, target, (size_t)(slash - target));
    s->view.region = arena_strdup(a, slash + 1);
    s->view.text = words_of(st->inv);
    s->view.now_ms = inv_now_ms(st->inv);
}

/* Targets whose region or account the sentence names; all of them when it names none. */
static bool is_named(const char *text, const char *target)
{
    const char *slash = strrchr(target, '/');
    char account[128];

    snprintf(account, sizeof(account), "%.*s", (int)(slash - target), target);
    return av_names(text, slash + 1) || (strlen(account) > 3 && av_names(text, account));
}

void aws_add_scopes(struct aws_state *st)
{
    const struct model *m = inv_model(st->inv);
    const char *text = words_of(st->inv);
    bool some = false;

    VEC_EACH (t, &m->targets)
        some = some || (is_aws(*t) && is_named(text, *t + 4));
    VEC_EACH (t, &m->targets) {
        if (is_aws(*t) && (!some || is_named(text, *t + 4)) && st->scope_count < AWS_SCOPES)
            add_scope(st, *t + 4);
    }
}

void aws_scope_start(struct aws_scope *s)
{
    const struct aws_source *table = aws_source_table();

    for (size_t k = 0; table[k].name; k++)
        s->wanted[k] = !table[k].on;
}

static void start(struct investigation *inv, void **ret_state)
{
    struct aws_state *st = xcalloc(1, sizeof(*st));

    *ret_state = st;
    st->inv = inv;
    st->graph = inv_model(inv)->topology;
    st->graph_file = inv_model(inv)->topology_source;
    aws_add_scopes(st);
    for (size_t i = 0; i < st->scope_count; i++) {
        aws_scope_start(&st->scopes[i]);
        if (!aws_scope_ask(&st->scopes[i]))
            aws_stage_over(&st->scopes[i]);
    }
    aws_check_done(st);
}

static void cancel(struct investigation *inv, void *state)
{
    (void)inv;
    ((struct aws_state *)state)->done = true;
}

void aws_state_free(void *state)
{
    struct aws_state *st = state;

    for (size_t i = 0; i < st->scope_count; i++)
        aws_view_release(&st->scopes[i].view);
    free(st);
}

const struct inv_module inv_module_aws = {.name = "aws",
                                          .applies = applies,
                                          .start = start,
                                          .cancel = cancel,
                                          .free = aws_state_free,
                                          .test = aws_test};
