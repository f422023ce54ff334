/* facts_host.c - facts about a machine: what its patterns say of what was read, and plain numbers.
 * A pattern that sees nothing is a fact as well: that is what rules a cause out. */
#include "plan_priv.h"

#include <math.h>
#include <stdio.h>

#include "runbook/base/num.h"
#include "src/engine/host/patterns.h"

#define CHANGES_SHOWN 12
#define FILES_SHOWN 8
#define RECENT_S 3600

static const struct host_pattern *find_pattern(struct str id)
{
    for (const struct host_pattern *const *p = host_pattern_table(); *p; p++) {
        if (str_eq_c(id, (*p)->id))
            return *p;
    }
    return NULL;
}

/* One look that proves nothing by itself is worth another one, no more. */
static enum fact_state state_of(enum evidence_strength s, bool tentative)
{
    if (s == STRENGTH_STRONG)
        return tentative ? FACT_NOTABLE : FACT_ABNORMAL;
    return s == STRENGTH_WEAK ? FACT_NOTABLE : FACT_NORMAL;
}

/* The first proposal that speaks of this resource. */
static const char *remedy(struct host_view *v, const struct host_finding *f, const char *resource)
{
    const struct host_proposal *list = f->culprit_count && f->culprits[0].proposals
                                           ? f->culprits[0].proposals
                                       : f->proposals ? f->proposals
                                                      : f->pattern->proposals;

    for (const struct host_proposal *p = list; p && p->action; p++) {
        const char *text = host_fill(v->arena, p->action, resource);

        if (text)
            return text;
    }
    return NULL;
}

static void add_finding(struct facts *facts, struct host_view *v, const struct host_finding *f)
{
    struct fact x = {.name = f->pattern->id,
                     .subject = f->resource,
                     .text = f->evidence,
                     .unit = f->unit,
                     .value = f->value,
                     .limit = f->threshold,
                     .before = NAN,
                     .state = state_of(f->strength, f->tentative),
                     .severity = f->severity,
                     .source = f->pattern->doc == HOST_DOC_LOGS       ? "host_log"
                               : f->pattern->doc == HOST_DOC_SERVICES ? "host_services"
                                                                      : "host_snapshot"};

    if (x.state != FACT_NORMAL) {
        const char *claim = f->claim ? f->claim : f->pattern->claim;
        const char *at = strstr(claim, "%s");

        x.claim = at ? arena_printf(v->arena, "%.*s%s%s", (int)(at - claim), claim, v->host, at + 2)
                     : claim;
        x.culprit = f->culprit_count ? f->culprits[0].resource : f->resource;
        x.cause = f->culprit_count ? f->culprits[0].statement : NULL;
        x.remedy = remedy(v, f, x.culprit);
    }
    facts_add(facts, x);
}

/* "cpu.busy:ratio": said as it is. */
static void add_number(struct facts *facts, struct host_view *v, struct str row)
{
    struct str rest = row, path;
    char human[48];
    double value;
    const char *name;

    if (!str_split(&rest, ':', &path))
        return;
    name = arena_str(facts->arena, path);
    value = hv_num(v->snapshot, name);
    if (isnan(value))
        return;
    num_human(value, arena_str(facts->arena, rest), human);
    facts_add(facts, (struct fact){.name = name,
                                   .subject = arena_printf(facts->arena, "host:%s", v->host),
                                   .text = arena_printf(facts->arena, "%s %s", name, human),
                                   .unit = arena_str(facts->arena, rest),
                                   .value = value,
                                   .limit = NAN,
                                   .before = NAN,
                                   .source = "host_snapshot"});
}

void facts_of_host(struct facts *f, const struct value *snapshot, const struct value *logs,
                   const struct value *services)
{
    struct host_view v = {.arena = f->arena,
                          .snapshot = snapshot,
                          .logs = logs,
                          .services = services,
                          .host = f->host,
                          .far = strcmp(f->host, "local") != 0,
                          .words = f->primitive->words};
    struct str rest = str_from(f->primitive->patterns), one;

    while (str_split(&rest, ' ', &one)) {
        const struct host_pattern *p = find_pattern(one);
        struct host_finding found;

        if (!p || (p->doc == HOST_DOC_LOGS && !logs) || (p->doc == HOST_DOC_SERVICES && !services))
            continue;
        host_pattern_run(p, &v, &found);
        add_finding(f, &v, &found);
    }
    rest = str_from(f->primitive->numbers);
    while (str_split(&rest, ' ', &one))
        add_number(f, &v, one);
}

/* ---- changes ---- */

static bool is_kind(const char *kinds, const char *kind)
{
    struct str rest = str_from(kinds), one;

    while (str_split(&rest, ' ', &one)) {
        if (str_eq_c(one, kind))
            return true;
    }
    return !kinds;
}

void facts_of_changes(struct facts *f, const struct value *doc)
{
    double now = value_num_or(doc, "now_ms", 0);
    size_t n = 0, all = 0;

    VALUE_EACH (c, value_get(doc, "changes")) {
        const char *kind = value_cstr_or(c, "kind", ""), *what = value_cstr_or(c, "what", "");
        double age_s = (now - value_num_or(c, "ts_ms", now)) / 1000;
        char human[48];

        if (!is_kind(f->primitive->kinds, kind))
            continue;
        all++;
        if (n++ >= CHANGES_SHOWN)
            continue;
        num_human(age_s, "seconds", human);
        facts_add(f, (struct fact){.name = arena_printf(f->arena, "change.%s", kind),
                                   .subject = what,
                                   .text = arena_printf(f->arena, "%s %s%s%s, %s ago", kind, what,
                                                        *value_cstr_or(c, "detail", "") ? " " : "",
                                                        value_cstr_or(c, "detail", ""), human),
                                   .unit = "seconds",
                                   .value = age_s,
                                   .limit = NAN,
                                   .before = NAN,
                                   .state = age_s < RECENT_S ? FACT_NOTABLE : FACT_NORMAL,
                                   .severity = age_s < RECENT_S ? 0.3 : 0,
                                   .source = "host_changes"});
    }
    facts_add(f,
              (struct fact){.name = "changes",
                            .subject = arena_printf(f->arena, "host:%s", f->host),
                            .text = arena_printf(f->arena, "%zu changes in the last 24 hours", all),
                            .unit = "count",
                            .value = (double)all,
                            .limit = NAN,
                            .before = NAN,
                            .source = "host_changes"});
}

/* ---- files ---- */

void facts_of_files(struct facts *f, const struct value *doc)
{
    double used = value_num_or(doc, "used", NAN);
    size_t n = 0;

    VALUE_EACH (file, value_get(doc, "files")) {
        double bytes = value_num_or(file, "bytes", NAN), share = value_num_or(file, "share", 0);
        const char *path = value_cstr_or(file, "path", "");
        bool deleted = value_bool_or(file, "deleted", false);
        char human[48], percent[48];

        if (n++ >= FILES_SHOWN)
            break;
        num_human(bytes, "bytes", human);
        num_human(share, "ratio", percent);
        facts_add(f, (struct fact){
                         .name = "large_file",
                         .subject = path,
                         .text = arena_printf(f->arena, "%s%s: %s, %s of what is used", path,
                                              deleted ? " (deleted, open)" : "", human, percent),
                         .unit = "bytes",
                         .value = bytes,
                         .limit = NAN,
                         .before = NAN,
                         .state = share >= 0.1 ? FACT_NOTABLE : FACT_NORMAL,
                         .severity = share,
                         .culprit = arena_printf(f->arena, "host:%s/file:%s", f->host, path),
                         .source = "host_disk_usage"});
    }
    if (!isnan(used))
        facts_add(f, (struct fact){.name = "filesystem.used",
                                   .subject = value_cstr_or(doc, "path", ""),
                                   .text = arena_printf(f->arena, "%s is %.0f %% full",
                                                        value_cstr_or(doc, "path", ""), used * 100),
                                   .unit = "ratio",
                                   .value = used,
                                   .limit = NAN,
                                   .before = NAN,
                                   .source = "host_disk_usage"});
}

/* ---- who ---- */

void facts_put_culprit(const char *resource, struct arena *a, struct json_writer *w)
{
    static const char *const words[] = {"host", "name", "pid", "command", NULL};
    const char *slash = resource ? strchr(resource, '/') : NULL;
    const char *colon = slash ? strchr(slash, ':') : NULL;
    const char *kind, *pid, *whole;

    json_key(w, "culprit");
    if (!resource) {
        json_null(w);
        return;
    }
    json_object_begin(w);
    json_put_cstr(w, "resource", resource);
    kind = colon ? arena_strndup(a, slash + 1, (size_t)(colon - slash - 1)) : "";
    json_put_cstr(w, "kind", kind);
    for (size_t i = 0; words[i]; i++) {
        int64_t n;

        pid = host_fill(a, arena_printf(a, "{%s}", words[i]), resource);
        if (pid && strcmp(words[i], "pid") == 0 && num_i64(str_from(pid), &n))
            json_put_int(w, "pid", n);
        else if (pid)
            json_put_cstr(w, words[i], pid);
    }
    whole = *kind && strcmp(kind, "process") != 0 && strcmp(kind, "name") != 0 &&
                    strcmp(kind, "host") != 0
                ? host_fill(a, "{name}", resource)
                : NULL;
    if (whole) /* "unit", "fs", "file" ...: by its own word */
        json_put_cstr(w, kind, whole);
    json_object_end(w);
}
