/* credentials.c - somebody signs with what is not valid any more: a token that ran out, a key that
 * was switched off, a password that a rotation replaced. CloudTrail tells the first two; a
 * database's password is seen in the log of who uses it. */
#include <string.h>

#include "logs.h"
#include "patterns.h"

static const struct aws_limit limits[] = {
    {"refused", 3.0, "count", "calls of one principal; one is a clock or a typing mistake"},
    {"errors", 10.0, "count", "of a function since a secret was rotated"},
    {"missing", 1.0, "count", "tasks of a service: those that cannot sign in end"},
    {.name = NULL},
};
#define REFUSED LIMIT(0)
#define ERRORS LIMIT(1)
#define MISSING LIMIT(2)

/* What FilterLogEvents looks for. */
#define REFUSED_WORDS                                                                              \
    "?\"authentication failed\" ?\"Access denied for user\" ?\"password\" ?ExpiredToken"

static const char *const codes[] = {
    "ExpiredToken",         "InvalidClientTokenId",  "UnrecognizedClient",
    "InvalidAccessKeyId",   "SignatureDoesNotMatch", "AuthFailure",
    "TokenRefreshRequired", "InvalidToken",          NULL};
static const char *const key_events[] = {"UpdateAccessKey",
                                         "DeleteAccessKey",
                                         "DeleteLoginProfile",
                                         "UpdateAssumeRolePolicy",
                                         "DeleteInstanceProfile",
                                         "RemoveRoleFromInstanceProfile",
                                         "DeleteRole",
                                         "DeleteUser",
                                         NULL};
static const char *const secret_events[] = {"RotateSecret",
                                            "RotationSucceeded",
                                            "PutSecretValue",
                                            "UpdateSecret",
                                            "RotationStarted",
                                            "ModifyDBInstance",
                                            NULL};

static const struct aws_event *key_event(struct aws_view *v, const struct aws_event *refused)
{
    int64_t before = (int64_t)(av_limit(v, &aws_shared_limits[0]) * 1000),
            after = (int64_t)(av_limit(v, &aws_shared_limits[1]) * 1000);

    for (size_t i = v->events.count; i-- > 0;) {
        const struct aws_event *e = &v->events.items[i];
        const char *user = av_str(e->params, "userName"), *role = av_str(e->params, "roleName");
        const char *name = *user ? user : role;

        if (!*e->error && av_is_event(e, key_events) && e->t_ms >= refused->t_ms - before &&
            e->t_ms <= refused->t_ms + after && *name &&
            (av_names(refused->who, name) || av_names(refused->principal, name)))
            return e;
    }
    return NULL;
}

static void blame_key(struct aws_view *v, struct aws_finding *f, const struct aws_event *e)
{
    const char *user = av_str(e->params, "userName");
    struct aws_culprit *c = aws_find_culprit(f);

    c->statement = arena_printf(v->arena, "%s by %s made its credentials invalid", e->name, e->who);
    c->evidence = av_event_text(v, e);
    c->query = e->query;
    c->event = e;
    c->at_ms = e->t_ms;
    if (*user) {
        c->ask = (struct aws_follow){
            .service = "iam",
            .operation = "ListAccessKeys",
            .params = arena_printf(v->arena, "{\"UserName\":%s}", aws_json(v, user)),
            .title = arena_printf(v->arena, "access keys of %s", user)};
        aws_culprit_var(c, "user", user);
    }
}

static void refused(struct aws_view *v, struct aws_findings *out, const struct aws_group *g)
{
    const struct aws_event *e = g->first, *change = key_event(v, e);
    struct aws_finding *f = aws_find(out);

    if (!f)
        return;
    f->severity = 0.9;
    f->direct = true;
    f->query = e->query;
    f->at_ms = e->t_ms;
    f->metric = e->error;
    f->unit = "count";
    f->value = (double)g->since;
    f->resource = av_key(v, "iam", av_tail(e->who));
    f->service = av_tail(e->who);
    f->claim = arena_printf(v->arena, "the credentials of %s are not valid (%s)", e->who, e->error);
    f->evidence = arena_printf(v->arena, "%zu calls of %s by %s refused since %s: %s", g->since,
                               e->name, e->who, av_clock(v, e->t_ms), e->error);
    aws_find_name(f, av_tail(e->who));
    aws_find_name(f, e->who);
    aws_find_var(f, "who", e->who);
    if (change) {
        f->second = arena_printf(v->arena, "before that: %s", av_event_text(v, change));
        f->second_query = change->query;
        blame_key(v, f, change);
    } else if (*e->message) {
        f->second = arena_printf(v->arena, "AWS says: %.160s", e->message);
        f->second_query = g->last->query;
    }
}

/* A function that fails since a secret was rotated; its log decides. */
static void rotated(struct aws_view *v, struct aws_findings *out, const struct aws_series *s)
{
    int64_t before = (int64_t)(av_limit(v, &aws_shared_limits[0]) * 1000),
            at = s->turn_ms ? s->turn_ms : v->onset_ms;
    const struct aws_event *e = av_change(v, secret_events, at - before, at + v->period_ms);
    const char *secret;
    struct aws_finding *f;
    struct aws_culprit *c;

    if (!e || s->total < ERRORS || s->mean < 3 * s->mean_before ||
        (strcmp(e->name, "ModifyDBInstance") == 0 && !*av_str(e->params, "masterUserPassword")) ||
        !(f = aws_find(out)))
        return;
    secret = *av_str(e->params, "secretId") ? av_tail(av_str(e->params, "secretId")) : e->resources;
    aws_find_series(f, s, s->total);
    f->severity = 0.9;
    f->query = e->query;
    f->at_ms = e->t_ms;
    f->resource = av_key(v, "secret", secret);
    f->service = s->of;
    f->claim = arena_printf(v->arena, "%s uses a password that was replaced at %s", s->of,
                            av_clock(v, e->t_ms));
    f->evidence = arena_printf(v->arena, "%s (%s)", av_event_text(v, e), secret);
    f->second =
        arena_printf(v->arena, "errors of %s: %.0f since %s", s->of, s->total, av_clock(v, at));
    f->second_query = s->query;
    aws_find_name(f, s->of);
    aws_find_var(f, "function", s->of);
    aws_find_var(f, "secret", secret);
    c = aws_find_culprit(f);
    c->statement =
        arena_printf(v->arena, "%s cannot sign in since the rotation of %s", s->of, secret);
    c->evidence = f->evidence;
    c->event = NULL;
    c->at_ms = e->t_ms;
    c->ask = aws_log_ask(v, AWS_LOG_FUNCTION, s->of, REFUSED_WORDS, 20);
}

/* A service of ECS that loses tasks since a secret was rotated: its containers' log decides. */
static void rotated_tasks(struct aws_view *v, struct aws_findings *out, const struct aws_doc *doc,
                          const struct value *service)
{
    const char *name = av_str(service, "serviceName"), *tasks = av_str(service, "taskDefinition");
    double missing = av_num(service, "desiredCount") - av_num(service, "runningCount");
    const struct aws_alarm *alarm = av_alarm_of(v, name);
    int64_t from, to;
    const struct aws_event *e;
    const char *secret;
    struct aws_finding *f;
    struct aws_culprit *c;

    aws_change_span(v, alarm ? alarm->since_ms : 0, &from, &to);
    e = av_change(v, secret_events, from, to);
    if (!e || !*tasks || (!(missing >= MISSING) && !alarm) ||
        (strcmp(e->name, "ModifyDBInstance") == 0 && !*av_str(e->params, "masterUserPassword")) ||
        !(f = aws_find(out)))
        return;
    secret = *av_str(e->params, "secretId") ? av_tail(av_str(e->params, "secretId")) : e->resources;
    f->strength = STRENGTH_WEAK; /* two things at one time: the log decides */
    f->severity = 0.85;
    f->query = e->query;
    f->at_ms = e->t_ms;
    f->resource = av_key(v, "secret", secret);
    f->service = name;
    f->claim = arena_printf(v->arena, "service %s uses a password that was replaced at %s", name,
                            av_clock(v, e->t_ms));
    f->evidence = arena_printf(v->arena, "%s (%s)", av_event_text(v, e), secret);
    f->second = alarm ? arena_printf(v->arena, "alarm %s of %s is on since %s", alarm->name, name,
                                     av_clock(v, alarm->since_ms))
                      : arena_printf(v->arena, "%.0f tasks of %s are missing", missing, name);
    f->second_query = alarm ? alarm->query : doc->query;
    aws_find_name(f, name);
    aws_find_var(f, "service", name);
    aws_find_var(f, "cluster", av_tail(av_str(service, "clusterArn")));
    aws_find_var(f, "secret", secret);
    c = aws_find_culprit(f);
    c->statement =
        arena_printf(v->arena, "%s cannot sign in since the rotation of %s", name, secret);
    c->evidence = f->evidence;
    c->at_ms = e->t_ms;
    c->ask = aws_log_ask(v, AWS_LOG_TASKS, tasks, REFUSED_WORDS, 20);
}

static void find(struct aws_view *v, struct aws_findings *out)
{
    struct aws_group groups[AWS_GROUPS];
    size_t n = av_group_errors(v, codes, groups);

    for (size_t i = 0; i < n; i++) {
        if (groups[i].since >= REFUSED && groups[i].count == groups[i].since)
            refused(v, out, &groups[i]);
    }
    AV_SERIES(s, v, "lambda.errors")
    rotated(v, out, s);
    AV_DOCS(d, v, "ecs.services")
    {
        VALUE_EACH (service, d->items)
            rotated_tasks(v, out, d, service);
    }
}

static void read(struct aws_view *v, const struct aws_culprit *c, const struct value *items,
                 struct aws_reading *r)
{
    size_t active = 0, n = value_count(items);

    if (!c->event) { /* a log, or where it is */
        if (!aws_log_read(v, c, items, REFUSED_WORDS, r))
            aws_log_lines(v, items,
                          &(struct aws_log_words){"its log",
                                                  "its log says nothing of a refused password", 0,
                                                  STRENGTH_CONTRADICTS},
                          r);
        return;
    }
    VALUE_EACH (k, items)
        active += strcmp(av_str(k, "Status"), "Active") == 0;
    /* A second key, made since, is what the user is to change to: the first one is still gone. */
    r->strength = n == 0 || active < n || strcmp(c->event->name, "DeleteAccessKey") == 0
                      ? STRENGTH_STRONG
                      : STRENGTH_CONTRADICTS;
    r->direct = r->strength == STRENGTH_STRONG;
    r->evidence = n ? arena_printf(v->arena, "%zu of %zu access keys are active", active, n)
                    : "there is no access key any more";
}

static const char *const needs[] = {"trail", "trail.reads", "lambda.errors", "ecs.services", NULL};
static const char *const words[] = {"credential", "expired", "token",    "access key",
                                    "secret",     "rotat",   "login",    "sign in",
                                    "signature",  "auth",    "password", NULL};
static const struct aws_proposal proposals[] = {
    {.action = "give who uses {user} its new key, or make the former one active until it has it",
     .command = "aws iam list-access-keys --user-name {user}",
     .rollback = "make the key inactive again",
     .risk = APPROVAL_HIGH,
     .watch = "no more refused calls of {who} in CloudTrail"},
    {.action = "let {function} read {secret} anew: a new version, or a restart of what keeps it",
     .command = "",
     .rollback = "none needed",
     .risk = APPROVAL_MEDIUM,
     .watch = "Errors of {function} go to 0"},
    {.action = "start the tasks of {service} anew, so that they read {secret} again",
     .command = "aws ecs update-service --cluster {cluster} --service {service} "
                "--force-new-deployment --region {region}",
     .rollback = "none needed: the same task definition",
     .risk = APPROVAL_MEDIUM,
     .watch = "no more refused passwords in the log of {service}"},
    {.action = "renew the credentials of {who}",
     .command = "",
     .rollback = "none needed",
     .risk = APPROVAL_MEDIUM,
     .watch = "no more refused calls of {who} in CloudTrail"},
    {.action = NULL},
};
static const char *const checks[] = {
    "the clock of who signs: more than 15 minutes away and nothing is accepted", NULL};

const struct aws_pattern aws_pattern_credentials = {
    .id = "credentials",
    .kind = "permission",
    .category = CATEGORY_CONFIGURATION,
    .on = ON_IAM,
    .rank = 4,
    .words = words,
    .claim = "somebody signs with credentials that are not valid any more",
    .rationale = "a key that was switched off or a password that was replaced is still in use",
    .refutes = "signatures are accepted, and no key or secret was changed",
    .quiet = "no credentials are refused",
    .needs = needs,
    .limits = limits,
    .find = find,
    .read = read,
    .proposals = proposals,
    .checks = checks,
};
