/* expr.h - conditions: a small language that compares values and does nothing else.
 *
 *   steps.disk.result.used_percent >= 90 and params.env in ["staging", "prod"]
 *   exists steps.find.result.items[0].pid and not (params.name == null)
 *
 * Comparison (== != < <= > >=), in, not in, exists, and, or, not, parentheses, text in '' or "",
 * numbers, true, false, null, lists of literals, and paths into JSON values (a.b[0].c, a["x y"]; in
 * {{}} or not). There is nothing else, no call and no arithmetic: whatever is not known is an error
 * when it is loaded. It reads and decides; there are no side effects, and the same values give the
 * same answer.
 *
 * Types. Nothing is converted. == and != take two values of one type, or null with anything (null
 * equals only null); lists are equal when all their elements are, where different types simply
 * differ. < <= > >= take two numbers or two texts (by bytes). `x in list` compares like elements of
 * a list, `"a" in "text"` looks for a part of a text. What and, or and not join must be true or
 * false, and so must the whole. All else is an error, never false: a condition that compares a
 * number with a text is a mistake, and what it guards must not run. and and or stop as soon as they
 * know. A path that is not there is an error; `exists path` (there, and not null) asks first. */
#ifndef RUNBOOK_CODEC_EXPR_H
#define RUNBOOK_CODEC_EXPR_H

#include "runbook/codec/value.h"

#define EXPR_TEXT_MAX ((size_t)4096)
#define EXPR_DEPTH_MAX 32
#define EXPR_NODES_MAX 256
#define EXPR_STEPS_MAX 32 /* of one path */

/* A place in a text, from 1; columns are characters. As an argument: where the text begins in its
 * file ({1, 1} when it is alone); after an error: where that is. */
struct expr_at {
    uint32_t line, col;
};

struct expr_step {
    struct str key; /* .ptr NULL: only an index fits */
    int64_t index;  /* -1: only a key fits. "a.0" is either. */
};

/* steps.disk.result.items[0] */
struct expr_path {
    const char *text; /* as written */
    struct expr_at at;
    const struct expr_step *steps;
    size_t count; /* at least 1; the first is always a key */
};

struct expr; /* opaque, lives in its arena; never changes */

/* ERR_INPUT, ERR_LIMIT: what is wrong, without the place, which is in *at. */
enum err_code expr_parse(struct arena *arena, struct str text, struct expr_at *at,
                         const struct expr **ret, struct err *err);
/* Does it hold? `root` is an object: its members are what paths begin with. ERR_INPUT: types that
 * do not go together; ERR_NOT_FOUND: a path that is not there. *ret is set on success only. */
enum err_code expr_holds(const struct expr *e, const struct value *root, bool *ret,
                         struct err *err);
const char *expr_text(const struct expr *e);
/* The paths in it, in the order of the text; `exists` is set for those that are only asked for. */
size_t expr_path_count(const struct expr *e);
const struct expr_path *expr_path_at(const struct expr *e, size_t index, bool *ret_exists);

/* A path alone, as a template has it. Blanks around it are fine. */
enum err_code expr_path_parse(struct arena *arena, struct str text, struct expr_at *at,
                              const struct expr_path **ret, struct err *err);
/* What stands there; ERR_NOT_FOUND names the first part that is missing, and what is there. */
enum err_code expr_path_get(const struct expr_path *p, const struct value *root,
                            const struct value **ret, struct err *err);

#endif
