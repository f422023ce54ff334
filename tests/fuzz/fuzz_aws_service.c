/* fuzz_aws_service.c - a definition file of a service of AWS; behind a line "----" an answer to
 * each of its lists. What loads can be asked: a request that is built has nothing but text in it, a
 * page that is read ends or names the next. */
#include "tests/fuzz/targets.h"

#include "runbook/base/text.h"
#include "runbook/service/aws/inventory.h"
#include "runbook/service/aws/service.h"

static void check_request(const struct aws_request *q)
{
    for (const char *c = q->target; *c; c++)
        FUZZ_CHECK(*c > ' ' && *c < 0x7f);
    for (size_t i = 0; i < q->header_count; i++)
        FUZZ_CHECK(!strpbrk(q->headers[i].name, "\r\n: ") && !strpbrk(q->headers[i].value, "\r\n"));
}

static void check_item(struct arena *a, const struct aws_service *s, const struct aws_list *l,
                       const struct value *item)
{
    struct aws_resource r;

    if (aws_resource_read(a, s, l, item, &r))
        FUZZ_CHECK((r.id.len || r.name.len || r.arn.len) && text_valid(r.id, NULL) &&
                   text_valid(r.name, NULL) && text_valid(r.arn, NULL) &&
                   text_valid(r.state, NULL));
}

static void check_list(struct arena *a, const struct aws_service *s, const struct aws_list *l,
                       struct str body)
{
    struct value *params = arena_alloc(a, sizeof(*params));
    struct aws_answer answer = {.status = 200, .body = body};
    struct aws_request q;
    struct aws_page page;
    struct err err = ERR_INIT;

    params->type = VALUE_OBJECT;
    params->u.list.count = l->need_count;
    params->u.list.items = arena_alloc(a, (l->need_count + 1) * sizeof(*params));
    for (size_t i = 0; i < l->need_count; i++)
        params->u.list.items[i] = (struct value){
            .type = VALUE_STRING, .key = l->needs[i], .u.string = STR_LIT("a b/\"<\xC3\xA9")};
    if (aws_list_request(a, s, l, params, &q, &err) == ERR_OK)
        check_request(&q);
    else
        FUZZ_CHECK(err.code != ERR_OK && *err.msg);
    if (aws_list_read(a, s, l, params, &answer, &page, &err) != ERR_OK) {
        FUZZ_CHECK(err.code != ERR_OK && *err.msg);
        return;
    }
    FUZZ_CHECK(page.items && page.items->type == VALUE_ARRAY);
    VALUE_EACH (item, page.items)
        check_item(a, s, l, item);
}

void fuzz_aws_service(struct str input)
{
    struct arena *a = arena_new(0);
    ptrdiff_t at = str_find(input, STR_LIT("\n----\n"));
    struct str yaml = at < 0 ? input : (struct str){input.ptr, (size_t)at + 1};
    struct str body =
        at < 0 ? STR_LIT("{}") : (struct str){input.ptr + at + 6, input.len - (size_t)at - 6};
    struct aws_service s, more;
    struct err err = ERR_INIT;

    if (aws_service_load(a, yaml, "mine.yaml", &s, &err) == ERR_OK) {
        for (size_t i = 0; i < s.list_count && i < 16; i++)
            check_list(a, &s, &s.lists[i], body);
        if (aws_service_extend(a, yaml, "more.yaml", &s, &more, &err) != ERR_OK)
            FUZZ_CHECK(err.code != ERR_OK && *err.msg);
    } else {
        FUZZ_CHECK(err.code != ERR_OK && *err.msg && text_valid(str_from(err.msg), NULL));
    }
    (void)aws_service_base(a, yaml);
    arena_free(a);
}
