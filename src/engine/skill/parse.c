/* parse.c - what all formats of skills share: problems with their places, and mappings whose keys
 * are all known. */
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>

#include "runbook/base/num.h"
#include "runbook/base/text.h"
#include "runbook/base/timefmt.h"
#include "runbook/codec/yaml.h"
#include "src/engine/skill/skill_priv.h"

#define DURATION_MAX_MS ((int64_t)24 * 3600 * 1000)
#define SHOWN 60

/* ---- problems ---- */

static void note(struct skill_load *l, bool warning, struct expr_at at, const char *fmt, va_list ap)
    __attribute__((format(printf, 4, 0)));
static void note(struct skill_load *l, bool warning, struct expr_at at, const char *fmt, va_list ap)
{
    char text[ERR_MSG_MAX];
    struct skill_problem *p;

    l->failed = l->failed || !warning;
    if (l->problems.count == SKILL_PROBLEMS_MAX)
        return;
    vsnprintf(text, sizeof(text), fmt, ap);
    if (l->problems.count == SKILL_PROBLEMS_MAX - 1) {
        at = (struct expr_at){0, 0};
        warning = false;
        snprintf(text, sizeof(text), "too many problems: the rest is not listed");
    }
    p = VEC_PUSH(&l->problems);
    *p = (struct skill_problem){
        .warning = warning, .line = at.line, .col = at.col, .text = arena_strdup(l->arena, text)};
}

static struct expr_at value_place(const struct value *v)
{
    return v ? (struct expr_at){v->line, v->col} : (struct expr_at){0, 0};
}

void skill_wrong(struct skill_load *l, const struct value *at, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    note(l, false, value_place(at), fmt, ap);
    va_end(ap);
}

void skill_warn(struct skill_load *l, const struct value *at, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    note(l, true, value_place(at), fmt, ap);
    va_end(ap);
}

void skill_wrong_at(struct skill_load *l, struct expr_at at, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    note(l, false, at, fmt, ap);
    va_end(ap);
}

static void warn_at(struct skill_load *l, struct expr_at at, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
static void warn_at(struct skill_load *l, struct expr_at at, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    note(l, true, at, fmt, ap);
    va_end(ap);
}

/* ---- places ---- */

void skill_find_lines(struct skill_load *l)
{
    *VEC_PUSH(&l->lines) = 0;
    for (size_t i = 0; i < l->text.len; i++) {
        if (l->text.ptr[i] == '\n')
            *VEC_PUSH(&l->lines) = i + 1;
    }
}

/* The byte at a line and column of characters; l->text.len: it is not in the text. */
static size_t byte_at(const struct skill_load *l, uint32_t line, uint32_t col)
{
    size_t i = line && line <= l->lines.count ? l->lines.items[line - 1] : l->text.len;

    for (; col > 1 && i < l->text.len && l->text.ptr[i] != '\n'; col--) {
        i++;
        while (i < l->text.len && ((unsigned char)l->text.ptr[i] & 0xc0U) == 0x80U)
            i++;
    }
    return i;
}

/* How far the first line below a | that is not empty is indented; *ret_line is that line. */
static uint32_t block_indent(const struct skill_load *l, uint32_t line, uint32_t *ret_line)
{
    size_t i = byte_at(l, line + 1, 1), begin = i;

    for (line++; i < l->text.len; i++) {
        if (l->text.ptr[i] == '\n') {
            line++;
            begin = i + 1;
        } else if (l->text.ptr[i] != ' ' && l->text.ptr[i] != '\r') {
            break;
        }
    }
    *ret_line = line;
    return (uint32_t)(i - begin);
}

static char first_char(const struct skill_load *l, const struct value *v)
{
    size_t i = v->line ? byte_at(l, v->line, v->col) : l->text.len;

    return i < l->text.len ? l->text.ptr[i] : '\0';
}

struct expr_at skill_text_place(const struct skill_load *l, const struct value *v)
{
    struct expr_at at = {v->line, v->col};
    char c = first_char(l, v);

    if (c == '"' || c == '\'') {
        at.col++;
    } else if (c == '|' || c == '>') {
        uint32_t line, indent = block_indent(l, v->line, &line);

        at.line = v->line + 1;
        at.col = line == at.line ? indent + 1 : 1; /* empty lines at its head are part of it */
    }
    return at;
}

struct expr_at skill_place_in(const struct skill_load *l, const struct value *v, struct expr_at at)
{
    char c = first_char(l, v);
    uint32_t line;

    if ((c == '|' || c == '>') && at.line > v->line + 1)
        at.col += block_indent(l, v->line, &line);
    return at;
}

/* The value's place is behind it: the last "key:" before that. */
struct expr_at skill_key_place(const struct skill_load *l, const struct value *v)
{
    struct expr_at at = {v->line, v->col};
    bool said = l->problems.count < SKILL_PROBLEMS_MAX; /* else nobody will read it */
    size_t end = v->line && said ? byte_at(l, v->line, v->col) : 0;

    for (size_t i = end > v->key.len ? end - v->key.len : 0; v->key.len && i-- > 0;) {
        const char *p = l->text.ptr + i, *q = p + v->key.len;
        const char *stop = l->text.ptr + end;

        if (memcmp(p, v->key.ptr, v->key.len) != 0)
            continue;
        if (i && (isalnum((unsigned char)p[-1]) || p[-1] == '_'))
            continue;
        while (q < stop && (*q == '"' || *q == '\'' || *q == ' '))
            q++;
        if (q == stop || *q != ':')
            continue;
        at = (struct expr_at){1, 1};
        for (const char *c = l->text.ptr; c < p; c++) {
            at.line += *c == '\n';
            at.col = *c == '\n' ? 1 : at.col + (((unsigned char)*c & 0xc0U) != 0x80U);
        }
        return at;
    }
    return at;
}

bool skill_take_place(struct str *rest, const char *before, const char *between,
                      struct expr_at *ret)
{
    const char *const lead[2] = {before, between};
    int64_t number[2] = {0, 0};
    struct str s = *rest;

    for (int i = 0; i < 2; i++) {
        size_t n = 0;

        if (!str_starts(s, lead[i]))
            return false;
        s.ptr += strlen(lead[i]);
        s.len -= strlen(lead[i]);
        while (n < s.len && isdigit((unsigned char)s.ptr[n]))
            n++;
        if (!num_i64((struct str){s.ptr, n}, &number[i]) || number[i] > UINT32_MAX)
            return false;
        s.ptr += n;
        s.len -= n;
    }
    if (!str_starts(s, ": "))
        return false;
    *ret = (struct expr_at){(uint32_t)number[0], (uint32_t)number[1]};
    *rest = (struct str){s.ptr + 2, s.len - 2};
    return true;
}

const struct value *skill_yaml(struct skill_load *l, struct str text)
{
    const struct value *v = NULL;
    struct expr_at at = {0, 0};
    struct str what;
    struct err err;

    if (!yaml_parse(l->arena, text, &v, &err))
        return v;
    what = str_from(err.msg);
    skill_take_place(&what, "line ", " column ", &at);
    skill_wrong_at(l, at, "%s", what.ptr);
    return NULL;
}

/* ---- fields ---- */

const char *skill_type_words(const struct value *v)
{
    switch (v->type) {
    case VALUE_NULL:
        return "nothing";
    case VALUE_BOOL:
        return "true or false";
    case VALUE_NUMBER:
        return "a number";
    case VALUE_STRING:
        return "a text";
    case VALUE_ARRAY:
        return "a list";
    case VALUE_OBJECT:
        return "a mapping";
    }
    return "something else";
}

/* "onError" as "on_error". */
static void to_snake(struct str key, char *out, size_t size)
{
    size_t n = 0;

    for (size_t i = 0; i < key.len && n + 3 < size; i++) {
        if (isupper((unsigned char)key.ptr[i]) && i)
            out[n++] = '_';
        out[n++] = (char)tolower((unsigned char)key.ptr[i]);
    }
    out[n] = '\0';
}

bool skill_key_is(struct str key, const char *snake)
{
    size_t i = 0;

    for (; i < key.len; i++, snake++) {
        char c = key.ptr[i];

        if (c == *snake)
            continue;
        if (*snake != '_' || !isupper((unsigned char)c) || tolower((unsigned char)c) != snake[1])
            return false;
        snake++;
    }
    return !*snake;
}

const struct value *skill_get(const struct value *obj, const char *snake)
{
    if (!obj || obj->type != VALUE_OBJECT)
        return NULL;
    VALUE_EACH (m, obj) {
        if (skill_key_is(m->key, snake))
            return m->type == VALUE_NULL ? NULL : m;
    }
    return NULL;
}

const char *skill_near(const char *word, const char *const *names, size_t count)
{
    size_t len = strlen(word);
    unsigned best = (unsigned)(len < 6 ? 1 : len < 12 ? 2 : 3) + 1;
    const char *found = NULL;

    for (size_t i = 0; i < count; i++) {
        unsigned d = text_distance(str_from(word), str_from(names[i]), best);

        if (d < best && d < strlen(names[i])) {
            best = d;
            found = names[i];
        }
    }
    return found;
}

#define FIELDS_MAX 48

static void unknown_key(struct skill_load *l, const struct value *m,
                        const struct skill_field *fields, size_t count, bool lenient)
{
    const char *names[FIELDS_MAX], *near;
    struct expr_at at = skill_key_place(l, m);
    struct buf known = BUF_INIT(BUF_NO_MAX);
    char word[SHOWN + 4];

    to_snake(m->key, word, sizeof(word));
    for (size_t i = 0; i < count && i < FIELDS_MAX; i++) {
        names[i] = fields[i].key;
        buf_addf(&known, "%s%s", i ? ", " : "", fields[i].key);
    }
    near = skill_near(word, names, count < FIELDS_MAX ? count : FIELDS_MAX);
    if (near)
        skill_wrong_at(l, at, "'%.*s' is not known here; did you mean '%s'?", SHOWN, m->key.ptr,
                       near);
    else if (lenient)
        warn_at(l, at, "'%.*s' is not known here and is not read", SHOWN, m->key.ptr);
    else
        skill_wrong_at(l, at, "'%.*s' is not known here; known are: %.300s", SHOWN, m->key.ptr,
                       buf_cstr(&known));
    buf_release(&known);
}

static const struct skill_field *field_of(const struct skill_field *fields, size_t count,
                                          struct str key)
{
    for (size_t i = 0; i < count; i++) {
        if (skill_key_is(key, fields[i].key))
            return &fields[i];
    }
    return NULL;
}

bool skill_fields(struct skill_load *l, const struct value *v, const struct skill_field *fields,
                  size_t count, bool lenient, void *to)
{
    bool seen[FIELDS_MAX] = {false}, whole = true;

    if (v->type != VALUE_OBJECT) {
        skill_wrong(l, v, "here stands a mapping (key: value), not %s", skill_type_words(v));
        return false;
    }
    VALUE_EACH (m, v) {
        const struct skill_field *f = field_of(fields, count, m->key);

        if (!f) {
            unknown_key(l, m, fields, count, lenient);
        } else if (seen[f - fields]) {
            skill_wrong_at(l, skill_key_place(l, m), "'%s' stands here in two spellings", f->key);
        } else if (m->type == VALUE_NULL) {
            skill_wrong_at(l, skill_key_place(l, m), "'%s' is empty: leave it out, or say it",
                           f->key);
            seen[f - fields] = true;
        } else {
            seen[f - fields] = true;
            f->read(l, m, (char *)to + f->offset);
        }
    }
    for (size_t i = 0; i < count; i++) {
        if (fields[i].needed && !seen[i]) {
            skill_wrong(l, v, "'%s' is missing", fields[i].key);
            whole = false;
        }
    }
    return whole;
}

/* ---- readers ---- */

static bool need_text(struct skill_load *l, const struct value *v, size_t max)
{
    if (v->type != VALUE_STRING) {
        skill_wrong(l, v, "'%.*s' is a text, not %s%s", SHOWN, v->key.ptr ? v->key.ptr : "entry",
                    skill_type_words(v),
                    v->type == VALUE_NUMBER || v->type == VALUE_BOOL ? ": put it in quotes" : "");
        return false;
    }
    if (!str_trim(v->u.string).len) {
        skill_wrong(l, v, "'%.*s' is empty", SHOWN, v->key.ptr ? v->key.ptr : "entry");
        return false;
    }
    if (v->u.string.len > max) {
        skill_wrong(l, v, "'%.*s' has %zu bytes: at most %zu are taken", SHOWN,
                    v->key.ptr ? v->key.ptr : "entry", v->u.string.len, max);
        return false;
    }
    return true;
}

void skill_read_line(struct skill_load *l, const struct value *v, void *to)
{
    struct str s;

    if (!need_text(l, v, SKILL_LINE_MAX))
        return;
    s = str_trim(v->u.string);
    for (size_t i = 0; i < s.len; i++) {
        if ((unsigned char)s.ptr[i] < 0x20 || s.ptr[i] == 0x7f) {
            skill_wrong(l, v, "'%.*s' is one line, without control characters", SHOWN,
                        v->key.ptr ? v->key.ptr : "entry");
            return;
        }
    }
    *(const char **)to = arena_str(l->arena, s);
}

void skill_read_words(struct skill_load *l, const struct value *v, void *to)
{
    if (need_text(l, v, SKILL_TEXT_MAX))
        *(const char **)to = arena_str(l->arena, str_trim(v->u.string));
}

void skill_read_texts(struct skill_load *l, const struct value *v, void *to)
{
    struct skill_texts *texts = to;
    const char **items;
    size_t n = v->type == VALUE_ARRAY ? value_count(v) : 1;

    if (n > SKILL_LIST_MAX) {
        skill_wrong(l, v, "'%s' has %zu entries: at most %d are taken", v->key.ptr, n,
                    SKILL_LIST_MAX);
        return;
    }
    items = arena_array(l->arena, n + 1, sizeof(*items));
    texts->items = items;
    if (v->type != VALUE_ARRAY) {
        skill_read_line(l, v, &items[0]);
        texts->count = items[0] ? 1 : 0;
        return;
    }
    VALUE_EACH (item, v) {
        skill_read_line(l, item, &items[texts->count]);
        texts->count += items[texts->count] ? 1 : 0;
    }
}

void skill_read_bool(struct skill_load *l, const struct value *v, void *to)
{
    if (v->type == VALUE_BOOL)
        *(bool *)to = v->u.boolean;
    else
        skill_wrong(l, v, "'%s' is true or false", v->key.ptr);
}

void skill_read_duration(struct skill_load *l, const struct value *v, void *to)
{
    int64_t ms = 0;

    if (v->type == VALUE_NUMBER && v->u.number > 0 && v->u.number <= 86400)
        ms = (int64_t)(v->u.number * 1000);
    else if (v->type != VALUE_STRING || !duration_parse(v->u.string, &ms))
        ms = 0;
    if (ms <= 0 || ms > DURATION_MAX_MS)
        skill_wrong(l, v, "'%s' is a duration such as 30s or 5m, above 0 and at most 1d",
                    v->key.ptr);
    else
        *(int64_t *)to = ms;
}

void skill_read_value(struct skill_load *l, const struct value *v, void *to)
{
    (void)l;
    *(const struct value **)to = v;
}

void skill_read_nothing(struct skill_load *l, const struct value *v, void *to)
{
    (void)l;
    (void)v;
    (void)to;
}

void skill_read_risk(struct skill_load *l, const struct value *v, void *to)
{
    if (v->type != VALUE_STRING || !risk_from_name(v->u.string, to))
        skill_wrong(l, v, "'%s' is read, low, medium, high or critical", v->key.ptr);
}

bool skill_id_ok(struct str id)
{
    if (!id.len || id.len > SKILL_ID_MAX || !isalnum((unsigned char)id.ptr[0]))
        return false;
    for (size_t i = 0; i < id.len; i++) {
        unsigned char c = (unsigned char)id.ptr[i];

        if (c >= 0x80 || (!isalnum(c) && c != '_' && c != '-'))
            return false;
    }
    return true;
}

void skill_read_id(struct skill_load *l, const struct value *v, void *to)
{
    if (v->type != VALUE_STRING || !skill_id_ok(v->u.string))
        skill_wrong(l, v,
                    "'%s' is 1 to %d letters, digits, '_' and '-', and begins with a letter "
                    "or digit",
                    v->key.ptr, SKILL_ID_MAX);
    else
        *(const char **)to = arena_str(l->arena, v->u.string);
}
