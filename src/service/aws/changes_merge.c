/* changes_merge.c - two sources that speak of one change. CloudTrail knows who asked and from
 * where; the service's own record knows what became of it. They are one when both name the resource
 * (the event of CloudTrail anywhere in its request or answer) and begin close to each other. */
#include "changes_priv.h"

/* From the call to the record of the service. CloudFormation and pipelines begin their work within
 * seconds; the clocks are AWS's own. */
#define NEAR_MS 120000

/* Who calls for another: a record of the left is caused by calls of the right. */
static bool services_meet(const char *record, const char *trail)
{
    if (strcmp(record, trail) == 0)
        return true;
    return strcmp(record, "ecs") == 0 && strcmp(trail, "codedeploy") == 0;
}

static bool names_meet(const struct mark *record, const struct mark *trail)
{
    struct str name = str_from(record->x.name), id = str_from(record->x.id);

    for (size_t i = 0; i < trail->name_count; i++) {
        struct str said = str_from(trail->names[i]);

        if ((name.len && str_eq(aws_resource_tail(said), name)) || (id.len && str_eq(said, id)) ||
            (*record->x.resource && str_eq_c(said, record->x.resource)))
            return true;
    }
    return name.len && str_eq_c(name, trail->x.name);
}

static int64_t distance(const struct mark *a, const struct mark *b)
{
    return a->x.ts_ms > b->x.ts_ms ? a->x.ts_ms - b->x.ts_ms : b->x.ts_ms - a->x.ts_ms;
}

/* What only read or prepared belongs to no record of a deployment; a failed call caused none. */
static bool may_cause(const struct mark *record, const struct mark *trail)
{
    return trail->trail && !trail->gone && trail->x.outcome != AWS_OUTCOME_FAILED &&
           services_meet(record->x.service, trail->x.service) && names_meet(record, trail);
}

static void join(struct mark *record, struct mark *trail, struct arena *arena)
{
    if (*trail->x.actor)
        record->x.actor = trail->x.actor;
    record->x.from = trail->x.from;
    record->x.call = trail->x.call;
    record->x.source = arena_printf(arena, "%s + %s", record->x.source, trail->x.source);
    for (size_t i = 0; i < trail->name_count && record->name_count < NAMES_MAX; i++)
        record->names[record->name_count++] = trail->names[i];
    trail->gone = true;
}

static struct mark *cause_of(struct mark *marks, size_t count, size_t at)
{
    struct mark *best = NULL;

    for (size_t i = at; i-- > 0 && distance(&marks[i], &marks[at]) <= NEAR_MS;)
        if (may_cause(&marks[at], &marks[i]) &&
            (!best || distance(&marks[i], &marks[at]) < distance(best, &marks[at])))
            best = &marks[i];
    for (size_t i = at + 1; i < count && distance(&marks[i], &marks[at]) <= NEAR_MS; i++)
        if (may_cause(&marks[at], &marks[i]) &&
            (!best || distance(&marks[i], &marks[at]) < distance(best, &marks[at])))
            best = &marks[i];
    return best;
}

void changes_merge(struct mark *marks, size_t count, struct arena *arena)
{
    for (size_t i = 0; i < count; i++) {
        struct mark *cause =
            marks[i].trail || marks[i].gone || marks[i].alone ? NULL : cause_of(marks, count, i);

        if (cause)
            join(&marks[i], cause, arena);
    }
}
