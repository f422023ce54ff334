/* security_groups.c - findings by service: how many of which severity, and which services are
 * folded. Services stand in the order in which they came first, so that their numbers stay; the
 * list sorts them. Beyond SECURITY_GROUPS services the findings are there without a row of their
 * service. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runbook/base/mem.h"
#include "src/view/view_priv.h"

struct security_groups *security_groups_new(void)
{
    struct security_groups *g = xcalloc(1, sizeof(*g));

    g->version = UINT64_MAX;
    return g;
}

void security_groups_free(struct security_groups *g)
{
    free(g);
}

static struct security_group *group_of(struct security_groups *g, const char *service)
{
    struct security_group *to;

    for (size_t i = 0; i < g->count; i++)
        if (strncmp(g->groups[i].service, service, sizeof(to->service) - 1) == 0)
            return &g->groups[i];
    return NULL;
}

static struct security_group *group_make(struct security_groups *g, const char *service)
{
    struct security_group *to = group_of(g, service);

    if (to || g->count == SECURITY_GROUPS)
        return to;
    to = &g->groups[g->count++];
    *to = (struct security_group){0};
    (void)snprintf(to->service, sizeof(to->service), "%s", service);
    (void)snprintf(to->id, sizeof(to->id), "group:%.47s", service);
    return to;
}

static void count_all(struct security_groups *g, const struct model *m)
{
    for (size_t i = 0; i < g->count; i++) {
        memset(g->groups[i].count, 0, sizeof(g->groups[i].count));
        g->groups[i].quiet = 0;
    }
    VEC_EACH (f, &m->findings) {
        struct security_group *to = group_make(g, f->service);

        if (to && finding_counts(f))
            to->count[f->severity]++;
        else if (to)
            to->quiet++;
    }
}

const struct security_groups *security_groups_update(struct screen *s, const struct model *m)
{
    struct security_groups *g = s->groups;

    if (g->m != m || g->version != m->security.changes) {
        count_all(g, m);
        list_regroup(&s->security);
    }
    g->m = m;
    g->version = m->security.changes;
    g->grouped = list_is_grouped(&s->security);
    return g;
}

const struct security_group *security_group_at(const struct security_groups *g, size_t item)
{
    return item < SECURITY_GROUPS ? &g->groups[item] : NULL;
}

static size_t total(const struct security_group *g)
{
    size_t n = g->quiet;

    for (int i = 0; i < FINDING_SEVERITIES; i++)
        n += g->count[i];
    return n;
}

bool security_shown(const void *data, size_t item, bool grouped)
{
    const struct security_groups *g = data;
    const struct security_group *own;

    if (item < SECURITY_GROUPS)
        return grouped && item < g->count && total(&g->groups[item]) > 0;
    if (!grouped)
        return true;
    own = group_of((struct security_groups *)(uintptr_t)g,
                   g->m->findings.items[item - SECURITY_GROUPS].service);
    return !own || !own->folded;
}

void security_group_words(const struct security_group *g, struct buf *out)
{
    size_t from = out->len;

    for (int i = FINDING_SEVERITIES - 1; i >= 0; i--)
        if (g->count[i])
            buf_addf(out, "%s%zu %s", out->len > from ? "  " : "", g->count[i],
                     finding_severity_name((enum finding_severity)i));
    if (g->quiet)
        buf_addf(out, "%s%zu gone or accepted", out->len > from ? "  " : "", g->quiet);
}

/* ---- folding ---- */

static struct security_group *selected_group(struct screen *s, const struct model *m)
{
    const struct security_groups *g = security_groups_update(s, m);
    size_t item;

    list_update(&s->security, g, s->tick_ms);
    item = list_selected(&s->security, g);
    if (item == SIZE_MAX || !g->grouped)
        return NULL;
    if (item < SECURITY_GROUPS)
        return &s->groups->groups[item];
    return group_of(s->groups, m->findings.items[item - SECURITY_GROUPS].service);
}

/* What was opened at the lower edge comes up, as far as its own row stays. */
static void show_all_of(struct screen *s, const struct security_group *g)
{
    struct list *l = &s->security;
    size_t row, end, view = l->view_h > 0 ? (size_t)l->view_h : 1;

    list_update(l, s->groups, s->tick_ms);
    row = list_row(l, s->groups);
    end = row + total(g) + 1;
    if (row != SIZE_MAX && end > l->top + view)
        l->top = end - view < row ? end - view : row;
}

bool security_fold(struct screen *s, const struct model *m, enum security_fold how)
{
    struct security_group *g = selected_group(s, m);
    bool fold = how == SECURITY_FOLD || (how == SECURITY_FOLD_TURN && g && !g->folded);

    if (!g || g->folded == fold)
        return false;
    g->folded = fold;
    list_select(&s->security, g->id);
    list_regroup(&s->security);
    if (!fold)
        show_all_of(s, g);
    return true;
}
