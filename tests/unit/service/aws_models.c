/* aws_models.c - see aws_models.h. */
#include "tests/unit/service/aws_models.h"

#include <dirent.h>
#include <stdlib.h>

#include "runbook/base/file.h"
#include "runbook/base/mem.h"
#include "runbook/codec/json.h"
#include "tests/lib/unit.h"

#define MODELS "/usr/lib/python3/dist-packages/awscli/botocore/data"
#define MODEL_MAX ((size_t)8 << 20)

static int is_version(const struct dirent *d)
{
    return d->d_name[0] != '.';
}

/* The newest version of a service, or NULL. */
static char *model_path(struct str id)
{
    char *dir = xasprintf(MODELS "/%.*s", STR_FMT(id)), *path = NULL;
    struct dirent **names = NULL;
    int n = scandir(dir, &names, is_version, alphasort);

    if (n > 0)
        path = xasprintf("%s/%s/service-2.json", dir, names[n - 1]->d_name);
    for (int i = 0; i < n; i++)
        free(names[i]);
    free(names);
    free(dir);
    return path;
}

bool aws_models_open(struct arena *arena, const struct aws_service *s, struct aws_model *ret,
                     const struct value **ret_operations)
{
    char *path = model_path(s->id);
    struct buf text = BUF_INIT(MODEL_MAX);
    const struct value *v;
    struct err err = ERR_INIT;
    bool there = path && file_exists(path);

    if (there) {
        assert_ok(file_read(path, &text, &err), &err);
        assert_ok(json_parse(arena, buf_str(&text), &v, &err), &err);
        assert_ok(
            aws_model_load(arena, value_get(v, "metadata"), value_get(v, "shapes"), ret, &err),
            &err);
        assert_int_equal(ret->protocol, s->wire.protocol);
        *ret_operations = value_get(v, "operations");
    }
    buf_release(&text);
    free(path);
    return there;
}

const struct aws_list *aws_models_operation(const struct aws_service *s, size_t n)
{
    if (n < s->list_count)
        return &s->lists[n];
    n -= s->list_count;
    return n < s->closed_count ? &s->closed[n] : NULL;
}
