/* yaml.c - see yaml.h. libyaml's events, built into values as they come: the recursion is ours and
 * stops at YAML_DEPTH_MAX, and without aliases a tree is never larger than its text. */
#include "runbook/codec/yaml.h"

#include <math.h>
#include <stdlib.h>
#include <yaml.h>

#include "runbook/base/mem.h"
#include "runbook/base/num.h"
#include "runbook/base/text.h"
#include "runbook/base/vec.h"
#include "value_priv.h"

struct builder {
    yaml_parser_t parser;
    struct str text;
    struct arena *arena;
    struct err *err;
    int depth;
};

static enum err_code fail_at(struct err *err, yaml_mark_t mark, const char *what)
{
    return err_set(err, ERR_INPUT, "line %zu column %zu: %s", mark.line + 1, mark.column + 1, what);
}

/* Line and column of a byte; what the reader refuses has no mark. */
static enum err_code fail_at_byte(struct err *err, struct str text, size_t at, const char *what)
{
    yaml_mark_t mark = {0};

    for (size_t i = 0; i < at && i < text.len; i++) {
        if (text.ptr[i] == '\n') {
            mark.line++;
            mark.column = 0;
        } else {
            mark.column += ((unsigned char)text.ptr[i] & 0xc0) != 0x80;
        }
    }
    return fail_at(err, mark, what);
}

static enum err_code parser_error(const yaml_parser_t *p, struct str text, struct err *err)
{
    if (p->error == YAML_MEMORY_ERROR)
        mem_fatal("out of memory");
    if (p->error == YAML_READER_ERROR)
        return fail_at_byte(err, text, p->problem_offset, p->problem);
    return fail_at(err, p->problem_mark, p->problem ? p->problem : "not valid YAML");
}

static enum err_code next_event(struct builder *b, yaml_event_t *ev)
{
    if (!yaml_parser_parse(&b->parser, ev))
        return parser_error(&b->parser, b->text, b->err);
    return ERR_OK;
}

static bool is_one_of(struct str s, const char *const words[3])
{
    return str_eq_c(s, words[0]) || str_eq_c(s, words[1]) || str_eq_c(s, words[2]);
}

static bool all_digits(struct str s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] < '0' || s.ptr[i] > '9')
            return false;
    }
    return s.len > 0;
}

/* [-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?   Source: YAML 1.2.2, 10.3.2.
 */
static bool is_decimal(struct str s)
{
    size_t i = 0, whole = 0, part = 0;

    if (i < s.len && (s.ptr[i] == '-' || s.ptr[i] == '+'))
        i++;
    for (; i < s.len && s.ptr[i] >= '0' && s.ptr[i] <= '9'; i++)
        whole++;
    if (i < s.len && s.ptr[i] == '.') {
        i++;
        for (; i < s.len && s.ptr[i] >= '0' && s.ptr[i] <= '9'; i++)
            part++;
    }
    if (whole + part == 0)
        return false;
    if (i < s.len && (s.ptr[i] == 'e' || s.ptr[i] == 'E')) {
        i++;
        if (i < s.len && (s.ptr[i] == '-' || s.ptr[i] == '+'))
            i++;
        return all_digits((struct str){s.ptr + i, s.len - i});
    }
    return i == s.len;
}

/* NaN and infinities included, for the caller to refuse. */
static bool to_number(struct str s, double *ret)
{
    static const char *const nan_words[] = {".nan", ".NaN", ".NAN"};
    static const char *const inf_words[] = {".inf", ".Inf", ".INF"};
    struct str abs = s;
    uint64_t v;

    if (s.len > 2 && s.ptr[0] == '0' && (s.ptr[1] == 'x' || s.ptr[1] == 'o')) {
        if (!num_u64_base((struct str){s.ptr + 2, s.len - 2}, s.ptr[1] == 'x' ? 16 : 8, &v))
            return false;
        *ret = (double)v;
        return true;
    }
    if (s.len && (s.ptr[0] == '-' || s.ptr[0] == '+'))
        abs = (struct str){s.ptr + 1, s.len - 1};
    if (is_one_of(s, nan_words) || is_one_of(abs, inf_words)) {
        *ret = NAN;
        return true;
    }
    if (!is_decimal(s))
        return false;
    if (!num_f64(s, ret)) /* more digits than any number has */
        *ret = NAN;
    return true;
}

/* What a plain scalar means in the core schema. */
static void resolve_plain(struct str s, struct value *v)
{
    static const char *const nulls[] = {"null", "Null", "NULL"};
    static const char *const trues[] = {"true", "True", "TRUE"};
    static const char *const falses[] = {"false", "False", "FALSE"};

    if (s.len == 0 || str_eq_c(s, "~") || is_one_of(s, nulls)) {
        v->type = VALUE_NULL;
    } else if (is_one_of(s, trues) || is_one_of(s, falses)) {
        v->type = VALUE_BOOL;
        v->u.boolean = is_one_of(s, trues);
    } else if (to_number(s, &v->u.number)) {
        v->type = VALUE_NUMBER;
    } else {
        v->type = VALUE_STRING;
        v->u.string = s;
    }
}

/* Tags of the core schema, by what they promise; anything else is not for us. */
static bool tag_type(const char *tag, enum value_type *ret)
{
    static const struct {
        const char *tag;
        enum value_type type;
    } tags[] = {
        {YAML_STR_TAG, VALUE_STRING}, {YAML_INT_TAG, VALUE_NUMBER}, {YAML_FLOAT_TAG, VALUE_NUMBER},
        {YAML_BOOL_TAG, VALUE_BOOL},  {YAML_NULL_TAG, VALUE_NULL},  {YAML_SEQ_TAG, VALUE_ARRAY},
        {YAML_MAP_TAG, VALUE_OBJECT},
    };

    for (size_t i = 0; i < sizeof(tags) / sizeof(tags[0]); i++) {
        if (strcmp(tag, tags[i].tag) == 0) {
            *ret = tags[i].type;
            return true;
        }
    }
    return false;
}

static enum err_code scalar(struct builder *b, const yaml_event_t *ev, struct value *v)
{
    const char *tag = (const char *)ev->data.scalar.tag;
    struct str s = {(const char *)ev->data.scalar.value, ev->data.scalar.length};
    enum value_type wanted = VALUE_STRING;
    bool plain = ev->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;

    if (s.len && memchr(s.ptr, '\0', s.len))
        return fail_at(b->err, ev->start_mark, "NUL characters are not accepted in strings");
    s.ptr = arena_str(b->arena, s);
    v->type = VALUE_STRING;
    v->u.string = s;
    if (tag && strcmp(tag, "!") != 0) {
        if (!tag_type(tag, &wanted))
            return fail_at(b->err, ev->start_mark, "this tag is not supported");
        if (wanted != VALUE_STRING)
            resolve_plain(s, v);
        if (v->type != wanted)
            return fail_at(b->err, ev->start_mark, "the value does not fit its tag");
    } else if (!tag && plain) {
        resolve_plain(s, v);
    }
    if (v->type == VALUE_NUMBER && !isfinite(v->u.number))
        return fail_at(b->err, ev->start_mark, "this number is not finite or too large");
    return ERR_OK;
}

typedef VEC(struct value) values;

static enum err_code build(struct builder *b, const yaml_event_t *ev, struct value *v);

static enum err_code key_of(struct builder *b, const yaml_event_t *ev, struct str *ret)
{
    struct value key = {0};
    enum err_code rc;

    if (ev->type != YAML_SCALAR_EVENT)
        return fail_at(b->err, ev->start_mark, "a key must be a string");
    rc = scalar(b, ev, &key);
    if (rc)
        return rc;
    if (key.type != VALUE_STRING)
        return fail_at(b->err, ev->start_mark, "a key must be a string: put it in quotes");
    if (ev->data.scalar.anchor)
        return fail_at(b->err, ev->start_mark, "anchors and aliases are not supported");
    *ret = key.u.string;
    return ERR_OK;
}

/* One item of a list, or *ret_end. */
static enum err_code build_item(struct builder *b, struct value *list, values *items,
                                struct key_check *keys, bool *ret_end)
{
    struct value item = {0};
    yaml_event_t ev;
    enum err_code rc = next_event(b, &ev);

    if (rc)
        return rc;
    *ret_end = ev.type == YAML_SEQUENCE_END_EVENT || ev.type == YAML_MAPPING_END_EVENT;
    if (*ret_end)
        goto done;
    *VEC_PUSH(items) = item;
    if (list->type == VALUE_OBJECT) {
        rc = key_of(b, &ev, &items->items[items->count - 1].key);
        if (!rc && !key_check_add(keys, items->items, items->count - 1))
            rc = fail_at(b->err, ev.start_mark, "this key stands twice in the same mapping");
        yaml_event_delete(&ev);
        if (!rc)
            rc = next_event(b, &ev);
        if (rc)
            return rc;
    }
    rc = build(b, &ev, &items->items[items->count - 1]);
done:
    yaml_event_delete(&ev);
    return rc;
}

static enum err_code build_list(struct builder *b, const char *tag, const yaml_event_t *ev,
                                struct value *v)
{
    struct key_check keys = {NULL};
    enum value_type wanted;
    values items = {0};
    enum err_code rc = ERR_OK;
    bool end = false;

    if (tag && strcmp(tag, "!") != 0 && (!tag_type(tag, &wanted) || wanted != v->type))
        return fail_at(b->err, ev->start_mark, "this tag is not supported");
    if (++b->depth > YAML_DEPTH_MAX)
        return fail_at(b->err, ev->start_mark, "nested deeper than 64 levels");
    while (!end && !rc)
        rc = build_item(b, v, &items, &keys, &end);
    b->depth--;
    if (!rc && items.count) {
        v->u.list.items = arena_array(b->arena, items.count, sizeof(*items.items));
        v->u.list.count = items.count;
        memcpy(v->u.list.items, items.items, items.count * sizeof(*items.items));
    }
    key_check_release(&keys);
    VEC_RELEASE(&items);
    return rc;
}

/* The value that starts with `ev`. */
static enum err_code build(struct builder *b, const yaml_event_t *ev, struct value *v)
{
    const yaml_char_t *anchor = NULL, *tag = NULL;

    v->line = (uint32_t)ev->start_mark.line + 1;
    v->col = (uint32_t)ev->start_mark.column + 1;
    if (ev->type == YAML_SCALAR_EVENT) {
        anchor = ev->data.scalar.anchor;
    } else if (ev->type == YAML_SEQUENCE_START_EVENT) {
        v->type = VALUE_ARRAY;
        anchor = ev->data.sequence_start.anchor;
        tag = ev->data.sequence_start.tag;
    } else if (ev->type == YAML_MAPPING_START_EVENT) {
        v->type = VALUE_OBJECT;
        anchor = ev->data.mapping_start.anchor;
        tag = ev->data.mapping_start.tag;
    }
    if (anchor || ev->type == YAML_ALIAS_EVENT)
        return fail_at(b->err, ev->start_mark, "anchors and aliases are not supported");
    if (ev->type == YAML_SCALAR_EVENT)
        return scalar(b, ev, v);
    return build_list(b, (const char *)tag, ev, v);
}

/* Stream start, document start, the value, document end, stream end. */
static enum err_code build_document(struct builder *b, struct value *v)
{
    yaml_event_t ev;
    enum err_code rc;
    bool seen = false, end = false;

    while (!end) {
        rc = next_event(b, &ev);
        if (rc)
            return rc;
        switch (ev.type) {
        case YAML_STREAM_END_EVENT:
            end = true;
            break;
        case YAML_DOCUMENT_START_EVENT:
            if (seen)
                rc = fail_at(b->err, ev.start_mark, "a second document: only one is taken");
            break;
        case YAML_NO_EVENT:
        case YAML_STREAM_START_EVENT:
        case YAML_DOCUMENT_END_EVENT:
            break;
        case YAML_ALIAS_EVENT:
        case YAML_SCALAR_EVENT:
        case YAML_SEQUENCE_START_EVENT:
        case YAML_SEQUENCE_END_EVENT:
        case YAML_MAPPING_START_EVENT:
        case YAML_MAPPING_END_EVENT:
            seen = true;
            rc = build(b, &ev, v);
            break;
        }
        yaml_event_delete(&ev);
        if (rc)
            return rc;
    }
    return ERR_OK;
}

enum err_code yaml_parse(struct arena *arena, struct str text, const struct value **ret,
                         struct err *err)
{
    struct builder b = {.text = text, .arena = arena, .err = err};
    struct value *v = arena_alloc(arena, sizeof(*v));
    enum err_code rc;
    size_t bad_at;

    if (text.len > YAML_MAX_BYTES)
        return err_set(err, ERR_LIMIT, "a YAML text of %zu bytes: at most %zu are taken", text.len,
                       (size_t)YAML_MAX_BYTES);
    if (!text_valid(text, &bad_at))
        return fail_at_byte(err, text, bad_at, "not valid UTF-8");
    if (!yaml_parser_initialize(&b.parser))
        mem_fatal("out of memory");
    yaml_parser_set_encoding(&b.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&b.parser, (const unsigned char *)(text.ptr ? text.ptr : ""),
                                 text.len);
    v->line = v->col = 1;
    rc = build_document(&b, v);
    yaml_parser_delete(&b.parser);
    if (!rc)
        *ret = v;
    return rc;
}
