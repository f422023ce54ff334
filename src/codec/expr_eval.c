/* expr_eval.c - does a condition hold? The recursion is as deep as the parser allows, and as deep
 * as the lists that are compared, which the JSON parser bounds. */
#include <stdio.h>

#include "expr_priv.h"

const char *expr_op_name(enum expr_op op)
{
    switch (op) {
    case EXPR_LITERAL:
        return "literal";
    case EXPR_PATH:
        return "path";
    case EXPR_EXISTS:
        return "exists";
    case EXPR_NOT:
        return "not";
    case EXPR_AND:
        return "and";
    case EXPR_OR:
        return "or";
    case EXPR_EQ:
        return "==";
    case EXPR_NE:
        return "!=";
    case EXPR_LT:
        return "<";
    case EXPR_LE:
        return "<=";
    case EXPR_GT:
        return ">";
    case EXPR_GE:
        return ">=";
    case EXPR_IN:
        return "in";
    case EXPR_NOT_IN:
        return "not in";
    }
    return "?";
}

/* "steps.disk.result.used is a string", "5" for messages. */
static void say_side(const struct expr_node *n, const struct value *v, char out[120])
{
    snprintf(out, 120, "%.80s is %s%s", n->op == EXPR_PATH ? n->path->text : "the other side",
             v->type == VALUE_NULL                               ? ""
             : v->type == VALUE_ARRAY || v->type == VALUE_OBJECT ? "an "
                                                                 : "a ",
             value_type_name(v->type));
}

static enum err_code bad_types(const struct expr_node *n, const struct value *a,
                               const struct value *b, const char *why, struct err *err)
{
    char left[120], right[120];

    say_side(n->left, a, left);
    say_side(n->right, b, right);
    return err_set(err, ERR_INPUT, "'%s' %s: %s, %s", expr_op_name(n->op), why, left, right);
}

/* Elements of lists: different types differ. */
static bool alike(const struct value *a, const struct value *b)
{
    size_t n = value_count(a);

    if (a->type != b->type)
        return false;
    if (a->type != VALUE_ARRAY && a->type != VALUE_OBJECT)
        return value_same_scalar(a, b);
    if (n != value_count(b))
        return false;
    for (size_t i = 0; i < n; i++) {
        const struct value *x = value_at(a, i), *y = value_at(b, i);

        if (a->type == VALUE_OBJECT && (y = NULL, true)) {
            VALUE_EACH (m, b) {
                if (str_eq(m->key, x->key))
                    y = m;
            }
        }
        if (!y || !alike(x, y))
            return false;
    }
    return true;
}

static enum err_code equal(const struct expr_node *n, const struct value *a, const struct value *b,
                           bool *ret, struct err *err)
{
    if (a->type != b->type && a->type != VALUE_NULL && b->type != VALUE_NULL)
        return bad_types(n, a, b, "compares two of one type", err);
    if (a->type == VALUE_OBJECT && b->type == VALUE_OBJECT)
        return bad_types(n, a, b, "compares members, not whole objects", err);
    *ret = alike(a, b) == (n->op == EXPR_EQ);
    return ERR_OK;
}

static enum err_code order(const struct expr_node *n, const struct value *a, const struct value *b,
                           bool *ret, struct err *err)
{
    int c = 0;

    if (a->type != b->type || (a->type != VALUE_NUMBER && a->type != VALUE_STRING))
        return bad_types(n, a, b, "compares two numbers or two texts", err);
    if (a->type == VALUE_STRING)
        c = str_cmp(a->u.string, b->u.string);
    else
        c = (a->u.number > b->u.number) - (a->u.number < b->u.number);
    *ret = n->op == EXPR_LT ? c < 0 : n->op == EXPR_LE ? c <= 0 : n->op == EXPR_GT ? c > 0 : c >= 0;
    return ERR_OK;
}

static enum err_code member(const struct expr_node *n, const struct value *a, const struct value *b,
                            bool *ret, struct err *err)
{
    bool found = false;

    if (b->type == VALUE_STRING && a->type == VALUE_STRING) {
        found = str_find(b->u.string, a->u.string) >= 0;
    } else if (b->type == VALUE_ARRAY) {
        VALUE_EACH (item, b)
            found = found || alike(a, item);
    } else {
        return bad_types(n, a, b, "looks into a list, or for a text in a text", err);
    }
    *ret = found == (n->op == EXPR_IN);
    return ERR_OK;
}

static enum err_code holds(const struct expr_node *n, const struct value *root, bool *ret,
                           struct err *err);

/* The value of an operand; a condition's is put into *spare. */
static enum err_code value_of(const struct expr_node *n, const struct value *root,
                              struct value *spare, const struct value **ret, struct err *err)
{
    enum err_code rc;

    if (n->op == EXPR_LITERAL) {
        *ret = n->literal;
        return ERR_OK;
    }
    if (n->op == EXPR_PATH)
        return expr_path_get(n->path, root, ret, err);
    *spare = (struct value){.type = VALUE_BOOL};
    rc = holds(n, root, &spare->u.boolean, err);
    if (!rc)
        *ret = spare;
    return rc;
}

static enum err_code compare(const struct expr_node *n, const struct value *root, bool *ret,
                             struct err *err)
{
    const struct value *a = NULL, *b = NULL;
    struct value spare_a, spare_b;
    enum err_code rc = value_of(n->left, root, &spare_a, &a, err);

    rc = rc ? rc : value_of(n->right, root, &spare_b, &b, err);
    if (rc)
        return rc;
    if (n->op == EXPR_EQ || n->op == EXPR_NE)
        return equal(n, a, b, ret, err);
    if (n->op == EXPR_IN || n->op == EXPR_NOT_IN)
        return member(n, a, b, ret, err);
    return order(n, a, b, ret, err);
}

static enum err_code exists(const struct expr_path *p, const struct value *root, bool *ret)
{
    const struct value *v = NULL;
    struct err none;

    *ret = !expr_path_get(p, root, &v, &none) && v->type != VALUE_NULL;
    return ERR_OK;
}

static enum err_code plain(const struct expr_node *n, const struct value *root, bool *ret,
                           struct err *err)
{
    const struct value *v = NULL;
    struct value spare;
    enum err_code rc = value_of(n, root, &spare, &v, err);

    if (rc)
        return rc;
    if (v->type != VALUE_BOOL)
        return err_set(err, ERR_INPUT, "%.120s must be true or false here; it is: %s",
                       n->op == EXPR_PATH ? n->path->text : "this", value_type_name(v->type));
    *ret = v->u.boolean;
    return ERR_OK;
}

static enum err_code holds(const struct expr_node *n, const struct value *root, bool *ret,
                           struct err *err)
{
    bool left = false;
    enum err_code rc;

    switch (n->op) {
    case EXPR_LITERAL:
    case EXPR_PATH:
        return plain(n, root, ret, err);
    case EXPR_EXISTS:
        return exists(n->left->path, root, ret);
    case EXPR_NOT:
        rc = holds(n->left, root, &left, err);
        if (!rc)
            *ret = !left;
        return rc;
    case EXPR_AND:
    case EXPR_OR:
        rc = holds(n->left, root, &left, err);
        if (!rc && left == (n->op == EXPR_AND))
            return holds(n->right, root, ret, err);
        if (!rc)
            *ret = left;
        return rc;
    case EXPR_EQ:
    case EXPR_NE:
    case EXPR_LT:
    case EXPR_LE:
    case EXPR_GT:
    case EXPR_GE:
    case EXPR_IN:
    case EXPR_NOT_IN:
        return compare(n, root, ret, err);
    }
    return ERR_OK;
}

enum err_code expr_holds(const struct expr *e, const struct value *root, bool *ret, struct err *err)
{
    bool yes = false;
    enum err_code rc = holds(e->root, root, &yes, err);

    if (!rc)
        *ret = yes;
    return rc;
}
