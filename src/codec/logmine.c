/* logmine.c - see logmine.h. */
#include "runbook/codec/logmine.h"

#include <math.h>
#include <stdlib.h>

#include "logmine_priv.h"
#include "runbook/base/mem.h"
#include "runbook/base/num.h"
#include "runbook/base/vec.h"
#include "runbook/codec/logtime.h"

#define WORDS_MAX 48 /* of a line; the rest is one word */
#define SAME 0.6     /* share of the words that agree */
#define CHAINS 1024  /* steps of the tree: count, level and first word */
#define KNOWN 65536  /* masked texts whose family is known at once */
#define KNOWN_FULL (KNOWN / 2)
#define WILD "<*>"
#define NO_FAMILY UINT32_MAX
#define OUTSIDE (UINT32_MAX - 1) /* of the times that are wanted */
#define NO_TIME INT64_MIN

struct words {
    size_t count;
    struct str at[WORDS_MAX];
};

struct family {
    struct logmine_family out; /* text, sample and later are owned */
    uint32_t next;             /* of the same step; NO_FAMILY: last */
    struct words words;        /* into out.text */
};

struct known {
    uint64_t hash;
    uint32_t family; /* + 1; 0: empty */
};

struct logmine {
    int64_t now_ms, from_ms, until_ms;
    struct logmine_totals totals;
    VEC(struct family) families;
    uint32_t chains[CHAINS];
    struct known *known;
    size_t known_count;
    uint32_t last; /* family of the line before; NO_FAMILY: none */
    bool in_traceback, after_error;
    struct masked masked;
    struct buf joined; /* a JSON line as text */
    /* The time of the line before: many lines share their second. */
    char time_text[40];
    size_t time_len;
    int64_t time_ms;
};

struct logmine *logmine_new(int64_t now_ms)
{
    struct logmine *m = xcalloc(1, sizeof(*m));

    m->now_ms = now_ms;
    m->from_ms = INT64_MIN;
    m->until_ms = INT64_MAX;
    m->known = xcalloc(KNOWN, sizeof(*m->known));
    m->last = NO_FAMILY;
    m->totals.first_ms = m->totals.last_ms = NO_TIME;
    for (size_t i = 0; i < CHAINS; i++)
        m->chains[i] = NO_FAMILY;
    buf_init(&m->joined, LOGMINE_LINE_BYTES * 2);
    return m;
}

void logmine_free(struct logmine *m)
{
    if (!m)
        return;
    VEC_EACH (f, &m->families) {
        free(f->out.text);
        free(f->out.sample);
        free(f->out.later);
    }
    VEC_RELEASE(&m->families);
    buf_release(&m->joined);
    free(m->known);
    free(m);
}

void logmine_range(struct logmine *m, int64_t from_ms, int64_t until_ms)
{
    m->from_ms = from_ms;
    m->until_ms = until_ms;
}

/* ---- words ---- */

static void split(struct str text, struct words *w)
{
    w->count = 0;
    while (text.len && w->count < WORDS_MAX - 1) {
        const char *blank = memchr(text.ptr, ' ', text.len);
        size_t n = blank ? (size_t)(blank - text.ptr) : text.len;

        w->at[w->count++] = (struct str){text.ptr, n};
        n += blank != NULL;
        text.ptr += n;
        text.len -= n;
    }
    if (text.len)
        w->at[w->count++] = text;
}

static bool is_wild(struct str word)
{
    return str_find(word, STR_LIT(WILD)) >= 0;
}

/* FNV-1a. Two texts of one hash would be counted as one family: no more harm than that. */
static uint64_t hash_of(const char *p, size_t len, uint64_t h)
{
    for (size_t i = 0; i < len; i++)
        h = (h ^ (unsigned char)p[i]) * UINT64_C(1099511628211);
    return h;
}

#define HASH_START UINT64_C(14695981039346656037)

static size_t chain_of(const struct words *w, enum log_level level)
{
    struct str first = w->count ? w->at[0] : (struct str){"", 0};
    uint64_t h = hash_of((const char *)&w->count, sizeof(w->count), HASH_START + (uint64_t)level);

    if (!is_wild(first))
        h = hash_of(first.ptr, first.len, h);
    return (size_t)(h ^ h >> 32) % CHAINS;
}

static double likeness(const struct words *a, const struct words *b)
{
    size_t same = 0;

    if (a->count != b->count)
        return 0;
    for (size_t i = 0; i < a->count; i++)
        same += str_eq(a->at[i], b->at[i]);
    return a->count ? (double)same / (double)a->count : 1;
}

/* Words that differ become variables. */
static void merge(struct family *f, const struct words *w)
{
    struct buf text = BUF_INIT(BUF_NO_MAX);
    bool changed = false;

    for (size_t i = 0; i < w->count; i++) {
        bool same = str_eq(f->words.at[i], w->at[i]);

        if (i)
            buf_addc(&text, ' ');
        buf_add_str(&text, same ? w->at[i] : STR_LIT(WILD));
        changed |= !same;
    }
    if (changed) {
        free(f->out.text);
        f->out.text = buf_detach(&text);
        split(str_from(f->out.text), &f->words);
    }
    buf_release(&text);
}

static uint32_t add_family(struct logmine *m, size_t chain, enum log_level level, struct str sample)
{
    struct family *f;

    if (m->families.count >= LOGMINE_FAMILIES_MAX)
        return NO_FAMILY;
    f = VEC_PUSH(&m->families);
    f->out.text = xstrndup(m->masked.text, m->masked.len);
    f->out.level = level;
    f->out.first_line = m->totals.lines;
    f->out.first_ms = f->out.last_ms = NO_TIME;
    f->out.sample =
        xstrndup(sample.ptr, sample.len < LOGMINE_SAMPLE_BYTES ? sample.len : LOGMINE_SAMPLE_BYTES);
    f->out.later = xstrdup("");
    split(str_from(f->out.text), &f->words);
    f->next = m->chains[chain];
    m->chains[chain] = (uint32_t)(m->families.count - 1);
    return m->chains[chain];
}

static uint32_t find_family(struct logmine *m, enum log_level level, struct str sample)
{
    struct words w;
    size_t chain;
    double best = 0;
    uint32_t at = NO_FAMILY;

    split((struct str){m->masked.text, m->masked.len}, &w);
    chain = chain_of(&w, level);
    for (uint32_t i = m->chains[chain]; i != NO_FAMILY; i = m->families.items[i].next) {
        const struct family *f = &m->families.items[i];
        double like = f->out.level == level ? likeness(&f->words, &w) : 0;

        if (like > best) {
            best = like;
            at = i;
        }
    }
    if (best < SAME)
        return add_family(m, chain, level, sample);
    merge(&m->families.items[at], &w);
    return at;
}

/* ---- the texts that are known ---- */

static struct known *known_slot(struct logmine *m, uint64_t hash)
{
    size_t i = (size_t)(hash ^ hash >> 29) % KNOWN;

    while (m->known[i].family && m->known[i].hash != hash)
        i = (i + 1) % KNOWN;
    return &m->known[i];
}

static uint32_t family_of(struct logmine *m, enum log_level given, struct str sample)
{
    uint64_t hash = hash_of(m->masked.text, m->masked.len, HASH_START + (uint64_t)given);
    struct known *k = known_slot(m, hash);
    enum log_level level = given;
    uint32_t at;

    if (k->family)
        return k->family - 1;
    if (level == LOG_LEVEL_NONE)
        level = level_of((struct str){m->masked.text, m->masked.len});
    at = find_family(m, level, sample);
    if (at == NO_FAMILY)
        return at;
    if (m->known_count >= KNOWN_FULL) {
        memset(m->known, 0, KNOWN * sizeof(*m->known));
        m->known_count = 0;
        k = known_slot(m, hash);
    }
    *k = (struct known){hash, at + 1};
    m->known_count++;
    return at;
}

/* ---- times ---- */

static void fold_buckets(struct logmine *m)
{
    VEC_EACH (f, &m->families) {
        uint32_t *b = f->out.buckets;

        for (size_t i = 0; i < LOGMINE_BUCKETS / 2; i++)
            b[i] = b[2 * i] + b[2 * i + 1];
        memset(b + LOGMINE_BUCKETS / 2, 0, LOGMINE_BUCKETS / 2 * sizeof(*b));
    }
    m->totals.step_ms *= 2;
}

static int64_t buckets_before(const struct logmine_totals *t, int64_t ms)
{
    return (t->start_ms - ms + t->step_ms - 1) / t->step_ms;
}

/* A line earlier than the first: everything moves right by whole buckets. */
static void shift_buckets(struct logmine *m, int64_t ms, int64_t last_ms)
{
    struct logmine_totals *t = &m->totals;
    size_t by;

    while (buckets_before(t, ms) + (last_ms - t->start_ms) / t->step_ms >= LOGMINE_BUCKETS)
        fold_buckets(m);
    by = (size_t)buckets_before(t, ms);
    VEC_EACH (f, &m->families) {
        memmove(f->out.buckets + by, f->out.buckets,
                (LOGMINE_BUCKETS - by) * sizeof(*f->out.buckets));
        memset(f->out.buckets, 0, by * sizeof(*f->out.buckets));
    }
    t->start_ms -= (int64_t)by * t->step_ms;
}

static void count_time(struct logmine *m, struct logmine_family *f, int64_t ms)
{
    struct logmine_totals *t = &m->totals;

    if (t->first_ms == NO_TIME) {
        t->start_ms = t->first_ms = t->last_ms = ms;
        t->step_ms = 1000;
    }
    t->timed++;
    t->first_ms = ms < t->first_ms ? ms : t->first_ms;
    t->last_ms = ms > t->last_ms ? ms : t->last_ms;
    if (ms < t->start_ms)
        shift_buckets(m, ms, t->last_ms);
    while (ms - t->start_ms >= t->step_ms * LOGMINE_BUCKETS)
        fold_buckets(m);
    f->buckets[(ms - t->start_ms) / t->step_ms]++;
    if (f->first_ms == NO_TIME || ms < f->first_ms)
        f->first_ms = ms;
    if (f->last_ms == NO_TIME || ms > f->last_ms)
        f->last_ms = ms;
}

/* Beyond this a number that looks like a time is none; and it keeps the arithmetic in range. */
static bool plausible(int64_t ms)
{
    return ms > INT64_C(-2208988800000) && ms < INT64_C(7258118400000);
}

/* Cut the time out of a line: what is before it (a web client's address) and after it stay. */
static struct str cut_time(struct logmine *m, struct str line, int64_t *ret_ms, struct str *head)
{
    size_t at = 0, n;

    *head = (struct str){line.ptr, 0};
    *ret_ms = NO_TIME;
    if (m->time_len && line.len > m->time_len && memcmp(line.ptr, m->time_text, m->time_len) == 0) {
        *ret_ms = m->time_ms;
        n = m->time_len;
    } else {
        n = logtime_find(line, m->now_ms, &at, ret_ms);
        if (n && !plausible(*ret_ms))
            n = 0;
        if (!n) {
            *ret_ms = NO_TIME;
            return line;
        }
        m->time_len = 0;
        if (at == 0 && n < sizeof(m->time_text)) {
            memcpy(m->time_text, line.ptr, n);
            m->time_len = n;
            m->time_ms = *ret_ms;
        }
    }
    *head = (struct str){line.ptr, at};
    return (struct str){line.ptr + at + n, line.len - at - n};
}

/* ---- lines ---- */

static void add_unescaped(struct buf *out, struct str s)
{
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];

        if (c == '\\' && i + 1 < s.len) {
            c = s.ptr[++i];
            c = c == 'n' || c == 't' || c == 'r' ? ' ' : c;
        }
        if (!buf_addc(out, c))
            return;
    }
}

static int64_t json_time(struct logmine *m, struct str s)
{
    int64_t ms = NO_TIME;
    double v;

    if (!s.len)
        return NO_TIME;
    if (!logtime_read(s, m->now_ms, &ms)) {
        if (!num_f64(s, &v) || !isfinite(v) || v < 1e8 || v > 1e19)
            return NO_TIME;
        ms = (int64_t)(v < 1e11 ? v * 1000 : v < 1e14 ? v : v < 1e17 ? v / 1e3 : v / 1e6);
    }
    return plausible(ms) ? ms : NO_TIME;
}

/* The numbers of bunyan and pino: 10 trace ... 60 fatal; of syslog and the journal: 0 emergency ...
 * 7 debug. */
static enum log_level json_level(struct str s)
{
    static const enum log_level numbers[] = {LOG_LEVEL_NONE,    LOG_LEVEL_DEBUG,   LOG_LEVEL_DEBUG,
                                             LOG_LEVEL_INFO,    LOG_LEVEL_WARNING, LOG_LEVEL_ERROR,
                                             LOG_LEVEL_CRITICAL};

    static const enum log_level priorities[] = {
        LOG_LEVEL_CRITICAL, LOG_LEVEL_CRITICAL, LOG_LEVEL_CRITICAL, LOG_LEVEL_ERROR,
        LOG_LEVEL_WARNING,  LOG_LEVEL_NOTICE,   LOG_LEVEL_INFO,     LOG_LEVEL_DEBUG};

    if (s.len == 1 && s.ptr[0] >= '0' && s.ptr[0] <= '7')
        return priorities[s.ptr[0] - '0'];
    if (s.len == 2 && s.ptr[0] >= '1' && s.ptr[0] <= '6' && s.ptr[1] == '0')
        return numbers[s.ptr[0] - '0'];
    return level_of_word(s);
}

static void count_line(struct logmine *m, enum log_level level, int64_t ms, struct str sample)
{
    struct logmine_family *f;

    if (ms == NO_TIME ? m->last == OUTSIDE : ms < m->from_ms || ms > m->until_ms) {
        m->last = OUTSIDE;
        m->totals.outside++;
        return;
    }
    if (sample.len > LOGMINE_SAMPLE_BYTES)
        sample.len = LOGMINE_SAMPLE_BYTES;
    m->last = family_of(m, level, sample);
    if (m->last == NO_FAMILY) {
        m->totals.beyond++;
        return;
    }
    f = &m->families.items[m->last].out;
    f->count++;
    /* A later sample at 2, 4, 8 ...: copying each would cost more than counting. */
    if (f->count > 1 && (f->count & (f->count - 1)) == 0) {
        free(f->later);
        f->later = xstrndup(sample.ptr, sample.len);
    }
    if (ms != NO_TIME)
        count_time(m, f, ms);
}

/* A JSON object, or pairs as in logfmt. */
static bool field_line(struct logmine *m, struct str line)
{
    struct json_line j;

    if (line.ptr[0] == '{' ? !json_line_read(line, &j) : !logfmt_line_read(line, &j))
        return false;
    buf_clear(&m->joined);
    add_unescaped(&m->joined, j.message);
    if (j.error.len) {
        buf_addc(&m->joined, ' ');
        add_unescaped(&m->joined, j.error);
    }
    mask_line(buf_str(&m->joined), &m->masked);
    count_line(m, json_level(j.level), json_time(m, j.time), line);
    return true;
}

/* klog writes the level as the letter before the date. */
static enum log_level klog_level(struct str line, size_t after)
{
    if (after == 0 || line.len < 2 || line.ptr[1] < '0' || line.ptr[1] > '9')
        return LOG_LEVEL_NONE;
    switch (line.ptr[0]) {
    case 'I':
        return LOG_LEVEL_INFO;
    case 'W':
        return LOG_LEVEL_WARNING;
    case 'E':
        return LOG_LEVEL_ERROR;
    case 'F':
        return LOG_LEVEL_CRITICAL;
    default:
        return LOG_LEVEL_NONE;
    }
}

static void text_line(struct logmine *m, struct str line)
{
    struct str head, rest;
    int64_t ms;

    rest = cut_time(m, line, &ms, &head);
    if (head.len) { /* two pieces: mask them as one text */
        buf_clear(&m->joined);
        buf_add_str(&m->joined, head);
        buf_add(&m->joined, rest.ptr,
                rest.len < LOGMINE_LINE_BYTES ? rest.len : LOGMINE_LINE_BYTES);
        mask_line(buf_str(&m->joined), &m->masked);
    } else {
        mask_line(rest, &m->masked);
    }
    if (m->masked.len == 0)
        return;
    count_line(m, klog_level(line, line.len - rest.len), ms, line);
}

/* A stack trace is kept with the first line of its family. */
static void continue_line(struct logmine *m, struct str line)
{
    struct logmine_family *f;
    size_t len;

    if (m->last == OUTSIDE) {
        m->totals.outside++;
        return;
    }
    f = &m->families.items[m->last].out;
    len = strlen(f->sample);
    m->totals.continued++;
    if (f->count > 1 || len + 1 >= LOGMINE_SAMPLE_BYTES)
        return;
    if (line.len > LOGMINE_SAMPLE_BYTES - len - 1)
        line.len = LOGMINE_SAMPLE_BYTES - len - 1;
    f->sample = xrealloc(f->sample, len + line.len + 2);
    f->sample[len] = '\n';
    memcpy(f->sample + len + 1, line.ptr, line.len);
    f->sample[len + 1 + line.len] = '\0';
}

/* Indented lines, the JVM's "Caused by:", and the exception that ends a Python traceback. */
static bool belongs(struct logmine *m, struct str line)
{
    bool was = m->in_traceback, indented = line.ptr[0] == ' ' || line.ptr[0] == '\t';

    m->in_traceback = indented ? was : str_starts(line, "Traceback (most recent call last)");
    if (m->last == NO_FAMILY)
        return false;
    return indented || was || str_starts(line, "Caused by: ") ||
           (m->in_traceback && m->last != OUTSIDE && m->after_error);
}

/* Does its first word hold a "="? */
static bool has_pairs(struct str line)
{
    for (size_t i = 0; i < line.len && i < 32 && line.ptr[i] != ' '; i++) {
        if (line.ptr[i] == '=')
            return i > 0;
    }
    return false;
}

void logmine_line(struct logmine *m, struct str line)
{
    m->totals.lines++;
    m->totals.bytes += line.len + 1;
    if (!line.len)
        return;
    if (belongs(m, line)) {
        continue_line(m, line);
        return;
    }
    if ((line.ptr[0] != '{' && !has_pairs(line)) || !field_line(m, line))
        text_line(m, line);
    m->after_error = m->last < OUTSIDE && m->families.items[m->last].out.level >= LOG_LEVEL_ERROR;
}

/* ---- answers ---- */

void logmine_totals(const struct logmine *m, struct logmine_totals *ret)
{
    *ret = m->totals;
    ret->families = m->families.count;
}

const struct logmine_family *logmine_family(const struct logmine *m, size_t index)
{
    return &m->families.items[index].out;
}

#define STRETCH ((size_t)LOGMINE_BUCKETS / 10)

double logmine_burst(const struct logmine *m, const struct logmine_family *f)
{
    const struct logmine_totals *t = &m->totals;
    uint64_t sum = 0, all = 0, most = 0;
    size_t used;
    double even, share;

    if (!t->step_ms || f->count < 10)
        return 0;
    used = (size_t)((t->last_ms - t->start_ms) / t->step_ms) + 1;
    for (size_t i = 0; i < LOGMINE_BUCKETS; i++) {
        sum += f->buckets[i];
        all += f->buckets[i];
        if (i >= STRETCH)
            sum -= f->buckets[i - STRETCH];
        most = sum > most ? sum : most;
    }
    if (!all || used <= STRETCH)
        return 0;
    even = (double)LOGMINE_BUCKETS / 10 / (double)used;
    share = (double)most / (double)all;
    return share > even ? (share - even) / (1 - even) : 0;
}
