/* incident.c - see incident.h. */
#include "runbook/engine/incident.h"

#include <stdlib.h>
#include <string.h>

#include "runbook/base/file.h"
#include "runbook/base/path.h"
#include "runbook/base/timefmt.h"
#include "runbook/codec/json.h"

#define FILE_MAX_BYTES ((size_t)1 << 20)

/* An absent or null time leaves *ret alone. */
static enum err_code read_time(const struct value *obj, const char *where, const char *key,
                               int64_t *ret, struct err *err)
{
    const struct value *v = value_get(obj, key);

    if (!v || v->type == VALUE_NULL)
        return ERR_OK;
    if (v->type == VALUE_STRING && time_parse(v->u.string, ret))
        return ERR_OK;
    return err_set(err, ERR_INPUT, "'%s%s' must be a time such as 2026-02-04T10:00:00Z", where,
                   key);
}

static enum err_code read_text(const struct value *obj, const char *where, const char *key,
                               struct arena *a, const char **ret, struct err *err)
{
    const struct value *v = value_get(obj, key);

    if (!v || v->type == VALUE_NULL)
        return ERR_OK;
    if (v->type != VALUE_STRING)
        return err_set(err, ERR_INPUT, "'%s%s' must be a string, not a %s", where, key,
                       value_type_name(v->type));
    *ret = arena_str(a, v->u.string);
    return ERR_OK;
}

static enum err_code read_alert(const struct value *root, struct arena *a,
                                struct ev_incident_loaded *i, struct err *err)
{
    const struct value *alert = value_get(root, "alert");
    enum err_code rc;

    if (!alert || alert->type == VALUE_NULL)
        return ERR_OK;
    if (alert->type != VALUE_OBJECT)
        return err_set(err, ERR_INPUT, "'alert' must be an object, not a %s",
                       value_type_name(alert->type));
    rc = read_text(alert, "alert.", "name", a, &i->title, err);
    if (!rc)
        rc = read_text(alert, "alert.", "service", a, &i->service, err);
    if (!rc)
        rc = read_text(alert, "alert.", "metric", a, &i->metric, err);
    if (!rc)
        rc = read_text(alert, "alert.", "direction", a, &i->direction, err);
    if (!rc)
        rc = read_time(alert, "alert.", "started_at", &i->started_at_ms, err);
    if (!rc && *i->direction && strcmp(i->direction, "up") != 0 &&
        strcmp(i->direction, "down") != 0)
        rc =
            err_set(err, ERR_INPUT,
                    "'alert.direction' must be \"up\", \"down\" or null, not \"%s\"", i->direction);
    return rc;
}

/* {"start","end"}; both or none. */
static enum err_code read_span(const struct value *root, const char *key, int64_t *ret_start,
                               int64_t *ret_end, struct err *err)
{
    const struct value *span = value_get(root, key);
    const char *where = strcmp(key, "window") == 0 ? "window." : "baseline.";

    if (!span || span->type == VALUE_NULL)
        return ERR_OK;
    if (span->type != VALUE_OBJECT)
        return err_set(err, ERR_INPUT, "'%s' must be an object with start and end", key);
    if (read_time(span, where, "start", ret_start, err) ||
        read_time(span, where, "end", ret_end, err))
        return err->code;
    if (!*ret_start || !*ret_end)
        return err_set(err, ERR_INPUT, "'%s' needs a start and an end", key);
    if (*ret_start >= *ret_end)
        return err_set(err, ERR_INPUT, "'%sstart' must be before '%send'", where, where);
    return ERR_OK;
}

static enum err_code check_times(struct ev_incident_loaded *i, struct err *err)
{
    if (!i->now_ms)
        i->now_ms = i->window_end_ms ? i->window_end_ms : i->started_at_ms;
    if (!i->now_ms)
        return err_set(err, ERR_INPUT,
                       "a time is missing: give 'now', 'window' or 'alert.started_at'");
    if (!i->started_at_ms)
        i->started_at_ms = i->window_start_ms ? i->window_start_ms : i->now_ms;
    if (i->started_at_ms > i->now_ms)
        return err_set(err, ERR_INPUT, "'alert.started_at' is after 'now'");
    if (i->baseline_end_ms > i->now_ms)
        return err_set(err, ERR_INPUT, "'baseline.end' is after 'now'");
    return ERR_OK;
}

static const char *beside(const char *path, const char *relative, struct arena *a)
{
    char *dir, *joined;
    const char *ret;

    if (!relative || !*relative || *relative == '/')
        return relative && *relative ? relative : NULL;
    dir = path_dir(path);
    joined = path_join(dir, relative);
    ret = arena_strdup(a, joined);
    free(joined);
    free(dir);
    return ret;
}

static enum err_code read_all(const struct value *root, const char *path, struct arena *a,
                              struct incident_file *ret, struct err *err)
{
    struct ev_incident_loaded *i = &ret->incident;
    const char *topology = NULL;
    enum err_code rc;

    if (root->type != VALUE_OBJECT)
        return err_set(err, ERR_INPUT, "an incident is a JSON object, not a %s",
                       value_type_name(root->type));
    rc = read_text(root, "", "id", a, &i->id, err);
    if (!rc)
        rc = read_alert(root, a, i, err);
    if (!rc)
        rc = read_span(root, "window", &i->window_start_ms, &i->window_end_ms, err);
    if (!rc)
        rc = read_span(root, "baseline", &i->baseline_start_ms, &i->baseline_end_ms, err);
    if (!rc)
        rc = read_time(root, "", "now", &i->now_ms, err);
    if (!rc)
        rc = read_text(root, "", "topology", a, &topology, err);
    if (!rc)
        rc = check_times(i, err);
    ret->topology = beside(path, topology, a);
    return rc;
}

enum err_code incident_parse(struct str text, const char *path, struct arena *a,
                             struct incident_file *ret, struct err *err)
{
    struct arena *tree = arena_new(0);
    struct incident_file out = {
        .incident = {.id = "", .title = "", .service = "", .metric = "", .direction = ""}};
    const struct value *root;
    enum err_code rc = json_parse(tree, text, &root, err);

    out.incident.source = arena_strdup(a, path);
    if (!rc)
        rc = read_all(root, path, a, &out, err);
    if (rc)
        rc = err_wrap(err, "incident %s", path);
    else
        *ret = out;
    arena_free(tree);
    return rc;
}

enum err_code incident_load(const char *path, struct arena *a, struct incident_file *ret,
                            struct err *err)
{
    struct buf text = BUF_INIT(FILE_MAX_BYTES);
    enum err_code rc = file_read(path, &text, err);

    if (rc)
        rc = err_wrap(err, "incident");
    else
        rc = incident_parse(buf_str(&text), path, a, ret, err);
    buf_release(&text);
    return rc;
}
