/* aws_phrase_filter.c - which of them a sentence about AWS means: their state, and since when. */
#include <ctype.h>

#include "aws_phrase_priv.h"
#include "runbook/base/num.h"

/* AWS's words for states differ in case by service. */
bool aws_phrase_state(struct aws_parse *p, size_t i)
{
    static const char *const states =
        "running|stopped|stopping|pending|terminated|available|active|inactive|deleting|creating|"
        "enabled|disabled|in-use|detached|attached|deleted|modifying|provisioning|draining|"
        "succeeded";
    static const struct {
        const char *words, *health;
    } healths[] = {{"unhealthy|bad|broken|failed|failing|impaired|degraded", "bad"},
                   {"healthy|fine|good", "ok"},
                   {"off", "off"},
                   {"changing", "changing"}};
    char lower[40], upper[40], first[40];

    if (aws_phrase_among(p->w[i], "firing|alarming", false)) {
        aws_phrase_and(p);
        buf_adds(&p->where, "state == \"ALARM\"");
        aws_phrase_use(p, i, 1);
        return true;
    }
    for (size_t k = 0; k < sizeof(healths) / sizeof(healths[0]); k++)
        if (aws_phrase_among(p->w[i], healths[k].words, false)) {
            p->health = healths[k].health;
            aws_phrase_use(p, i, 1);
            return true;
        }
    if (aws_phrase_among(p->w[i], "run|runs", false) && p->noun && p->noun->service &&
        aws_phrase_among(str_from(p->noun->service), "ec2:instance|ecs:task", false))
        p->w[i] = STR_LIT("running");
    if (!aws_phrase_among(p->w[i], states, false) || p->w[i].len >= sizeof(lower))
        return false;
    for (size_t k = 0; k <= p->w[i].len; k++) {
        char c = k < p->w[i].len ? p->w[i].ptr[k] : '\0';

        lower[k] = (char)tolower((unsigned char)c);
        upper[k] = (char)toupper((unsigned char)c);
        first[k] = k ? lower[k] : upper[k];
    }
    aws_phrase_and(p);
    buf_addf(&p->where, "state in [\"%s\", \"%s\", \"%s\"]", lower, upper, first);
    aws_phrase_use(p, i, 1);
    return true;
}

/* "last 2 hours", "past day", "since an hour ago", "3 days ago" */
bool aws_phrase_window(struct aws_parse *p, size_t i)
{
    static const struct {
        const char *words, *unit;
        int64_t count;
    } units[] = {{"minute|minutes|min|mins", "m", 1},
                 {"hour|hours", "h", 1},
                 {"day|days", "d", 1},
                 {"week|weeks", "d", 7},
                 {"month|months", "d", 30}};
    bool begun = aws_phrase_among(p->w[i], "last|past|since", false), ago;
    int64_t n = 1;
    size_t at = begun ? i + 1 : i;

    if (aws_phrase_among(p->w[i], "today", false)) {
        p->since = "24h";
        aws_phrase_use(p, i, 1);
        return true;
    }
    if (at < p->count && num_i64(p->w[at], &n)) {
        if (n < 1 || n > 10000)
            return false;
        at++;
    } else if (at < p->count && aws_phrase_among(p->w[at], "a|an|one|the|this", false)) {
        at++;
    }
    ago = at + 1 < p->count && aws_phrase_among(p->w[at + 1], "ago", false);
    for (size_t k = 0; at < p->count && k < sizeof(units) / sizeof(units[0]); k++)
        if ((begun || ago) && aws_phrase_among(p->w[at], units[k].words, false)) {
            p->since = arena_printf(p->a, "%lld%s", (long long)n * units[k].count, units[k].unit);
            aws_phrase_use(p, i, at - i + 1 + ago);
            return true;
        }
    return false;
}
