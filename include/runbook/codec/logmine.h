/* logmine.h - log lines sorted into families by their text.
 * What varies (numbers, addresses, hashes, identifiers) is masked; lines of the same masked text
 * are one family at once, others join the family of as many words that most agrees with them, whose
 * differing words become "<*>". Source of the second step: He, Zhu, Zheng, Lyu, "Drain: an online
 * log parsing approach with fixed depth tree", ICWS 2017; here the level is a step of the tree too.
 * Memory is bounded whatever comes: families, words of a line, bytes of a line and of a sample.
 * JSON lines and lines of key=value pairs are read for their message, level and time. A line that
 * begins with white space belongs to the one before it (a stack trace), as do "Caused by:" and the
 * exception that ends a Python traceback. */
#ifndef RUNBOOK_CODEC_LOGMINE_H
#define RUNBOOK_CODEC_LOGMINE_H

#include <stddef.h>
#include <stdint.h>

#include "runbook/base/str.h"

#define LOGMINE_BUCKETS 60
#define LOGMINE_FAMILIES_MAX 4096
#define LOGMINE_SAMPLE_BYTES 600
#define LOGMINE_LINE_BYTES 2048 /* of a line that are looked at */

enum log_level {
    LOG_LEVEL_NONE,
    LOG_LEVEL_DEBUG, /* and trace */
    LOG_LEVEL_INFO,
    LOG_LEVEL_NOTICE,
    LOG_LEVEL_WARNING,
    LOG_LEVEL_ERROR,
    LOG_LEVEL_CRITICAL, /* and fatal, alert, emergency, panic */
};
#define LOG_LEVELS (LOG_LEVEL_CRITICAL + 1)
const char *log_level_name(enum log_level l); /* "error"; "" for none */

struct logmine_family {
    char *text; /* owned by the miner, as the samples are: "connection to <*> refused"; not
                   sanitised */
    enum log_level level;
    uint64_t count;
    uint64_t first_line;       /* counted over all that was read, from 1 */
    int64_t first_ms, last_ms; /* INT64_MIN: no line of it had a time */
    char *sample, *later;      /* the first line with what belongs to it, the last; bounded */
    uint32_t buckets[LOGMINE_BUCKETS];
};

struct logmine; /* opaque */

struct logmine *logmine_new(int64_t now_ms); /* for times without a year */
void logmine_free(struct logmine *m);
/* Count only lines of these times (INT64_MIN, INT64_MAX: any); a line without a time goes with the
 * one before it. */
void logmine_range(struct logmine *m, int64_t from_ms, int64_t until_ms);
/* One line without its end. */
void logmine_line(struct logmine *m, struct str line);

struct logmine_totals {
    uint64_t lines, bytes;     /* with those that belong to the line before */
    uint64_t timed, continued; /* lines with a time, lines of stack traces */
    uint64_t outside;          /* lines of another time */
    uint64_t beyond;           /* lines whose family had no room */
    int64_t first_ms, last_ms; /* INT64_MIN: none */
    int64_t start_ms, step_ms; /* of the buckets; step 0: no times */
    size_t families;
};
void logmine_totals(const struct logmine *m, struct logmine_totals *ret);
/* In order of first sight. Borrowed until the next line. */
const struct logmine_family *logmine_family(const struct logmine *m, size_t index);
/* 0 to 1: how much of the family came in its fullest stretch of `LOGMINE_BUCKETS / 10` buckets, and
 * more than an even flow would put there; 0 without times or below ten lines. */
double logmine_burst(const struct logmine *m, const struct logmine_family *f);

/* What masking makes of a line, for tests. Appends. */
void logmine_mask(struct str line, struct buf *out);

#endif
