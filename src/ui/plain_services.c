/* plain_services.c - the service graph as a list: who calls whom, and who feels it when one fails.
 */
#include "src/ui/plain_list_priv.h"

size_t plain_count_services(const struct model *m)
{
    return m->topology ? m->topology->count : 0;
}

bool plain_words_service(const struct model *m, size_t i, struct buf *out)
{
    const struct topo_node *n = &m->topology->nodes[i];
    size_t alert = m->has_incident ? topology_find(m->topology, m->incident.service) : SIZE_MAX;

    buf_adds(out, n->name);
    if (m->conclusion.impact.node == i)
        buf_adds(out, ", the root cause");
    if (alert == i)
        buf_adds(out, ", the alert");
    buf_adds(out, n->callee_count ? ": calls " : ": calls nobody");
    for (size_t k = 0; k < n->callee_count; k++)
        buf_addf(out, "%s%s", k ? ", " : "", m->topology->nodes[n->callees[k]].name);
    return true;
}

void plain_open_service(struct plain *p, size_t i)
{
    const struct topology *t = p->model->topology;
    struct arena *a = arena_new(0);
    struct topo_impact felt;
    struct buf line = BUF_INIT(8192);

    topology_impact(t, i, TOPO_CALLERS, TOPO_REALISTIC, a, &felt);
    plain_linef(p, 0, TONE_BOLD, "%s", t->nodes[i].name);
    plain_field(p, "type", t->nodes[i].type);
    plain_field(p, "owner", topology_owner(&t->nodes[i]));
    buf_addf(&line, "if it fails, %zu of %zu services feel it%s", felt.affected, t->count,
             felt.entry ? ", the entry among them" : "");
    for (size_t k = 0, named = 0; k < t->count && named < 20; k++) {
        if (k == i || felt.depth[k] < 0)
            continue;
        buf_addf(&line, "%s%s", named++ ? ", " : ": ", t->nodes[k].name);
    }
    plain_field(p, "impact", buf_cstr(&line));
    buf_release(&line);
    arena_free(a);
}
