/* phrase.c - see phrase.h. A row is a list of groups; each group is met by one of its words, and a
 * word that ends in '*' is a beginning; #verb: the next group has to be the first word; #only: the
 * only one; #id: an id; #known: the name of something here. The row with the most groups that is
 * met wholly wins, of equal ones the first. */
#include "runbook/engine/phrase.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

#include "runbook/base/num.h"
#include "runbook/base/timefmt.h"
#include "runbook/codec/json.h"
#include "phrase_german.h"

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
     "what|why|show|tell|explain "
     "cause|reason|wrong|found|find|happened|happen|verdict|conclusion|think|believe",
     NULL, "what is the cause?"},
    {PHRASE_CAUSE, CLASS_DIAGNOSE, "root cause", NULL, NULL},
    {PHRASE_CAUSE, CLASS_DIAGNOSE, "#verb summar*", NULL, "summarise"},
    {PHRASE_CAUSE, CLASS_DIAGNOSE, "summary|tldr|recap", NULL, NULL},
    {PHRASE_CAUSE, CLASS_DIAGNOSE, "tl dr", NULL, NULL},
    {PHRASE_CAUSE, CLASS_DIAGNOSE, "#only why", NULL, NULL},
    {PHRASE_CAUSE, CLASS_DIAGNOSE, "how|are|is sure|confident|certain", NULL, "how sure are you?"},
    {PHRASE_SHOW, CLASS_INFO, "#id", NULL, "show E4"},
    {PHRASE_EVIDENCE, CLASS_INFO, LIST " evidence|proof|proofs", NULL, "list evidence"},
    {PHRASE_EVIDENCE, CLASS_INFO, "#verb prove|evidence|proof", NULL, NULL},
    {PHRASE_HYPOTHESES, CLASS_INFO, LIST " hypothes*|tree|candidates", NULL, "show hypotheses"},
    {PHRASE_HYPOTHESES, CLASS_INFO, "what else could|can|might", NULL, "what else could it be?"},
    {PHRASE_HYPOTHESES, CLASS_INFO, "what|which|did rule|ruled|excluded|exclude", NULL, NULL},
    {PHRASE_GAPS, CLASS_INFO, LIST " gaps|missing|unknown|unknowns", NULL, "what is missing?"},
    {PHRASE_GAPS, CLASS_INFO, "could not", NULL, NULL},
    {PHRASE_QUERIES, CLASS_INFO, LIST " queries|calls|sources|asked", NULL, "list queries"},
    {PHRASE_QUERIES, CLASS_INFO, "what did|have you check*|look*|ask|asked|try|tried|query", NULL,
     NULL},
    {PHRASE_NEXT, CLASS_RECOVER, "what|how next|fix|mend|solve|remediat*", NULL,
     "how do I fix it?"},
    {PHRASE_NEXT, CLASS_RECOVER, "what|how should|do|can i|we|one|now", NULL, NULL},
    {PHRASE_NEXT, CLASS_RECOVER, "fix|mend|repair|solve it|this|that", NULL, NULL},
    {PHRASE_NEXT, CLASS_RECOVER, "what now", NULL, NULL},
    {PHRASE_NEXT, CLASS_RECOVER, "next step|steps|checks", NULL, NULL},
    {PHRASE_IMPACT, CLASS_INFO, "what|who|which|show|how impact|affected|affects|blast|impacted",
     NULL, "who is affected?"},
    {PHRASE_TOPOLOGY, CLASS_INFO,
     "who|what|which|does|do|show|list call|calls|called|depend*|use|uses|upstream*|downstream*|"
     "callers|callees #known",
     NULL, "who calls checkout?"},
    {PHRASE_TOPOLOGY, CLASS_INFO, "who calls|called|call", NULL, NULL},
    {PHRASE_TOPOLOGY, CLASS_INFO, "depend*|upstream|downstream on|of", NULL, NULL},
    {PHRASE_COST, CLASS_INFO, "cost|costs|spent|spend|expensive|tokens", NULL,
     "what has this cost?"},
    {PHRASE_TIMELINE, CLASS_INFO, "timeline|chronology", NULL, "show the timeline"},
    {PHRASE_TIMELINE, CLASS_INFO, "when start*|begin|began|happen*|since", NULL, NULL},
    {PHRASE_SOP, CLASS_INFO, LIST "|run|suggest|search|fits sop|sops|skill|skills", NULL,
     "list skills"},
    {PHRASE_SOP, CLASS_INFO, "#verb sop|sops|skill|skills", NULL, NULL},
    {PHRASE_SCAN, CLASS_MONITOR, "check everything|all", NULL, NULL},
    {PHRASE_STATE, CLASS_MONITOR, "failed|broken unit|units|services",
     "Which machine? Name a host of this session.", "which units failed?"},
    {PHRASE_RESOURCES, CLASS_INFO,
     LIST " resource*|services|hosts|filesystems|processes|listeners|units|targets|machines|"
          "everything",
     NULL, "list services"},
    {PHRASE_SESSIONS, CLASS_INFO, LIST " sessions|investigations", NULL, "list sessions"},
    {PHRASE_SESSIONS, CLASS_INFO, "seen|happened|had before", NULL, "have we seen this before?"},
    {PHRASE_SESSIONS, CLASS_INFO, "what did|have we|i|you investigate*", NULL, NULL},
    {PHRASE_INVESTIGATE, CLASS_DIAGNOSE,
     "is|are|got|gets|keeps|so|too "
     "slow|slowly|down|failing|fails|failed|broken|unreachable|hanging|hangs|stuck|crashing|"
     "crashes|timing|flapping|unresponsive",
     NULL, "checkout is slow"},
    {PHRASE_INVESTIGATE, CLASS_DIAGNOSE, "why is|are|does|do|was|did|has|cannot", NULL, NULL},
    {PHRASE_INVESTIGATE, CLASS_DIAGNOSE,
     "high|higher|elevated|spik*|rising|increased|growing|too|many|more|lots "
     "latency|error|errors|timeouts|cpu|load|memory|traffic|retries|failures|restarts|5xx|500s",
     NULL, NULL},
    {PHRASE_INVESTIGATE, CLASS_DIAGNOSE, "cannot|unable log|login|connect|reach|open|pay|load|use",
     NULL, "users cannot log in"},
    {PHRASE_INVESTIGATE, CLASS_DIAGNOSE, "times|timing out", NULL, NULL},
    {PHRASE_INVESTIGATE, CLASS_DIAGNOSE, "is|are|does ok|okay|well|fine|alright|working", NULL,
     "is rds ok?"},
    {PHRASE_INVESTIGATE, CLASS_DIAGNOSE, "how do|can|to find|know cause|reason", NULL, NULL},
    {PHRASE_INVESTIGATE, CLASS_DIAGNOSE,
     "throttl*|unreachable|unavailable|degraded|unresponsive|growing|backlog|flapping|crashed|"
     "hangs|500|502|503|504",
     NULL, "lambda throttles"},
    {PHRASE_INVESTIGATE, CLASS_DIAGNOSE, "slow|slowly", NULL, NULL},
    {PHRASE_INVESTIGATE, CLASS_DIAGNOSE,
     "500s|502s|503s|504s|5xx|4xx|timeouts|outage|oom|oomkilled|crashloop*|crashlooping", NULL,
     NULL},
    {PHRASE_INVESTIGATE, CLASS_DIAGNOSE,
     "fails|failing|crashes|crashing|hangs since|again|now|after", NULL, NULL},
    {PHRASE_INVESTIGATE, CLASS_DIAGNOSE, "everything|all is|are|goes|went|turned red", NULL,
     "everything is red"},
    {PHRASE_INVESTIGATE, CLASS_DIAGNOSE,
     "many|lots|dozens|hundreds alarm*|alert*|pages once|together|suddenly|everywhere", NULL, NULL},
    {PHRASE_INVESTIGATE, CLASS_DIAGNOSE, "alarm*|alert* storm|flood", NULL, NULL},
    {PHRASE_INVESTIGATE, CLASS_DIAGNOSE, "look|dig into", NULL, "look into the disk alert"},
    {PHRASE_STATE, CLASS_MONITOR,
     "how|show|check|what|whats|which|who|is|are|get|list|read|much|many|any "
     "disk*|memory|ram|cpu|cpus|cores|processor*|load*|network|swap|swapping|pressure|full|fullest|"
     "state|"
     "status|free|space|running|listening|listens|used|uses|using|burns|burning|eats|eating|busy|"
     "ports|port|inode*|filesystem|uptime|connections|top|process",
     "Which machine? Name a host of this session.", "which disks are nearly full?"},
    {PHRASE_STATE, CLASS_MONITOR,
     "#verb df|du|free|top|htop|ps|netstat|ss|uptime|vmstat|iostat|lsof|load|inodes|swap|disk|"
     "disks|memory|ram|cpu|open|network|processes",
     "Which machine? Name a host of this session.", NULL},
    {PHRASE_STATE, CLASS_MONITOR, "how long up|running",
     "Which machine? Name a host of this session.", NULL},
    {PHRASE_STATE, CLASS_MONITOR, "systemctl", "Which machine? Name a host of this session.", NULL},
    {PHRASE_LOGS, CLASS_INFO,
     LIST "|any|tail|search|grep log|logs|logfile|messages|journal|syslog|dmesg",
     "Logs of which machine? Name a host of this session.", "show logs of web-3"},
    {PHRASE_LOGS, CLASS_INFO, "#verb logs|journal|journalctl|dmesg|syslog|tail",
     "Logs of which machine? Name a host of this session.", NULL},
    {PHRASE_LOGS, CLASS_INFO, "#verb error*|warning* last|past|today|recent*|since",
     "Logs of which machine? Name a host of this session.", NULL},
    {PHRASE_LOGS, CLASS_INFO, "any|recent error*|warning*|exceptions",
     "Logs of which machine? Name a host of this session.", NULL},
    {PHRASE_METRICS, CLASS_MONITOR, LIST "|how metric*|latency|traffic|errors|requests|throughput",
     "Metrics of which service?", "show metrics of checkout"},
    {PHRASE_METRICS, CLASS_MONITOR,
     "metrics|latency|p50|p90|p95|p99|p999|throughput|rps|qps|traffic|requests of|for|on|per",
     "Metrics of which service?", NULL},
    {PHRASE_METRICS, CLASS_MONITOR, "error|errors|success|failure rate|ratio",
     "Metrics of which service?", NULL},
    {PHRASE_CHANGES, CLASS_INFO,
     "what|show|list|which|check|who|was|were|any|anything|did|has|have|somebody|anybody "
     "changed|changes|change|deployed|deploys|deploy|deployment*|installed|updated|upgraded|"
     "restarted|rebooted",
     "Changes on which machine? Name a host of this session.", "what changed on web-3?"},
    {PHRASE_CHANGES, CLASS_INFO,
     "did|has|have|was somebody|anybody|someone|anyone|who restart|reboot",
     "Changes on which machine? Name a host of this session.", NULL},
    {PHRASE_ALERTS, CLASS_MONITOR,
     LIST "|any|there|current|active|open|is|are alert*|alarm*|firing|pages", NULL, "list alerts"},
    {PHRASE_ALERTS, CLASS_MONITOR, "#verb alerts|alarms", NULL, NULL},
    {PHRASE_HEALTH, CLASS_MONITOR, "health|healthy", NULL, "generate health report"},
    {PHRASE_HEALTH, CLASS_MONITOR, "#verb status|overview", NULL, NULL},
    {PHRASE_HEALTH, CLASS_MONITOR, "what|how going|everything|things|we|systems", NULL,
     "how is everything?"},
    {PHRASE_SCAN, CLASS_MONITOR, "scan|refresh|reread", NULL, "scan all"},
    {PHRASE_INVESTIGATE, CLASS_DIAGNOSE, "detect|find|check|show|list|any anomal*", NULL,
     "detect anomalies"},
    {PHRASE_INVESTIGATE, CLASS_DIAGNOSE,
     "anything|something|something's wrong|off|strange|odd|unusual|weird|broken|suspicious", NULL,
     "anything unusual?"},
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
    {PHRASE_FEEDBACK, CLASS_INFO, "feedback good|bad", NULL, NULL},
    {PHRASE_NOTIFY, CLASS_INFO, "notification|notifications status", NULL, NULL},
    {PHRASE_NOTIFY, CLASS_INFO, "send alert|notification|message", NULL, NULL},
    {PHRASE_HELP, CLASS_INFO, "help|hello|hi|hey", NULL, "help"},
    {PHRASE_HELP, CLASS_INFO, "what can you do", NULL, NULL},
    {PHRASE_STATE, CLASS_MONITOR, "disk|disks|memory full|free",
     "Which machine? Name a host of this session.", NULL},
    /* A name and nothing more particular: how it is. */
    {PHRASE_STATE, CLASS_MONITOR, "how|what|is|are|check|status|state|show|about|up #known", NULL,
     "how is checkout?"},
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

static const struct str *find_known(const struct words *w, phrase_known_fn *known, void *ctx)
{
    for (size_t i = 0; known && i < w->count; i++) {
        if (known(ctx, w->w[i]))
            return &w->w[i];
    }
    return NULL;
}

static struct fit fit_row(const struct row *r, const struct words *w, phrase_known_fn *known,
                          void *ctx)
{
    struct str groups = str_from(r->groups), group;
    struct fit f = {0};
    bool verb_first = false, only = false;

    while (str_split(&groups, ' ', &group)) {
        const struct str *at;

        if (str_eq_c(group, "#verb")) { /* the next group has to be the first word */
            verb_first = true;
            continue;
        }
        if (str_eq_c(group, "#only")) {
            only = true;
            continue;
        }
        at = str_eq_c(group, "#id")      ? find_id(w)
             : str_eq_c(group, "#known") ? find_known(w, known, ctx)
                                         : find_any(w, group);
        if ((verb_first && at != &w->w[0]) || (only && w->count != 1))
            at = NULL;
        verb_first = false;
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
    phrase_from_german(w.w, w.count, known, ctx);
    trouble =
        find_any(&w, STR_LIT("why|slow|slowly|broken|fails|failing|hangs|crashes|wrong")) != NULL;
    find_class(&w, ret);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct fit f = fit_row(&rows[i], &w, known, ctx);
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
    [PHRASE_TOPOLOGY] = "topology",
    [PHRASE_COST] = "cost",
    [PHRASE_TIMELINE] = "timeline",
    [PHRASE_AWS] = "aws",
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
