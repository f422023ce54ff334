/* yaml_edit.c - set one scalar in a text that people wrote. The events of libyaml say where the
 * value stands; only those bytes are exchanged, or lines are put in. The result is read back and
 * compared with what was meant before it is handed out, so that an odd layout gives an error and no
 * damage. */
#include <stdlib.h>
#include <yaml.h>

#include "runbook/base/mem.h"
#include "runbook/base/text.h"
#include "runbook/codec/yaml.h"

/* What to do: cut [from, to), then either put the scalar there, or put lines in at `insert_at`. */
struct spot {
    bool replace;
    bool in_flow;
    size_t from, to;
    size_t insert_at;
    size_t indent;
    struct str missing; /* the rest of the path, which the lines bring */
};

struct finder {
    yaml_parser_t parser;
    struct str text;
    const char *path;
    size_t seen_chars, seen_bytes; /* where the last mark was */
    size_t content_end;            /* after the last scalar or flow collection */
    struct err *err;
};

/* Marks count characters. They only grow, so the text is walked once. */
static size_t byte_of(struct finder *f, size_t chars)
{
    if (chars < f->seen_chars)
        f->seen_chars = f->seen_bytes = 0;
    while (f->seen_chars < chars && f->seen_bytes < f->text.len) {
        uint32_t cp;

        f->seen_bytes += text_decode(
            (struct str){f->text.ptr + f->seen_bytes, f->text.len - f->seen_bytes}, &cp);
        f->seen_chars++;
    }
    return f->seen_bytes;
}

/* A block scalar's mark includes the blank lines after it. */
static size_t trim_end(const struct finder *f, size_t from, size_t to)
{
    while (to > from && strchr(" \t\r\n", f->text.ptr[to - 1]))
        to--;
    return to;
}

static void span(struct finder *f, const yaml_event_t *ev, size_t *ret_from, size_t *ret_to)
{
    *ret_from = byte_of(f, ev->start_mark.index);
    *ret_to = trim_end(f, *ret_from, byte_of(f, ev->end_mark.index));
}

static enum err_code next(struct finder *f, yaml_event_t *ev)
{
    size_t from, to;

    if (!yaml_parser_parse(&f->parser, ev)) {
        if (f->parser.error == YAML_MEMORY_ERROR)
            mem_fatal("out of memory");
        return err_set(f->err, ERR_INPUT, "not valid YAML");
    }
    span(f, ev, &from, &to);
    if (ev->type == YAML_SCALAR_EVENT || to > from)
        f->content_end = to;
    return ERR_OK;
}

/* Pass over the value that starts with `ev`. */
static enum err_code skip(struct finder *f, const yaml_event_t *first)
{
    int depth = first->type != YAML_SCALAR_EVENT;

    while (depth > 0) {
        yaml_event_t ev;
        enum err_code rc = next(f, &ev);

        if (rc)
            return rc;
        if (ev.type == YAML_MAPPING_START_EVENT || ev.type == YAML_SEQUENCE_START_EVENT)
            depth++;
        else if (ev.type == YAML_MAPPING_END_EVENT || ev.type == YAML_SEQUENCE_END_EVENT)
            depth--;
        yaml_event_delete(&ev);
    }
    return ERR_OK;
}

static bool is_null(const yaml_event_t *ev)
{
    struct str s = {(const char *)ev->data.scalar.value, ev->data.scalar.length};

    return ev->data.scalar.style == YAML_PLAIN_SCALAR_STYLE &&
           (s.len == 0 || str_eq_c(s, "~") || str_eq_c(s, "null") || str_eq_c(s, "Null") ||
            str_eq_c(s, "NULL"));
}

static size_t line_end(struct str text, size_t at)
{
    const char *nl = at < text.len ? memchr(text.ptr + at, '\n', text.len - at) : NULL;

    return nl ? (size_t)(nl - text.ptr) + 1 : text.len;
}

static enum err_code in_the_way(struct finder *f, const yaml_event_t *ev, struct str name,
                                const char *what)
{
    return err_set(f->err, ERR_INPUT, "line %zu column %zu: cannot set '%s': '%.*s' is %s",
                   ev->start_mark.line + 1, ev->start_mark.column + 1, f->path, STR_FMT(name),
                   what);
}

/* The value of the path's last step. */
static enum err_code found_last(struct finder *f, const yaml_event_t *ev, struct str name,
                                struct spot *spot)
{
    if (ev->type == YAML_MAPPING_START_EVENT)
        return in_the_way(f, ev, name, "a mapping, not a single value");
    if (ev->type == YAML_SEQUENCE_START_EVENT)
        return in_the_way(f, ev, name, "a list, not a single value");
    spot->replace = true;
    span(f, ev, &spot->from, &spot->to);
    return ERR_OK;
}

/* The value of a step that has more steps below it; *ret_descend: go into this mapping. */
static enum err_code found_parent(struct finder *f, const yaml_event_t *ev, struct str name,
                                  size_t indent, struct spot *spot, bool *ret_descend)
{
    *ret_descend = ev->type == YAML_MAPPING_START_EVENT;
    if (*ret_descend)
        return ERR_OK;
    if (ev->type == YAML_SEQUENCE_START_EVENT)
        return in_the_way(f, ev, name, "a list");
    if (!is_null(ev))
        return in_the_way(f, ev, name, "a single value, not a mapping");
    if (spot->in_flow)
        return in_the_way(f, ev, name, "inside braces: write them over several lines first");
    span(f, ev, &spot->from, &spot->to);
    spot->insert_at = line_end(f->text, spot->to);
    spot->indent = indent + 2;
    return ERR_OK;
}

/* All keys were seen and the step is not there. `open` is where a flow mapping starts. */
static enum err_code not_found(struct finder *f, const yaml_event_t *end, size_t open, bool empty,
                               size_t indent, struct str missing, struct spot *spot)
{
    spot->missing = missing;
    spot->indent = indent;
    if (!spot->in_flow) {
        spot->from = spot->to = f->content_end;
    } else if (empty) {
        spot->from = open;
        spot->to = byte_of(f, end->end_mark.index);
    } else {
        return err_set(
            f->err, ERR_INPUT,
            "line %zu: cannot set '%s' inside braces: write them over several lines first",
            end->start_mark.line + 1, f->path);
    }
    spot->insert_at = line_end(f->text, spot->to);
    return ERR_OK;
}

/* Look for the path in the mapping that `start` opened. */
static enum err_code find_in(struct finder *f, yaml_event_t *start, size_t outer_indent,
                             struct str path, struct spot *spot)
{
    bool flow = start->data.mapping_start.style == YAML_FLOW_MAPPING_STYLE;
    size_t open = byte_of(f, start->start_mark.index), indent = outer_indent, keys = 0;
    struct str rest = path, step;
    yaml_event_t key, value;
    enum err_code rc;
    bool hit, descend = false;

    str_split(&rest, '.', &step);
    spot->in_flow = spot->in_flow || flow;
    for (;;) {
        rc = next(f, &key);
        if (rc)
            return rc;
        if (key.type == YAML_MAPPING_END_EVENT) {
            rc = not_found(f, &key, open, keys == 0, indent, path, spot);
            yaml_event_delete(&key);
            return rc;
        }
        if (keys++ == 0 && !flow)
            indent = key.start_mark.column;
        hit =
            str_eq(step, (struct str){(const char *)key.data.scalar.value, key.data.scalar.length});
        yaml_event_delete(&key);
        rc = next(f, &value);
        if (rc)
            return rc;
        if (!hit)
            rc = skip(f, &value);
        else if (!rest.ptr)
            rc = found_last(f, &value, step, spot);
        else
            rc = found_parent(f, &value, step, indent, spot, &descend);
        if (hit && !rc && descend)
            rc = find_in(f, &value, indent + 2, rest, spot);
        else if (hit && !rc && rest.ptr)
            spot->missing = rest;
        yaml_event_delete(&value);
        if (hit || rc)
            return rc;
    }
}

static enum err_code find_root(struct finder *f, struct str path, struct spot *spot)
{
    enum err_code rc = ERR_OK;
    bool done = false;

    while (!done && !rc) {
        yaml_event_t ev;

        rc = next(f, &ev);
        if (rc)
            return rc;
        done = ev.type != YAML_STREAM_START_EVENT && ev.type != YAML_DOCUMENT_START_EVENT;
        if (ev.type == YAML_MAPPING_START_EVENT) {
            rc = find_in(f, &ev, 0, path, spot);
        } else if (ev.type == YAML_STREAM_END_EVENT ||
                   (ev.type == YAML_SCALAR_EVENT && is_null(&ev))) {
            if (ev.type == YAML_SCALAR_EVENT)
                span(f, &ev, &spot->from, &spot->to);
            spot->insert_at = f->text.len;
            spot->missing = path;
        } else if (done) {
            rc = err_set(f->err, ERR_INPUT, "cannot set '%s': the text is no mapping of keys",
                         f->path);
        }
        yaml_event_delete(&ev);
    }
    return rc;
}

static enum err_code find_spot(struct str text, const char *path, struct spot *spot,
                               struct err *err)
{
    struct finder f = {.text = text, .path = path, .err = err};
    enum err_code rc;

    if (!yaml_parser_initialize(&f.parser))
        mem_fatal("out of memory");
    yaml_parser_set_encoding(&f.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&f.parser, (const unsigned char *)(text.ptr ? text.ptr : ""),
                                 text.len);
    rc = find_root(&f, str_from(path), spot);
    yaml_parser_delete(&f.parser);
    return rc;
}

/* Characters that mean nothing to YAML wherever they stand in a plain scalar. */
static bool is_plain_safe(struct str s)
{
    static const char more[] = "_./+-@=";

    if (s.len == 0 || s.ptr[s.len - 1] == ' ' || s.ptr[0] == ' ')
        return false;
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];
        bool alnum = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        bool colon = c == ':' && i + 1 < s.len && s.ptr[i + 1] != ' ' && i > 0;

        if (!alnum && !colon && !(c == ' ' && i > 0) && !strchr(more, c))
            return false;
        if (i == 0 && !alnum && c != '/' && c != '_' &&
            !(c == '-' && s.len > 1 && s.ptr[1] != '-' && s.ptr[1] != ' '))
            return false;
    }
    return true;
}

static void add_quoted(struct buf *out, struct str s)
{
    buf_addc(out, '"');
    while (s.len) {
        uint32_t cp;
        size_t n = text_decode(s, &cp);

        if (cp == '"' || cp == '\\')
            buf_addf(out, "\\%c", (int)cp);
        else if (cp == '\n')
            buf_adds(out, "\\n");
        else if (cp == '\t')
            buf_adds(out, "\\t");
        else if (cp < 0x20 || (cp >= 0x7f && cp < 0xa0) || cp == 0x2028 || cp == 0x2029 ||
                 cp == 0xfeff || (cp & 0xfffe) == 0xfffe)
            buf_addf(out, cp > 0xffff ? "\\U%08x" : "\\u%04x", (unsigned)cp);
        else
            buf_add(out, s.ptr, n);
        s.ptr += n;
        s.len -= n;
    }
    buf_addc(out, '"');
}

static void add_scalar(struct buf *out, struct str s)
{
    if (is_plain_safe(s))
        buf_add_str(out, s);
    else
        add_quoted(out, s);
}

/* A key must read back as a string: "404" and "true" need quotes. */
static void add_key(struct buf *out, struct str key)
{
    bool letter = key.len && ((key.ptr[0] >= 'a' && key.ptr[0] <= 'z') ||
                              (key.ptr[0] >= 'A' && key.ptr[0] <= 'Z'));
    bool word = str_eq_c(key, "true") || str_eq_c(key, "false") || str_eq_c(key, "null") ||
                str_eq_c(key, "True") || str_eq_c(key, "False") || str_eq_c(key, "Null") ||
                str_eq_c(key, "TRUE") || str_eq_c(key, "FALSE") || str_eq_c(key, "NULL");

    if (letter && !word)
        add_scalar(out, key);
    else
        add_quoted(out, key);
    buf_addc(out, ':');
}

static void add_lines(struct buf *out, const struct spot *spot, struct str value, const char *eol)
{
    struct str rest = spot->missing, step;
    size_t indent = spot->indent;

    while (str_split(&rest, '.', &step)) {
        buf_addf(out, "%*s", (int)indent, "");
        add_key(out, step);
        if (!rest.ptr) {
            buf_addc(out, ' ');
            add_scalar(out, value);
        }
        buf_adds(out, eol);
        indent += 2;
    }
}

static void compose(struct buf *out, struct str text, const struct spot *spot, struct str value)
{
    const char *eol = str_find(text, STR_LIT("\r\n")) >= 0 ? "\r\n" : "\n";

    buf_add(out, text.ptr, spot->from);
    if (spot->replace) {
        char before = spot->from ? text.ptr[spot->from - 1] : '\n';

        if (before != ' ' && before != '\n' && before != '\t') /* "key:" with nothing after it */
            buf_addc(out, ' ');
        add_scalar(out, value);
        buf_add(out, text.ptr + spot->to, text.len - spot->to);
        return;
    }
    buf_add(out, text.ptr + spot->to, spot->insert_at - spot->to);
    if (spot->insert_at > 0 && text.ptr[spot->insert_at - 1] != '\n')
        buf_adds(out, eol);
    add_lines(out, spot, value, eol);
    buf_add(out, text.ptr + spot->insert_at, text.len - spot->insert_at);
}

/* Is `now` the same as `was`, but for what stands at `path` (ptr NULL: nothing may differ)? */
static bool same_but(const struct value *was, const struct value *now, struct str path)
{
    struct str rest = path, step = {NULL, 0};
    size_t extra = 0;

    if (path.ptr && !str_split(&rest, '.', &step))
        return true;
    if (path.ptr && was->type == VALUE_NULL && now->type == VALUE_OBJECT)
        return value_count(now) == 1 && str_eq(value_at(now, 0)->key, step);
    if (!value_same_scalar(was, now))
        return false;
    for (size_t i = 0; i < value_count(was); i++) {
        const struct value *a = value_at(was, i), *b = value_at(now, i);
        bool on_path = path.ptr && str_eq(a->key, step);

        if (!b || !str_eq(a->key, b->key))
            return false;
        if (on_path && !rest.ptr)
            continue;
        if (!same_but(a, b, on_path ? rest : (struct str){NULL, 0}))
            return false;
    }
    extra = value_count(now) - value_count(was);
    return extra == 0 || (extra == 1 && path.ptr && was->type == VALUE_OBJECT &&
                          str_eq(value_at(now, value_count(now) - 1)->key, step));
}

/* Does the text of the scalar at `path` mean `value`? A number or a word may read as its own type.
 */
static bool reads_back(const struct value *root, const char *path, struct str value)
{
    struct arena *arena = arena_new(0);
    struct buf plain = BUF_INIT(BUF_NO_MAX);
    const struct value *got = value_path(root, path), *alone;
    struct err ignored;
    bool ok;

    add_scalar(&plain, value);
    ok = got && !yaml_parse(arena, buf_str(&plain), &alone, &ignored) && alone->type == got->type &&
         value_same_scalar(alone, got) &&
         (got->type != VALUE_STRING || str_eq(got->u.string, value));
    buf_release(&plain);
    arena_free(arena);
    return ok;
}

static bool check_path(const char *path)
{
    struct str rest = str_from(path), step;

    while (str_split(&rest, '.', &step)) {
        if (step.len == 0)
            return false;
    }
    return *path != '\0';
}

enum err_code yaml_edit(struct buf *out, struct str text, const char *path, struct str value,
                        struct err *err)
{
    struct arena *arena = arena_new(0);
    struct buf edited = BUF_INIT(YAML_MAX_BYTES);
    const struct value *was, *now;
    struct spot spot = {0};
    struct err inner;
    enum err_code rc = ERR_INPUT;

    if (!check_path(path)) {
        err_set(err, ERR_INPUT, "'%s' is no path of keys", path);
        goto done;
    }
    if (!text_valid(value, NULL) || (value.len && memchr(value.ptr, '\0', value.len))) {
        err_set(err, ERR_INPUT, "the value for '%s' is not valid text", path);
        goto done;
    }
    rc = yaml_parse(arena, text, &was, err);
    if (!rc)
        rc = find_spot(text, path, &spot, err);
    if (rc)
        goto done;
    compose(&edited, text, &spot, value);
    rc = buf_check(&edited, "the edited YAML", err);
    if (rc)
        goto done;
    if (yaml_parse(arena, buf_str(&edited), &now, &inner) || !same_but(was, now, str_from(path)) ||
        !reads_back(now, path, value))
        rc = err_set(err, ERR_INPUT,
                     "cannot set '%s' in this layout without changing more: edit the file", path);
    else if (!buf_add_str(out, buf_str(&edited)))
        rc = buf_check(out, "the edited YAML", err);
done:
    buf_release(&edited);
    arena_free(arena);
    return rc;
}
