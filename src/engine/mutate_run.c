/* mutate_run.c - the calls of one step, one after another; a reading goes on after a status that is
 * not 0, as that is an answer, too, and execution stops at the first that failed. */
#include "mutate_priv.h"

#include <stdlib.h>

#include "runbook/base/fault.h"
#include "runbook/service/alertmanager.h"
#include "runbook/service/host_run.h"
#include "runbook/tool/toolenv.h"

static void next_call(struct live *l);

bool live_executes(const struct live *l)
{
    return l->list == &l->act.calls;
}

void live_answered(struct live *l, const struct act_answer *a)
{
    struct act_call *c = &l->list->items[l->at];

    c->answer = *a;
    c->answer.out = str_from(arena_str(l->act.arena, a->out));
    c->answer.err_out = str_from(arena_str(l->act.arena, a->err_out));
    if (live_executes(l) && (a->err.code || a->status != 0)) {
        live_made(l);
        return;
    }
    l->at++;
    next_call(l);
}

static void on_ran(void *ctx, const struct host_ran *r)
{
    struct live *l = ctx;
    struct act_answer a = {r->err, r->maybe, r->status, r->out, r->err_out};

    l->run = 0;
    live_answered(l, &a);
}

/* An answer of the server says what it did; a server that failed, or none, leaves it open. */
static void on_http(void *ctx, const struct am_reply *r)
{
    struct live *l = ctx;
    struct act_answer a = {.err = r->err, .status = 0, .out = buf_str(r->body)};

    l->http = 0;
    a.maybe = r->http_status == 0 || r->http_status >= 500;
    live_answered(l, &a);
}

static void make_here(struct live *l, const struct act_call *c)
{
    struct host_pool *hosts = l->e->opts.tools->hosts;
    struct alertmanager *am = l->e->opts.tools->alertmanager;

    if (c->how == ACT_AWS)
        live_aws(l, c);
    else if (c->how == ACT_HTTP && am)
        l->http = alertmanager_call(am, c->method, c->path, str_from(c->body), on_http, l);
    else if (c->how == ACT_HTTP)
        live_answered(l, &(struct act_answer){
                             .err = {ERR_NOT_FOUND, "no Alertmanager is configured any more"}});
    else if (c->how == ACT_SIGNAL)
        l->run =
            host_signal(hosts, l->act.host, (int32_t)c->pid, c->start, (int)c->signo, on_ran, l);
    else
        l->run = host_run(hosts,
                          &(struct host_command){.host = l->act.host,
                                                 .argv = c->argv,
                                                 .script = c->script,
                                                 .timeout_ms = c->timeout_ms,
                                                 .sudo = c->sudo},
                          on_ran, l);
}

static void on_turn(void *ctx)
{
    struct live *l = ctx;

    l->timer = 0;
    live_made(l);
}

static void next_call(struct live *l)
{
    const struct act_call *c;

    if (l->at >= l->list->count && !live_executes(l) && l->act.def->more)
        l->act.def->more(&l->act);
    if (l->at >= l->list->count) {
        live_made(l);
        return;
    }
    c = &l->list->items[l->at];
    make_here(l, c);
}

void live_make(struct live *l, act_calls *list)
{
    l->list = list;
    l->at = 0;
    if (list->count)
        next_call(l);
    else
        l->timer = loop_timer(l->e->opts.loop, 0, on_turn, l);
}

void live_stop(struct live *l)
{
    if (l->timer)
        loop_timer_cancel(l->e->opts.loop, l->timer);
    if (l->run)
        host_run_cancel(l->e->opts.tools->hosts, l->run);
    if (l->http && l->e->opts.tools->alertmanager)
        alertmanager_cancel(l->e->opts.tools->alertmanager, l->http);
    live_aws_stop(l);
    if (l->job) {
        loop_job_drop(l->e->opts.loop, l->job);
        arena_free(l->counting->kept);
        free(l->counting->path);
        free(l->counting);
    }
    l->timer = l->job = 0;
    l->run = l->http = 0;
}
