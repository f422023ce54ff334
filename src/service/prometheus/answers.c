/* answers.c - alerts, targets, rules, metadata and build information: answers small enough for a
 * JSON tree, which is thrown away at once; what is wanted is copied. See prom_answer.h. */
#include "runbook/service/prom_answer.h"

#include <math.h>
#include <string.h>

#include "runbook/base/num.h"
#include "runbook/base/timefmt.h"
#include "runbook/codec/json.h"

/* Open the envelope: *ret_data is "data" of a success. The tree lives in `tree`. */
static enum err_code open_answer(struct str body, struct arena *tree, const struct value **ret_data,
                                 struct err *err)
{
    const struct value *root, *data;
    const char *type, *text;

    if (json_parse(tree, body, &root, err)) {
        err->code = ERR_REMOTE;
        return err_wrap(err, "the answer is no valid JSON");
    }
    if (prom_decode_error(body, tree, &type, &text))
        return err_set(err, ERR_REMOTE, "%s: %s", type, text);
    if (!str_eq_c(value_str_or(root, "status", ""), "success"))
        return err_set(err, ERR_REMOTE,
                       "the answer has no \"status\":\"success\": this is no Prometheus API");
    data = value_get(root, "data");
    if (!data)
        return err_set(err, ERR_REMOTE, "the answer has no \"data\"");
    *ret_data = data;
    return ERR_OK;
}

static enum err_code need_list(const struct value *data, const char *key, const struct value **ret,
                               struct err *err)
{
    const struct value *list = value_get(data, key);

    if (list && list->type == VALUE_NULL)
        list = NULL; /* Go writes an empty list as null here and there */
    else if (!list || list->type != VALUE_ARRAY)
        return err_set(err, ERR_REMOTE, "the answer's \"%s\" is no list", key);
    *ret = list;
    return ERR_OK;
}

static const char *text(struct arena *a, const struct value *v, const char *key)
{
    return arena_str(a, value_str_or(v, key, ""));
}

static struct prom_labels labels(struct arena *a, const struct value *object)
{
    struct prom_labels ret = {0};
    struct prom_label *items;

    if (!object || object->type != VALUE_OBJECT)
        return ret;
    items = arena_array(a, value_count(object), sizeof(*items));
    VALUE_EACH (v, object) {
        if (v->type == VALUE_STRING)
            items[ret.count++] =
                (struct prom_label){arena_str(a, v->key), arena_str(a, v->u.string)};
    }
    ret.items = items;
    return ret;
}

/* RFC 3339; Go's zero time ("0001-01-01T00:00:00Z") and anything unreadable give 0. */
static int64_t time_of(const struct value *v, const char *key)
{
    int64_t ms;

    return time_parse(value_str_or(v, key, ""), &ms) && ms > 0 ? ms : 0;
}

static const char *or_empty(const char *s)
{
    return s ? s : "";
}

static struct prom_alert read_alert(struct arena *a, const struct value *v)
{
    struct prom_alert x = {.labels = labels(a, value_get(v, "labels")),
                           .annotations = labels(a, value_get(v, "annotations")),
                           .state = text(a, v, "state"),
                           .active_at_ms = time_of(v, "activeAt")};

    if (!num_f64(value_str_or(v, "value", ""), &x.value))
        x.value = NAN;
    x.name = or_empty(prom_label(x.labels, "alertname"));
    return x;
}

enum err_code prom_decode_alerts(struct str body, struct arena *arena, struct prom_alerts *ret,
                                 struct err *err)
{
    struct arena *tree = arena_new(0);
    const struct value *data, *list;
    struct prom_alert *items;
    struct prom_alerts out = {0};
    enum err_code rc = open_answer(body, tree, &data, err);

    if (!rc)
        rc = need_list(data, "alerts", &list, err);
    if (!rc) {
        items = arena_array(arena, value_count(list), sizeof(*items));
        VALUE_EACH (v, list)
            items[out.count++] = read_alert(arena, v);
        out.items = items;
        *ret = out;
    }
    arena_free(tree);
    return rc;
}

static int64_t duration_of(const struct value *v, const char *key)
{
    int64_t ms;

    return duration_parse(value_str_or(v, key, ""), &ms) ? ms : 0;
}

static struct prom_target read_target(struct arena *a, const struct value *v)
{
    struct prom_target x = {.labels = labels(a, value_get(v, "labels")),
                            .url = text(a, v, "scrapeUrl"),
                            .health = text(a, v, "health"),
                            .error = text(a, v, "lastError"),
                            .last_scrape_ms = time_of(v, "lastScrape"),
                            .interval_ms = duration_of(v, "scrapeInterval"),
                            .timeout_ms = duration_of(v, "scrapeTimeout"),
                            .scrape_seconds = value_num_or(v, "lastScrapeDuration", NAN)};

    x.job = or_empty(prom_label(x.labels, "job"));
    x.instance = or_empty(prom_label(x.labels, "instance"));
    return x;
}

enum err_code prom_decode_targets(struct str body, struct arena *arena, struct prom_targets *ret,
                                  struct err *err)
{
    struct arena *tree = arena_new(0);
    const struct value *data, *list;
    struct prom_target *items;
    struct prom_targets out = {0};
    enum err_code rc = open_answer(body, tree, &data, err);

    if (!rc)
        rc = need_list(data, "activeTargets", &list, err);
    if (!rc) {
        items = arena_array(arena, value_count(list), sizeof(*items));
        VALUE_EACH (v, list) {
            items[out.count] = read_target(arena, v);
            out.down += strcmp(items[out.count].health, "down") == 0;
            out.count++;
        }
        out.items = items;
        out.dropped = value_count(value_get(data, "droppedTargets"));
        *ret = out;
    }
    arena_free(tree);
    return rc;
}

static struct prom_rule read_rule(struct arena *a, const struct value *group, const struct value *v)
{
    return (struct prom_rule){.group = text(a, group, "name"),
                              .file = text(a, group, "file"),
                              .name = text(a, v, "name"),
                              .kind = text(a, v, "type"),
                              .query = text(a, v, "query"),
                              .health = text(a, v, "health"),
                              .error = text(a, v, "lastError"),
                              .state = text(a, v, "state"),
                              .labels = labels(a, value_get(v, "labels")),
                              .annotations = labels(a, value_get(v, "annotations")),
                              .for_seconds = value_num_or(v, "duration", 0),
                              .active = value_count(value_get(v, "alerts"))};
}

static size_t count_rules(const struct value *groups)
{
    size_t n = 0;

    VALUE_EACH (g, groups)
        n += value_count(value_get(g, "rules"));
    return n;
}

enum err_code prom_decode_rules(struct str body, struct arena *arena, struct prom_rules *ret,
                                struct err *err)
{
    struct arena *tree = arena_new(0);
    const struct value *data, *groups;
    struct prom_rule *items;
    struct prom_rules out = {0};
    enum err_code rc = open_answer(body, tree, &data, err);

    if (!rc)
        rc = need_list(data, "groups", &groups, err);
    if (!rc) {
        items = arena_array(arena, count_rules(groups), sizeof(*items));
        VALUE_EACH (g, groups) {
            VALUE_EACH (v, value_get(g, "rules")) {
                struct prom_rule *r = &items[out.count++];

                *r = read_rule(arena, g, v);
                out.firing += strcmp(r->state, "firing") == 0;
                out.broken += strcmp(r->health, "err") == 0;
            }
        }
        out.items = items;
        *ret = out;
    }
    arena_free(tree);
    return rc;
}

enum err_code prom_decode_metadata(struct str body, struct arena *arena, struct prom_metas *ret,
                                   struct err *err)
{
    struct arena *tree = arena_new(0);
    const struct value *data;
    struct prom_meta *items;
    struct prom_metas out = {0};
    enum err_code rc = open_answer(body, tree, &data, err);

    if (!rc && data->type != VALUE_OBJECT)
        rc = err_set(err, ERR_REMOTE, "the metadata is no object");
    if (!rc) {
        items = arena_array(arena, value_count(data), sizeof(*items));
        VALUE_EACH (v, data) {
            const struct value *first = value_at(v, 0); /* targets rarely disagree */

            items[out.count++] = (struct prom_meta){.metric = arena_str(arena, v->key),
                                                    .type = text(arena, first, "type"),
                                                    .help = text(arena, first, "help"),
                                                    .unit = text(arena, first, "unit")};
        }
        out.items = items;
        *ret = out;
    }
    arena_free(tree);
    return rc;
}

enum err_code prom_decode_build(struct str body, struct arena *arena, struct prom_build *ret,
                                struct err *err)
{
    struct arena *tree = arena_new(0);
    const struct value *data;
    enum err_code rc = open_answer(body, tree, &data, err);

    if (!rc)
        *ret = (struct prom_build){text(arena, data, "version"), text(arena, data, "revision")};
    arena_free(tree);
    return rc;
}
