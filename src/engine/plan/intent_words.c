/* intent_words.c - words to an intent, by tables. A word that ends in '*' is a beginning; words in
 * a row apart by '|'. NAME=VALUE says a thing exactly and needs no table. What is read from a
 * sentence is worth: 0.5 for what is to be done, 0.3 for what it is about, 0.15 for its name; two
 * wishes at once, or a "not", leave it below INTENT_SURE. */
#include "runbook/engine/plan.h"

#include <math.h>

#include "runbook/base/num.h"
#include "runbook/base/timefmt.h"

#define WORDS_MAX 128

struct words {
    struct str w[WORDS_MAX];
    bool used[WORDS_MAX]; /* it said something: it is no name */
    size_t count;
};

static const struct {
    const char *words, *action, *resource;
    enum plan_do what;
} verbs[] = {
    {"stop|kill|end", "stop", NULL, PLAN_REMEDIATE},
    {"restart|bounce|recycle", "restart", "unit", PLAN_REMEDIATE},
    {"start", "start", "unit", PLAN_REMEDIATE},
    {"reload", "reload", "unit", PLAN_REMEDIATE},
    {"renice|throttle|deprioriti*", "renice", "process", PLAN_REMEDIATE},
    {"free|reclaim|clean|cleanup", "free", "filesystem", PLAN_REMEDIATE},
    {"truncate|empty", "truncate", "file", PLAN_REMEDIATE},
    {"rotate", "rotate", "file", PLAN_REMEDIATE},
    {"delete|remove", "delete", "file", PLAN_REMEDIATE},
    {"lift|raise", "limit", "cgroup", PLAN_REMEDIATE},
    {"silence|mute", "silence", "alert", PLAN_REMEDIATE},
    {"unsilence|unmute|expire", "expire", "silence", PLAN_REMEDIATE},
    {"revert", "revert", "repository", PLAN_REMEDIATE},
    {"remount", "remount", "filesystem", PLAN_REMEDIATE},
    {"flush", "flush", "network", PLAN_REMEDIATE},
    {"revoke|close", "revoke", "security_group", PLAN_REMEDIATE},
    {"investigate|diagnose|debug|troubleshoot|why|analyse|analyze|find|check", NULL, NULL,
     PLAN_INVESTIGATE},
    {"audit|review", NULL, NULL, PLAN_INVESTIGATE},
    {"optimise|optimize|reduce|save", NULL, NULL, PLAN_INVESTIGATE},
    {"list|show|which", NULL, NULL, PLAN_LIST},
    {"describe|explain|understand|how|status|state", NULL, NULL, PLAN_DESCRIBE},
};

static const struct {
    const char *words, *resource;
} nouns[] = {
    {"process|processes|pid|hog|runaway|burner", "process"},
    {"kubernetes|k8s|cluster|pod|pods|nodes", "kubernetes_cluster"},
    {"ec2", "ec2_instance"},
    {"sg-*|firewall", "security_group"},
    {"cost|costs|bill|billing|spend|spending", "cost"},
    {"unit|units|daemon", "unit"},
    {"disk|disks|filesystem|filesystems|space|volume|mount|inode|inodes|partition", "filesystem"},
    {"file|log|logfile", "file"},
    {"cgroup|limit|slice", "cgroup"},
    {"silence|silences", "silence"},
    {"alert|alerts|alarm", "alert"},
    {"commit|repo|repository|branch", "repository"},
    {"certificate|certificates|cert|certs", "certificate"},
    {"dns|resolver|link|packets", "network"},
    {"deployment|deployments|rollout", "deployment"},
    {"database|db|replica|replication", "database"},
    {"host|machine|server|box|hosts|machines", "host"},
    {"service|services|api", "service"},
};

/* The classes of C-27 by their words; the first of equally many wins. */
static const struct {
    const char *class, *words;
} classes[] = {
    {"cost_anomaly", "cost|costs|bill|billing|spend|spending|expensive"},
    {"permission_failure",
     "permission|permissions|denied|forbidden|unauthorized|unauthorised|401|403|access"},
    {"configuration_drift", "drift|drifted|config|configuration|configured|misconfigured|setting"},
    {"deployment_regression",
     "deploy|deployed|deployment|release|released|rollout|regression|upgrade|upgraded"},
    {"scaling_failure", "scaling|autoscal*|scale|replicas|capacity|pending|hpa"},
    {"load_spike", "spike|spikes|traffic|surge|burst|flood|requests"},
    {"data_inconsistency",
     "stale|inconsistent|inconsistency|corrupt*|duplicate|duplicates|lag|replication|outdated"},
    {"network_connectivity",
     "network|connectivity|connect|connection|connections|dns|packets|packet|link|reach"},
    {"dependency_failure", "dependency|dependencies|upstream|downstream|backend|database|db"},
    {"resource_saturation",
     "cpu|processor|memory|ram|oom|disk|disks|space|full|saturat*|load|swap|exhausted|inodes|hog|"
     "runaway|leak|leaking"},
    {"availability_loss", "down|outage|unavailable|crash*|503|502|5xx|500|failing|fails|failed|"
                          "unreachable|dead|restarting|flapping|responding|cannot|unable|"
                          "expires|expired|expiring"},
    {"performance_degradation",
     "slow|slowly|latency|p99|p95|p50|degraded|sluggish|hangs|hanging|timeouts|timeout|slower"},
};
const char *const plan_class_names[] = {"resource_saturation",
                                        "load_spike",
                                        "configuration_drift",
                                        "dependency_failure",
                                        "scaling_failure",
                                        "network_connectivity",
                                        "permission_failure",
                                        "cost_anomaly",
                                        "deployment_regression",
                                        "availability_loss",
                                        "performance_degradation",
                                        "data_inconsistency",
                                        NULL};

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool same(struct str word, struct str pattern)
{
    bool begins = pattern.len && pattern.ptr[pattern.len - 1] == '*';

    if (begins)
        pattern.len--;
    if (begins ? word.len < pattern.len : word.len != pattern.len)
        return false;
    for (size_t i = 0; i < pattern.len; i++) {
        if (lower(word.ptr[i]) != pattern.ptr[i])
            return false;
    }
    return true;
}

static bool is_one_of(struct str word, const char *words)
{
    struct str rest = str_from(words), one;

    while (str_split(&rest, '|', &one)) {
        if (same(word, one))
            return true;
    }
    return false;
}

static void split(struct str text, struct words *w)
{
    struct str rest = text, piece;

    *w = (struct words){.count = 0};
    while (w->count < WORDS_MAX && str_split(&rest, ' ', &piece)) {
        while (piece.len && strchr("\"'`([{<,;", piece.ptr[0]))
            piece = (struct str){piece.ptr + 1, piece.len - 1};
        while (piece.len && strchr("\"'`)]}>,;.?!:", piece.ptr[piece.len - 1]))
            piece.len--;
        if (piece.len)
            w->w[w->count++] = piece;
    }
}

/* ---- names ---- */

/* What belongs to a machine: "the disk of web-3" says which. */
#define OF_MACHINES "host|filesystem|network|cgroup|certificate|process"

struct sentence {
    struct words w;
    struct arena *a;
    struct plan_intent *in;
    bool named;      /* it says of which one it speaks */
    bool host_named; /* "host web-3" */
    struct str of;   /* the word behind "of" */
};

static void set(struct sentence *s, const char *name, struct str value)
{
    if (value.len && !intent_filter(s->in, name))
        intent_set_filter(s->in, s->a, name, value);
    s->named = true;
}

static bool is_filler(struct str w)
{
    return is_one_of(w,
                     "the|a|an|this|that|my|our|all|every|it|its|is|are|was|has|have|too|so|very|"
                     "please|now|again|and|or|to|with|by|of|for|in|on|at|from|since|after|what|"
                     "does|do|not|much|many|high|me|us|you|up|cause|root|problem|problems|issue|"
                     "issues|usage|use|eats|eating|using|uses|anomaly|failure|incident|error|"
                     "errors|there|some|something|wrong|today|hours|hour|minutes|minute|days|who|"
                     "out|off|last|changed|data|cache|report|goes|gets|got|writable|log|cannot");
}

/* name=value: a filter as it is said; false: it is none. */
static bool take_pair(struct sentence *s, size_t i)
{
    struct str rest = s->w.w[i], name;
    char word[40];

    if (!memchr(rest.ptr, '=', rest.len) || !str_split(&rest, '=', &name) || !rest.len ||
        !name.len || name.len >= sizeof(word))
        return false;
    for (size_t k = 0; k < name.len; k++) {
        char c = lower(name.ptr[k]);

        if (!(c >= 'a' && c <= 'z') && c != '_' && !(k && c >= '0' && c <= '9'))
            return false;
        word[k] = c;
    }
    word[name.len] = '\0';
    if (strcmp(word, "scope") == 0)
        s->in->scope = arena_str(s->a, rest);
    else if (strcmp(word, "read_only") == 0)
        s->in->read_only = str_eq_c(rest, "true");
    else
        set(s, word, rest);
    return true;
}

static bool is_number(struct str w)
{
    int64_t n;

    return num_i64(w, &n) && n > 0;
}

static bool is_hex_id(struct str w)
{
    bool digit = false;

    for (size_t i = 0; i < w.len; i++) {
        char c = w.ptr[i];

        if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f')))
            return false;
        digit = digit || (c >= '0' && c <= '9');
    }
    return digit && w.len >= 7 && w.len <= 40;
}

/* Files of a control group; "memory.max" is no name of anything else. */
#define LIMITS "memory.max|memory.high|cpu.max|cpu.weight|pids.max|io.weight"

/* What a word is by its own shape. */
static bool take_shape(struct sentence *s, size_t i)
{
    struct str w = s->w.w[i];
    int64_t ms;

    if (w.ptr[0] == '/')
        set(s, "path", w);
    else if (is_one_of(w, LIMITS))
        set(s, "limit", w);
    else if (memchr(w.ptr, '/', w.len) && str_find(w, STR_LIT(".slice")) >= 0)
        set(s, "group", w);
    else if (str_ends(w, ".service") || str_ends(w, ".timer") || str_ends(w, ".socket") ||
             str_ends(w, ".mount"))
        set(s, "unit", w);
    else if (i && is_one_of(s->w.w[i - 1], "pid|process|kill|renice") && is_number(w))
        set(s, "pid", w);
    else if (!is_number(w) && duration_parse(w, &ms))
        set(s, "duration", w);
    else if (i && is_one_of(s->w.w[i - 1], "commit|revert") && is_hex_id(w))
        set(s, "commit", w);
    else
        return false;
    return true;
}

static bool take_scope(struct sentence *s, size_t i)
{
    struct str w = s->w.w[i];
    const char *scope = is_one_of(w, "prod|production")           ? "prod"
                        : is_one_of(w, "staging|stage|preprod")   ? "staging"
                        : is_one_of(w, "dev|development|testing") ? "dev"
                                                                  : NULL;

    if (scope)
        s->in->scope = scope;
    return scope != NULL;
}

/* "on web-3": where. Any other word that nothing knows is a name. */
static void take_names(struct sentence *s)
{
    const char *where = intent_filter(s->in, "host");

    for (size_t i = 0; i < s->w.count; i++) {
        bool on = i && is_one_of(s->w.w[i - 1], "on|at|from");

        if (s->w.used[i] || is_filler(s->w.w[i]) || is_number(s->w.w[i]))
            continue;
        if (i && is_one_of(s->w.w[i - 1], "of"))
            s->of = s->w.w[i];
        if (on && !where) {
            set(s, "host", s->w.w[i]);
            where = intent_filter(s->in, "host");
        } else if (!intent_filter(s->in, "name")) {
            set(s, "name", s->w.w[i]);
        }
    }
}

/* ---- what, and of what ---- */

struct found {
    const char *action, *resource, *class;
    size_t wishes; /* remedies that are wanted */
    bool what, negated, audits, optimizes;
    bool cannot; /* a wish that nothing here fulfils */
};

static void take_verbs(struct sentence *s, struct found *f)
{
    f->cannot = s->w.count && is_one_of(s->w.w[0], "scale|resize|deploy|failover|drain|reboot|"
                                                   "terminate|provision|create|install|upgrade");
    for (size_t i = 0; i < s->w.count; i++) {
        f->negated = f->negated || is_one_of(s->w.w[i], "don't|dont|not|never|without");
        for (size_t v = 0; v < sizeof(verbs) / sizeof(verbs[0]); v++) {
            if (s->w.used[i] || !is_one_of(s->w.w[i], verbs[v].words))
                continue;
            /* "why is it failing to start": what was done is no wish */
            if (f->what && !f->wishes && verbs[v].what == PLAN_REMEDIATE)
                continue;
            if (f->action && strcmp(f->action, "expire") == 0 && verbs[v].action &&
                strcmp(verbs[v].action, "silence") == 0)
                continue; /* what is expired */
            if (is_one_of(s->w.w[i], "audit|review"))
                f->audits = true;
            if (is_one_of(s->w.w[i], "optimise|optimize|reduce|save"))
                f->optimizes = true;
            s->w.used[i] = true;
            f->wishes += verbs[v].what == PLAN_REMEDIATE;
            if (f->what)
                continue;
            f->what = true;
            s->in->what = verbs[v].what;
            f->action = verbs[v].action;
            if (!f->resource)
                f->resource = verbs[v].resource;
        }
    }
}

static bool is_hog(struct str w)
{
    return is_one_of(w, "hog|runaway|burner");
}

static void take_nouns(struct sentence *s, struct found *f)
{
    const char *first = NULL;

    for (size_t i = 0; i < s->w.count; i++) {
        for (size_t n = 0; n < sizeof(nouns) / sizeof(nouns[0]); n++) {
            if (!is_one_of(s->w.w[i], nouns[n].words) || (s->w.used[i] && !is_hog(s->w.w[i])))
                continue;
            s->w.used[i] = true;
            if (is_hog(s->w.w[i]))
                intent_set_filter(s->in, s->a, "find", STR_LIT("true"));
            s->host_named = s->host_named || strcmp(nouns[n].resource, "host") == 0;
            /* "on host web-3": says what the name is, not what it is about */
            if (!first || strcmp(first, "host") == 0)
                first = nouns[n].resource;
        }
    }
    if (first && (!f->action || strcmp(first, "host") != 0))
        f->resource = first;
}

static void take_class(struct sentence *s, struct found *f)
{
    size_t best = 0;

    for (size_t c = 0; c < sizeof(classes) / sizeof(classes[0]); c++) {
        size_t n = 0;

        for (size_t i = 0; i < s->w.count; i++)
            n += is_one_of(s->w.w[i], classes[c].words);
        if (n > best) {
            best = n;
            f->class = classes[c].class;
        }
    }
    for (size_t i = 0; i < s->w.count; i++) {
        for (size_t c = 0; c < sizeof(classes) / sizeof(classes[0]); c++)
            s->w.used[i] = s->w.used[i] || is_one_of(s->w.w[i], classes[c].words);
    }
}

/* "security group", "add swap", "roll back": two words that are one. */
static void take_pairs_of_words(struct sentence *s, struct found *f)
{
    static const struct {
        const char *first, *second, *action, *resource;
    } rows[] = {{"security", "group|groups", NULL, "security_group"},
                {"add", "swap", "swap", "host"},
                {"roll|back", "back|out", "revert", "repository"},
                {"shut", "down", "stop", "unit"}};

    for (size_t i = 0; i + 1 < s->w.count; i++) {
        for (size_t r = 0; r < sizeof(rows) / sizeof(rows[0]); r++) {
            if (!is_one_of(s->w.w[i], rows[r].first) || !is_one_of(s->w.w[i + 1], rows[r].second))
                continue;
            s->w.used[i] = s->w.used[i + 1] = true;
            f->resource = rows[r].resource;
            if (!rows[r].action || f->what)
                continue;
            f->action = rows[r].action;
            f->what = true;
            f->wishes++;
            s->in->what = PLAN_REMEDIATE;
        }
    }
}

/* Nothing but these two words says which machine: a wrong one would be looked at, or changed. */
static void settle_host(struct sentence *s)
{
    const char *name = intent_filter(s->in, "name");

    if (s->of.len)
        intent_set_filter(s->in, s->a, "host", s->of);
    else if (name && s->host_named)
        intent_set_filter(s->in, s->a, "host", str_from(name));
}

/* What follows from what was said. */
static void settle_resource(struct sentence *s, struct found *f)
{
    const char *name = intent_filter(s->in, "name"), *duration = intent_filter(s->in, "duration");
    int64_t ms;
    bool pid = intent_filter(s->in, "pid") || (f->resource && strcmp(f->resource, "process") == 0);

    if (duration && !intent_filter(s->in, "minutes") && duration_parse(str_from(duration), &ms) &&
        ms >= 60000)
        intent_set_filter(s->in, s->a, "minutes",
                          str_from(arena_printf(s->a, "%lld", (long long)(ms / 60000))));
    if (intent_filter(s->in, "unit") && !(f->action && strcmp(f->action, "limit") == 0))
        f->resource = "unit";
    /* "the disk of web-3": these belong to machines, so that is whose */
    if (f->resource && !intent_filter(s->in, "host") &&
        is_one_of(str_from(f->resource), OF_MACHINES))
        settle_host(s);
    if (f->action && strcmp(f->action, "expire") == 0 && name && !intent_filter(s->in, "silence"))
        intent_set_filter(s->in, s->a, "silence", str_from(name));
    if (f->action && strcmp(f->action, "stop") == 0)
        f->resource = pid ? "process" : f->resource ? f->resource : name ? "unit" : NULL;
    if (f->action && f->resource && is_one_of(str_from(f->resource), "service|database"))
        f->resource = "unit";
    if (f->resource && strcmp(f->resource, "unit") == 0 && name && !intent_filter(s->in, "unit"))
        intent_set_filter(
            s->in, s->a, "unit",
            str_from(arena_printf(s->a, "%s%s", name, strchr(name, '.') ? "" : ".service")));
    if (f->resource && strcmp(f->resource, "alert") == 0 && name && !intent_filter(s->in, "alert"))
        intent_set_filter(s->in, s->a, "alert", str_from(name));
    if (!f->resource && s->in->what != PLAN_REMEDIATE && (f->class || s->named))
        f->resource = name ? "service" : "host";
}

static void settle_goal(struct sentence *s, const struct found *f)
{
    s->in->goal = s->in->what == PLAN_REMEDIATE     ? PLAN_GOAL_RESTORE
                  : f->audits                       ? PLAN_GOAL_AUDIT
                  : f->optimizes                    ? PLAN_GOAL_OPTIMIZE
                  : s->in->what == PLAN_INVESTIGATE ? PLAN_GOAL_ROOT_CAUSE
                                                    : PLAN_GOAL_UNDERSTAND;
}

static void settle_confidence(struct sentence *s, const struct found *f)
{
    struct plan_intent *in = s->in;

    /* in hundredths, so that 0.80 is 0.80 */
    in->confidence =
        ((f->what ? 50 : 0) + (f->resource || f->class ? 30 : 0) + (s->named ? 15 : 0)) / 100.0;
    if (!f->what)
        in->question =
            "What is to be done? Say it with a verb, as in \"restart nginx on web-3\" or "
            "\"checkout is slow\".";
    else if (!f->resource)
        in->question =
            in->what == PLAN_REMEDIATE
                ? "To what? Name a unit, a process (pid=4711), a file, an alert or a "
                  "commit."
                : "What is wrong, and with what? As in \"checkout is slow\" or \"the disk "
                  "of web-3 is full\".";
    if (f->wishes > 1) {
        in->confidence = fmin(in->confidence, 0.6);
        in->question = "These are two things at once. Ask for one of them, then for the other.";
    }
    if (f->cannot) {
        in->confidence = fmin(in->confidence, 0.5);
        in->question =
            "That is nothing that can be done from here yet: runbook act --list says what "
            "can be.";
    }
    if (f->negated && in->what == PLAN_REMEDIATE) {
        in->confidence = fmin(in->confidence, 0.3);
        in->question = "It says not to. Say what is to be done instead.";
    }
}

void intent_from_words(struct str text, struct arena *a, struct plan_intent *ret)
{
    struct sentence s = {.a = a, .in = ret};
    struct found f = {0};

    *ret = (struct plan_intent){.scope = "", .max_cost_usd = -1, .resource = "host"};
    split(text, &s.w);
    take_pairs_of_words(&s, &f);
    for (size_t i = 0; i < s.w.count; i++)
        s.w.used[i] = s.w.used[i] || take_pair(&s, i) || take_shape(&s, i) || take_scope(&s, i);
    take_verbs(&s, &f);
    take_nouns(&s, &f);
    take_class(&s, &f);
    if (!f.what && f.class) { /* "checkout is slow": it is to be found out why */
        f.what = true;
        ret->what = PLAN_INVESTIGATE;
    }
    take_names(&s);
    settle_resource(&s, &f);
    settle_goal(&s, &f);
    if (f.resource)
        ret->resource = f.resource;
    if (f.class && ret->what != PLAN_REMEDIATE)
        intent_set_filter(ret, a, "class", str_from(f.class));
    if (f.action)
        intent_set_filter(ret, a, "action", str_from(f.action));
    settle_confidence(&s, &f);
}
