/* num.h - text to numbers, strictly: the whole text must be the number. */
#ifndef RUNBOOK_BASE_NUM_H
#define RUNBOOK_BASE_NUM_H

#include <stdbool.h>
#include <stdint.h>

#include "runbook/base/str.h"

bool num_i64(struct str s, int64_t *ret);
bool num_u64(struct str s, uint64_t *ret);
bool num_u64_base(struct str s, unsigned base, uint64_t *ret); /* 2..16, no prefix */
/* Locale-independent; accepts NaN, Inf, +Inf, -Inf as Prometheus writes them. */
bool num_f64(struct str s, double *ret);
/* The shortest decimal text that reads back as the same double; NaN and infinities as in JSON-less
 * text: "NaN", "+Inf", "-Inf". `out` holds 32 bytes. Returns the length. */
int num_format_f64(double v, char out[32]);
/* "1.5 GiB", "97 %", "340 ms": at most 3 significant digits. `unit` is one of bytes, seconds,
 * percent, ratio, count, or any other word, which is appended. `out` holds 48 bytes. */
void num_human(double v, const char *unit, char out[48]);

#endif
