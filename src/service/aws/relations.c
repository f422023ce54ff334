/* relations.c - see relations.h. */
#include "runbook/service/aws/relations.h"

#include <ctype.h>

#include "runbook/codec/json.h"

#define DEPTH_MAX 24

static const struct {
    const char *type, *words, *inverse;
} types[] = {
    {"uses", "uses", "used by"},
    {"runs-in", "runs in", "holds"},
    {"member-of", "member of", "has member"},
    {"routes-to", "routes to", "routed from"},
    {"reads-from", "reads from", "read by"},
    {"depends-on", "depends on", "needed by"},
    {"allows", "allows", "allowed by"},
    {"alias", "is also", "is also"},
};

const char *aws_relation_type(struct str word)
{
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
        if (str_eq_c(word, types[i].type))
            return types[i].type;
    return NULL;
}

const char *aws_relation_words(const char *type, bool inverse)
{
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
        if (strcmp(type, types[i].type) == 0)
            return inverse ? types[i].inverse : types[i].words;
    return type;
}

struct telling {
    struct arena *arena;
    const struct aws_relation_def *def;
    aws_relation_fn *fn;
    void *ctx;
    size_t told;
};

/* ---- what a text names ---- */

/* Behind the last "arn:" in it: an integration's address holds that of a function. */
static struct str inner_arn(struct str s)
{
    for (size_t i = s.len; i-- > 0;)
        if (s.len - i > 4 && memcmp(s.ptr + i, "arn:", 4) == 0) {
            struct str arn = {s.ptr + i, s.len - i};

            if (str_ends(arn, "/invocations"))
                arn.len -= strlen("/invocations");
            return arn;
        }
    return s;
}

/* "arn:aws:lambda:eu-west-1:1:function:pay:live" is a version of the function. */
static struct str without_version(struct str arn)
{
    ptrdiff_t at = str_find(arn, STR_LIT(":function:"));
    size_t from = at < 0 ? arn.len : (size_t)at + strlen(":function:");

    for (size_t i = from; i < arn.len; i++)
        if (arn.ptr[i] == ':')
            return (struct str){arn.ptr, i};
    return arn;
}

/* "arn:aws:ecs:...:task-definition/pay:12" is a revision of the family; a task's group is
 * "service:pay". Source: Amazon ECS API Reference, Task. */
static struct str without_revision(const struct aws_relation *r)
{
    struct str s = r->target;
    ptrdiff_t at = str_find(s, STR_LIT("task-definition/"));

    if (str_eq_c(r->kind, "ecs:service") && str_starts(s, "service:"))
        return (struct str){s.ptr + strlen("service:"), s.len - strlen("service:")};
    if (!str_eq_c(r->kind, "ecs:task-definition-family"))
        return s;
    if (at >= 0)
        s = (struct str){s.ptr + at + strlen("task-definition/"),
                         s.len - (size_t)at - strlen("task-definition/")};
    for (size_t i = 0; i < s.len; i++)
        if (s.ptr[i] == ':')
            s.len = i;
    return s;
}

static struct str lower(struct arena *arena, struct str s)
{
    char *text = arena_str(arena, s);

    for (size_t i = 0; i < s.len; i++)
        text[i] = (char)tolower((unsigned char)text[i]);
    return (struct str){text, s.len};
}

/* A host name of AWS as what it is the address of: a bucket, an interface of a gateway, else the
 * name itself, as load balancers and databases say theirs. */
static void name_host(struct telling *t, struct str host, struct aws_relation *r)
{
    ptrdiff_t at;

    host = lower(t->arena, host);
    if (str_ends(host, "."))
        host.len--;
    if (str_starts(host, "dualstack."))
        host = (struct str){host.ptr + strlen("dualstack."), host.len - strlen("dualstack.")};
    r->target = host;
    if (!str_ends(host, "amazonaws.com"))
        return;
    at = str_find(host, STR_LIT(".s3"));
    if (at > 0) {
        r->kind = STR_LIT("s3:bucket");
        r->target.len = (size_t)at;
        return;
    }
    at = str_find(host, STR_LIT(".execute-api."));
    if (at > 0)
        r->target.len = (size_t)at;
}

static bool is_host(struct str s)
{
    return s.len > 3 && memchr(s.ptr, '.', s.len) && !memchr(s.ptr, '/', s.len) &&
           !memchr(s.ptr, '@', s.len) && !memchr(s.ptr, ' ', s.len) &&
           isalpha((unsigned char)*s.ptr);
}

/* "i-0123456789abcdef0": letters, a dash, only hexadecimal digits. */
static bool is_id(struct str s)
{
    size_t i = 0, hex = 0;

    while (i < s.len && islower((unsigned char)s.ptr[i]))
        i++;
    if (!i || i == s.len || s.ptr[i] != '-')
        return false;
    for (i++; i < s.len && isxdigit((unsigned char)s.ptr[i]); i++)
        hex++;
    return i == s.len && hex >= 8;
}

static void tell_one(struct telling *t, struct str s)
{
    struct aws_relation r = {t->def->type, t->def->inverse, t->def->kind, s};

    while (s.len && isspace((unsigned char)*s.ptr))
        s = (struct str){s.ptr + 1, s.len - 1};
    r.target = s;
    if (!s.len || s.len > AWS_TARGET_MAX || t->told == AWS_RELATIONS_MAX)
        return;
    if (str_find(s, STR_LIT("arn:")) >= 0)
        r.target = without_version(inner_arn(s));
    else if (strcmp(r.type, "alias") == 0)
        r.target = lower(t->arena, s);
    else if (!r.kind.len && is_host(s))
        name_host(t, s, &r);
    else if (!r.kind.len && !is_id(s)) /* an address of mail, a telephone */
        return;
    r.target = without_revision(&r);
    t->told++;
    t->fn(t->ctx, &r);
}

/* "subnet-1,subnet-2". */
static void tell_text(struct telling *t, struct str s)
{
    struct str piece;

    while (str_split(&s, ',', &piece))
        tell_one(t, piece);
}

/* Every ARN that stands somewhere in a text. */
static void tell_arns(struct telling *t, struct str s)
{
    ptrdiff_t at;

    while ((at = str_find(s, STR_LIT("arn:"))) >= 0) {
        struct str arn = {s.ptr + at, 0};

        while ((size_t)at + arn.len < s.len && !isspace((unsigned char)arn.ptr[arn.len]) &&
               !strchr("\"'\\,;<>{}()", arn.ptr[arn.len]))
            arn.len++;
        tell_one(t, arn);
        s = (struct str){arn.ptr + arn.len, s.len - (size_t)at - arn.len};
    }
}

/* ---- the way to it ---- */

static struct str first_piece(struct str *path)
{
    struct str piece = {0};

    str_split(path, '.', &piece);
    return piece;
}

static const struct value *member(const struct value *v, struct str name)
{
    VALUE_EACH (it, v)
        if (v->type == VALUE_OBJECT && str_eq(it->key, name))
            return it;
    return NULL;
}

static void walk(struct telling *t, const struct value *v, struct str path, int depth);

/* A text that holds JSON, as policies do. */
static void walk_into_text(struct telling *t, const struct value *v, struct str path, int depth)
{
    const struct value *inner;
    struct err ignored = ERR_INIT;

    if (v->u.string.len && *v->u.string.ptr == '{' &&
        !json_parse(t->arena, v->u.string, &inner, &ignored))
        walk(t, inner, path, depth + 1);
}

static void walk_member(struct telling *t, const struct value *v, struct str path, int depth)
{
    struct str piece = first_piece(&path);
    const struct value *m = member(v, piece), *name = member(v, STR_LIT("Name"));

    if (str_eq_c(piece, "*")) {
        VALUE_EACH (it, v)
            walk(t, it, path, depth + 1);
    } else if (m) {
        walk(t, m, path, depth + 1);
    } else if (name && name->type == VALUE_STRING && str_eq(name->u.string, piece)) {
        m = member(v, STR_LIT("Value")); /* {Name: RedrivePolicy, Value: ...} */
        if (m)
            walk(t, m, path, depth + 1);
    }
}

/* Elements "item" and "member" of XML are the list's own: as a value it is an array. */
static struct str without_item(struct str path)
{
    struct str rest = path, piece = first_piece(&rest);

    if (!str_eq_c(piece, "item") && !str_eq_c(piece, "member"))
        return path;
    return rest.ptr ? rest : STR_LIT("");
}

/* "~" at the end of a path: every ARN in the text that is there. */
static void walk(struct telling *t, const struct value *v, struct str path, int depth)
{
    if (depth > DEPTH_MAX)
        return;
    if (v->type == VALUE_ARRAY) {
        path = without_item(path);
        VALUE_EACH (it, v)
            walk(t, it, path, depth + 1);
    } else if (v->type == VALUE_OBJECT && path.len) {
        walk_member(t, v, path, depth);
    } else if (v->type == VALUE_STRING && str_eq_c(path, "~")) {
        tell_arns(t, v->u.string);
    } else if (v->type == VALUE_STRING && path.len) {
        walk_into_text(t, v, path, depth);
    } else if (v->type == VALUE_STRING) {
        tell_text(t, v->u.string);
    }
}

static struct str text_of(const struct value *v, struct str path)
{
    while (v && path.len)
        v = member(v, first_piece(&path));
    return v && v->type == VALUE_STRING ? v->u.string : (struct str){"", 0};
}

/* "=/aws/lambda/{FunctionName}": a name that follows from the record. */
static void tell_made(struct telling *t, const struct value *item, struct str form)
{
    struct buf out = BUF_INIT(AWS_TARGET_MAX);

    if (aws_item_made(&out, form, item))
        tell_one(t, (struct str){arena_str(t->arena, buf_str(&out)), out.len});
    buf_release(&out);
}

void aws_relations_read(struct arena *arena, const struct aws_list *l, const struct value *params,
                        const struct value *item, aws_relation_fn *fn, void *ctx)
{
    struct telling t = {.arena = arena, .fn = fn, .ctx = ctx};

    for (size_t i = 0; i < l->relation_count; i++) {
        struct str path = l->relations[i].path;

        t.def = &l->relations[i];
        if (str_starts(path, "="))
            tell_made(&t, item, (struct str){path.ptr + 1, path.len - 1});
        else if (str_starts(path, "@"))
            tell_text(&t, text_of(params, (struct str){path.ptr + 1, path.len - 1}));
        else
            walk(&t, item, path, 0);
    }
}

struct str aws_relation_source(const struct aws_list *l, const struct value *params)
{
    const struct value *v = l->about.len ? member(params, l->about) : NULL;

    return v && v->type == VALUE_STRING ? v->u.string : (struct str){"", 0};
}
