/* policy_match.c - does a rule of policy.yaml fit? Patterns hold * and ?. Text fits exactly, or
 * loosely: when case, look-alike letters, separators and padding are looked through. */
#include <string.h>

#include "policy_priv.h"

#define DAY_MIN 1440
#define MINUTE_MS 60000

bool policy_glob(struct str pattern, struct str text)
{
    size_t p = 0, t = 0, star = SIZE_MAX, from = 0;

    while (t < text.len) {
        if (p < pattern.len && (pattern.ptr[p] == '?' || pattern.ptr[p] == text.ptr[t]) &&
            pattern.ptr[p] != '*') {
            p++;
            t++;
        } else if (p < pattern.len && pattern.ptr[p] == '*') {
            star = p++;
            from = t;
        } else if (star != SIZE_MAX) {
            p = star + 1;
            t = ++from;
        } else {
            return false;
        }
    }
    while (p < pattern.len && pattern.ptr[p] == '*')
        p++;
    return p == pattern.len;
}

/* The skeleton of a pattern keeps its * and ?. */
static void pattern_skeleton(struct buf *out, struct str s)
{
    for (size_t from = 0, i = 0; i <= s.len; i++) {
        if (i < s.len && s.ptr[i] != '*' && s.ptr[i] != '?')
            continue;
        operation_skeleton(out, (struct str){s.ptr + from, i - from});
        if (i < s.len)
            buf_addc(out, s.ptr[i]);
        from = i + 1;
    }
}

static bool loosely(struct str pattern, struct str text)
{
    struct buf p = BUF_INIT(BUF_NO_MAX), t = BUF_INIT(BUF_NO_MAX);
    bool fits;

    pattern_skeleton(&p, pattern);
    operation_skeleton(&t, text);
    fits = p.len && policy_glob(buf_str(&p), buf_str(&t));
    buf_release(&p);
    buf_release(&t);
    return fits;
}

enum policy_fit policy_text_fit(const struct text_list *l, const char *text)
{
    struct str s = str_from(text ? text : "");
    enum policy_fit fit = FIT_NONE;

    if (!l->count)
        return FIT_EXACT;
    for (size_t i = 0; i < l->count; i++) {
        struct str pattern = str_from(l->items[i]);

        if (policy_glob(pattern, s))
            return FIT_EXACT;
        if (fit == FIT_NONE && loosely(pattern, s))
            fit = FIT_LOOSE;
    }
    return fit;
}

static bool among(const struct text_list *l, const char *word)
{
    if (!l->count)
        return true;
    for (size_t i = 0; i < l->count; i++) {
        if (strcmp(l->items[i], word) == 0)
            return true;
    }
    return false;
}

/* Days from 1970-01-01, a Thursday; Sunday is 0. */
static int weekday(int64_t day)
{
    return (int)(((day + 4) % 7 + 7) % 7);
}

static bool in_week(const struct time_rule *t, int64_t now_ms)
{
    int64_t minutes = (now_ms + t->offset_ms) / MINUTE_MS;
    int64_t day = minutes / DAY_MIN;
    int at = (int)(minutes % DAY_MIN);

    if (t->from_min < t->to_min)
        return t->days >> weekday(day) & 1 && at >= t->from_min && at < t->to_min;
    if (at >= t->from_min)
        return t->days >> weekday(day) & 1;
    return at < t->to_min && t->days >> weekday(day - 1) & 1; /* began the day before */
}

bool time_rule_matches(const struct time_rule *t, int64_t now_ms)
{
    if (t->any)
        return true;
    if (t->from_ms && now_ms < t->from_ms)
        return false;
    if (t->to_ms && now_ms >= t->to_ms)
        return false;
    return now_ms >= 0 && in_week(t, now_ms);
}

bool policy_freeze_fits(const struct freeze *f, enum op_scope scope, int64_t now_ms)
{
    if (!time_rule_matches(&f->time, now_ms))
        return false;
    return among(&f->environment, op_scope_name(scope)) ||
           (scope == SCOPE_UNKNOWN && among(&f->environment, "prod"));
}

static enum policy_fit less(enum policy_fit a, enum policy_fit b)
{
    return a < b ? a : b;
}

static enum policy_fit tags_fit(const struct policy_rule *r, const struct operation *op)
{
    enum policy_fit fit = FIT_EXACT;

    for (size_t i = 0; i < r->tag_count; i++) {
        enum policy_fit best = FIT_NONE;

        for (size_t k = 0; k < op->tag_count; k++) {
            if (op->tags[k].key && strcmp(op->tags[k].key, r->tags[i].key) == 0) {
                enum policy_fit f = policy_text_fit(&r->tags[i].values, op->tags[k].value);

                best = f > best ? f : best;
            }
        }
        fit = less(fit, best);
    }
    return fit;
}

static bool names_scope(const struct policy_rule *r, enum op_scope scope,
                        const struct scope_words *words)
{
    if (among(&r->environment, op_scope_name(scope)))
        return true;
    for (size_t i = 0; scope != SCOPE_UNKNOWN && i < r->environment.count; i++) {
        if (policy_scope_of_word(str_from(r->environment.items[i]), words) == scope)
            return true;
    }
    return false;
}

/* The environment by the scope that it means, or by its own name. Where nobody said, a rule for
 * production fits, loosely. */
static enum policy_fit environment_fit(const struct policy_rule *r, const struct operation *op,
                                       enum op_scope scope, const struct scope_words *words)
{
    if (!r->environment.count || names_scope(r, scope, words))
        return FIT_EXACT;
    if (scope == SCOPE_UNKNOWN && names_scope(r, SCOPE_PROD, words))
        return FIT_LOOSE;
    /* A name in the rule is no way around what else says that it is production. */
    if (op->environment && *op->environment) {
        enum policy_fit fit = policy_text_fit(&r->environment, op->environment);

        return scope == SCOPE_PROD ? less(fit, FIT_LOOSE) : fit;
    }
    return FIT_NONE;
}

/* A rule for "high" is one for "critical" as well, when it makes the answer stricter. */
static enum policy_fit risk_fit(const struct policy_rule *r, enum risk risk)
{
    enum risk listed;

    if (among(&r->risk, risk_name(risk)))
        return FIT_EXACT;
    for (size_t i = 0; i < r->risk.count; i++) {
        if (risk_from_name(str_from(r->risk.items[i]), &listed) && listed < risk)
            return FIT_LOOSE;
    }
    return FIT_NONE;
}

static enum policy_fit kind_fit(const struct policy_rule *r, enum op_kind kind)
{
    if (among(&r->kind, op_kind_name(kind)))
        return FIT_EXACT;
    return kind == OP_UNKNOWN && among(&r->kind, "delete") ? FIT_LOOSE : FIT_NONE;
}

enum policy_fit policy_rule_fit(const struct policy_rule *r, const struct operation *op,
                                const struct risk_result *risk, const struct policy_user *who,
                                int64_t now_ms, const struct scope_words *words)
{
    struct buf name = BUF_INIT(BUF_NO_MAX);
    const char *user = who && who->name ? who->name : "";
    enum policy_fit fit = FIT_EXACT;

    operation_name(op, &name);
    if (!time_rule_matches(&r->time, now_ms) ||
        (r->min_targets && op->targets && op->targets < r->min_targets))
        fit = FIT_NONE;
    fit = less(fit, risk_fit(r, risk->risk));
    fit = less(fit, kind_fit(r, risk->kind));
    fit = less(fit, policy_text_fit(&r->provider, op->provider));
    fit = less(fit, policy_text_fit(&r->service, op->service));
    fit = less(fit, policy_text_fit(&r->operation, buf_cstr(&name)));
    fit = less(fit, policy_text_fit(&r->resource, operation_resource(op)));
    fit = less(fit, policy_text_fit(&r->account, op->account));
    fit = less(fit, environment_fit(r, op, risk->scope, words));
    fit = less(fit, tags_fit(r, op));
    fit = less(fit, policy_text_fit(&r->user, user));
    buf_release(&name);
    return fit;
}
