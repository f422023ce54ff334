/* value.h - one tree type for JSON and YAML, owned by an arena.
 * Children of an array or object are contiguous, in document order; keys are unique (a parser
 * refuses a duplicate). Strings are valid UTF-8 and hold no NUL. Line and column (from 1) say where
 * a value stood: exact for YAML, 0 for JSON. Nothing here is changed after parsing. */
#ifndef RUNBOOK_CODEC_VALUE_H
#define RUNBOOK_CODEC_VALUE_H

#include <stdbool.h>
#include <stdint.h>

#include "runbook/base/arena.h"
#include "runbook/base/err.h"
#include "runbook/base/str.h"

enum value_type { VALUE_NULL, VALUE_BOOL, VALUE_NUMBER, VALUE_STRING, VALUE_ARRAY, VALUE_OBJECT };

struct value {
    enum value_type type;
    uint32_t line, col;
    struct str key; /* in an object; also NUL-terminated */
    union {
        bool boolean;
        struct {
            double number;
            const char *exact; /* value_exact() */
        };
        struct str string; /* also NUL-terminated */
        struct {
            struct value *items;
            size_t count;
        } list; /* of an array or an object */
    } u;
};

/* Column of a number of JSON that has its text beside it. */
#define VALUE_EXACT UINT32_MAX
/* An integer of more than 53 bits, as it stood in JSON: a double would lose its last digits. NULL:
 * the number is all there is. */
const char *value_exact(const struct value *v);

#define VALUE_EACH(it, v)                                                                          \
    for (const struct value *it = value_items(v), *it##_end = it ? it + value_count(v) : it;       \
         it < it##_end; it++)

const char *value_type_name(enum value_type type);      /* "number" ... for messages */
size_t value_count(const struct value *v);              /* 0 for NULL and scalars */
const struct value *value_items(const struct value *v); /* NULL for NULL and scalars */
const struct value *value_at(const struct value *v, size_t index);
/* Member of an object, or NULL when absent (or `obj` is no object). A member that is null is found.
 */
const struct value *value_get(const struct value *obj, const char *key);
/* "alert.service": walks objects; array elements as "items.0". */
const struct value *value_path(const struct value *v, const char *path);

/* Two scalars of one type that say the same; two arrays or objects are not looked into: true. */
bool value_same_scalar(const struct value *a, const struct value *b);

/* In all that follows `key` is a member's name or, when no member has it, a path as above.
 *
 * Required members: on failure ERR_INPUT naming the field, what was expected and what stood there
 * ("'alert.service' must be a string, not a number (line 3)"). `obj` may be NULL (= missing). */
enum err_code value_need_str(const struct value *obj, const char *key, struct str *ret,
                             struct err *err);
enum err_code value_need_num(const struct value *obj, const char *key, double *ret,
                             struct err *err);
enum err_code value_need_i64(const struct value *obj, const char *key, int64_t *ret,
                             struct err *err);
enum err_code value_need_bool(const struct value *obj, const char *key, bool *ret, struct err *err);
enum err_code value_need_array(const struct value *obj, const char *key, const struct value **ret,
                               struct err *err);
enum err_code value_need_object(const struct value *obj, const char *key, const struct value **ret,
                                struct err *err);

/* Optional members: `fallback` when absent, null or of another type. */
struct str value_str_or(const struct value *obj, const char *key, const char *fallback);
double value_num_or(const struct value *obj, const char *key, double fallback);
int64_t value_i64_or(const struct value *obj, const char *key, int64_t fallback);
bool value_bool_or(const struct value *obj, const char *key, bool fallback);
/* NUL-terminated string member, or `fallback`. */
const char *value_cstr_or(const struct value *obj, const char *key, const char *fallback);

#endif
