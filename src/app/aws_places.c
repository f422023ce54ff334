/* aws_places.c - see aws_places.h. */
#include "src/app/aws_places.h"

#include "runbook/base/text.h"
#include "runbook/policy/redact.h"
#include "runbook/service/aws/regions.h"

#define OUT_MAX ((size_t)256 << 20)

struct asking {
    struct aws_places *places;
    struct aws_account *account;
    struct aws_regions *question;
};

static void add(struct aws_places *p, struct aws_account *a, const char *region)
{
    VEC_EACH (it, &p->list)
        if (it->account == a && strcmp(it->region, region) == 0)
            return;
    *VEC_PUSH(&p->list) = (struct aws_spot){a, arena_strdup(p->run->arena, region)};
}

static void on_regions(void *ctx, const char *const *regions, size_t count,
                       const struct aws_result *r)
{
    struct asking *q = ctx;

    for (size_t i = 0; i < count; i++)
        add(q->places, q->account, regions[i]);
    if (!count && !q->places->err.code)
        err_set(&q->places->err, ERR_REMOTE, "the regions of account %s: %s", q->account->name,
                r->err.code ? r->err.msg : "none is switched on");
    q->places->open--;
}

static void ask_regions(struct aws_places *p, struct aws_account *a)
{
    struct asking *q = arena_alloc(p->run->arena, sizeof(*q));

    *q = (struct asking){.places = p, .account = a};
    p->open++;
    q->question = aws_regions_ask(a->client, p->run->catalogue, NULL, on_regions, q);
}

static enum err_code of_account(struct aws_places *p, struct aws_account *a,
                                const struct cmd_args *args, struct err *err)
{
    size_t named = args_count(args, "region");

    for (size_t i = 0; i < named; i++) {
        const char *region = args_at(args, "region", i);

        if (strcmp(region, "all") == 0)
            ask_regions(p, a);
        else if (aws_region_check(region, err))
            return err->code;
        else
            add(p, a, region);
    }
    for (size_t i = 0; !named && a->regions[i]; i++)
        add(p, a, a->regions[i]);
    if (!named && !a->regions[0] && aws_account_region(a))
        add(p, a, aws_account_region(a));
    if (!named && !a->regions[0] && !aws_account_region(a))
        return err_set(err, ERR_INPUT,
                       "no region for account %s: name one (--region, or --region all), or set "
                       "AWS_REGION",
                       a->name);
    return ERR_OK;
}

enum err_code aws_places_find(struct aws_places *p, struct aws_run *run,
                              const struct cmd_args *args, struct err *err)
{
    *p = (struct aws_places){.run = run};
    VEC_EACH (a, &run->estate->accounts)
        if (of_account(p, a, args, err))
            return err->code;
    while (p->open && loop_turn(run->loop, true))
        ;
    if (!p->list.count && p->err.code) {
        *err = p->err;
        return err->code;
    }
    return ERR_OK;
}

void aws_places_release(struct aws_places *p)
{
    VEC_RELEASE(&p->list);
}

/* ---- printing ---- */

int aws_print(struct app *app, struct str text)
{
    return aws_print_as(app, text, app->json);
}

int aws_print_as(struct app *app, struct str text, bool data)
{
    struct buf out = BUF_INIT(OUT_MAX), safe = BUF_INIT(OUT_MAX);
    struct redactor *r;
    char salt[17];
    int rc;

    rng_id(app_rng(app), salt, sizeof(salt) - 1);
    r = redactor_new(str_from(salt));
    (void)redactor_apply_or_withhold(r, &out, text);
    if (data)
        buf_add_str(&safe, buf_str(&out));
    else
        text_sanitize(&safe, buf_str(&out), true, app->ascii);
    rc = app_print(buf_str(&safe));
    redactor_free(r);
    buf_release(&out);
    buf_release(&safe);
    return rc;
}

void aws_csv_field(struct buf *out, const char *s, bool last)
{
    bool formula = *s && strchr("=+-@", *s) && strlen(s) > 1;

    buf_addc(out, '"');
    if (formula)
        buf_addc(out, '\'');
    for (; *s; s++) {
        if (*s == '"')
            buf_addc(out, '"');
        buf_addc(out, *s);
    }
    buf_adds(out, last ? "\"\r\n" : "\",");
}

void aws_put_cell(struct buf *out, const char *s, int width, bool ascii)
{
    size_t before = out->len;

    text_ellipsis(out, str_from(s), width, ascii);
    for (int n = text_width((struct str){out->ptr + before, out->len - before}); n < width + 1; n++)
        buf_addc(out, ' ');
}

void aws_widen(int *width, const char *s, int most)
{
    int n = text_width(str_from(s));

    if (n > *width)
        *width = n < most ? n : most;
}
