/* eval_fixture.c - eval fixtures of RunbookAI: cases with the cause that is expected, in words.
 * Score: cause .5, services .1, confidence .2, phrases .2, over what a case expects, so that a case
 * which names no services loses nothing by it. A case passes at passThreshold, .7 when the file
 * says none. Source: the format's public description and its weights. */
#include "src/app/eval.h"

#include <math.h>
#include <stdlib.h>

#include "runbook/base/file.h"
#include "runbook/base/path.h"

#define PASS_AT 0.7
#define CASES_MAX 10000

static const double weights[4] = {0.5, 0.1, 0.2, 0.2};

struct reading {
    struct eval *ev;
    const char *path;
    struct str text;
    struct err *err;
    double pass_at;
};

static bool strings(struct reading *r, const struct value *expected, const char *where,
                    const char *key, const char *const **ret, size_t *ret_count)
{
    const struct value *list = value_get(expected, key);
    const char **all = arena_array(r->ev->arena, value_count(list) + 1, sizeof(*all));
    struct buf field = BUF_INIT(256);
    size_t n = 0;
    bool good = !list || list->type == VALUE_ARRAY || list->type == VALUE_NULL;

    VALUE_EACH (v, list) {
        good = good && v->type == VALUE_STRING;
        if (good)
            all[n++] = arena_str(r->ev->arena, v->u.string);
    }
    if (!good) {
        buf_addf(&field, "%s.%s", where, key);
        eval_bad(r->err, r->path, r->text, buf_cstr(&field), "must be a list of strings");
    }
    buf_release(&field);
    *ret = all;
    *ret_count = n;
    return good;
}

static bool confidence(struct reading *r, const struct value *expected, const char *where,
                       double *ret)
{
    const struct value *v = value_get(expected, "confidenceAtLeast");
    struct buf field = BUF_INIT(256);
    bool good = true;

    *ret = NAN;
    if (!v || v->type == VALUE_NULL)
        return true;
    if (v->type == VALUE_NUMBER)
        *ret = v->u.number > 1 ? v->u.number / 100 : v->u.number;
    else if (v->type == VALUE_STRING && str_eq_c(v->u.string, "high"))
        *ret = 0.70;
    else if (v->type == VALUE_STRING && str_eq_c(v->u.string, "medium"))
        *ret = 0.40;
    else if (v->type == VALUE_STRING && str_eq_c(v->u.string, "low"))
        *ret = 0;
    good = *ret >= 0 && *ret <= 1;
    if (!good) {
        buf_addf(&field, "%s.confidenceAtLeast", where);
        eval_bad(r->err, r->path, r->text, buf_cstr(&field),
                 "must be low, medium, high, or a number up to 1 (or up to 100)");
    }
    buf_release(&field);
    return good;
}

static bool expected(struct reading *r, const struct value *v, const char *where,
                     struct eval_expected *e)
{
    struct str cause = value_str_or(v, "rootCause", "");

    e->root_cause = cause.len ? arena_str(r->ev->arena, cause) : NULL;
    if (!strings(r, v, where, "rootCauseKeywords", &e->keywords, &e->keyword_count) ||
        !strings(r, v, where, "affectedServices", &e->services, &e->service_count) ||
        !strings(r, v, where, "requiredPhrases", &e->required, &e->required_count) ||
        !strings(r, v, where, "forbiddenPhrases", &e->forbidden, &e->forbidden_count) ||
        !confidence(r, v, where, &e->confidence))
        return false;
    if (e->root_cause || e->keyword_count || e->service_count || e->required_count ||
        e->forbidden_count || !isnan(e->confidence))
        return true;
    eval_bad(r->err, r->path, r->text, where, "expects nothing, so there is nothing to score");
    return false;
}

/* What answers it: the mockResult, or a recorded incident beside the fixture. */
static bool source(struct reading *r, const struct value *v, const char *where, struct eval_case *c)
{
    const struct value *mock = value_get(v, "mockResult");
    const char *incident = value_cstr_or(v, "incidentId", "");
    struct buf field = BUF_INIT(256);
    bool good = true;

    if (mock && mock->type != VALUE_NULL) {
        buf_addf(&field, "%s.mockResult", where);
        c->mocked = good = eval_answer_read(r->ev->arena, mock, &c->answer);
        c->state = EVAL_ANSWERED;
        if (!good)
            eval_bad(r->err, r->path, r->text, buf_cstr(&field),
                     "must be an object with a rootCause or a verdict");
    } else {
        c->state = EVAL_FAILED;
        c->error =
            *incident
                ? arena_printf(r->ev->arena,
                               "it has no mockResult, and there is no recorded incident %s beside "
                               "the fixture",
                               incident)
                : "it has neither a mockResult nor an incidentId";
    }
    buf_release(&field);
    return good;
}

/* A case whose incident was recorded is that incident, with something expected of it. */
static bool join_recorded(struct reading *r, const struct value *v, const struct eval_expected *e,
                          const char *id)
{
    const char *incident = value_cstr_or(v, "incidentId", "");

    VEC_EACH (c, &r->ev->cases) {
        if (c->source != EVAL_RECORDED || !*incident || strcmp(c->id, incident) != 0 || *c->expects)
            continue;
        c->expected = *e;
        c->expects = id;
        c->pass_at = r->pass_at;
        return true;
    }
    return false;
}

static bool read_case(struct reading *r, const struct value *v, size_t at)
{
    struct eval_case c = {.source = EVAL_FIXTURE,
                          .pass_at = r->pass_at,
                          .truth = {.system = "", .group = ""},
                          .answer = {.verdict = "", .cause = "", .service = ""}};
    const char *where = arena_printf(r->ev->arena, "cases.%zu", at);
    const struct value *want = value_get(v, "expected"), *execute = value_get(v, "execute");
    struct str id = value_str_or(v, "id", "");

    if (v->type != VALUE_OBJECT || !id.len) {
        eval_bad(r->err, r->path, r->text, where, "must be an object with an \"id\"");
        return false;
    }
    c.id = c.expects = arena_str(r->ev->arena, id);
    if (!want || want->type != VALUE_OBJECT) {
        eval_bad(r->err, r->path, r->text, where, "needs an object \"expected\"");
        return false;
    }
    if (!expected(r, want, arena_printf(r->ev->arena, "%s.expected", where), &c.expected))
        return false;
    if (value_bool_or(execute, "autoRemediate", false))
        *VEC_PUSH(&r->ev->notes) = arena_printf(
            r->ev->arena, "%s: execute.autoRemediate is not followed: nothing is executed", c.id);
    if (value_get(execute, "maxIterations"))
        *VEC_PUSH(&r->ev->notes) = arena_printf(
            r->ev->arena,
            "%s: execute.maxIterations is not followed: the built-in investigator has no "
            "iterations",
            c.id);
    if (!value_get(v, "mockResult") && join_recorded(r, v, &c.expected, c.id))
        return true;
    if (!source(r, v, where, &c))
        return false;
    if (eval_wanted(r->ev, c.id))
        *VEC_PUSH(&r->ev->cases) = c;
    return true;
}

enum err_code eval_fixture_read(struct eval *ev, const char *path, struct str text,
                                const struct value *root, struct err *err)
{
    struct reading r = {ev, path, text, err, value_num_or(root, "passThreshold", PASS_AT)};
    const struct value *cases = value_get(root, "cases");
    size_t at = 0;

    if (!(r.pass_at >= 0 && r.pass_at <= 1))
        return eval_bad(err, path, text, "passThreshold", "must be from 0 to 1");
    if (!cases || cases->type != VALUE_ARRAY)
        return eval_bad(err, path, text, "cases", "must be a list");
    if (value_count(cases) > CASES_MAX)
        return eval_bad(err, path, text, "cases", "has more than %d entries", CASES_MAX);
    VALUE_EACH (v, cases) {
        if (!read_case(&r, v, at++))
            return err->code;
    }
    return ERR_OK;
}

/* ---- score: pure ---- */

static bool holds(struct str text, const char *phrase)
{
    return str_ifind(text, str_from(phrase)) >= 0;
}

static double cause_score(const struct eval_expected *e, const struct eval_answer *a)
{
    struct str said = str_from(a->cause);
    size_t found = 0;
    double words = 0;

    if (!e->root_cause && !e->keyword_count)
        return NAN;
    if (!said.len)
        return 0;
    if (e->root_cause && (holds(said, e->root_cause) ||
                          (said.len >= 12 && holds(str_from(e->root_cause), a->cause))))
        return 1;
    for (size_t i = 0; i < e->keyword_count; i++)
        found += holds(said, e->keywords[i]);
    if (e->keyword_count)
        words = (double)found / (double)e->keyword_count;
    return words;
}

static double services_score(const struct eval_expected *e, const struct eval_answer *a)
{
    size_t found = 0;

    for (size_t i = 0; i < e->service_count; i++) {
        bool there = holds(str_from(a->service), e->services[i]) && *a->service;

        for (size_t k = 0; k < a->service_count && !there; k++)
            there = strcasecmp(a->services[k], e->services[i]) == 0;
        found += there;
    }
    return e->service_count ? (double)found / (double)e->service_count : NAN;
}

static double phrases_score(const struct eval_expected *e, const struct eval_answer *a)
{
    size_t all = e->required_count + e->forbidden_count, good = 0;

    for (size_t i = 0; i < e->required_count; i++)
        good += holds(a->words, e->required[i]);
    for (size_t i = 0; i < e->forbidden_count; i++)
        good += !holds(a->words, e->forbidden[i]);
    return all ? (double)good / (double)all : NAN;
}

void eval_fixture_score(struct eval_case *c)
{
    const struct eval_expected *e = &c->expected;
    double sum = 0, weight = 0;

    c->score = 0;
    c->passed = false;
    for (int i = 0; i < 4; i++)
        c->parts[i] = NAN;
    if (c->state != EVAL_ANSWERED)
        return;
    c->parts[0] = cause_score(e, &c->answer);
    c->parts[1] = services_score(e, &c->answer);
    c->parts[2] = isnan(e->confidence) ? NAN : c->answer.confidence >= e->confidence - 1e-9;
    c->parts[3] = phrases_score(e, &c->answer);
    for (int i = 0; i < 4; i++) {
        if (isnan(c->parts[i]))
            continue;
        sum += weights[i] * c->parts[i];
        weight += weights[i];
    }
    c->score = weight > 0 ? sum / weight : 0;
    c->passed = c->score >= c->pass_at - 1e-9;
}
