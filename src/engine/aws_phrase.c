/* aws_phrase.c - see aws_phrase.h. Words are taken one after the other: what takes a word marks it,
 * and what is left at the end is a name (one word) or makes the sentence unsure. */
#include "aws_phrase_priv.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "phrase_german.h"
#include "runbook/service/aws/endpoint.h"

#define ARGS_MAX ((size_t)16 << 10)
#define CONDITION_MAX 1024

/* ---- words ---- */

static bool is_inside(char c)
{
    return isalnum((unsigned char)c) || strchr("-_./:=*+@", c) || (unsigned char)c >= 0x80;
}

/* How long the JSON object is that begins here; what is not closed goes to the end. */
static size_t object_len(struct str text)
{
    size_t depth = 0, i;
    bool string = false;

    for (i = 0; i < text.len; i++) {
        char c = text.ptr[i];

        if (string && c == '\\')
            i++;
        else if (c == '"')
            string = !string;
        else if (!string && (c == '{' || c == '['))
            depth++;
        else if (!string && (c == '}' || c == ']') && --depth == 0)
            return i + 1;
    }
    return text.len;
}

/* A JSON object is one word, whatever is in it; also as the value of NAME=. */
static void split(struct aws_parse *p, struct str text)
{
    while (text.len && p->count < AWS_PHRASE_WORDS_MAX) {
        size_t n = 0;

        while (text.len && !is_inside(*text.ptr) && *text.ptr != '{')
            text = (struct str){text.ptr + 1, text.len - 1};
        while (n < text.len && is_inside(text.ptr[n]))
            n++;
        if (n < text.len && text.ptr[n] == '{' && (!n || text.ptr[n - 1] == '=')) {
            n += object_len((struct str){text.ptr + n, text.len - n});
            p->w[p->count++] = (struct str){text.ptr, n};
        } else if (n) {
            struct str w = {text.ptr, n};

            while (w.len && strchr(".:", w.ptr[w.len - 1]))
                w.len--;
            if (w.len)
                p->w[p->count++] = w;
        }
        text = (struct str){text.ptr + n, text.len - n};
    }
}

static bool same(struct str word, struct str pattern)
{
    if (word.len != pattern.len)
        return false;
    for (size_t i = 0; i < word.len; i++)
        if (tolower((unsigned char)word.ptr[i]) != tolower((unsigned char)pattern.ptr[i]))
            return false;
    return true;
}

bool aws_phrase_among(struct str word, const char *alternatives, bool plural)
{
    struct str rest = str_from(alternatives), one, less = word;

    if (plural && word.len > 2 && tolower((unsigned char)word.ptr[word.len - 1]) == 's')
        less.len--;
    while (str_split(&rest, '|', &one))
        if (same(word, one) || (plural && same(less, one)))
            return true;
    return false;
}

static bool has(const struct aws_parse *p, const char *alternatives)
{
    for (size_t i = 0; i < p->count; i++)
        if (aws_phrase_among(p->w[i], alternatives, false))
            return true;
    return false;
}

static bool next_is(const struct aws_parse *p, size_t i, const char *alternatives)
{
    return i + 1 < p->count && !p->used[i + 1] &&
           aws_phrase_among(p->w[i + 1], alternatives, false);
}

static const char *text_of(struct aws_parse *p, size_t i)
{
    return arena_str(p->a, p->w[i]);
}

void aws_phrase_use(struct aws_parse *p, size_t from, size_t count)
{
    for (size_t i = from; i < from + count && i < p->count; i++)
        p->used[i] = true;
}

/* ---- what kind of thing ---- */

/* How many words from `at` on are this noun; 0: none. */
static size_t noun_fits(const struct aws_parse *p, size_t at, const struct aws_noun *n)
{
    struct str rest = str_from(n->words), one;
    size_t best = 0;

    while (str_split(&rest, '|', &one)) {
        struct str words = one, word;
        size_t k = 0;
        bool fits = true;

        while (fits && str_split(&words, ' ', &word)) {
            char text[40];

            (void)snprintf(text, sizeof(text), "%.*s", STR_FMT(word));
            fits =
                at + k < p->count && !p->used[at + k] && aws_phrase_among(p->w[at + k], text, true);
            k++;
        }
        if (fits && k > best)
            best = k;
    }
    return best;
}

static const struct aws_noun *noun_at(const struct aws_parse *p, size_t at, size_t *ret_words)
{
    const struct aws_noun *all, *best = NULL;
    size_t count;

    all = aws_nouns(&count);
    *ret_words = 0;
    for (size_t i = 0; i < count; i++) {
        size_t n = noun_fits(p, at, &all[i]);

        if (n > *ret_words) {
            *ret_words = n;
            best = &all[i];
        }
    }
    return best;
}

static bool same_service(const struct aws_noun *a, const struct aws_noun *b)
{
    size_t n = a->service ? strcspn(a->service, ":") : 0;

    return b->service && (n == 0 || (strncmp(a->service, b->service, n) == 0 &&
                                     (b->service[n] == ':' || !b->service[n])));
}

/* The first is what it is about; one right behind it that is of the same service says more
 * ("ec2 security groups"). Of others the words are left: they are no filter that is known. */
static void find_noun(struct aws_parse *p)
{
    for (size_t i = 0; i < p->count; i++) {
        size_t n;
        const struct aws_noun *it = noun_at(p, i, &n);

        if (!it)
            continue;
        if (!p->noun || (p->noun_at == i && same_service(p->noun, it)) ||
            (p->noun_at == i && !p->noun->ask && it->ask)) {
            if (!p->noun || !it->ask || !*p->noun->service)
                p->noun = it;
            p->noun_at = i + n;
            p->noun_first = p->noun_first || i == 0;
            aws_phrase_use(p, i, n);
        }
        i += n - 1;
    }
}

/* ---- where ---- */

static const struct {
    const char *words, *region;
} places[] = {
    /* Source: AWS General Reference, "Regional endpoints". */
    {"ireland|dublin", "eu-west-1"}, {"london", "eu-west-2"},      {"paris", "eu-west-3"},
    {"frankfurt", "eu-central-1"},   {"zurich", "eu-central-2"},   {"milan", "eu-south-1"},
    {"stockholm", "eu-north-1"},     {"virginia", "us-east-1"},    {"ohio", "us-east-2"},
    {"california", "us-west-1"},     {"oregon", "us-west-2"},      {"tokyo", "ap-northeast-1"},
    {"seoul", "ap-northeast-2"},     {"osaka", "ap-northeast-3"},  {"mumbai", "ap-south-1"},
    {"singapore", "ap-southeast-1"}, {"sydney", "ap-southeast-2"}, {"montreal", "ca-central-1"},
};

static void add_to(struct aws_parse *p, const char **list, const char *word)
{
    *list = *list ? arena_printf(p->a, "%s,%s", *list, word) : word;
}

static bool take_region(struct aws_parse *p, size_t i)
{
    if (aws_region_valid(p->w[i])) {
        add_to(p, &p->region, text_of(p, i));
        aws_phrase_use(p, i, 1);
        return true;
    }
    for (size_t k = 0; k < sizeof(places) / sizeof(places[0]); k++)
        if (aws_phrase_among(p->w[i], places[k].words, false)) {
            add_to(p, &p->region, places[k].region);
            aws_phrase_use(p, i, 1);
            return true;
        }
    if (aws_phrase_among(p->w[i], "everywhere", false) ||
        (aws_phrase_among(p->w[i], "all|every|each|any", false) &&
         next_is(p, i, "regions|region"))) {
        p->region = "all";
        aws_phrase_use(p, i, 2);
        return true;
    }
    return false;
}

static bool take_account(struct aws_parse *p, size_t i)
{
    if (aws_phrase_among(p->w[i], "all|every|each|any", false) &&
        next_is(p, i, "accounts|account")) {
        p->account = "all";
        aws_phrase_use(p, i, 2);
        return true;
    }
    if (aws_phrase_among(p->w[i], "account|accounts", false) && i + 1 < p->count &&
        !p->used[i + 1]) {
        add_to(p, &p->account, text_of(p, i + 1));
        aws_phrase_use(p, i, 2);
        return true;
    }
    if (p->is_account && p->is_account(p->ctx, p->w[i])) {
        add_to(p, &p->account, text_of(p, i));
        aws_phrase_use(p, i, 1);
        if (next_is(p, i, "account"))
            aws_phrase_use(p, i + 1, 1);
        return true;
    }
    return false;
}

bool aws_phrase_take_place(struct aws_parse *p, size_t i)
{
    return take_region(p, i) || take_account(p, i);
}

/* ---- which of them ---- */

void aws_phrase_and(struct aws_parse *p)
{
    if (p->where.len)
        buf_adds(&p->where, " and ");
}

/* A word that stands in the expression as it is: letters, digits and what tags have. */
static bool plain(struct str s)
{
    for (size_t i = 0; i < s.len; i++)
        if (!isalnum((unsigned char)s.ptr[i]) && !strchr("-_./:@+", s.ptr[i]))
            return false;
    return s.len > 0 && s.len < 128;
}

static bool take_tag(struct aws_parse *p, size_t i)
{
    bool named = aws_phrase_among(p->w[i], "tagged|tag|tags", false);
    size_t at = named ? i + 1 : i;
    struct str tag, key;

    if (named && at < p->count && aws_phrase_among(p->w[at], "with|as", false))
        at++;
    if (at >= p->count || p->used[at] || (!named && !memchr(p->w[at].ptr, '=', p->w[at].len)))
        return false;
    tag = p->w[at];
    if (i && aws_phrase_among(p->w[i - 1], "without|no", false)) {
        key = tag;
        if (!plain(key))
            return false;
        aws_phrase_and(p);
        buf_addf(&p->where, "not (exists tags[\"%.*s\"])", STR_FMT(key));
        aws_phrase_use(p, i - 1, at - i + 2);
        return true;
    }
    if (p->tags.len)
        buf_addc(&p->tags, ',');
    buf_add_str(&p->tags, tag);
    aws_phrase_use(p, i, at - i + 1);
    return true;
}

static bool take_id(struct aws_parse *p, size_t i)
{
    const char *kind = aws_id_kind(p->w[i]);
    bool arn = str_starts(p->w[i], "arn:");

    if (!kind && !arn)
        return false;
    if (arn || !p->noun || !p->noun->service || strcmp(p->noun->service, kind) == 0)
        p->match = text_of(p, i);
    else
        p->mentions = text_of(p, i);
    if (!p->noun && kind) {
        const struct aws_noun *all;
        size_t count;

        all = aws_nouns(&count);
        for (size_t k = 0; !p->noun && k < count; k++)
            if (all[k].service && strcmp(all[k].service, kind) == 0)
                p->noun = &all[k];
    }
    aws_phrase_use(p, i, 1);
    return true;
}

static bool take_name(struct aws_parse *p, size_t i)
{
    if (!aws_phrase_among(p->w[i], "named|called", false) || i + 1 >= p->count || p->used[i + 1])
        return false;
    p->match = text_of(p, i + 1);
    aws_phrase_use(p, i, 2);
    return true;
}

static void take_filters(struct aws_parse *p)
{
    for (size_t i = 0; i < p->count; i++)
        if (!p->used[i])
            (void)(aws_phrase_window(p, i) || take_tag(p, i) || take_name(p, i) ||
                   take_region(p, i) || take_account(p, i) || take_id(p, i) ||
                   aws_phrase_state(p, i));
}

/* ---- what is wanted ---- */

#define LIST_VERBS                                                                                 \
    "list|show|get|display|what|which|find|see|give|how|count|scan|are|is|any|describe|read|"      \
    "search"
#define FILLERS                                                                                    \
    "the|a|an|all|any|my|our|me|of|in|on|for|from|with|within|at|is|are|there|that|have|has|"      \
    "please|currently|now|by|to|into|and|every|each|which|what|do|does|we|i|you|amazon|cloud|"     \
    "region|regions|their|its|it|many|much|state|status|kind|how|doing|about|can|could|tell|"      \
    "these|those|who|use|uses|using|resources|resource|inventory|details|detail|id|ids|up|"        \
    "belonging|belong|attached-to|everything|were|was|deployed|report|running?"

bool aws_phrase_is_filler(struct str word)
{
    return aws_phrase_among(word, FILLERS, false);
}

/* "Which buckets are public": what is open to others is judged, it is no name. */
static bool is_about_safety(struct aws_parse *p)
{
    static const char *const words = "public|publicly|exposed|open|insecure|unsafe|unencrypted";
    static const char *const judged = "s3:bucket|rds:instance|rds:snapshot|ec2:security-group|"
                                      "ec2:snapshot|ec2:image|ec2:volume";
    bool found = false;

    if (!p->noun || !p->noun->service ||
        !aws_phrase_among(str_from(p->noun->service), judged, false))
        return false;
    for (size_t i = 0; i < p->count; i++)
        if (!p->used[i] && aws_phrase_among(p->w[i], words, false)) {
            aws_phrase_use(p, i, 1);
            found = true;
        }
    return found;
}

static void find_does(struct aws_parse *p)
{
    static const struct {
        const char *words;
        enum does does;
    } rows[] = {
        {"anomalies|anomaly|anomalous|unusual|report", DOES_ANOMALIES},
        {"metrics|metric|utilization|utilisation", DOES_METRICS},
        {"logs|log|logging", DOES_LOGS},
        {"cost|costs|spend|bill|billing|pay|expensive", DOES_COST},
        {"changes|changed|change|deployments|deployment|deploys|modified", DOES_CHANGES},
        {"findings|finding|security", DOES_FINDINGS},
        {"check|health|healthcheck", DOES_CHECK},
    };
    static const char *const acts = "start|stop|reboot|restart|terminate|failover|scale|delete|"
                                    "drain|rollback|redeploy";

    if (p->count && aws_phrase_among(p->w[0], acts, false)) {
        p->does = DOES_ACT;
        p->change = text_of(p, 0);
        aws_phrase_use(p, 0, 1);
        return;
    }
    if (is_about_safety(p))
        p->does = DOES_FINDINGS;
    for (size_t k = 0; k < sizeof(rows) / sizeof(rows[0]); k++)
        for (size_t i = 0; i < p->count; i++) {
            if (p->used[i] || !aws_phrase_among(p->w[i], rows[k].words, false))
                continue;
            aws_phrase_use(p, i, 1);
            if (p->does == DOES_LIST)
                p->does = rows[k].does;
        }
}

/* What begins a sentence about AWS: a verb, a question, or the thing itself and what is wanted. */
static bool begins(const struct aws_parse *p)
{
    bool whole = p->noun_first;

    for (size_t i = 0; i < p->count; i++)
        whole = whole && p->used[i];
    return whole || p->does != DOES_LIST ||
           (p->count &&
            aws_phrase_among(p->w[0], LIST_VERBS "|detect|generate|check|health", false));
}

static void take_fillers(struct aws_parse *p)
{
    for (size_t i = 0; i < p->count; i++)
        if (!p->used[i] &&
            (aws_phrase_among(p->w[i], FILLERS, false) ||
             (i == 0 && aws_phrase_among(p->w[i], LIST_VERBS "|detect|generate", false)) ||
             (p->does != DOES_LIST &&
              aws_phrase_among(p->w[i], LIST_VERBS "|detect|generate", false))))
            p->used[i] = true;
}

/* One word that is left is a name; more are not understood. */
static bool take_rest(struct aws_parse *p, struct aws_phrase *ret)
{
    size_t left = 0, at = 0;

    for (size_t i = 0; i < p->count; i++)
        if (!p->used[i]) {
            left++;
            at = i;
        }
    if (!left)
        return true;
    if (left == 1 && !p->match && (p->noun || p->does != DOES_LIST)) {
        p->match = text_of(p, at);
        return true;
    }
    ret->is = AWS_PHRASE_ASK;
    ret->unread = true;
    ret->missing = arena_printf(p->a,
                                "\"%.60s\" is not understood here. A name is one word, a tag "
                                "KEY=VALUE, a place a region or an account.",
                                text_of(p, at));
    return false;
}

static bool is_trouble(const struct aws_parse *p)
{
    return has(p, "why|slow|slowly|wrong|crashes|crashed|hangs|investigate|diagnose|troubleshoot|"
                  "debug|cannot|throttles|throttling|throttled|growing|unreachable|unavailable|"
                  "degraded|unresponsive|backlog|flapping");
}

/* "Is AWS well?", "how is rds doing": whoever asks so wants to know what is wrong, and no list. */
static bool is_wellbeing(const struct aws_parse *p)
{
    static const char *const words = "well|ok|okay|alright|right|fine|working|down|healthy|good";

    return p->count > 1 && aws_phrase_among(p->w[0], "is|are|how|does|do", false) &&
           (has(p, words) || (aws_phrase_among(p->w[0], "how", false) &&
                              aws_phrase_among(p->w[1], "is|are|goes", false)));
}

static bool is_about_aws(const struct aws_parse *p)
{
    bool id = false;

    for (size_t i = 0; i < p->count; i++)
        id = id || aws_id_kind(p->w[i]) || str_starts(p->w[i], "arn:") ||
             (p->does == DOES_LOGS && str_starts(p->w[i], "/aws/"));
    return (p->noun && (!p->noun->common || p->configured)) || (id && p->configured);
}

static void finish(struct aws_parse *p, struct aws_phrase *ret)
{
    struct buf args = BUF_INIT(ARGS_MAX);
    struct json_writer w;

    ret->verb = p->count ? text_of(p, 0) : "";
    ret->title = aws_phrase_title(p);
    if (p->noun && p->noun->ask) {
        ret->is = AWS_PHRASE_ASK;
        ret->missing = p->noun->ask;
    } else if (!take_rest(p, ret)) {
        ret->title = "";
    } else if (p->does == DOES_ACT) {
        aws_phrase_no_act(p, ret);
    } else {
        ret->title = aws_phrase_title(p);
        json_writer_init(&w, &args);
        json_object_begin(&w);
        ret->is = aws_phrase_call(p, &w, ret) ? AWS_PHRASE_CALL : AWS_PHRASE_ASK;
        json_object_end(&w);
        ret->args = arena_str(p->a, buf_str(&args));
    }
    buf_release(&args);
}

void aws_phrase_parse(struct str text, bool configured, aws_account_fn *is_account, void *ctx,
                      struct arena *a, struct aws_phrase *ret)
{
    struct aws_parse p = {.a = a,
                          .configured = configured,
                          .is_account = is_account,
                          .ctx = ctx,
                          .tags = BUF_INIT(CONDITION_MAX),
                          .where = BUF_INIT(CONDITION_MAX)};

    *ret = (struct aws_phrase){.verb = "", .tool = "", .args = "{}", .title = ""};
    split(&p, text);
    phrase_from_german(p.w, p.count, is_account, ctx);
    if (!p.count || is_trouble(&p) || is_wellbeing(&p) || aws_phrase_act(&p, ret))
        return;
    find_noun(&p);
    find_does(&p);
    if (is_about_aws(&p)) {
        take_filters(&p);
        take_fillers(&p);
        if (begins(&p))
            finish(&p, ret);
    }
    buf_release(&p.tags);
    buf_release(&p.where);
}

void aws_phrase_help(struct buf *out)
{
    buf_adds(out, "- list ec2 instances in eu-west-1\n"
                  "- show stopped instances tagged team=payments\n"
                  "- which security groups of vpc-1\n"
                  "- check rds\n"
                  "- show metrics of lambda checkout\n"
                  "- what changed in ecs?\n"
                  "- restart ecs service web in cluster prod in eu-west-1\n");
}
