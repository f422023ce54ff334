/* expr.c - the parser of conditions. One function a level:
 *
 *   or      = and { "or" and }
 *   and     = not { "and" not }
 *   not     = "not" not | compare
 *   compare = operand [ ( == != < <= > >= | "in" | "not" "in" ) operand ]
 *   operand = "(" or ")" | "exists" path | literal | list | path | "{{" path "}}"
 *
 * What can be seen to be wrong without a value (5 == "a", not 3, true < x) is refused here. */
#include <stdio.h>

#include "expr_priv.h"
#include "runbook/base/num.h"

static enum err_code read_or(struct expr_read *r, const struct expr_node **ret);

static const struct {
    const char *sign;
    enum expr_op op;
} signs[] = {
    {"==", EXPR_EQ}, {"!=", EXPR_NE}, {"<=", EXPR_LE},
    {">=", EXPR_GE}, {"<", EXPR_LT},  {">", EXPR_GT},
};

/* What other languages write. */
static const struct {
    const char *sign, *instead;
} foreign[] = {
    {"===", "=="}, {"!==", "!="}, {"&&", "and"}, {"||", "or"}, {"&", "and"},
    {"|", "or"},   {"=~", "in"},  {"<>", "!="},  {"=", "=="},  {"!", "not"},
};

static bool at_sign(const struct expr_read *r, const char *sign)
{
    return str_starts((struct str){r->at, (size_t)(r->end - r->at)}, sign);
}

/* Is the whole word `word` next? */
static bool at_word(const struct expr_read *r, const char *word)
{
    size_t len = strlen(word);

    return at_sign(r, word) && ((size_t)(r->end - r->at) == len || !expr_word_char(r->at[len]));
}

static bool take_word(struct expr_read *r, const char *word)
{
    if (!at_word(r, word))
        return false;
    r->at += strlen(word);
    expr_blanks(r);
    return true;
}

static enum err_code foreign_sign(struct expr_read *r)
{
    for (size_t i = 0; i < sizeof(foreign) / sizeof(foreign[0]); i++) {
        if (at_sign(r, foreign[i].sign))
            return expr_wrong(r, r->at, "'%s' is not known here: write %s", foreign[i].sign,
                              foreign[i].instead);
    }
    return ERR_OK;
}

static enum err_code unexpected(struct expr_read *r, const char *wanted)
{
    size_t n = 0;

    if (r->at == r->end)
        return expr_wrong(r, r->at, "it ends where %s is expected", wanted);
    if (foreign_sign(r))
        return ERR_INPUT;
    do {
        n++;
    } while (r->at + n < r->end && n < 20 &&
             (expr_word_char(r->at[n]) || ((unsigned char)r->at[n] & 0xc0U) == 0x80U) &&
             (expr_word_char(*r->at) || ((unsigned char)*r->at & 0x80U)));
    return expr_wrong(r, r->at, "'%.*s' stands where %s is expected", (int)n, r->at, wanted);
}

/* ---- nodes ---- */

/* NULL: there are too many, which is said in *r->err. */
static struct expr_node *make(struct expr_read *r, enum expr_op op, const struct expr_node *left,
                              const struct expr_node *right)
{
    struct expr_node *n = arena_alloc(r->arena, sizeof(*n));

    n->op = op;
    n->left = left;
    n->right = right;
    if (++r->nodes <= EXPR_NODES_MAX)
        return n;
    expr_wrong(r, r->at, "it has more than %d parts", EXPR_NODES_MAX);
    return NULL;
}

static bool may_be_bool(const struct expr_node *n)
{
    return n->op != EXPR_LITERAL || n->literal->type == VALUE_BOOL;
}

static enum err_code need_bool(struct expr_read *r, const char *p, const struct expr_node *n,
                               const char *what)
{
    if (may_be_bool(n))
        return ERR_OK;
    return expr_wrong(r, p, "%s true or false, not a %s", what, value_type_name(n->literal->type));
}

static bool known_type(const struct expr_node *n, enum value_type *ret)
{
    if (n->op == EXPR_PATH)
        return false;
    *ret = n->op == EXPR_LITERAL ? n->literal->type : VALUE_BOOL;
    return true;
}

/* The types that are known already: can these two be compared so? */
static enum err_code check_types(struct expr_read *r, const char *p, enum expr_op op,
                                 const struct expr_node *a, const struct expr_node *b)
{
    enum value_type ta = VALUE_NULL, tb = VALUE_NULL;
    bool ka = known_type(a, &ta), kb = known_type(b, &tb);

    if (op == EXPR_EQ || op == EXPR_NE) {
        if (ka && kb && ta != tb && ta != VALUE_NULL && tb != VALUE_NULL)
            return expr_wrong(r, p, "a %s and a %s are never equal", value_type_name(ta),
                              value_type_name(tb));
        return ERR_OK;
    }
    if (op == EXPR_IN || op == EXPR_NOT_IN) {
        if (kb && tb != VALUE_ARRAY && tb != VALUE_STRING)
            return expr_wrong(r, p, "after 'in' comes a list or a text, not a %s",
                              value_type_name(tb));
        if (kb && tb == VALUE_STRING && ka && ta != VALUE_STRING)
            return expr_wrong(r, p, "only a text can be in a text, not a %s", value_type_name(ta));
        return ERR_OK;
    }
    if (ka && ta != VALUE_NUMBER && ta != VALUE_STRING)
        return expr_wrong(r, p, "'%s' compares numbers or texts, not a %s", expr_op_name(op),
                          value_type_name(ta));
    if (kb && tb != VALUE_NUMBER && tb != VALUE_STRING)
        return expr_wrong(r, p, "'%s' compares numbers or texts, not a %s", expr_op_name(op),
                          value_type_name(tb));
    if (ka && kb && ta != tb)
        return expr_wrong(r, p, "a %s and a %s have no order", value_type_name(ta),
                          value_type_name(tb));
    return ERR_OK;
}

static enum err_code deeper(struct expr_read *r)
{
    if (++r->depth > EXPR_DEPTH_MAX)
        return expr_wrong(r, r->at, "nested deeper than %d levels", EXPR_DEPTH_MAX);
    return ERR_OK;
}

/* ---- operands ---- */

static enum err_code read_number(struct expr_read *r, struct value *v)
{
    const char *begin = r->at;
    size_t n;

    while (r->at < r->end && (expr_word_char(*r->at) || *r->at == '.' || *r->at == '+'))
        r->at++;
    n = (size_t)(r->at - begin);
    v->type = VALUE_NUMBER;
    if (n > 60 || begin[n - 1] == '.' || !num_f64((struct str){begin, n}, &v->u.number) ||
        !(v->u.number <= 1.7e308 && v->u.number >= -1.7e308)) {
        r->at = begin;
        return expr_wrong(r, begin, "'%.*s' is no number", (int)(n > 40 ? 40 : n), begin);
    }
    return ERR_OK;
}

static bool number_next(const struct expr_read *r)
{
    const char *p = r->at;

    if (p < r->end && *p == '-')
        p++;
    return p < r->end && *p >= '0' && *p <= '9';
}

static enum err_code read_list(struct expr_read *r, struct value *v);

/* *ret_is stays false when no literal stands here. */
static enum err_code read_literal(struct expr_read *r, struct value *v, bool *ret_is)
{
    *ret_is = true;
    if (number_next(r))
        return read_number(r, v);
    if (r->at < r->end && (*r->at == '"' || *r->at == '\'')) {
        v->type = VALUE_STRING;
        return expr_quoted(r, &v->u.string);
    }
    if (r->at < r->end && *r->at == '[')
        return read_list(r, v);
    v->type = VALUE_BOOL;
    v->u.boolean = at_word(r, "true");
    if (take_word(r, "true") || take_word(r, "false"))
        return ERR_OK;
    v->type = VALUE_NULL;
    *ret_is = take_word(r, "null");
    return ERR_OK;
}

static enum err_code read_items(struct expr_read *r, struct value *items, size_t *count)
{
    bool is;

    for (;;) {
        enum err_code rc;

        expr_blanks(r);
        if (++r->nodes > EXPR_NODES_MAX)
            return expr_wrong(r, r->at, "it has more than %d parts", EXPR_NODES_MAX);
        rc = read_literal(r, &items[*count], &is);
        if (rc)
            return rc;
        if (!is)
            return unexpected(r, "a text in quotes, a number, true, false or null");
        ++*count;
        expr_blanks(r);
        if (r->at == r->end || *r->at != ',')
            return ERR_OK;
        r->at++;
    }
}

static enum err_code read_list(struct expr_read *r, struct value *v)
{
    struct value *items = arena_array(r->arena, EXPR_NODES_MAX - r->nodes + 1, sizeof(*items));
    enum err_code rc = deeper(r);
    const char *begin = r->at;

    if (rc)
        return rc;
    r->at++;
    expr_blanks(r);
    v->type = VALUE_ARRAY;
    v->u.list.items = items;
    if (r->at < r->end && *r->at != ']')
        rc = read_items(r, items, &v->u.list.count);
    if (rc)
        return rc;
    if (r->at == r->end)
        return expr_wrong(r, begin, "'[' is not closed");
    if (*r->at != ']')
        return unexpected(r, "',' or ']'");
    r->at++;
    r->depth--;
    return ERR_OK;
}

static enum err_code note_path(struct expr_read *r, const struct expr_path *p, bool exists)
{
    struct expr *e = r->expr; /* each path is a node, so that there is room */

    e->paths[e->path_count].path = p;
    e->paths[e->path_count++].exists = exists;
    return ERR_OK;
}

static enum err_code read_path_node(struct expr_read *r, bool exists, const struct expr_node **ret)
{
    bool braces = at_sign(r, "{{");
    const struct expr_path *p = NULL;
    struct expr_node *n;
    enum err_code rc;

    if (braces) {
        r->at += 2;
        expr_blanks(r);
    }
    if (r->at == r->end || !expr_word_start(*r->at))
        return unexpected(r, braces || exists ? "a path such as steps.ID.result.NAME"
                                              : "a value or a path");
    n = make(r, EXPR_PATH, NULL, NULL);
    if (!n)
        return ERR_INPUT;
    rc = expr_read_path(r, &p);
    if (rc)
        return rc;
    n->path = p;
    *ret = n;
    expr_blanks(r);
    if (braces && !at_sign(r, "}}"))
        return unexpected(r, "'}}'");
    r->at += braces ? 2 : 0;
    return note_path(r, p, exists);
}

static enum err_code read_exists(struct expr_read *r, const struct expr_node **ret)
{
    bool brackets = r->at < r->end && *r->at == '(';
    const struct expr_node *path = NULL;
    struct expr_node *n;
    enum err_code rc;

    if (brackets) {
        r->at++;
        expr_blanks(r);
    }
    rc = read_path_node(r, true, &path);
    if (rc)
        return rc;
    n = make(r, EXPR_EXISTS, path, NULL);
    if (!n)
        return ERR_INPUT;
    expr_blanks(r);
    if (brackets && (r->at == r->end || *r->at != ')'))
        return unexpected(r, "')'");
    r->at += brackets ? 1 : 0;
    *ret = n;
    return ERR_OK;
}

static enum err_code read_group(struct expr_read *r, const struct expr_node **ret)
{
    const char *begin = r->at;
    enum err_code rc = deeper(r);

    r->at++;
    expr_blanks(r);
    rc = rc ? rc : read_or(r, ret);
    if (rc)
        return rc;
    if (r->at == r->end)
        return expr_wrong(r, begin, "'(' is not closed");
    if (*r->at != ')')
        return unexpected(r, "')', and or or");
    r->at++;
    r->depth--;
    return ERR_OK;
}

static bool reserved(const struct expr_read *r)
{
    return at_word(r, "and") || at_word(r, "or") || at_word(r, "not") || at_word(r, "in");
}

static enum err_code read_operand(struct expr_read *r, const struct expr_node **ret)
{
    struct value *v;
    struct expr_node *n;
    enum err_code rc;
    bool is = false;

    if (r->at < r->end && *r->at == '(')
        return read_group(r, ret);
    if (take_word(r, "exists"))
        return read_exists(r, ret);
    v = arena_alloc(r->arena, sizeof(*v));
    rc = read_literal(r, v, &is);
    if (rc)
        return rc;
    if (!is)
        return reserved(r) ? unexpected(r, "a value or a path") : read_path_node(r, false, ret);
    n = make(r, EXPR_LITERAL, NULL, NULL);
    if (!n)
        return ERR_INPUT;
    n->literal = v;
    *ret = n;
    return ERR_OK;
}

/* ---- operators ---- */

static bool take_compare(struct expr_read *r, enum expr_op *ret)
{
    for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++) {
        if (at_sign(r, signs[i].sign)) {
            r->at += strlen(signs[i].sign);
            *ret = signs[i].op;
            return true;
        }
    }
    *ret = EXPR_IN;
    if (take_word(r, "in"))
        return true;
    *ret = EXPR_NOT_IN;
    if (at_word(r, "not")) {
        const char *before = r->at;

        take_word(r, "not");
        if (take_word(r, "in"))
            return true;
        r->at = before;
    }
    return false;
}

static enum err_code read_compare(struct expr_read *r, const struct expr_node **ret)
{
    const struct expr_node *left = NULL, *right = NULL;
    struct expr_node *n;
    const char *sign;
    enum expr_op op, again;
    enum err_code rc = read_operand(r, &left);

    if (rc)
        return rc;
    expr_blanks(r);
    sign = r->at;
    if ((at_sign(r, "===") || at_sign(r, "!==") || at_sign(r, "<>")) && foreign_sign(r))
        return ERR_INPUT;
    if (!take_compare(r, &op)) {
        *ret = left;
        return ERR_OK;
    }
    expr_blanks(r);
    rc = read_operand(r, &right);
    rc = rc ? rc : check_types(r, sign, op, left, right);
    if (rc)
        return rc;
    n = make(r, op, left, right);
    if (!n)
        return ERR_INPUT;
    expr_blanks(r);
    sign = r->at;
    if (take_compare(r, &again))
        return expr_wrong(r, sign, "comparisons do not follow each other: join two with and");
    *ret = n;
    return ERR_OK;
}

static enum err_code read_not(struct expr_read *r, const struct expr_node **ret)
{
    const struct expr_node *inner = NULL;
    struct expr_node *n;
    const char *begin;
    enum err_code rc;

    if (!take_word(r, "not"))
        return read_compare(r, ret);
    begin = r->at;
    rc = deeper(r);
    rc = rc ? rc : read_not(r, &inner);
    rc = rc ? rc : need_bool(r, begin, inner, "after 'not' comes");
    if (rc)
        return rc;
    n = make(r, EXPR_NOT, inner, NULL);
    if (!n)
        return ERR_INPUT;
    r->depth--;
    *ret = n;
    return ERR_OK;
}

typedef enum err_code level_fn(struct expr_read *r, const struct expr_node **ret);

/* a WORD b WORD c: to the left first. */
static enum err_code read_chain(struct expr_read *r, const char *word, enum expr_op op,
                                level_fn *level, const struct expr_node **ret)
{
    const struct expr_node *left = NULL;
    const char *begin = r->at;
    enum err_code rc = level(r, &left);
    char what[32];

    snprintf(what, sizeof(what), "'%s' joins what is", word);
    while (!rc && (expr_blanks(r), at_word(r, word))) {
        const struct expr_node *right = NULL;
        struct expr_node *n;
        const char *second;

        take_word(r, word);
        second = r->at;
        rc = need_bool(r, begin, left, what);
        rc = rc ? rc : level(r, &right);
        rc = rc ? rc : need_bool(r, second, right, what);
        if (rc)
            return rc;
        n = make(r, op, left, right);
        if (!n)
            return ERR_INPUT;
        left = n;
    }
    if (!rc)
        *ret = left;
    return rc;
}

static enum err_code read_and(struct expr_read *r, const struct expr_node **ret)
{
    return read_chain(r, "and", EXPR_AND, read_not, ret);
}

static enum err_code read_or(struct expr_read *r, const struct expr_node **ret)
{
    return read_chain(r, "or", EXPR_OR, read_and, ret);
}

enum err_code expr_parse(struct arena *arena, struct str text, struct expr_at *at,
                         const struct expr **ret, struct err *err)
{
    struct expr_read r = {.arena = arena, .start = *at, .fail = at, .err = err};
    struct expr *e = arena_alloc(arena, sizeof(*e));
    enum err_code rc = expr_begin(&r, text);

    r.expr = e;
    if (rc)
        return rc;
    if (r.at == r.end)
        return expr_wrong(&r, r.at, "the condition is empty");
    rc = read_or(&r, &e->root);
    if (rc)
        return rc;
    expr_blanks(&r);
    if (r.at != r.end)
        return unexpected(&r, "and, or, or the end");
    rc = need_bool(&r, r.text, e->root, "a condition is");
    if (rc)
        return rc;
    e->text = arena_str(arena, text);
    *ret = e;
    return ERR_OK;
}

const char *expr_text(const struct expr *e)
{
    return e->text;
}

size_t expr_path_count(const struct expr *e)
{
    return e->path_count;
}

const struct expr_path *expr_path_at(const struct expr *e, size_t index, bool *ret_exists)
{
    *ret_exists = e->paths[index].exists;
    return e->paths[index].path;
}
