/* keymap.c - see keymap.h. */
#include "runbook/ui/keymap.h"

#include <stdio.h>
#include <stdlib.h>

#include "runbook/base/file.h"
#include "runbook/base/mem.h"
#include "runbook/base/num.h"
#include "runbook/base/text.h"
#include "runbook/base/vec.h"
#include "runbook/codec/yaml.h"

#define KEYMAP_MAX_BYTES (64 * 1024)

struct binding {
    key_code key;
    enum command command;
    enum context context;
    unsigned line; /* of the user's file; 0: a default */
};

struct keymap {
    VEC(struct binding) bindings;
};

static const char *const key_names[] = {"Tab",    "Enter",  "Esc",  "Space", "Backspace",
                                        "Delete", "Insert", "Home", "End",   "PgUp",
                                        "PgDn",   "Up",     "Down", "Left",  "Right"};
#define KEY_NAMES (sizeof(key_names) / sizeof(key_names[0]))

static bool name_eq(struct str a, const char *b)
{
    return a.len == strlen(b) && str_ifind(a, str_from(b)) == 0;
}

/* One character as its code point. */
static bool one_character(struct str s, key_code *ret)
{
    struct str rest = s, cluster;
    const unsigned char *p = (const unsigned char *)s.ptr;
    int width;

    if (!s.len || !text_valid(s, &(size_t){0}) || !text_cluster(&rest, &cluster, &width) ||
        rest.len)
        return false;
    if (p[0] < 0x80)
        *ret = p[0];
    else if (p[0] < 0xE0 && s.len == 2)
        *ret = (key_code)(p[0] & 0x1F) << 6 | (p[1] & 0x3F);
    else if (p[0] < 0xF0 && s.len == 3)
        *ret = (key_code)(p[0] & 0x0F) << 12 | (key_code)(p[1] & 0x3F) << 6 | (p[2] & 0x3F);
    else if (s.len == 4)
        *ret = (key_code)(p[0] & 0x07) << 18 | (key_code)(p[1] & 0x3F) << 12 |
               (key_code)(p[2] & 0x3F) << 6 | (p[3] & 0x3F);
    else
        return false;
    return *ret > 0x20 && *ret != 0x7F;
}

/* What a terminal cannot tell apart is the same key. */
static key_code normal(key_code key)
{
    key_code plain = key & 0xFFFFFF;

    if (key & KEY_CTRL && plain >= 'A' && plain <= 'Z')
        key = (key & ~(key_code)0xFFFFFF) | (plain + 32);
    if (key == (KEY_CTRL | 'i'))
        return KEY_NAME_TAB;
    if (key == (KEY_CTRL | 'm'))
        return KEY_NAME_ENTER;
    if (key == (KEY_CTRL | '['))
        return KEY_NAME_ESC;
    return key;
}

static bool named_key(struct str s, key_code *ret)
{
    uint64_t n;

    for (size_t i = 0; i < KEY_NAMES; i++) {
        if (name_eq(s, key_names[i])) {
            *ret = (key_code)(KEY_NAME_FIRST + i);
            return true;
        }
    }
    if (s.len >= 2 && (s.ptr[0] == 'F' || s.ptr[0] == 'f') &&
        num_u64((struct str){s.ptr + 1, s.len - 1}, &n) && n >= 1 && n <= 12) {
        *ret = (key_code)(KEY_NAME_F1 + n - 1);
        return true;
    }
    return one_character(s, ret);
}

bool key_parse(struct str s, key_code *ret)
{
    static const struct {
        const char *prefix;
        key_code mod;
    } mods[] = {{"ctrl-", KEY_CTRL}, {"alt-", KEY_ALT}, {"shift-", KEY_SHIFT}};
    key_code mod = 0, key;

    for (size_t i = 0; i < 3; i++) {
        size_t len = strlen(mods[i].prefix);

        if (s.len > len && str_ifind((struct str){s.ptr, len}, str_from(mods[i].prefix)) == 0) {
            mod |= mods[i].mod;
            s = (struct str){s.ptr + len, s.len - len};
            i = (size_t)-1; /* in any order */
        }
    }
    if (!named_key(s, &key))
        return false;
    *ret = normal(key | mod);
    return true;
}

void key_format(key_code key, struct buf *out)
{
    key_code plain = key & 0xFFFFFF;
    char utf8[4];
    size_t n = 0;

    buf_adds(out, key & KEY_CTRL ? "Ctrl-" : "");
    buf_adds(out, key & KEY_ALT ? "Alt-" : "");
    buf_adds(out, key & KEY_SHIFT ? "Shift-" : "");
    if (plain >= KEY_NAME_F1) {
        buf_addf(out, "F%u", plain - KEY_NAME_F1 + 1);
        return;
    }
    if (plain >= KEY_NAME_FIRST) {
        buf_adds(out, key_names[plain - KEY_NAME_FIRST]);
        return;
    }
    if (key & KEY_CTRL && plain >= 'a' && plain <= 'z')
        plain -= 32;
    if (plain < 0x80) {
        utf8[n++] = (char)plain;
    } else if (plain < 0x800) {
        utf8[n++] = (char)(0xC0 | plain >> 6);
    } else if (plain < 0x10000) {
        utf8[n++] = (char)(0xE0 | plain >> 12);
        utf8[n++] = (char)(0x80 | (plain >> 6 & 0x3F));
    } else {
        utf8[n++] = (char)(0xF0 | plain >> 18);
        utf8[n++] = (char)(0x80 | (plain >> 12 & 0x3F));
        utf8[n++] = (char)(0x80 | (plain >> 6 & 0x3F));
    }
    if (plain >= 0x80)
        utf8[n++] = (char)(0x80 | (plain & 0x3F));
    buf_add(out, utf8, n);
}

/* ---- the map ---- */

static struct binding *find(struct keymap *k, enum context context, key_code key)
{
    VEC_EACH (b, &k->bindings)
        if (b->context == context && b->key == key)
            return b;
    return NULL;
}

/* Arrows and function keys go on working whatever a file says, unless it gives them away. */
static bool always_works(key_code key)
{
    return (key >= KEY_NAME_UP && key <= KEY_NAME_RIGHT) ||
           (key >= KEY_NAME_F1 && key <= KEY_NAME_F12);
}

static void drop_command(struct keymap *k, enum command c)
{
    size_t to = 0;

    for (size_t i = 0; i < k->bindings.count; i++)
        if (k->bindings.items[i].command != c || always_works(k->bindings.items[i].key))
            k->bindings.items[to++] = k->bindings.items[i];
    k->bindings.count = to;
}

static enum err_code bind(struct keymap *k, const struct command_def *def, key_code key,
                          unsigned line, struct err *err)
{
    struct binding *has = find(k, def->context, key);
    struct buf name = BUF_INIT(64);
    enum err_code rc;

    if (has && has->command == def->command) { /* in the file's order, and the file's now */
        size_t at = (size_t)(has - k->bindings.items);

        k->bindings.count--;
        memmove(has, has + 1, (k->bindings.count - at) * sizeof(*has));
        has = NULL;
    }
    if (has && has->line == 0 && line > 0) {
        *has = (struct binding){key, def->command, def->context, line};
        return ERR_OK;
    }
    if (!has) {
        *VEC_PUSH(&k->bindings) = (struct binding){key, def->command, def->context, line};
        return ERR_OK;
    }
    key_format(key, &name);
    rc = err_set(err, ERR_INPUT, "%s cannot be the key of %s: line %u gives it to %s",
                 buf_cstr(&name), def->name, has->line, command_def(has->command)->name);
    buf_release(&name);
    return rc;
}

/* The next key of a list; a comma itself is a key when it stands alone. */
static bool next_key(struct str *rest, struct str *ret)
{
    struct str s = str_trim(*rest);

    if (!s.len)
        return false;
    if (s.ptr[0] == ',') {
        *ret = (struct str){s.ptr, 1};
        *rest = (struct str){s.ptr + 1, s.len - 1};
        s = str_trim(*rest);
        if (s.len && s.ptr[0] == ',')
            *rest = (struct str){s.ptr + 1, s.len - 1};
        return true;
    }
    *rest = s;
    str_split(rest, ',', ret);
    *ret = str_trim(*ret);
    return true;
}

static enum err_code bind_one(struct keymap *k, const struct command_def *def, struct str name,
                              unsigned line, struct err *err)
{
    key_code key;

    if (!key_parse(name, &key))
        return err_set(err, ERR_INPUT,
                       "there is no key \"%.*s\": a key is a character or a name like Tab, PgUp, "
                       "F5, Ctrl-X, Alt-b",
                       (int)(name.len > 40 ? 40 : name.len), name.ptr);
    return bind(k, def, key, line, err);
}

static enum err_code bind_keys(struct keymap *k, const struct command_def *def, struct str keys,
                               unsigned line, struct err *err)
{
    struct str name;
    enum err_code rc = ERR_OK;

    if (name_eq(str_trim(keys), "none"))
        return ERR_OK;
    while (!rc && next_key(&keys, &name))
        rc = bind_one(k, def, name, line, err);
    return rc;
}

static enum err_code unknown_command(struct err *err, struct str name)
{
    const char *near = NULL;
    unsigned best = 5;

    for (size_t i = 0; i < command_count(); i++) {
        unsigned d = text_distance(name, str_from(command_table[i].name), best);

        if (d < best) {
            best = d;
            near = command_table[i].name;
        }
    }
    return err_set(err, ERR_INPUT, "there is no command \"%.*s\"%s%s%s",
                   (int)(name.len > 40 ? 40 : name.len), name.ptr, near ? "; did you mean " : "",
                   near ? near : "", near ? "?" : "");
}

static enum err_code parse_line(struct keymap *k, struct str text, unsigned line, struct err *err)
{
    const struct command_def *def;
    struct str name, keys = text;

    if (!memchr(text.ptr, '=', text.len))
        return err_set(err, ERR_INPUT, "expected \"command = key, key\"");
    str_split(&keys, '=', &name);
    name = str_trim(name);
    def = command_find(name);
    if (!def)
        return unknown_command(err, name);
    if (!str_trim(keys).len)
        return err_set(err, ERR_INPUT, "%s has no key; write \"none\" to take its keys away",
                       def->name);
    drop_command(k, def->command);
    return bind_keys(k, def, keys, line, err);
}

static enum err_code parse_lines(struct keymap *k, struct str text, const char *path,
                                 struct err *err)
{
    struct str rest = text, at;
    unsigned line = 0;

    while (str_line(&rest, &at)) {
        line++;
        at = str_trim(at);
        if (!at.len || at.ptr[0] == '#')
            continue;
        if (parse_line(k, at, line, err))
            return err_wrap(err, "%s: line %u", path, line);
    }
    return ERR_OK;
}

/* ---- the same in YAML ---- */

/* A key as YAML reads it: a digit alone is a number there. */
static enum err_code bind_value(struct keymap *k, const struct command_def *def,
                                const struct value *v, struct err *err)
{
    char digit[2] = "";

    if (v->type == VALUE_STRING)
        return bind_one(k, def, v->u.string, v->line, err);
    if (v->type == VALUE_NUMBER && v->u.number >= 0 && v->u.number <= 9 &&
        v->u.number == (int)v->u.number) {
        digit[0] = (char)('0' + (int)v->u.number);
        return bind_one(k, def, (struct str){digit, 1}, v->line, err);
    }
    return err_set(err, ERR_INPUT, "a key of %s is a %s: put it in quotes", def->name,
                   value_type_name(v->type));
}

static enum err_code parse_member(struct keymap *k, const struct value *v, struct err *err)
{
    const struct command_def *def = command_find(v->key);
    enum err_code rc = ERR_OK;

    if (!def)
        return unknown_command(err, v->key);
    drop_command(k, def->command);
    if (v->type == VALUE_STRING && name_eq(v->u.string, "none"))
        return ERR_OK;
    if (v->type != VALUE_ARRAY)
        return bind_value(k, def, v, err);
    VALUE_EACH (item, v) {
        rc = bind_value(k, def, item, err);
        if (rc)
            break;
    }
    return rc;
}

static enum err_code parse_yaml(struct keymap *k, struct str text, const char *path,
                                struct err *err)
{
    struct arena *arena = arena_new(0);
    const struct value *root = NULL;
    enum err_code rc = yaml_parse(arena, text, &root, err);

    if (rc)
        err_wrap(err, "%s", path);
    else if (root->type != VALUE_OBJECT && root->type != VALUE_NULL)
        rc = err_set(err, ERR_INPUT, "%s: expected lines such as \"pane.next: [Tab, Ctrl-N]\"",
                     path);
    if (!rc)
        VALUE_EACH (v, root) {
            rc = parse_member(k, v, err);
            if (rc) {
                err_wrap(err, "%s: line %u", path, v->line);
                break;
            }
        }
    arena_free(arena);
    return rc;
}

enum err_code keymap_parse(struct keymap *k, const char *path, struct str text, struct err *err)
{
    struct str name = str_from(path);

    return str_ends(name, ".yaml") || str_ends(name, ".yml") ? parse_yaml(k, text, path, err)
                                                             : parse_lines(k, text, path, err);
}

enum err_code keymap_load(struct keymap *k, const char *path, struct err *err)
{
    struct buf text = BUF_INIT(KEYMAP_MAX_BYTES);
    enum err_code rc = file_read(path, &text, err);

    if (rc == ERR_NOT_FOUND) {
        err_clear(err);
        rc = ERR_OK;
    } else if (!rc) {
        rc = keymap_parse(k, path, buf_str(&text), err);
    }
    buf_release(&text);
    return rc;
}

struct keymap *keymap_new(void)
{
    struct keymap *k = xcalloc(1, sizeof(*k));
    struct err err = ERR_INIT;

    for (size_t i = 0; i < command_count(); i++)
        if (bind_keys(k, &command_table[i], str_from(command_table[i].keys), 0, &err))
            mem_fatal(err.msg); /* a mistake in our own table */
    return k;
}

void keymap_free(struct keymap *k)
{
    if (!k)
        return;
    VEC_RELEASE(&k->bindings);
    free(k);
}

enum command keymap_lookup(const struct keymap *k, enum context context, key_code key)
{
    VEC_EACH (b, &k->bindings)
        if (b->context == context && b->key == key)
            return b->command;
    return CMD_NONE;
}

void keymap_keys(const struct keymap *k, enum command command, const char *between, struct buf *out)
{
    bool any = false;

    VEC_EACH (b, &k->bindings) {
        if (b->command != command)
            continue;
        buf_adds(out, any ? between : "");
        key_format(b->key, out);
        any = true;
    }
}
