/* eval_answer.c - what an investigation said, from the JSON of `runbook investigate` and from the
 * conclusion of RunbookAI's fixtures (rootCause, affectedServices, confidence in words or numbers).
 */
#include "src/app/eval.h"

#include <math.h>

#define WORDS_MAX ((size_t)4 << 20)

static const char *const *texts(struct arena *a, const struct value *list, size_t *ret_count)
{
    const char **all = arena_array(a, value_count(list) + 1, sizeof(*all));
    size_t n = 0;

    VALUE_EACH (v, list) {
        if (list->type == VALUE_ARRAY && v->type == VALUE_STRING)
            all[n++] = arena_str(a, v->u.string);
    }
    *ret_count = n;
    return all;
}

static void all_words(const struct value *v, struct buf *out)
{
    if (!v)
        return;
    if (v->type == VALUE_STRING) {
        buf_add_str(out, v->u.string);
        buf_addc(out, '\n');
    }
    VALUE_EACH (x, v)
        all_words(x, out);
}

/* 0-1, 0-100, or a level: the middle of what the levels mean (model/confidence.h). */
static double confidence_of(const struct value *v)
{
    struct str s = value_str_or(v, "confidence", "");
    double n = value_num_or(v, "confidence", NAN);

    if (str_eq_c(s, "high"))
        return 0.85;
    if (str_eq_c(s, "medium"))
        return 0.55;
    if (str_eq_c(s, "low"))
        return 0.2;
    return n > 1 ? n / 100 : n;
}

static void read_candidates(struct arena *a, const struct value *list, struct eval_answer *ret)
{
    struct eval_candidate *all = arena_array(a, value_count(list) + 1, sizeof(*all));

    VALUE_EACH (v, list) {
        all[ret->candidate_count].service = arena_str(a, value_str_or(v, "service", ""));
        all[ret->candidate_count++].metric = arena_str(a, value_str_or(v, "metric", ""));
    }
    ret->candidates = all;
}

bool eval_answer_read(struct arena *a, const struct value *v, struct eval_answer *ret)
{
    struct buf words = BUF_INIT(WORDS_MAX);
    const struct value *cause = value_get(v, "root_cause"), *other = value_get(v, "rootCause");
    struct eval_answer r = {.verdict = "", .confidence = NAN, .cause = "", .service = ""};

    if (!v || v->type != VALUE_OBJECT || (!cause && !other && !value_get(v, "verdict")))
        return false;
    r.verdict = arena_str(a, value_str_or(v, "verdict", other ? "root_cause" : ""));
    if (cause && cause->type == VALUE_OBJECT) {
        r.cause = arena_str(a, value_str_or(cause, "statement", ""));
        r.service = arena_str(a, value_str_or(cause, "service", ""));
        r.confidence = confidence_of(cause);
    } else if (other) {
        r.cause = arena_str(a, value_str_or(v, "rootCause", ""));
        r.confidence = confidence_of(v);
    }
    if (value_get(v, "candidates"))
        read_candidates(a, value_get(v, "candidates"), &r);
    r.services = texts(
        a,
        value_get(v, value_get(v, "affected_services") ? "affected_services" : "affectedServices"),
        &r.service_count);
    all_words(v, &words);
    r.words = (struct str){arena_str(a, buf_str(&words)), words.len};
    buf_release(&words);
    *ret = r;
    return true;
}
