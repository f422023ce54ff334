/* changes_stack.c - CloudFormation: an operation on a stack is one mark, from its first event to
 * its last; the first resource that failed says why. Source: CloudFormation API Reference,
 * DescribeStackEvents; CloudFormation User Guide, "Stack status codes". */
#include "changes_priv.h"

#define STACKS_MAX 50
#define PAGES_MAX 10 /* of a stack; 100 events each */

struct happening { /* an event, kept until all of a stack's came */
    int64_t at_ms;
    const char *id, *status, *why, *logical;
    bool whole; /* of the stack, not of a resource in it */
};

struct stack {
    struct source *source;
    const char *name, *id;
    struct happening *list; /* the newest first */
    size_t count, cap;
};

static void keep(struct stack *k, const struct value *e)
{
    struct arena *a = k->source->c->arena;

    if (k->count == k->cap) {
        struct happening *more = arena_array(a, k->cap * 2 + 64, sizeof(*more));

        if (k->count)
            memcpy(more, k->list, k->count * sizeof(*more));
        k->list = more;
        k->cap = k->cap * 2 + 64;
    }
    k->list[k->count++] =
        (struct happening){.at_ms = aws_time_ms(value_get(e, "Timestamp")),
                           .id = aws_text(a, e, "EventId"),
                           .status = aws_text(a, e, "ResourceStatus"),
                           .why = aws_text(a, e, "ResourceStatusReason"),
                           .logical = aws_text(a, e, "LogicalResourceId"),
                           .whole = str_eq(value_str_or(e, "PhysicalResourceId", ""),
                                           value_str_or(e, "StackId", "-"))};
}

/* The newest first. What began an operation before the window is of no use to us. */
static bool on_events(void *ctx, const struct value *items)
{
    struct stack *k = ctx;

    VALUE_EACH (e, items) {
        if (aws_time_ms(value_get(e, "Timestamp")) < k->source->c->q.since_ms)
            return false;
        keep(k, e);
    }
    return true;
}

static bool ends_with(const char *status, const char *end)
{
    return str_ends(str_from(status), end);
}

/* "UPDATE_IN_PROGRESS", not "UPDATE_ROLLBACK_IN_PROGRESS" and not the cleanup after it. */
static bool begins(const struct happening *h)
{
    return h->whole && ends_with(h->status, "_IN_PROGRESS") && !strstr(h->status, "ROLLBACK") &&
           !strstr(h->status, "CLEANUP") && !strstr(h->status, "REVIEW");
}

static enum aws_outcome outcome_of(const char *status, bool rolled)
{
    if (ends_with(status, "_IN_PROGRESS") && !strstr(status, "CLEANUP"))
        return AWS_OUTCOME_RUNNING;
    if (ends_with(status, "_FAILED"))
        return AWS_OUTCOME_FAILED;
    return rolled || strstr(status, "ROLLBACK") ? AWS_OUTCOME_ROLLED_BACK : AWS_OUTCOME_OK;
}

/* From `at` (where it begins) on to the next operation; the list runs backwards. */
static void read_operation(struct stack *k, size_t at)
{
    struct arena *a = k->source->c->arena;
    const struct happening *first = &k->list[at];
    const char *status = first->status, *why = "", *logical = "";
    const char *verb = arena_strndup(a, first->status, strcspn(first->status, "_"));
    bool rolled = false;
    struct mark *m;

    for (size_t i = at; i-- > 0 && !begins(&k->list[i]);) {
        const struct happening *h = &k->list[i];

        if (h->whole) {
            status = h->status;
            rolled = rolled || strstr(h->status, "ROLLBACK");
        } else if (ends_with(h->status, "_FAILED") && !*logical && !strstr(h->why, "cancelled")) {
            why = h->why;
            logical = h->logical;
        }
    }
    m = changes_add(k->source, first->at_ms, first->id, k->id);
    if (!m)
        return;
    m->x.kind = strcmp(verb, "DELETE") == 0 ? "deletion" : "deployment";
    m->x.source = "cloudformation:DescribeStackEvents";
    m->x.outcome = outcome_of(status, rolled);
    if (m->x.outcome != AWS_OUTCOME_OK && *logical)
        m->x.error = arena_printf(a, "%s: %.300s", logical, why);
    m->x.summary = arena_printf(a, "%s of stack %s: %s%s%.200s", verb, k->name, status,
                                *m->x.error ? ", " : "", m->x.error);
}

static void on_end(void *ctx, const struct aws_result *r)
{
    struct stack *k = ctx;

    (void)r; /* what came before it failed is good */
    for (size_t i = k->count; i-- > 0;)
        if (begins(&k->list[i]))
            read_operation(k, i);
}

static bool was_touched(struct source *s, const struct value *stack)
{
    static const char *const times[] = {"CreationTime", "LastUpdatedTime", "DeletionTime"};

    for (size_t i = 0; i < 3; i++)
        if (aws_time_ms(value_get(stack, times[i])) >= s->c->q.since_ms)
            return true;
    return false;
}

static bool on_stacks(void *ctx, const struct value *items)
{
    struct source *s = ctx;
    struct arena *a = s->c->arena;
    size_t *count = s->state;

    if (!count)
        s->state = count = arena_alloc(a, sizeof(*count));
    VALUE_EACH (item, items) {
        struct stack *k;

        if (!was_touched(s, item))
            continue;
        if ((*count)++ >= STACKS_MAX) {
            s->told.end = AWS_END_CUT;
            s->told.why = arena_printf(a, "only the first %d stacks were looked into", STACKS_MAX);
            return false;
        }
        k = arena_alloc(a, sizeof(*k));
        *k = (struct stack){s, .name = aws_text(a, item, "StackName"),
                            .id = aws_text(a, item, "StackId")};
        changes_ask(s, "DescribeStackEvents",
                    arena_printf(a, "{\"StackName\":%s}", changes_quoted(a, k->id)),
                    &(struct aws_batch_call){
                        .on_page = on_events, .on_end = on_end, .max_pages = PAGES_MAX, .ctx = k});
    }
    return true;
}

static void start(struct source *s)
{
    changes_ask(s, "DescribeStacks", NULL, &(struct aws_batch_call){.on_page = on_stacks});
}

const struct source_row changes_stack_row = {
    .name = "cloudformation", .service = "cloudformation", .start = start};
