/* inventory.h - what scans of a cloud found, kept: each resource once, when it was first and last
 * seen, what changed between scans, and what resources say of each other. One file (inventory.db);
 * a scan is one transaction.
 *
 * What a resource says of another is a text (an id, an ARN, a name, a host name); whose it is is
 * found when it is asked for, so a scan of one service finds what was seen of the others before. */
#ifndef RUNBOOK_STORE_INVENTORY_H
#define RUNBOOK_STORE_INVENTORY_H

#include <stdint.h>

#include "runbook/store/db.h"

extern const struct db_schema inventory_schema;

struct inv_resource {
    const char *account, *region, *service, *kind, *id;
    const char *name, *arn, *state, *health, *created;
    const char *tags;  /* JSON of an object */
    struct str record; /* all that came, packed by who keeps it; empty: not kept */
    /* It is only there as long as none of these services has that ARN: " elb elbv2 "; NULL or "":
     * it is there by itself. */
    const char *stands_for;
};

/* What one says of another. */
struct inv_relation {
    size_t source; /* of `resources`; SIZE_MAX: it is named by the next four */
    const char *account, *region, *source_kind, *source_name; /* "elbv2:target-group", an ARN */
    const char *type;   /* "runs-in"; "": of that source nothing is said any more */
    bool inverse;       /* the other one is that of this one */
    const char *kind;   /* of the other one: "ec2:subnet"; "": any */
    const char *target; /* its id, ARN, name or host name */
};

/* Tell what differs between two records: at most a few fields. */
typedef void inv_field_fn(void *to, const char *field, const char *before, const char *after);
typedef void inv_differ_fn(struct str before, struct str after, inv_field_fn *fn, void *to);

/* What was looked at: only what stands in a whole place can be gone from it. */
struct inv_place {
    const char *account, *region, *service;
    bool whole;          /* every list of it was read to its end */
    const char *trouble; /* why not; "" */
};

struct inv_scan {
    int64_t begun_ms, ended_ms;
    const char *scope; /* "--category database", for people */
    const struct inv_resource *resources;
    size_t resource_count;
    const struct inv_place *places;
    size_t place_count;
    const struct inv_relation *relations;
    size_t relation_count;
    inv_differ_fn *differ; /* NULL: records are kept and not compared */
};

struct inv_outcome {
    int64_t scan; /* its number */
    size_t seen;  /* each once, whatever how often it came */
    size_t added, changed, gone;
    struct db_notice notice;
};

/* Blocks. ERR_IO and so on as in db.h; then nothing of the scan is kept. */
enum err_code inventory_save(const char *path, const struct inv_scan *s, struct inv_outcome *ret,
                             struct err *err);

struct inv_scan_row {
    int64_t scan, begun_ms, ended_ms;
    const char *scope;
    size_t seen, added, changed, gone, failed;
};
typedef void inv_scan_fn(void *ctx, const struct inv_scan_row *row);
enum err_code inventory_scans(const char *path, inv_scan_fn *fn, void *ctx, struct err *err);

struct inv_change {
    int64_t scan, at_ms;
    const char *what; /* "added", "changed", "gone", "back" */
    const char *account, *region, *service, *kind, *id, *name;
    const char *field, *before, *after; /* of "changed"; else "" */
};
typedef void inv_change_fn(void *ctx, const struct inv_change *c);
/* What scans behind `after` (-1: all but the last) up to `upto` (0: the last) found, oldest first.
 * ERR_NOT_FOUND: there is no such scan. */
enum err_code inventory_diff(const char *path, int64_t after, int64_t upto, inv_change_fn *fn,
                             void *ctx, struct err *err);

struct inv_kept {
    struct inv_resource r;
    int64_t first_ms, last_ms;
    int64_t gone_ms; /* 0: it is there */
};
typedef void inv_kept_fn(void *ctx, const struct inv_kept *k);
/* Those that were there at the last look, or with `gone` all. Sorted as `resources` sorts. `record`
 * is empty. */
enum err_code inventory_list(const char *path, bool gone, inv_kept_fn *fn, void *ctx,
                             struct err *err);

/* One resource and all that is kept of it. What is called back is borrowed for the call. */
struct inv_link {
    const char *type;
    bool inverse;                /* the other one is that of this one */
    const char *target;          /* what the record says; of a resource that names this one "" */
    const struct inv_kept *kept; /* the other one; NULL: it was not seen */
    const char *kind;            /* of one that was not seen: "ec2:subnet", or "" */
    int64_t first_ms;            /* since when it is said */
    int64_t row;                 /* of the other one, for the store itself; 0: it was not seen */
};
struct inv_detail_callbacks {
    void (*on_kept)(void *ctx, const struct inv_kept *k); /* with its record; first */
    void (*on_link)(void *ctx, const struct inv_link *l); /* both ways */
    inv_change_fn *on_change;                             /* the newest first, at most 100 */
};
#define INV_LINKS_MAX 400
/* `key` has account, region, service, kind and id; of which only the id is needed, and may then be
 * a name or an ARN: the one that was seen last is it. ERR_NOT_FOUND: none was ever seen. */
enum err_code inventory_detail(const char *path, const struct inv_resource *key,
                               const struct inv_detail_callbacks *cb, void *ctx, struct err *err);

/* Everything that is there, with what it says: for a graph. Relations come after the resources;
 * source and target are numbers of those (from 0, in the order they came). A target that is not
 * there does not come. */
typedef void inv_pair_fn(void *ctx, const char *type, bool inverse, size_t source, size_t target);
enum err_code inventory_graph(const char *path, inv_kept_fn *kept, inv_pair_fn *pair, void *ctx,
                              struct err *err);

/* The same for what is around some of them only: they, and what their relations lead to, breadth
 * first. Resources are numbered in the order they come, before what they say. What is named but
 * was not seen is no error. */
struct inv_near {
    const char *account, *number, *region; /* both spellings of the account; "": any */
    const char *const *names;              /* ids, ARNs or names */
    size_t count;
    size_t most; /* so many say what they name; then it is cut */
};
struct inv_near_end {
    size_t named, met, read; /* names that were found; resources that came, that said something */
    bool cut;
    int64_t oldest_ms, newest_ms; /* when they were last seen; 0: none came */
};
/* `from`: the number of the one that led to it, by a relation of `type`; SIZE_MAX: it is one of
 * those that were named. True: what it says, and what says something of it, is wanted as well. */
typedef bool inv_near_fn(void *ctx, const struct inv_kept *k, size_t from, const char *type);
enum err_code inventory_near(const char *path, const struct inv_near *ask, inv_near_fn *kept,
                             inv_pair_fn *pair, void *ctx, struct inv_near_end *ret,
                             struct err *err);

#endif
