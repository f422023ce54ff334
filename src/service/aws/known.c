/* known.c - see known.h: a table of numbers, open addressing, never more than half full. */
#include "runbook/service/aws/known.h"

#include <stdlib.h>

#include "runbook/base/mem.h"

#define FIRST 1024
#define KEY_MAX ((size_t)8 << 10)

struct aws_known {
    uint64_t *slots; /* 0: free */
    size_t room, count;
};

struct aws_known *aws_known_new(void)
{
    struct aws_known *k = xcalloc(1, sizeof(*k));

    k->room = FIRST;
    k->slots = xcalloc(k->room, sizeof(*k->slots));
    return k;
}

void aws_known_free(struct aws_known *k)
{
    if (!k)
        return;
    free(k->slots);
    free(k);
}

static uint64_t number_of(struct str text)
{
    uint64_t h = UINT64_C(14695981039346656037);

    for (size_t i = 0; i < text.len; i++)
        h = (h ^ (unsigned char)text.ptr[i]) * UINT64_C(1099511628211);
    return h ? h : 1;
}

static size_t slot_of(const uint64_t *slots, size_t room, uint64_t number)
{
    size_t at = (size_t)(number ^ number >> 32) & (room - 1);

    while (slots[at] && slots[at] != number)
        at = (at + 1) & (room - 1);
    return at;
}

static void grow(struct aws_known *k)
{
    size_t room = k->room * 2;
    uint64_t *slots = xcalloc(room, sizeof(*slots));

    for (size_t i = 0; i < k->room; i++)
        if (k->slots[i])
            slots[slot_of(slots, room, k->slots[i])] = k->slots[i];
    free(k->slots);
    k->slots = slots;
    k->room = room;
}

bool aws_known_add(struct aws_known *k, struct str text)
{
    uint64_t number = number_of(text);
    size_t at = slot_of(k->slots, k->room, number);

    if (k->slots[at])
        return false;
    k->slots[at] = number;
    if (++k->count * 2 > k->room)
        grow(k);
    return true;
}

static bool has(const struct aws_known *k, struct str text)
{
    return k->slots[slot_of(k->slots, k->room, number_of(text))] != 0;
}

/* Blanks stand in none of the parts but the last. */
static void put_key(struct buf *key, const char *kind, struct str service, struct str region,
                    struct str id)
{
    buf_clear(key);
    buf_addf(key, "%s %.*s %.*s %.*s", kind, STR_FMT(service), STR_FMT(region), STR_FMT(id));
}

/* "arn:aws:logs:...:log-group:/app:*": the group and its streams. */
static struct str plain_arn(struct str arn)
{
    if (str_ends(arn, ":*"))
        arn.len -= 2;
    return arn;
}

bool aws_known_note(struct aws_known *k, const struct aws_resource *r)
{
    struct buf key = BUF_INIT(KEY_MAX);
    struct str service = r->service->arn.len ? r->service->arn : r->service->signing;
    bool first;

    /* One name in two clusters is two: then it has an ARN. */
    put_key(&key, r->list->resource.ptr, r->service->id, str_from(r->region),
            r->arn.len ? r->arn : r->id);
    first = aws_known_add(k, buf_str(&key));
    if (r->arn.len) {
        (void)aws_known_add(k, plain_arn(r->arn));
    } else {
        put_key(&key, "id", service, str_from(r->region), r->id);
        (void)aws_known_add(k, buf_str(&key));
        put_key(&key, "id", service, STR_LIT(""), r->id);
        (void)aws_known_add(k, buf_str(&key));
    }
    buf_release(&key);
    return first;
}

/* `piece` are those of an ARN before its last: of a service without regions, too. */
static bool has_id(const struct aws_known *k, const struct str *piece, struct str id)
{
    struct buf key = BUF_INIT(KEY_MAX);
    bool found;

    put_key(&key, "id", piece[2], piece[3], id);
    found = has(k, buf_str(&key));
    put_key(&key, "id", piece[2], STR_LIT("global"), id);
    found = found || has(k, buf_str(&key));
    buf_release(&key);
    return found;
}

/* "parameter/orders/url" is /orders/url, "instance/i-1" is i-1. */
bool aws_known_has_arn(const struct aws_known *k, struct str arn)
{
    struct str rest = plain_arn(arn), piece[5];
    bool found = has(k, rest);

    for (size_t i = 0; i < 5; i++)
        if (!str_split(&rest, ':', &piece[i]))
            rest = (struct str){NULL, 0};
    for (size_t i = 0; !found && i < rest.len; i++)
        if (rest.ptr[i] == '/' || rest.ptr[i] == ':' || !i)
            found = has_id(k, piece, (struct str){rest.ptr + i, rest.len - i}) ||
                    has_id(k, piece, (struct str){rest.ptr + i + 1, rest.len - i - 1});
    return found;
}
