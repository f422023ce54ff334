/* timefmt.c - see timefmt.h. */
#include "runbook/base/timefmt.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "runbook/base/num.h"

/* Days since 1970-01-01 of a proleptic Gregorian date. Source: Hinnant, "chrono-Compatible
 * Low-Level Date Algorithms", days_from_civil. */
static int64_t days_from_civil(int64_t y, int64_t m, int64_t d)
{
    int64_t era, yoe, doy;

    y -= m <= 2;
    era = (y >= 0 ? y : y - 399) / 400;
    yoe = y - era * 400;
    doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
    return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

void time_format_rfc3339(int64_t unix_ms, char out[TIME_TEXT_MAX])
{
    int64_t s = floor_div(unix_ms, 1000);
    time_t t = (time_t)s;
    struct tm tm = {0}; /* of a year that no int holds */

    gmtime_r(&t, &tm);
    snprintf(out, TIME_TEXT_MAX, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", (tm.tm_year + 1900) % 10000,
             tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec,
             (int)((unix_ms % 1000 + 1000) % 1000));
}

/* "2026-11-21 08:02:17[.068]": the words behind it are the caller's. */
static int format_parts(int64_t unix_ms, char out[TIME_TEXT_MAX])
{
    char all[TIME_TEXT_MAX];
    int len;

    time_format_rfc3339(unix_ms, all);
    all[10] = ' ';
    len = strncmp(all + 19, ".000", 4) == 0 ? 19 : 23;
    snprintf(out, TIME_TEXT_MAX, "%.*s", len, all);
    return len;
}

void time_format_utc(int64_t unix_ms, char out[TIME_TEXT_MAX])
{
    int len = format_parts(unix_ms, out);

    snprintf(out + len, (size_t)(TIME_TEXT_MAX - len), " UTC");
}

void time_format_span(int64_t from_ms, int64_t to_ms, char out[TIME_SPAN_MAX])
{
    char from[TIME_TEXT_MAX], to[TIME_TEXT_MAX];

    format_parts(from_ms, from);
    format_parts(to_ms, to);
    snprintf(out, TIME_SPAN_MAX, "%s to %s UTC", from, strncmp(from, to, 11) == 0 ? to + 11 : to);
}

void time_format_hms(int64_t unix_ms, bool local, char out[TIME_TEXT_MAX])
{
    time_t t = (time_t)floor_div(unix_ms, 1000);
    struct tm tm = {0}; /* of a year that no int holds */

    if (local)
        localtime_r(&t, &tm);
    else
        gmtime_r(&t, &tm);
    snprintf(out, TIME_TEXT_MAX, "%02d:%02d:%02d", tm.tm_hour, tm.tm_min, tm.tm_sec);
}

static bool digits(struct str *s, size_t n, int64_t *ret)
{
    uint64_t v;

    if (s->len < n || !num_u64((struct str){s->ptr, n}, &v))
        return false;
    *ret = (int64_t)v;
    s->ptr += n;
    s->len -= n;
    return true;
}

static bool one_of(struct str *s, const char *set)
{
    if (s->len == 0 || !strchr(set, s->ptr[0]))
        return false;
    s->ptr++;
    s->len--;
    return true;
}

static bool parse_fraction(struct str *s, int64_t *ret_ms)
{
    int64_t ms = 0, unit = 100;
    size_t n = 0;

    while (s->len && s->ptr[0] >= '0' && s->ptr[0] <= '9') {
        ms += unit * (s->ptr[0] - '0');
        unit /= 10;
        s->ptr++;
        s->len--;
        n++;
    }
    *ret_ms = ms;
    return n > 0;
}

static bool parse_offset(struct str *s, int64_t *ret_s)
{
    int64_t h, m, sign;

    *ret_s = 0;
    if (one_of(s, "Zz"))
        return s->len == 0;
    sign = s->len && s->ptr[0] == '-' ? -1 : 1;
    if (!one_of(s, "+-") || !digits(s, 2, &h))
        return false;
    one_of(s, ":");
    if (!digits(s, 2, &m) || h > 23 || m > 59)
        return false;
    *ret_s = sign * (h * 3600 + m * 60);
    return s->len == 0;
}

static bool valid_date(int64_t y, int64_t mo, int64_t d)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;

    return mo >= 1 && mo <= 12 && d >= 1 && d <= days[mo - 1] + (mo == 2 && leap);
}

bool time_parse(struct str s, int64_t *ret_unix_ms)
{
    int64_t y, mo, d, h, mi, sec, ms = 0, off;
    struct str whole = s;
    double seconds;

    if (digits(&s, 4, &y) && one_of(&s, "-") && digits(&s, 2, &mo) && one_of(&s, "-") &&
        digits(&s, 2, &d) && one_of(&s, "Tt ") && digits(&s, 2, &h) && one_of(&s, ":") &&
        digits(&s, 2, &mi) && one_of(&s, ":") && digits(&s, 2, &sec)) {
        if (!valid_date(y, mo, d) || h > 23 || mi > 59 || sec > 60)
            return false;
        if (one_of(&s, ".") && !parse_fraction(&s, &ms))
            return false;
        if (!parse_offset(&s, &off))
            return false;
        *ret_unix_ms =
            ((days_from_civil(y, mo, d) * 24 + h) * 60 + mi) * 60000 + (sec - off) * 1000 + ms;
        return true;
    }
    if (!num_f64(whole, &seconds) || !isfinite(seconds) || seconds < 0 || seconds > 253402300799.0)
        return false;
    *ret_unix_ms = (int64_t)llround(seconds * 1000);
    return true;
}

static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

void time_format_http(int64_t unix_ms, char out[TIME_TEXT_MAX])
{
    static const char days[] = "SunMonTueWedThuFriSat";
    time_t t = (time_t)((unix_ms - ((unix_ms % 1000) + 1000) % 1000) / 1000);
    struct tm tm;

    gmtime_r(&t, &tm);
    snprintf(out, TIME_TEXT_MAX, "%.3s, %02d %.3s %04d %02d:%02d:%02d GMT", days + 3 * tm.tm_wday,
             tm.tm_mday, months + 3 * tm.tm_mon, (tm.tm_year + 1900) % 10000, tm.tm_hour, tm.tm_min,
             tm.tm_sec);
}

bool time_parse_http(struct str s, int64_t *ret_unix_ms)
{
    struct str word[6];
    const char *month;
    char text[64];

    for (size_t i = 0; i < 6; i++)
        if (!str_split(&s, ' ', &word[i]) || word[i].len > 12)
            return false;
    month = word[2].len == 3
                ? strstr(months, (char[]){word[2].ptr[0], word[2].ptr[1], word[2].ptr[2], '\0'})
                : NULL;
    if (!month || (month - months) % 3)
        return false;
    snprintf(text, sizeof(text), "%.*s-%02d-%.*sT%.*sZ", STR_FMT(word[3]),
             (int)(month - months) / 3 + 1, STR_FMT(word[1]), STR_FMT(word[4]));
    return time_parse(str_from(text), ret_unix_ms);
}

bool duration_parse(struct str s, int64_t *ret_ms)
{
    static const struct {
        const char *unit;
        int64_t ms;
    } units[] = {{"ms", 1},      {"s", 1000},     {"m", 60000},
                 {"h", 3600000}, {"d", 86400000}, {"w", 604800000}};
    int64_t total = 0;

    if (s.len == 0)
        return false;
    while (s.len) {
        size_t n = 0, u = 0;
        uint64_t v;
        int64_t ms = -1;

        while (n < s.len && s.ptr[n] >= '0' && s.ptr[n] <= '9')
            n++;
        if (n == 0 || n > 12 || !num_u64((struct str){s.ptr, n}, &v))
            return false;
        s.ptr += n;
        s.len -= n;
        while (u < s.len && s.ptr[u] >= 'a' && s.ptr[u] <= 'z')
            u++;
        if (u == 0 && s.len == 0 && total == 0)
            ms = 1000;
        for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
            if (u && str_eq_c((struct str){s.ptr, u}, units[i].unit))
                ms = units[i].ms;
        }
        if (ms <= 0 || v > (uint64_t)(INT64_MAX / 1000000 / ms))
            return false;
        total += (int64_t)v * ms;
        s.ptr += u;
        s.len -= u;
    }
    *ret_ms = total;
    return true;
}

void duration_format(int64_t ms, char out[TIME_TEXT_MAX])
{
    int64_t s = ms / 1000;

    if (ms < 1000)
        snprintf(out, TIME_TEXT_MAX, "%d ms", (int)ms);
    else if (s < 60)
        snprintf(out, TIME_TEXT_MAX, "%d.%d s", (int)s, (int)(ms % 1000 / 100));
    else if (s < 3600 && s % 60)
        snprintf(out, TIME_TEXT_MAX, "%d min %d s", (int)(s / 60), (int)(s % 60));
    else if (s < 3600)
        snprintf(out, TIME_TEXT_MAX, "%d min", (int)(s / 60));
    else if (s < 86400)
        snprintf(out, TIME_TEXT_MAX, "%d h %d min", (int)(s / 3600), (int)(s % 3600 / 60));
    else
        snprintf(out, TIME_TEXT_MAX, "%lld d %d h", (long long)(s / 86400),
                 (int)(s % 86400 / 3600));
}
