/* transcript_tool.c - a query in the investigation pane: one line, which opens in place to what was
 * asked, how long it took and the first lines of what came back. */
#include "src/view/transcript_priv.h"

#include <stdio.h>

#include "runbook/base/num.h"
#include "runbook/base/text.h"
#include "runbook/codec/json.h"
#include "src/view/highlight_priv.h"

#define INDENT 2
#define LABEL_CELLS 10
#define EXCERPT_LINES 12
#define EXCERPT_BYTES 4096
#define ARGS_MAX 32
#define ARG_CELLS 400

static void lay_head(struct entry *e, const struct tool_run *t)
{
    static const enum glyph glyphs[TOOL_STATUSES] = {
        [TOOL_OK] = GLYPH_OK,       [TOOL_EMPTY] = GLYPH_EMPTY,  [TOOL_ERROR] = GLYPH_PRUNED,
        [TOOL_DENIED] = GLYPH_WARN, [TOOL_TIMEOUT] = GLYPH_WARN, [TOOL_CANCELED] = GLYPH_CANCELED,
    };
    static const enum style styles[TOOL_STATUSES] = {
        [TOOL_OK] = STYLE_OK,          [TOOL_EMPTY] = STYLE_DIM,       [TOOL_ERROR] = STYLE_DANGER,
        [TOOL_DENIED] = STYLE_WARNING, [TOOL_TIMEOUT] = STYLE_WARNING, [TOOL_CANCELED] = STYLE_DIM,
    };
    struct para *p = rich_para(&e->rich, 0, 0);
    const char *title = t->title; /* a model's begins with the tool's name */

    e->has_glyph = true;
    e->glyph = t->ended ? glyphs[t->status] : GLYPH_RUNNING;
    e->glyph_style = t->ended ? styles[t->status] : STYLE_ACCENT;
    if (t->ended)
        duration_format(t->duration_ms, e->tail);
    else if (t->known)
        snprintf(e->tail, sizeof(e->tail), "%lld/%lld", (long long)t->done, (long long)t->known);
    else
        snprintf(e->tail, sizeof(e->tail), "running");
    e->tail_style = t->ended ? STYLE_DIM : STYLE_ACCENT;
    p->whole = true;
    p->tail = (int)strlen(e->tail) + 1;
    rich_adds(&e->rich, STYLE_TOOL, t->tool);
    rich_addf(&e->rich, STYLE_TEXT, "  %s",
              title + (str_starts(str_from(title), t->tool) ? strlen(t->tool) : 0));
    if (t->ended && t->status == TOOL_OK && *t->summary)
        rich_addf(&e->rich, STYLE_DIM, "  %s", t->summary);
    if (t->ended && t->status == TOOL_EMPTY)
        rich_adds(&e->rich, STYLE_DIM, "  no data");
    if (!t->ended && *t->found)
        rich_addf(&e->rich, STYLE_DIM, "  %s", t->found);
}

static void lay_error(struct entry *e, const struct tool_run *t)
{
    if (!t->ended && *t->trouble) {
        rich_para(&e->rich, 0, 0);
        rich_adds(&e->rich, STYLE_WARNING, t->trouble);
    }
    if (!t->ended || t->status <= TOOL_EMPTY)
        return;
    rich_para(&e->rich, 0, 0);
    rich_addf(&e->rich, e->glyph_style, "%s%s%s", tool_status_name(t->status),
              *t->error ? ": " : "", t->error);
}

/* ---- opened ---- */

static void label(struct rich *r, const char *name)
{
    rich_para(r, INDENT, INDENT + LABEL_CELLS);
    rich_addf(r, STYLE_DIM, "%-*s", LABEL_CELLS, name);
}

static void field(struct rich *r, const char *name, enum style style, const char *text)
{
    if (!*text)
        return;
    label(r, name);
    rich_adds(r, style, text);
}

static void on_piece(void *ctx, enum style style, struct str piece)
{
    rich_add_clean(ctx, style, 0, piece);
}

static void add_code(struct rich *r, struct highlighter *h, struct str line)
{
    struct buf clean = BUF_INIT(1 << 20);

    text_sanitize(&clean, line, false, r->ascii);
    if (clean.len)
        highlight_line(h, buf_str(&clean), on_piece, r);
    buf_release(&clean);
}

/* The language that a tool is asked in. */
static struct str language_of(const char *tool)
{
    static const struct {
        const char *part, *language;
    } known[] = {{"prom", "promql"}, {"sql", "sql"}, {"log", "logql"}};

    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (strstr(tool, known[i].part))
            return str_from(known[i].language);
    return STR_LIT("sh");
}

static void add_query(struct rich *r, const struct tool_run *t)
{
    struct highlighter h;
    struct str rest = str_from(t->query), line;
    bool first = true;

    highlight_begin(&h, language_of(t->tool), STR_LIT(""));
    while (str_line(&rest, &line)) {
        label(r, first ? "query" : "");
        add_code(r, &h, line);
        first = false;
    }
}

static void add_value(struct rich *r, const struct value *v)
{
    struct json_writer w;
    struct buf json = BUF_INIT(1 << 16);

    if (v->type == VALUE_STRING) {
        rich_add(r, STYLE_CODE, text_fit(v->u.string, ARG_CELLS, NULL));
        return;
    }
    json_writer_init(&w, &json);
    json_value(&w, v);
    rich_add(r, STYLE_CODE, text_fit(buf_str(&json), ARG_CELLS, NULL));
    buf_release(&json);
}

/* Each argument on a line of its own; what is no object is shown as it is. */
static void add_args(struct rich *r, const char *args)
{
    struct arena *arena = arena_new(0);
    const struct value *all = NULL;
    struct err err = ERR_INIT;
    bool first = true;
    size_t left = ARGS_MAX;

    if (json_parse(arena, str_from(args), &all, &err) != ERR_OK || all->type != VALUE_OBJECT) {
        field(r, "args", STYLE_CODE, args);
        arena_free(arena);
        return;
    }
    VALUE_EACH (v, all) {
        label(r, first ? "args" : "");
        if (left-- == 0) {
            rich_addf(r, STYLE_DIM, "%zu more", value_count(all) - ARGS_MAX);
            break;
        }
        rich_add(r, STYLE_SYNTAX_KEYWORD, v->key);
        rich_adds(r, STYLE_DIM, " ");
        add_value(r, v);
        first = false;
    }
    arena_free(arena);
}

static void add_timing(struct rich *r, const struct tool_run *t)
{
    char at[TIME_TEXT_MAX], took[TIME_TEXT_MAX], size[48];

    time_format_hms(t->started_ms, true, at);
    label(r, "call");
    rich_addf(r, STYLE_TEXT, "%s", t->call);
    rich_addf(r, STYLE_DIM, "  at %s", at);
    if (!t->ended)
        return;
    duration_format(t->duration_ms, took);
    rich_addf(r, STYLE_DIM, "  took %s  %s", took, tool_status_name(t->status));
    if (t->rows > 0)
        rich_addf(r, STYLE_DIM, "  %lld rows", (long long)t->rows);
    if (t->size_bytes > 0) {
        num_human((double)t->size_bytes, "bytes", size);
        rich_addf(r, STYLE_DIM, "  %s", size);
    }
}

/* ---- the first lines of the result ---- */

static struct excerpt *find_excerpt(struct transcript *c, const char *hash)
{
    for (size_t i = 0; i < EXCERPTS; i++)
        if (strcmp(c->excerpts[i].hash, hash) == 0)
            return &c->excerpts[i];
    return NULL;
}

static void want(struct transcript *c, const char *hash)
{
    for (size_t i = 0; i < c->want_count; i++)
        if (strcmp(c->wants[i], hash) == 0)
            return;
    if (c->want_count < EXCERPTS)
        c->wants[c->want_count++] = hash;
}

/* JSON on one line has no blanks to break it at: give it some, for the eye only. */
static void add_blanks(struct buf *out, struct str text)
{
    bool quoted = false;

    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        bool hidden = i > 0 && text.ptr[i - 1] == '\\';

        quoted = quoted != (c == '"' && !hidden);
        buf_addc(out, c);
        if (!quoted && (c == ',' || c == ':') && i + 1 < text.len && text.ptr[i + 1] != ' ')
            buf_addc(out, ' ');
    }
}

static void add_excerpt(struct rich *r, const struct excerpt *x, const char *content_type)
{
    struct buf spaced = BUF_INIT(2 * EXCERPT_BYTES);
    struct str rest = buf_str(&x->text), line;
    struct highlighter h;
    bool json = strstr(content_type, "json") != NULL;
    bool cut = x->cut;
    int n = 0;

    if (json && !memchr(rest.ptr, '\n', rest.len)) {
        add_blanks(&spaced, rest);
        rest = text_fit(buf_str(&spaced), EXCERPT_LINES * r->width, NULL);
        cut = cut || rest.len < spaced.len;
    }

    highlight_begin(&h, json ? STR_LIT("json") : STR_LIT("log"), STR_LIT(""));
    while (n < EXCERPT_LINES && str_line(&rest, &line)) {
        struct para *p = rich_para(r, INDENT + LABEL_CELLS, INDENT + LABEL_CELLS);

        p->whole = rest.len > 0 || n > 0; /* one long line is wrapped, many are cut */
        if (n++ == 0) {
            p->indent = INDENT;
            rich_addf(r, STYLE_DIM, "%-*s", LABEL_CELLS, "result");
        }
        add_code(r, &h, line);
    }
    buf_release(&spaced);
    if (!cut && !rest.len)
        return;
    rich_para(r, INDENT + LABEL_CELLS, INDENT + LABEL_CELLS);
    rich_adds(r, STYLE_DIM, "cut here; its page has all of it");
}

static void lay_result(struct screen *s, struct rich *r, const struct tool_run *t)
{
    struct transcript *c = transcript_of(s);
    struct excerpt *x = *t->blob ? find_excerpt(c, t->blob) : NULL;

    if (!t->ended)
        return;
    if (x) {
        x->used = ++c->drawn;
        if (*x->problem)
            field(r, "result", STYLE_DANGER, x->problem);
        else if (!x->text.len)
            field(r, "result", STYLE_DIM, "empty");
        else
            add_excerpt(r, x, t->content_type);
    } else if (*t->blob) {
        field(r, "result", STYLE_DIM, "being read");
        want(c, t->blob);
    } else {
        field(r, "result", STYLE_DIM, "none was kept");
    }
}

void lay_tool(struct screen *s, const struct model *m, struct entry *e, const struct tool_run *t)
{
    (void)m;
    lay_head(e, t);
    lay_error(e, t);
    if (!item_opened(s, e->index))
        return;
    add_timing(&e->rich, t);
    field(&e->rich, "tests", STYLE_TEXT, t->hypothesis);
    add_args(&e->rich, t->args);
    add_query(&e->rich, t);
    if (t->ended && t->status <= TOOL_EMPTY)
        field(&e->rich, "answer", STYLE_TEXT, t->summary);
    lay_result(s, &e->rich, t);
}

/* ---- given by the frontend ---- */

const char *screen_wants_excerpt(const struct screen *s)
{
    const struct transcript *c = s->transcript.cache;

    return c && c->want_count ? c->wants[c->want_count - 1] : NULL;
}

static void wants_no_more(struct transcript *c, const char *hash)
{
    size_t kept = 0;

    for (size_t i = 0; i < c->want_count; i++)
        if (strcmp(c->wants[i], hash) != 0)
            c->wants[kept++] = c->wants[i];
    c->want_count = kept;
}

size_t excerpt_stamp(struct screen *s, const char *hash)
{
    const struct excerpt *x = *hash ? find_excerpt(transcript_of(s), hash) : NULL;

    return x ? x->given : 0;
}

static struct excerpt *oldest(struct transcript *c)
{
    struct excerpt *x = &c->excerpts[0];

    for (size_t i = 1; i < EXCERPTS; i++)
        if (c->excerpts[i].used < x->used)
            x = &c->excerpts[i];
    return x;
}

void screen_set_excerpt(struct screen *s, const char *hash, struct str text, const char *problem)
{
    struct transcript *c = transcript_of(s);
    struct excerpt *x = find_excerpt(c, hash);
    size_t len = text.len < EXCERPT_BYTES ? text.len : EXCERPT_BYTES;

    if (!x)
        x = oldest(c);
    while (len && len < text.len && (text.ptr[len] & 0xC0) == 0x80)
        len--;
    buf_release(&x->text);
    buf_init(&x->text, EXCERPT_BYTES);
    buf_add(&x->text, text.ptr, len);
    x->cut = len < text.len;
    x->used = x->given = ++c->drawn;
    snprintf(x->hash, sizeof(x->hash), "%s", hash);
    wants_no_more(c, hash); /* the last use of `hash`, which may be one of them */
    snprintf(x->problem, sizeof(x->problem), "%s", problem ? problem : "");
}
