/* fuzz_expr.c - a condition, and, behind the first NUL byte, the JSON that it is asked about. What
 * loads has its paths inside the text, loads again, and gives the same answer each time; what does
 * not says where. R-79 */
#include "tests/fuzz/targets.h"

#include "runbook/codec/expr.h"
#include "runbook/codec/json.h"

static void ask(const struct expr *e, const struct value *root)
{
    struct err err = ERR_INIT;
    bool a = false, b = false;
    enum err_code first = expr_holds(e, root, &a, &err);

    FUZZ_CHECK(first == expr_holds(e, root, &b, &err) && a == b);
    FUZZ_CHECK(!first || (!a && err.msg[0]));
}

static void loaded(struct arena *arena, const struct expr *e, struct str text, struct str json)
{
    struct expr_at at = {1, 1};
    struct err err = ERR_INIT;
    const struct expr *again = NULL;
    const struct value *root = NULL;

    FUZZ_CHECK(text.len <= EXPR_TEXT_MAX && expr_path_count(e) <= EXPR_NODES_MAX);
    FUZZ_CHECK(!expr_parse(arena, str_from(expr_text(e)), &at, &again, &err));
    for (size_t i = 0; i < expr_path_count(e); i++) {
        bool exists;
        const struct expr_path *p = expr_path_at(e, i, &exists), *alone = NULL;

        at = p->at;
        FUZZ_CHECK(!expr_path_parse(arena, str_from(p->text), &at, &alone, &err));
        FUZZ_CHECK(alone->count == p->count && p->count <= EXPR_STEPS_MAX);
    }
    if (!json_parse(arena, json, &root, &err))
        ask(e, root);
}

void fuzz_expr(struct str input)
{
    struct arena *arena = arena_new(0);
    struct str text = input, json = STR_LIT("{\"a\":1,\"b\":\"x\",\"c\":[1,2],\"d\":true}");
    const char *nul = input.len ? memchr(input.ptr, '\0', input.len) : NULL;
    struct expr_at at = {3, 9};
    struct err err = ERR_INIT;
    const struct expr *e = NULL;

    if (nul) {
        text.len = (size_t)(nul - input.ptr);
        json = (struct str){nul + 1, input.len - text.len - 1};
    }
    if (expr_parse(arena, text, &at, &e, &err)) {
        FUZZ_CHECK(!e && err.msg[0] && at.line >= 3 && at.col >= 1);
    } else {
        loaded(arena, e, text, json);
    }
    arena_free(arena);
}
