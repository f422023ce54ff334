/* aws_phrase_call.c - what was understood of a sentence, as the call of a tool. */
#include <string.h>

#include "aws_phrase_priv.h"

static const char *service_of(struct aws_parse *p, bool kind)
{
    const char *s = p->noun ? p->noun->service : NULL;

    if (!s || !*s)
        return NULL;
    return kind ? s : arena_strndup(p->a, s, strcspn(s, ":"));
}

static void put(struct json_writer *w, const char *key, const char *text)
{
    if (text && *text)
        json_put_cstr(w, key, text);
}

static void put_where_to(struct aws_parse *p, struct json_writer *w)
{
    put(w, "region", p->region);
    put(w, "account", p->account);
}

static void put_list(struct aws_parse *p, struct json_writer *w)
{
    put(w, "service", service_of(p, true));
    put(w, "category", p->noun ? p->noun->category : NULL);
    put_where_to(p, w);
    put(w, "tag", buf_cstr(&p->tags));
    put(w, "match", p->match);
    put(w, "mentions", p->mentions);
    put(w, "health", p->health);
    put(w, "where", buf_cstr(&p->where));
}

static void put_health(struct aws_parse *p, struct json_writer *w)
{
    const char *service = service_of(p, false);

    put(w, "service", service ? service : "all");
    put(w, "resource", p->match ? p->match : p->mentions);
    put_where_to(p, w);
    if (p->does == DOES_ANOMALIES)
        json_put_bool(w, "anomalies", true);
    if (p->does == DOES_METRICS)
        json_put_bool(w, "all", true);
}

const char *aws_phrase_title(struct aws_parse *p)
{
    static const char *const what[] = {
        [DOES_LIST] = "",
        [DOES_CHECK] = "health of ",
        [DOES_METRICS] = "metrics of ",
        [DOES_LOGS] = "logs of ",
        [DOES_CHANGES] = "changes of ",
        [DOES_ANOMALIES] = "anomalies of ",
        [DOES_FINDINGS] = "findings of ",
        [DOES_COST] = "costs of ",
        [DOES_ACT] = "",
    };
    const char *kind = service_of(p, p->does == DOES_LIST);

    return arena_printf(p->a, "%s%s%s%s%s%s", what[p->does],
                        kind                           ? kind
                        : p->noun && p->noun->category ? p->noun->category
                                                       : "AWS",
                        p->match || p->mentions ? " " : "",
                        p->match      ? p->match
                        : p->mentions ? p->mentions
                                      : "",
                        p->region ? " in " : "", p->region ? p->region : "");
}

/* Where a service writes its logs, when the group's name follows from its own. Source: the logging
 * chapters of the services' developer guides. */
static const char *log_group(struct aws_parse *p)
{
    static const struct {
        const char *service, *prefix, *suffix;
    } groups[] = {{"lambda", "/aws/lambda/", ""},
                  {"codebuild", "/aws/codebuild/", ""},
                  {"eks", "/aws/eks/", "/cluster"}};
    const char *service = service_of(p, false);

    if (p->match && strchr(p->match, '/'))
        return p->match;
    for (size_t i = 0; service && p->match && i < sizeof(groups) / sizeof(groups[0]); i++)
        if (strcmp(groups[i].service, service) == 0)
            return arena_printf(p->a, "%s%s%s", groups[i].prefix, p->match, groups[i].suffix);
    return service && strcmp(service, "logs") == 0 ? p->match : NULL;
}

bool aws_phrase_call(struct aws_parse *p, struct json_writer *w, struct aws_phrase *ret)
{
    switch (p->does) {
    case DOES_LIST:
        ret->tool = "aws_resources";
        put_list(p, w);
        return true;
    case DOES_CHECK:
    case DOES_METRICS:
    case DOES_ANOMALIES:
        ret->tool = "aws_health";
        put_health(p, w);
        return true;
    case DOES_CHANGES:
        ret->tool = "aws_changes";
        put(w, "service", service_of(p, false));
        put(w, "resource", p->match ? p->match : p->mentions);
        put(w, "since", p->since);
        put_where_to(p, w);
        return true;
    case DOES_COST:
        ret->missing = "What AWS costs is shown by `runbook spend`: Cost Explorer takes about 0.03 "
                       "USD a question, so no sentence asks it.";
        return false;
    case DOES_FINDINGS:
        ret->tool = "aws_findings";
        put(w, "service", service_of(p, false));
        put_where_to(p, w);
        return true;
    case DOES_LOGS:
        ret->tool = "aws_logs";
        if (!log_group(p)) {
            ret->missing = p->match ? "Which log group? Name it, such as /aws/lambda/checkout."
                                    : "Logs of which of them? Name it, or its log group.";
            return false;
        }
        put(w, "group", log_group(p));
        put(w, "since", p->since);
        put_where_to(p, w);
        return true;
    case DOES_ACT:
        break;
    }
    return false;
}

void aws_phrase_no_act(struct aws_parse *p, struct aws_phrase *ret)
{
    ret->is = AWS_PHRASE_ASK;
    ret->missing = arena_printf(p->a,
                                "\"%s\" of that is not known; runbook act --list names what can be "
                                "changed.",
                                p->change);
}
