/* theme.c - see theme.h. */
#include "runbook/view/theme.h"

#include <stdio.h>
#include <stdlib.h>

#include "runbook/base/file.h"
#include "runbook/base/num.h"
#include "runbook/base/text.h"
#include "runbook/codec/yaml.h"
#include "src/view/theme_priv.h"

#define THEME_MAX_BYTES (64 * 1024)

static const char *const names[STYLES] = {
    [STYLE_TEXT] = "text",
    [STYLE_DIM] = "dim",
    [STYLE_STRONG] = "strong",
    [STYLE_CODE] = "code",
    [STYLE_HEADING] = "heading",
    [STYLE_FRAME] = "frame",
    [STYLE_FRAME_FOCUS] = "frame-focus",
    [STYLE_TITLE] = "title",
    [STYLE_TITLE_FOCUS] = "title-focus",
    [STYLE_STATUS_BAR] = "status-bar",
    [STYLE_STATUS] = "status",
    [STYLE_STATUS_STRONG] = "status-strong",
    [STYLE_KEY] = "key",
    [STYLE_USER] = "user",
    [STYLE_TOOL] = "tool",
    [STYLE_EVIDENCE] = "evidence",
    [STYLE_ACCENT] = "accent",
    [STYLE_OK] = "ok",
    [STYLE_WARNING] = "warning",
    [STYLE_DANGER] = "danger",
    [STYLE_CONFIRMED] = "confirmed",
    [STYLE_PRUNED] = "pruned",
    [STYLE_BAR] = "bar",
    [STYLE_BAR_EMPTY] = "bar-empty",
    [STYLE_INPUT] = "input",
    [STYLE_SELECTED] = "selected",
    [STYLE_SELECTED_BLUR] = "selected-blur",
    [STYLE_MATCH] = "match",
    [STYLE_MATCH_CURRENT] = "match-current",
    [STYLE_EMPHASIS] = "emphasis",
    [STYLE_STRIKE] = "strike",
    [STYLE_LINK] = "link",
    [STYLE_SYNTAX_COMMENT] = "syntax-comment",
    [STYLE_SYNTAX_STRING] = "syntax-string",
    [STYLE_SYNTAX_NUMBER] = "syntax-number",
    [STYLE_SYNTAX_KEYWORD] = "syntax-keyword",
    [STYLE_SHADE] = "shade",
};

const char *style_name(enum style s)
{
    return names[s];
}

/* In the order of ANSI's numbers. */
static const char *const ansi_names[16] = {
    "black",        "red",           "green",       "yellow",         "blue",
    "magenta",      "cyan",          "white",       "bright-black",   "bright-red",
    "bright-green", "bright-yellow", "bright-blue", "bright-magenta", "bright-cyan",
    "bright-white",
};

static const struct {
    const char *name;
    unsigned attr;
} attr_names[] = {
    {"bold", ATTR_BOLD},     {"dim", ATTR_DIM},         {"underline", ATTR_UNDERLINE},
    {"italic", ATTR_ITALIC}, {"reverse", ATTR_REVERSE},
};

/* ---- reading ---- */

static enum err_code bad(struct err *err, const struct value *v, const char *what)
{
    return err_set(err, ERR_INPUT, "line %u: '%.*s': %s", v->line, STR_FMT(v->key), what);
}

static bool ansi_number(struct str name, int limit, int8_t *ret)
{
    if (str_eq_c(name, "default")) {
        *ret = -1;
        return true;
    }
    for (int i = 0; i < limit; i++) {
        if (str_eq_c(name, ansi_names[i])) {
            *ret = (int8_t)i;
            return true;
        }
    }
    return false;
}

static bool rgb_number(struct str text, uint32_t *ret)
{
    uint64_t v;

    if (text.len != 7 || text.ptr[0] != '#' || !num_u64_base((struct str){text.ptr + 1, 6}, 16, &v))
        return false;
    *ret = (uint32_t)v;
    return true;
}

static enum err_code read_color(const struct value *v, struct theme_color *ret, struct err *err)
{
    const struct value *rgb = value_at(v, 0), *c16 = value_at(v, 1), *c8 = value_at(v, 2);

    ret->set = true;
    if (value_count(v) != 3 || rgb->type != VALUE_STRING || c16->type != VALUE_STRING ||
        c8->type != VALUE_STRING)
        return bad(err, v, "a colour is a list like [\"#7aa2f7\", bright-blue, blue]");
    ret->palette = ansi_number(rgb->u.string, 16, &ret->ansi16);
    if (!ret->palette && !rgb_number(rgb->u.string, &ret->rgb))
        return bad(err, v,
                   "the first colour must look like \"#7aa2f7\", or be a name as the second");
    if (!ansi_number(c16->u.string, 16, &ret->ansi16))
        return bad(err, v,
                   "the second colour must be default, black ... white or bright-black ... "
                   "bright-white");
    if (!ansi_number(c8->u.string, 8, &ret->ansi8))
        return bad(err, v, "the third colour must be default or black ... white");
    return ERR_OK;
}

static enum err_code find_color(const struct value *colors, const struct value *style,
                                struct str name, struct theme_color *ret, struct err *err)
{
    char text[160];

    if (str_eq_c(name, "default")) {
        *ret = (struct theme_color){.set = false};
        return ERR_OK;
    }
    VALUE_EACH (c, colors) {
        if (str_eq(c->key, name))
            return read_color(c, ret, err);
    }
    snprintf(text, sizeof(text), "there is no colour and no attribute \"%.*s\"",
             (int)(name.len > 60 ? 60 : name.len), name.ptr);
    return bad(err, style, text);
}

static bool find_attr(struct str word, unsigned *attrs)
{
    for (size_t i = 0; i < sizeof(attr_names) / sizeof(attr_names[0]); i++) {
        if (str_eq_c(word, attr_names[i].name)) {
            *attrs |= attr_names[i].attr;
            return true;
        }
    }
    return false;
}

static enum err_code read_style(const struct value *colors, const struct value *v,
                                struct theme_style *ret, struct err *err)
{
    struct str rest, word;
    bool background = false;
    enum err_code rc;

    if (v->type != VALUE_STRING)
        return bad(err, v, "a role is text like: blue on grey bold");
    *ret = (struct theme_style){.attrs = 0};
    for (rest = v->u.string; str_split(&rest, ' ', &word);) {
        if (word.len == 0 || find_attr(word, &ret->attrs))
            continue;
        if (str_eq_c(word, "on")) {
            background = true;
            continue;
        }
        rc = find_color(colors, v, word, background ? &ret->bg : &ret->fg, err);
        if (rc)
            return rc;
        background = false;
    }
    return ERR_OK;
}

static enum style style_from_name(struct str name)
{
    int s = 0;

    while (s < STYLES && !str_eq_c(name, names[s]))
        s++;
    return (enum style)s;
}

static enum err_code unknown_role(struct err *err, const struct value *v)
{
    const char *near = NULL;
    unsigned best = 4;
    char text[160];

    for (int s = 0; s < STYLES; s++) {
        unsigned d = text_distance(v->key, str_from(names[s]), best);

        if (d < best) {
            best = d;
            near = names[s];
        }
    }
    snprintf(text, sizeof(text), "no such role%s%s%s", near ? "; did you mean " : "",
             near ? near : "", near ? "?" : "");
    return bad(err, v, text);
}

/* Laid over cells that have a background of their own. */
static bool is_overlay(enum style s)
{
    return s == STYLE_STATUS_BAR || s == STYLE_SELECTED || s == STYLE_SELECTED_BLUR ||
           s == STYLE_MATCH || s == STYLE_MATCH_CURRENT || s == STYLE_SHADE;
}

static void inherit(struct theme *t)
{
    const struct theme_style *text = &t->styles[STYLE_TEXT];

    for (int s = 0; s < STYLES; s++) {
        if (is_overlay((enum style)s))
            continue;
        if (!t->styles[s].fg.set)
            t->styles[s].fg = text->fg;
        if (!t->styles[s].bg.set)
            t->styles[s].bg = text->bg;
    }
}

static enum err_code read_background(struct theme *t, const struct value *v, struct err *err)
{
    if (!v)
        return ERR_OK;
    t->has_background = v->type == VALUE_STRING && rgb_number(v->u.string, &t->background);
    return t->has_background ? ERR_OK : bad(err, v, "a background looks like \"#16161e\"");
}

static enum err_code read_theme(struct theme *t, const struct value *root, struct err *err)
{
    const struct value *colors = value_get(root, "colors"), *styles = value_get(root, "styles");
    enum err_code rc;

    if (!root || root->type != VALUE_OBJECT || !styles || styles->type != VALUE_OBJECT)
        return err_set(err, ERR_INPUT, "a theme needs 'styles:' with roles below it");
    snprintf(t->name, sizeof(t->name), "%s", value_cstr_or(root, "name", "unnamed"));
    VALUE_EACH (v, styles) {
        enum style s = style_from_name(v->key);

        if (s == STYLES)
            return unknown_role(err, v);
        rc = read_style(colors, v, &t->styles[s], err);
        if (rc)
            return rc;
    }
    inherit(t);
    return read_background(t, value_get(root, "background"), err);
}

const char *theme_name_at(size_t index)
{
    for (size_t i = 0; theme_texts[i].name; i++)
        if (i == index)
            return theme_texts[i].name;
    return NULL;
}

enum err_code theme_parse(struct theme *ret, const char *path, struct str text, struct err *err)
{
    struct arena *arena = arena_new(0);
    const struct value *root = NULL;
    struct theme t = {.name = ""};
    enum err_code rc;

    rc = yaml_parse(arena, text, &root, err);
    if (!rc)
        rc = read_theme(&t, root, err);
    if (rc)
        rc = err_wrap(err, "%s", path);
    else
        *ret = t;
    arena_free(arena);
    return rc;
}

static enum err_code load_file(struct theme *ret, const char *path, struct err *err)
{
    struct buf text = BUF_INIT(THEME_MAX_BYTES);
    enum err_code rc = file_read(path, &text, err);

    if (!rc)
        rc = theme_parse(ret, path, buf_str(&text), err);
    buf_release(&text);
    return rc;
}

enum err_code theme_load(struct theme *ret, const char *name, struct err *err)
{
    char known[160] = "";
    size_t at = 0;

    for (size_t i = 0; theme_texts[i].name; i++) {
        if (strcmp(theme_texts[i].name, name) == 0)
            return theme_parse(ret, name, str_from(theme_texts[i].text), err);
        if (at < sizeof(known) - 1)
            at += (size_t)snprintf(known + at, sizeof(known) - at, "%s%s", i ? ", " : "",
                                   theme_texts[i].name);
    }
    if (strchr(name, '/') || str_ends(str_from(name), ".theme"))
        return load_file(ret, name, err);
    return err_set(err, ERR_NOT_FOUND,
                   "there is no theme \"%s\": use %s, or the path of a .theme file", name, known);
}

const char *theme_guess(const char *colorfgbg)
{
    const char *bg = colorfgbg ? strrchr(colorfgbg, ';') : NULL;

    return bg && (strcmp(bg, ";7") == 0 || strcmp(bg, ";15") == 0) ? "light" : "dark";
}

/* ---- looks ---- */

static int channel_distance(uint32_t a, uint32_t b)
{
    int sum = 0;

    for (int shift = 0; shift <= 16; shift += 8) {
        int d = (int)((a >> shift) & 0xFF) - (int)((b >> shift) & 0xFF);

        sum += d * d;
    }
    return sum;
}

/* Source: xterm's 256colres.h: a 6x6x6 cube of these levels from 16, 24 greys from 232. */
int theme_nearest_256(uint32_t rgb)
{
    static const uint32_t levels[6] = {0, 95, 135, 175, 215, 255};
    int best = 16, best_distance = INT32_MAX;

    for (int i = 16; i < 256; i++) {
        uint32_t grey = (uint32_t)(8 + 10 * (i - 232)), at;
        int n = i - 16, d;

        at = i >= 232 ? grey << 16 | grey << 8 | grey
                      : levels[n / 36] << 16 | levels[n / 6 % 6] << 8 | levels[n % 6];
        d = channel_distance(at, rgb);
        if (d < best_distance) {
            best = i;
            best_distance = d;
        }
    }
    return best;
}

static int32_t color_at(const struct theme_color *c, enum color_level level)
{
    if (!c->set)
        return -1;
    switch (level) {
    case COLORS_NONE:
        return -1;
    case COLORS_8:
        return c->ansi8;
    case COLORS_16:
        return c->ansi16;
    case COLORS_256:
        return c->palette ? c->ansi16 : theme_nearest_256(c->rgb);
    case COLORS_DIRECT:
        return !c->palette ? (int32_t)c->rgb : c->ansi16 < 0 ? -1 : LOOK_PALETTE + c->ansi16;
    }
    return -1;
}

static bool is_light(const struct theme *t)
{
    return t->has_background && (t->background >> 8 & 0xFF) > 0x7F; /* green is most of luminance */
}

struct look theme_look(const struct theme *t, enum color_level level, enum style style,
                       enum style overlay)
{
    const struct theme_style *s = &t->styles[style], *o = &t->styles[overlay];
    struct look look = {color_at(&s->fg, level), color_at(&s->bg, level), s->attrs};

    if (overlay != STYLE_TEXT) {
        look.fg = o->fg.set ? color_at(&o->fg, level) : look.fg;
        look.bg = o->bg.set ? color_at(&o->bg, level) : look.bg;
        look.attrs |= o->attrs;
        /* Reversed, every coloured word would be a block of its colour: a bar is one colour. */
        if (o->attrs & ATTR_REVERSE && !o->fg.set) {
            look.fg = -1;
            look.attrs &= ~(unsigned)ATTR_DIM;
        }
    }
    /* Many terminals show bold in the brighter colour: grey for black, and on paper hardly seen. */
    if ((level == COLORS_8 || level == COLORS_16) && look.fg >= 0 &&
        (look.fg == 0 || (look.fg < 8 && is_light(t))))
        look.attrs &= ~(unsigned)ATTR_BOLD;
    /* Grey on a grey bar, blue on a blue bar: readable comes before pretty. */
    if (look.fg >= 0 && look.fg == look.bg)
        look.fg = -1;
    return look;
}
