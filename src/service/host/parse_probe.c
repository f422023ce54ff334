/* parse_probe.c - what a connection attempt and questions to name servers came to. */
#include "parse_priv.h"

#include <stdlib.h>

#define ANSWERS_MAX 16

enum err_code host_reach_parse(struct host_reach *ret, struct arena *arena, struct str bundle,
                               struct err *err)
{
    struct parse p = {
        .gap_items = &ret->gaps.items, .gap_count = &ret->gaps.count, .gap_cap = &ret->gaps.cap};
    struct str text, line;
    enum err_code rc;

    *ret = (struct host_reach){.ms = NAN, .word = ""};
    rc = parse_begin(&p, arena, bundle, err);
    if (rc)
        goto done;
    if (host_bundle_find(&p.bundle, "probe", 1)) {
        text = parse_section(&p, "probe", 1, true);
        ret->word = parse_text(&p, parse_word(&text), 32);
        ret->ms = parse_num(parse_word(&text), NAN);
    }
    if (!host_bundle_find(&p.bundle, "resolve", 1))
        goto done;
    text = parse_section(&p, "resolve", 1, true);
    while (str_line(&text, &line) && ret->answers.count < ANSWERS_MAX) {
        struct host_dns_answer a = {0};

        a.addr = parse_text(&p, parse_word(&line), 64);
        a.word = parse_text(&p, parse_word(&line), 32);
        a.ms = parse_num(parse_word(&line), NAN);
        if (*a.word)
            *VEC_PUSH(&ret->answers) = a;
    }
done:
    parse_end(&p);
    return rc;
}

void host_reach_release(struct host_reach *r)
{
    VEC_RELEASE(&r->answers);
    VEC_RELEASE(&r->gaps);
}
