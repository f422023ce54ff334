/* resource_detail.c - the lower part of a resource's page: relations both ways, each a link to the
 * other one's page; changes; metrics; the record. See view/resource_detail.h. */
#include "runbook/view/resource_detail.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "runbook/base/num.h"
#include "runbook/base/text.h"
#include "runbook/base/timefmt.h"
#include "src/view/view_priv.h"

#define LABEL_CELLS 13
#define SPARK_CELLS 36
#define CURVE_LEAST 10 /* cells that a long name leaves */
#define KIND_CELLS 22

/* What a line of a metric has room for, by the width of the page. */
struct metric_room {
    int page, name;
    size_t curve;
    const char *past; /* of a value that is beyond its limit */
    bool most;
};
static const struct metric_room rooms[] = {{108, 27, SPARK_CELLS, "PAST ITS LIMIT", true},
                                           {76, 25, 16, "PAST ITS LIMIT", false},
                                           {0, 18, 10, "PAST", false}};

void screen_set_detail(struct screen *s, const char *key, struct arena *arena,
                       const struct resource_detail *d)
{
    if (s->detail.arena != arena)
        arena_free(s->detail.arena);
    s->detail.arena = arena;
    s->detail.d = d;
    (void)snprintf(s->detail.of, sizeof(s->detail.of), "%s", key);
}

const char *screen_wants_detail(const struct screen *s)
{
    const struct detail_state *p = s->depth ? &s->stack[s->depth - 1] : NULL;

    if (!p || p->page != PAGE_RESOURCE || strncmp(p->id, "aws:", 4) != 0)
        return NULL;
    return strcmp(p->id, s->detail.of) == 0 ? NULL : p->id;
}

const struct resource_detail *screen_detail(const struct screen *s, const char *key)
{
    return s->detail.d && strcmp(s->detail.of, key) == 0 ? s->detail.d : NULL;
}

static void heading(struct rich *r, const char *text, const char *note)
{
    rich_para(r, 0, 0);
    rich_para(r, 0, 0);
    rich_adds(r, STYLE_HEADING, text);
    if (note && *note)
        rich_addf(r, STYLE_DIM, "  %s", note);
}

static void lay_links(struct rich *r, const struct resource_detail *d, size_t first_link)
{
    if (!d->link_count)
        return;
    heading(r, "Relations", "Enter goes there");
    for (size_t i = 0; i < d->link_count; i++) {
        const struct detail_link *l = &d->links[i];
        int width = text_width(str_from(l->kind));

        rich_para(r, 2, 2 + LABEL_CELLS)->link = first_link + i + 1;
        rich_addf(r, STYLE_DIM, "%-*s", LABEL_CELLS, l->words);
        rich_id(r, STYLE_TEXT, l->kind, width < KIND_CELLS - 2 ? KIND_CELLS : width + 2);
        rich_addf(r, *l->key ? STYLE_STRONG : STYLE_DIM, "%s", l->name);
        if (*l->state)
            rich_addf(r, *l->key ? health_style(l->health) : STYLE_DIM, "  %s", l->state);
    }
}

/* ---- changes ---- */

#define CHANGES_SHOWN 60

/* Is this text the id, or does it end with it: "arn:...:instance/i-0abc"? */
static bool names_it(const char *text, const char *id)
{
    size_t n = strlen(text), len = strlen(id);

    if (!len || n < len || strcmp(text + n - len, id) != 0)
        return false;
    return n == len || text[n - len - 1] == '/' || text[n - len - 1] == ':';
}

/* What a source says was changed of this resource: it is named by id or name, where it is. */
static bool is_of(const struct change *c, const struct detail_place *p)
{
    if (*c->region && *p->region && strcmp(c->region, p->region) != 0)
        return false;
    if (*c->account && strlen(p->account) == strlen(c->account) &&
        strcmp(c->account, p->account) != 0)
        return false;
    return names_it(c->resource, p->id) || names_it(c->resource, p->name) ||
           (!*c->resource && names_it(c->what, p->name));
}

static size_t gather_changes(const struct model *m, const struct detail_place *p,
                             const struct resource_detail *d,
                             struct detail_change out[CHANGES_SHOWN])
{
    size_t n = 0;

    for (size_t i = m->changes.count; i-- > 0 && n < CHANGES_SHOWN / 2;) {
        const struct change *c = &m->changes.items[i];

        if (is_of(c, p))
            out[n++] = (struct detail_change){.at_ms = c->at_ms,
                                              .what = c->text,
                                              .field = "",
                                              .by = c->actor,
                                              .outcome = c->outcome};
    }
    for (size_t i = 0; d && i < d->change_count && n < CHANGES_SHOWN; i++)
        out[n++] = d->changes[i];
    return n;
}

static int newest_first(const void *a, const void *b)
{
    const struct detail_change *x = a, *y = b;

    return x->at_ms < y->at_ms ? 1 : x->at_ms > y->at_ms ? -1 : 0;
}

static void put_change(struct rich *r, const struct detail_change *c, int64_t now_ms)
{
    bool failed =
        c->outcome && (strcmp(c->outcome, "failed") == 0 || strcmp(c->outcome, "rolled-back") == 0);
    struct buf age = BUF_INIT(32);
    char at[TIME_TEXT_MAX];

    time_format_utc(c->at_ms, at);
    if (now_ms >= c->at_ms)
        age_words(now_ms - c->at_ms, &age);
    rich_para(r, 2, 4);
    rich_addf(r, STYLE_DIM, "%s %5s  ", at, buf_cstr(&age));
    buf_release(&age);
    if (*c->field) {
        rich_addf(r, STYLE_TEXT, "%s  ", c->field);
        rich_addf(r, STYLE_DIM, "%s", *c->before ? c->before : "-");
        rich_addf(r, STYLE_DIM, " %s ", r->ascii ? "->" : "→");
        rich_addf(r, STYLE_STRONG, "%s", *c->after ? c->after : "-");
    } else {
        rich_adds(r, failed ? STYLE_DANGER : STYLE_TEXT, c->what);
    }
    if (c->outcome && *c->outcome && strcmp(c->outcome, "ok") != 0)
        rich_addf(r, failed ? STYLE_DANGER : STYLE_WARNING, "  %s", c->outcome);
    if (*c->by)
        rich_addf(r, STYLE_DIM, "  by %s", c->by);
}

static void lay_changes(const struct screen *s, const struct model *m, struct rich *r,
                        const struct detail_place *p, const struct resource_detail *d)
{
    struct detail_change list[CHANGES_SHOWN];
    size_t n = gather_changes(m, p, d, list);

    if (!n)
        return;
    qsort(list, n, sizeof(list[0]), newest_first);
    heading(r, "Changes", "the newest first");
    for (size_t i = 0; i < n; i++)
        put_change(r, &list[i], s->now_ms);
}

/* ---- metrics ---- */

/* All values in so many cells: of several that share one the highest, as peaks are what is looked
 * for. */
static size_t squeeze(const struct detail_metric *m, size_t cells, double *out)
{
    size_t n = m->count < cells ? m->count : cells;

    for (size_t i = 0; i < n; i++)
        out[i] = (double)NAN;
    for (size_t i = 0; i < m->count; i++) {
        size_t at = i * n / m->count;

        if (isnan(out[at]) || m->values[i] > out[at])
            out[at] = m->values[i];
    }
    return n;
}

static void spark(struct rich *r, const struct detail_metric *m, size_t cells)
{
    struct buf line = BUF_INIT(1024);
    double values[SPARK_CELLS];
    size_t n = squeeze(m, cells, values);

    canvas_spark_text(r->ascii ? GLYPHS_ASCII : GLYPHS_FULL, values, n, &line);
    rich_addf(r, m->health > HEALTH_OK ? health_style(m->health) : STYLE_BAR, "%s",
              buf_cstr(&line));
    for (; n < cells; n++)
        rich_adds(r, STYLE_DIM, " ");
    buf_release(&line);
}

/* "91.3 %  !  warns at > 90 %" or "12 %  most 31 %": what it is, and how far from bad. */
static void put_numbers(struct rich *r, const struct detail_metric *m, double last, double most,
                        const struct metric_room *room)
{
    bool bad = m->health > HEALTH_OK;
    char text[48];

    num_human(last, m->unit, text);
    rich_addf(r, bad ? health_style(m->health) : STYLE_STRONG, "  %s", m->shown ? m->shown : text);
    num_human(most, m->unit, text);
    if (m->limit && *m->limit)
        rich_addf(r, bad ? health_style(m->health) : STYLE_DIM, "  %s %s",
                  bad ? room->past : "limit", m->limit);
    if (room->most)
        rich_addf(r, STYLE_DIM, "  most %s", text);
}

static bool has_values(const struct detail_metric *m)
{
    for (size_t k = 0; k < m->count; k++)
        if (!isnan(m->values[k]))
            return true;
    return false;
}

static const char *problem_of(const struct detail_metric *m)
{
    return *m->problem ? m->problem : "no values in this time";
}

/* What has no curve: the reason once, and all that it is the reason of. */
static void lay_without(struct rich *r, const struct resource_detail *d)
{
    for (size_t i = 0; i < d->metric_count; i++) {
        const char *why = problem_of(&d->metrics[i]);
        bool said = has_values(&d->metrics[i]);

        for (size_t k = 0; k < i && !said; k++)
            said = !has_values(&d->metrics[k]) && strcmp(problem_of(&d->metrics[k]), why) == 0;
        if (said)
            continue;
        rich_para(r, 2, 4);
        rich_addf(r, STYLE_DIM, "%s: %s", why, d->metrics[i].name);
        for (size_t k = i + 1; k < d->metric_count; k++)
            if (!has_values(&d->metrics[k]) && strcmp(problem_of(&d->metrics[k]), why) == 0)
                rich_addf(r, STYLE_DIM, "; %s", d->metrics[k].name);
    }
}

static void lay_metric(struct rich *r, const struct detail_metric *m,
                       const struct metric_room *room)
{
    double last = (double)NAN, most = (double)NAN;
    int width = text_width(str_from(m->name));

    for (size_t k = 0; k < m->count; k++) {
        last = isnan(m->values[k]) ? last : m->values[k];
        most = isnan(most) || m->values[k] > most ? m->values[k] : most;
    }
    rich_para(r, 2, 4);
    rich_id(r, STYLE_TEXT, m->name, width < room->name ? room->name : width + 1);
    spark(r, m, room->curve);
    put_numbers(r, m, last, most, room);
}

static void metrics_heading(struct rich *r, const struct resource_detail *d, int64_t now_ms)
{
    struct buf note = BUF_INIT(600);

    buf_adds(&note, d->metrics_note);
    if (d->metrics_step == DETAIL_METRICS_ASKING) {
        buf_addf(&note, "%sCloudWatch is being asked", note.len ? "; " : "");
    } else if (d->metrics_ms) {
        buf_addf(&note, "%sasked ", note.len ? ", " : "");
        if (now_ms - d->metrics_ms < 60000)
            buf_adds(&note, "just now");
        else
            age_words(now_ms - d->metrics_ms, &note);
        buf_addf(&note, "%s; r asks again", now_ms - d->metrics_ms < 60000 ? "" : " ago");
    }
    heading(r, "Metrics", d->metrics_step == DETAIL_METRICS_FAILED ? "" : buf_cstr(&note));
    if (d->metrics_step == DETAIL_METRICS_FAILED) {
        rich_para(r, 2, 4);
        rich_adds(r, STYLE_DANGER, buf_cstr(&note));
    }
    buf_release(&note);
}

/* Long names take from the curve, so that curves begin below each other. */
static struct metric_room room_of(const struct metric_room *room, const struct resource_detail *d)
{
    struct metric_room fit = *room;
    int most = room->name + (int)room->curve - CURVE_LEAST;

    for (size_t i = 0; i < d->metric_count; i++) {
        int width = text_width(str_from(d->metrics[i].name)) + 1;

        if (has_values(&d->metrics[i]) && width > fit.name)
            fit.name = width < most ? width : most;
    }
    fit.curve -= (size_t)(fit.name - room->name);
    return fit;
}

static void lay_metrics(const struct screen *s, struct rich *r, const struct resource_detail *d)
{
    const struct metric_room *room = rooms;
    struct metric_room fit;

    if (!d->metric_count && d->metrics_step == DETAIL_METRICS_NONE && !*d->metrics_note)
        return;
    while (s->body.w < room->page)
        room++;
    fit = room_of(room, d);
    metrics_heading(r, d, s->now_ms);
    for (size_t i = 0; i < d->metric_count; i++)
        if (has_values(&d->metrics[i]))
            lay_metric(r, &d->metrics[i], &fit);
    lay_without(r, d);
}

static void lay_record(struct rich *r, const struct resource_detail *d)
{
    struct str rest = str_from(d->record), line;

    if (!*d->record)
        return;
    heading(r, "Record", "");
    while (str_line(&rest, &line)) {
        size_t indent = 0;

        while (indent < line.len && line.ptr[indent] == ' ')
            indent++;
        rich_para(r, 2 + (int)indent, 4 + (int)indent);
        rich_addf(r, STYLE_CODE, "%.*s", (int)(line.len - indent), line.ptr + indent);
    }
}

static void field_time(struct rich *r, const char *label, int64_t ms)
{
    char text[TIME_TEXT_MAX];

    if (!ms)
        return;
    time_format_utc(ms, text);
    rich_field(r, label, STYLE_TEXT, text);
}

void lay_detail(const struct screen *s, const struct model *m, struct rich *r,
                const struct detail_place *p, size_t first_link)
{
    const struct resource_detail *d = screen_detail(s, p->key);

    if (d && d->step == DETAIL_READING) {
        rich_para(r, 0, 0);
        rich_para(r, 0, 0);
        rich_adds(r, STYLE_DIM, "Reading what is kept of it.");
    } else if (d && d->step != DETAIL_KNOWN) {
        rich_para(r, 0, 0);
        rich_para(r, 0, 0);
        rich_adds(r, d->step == DETAIL_FAILED ? STYLE_DANGER : STYLE_DIM, d->problem);
    }
    if (d && d->step == DETAIL_KNOWN) {
        field_time(r, "gone", d->gone_ms);
        lay_metrics(s, r, d);
    }
    lay_changes(s, m, r, p, d);
    if (d && d->step == DETAIL_KNOWN) {
        lay_links(r, d, first_link);
        heading(r, "Kept", "in the inventory");
        rich_para(r, 0, 0);
        rich_field(r, "arn", STYLE_CODE, d->arn);
        rich_field(r, "key", STYLE_CODE, p->key);
        field_time(r, "first seen", d->first_ms);
        field_time(r, "last seen", d->last_ms);
        lay_record(r, d);
    }
}

/* A resource that the list does not hold: one that a relation led to. */
void lay_detail_head(struct rich *r, const struct resource_detail *d)
{
    rich_para(r, 0, 0);
    rich_addf(r, STYLE_STRONG, "%s  ", d->name);
    rich_adds(r, health_style(d->health), health_name(d->health));
    rich_para(r, 0, 0);
    rich_field(r, "service", STYLE_TEXT, d->service);
    rich_field(r, "kind", STYLE_TEXT, d->kind);
    rich_field(r, "status", STYLE_TEXT, d->state);
    rich_field(r, "region", STYLE_TEXT, d->region);
    rich_field(r, "account", STYLE_TEXT, d->account);
    rich_field(r, "tags", STYLE_TEXT, d->tags);
}

const char *detail_link_key(const struct resource_detail *d, size_t link)
{
    return d && link < d->link_count && *d->links[link].key ? d->links[link].key : NULL;
}
