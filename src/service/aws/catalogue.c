/* catalogue.c - see catalogue.h. */
#include "runbook/service/aws/action.h"
#include "runbook/service/aws/catalogue.h"

#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "data_priv.h"
#include "runbook/base/file.h"
#include "runbook/base/mem.h"
#include "runbook/base/path.h"
#include "runbook/base/text.h"
#include "runbook/base/vec.h"
#include "unpack.h"

#define FILE_MAX ((size_t)1 << 20)
#define FILES_MAX 1000
#define NEAR_LIMIT 4

struct entry {
    struct aws_entry shown;
    const struct aws_data *data; /* compiled in; NULL */
    bool loaded;
    struct err err;
    struct aws_service service;
};

struct aws_catalogue {
    struct arena *arena;
    VEC(struct entry *) entries;
};

static int by_id(const void *a, const void *b)
{
    return strcmp((*(struct entry *const *)a)->shown.id, (*(struct entry *const *)b)->shown.id);
}

static struct entry *find(const struct aws_catalogue *c, struct str id)
{
    for (size_t i = 0; i < c->entries.count; i++)
        if (str_eq_c(id, c->entries.items[i]->shown.id))
            return c->entries.items[i];
    return NULL;
}

static struct entry *add(struct aws_catalogue *c, const char *id)
{
    struct entry *e = arena_alloc(c->arena, sizeof(*e));

    e->shown = (struct aws_entry){.id = id, .group = "", .name = ""};
    *VEC_PUSH(&c->entries) = e;
    return e;
}

/* "my-service.yaml" */
static bool is_definition(const char *name, struct str *ret_id)
{
    *ret_id = str_from(name);
    if (!str_ends(*ret_id, ".yaml") || *name == '.')
        return false;
    ret_id->len -= strlen(".yaml");
    return ret_id->len > 0;
}

static void add_folder(struct aws_catalogue *c, const char *folder)
{
    DIR *d = folder ? opendir(folder) : NULL;
    const struct dirent *it;
    size_t count = 0;
    struct str id;

    while (d && (it = readdir(d)) && count < FILES_MAX) {
        struct entry *e;
        char *path;

        if (!is_definition(it->d_name, &id))
            continue;
        e = find(c, id);
        if (!e)
            e = add(c, arena_str(c->arena, id));
        path = path_join(folder, it->d_name);
        e->shown.file = arena_strdup(c->arena, path);
        free(path);
        count++;
    }
    if (d)
        (void)closedir(d);
}

struct aws_catalogue *aws_catalogue_new(const char *const *folders, size_t count)
{
    struct aws_catalogue *c = xcalloc(1, sizeof(*c));

    c->arena = arena_new(0);
    for (const struct aws_data *d = aws_data; d->id; d++) {
        struct entry *e = add(c, d->id);

        e->shown.group = d->group;
        e->shown.name = d->name;
        e->data = d;
    }
    for (size_t i = 0; i < count; i++)
        add_folder(c, folders[i]);
    qsort(c->entries.items, c->entries.count, sizeof(*c->entries.items), by_id);
    return c;
}

void aws_catalogue_free(struct aws_catalogue *c)
{
    if (!c)
        return;
    VEC_RELEASE(&c->entries);
    arena_free(c->arena);
    free(c);
}

size_t aws_catalogue_count(const struct aws_catalogue *c)
{
    return c->entries.count;
}

const struct aws_entry *aws_catalogue_entry(const struct aws_catalogue *c, size_t index)
{
    return &c->entries.items[index]->shown;
}

/* ---- loading ---- */

static enum err_code load_compiled(struct arena *arena, const struct aws_data *d,
                                   struct aws_service *ret, struct err *err)
{
    struct str packed = {(const char *)aws_data_bytes + d->at, d->size};
    struct buf text = BUF_INIT(FILE_MAX);
    enum err_code rc = aws_unpack(packed, &text, err);

    if (!rc)
        rc = aws_service_load(arena, buf_str(&text), d->id, ret, err);
    buf_release(&text);
    return rc;
}

static enum err_code load_extending(struct aws_catalogue *c, struct entry *e, struct str text,
                                    struct str base, struct err *err)
{
    const struct aws_data *d = aws_data;
    struct aws_service *s = arena_alloc(c->arena, sizeof(*s));

    while (d->id && !str_eq_c(base, d->id))
        d++;
    if (!d->id)
        return err_set(err, ERR_INPUT, "%s: it extends '%.*s', which is not compiled in",
                       e->shown.file, STR_FMT(base));
    if (load_compiled(c->arena, d, s, err))
        return err->code;
    return aws_service_extend(c->arena, text, e->shown.file, s, &e->service, err);
}

static bool same_word(struct str a, struct str b)
{
    size_t i = 0, k = 0;

    for (;; i++, k++) {
        while (i < a.len && (a.ptr[i] == '-' || a.ptr[i] == '_'))
            i++;
        while (k < b.len && (b.ptr[k] == '-' || b.ptr[k] == '_'))
            k++;
        if (i == a.len || k == b.len)
            return i == a.len && k == b.len;
        if (tolower((unsigned char)a.ptr[i]) != tolower((unsigned char)b.ptr[k]))
            return false;
    }
}

/* Is it this call? By its name, and where the path says it, by that. */
static bool same_call(const struct aws_service *s, const struct aws_list *a,
                      const struct aws_list *b)
{
    bool rest = s->wire.protocol == AWS_REST_JSON || s->wire.protocol == AWS_REST_XML;

    return same_word(a->name, b->name) ||
           (rest && str_eq(a->method, b->method) && str_eq(a->uri, b->uri));
}

/* A file's operation is none that changes something or that nobody may ask, whatever the file calls
 * the service: the name in signatures is AWS's. */
static enum err_code check_own(const struct entry *e, const struct aws_service *own,
                               struct err *err)
{
    const struct aws_service *s = &e->service;

    for (size_t i = 0; i < s->list_count; i++) {
        for (size_t k = 0; k < own->change_count; k++)
            if (same_call(own, &s->lists[i], &own->changes[k]))
                return err_set(err, ERR_INPUT,
                               "%s: %.*s changes something: it is no operation that reads",
                               e->shown.file, STR_FMT(s->lists[i].name));
        for (size_t k = 0; k < own->closed_count; k++)
            if (same_call(own, &s->lists[i], &own->closed[k]))
                return err_set(
                    err, ERR_INPUT, "%s: %.*s is asked for nobody, and no file opens it: %.*s",
                    e->shown.file, STR_FMT(s->lists[i].name), STR_FMT(own->closed[k].why));
    }
    return ERR_OK;
}

static enum err_code check_file(const struct entry *e, struct err *err)
{
    enum err_code rc = ERR_OK;

    for (const struct aws_data *d = aws_data; d->id && !rc; d++) {
        struct arena *a;
        struct aws_service own;

        if (!str_eq_c(e->service.signing, d->signing))
            continue;
        a = arena_new(0);
        rc = load_compiled(a, d, &own, err);
        if (!rc)
            rc = check_own(e, &own, err);
        arena_free(a);
    }
    return rc;
}

/* What changes something and what is closed is the program's own: a file replaces what is read. */
static enum err_code keep_own(struct aws_catalogue *c, struct entry *e, struct err *err)
{
    struct aws_service own;

    if (e->service.change_count)
        return err_set(err, ERR_INPUT,
                       "%s: 'changes' is not taken from a file: what changes something is an "
                       "operation of 'runbook act'",
                       e->shown.file);
    if (e->service.closed_count)
        return err_set(err, ERR_INPUT,
                       "%s: 'closed' is not taken from a file: leave the operation out",
                       e->shown.file);
    if (!e->data || load_compiled(c->arena, e->data, &own, err))
        return err->code;
    e->service.changes = own.changes;
    e->service.change_count = own.change_count;
    e->service.closed = own.closed;
    e->service.closed_count = own.closed_count;
    /* also where the file names another signature: the host may be the service's all the same */
    return check_own(e, &own, err);
}

static enum err_code load_file(struct aws_catalogue *c, struct entry *e, struct err *err)
{
    struct buf text = BUF_INIT(FILE_MAX);
    enum err_code rc = file_read(e->shown.file, &text, err);
    struct str base;

    if (rc)
        goto done;
    base = aws_service_base(c->arena, buf_str(&text));
    if (base.len)
        rc = load_extending(c, e, buf_str(&text), base, err);
    else
        rc = aws_service_load(c->arena, buf_str(&text), e->shown.file, &e->service, err);
    if (!rc && !base.len && !str_eq_c(e->service.id, e->shown.id))
        rc = err_set(err, ERR_INPUT, "%s: its id is '%.*s'; the file must be named after it",
                     e->shown.file, STR_FMT(e->service.id));
    if (!rc && !base.len)
        rc = keep_own(c, e, err);
    if (!rc)
        rc = check_file(e, err);
done:
    buf_release(&text);
    return rc;
}

static void load(struct aws_catalogue *c, struct entry *e)
{
    e->loaded = true;
    if (e->shown.file)
        (void)load_file(c, e, &e->err);
    else
        (void)load_compiled(c->arena, e->data, &e->service, &e->err);
    if (e->err.code || !e->shown.file)
        return;
    e->shown.group = arena_str(c->arena, e->service.group);
    e->shown.name = arena_str(c->arena, e->service.name);
}

/* ---- names ---- */

static enum err_code no_service(const struct aws_catalogue *c, struct str id, struct err *err)
{
    const char *near = NULL;
    unsigned best = NEAR_LIMIT;

    for (size_t i = 0; i < c->entries.count; i++) {
        unsigned d = text_distance(id, str_from(c->entries.items[i]->shown.id), best);

        if (d < best) {
            best = d;
            near = c->entries.items[i]->shown.id;
        }
    }
    return err_set(err, ERR_NOT_FOUND, "no service '%.*s' is defined%s%s%s", STR_FMT(id),
                   near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
}

enum err_code aws_catalogue_get(struct aws_catalogue *c, struct str id,
                                const struct aws_service **ret, struct err *err)
{
    struct entry *e = find(c, id);

    if (!e)
        return no_service(c, id, err);
    if (!e->loaded)
        load(c, e);
    if (e->err.code) {
        *err = e->err;
        return err->code;
    }
    *ret = &e->service;
    return ERR_OK;
}

void aws_catalogue_of_arns(struct aws_catalogue *c, struct str service, struct buf *out)
{
    buf_addc(out, ' ');
    for (size_t i = 0; i < c->entries.count; i++) {
        const struct aws_service *s;
        struct err ignored = ERR_INIT;

        if (!aws_catalogue_get(c, str_from(c->entries.items[i]->shown.id), &s, &ignored) &&
            str_eq(service, s->arn.len ? s->arn : s->signing))
            buf_addf(out, "%.*s ", STR_FMT(s->id));
    }
}

static enum err_code refuse_change(const struct aws_service *s, const struct aws_list *l,
                                   struct err *err)
{
    struct buf acts = BUF_INIT(400);
    enum err_code rc;

    for (size_t i = 0; i < l->act_count; i++)
        buf_addf(&acts, "%s'runbook act %.*s'", i ? " or " : "", STR_FMT(l->acts[i]));
    rc = err_set(err, ERR_DENIED,
                 "%.*s %.*s changes something, and here is only read: %s does it, with a plan and "
                 "an approval",
                 STR_FMT(s->id), STR_FMT(l->name), buf_cstr(&acts));
    buf_release(&acts);
    return rc;
}

enum err_code aws_catalogue_change(const struct aws_service *s, struct str name,
                                   const struct aws_list **ret, struct err *err)
{
    for (size_t i = 0; i < s->change_count; i++)
        if (same_word(s->changes[i].name, name)) {
            *ret = &s->changes[i];
            return ERR_OK;
        }
    return err_set(err, ERR_NOT_FOUND, "the definition of %.*s has no change '%.*s'",
                   STR_FMT(s->id), STR_FMT(name));
}

enum err_code aws_catalogue_operation(const struct aws_service *s, struct str name,
                                      const struct aws_list **ret, struct err *err)
{
    struct str near = {0};
    unsigned best = NEAR_LIMIT + 2;
    const struct aws_list *change;
    struct err none = ERR_INIT;

    if (!aws_catalogue_change(s, name, &change, &none))
        return refuse_change(s, change, err);
    for (size_t i = 0; i < s->closed_count; i++)
        if (same_word(s->closed[i].name, name))
            return aws_closed_guard(s, &s->closed[i], err);
    for (size_t i = 0; i < s->list_count; i++) {
        unsigned d;

        if (same_word(s->lists[i].name, name)) {
            *ret = &s->lists[i];
            return ERR_OK;
        }
        d = text_distance(name, s->lists[i].name, best);
        if (d < best) {
            best = d;
            near = s->lists[i].name;
        }
    }
    return err_set(err, ERR_NOT_FOUND,
                   "%.*s has no read operation '%.*s' ('runbook aws %.*s' lists them)%s%.*s%s",
                   STR_FMT(s->id), STR_FMT(name), STR_FMT(s->id),
                   near.len ? "; did you mean '" : "", STR_FMT(near), near.len ? "'?" : "");
}
