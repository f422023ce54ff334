/* xml.c - see xml.h. */
#include "runbook/codec/xml.h"

#include <expat.h>
#include <limits.h>

#define TEXT_MAX ((size_t)1 << 28)

/* What grows while it is read; the node is what others see. */
struct open_node {
    struct xml_node *node, *last;
};

struct reader {
    XML_Parser parser;
    struct arena *arena;
    struct xml_node *root;
    struct open_node open[XML_DEPTH_MAX];
    int depth;
    struct buf text;
    const char *refused; /* why we ended it ourselves */
};

static void refuse(struct reader *r, const char *why)
{
    if (!r->refused)
        r->refused = why;
    XML_StopParser(r->parser, XML_FALSE);
}

/* One that ends with a colon is none of a namespace: it stays whole, so that no name is empty. */
static struct str local_name(const char *name)
{
    const char *colon = strrchr(name, ':');

    return str_from(colon && colon[1] ? colon + 1 : name);
}

static bool is_namespace(const char *name)
{
    return strcmp(name, "xmlns") == 0 || strncmp(name, "xmlns:", 6) == 0;
}

static struct str keep(struct reader *r, struct str s)
{
    return (struct str){arena_str(r->arena, s), s.len};
}

static void add_attrs(struct reader *r, struct xml_node *n, const char **attrs)
{
    struct xml_attr *kept;
    size_t count = 0;

    for (size_t i = 0; attrs[i]; i += 2)
        count += !is_namespace(attrs[i]);
    if (!count)
        return;
    kept = arena_array(r->arena, count, sizeof(*kept));
    n->attrs = kept;
    for (; attrs[0]; attrs += 2) {
        if (is_namespace(attrs[0]))
            continue;
        kept[n->attr_count].name = keep(r, local_name(attrs[0]));
        kept[n->attr_count++].value = keep(r, str_from(attrs[1]));
    }
}

static void on_start(void *ctx, const char *name, const char **attrs)
{
    struct reader *r = ctx;
    struct xml_node *n;

    if (r->refused)
        return;
    if (r->depth == XML_DEPTH_MAX) {
        refuse(r, "elements are nested too deeply");
        return;
    }
    n = arena_alloc(r->arena, sizeof(*n));
    n->name = keep(r, local_name(name));
    n->text = STR_LIT("");
    add_attrs(r, n, attrs);
    if (r->depth) {
        struct open_node *up = &r->open[r->depth - 1];

        if (up->last)
            up->last->next = n;
        else
            up->node->first = n;
        up->last = n;
    } else {
        r->root = n;
    }
    r->open[r->depth++] = (struct open_node){n, NULL};
    buf_clear(&r->text);
}

static void on_end(void *ctx, const char *name)
{
    struct reader *r = ctx;
    struct open_node *o;

    (void)name;
    if (r->refused || !r->depth)
        return;
    o = &r->open[--r->depth];
    if (!o->last)
        o->node->text = keep(r, buf_str(&r->text));
    buf_clear(&r->text);
}

static void on_text(void *ctx, const char *s, int len)
{
    struct reader *r = ctx;

    if (r->depth && !r->open[r->depth - 1].last && !buf_add(&r->text, s, (size_t)len))
        refuse(r, "a text is too long");
}

static void on_doctype(void *ctx, const char *name, const char *sys, const char *pub, int internal)
{
    (void)name, (void)sys, (void)pub, (void)internal;
    refuse(ctx, "a document type declaration is not accepted");
}

static enum err_code failed(struct reader *r, struct err *err)
{
    const char *why = r->refused;

    if (!why)
        why = XML_ErrorString(XML_GetErrorCode(r->parser));
    return err_set(err, ERR_INPUT, "XML line %lu column %lu: %s",
                   (unsigned long)XML_GetCurrentLineNumber(r->parser),
                   (unsigned long)XML_GetCurrentColumnNumber(r->parser) + 1,
                   why ? why : "malformed");
}

/* expat counts in int. */
static bool feed(struct reader *r, struct str text)
{
    do {
        size_t n = text.len < INT_MAX / 2 ? text.len : INT_MAX / 2;

        if (XML_Parse(r->parser, text.ptr ? text.ptr : "", (int)n, n == text.len) != XML_STATUS_OK)
            return false;
        text = (struct str){text.ptr + n, text.len - n};
    } while (text.len);
    return !r->refused;
}

enum err_code xml_parse(struct arena *arena, struct str text, const struct xml_node **ret,
                        struct err *err)
{
    struct reader r = {.arena = arena, .text = BUF_INIT(TEXT_MAX)};
    enum err_code rc = ERR_OK;

    r.parser = XML_ParserCreate(NULL);
    if (!r.parser)
        return err_set(err, ERR_LIMIT, "no memory for reading XML");
    XML_SetUserData(r.parser, &r);
    XML_SetElementHandler(r.parser, on_start, on_end);
    XML_SetCharacterDataHandler(r.parser, on_text);
    XML_SetStartDoctypeDeclHandler(r.parser, on_doctype);
    if (feed(&r, text))
        *ret = r.root;
    else
        rc = failed(&r, err);
    XML_ParserFree(r.parser);
    buf_release(&r.text);
    return rc;
}

static const struct xml_node *named(const struct xml_node *n, struct str name)
{
    while (n && !str_eq(n->name, name))
        n = n->next;
    return n;
}

const struct xml_node *xml_child(const struct xml_node *node, struct str name)
{
    return node ? named(node->first, name) : NULL;
}

const struct xml_node *xml_again(const struct xml_node *node)
{
    return named(node->next, node->name);
}

struct str xml_text(const struct xml_node *node, const char *child)
{
    const struct xml_node *n = xml_child(node, str_from(child));

    return n ? n->text : STR_LIT("");
}

static const char *entity(char c)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\r':
        return "&#xD;"; /* a parser would make a line feed of it */
    case '\n':
        return "&#xA;"; /* and a blank of this one, in an attribute */
    case '\t':
        return "&#x9;";
    default:
        return (unsigned char)c < 0x20 ? "\xef\xbf\xbd" : NULL;
    }
}

void xml_escape(struct buf *out, struct str s)
{
    for (size_t i = 0; i < s.len; i++) {
        const char *e = entity(s.ptr[i]);

        if (e)
            buf_adds(out, e);
        else
            buf_addc(out, s.ptr[i]);
    }
}
