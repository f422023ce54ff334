/* fuzz_xml.c - a document: every name and text of it is text, it is as deep as is allowed at most,
 * and written again it is read as the same. */
#include "tests/fuzz/targets.h"

#include "runbook/base/text.h"
#include "runbook/codec/xml.h"
#include "runbook/service/aws/service.h"

static void check_node(const struct xml_node *n, unsigned depth)
{
    FUZZ_CHECK(depth <= XML_DEPTH_MAX && n->name.len && text_valid(n->name, NULL) &&
               text_valid(n->text, NULL));
    FUZZ_CHECK(!n->first || !n->text.len);
    for (size_t i = 0; i < n->attr_count; i++)
        FUZZ_CHECK(text_valid(n->attrs[i].name, NULL) && text_valid(n->attrs[i].value, NULL));
    for (const struct xml_node *c = n->first; c; c = c->next)
        check_node(c, depth + 1);
}

static void write_node(struct buf *out, const struct xml_node *n)
{
    buf_addf(out, "<n.%.*s>", STR_FMT(n->name)); /* what stands behind a colon may begin with "-" */
    xml_escape(out, n->text);
    for (const struct xml_node *c = n->first; c; c = c->next)
        write_node(out, c);
    buf_addf(out, "</n.%.*s>", STR_FMT(n->name));
}

static bool same(const struct xml_node *a, const struct xml_node *b)
{
    const struct xml_node *x = a->first, *y = b->first;

    struct str name = {b->name.ptr + 2, b->name.len - 2};

    if (!str_eq(a->name, name) || !str_eq(a->text, b->text))
        return false;
    for (; x && y; x = x->next, y = y->next)
        if (!same(x, y))
            return false;
    return !x && !y;
}

static void check_value(const struct value *v)
{
    FUZZ_CHECK(text_valid(v->key, NULL));
    if (v->type == VALUE_STRING)
        FUZZ_CHECK(text_valid(v->u.string, NULL) && strlen(v->u.string.ptr) == v->u.string.len);
    VALUE_EACH (it, v)
        check_value(it);
}

void fuzz_xml(struct str input)
{
    struct arena *a = arena_new(0);
    const struct xml_node *root, *again;
    struct err err = ERR_INIT;

    if (xml_parse(a, input, &root, &err) == ERR_OK) {
        struct buf out = BUF_INIT(BUF_NO_MAX);

        check_node(root, 1);
        check_value(aws_xml_value(a, root));
        write_node(&out, root);
        FUZZ_CHECK(xml_parse(a, buf_str(&out), &again, &err) == ERR_OK && same(root, again));
        buf_release(&out);
    } else {
        FUZZ_CHECK(err.code != ERR_OK && *err.msg && text_valid(str_from(err.msg), NULL));
    }
    arena_free(a);
}
