/* page_resource.c - what Enter opens on a resource: what was measured of it, how it moved, and
 * which hypotheses and evidence are about it; those can be opened. */
#include "runbook/view/chart.h"
#include "src/view/view_priv.h"

#include <math.h>

#include "runbook/base/num.h"
#include "runbook/base/timefmt.h"

#define GAUGE_CELLS 24

/* "service:cart" is the service cart, "process:12" what evidence names by that key. */
static bool is_about(const struct resource *r, const char *resource, const char *service)
{
    if (*resource && (strcmp(resource, r->key) == 0 || strcmp(resource, r->name) == 0))
        return true;
    return *service && strcmp(service, r->name) == 0;
}

/* Where link number `at` (from 0) leads: first the hypotheses, then the evidence. NULL: not so
 * many. */
static const char *target(const struct model *m, const struct resource *r, size_t at,
                          enum page *ret_page)
{
    *ret_page = PAGE_HYPOTHESIS;
    VEC_EACH (h, &m->hypotheses)
        if (is_about(r, h->resource, h->service) && at-- == 0)
            return h->id;
    *ret_page = PAGE_EVIDENCE;
    VEC_EACH (e, &m->evidence)
        if (is_about(r, e->resource, e->service) && at-- == 0)
            return e->id;
    return NULL;
}

static size_t link_count(const struct model *m, const struct resource *r)
{
    enum page page;
    size_t n = 0;

    while (r && target(m, r, n, &page))
        n++;
    return n;
}

/* Hypotheses and evidence come first, then the other resources. A walk that is longer than the
 * stack forgets its beginning. */
bool resource_open_link(struct screen *s, const struct model *m, const char *key, size_t link)
{
    const struct resource *r = model_resource(m, key);
    size_t own = link_count(m, r);
    enum page page = PAGE_RESOURCE;
    const char *id =
        link < own ? target(m, r, link, &page) : detail_link_key(screen_detail(s, key), link - own);

    if (id && page == PAGE_RESOURCE && s->depth == SCREEN_STACK_MAX) {
        memmove(s->stack, s->stack + 1, (SCREEN_STACK_MAX - 1) * sizeof(s->stack[0]));
        s->depth--;
    }
    return id && screen_push(s, page, id);
}

bool resource_has_links(const struct screen *s, const struct model *m, const char *key)
{
    const struct resource_detail *d = screen_detail(s, key);

    return link_count(m, model_resource(m, key)) || (d && d->link_count);
}

static void number(struct rich *r, const char *label, double v, const char *unit)
{
    char text[48];

    if (!isfinite(v))
        return;
    num_human(v, unit, text);
    rich_field(r, label, STYLE_TEXT, text);
}

/* How much of what there is: a part of a whole, or of a limit. */
static void lay_gauge(struct rich *r, const struct resource *res)
{
    struct chart_gauge g = {"", res->unit, res->value, NAN, NAN, NAN};
    struct buf bar = BUF_INIT(400);
    enum style style;

    if (strcmp(res->unit, "ratio") != 0 && strcmp(res->unit, "percent") != 0)
        g.limit = res->limit;
    style = chart_gauge_text(r->ascii ? GLYPHS_ASCII : GLYPHS_FULL, &g, GAUGE_CELLS, &bar);
    if (bar.len)
        rich_field(r, "used", res->health > HEALTH_OK ? health_style(res->health) : style,
                   buf_cstr(&bar));
    buf_release(&bar);
}

static void lay_trend(struct rich *r, const struct resource *res)
{
    struct buf curve = BUF_INIT(4096);
    char first[48], last[48];

    if (res->history_count < 2)
        return;
    num_human(res->history[0], res->unit, first);
    num_human(res->history[res->history_count - 1], res->unit, last);
    rich_field(r, "trend", STYLE_TEXT, first);
    rich_addf(r, STYLE_DIM, " %s ", r->ascii ? ">" : "→");
    rich_adds(r, STYLE_STRONG, last);
    rich_addf(r, STYLE_DIM, "  in %u readings  ", res->history_count);
    canvas_spark_text(r->ascii ? GLYPHS_ASCII : GLYPHS_FULL, res->history, res->history_count,
                      &curve);
    rich_adds(r, STYLE_BAR, buf_cstr(&curve));
    buf_release(&curve);
}

static void lay_links(const struct model *m, struct rich *r, const struct resource *res)
{
    enum page page;
    const char *id;

    for (size_t i = 0; (id = target(m, res, i, &page)); i++) {
        const struct hypothesis *h = page == PAGE_HYPOTHESIS ? model_hypothesis(m, id) : NULL;
        const struct evidence *e = h ? NULL : model_evidence(m, id);

        if (i == 0) {
            rich_para(r, 0, 0);
            rich_para(r, 0, 0);
            rich_adds(r, STYLE_HEADING, "About it");
        }
        rich_para(r, 2, 7)->link = i + 1;
        rich_id(r, h ? STYLE_HEADING : STYLE_EVIDENCE, id, 5);
        if (h) {
            rich_addf(r, hyp_style(h->status), "%s  ", hyp_status_words(h));
            rich_adds(r, STYLE_TEXT, h->statement);
        } else if (e) {
            rich_addf(r, strength_style(e->strength), "%s  ", strength_name(e->strength));
            rich_adds(r, STYLE_TEXT, e->statement);
        }
    }
}

static void lay_cloud(struct rich *r, const struct resource *res)
{
    struct buf age = BUF_INIT(32);

    rich_field(r, "service", STYLE_TEXT, res->cloud->service);
    rich_field(r, "id", STYLE_CODE, res->cloud->id);
    rich_field(r, "region", STYLE_TEXT, res->cloud->region);
    rich_field(r, "account", STYLE_TEXT, res->cloud->account);
    rich_field(r, "tags", STYLE_TEXT, res->cloud->tags);
    if (res->cloud->created_ms && res->cloud->created_ms <= res->seen_ms) {
        age_words(res->seen_ms - res->cloud->created_ms, &age);
        rich_field(r, "age", STYLE_TEXT, buf_cstr(&age));
    }
    buf_release(&age);
}

static struct detail_place place_of(const char *key, const struct resource *res,
                                    const struct resource_detail *d)
{
    struct detail_place p = {.key = key, .id = "", .name = "", .region = "", .account = ""};

    if (res) {
        p.name = res->name;
        p.id = res->cloud ? res->cloud->id : res->name;
        p.region = res->cloud ? res->cloud->region : "";
        p.account = res->cloud ? res->cloud->account : "";
    } else if (d) {
        p.id = p.name = d->name;
        p.region = d->region;
        p.account = d->account;
    }
    return p;
}

void lay_resource(const struct screen *s, const struct model *m, struct rich *r, const char *id)
{
    const struct resource_detail *d = screen_detail(s, id);
    const struct resource *res = model_resource(m, id);
    struct detail_place place = place_of(id, res, d);
    char seen[TIME_TEXT_MAX];

    if (!res && d) {
        if (d->step == DETAIL_KNOWN)
            lay_detail_head(r, d);
        lay_detail(s, m, r, &place, 0);
        return;
    }
    rich_para(r, 0, 0);
    if (!res) {
        rich_addf(r, STYLE_DIM, "%s is not part of this investigation.", id);
        return;
    }
    rich_addf(r, STYLE_STRONG, "%s  ", res->name);
    rich_adds(r, health_style(res->health), health_name(res->health));
    rich_para(r, 0, 0);
    rich_field(r, "kind", STYLE_TEXT, res->kind);
    rich_field(r, "status", STYLE_TEXT, res->status);
    rich_field(r, "detail", STYLE_TEXT, res->detail);
    rich_field(r, "measured", STYLE_TEXT, res->metric);
    number(r, "value", res->value, res->unit);
    number(r, "limit", res->limit, res->unit);
    lay_gauge(r, res);
    lay_trend(r, res);
    rich_field(r, "part of", STYLE_TEXT, res->parent);
    if (res->cloud)
        lay_cloud(r, res);
    if (!d || d->step != DETAIL_KNOWN) /* else it stands behind what matters more */
        rich_field(r, "key", STYLE_CODE, res->key);
    if (res->seen_ms && (!d || d->step != DETAIL_KNOWN)) {
        time_format_utc(res->seen_ms, seen);
        rich_field(r, "seen", STYLE_TEXT, seen);
    }
    lay_links(m, r, res);
    lay_detail(s, m, r, &place, link_count(m, res));
}
