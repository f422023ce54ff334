/* expr_priv.h - the tree of a condition, and the reader that its two parsers share. */
#ifndef RUNBOOK_CODEC_EXPR_PRIV_H
#define RUNBOOK_CODEC_EXPR_PRIV_H

#include "runbook/codec/expr.h"

enum expr_op {
    EXPR_LITERAL,
    EXPR_PATH,
    EXPR_EXISTS,
    EXPR_NOT,
    EXPR_AND,
    EXPR_OR,
    EXPR_EQ,
    EXPR_NE,
    EXPR_LT,
    EXPR_LE,
    EXPR_GT,
    EXPR_GE,
    EXPR_IN,
    EXPR_NOT_IN,
};

struct expr_node {
    enum expr_op op;
    const struct expr_node *left, *right; /* NOT and EXISTS: left only */
    const struct value *literal;
    const struct expr_path *path;
};

struct expr {
    const char *text;
    const struct expr_node *root;
    struct {
        const struct expr_path *path;
        bool exists;
    } paths[EXPR_NODES_MAX];
    size_t path_count;
};

/* What is left of a text. */
struct expr_read {
    struct arena *arena;
    const char *text, *at, *end;
    struct expr_at start;
    struct expr_at *fail;
    struct err *err;
    int depth;
    size_t nodes;
    struct expr *expr;
};

const char *expr_op_name(enum expr_op op);
bool expr_word_start(char c);
bool expr_word_char(char c);
struct expr_at expr_place(const struct expr_read *r, const char *p);
enum err_code expr_wrong(struct expr_read *r, const char *p, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void expr_blanks(struct expr_read *r);
/* Text in quotes, at the reader's place. */
enum err_code expr_quoted(struct expr_read *r, struct str *ret);
/* A path, at the reader's place, which stands behind it afterwards. */
enum err_code expr_read_path(struct expr_read *r, const struct expr_path **ret);
/* Size, UTF-8; then the reader stands at the first character. */
enum err_code expr_begin(struct expr_read *r, struct str text);

#endif
