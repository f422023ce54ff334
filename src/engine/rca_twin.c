/* rca_twin.c - see rca_twin.h. */
#include "rca_twin.h"

#include <math.h>
#include <string.h>

#include "rca_facts.h"

#define MOVED 3.0  /* scales: it left its usual range */
#define AS_FAR 0.5 /* part of the change, from which a twin moved the same way */

/* Labels that tell copies apart, the first that is there names the copy. Sources: Prometheus
 * (instance), Kubernetes (pod), cAdvisor (id, name beside a pod), Nomad (alloc_id), Docker Swarm.
 */
static const char *const copy_labels[] = {"pod",
                                          "pod_name",
                                          "exported_pod",
                                          "instance",
                                          "exported_instance",
                                          "replica",
                                          "task_id",
                                          "alloc_id",
                                          "host",
                                          "hostname",
                                          "node",
                                          "nodename",
                                          "pod_ip",
                                          "ip",
                                          "uid",
                                          "container_id",
                                          "id",
                                          NULL};

static bool tells_copies(const char *label, bool in_pod)
{
    for (const char *const *l = copy_labels; *l; l++) {
        if (strcmp(*l, label) == 0)
            return true;
    }
    return in_pod && strcmp(label, "name") == 0; /* cAdvisor's name of the container */
}

static uint64_t mix(uint64_t h, const char *text)
{
    for (; *text; text++)
        h = (h ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
    return (h ^ 0xff) * UINT64_C(0x100000001b3);
}

uint64_t rca_twin_family(const char *metric, struct prom_labels labels, const char **ret_copy)
{
    const char *pod = prom_label(labels, "pod");
    uint64_t sum = 0;

    *ret_copy = NULL;
    for (const char *const *l = copy_labels; *l && !*ret_copy; l++) {
        const char *v = prom_label(labels, *l);

        *ret_copy = v && *v ? v : NULL;
    }
    if (!*ret_copy)
        return 0;
    for (size_t i = 0; i < labels.count; i++) { /* whatever their order */
        if (!tells_copies(labels.items[i].name, pod != NULL))
            sum +=
                mix(mix(UINT64_C(0xcbf29ce484222325), labels.items[i].name), labels.items[i].value);
    }
    sum = mix(sum ^ UINT64_C(0xcbf29ce484222325), metric);
    return sum ? sum : 1;
}

void rca_twins_of(const struct rca_input *in, size_t signal, struct rca_twins *ret)
{
    const struct rca_signal *own = &in->signals[signal];

    memset(ret, 0, sizeof(*ret));
    for (size_t i = 0; i < in->signal_count && own->family; i++) {
        const struct rca_signal *s = &in->signals[i];
        double z;

        if (i == signal || s->family != own->family || s->service != own->service ||
            strcmp(s->copy, own->copy) == 0)
            continue;
        z = s->shift.direction == own->shift.direction ? rca_weight_z(s) : 0;
        ret->count++;
        ret->furthest = fmax(ret->furthest, z);
        ret->moved += z >= MOVED && s->shift.rel >= AS_FAR * own->shift.rel;
    }
}

double rca_twin_apart(const struct rca_input *in, size_t signal)
{
    const struct rca_signal *own = &in->signals[signal];
    double z = rca_weight_z(own);
    struct rca_twins t;

    if (z < MOVED || !own->family)
        return 0;
    rca_twins_of(in, signal, &t);
    return t.count && !t.moved ? fmax(0, 1 - t.furthest / z) : 0;
}
