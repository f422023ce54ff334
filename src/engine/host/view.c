/* view.c - see view.h. */
#include "view.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

#include "pattern.h"
#include "runbook/base/num.h"

static const struct {
    const char *word;
    unsigned words;
} word_table[] = {
    {"latency", WORDS_LATENCY},
    {"slow", WORDS_LATENCY},
    {"timeout", WORDS_LATENCY | WORDS_NETWORK},
    {"timed out", WORDS_LATENCY | WORDS_NETWORK},
    {"response time", WORDS_LATENCY},
    {"p99", WORDS_LATENCY},
    {"lag", WORDS_LATENCY},
    {"hang", WORDS_LATENCY},
    {"stuck", WORDS_LATENCY},
    {"error", WORDS_ERRORS},
    {"5xx", WORDS_ERRORS},
    {"500", WORDS_ERRORS},
    {"502", WORDS_ERRORS},
    {"503", WORDS_ERRORS},
    {"exception", WORDS_ERRORS},
    {"fail", WORDS_ERRORS},
    {"memory", WORDS_MEMORY},
    {"oom", WORDS_MEMORY},
    {"heap", WORDS_MEMORY},
    {"leak", WORDS_MEMORY},
    {"swap", WORDS_MEMORY},
    {" ram", WORDS_MEMORY},
    {"cpu", WORDS_CPU},
    {"processor", WORDS_CPU},
    {"load", WORDS_CPU},
    {"core", WORDS_CPU},
    {"throttl", WORDS_CPU},
    {"connect", WORDS_NETWORK},
    {"network", WORDS_NETWORK},
    {"refused", WORDS_NETWORK},
    {"unreachable", WORDS_NETWORK},
    {"packet", WORDS_NETWORK},
    {"dns", WORDS_NETWORK},
    {"resolve", WORDS_NETWORK},
    {"socket", WORDS_NETWORK},
    {"port ", WORDS_NETWORK},
    {"backlog", WORDS_NETWORK},
    {"deploy", WORDS_DEPLOY},
    {"release", WORDS_DEPLOY},
    {"rollout", WORDS_DEPLOY},
    {"upgrade", WORDS_DEPLOY},
    {"version", WORDS_DEPLOY},
    {"database", WORDS_DATABASE},
    {"postgres", WORDS_DATABASE},
    {"mysql", WORDS_DATABASE},
    {"query", WORDS_DATABASE},
    {"scal", WORDS_SCALING},
    {"capacity", WORDS_SCALING},
    {"traffic", WORDS_SCALING},
    {"disk", WORDS_DISK},
    {"filesystem", WORDS_DISK},
    {"no space", WORDS_DISK},
    {"storage", WORDS_DISK},
    {"inode", WORDS_DISK},
    {"i/o", WORDS_DISK},
    {"volume", WORDS_DISK},
    {"write", WORDS_DISK},
    {"clock", WORDS_CLOCK},
    {"ntp", WORDS_CLOCK},
    {"certificate", WORDS_CLOCK},
    {"token", WORDS_CLOCK},
    {"restart", WORDS_SERVICE},
    {"crash", WORDS_SERVICE},
    {"service is down", WORDS_SERVICE},
    {"unit", WORDS_SERVICE},
    {"killed", WORDS_SERVICE | WORDS_MEMORY},
    {" full", WORDS_DISK},
    {"expired", WORDS_CLOCK},
    {"not start", WORDS_SERVICE},
    {"n't start", WORDS_SERVICE},
    {"startet", WORDS_SERVICE},
    {" down", WORDS_SERVICE},
    /* German, as it is typed at night */
    {"langsam", WORDS_LATENCY},
    {"antwortet nicht", WORDS_LATENCY | WORDS_NETWORK},
    {"h\u00e4ngt", WORDS_LATENCY},
    {"haengt", WORDS_LATENCY},
    {"fehler", WORDS_ERRORS},
    {"speicher", WORDS_MEMORY},
    {"auslast", WORDS_CPU},
    {"prozessor", WORDS_CPU},
    {"netzwerk", WORDS_NETWORK},
    {"verbind", WORDS_NETWORK},
    {"erreichbar", WORDS_NETWORK | WORDS_SERVICE},
    {"datenbank", WORDS_DATABASE},
    {"platte", WORDS_DISK},
    {" voll", WORDS_DISK},
    {"kein platz", WORDS_DISK},
    {"speicherplatz", WORDS_DISK},
    {"zertifikat", WORDS_CLOCK},
    {"abgelaufen", WORDS_CLOCK},
    {"dienst", WORDS_SERVICE},
    {"absturz", WORDS_SERVICE},
    {"abgest\u00fcrzt", WORDS_SERVICE},
};

/* A letter too few, too many, another one, or two that changed places. */
static bool nearly(struct str a, struct str b)
{
    size_t head = 0, tail = 0, short_len = a.len < b.len ? a.len : b.len;
    size_t apart = a.len < b.len ? b.len - a.len : a.len - b.len;

    while (head < short_len && tolower((unsigned char)a.ptr[head]) == b.ptr[head])
        head++;
    while (tail < short_len - head &&
           tolower((unsigned char)a.ptr[a.len - 1 - tail]) == b.ptr[b.len - 1 - tail])
        tail++;
    if (apart == 1)
        return head + tail == short_len;
    return apart == 0 &&
           (head + tail + 1 >= a.len ||
            (head + tail + 2 == a.len && tolower((unsigned char)a.ptr[head]) == b.ptr[head + 1] &&
             tolower((unsigned char)a.ptr[head + 1]) == b.ptr[head]));
}

#define TYPED_LEAST 6 /* letters: shorter words have too many neighbours */

/* What a word means that was typed in a hurry. */
static unsigned typed_words(struct str text)
{
    unsigned words = 0;

    for (size_t at = 0, len; at < text.len; at += len + 1) {
        for (len = 0; at + len < text.len && isalpha((unsigned char)text.ptr[at + len]); len++)
            ;
        for (size_t i = 0; len >= TYPED_LEAST && i < sizeof(word_table) / sizeof(*word_table);
             i++) {
            struct str word = str_from(word_table[i].word);

            if (word.len >= TYPED_LEAST && str_find(word, STR_LIT(" ")) < 0 &&
                nearly((struct str){text.ptr + at, len}, word))
                words |= word_table[i].words;
        }
    }
    return words;
}

unsigned host_words(struct str text)
{
    unsigned words = 0;

    for (size_t i = 0; i < sizeof(word_table) / sizeof(*word_table); i++) {
        if (str_ifind(text, str_from(word_table[i].word)) >= 0)
            words |= word_table[i].words;
    }
    return words | typed_words(text);
}

const char *host_word(size_t i, unsigned words)
{
    for (size_t k = 0; k < sizeof(word_table) / sizeof(*word_table); k++) {
        if ((word_table[k].words & words) && i-- == 0)
            return word_table[k].word;
    }
    return NULL;
}

double hv_limit(const struct host_view *v, const struct host_limit *l)
{
    return v->moved == l ? v->moved_to : l->value;
}

double hv_num(const struct value *v, const char *path)
{
    const struct value *at = value_path(v, path);

    return at && at->type == VALUE_NUMBER ? at->u.number : NAN;
}

const char *hv_str(const struct value *v, const char *key)
{
    return value_cstr_or(v, key, "");
}

const char *hv_human(struct arena *a, double v, const char *unit)
{
    char text[48];

    num_human(v, unit, text);
    return arena_strdup(a, text);
}

const char *hv_key(struct host_view *v, const char *kind, const char *name)
{
    return arena_printf(v->arena, "host:%s/%s:%s", v->host, kind, name);
}

const char *hv_process_key(struct host_view *v, const struct value *p)
{
    return arena_printf(v->arena, "host:%s/process:%.0f(%s)", v->host, hv_num(p, "pid"),
                        hv_str(p, "command"));
}

const struct value *hv_process(struct host_view *v, double pid)
{
    VALUE_EACH (p, value_get(v->snapshot, "processes")) {
        if (hv_num(p, "pid") == pid)
            return p;
    }
    return NULL;
}

void hv_add_culprit(struct host_finding *f, struct host_culprit c)
{
    if (f->culprit_count < 2)
        f->culprits[f->culprit_count++] = c;
}

/* A table with a maximum: strong from `limit` of it on. */
void hv_table_full(struct host_view *v, struct host_finding *f, const char *what, double used,
                   double max, double limit)
{
    double share = max > 0 ? used / max : 0;

    f->unit = "ratio";
    f->value = isnan(share) ? 0 : share;
    f->threshold = limit;
    if (isnan(used) || isnan(max)) {
        f->evidence = arena_printf(v->arena, "%s: not in use here", what);
        return;
    }
    f->evidence = arena_printf(v->arena, "%s: %.0f of %.0f, %.0f %% (limit %.0f %%)", what, used,
                               max, share * 100, limit * 100);
    if (share < limit)
        return;
    f->strength = STRENGTH_STRONG;
    f->direct = true;
    f->severity = 0.85;
}

const struct value *hv_recent_event(struct host_view *v, const char *const *kinds, double within_s)
{
    const struct value *last = NULL;

    VALUE_EACH (e, value_get(v->snapshot, "kernel_events")) {
        for (const char *const *k = kinds; *k; k++) {
            if (strcmp(hv_str(e, "kind"), *k) == 0 && hv_num(e, "age_s") <= within_s)
                last = e;
        }
    }
    return last;
}

const struct host_limit view_limits[] = {
    {"event_fresh", 300.0, "s", "what the kernel said before may be over"},
    {"event_recent", 1800.0, "s", "older messages belong to another incident"},
    {.name = NULL},
};
#define VIEW_LIMIT(at) hv_limit(v, &view_limits[at])
#define EVENT_FRESH_S VIEW_LIMIT(0)
#define EVENT_RECENT_S VIEW_LIMIT(1)

static const struct value *event_of(struct host_view *v, const char *kind)
{
    const char *const kinds[] = {kind, NULL};

    return hv_recent_event(v, kinds, EVENT_RECENT_S);
}

void hv_with_event(struct host_view *v, struct host_finding *f, const char *kind)
{
    const struct value *e = event_of(v, kind);

    if (!e)
        return;
    f->second = arena_printf(v->arena, "kernel, %s ago: %s",
                             hv_human(v->arena, hv_num(e, "age_s"), "seconds"), hv_str(e, "text"));
    if (hv_num(e, "age_s") > EVENT_FRESH_S && f->strength != STRENGTH_STRONG) {
        f->strength = STRENGTH_WEAK; /* it was so, and by now it may be over */
        f->severity = 0.4;
        return;
    }
    f->strength = STRENGTH_STRONG;
    f->direct = true;
    f->severity = 0.85;
}

/* Memory drawn as files says nothing of the disks, unless it is all there is. */
static bool holds_files(const struct value *fs)
{
    return strcmp(hv_str(fs, "type"), "tmpfs") != 0 || strcmp(hv_str(fs, "mount"), "/") == 0;
}

const char *host_filesystems_unasked(const struct host_view *v)
{
    const struct value *all = value_get(v->snapshot, "filesystems");
    const char *first = "";

    if (value_count(all) == 0)
        return "no mounted filesystem could be asked how full it is";
    VALUE_EACH (fs, all) {
        if (value_bool_or(fs, "known", false) && holds_files(fs))
            return NULL;
        first = *first ? first : hv_str(fs, "mount");
    }
    return arena_printf(v->arena, "no filesystem of a disk said how full it is (seen: %s%s)", first,
                        value_count(all) > 1 ? " and others" : "");
}
