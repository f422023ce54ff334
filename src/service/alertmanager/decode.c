/* decode.c - answers of Alertmanager as structs: see alertmanager.h. */
#include "runbook/service/alertmanager.h"

#include <string.h>

#include "runbook/base/timefmt.h"
#include "runbook/codec/json.h"

static enum err_code parse(struct str body, enum value_type type, struct arena *tree,
                           const struct value **ret, struct err *err)
{
    if (json_parse(tree, body, ret, err)) {
        err->code = ERR_REMOTE;
        return err_wrap(err, "the answer is no valid JSON");
    }
    if ((*ret)->type != type)
        return err_set(err, ERR_REMOTE, "the answer is %s, not %s: this is no Alertmanager API v2",
                       value_type_name((*ret)->type), value_type_name(type));
    return ERR_OK;
}

static const char *text(struct arena *a, const struct value *v, const char *key)
{
    return arena_str(a, value_str_or(v, key, ""));
}

static int64_t time_of(const struct value *v, const char *key)
{
    int64_t ms;

    return time_parse(value_str_or(v, key, ""), &ms) && ms > 0 ? ms : 0;
}

static struct prom_labels labels(struct arena *a, const struct value *object)
{
    struct prom_labels ret = {0};
    struct prom_label *items = arena_array(a, value_count(object) + 1, sizeof(*items));

    VALUE_EACH (v, object) {
        if (v->type == VALUE_STRING)
            items[ret.count++] =
                (struct prom_label){arena_str(a, v->key), arena_str(a, v->u.string)};
    }
    ret.items = items;
    return ret;
}

static struct am_alert read_alert(struct arena *a, const struct value *v)
{
    const struct value *status = value_get(v, "status");
    struct am_alert x = {.state = text(a, status, "state"),
                         .fingerprint = text(a, v, "fingerprint"),
                         .generator_url = text(a, v, "generatorURL"),
                         .labels = labels(a, value_get(v, "labels")),
                         .annotations = labels(a, value_get(v, "annotations")),
                         .starts_ms = time_of(v, "startsAt"),
                         .ends_ms = time_of(v, "endsAt"),
                         .updated_ms = time_of(v, "updatedAt"),
                         .silenced_by = value_count(value_get(status, "silencedBy")),
                         .inhibited_by = value_count(value_get(status, "inhibitedBy"))};

    x.name = prom_label(x.labels, "alertname");
    if (!x.name)
        x.name = "";
    return x;
}

static struct am_alerts read_alerts(struct arena *a, const struct value *list)
{
    struct am_alert *items = arena_array(a, value_count(list) + 1, sizeof(*items));
    struct am_alerts ret = {.items = items};

    VALUE_EACH (v, list) {
        items[ret.count] = read_alert(a, v);
        ret.suppressed += strcmp(items[ret.count].state, "suppressed") == 0;
        ret.count++;
    }
    return ret;
}

enum err_code am_decode_alerts(struct str body, struct arena *arena, struct am_alerts *ret,
                               struct err *err)
{
    struct arena *tree = arena_new(0);
    const struct value *root;
    enum err_code rc = parse(body, VALUE_ARRAY, tree, &root, err);

    if (!rc)
        *ret = read_alerts(arena, root);
    arena_free(tree);
    return rc;
}

enum err_code am_decode_groups(struct str body, struct arena *arena, struct am_groups *ret,
                               struct err *err)
{
    struct arena *tree = arena_new(0);
    const struct value *root;
    enum err_code rc = parse(body, VALUE_ARRAY, tree, &root, err);
    struct am_groups out = {0};
    struct am_group *items;

    if (!rc) {
        items = arena_array(arena, value_count(root) + 1, sizeof(*items));
        VALUE_EACH (v, root)
            items[out.count++] =
                (struct am_group){.receiver = text(arena, value_get(v, "receiver"), "name"),
                                  .labels = labels(arena, value_get(v, "labels")),
                                  .alerts = read_alerts(arena, value_get(v, "alerts"))};
        out.items = items;
        *ret = out;
    }
    arena_free(tree);
    return rc;
}

/* isEqual is newer than isRegex and true when absent. */
static const char *matchers(struct arena *a, const struct value *list)
{
    struct buf b = BUF_INIT(1 << 16);
    const char *ret;

    buf_addc(&b, '{');
    VALUE_EACH (v, list) {
        bool equal = value_bool_or(v, "isEqual", true), regex = value_bool_or(v, "isRegex", false);

        if (b.len > 1)
            buf_addc(&b, ',');
        buf_add_str(&b, value_str_or(v, "name", ""));
        buf_adds(&b, equal ? (regex ? "=~" : "=") : (regex ? "!~" : "!="));
        promql_quote(&b, value_str_or(v, "value", ""));
    }
    buf_addc(&b, '}');
    ret = arena_str(a, buf_str(&b));
    buf_release(&b);
    return ret;
}

enum err_code am_decode_silences(struct str body, struct arena *arena, struct am_silences *ret,
                                 struct err *err)
{
    struct arena *tree = arena_new(0);
    const struct value *root;
    enum err_code rc = parse(body, VALUE_ARRAY, tree, &root, err);
    struct am_silences out = {0};
    struct am_silence *items;

    if (!rc) {
        items = arena_array(arena, value_count(root) + 1, sizeof(*items));
        VALUE_EACH (v, root) {
            struct am_silence *s = &items[out.count++];

            *s = (struct am_silence){.id = text(arena, v, "id"),
                                     .state = text(arena, value_get(v, "status"), "state"),
                                     .created_by = text(arena, v, "createdBy"),
                                     .comment = text(arena, v, "comment"),
                                     .matchers = matchers(arena, value_get(v, "matchers")),
                                     .starts_ms = time_of(v, "startsAt"),
                                     .ends_ms = time_of(v, "endsAt")};
            out.active += strcmp(s->state, "active") == 0;
        }
        out.items = items;
        *ret = out;
    }
    arena_free(tree);
    return rc;
}

enum err_code am_decode_status(struct str body, struct arena *arena, struct am_status *ret,
                               struct err *err)
{
    struct arena *tree = arena_new(0);
    const struct value *root;
    enum err_code rc = parse(body, VALUE_OBJECT, tree, &root, err);

    if (!rc && !value_get(root, "versionInfo"))
        rc = err_set(err, ERR_REMOTE,
                     "the status has no \"versionInfo\": this is no Alertmanager API v2");
    if (!rc)
        *ret = (struct am_status){.version = text(arena, value_get(root, "versionInfo"), "version"),
                                  .cluster = text(arena, value_get(root, "cluster"), "status"),
                                  .up_since_ms = time_of(root, "uptime")};
    arena_free(tree);
    return rc;
}
