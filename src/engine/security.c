/* security.c - what the tool aws_findings answers, as events: a finding.seen for each finding that
 * is new or another than before, and a security.looked that says how far the look came. What a
 * whole look does not list any more is gone; what was not read stays as it was. */
#include <string.h>

#include "inventory_priv.h"
#include "modules_priv.h"
#include "runbook/codec/json.h"
#include "runbook/tool/toolenv.h"
#include "security.h"

#define TOOL "aws_findings"
#define FINDINGS_MAX 1000 /* of one answer */
#define TEXT_MAX 2000

struct answer {
    struct investigation *inv;
    const char *call;
    const struct value *body;
    bool filtered; /* it was only asked for some */
};

/* ---- findings ---- */

static const char *text(struct answer *x, const struct value *v, const char *name)
{
    return arena_str(inv_arena(x->inv), value_str_or(v, name, ""));
}

/* In words, and as a command: the one says what it is for, the other how it is done. */
static const char *fix(struct answer *x, const struct value *v)
{
    const char *words = text(x, v, "fix"), *command = text(x, v, "command");

    return *command ? arena_printf(inv_arena(x->inv), "%s With AWS's client: %s", words, command)
                    : words;
}

static enum finding_severity severity_of(struct answer *x, const struct value *v)
{
    const char *word = text(x, v, "severity");

    for (int i = 0; i < FINDING_SEVERITIES; i++)
        if (strcmp(word, finding_severity_name((enum finding_severity)i)) == 0)
            return (enum finding_severity)i;
    return FINDING_INFO;
}

static bool is_known(const struct finding *f, const struct ev_finding_seen *s)
{
    return f && !f->gone && f->severity == (enum finding_severity)s->severity &&
           strcmp(f->evidence, s->evidence) == 0 && strcmp(f->suppressed, s->suppressed) == 0 &&
           strcmp(f->also, s->also) == 0 && strcmp(f->status, s->status) == 0 &&
           strcmp(f->act, s->act) == 0;
}

static void publish(struct investigation *inv, const struct ev_finding_seen *s)
{
    struct event ev = inv_new_event(EV_FINDING_SEEN);

    ev.u.finding_seen = *s;
    inv_publish(inv, &ev);
}

static void see(struct answer *x, const struct value *v)
{
    struct ev_finding_seen s = {.id = text(x, v, "id"),
                                .check = text(x, v, "check"),
                                .service = text(x, v, "service"),
                                .source = text(x, v, "source"),
                                .resource = text(x, v, "resource"),
                                .account = text(x, v, "account"),
                                .region = text(x, v, "region"),
                                .title = text(x, v, "title"),
                                .evidence = text(x, v, "evidence"),
                                .why = text(x, v, "why"),
                                .fix = fix(x, v),
                                .act = text(x, v, "act"),
                                .rollback = text(x, v, "rollback"),
                                .reference = text(x, v, "reference"),
                                .also = text(x, v, "also"),
                                .status = text(x, v, "status"),
                                .suppressed = text(x, v, "suppressed"),
                                .call = x->call,
                                .severity = severity_of(x, v)};

    if (*s.id && *s.check && !is_known(model_finding(inv_model(x->inv), s.id), &s))
        publish(x->inv, &s);
}

static bool is_listed(const struct value *findings, const char *id)
{
    VALUE_EACH (it, findings)
        if (str_eq_c(value_str_or(it, "id", ""), id))
            return true;
    return false;
}

static void see_gone(struct answer *x)
{
    const struct model *m = inv_model(x->inv);
    const struct value *findings = value_get(x->body, "findings");

    for (size_t i = 0; i < m->findings.count; i++) {
        const struct finding f = m->findings.items[i];

        if (f.gone || is_listed(findings, f.id))
            continue;
        publish(x->inv, &(struct ev_finding_seen){.id = f.id,
                                                  .check = f.check,
                                                  .service = f.service,
                                                  .source = f.source,
                                                  .resource = f.resource,
                                                  .account = f.account,
                                                  .region = f.region,
                                                  .title = f.title,
                                                  .evidence = f.evidence,
                                                  .why = f.why,
                                                  .fix = f.fix,
                                                  .act = f.act,
                                                  .rollback = f.rollback,
                                                  .reference = f.reference,
                                                  .also = f.also,
                                                  .status = f.status,
                                                  .suppressed = f.suppressed,
                                                  .call = x->call,
                                                  .severity = f.severity,
                                                  .gone = true});
    }
}

/* ---- how far it came ---- */

static void looked(struct investigation *inv, const struct ev_security_looked *s)
{
    struct event ev = inv_new_event(EV_SECURITY_LOOKED);

    ev.u.security_looked = *s;
    inv_publish(inv, &ev);
}

static bool is_off(const struct value *cell)
{
    struct str end = value_str_or(cell, "end", "");

    return str_eq_c(end, "absent") || str_eq_c(end, "not-enabled");
}

/* "ec2 DescribeVolumes denied in eu-west-1, ..." */
static const char *cells(struct answer *x, bool off)
{
    struct buf out = BUF_INIT(TEXT_MAX);
    const char *kept;

    VALUE_EACH (c, value_get(x->body, "cells")) {
        struct str service = value_str_or(c, "service", "");
        bool hub = str_eq_c(service, "securityhub"), guard = str_eq_c(service, "guardduty");

        if (is_off(c) != off || (off && !hub && !guard))
            continue;
        if (off)
            buf_addf(&out, "%s%s in %.*s", out.len ? ", " : "", hub ? "Security Hub" : "GuardDuty",
                     STR_FMT(value_str_or(c, "region", "")));
        else
            buf_addf(&out, "%s%.*s %.*s %.*s in %.*s", out.len ? ", " : "", STR_FMT(service),
                     STR_FMT(value_str_or(c, "operation", "")), STR_FMT(value_str_or(c, "end", "")),
                     STR_FMT(value_str_or(c, "region", "")));
    }
    kept = arena_strdup(inv_arena(x->inv), buf_cstr(&out));
    buf_release(&out);
    return kept;
}

static void tell_end(struct answer *x)
{
    int64_t failed = value_i64_or(x->body, "failed", 0);
    int64_t total = value_i64_or(x->body, "total", 0);
    int64_t shown = (int64_t)value_count(value_get(x->body, "findings"));
    bool cut = value_bool_or(x->body, "interrupted", false);
    const char *text_of = cells(x, false);

    if (cut && !*text_of)
        text_of = "it was ended before everything was asked";
    looked(x->inv, &(struct ev_security_looked){.state = failed || cut ? SECURITY_PARTLY_READ
                                                                       : SECURITY_READ,
                                                .text = text_of,
                                                .off = cells(x, true),
                                                .call = x->call,
                                                .checks = value_i64_or(x->body, "checks", 0),
                                                .judged = value_i64_or(x->body, "judged", 0),
                                                .unjudged = value_i64_or(x->body, "unjudged", 0),
                                                .failed = failed,
                                                .left_out = total > shown ? total - shown : 0});
    if (!failed && !cut && total <= shown)
        see_gone(x);
}

static void read_body(struct answer *x, const struct tool_result *result)
{
    struct err err = ERR_INIT;
    size_t n = 0;

    if (json_parse(inv_arena(x->inv), buf_str(&result->body), &x->body, &err)) {
        inv_blind(x->inv, "", "security findings", &err);
        return;
    }
    VALUE_EACH (f, value_get(x->body, "findings"))
        if (n++ < FINDINGS_MAX)
            see(x, f);
    if (!x->filtered)
        tell_end(x);
}

static bool is_filtered(struct str args)
{
    static const char *const names[] = {"\"service\"", "\"check\"", "\"severity\"", "\"account\"",
                                        "\"region\""};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (str_find(args, str_from(names[i])) >= 0)
            return true;
    return false;
}

static const char *stopped_after(struct investigation *inv)
{
    const struct model *m = inv_model(inv);

    return m->security.known
               ? arena_printf(inv_arena(inv), "it was stopped after %lld of %lld calls",
                              (long long)m->security.done, (long long)m->security.known)
               : "it was stopped";
}

void security_read_answer(struct investigation *inv, const char *tool, const char *call,
                          struct str args, const struct tool_result *result)
{
    struct answer x = {.inv = inv, .call = call, .filtered = is_filtered(args)};
    bool canceled = result->status == TOOL_CANCELED;
    int64_t known = inv_model(inv)->security.known;

    if (strcmp(tool, TOOL) != 0)
        return;
    if (result->status == TOOL_OK || result->status == TOOL_EMPTY)
        read_body(&x, result);
    else if (!x.filtered)
        looked(inv, &(struct ev_security_looked){
                        .state = canceled && known ? SECURITY_PARTLY_READ : SECURITY_UNREAD,
                        .text = canceled ? stopped_after(inv) : result->err.msg,
                        .failed = canceled ? known - inv_model(inv)->security.done : 0,
                        .call = call});
}

void security_read_stopped(struct investigation *inv, const char *tool, const char *call,
                           struct str args)
{
    const struct model *m = inv_model(inv);
    struct tool_result none = {.status = TOOL_CANCELED};

    if (m->security.state == SECURITY_READING)
        security_read_answer(inv, tool, call, args, &none);
}

/* ---- while it is asked ---- */

#define LINE_MAX 700

/* As struct ev_security_looked has them. */
static void put_places(struct answer *x, const char **ret, size_t *ret_count)
{
    static const char *const names[] = {"service", "region", "account",   "done",
                                        "known",   "end",    "operation", "why"};

    VALUE_EACH (p, value_get(x->body, "places")) {
        struct buf line = BUF_INIT(LINE_MAX);

        if (*ret_count == SECURITY_PLACES_MAX)
            return;
        for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
            const struct value *v = value_get(p, names[i]);

            if (v && v->type == VALUE_NUMBER)
                buf_addf(&line, "%s%.0f", i ? "\t" : "", v->u.number);
            else
                buf_addf(&line, "%s%.200s", i ? "\t" : "", value_cstr_or(p, names[i], ""));
        }
        ret[(*ret_count)++] = arena_strdup(inv_arena(x->inv), buf_cstr(&line));
        buf_release(&line);
    }
}

/* Shown, and not written down: what it comes to is. */
static void show(struct investigation *inv, const struct ev_security_looked *s)
{
    struct event ev = inv_new_event(EV_SECURITY_LOOKED);

    ev.u.security_looked = *s;
    inventory_show(inv->engine, &ev);
}

void security_read_progress(struct investigation *inv, const char *tool, const char *call,
                            struct str args, const struct tool_progress *p)
{
    struct answer x = {.inv = inv, .call = call, .filtered = is_filtered(args)};
    const char *places[SECURITY_PLACES_MAX];
    struct ev_security_looked s = {.state = SECURITY_READING,
                                   .call = call,
                                   .done = (int64_t)p->done,
                                   .known = (int64_t)p->known};
    struct err ignored = ERR_INIT;
    size_t n = 0, count = 0;

    if (strcmp(tool, TOOL) != 0 || x.filtered ||
        json_parse(inv_arena(inv), p->body, &x.body, &ignored))
        return;
    VALUE_EACH (f, value_get(x.body, "findings"))
        if (n++ < FINDINGS_MAX)
            see(&x, f);
    put_places(&x, places, &count);
    s.places = (struct strings){places, count};
    show(inv, &s);
}

/* ---- asking ---- */

bool security_ask_all(struct investigation *inv, inv_query_fn *fn, void *ctx)
{
    struct inv_query q = {TOOL, STR_LIT("{\"max\":1000}"), "", "what is not safe in AWS"};

    if (!inv->engine->opts.tools->aws) {
        looked(inv, &(struct ev_security_looked){.state = SECURITY_NOT_CONFIGURED});
        return false;
    }
    looked(inv, &(struct ev_security_looked){.state = SECURITY_READING});
    return inv_query(inv, &q, fn, ctx) != 0;
}
