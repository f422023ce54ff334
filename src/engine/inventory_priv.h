/* inventory_priv.h - the resources of a cloud: what reads the store and what asks the cloud share.
 */
#ifndef RUNBOOK_ENGINE_INVENTORY_PRIV_H
#define RUNBOOK_ENGINE_INVENTORY_PRIV_H

#include "runbook/engine/engine.h"
#include "runbook/store/inventory.h"

struct loading;
struct live_scan;

struct inventory {
    struct loading *loading; /* NULL: the store is not being read */
    loop_id job, timer;
    struct live_scan *live; /* NULL: the cloud is not being asked */
    struct buf key;         /* of one row */
    bool throttled;         /* a list of the last look at the cloud was */
    char watched[200];      /* what is looked at by itself */
};

struct inventory *inventory_get(struct engine *e); /* made when there is none */
/* Ask AWS for what is there. False: it is not configured; nothing was said. */
bool inventory_scan(struct engine *e);
void inventory_live_free(struct engine *e);
/* Fold and show, without the journal. */
void inventory_show(struct engine *e, struct event *ev);
/* `changed_ms`: when it was found to be another; 0: nothing is said of that. */
void inventory_show_resource(struct engine *e, const struct inv_resource *r, int64_t seen_ms,
                             int64_t changed_ms, bool gone);
/* "aws:ACCOUNT/REGION/SERVICE/KIND/ID", replacing what is in `key`. */
void inventory_key(struct buf *key, const char *account, const char *region, const char *service,
                   const char *kind, const char *id);
/* `keep`: in the journal as well, when a session is open. */
void inventory_say(struct engine *e, const struct ev_inventory_seen *s, bool keep);
int64_t inventory_health(const char *word);      /* of "ok", "bad" */
char *inventory_path_of(const struct engine *e); /* the caller frees; NULL: nothing is kept */
/* engine.c: a journal was begun; the engine goes away. */
void inventory_opened(struct engine *e);
void inventory_free(struct engine *e);

#endif
