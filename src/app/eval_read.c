/* eval_read.c - what is in the folder: recorded incidents (DIR/ID/incident.json, or DIR itself),
 * the truth beside or above them, RCAEval cases, fixtures, and the folder's own bars (eval.json).
 */
#include "src/app/eval.h"

#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "runbook/base/file.h"
#include "runbook/base/num.h"
#include "runbook/base/path.h"
#include "runbook/codec/json.h"
#include "runbook/engine/incident.h"

#define FILE_MAX_BYTES ((size_t)64 << 20)
#define CASES_MAX 10000
#define DEPTH_MAX 3 /* RCAEval: dataset/service_fault/number */

enum err_code eval_bad(struct err *err, const char *path, struct str text, const char *field,
                       const char *fmt, ...)
{
    struct buf why = BUF_INIT(ERR_MSG_MAX);
    va_list ap;

    va_start(ap, fmt);
    buf_addv(&why, fmt, ap);
    va_end(ap);
    (err_set)(err, ERR_INPUT, "%s line %zu: '%s' %s", path, json_line(text, field), field,
              buf_cstr(&why));
    buf_release(&why);
    return ERR_INPUT;
}

bool eval_wanted(const struct eval *ev, const char *id)
{
    struct str rest = str_from(ev->only), piece;

    if (!ev->only)
        return true;
    while (str_split(&rest, ',', &piece)) {
        if (str_eq_c(str_trim(piece), id))
            return true;
    }
    return false;
}

static const char *joined(struct eval *ev, const char *dir, const char *name)
{
    return *name == '/' ? arena_strdup(ev->arena, name)
                        : arena_printf(ev->arena, "%s/%s", dir, name);
}

enum err_code eval_json_file(struct eval *ev, const char *path, struct str *ret_text,
                             const struct value **ret, struct err *err)
{
    struct buf text = BUF_INIT(FILE_MAX_BYTES);
    enum err_code rc = file_read(path, &text, err);

    if (!rc) {
        *ret_text = (struct str){arena_str(ev->arena, buf_str(&text)), text.len};
        rc = json_parse(ev->arena, *ret_text, ret, err);
        if (rc)
            err_wrap(err, "%s", path);
    }
    buf_release(&text);
    return rc;
}

/* ---- truth ---- */

static enum err_code accept_list(struct eval *ev, const char *path, struct str text,
                                 const char *field, const struct value *list, struct eval_truth *t,
                                 struct err *err)
{
    t->accept = arena_array(ev->arena, value_count(list) + 1, sizeof(*t->accept));
    VALUE_EACH (v, list) {
        if (list->type != VALUE_ARRAY || v->type != VALUE_STRING)
            return eval_bad(err, path, text, field, "accept must be a list of service names");
        t->accept[t->accept_count++] = arena_str(ev->arena, v->u.string);
    }
    return ERR_OK;
}

static enum err_code read_truth(struct eval *ev, const char *path, struct str text,
                                const char *field, const struct value *v, struct eval_truth *t,
                                struct err *err)
{
    struct str kind = value_str_or(v, "kind", "");
    struct str service = value_str_or(v, "service", ""), metric = value_str_or(v, "metric", "");

    if (v->type != VALUE_OBJECT)
        return eval_bad(err, path, text, field, "must be an object, not a %s",
                        value_type_name(v->type));
    if (!str_eq_c(kind, "fault") && !str_eq_c(kind, "healthy"))
        return eval_bad(err, path, text, field,
                        "needs a \"kind\": \"fault\" or \"healthy\", not \"%.*s\"", STR_FMT(kind));
    t->kind = str_eq_c(kind, "fault") ? EVAL_FAULT : EVAL_HEALTHY;
    if (t->kind == EVAL_FAULT && !service.len)
        return eval_bad(err, path, text, field, "is a fault, so it needs a \"service\"");
    t->service = service.len ? arena_str(ev->arena, service) : NULL;
    t->metric = metric.len ? arena_str(ev->arena, metric) : NULL;
    t->group = arena_str(ev->arena, value_str_or(v, "group", ""));
    if (value_get(v, "system"))
        t->system = arena_str(ev->arena, value_str_or(v, "system", ""));
    return accept_list(ev, path, text, field, value_get(v, "accept"), t, err);
}

/* One file for all of them, by id. */
static enum err_code truth_by_id(struct eval *ev, const char *path, struct err *err)
{
    const struct value *root;
    struct str text;

    if (eval_json_file(ev, path, &text, &root, err))
        return err->code;
    if (root->type != VALUE_OBJECT)
        return err_set(err, ERR_INPUT, "%s: must be an object of incident ids", path);
    VEC_EACH (c, &ev->cases) {
        const struct value *v = NULL;

        VALUE_EACH (x, root) {
            if (str_eq_c(x->key, c->id))
                v = x;
        }
        if (v && c->truth.kind == EVAL_UNKNOWN &&
            read_truth(ev, path, text, c->id, v, &c->truth, err))
            return err->code;
    }
    return ERR_OK;
}

static enum err_code own_truth(struct eval *ev, struct eval_case *c, struct err *err)
{
    const char *path = joined(ev, c->folder, "truth.json");
    const struct value *root;
    struct str text;

    if (!file_exists(path))
        return ERR_OK;
    if (eval_json_file(ev, path, &text, &root, err))
        return err->code;
    if (!value_get(root, "kind")) /* it is the one of the whole folder */
        return ERR_OK;
    return read_truth(ev, path, text, "kind", root, &c->truth, err);
}

static enum err_code find_truth(struct eval *ev, const char *dir, struct err *err)
{
    const char *in = joined(ev, dir, "truth.json"), *beside = joined(ev, dir, "../truth.json");

    if (ev->truth_file)
        return truth_by_id(ev, ev->truth_file, err);
    if (file_exists(in))
        return truth_by_id(ev, in, err);
    return file_exists(beside) ? truth_by_id(ev, beside, err) : ERR_OK;
}

/* ---- recorded incidents ---- */

static enum err_code read_metrics(struct eval *ev, struct eval_case *c, struct str text,
                                  const struct value *root, struct err *err)
{
    const struct value *list = value_get(root, "metrics");
    const char **paths = arena_array(ev->arena, value_count(list) + 1, sizeof(*paths));

    if (!list || list->type != VALUE_ARRAY || !value_count(list))
        return eval_bad(err, c->incident, text, "metrics",
                        "must name the OpenMetrics files, in order");
    VALUE_EACH (v, list) {
        const char *field = arena_printf(ev->arena, "metrics.%zu", c->metric_count);

        if (v->type != VALUE_STRING)
            return eval_bad(err, c->incident, text, field, "must be a file name, not a %s",
                            value_type_name(v->type));
        paths[c->metric_count] = joined(ev, c->folder, arena_str(ev->arena, v->u.string));
        if (!file_exists(paths[c->metric_count]))
            return eval_bad(err, c->incident, text, field, "names a file that is not there: %s",
                            paths[c->metric_count]);
        c->metric_count++;
    }
    c->metrics = paths;
    return ERR_OK;
}

static enum err_code read_recorded(struct eval *ev, const char *folder, struct err *err)
{
    struct eval_case c = {.source = EVAL_RECORDED,
                          .folder = folder,
                          .expects = "",
                          .truth = {.system = "", .group = ""},
                          .answer = {.verdict = "", .cause = "", .service = ""}};
    struct incident_file file;
    const struct value *root;
    struct str text;

    c.incident = joined(ev, folder, "incident.json");
    if (eval_json_file(ev, c.incident, &text, &root, err) ||
        incident_parse(text, c.incident, ev->arena, &file, err))
        return err->code;
    c.id = *file.incident.id ? file.incident.id : arena_strdup(ev->arena, path_base(folder));
    c.topology = file.topology;
    if (c.topology && !file_exists(c.topology))
        return eval_bad(err, c.incident, text, "topology", "names a file that is not there: %s",
                        c.topology);
    if (!eval_wanted(ev, c.id))
        return ERR_OK;
    c.truth.system = arena_str(ev->arena, value_str_or(root, "system", ""));
    if (read_metrics(ev, &c, text, root, err) || own_truth(ev, &c, err))
        return err->code;
    *VEC_PUSH(&ev->cases) = c;
    return ERR_OK;
}

/* ---- the folder ---- */

static int by_path(const void *a, const void *b)
{
    const char *const *x = a, *const *y = b;

    return strcmp(*x, *y);
}

/* Names in a folder, sorted, without those that begin with a dot. */
static enum err_code list(struct eval *ev, const char *dir, const char ***ret, size_t *ret_count,
                          struct err *err)
{
    VEC(const char *) names = {0};
    struct dirent *e;
    DIR *d = opendir(dir);

    if (!d)
        return err_errno(err, errno, "open %s", dir);
    while ((e = readdir(d))) {
        if (e->d_name[0] != '.')
            *VEC_PUSH(&names) = joined(ev, dir, e->d_name);
    }
    closedir(d);
    *ret = arena_array(ev->arena, names.count + 1, sizeof(**ret));
    if (names.count) {
        qsort(names.items, names.count, sizeof(*names.items), by_path);
        memcpy(*ret, names.items, names.count * sizeof(*names.items));
    }
    *ret_count = names.count;
    VEC_RELEASE(&names);
    return ERR_OK;
}

static bool is_folder(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static enum err_code walk(struct eval *ev, const char *dir, int depth, struct err *err)
{
    const char **names;
    size_t count;

    if (ev->cases.count > CASES_MAX)
        return err_set(err, ERR_LIMIT, "%s holds more than %d cases", dir, CASES_MAX);
    if (file_exists(joined(ev, dir, "incident.json")))
        return read_recorded(ev, dir, err);
    if (eval_rcaeval_is(dir))
        return eval_rcaeval_read(ev, dir, err);
    if (depth == DEPTH_MAX)
        return ERR_OK;
    if (list(ev, dir, &names, &count, err))
        return err->code;
    for (size_t i = 0; i < count; i++) {
        if (is_folder(names[i]) && walk(ev, names[i], depth + 1, err))
            return err->code;
    }
    return ERR_OK;
}

bool eval_bar_parse(struct eval *ev, struct str text, struct err *err)
{
    struct eval_bar b = {.group = ""};
    struct str rest = text, group = STR_LIT(""), left;
    const char *colon = text.len ? memchr(text.ptr, '=', text.len) : NULL;
    double want;

    if (colon) { /* the group's name may hold a colon; the figure's does not */
        left = (struct str){text.ptr, (size_t)(colon - text.ptr)};
        for (size_t i = left.len; i-- > 0;) {
            if (left.ptr[i] != ':')
                continue;
            group = (struct str){left.ptr, i};
            left.ptr += i + 1;
            left.len -= i + 1;
            break;
        }
        rest = (struct str){colon + 1, text.len - (size_t)(colon + 1 - text.ptr)};
        if (eval_figure_find(left, &b.figure) && num_f64(rest, &want) && want >= 0 && want <= 1) {
            b.group = arena_str(ev->arena, group);
            b.want = want;
            *VEC_PUSH(&ev->bars) = b;
            return true;
        }
    }
    (err_set)(err, ERR_INPUT,
              "'%.*s' is no bar: write FIGURE=SHARE or GROUP:FIGURE=SHARE, with top1, top3, top5, "
              "avg5, metric1, healthy or pass, and a share from 0 to 1",
              STR_FMT(text));
    return false;
}

/* eval.json: {"bars": ["petshop:top1=.8", ...]}; options come on top. */
static enum err_code read_settings(struct eval *ev, const char *path, struct str text,
                                   const struct value *bars, struct err *err)
{
    size_t at = 0;

    if (bars->type != VALUE_ARRAY)
        return eval_bad(err, path, text, "bars", "must be a list such as [\"top1=0.8\"]");
    VALUE_EACH (v, bars) {
        const char *field = arena_printf(ev->arena, "bars.%zu", at++);
        struct err why;

        if (v->type != VALUE_STRING)
            return eval_bad(err, path, text, field, "must be a string such as \"top1=0.8\"");
        if (!eval_bar_parse(ev, v->u.string, &why))
            return eval_bad(err, path, text, field, "%s", why.msg);
    }
    return ERR_OK;
}

/* A JSON file at the top of the folder: settings, a fixture, or something else. */
static enum err_code read_json(struct eval *ev, const char *path, bool named, struct err *err)
{
    const struct value *root;
    struct str text;

    if (eval_json_file(ev, path, &text, &root, err))
        return err->code;
    if (value_get(root, "bars") && !named && ev->only)
        return ERR_OK; /* they are those of the whole folder */
    if (value_get(root, "bars") && !named)
        return read_settings(ev, path, text, value_get(root, "bars"), err);
    if (value_get(root, "cases") || named)
        return eval_fixture_read(ev, path, text, root, err);
    return ERR_OK;
}

static enum err_code read_folder(struct eval *ev, const char *dir, struct err *err)
{
    const char **names;
    size_t count;

    if (walk(ev, dir, 0, err) || find_truth(ev, dir, err) || list(ev, dir, &names, &count, err))
        return err->code;
    for (size_t i = 0; i < count; i++) {
        const char *base = path_base(names[i]);

        if (!str_ends(str_from(base), ".json") || strcmp(base, "truth.json") == 0 ||
            strcmp(base, "incident.json") == 0 || str_ends(str_from(base), ".topology.json"))
            continue;
        if (!is_folder(names[i]) && read_json(ev, names[i], false, err))
            return err->code;
    }
    return ERR_OK;
}

enum err_code eval_read(struct eval *ev, const char *dir, struct err *err)
{
    char *full = realpath(dir, NULL);
    const char *path;

    if (!full)
        return err_errno(err, errno, "open %s", dir);
    path = arena_strdup(ev->arena, full);
    free(full);
    ev->dir = path;
    if (is_folder(path) ? read_folder(ev, path, err) : read_json(ev, path, true, err))
        return err->code;
    if (!ev->cases.count && ev->only)
        return err_set(err, ERR_INPUT, "%s holds no case named %s", dir, ev->only);
    if (!ev->cases.count)
        return err_set(
            err, ERR_INPUT,
            "%s holds no case: a case is a folder with incident.json, one with data.csv and "
            "inject_time.txt (RCAEval), or a JSON file with \"cases\"",
            dir);
    return ERR_OK;
}
