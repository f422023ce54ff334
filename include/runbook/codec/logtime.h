/* logtime.h - the time that a log line begins with.
 * Known: RFC 3339 and its relatives ("2026-11-21T05:26:13.5Z", with a blank, with a comma before
 * the fraction, with slashes), syslog ("Nov 21 05:26:13", RFC 3164), the common log format
 * ("[21/Nov/2026:05:26:13 +0100]"), klog ("I1121 05:26:13.000001", from Kubernetes), and Unix times
 * of seconds or milliseconds. A time without a zone is taken as UTC: the program that wrote it did
 * not say. A time without a year is the latest one that is not later than a day after now. */
#ifndef RUNBOOK_CODEC_LOGTIME_H
#define RUNBOOK_CODEC_LOGTIME_H

#include <stdbool.h>
#include <stdint.h>

#include "runbook/base/str.h"

/* Read a time at the beginning of `s`. Returns the bytes that it takes (with a bracket around it),
 * 0 when there is none. `now_ms` chooses the year where none is written. */
size_t logtime_read(struct str s, int64_t now_ms, int64_t *ret_unix_ms);
/* The same at the beginning, or in the first brackets within the first 100 bytes, as web servers
 * write it. `ret_at` is where it begins. */
size_t logtime_find(struct str line, int64_t now_ms, size_t *ret_at, int64_t *ret_unix_ms);

#endif
