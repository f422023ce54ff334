/* logmine_priv.h - between masking, JSON lines and families. */
#ifndef RUNBOOK_CODEC_LOGMINE_PRIV_H
#define RUNBOOK_CODEC_LOGMINE_PRIV_H

#include "runbook/codec/logmine.h"

/* Bytes of a masked line. */
struct masked {
    size_t len;
    char text[LOGMINE_LINE_BYTES + 16];
};
/* Write `line` masked. White space becomes single blanks; control sequences are dropped. */
void mask_line(struct str line, struct masked *out);
/* The level that the first words of a masked line name. */
enum log_level level_of(struct str masked);

/* A JSON line's parts; pointers into the line, still escaped. */
struct json_line {
    struct str message, level, time, error;
};
/* False when the line is no JSON object with a message. */
bool json_line_read(struct str line, struct json_line *ret);
/* Keep `v` when `key` is one that names a part; the first one counts. */
void json_line_take(struct json_line *l, struct str key, struct str v);
/* The same of "key=value" pairs; false when they have no message, or neither level nor time. */
bool logfmt_line_read(struct str line, struct json_line *ret);
enum log_level level_of_word(struct str word);

#endif
