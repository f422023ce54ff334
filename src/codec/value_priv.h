/* value_priv.h - what the parsers of this folder share. */
#ifndef RUNBOOK_CODEC_VALUE_PRIV_H
#define RUNBOOK_CODEC_VALUE_PRIV_H

#include "runbook/base/map.h"
#include "runbook/codec/value.h"

/* Finds a key that stands twice: few keys are compared with each other, many go through a map. */
struct key_check {
    struct map *seen;
};

/* Is the key of items[count] not among items[0 ... count-1]? Call for each new item in order. */
bool key_check_add(struct key_check *k, const struct value *items, size_t count);
void key_check_release(struct key_check *k);

#endif
