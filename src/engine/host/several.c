/* several.c - see several.h. */
#include "several.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

bool hv_taken(const struct host_view *v, const char *identity)
{
    for (size_t i = 0; identity && i < v->taken_count; i++) {
        if (strcmp(v->taken[i], identity) == 0)
            return true;
    }
    return false;
}

static bool in_word(char c)
{
    return isalnum((unsigned char)c) || c == '-' || c == '_' || c == '@';
}

/* Of a unit the name without its kind is what people say. */
static size_t spoken_length(const char *name)
{
    static const char *const kinds[] = {".service", ".socket", ".timer", ".mount"};
    size_t len = strlen(name);

    for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
        size_t n = strlen(kinds[i]);

        if (len > n && strcmp(name + len - n, kinds[i]) == 0)
            return len - n;
    }
    return len;
}

static bool has_word(struct str text, struct str word)
{
    while (text.len >= word.len) {
        ptrdiff_t at = str_ifind(text, word);
        const char *end;

        if (at < 0)
            return false;
        end = text.ptr + at + word.len;
        if ((at == 0 || !in_word(*word.ptr) || !in_word(text.ptr[at - 1])) &&
            (end == text.ptr + text.len || !in_word(*end)))
            return true;
        text = (struct str){text.ptr + at + 1, text.len - (size_t)at - 1};
    }
    return false;
}

bool hv_names(const struct host_view *v, const char *name)
{
    struct str word = {name, spoken_length(name)};

    return (word.len > 1 && has_word(v->question, word)) ||
           (word.len < strlen(name) && has_word(v->question, str_from(name)));
}

bool hv_names_port(const struct host_view *v, double port)
{
    return port > 0 && v->question.len &&
           (has_word(v->question, str_from(arena_printf(v->arena, "port %.0f", port))) ||
            has_word(v->question, str_from(arena_printf(v->arena, ":%.0f", port))));
}

/* A path begins where a word does; "and/or", "I/O" and "https://x" are none. */
static bool begins_path(struct str text, size_t at)
{
    if (text.ptr[at] != '/' || (at + 1 < text.len && text.ptr[at + 1] == '/'))
        return false;
    return at == 0 || isspace((unsigned char)text.ptr[at - 1]) ||
           strchr("\"'`(=:[{,<", text.ptr[at - 1]);
}

static bool in_path(char c)
{
    return !isspace((unsigned char)c) && !iscntrl((unsigned char)c) &&
           !strchr("\"'`()[]{},;<>|", c);
}

bool hv_next_path(const struct host_view *v, struct arena *arena, size_t *at, const char **ret)
{
    struct str q = v->question;

    for (; *at < q.len; (*at)++) {
        size_t from = *at, to = from;

        if (!begins_path(q, from))
            continue;
        while (to < q.len && in_path(q.ptr[to]))
            to++;
        *at = to;
        while (to > from + 1 && strchr(".:!?/", q.ptr[to - 1]))
            to--;
        *ret = arena_strndup(arena, q.ptr + from, to - from);
        return true;
    }
    return false;
}

void hv_choose(const struct host_view *v, struct host_choice *c, const struct value *item,
               double score, const char *identity, bool named)
{
    bool better = !c->item || (named != c->named ? named : score > c->score);

    if (hv_taken(v, identity) || (!named && !(score > 0)) || !better)
        return;
    *c = (struct host_choice){item, identity, score, named};
}

static bool in_host(char c)
{
    return isalnum((unsigned char)c) || c == '-' || c == '.' || c == '_';
}

/* What stands behind the key at `at`: quotes, blanks, one ":" or "=". */
static struct str value_behind(struct str q, size_t at)
{
    size_t from = at, to;
    bool assigned = false;

    for (; from < q.len && strchr("\"' \t:=\\", q.ptr[from]); from++)
        assigned = assigned || q.ptr[from] == ':' || q.ptr[from] == '=';
    for (to = from; to < q.len && in_host(q.ptr[to]); to++)
        ;
    return assigned ? (struct str){q.ptr + from, to - from} : (struct str){q.ptr, 0};
}

/* A name that is a machine's by its looks: letters first, and a digit, a dot or a dash in it; no
 * region or id of a cloud, whose digit stands alone at the end of three parts. */
static bool looks_like_host(struct str v)
{
    bool mark = false, digit = false;
    size_t dashes = 0;

    if (v.len < 3 || !isalpha((unsigned char)*v.ptr) || str_starts(v, "i-"))
        return false;
    for (size_t i = 0; i < v.len; i++) {
        digit = digit || isdigit((unsigned char)v.ptr[i]);
        dashes += v.ptr[i] == '-';
        mark = mark || (v.ptr[i] == '.' && i + 1 < v.len);
    }
    if (dashes == 2 && isdigit((unsigned char)v.ptr[v.len - 1]) && v.ptr[v.len - 2] == '-' &&
        v.ptr[2] == '-')
        return false; /* "eu-west-1" */
    return mark || digit;
}

/* Does it look like what a pager, a monitor or a mail of theirs wrote? */
static bool is_pasted(struct str q)
{
    static const char *const words[] = {
        "INCIDENT", "ALERT",    "CRITICAL",  "PROBLEM", "FIRING", "Triggered",
        "TRIGGER",  "WARNING:", "PagerDuty", "Datadog", "Nagios", "Opsgenie"};

    for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
        if (str_find(q, str_from(words[i])) >= 0)
            return true;
    return false;
}

/* "on db-2", "host:web-1", "Host: db-2" in such a text. */
static const char *pasted_host(struct arena *arena, struct str question)
{
    static const char *const before[] = {"host:", "host=", "host: ", "host ", "on "};

    if (!is_pasted(question))
        return NULL;
    for (size_t i = 0; i < sizeof(before) / sizeof(*before); i++) {
        struct str rest = question;
        ptrdiff_t at;

        while ((at = str_ifind(rest, str_from(before[i]))) >= 0) {
            size_t from = (size_t)at + strlen(before[i]), to = from;
            bool whole = at == 0 || !in_host(rest.ptr[at - 1]);

            while (to < rest.len && in_host(rest.ptr[to]))
                to++;
            while (to > from && rest.ptr[to - 1] == '.')
                to--;
            if (whole && looks_like_host((struct str){rest.ptr + from, to - from}))
                return arena_strndup(arena, rest.ptr + from, to - from);
            rest = (struct str){rest.ptr + from, rest.len - from};
        }
    }
    return NULL;
}

const char *hv_alert_host(struct arena *arena, struct str question)
{
    static const char *const keys[] = {"instance", "nodename", "hostname"};
    static const char *const own[] = {"localhost", "local", "127.0.0.1"};

    for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
        struct str rest = question;
        ptrdiff_t at;

        while ((at = str_find(rest, str_from(keys[i]))) >= 0) {
            size_t end = (size_t)at + strlen(keys[i]);
            bool whole = at == 0 || !in_host(rest.ptr[at - 1]);
            struct str v = value_behind(rest, end);
            bool mine = v.len < 2 || str_starts(v, "i-");

            for (size_t k = 0; k < sizeof(own) / sizeof(*own); k++)
                mine = mine || str_eq_c(v, own[k]);
            if (whole && !mine)
                return arena_strndup(arena, v.ptr, v.len);
            rest = (struct str){rest.ptr + end, rest.len - end};
        }
    }
    return pasted_host(arena, question);
}

bool hv_speaks_of_aws(struct str question)
{
    static const char *const words[] = {
        "aws",      "arn:aws",  "lambda",  "sqs", "sns",         "rds",           "aurora",
        "dynamodb", "ec2",      "ecs",     "eks", "fargate",     "elasticache",   "s3",
        "ebs",      "efs",      "elb",     "alb", "nlb",         "cloudfront",    "cloudwatch",
        "kinesis",  "redshift", "route53", "iam", "api gateway", "step functions"};

    for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
        if (has_word(question, str_from(words[i])))
            return true;
    }
    return false;
}
