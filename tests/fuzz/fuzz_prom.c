/* fuzz_prom.c - an answer of Prometheus of any bytes: what the streaming decoder accepts is JSON,
 * counting and keeping agree, and every decoder of the smaller answers ends. */
#include "tests/fuzz/targets.h"

#include "runbook/codec/json.h"
#include "runbook/service/alertmanager.h"
#include "runbook/service/prom_answer.h"

static void check_accepted(struct str input, struct arena *arena, const struct prom_answer *kept)
{
    struct prom_caps caps = {.count_only = true};
    struct prom_answer counted;
    const struct value *v;
    struct err err = ERR_INIT;
    size_t samples = 0;

    FUZZ_CHECK(prom_decode(input, &caps, arena, &counted, &err) == ERR_OK);
    FUZZ_CHECK(counted.type == kept->type && counted.series_count == kept->series_count &&
               counted.sample_count == kept->sample_count &&
               counted.names.count == kept->names.count);
    for (size_t i = 0; i < kept->series_count; i++)
        samples += kept->series[i].count;
    FUZZ_CHECK(samples == kept->sample_count);
    /* The tree refuses a repeated key; the scanner does not look for one in what it skips. */
    if (json_parse(arena, input, &v, &err))
        FUZZ_CHECK(strstr(err.msg, "key") || strstr(err.msg, "number"));
}

void fuzz_prom(struct str input)
{
    struct arena *arena = arena_new(0);
    struct prom_answer answer;
    struct prom_alerts alerts;
    struct prom_targets targets;
    struct prom_rules rules;
    struct prom_metas metas;
    struct prom_build build;
    struct am_alerts am_alerts;
    struct am_groups groups;
    struct am_silences silences;
    const char *type, *text;
    struct err err = ERR_INIT;

    if (prom_decode(input, NULL, arena, &answer, &err) == ERR_OK)
        check_accepted(input, arena, &answer);
    else
        FUZZ_CHECK(err.code != ERR_OK && err.msg[0]);
    prom_decode_error(input, arena, &type, &text);
    prom_decode_alerts(input, arena, &alerts, &err);
    prom_decode_targets(input, arena, &targets, &err);
    prom_decode_rules(input, arena, &rules, &err);
    prom_decode_metadata(input, arena, &metas, &err);
    prom_decode_build(input, arena, &build, &err);
    am_decode_alerts(input, arena, &am_alerts, &err);
    am_decode_groups(input, arena, &groups, &err);
    am_decode_silences(input, arena, &silences, &err);
    arena_free(arena);
}
