/* root.c - the pages that a key opens from anywhere: war room, resources, ...
 * Adding one is an enumerator (screen.h), a row here, and a command in ui/commands.c between
 * CMD_ROOT_WAR_ROOM and CMD_ROOT_SECURITY, in the same order. A page whose row is NULL is absent:
 * no tab, no key, no help. */
#include "src/view/view_priv.h"

static const struct root_def *const roots[ROOTS] = {
    [ROOT_WAR_ROOM] = &root_war_room, [ROOT_RESOURCES] = &root_resources,
    [ROOT_SIGNALS] = &root_signals,   [ROOT_TIMELINE] = &root_timeline,
    [ROOT_AUDIT] = &root_audit,       [ROOT_SERVICES] = &root_services,
    [ROOT_SECURITY] = &root_security,
};

const struct root_def *root_def(enum root r)
{
    return r < ROOTS ? roots[r] : NULL;
}

bool screen_has_root(enum root r)
{
    return root_def(r) != NULL;
}

const char *screen_root_name(enum root r)
{
    return screen_has_root(r) ? root_def(r)->name : "";
}

bool screen_go(struct screen *s, enum root r)
{
    if (!screen_has_root(r))
        return false;
    if (screen_list(s))
        list_choose(screen_list(s), false);
    s->root = r;
    s->depth = 0;
    s->page_links = s->page_lines = 0;
    s->input_focus = s->filter_focus = false;
    return true;
}

static const struct root_def *here(const struct screen *s)
{
    const struct root_def *d = root_def(s->root);

    return d ? d : &root_war_room;
}

bool screen_in_pane(const struct screen *s, enum pane p)
{
    return !s->depth && s->root == ROOT_WAR_ROOM && s->focus == p;
}

bool screen_in_list(const struct screen *s)
{
    return !s->depth && (here(s)->list || screen_in_pane(s, PANE_RESOURCES));
}

struct list *screen_list(struct screen *s)
{
    if (!screen_in_list(s))
        return NULL;
    return s->root == ROOT_WAR_ROOM ? &s->resources : here(s)->list(s);
}

const void *screen_list_data(struct screen *s, const struct model *m)
{
    return s->root == ROOT_WAR_ROOM ? m : here(s)->list_data(s, m);
}
