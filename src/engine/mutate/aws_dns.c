/* aws_dns.c - the weight of a record set of Route 53. The whole set is written again as it was
 * read, with the other weight: if it changed after it was shown, nothing is done. Source: Route 53
 * API Reference, ChangeResourceRecordSets, ResourceRecordSet; GetChange: a change is PENDING until
 * all of its name servers have it, and INSYNC then; generally within 60 seconds. */
#include <inttypes.h>
#include <string.h>

#include "aws_act.h"
#include "runbook/codec/json.h"

#define ID_LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

static const struct tool_param weight_params[] = {
    {"zone", PARAM_STRING, true, NULL, 0, 0, NULL, "The hosted zone's id."},
    {"record", PARAM_STRING, true, NULL, 0, 0, NULL, "The record's name."},
    {"type", PARAM_STRING, false, "A", 0, 0, NULL, "Its type, such as A or CNAME."},
    {"set", PARAM_STRING, true, NULL, 0, 0, NULL, "Its SetIdentifier."},
    {"weight", PARAM_INT, true, NULL, 0, 255, NULL, "Its share; 0: none of the answers."},
    {"account", PARAM_STRING, false, "", 0, 0, NULL,
     "The account of services.yaml; needed where there are several."},
    {NULL},
};

/* "/change/C123" of the answer; "": it is not known. */
static const char *change_id(const struct act *a)
{
    const char *at = a->answer ? strstr(a->answer, "/change/") : NULL;

    at = at ? at + strlen("/change/") : "";
    return arena_strndup(a->arena, at, strspn(at, ID_LETTERS));
}

static enum err_code read_record(struct act *a, struct err *err)
{
    const char *zone = act_arg(a, "zone"), *name = act_arg(a, "record");

    if (act_aws_word_ok("zone", zone, err) ||
        act_aws_word_ok("record", *name == '*' ? name + 1 : name, err) ||
        act_aws_word_ok("type", act_arg(a, "type"), err) || act_aws_begin_global(a, err))
        return err->code;
    act_aws_ask(a, "route53", "ListResourceRecordSets",
                act_aws_params(a, "HostedZoneId", zone, "StartRecordName", name, "StartRecordType",
                               act_arg(a, "type"), "MaxItems", "100", (char *)NULL))
        ->aws.whole = true;
    if (a->after && *change_id(a))
        act_aws_ask(a, "route53", "GetChange", act_aws_params(a, "Id", change_id(a), (char *)NULL));
    return ERR_OK;
}

/* Names end with a point there, and * is \052. */
static bool same_name(const char *theirs, const char *ours)
{
    size_t n = strlen(ours);

    if (*ours == '*' && strncmp(theirs, "\\052", 4) == 0)
        return same_name(theirs + 4, ours + 1);
    n -= n && ours[n - 1] == '.';
    return strncmp(theirs, ours, n) == 0 && (!theirs[n] || strcmp(theirs + n, ".") == 0);
}

/* All weighted sets of this name and type; *ret_sum is their weight. */
static const struct value *record(struct act *a, int64_t *ret_sum, struct err *err)
{
    const struct value *whole = act_aws_one(a, 1, "record", err), *items, *found = NULL;
    size_t n = act_aws_list_at(a, whole, "ResourceRecordSets", &items);

    *ret_sum = 0;
    for (size_t i = 0; i < n; i++) {
        if (!same_name(act_aws_text(a, &items[i], "Name"), act_arg(a, "record")) ||
            strcmp(act_aws_text(a, &items[i], "Type"), act_arg(a, "type")) != 0)
            continue;
        *ret_sum += act_aws_int(a, &items[i], "Weight", 0);
        if (strcmp(act_aws_text(a, &items[i], "SetIdentifier"), act_arg(a, "set")) == 0)
            found = &items[i];
    }
    if (whole && !found)
        err_set(err, ERR_NOT_FOUND, "%.200s %s has no set %.80s", act_arg(a, "record"),
                act_arg(a, "type"), act_arg(a, "set"));
    return found;
}

static const char *json_of(struct act *a, const struct value *v)
{
    struct buf out = BUF_INIT(65536);
    struct json_writer w;
    const char *text;

    json_writer_init(&w, &out);
    json_value(&w, v);
    text = arena_strdup(a->arena, buf_cstr(&out));
    buf_release(&out);
    return text;
}

static void put_text(struct act *a, struct json_writer *w, const struct value *v, const char *name)
{
    const char *text = act_aws_text(a, v, name);

    if (*text)
        json_put_cstr(w, name, text);
}

/* In the order of the schema. */
static const char *changed(struct act *a, const struct value *v)
{
    static const char *const alias[] = {"HostedZoneId", "DNSName", "EvaluateTargetHealth"};
    const struct value *records, *to = value_path(v, "AliasTarget");
    size_t n = act_aws_list_at(a, v, "ResourceRecords", &records);
    struct buf out = BUF_INIT(65536);
    struct json_writer w;
    const char *text;

    json_writer_init(&w, &out);
    json_object_begin(&w);
    put_text(a, &w, v, "Name");
    put_text(a, &w, v, "Type");
    put_text(a, &w, v, "SetIdentifier");
    json_put_int(&w, "Weight", act_arg_int(a, "weight", 0));
    put_text(a, &w, v, "TTL");
    if (n) {
        json_key(&w, "ResourceRecords");
        json_array_begin(&w);
        for (size_t i = 0; i < n; i++) {
            json_object_begin(&w);
            put_text(a, &w, &records[i], "Value");
            json_object_end(&w);
        }
        json_array_end(&w);
    }
    if (to) {
        json_key(&w, "AliasTarget");
        json_object_begin(&w);
        for (size_t i = 0; i < sizeof(alias) / sizeof(alias[0]); i++)
            put_text(a, &w, to, alias[i]);
        json_object_end(&w);
    }
    put_text(a, &w, v, "HealthCheckId");
    json_object_end(&w);
    text = arena_strdup(a->arena, buf_cstr(&out));
    buf_release(&out);
    return text;
}

static enum err_code plan_weight(struct act *a, struct err *err)
{
    struct act_plan *p = &a->plan;
    int64_t want = act_arg_int(a, "weight", 0), have, sum, rest;
    const struct value *v = record(a, &sum, err);

    if (!v)
        return err->code;
    if (!*act_aws_text(a, v, "Weight"))
        return err_set(err, ERR_DENIED, "it is no weighted record");
    have = act_aws_int(a, v, "Weight", 0);
    rest = sum - have;
    act_aws_place(a,
                  arena_printf(a->arena, "%s %s %s", act_arg(a, "record"), act_arg(a, "type"),
                               act_arg(a, "set")),
                  arena_printf(a->arena, "arn:aws:route53:::hostedzone/%s", act_arg(a, "zone")));
    if (want == have)
        p->already = arena_printf(a->arena, "its weight is %" PRId64 " already", want);
    p->before = arena_printf(a->arena, "weight %" PRId64 " of %" PRId64, have, sum);
    p->after = arena_printf(a->arena, "weight %" PRId64 " of %" PRId64, want, rest + want);
    p->effect = rest + want ? arena_printf(a->arena, "it is %.0f %% of the answers, not %.0f %%",
                                           100.0 * (double)want / (double)(rest + want),
                                           sum ? 100.0 * (double)have / (double)sum : 0.0)
                            : "all weights are 0: each is answered as often as any other";
    p->blast = "whoever resolves this name";
    p->cost = "no money";
    p->watch = arena_printf(a->arena, "both sides' load; resolvers keep the old answer for %s s",
                            *act_aws_text(a, v, "TTL") ? act_aws_text(a, v, "TTL") : "about 60");
    p->facts = act_object(a, "account", act_aws_number(a), "record", json_of(a, v), "~weight",
                          act_aws_num(a, have), (char *)NULL);
    p->rollback = arena_printf(a->arena, "back to weight %" PRId64, have);
    p->rollback_operation = "aws.route53.weight";
    p->rollback_args = act_aws_back_args(
        a, "zone", act_arg(a, "zone"), "record", act_arg(a, "record"), "type", act_arg(a, "type"),
        "set", act_arg(a, "set"), "weight:", act_aws_num(a, have), (char *)NULL);
    p->rolls_back = true;
    p->duration_ms = AWS_MINUTE;
    act_aws_do(a, "route53", "ChangeResourceRecordSets",
               act_aws_params(a, "HostedZoneId", act_arg(a, "zone"), "ChangeBatch:",
                              arena_printf(a->arena,
                                           "{\"Comment\":\"runbook %s\",\"Changes\":[{\"Action\":"
                                           "\"UPSERT\",\"ResourceRecordSet\":%s}]}",
                                           a->id, changed(a, v)),
                              (char *)NULL));
    return ERR_OK;
}

/* The zone says it; whether all of its name servers do, the change says. A change that may not be
 * read, or is not known here, leaves that open, and the words say so; one that is PENDING is waited
 * for, and then called neither done nor failed. */
static enum act_check in_sync(struct act *a)
{
    const char *id = change_id(a), *status;
    struct err err = ERR_INIT;
    const struct value *v = *id ? act_aws_one(a, 2, "change", &err) : NULL;

    if (!v) {
        a->said =
            arena_printf(a->arena, "%s; whether all name servers have it is not known: %.200s",
                         a->said, *id ? err.msg : "the change's id was lost with its answer");
        return !*id || err.code == ERR_DENIED || err.code == ERR_NOT_FOUND ? ACT_HOLDS
                                                                           : ACT_NOT_YET;
    }
    status = act_aws_text(a, v, "Status");
    if (strcmp(status, "INSYNC") == 0) {
        a->said = arena_printf(a->arena, "%s, and all name servers have it", a->said);
        return ACT_HOLDS;
    }
    a->unread = true; /* it is set: that its time is over is no reason to take it back */
    a->said = arena_printf(a->arena,
                           "%s, and not yet in sync: not all name servers have it (change "
                           "%s is %.40s)",
                           a->said, id, *status ? status : "in no state");
    return ACT_NOT_YET;
}

static enum act_check verify_weight(struct act *a)
{
    struct err err = ERR_INIT;
    int64_t sum;
    const struct value *v = record(a, &sum, &err);

    a->said = v ? arena_printf(a->arena, "its weight is %s of %" PRId64,
                               act_aws_text(a, v, "Weight"), sum)
                : arena_strdup(a->arena, err.msg);
    if (v)
        act_aws_others(a, act_aws_text(a, v, "Weight"), act_fact(a, "~weight"),
                       act_aws_num(a, act_arg_int(a, "weight", 0)));
    return v && act_aws_int(a, v, "Weight", -1) == act_arg_int(a, "weight", 0) ? in_sync(a)
                                                                               : ACT_NOT_YET;
}

const struct act_def act_route53_weight = {
    .name = "aws.route53.weight",
    .risk = "aws.route53.change-resource-record-sets",
    .uses = AWS_USES("route53:ChangeResourceRecordSets", "route53:GetChange",
                     "route53:ListResourceRecordSets"),
    .help = "Set the weight of a weighted record.",
    .undo = "the weight that it had is set again",
    .resource_type = "record",
    .params = weight_params,
    .floor = RISK_CRITICAL,
    .verify_ms = 3 * AWS_MINUTE,
    .look_ms = AWS_LOOK_MS,
    .read = read_record,
    .plan = plan_weight,
    .verify = verify_weight,
    .available = act_aws_available,
};
