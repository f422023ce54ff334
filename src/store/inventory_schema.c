/* inventory_schema.c - the tables of inventory.db, and how texts go into them and come out. */
#include "src/store/inventory_priv.h"

#include <stdio.h>
#include <string.h>

static const char *const steps[] = {
    "CREATE TABLE scan(id INTEGER PRIMARY KEY, begun_ms INTEGER NOT NULL, ended_ms INTEGER NOT "
    "NULL,"
    " scope TEXT NOT NULL, seen INTEGER NOT NULL, added INTEGER NOT NULL, changed INTEGER NOT NULL,"
    " gone INTEGER NOT NULL, failed INTEGER NOT NULL);"
    "CREATE TABLE resource(id INTEGER PRIMARY KEY, account TEXT NOT NULL, region TEXT NOT NULL,"
    " service TEXT NOT NULL, kind TEXT NOT NULL, rid TEXT NOT NULL, name TEXT NOT NULL,"
    " arn TEXT NOT NULL, state TEXT NOT NULL, health TEXT NOT NULL, created TEXT NOT NULL,"
    " tags TEXT NOT NULL, record TEXT NOT NULL, first_ms INTEGER NOT NULL,"
    " last_ms INTEGER NOT NULL, last_scan INTEGER NOT NULL, gone_ms INTEGER NOT NULL,"
    " UNIQUE(account, region, service, kind, rid));"
    "CREATE TABLE change(scan INTEGER NOT NULL, resource INTEGER NOT NULL, what TEXT NOT NULL,"
    " field TEXT NOT NULL, before TEXT NOT NULL, after TEXT NOT NULL);"
    "CREATE INDEX change_scan ON change(scan);"
    "CREATE INDEX change_resource ON change(resource);",
    "CREATE TABLE relation(source INTEGER NOT NULL, target TEXT NOT NULL, type TEXT NOT NULL,"
    " inverse INTEGER NOT NULL, kind TEXT NOT NULL, first_ms INTEGER NOT NULL,"
    " first_scan INTEGER NOT NULL, last_ms INTEGER NOT NULL, last_scan INTEGER NOT NULL,"
    " PRIMARY KEY(source, target, type, inverse)) WITHOUT ROWID;"
    "CREATE INDEX relation_target ON relation(target);"
    "CREATE TABLE record(resource INTEGER PRIMARY KEY, packed BLOB NOT NULL);"
    "CREATE INDEX resource_rid ON resource(rid);"
    "CREATE INDEX resource_arn ON resource(arn) WHERE arn<>'';"
    "CREATE INDEX resource_name ON resource(name) WHERE name<>rid;",
    /* What it says itself, as a number, and since which scan; when others said something of it. */
    "ALTER TABLE resource ADD COLUMN said INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE resource ADD COLUMN said_scan INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE resource ADD COLUMN about_scan INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE relation ADD COLUMN about INTEGER NOT NULL DEFAULT 0;",
    /* What a list of tags says, until the service's own list has it. */
    "ALTER TABLE resource ADD COLUMN stands_for TEXT NOT NULL DEFAULT '';"
    "CREATE INDEX resource_stands ON resource(id) WHERE stands_for<>'';",
    NULL,
};

const struct db_schema inventory_schema = {.name = "inventory", .steps = steps};

void inv_bind(sqlite3_stmt *st, int at, const char *text)
{
    sqlite3_bind_text(st, at, text ? text : "", -1, SQLITE_STATIC);
}

const char *inv_column(sqlite3_stmt *st, int at)
{
    const char *text = (const char *)sqlite3_column_text(st, at);

    return text ? text : "";
}

const char *inv_tail(const char *text)
{
    const char *tail = text;

    for (; *text; text++)
        if ((*text == '/' || *text == ':') && text[1])
            tail = text + 1;
    return tail;
}

void inv_split_kind(const char *kind, char service[INV_KIND_MAX], char ret_kind[INV_KIND_MAX])
{
    const char *colon = strchr(kind, ':');

    *service = *ret_kind = '\0';
    if (!colon)
        return;
    (void)snprintf(service, INV_KIND_MAX, "%.*s", (int)(colon - kind), kind);
    (void)snprintf(ret_kind, INV_KIND_MAX, "%s", colon + 1);
}
