/* host_module.c - the host module of the builtin investigator: looks at each "host:NAME" target
 * once, and lets the findings of the patterns be tried (host_plan.c, host_trial.c). */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host_priv.h"
#include "host_resources.h"
#include "modules_priv.h"
#include "runbook/base/mem.h"
#include "runbook/service/host.h"
#include "steer_priv.h"

#define TARGETS_MAX 64
#define HOST_NAME_LEN 256
#define CHANGES_HOSTS 2
#define LOGS_HOSTS 4 /* with more machines their logs and listeners are left alone */

static void note_gap(struct host_target *t, const char *what, const struct err *why)
{
    inv_gap(t->st->inv, "", arena_printf(inv_arena(t->st->inv), "host:%s %s", t->view.host, what),
            why);
}

static void note_gaps(struct host_target *t)
{
    int left = 20;
    const char *why = host_filesystems_unasked(&t->view);
    struct err none;

    if (why) {
        err_set(&none, ERR_NOT_FOUND, "%s", why);
        note_gap(t, "filesystems", &none);
    }

    VALUE_EACH (g, value_get(t->view.snapshot, "gaps")) {
        struct err err = ERR_INIT;

        if (left-- <= 0)
            return;
        if (!err_code_from_name(hv_str(g, "code"), &err.code))
            err.code = ERR_IO;
        err_set(&err, err.code, "%s", hv_str(g, "why"));
        note_gap(t, hv_str(g, "what"), &err);
    }
}

/* Everything that is read about it has come, or has not. */
static void look(struct host_target *t)
{
    if (t->view.snapshot) {
        host_plan(t);
        if (t - t->st->targets < CHANGES_HOSTS)
            host_changes_ahead(t);
    }
    if (!t->st->snapshots_out)
        host_trials_meet(t->st);
    host_check_done(t->st);
}

/* Logs and listeners: what cannot be had of them is a gap, and the rest goes on. */
static void on_doc(struct host_target *t, enum host_doc doc, const char *what,
                   struct investigation *inv, uint64_t query, const struct tool_result *result)
{
    const struct value *body = host_parse_body(inv, result);

    t->st->waiting--;
    t->docs[doc] = query;
    if (doc == HOST_DOC_LOGS)
        t->view.logs = body;
    else
        t->view.services = body;
    if (!body && result->status != TOOL_EMPTY)
        host_gap_of(inv, "", arena_printf(inv_arena(inv), "host:%s %s", t->view.host, what),
                    result);
    if (--t->docs_out == 0)
        look(t);
}

static void on_services(void *ctx, struct investigation *inv, uint64_t query,
                        const struct tool_result *result)
{
    on_doc(ctx, HOST_DOC_SERVICES, "listeners", inv, query, result);
}

/* Listeners are spoken to when the sentence leaves room for a service that answers badly. */
static bool may_be_a_service(unsigned words)
{
    return !words || (words & ~(unsigned)(WORDS_CPU | WORDS_MEMORY | WORDS_DISK));
}

/* Once the snapshot is taken: our own requests would stand in it as clients that wait. */
static void ask_listeners(struct host_target *t)
{
    const struct host_culprit first = {.follow = FOLLOW_NONE};

    if (t->st->target_count <= LOGS_HOSTS && may_be_a_service(t->view.words))
        t->docs_out += host_ask(t, "host_services", &first, "",
                                arena_printf(inv_arena(t->st->inv),
                                             "what the listeners of %s answer", t->view.host),
                                on_services, t) != 0;
}

static void on_snapshot(void *ctx, struct investigation *inv, uint64_t query,
                        const struct tool_result *result)
{
    struct host_target *t = ctx;

    t->st->waiting--;
    t->st->snapshots_out--;
    t->docs[HOST_DOC_SNAPSHOT] = query;
    t->view.snapshot = host_parse_body(inv, result);
    if (t->view.snapshot) {
        t->st->looked_at++;
        host_publish_resources(inv, &t->view);
        note_gaps(t);
        ask_listeners(t);
    } else {
        host_gap_of(inv, "", arena_printf(inv_arena(inv), "host:%s", t->view.host), result);
    }
    if (--t->docs_out == 0)
        look(t);
}

static void on_logs(void *ctx, struct investigation *inv, uint64_t query,
                    const struct tool_result *result)
{
    on_doc(ctx, HOST_DOC_LOGS, "logs", inv, query, result);
}

static void read_docs(struct host_target *t)
{
    const struct host_culprit first = {.follow = FOLLOW_NONE};
    struct arena *a = inv_arena(t->st->inv);
    const char *host = t->view.host;

    t->docs_out = 1; /* so that an answer that comes at once does not end it */
    if (host_ask(t, "host_snapshot", &first, "", arena_printf(a, "state of %s over 1 s", host),
                 on_snapshot, t)) {
        t->docs_out++;
        t->st->snapshots_out++;
    }
    if (t->st->target_count <= LOGS_HOSTS)
        t->docs_out += host_ask(t, "host_log", &first, "",
                                arena_printf(a, "what the logs of %s say", host), on_logs, t) != 0;
    t->docs_out--;
}

void host_check_done(struct host_state *st)
{
    if (st->waiting || st->done)
        return;
    if (!st->changes_asked && st->looked_at) {
        st->changes_asked = true;
        for (size_t i = 0; i < st->target_count && i < CHANGES_HOSTS; i++) {
            if (st->targets[i].view.snapshot && host_changes_worth(&st->targets[i]))
                host_test_changes(&st->targets[i]);
        }
        if (st->waiting)
            return;
    }
    st->done = true;
    inv_module_done(st->inv, &inv_module_host);
}

static bool is_host(const char *target)
{
    return strncmp(target, "host:", 5) == 0 && target[5];
}

static bool applies(const struct investigation *inv)
{
    VEC_EACH (t, &inv_model(inv)->targets) {
        if (is_host(*t))
            return true;
    }
    return false;
}

/* The sentence and what the alert says. */
static struct str question_of(struct investigation *inv)
{
    const struct model *m = inv_model(inv);

    if (!m->has_incident)
        return str_from(m->query);
    return str_from(
        arena_printf(inv_arena(inv), "%s %s %s", m->query, m->incident.title, m->incident.metric));
}

static void add_target(struct host_state *st, const char *name, struct str question)
{
    struct host_target *t = &st->targets[st->target_count++];

    t->st = st;
    t->view = (struct host_view){.arena = inv_arena(st->inv),
                                 .host = name,
                                 .words = host_words(question),
                                 .question = question};
    t->view.far = strcmp(name, "local") != 0;
}

/* An alert about another machine was pasted, and nobody named one: this one was looked at, and that
 * it is well says nothing of the other. */
static void tell_other_machine(struct host_state *st, struct str question)
{
    struct arena *a = inv_arena(st->inv);
    const char *other = hv_alert_host(a, question);
    char own[HOST_NAME_LEN] = "";
    struct err why;

    if (!other || st->target_count != 1 || strcmp(st->targets[0].view.host, HOST_LOCAL) != 0)
        return;
    (void)gethostname(own, sizeof(own) - 1);
    if (strncmp(other, own, strcspn(other, ".")) == 0 && strcspn(other, ".") == strcspn(own, "."))
        return;
    err_set(&why, ERR_NOT_FOUND,
            "the alert is about it, and only this machine was looked at: runbook investigate "
            "--host %s",
            other);
    inv_blind(st->inv, "", arena_printf(a, "host:%s", other), &why);
}

/* A question about AWS where no account is asked: that this machine is well does not answer it. */
static void tell_unasked_aws(struct host_state *st, struct str question)
{
    struct err why;

    VEC_EACH (t, &inv_model(st->inv)->targets) {
        if (strncmp(*t, "aws:", 4) == 0)
            return;
    }
    if (st->target_count != 1 || strcmp(st->targets[0].view.host, HOST_LOCAL) != 0 ||
        !hv_speaks_of_aws(question))
        return;
    err_set(&why, ERR_NOT_FOUND,
            "the question is about it, and no account is asked: runbook accounts add, or "
            "--aws ACCOUNT/REGION");
    inv_blind(st->inv, "", "aws", &why);
}

static void start(struct investigation *inv, void **ret_state)
{
    struct host_state *st = xcalloc(1, sizeof(*st));
    struct str question = question_of(inv);

    st->inv = inv;
    st->targets = xcalloc(TARGETS_MAX, sizeof(*st->targets));
    *ret_state = st;
    VEC_EACH (t, &inv_model(inv)->targets) {
        if (is_host(*t) && st->target_count < TARGETS_MAX)
            add_target(st, *t + 5, question);
    }
    for (size_t i = 0; i < st->target_count; i++)
        read_docs(&st->targets[i]);
    tell_other_machine(st, question);
    tell_unasked_aws(st, question);
    host_check_done(st);
}

static void cancel(struct investigation *inv, void *state)
{
    struct host_state *st = state;

    st->done = true;
}

static void free_state(void *state)
{
    struct host_state *st = state;

    free(st->targets);
    free(st);
}

const struct inv_module inv_module_host = {.name = "host",
                                           .applies = applies,
                                           .start = start,
                                           .cancel = cancel,
                                           .free = free_state,
                                           .test = steer_test_host};
