/* phrase.c - see phrase.h. A row is a list of groups; each group is met by one of its words, and a
 * word that ends in '*' is a beginning. The row with the most groups that is met wholly wins. */
#include "runbook/engine/phrase.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

#include "runbook/base/num.h"
#include "runbook/base/timefmt.h"
#include "runbook/codec/json.h"

#define WORDS_MAX 200

struct row {
    enum phrase_act act;
    enum phrase_class class;
    const char *groups;   /* "show|list metric*": groups apart by blanks */
    const char *question; /* when a target is needed and none is named; NULL: none is */
    const char *example;  /* for help; NULL: the row before has one */
};

#define LIST "list|show|check|get|give|display|what|which|see|find|read"

static const struct row rows[] = {
    {PHRASE_CAUSE, CLASS_DIAGNOSE,
     "what|why|show|tell|explain cause|reason|wrong|found|happened|happen|verdict|conclusion", NULL,
     "what is the cause?"},
    {PHRASE_CAUSE, CLASS_DIAGNOSE, "root cause", NULL, NULL},
    {PHRASE_CAUSE, CLASS_DIAGNOSE, "summar*", NULL, "summarise"},
    {PHRASE_SHOW, CLASS_INFO, "#id", NULL, "show E4"},
    {PHRASE_EVIDENCE, CLASS_INFO, LIST " evidence|proof|proofs", NULL, "list evidence"},
    {PHRASE_HYPOTHESES, CLASS_INFO, LIST " hypothes*|tree|candidates", NULL, "show hypotheses"},
    {PHRASE_GAPS, CLASS_INFO, LIST " gaps|missing|unknown|unknowns", NULL, "what is missing?"},
    {PHRASE_GAPS, CLASS_INFO, "could not", NULL, NULL},
    {PHRASE_QUERIES, CLASS_INFO, LIST " queries|calls|sources|asked", NULL, "list queries"},
    {PHRASE_NEXT, CLASS_RECOVER, "what|how next|fix|mend|do|solve|remediat*", NULL,
     "how do I fix it?"},
    {PHRASE_IMPACT, CLASS_INFO, "what|who|which|show|how impact|affected|affects|blast|impacted",
     NULL, "who is affected?"},
    {PHRASE_RESOURCES, CLASS_INFO,
     LIST " resource*|services|hosts|filesystems|processes|listeners|units|targets|machines", NULL,
     "list services"},
    {PHRASE_SESSIONS, CLASS_INFO, LIST " sessions|investigations", NULL, "list sessions"},
    {PHRASE_INVESTIGATE, CLASS_DIAGNOSE,
     "is|are|got|gets|keeps|so|too "
     "slow|down|failing|fails|broken|unreachable|hanging|hangs|crashing|crashes|timing",
     NULL, "checkout is slow"},
    {PHRASE_INVESTIGATE, CLASS_DIAGNOSE, "why is|are|does|do|was|did|has|cannot", NULL, NULL},
    {PHRASE_STATE, CLASS_MONITOR,
     "how|show|check|what|which|who|is|are|get|list|read|much|many|any "
     "disk*|memory|cpu|processor*|load*|network|swap|pressure|full|state|status|free|space|running|"
     "listening|listens|used|uses|using|burns|burning|eats|busy|ports|port",
     "Which machine? Name a host of this session.", "which disks are nearly full?"},
    {PHRASE_METRICS, CLASS_MONITOR, LIST " metric*|latency|traffic|errors|requests",
     "Metrics of which service?", "show metrics of checkout"},
    {PHRASE_LOGS, CLASS_INFO, LIST " log|logs|logfile|messages",
     "Logs of which machine? Name a host of this session.", "show logs of web-3"},
    {PHRASE_CHANGES, CLASS_INFO,
     "what|show|list|which|check changed|changes|deployed|deploys|installed|updated",
     "Changes on which machine? Name a host of this session.", "what changed on web-3?"},
    {PHRASE_ALERTS, CLASS_MONITOR, LIST " alert*|firing", NULL, "list alerts"},
    {PHRASE_HEALTH, CLASS_MONITOR, "health", NULL, "generate health report"},
    {PHRASE_SCAN, CLASS_MONITOR, "scan|refresh|reread", NULL, "scan all"},
    {PHRASE_INVESTIGATE, CLASS_DIAGNOSE, "detect|find|check|show|list|any anomal*", NULL,
     "detect anomalies"},
    {PHRASE_INVESTIGATE, CLASS_DIAGNOSE, "investigate|diagnose|troubleshoot|debug|analyse|analyze",
     NULL, "investigate checkout"},
    {PHRASE_MUTATE, CLASS_RECOVER,
     "restart|reboot|rollback|revert|recover|restore|heal|kill|delete|drain|failover|terminate|"
     "deploy",
     NULL, NULL},
    {PHRASE_MUTATE, CLASS_SCALE, "scale|resize", NULL, NULL},
    {PHRASE_MUTATE, CLASS_RECOVER, "#verb start|stop", NULL, NULL},
    {PHRASE_MUTATE, CLASS_SCALE,
     "increase|decrease|add|remove replicas|capacity|instances|nodes|memory|cpu", NULL, NULL},
    {PHRASE_KNOWLEDGE, CLASS_INFO, "kb|knowledge stats|statistics|search|semantic|find", NULL,
     NULL},
    {PHRASE_SOP, CLASS_INFO, "sop|sops list|show|run|suggest", NULL, NULL},
    {PHRASE_FEEDBACK, CLASS_INFO, "feedback good|bad", NULL, NULL},
    {PHRASE_NOTIFY, CLASS_INFO, "notification|notifications status", NULL, NULL},
    {PHRASE_NOTIFY, CLASS_INFO, "send alert|notification|message", NULL, NULL},
    {PHRASE_HELP, CLASS_INFO, "help", NULL, "help"},
    {PHRASE_HELP, CLASS_INFO, "what can you", NULL, NULL},
};

/* words of each class; three of them are certainty. */
static const char *const class_words[CLASSES] = {
    [CLASS_DIAGNOSE] = "why|cause|wrong|diagnose|investigate|debug|troubleshoot|problem|issue|"
                       "error|errors|failing|failed|broken|slow|crash*|anomal*|root|detect",
    [CLASS_MONITOR] = "monitor|watch|check|metric*|status|health|alert*|latency|cpu|memory|disk|"
                      "load|usage|traffic|scan|report",
    [CLASS_SCALE] = "scale|resize|replicas|capacity|increase|decrease|more|fewer|instances|nodes|"
                    "up|down|autoscal*",
    [CLASS_INFO] = "show|list|what|which|who|explain|describe|help|tell|logs|log|get|evidence|"
                   "changes|resources",
    [CLASS_RECOVER] = "restart|reboot|rollback|revert|recover|restore|fix|heal|failover|stop|start|"
                      "kill|drain|redeploy",
};

struct words {
    struct str w[WORDS_MAX];
    size_t count;
};

static bool is_inside(char c)
{
    return isalnum((unsigned char)c) || c == '-' || c == '_' || c == '.' || c == '/' || c == ':' ||
           (unsigned char)c >= 0x80;
}

static void split(struct str text, struct words *ret)
{
    ret->count = 0;
    while (text.len && ret->count < WORDS_MAX) {
        size_t n = 0;

        while (text.len && !is_inside(*text.ptr))
            text = (struct str){text.ptr + 1, text.len - 1};
        while (n < text.len && is_inside(text.ptr[n]))
            n++;
        while (n && (text.ptr[n - 1] == '.' || text.ptr[n - 1] == ':'))
            n--;
        if (n)
            ret->w[ret->count++] = (struct str){text.ptr, n};
        text = (struct str){text.ptr + n, text.len - n};
        while (text.len && !n && is_inside(*text.ptr)) /* dots alone */
            text = (struct str){text.ptr + 1, text.len - 1};
    }
}

static bool same(struct str word, struct str pattern)
{
    bool begins = pattern.len && pattern.ptr[pattern.len - 1] == '*';

    if (begins)
        pattern.len--;
    if (begins ? word.len < pattern.len : word.len != pattern.len)
        return false;
    for (size_t i = 0; i < pattern.len; i++) {
        if (tolower((unsigned char)word.ptr[i]) != pattern.ptr[i])
            return false;
    }
    return true;
}

static const struct str *find_any(const struct words *w, struct str alternatives)
{
    struct str one;

    while (str_split(&alternatives, '|', &one)) {
        for (size_t i = 0; i < w->count; i++) {
            if (same(w->w[i], one))
                return &w->w[i];
        }
    }
    return NULL;
}

/* E4, c12, H1, H1.2 */
static bool is_id(struct str w)
{
    size_t i = 1;

    if (w.len < 2 || !strchr("EHch", w.ptr[0]) || !isdigit((unsigned char)w.ptr[1]))
        return false;
    while (i < w.len && (isdigit((unsigned char)w.ptr[i]) || (w.ptr[0] == 'H' && w.ptr[i] == '.')))
        i++;
    return i == w.len && w.ptr[0] != 'h';
}

static const struct str *find_id(const struct words *w)
{
    for (size_t i = 0; i < w->count; i++) {
        if (is_id(w->w[i]))
            return &w->w[i];
    }
    return NULL;
}

struct fit {
    size_t met, all;
    const struct str *first; /* the word of the first group */
};

static struct fit fit_row(const struct row *r, const struct words *w)
{
    struct str groups = str_from(r->groups), group;
    struct fit f = {0};
    bool verb_first = false;

    while (str_split(&groups, ' ', &group)) {
        const struct str *at;

        if (str_eq_c(group, "#verb")) { /* the next group has to be the first word */
            verb_first = true;
            continue;
        }
        at = str_eq_c(group, "#id") ? find_id(w) : find_any(w, group);
        if (verb_first && at != &w->w[0])
            at = NULL;
        f.all++;
        f.met += at != NULL;
        if (at && !f.first)
            f.first = at;
    }
    return f;
}

/* ---- what it is about ---- */

static bool is_filler(struct str w)
{
    static const char *const words[] = {"the",    "a",    "an",   "all",   "this", "that",  "my",
                                        "our",    "last", "past", "me",    "it",   "now",   "today",
                                        "please", "hour", "day",  "every", "each", "there", NULL};

    for (size_t i = 0; words[i]; i++) {
        if (same(w, str_from(words[i])))
            return true;
    }
    return w.len && isdigit((unsigned char)w.ptr[0]);
}

static void find_target(const struct words *w, phrase_known_fn *known, void *ctx, struct arena *a,
                        struct phrase *ret)
{
    const struct str *id = find_id(w);

    for (size_t i = 0; known && i < w->count; i++) {
        if (known(ctx, w->w[i])) {
            ret->target = arena_str(a, w->w[i]);
            ret->target_known = true;
            return;
        }
    }
    if (id) {
        ret->target = arena_str(a, *id);
        return;
    }
    for (size_t i = 0; i + 1 < w->count; i++) {
        if (!find_any(&(struct words){.w = {w->w[i]}, .count = 1}, STR_LIT("of|for|on|in|at|from")))
            continue;
        for (size_t k = i + 1; k < w->count; k++) {
            if (is_filler(w->w[k]))
                continue;
            ret->target = arena_str(a, w->w[k]);
            return;
        }
    }
}

/* "30m", "2 hours", "last hour". */
static int64_t find_window(const struct words *w)
{
    static const struct {
        const char *words;
        int64_t ms;
    } units[] = {{"second|seconds|sec", 1000},
                 {"minute|minutes|min|mins", 60000},
                 {"hour|hours", 3600000},
                 {"day|days", 86400000},
                 {"week|weeks", 604800000}};
    int64_t ms, count;

    for (size_t i = 0; i < w->count; i++) {
        struct words one = {.w = {w->w[i]}, .count = 1};

        if (isdigit((unsigned char)w->w[i].ptr[0]) && !num_i64(w->w[i], &count) &&
            duration_parse(w->w[i], &ms))
            return ms;
        for (size_t u = 0; u < sizeof(units) / sizeof(units[0]); u++) {
            if (!find_any(&one, str_from(units[u].words)))
                continue;
            if (i && num_i64(w->w[i - 1], &count) && count > 0 && count < 10000)
                return count * units[u].ms;
            if (i && find_any(&(struct words){.w = {w->w[i - 1]}, .count = 1},
                              STR_LIT("last|past|this|an|one")))
                return units[u].ms;
        }
    }
    return 0;
}

/* ---- all of it ---- */

static void find_class(const struct words *w, struct phrase *ret)
{
    size_t best = 0;

    for (int c = 0; c < CLASSES; c++) {
        size_t n = 0;

        for (size_t i = 0; i < w->count; i++)
            n += find_any(&(struct words){.w = {w->w[i]}, .count = 1}, str_from(class_words[c])) !=
                 NULL;
        if (n > best) {
            best = n;
            ret->class = (enum phrase_class)c;
        }
    }
    ret->class_confidence = fmin((double)best / 3.0, 1.0);
}

void phrase_parse(struct str text, phrase_known_fn *known, void *ctx, struct arena *a,
                  struct phrase *ret)
{
    const struct row *best = NULL;
    struct fit best_fit = {0};
    struct words w;
    bool trouble; /* it is not the state that is asked for, but what is behind it */

    *ret = (struct phrase){.class = CLASS_INFO, .verb = "", .target = ""};
    split(text, &w);
    trouble =
        find_any(&w, STR_LIT("why|slow|slowly|broken|fails|failing|failed|hangs|crashes|wrong")) !=
        NULL;
    find_class(&w, ret);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct fit f = fit_row(&rows[i], &w);
        bool whole = f.met == f.all, best_whole = best && best_fit.met == best_fit.all;

        if (!f.met || (best_whole && !whole) || (rows[i].act == PHRASE_STATE && trouble))
            continue;
        if (!best || (whole && !best_whole) || f.met > best_fit.met) {
            best = &rows[i];
            best_fit = f;
        }
    }
    if (!best)
        return;
    ret->act = best->act;
    ret->verb = arena_str(a, *best_fit.first);
    ret->window_ms = find_window(&w);
    find_target(&w, known, ctx, a, ret);
    ret->confidence =
        best_fit.met == best_fit.all ? 0.9 : 0.7 * (double)best_fit.met / (double)best_fit.all;
    if (ret->target_known)
        ret->confidence = fmin(ret->confidence + 0.1, 1);
    if (best->question && !*ret->target) {
        ret->missing = best->question;
        ret->confidence = fmin(ret->confidence, 0.79);
    }
}

static const char *const act_names[PHRASE_ACTS] = {
    [PHRASE_NONE] = "none",
    [PHRASE_CAUSE] = "cause",
    [PHRASE_SHOW] = "show",
    [PHRASE_EVIDENCE] = "evidence",
    [PHRASE_HYPOTHESES] = "hypotheses",
    [PHRASE_GAPS] = "gaps",
    [PHRASE_QUERIES] = "queries",
    [PHRASE_NEXT] = "next",
    [PHRASE_IMPACT] = "impact",
    [PHRASE_RESOURCES] = "resources",
    [PHRASE_STATE] = "state",
    [PHRASE_METRICS] = "metrics",
    [PHRASE_LOGS] = "logs",
    [PHRASE_CHANGES] = "changes",
    [PHRASE_ALERTS] = "alerts",
    [PHRASE_HEALTH] = "health",
    [PHRASE_SCAN] = "scan",
    [PHRASE_INVESTIGATE] = "investigate",
    [PHRASE_MUTATE] = "mutate",
    [PHRASE_KNOWLEDGE] = "knowledge",
    [PHRASE_SOP] = "sop",
    [PHRASE_FEEDBACK] = "feedback",
    [PHRASE_NOTIFY] = "notify",
    [PHRASE_HELP] = "help",
    [PHRASE_SESSIONS] = "sessions",
};

const char *phrase_act_name(enum phrase_act act)
{
    return act_names[act];
}

const char *phrase_class_name(enum phrase_class c)
{
    static const char *const names[CLASSES] = {"diagnose", "monitor", "scale", "info", "recover"};

    return names[c];
}

void phrase_json(const struct phrase *p, struct buf *out)
{
    bool investigate = p->act == PHRASE_INVESTIGATE || p->act == PHRASE_CAUSE;
    bool lists = p->act == PHRASE_RESOURCES || p->act == PHRASE_ALERTS ||
                 p->act == PHRASE_QUERIES || p->act == PHRASE_EVIDENCE ||
                 p->act == PHRASE_HYPOTHESES;
    struct json_writer w;

    json_writer_init(&w, out);
    json_object_begin(&w);
    json_put_cstr(&w, "intent_type",
                  p->act == PHRASE_MUTATE ? "remediate"
                  : investigate           ? "investigate"
                  : lists                 ? "list"
                                          : "describe");
    json_key(&w, "target");
    json_object_begin(&w);
    json_put_cstr(&w, "resource_type", phrase_act_name(p->act));
    json_put_cstr(&w, "scope", *p->target ? p->target : NULL);
    json_key(&w, "filters");
    json_object_begin(&w);
    if (p->window_ms)
        json_put_int(&w, "window_ms", p->window_ms);
    json_object_end(&w);
    json_object_end(&w);
    json_put_cstr(&w, "goal", investigate ? "identify_root_cause" : "understand");
    json_put_cstr(&w, "class", phrase_class_name(p->class));
    json_put_num(&w, "class_confidence", p->class_confidence);
    json_put_num(&w, "confidence", p->confidence);
    json_object_end(&w);
}

void phrase_help(struct buf *out)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (rows[i].example)
            buf_addf(out, "- %s\n", rows[i].example);
    }
}
