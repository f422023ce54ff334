/* playbooks.c - the set of playbooks, and the rule that chooses one: of those whose lists all hold
 * what the intent says, the one with the most lists, then the highest priority, then the first
 * name. No model has a say. */
#include "plan_priv.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>

#include "runbook/base/file.h"
#include "runbook/base/mem.h"
#include "runbook/base/path.h"
#include "runbook/base/vec.h"

struct playbooks {
    struct arena *arena;
    VEC(struct playbook) list;
};

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct playbook *)a)->name, ((const struct playbook *)b)->name);
}

static enum err_code add(struct playbooks *p, struct str text, const char *file, bool own,
                         struct err *err)
{
    struct playbook book;
    enum err_code rc = playbook_parse(text, file, p->arena, &book, err);

    if (rc)
        return rc;
    book.own = own;
    VEC_EACH (have, &p->list) {
        if (strcmp(have->name, book.name) != 0)
            continue;
        if (have->own)
            return err_set(err, ERR_INPUT, "%s: playbook '%s' is in %s as well", file, book.name,
                           have->file);
        *have = book;
        return ERR_OK;
    }
    if (p->list.count == PLAYBOOKS_MAX)
        return err_set(err, ERR_LIMIT, "there are more than %d playbooks", PLAYBOOKS_MAX);
    *VEC_PUSH(&p->list) = book;
    return ERR_OK;
}

static enum err_code add_file(struct playbooks *p, const char *dir, const char *name,
                              struct err *err)
{
    char *path = path_join(dir, name);
    struct buf text = BUF_INIT(PLAYBOOK_MAX_BYTES);
    enum err_code rc = file_read(path, &text, err);

    if (!rc)
        rc = add(p, buf_str(&text), path, true, err);
    buf_release(&text);
    free(path);
    return rc;
}

static int is_playbook(const struct dirent *d)
{
    struct str name = str_from(d->d_name);

    return name.len > 4 && name.ptr[0] != '.' &&
           (str_ends(name, ".yaml") || str_ends(name, ".yml"));
}

static int by_bytes(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name); /* the same order in every locale */
}

static enum err_code add_folder(struct playbooks *p, const char *dir, struct err *err)
{
    struct dirent **names;
    int n = scandir(dir, &names, is_playbook, by_bytes);
    enum err_code rc = ERR_OK;

    if (n < 0)
        return errno == ENOENT ? ERR_OK : err_errno(err, errno, "read %s", dir);
    for (int i = 0; i < n; i++) {
        if (!rc)
            rc = add_file(p, dir, names[i]->d_name, err);
        free(names[i]);
    }
    free(names);
    return rc;
}

enum err_code playbooks_load(const char *dir, struct playbooks **ret, struct err *err)
{
    struct playbooks *p = xcalloc(1, sizeof(*p));
    enum err_code rc = ERR_OK;

    p->arena = arena_new(65536);
    for (const struct playbook_data *d = playbook_data; d->name && !rc; d++)
        rc = add(p, str_from(d->text), arena_printf(p->arena, "playbooks/%s.yaml", d->name), false,
                 err);
    if (!rc && dir)
        rc = add_folder(p, dir, err);
    if (rc) {
        playbooks_free(p);
        return rc;
    }
    qsort(p->list.items, p->list.count, sizeof(*p->list.items), by_name);
    *ret = p;
    return ERR_OK;
}

void playbooks_free(struct playbooks *p)
{
    if (!p)
        return;
    VEC_RELEASE(&p->list);
    arena_free(p->arena);
    free(p);
}

size_t playbooks_count(const struct playbooks *p)
{
    return p->list.count;
}

const struct playbook *playbooks_at(const struct playbooks *p, size_t i)
{
    return i < p->list.count ? &p->list.items[i] : NULL;
}

const struct playbook *playbooks_find(const struct playbooks *p, const char *name)
{
    VEC_EACH (b, &p->list) {
        if (strcmp(b->name, name) == 0)
            return b;
    }
    return NULL;
}

/* ---- choosing ---- */

static const char *said(const struct plan_intent *in, struct str key)
{
    if (str_eq_c(key, "intent"))
        return plan_do_names[in->what];
    if (str_eq_c(key, "resource"))
        return in->resource;
    if (str_eq_c(key, "goal"))
        return plan_goal_names[in->goal];
    return intent_filter(in, key.ptr); /* class and action */
}

static bool holds(const struct value *list, const char *word)
{
    if (!word)
        return false;
    if (list->type == VALUE_STRING)
        return str_eq_c(list->u.string, word);
    VALUE_EACH (v, list) {
        if (str_eq_c(v->u.string, word))
            return true;
    }
    return false;
}

/* Has somebody said all of these? */
static bool all_said(const struct value *names, const struct plan_intent *in)
{
    if (names->type == VALUE_STRING)
        return intent_filter(in, names->u.string.ptr) != NULL;
    VALUE_EACH (v, names) {
        if (!intent_filter(in, v->u.string.ptr))
            return false;
    }
    return true;
}

/* How many lists it has, all of which hold; 0: it does not fit. */
static size_t fits(const struct playbook *b, const struct plan_intent *in)
{
    VALUE_EACH (v, b->match) {
        if (str_eq_c(v->key, "has") ? !all_said(v, in) : !holds(v, said(in, v->key)))
            return 0;
    }
    return value_count(b->match);
}

static const char *why(const struct playbook *b, const struct plan_intent *in, struct arena *a)
{
    struct buf out = BUF_INIT(1024);
    const char *text;

    VALUE_EACH (v, b->match) {
        buf_adds(&out, out.len ? ", " : "");
        if (str_eq_c(v->key, "has"))
            buf_adds(&out, "what it needs is named");
        else
            buf_addf(&out, "%s is %s", v->key.ptr, said(in, v->key));
    }
    text = arena_strdup(a, buf_cstr(&out));
    buf_release(&out);
    return text;
}

enum err_code playbooks_choose(const struct playbooks *p, const struct plan_intent *in,
                               struct arena *a, const struct playbook **ret, const char **ret_why,
                               struct err *err)
{
    const struct playbook *best = NULL;
    size_t best_fit = 0;

    VEC_EACH (b, &p->list) { /* by name: of equal ones the first stays */
        size_t fit = fits(b, in);

        if (fit > best_fit || (fit && fit == best_fit && b->priority > best->priority)) {
            best = b;
            best_fit = fit;
        }
    }
    if (!best) {
        const char *action = intent_filter(in, "action"), *class = intent_filter(in, "class");

        return err_set(err, ERR_NOT_FOUND,
                       "no playbook is for this: %s %s%s%s%s%s; runbook plan playbooks lists them",
                       plan_do_names[in->what], in->resource, action ? ", action " : "",
                       action ? action : "", class ? ", class " : "", class ? class : "");
    }
    *ret = best;
    *ret_why = why(best, in, a);
    return ERR_OK;
}
