/* timefmt.h - times and durations as text. All times are Unix milliseconds, UTC. */
#ifndef RUNBOOK_BASE_TIMEFMT_H
#define RUNBOOK_BASE_TIMEFMT_H

#include <stdbool.h>
#include <stdint.h>

#include "runbook/base/str.h"

#define TIME_TEXT_MAX 32

/* "2026-02-04T10:00:00.123Z". Source: RFC 3339. */
void time_format_rfc3339(int64_t unix_ms, char out[TIME_TEXT_MAX]);
/* "2026-11-21 08:02:17 UTC", with milliseconds where they are not zero: for people. */
void time_format_utc(int64_t unix_ms, char out[TIME_TEXT_MAX]);
/* "2024-05-14 08:50:00 to 09:10:00 UTC", the second day only where it is another. */
#define TIME_SPAN_MAX (2 * TIME_TEXT_MAX)
void time_format_span(int64_t from_ms, int64_t to_ms, char out[TIME_SPAN_MAX]);
/* "14:02:11" in UTC or, with `local`, in the process's time zone. */
void time_format_hms(int64_t unix_ms, bool local, char out[TIME_TEXT_MAX]);
/* RFC 3339 with Z or an offset, fraction optional; also a plain Unix time in seconds. */
bool time_parse(struct str s, int64_t *ret_unix_ms);
/* "Wed, 21 Oct 2015 07:28:00 GMT", whole seconds: as HTTP's headers have it. Reading also takes a
 * fraction of a second. Source: RFC 9110, 5.6.7. */
void time_format_http(int64_t unix_ms, char out[TIME_TEXT_MAX]);
bool time_parse_http(struct str s, int64_t *ret_unix_ms);
/* "90s", "15m", "2h30m", "7d", "1w", "250ms"; a bare number is seconds. Never negative. */
bool duration_parse(struct str s, int64_t *ret_ms);
/* "3.2 s", "12 min", "4 h 10 min", "3 d 2 h"; below a second "812 ms". */
void duration_format(int64_t ms, char out[TIME_TEXT_MAX]);

#endif
