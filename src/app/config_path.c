/* config_path.c - key paths: spelling, matching a row, the nearest known key. */
#include "src/app/config_priv.h"

#include <ctype.h>

#include "runbook/base/text.h"

void config_snake(struct str name, struct buf *out)
{
    for (size_t i = 0; i < name.len; i++) {
        unsigned char c = (unsigned char)name.ptr[i];

        if (isupper(c)) {
            bool after_lower = i > 0 && !isupper((unsigned char)name.ptr[i - 1]) &&
                               name.ptr[i - 1] != '_' && name.ptr[i - 1] != '.';

            if (after_lower)
                buf_addc(out, '_');
            buf_addc(out, (char)tolower(c));
        } else {
            buf_addc(out, (char)c);
        }
    }
}

/* Does a concrete canonical path fit a row's path? "a.0.b" fits "a[].b". */
static bool fits(const char *row, const char *path)
{
    while (*row) {
        if (row[0] == '[' && row[1] == ']') {
            if (*path != '.' || !isdigit((unsigned char)path[1]))
                return false;
            path++;
            while (isdigit((unsigned char)*path))
                path++;
            row += 2;
            continue;
        }
        if (*row++ != *path++)
            return false;
    }
    return *path == '\0';
}

const struct config_key *config_row(const struct config_schema *s, const char *path)
{
    for (const struct config_key *k = s->keys; k->path; k++)
        if (fits(k->path, path))
            return k;
    return NULL;
}

/* "knowledge.sources[0].type" and "knowledge.sources.0.type" are the same to a user. */
void config_canonical(const char *path, struct buf *out)
{
    struct buf plain = BUF_INIT(1024);

    for (; *path; path++) {
        if (*path == '[')
            buf_addc(&plain, '.');
        else if (*path != ']')
            buf_addc(&plain, *path);
    }
    config_snake(buf_str(&plain), out);
    buf_release(&plain);
}

const struct config_key *config_key_find(const struct config_schema *s, const char *path)
{
    struct buf c = BUF_INIT(1024);
    const struct config_key *k;

    config_canonical(path, &c);
    k = config_row(s, buf_cstr(&c));
    for (const struct config_key *r = s->keys; !k && r->path; r++)
        if (strcmp(r->path, path) == 0)
            k = r; /* the table's own spelling, with [] */
    buf_release(&c);
    return k;
}

enum config_shape config_shape(const struct config_schema *s, const char *table_path)
{
    size_t len = strlen(table_path);

    for (const struct config_key *k = s->keys; k->path; k++) {
        if (strncmp(k->path, table_path, len) != 0)
            continue;
        if (k->path[len] == '\0')
            return SHAPE_VALUE;
        if (k->path[len] == '.')
            return SHAPE_MAPPING;
        if (strncmp(k->path + len, "[].", 3) == 0)
            return SHAPE_LIST;
    }
    return SHAPE_NONE;
}

static size_t segments(const char *path)
{
    size_t n = 1;

    for (; *path; path++)
        n += *path == '.';
    return n;
}

/* The first `n` segments of a path. */
static struct str head(const char *path, size_t n)
{
    const char *p = path;

    for (; *p; p++)
        if (*p == '.' && --n == 0)
            break;
    return (struct str){path, (size_t)(p - path)};
}

static struct str leaf(const char *path)
{
    const char *dot = strrchr(path, '.');

    return str_from(dot ? dot + 1 : path);
}

/* Two ways to be near: the same number of parts with a slip in one ("promethus", "llm.modle"), or a
 * lone word that is some row's last part ("model" for "llm.model"). */
bool config_key_nearest(const struct config_schema *s, const char *path, struct buf *out)
{
    struct buf word = BUF_INIT(1024);
    struct str found = {NULL, 0};
    unsigned best;
    size_t n;

    config_canonical(path, &word);
    n = segments(buf_cstr(&word));
    best = word.len < 9 ? 3 : (word.len < 15 ? 4 : 5);
    for (const struct config_key *k = s->keys; k->path; k++) {
        struct str same = head(k->path, n);
        unsigned d = text_distance(buf_str(&word), same, best);

        if (d < best) {
            best = d;
            found = same;
        }
        if (n == 1 && best > 1 && text_distance(buf_str(&word), leaf(k->path), 2) < 2) {
            best = 1;
            found = str_from(k->path);
        }
    }
    buf_release(&word);
    if (found.len && str_ends(found, "[]"))
        found.len -= 2;
    return found.len && buf_add_str(out, found);
}

void config_env_name(const char *prefix, const char *path, struct buf *out)
{
    buf_adds(out, prefix);
    for (; *path; path++)
        buf_addc(out, *path == '.' ? '_' : (char)toupper((unsigned char)*path));
}

bool config_env_known(const struct config_schema *s, struct str name)
{
    struct buf want = BUF_INIT(256);
    bool found = false;

    for (const struct config_key *k = s->keys; k->path && !found; k++) {
        buf_clear(&want);
        config_env_name(s->env_prefix, k->path, &want);
        found = !strstr(k->path, "[]") && str_eq(name, buf_str(&want));
    }
    buf_release(&want);
    return found;
}

const char *config_type_name(enum config_type t)
{
    switch (t) {
    case CONFIG_STRING:
        return "string";
    case CONFIG_SECRET:
        return "secret";
    case CONFIG_BOOL:
        return "true or false";
    case CONFIG_INT:
        return "whole number";
    case CONFIG_NUMBER:
        return "number";
    case CONFIG_ENUM:
        return "one of";
    case CONFIG_PATH:
        return "path";
    case CONFIG_URL:
        return "URL";
    case CONFIG_STRINGS:
        return "list of strings";
    case CONFIG_MAP:
        return "names with values";
    case CONFIG_SECRET_MAP:
        return "names with secrets";
    }
    return "value";
}
