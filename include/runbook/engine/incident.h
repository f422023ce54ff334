/* incident.h - the incident file: what fired, when, and where to look.
 * {"id","alert":{"name","service","metric","direction","started_at"},"window":{"start","end"},
 * "baseline":{"start","end"},"now","topology"}; unknown members are skipped. Only a time is needed:
 * "now", else the end of the window, else the alert's start. Paths are relative to the file. */
#ifndef RUNBOOK_ENGINE_INCIDENT_H
#define RUNBOOK_ENGINE_INCIDENT_H

#include "runbook/model/event.h"

struct incident_file {
    struct ev_incident_loaded incident;
    const char *topology; /* path, joined with the file's folder; NULL: none */
};

/* Blocking; for start-up. Strings go to `a`. ERR_INPUT names the file and the field. */
enum err_code incident_load(const char *path, struct arena *a, struct incident_file *ret,
                            struct err *err);
/* The same from text; `path` is for messages and for relative paths. */
enum err_code incident_parse(struct str text, const char *path, struct arena *a,
                             struct incident_file *ret, struct err *err);

#endif
