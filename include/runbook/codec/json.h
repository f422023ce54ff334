/* json.h - JSON bytes to values (cJSON) and a streaming writer.
 * Parsing is strict where cJSON is not: UTF-8 is validated, NUL in a string, duplicate keys,
 * trailing bytes, numbers that are no JSON numbers or do not fit a double, and depth beyond
 * JSON_DEPTH_MAX are refused; a number has at most 63 characters. A byte order mark is skipped.
 * Source: RFC 8259. */
#ifndef RUNBOOK_CODEC_JSON_H
#define RUNBOOK_CODEC_JSON_H

#include "runbook/codec/value.h"

#define JSON_DEPTH_MAX 128

/* Parse all of `text` into `arena`. ERR_INPUT says what and where: "JSON line 3 column 14: ...". */
enum err_code json_parse(struct arena *arena, struct str text, const struct value **ret,
                         struct err *err);

/* The line (from 1) on which the value at `path` ("edges.3.source") begins in `text`, which has
 * been parsed; of a member that is not there the line of the last value on the way. For messages:
 * the tree itself does not know lines. */
size_t json_line(struct str text, const char *path);

/* A writer appends to a buf; misuse (a key outside an object ...) is an assertion. Compact output,
 * one line, keys in the order of the calls. Strings are made valid UTF-8 (U+FFFD). NaN and
 * infinities become null, NUL characters U+FFFD (the parser would refuse them). */
#define JSON_WRITER_DEPTH                                                                          \
    (JSON_DEPTH_MAX + 64) /* a parsed value fits inside what we write around it */
struct json_writer {
    struct buf *out;
    int depth;
    bool first[JSON_WRITER_DEPTH];
    bool after_key;
};

void json_writer_init(struct json_writer *w, struct buf *out); /* borrows `out`, appends to it */
void json_object_begin(struct json_writer *w);
void json_object_end(struct json_writer *w);
void json_array_begin(struct json_writer *w);
void json_array_end(struct json_writer *w);
void json_key(struct json_writer *w, const char *key);
void json_key_str(struct json_writer *w, struct str key);
void json_string(struct json_writer *w, struct str s);
void json_cstring(struct json_writer *w, const char *s); /* NULL gives null */
void json_number(struct json_writer *w, double v);
void json_int(struct json_writer *w, int64_t v);
void json_bool(struct json_writer *w, bool v);
void json_null(struct json_writer *w);
/* Bytes that are JSON already (one value). */
void json_raw(struct json_writer *w, struct str json);
void json_value(struct json_writer *w, const struct value *v); /* NULL gives null */

/* Shorthands for members: key, then value. */
void json_put_str(struct json_writer *w, const char *key, struct str s);
void json_put_cstr(struct json_writer *w, const char *key, const char *s);
void json_put_num(struct json_writer *w, const char *key, double v);
void json_put_int(struct json_writer *w, const char *key, int64_t v);
void json_put_bool(struct json_writer *w, const char *key, bool v);

/* Indented by two spaces, for people and files. Appends to `out`. */
void json_pretty(struct buf *out, const struct value *v);

#endif
