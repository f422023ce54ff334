/* security.c - the page of what is not safe in AWS, by service: how many of which severity over the
 * list, the findings, and under them what the selected one rests on. A finding that is gone or
 * accepted stays in the list, dimmed, behind the others of its service. In that order and without a
 * filter each service has a row of its own over its findings, which folds them away. */
#include <math.h>
#include <stdio.h>

#include "runbook/base/text.h"
#include "runbook/base/timefmt.h"
#include "src/view/view_priv.h"

#define HEAD_ROWS 3   /* over the list, with a blank one */
#define DETAIL_ROWS 5 /* under it */
#define ROOMY_ROWS (HEAD_ROWS + 3 * DETAIL_ROWS)

static const struct model *model_of(const void *data)
{
    return ((const struct security_groups *)data)->m;
}

/* NULL: the item is the row of a service. */
static const struct finding *at(const void *data, size_t item)
{
    return item < SECURITY_GROUPS ? NULL : &model_of(data)->findings.items[item - SECURITY_GROUPS];
}

static const struct security_group *group_at(const void *data, size_t item)
{
    return security_group_at(data, item);
}

static bool is_grouped(const void *data)
{
    return ((const struct security_groups *)data)->grouped;
}

bool finding_counts(const struct finding *f)
{
    return !f->gone && !*f->suppressed;
}

enum style finding_style(const struct finding *f)
{
    if (!finding_counts(f))
        return STYLE_DIM;
    return f->severity == FINDING_CRITICAL || f->severity == FINDING_HIGH ? STYLE_DANGER
           : f->severity == FINDING_MEDIUM                                ? STYLE_WARNING
                                                                          : STYLE_TEXT;
}

/* ---- columns ---- */

static void cell_severity(const void *data, size_t item, int width, struct list_cell *ret)
{
    const struct finding *f = at(data, item);

    (void)width;
    if (!f)
        return;
    ret->has_glyph = true;
    ret->style = finding_style(f);
    ret->glyph = f->gone                           ? GLYPH_OK
                 : *f->suppressed                  ? GLYPH_UNKNOWN
                 : f->severity == FINDING_CRITICAL ? GLYPH_CRIT
                 : f->severity >= FINDING_MEDIUM   ? GLYPH_WARN
                                                   : GLYPH_BULLET;
    buf_adds(ret->text, f->gone          ? "gone"
                        : *f->suppressed ? "accepted"
                                         : finding_severity_name(f->severity));
}

static double number_severity(const void *data, size_t item)
{
    const struct finding *f = at(data, item);

    return f ? (finding_counts(f) ? 10 : 0) + (double)f->severity : NAN;
}

static enum style group_style(const struct security_group *g)
{
    return g->count[FINDING_CRITICAL] || g->count[FINDING_HIGH] ? STYLE_DANGER
           : g->count[FINDING_MEDIUM]                           ? STYLE_WARNING
                                                                : STYLE_STRONG;
}

/* Under the row of its service a finding does not repeat it. */
static void cell_service(const void *data, size_t item, int width, struct list_cell *ret)
{
    const struct security_group *g = group_at(data, item);
    const struct finding *f = at(data, item);

    if (g) {
        ret->has_glyph = true;
        ret->glyph = g->folded ? GLYPH_CLOSED : GLYPH_OPEN;
        ret->style = group_style(g);
        buf_adds(ret->text, g->service);
    } else if (f && (!is_grouped(data) || width >= LIST_ID_MAX)) {
        ret->style = STYLE_STRONG;
        buf_adds(ret->text, f->service);
    }
}

static const char *text_order(const void *data, size_t item)
{
    const struct security_group *g = group_at(data, item);
    const struct finding *f = at(data, item);

    return f ? f->order : g ? g->service : "";
}

/* "orders" of "arn:aws:rds:eu-west-1:123456789012:db:orders" */
const char *finding_resource(const struct finding *f)
{
    const char *rest = f->resource;

    if (strncmp(rest, "arn:", 4) != 0)
        return rest;
    for (int i = 0; i < 5; i++) {
        const char *colon = strchr(rest, ':');

        if (!colon || !colon[1])
            return f->resource;
        rest = colon + 1;
    }
    return rest;
}

static void cell_resource(const void *data, size_t item, int width, struct list_cell *ret)
{
    const struct finding *f = at(data, item);

    if (!f)
        return;
    ret->style = finding_counts(f) ? STYLE_TEXT : STYLE_DIM;
    buf_adds(ret->text, width >= LIST_ID_MAX ? f->resource : finding_resource(f));
}

static const char *text_resource(const void *data, size_t item)
{
    return at(data, item) ? finding_resource(at(data, item)) : "";
}

static void cell_title(const void *data, size_t item, int width, struct list_cell *ret)
{
    const struct finding *f = at(data, item);

    (void)width;
    if (!f) {
        ret->style = STYLE_STRONG;
        security_group_words(group_at(data, item), ret->text);
        return;
    }
    ret->style = finding_counts(f) ? STYLE_TEXT : STYLE_DIM;
    buf_adds(ret->text, f->title);
}

static const char *text_title(const void *data, size_t item)
{
    return at(data, item) ? at(data, item)->title : "";
}

static void plain_cell(struct list_cell *ret, const char *text)
{
    ret->style = STYLE_DIM;
    buf_adds(ret->text, text);
}

static const char *text_region(const void *data, size_t item)
{
    return at(data, item) ? at(data, item)->region : "";
}

static void cell_region(const void *data, size_t item, int width, struct list_cell *ret)
{
    (void)width;
    plain_cell(ret, text_region(data, item));
}

static const char *text_account(const void *data, size_t item)
{
    return at(data, item) ? at(data, item)->account : "";
}

static void cell_account(const void *data, size_t item, int width, struct list_cell *ret)
{
    (void)width;
    plain_cell(ret, text_account(data, item));
}

static const char *text_check(const void *data, size_t item)
{
    return at(data, item) ? at(data, item)->check : "";
}

static void cell_check(const void *data, size_t item, int width, struct list_cell *ret)
{
    (void)width;
    ret->style = STYLE_CODE;
    buf_adds(ret->text, text_check(data, item));
}

static void cell_fix(const void *data, size_t item, int width, struct list_cell *ret)
{
    (void)width;
    plain_cell(ret, at(data, item) && *at(data, item)->act ? "act" : "");
}

static double number_fix(const void *data, size_t item)
{
    return at(data, item) ? *at(data, item)->act != '\0' : NAN;
}

static const char *text_source(const void *data, size_t item)
{
    return at(data, item) ? at(data, item)->source : "";
}

static void cell_source(const void *data, size_t item, int width, struct list_cell *ret)
{
    (void)width;
    plain_cell(ret, text_source(data, item));
}

static const struct list_column columns[] = {
    {"service", .min = 12, .want = 16, .match = true, .cell = cell_service, .text = text_order},
    {"severity", .min = 10, .want = 11, .falls = true, .orders = {"least first", "worst first"},
     .cell = cell_severity, .number = number_severity},
    {"finding", .min = 14, .want = 34, .grow = 2, .fuzzy = true, .cell = cell_title,
     .text = text_title},
    {"resource", .min = 12, .want = 26, .grow = 1, .middle = true, .match = true,
     .cell = cell_resource, .text = text_resource},
    {"fix", .min = 3, .want = 3, .drop = 3, .cell = cell_fix, .number = number_fix},
    {"region", .min = 9, .want = 12, .drop = 2, .match = true, .cell = cell_region,
     .text = text_region},
    {"account", .min = 12, .want = 12, .drop = 4, .match = true, .cell = cell_account,
     .text = text_account},
    {"check", .min = 12, .want = 24, .drop = 5, .match = true, .cell = cell_check,
     .text = text_check},
    {"source", .min = 8, .want = 11, .drop = 6, .hidden = true, .match = true, .cell = cell_source,
     .text = text_source},
};

/* ---- the list ---- */

static size_t count(const void *data)
{
    size_t n = model_of(data)->findings.count;

    return n ? SECURITY_GROUPS + n : 0;
}

static const char *id(const void *data, size_t item)
{
    return at(data, item) ? at(data, item)->id : group_at(data, item)->id;
}

static size_t find(const void *data, const char *wanted)
{
    size_t at = model_index(model_of(data), 'f', wanted);

    for (size_t i = 0; strncmp(wanted, "group:", 6) == 0 && i < SECURITY_GROUPS; i++)
        if (strcmp(group_at(data, i)->id, wanted) == 0)
            return i;
    return at == SIZE_MAX ? SIZE_MAX : at + SECURITY_GROUPS;
}

static size_t texts(const void *data, size_t item, const char *ret[LIST_TEXTS])
{
    const struct finding *f = at(data, item);

    if (!f)
        return 0;
    ret[0] = f->title;
    ret[1] = finding_resource(f);
    ret[2] = f->service;
    ret[3] = f->gone ? "gone" : *f->suppressed ? "accepted" : finding_severity_name(f->severity);
    ret[4] = f->check;
    ret[5] = f->region;
    ret[6] = f->account;
    ret[7] = f->reference;
    return 8;
}

static uint64_t version(const void *data)
{
    return model_of(data)->security.changes;
}

static size_t empty(const void *data, const char *ret[3], enum style *ret_style)
{
    const struct model *m = model_of(data);

    switch (m->security.state) {
    case SECURITY_NONE:
        ret[0] = "Nobody looked yet.";
        ret[1] = "r asks AWS what is not safe; nothing is changed.";
        return 2;
    case SECURITY_READING:
        ret[0] = "AWS is being asked.";
        return 1;
    case SECURITY_READ:
        ret[0] = "Nothing was found.";
        ret[1] = "Everything that the checks need was read.";
        return 2;
    case SECURITY_PARTLY_READ:
        ret[0] = "Nothing was found in what could be read.";
        ret[1] = "What was not read is named above.";
        *ret_style = STYLE_WARNING;
        return 2;
    case SECURITY_UNREAD:
        ret[0] = "Nothing could be read:";
        ret[1] = m->security.text;
        *ret_style = STYLE_DANGER;
        return 2;
    case SECURITY_NOT_CONFIGURED:
        ret[0] = "AWS is not configured.";
        ret[1] = "'runbook accounts' says what is missing.";
        return 2;
    }
    return 0;
}

const struct list_def security_list = {
    .name = "security",
    .title = "Findings",
    .columns = columns,
    .column_count = sizeof(columns) / sizeof(columns[0]),
    .sort = 0,
    .count = count,
    .id = id,
    .find = find,
    .texts = texts,
    .version = version,
    .shown = security_shown,
    .empty = empty,
};

/* ---- over the list ---- */

static bool is_reading(const struct model *m)
{
    return m->security.state == SECURITY_READING && m->security.places.count;
}

struct tally {
    const char *service;
    size_t open, worst;
};
#define TALLIES 40

static void tally_add(struct tally *t, size_t *n, const struct finding *f)
{
    size_t i = 0;

    while (i < *n && strcmp(t[i].service, f->service) != 0)
        i++;
    if (i == *n) {
        if (*n == TALLIES)
            return;
        t[(*n)++] = (struct tally){.service = f->service};
    }
    t[i].open++;
    if (f->severity > (enum finding_severity)t[i].worst)
        t[i].worst = f->severity;
}

/* "ec2 14  iam 3  s3 1": the services, each in the colour of its worst. */
static void draw_services(const struct model *m, struct canvas *c, struct rect r)
{
    static const enum style styles[FINDING_SEVERITIES] = {STYLE_TEXT, STYLE_TEXT, STYLE_WARNING,
                                                          STYLE_DANGER, STYLE_DANGER};
    struct tally t[TALLIES] = {{NULL, 0, 0}};
    size_t n = 0;
    int x = r.x + 3, end = r.x + r.w - 1;

    VEC_EACH (f, &m->findings)
        if (finding_counts(f))
            tally_add(t, &n, f);
    for (size_t i = 0; i < n && x < end; i++) {
        char text[96];

        (void)snprintf(text, sizeof(text), "%.40s %zu%s", t[i].service, t[i].open,
                       t[i].worst == FINDING_CRITICAL ? "!" : "");
        if (x + text_width(str_from(text)) > end)
            break;
        x += canvas_cstr(c, x, r.y + 1, end - x, styles[t[i].worst], text) + 2;
    }
}

static void head_words(const struct model *m, int64_t now_ms, char *out, size_t size)
{
    char when[TIME_TEXT_MAX];

    time_format_hms(m->security.looked_ms, false, when);
    switch (m->security.state) {
    case SECURITY_NONE:
        (void)snprintf(out, size, "Nobody looked yet: r asks AWS.");
        break;
    case SECURITY_READING:
        security_progress_words(m, now_ms, out, size);
        break;
    case SECURITY_READ:
        (void)snprintf(out, size, "%lld checks at %s: everything was read",
                       (long long)m->security.checks, when);
        break;
    case SECURITY_PARTLY_READ:
        (void)snprintf(out, size, "%lld checks at %s, %lld calls NOT READ: %s",
                       (long long)m->security.checks, when, (long long)m->security.failed,
                       m->security.text);
        break;
    case SECURITY_UNREAD:
        (void)snprintf(out, size, "Nothing could be read: %s", m->security.text);
        break;
    case SECURITY_NOT_CONFIGURED:
        (void)snprintf(out, size, "AWS is not configured ('runbook accounts').");
        break;
    }
    if (*m->security.off && m->security.state != SECURITY_READING) {
        size_t len = strlen(out);

        (void)snprintf(out + len, size - len, "; not enabled: %s", m->security.off);
    }
}

static void draw_head(const struct model *m, int64_t now_ms, struct canvas *c, struct rect r)
{
    static const struct {
        enum glyph glyph;
        enum style style;
    } marks[SECURITY_STATES] = {
        [SECURITY_NONE] = {GLYPH_UNKNOWN, STYLE_DIM},
        [SECURITY_READING] = {GLYPH_RUNNING, STYLE_ACCENT},
        [SECURITY_READ] = {GLYPH_OK, STYLE_OK},
        [SECURITY_PARTLY_READ] = {GLYPH_WARN, STYLE_WARNING},
        [SECURITY_UNREAD] = {GLYPH_CRIT, STYLE_DANGER},
        [SECURITY_NOT_CONFIGURED] = {GLYPH_UNKNOWN, STYLE_DIM},
    };
    struct buf clean = BUF_INIT(16384);
    char text[1200];

    head_words(m, now_ms, text, sizeof(text));
    text_sanitize(&clean, str_from(text), false, c->glyphs == GLYPHS_ASCII);
    canvas_glyph(c, r.x + 1, r.y, marks[m->security.state].style, marks[m->security.state].glyph);
    canvas_cstr(c, r.x + 3, r.y, r.w - 4, STYLE_TEXT, buf_cstr(&clean));
    if (is_reading(m))
        security_progress_services(m, c, (struct rect){r.x + 3, r.y + 1, r.w - 4, 1});
    else
        draw_services(m, c, r);
    buf_release(&clean);
}

/* ---- under the list ---- */

static void draw_detail(const struct finding *f, struct canvas *c, struct rect r)
{
    const char *lines[] = {f->evidence, f->why, f->fix};
    static const enum style styles[] = {STYLE_CODE, STYLE_TEXT, STYLE_OK};

    canvas_hline(c, r.x, r.y, r.w, STYLE_FRAME);
    canvas_printf(c, r.x + 1, r.y, r.w - 2, STYLE_TITLE, " %s ", f->check);
    for (size_t i = 0; i < 3 && (int)i + 1 < r.h; i++)
        canvas_cstr(c, r.x + 1, r.y + 1 + (int)i, r.w - 2, styles[i], lines[i]);
    if (*f->suppressed && r.h > 4)
        canvas_cstr(c, r.x + 1, r.y + 4, r.w - 2, STYLE_DIM, f->suppressed);
    else if (*f->act && r.h > 4)
        canvas_cstr(c, r.x + 1, r.y + 4, r.w - 2, STYLE_CODE, f->act);
}

static void draw_group_help(struct canvas *c, struct rect r)
{
    canvas_hline(c, r.x, r.y, r.w, STYLE_FRAME);
    canvas_cstr(c, r.x + 1, r.y + 1, r.w - 2, STYLE_DIM,
                "Enter or o folds the service, h closes it, l opens it.");
}

static void draw(struct screen *s, const struct model *m, struct canvas *c, struct rect r)
{
    bool roomy = r.h >= ROOMY_ROWS;
    struct rect detail = {r.x, r.y + r.h - DETAIL_ROWS, r.w, DETAIL_ROWS};
    const struct security_groups *g = security_groups_update(s, m);
    const struct finding *f;
    size_t item;

    if (r.h > 2 * HEAD_ROWS) {
        draw_head(m, s->now_ms, c, r);
        r.y += HEAD_ROWS;
        r.h -= HEAD_ROWS;
    }
    if (is_reading(m) && !m->findings.count) {
        security_progress_places(m, c, (struct rect){r.x + 1, r.y, r.w - 2, r.h});
        return;
    }
    if (roomy && m->findings.count)
        r.h -= DETAIL_ROWS;
    list_draw(&s->security, g, s->tick_ms, c, r, screen_in_list(s) && !s->input_focus);
    s->late = s->late || s->security.late;
    item = list_selected(&s->security, g);
    f = item == SIZE_MAX ? NULL : at(g, item);
    if (roomy && f)
        draw_detail(f, c, detail);
    else if (roomy && m->findings.count)
        draw_group_help(c, detail);
}

/* ---- the page ---- */

static void note(struct screen *s, const struct model *m, char *out, size_t size)
{
    size_t n[FINDING_SEVERITIES];

    if (!m->findings.count)
        return;
    if (*s->security.filter || s->security.marked) {
        (void)snprintf(out, size, "%.0zu%s/%.40s %zu of %zu", s->security.marked,
                       s->security.marked ? " marked  " : "", s->security.filter,
                       list_shown(&s->security), m->findings.count);
        return;
    }
    model_findings_count(m, n);
    (void)snprintf(out, size, "%zu critical  %zu high  %zu medium  %zu low", n[FINDING_CRITICAL],
                   n[FINDING_HIGH], n[FINDING_MEDIUM], n[FINDING_LOW] + n[FINDING_INFO]);
}

static const struct finding *selected(struct screen *s, const struct model *m)
{
    const struct security_groups *g = security_groups_update(s, m);
    size_t item;

    list_update(&s->security, g, s->tick_ms);
    item = list_selected(&s->security, g);
    return item == SIZE_MAX ? NULL : at(g, item);
}

static bool open_selected(struct screen *s, const struct model *m)
{
    const struct finding *f = selected(s, m);

    return f ? screen_push(s, PAGE_FINDING, f->id) : security_fold(s, m, SECURITY_FOLD_TURN);
}

static struct list *list(struct screen *s)
{
    return &s->security;
}

static const void *list_data(struct screen *s, const struct model *m)
{
    return security_groups_update(s, m);
}

const struct root_def root_security = {
    .name = "Security",
    .number = "9",
    .draw = draw,
    .note = note,
    .open = open_selected,
    .list = list,
    .list_data = list_data,
};

const struct finding *screen_finding(struct screen *s, const struct model *m)
{
    if (s->depth)
        return s->stack[s->depth - 1].page == PAGE_FINDING
                   ? model_finding(m, s->stack[s->depth - 1].id)
                   : NULL;
    return s->root == ROOT_SECURITY ? selected(s, m) : NULL;
}
