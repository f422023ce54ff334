/* said.c - see said.h.
 * Thresholds: five lines make a new family (a few retries of one hiccup are none), one does where a
 * program says why it cannot start; a burst is twenty lines at three times the rate before, with a
 * likelihood ratio that chance does not give (10 nats, one in 22,000). */
#include "said.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "several.h"

#include "runbook/base/num.h"

const struct host_limit said_limits[] = {
    {"new_lines", 5, "count", "a few retries of one hiccup are none"},
    {"burst_lines", 20, "count", "fewer are no burst"},
    {"burst_times", 3.0, "times", "as often as before"},
    {"burst_score", 10.0, "nats", "chance does that once in 22,000"},
    {"always_lines", 10, "count", "of a log that is too young to have a before"},
    {"always_share", 0.5, "ratio", "of the lines of that log"},
    {"crash_lines", 3, "count", "that something crashes again is never routine"},
    {.name = NULL},
};
#define SAID_LIMIT(at) hv_limit(v, &said_limits[at])
#define NEW_LINES SAID_LIMIT(0)
#define BURST_LINES SAID_LIMIT(1)
#define BURST_TIMES SAID_LIMIT(2)
#define BURST_SCORE SAID_LIMIT(3)
#define ALWAYS_LINES SAID_LIMIT(4)
#define ALWAYS_SHARE SAID_LIMIT(5)
#define CRASH_LINES SAID_LIMIT(6)

static unsigned cause_bit(const struct value *f)
{
    const char *name = hv_str(f, "cause");

    for (int c = LOG_CAUSE_NONE; c < LOG_CAUSES; c++) {
        if (strcmp(log_cause_name((enum log_cause)c), name) == 0)
            return SAID(c);
    }
    return SAID(LOG_CAUSE_NONE);
}

static bool is_level(const struct value *f, const char *level)
{
    return strcmp(hv_str(f, "level"), level) == 0;
}

static bool is_error(const struct value *f)
{
    return is_level(f, "error") || is_level(f, "critical");
}

/* Words of trouble count where no level is written, or at least a warning. */
static bool is_trouble(const struct value *f)
{
    bool known = *hv_str(f, "kind") || *hv_str(f, "cause");

    return is_error(f) || (known && (!*hv_str(f, "level") || is_level(f, "warning")));
}

/* A program that cannot start says why once. */
static bool once_is_enough(const struct value *f)
{
    return cause_bit(f) &
           (SAID(LOG_CAUSE_PORT_TAKEN) | SAID(LOG_CAUSE_MISSING) | SAID(LOG_CAUSE_CONFIG) |
            SAID(LOG_CAUSE_MEMORY) | SAID(LOG_CAUSE_PERMISSION) | SAID(LOG_CAUSE_CERTIFICATE));
}

/* That programs crash or end when they should not is never routine. */
static bool crashes(struct host_view *v, const struct value *f)
{
    return strcmp(hv_str(f, "kind"), "crash") == 0 && hv_num(f, "count") >= CRASH_LINES;
}

enum said_how said_how_of(struct host_view *v, const struct value *f)
{
    double after = hv_num(f, "rise.after"), was = hv_num(f, "rise.before_rate");
    double rate = hv_num(f, "rise.after_rate"), score = hv_num(f, "rise.score");
    bool timed = value_bool_or(f, "timed", true);
    double lines = hv_num(f, "source_lines"), count = hv_num(f, "count");

    if (!is_trouble(f) || !value_bool_or(f, "current", false))
        return SAID_NOT;
    if (value_bool_or(f, "new", false) && after >= (once_is_enough(f) ? 1 : NEW_LINES))
        return SAID_NEW;
    if (after >= BURST_LINES && rate >= BURST_TIMES * was && (!timed || score >= BURST_SCORE))
        return SAID_BURST;
    if (count >= ALWAYS_LINES && count >= ALWAYS_SHARE * lines && is_error(f))
        return SAID_ALWAYS;
    if (crashes(v, f))
        return SAID_ALWAYS;
    return once_is_enough(f) && count == lines && lines > 0 ? SAID_ALWAYS : SAID_NOT;
}

int64_t said_pid(const struct value *f)
{
    double pid = hv_num(f, "pid");

    return pid > 0 ? (int64_t)pid : 0;
}

bool said_by_service(struct host_view *v, const struct value *f)
{
    if (value_bool_or(f, "service", false) || strncmp(hv_str(f, "source"), "/var/log/", 9) == 0)
        return true;
    VALUE_EACH (l, value_get(v->snapshot, "listeners")) {
        if (said_pid(f) && hv_num(l, "pid") == (double)said_pid(f))
            return true;
    }
    return false;
}

/* Of a log that many programs write into: "host name[12]: text". */
static bool syslog_name(const struct value *f, char name[64], int *ret_pid)
{
    const char *sample = value_cstr_or(f, "samples.0", "");
    const char *open = strchr(sample, '['), *from = open;
    const char *close = open ? strstr(open, "]:") : NULL;
    int64_t pid;

    while (from && from > sample && from[-1] != ' ')
        from--;
    if (!close || open - from <= 0 || open - from >= 60 ||
        !num_i64((struct str){open + 1, (size_t)(close - open - 1)}, &pid) || pid <= 0 ||
        pid > INT32_MAX)
        return false;
    snprintf(name, 64, "%.*s", (int)(open - from), from);
    *ret_pid = (int)pid;
    return true;
}

static bool has_owner(const struct value *f)
{
    return said_pid(f) && strncmp(hv_str(f, "source"), "/var/log/syslog", 15) != 0 &&
           strncmp(hv_str(f, "source"), "/var/log/messages", 17) != 0 &&
           strncmp(hv_str(f, "command"), "rsyslogd", 8) != 0 &&
           strncmp(hv_str(f, "command"), "syslog", 6) != 0;
}

int64_t said_writer(const struct value *f)
{
    char name[64];
    int pid = 0;

    if (has_owner(f))
        return said_pid(f);
    return syslog_name(f, name, &pid) ? pid : 0;
}

const char *said_by(struct host_view *v, const struct value *f)
{
    const char *source = hv_str(f, "source");
    char name[64];
    int pid;

    if (strncmp(source, "unit:", 5) == 0)
        return arena_printf(v->arena, "unit %s", source + 5);
    if (has_owner(f))
        return arena_printf(v->arena, "process %lld (%s)", (long long)said_pid(f),
                            hv_str(f, "command"));
    if (syslog_name(f, name, &pid))
        return arena_printf(v->arena, "process %d (%s)", pid, name);
    return source;
}

const char *said_key(struct host_view *v, const struct value *f)
{
    const char *source = hv_str(f, "source");
    char name[64];
    int pid;

    if (strncmp(source, "unit:", 5) == 0)
        return hv_key(v, "unit", source + 5);
    if (has_owner(f))
        return hv_process_key(v, f);
    if (syslog_name(f, name, &pid))
        return hv_key(v, "process", arena_printf(v->arena, "%d(%s)", pid, name));
    return hv_key(v, "file", source);
}

const char *said_sample(struct host_view *v, const struct value *f)
{
    return value_cstr_or(f, "samples.0", hv_str(f, "text"));
}

/* What an interactive shell or a terminal's recorder complains of is somebody's typing. */
static bool is_by_shell(struct host_view *v, const struct value *f)
{
    static const char *const shells[] = {"sh",   "bash",  "dash",   "zsh",          "ksh",
                                         "fish", "nohup", "script", "tmux: server", "screen"};

    for (size_t i = 0; i < sizeof(shells) / sizeof(*shells); i++) {
        if (has_owner(f) && strcmp(hv_str(f, "command"), shells[i]) == 0)
            return !said_by_service(v, f);
    }
    return false;
}

static double weight(struct host_view *v, const struct value *f, enum said_how how)
{
    return (said_by_service(v, f) ? 1000 : 0) + (is_error(f) ? 100 : 0) +
           (how == SAID_NEW     ? 60
            : how == SAID_BURST ? 40
                                : 0) +
           (value_get(f, "peer") && value_get(f, "peer")->type == VALUE_OBJECT ? 10 : 0) +
           fmin(20, log2(1 + fmax(0, hv_num(f, "count"))));
}

static const struct value *worst(struct host_view *v, unsigned causes, bool shells,
                                 enum said_how *ret_how)
{
    const struct value *best = NULL;
    double most = 0;

    *ret_how = SAID_NOT;
    VALUE_EACH (f, value_get(v->logs, "mined")) {
        enum said_how how = said_how_of(v, f);

        if (how == SAID_NOT || !(cause_bit(f) & causes) || weight(v, f, how) <= most ||
            is_by_shell(v, f) != shells)
            continue;
        most = weight(v, f, how);
        best = f;
        *ret_how = how;
    }
    return best;
}

const struct value *said_worst(struct host_view *v, unsigned causes, enum said_how *ret_how)
{
    return worst(v, causes, false, ret_how);
}

static const char *how_often(struct host_view *v, const struct value *f, enum said_how how)
{
    double now_ms = hv_num(v->logs, "to_ms"), onset = hv_num(f, "rise.onset_ms");
    const char *since = onset > 0 && now_ms > onset
                            ? arena_printf(v->arena, " since %s",
                                           hv_human(v->arena, (now_ms - onset) / 1000, "seconds"))
                            : "";

    switch (how) {
    case SAID_NEW:
        return arena_printf(v->arena, "%.0f lines%s, none before", hv_num(f, "rise.after"), since);
    case SAID_BURST:
        return arena_printf(
            v->arena, "%.0f lines%s, %.1f times as often as before", hv_num(f, "rise.after"), since,
            hv_num(f, "rise.after_rate") / fmax(1e-9, hv_num(f, "rise.before_rate")));
    case SAID_ALWAYS:
    case SAID_NOT:
        break;
    }
    return arena_printf(v->arena, "%.0f of %.0f lines", hv_num(f, "count"),
                        hv_num(f, "source_lines"));
}

void said_report(struct host_view *v, struct host_finding *f, const struct value *fam,
                 enum said_how how)
{
    bool service = said_by_service(v, fam);

    f->doc = f->second_doc = HOST_DOC_LOGS;
    f->metric = "log_errors";
    f->unit = "lines";
    f->value = how == SAID_ALWAYS ? hv_num(fam, "count") : hv_num(fam, "rise.after");
    f->threshold = how == SAID_BURST ? BURST_LINES : NEW_LINES;
    f->strength = service ? STRENGTH_STRONG : STRENGTH_WEAK;
    f->direct = service;
    f->severity = how == SAID_NEW ? 0.7 : 0.6;
    f->resource = said_key(v, fam);
    f->pids[0] = said_pid(fam);
    f->evidence = arena_printf(v->arena, "%s logs: %s", said_by(v, fam), said_sample(v, fam));
    f->second = arena_printf(v->arena, "%s: %s in %s", hv_str(fam, "text"), how_often(v, fam, how),
                             hv_str(fam, "source"));
}

void said_find(struct host_view *v, struct host_finding *f, unsigned causes, const char *quiet,
               const char *claim)
{
    enum said_how how;
    const struct value *fam = said_worst(v, causes, &how);
    struct buf text = BUF_INIT(1024);

    f->doc = HOST_DOC_LOGS;
    f->metric = "log_errors";
    f->unit = "lines";
    f->value = 0;
    f->evidence = v->logs ? quiet : "the logs were not read";
    if (!fam) {
        fam = worst(v, causes, true, &how);
        if (fam)
            f->evidence = arena_printf(v->arena, "no service says so, only a shell: %s logs %s",
                                       said_by(v, fam), said_sample(v, fam));
        return;
    }
    said_report(v, f, fam, how);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    buf_addf(&text, claim, said_by(v, fam), v->host);
#pragma GCC diagnostic pop
    f->claim = arena_strdup(v->arena, buf_cstr(&text));
    buf_release(&text);
}

const struct value *said_listener(struct host_view *v, double port)
{
    VALUE_EACH (l, value_get(v->snapshot, "listeners")) {
        if (hv_num(l, "port") == port)
            return l;
    }
    return NULL;
}

const struct value *said_answer(struct host_view *v, double port)
{
    VALUE_EACH (l, value_get(v->services, "listeners")) {
        if (hv_num(l, "port") == port)
            return l;
    }
    return NULL;
}

bool said_is_local(const char *host)
{
    return strcmp(host, "localhost") == 0 || strncmp(host, "127.", 4) == 0 ||
           strcmp(host, "::1") == 0 || strcmp(host, "0.0.0.0") == 0;
}

const char *said_port(struct host_view *v, const struct value *listener)
{
    return arena_printf(v->arena, "port %.0f", hv_num(listener, "port"));
}

bool said_listener_named(struct host_view *v, const struct value *listener)
{
    return hv_names_port(v, hv_num(listener, "port")) || hv_names(v, hv_str(listener, "command"));
}
