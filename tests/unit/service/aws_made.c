/* aws_made.c - see aws_made.h. */
#include "tests/unit/service/aws_made.h"

#include <stdio.h>
#include <strings.h>

#include "runbook/codec/hash.h"

#define DEPTH_MAX 7

static bool is_bare(const struct aws_member *m)
{
    return m->flattened || m->shape->flattened;
}

/* ---- scalars ---- */

static enum aws_time_form time_form(const struct making *k, const struct aws_member *m)
{
    if (m->time != AWS_TIME_DEFAULT)
        return m->time;
    if (m->shape->time != AWS_TIME_DEFAULT)
        return m->shape->time;
    return k->xml ? AWS_TIME_ISO8601 : AWS_TIME_UNIX;
}

/* Its text on the wire; true: JSON needs quotes around it. */
static bool scalar(struct making *k, const struct aws_member *m, enum aws_time_form form,
                   struct buf *out)
{
    unsigned n = ++k->n;
    struct str bytes;

    switch (m->shape->type) {
    case AWS_BOOLEAN:
        buf_adds(out, "true");
        return false;
    case AWS_INTEGER:
    case AWS_LONG:
        buf_addf(out, "%u", 1000 + n);
        return false;
    case AWS_FLOAT:
    case AWS_DOUBLE:
        buf_addf(out, "%u.5", n);
        return false;
    case AWS_TIMESTAMP:
        if (form == AWS_TIME_UNIX)
            buf_addf(out, "%u", 1770000000 + n);
        else if (form == AWS_TIME_RFC822)
            buf_addf(out, "Wed, 04 Feb 2026 10:%02u:%02u GMT", n / 60 % 60, n % 60);
        else
            buf_addf(out, "2026-02-04T10:%02u:%02uZ", n / 60 % 60, n % 60);
        return form != AWS_TIME_UNIX;
    case AWS_BLOB:
        bytes = str_from(arena_printf(k->arena, "bytes %u", n));
        base64_encode(out, bytes);
        return true;
    default:
        buf_addf(out, "s%u", n);
        return true;
    }
}

/* A line of what is to be read. */
static void expect(struct making *k, const char *text)
{
    buf_addf(&k->want, "%s=%s\n", k->at.shown, text);
    buf_addf(&k->wire, "%s=%s\n", k->at.wire, text);
    k->leaves++;
}

void made_append(char *path, size_t size, struct str name)
{
    size_t len = strlen(path);

    if (name.len)
        (void)snprintf(path + len, size - len, "%s%.*s", len ? "." : "", STR_FMT(name));
}

/* One step further; what is returned leads back. `shown` false: what is read has no name for it. */
static struct place enter(struct making *k, struct str name, bool shown)
{
    struct place before = k->at;

    made_append(k->at.wire, sizeof(k->at.wire), name);
    if (shown)
        made_append(k->at.shown, sizeof(k->at.shown), name);
    return before;
}

/* ---- JSON ---- */

static void put_json(struct making *k, const struct aws_member *m, int depth);

static bool in_answer(const struct aws_member *m)
{
    return m->place == AWS_IN_BODY || m->place == AWS_IN_PATH || m->place == AWS_IN_QUERY;
}

static void json_members(struct making *k, const struct aws_shape *s, int depth)
{
    size_t written = 0;

    buf_addc(&k->body, '{');
    for (size_t i = 0; i < s->count && depth < DEPTH_MAX && !(s->one_of && written); i++) {
        const struct aws_member *m = &s->members[i];
        struct place before;

        if (!in_answer(m))
            continue;
        before = enter(k, aws_wire_name(m), true);
        buf_addf(&k->body, "%s\"%.*s\":", written++ ? "," : "", STR_FMT(aws_wire_name(m)));
        put_json(k, m, depth + 1);
        k->at = before;
    }
    buf_addc(&k->body, '}');
}

static void json_many(struct making *k, const struct aws_member *m, int depth)
{
    bool map = m->shape->type == AWS_MAP;

    buf_addc(&k->body, map ? '{' : '[');
    for (size_t i = 0; i < k->per_list && depth < DEPTH_MAX; i++) {
        const char *key = arena_printf(k->arena, "k%u", ++k->n);
        struct place before = enter(k, map ? str_from(key) : STR_LIT(""), true);

        if (i)
            buf_addc(&k->body, ',');
        if (map)
            buf_addf(&k->body, "\"%s\":", key);
        put_json(k, &m->shape->item, depth + 1);
        k->at = before;
    }
    buf_addc(&k->body, map ? '}' : ']');
}

static void put_json(struct making *k, const struct aws_member *m, int depth)
{
    struct buf text = BUF_INIT(1000);
    bool quoted;

    switch (m->shape->document ? AWS_STRING : m->shape->type) {
    case AWS_STRUCTURE:
        json_members(k, m->shape, depth);
        break;
    case AWS_LIST:
    case AWS_MAP:
        json_many(k, m, depth);
        break;
    default:
        quoted = scalar(k, m, time_form(k, m), &text);
        buf_addf(&k->body, quoted ? "\"%s\"" : "%s", buf_cstr(&text));
        expect(k, buf_cstr(&text));
        break;
    }
    buf_release(&text);
}

/* ---- XML ---- */

static void put_xml(struct making *k, const struct aws_member *m, struct str name, bool shown,
                    int depth);

static struct str element(const struct aws_member *m)
{
    if (is_bare(m) && m->shape->type == AWS_LIST && m->shape->item.wire.len)
        return m->shape->item.wire;
    return aws_wire_name(m);
}

static struct str local(struct str name)
{
    ptrdiff_t at = str_find(name, STR_LIT(":"));

    return at < 0 ? name : (struct str){name.ptr + at + 1, name.len - (size_t)at - 1};
}

static void xml_attrs(struct making *k, const struct aws_shape *s)
{
    struct buf text = BUF_INIT(1000);

    for (size_t i = 0; i < s->count; i++) {
        const struct aws_member *m = &s->members[i];
        struct place before;

        if (!m->attribute)
            continue;
        buf_clear(&text);
        (void)scalar(k, m, AWS_TIME_ISO8601, &text);
        buf_addf(&k->body, " xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" %.*s=\"%s\"",
                 STR_FMT(aws_wire_name(m)), buf_cstr(&text));
        before = enter(k, local(aws_wire_name(m)), true);
        expect(k, buf_cstr(&text));
        k->at = before;
    }
    buf_release(&text);
}

/* Several elements of one name that are all that is there are a list without names. */
static void xml_members(struct making *k, const struct aws_shape *s, int depth)
{
    size_t count = 0;
    bool any = false;

    for (size_t i = 0; i < s->count; i++)
        count += s->members[i].attribute || in_answer(&s->members[i]);
    for (size_t i = 0; i < s->count && depth < DEPTH_MAX && !(s->one_of && any); i++) {
        const struct aws_member *m = &s->members[i];

        if (m->attribute || !in_answer(m))
            continue;
        any = true;
        put_xml(k, m, element(m), count > 1 || k->per_list == 1 || !is_bare(m), depth + 1);
    }
}

static void open_tag(struct making *k, struct str name)
{
    buf_addf(&k->body, "<%.*s>", STR_FMT(name));
}

static void close_tag(struct making *k, struct str name)
{
    buf_addf(&k->body, "</%.*s>", STR_FMT(name));
}

/* What is read drops the names of a list's items: "member" and "item" always, others where there
 * are several. */
static bool has_name(const struct making *k, struct str item)
{
    return k->per_list == 1 && !str_eq_c(item, "member") && !str_eq_c(item, "item");
}

static void xml_entry(struct making *k, const struct aws_member *m, struct str name, bool shown,
                      int depth)
{
    struct place before = enter(k, name, shown);

    open_tag(k, name);
    put_xml(k, &m->shape->key, aws_wire_name(&m->shape->key), true, depth + 1);
    put_xml(k, &m->shape->item, aws_wire_name(&m->shape->item), true, depth + 1);
    close_tag(k, name);
    k->at = before;
}

static void xml_many(struct making *k, const struct aws_member *m, struct str name, bool shown,
                     int depth)
{
    bool bare = is_bare(m), map = m->shape->type == AWS_MAP;
    struct str item = bare ? name : map ? STR_LIT("entry") : aws_wire_name(&m->shape->item);
    struct place before = k->at;

    if (!bare) {
        (void)enter(k, name, shown);
        open_tag(k, name);
        shown = has_name(k, item);
    }
    for (size_t i = 0; i < k->per_list && depth < DEPTH_MAX; i++)
        if (map)
            xml_entry(k, m, item, shown, depth);
        else
            put_xml(k, &m->shape->item, item, shown, depth + 1);
    if (!bare)
        close_tag(k, name);
    k->at = before;
}

static void put_xml(struct making *k, const struct aws_member *m, struct str name, bool shown,
                    int depth)
{
    struct buf text = BUF_INIT(1000);
    struct place before = k->at;

    switch (m->shape->type) {
    case AWS_LIST:
    case AWS_MAP:
        xml_many(k, m, name, shown, depth);
        break;
    case AWS_STRUCTURE:
        (void)enter(k, name, shown);
        buf_addf(&k->body, "<%.*s", STR_FMT(name));
        xml_attrs(k, m->shape);
        buf_addc(&k->body, '>');
        xml_members(k, m->shape, depth);
        close_tag(k, name);
        break;
    default:
        (void)enter(k, name, shown);
        (void)scalar(k, m, time_form(k, m), &text);
        open_tag(k, name);
        buf_add_str(&k->body, buf_str(&text));
        close_tag(k, name);
        expect(k, buf_cstr(&text));
        break;
    }
    k->at = before;
    buf_release(&text);
}

/* ---- answers ---- */

static const struct aws_member *in_header(const struct aws_shape *s, struct str header)
{
    for (size_t i = 0; i < s->count; i++) {
        struct str wire = aws_wire_name(&s->members[i]);

        if (s->members[i].place == AWS_IN_HEADER && wire.len == header.len &&
            strncasecmp(wire.ptr, header.ptr, wire.len) == 0)
            return &s->members[i];
    }
    return NULL;
}

static void put_header(struct making *k, const struct aws_member *m, struct str shown)
{
    struct buf text = BUF_INIT(1000);
    struct place before = k->at;

    (void)scalar(k, m, m->time == AWS_TIME_DEFAULT ? AWS_TIME_RFC822 : m->time, &text);
    if (k->header_count < HEADERS_MAX)
        k->headers[k->header_count++] = (struct aws_header){
            arena_str(k->arena, aws_wire_name(m)), arena_strdup(k->arena, buf_cstr(&text))};
    (void)enter(k, shown, true);
    expect(k, buf_cstr(&text));
    k->at = before;
    buf_release(&text);
}

/* Those that the definition has, in its order; one that it has not is kept in mind. */
static void put_headers(struct making *k, const struct aws_shape *s)
{
    VALUE_EACH (it, k->list->head) {
        const struct aws_member *m = in_header(s, it->u.string);

        if (m)
            put_header(k, m, it->key);
    }
    for (size_t i = 0; i < s->count; i++) {
        bool read = false;

        VALUE_EACH (it, k->list->head)
            read = read || in_header(s, it->u.string) == &s->members[i];
        if (!read && s->members[i].place == AWS_IN_HEADER)
            k->lost = arena_str(k->arena, s->members[i].name);
    }
}

/* Bytes or a text that are the whole body. */
static void put_bytes(struct making *k)
{
    struct place before = enter(k, k->list->text, true);

    buf_addf(&k->body, "s%u", ++k->n);
    expect(k, buf_cstr(&k->body));
    k->at = before;
}

static void put_result(struct making *k, const struct aws_member *root)
{
    const char *op = arena_str(k->arena, k->list->name);

    switch (k->protocol) {
    case AWS_QUERY:
        buf_addf(&k->body, "<%sResponse xmlns=\"http://x/\"><%sResult>", op, op);
        xml_members(k, root->shape, 0);
        buf_addf(&k->body,
                 "</%sResult><ResponseMetadata><RequestId>r</RequestId></ResponseMetadata>"
                 "</%sResponse>",
                 op, op);
        break;
    case AWS_EC2:
        buf_addf(&k->body, "<%sResponse xmlns=\"http://x/\">", op);
        xml_members(k, root->shape, 0);
        buf_addf(&k->body, "</%sResponse>", op);
        break;
    case AWS_REST_XML:
        buf_adds(&k->body, "<?xml version=\"1.0\"?><Root");
        xml_attrs(k, root->shape);
        buf_adds(&k->body, " xmlns=\"http://x/\">");
        xml_members(k, root->shape, 0);
        buf_adds(&k->body, "</Root>");
        break;
    case AWS_JSON:
    case AWS_REST_JSON:
        json_members(k, root->shape, 0);
        break;
    }
}

static bool has_body(const struct aws_shape *s)
{
    for (size_t i = 0; i < s->count; i++)
        if (in_answer(&s->members[i]))
            return true;
    return false;
}

void made_answer(struct making *k, const struct aws_operation *op)
{
    const struct aws_member *root = &op->output;
    const struct aws_member *payload = root->shape ? root->shape->payload : NULL;

    k->xml = k->protocol != AWS_JSON && k->protocol != AWS_REST_JSON;
    if (!root->shape)
        return;
    put_headers(k, root->shape);
    if (payload && payload->shape->type != AWS_STRUCTURE)
        put_bytes(k);
    else if (payload || has_body(root->shape))
        put_result(k, payload ? payload : root);
}
