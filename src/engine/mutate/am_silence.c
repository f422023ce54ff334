/* am_silence.c - silences of an Alertmanager (API v2): mute alerts for a while, and hear them
 * again. A silence that is created is found again by its comment, which holds the mutation's id: so
 * a request whose answer got lost is found out by reading, and not sent twice. */
#include "act.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "runbook/base/timefmt.h"
#include "runbook/codec/json.h"
#include "runbook/service/alertmanager.h"
#include "runbook/tool/toolenv.h"

#define MATCHERS_MAX 8

static bool am_available(const struct tool_env *env, struct err *err)
{
    if (env && env->alertmanager)
        return true;
    err_set(err, ERR_NOT_FOUND,
            "no Alertmanager is configured: alertmanager.url, or --alertmanager");
    return false;
}

static struct act_call *http(struct act *a, act_calls *to, const char *method, const char *path,
                             const char *body)
{
    struct act_call *c = VEC_PUSH(to);

    c->how = ACT_HTTP;
    c->method = method;
    c->path = arena_strdup(a->arena, path);
    c->body = body;
    return c;
}

static enum err_code answer_of(struct act *a, size_t call, struct err *err)
{
    const struct act_answer *r = &a->reads.items[call].answer;

    if (r->err.code) {
        *err = r->err;
        return err_wrap(err, "read the Alertmanager");
    }
    return ERR_OK;
}

/* ---- create ---- */

static const struct tool_param create_params[] = {
    {"matchers", PARAM_STRING, true, NULL, 0, 0, NULL,
     "What is muted: alertname=\"X\",service=\"y\"; = and != take the value as it is."},
    {"minutes", PARAM_INT, false, "60", 1, 10080, NULL, "For how long."},
    {"comment", PARAM_STRING, true, NULL, 0, 0, NULL, "Why; others read it."},
    {NULL},
};

struct matcher {
    struct str name, value;
    bool equal;
};

static bool name_ok(struct str s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (!isalnum((unsigned char)s.ptr[i]) && s.ptr[i] != '_')
            return false;
    }
    return s.len > 0;
}

/* name="value" or name!="value", commas between; no regular expressions: they match more than they
 * look like. */
static enum err_code parse_matchers(struct act *a, struct matcher *m, size_t *ret, struct err *err)
{
    const char *text = act_arg(a, "matchers");
    size_t n = 0;

    while (*text) {
        const char *op = strpbrk(text, "=!~"), *end;

        if (!op || n == MATCHERS_MAX)
            return err_set(err, ERR_INPUT, "matchers: name=\"value\", at most %d, commas between",
                           MATCHERS_MAX);
        m[n].name = str_trim((struct str){text, (size_t)(op - text)});
        m[n].equal = *op == '=';
        text = op + (*op == '!' ? 2 : 1);
        if ((*op == '!' && op[1] != '=') || *op == '~' || *text == '~')
            return err_set(err, ERR_INPUT,
                           "matchers: = and != only; a regular expression can "
                           "match more than it looks like");
        if (*text != '"' || !(end = strchr(text + 1, '"')) || !name_ok(m[n].name))
            return err_set(err, ERR_INPUT, "matchers: name=\"value\", the value in quotes");
        m[n].value = (struct str){text + 1, (size_t)(end - text - 1)};
        n++;
        text = end + 1;
        text += strspn(text, ", ");
    }
    if (!n)
        return err_set(err, ERR_INPUT, "matchers: at least one is needed");
    *ret = n;
    return ERR_OK;
}

static const char *alerts_path(struct act *a, const struct matcher *m, size_t n)
{
    struct buf path = BUF_INIT(8192), one = BUF_INIT(2048);
    const char *text;

    buf_adds(&path, "/api/v2/alerts?silenced=false&inhibited=true");
    for (size_t i = 0; i < n; i++) {
        buf_clear(&one);
        buf_addf(&one, "%.*s%s\"%.*s\"", STR_FMT(m[i].name),
                 m[i].equal ? "=" : "!=", STR_FMT(m[i].value));
        buf_adds(&path, "&filter=");
        url_encode(&path, buf_str(&one));
    }
    text = arena_strdup(a->arena, buf_cstr(&path));
    buf_release(&path);
    buf_release(&one);
    return text;
}

static enum err_code read_create(struct act *a, struct err *err)
{
    struct matcher m[MATCHERS_MAX];
    size_t n;

    if (parse_matchers(a, m, &n, err))
        return err->code;
    http(a, &a->reads, "GET", alerts_path(a, m, n), NULL);
    http(a, &a->reads, "GET", "/api/v2/silences", NULL);
    return ERR_OK;
}

static void put_time(struct json_writer *w, const char *key, int64_t ms)
{
    char text[TIME_TEXT_MAX];

    time_format_rfc3339(ms, text);
    json_put_cstr(w, key, text);
}

static const char *create_body(struct act *a, const struct matcher *m, size_t n)
{
    struct buf out = BUF_INIT(65536);
    struct json_writer w;
    const char *text;

    json_writer_init(&w, &out);
    json_object_begin(&w);
    json_key(&w, "matchers");
    json_array_begin(&w);
    for (size_t i = 0; i < n; i++) {
        json_object_begin(&w);
        json_put_str(&w, "name", m[i].name);
        json_put_str(&w, "value", m[i].value);
        json_put_bool(&w, "isRegex", false);
        json_put_bool(&w, "isEqual", m[i].equal);
        json_object_end(&w);
    }
    json_array_end(&w);
    put_time(&w, "startsAt", a->proposed_ms);
    put_time(&w, "endsAt", a->proposed_ms + act_arg_int(a, "minutes", 60) * 60000);
    json_put_cstr(&w, "createdBy", a->by);
    json_put_cstr(&w, "comment",
                  arena_printf(a->arena, "%s (runbook %s)", act_arg(a, "comment"), a->id));
    json_object_end(&w);
    text = arena_strdup(a->arena, buf_cstr(&out));
    buf_release(&out);
    return text;
}

static enum err_code plan_create(struct act *a, struct err *err)
{
    struct act_plan *p = &a->plan;
    struct matcher m[MATCHERS_MAX];
    struct am_silences silences;
    struct am_alerts alerts;
    size_t n;

    if (parse_matchers(a, m, &n, err) || answer_of(a, 0, err) || answer_of(a, 1, err) ||
        am_decode_alerts(a->reads.items[0].answer.out, a->arena, &alerts, err) ||
        am_decode_silences(a->reads.items[1].answer.out, a->arena, &silences, err))
        return err->code;
    p->resource = act_arg(a, "matchers");
    p->resource_id = "alertmanager:silence";
    p->before =
        arena_printf(a->arena, "%zu alerts fire that it would mute; %zu silences are active",
                     alerts.count, silences.active);
    p->after = "an active silence with these matchers";
    p->effect = arena_printf(a->arena, "nobody is told of what matches, for %" PRId64 " minutes",
                             act_arg_int(a, "minutes", 60));
    p->rollback = "it is expired: runbook undo";
    p->blast = "everybody who is called by these alerts";
    p->cost = "no money; what fires meanwhile is not heard";
    p->watch = "that the incident is worked on while it is muted";
    p->facts = act_object(a, "mark", arena_printf(a->arena, "(runbook %s)", a->id), (char *)NULL);
    p->rolls_back = true;
    p->rollback_operation = "alertmanager.silence.expire";
    p->rollback_args = act_object(a, "mark", a->id, (char *)NULL);
    p->targets = alerts.count ? alerts.count : 1;
    p->duration_ms = 1000;
    http(a, &a->calls, "POST", "/api/v2/silences", create_body(a, m, n));
    return ERR_OK;
}

static const struct am_silence *marked(struct act *a, size_t call, const char *mark)
{
    const struct am_silence *items;
    struct am_silences s;
    struct err err;

    if (a->reads.items[call].answer.err.code ||
        am_decode_silences(a->reads.items[call].answer.out, a->arena, &s, &err))
        return NULL;
    items = s.items; /* in the arena */
    for (size_t i = 0; i < s.count; i++) {
        if (strstr(items[i].comment, mark))
            return items + i;
    }
    return NULL;
}

static enum act_check verify_create(struct act *a)
{
    const struct am_silence *s = marked(a, 1, act_fact(a, "mark"));

    a->said = s ? arena_printf(a->arena, "silence %s is %s", s->id, s->state)
                : "there is no such silence";
    return s && strcmp(s->state, "active") == 0 ? ACT_HOLDS : ACT_NOT_YET;
}

const struct act_def act_silence_create = {
    .name = "alertmanager.silence.create",
    .help = "Mute alerts for a while.",
    .undo = "the silence is expired",
    .resource_type = "silence",
    .params = create_params,
    .floor = RISK_MEDIUM,
    .verify_ms = 5000,
    .read = read_create,
    .plan = plan_create,
    .verify = verify_create,
    .available = am_available,
};

/* ---- expire ---- */

static const struct tool_param expire_params[] = {
    {"id", PARAM_STRING, false, NULL, 0, 0, NULL, "The silence."},
    {"mark", PARAM_STRING, false, NULL, 0, 0, NULL, "Or the mutation that created it."},
    {NULL},
};

static enum err_code read_expire(struct act *a, struct err *err)
{
    const char *id = act_arg(a, "id"), *mark = act_arg(a, "mark");

    if (!*id == !*mark)
        return err_set(err, ERR_INPUT, "name the silence by id, or by mark");
    if (id[strspn(id, "0123456789abcdefABCDEF-")])
        return err_set(err, ERR_INPUT, "'%.80s' is no id of a silence", id);
    http(a, &a->reads, "GET", "/api/v2/silences", NULL);
    return ERR_OK;
}

static const struct am_silence *wanted(struct act *a)
{
    const char *id = act_arg(a, "id");
    const struct am_silence *items;
    struct am_silences s;
    struct err err;

    if (!*id)
        return marked(a, 0, arena_printf(a->arena, "(runbook %s)", act_arg(a, "mark")));
    if (a->reads.items[0].answer.err.code ||
        am_decode_silences(a->reads.items[0].answer.out, a->arena, &s, &err))
        return NULL;
    items = s.items; /* in the arena */
    for (size_t i = 0; i < s.count; i++) {
        if (strcmp(items[i].id, id) == 0)
            return items + i;
    }
    return NULL;
}

static enum err_code plan_expire(struct act *a, struct err *err)
{
    struct act_plan *p = &a->plan;
    const struct am_silence *s;

    if (answer_of(a, 0, err))
        return err->code;
    s = wanted(a);
    if (!s)
        return err_set(err, ERR_NOT_FOUND, "there is no such silence");
    p->resource = s->id;
    p->resource_id = arena_printf(a->arena, "alertmanager:silence/%s", s->id);
    p->before = arena_printf(a->arena, "%s, %s, by %s: %s", s->state, s->matchers, s->created_by,
                             s->comment);
    p->after = "expired";
    p->effect = "what it muted is heard again at once";
    p->rollback = "";
    p->blast = "everybody who is called by these alerts";
    p->cost = "no money";
    p->watch = "the alerts that it muted";
    p->facts = act_object(a, "id", s->id, (char *)NULL);
    p->targets = 1;
    p->duration_ms = 1000;
    if (strcmp(s->state, "expired") == 0)
        p->already = "it has expired already";
    http(a, &a->calls, "DELETE", arena_printf(a->arena, "/api/v2/silence/%s", s->id), NULL);
    return ERR_OK;
}

static enum act_check verify_expire(struct act *a)
{
    const struct am_silence *s = wanted(a);

    if (a->reads.items[0].answer.err.code)
        return ACT_NOT_YET;
    a->said = s ? s->state : "it is gone";
    return !s || strcmp(s->state, "expired") == 0 ? ACT_HOLDS : ACT_NOT_YET;
}

const struct act_def act_silence_expire = {
    .name = "alertmanager.silence.expire",
    .help = "End a silence: its alerts are heard again.",
    .undo = "alertmanager.silence.create makes another one",
    .resource_type = "silence",
    .params = expire_params,
    .floor = RISK_LOW,
    .verify_ms = 5000,
    .read = read_expire,
    .plan = plan_expire,
    .verify = verify_expire,
    .available = am_available,
};
