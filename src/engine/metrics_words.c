/* metrics_words.c - why one service is the origin and another is not, in words.
 * Each sentence has the numbers that it is true by, so that who reads only the screen can judge it:
 * what moved, how far, when, and what was looked at where nothing moved. */
#include "metrics_priv.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "rca_facts.h"
#include "runbook/base/num.h"
#include "runbook/base/timefmt.h"

#define MOVED 3.0 /* scales: it left its usual range */
#define LATER_MS 2000
#define SAYS_LITTLE 0.05 /* of what others show: not worth a word */

const struct rca_signal *metrics_signal_of(const struct report *r, const struct rca_candidate *c,
                                           size_t i)
{
    return &r->in.signals[c->signals[i]];
}

const char *metrics_category_word(const struct rca_signal *s)
{
    static const struct {
        const char *part, *word;
    } words[] = {{"cpu", "cpu"},   {"mem", "memory"},      {"heap", "memory"},    {"rss", "memory"},
                 {"disk", "disk"}, {"filesystem", "disk"}, {"network", "network"}};

    if (s->m.kind == RCA_SATURATION) {
        for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
            if (str_ifind(str_from(s->metric), str_from(words[i].part)) >= 0)
                return words[i].word;
        }
    }
    return rca_kind_name(s->m.kind);
}

const char *metrics_describe(struct metrics *mm, const struct rca_signal *s)
{
    char before[48], after[48], at[TIME_TEXT_MAX];

    num_human(s->shift.before, s->m.unit, before);
    num_human(s->shift.after, s->m.unit, after);
    time_format_hms(s->shift.onset_ms, false, at);
    return arena_printf(mm->arena,
                        "%s of %s %s from %s to %s at %s UTC (%.1f times its usual spread)",
                        s->metric, mm->c.services.items[s->service].name,
                        s->shift.direction > 0 ? "rose" : "fell", before, after, at, s->shift.z);
}

const char *metrics_twin_words(struct metrics *mm, const struct rca_signal *s,
                               const struct rca_twins *t)
{
    const char *of =
        arena_printf(mm->arena, "twin control: of %zu other %s of %s", t->count,
                     t->count == 1 ? "copy" : "copies", mm->c.services.items[s->service].name);

    if (!t->moved)
        return arena_printf(
            mm->arena,
            "%s none moved as %s did (%s: %.1f times its usual spread, theirs %.1f at "
            "most): it is this copy, not load or what all share",
            of, s->copy, s->metric, s->shift.z, t->furthest);
    return arena_printf(
        mm->arena,
        "%s %zu moved the same way as %s (%s: %.1f times its usual spread at most): "
        "load or a cause that all share, not this copy alone",
        of, t->moved, s->copy, s->metric, t->furthest);
}

static const char *name_of(const struct metrics *mm, size_t service)
{
    return mm->c.services.items[service].name;
}

const char *metrics_why_not(struct metrics *mm, const struct report *r, size_t rank)
{
    const struct rca_candidate *c = &r->rank.items[rank], *first = &r->rank.items[0];

    if (c->explained_by != SIZE_MAX)
        return arena_printf(mm->arena, "explained by %s, which it %s and which moved as much",
                            name_of(mm, c->explained_by),
                            r->in.topology ? "calls" : "seems to call");
    if (c->load)
        return "its resource use rose in step with its requests";
    if (mm->c.services.items[c->service].observer)
        return arena_printf(mm->arena, "it is a caller's view of something else; %s moved itself",
                            name_of(mm, first->service));
    return arena_printf(
        mm->arena, "number %zu of the ranking: %.0f %% likely to be the origin, %s %.0f %%",
        rank + 1, 100 * c->probability, name_of(mm, first->service), 100 * first->probability);
}

const char *metrics_why_first(struct metrics *mm, const struct report *r, bool decisive)
{
    const struct rca_candidate *c = r->rank.items;
    const char *name = name_of(mm, c->service);
    double explains = c->x[RCA_X_EXPLAINS];

    if (!decisive)
        return arena_printf(
            mm->arena, "%s leads with %.0f %%, but %s is not ruled out (%.0f %%)", name,
            100 * c->probability, r->rank.count > 1 ? name_of(mm, c[1].service) : "nothing else",
            r->rank.count > 1 ? 100 * c[1].probability : 100 * (1 - c->probability));
    if (!mm->topology && !(r->in.guess_count && explains >= SAYS_LITTLE))
        return arena_printf(mm->arena,
                            "%s moved further than all others; who calls whom is not known", name);
    if (explains < SAYS_LITTLE)
        return arena_printf(mm->arena, "%s moved, and nothing that it calls explains it", name);
    return arena_printf(mm->arena,
                        "%s moved, nothing that it %s explains it, and it explains %.0f %% "
                        "of what others show",
                        name, mm->topology ? "calls" : "seems to call", 100 * explains);
}

static bool is_requests(const struct rca_signal *s)
{
    return s->m.kind == RCA_TRAFFIC && !s->m.bad && strcmp(s->m.unit, "count") == 0;
}

/* What moved furthest of a family of metrics; NULL: nothing of it was judged. */
static const struct rca_signal *furthest(const struct report *r, enum metrics_root root)
{
    const struct rca_signal *best = NULL;

    for (size_t i = 0; i < r->in.signal_count; i++) {
        const struct rca_signal *s = &r->in.signals[i];

        if (s->m.kind == RCA_OTHER || metrics_root_of(s->m.kind) != root)
            continue;
        if (!best || rca_weight_z(s) > rca_weight_z(best))
            best = s;
    }
    return best;
}

bool metrics_is_measured(const struct report *r, enum metrics_root root)
{
    for (size_t i = 0; root == ROOT_LOAD && i < r->in.signal_count; i++) {
        if (is_requests(&r->in.signals[i]))
            return true;
    }
    return root != ROOT_LOAD && furthest(r, root);
}

static bool moved(const struct rca_signal *s)
{
    return rca_weight_z(s) >= MOVED;
}

/* ", 20 s after latency of carts": "" when it was not later. */
static const char *later(struct metrics *mm, const struct rca_signal *s,
                         const struct rca_signal *cause)
{
    int64_t ms = s->shift.onset_ms - cause->shift.onset_ms;

    if (ms < LATER_MS || ms < mm->w.step)
        return "";
    return arena_printf(mm->arena, ", %lld s after %s of %s", (long long)(ms / 1000),
                        metrics_category_word(cause), name_of(mm, cause->service));
}

/* How far requests rose at most, and of how many services they are known. */
static const char *load_words(struct metrics *mm, const struct report *r)
{
    const struct rca_signal *most = NULL;
    size_t services = 0, last = SIZE_MAX;

    for (size_t i = 0; i < r->in.signal_count; i++) {
        const struct rca_signal *s = &r->in.signals[i];

        if (!is_requests(s))
            continue;
        services += s->service != last;
        last = s->service;
        if (s->shift.direction > 0 && s->shift.z >= MOVED &&
            (!most || s->shift.rel > most->shift.rel))
            most = s;
    }
    if (!services)
        return "requests are not measured";
    if (!most)
        return "requests of no service rose beyond their usual range";
    return arena_printf(mm->arena, "requests rose most at %s, by %.0f %%%s",
                        name_of(mm, most->service), 100 * most->shift.rel,
                        most->shift.rel < most->m.min_rel ? ", which explains no fault" : "");
}

/* Of a family in which nothing moved that matters: how far it went. */
static const char *calm_words(struct metrics *mm, const struct report *r, enum metrics_root root)
{
    const struct rca_signal *s = furthest(r, root);

    if (root == ROOT_LOAD)
        return load_words(mm, r);
    if (!s)
        return root == ROOT_SERVICE ? "latency, errors and availability are not measured"
                                    : "resources are not measured";
    return arena_printf(mm->arena,
                        "none left its usual range as in a fault; furthest, %.1f times its usual "
                        "spread: %s of %s",
                        s->shift.z, s->metric, name_of(mm, s->service));
}

const char *metrics_why_not_root(struct metrics *mm, const struct report *r, enum metrics_root root)
{
    const struct rca_candidate *c = &r->rank.items[0];
    const struct rca_signal *cause = metrics_signal_of(r, c, 0), *s = furthest(r, root);

    if (root == ROOT_LOAD || !s || !moved(s))
        return calm_words(mm, r, root);
    if (s->service == c->service)
        return arena_printf(mm->arena, "it shows at %s itself, which is named: %s",
                            name_of(mm, s->service), metrics_describe(mm, s));
    return arena_printf(mm->arena, "%s: %s%s",
                        root == ROOT_SERVICE ? "a symptom, not the origin"
                                             : "not what the complaint follows from",
                        metrics_describe(mm, s), later(mm, s, cause));
}

/* The series that the alert is about, the one that moved most. */
static const struct rca_signal *complaint(const struct report *r)
{
    const struct rca_signal *best = NULL;

    for (size_t i = 0; i < r->in.signal_count; i++) {
        const struct rca_signal *s = &r->in.signals[i];
        bool same = strcmp(s->metric, r->in.alert_metric) == 0;

        if (s->service != r->in.alert_service ||
            (*r->in.alert_metric ? !same : !rca_is_symptom(s->m.kind)))
            continue;
        if (!best || s->shift.z > best->shift.z)
            best = s;
    }
    return best;
}

const char *metrics_why_nothing(struct metrics *mm, const struct report *r, enum metrics_root root)
{
    const struct rca_signal *s = complaint(r);
    const char *own = "";
    char usual[48], most[48];

    if (root != ROOT_SERVICE)
        return calm_words(mm, r, root);
    if (s) {
        num_human(s->shift.before, s->m.unit, usual);
        num_human(s->shift.after, s->m.unit, most);
        own = arena_printf(mm->arena,
                           "%s of %s, usually %s, went to %s at most: %.1f times its usual spread, "
                           "where nine of ten windows of its history reach %.1f; ",
                           s->metric, name_of(mm, s->service), usual, most, fmax(s->shift.z, 0),
                           s->shift.control);
    }
    return arena_printf(mm->arena,
                        "%s%zu series looked at, none left its usual range as in a fault (largest "
                        "shift %.1f times its spread, probability of a fault %.2f)",
                        own, mm->series_judged, r->rank.peak, r->rank.wrong);
}
