/* failure.c - what an answer that is no 2xx says. Source: Smithy, "AWS protocols", error
 * serialization; AWS's services write `__type`, `code` and `Code`, `message` and `Message`. */
#include "runbook/base/text.h"
#include "wire_priv.h"

#define CODE_MAX 128

/* "com.amazonaws.x#FooError:http://..." is FooError. */
static struct str bare_code(struct str s)
{
    for (size_t i = 0; i < s.len; i++)
        if (s.ptr[i] == ':') {
            s.len = i;
            break;
        }
    for (size_t i = s.len; i; i--)
        if (s.ptr[i - 1] == '#') {
            s = (struct str){s.ptr + i, s.len - i};
            break;
        }
    s = str_trim(s);
    return s.len > CODE_MAX ? (struct str){s.ptr, CODE_MAX} : s;
}

static const struct aws_shape *shape_of(const struct aws_operation *op, struct str code)
{
    for (size_t i = 0; op && i < op->error_count; i++)
        if (str_eq(op->errors[i]->error_code, code) || str_eq(op->errors[i]->name, code))
            return op->errors[i];
    return NULL;
}

static void put_fields(struct reading *r, struct aws_failure *ret, struct values *vs)
{
    struct value *v = arena_alloc(r->arena, sizeof(*v));

    values_end(r, vs, VALUE_OBJECT, v);
    ret->fields = v;
}

static struct str copy(struct reading *r, struct str s)
{
    struct value v = {0};

    set_string(r, &v, s);
    return v.u.string;
}

/* Services whose older protocol was query keep its codes: "Code;Sender". */
static struct str json_code(struct reading *r, const struct aws_answer *a, const struct value *body)
{
    const char *head = aws_answer_header(a, "x-amzn-query-error");
    struct str code, rest;

    if (head && r->model->query_compatible) {
        rest = str_from(head);
        if (str_split(&rest, ';', &code) && code.len)
            return code;
    }
    head = aws_answer_header(a, "x-amzn-errortype");
    code = str_from(head);
    if (!code.len)
        code = value_str_or(body, "__type", "");
    if (!code.len)
        code = value_str_or(body, "code", "");
    return code.len ? code : value_str_or(body, "Code", "");
}

static void read_json_failure(struct reading *r, const struct aws_operation *op,
                              const struct aws_answer *a, struct aws_failure *ret)
{
    const struct value *body = NULL;
    const struct aws_shape *s;
    struct values vs = {0};
    struct str modeled;

    if (!str_trim(a->body).len || json_parse(r->arena, a->body, &body, r->err) != ERR_OK)
        body = NULL;
    ret->code = copy(r, bare_code(json_code(r, a, body)));
    ret->message = value_str_or(body, "message", "");
    if (!ret->message.len)
        ret->message = value_str_or(body, "Message", "");
    modeled = bare_code(value_str_or(body, "__type", ""));
    s = shape_of(op, ret->code);
    if (!s)
        s = shape_of(op, modeled);
    if (!s || (body && body->type != VALUE_OBJECT))
        return;
    (void)read_heads(r, s, a, &vs);
    if (body)
        (void)read_json_members(r, s, body, &vs);
    put_fields(r, ret, &vs);
}

/* <ErrorResponse><Error>, <Response><Errors><Error>, or <Error> itself. */
static const struct xml_node *error_node(const struct xml_node *root)
{
    const struct xml_node *n = xml_child(root, STR_LIT("Error"));

    if (!n)
        n = xml_child(xml_child(root, STR_LIT("Errors")), STR_LIT("Error"));
    return n ? n : root;
}

static void read_xml_failure(struct reading *r, const struct aws_operation *op,
                             const struct aws_answer *a, struct aws_failure *ret)
{
    const struct xml_node *root = NULL, *n;
    const struct aws_shape *s;
    struct values vs = {0};

    if (!str_trim(a->body).len || xml_parse(r->arena, a->body, &root, r->err) != ERR_OK)
        return;
    n = error_node(root);
    ret->code = copy(r, bare_code(xml_text(n, "Code")));
    ret->message = copy(r, xml_text(n, "Message"));
    if (!ret->message.len)
        ret->message = copy(r, xml_text(n, "message"));
    s = shape_of(op, ret->code);
    if (!s)
        return;
    (void)read_heads(r, s, a, &vs);
    (void)read_xml_members(r, s, n, &vs);
    put_fields(r, ret, &vs);
}

void aws_failure_read(struct arena *arena, const struct aws_model *m,
                      const struct aws_operation *op, const struct aws_answer *a,
                      struct aws_failure *ret)
{
    struct err err = ERR_INIT;
    struct reading r = {arena, m, &err};

    *ret = (struct aws_failure){.code = STR_LIT(""), .message = STR_LIT("")};
    if (m->protocol == AWS_JSON || m->protocol == AWS_REST_JSON)
        read_json_failure(&r, op, a, ret);
    else
        read_xml_failure(&r, op, a, ret);
    if (!ret->code.len)
        ret->code = str_from(arena_printf(arena, "HTTP %d", a->status));
}
