/* scenario.c - a scenario file: which turn answers a request, and the templates in what it says. */
#include "tests/standin/standin.h"

#include <stdio.h>

#include "runbook/base/file.h"
#include "runbook/base/map.h"
#include "runbook/base/mem.h"
#include "runbook/base/num.h"
#include "runbook/codec/regex.h"
#include "runbook/codec/yaml.h"

#define NO_LIMIT UINT32_MAX

static const char *const fault_names[] = {
    "split",           "split_utf8",  "hold_ms",        "first_byte_ms", "pause_ms", "stall_at",
    "stall_ms",        "cut_at",      "cut_event",      "reset",         "error_at", "error_type",
    "close_delimited", "broken_args", "unknown_events", "no_stop",       "html",     "bad_json",
    "endless",         "comments",    "whole_calls",    "eol",           "rate",     "ping_every",
    "delta_chars",     NULL};
static const char *const turn_names[] = {"match", "times", "error",  "say",
                                         "stop",  "usage", "faults", NULL};
static const char *const match_names[] = {"wire", "model", "text",    "not",
                                          "last", "tool",  "request", NULL};
static const char *const part_names[] = {"text",  "thinking", "redacted", "tool",
                                         "input", "id",       "repeat",   NULL};
static const char *const top_names[] = {"dialect", "faults", "turns", "otherwise", NULL};

static enum err_code known(const struct value *v, const char *const *names, const char *what,
                           struct err *err)
{
    const struct value *bad = v ? first_unknown(v, names) : NULL;

    if (bad)
        return err_set(err, ERR_INPUT, "%s has no '%.*s' (line %u)", what, STR_FMT(bad->key),
                       bad->line);
    return ERR_OK;
}

static const char *eol_of(const struct value *v)
{
    const char *name = value_cstr_or(v, "eol", "lf");

    return strcmp(name, "crlf") == 0 ? "\r\n" : strcmp(name, "cr") == 0 ? "\r" : "\n";
}

/* What `v` does not say is as in `base`. */
static struct faults read_faults(const struct value *v, const struct faults *base)
{
    struct faults f = *base;

    f.split = value_i64_or(v, "split", base->split);
    f.split_utf8 = value_bool_or(v, "split_utf8", base->split_utf8);
    f.hold_ms = value_i64_or(v, "hold_ms", base->hold_ms);
    f.first_byte_ms = value_i64_or(v, "first_byte_ms", base->first_byte_ms);
    f.pause_ms = value_i64_or(v, "pause_ms", base->pause_ms);
    f.stall_at = value_i64_or(v, "stall_at", base->stall_at);
    f.stall_ms = value_i64_or(v, "stall_ms", base->stall_ms);
    f.cut_at = value_i64_or(v, "cut_at", base->cut_at);
    f.cut_event = value_cstr_or(v, "cut_event", base->cut_event);
    f.reset = value_bool_or(v, "reset", base->reset);
    f.close_delimited = value_bool_or(v, "close_delimited", base->close_delimited);
    f.error_at = value_i64_or(v, "error_at", base->error_at);
    f.error_type = value_cstr_or(v, "error_type", base->error_type);
    f.broken_args = value_bool_or(v, "broken_args", base->broken_args);
    f.unknown_events = value_bool_or(v, "unknown_events", base->unknown_events);
    f.no_stop = value_bool_or(v, "no_stop", base->no_stop);
    f.html = value_bool_or(v, "html", base->html);
    f.bad_json = value_bool_or(v, "bad_json", base->bad_json);
    f.endless = value_bool_or(v, "endless", base->endless);
    f.comments = value_bool_or(v, "comments", base->comments);
    f.whole_calls = value_bool_or(v, "whole_calls", base->whole_calls);
    f.rate = value_num_or(v, "rate", base->rate);
    f.ping_every = value_i64_or(v, "ping_every", base->ping_every);
    f.delta_chars = value_i64_or(v, "delta_chars", base->delta_chars);
    if (value_get(v, "eol"))
        f.eol = eol_of(v);
    return f;
}

static enum err_code check_turn(const struct value *v, struct err *err)
{
    if (known(v, turn_names, "a turn", err) ||
        known(value_get(v, "match"), match_names, "match", err) ||
        known(value_get(v, "faults"), fault_names, "faults", err))
        return err->code;
    if (!value_get(v, "say") && !value_get(v, "error"))
        return err_set(err, ERR_INPUT, "a turn needs 'say' or 'error' (line %u)", v->line);
    VALUE_EACH (part, value_get(v, "say")) {
        if (known(part, part_names, "a part of 'say'", err))
            return err->code;
    }
    return ERR_OK;
}

static void add_turn(struct turn *t, const struct value *v, const struct faults *base)
{
    int64_t times = value_i64_or(v, "times", 1);

    t->row = v;
    t->faults = read_faults(value_get(v, "faults"), base);
    t->left = times > 0 ? (unsigned)times : NO_LIMIT;
}

static enum err_code read_turns(const struct value *v, struct scenario *s, struct err *err)
{
    struct faults none = {.stall_at = -1,
                          .cut_at = -1,
                          .error_at = -1,
                          .eol = "\n",
                          .error_type = "overloaded_error"};
    const struct value *other = value_get(v, "otherwise");

    if (known(v, top_names, "a scenario", err) ||
        known(value_get(v, "faults"), fault_names, "faults", err))
        return err->code;
    s->dialect = value_cstr_or(v, "dialect", "openai");
    none = read_faults(value_get(v, "faults"), &none);
    VALUE_EACH (row, value_get(v, "turns")) {
        if (check_turn(row, err))
            return err->code;
        add_turn(VEC_PUSH(&s->turns), row, &none);
    }
    if (other && check_turn(other, err))
        return err->code;
    if (other)
        add_turn(&s->otherwise, other, &none);
    s->otherwise.left = NO_LIMIT;
    return ERR_OK;
}

enum err_code scenario_load(const char *path, struct scenario *s, struct err *err)
{
    struct buf text = BUF_INIT(YAML_MAX_BYTES);
    const struct value *v;
    enum err_code rc;

    *s = (struct scenario){.arena = arena_new(0)};
    rc = file_read(path, &text, err);
    if (!rc)
        rc = str_starts(str_trim(buf_str(&text)), "{")
                 ? json_parse(s->arena, buf_str(&text), &v, err)
                 : yaml_parse(s->arena, buf_str(&text), &v, err);
    if (!rc)
        rc = read_turns(v, s, err);
    buf_release(&text);
    return rc ? err_wrap(err, "%s", path) : ERR_OK;
}

void scenario_release(struct scenario *s)
{
    VEC_RELEASE(&s->turns);
    arena_free(s->arena);
}

/* ---- matching ---- */

static bool found(const char *pattern, struct str in, struct regex_match *m)
{
    struct regex *re;
    struct err err;
    bool hit;

    if (regex_compile(pattern, 0, &re, &err)) {
        fprintf(stderr, "standin: %s: %s\n", pattern, err.msg);
        return false;
    }
    hit = regex_match(re, in, 0, m, NULL);
    regex_free(re);
    return hit;
}

static bool offers_tool(const struct request *r, const char *name)
{
    const struct value *tools = value_get(r->json, "tools");

    if (!tools)
        tools = value_path(r->json, "toolConfig.tools");
    VALUE_EACH (t, tools) {
        if (str_eq_c(value_str_or(t, "name", ""), name) ||
            str_eq_c(value_str_or(t, "function.name", ""), name) ||
            str_eq_c(value_str_or(t, "toolSpec.name", ""), name))
            return true;
    }
    return false;
}

static const char *wire_name(enum wire w)
{
    static const char *const names[] = {"none", "anthropic", "chat", "responses", "bedrock"};

    return names[w];
}

static bool fits(const struct turn *t, const struct request *r)
{
    const struct value *m = value_get(t->row, "match");
    const char *wire = value_cstr_or(m, "wire", NULL), *model = value_cstr_or(m, "model", NULL);
    const char *text = value_cstr_or(m, "text", NULL), *no = value_cstr_or(m, "not", NULL);
    const char *last = value_cstr_or(m, "last", NULL), *tool = value_cstr_or(m, "tool", NULL);

    return (!wire || strcmp(wire, wire_name(r->wire)) == 0) &&
           (!model || found(model, str_from(r->model), NULL)) &&
           (!text || found(text, buf_str(&r->text), NULL)) &&
           (!no || !found(no, buf_str(&r->text), NULL)) &&
           (!last || found(last, buf_str(&r->last), NULL)) && (!tool || offers_tool(r, tool)) &&
           value_i64_or(m, "request", r->number) == (int64_t)r->number;
}

const struct turn *scenario_take(struct scenario *s, const struct request *r, int *ret_index)
{
    for (size_t i = 0; i < s->turns.count; i++) {
        struct turn *t = &s->turns.items[i];

        if (!t->left || !fits(t, r))
            continue;
        if (t->left != NO_LIMIT)
            t->left--;
        *ret_index = (int)i;
        return t;
    }
    *ret_index = -1;
    return s->otherwise.row ? &s->otherwise : NULL;
}

/* ---- templates ---- */

/* The nth different text that `pattern` finds (from 1), the last one with 0. A group narrows it. */
static bool find_nth(const char *pattern, struct str in, size_t nth, struct str *ret)
{
    struct regex *re;
    struct regex_match m;
    struct map *seen = map_new();
    size_t from = 0;
    struct err err;
    bool hit = false;

    if (regex_compile(pattern, 0, &re, &err)) {
        fprintf(stderr, "standin: %s: %s\n", pattern, err.msg);
        map_free(seen);
        return false;
    }
    while (from < in.len && regex_match(re, in, from, &m, NULL)) {
        struct str s = m.count > 1 && m.group[1].ptr ? m.group[1] : m.group[0];

        from = (size_t)(m.group[0].ptr - in.ptr) + (m.group[0].len ? m.group[0].len : 1);
        if (nth && map_has(seen, s))
            continue;
        map_set(seen, s, seen);
        *ret = s;
        hit = true;
        if (nth && map_count(seen) == nth)
            break;
    }
    if (nth && map_count(seen) < nth)
        hit = false;
    regex_free(re);
    map_free(seen);
    return hit;
}

static bool expand(struct str inner, const struct request *r, struct arena *a, struct buf *out)
{
    struct str rest = str_trim(inner), word, hit;
    const char *pattern;
    uint64_t nth = 1;
    struct str in = buf_str(&r->text);

    str_split(&rest, ' ', &word);
    if (str_eq_c(word, "model"))
        return buf_adds(out, r->model);
    if (str_eq_c(word, "request"))
        return buf_addf(out, "%u", r->number);
    if (str_eq_c(word, "last"))
        nth = 0;
    else if (str_eq_c(word, "new"))
        in = buf_str(&r->last);
    else if (str_eq_c(word, "nth")) {
        if (!str_split(&rest, ' ', &word) || !num_u64(word, &nth) || nth == 0)
            return false;
    } else if (!str_eq_c(word, "find"))
        return false;
    pattern = arena_str(a, str_trim(rest));
    return find_nth(pattern, in, (size_t)nth, &hit) && buf_add_str(out, hit);
}

char *template_fill(struct str text, const struct request *r, struct arena *a, unsigned *missing)
{
    struct buf out = BUF_INIT((size_t)64 << 20);
    char *copy;

    while (text.len) {
        ptrdiff_t open = str_find(text, STR_LIT("{{")), close;
        struct str inner;

        if (open < 0)
            break;
        buf_add(&out, text.ptr, (size_t)open);
        text.ptr += open + 2;
        text.len -= (size_t)open + 2;
        close = str_find(text, STR_LIT("}}"));
        if (close < 0)
            break;
        inner = (struct str){text.ptr, (size_t)close};
        if (!expand(inner, r, a, &out)) {
            buf_addc(&out, '?');
            ++*missing;
        }
        text.ptr += close + 2;
        text.len -= (size_t)close + 2;
    }
    buf_add_str(&out, text);
    copy = arena_strndup(a, buf_cstr(&out), out.len);
    buf_release(&out);
    return copy;
}

void template_value(const struct value *v, const struct request *r, struct json_writer *w,
                    unsigned *missing)
{
    if (v->type == VALUE_OBJECT || v->type == VALUE_ARRAY) {
        bool object = v->type == VALUE_OBJECT;

        object ? json_object_begin(w) : json_array_begin(w);
        VALUE_EACH (item, v) {
            if (object)
                json_key_str(w, item->key);
            template_value(item, r, w, missing);
        }
        object ? json_object_end(w) : json_array_end(w);
    } else if (v->type == VALUE_STRING && str_starts(v->u.string, "{{=")) {
        struct str s = v->u.string;
        char *plain = arena_printf(r->arena, "{{%.*s", (int)(s.len - 3), s.ptr + 3);

        json_raw(w, str_from(template_fill(str_from(plain), r, r->arena, missing)));
    } else if (v->type == VALUE_STRING) {
        json_string(w, str_from(template_fill(v->u.string, r, r->arena, missing)));
    } else {
        json_value(w, v);
    }
}
