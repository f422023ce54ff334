/* yaml.h - YAML bytes to values (libyaml), with the line and column of each value kept.
 * One document; the core schema's scalars (null, true/false, numbers) when plain, everything quoted
 * is a string. Anchors and aliases are refused (they make small files huge), so are duplicate keys,
 * non-string keys and depth beyond 64. Source: YAML 1.2 core schema, 10.3.2. */
#ifndef RUNBOOK_CODEC_YAML_H
#define RUNBOOK_CODEC_YAML_H

#include "runbook/codec/value.h"

#define YAML_DEPTH_MAX 64

/* ERR_INPUT: "line 4 column 7: found character that cannot start any token". An empty document is
 * VALUE_NULL. */
enum err_code yaml_parse(struct arena *arena, struct str text, const struct value **ret,
                         struct err *err);

/* Set one scalar in a YAML text at `path` ("llm.model"; missing parents are added at the end of
 * their mapping) and keep every comment and all other bytes. `value` is written plain when that
 * reads back as meant, else double-quoted. Appends the new text to `out`. ERR_INPUT when the text
 * does not parse or the path runs into a scalar or a flow collection that holds more. */
enum err_code yaml_edit(struct buf *out, struct str text, const char *path, struct str value,
                        struct err *err);

#endif
