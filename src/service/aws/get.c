/* get.c - see get.h. */
#include "runbook/service/aws/get.h"

#include "runbook/base/num.h"
#include "runbook/base/text.h"
#include "runbook/base/timefmt.h"
#include "runbook/codec/json.h"

#define SECONDS_MAX 1e11 /* a larger number counts milliseconds: the year 5138 */

enum err_code aws_get_region(const struct aws_account *a, const char *given, const char **ret,
                             struct err *err)
{
    const char *region = given && *given ? given : aws_account_region(a);

    if (!region || !*region)
        return err_set(err, ERR_INPUT,
                       "no region: name one, or set AWS_REGION or the account's regions");
    /* One of services.yaml is taken as it is. */
    if ((region == given || !a->regions || !a->regions[0]) && aws_region_check(region, err))
        return err->code;
    *ret = region;
    return ERR_OK;
}

enum err_code aws_get_send(const struct aws_get *q, const struct aws_callbacks *cb, void *ctx,
                           aws_id *ret_id, struct err *err)
{
    struct aws_query query = {.params = q->values,
                              .max_items = q->max_items,
                              .max_pages = q->max_pages,
                              .timeout_ms = q->timeout_ms,
                              .tally = q->tally};
    struct arena *arena = arena_new(0);

    if (!aws_catalogue_get(q->estate->catalogue, str_from(q->service), &query.service, err) &&
        !aws_catalogue_operation(query.service, str_from(q->operation), &query.list, err) &&
        !aws_get_region(q->account, q->region, &query.region, err) &&
        !(q->params.len && json_parse(arena, q->params, &query.params, err)))
        *ret_id = aws_send(q->account->client, &query, cb, ctx);
    arena_free(arena);
    return err->code;
}

int64_t aws_moment_ms(const struct value *v)
{
    double n;
    int64_t ms;

    if (!v || (v->type != VALUE_NUMBER && v->type != VALUE_STRING))
        return 0;
    if (v->type == VALUE_NUMBER)
        n = v->u.number;
    else if (!num_f64(v->u.string, &n))
        return time_parse(v->u.string, &ms) ? ms : 0;
    if (!(n > 0 && n < SECONDS_MAX * 1000))
        return 0;
    return (int64_t)(n < SECONDS_MAX ? n * 1000 + 0.5 : n);
}

const char *aws_clean(struct arena *arena, const struct value *obj, const char *key, size_t max)
{
    struct str s = value_str_or(obj, key, "");
    struct buf clean = BUF_INIT(max * 8 + 64);
    const char *copy;

    if (s.len > max) {
        s.len = max;
        while (s.len && ((unsigned char)s.ptr[s.len] & 0xc0) == 0x80)
            s.len--;
    }
    text_sanitize(&clean, s, false, false);
    copy = arena_str(arena, buf_str(&clean));
    buf_release(&clean);
    return copy;
}
