/* yaml.h - YAML bytes to values (libyaml), with the line and column of each value kept.
 * One document; the core schema's scalars (null, true/false, numbers) when plain, everything quoted
 * is a string. Refused: anchors and aliases (they make small files huge), tags outside the core
 * schema, duplicate keys, keys that are no strings, numbers that are not finite, NUL in a string,
 * depth beyond 64, texts beyond YAML_MAX_BYTES (ERR_LIMIT). Source: YAML 1.2.2, 10.3.2. */
#ifndef RUNBOOK_CODEC_YAML_H
#define RUNBOOK_CODEC_YAML_H

#include "runbook/codec/value.h"

#define YAML_DEPTH_MAX 64
#define YAML_MAX_BYTES ((size_t)4 << 20)

/* ERR_INPUT: "line 4 column 7: found character that cannot start any token". An empty document is
 * VALUE_NULL. */
enum err_code yaml_parse(struct arena *arena, struct str text, const struct value **ret,
                         struct err *err);

/* Set one scalar in a YAML text at `path` ("llm.model"; missing parents are added at the end of
 * their mapping) and keep every comment and all other bytes. `value` is written plain when it needs
 * no quotes, so "5" and "true" become a number and a boolean, else double-quoted. Appends the new
 * text to `out`. ERR_INPUT when the text does not parse, when the path runs into a scalar, a list
 * or braces that hold more, or when the layout does not let it be changed safely. */
enum err_code yaml_edit(struct buf *out, struct str text, const char *path, struct str value,
                        struct err *err);

#endif
