/* audit_log.c - see audit_log.h. */
#include "src/app/audit_log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runbook/app/config.h"
#include "runbook/base/mem.h"
#include "runbook/base/text.h"
#include "runbook/codec/json.h"
#include "runbook/engine/mutate.h"
#include "runbook/model/event.h"
#include "runbook/model/model.h"
#include "runbook/store/audit.h"

#define LINE_MAX_BYTES ((size_t)256 << 10)

struct audit_log {
    struct app *app;
    struct engine *engine;
    struct err failed; /* the first thing that could not be recorded */
    bool ended;
};

struct audit_log *audit_log_new(struct app *app, struct engine *e)
{
    struct audit_log *a = xcalloc(1, sizeof(*a));

    a->app = app;
    a->engine = e;
    return a;
}

static void note(struct audit_log *a, const struct err *err)
{
    if (!a->failed.code)
        a->failed = *err;
}

/* Where the person sits: what sudo and ssh leave behind, and the terminal. */
static void put_identity(struct json_writer *w)
{
    struct identity me;

    identity_read(&me);
    json_key(w, "user");
    identity_json(&me, w);
}

/* Where several had to say yes: the others, and how their word came. */
static void put_seconds(struct json_writer *w, const struct approval *ap, const struct event *ev)
{
    const struct ev_approval_decided *d = &ev->u.approval_decided;

    json_put_int(w, "persons", ap->persons);
    json_put_cstr(w, "proposer", ap->proposer);
    json_put_cstr(w, "answered_by", d->by);
    json_key(w, "seconds");
    json_array_begin(w);
    for (size_t i = 0; i < d->seconds.count; i++)
        json_cstring(w, d->seconds.items[i]);
    json_array_end(w);
}

static void put_data(const struct approval *ap, const struct event *ev, const char *session,
                     struct buf *out)
{
    struct json_writer w;

    json_writer_init(&w, out);
    json_object_begin(&w);
    json_put_cstr(&w, "session", session);
    json_put_cstr(&w, "id", ap->id);
    json_put_cstr(&w, "operation", ap->operation);
    json_put_cstr(&w, "resource", ap->resource);
    json_put_cstr(&w, "environment", ap->environment);
    json_put_cstr(&w, "risk", approval_risk_name(ap->risk));
    json_put_bool(&w, "approved", ev->type == EV_APPROVAL_GRANTED);
    json_put_cstr(&w, "by", ev->actor);
    json_put_cstr(&w, "reason", ev->u.approval_decided.reason);
    json_put_cstr(&w, "policy", ap->policy);
    json_put_cstr(&w, "fingerprint", ap->fingerprint);
    put_seconds(&w, ap, ev);
    put_identity(&w);
    json_object_end(&w);
}

/* A copy to the logs of the machine, where somebody else keeps it. */
static void forward(struct audit_log *a, const struct config *c, const char *type, struct str data)
{
    const char *syslog = config_str(c, "audit.syslog"), *journald = config_str(c, "audit.journald");
    struct buf line = BUF_INIT(LINE_MAX_BYTES);
    char fields[160];
    struct err err;

    buf_addf(&line, "%s %.*s", type, STR_FMT(data));
    snprintf(fields, sizeof(fields), "RUNBOOK_EVENT=%s\n", type);
    if (syslog && *syslog && !audit_forward(syslog, false, NULL, buf_str(&line))) {
        err_set(&err, ERR_IO, "%s did not take a line of the audit", syslog);
        note(a, &err);
    }
    if (journald && *journald && !audit_forward(journald, true, fields, buf_str(&line))) {
        err_set(&err, ERR_IO, "%s did not take a line of the audit", journald);
        note(a, &err);
    }
    buf_release(&line);
}

static void append(struct audit_log *a, const struct event *ev, struct str data)
{
    const struct config *c;
    const char *state;
    struct err err;

    if (app_config(a->app, &c, &err) || app_state_dir(a->app, &state, &err) ||
        audit_append(state, event_type_name(ev->type), ev->actor, ev->ts_ms, data,
                     (int)config_int(c, "audit.keep_days"), NULL, &err))
        note(a, &err);
    else
        forward(a, c, event_type_name(ev->type), data);
}

static void record(struct audit_log *a, const struct model *m, const struct event *ev)
{
    const struct approval *ap = model_approval(m, ev->u.approval_decided.id);
    struct buf data = BUF_INIT(LINE_MAX_BYTES);

    if (!ap)
        return;
    put_data(ap, ev, m->id, &data);
    append(a, ev, buf_str(&data));
    buf_release(&data);
}

/* What is not asked again, or never done, is an answer, too. */
static void record_rule(struct audit_log *a, const struct model *m, const struct event *ev)
{
    const struct ev_rule *r = &ev->u.rule;
    struct buf data = BUF_INIT(LINE_MAX_BYTES);
    struct json_writer w;

    json_writer_init(&w, &data);
    json_object_begin(&w);
    json_put_cstr(&w, "session", m->id);
    json_put_cstr(&w, "id", r->id);
    json_put_cstr(&w, "operation", r->operation);
    json_put_cstr(&w, "resource", r->resource);
    json_put_cstr(&w, "environment", "");
    json_put_cstr(&w, "risk", "");
    json_put_bool(&w, "deny", r->deny);
    json_key(&w, "args");
    json_raw(&w, r->params.len ? r->params : STR_LIT("{}"));
    json_put_cstr(&w, "by", ev->actor);
    put_identity(&w);
    json_object_end(&w);
    append(a, ev, buf_str(&data));
    buf_release(&data);
}

/* one line for each call that was to change something, also where it was blocked. */
static void record_call(struct audit_log *a, const struct model *m, const struct event *ev)
{
    const struct ev_mutation_ended *d = &ev->u.mutation_ended;
    const struct mutation *mu = model_mutation(m, d->id);
    struct buf data = BUF_INIT(LINE_MAX_BYTES);
    struct json_writer w;

    if (!mu || strcmp(d->outcome, "dry_run") == 0)
        return;
    json_writer_init(&w, &data);
    json_object_begin(&w);
    json_put_cstr(&w, "session", m->id);
    json_put_cstr(&w, "id", d->id);
    json_put_cstr(&w, "operation", mu->operation);
    json_put_cstr(&w, "resource", mu->resource);
    json_put_cstr(&w, "where", mu->target);
    json_key(&w, "args");
    json_raw(&w, str_from(mu->args));
    json_put_cstr(&w, "what", d->what);
    json_put_cstr(&w, "status",
                  strcmp(d->outcome, "done") == 0      ? "SUCCESS"
                  : strcmp(d->outcome, "refused") == 0 ? "BLOCKED"
                                                       : "FAILED");
    json_put_cstr(&w, "risk", *mu->decision ? approval_risk_name(mu->risk) : "");
    json_put_cstr(&w, "decision", mu->decision);
    json_put_cstr(&w, "reason", d->text);
    json_put_cstr(&w, "by", mu->by);
    put_identity(&w);
    json_object_end(&w);
    append(a, ev, buf_str(&data));
    buf_release(&data);
}

static void sign(struct audit_log *a)
{
    const char *state, *id = engine_model(a->engine)->id;
    char hash[SHA256_HEX];
    uint64_t lines = 0;
    struct err err;

    engine_journal_head(a->engine, &lines, hash);
    if (!lines || !*id)
        return;
    if (app_state_dir(a->app, &state, &err) ||
        audit_sign(state, id, lines, hash, a->app->clock->wall_ms(a->app->clock), &err))
        note(a, &err);
}

static void on_event(void *self, const struct model *m, const struct event *ev)
{
    struct audit_log *a = self;
    const char *type = event_type_name(ev->type);

    if (ev->type >= EV_APPROVAL_GRANTED && ev->type <= EV_APPROVAL_REFUSED)
        record(a, m, ev);
    if (ev->type == EV_RULE_REMEMBERED || ev->type == EV_RULE_REVOKED)
        record_rule(a, m, ev);
    if (ev->type == EV_MUTATION_ENDED)
        record_call(a, m, ev);
    if (strncmp(type, "mutation.", 9) == 0 && strcmp(type, "mutation.started") != 0 &&
        strcmp(type, "mutation.proposed") != 0)
        sign(a);
}

const struct sink_ops audit_log_ops = {.name = "audit", .event = on_event};

void audit_log_end(struct audit_log *a)
{
    struct buf line = BUF_INIT(BUF_NO_MAX);

    if (a->ended)
        return;
    a->ended = true;
    sign(a);
    if (a->failed.code) {
        text_sanitize(&line, str_from(a->failed.msg), false, a->app->ascii);
        fprintf(stderr, "runbook: the audit is not complete: %s\n", buf_cstr(&line));
    }
    buf_release(&line);
}

void audit_log_free(struct audit_log *a)
{
    free(a);
}
