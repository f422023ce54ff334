/* resources.c - the list of what the investigation saw, the worst first: pane 3 of the war room,
 * and a page of its own. */
#include "src/view/view_priv.h"

#include <math.h>
#include <stdio.h>

#include "runbook/base/num.h"
#include "runbook/base/text.h"
#include "runbook/base/timefmt.h"

enum glyph health_glyph(enum health h)
{
    static const enum glyph glyphs[HEALTHS] = {
        [HEALTH_UNKNOWN] = GLYPH_UNKNOWN,
        [HEALTH_OK] = GLYPH_OK,
        [HEALTH_WARNING] = GLYPH_WARN,
        [HEALTH_CRITICAL] = GLYPH_CRIT,
    };

    return glyphs[h];
}

enum style health_style(enum health h)
{
    static const enum style styles[HEALTHS] = {
        [HEALTH_UNKNOWN] = STYLE_DIM,
        [HEALTH_OK] = STYLE_OK,
        [HEALTH_WARNING] = STYLE_WARNING,
        [HEALTH_CRITICAL] = STYLE_DANGER,
    };

    return styles[h];
}

char health_letter(enum health h)
{
    static const char letters[HEALTHS] = {
        [HEALTH_UNKNOWN] = 'U',
        [HEALTH_OK] = 'O',
        [HEALTH_WARNING] = 'W',
        [HEALTH_CRITICAL] = 'C',
    };

    return letters[h];
}

/* AWS's words beside ours: "health:bad" and "health:critical" are the same. */
const char *health_words(const struct resource *r)
{
    static const char *const words[HEALTHS] = {
        [HEALTH_UNKNOWN] = "unknown off",
        [HEALTH_OK] = "ok healthy",
        [HEALTH_WARNING] = "warning changing",
        [HEALTH_CRITICAL] = "critical bad",
    };

    return words[r->health];
}

/* "3m", "5h", "12d", "2y". */
void age_words(int64_t ms, struct buf *out)
{
    int64_t minutes = ms / 60000;

    if (minutes < 120)
        buf_addf(out, "%lldm", (long long)minutes);
    else if (minutes < 48 * 60)
        buf_addf(out, "%lldh", (long long)minutes / 60);
    else if (minutes < 730 * 24 * 60)
        buf_addf(out, "%lldd", (long long)minutes / (24 * 60));
    else
        buf_addf(out, "%lldy", (long long)minutes / (365 * 24 * 60));
}

static const struct resource *at(const void *data, size_t item)
{
    const struct model *m = data;

    return &m->resources.items[item];
}

/* ---- columns ---- */

static void cell_health(const void *data, size_t item, int width, struct list_cell *ret)
{
    enum health h = at(data, item)->health;

    ret->style = health_style(h);
    ret->glyph = health_glyph(h);
    ret->has_glyph = true;
    buf_addc(ret->text, health_letter(h));
    if (width >= LIST_ID_MAX) /* a copy */
        buf_addf(ret->text, " %s", health_name(h));
}

static double number_health(const void *data, size_t item)
{
    return at(data, item)->health;
}

/* A column that is a text of the resource. */
#define TEXT_COLUMN(field, style_)                                                                 \
    static const char *text_##field(const void *data, size_t item)                                 \
    {                                                                                              \
        return at(data, item)->field;                                                              \
    }                                                                                              \
    static void cell_##field(const void *data, size_t item, int width, struct list_cell *ret)      \
    {                                                                                              \
        (void)width;                                                                               \
        ret->style = style_;                                                                       \
        buf_adds(ret->text, at(data, item)->field);                                                \
    }

TEXT_COLUMN(kind, STYLE_DIM)
TEXT_COLUMN(name, STYLE_TEXT)
TEXT_COLUMN(status, STYLE_DIM)
TEXT_COLUMN(detail, STYLE_DIM)
TEXT_COLUMN(parent, STYLE_DIM)
TEXT_COLUMN(metric, STYLE_DIM)

static enum style value_style(const struct resource *r)
{
    return r->health > HEALTH_OK ? health_style(r->health) : STYLE_TEXT;
}

static void cell_value(const void *data, size_t item, int width, struct list_cell *ret)
{
    const struct resource *r = at(data, item);
    char text[48];

    if (!isfinite(r->value))
        return;
    num_human(r->value, r->unit, text);
    if (text_width(str_from(text)) > width) /* the number says more than its unit */
        num_human(r->value, "", text);
    ret->style = value_style(r);
    buf_adds(ret->text, text);
}

static double number_value(const void *data, size_t item)
{
    return at(data, item)->value;
}

/* A limit of 100 percent or of 1 says nothing. */
static bool has_limit(const struct resource *r)
{
    return isfinite(r->limit) && strcmp(r->unit, "percent") != 0 && strcmp(r->unit, "ratio") != 0;
}

static void cell_limit(const void *data, size_t item, int width, struct list_cell *ret)
{
    const struct resource *r = at(data, item);
    char text[48];

    (void)width;
    if (!has_limit(r))
        return;
    num_human(r->limit, r->unit, text);
    ret->style = STYLE_DIM;
    buf_adds(ret->text, text);
}

static double number_limit(const void *data, size_t item)
{
    return has_limit(at(data, item)) ? at(data, item)->limit : NAN;
}

static void cell_seen(const void *data, size_t item, int width, struct list_cell *ret)
{
    char text[TIME_TEXT_MAX];

    (void)width;
    if (at(data, item)->cloud) /* all of a scan: the title says when */
        return;
    time_format_hms(at(data, item)->seen_ms, false, text);
    ret->style = STYLE_DIM;
    buf_adds(ret->text, text);
}

static double number_seen(const void *data, size_t item)
{
    return at(data, item)->cloud ? NAN : (double)at(data, item)->seen_ms;
}

static void cell_trend(const void *data, size_t item, int width, struct list_cell *ret)
{
    const struct resource *r = at(data, item);

    (void)width;
    if (r->history_count < 2)
        return;
    ret->style = r->health > HEALTH_OK ? health_style(r->health) : STYLE_BAR;
    ret->values = r->history;
    ret->value_count = r->history_count;
}

static double number_trend(const void *data, size_t item)
{
    const struct resource *r = at(data, item);

    return r->history_count < 2 ? NAN : r->history[r->history_count - 1] - r->history[0];
}

/* ---- of a cloud ---- */

#define CLOUD_COLUMN(field, style_)                                                                \
    static const char *text_##field(const void *data, size_t item)                                 \
    {                                                                                              \
        const struct resource_cloud *c = at(data, item)->cloud;                                    \
                                                                                                   \
        return c ? c->field : "";                                                                  \
    }                                                                                              \
    static void cell_##field(const void *data, size_t item, int width, struct list_cell *ret)      \
    {                                                                                              \
        (void)width;                                                                               \
        ret->style = style_;                                                                       \
        buf_adds(ret->text, text_##field(data, item));                                             \
    }

CLOUD_COLUMN(service, STYLE_DIM)
CLOUD_COLUMN(region, STYLE_DIM)
CLOUD_COLUMN(account, STYLE_DIM)
CLOUD_COLUMN(tags, STYLE_DIM)

static const char *text_health(const void *data, size_t item)
{
    return health_words(at(data, item));
}

static double number_age(const void *data, size_t item)
{
    const struct resource *r = at(data, item);

    if (!r->cloud || !r->cloud->created_ms || r->cloud->created_ms > r->seen_ms)
        return NAN;
    return (double)(r->seen_ms - r->cloud->created_ms);
}

static void cell_age(const void *data, size_t item, int width, struct list_cell *ret)
{
    double ms = number_age(data, item);

    (void)width;
    if (isnan(ms))
        return;
    ret->style = STYLE_DIM;
    age_words((int64_t)ms, ret->text);
}

/* "Δ 5m": a scan found it to be another; "+ 2h": it was made. Of the last day: older changes are on
 * its page. */
static double number_change(const void *data, size_t item)
{
    const struct resource *r = at(data, item);
    int64_t day = (int64_t)24 * 3600 * 1000, ms;

    if (!r->cloud)
        return NAN;
    ms = r->cloud->changed_ms > r->cloud->created_ms ? r->cloud->changed_ms : r->cloud->created_ms;
    return ms && r->seen_ms - ms < day ? (double)ms : NAN;
}

static void cell_change(const void *data, size_t item, int width, struct list_cell *ret)
{
    const struct resource *r = at(data, item);
    double ms = number_change(data, item);

    (void)width;
    if (isnan(ms))
        return;
    ret->style = STYLE_ACCENT;
    buf_adds(ret->text, r->cloud->changed_ms >= r->cloud->created_ms ? "~ " : "+ ");
    age_words(r->seen_ms > (int64_t)ms ? r->seen_ms - (int64_t)ms : 0, ret->text);
}

enum { COLUMN_HEALTH };

/* What most of a cloud's resources have not, and what those of machines have not. */
enum {
    COLUMN_SERVICE = 1,
    COLUMN_TREND = 7,
    COLUMN_LIMIT = 6,
    COLUMN_DETAIL = 8,
    COLUMN_PARENT = 9,
    COLUMN_REGION = 11
};

static const struct list_column columns[] = {
    {"health", .title = "", .min = 2, .want = 2, .falls = true,
     .orders = {"best first", "worst first"}, .cell = cell_health, .number = number_health},
    {"service", .min = 6, .want = 12, .drop = 4, .match = true, .cell = cell_service,
     .text = text_service},
    {"kind", .min = 7, .want = 10, .drop = 4, .match = true, .cell = cell_kind, .text = text_kind},
    {"name", .min = 8, .want = 24, .grow = 1, .middle = true, .fuzzy = true, .cell = cell_name,
     .text = text_name},
    {"status", .min = 8, .want = 16, .grow = 1, .drop = 3, .match = true, .cell = cell_status,
     .text = text_status},
    {"value", .min = 7, .want = 10, .right = true, .falls = true, .drop = 1, .cell = cell_value,
     .number = number_value},
    {"limit", .min = 7, .want = 9, .right = true, .falls = true, .drop = 5, .cell = cell_limit,
     .number = number_limit},
    {"trend", .min = 8, .want = 8, .drop = 2, .falls = true,
     .orders = {"falling first", "rising first"}, .cell = cell_trend, .number = number_trend},
    {"detail", .min = 16, .want = 24, .grow = 3, .drop = 6, .match = true, .cell = cell_detail,
     .text = text_detail},
    {"parent", .min = 8, .want = 12, .drop = 7, .middle = true, .match = true, .cell = cell_parent,
     .text = text_parent},
    {"seen", .min = 8, .want = 8, .drop = 8, .falls = true,
     .orders = {"oldest first", "newest first"}, .cell = cell_seen, .number = number_seen},
    {"region", .min = 9, .want = 12, .drop = 5, .match = true, .cell = cell_region,
     .text = text_region},
    {"account", .min = 12, .want = 12, .drop = 7, .match = true, .cell = cell_account,
     .text = text_account},
    {"change", .min = 5, .want = 6, .drop = 3, .falls = true,
     .orders = {"oldest first", "newest first"}, .cell = cell_change, .number = number_change},
    {"age", .min = 4, .want = 5, .right = true, .drop = 6,
     .orders = {"newest first", "oldest first"}, .cell = cell_age, .number = number_age},
    {"tags", .min = 10, .want = 24, .grow = 2, .drop = 8, .match = true, .cell = cell_tags,
     .text = text_tags},
    {"metric", .min = 8, .want = 12, .grow = 1, .drop = 9, .hidden = true, .match = true,
     .cell = cell_metric, .text = text_metric},
};

/* ---- the list ---- */

static size_t count(const void *data)
{
    return ((const struct model *)data)->resources.count;
}

static const char *id(const void *data, size_t item)
{
    return at(data, item)->key;
}

static size_t find(const void *data, const char *key)
{
    return model_index(data, 'r', key);
}

static size_t texts(const void *data, size_t item, const char *ret[LIST_TEXTS])
{
    const struct resource *r = at(data, item);

    ret[0] = r->name;
    ret[1] = r->kind;
    ret[2] = r->status;
    ret[3] = r->detail;
    ret[4] = health_name(r->health);
    ret[5] = r->parent;
    if (!r->cloud)
        return 6;
    ret[3] = r->cloud->tags; /* it has no detail */
    ret[4] = r->cloud->region;
    ret[5] = r->cloud->service;
    ret[6] = r->cloud->id == r->name ? "" : r->cloud->id;
    ret[7] = r->cloud->account;
    return 8;
}

static const struct list_field fields[] = {
    {"service", text_service}, {"kind", text_kind},       {"name", text_name},
    {"state", text_status},    {"status", text_status},   {"health", text_health},
    {"region", text_region},   {"account", text_account}, {"tag", text_tags},
};

static uint32_t blank(const void *data)
{
    static const uint32_t bit = 1;
    const struct model *m = data;
    uint32_t cloud = 0;

    if (m->resources.count <= LIST_LIVE) /* looked at one by one */
        return 0;
    for (int i = COLUMN_REGION; i < COLUMN_REGION + 5; i++)
        cloud |= bit << i;
    if (!m->cloud_resources)
        return cloud | bit << COLUMN_SERVICE;
    return m->cloud_resources > m->resources.count / 4 * 3
               ? bit << COLUMN_LIMIT | bit << COLUMN_TREND | bit << COLUMN_DETAIL |
                     bit << COLUMN_PARENT
               : 0;
}

static uint64_t version(const void *data)
{
    return ((const struct model *)data)->resources_version;
}

static bool changed(const void *data, uint64_t *pos, size_t *ret_item)
{
    const struct model *m = data;
    uint64_t from = m->resource_changes_from, end = from + m->resource_changes.count;

    if (*pos < from) { /* what happened between is not kept */
        *pos = end;
        *ret_item = SIZE_MAX;
        return true;
    }
    if (*pos >= end)
        return false;
    *ret_item = m->resource_changes.items[(*pos)++ - from];
    return true;
}

static size_t empty(const void *data, const char *ret[3], enum style *ret_style)
{
    const struct model *m = data;

    if (m->inventory.step == INVENTORY_LOADING) {
        ret[0] = "Loading what the last scan of AWS found.";
        return 1;
    }
    if (m->inventory.step == INVENTORY_SCANNING) {
        ret[0] = "Asking AWS. What comes is shown at once.";
        return 1;
    }
    if (m->inventory.step == INVENTORY_FAILED) {
        *ret_style = STYLE_DANGER;
        ret[0] = "The resources of AWS could not be read.";
        ret[1] = m->inventory.text;
        return 2;
    }
    if (m->turn_running && !*m->turn_kind) {
        ret[0] = "Reading resources.";
        return 1;
    }
    if (m->inventory.scan && !m->cloud_resources) {
        ret[0] = m->inventory.text;
        return *ret[0] != '\0';
    }
    ret[0] = "No resources seen yet.";
    ret[1] = m->inventory.text;
    for (size_t i = m->items.count; i-- > 0;)
        if (m->items.items[i].kind == ITEM_ERROR) {
            *ret_style = STYLE_DANGER;
            ret[0] = "No resources could be read.";
            ret[1] = m->items.items[i].text;
            return 2;
        }
    return *m->inventory.text ? 2 : 1;
}

const struct list_def resource_list = {
    .name = "resources",
    .title = "Resources",
    .columns = columns,
    .column_count = sizeof(columns) / sizeof(columns[0]),
    .sort = COLUMN_HEALTH,
    .count = count,
    .id = id,
    .find = find,
    .texts = texts,
    .fields = fields,
    .field_count = sizeof(fields) / sizeof(fields[0]),
    .blank = blank,
    .version = version,
    .changed = changed,
    .empty = empty,
};

/* ---- pane and page ---- */

const struct resource *resources_selected(struct screen *s, const struct model *m)
{
    size_t item;

    list_update(&s->resources, m, s->tick_ms);
    item = list_selected(&s->resources, m);
    return item == SIZE_MAX ? NULL : &m->resources.items[item];
}

/* Where the rows of a cloud come from: "scan 7, 3 min ago", and what is not whole about it. */
static void inventory_note(const struct screen *s, const struct model *m, struct buf *out)
{
    int64_t age = s->now_ms - m->inventory.at_ms;

    switch (m->inventory.step) {
    case INVENTORY_NONE:
        return;
    case INVENTORY_LOADING:
        buf_adds(out, "loading");
        return;
    case INVENTORY_SCANNING:
        buf_addf(out, "asking AWS, %lld of %lld lists", (long long)m->inventory.done,
                 (long long)m->inventory.known);
        break;
    case INVENTORY_FAILED:
        buf_addf(out, "AWS was not read: %s", m->inventory.text);
        return;
    case INVENTORY_KNOWN:
        buf_addf(out, "scan %lld", (long long)m->inventory.scan);
        if (m->inventory.at_ms && age >= 0) {
            buf_adds(out, ", ");
            age_words(age, out);
            buf_adds(out, " old");
        }
        break;
    }
    if (m->inventory.failed)
        buf_addf(out, ", %lld not read", (long long)m->inventory.failed);
    if (*m->inventory.watched)
        buf_addf(out, "; %s", m->inventory.watched);
}

static size_t health_note(const struct model *m, char *out, size_t size, int width)
{
    static const enum health order[] = {HEALTH_CRITICAL, HEALTH_WARNING, HEALTH_OK, HEALTH_UNKNOWN};
    size_t shown = width < 70 ? 2 : HEALTHS, used = 0;

    for (size_t i = 0; i < shown && used < size; i++)
        if (m->resource_health[order[i]])
            used += (size_t)snprintf(out + used, size - used, width < 50 ? "%zu %.4s " : "%zu %s  ",
                                     m->resource_health[order[i]], health_name(order[i]));
    if (used < size)
        used += (size_t)snprintf(out + used, size - used, "of %zu", m->resources.count);
    return used;
}

/* Is where the rows come from more than a remark: they are not whole, or not the last? */
static bool matters(const struct model *m)
{
    return m->inventory.failed || m->inventory.step == INVENTORY_SCANNING ||
           m->inventory.step == INVENTORY_FAILED || *m->inventory.watched;
}

void resources_note(struct screen *s, const struct model *m, char *out, size_t size, int width)
{
    struct buf from = BUF_INIT(200);
    size_t used;

    list_note(&s->resources, out, size);
    inventory_note(s, m, &from);
    used = strlen(out);
    if (!used && m->resources.count)
        used = health_note(m, out, size, width);
    if (from.len && used + from.len + 4 < size && (int)(used + from.len) + 24 < width)
        (void)snprintf(out + used, size - used, "%s%s", used ? "  " : "", buf_cstr(&from));
    else if (from.len && !*s->resources.filter && !s->resources.marked && matters(m))
        (void)snprintf(out, size, "%s", buf_cstr(&from)); /* more than how many there are */
    buf_release(&from);
}

void resources_draw(struct screen *s, const struct model *m, struct canvas *c, struct rect r)
{
    list_draw(&s->resources, m, s->tick_ms, c, r, screen_in_list(s) && !s->input_focus);
    s->late = s->late || s->resources.late;
}

/* ---- the page ---- */

static void note(struct screen *s, const struct model *m, char *out, size_t size)
{
    resources_note(s, m, out, size, s->body.w);
}

static bool open_selected(struct screen *s, const struct model *m)
{
    const struct resource *r = resources_selected(s, m);

    return r && screen_push(s, PAGE_RESOURCE, r->key);
}

static struct list *list(struct screen *s)
{
    return &s->resources;
}

static const void *list_data(struct screen *s, const struct model *m)
{
    (void)s;
    return m;
}

const struct root_def root_resources = {
    .name = "Resources",
    .number = "4",
    .draw = resources_draw,
    .note = note,
    .open = open_selected,
    .list = list,
    .list_data = list_data,
};
