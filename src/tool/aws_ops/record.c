/* record.c - what stands where in a record: paths through what a list and its reads answered. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "ops_priv.h"
#include "runbook/base/num.h"
#include "runbook/base/timefmt.h"

#define DEPTH_MAX 12

/* ---- paths ---- */

const struct ops_read *ops_path_read(const struct ops_kind *k, const char *path, size_t *ret_index)
{
    const char *at = path[0] == '#' ? path + 1 : path;
    size_t len = strcspn(at, ".");

    for (size_t i = 0; k->reads && i < OPS_READS_MAX && k->reads[i].name; i++) {
        if (strlen(k->reads[i].name) != len || strncmp(k->reads[i].name, at, len) != 0)
            continue;
        *ret_index = i;
        return &k->reads[i];
    }
    return NULL;
}

const char *ops_unread(const struct ops_record *r, const char *path)
{
    size_t i;

    if (!path || !ops_path_read(r->kind, path, &i) || r->reads[i].value)
        return NULL;
    return r->reads[i].why ? r->reads[i].why : "it was not read";
}

static void walk(const struct value *v, const char *path, ops_leaf_fn *fn, void *ctx, int depth)
{
    size_t len = strcspn(path, ".");
    const char *rest = path[len] == '.' ? path + len + 1 : path + len;

    if (!v || depth > DEPTH_MAX)
        return;
    if (!len || strcmp(path, ".") == 0) {
        fn(ctx, v);
        return;
    }
    if (len == 1 && *path == '*') {
        if (*rest && v->type == VALUE_OBJECT) /* of XML: a list of one is that one */
            walk(v, rest, fn, ctx, depth + 1);
        VALUE_EACH (it, v)
            if (v->type == VALUE_ARRAY || !*rest || it->type == VALUE_OBJECT)
                walk(it, rest, fn, ctx, depth + 1);
        return;
    }
    if (v->type != VALUE_OBJECT)
        return;
    VALUE_EACH (it, v)
        if (it->key.len == len && memcmp(it->key.ptr, path, len) == 0)
            walk(it, rest, fn, ctx, depth + 1);
}

/* A member that is known of every record. */
static const char *own(const struct ops_record *r, const char *path)
{
    const char *s = strcmp(path, "@id") == 0       ? r->id
                    : strcmp(path, "@name") == 0   ? r->name
                    : strcmp(path, "@arn") == 0    ? r->arn
                    : strcmp(path, "@state") == 0  ? r->state
                    : strcmp(path, "@region") == 0 ? r->region
                    : strcmp(path, "@number") == 0 ? r->number
                                                   : NULL;

    return s;
}

void ops_visit(const struct ops_record *r, const char *path, ops_leaf_fn *fn, void *ctx)
{
    size_t i;

    if (path[0] == '@') {
        const char *s = own(r, path);
        struct value leaf = {.type = VALUE_STRING, .u.string = str_from(s)};

        if (s && *s)
            fn(ctx, &leaf);
    } else if (ops_path_read(r->kind, path, &i)) {
        const char *dot = strchr(path, '.');

        walk(r->reads[i].value, dot ? dot + 1 : ".", fn, ctx, 0);
    } else {
        walk(r->item, path, fn, ctx, 0);
    }
}

struct first {
    const struct value *leaf;
    struct value copy;
};

static void keep_first(void *ctx, const struct value *leaf)
{
    struct first *f = ctx;

    if (f->leaf || leaf->type == VALUE_NULL)
        return;
    f->copy = *leaf;
    f->leaf = &f->copy;
}

static const struct value *first(const struct ops_record *r, const char *path, struct first *f)
{
    f->leaf = NULL;
    ops_visit(r, path, keep_first, f);
    return f->leaf;
}

/* ---- what a leaf says ---- */

struct str ops_leaf_text(struct arena *arena, const struct value *leaf)
{
    switch (leaf->type) {
    case VALUE_STRING:
        return leaf->u.string;
    case VALUE_BOOL:
        return leaf->u.boolean ? STR_LIT("true") : STR_LIT("false");
    case VALUE_NUMBER:
        return str_from(arena_printf(arena, "%.15g", leaf->u.number));
    case VALUE_NULL:
    case VALUE_ARRAY:
    case VALUE_OBJECT:
        break;
    }
    return (struct str){"", 0};
}

/* "tail": behind the last / or :, "colon": behind the last :, "group": the name of a log group in
 * its ARN, "after:X": behind X; "" when that is not in it. */
static const char *filtered(struct arena *arena, const char *s, const char *filter)
{
    const char *slash = strrchr(s, '/'), *colon = strrchr(s, ':'), *at;

    if (strcmp(filter, "tail") == 0)
        at = slash > colon ? slash : colon;
    else if (strcmp(filter, "colon") == 0)
        at = colon;
    else if (strcmp(filter, "group") == 0) {
        at = strstr(s, ":log-group:");
        return at ? arena_strndup(arena, at + 11, strcspn(at + 11, ":")) : "";
    } else {
        at = strstr(s, filter + 6);
        return at ? at + strlen(filter + 6) : "";
    }
    return at ? at + 1 : s;
}

const char *ops_text(struct arena *arena, const struct ops_record *r, const char *path)
{
    const char *bar = strchr(path, '|'), *text;
    struct first f;
    const struct value *leaf =
        first(r, bar ? arena_strndup(arena, path, (size_t)(bar - path)) : path, &f);

    if (!leaf)
        return "";
    text = arena_str(arena, ops_leaf_text(arena, leaf));
    return bar ? filtered(arena, text, bar + 1) : text;
}

static double leaf_number(const struct value *leaf)
{
    double v;

    if (leaf->type == VALUE_NUMBER)
        return leaf->u.number;
    if (leaf->type == VALUE_STRING && num_f64(leaf->u.string, &v))
        return v;
    return (double)NAN;
}

static void count_items(void *ctx, const struct value *leaf)
{
    double *n = ctx;

    if (leaf->type == VALUE_ARRAY)
        *n += (double)value_count(leaf);
    else
        *n += leaf->type == VALUE_OBJECT || (leaf->type == VALUE_STRING && leaf->u.string.len);
}

double ops_number(const struct ops_record *r, const char *path)
{
    struct first f;
    const struct value *leaf;
    double n = 0;

    if (path[0] == '#') {
        ops_visit(r, path + 1, count_items, &n);
        return n;
    }
    if (strcmp(path, "@max-connections") == 0) {
        struct arena *a = arena_new(0);
        double v = ops_max_connections(ops_text(a, r, "DBInstanceClass"), ops_text(a, r, "Engine"));

        arena_free(a);
        return v;
    }
    leaf = first(r, path, &f);
    return leaf ? leaf_number(leaf) : (double)NAN;
}

struct earliest {
    bool found;
    int64_t ms;
};

static void keep_earliest(void *ctx, const struct value *leaf)
{
    struct earliest *e = ctx;
    double v = leaf_number(leaf);
    int64_t ms;

    if (v > 0 && v < 1e14)
        ms = (int64_t)(v > 1e11 ? v : v * 1000); /* seconds, or milliseconds */
    else if (leaf->type != VALUE_STRING || leaf->u.string.len < 10 ||
             !time_parse(leaf->u.string, &ms))
        return;
    if (!e->found || ms < e->ms)
        e->ms = ms;
    e->found = true;
}

bool ops_time(const struct ops_record *r, const char *path, int64_t *ret)
{
    struct earliest e = {false, 0};

    ops_visit(r, path, keep_earliest, &e);
    if (e.found)
        *ret = e.ms;
    return e.found;
}

bool ops_is_one_of(struct str s, const char *words)
{
    struct str rest = str_from(words), word;

    while (str_split(&rest, '|', &word))
        if (word.len == s.len && (!s.len || strncasecmp(word.ptr, s.ptr, s.len) == 0))
            return true;
    return false;
}

/* ---- conditions ---- */

struct asked {
    const char *words;
    bool found;
};

static void ask(void *ctx, const struct value *leaf)
{
    struct asked *a = ctx;
    char number[32];
    struct str s = leaf->type == VALUE_STRING ? leaf->u.string : (struct str){"", 0};

    if (leaf->type == VALUE_BOOL)
        s = leaf->u.boolean ? STR_LIT("true") : STR_LIT("false");
    if (leaf->type == VALUE_NUMBER) {
        (void)snprintf(number, sizeof(number), "%.15g", leaf->u.number);
        s = str_from(number);
    }
    a->found = a->found || (a->words ? ops_is_one_of(s, a->words) : leaf->type != VALUE_NULL);
}

/* "path=a|b", "path!=a|b", "#path", "!#path" */
bool ops_when(const struct ops_record *r, const char *when)
{
    struct asked a = {0};
    char path[96];
    size_t len;
    bool not ;

    if (!when)
        return true;
    if (strncmp(when, "!#", 2) == 0)
        return !ops_when(r, when + 1);
    len = strcspn(when, "!=");
    not = when[len] == '!';
    if (when[len])
        a.words = when + len + (not ? 2 : 1);
    (void)snprintf(path, sizeof(path), "%.*s", (int)len, when);
    ops_visit(r, path[0] == '#' ? path + 1 : path, ask, &a);
    return a.found != not ;
}

/* ---- log groups ---- */

const char *ops_log_group(struct arena *arena, const struct ops_log *l, const struct ops_record *r)
{
    struct buf out = BUF_INIT(1024);
    const char *at = l->group, *named = l->from ? ops_text(arena, r, l->from) : "";

    if (*named)
        return named;
    if (!at || !ops_when(r, l->when))
        return NULL;
    while (*at) {
        const char *end = *at == '{' ? strchr(at, '}') : NULL;

        if (end) {
            char *path = arena_strndup(arena, at + 1, (size_t)(end - at - 1));

            buf_adds(&out, ops_text(arena, r, path));
            at = end + 1;
        } else {
            buf_addc(&out, *at++);
        }
    }
    named = arena_strdup(arena, buf_cstr(&out));
    buf_release(&out);
    return named;
}

/* ---- how many connections ---- */

/* GiB of memory of the size "large" of a family. Source: Amazon RDS User Guide, Hardware
 * specifications for DB instance classes. */
static double large_gib(char family)
{
    switch (family) {
    case 'r':
    case 'x':
        return 16;
    case 'c':
        return 4;
    case 'm':
    case 't':
        return 8;
    default:
        return (double)NAN;
    }
}

static double class_gib(const char *class_name)
{
    static const struct {
        const char *size;
        double of_large;
    } sizes[] = {{"micro", 0.125}, {"small", 0.25}, {"medium", 0.5}, {"large", 1}, {"xlarge", 2}};
    const char *size = strrchr(class_name, '.');
    int64_t times;

    if (strncmp(class_name, "db.", 3) != 0 || !size || size < class_name + 4)
        return (double)NAN;
    size++;
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
        if (strcmp(size, sizes[i].size) == 0)
            return sizes[i].of_large * large_gib(class_name[3]);
    if (strlen(size) > 6 && strcmp(size + strlen(size) - 6, "xlarge") == 0 &&
        num_i64((struct str){size, strlen(size) - 6}, &times) && times > 0 && times < 100)
        return 2.0 * (double)times * large_gib(class_name[3]);
    return (double)NAN;
}

/* Source: Amazon RDS User Guide, Quotas and constraints: maximum number of database connections. */
double ops_max_connections(const char *class_name, const char *engine)
{
    double bytes = class_gib(class_name) * GIB, n;

    if (strstr(engine, "postgres"))
        n = bytes / 9531392;
    else if (strstr(engine, "mysql") || strcmp(engine, "mariadb") == 0)
        n = bytes / 12582880;
    else
        return (double)NAN;
    return strstr(engine, "postgres") && n > 5000 ? 5000 : floor(n);
}

/* ---- amounts ---- */

const char *ops_amount(struct arena *arena, double v, const char *unit)
{
    static const char *const sizes[] = {"bytes", "KiB", "MiB", "GiB", "TiB", "PiB"};
    size_t i = 0;

    if (strcmp(unit, "bytes") == 0) {
        for (; fabs(v) >= 1024 && i < 5; i++)
            v /= 1024;
        return arena_printf(arena, i ? "%.1f %s" : "%.0f %s", v, sizes[i]);
    }
    if (v == floor(v) && fabs(v) < 1e15)
        return arena_printf(arena, "%.0f%s%s", v, *unit ? " " : "", unit);
    return arena_printf(arena, fabs(v) < 10 ? "%.2f%s%s" : "%.1f%s%s", v, *unit ? " " : "", unit);
}
