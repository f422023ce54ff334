/* logtime.c - see logtime.h. */
#include "runbook/codec/logtime.h"

#define DAY_MS INT64_C(86400000)
#define FIND_BYTES 100

/* A reader that goes through the text and remembers whether all fitted. */
struct reader {
    const char *p, *end;
    bool good;
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static int number(struct reader *r, int digits)
{
    int v = 0;

    for (int i = 0; i < digits; i++) {
        if (r->p == r->end || !is_digit(*r->p)) {
            r->good = false;
            return 0;
        }
        v = v * 10 + (*r->p++ - '0');
    }
    return v;
}

static void expect(struct reader *r, char c)
{
    if (r->p < r->end && *r->p == c)
        r->p++;
    else
        r->good = false;
}

/* Days since 1970-01-01 of a date of the Gregorian calendar (months from March, so that the leap
 * day is the last). */
static int64_t days_of(int64_t y, int m, int d)
{
    int64_t era, of_era, of_year;

    y -= m <= 2;
    era = (y >= 0 ? y : y - 399) / 400;
    of_era = y - era * 400;
    of_year = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static bool sane(int month, int day, int h, int m, int s)
{
    return month >= 1 && month <= 12 && day >= 1 && day <= 31 && h < 24 && m < 60 && s <= 60;
}

static int64_t unix_ms(int year, int month, int day, int h, int m, int s)
{
    return days_of(year, month, day) * DAY_MS + ((h * 60 + m) * 60 + s) * INT64_C(1000);
}

/* ".123456" or ",123": milliseconds. */
static int64_t fraction(struct reader *r)
{
    int64_t ms = 0, unit = 100;

    if (r->p == r->end || (*r->p != '.' && *r->p != ',') || r->p + 1 == r->end ||
        !is_digit(r->p[1]))
        return 0;
    for (r->p++; r->p < r->end && is_digit(*r->p); r->p++, unit /= 10)
        ms += (*r->p - '0') * unit;
    return ms;
}

/* "Z", "+01:00", "+0100", or nothing: milliseconds east of Greenwich. */
static int64_t zone(struct reader *r)
{
    struct reader z = *r;
    int sign, h, m;

    if (z.p < z.end && (*z.p == 'Z' || *z.p == 'z')) {
        r->p++;
        return 0;
    }
    if (z.p < z.end && *z.p == ' ' && z.p + 1 < z.end && (z.p[1] == '+' || z.p[1] == '-'))
        z.p++;
    if (z.p == z.end || (*z.p != '+' && *z.p != '-'))
        return 0;
    sign = *z.p++ == '-' ? -1 : 1;
    h = number(&z, 2);
    if (z.p < z.end && *z.p == ':')
        z.p++;
    m = number(&z, 2);
    if (!z.good || h > 14 || m > 59)
        return 0;
    *r = z;
    return sign * (h * 60 + m) * INT64_C(60000);
}

static bool iso(struct reader *r, int64_t *ret)
{
    int year = number(r, 4), month, day, h, m, s;
    char sep = r->p < r->end ? *r->p : '\0';

    if (!r->good || (sep != '-' && sep != '/'))
        return false;
    r->p++;
    month = number(r, 2);
    expect(r, sep);
    day = number(r, 2);
    if (r->p < r->end && (*r->p == 'T' || *r->p == 't' || *r->p == ' ' || *r->p == '_'))
        r->p++;
    else
        return false;
    h = number(r, 2);
    expect(r, ':');
    m = number(r, 2);
    expect(r, ':');
    s = number(r, 2);
    if (!r->good || !sane(month, day, h, m, s))
        return false;
    *ret = unix_ms(year, month, day, h, m, s) + fraction(r);
    *ret -= zone(r);
    return true;
}

static int month_of(struct reader *r)
{
    static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

    for (int i = 0; i < 12 && r->end - r->p >= 3; i++) {
        if (memcmp(r->p, names + 3 * i, 3) == 0) {
            r->p += 3;
            return i + 1;
        }
    }
    r->good = false;
    return 0;
}

static int64_t with_year(int64_t now_ms, int month, int day, int h, int m, int s)
{
    int year = 1970 + (int)(now_ms / (DAY_MS * 365)) + 1;

    for (; year > 1970; year--) {
        int64_t t = unix_ms(year, month, day, h, m, s);

        if (t <= now_ms + DAY_MS)
            return t;
    }
    return unix_ms(1970, month, day, h, m, s);
}

static bool clock_time(struct reader *r, int *h, int *m, int *s)
{
    *h = number(r, 2);
    expect(r, ':');
    *m = number(r, 2);
    expect(r, ':');
    *s = number(r, 2);
    return r->good;
}

static bool syslog_time(struct reader *r, int64_t now_ms, int64_t *ret)
{
    int month = month_of(r), day, h, m, s;

    expect(r, ' ');
    if (r->good && r->p < r->end && *r->p == ' ') {
        r->p++;
        day = number(r, 1);
    } else {
        day = number(r, 2);
    }
    expect(r, ' ');
    if (!clock_time(r, &h, &m, &s) || !sane(month, day, h, m, s))
        return false;
    *ret = with_year(now_ms, month, day, h, m, s) + fraction(r);
    return true;
}

/* Kubernetes' klog: level, month and day without a separator. */
static bool klog_time(struct reader *r, int64_t now_ms, int64_t *ret)
{
    int month, day, h, m, s;

    r->p++;
    month = number(r, 2);
    day = number(r, 2);
    expect(r, ' ');
    if (!clock_time(r, &h, &m, &s) || !sane(month, day, h, m, s))
        return false;
    *ret = with_year(now_ms, month, day, h, m, s) + fraction(r);
    return true;
}

static bool common_time(struct reader *r, int64_t *ret)
{
    int day = number(r, 2), month, year, h, m, s;

    expect(r, '/');
    month = r->good ? month_of(r) : 0;
    expect(r, '/');
    year = number(r, 4);
    expect(r, ':');
    if (!clock_time(r, &h, &m, &s) || !sane(month, day, h, m, s))
        return false;
    *ret = unix_ms(year, month, day, h, m, s);
    *ret -= zone(r);
    return true;
}

/* Ten digits are seconds, thirteen milliseconds: 2001 to 2286. */
static bool unix_time(struct reader *r, int64_t *ret)
{
    const char *from = r->p;
    int64_t v = 0;

    while (r->p < r->end && is_digit(*r->p) && r->p - from < 14)
        v = v * 10 + (*r->p++ - '0');
    if (r->p - from == 13)
        *ret = v;
    else if (r->p - from == 10)
        *ret = v * 1000 + fraction(r);
    else
        return false;
    return *from != '0' && (r->p == r->end || *r->p == ' ' || *r->p == ']' || *r->p == '\t' ||
                            *r->p == ',' || *r->p == '"');
}

static bool any(struct reader *r, int64_t now_ms, int64_t *ret)
{
    struct reader start = *r;
    char c = r->end - r->p >= 10 ? *r->p : '\0';

    if (is_digit(c)) {
        if (iso(r, ret))
            return true;
        *r = start;
        if (common_time(r, ret))
            return true;
        *r = start;
        return unix_time(r, ret);
    }
    if (c == 'I' || c == 'W' || c == 'E' || c == 'F') {
        if (is_digit(r->p[1]))
            return klog_time(r, now_ms, ret);
    }
    return c >= 'A' && c <= 'S' && syslog_time(r, now_ms, ret);
}

size_t logtime_read(struct str s, int64_t now_ms, int64_t *ret_unix_ms)
{
    struct reader r = {s.ptr, s.ptr + s.len, true};
    char open = s.len ? *s.ptr : '\0';
    char close = open == '[' ? ']' : open == '(' ? ')' : open == '"' ? '"' : '\0';

    if (close)
        r.p++;
    if (!any(&r, now_ms, ret_unix_ms))
        return 0;
    if (close && r.p < r.end && *r.p == close)
        r.p++;
    return (size_t)(r.p - s.ptr);
}

size_t logtime_find(struct str line, int64_t now_ms, size_t *ret_at, int64_t *ret_unix_ms)
{
    size_t head = line.len < FIND_BYTES ? line.len : FIND_BYTES, n;
    const char *bracket;

    *ret_at = 0;
    n = logtime_read(line, now_ms, ret_unix_ms);
    if (n)
        return n;
    bracket = head ? memchr(line.ptr, '[', head) : NULL;
    if (!bracket)
        return 0;
    *ret_at = (size_t)(bracket - line.ptr);
    return logtime_read((struct str){bracket, line.len - *ret_at}, now_ms, ret_unix_ms);
}
