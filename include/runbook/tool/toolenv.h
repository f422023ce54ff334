/* toolenv.h - what tools work with: made by app, borrowed by every call. A member is NULL when that
 * source is not configured; a tool then fails with ERR_NOT_FOUND and says how to configure it. */
#ifndef RUNBOOK_TOOL_TOOLENV_H
#define RUNBOOK_TOOL_TOOLENV_H

struct loop;
struct http_client;
struct host_pool;    /* service/host.h: machines by name, "local" always there */
struct prometheus;   /* service/prometheus.h */
struct alertmanager; /* service/alertmanager.h */
struct kept_source;  /* tool/kept.h: what the last scans of a cloud found */
struct aws_estate;   /* service/aws/estate.h */
struct tool_more;    /* tool/tool.h: rows that are known at run time only */
struct primitives;   /* engine/plan.h: what runs the queries of its own rows */
struct model;        /* model/model.h */
struct blob_source;  /* model/intent.h */

struct tool_env {
    struct loop *loop;
    struct host_pool *hosts;
    struct prometheus *prometheus;
    struct alertmanager *alertmanager;
    const char *aws_accepted; /* the file of accepted findings, or NULL */
    struct aws_estate *aws;
    const struct kept_source *kept;
    const struct tool_more *more; /* of MCP servers */
    const struct tool_more *own;  /* of the engine: diagnostic primitives */
    struct primitives *primitives;
    const struct model *model;       /* the session, for tools that read what is recorded */
    const struct blob_source *blobs; /* raw results */
    const char *bundles;             /* the folder for archives that bundle_write makes */
    const char *const *file_roots;   /* folders that file_read may read below; NULL-terminated */
};

#endif
