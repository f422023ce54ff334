/* several.h - a machine has several filesystems, units, programs and ports, and more than one of
 * them can be off. A pattern that says so (`several`) is run again for what is left when one was
 * found: its find() leaves out what is taken, and of the rest it takes what the question names,
 * then the worst. Pure. */
#ifndef RUNBOOK_ENGINE_HOST_SEVERAL_H
#define RUNBOOK_ENGINE_HOST_SEVERAL_H

#include "view.h"

#define HOST_SAME_MAX 4 /* findings of one pattern; what is beyond is named as a gap */

struct host_choice {
    const struct value *item; /* NULL: none yet */
    const char *identity;
    double score;
    bool named;
};

/* Does a finding tell of it already? */
bool hv_taken(const struct host_view *v, const char *identity);
/* Is that name a word of the question, in either case? "nginx" names "nginx.service", too. */
bool hv_names(const struct host_view *v, const char *name);
/* The same of a port: "port 8443", ":8443". */
bool hv_names_port(const struct host_view *v, double port);
/* The next absolute path of the question behind `*at` (0 to begin); false: no more. The path is in
 * `arena`, without what ends a sentence. */
bool hv_next_path(const struct host_view *v, struct arena *arena, size_t *at, const char **ret);
/* The machine that a pasted alert is about, by its labels or its words ("on db-2", "host:web-1"):
 * "instance": "web-3:9100" in JSON, instance=web-3:9100 in text. Without port, in `arena`; NULL:
 * none, or this machine by its usual names. An id of a cloud is no name of a machine. */
const char *hv_alert_host(struct arena *arena, struct str question);
/* Is it about AWS: does it name one of its services, or an ARN? */
bool hv_speaks_of_aws(struct str question);
/* It becomes the choice when nothing of it is taken and it is named, or worse than what is. A score
 * that is not above 0 counts for what is named only. */
void hv_choose(const struct host_view *v, struct host_choice *c, const struct value *item,
               double score, const char *identity, bool named);

#endif
