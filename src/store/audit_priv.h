/* audit_priv.h - what the files of the audit share. */
#ifndef RUNBOOK_STORE_AUDIT_PRIV_H
#define RUNBOOK_STORE_AUDIT_PRIV_H

#include "runbook/store/audit.h"

char *audit_path(const char *state_dir, const char *name); /* <state>/audit/<name> */

/* An append-only chain in a file, locked while it is open. */
struct audit_chain {
    int fd;
    uint64_t lines;
    char last_hash[SHA256_HEX];
    int64_t last_ms; /* time of its last line; 0: it is empty */
};
enum err_code audit_chain_open(const char *path, struct audit_chain *ret, struct err *err);
enum err_code audit_chain_add(struct audit_chain *c, const char *type, const char *actor,
                              int64_t ts_ms, struct str data_json, struct err *err);
void audit_chain_close(struct audit_chain *c);

#endif
