/* found.h - what is here on a first run, found without asking anybody: the names in the files that
 * ssh, kubectl and the AWS programs read, keys of AWS in the environment, and a Prometheus on this
 * machine, which is asked for its version after the first painting. Nothing is contacted but
 * 127.0.0.1. */
#ifndef RUNBOOK_SRC_APP_FOUND_H
#define RUNBOOK_SRC_APP_FOUND_H

#include "runbook/app/app.h"
#include "runbook/loop/loop.h"
#include "runbook/view/start.h"

struct found; /* opaque */

/* Is this a first run: no configuration file, no session kept? */
bool found_wanted(struct app *app);
/* Knows this machine only; reads nothing. */
struct found *found_new(void);
void found_free(struct found *f); /* NULL is fine; ends what is under way */
const struct start *found_start(const struct found *f);
/* Read the files and the environment. True when there was something. */
bool found_read(struct found *f);
/* Ask 127.0.0.1:9090; `changed` is called at most once, when something answered like a Prometheus.
 * RUNBOOK_START_PORT is another port (for tests). */
void found_probe(struct found *f, struct loop *loop, void (*changed)(void *ctx), void *ctx);

/* The parts, for tests: append at most START_TEXT_MAX bytes of names, separated by ", ". */
void found_ssh_hosts(struct str config, struct buf *out);
void found_kube_contexts(struct str config, struct buf *out);
void found_aws_profiles(struct str config, struct buf *out);
void found_aws_credentials(struct str credentials, struct buf *out);
/* The version in a Prometheus' answer; false when it is none. */
bool found_prometheus_version(struct str answer, char out[32]);

#endif
