/* alarm_rule.c - the rule of a composite alarm, by recursive descent; depth and length are bounded.
 * NOT binds closest, then AND, then OR; words are read in any case. Source: CloudWatch API
 * Reference, PutCompositeAlarm, AlarmRule. */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "runbook/base/num.h"
#include "runbook/base/text.h"
#include "runbook/base/vec.h"
#include "runbook/service/aws/alarms.h"

#define RULE_MAX 10240
#define DEPTH_MAX 50
#define CHILDREN_MAX 500

enum kind { KIND_STATE, KIND_TRUE, KIND_FALSE, KIND_NOT, KIND_AND, KIND_OR, KIND_AT_LEAST };

struct node {
    enum kind kind;
    const struct node *left, *right;
    const char **names; /* of STATE one, of AT_LEAST several */
    size_t count, least;
    enum aws_alarm_state wants;
};

struct aws_rule {
    const struct node *root;
    struct aws_rule_child *children;
    size_t count;
};

struct parser {
    struct arena *arena;
    struct str text;
    size_t at;
    int depth;
    struct err *err;
    struct aws_rule *rule;
};

static const char *const states[] = {"OK", "ALARM", "INSUFFICIENT_DATA"};

const char *aws_alarm_state_name(enum aws_alarm_state s)
{
    return states[s];
}

bool aws_alarm_state_from(struct str name, enum aws_alarm_state *ret)
{
    for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++)
        if (name.len == strlen(states[i]) && str_ifind(name, str_from(states[i])) == 0) {
            *ret = (enum aws_alarm_state)i;
            return true;
        }
    return false;
}

static const struct node *parse_or(struct parser *p);

static const struct node *fail(struct parser *p, const char *what)
{
    if (!p->err->code)
        err_set(p->err, ERR_INPUT, "character %zu of the rule: %s", p->at + 1, what);
    return NULL;
}

static void skip(struct parser *p)
{
    while (p->at < p->text.len && isspace((unsigned char)p->text.ptr[p->at]))
        p->at++;
}

static bool take(struct parser *p, char c)
{
    skip(p);
    if (p->at == p->text.len || p->text.ptr[p->at] != c)
        return false;
    p->at++;
    return true;
}

/* A word of letters and underscores; nothing is taken when it is not `wanted`. */
static struct str peek_word(struct parser *p)
{
    size_t end;

    skip(p);
    end = p->at;
    while (end < p->text.len &&
           (isalpha((unsigned char)p->text.ptr[end]) || p->text.ptr[end] == '_'))
        end++;
    return (struct str){p->text.ptr + p->at, end - p->at};
}

static bool take_word(struct parser *p, const char *wanted)
{
    struct str w = peek_word(p);

    if (w.len != strlen(wanted) || strncasecmp(w.ptr, wanted, w.len) != 0)
        return false;
    p->at += w.len;
    return true;
}

static struct node *new_node(struct parser *p, enum kind kind)
{
    struct node *n = arena_alloc(p->arena, sizeof(*n));

    n->kind = kind;
    return n;
}

/* "name", name or an ARN; what is behind ":alarm:" names it. */
static const char *take_name(struct parser *p)
{
    struct buf raw = BUF_INIT(RULE_MAX), clean = BUF_INIT(RULE_MAX * 8);
    struct str name;
    ptrdiff_t at;
    const char *copy;

    if (take(p, '"')) {
        while (p->at < p->text.len && p->text.ptr[p->at] != '"') {
            if (p->text.ptr[p->at] == '\\' && p->at + 1 < p->text.len)
                p->at++;
            buf_addc(&raw, p->text.ptr[p->at++]);
        }
        if (!take(p, '"'))
            (void)fail(p, "a name without its closing quote");
    } else {
        while (p->at < p->text.len && !strchr("(), \t\r\n\"", p->text.ptr[p->at]))
            buf_addc(&raw, p->text.ptr[p->at++]);
    }
    name = buf_str(&raw);
    at = str_starts(name, "arn:") ? str_find(name, STR_LIT(":alarm:")) : -1;
    if (at >= 0) {
        name.ptr += at + 7;
        name.len -= (size_t)at + 7;
    }
    if (!name.len)
        (void)fail(p, "the name of an alarm is missing");
    text_sanitize(&clean, name, false, false);
    copy = arena_str(p->arena, buf_str(&clean));
    buf_release(&raw);
    buf_release(&clean);
    return copy;
}

static void add_child(struct parser *p, const char *name, enum aws_alarm_state wants)
{
    for (size_t i = 0; i < p->rule->count; i++)
        if (p->rule->children[i].wants == wants && strcmp(p->rule->children[i].name, name) == 0)
            return;
    if (p->rule->count == CHILDREN_MAX)
        (void)fail(p, "more than 500 alarms");
    else
        p->rule->children[p->rule->count++] = (struct aws_rule_child){name, wants};
}

static const struct node *parse_state(struct parser *p, enum aws_alarm_state wants)
{
    struct node *n = new_node(p, KIND_STATE);

    if (!take(p, '('))
        return fail(p, "'(' is missing behind a state");
    n->names = arena_array(p->arena, 1, sizeof(*n->names));
    n->names[n->count++] = take_name(p);
    n->wants = wants;
    add_child(p, n->names[0], wants);
    return take(p, ')') ? n : fail(p, "')' is missing behind an alarm's name");
}

/* A number, or "60%" of those that are named. */
static size_t least_of(struct parser *p, size_t *ret_percent)
{
    size_t n = 0, begun;

    skip(p);
    begun = p->at;
    while (p->at < p->text.len && isdigit((unsigned char)p->text.ptr[p->at]) && n < 100000)
        n = n * 10 + (size_t)(p->text.ptr[p->at++] - '0');
    if (p->at == begun || n == 0)
        (void)fail(p, "AT_LEAST wants a number first");
    *ret_percent = take(p, '%') ? n : 0;
    return n;
}

/* AT_LEAST(2, ALARM, (a, b, c)); NOT ALARM and the like are not read. */
static const struct node *parse_at_least(struct parser *p)
{
    struct node *n = new_node(p, KIND_AT_LEAST);
    struct str word;
    size_t percent = 0;

    if (!take(p, '('))
        return fail(p, "'(' is missing behind AT_LEAST");
    n->least = least_of(p, &percent);
    if (!take(p, ','))
        return fail(p, "',' is missing");
    word = peek_word(p);
    if (!aws_alarm_state_from(word, &n->wants))
        return fail(p, "AT_LEAST wants OK, ALARM or INSUFFICIENT_DATA second");
    p->at += word.len;
    if (!take(p, ',') || !take(p, '('))
        return fail(p, "AT_LEAST wants a list of alarms third");
    n->names = arena_array(p->arena, CHILDREN_MAX, sizeof(*n->names));
    do {
        if (n->count == CHILDREN_MAX)
            return fail(p, "more than 500 alarms");
        n->names[n->count] = take_name(p);
        add_child(p, n->names[n->count++], n->wants);
    } while (!p->err->code && take(p, ','));
    if (!take(p, ')') || !take(p, ')'))
        return fail(p, "')' is missing behind the alarms of AT_LEAST");
    if (percent)
        n->least = (n->count * percent + 99) / 100;
    return n;
}

static const struct node *parse_one(struct parser *p)
{
    const struct node *n;
    struct str word;
    enum aws_alarm_state wants;

    if (take(p, '(')) {
        n = parse_or(p);
        return !n || take(p, ')') ? n : fail(p, "')' is missing");
    }
    if (take_word(p, "TRUE"))
        return new_node(p, KIND_TRUE);
    if (take_word(p, "FALSE"))
        return new_node(p, KIND_FALSE);
    if (take_word(p, "AT_LEAST"))
        return parse_at_least(p);
    word = peek_word(p);
    if (!aws_alarm_state_from(word, &wants))
        return fail(p,
                    "there may stand OK(...), ALARM(...), INSUFFICIENT_DATA(...), AT_LEAST(...), "
                    "NOT, TRUE, FALSE or '('");
    p->at += word.len;
    return parse_state(p, wants);
}

static const struct node *parse_not(struct parser *p)
{
    struct node *n;

    if (++p->depth > DEPTH_MAX)
        return fail(p, "too deep");
    if (take_word(p, "NOT")) {
        n = new_node(p, KIND_NOT);
        n->left = parse_not(p);
        p->depth--;
        return n->left ? n : NULL;
    }
    {
        const struct node *one = parse_one(p);

        p->depth--;
        return one;
    }
}

static const struct node *parse_and(struct parser *p)
{
    const struct node *left = parse_not(p);

    while (left && take_word(p, "AND")) {
        struct node *n = new_node(p, KIND_AND);

        n->left = left;
        n->right = parse_not(p);
        left = n->right ? n : NULL;
    }
    return left;
}

static const struct node *parse_or(struct parser *p)
{
    const struct node *left = parse_and(p);

    while (left && take_word(p, "OR")) {
        struct node *n = new_node(p, KIND_OR);

        n->left = left;
        n->right = parse_and(p);
        left = n->right ? n : NULL;
    }
    return left;
}

enum err_code aws_rule_parse(struct arena *arena, struct str text, const struct aws_rule **ret,
                             struct err *err)
{
    struct aws_rule *rule = arena_alloc(arena, sizeof(*rule));
    struct parser p = {.arena = arena, .text = text, .err = err, .rule = rule};

    err_clear(err);
    if (text.len > RULE_MAX)
        return err_set(err, ERR_INPUT, "the rule has more than %d characters", RULE_MAX);
    rule->children = arena_array(arena, CHILDREN_MAX, sizeof(*rule->children));
    rule->root = parse_or(&p);
    skip(&p);
    if (!err->code && p.at < text.len)
        (void)fail(&p, "AND, OR or the end of the rule is missing");
    if (err->code)
        return err->code;
    *ret = rule;
    return ERR_OK;
}

const struct aws_rule_child *aws_rule_children(const struct aws_rule *r, size_t *ret_count)
{
    *ret_count = r->count;
    return r->children;
}

struct asking {
    aws_rule_state_fn *state_of;
    void *ctx;
};

static size_t count_in(const struct node *n, const struct asking *a)
{
    size_t in = 0;

    for (size_t i = 0; i < n->count; i++) {
        enum aws_alarm_state s;

        in += a->state_of(a->ctx, n->names[i], &s) && s == n->wants;
    }
    return in;
}

static bool holds(const struct node *n, const struct asking *a)
{
    switch (n->kind) {
    case KIND_TRUE:
        return true;
    case KIND_FALSE:
        return false;
    case KIND_NOT:
        return !holds(n->left, a);
    case KIND_AND:
        return holds(n->left, a) && holds(n->right, a);
    case KIND_OR:
        return holds(n->left, a) || holds(n->right, a);
    case KIND_STATE:
        return count_in(n, a) == 1;
    case KIND_AT_LEAST:
        return count_in(n, a) >= n->least;
    }
    return false;
}

bool aws_rule_holds(const struct aws_rule *r, aws_rule_state_fn *state_of, void *ctx)
{
    struct asking a = {state_of, ctx};

    return holds(r->root, &a);
}
