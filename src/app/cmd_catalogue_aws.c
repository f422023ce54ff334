/* cmd_catalogue_aws.c - see cmd_catalogue_aws.h. */
#include "src/app/cmd_catalogue_aws.h"

#include <stdio.h>
#include <string.h>

#include "src/engine/aws/causes.h"
#include "src/engine/aws/pattern.h"

static const struct aws_pattern *find(const char *id)
{
    size_t n = strlen(CATALOGUE_AWS);

    for (const struct aws_pattern *const *p = aws_pattern_table();
         strncmp(id, CATALOGUE_AWS, n) == 0 && *p; p++)
        if (strcmp((*p)->id, id + n) == 0)
            return *p;
    return NULL;
}

bool catalogue_aws_has(const char *id)
{
    return find(id) != NULL;
}

size_t catalogue_aws_names(const char *ret[], size_t max)
{
    static char names[64][48];
    size_t n = 0;

    for (const struct aws_pattern *const *p = aws_pattern_table(); *p && n < max && n < 64; p++) {
        (void)snprintf(names[n], sizeof(names[n]), CATALOGUE_AWS "%s", (*p)->id);
        ret[n] = names[n];
        n++;
    }
    return n;
}

static void put_limits(const struct aws_limit *list, struct buf *out)
{
    for (const struct aws_limit *l = list; l && l->name; l++)
        catalogue_put_limit(l->name, l->value, l->unit, l->why, out);
}

void catalogue_aws_list(struct buf *out)
{
    buf_adds(out, "\naws\n");
    for (const struct aws_pattern *const *p = aws_pattern_table(); *p; p++)
        buf_addf(out, "  " CATALOGUE_AWS "%-18s %s\n", (*p)->id, (*p)->claim);
    buf_adds(out, "\nlimits that several of AWS share\n");
    put_limits(aws_shared_limits, out);
    put_limits(aws_traced_limits, out);
    put_limits(aws_cause_limits, out);
}

static void put_causes(const char *id, struct buf *out)
{
    for (const struct aws_cause *c = aws_cause_table(); c->cause; c++) {
        if (strcmp(c->cause, id) == 0)
            buf_addf(out, "  explains " CATALOGUE_AWS "%s: %s\n", c->effect, c->because);
        if (strcmp(c->effect, id) == 0)
            buf_addf(out, "  explained by " CATALOGUE_AWS "%s: %s\n", c->cause, c->because);
    }
}

void catalogue_aws_show(const char *id, struct buf *out)
{
    const struct aws_pattern *p = find(id);

    buf_addf(out, CATALOGUE_AWS "%s (%s, %s)\n  %s\n", p->id, p->kind, category_name(p->category),
             p->claim);
    buf_addf(out, "  why it matters: %s\n  what refutes it: %s\n", p->rationale, p->refutes);
    buf_addf(out, "\nlimits\n%s",
             p->limits && p->limits->name ? "" : "  none: it is so, or it is not\n");
    put_limits(p->limits, out);
    buf_adds(out, "\nreads\n ");
    for (const char *const *n = p->needs; n && *n; n++)
        buf_addf(out, "%s %s", n == p->needs ? "" : ",", *n);
    buf_adds(out, "\n\ncauses\n");
    put_causes(p->id, out);
    if (p->proposals)
        buf_adds(out, "\nwhat a person could do\n");
    for (const struct aws_proposal *a = p->proposals; a && a->action; a++)
        buf_addf(out, "  %s (risk %s)\n", a->action, approval_risk_name(a->risk));
}

static void json_limits(struct json_writer *w, const struct aws_limit *list)
{
    json_key(w, "limits");
    json_array_begin(w);
    for (const struct aws_limit *l = list; l && l->name; l++)
        catalogue_json_limit(w, l->name, l->value, l->unit, l->why);
    json_array_end(w);
}

static void json_causes(struct json_writer *w, const char *key, const char *id, bool causes)
{
    char name[64];

    json_key(w, key);
    json_array_begin(w);
    for (const struct aws_cause *c = aws_cause_table(); c->cause; c++)
        if (strcmp(causes ? c->effect : c->cause, id) == 0) {
            (void)snprintf(name, sizeof(name), CATALOGUE_AWS "%s", causes ? c->cause : c->effect);
            json_cstring(w, name);
        }
    json_array_end(w);
}

static void json_pattern(struct json_writer *w, const struct aws_pattern *p)
{
    char name[64];

    (void)snprintf(name, sizeof(name), CATALOGUE_AWS "%s", p->id);
    json_object_begin(w);
    json_put_cstr(w, "id", name);
    json_put_cstr(w, "kind", p->kind);
    json_put_cstr(w, "category", category_name(p->category));
    json_put_cstr(w, "claim", p->claim);
    json_put_cstr(w, "rationale", p->rationale);
    json_put_cstr(w, "refutes", p->refutes);
    json_put_bool(w, "second_look", p->read != NULL);
    json_limits(w, p->limits);
    json_causes(w, "explains", p->id, false);
    json_causes(w, "explained_by", p->id, true);
    json_key(w, "proposals");
    json_array_begin(w);
    for (const struct aws_proposal *a = p->proposals; a && a->action; a++)
        json_cstring(w, a->action);
    json_array_end(w);
    json_object_end(w);
}

void catalogue_aws_json(struct json_writer *w, const char *only)
{
    for (const struct aws_pattern *const *p = aws_pattern_table(); *p; p++)
        if (!only || find(only) == *p)
            json_pattern(w, *p);
}
