/* list_answer.c - what answers of a definition's operations hold: items, their parts, the next
 * page. See service.h. */
#include "wire_priv.h"

#include <ctype.h>
#include <stdio.h>

#include "runbook/base/text.h"
#include "runbook/codec/hash.h"
#include "runbook/service/aws/service.h"

#define GROUPS_MAX 512 /* names of one element's children that are looked for again */

/* Children of one name alone are a list: named "member" or "item", or several. */
static bool is_list(const struct xml_node *n)
{
    const struct xml_node *c = n->first;

    if (!c || !(str_eq_c(c->name, "member") || str_eq_c(c->name, "item") || c->next))
        return false;
    while (c->next && str_eq(c->next->name, n->first->name))
        c = c->next;
    return !c->next;
}

static bool has_key(const struct values *vs, struct str name)
{
    for (size_t i = 0; i < vs->list.count && i < GROUPS_MAX; i++)
        if (str_eq(vs->list.items[i].key, name))
            return true;
    return false;
}

static void put_xml(struct reading *r, const struct xml_node *n, struct value *ret);

/* `n` and those of its name behind it. */
static void put_again(struct reading *r, const struct xml_node *n, struct value *ret)
{
    struct values vs = {0};

    for (; n; n = xml_again(n))
        put_xml(r, n, values_add(r, &vs, STR_LIT("")));
    values_end(r, &vs, VALUE_ARRAY, ret);
}

/* What comes several times beside others is an array, at the place of its first. */
static void put_members(struct reading *r, const struct xml_node *n, struct value *ret)
{
    struct values vs = {0};

    for (size_t i = 0; i < n->attr_count; i++)
        if (!has_key(&vs, n->attrs[i].name))
            set_string(r, values_add(r, &vs, n->attrs[i].name), n->attrs[i].value);
    for (const struct xml_node *c = n->first; c; c = c->next) {
        struct value v = {0};

        if (has_key(&vs, c->name))
            continue;
        if (vs.list.count < GROUPS_MAX && xml_again(c))
            put_again(r, c, &v);
        else
            put_xml(r, c, &v);
        v.key = c->name;
        *VEC_PUSH(&vs.list) = v;
    }
    values_end(r, &vs, VALUE_OBJECT, ret);
}

/* Attributes of a text say how it is written, those of others say something: the type of a grantee.
 */
static void put_xml(struct reading *r, const struct xml_node *n, struct value *ret)
{
    struct values vs = {0};

    if (!n->first) {
        set_string(r, ret, n->text);
        return;
    }
    if (!is_list(n)) {
        put_members(r, n, ret);
        return;
    }
    for (const struct xml_node *c = n->first; c; c = c->next)
        put_xml(r, c, values_add(r, &vs, STR_LIT("")));
    values_end(r, &vs, VALUE_ARRAY, ret);
}

const struct value *aws_xml_value(struct arena *arena, const struct xml_node *n)
{
    struct reading r = {.arena = arena};
    struct value *v = arena_alloc(arena, sizeof(*v));

    put_xml(&r, n, v);
    return v;
}

static struct str first_piece(struct str *path)
{
    struct str piece = {0};

    str_split(path, '.', &piece);
    return piece;
}

static void gather_xml(struct reading *r, const struct xml_node *n, struct str path,
                       struct values *vs)
{
    struct str piece;

    if (!path.len) {
        put_xml(r, n, values_add(r, vs, STR_LIT("")));
        return;
    }
    piece = first_piece(&path);
    for (const struct xml_node *c = xml_child(n, piece); c; c = xml_again(c))
        gather_xml(r, c, path, vs);
}

static const struct value *member_of_value(const struct value *v, struct str name)
{
    VALUE_EACH (it, v)
        if (v->type == VALUE_OBJECT && str_eq(it->key, name))
            return it;
    return NULL;
}

/* Lists on the way are walked through; the last one's items are the answer. */
static void gather_json(const struct value *v, struct str path, struct values *vs)
{
    if (v->type == VALUE_ARRAY) {
        VALUE_EACH (it, v)
            gather_json(it, path, vs);
    } else if (!path.len) {
        if (v->type != VALUE_NULL)
            *VEC_PUSH(&vs->list) = *v;
    } else if (v->type == VALUE_OBJECT) {
        struct str piece = first_piece(&path);
        const struct value *m = member_of_value(v, piece);

        if (m)
            gather_json(m, path, vs);
    }
}

/* "Shards[-1]" is the last of them. */
static bool wants_last(struct str *piece)
{
    if (!str_ends(*piece, "[-1]"))
        return false;
    piece->len -= strlen("[-1]");
    return true;
}

/* One value at a path, of either form: page tokens and flags. */
static struct str json_text_at(struct reading *r, const struct value *v, struct str path)
{
    char number[32];

    while (v && path.len) {
        struct str piece = first_piece(&path);
        bool last = wants_last(&piece);

        v = member_of_value(v, piece);
        if (v && last)
            v = value_count(v) ? value_at(v, value_count(v) - 1) : NULL;
    }
    if (v && v->type == VALUE_STRING)
        return v->u.string;
    if (v && v->type == VALUE_BOOL)
        return v->u.boolean ? STR_LIT("true") : STR_LIT("");
    if (!v || v->type != VALUE_NUMBER)
        return STR_LIT("");
    (void)snprintf(number, sizeof(number), "%.0f", v->u.number);
    return str_from(arena_strdup(r->arena, number));
}

static struct str xml_text_at(const struct xml_node *n, struct str path)
{
    while (n && path.len) {
        struct str piece = first_piece(&path);
        bool last = wants_last(&piece);

        n = xml_child(n, piece);
        while (n && last && xml_again(n))
            n = xml_again(n);
    }
    return n ? n->text : STR_LIT("");
}

struct answer_tree {
    const struct value *json;
    const struct xml_node *xml;
};

/* The first of the alternatives that is there. */
static struct str answer_text(struct reading *r, const struct answer_tree *t, struct str paths)
{
    struct str piece, text = {0};

    while (!text.len && str_split(&paths, '|', &piece)) {
        piece = str_trim(piece);
        if (piece.len)
            text = t->json ? json_text_at(r, t->json, piece) : xml_text_at(t->xml, piece);
    }
    return text;
}

static int hex(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static void decode(struct reading *r, struct value *v)
{
    struct buf b = BUF_INIT(BODY_MAX);
    struct str s = v->u.string;

    for (size_t i = 0; i < s.len; i++) {
        int high = s.ptr[i] == '%' && i + 2 < s.len ? hex(s.ptr[i + 1]) : -1;
        int low = high >= 0 ? hex(s.ptr[i + 2]) : -1;

        if (low >= 0) {
            buf_addc(&b, (char)(high * 16 + low));
            i += 2;
        } else {
            buf_addc(&b, s.ptr[i] == '+' ? ' ' : s.ptr[i]);
        }
    }
    set_string(r, v, buf_str(&b));
    buf_release(&b);
}

/* Does S3 encode what stands at that path, so that XML can hold any of it? */
static bool is_encoded(const struct aws_list *l, struct str path)
{
    struct str name = path, piece;

    while (str_split(&path, '.', &piece))
        name = str_trim(piece);
    for (size_t i = 0; i < l->url_encoded_count; i++)
        if (str_eq(name, l->url_encoded[i]))
            return true;
    return false;
}

static bool says_encoded(const struct answer_tree *t)
{
    return t->xml && str_eq_c(xml_text(t->xml, "EncodingType"), "url");
}

/* The parameters of the next page: those of this one, with its tokens. */
static const struct value *next_params(struct reading *r, const struct aws_list *l,
                                       const struct value *params, const struct answer_tree *t)
{
    struct values vs = {0};
    struct value *v;
    bool any = false;

    if (l->more.len && !str_eq_c(answer_text(r, t, l->more), "true"))
        return NULL;
    VALUE_EACH (it, params) {
        bool token = false;

        for (size_t i = 0; i < l->page_count; i++)
            token = token || str_eq(it->key, l->send[i]);
        if (!token)
            *VEC_PUSH(&vs.list) = *it;
    }
    for (size_t i = 0; i < l->page_count; i++) {
        struct str token = answer_text(r, t, l->next[i]);
        const struct value *whole = t->json ? value_get(t->json, l->next[i].ptr) : NULL;

        if (whole && whole->type == VALUE_OBJECT && value_count(whole)) { /* of DynamoDB */
            struct value copy = *whole;

            copy.key = l->send[i];
            *VEC_PUSH(&vs.list) = copy;
            any = true;
        }
        if (token.len) {
            struct value *to = values_add(r, &vs, l->send[i]);

            set_string(r, to, token);
            if (says_encoded(t) && is_encoded(l, l->next[i]))
                decode(r, to);
        }
        any = any || token.len;
    }
    v = arena_alloc(r->arena, sizeof(*v));
    values_end(r, &vs, VALUE_OBJECT, v);
    return any ? v : NULL;
}

/* Text, or base64. */
static struct str bytes_text(struct reading *r, struct str body)
{
    struct buf out = BUF_INIT(BUF_NO_MAX);
    struct str text = body;

    if (!text_valid(body, NULL) || memchr(body.ptr, '\0', body.len)) {
        base64_encode(&out, body);
        text = buf_str(&out);
    }
    text.ptr = arena_str(r->arena, text);
    buf_release(&out);
    return text;
}

/* The members that come as headers, to `to`; what is behind the last is returned. */
static struct value *put_heads(struct reading *r, const struct aws_list *l,
                               const struct aws_answer *a, struct value *to)
{
    VALUE_EACH (it, l->head) {
        const char *text = aws_answer_header(a, it->u.string.ptr);
        struct str name = it->key;

        if (!text || !text_valid(str_from(text), NULL))
            continue;
        *to++ = (struct value){
            .type = VALUE_STRING, .key = name, .u.string = str_from(arena_strdup(r->arena, text))};
    }
    return to;
}

/* An answer that is itself the one item has its headers' members in front of the body's. */
static void add_heads(struct reading *r, const struct aws_list *l, const struct aws_answer *a,
                      struct value *item)
{
    size_t n = value_count(item);
    struct value *all, *to;

    if (item->type != VALUE_OBJECT)
        return;
    all = arena_array(r->arena, value_count(l->head) + n, sizeof(*all));
    to = put_heads(r, l, a, all);
    for (size_t i = 0; i < n; i++)
        *to++ = item->u.list.items[i];
    item->u.list.items = all;
    item->u.list.count = (size_t)(to - all);
}

static const struct value *bytes_read(struct reading *r, const struct aws_list *l,
                                      const struct aws_answer *a)
{
    struct value *v = arena_alloc(r->arena, sizeof(*v)), *to;

    v->type = VALUE_OBJECT;
    v->u.list.items = to = arena_alloc(r->arena, (value_count(l->head) + 1) * sizeof(*to));
    to = put_heads(r, l, a, to);
    if (l->text.len)
        *to++ = (struct value){
            .type = VALUE_STRING, .key = l->text, .u.string = bytes_text(r, a->body)};
    v->u.list.count = (size_t)(to - v->u.list.items);
    return v;
}

static enum err_code parse(struct reading *r, const struct aws_service *s, const struct aws_list *l,
                           const struct aws_answer *a, struct answer_tree *t)
{
    static const struct value none = {.type = VALUE_OBJECT};
    const struct xml_node *result;

    if (l->text.len || (l->head && !str_trim(a->body).len)) {
        t->json = bytes_read(r, l, a);
        return ERR_OK;
    }
    if (aws_speaks_json(s)) {
        t->json = &none;
        return str_trim(a->body).len ? json_parse(r->arena, a->body, &t->json, r->err) : ERR_OK;
    }
    if (!str_trim(a->body).len) {
        t->json = &none;
        return ERR_OK;
    }
    if (xml_parse(r->arena, a->body, &t->xml, r->err) != ERR_OK)
        return r->err->code;
    if ((s->wire.protocol == AWS_QUERY || s->wire.protocol == AWS_EC2) &&
        !str_eq_c(t->xml->name, arena_printf(r->arena, "%.*sResponse", STR_FMT(l->name))))
        return err_set(r->err, ERR_INPUT, "it is a <%.*s>",
                       (int)(t->xml->name.len < 60 ? t->xml->name.len : 60), t->xml->name.ptr);
    if (s->wire.protocol != AWS_QUERY)
        return ERR_OK;
    result = xml_child(t->xml, str_from(arena_printf(r->arena, "%.*sResult", STR_FMT(l->name))));
    t->xml = result ? result : t->xml;
    return ERR_OK;
}

/* S3's keys, in an item or a whole answer. They are ours: they were made from elements. */
static void decode_item(struct reading *r, const struct aws_list *l, struct value *item)
{
    for (size_t i = 0; value_items(item) && i < item->u.list.count; i++) {
        struct value *m = &item->u.list.items[i];

        if (m->type != VALUE_STRING)
            decode_item(r, l, m);
        else if (item->type == VALUE_OBJECT && is_encoded(l, m->key))
            decode(r, m);
    }
}

/* Who asks for the encoding himself gets it, as with AWS's own clients. */
static bool wants_encoded(const struct value *params)
{
    return value_get(params, "EncodingType") != NULL;
}

/* Is something open at its end? */
static bool json_is_open(struct str body)
{
    size_t depth = 0;
    bool text = false;

    for (size_t i = 0; i < body.len; i++) {
        char c = body.ptr[i];

        if (text)
            i += c == '\\';
        else if (c == '{' || c == '[')
            depth++;
        else if ((c == '}' || c == ']') && depth)
            depth--;
        if (c == '"')
            text = !text;
    }
    return depth || text;
}

/* The root's end tag is its last word. */
static bool xml_is_open(struct str body)
{
    struct str name;
    size_t i = 0;

    while (i + 1 < body.len && !(body.ptr[i] == '<' && isalpha((unsigned char)body.ptr[i + 1])))
        i++;
    if (i + 1 >= body.len)
        return body.len && *body.ptr == '<';
    name = (struct str){body.ptr + i + 1, 0};
    while (i + 1 + name.len < body.len && !strchr(" \t\r\n/>", name.ptr[name.len]))
        name.len++;
    return body.len < name.len + 3 || body.ptr[body.len - 1] != '>' ||
           memcmp(body.ptr + body.len - 1 - name.len, name.ptr, name.len) != 0;
}

/* What came of one that was cut short is not given out: the page's token, by which the rest would
 * be found, is what comes last or first as it pleases the service. Pages before it were. */
static enum err_code cannot_read(struct reading *r, const struct aws_service *s,
                                 const struct aws_list *l, struct str body)
{
    struct buf start = BUF_INIT(400);
    bool open;

    text_sanitize(&start, (struct str){body.ptr, body.len < 80 ? body.len : 80}, false, false);
    body = str_trim(body);
    open = aws_speaks_json(s) ? json_is_open(body) : xml_is_open(body);
    (void)err_wrap(r->err, "%.*s %.*s: an answer that %s (it begins with '%s')", STR_FMT(s->id),
                   STR_FMT(l->name), open ? "was cut short" : "cannot be read", buf_cstr(&start));
    buf_release(&start);
    return r->err->code;
}

static struct value *items_at(struct reading *r, const struct answer_tree *t,
                              const struct aws_list *l, struct str path, bool encoded)
{
    struct value *items = arena_alloc(r->arena, sizeof(*items));
    struct values vs = {0};

    if (t->json)
        gather_json(t->json, path, &vs);
    else
        gather_xml(r, t->xml, path, &vs);
    for (size_t i = 0; encoded && i < vs.list.count; i++)
        decode_item(r, l, &vs.list.items[i]);
    values_end(r, &vs, VALUE_ARRAY, items);
    return items;
}

static const struct value *const *also_at(struct reading *r, const struct answer_tree *t,
                                          const struct aws_list *l, bool encoded)
{
    const struct value **lists;

    if (!l->also_count)
        return NULL;
    lists = arena_array(r->arena, l->also_count, sizeof(*lists));
    for (size_t i = 0; i < l->also_count; i++)
        lists[i] = items_at(r, t, l, l->also[i].items, encoded);
    return lists;
}

enum err_code aws_list_read(struct arena *arena, const struct aws_service *s,
                            const struct aws_list *l, const struct value *params,
                            const struct aws_answer *a, struct aws_page *ret, struct err *err)
{
    struct reading r = {arena, &s->wire, err};
    struct answer_tree t = {0};
    struct value *items;
    bool encoded;

    if (parse(&r, s, l, a, &t) != ERR_OK)
        return cannot_read(&r, s, l, a->body);
    encoded = says_encoded(&t) && !wants_encoded(params);
    items = items_at(&r, &t, l, l->items, encoded);
    if (l->head && !l->text.len && !l->items.len && str_trim(a->body).len &&
        value_count(items) == 1)
        add_heads(&r, l, a, &items->u.list.items[0]);
    ret->items = items;
    ret->also = also_at(&r, &t, l, encoded);
    ret->next = next_params(&r, l, params, &t);
    ret->json = t.json;
    ret->xml = t.xml;
    return ERR_OK;
}

const struct value *aws_value_at(const struct value *v, struct str path)
{
    while (v && path.len)
        v = member_of_value(v, first_piece(&path));
    return v;
}

const struct value *aws_item_part(const struct aws_list *l, enum aws_part p,
                                  const struct value *item)
{
    struct str path = l->part[p];

    if (!path.len)
        return NULL;
    return str_eq_c(path, ".") ? item : aws_value_at(item, path);
}

bool aws_item_made(struct buf *out, struct str form, const struct value *item)
{
    struct str before;

    while (str_split(&form, '{', &before)) {
        const struct value *v;
        struct str path, mark;

        buf_add_str(out, before);
        if (!form.ptr || !str_split(&form, '}', &mark))
            break;
        path = mark;
        str_split(&mark, ':', &path);
        v = aws_value_at(item, path);
        if (!v || v->type != VALUE_STRING || !v->u.string.len)
            return false;
        buf_add_str(out, mark.ptr && str_eq_c(mark, "tail") ? aws_tail(v->u.string) : v->u.string);
    }
    return !out->full;
}

struct str aws_tail(struct str s)
{
    for (size_t i = s.len; i > 0; i--)
        if (s.ptr[i - 1] == '/' || s.ptr[i - 1] == ':')
            return (struct str){s.ptr + i, s.len - i};
    return s;
}
