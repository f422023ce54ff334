/* judge.c - the tables of sources and checks, and checks run over facts. Pure. */
#include <stdarg.h>
#include <stdlib.h>

#include "runbook/codec/hash.h"
#include "security_priv.h"

extern const struct sec_source sec_s3_sources[], sec_ec2_sources[], sec_data_sources[],
    sec_iam_sources[], sec_account_sources[], sec_edge_sources[], sec_other_sources[];
extern const struct sec_check sec_s3_checks[], sec_ec2_checks[], sec_data_checks[],
    sec_iam_checks[], sec_account_checks[], sec_edge_checks[];

const struct sec_source *const sec_source_lists[] = {
    sec_s3_sources,      sec_ec2_sources,  sec_data_sources,  sec_iam_sources,
    sec_account_sources, sec_edge_sources, sec_other_sources, NULL};
const struct sec_check *const sec_check_lists[] = {sec_s3_checks,
                                                   sec_ec2_checks,
                                                   sec_data_checks,
                                                   sec_iam_checks,
                                                   sec_account_checks,
                                                   sec_edge_checks,
                                                   NULL};

const struct sec_source *sec_source_find(const char *name)
{
    for (size_t i = 0; sec_source_lists[i]; i++)
        for (const struct sec_source *s = sec_source_lists[i]; s->name; s++)
            if (strcmp(s->name, name) == 0)
                return s;
    return NULL;
}

/* ---- checks by index: by service, then id ---- */

static bool comes_before(const struct sec_check *a, const struct sec_check *b)
{
    int c = strcmp(a->is.service, b->is.service);

    return c ? c < 0 : strcmp(a->is.id, b->is.id) < 0;
}

size_t security_check_count(void)
{
    size_t n = 0;

    for (size_t i = 0; sec_check_lists[i]; i++)
        for (const struct sec_check *c = sec_check_lists[i]; c->is.id; c++)
            n++;
    return n;
}

/* The one that `index` others come before. */
const struct sec_check *sec_check_row(size_t index)
{
    for (size_t i = 0; sec_check_lists[i]; i++)
        for (const struct sec_check *c = sec_check_lists[i]; c->is.id; c++) {
            size_t before = 0;

            for (size_t k = 0; sec_check_lists[k]; k++)
                for (const struct sec_check *d = sec_check_lists[k]; d->is.id; d++)
                    before += comes_before(d, c);
            if (before == index)
                return c;
        }
    return NULL;
}

void security_check_at(size_t index, struct security_check *ret)
{
    const struct sec_fix *fix;

    *ret = sec_check_row(index)->is;
    fix = sec_fix_find(ret->id);
    ret->act = fix ? fix->act : NULL;
    ret->command = fix ? fix->command : NULL;
}

size_t security_check_find(const char *id)
{
    for (size_t i = 0; i < security_check_count(); i++)
        if (strcmp(sec_check_row(i)->is.id, id) == 0)
            return i;
    return SIZE_MAX;
}

bool security_operation_at(size_t index, const char **ret_service, const char **ret_operation)
{
    for (size_t i = 0; sec_source_lists[i]; i++)
        for (const struct sec_source *s = sec_source_lists[i]; s->name; s++)
            if (index-- == 0) {
                *ret_service = s->service;
                *ret_operation = s->operation;
                return true;
            }
    return false;
}

/* ---- what a check asks ---- */

const struct sec_answer *sec_ask(struct sec_case *c, const char *source, const char *key)
{
    static const struct sec_answer unknown;
    const struct sec_answer *a = sec_facts_find(c->facts, source, c->region, key);

    if (!a || a->state == SEC_UNKNOWN)
        c->unjudged = true;
    return a ? a : &unknown;
}

const struct value *sec_first(struct sec_case *c, const char *source)
{
    const struct sec_answer *a = sec_ask(c, source, c->key);

    return a->state == SEC_HAVE && a->items.count ? a->items.items[0] : NULL;
}

const char *sec_arn(struct sec_case *c, const char *service, const char *tail)
{
    return sec_printf(c, "arn:%s:%s:%s:%s:%s", c->partition, service, c->region, c->account, tail);
}

const char *sec_arn_global(struct sec_case *c, const char *service, bool account, const char *tail)
{
    return sec_printf(c, "arn:%s:%s::%s:%s", c->partition, service, account ? c->account : "",
                      tail);
}

/* ---- findings ---- */

/* Evidence without the numbers of days: that a day passed makes no other finding. */
static void put_lasting(struct buf *out, const char *s)
{
    while (*s) {
        size_t digits = strspn(s, "0123456789");

        if (!digits || strncmp(s + digits, " days", 5) != 0)
            buf_add(out, s, digits ? digits : 1);
        s += digits ? digits : 1;
    }
}

static const char *identity(struct arena *a, const struct security_finding *f)
{
    struct buf text = BUF_INIT(65536);
    char hex[SHA256_HEX];

    buf_addf(&text, "%s\n%s\n%s\n%s\n%s\n%s\n", security_source_name(f->source), f->check,
             f->resource, f->account, f->region, f->native);
    if (f->source == SECURITY_OWN) /* two rules of one group are two findings */
        put_lasting(&text, f->evidence);
    hash_sha256_hex(buf_str(&text), hex);
    buf_release(&text);
    return arena_printf(a, "%.16s", hex);
}

static const char *or_empty(const char *s)
{
    return s ? s : "";
}

struct security_finding *sec_report_add(struct security_report *r, const struct security_finding *f)
{
    struct security_finding *to = VEC_PUSH(&r->findings);
    const char **texts[] = {
        &to->native,  &to->check,    &to->service,   &to->also,   &to->resource,  &to->account,
        &to->region,  &to->title,    &to->evidence,  &to->why,    &to->fix,       &to->act,
        &to->command, &to->rollback, &to->reference, &to->status, &to->suppressed};

    *to = *f;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        *texts[i] = or_empty(*texts[i]);
    to->id = identity(r->arena, to);
    return to;
}

void sec_found(struct sec_case *c, const char *resource, const char *fmt, ...)
{
    const struct security_check *is = &c->check->is;
    const struct sec_fix *fix = sec_fix_find(is->id);
    struct buf b = BUF_INIT(4096);
    va_list ap;

    va_start(ap, fmt);
    buf_addv(&b, fmt, ap);
    va_end(ap);
    sec_report_add(
        c->report,
        &(struct security_finding){
            .check = is->id,
            .service = is->service,
            .severity = c->severity < 0 ? is->severity : (enum security_severity)c->severity,
            .source = SECURITY_OWN,
            .resource = resource,
            .account = c->account,
            .region = c->region,
            .title = is->title,
            .evidence = arena_strdup(c->report->arena, buf_cstr(&b)),
            .why = is->why,
            .fix = is->fix,
            .act = *c->act ? c->act : sec_fix_fill(c, fix ? fix->act : "", resource),
            .command = sec_fix_fill(c, fix ? fix->command : "", resource),
            .rollback = is->rollback,
            .reference = is->reference,
        });
    c->act = "";
    c->severity = -1;
    buf_release(&b);
}

static void run_one(struct sec_case *c, sec_check_fn *fn)
{
    c->act = "";
    c->severity = -1;
    c->unjudged = false;
    fn(c);
    if (c->unjudged)
        c->report->unjudged++;
    else
        c->report->judged++;
}

static const char *key_of(struct sec_case *c, const struct sec_source *s, const struct value *item)
{
    const struct value *v = s->id && strcmp(s->id, ".") != 0 ? value_path(item, s->id) : item;

    return s->id && v && v->type == VALUE_STRING ? sec_clean(c->report->arena, v->u.string, 600)
                                                 : "";
}

static void run_items(struct sec_case *c, const char *source, sec_check_fn *fn)
{
    const struct sec_source *s = sec_source_find(source);
    const struct sec_answer *a;
    const char *key;

    for (size_t pos = 0; sec_facts_next(c->facts, source, &pos, &c->region, &key, &a);)
        for (size_t i = 0; i < a->items.count && a->state == SEC_HAVE; i++) {
            c->answer = a;
            c->item = a->items.items[i];
            c->key = key_of(c, s, c->item);
            run_one(c, fn);
        }
}

static void run_answers(struct sec_case *c)
{
    const struct sec_answer *a;

    for (size_t pos = 0;
         sec_facts_next(c->facts, c->check->source, &pos, &c->region, &c->key, &a);) {
        c->answer = a;
        c->item = NULL;
        run_one(c, c->check->once);
    }
}

void sec_judge(const struct sec_judge *j)
{
    for (size_t i = 0; i < security_check_count(); i++) {
        struct sec_case c = {.check = sec_check_row(i),
                             .facts = j->facts,
                             .report = j->report,
                             .account = j->account,
                             .account_name = j->account_name,
                             .home = j->home,
                             .partition = j->partition,
                             .now_ms = j->now_ms};

        if (j->wanted && !j->wanted[i])
            continue;
        if (c.check->once)
            run_answers(&c);
        if (c.check->run)
            run_items(&c, c.check->source, c.check->run);
        if (c.check->also_run)
            run_items(&c, c.check->also_source, c.check->also_run);
    }
}
