/* reply_aws.c - see reply_aws.h. */
#include "reply_aws.h"

#include <string.h>

#include "runbook/base/text.h"
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

static void put_list(struct buf *out, const struct value *list, bool resources, size_t found)
{
    size_t n = 0;

    VALUE_EACH (it, list) {
        if (n++ == LINES_MAX)
            break;
        if (resources)
            put_resource(out, it);
        else
            put_record(out, it);
    }
    if (found > LINES_MAX)
        buf_addf(out, "- and %zu more\n", found - LINES_MAX);
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
        buf_addf(out, "%s: there is nothing of the kind", p->title);
    else
        buf_addf(out, "%s: %s", p->title, r->summary);
    buf_addf(out, " [%s]\n", call);
    if (strcmp(p->tool, "aws_health") == 0 && v) {
        ops_report_text(v, out);
        return;
    }
    list = resources ? resources : found_list(v);
    put_list(out, list, resources != NULL,
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
