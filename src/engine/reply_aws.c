/* reply_aws.c - see reply_aws.h. */
#include "reply_aws.h"

#include <string.h>

#include "runbook/base/text.h"
#include "runbook/base/timefmt.h"
#include "runbook/service/aws/estate.h"
#include "runbook/tool/aws_ops.h"
#include "runbook/tool/toolenv.h"

#define LINES_MAX 20
#define FIELDS_MAX 6
#define FIELD_CELLS 80

static bool is_account(void *ctx, struct str word)
{
    const struct aws_estate *e = ctx;

    VEC_EACH (a, &e->accounts)
        if (str_eq_c(word, a->name) || (*a->number && str_eq_c(word, a->number)))
            return true;
    return false;
}

void reply_aws_parse(const struct tool_env *env, const char *question, struct arena *a,
                     struct aws_phrase *ret)
{
    struct aws_estate *e = env ? env->aws : NULL;

    aws_phrase_parse(str_from(question), e != NULL, e ? is_account : NULL, e, a, ret);
}

void reply_aws_meant(const struct aws_phrase *aws, struct phrase *ret)
{
    if (aws->is == AWS_PHRASE_NONE)
        return;
    ret->act = PHRASE_AWS;
    ret->class = CLASS_INFO;
    ret->verb = aws->verb;
    ret->missing = aws->is == AWS_PHRASE_ASK ? aws->missing : NULL;
    ret->confidence = aws->unread ? PHRASE_SURE - 0.01 : 0.9;
}

static void put(struct buf *out, struct str s)
{
    struct buf clean = BUF_INIT(s.len * 12 + 16);

    text_sanitize(&clean, s, false, false);
    text_ellipsis(out, buf_str(&clean), FIELD_CELLS, false);
    buf_release(&clean);
}

static void put_field(struct buf *out, const char *before, const struct value *v, const char *name)
{
    struct str s = value_str_or(v, name, "");

    if (!s.len)
        return;
    buf_adds(out, before);
    put(out, s);
}

static void put_resource(struct buf *out, const struct value *r)
{
    struct str id = value_str_or(r, "id", ""), name = value_str_or(r, "name", "");

    buf_adds(out, "- ");
    put(out, value_str_or(r, "service", ""));
    put_field(out, ":", r, "kind");
    put_field(out, " ", r, "id");
    if (name.len && !str_eq(id, name)) {
        put_field(out, " (", r, "name");
        buf_addc(out, ')');
    }
    put_field(out, ", ", r, "state");
    put_field(out, ", ", r, "region");
    put_field(out, ", ", r, "account");
    buf_addc(out, '\n');
}

/* Who did what, when: the rest is in `runbook changes`. */
static void put_change(struct buf *out, const struct value *r)
{
    char when[TIME_TEXT_MAX];
    const char *outcome = value_cstr_or(r, "outcome", "");

    time_format_rfc3339(value_i64_or(r, "ts_ms", 0), when);
    buf_addf(out, "- %.10s %.8s UTC ", when, when + 11);
    put(out, value_str_or(r, "detail", ""));
    put_field(out, ", by ", r, "actor");
    if (*value_cstr_or(r, "actor", ""))
        put_field(out, " from ", r, "from");
    if (*outcome && strcmp(outcome, "ok") != 0)
        put_field(out, ", ", r, "outcome");
    buf_addc(out, '\n');
}

static void put_finding(struct buf *out, const struct value *r)
{
    buf_adds(out, "- ");
    put(out, value_str_or(r, "severity", ""));
    put_field(out, ": ", r, "title");
    put_field(out, ", ", r, "resource");
    put_field(out, ", ", r, "region");
    buf_addc(out, '\n');
}

/* Any other record: its first texts and numbers. */
static void put_record(struct buf *out, const struct value *r)
{
    size_t n = 0;

    buf_adds(out, "- ");
    if (r->type == VALUE_STRING)
        put(out, r->u.string);
    VALUE_EACH (f, r) {
        if (n == FIELDS_MAX || f->type != VALUE_STRING || !f->u.string.len)
            continue;
        buf_adds(out, n++ ? ", " : "");
        put(out, f->u.string);
    }
    buf_addc(out, '\n');
}

static void put_list(struct buf *out, const struct value *list,
                     void (*put_one)(struct buf *out, const struct value *r), size_t found)
{
    size_t n = 0;

    VALUE_EACH (it, list) {
        if (n++ == LINES_MAX)
            break;
        put_one(out, it);
    }
    if (found > LINES_MAX)
        buf_addf(out, "- and %zu more\n", found - LINES_MAX);
}

/* What is not there, or not switched on, hides nothing. */
static bool is_off(const struct value *gap)
{
    struct str code = value_str_or(gap, "code", "");

    return str_eq_c(code, "absent") || str_eq_c(code, "not-enabled");
}

static bool is_partly(const struct value *v)
{
    bool partly = value_count(value_get(v, "not_read")) > 0;

    VALUE_EACH (it, value_get(v, "gaps"))
        partly = partly || !is_off(it);
    return partly;
}

static void put_not_read(struct buf *out, const struct value *v)
{
    size_t n = 0;

    VALUE_EACH (it, value_get(v, "not_read")) {
        if (n++ == 5)
            break;
        buf_adds(out, n == 1 ? "Not read:\n- " : "- ");
        put_field(out, "", it, "service");
        put_field(out, " ", it, "operation");
        put_field(out, " in ", it, "region");
        put_field(out, " of ", it, "account");
        put_field(out, ": ", it, "end");
        put_field(out, ", needs ", it, "action");
        buf_addc(out, '\n');
    }
    if (value_i64_or(v, "lists_not_read", 0) > 5)
        buf_addf(out, "- and %lld more\n", (long long)value_i64_or(v, "lists_not_read", 0) - 5);
    n = 0;
    VALUE_EACH (it, value_get(v, "gaps")) {
        if (is_off(it))
            continue;
        if (n++ == 5)
            break;
        buf_adds(out, n == 1 ? "Not read:\n- " : "- ");
        put_field(out, "", it, "what");
        put_field(out, ": ", it, "why");
        buf_addc(out, '\n');
    }
}

/* What the tools call what they found. */
static const struct value *found_list(const struct value *v)
{
    static const char *const names[] = {"changes", "findings", "events", "groups", "items"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (value_count(value_get(v, names[i])))
            return value_get(v, names[i]);
    return NULL;
}

void reply_aws_say(const struct aws_phrase *p, const struct tool_result *r, const struct value *v,
                   const char *call, struct buf *out)
{
    const struct value *resources = value_get(v, "resources"), *list;

    if (r->status != TOOL_OK && r->status != TOOL_EMPTY) {
        buf_addf(out, "%s: ", p->title);
        text_sanitize(out, str_from(r->err.msg), false, false);
        return;
    }
    if (r->status == TOOL_EMPTY)
        buf_addf(out, "%s: %s", p->title,
                 strcmp(p->tool, "aws_logs") == 0
                     ? "no events; without a time the last 15 minutes are read"
                 : is_partly(v) ? "nothing of the kind was found, but not everything could be read"
                                : "there is nothing of the kind");
    else
        buf_addf(out, "%s: %s", p->title, r->summary);
    buf_addf(out, " [%s]\n", call);
    if (strcmp(p->tool, "aws_health") == 0 && v) {
        ops_report_text(v, out);
        return;
    }
    list = resources ? resources : found_list(v);
    put_list(out, list,
             resources                              ? put_resource
             : strcmp(p->tool, "aws_changes") == 0  ? put_change
             : strcmp(p->tool, "aws_findings") == 0 ? put_finding
                                                    : put_record,
             resources ? (size_t)value_i64_or(v, "found", 0) : value_count(list));
    put_not_read(out, v);
}

void reply_aws_act(const struct aws_phrase *p, struct buf *out)
{
    buf_addf(out,
             "Nothing is changed by a question. This asks for approval, says what would be done "
             "and how it is undone:\n- runbook act %s",
             p->act);
}
