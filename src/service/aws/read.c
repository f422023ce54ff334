/* read.c - an answer as values: which reader a body has, and what headers say. */
#include <strings.h>

#include "runbook/base/num.h"
#include "runbook/base/text.h"
#include "runbook/base/timefmt.h"
#include "runbook/codec/hash.h"
#include "wire_priv.h"

const char *aws_answer_header(const struct aws_answer *a, const char *name)
{
    for (size_t i = 0; i < a->header_count; i++)
        if (strcasecmp(a->headers[i].name, name) == 0)
            return a->headers[i].value;
    return NULL;
}

bool in_answer_body(const struct aws_member *m)
{
    return m->place == AWS_IN_BODY || m->place == AWS_IN_PATH || m->place == AWS_IN_QUERY;
}

/* ---- values ---- */

struct value *values_add(struct reading *r, struct values *vs, struct str key)
{
    struct value *v = VEC_PUSH(&vs->list);

    v->key = (struct str){arena_str(r->arena, key), key.len};
    return v;
}

void values_end(struct reading *r, struct values *vs, enum value_type type, struct value *ret)
{
    ret->type = type;
    ret->u.list.count = vs->list.count;
    ret->u.list.items = NULL;
    if (vs->list.count) {
        ret->u.list.items = arena_array(r->arena, vs->list.count, sizeof(struct value));
        memcpy(ret->u.list.items, vs->list.items, vs->list.count * sizeof(struct value));
    }
    VEC_RELEASE(&vs->list);
}

void set_string(struct reading *r, struct value *v, struct str s)
{
    struct buf fine = BUF_INIT(BODY_MAX);

    while (s.len) {
        uint32_t cp;
        size_t n = text_decode(s, &cp);

        if (cp == TEXT_BAD || cp == 0)
            buf_adds(&fine, "\xef\xbf\xbd");
        else
            buf_add(&fine, s.ptr, n);
        s = (struct str){s.ptr + n, s.len - n};
    }
    v->type = VALUE_STRING;
    v->u.string = (struct str){arena_str(r->arena, buf_str(&fine)), fine.len};
    buf_release(&fine);
}

static bool text_is_valid(struct str s)
{
    size_t bad;

    return text_valid(s, &bad) && !memchr(s.ptr ? s.ptr : "", '\0', s.len);
}

bool time_read(struct str text, enum aws_time_form form, double *ret_seconds)
{
    int64_t ms;

    text = str_trim(text);
    if (form == AWS_TIME_UNIX && num_f64(text, ret_seconds))
        return true;
    if (!time_parse(text, &ms) && !time_parse_http(text, &ms))
        return false;
    *ret_seconds = (double)ms / 1000;
    return true;
}

static bool number_read(const struct aws_member *m, struct str text, struct value *ret)
{
    bool whole = m->shape->type == AWS_INTEGER || m->shape->type == AWS_LONG;
    int64_t i;

    text = str_trim(text);
    ret->type = VALUE_NUMBER;
    if (whole && num_i64(text, &i)) {
        ret->u.number = (double)i;
        return true;
    }
    if (whole)
        return false;
    if (str_eq_c(text, "NaN") || str_eq_c(text, "Infinity") || str_eq_c(text, "-Infinity")) {
        ret->type = VALUE_STRING;
        ret->u.string = text;
        return true;
    }
    return num_f64(text, &ret->u.number);
}

static bool blob_read(struct reading *r, struct str text, struct value *ret)
{
    struct buf bytes = BUF_INIT(BODY_MAX);
    bool fine = base64_decode(&bytes, str_trim(text));

    if (fine && text_is_valid(buf_str(&bytes)))
        set_string(r, ret, buf_str(&bytes));
    else if (fine)
        set_string(r, ret, text);
    buf_release(&bytes);
    return fine;
}

bool scalar_read(struct reading *r, const struct aws_member *m, enum aws_time_form fallback,
                 struct str text, struct value *ret)
{
    switch (m->shape->type) {
    case AWS_STRING:
        set_string(r, ret, text);
        return true;
    case AWS_BLOB:
        return blob_read(r, text, ret);
    case AWS_BOOLEAN:
        text = str_trim(text);
        ret->type = VALUE_BOOL;
        ret->u.boolean = str_eq_c(text, "true");
        return ret->u.boolean || str_eq_c(text, "false");
    case AWS_TIMESTAMP:
        ret->type = VALUE_NUMBER;
        return time_read(text, m->time == AWS_TIME_DEFAULT ? fallback : m->time, &ret->u.number);
    case AWS_INTEGER:
    case AWS_LONG:
    case AWS_FLOAT:
    case AWS_DOUBLE:
        return number_read(m, text, ret);
    default:
        return false;
    }
}

/* ---- headers ---- */

/* The next item of a list in a header: quoted ones may hold commas, times do. */
static bool next_item(struct str *rest, const struct aws_member *m, struct buf *out)
{
    bool time =
        m->shape->type == AWS_TIMESTAMP && m->time != AWS_TIME_UNIX && m->time != AWS_TIME_ISO8601;
    int commas = time ? 1 : 0;
    size_t i = 0;

    *rest = str_trim(*rest);
    buf_clear(out);
    if (!rest->len)
        return false;
    if (*rest->ptr == '"') {
        for (i = 1; i < rest->len && rest->ptr[i] != '"'; i++) {
            i += rest->ptr[i] == '\\' && i + 1 < rest->len;
            buf_addc(out, rest->ptr[i]);
        }
        while (i < rest->len && rest->ptr[i] != ',')
            i++;
    } else {
        while (i < rest->len && (rest->ptr[i] != ',' || commas-- > 0))
            i++;
        buf_add_str(out, str_trim((struct str){rest->ptr, i}));
    }
    i += i < rest->len;
    *rest = (struct str){rest->ptr + i, rest->len - i};
    return true;
}

static bool header_list(struct reading *r, const struct aws_member *m, struct str text,
                        struct value *ret)
{
    struct values vs = {0};
    struct buf item = BUF_INIT(BODY_MAX);
    bool fine = true;

    while (fine && next_item(&text, &m->shape->item, &item))
        fine = scalar_read(r, &m->shape->item, AWS_TIME_RFC822, buf_str(&item),
                           values_add(r, &vs, STR_LIT("")));
    buf_release(&item);
    values_end(r, &vs, VALUE_ARRAY, ret);
    return fine;
}

/* JSON in base64; kept as text. */
static bool json_header(struct reading *r, struct str text, struct value *ret)
{
    struct buf bytes = BUF_INIT(BODY_MAX);
    bool fine = base64_decode(&bytes, text);

    if (fine)
        set_string(r, ret, buf_str(&bytes));
    buf_release(&bytes);
    return fine;
}

static enum err_code read_header(struct reading *r, const struct aws_member *m,
                                 const struct aws_answer *a, struct values *vs)
{
    const char *text = aws_answer_header(a, arena_str(r->arena, aws_wire_name(m)));
    struct value v = {0};
    bool fine;

    if (!text || (!*text && m->shape->type == AWS_LIST))
        return ERR_OK;
    if (m->shape->type == AWS_LIST)
        fine = header_list(r, m, str_from(text), &v);
    else if (m->json_value)
        fine = json_header(r, str_from(text), &v);
    else
        fine = scalar_read(r, m, AWS_TIME_RFC822, str_from(text), &v);
    if (!fine)
        return err_set(r->err, ERR_INPUT, "the header %.*s cannot be read: '%s'",
                       STR_FMT(aws_wire_name(m)), text);
    v.key = m->name;
    *VEC_PUSH(&vs->list) = v;
    return ERR_OK;
}

static void read_prefixed(struct reading *r, const struct aws_member *m, const struct aws_answer *a,
                          struct values *vs)
{
    struct values map = {0};
    struct str prefix = m->wire;
    struct value v = {0};

    for (size_t i = 0; i < a->header_count; i++) {
        struct str name = str_from(a->headers[i].name);

        if (name.len < prefix.len ||
            strncasecmp(name.ptr, prefix.ptr ? prefix.ptr : "", prefix.len))
            continue;
        name = (struct str){name.ptr + prefix.len, name.len - prefix.len};
        set_string(r, values_add(r, &map, name), str_from(a->headers[i].value));
    }
    values_end(r, &map, VALUE_OBJECT, &v);
    v.key = m->name;
    *VEC_PUSH(&vs->list) = v;
}

enum err_code read_heads(struct reading *r, const struct aws_shape *s, const struct aws_answer *a,
                         struct values *vs)
{
    for (size_t i = 0; i < s->count; i++) {
        const struct aws_member *m = &s->members[i];

        if (m->place == AWS_IN_HEADER && read_header(r, m, a, vs) != ERR_OK)
            return r->err->code;
        if (m->place == AWS_IN_HEADERS)
            read_prefixed(r, m, a, vs);
        if (m->place == AWS_IN_STATUS)
            *values_add(r, vs, m->name) =
                (struct value){.type = VALUE_NUMBER, .key = m->name, .u.number = (double)a->status};
    }
    return ERR_OK;
}

/* ---- bodies ---- */

/* What came instead of an answer, in a few words. */
static enum err_code unreadable(struct reading *r, const struct aws_answer *a)
{
    struct buf start = BUF_INIT(400);

    text_sanitize(&start, (struct str){a->body.ptr, a->body.len < 80 ? a->body.len : 80}, false,
                  false);
    (void)err_wrap(r->err, "an answer that cannot be read (it begins with '%s')", buf_cstr(&start));
    buf_release(&start);
    return r->err->code;
}

static enum err_code json_body(struct reading *r, const struct aws_answer *a,
                               const struct value **ret)
{
    static const struct value none = {.type = VALUE_OBJECT};

    *ret = &none;
    if (!str_trim(a->body).len)
        return ERR_OK;
    if (json_parse(r->arena, a->body, ret, r->err) != ERR_OK)
        return unreadable(r, a);
    return ERR_OK;
}

static enum err_code read_json_body(struct reading *r, const struct aws_shape *s,
                                    const struct aws_answer *a, struct values *vs)
{
    const struct value *body;

    if (json_body(r, a, &body) != ERR_OK)
        return r->err->code;
    return read_json_members(r, s, body, vs);
}

/* The query protocol wraps: <XResponse><XResult>...; some operations do not. */
static const struct xml_node *unwrap(struct reading *r, const struct aws_operation *op,
                                     const struct xml_node *root)
{
    const struct xml_node *n;

    if (r->model->protocol != AWS_QUERY)
        return root;
    n = xml_child(root, str_from(arena_printf(r->arena, "%.*sResult", STR_FMT(op->name))));
    return n ? n : root;
}

static enum err_code read_xml_body(struct reading *r, const struct aws_operation *op,
                                   const struct aws_shape *s, const struct aws_answer *a,
                                   struct values *vs)
{
    const struct xml_node *root;

    if (!str_trim(a->body).len)
        return ERR_OK;
    if (xml_parse(r->arena, a->body, &root, r->err) != ERR_OK)
        return unreadable(r, a);
    return read_xml_members(r, s, unwrap(r, op, root), vs);
}

static enum err_code read_payload(struct reading *r, const struct aws_member *m,
                                  const struct aws_answer *a, struct values *vs)
{
    const struct value *body;
    const struct xml_node *root;
    struct value v = {0};

    if (m->shape->type == AWS_STRING || m->shape->type == AWS_BLOB) {
        set_string(r, &v, a->body);
        if (m->shape->type == AWS_BLOB && !text_is_valid(a->body)) {
            struct buf b = BUF_INIT(BODY_MAX * 2);

            base64_encode(&b, a->body);
            set_string(r, &v, buf_str(&b));
            buf_release(&b);
        }
        if (!a->body.len)
            return ERR_OK;
    } else if (!str_trim(a->body).len) {
        return ERR_OK;
    } else if (r->model->protocol == AWS_REST_JSON) {
        if (json_body(r, a, &body) != ERR_OK || read_json(r, m, body, &v) != ERR_OK)
            return r->err->code;
    } else {
        if (xml_parse(r->arena, a->body, &root, r->err) != ERR_OK)
            return unreadable(r, a);
        if (read_xml(r, m, root, &v) != ERR_OK)
            return r->err->code;
    }
    v.key = m->name;
    *VEC_PUSH(&vs->list) = v;
    return ERR_OK;
}

static bool wants_body(const struct aws_shape *s)
{
    for (size_t i = 0; i < s->count; i++)
        if (in_answer_body(&s->members[i]))
            return true;
    return false;
}

static enum err_code read_all(struct reading *r, const struct aws_operation *op,
                              const struct aws_answer *a, struct values *vs)
{
    const struct aws_shape *s = op->output.shape;

    if (read_heads(r, s, a, vs) != ERR_OK)
        return r->err->code;
    if (s->payload)
        return read_payload(r, s->payload, a, vs);
    if (!wants_body(s))
        return ERR_OK;
    if (r->model->protocol == AWS_JSON || r->model->protocol == AWS_REST_JSON)
        return read_json_body(r, s, a, vs);
    return read_xml_body(r, op, s, a, vs);
}

enum err_code aws_answer_read(struct arena *arena, const struct aws_model *m,
                              const struct aws_operation *op, const struct aws_answer *a,
                              const struct value **ret, struct err *err)
{
    struct reading r = {arena, m, err};
    struct value *v = arena_alloc(arena, sizeof(*v));
    struct values vs = {0};
    enum err_code rc = op->output.shape ? read_all(&r, op, a, &vs) : ERR_OK;

    values_end(&r, &vs, VALUE_OBJECT, v);
    *ret = v;
    if (rc != ERR_OK)
        return err_wrap(err, "%.*s", STR_FMT(op->name));
    return ERR_OK;
}
