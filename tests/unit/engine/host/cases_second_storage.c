/* cases_second_storage.c - the second look at who fills or loads a disk: just above and just below
 * what is asked of it. */
#include "cases.h"

#define FULL_VAR WITH(filesystems, FS("1", "0.1", "false"))
#define NO_INODES WITH(filesystems, FS("0.5", "1", "false"))
#define NEARLY_FULL                                                                                \
    "[{\"mount\":\"/var\",\"type\":\"ext4\",\"known\":true,\"read_only\":false,\"total\":1e10,"    \
    "\"free\":1e9,\"available\":1e8,\"used\":0.9,\"inodes_used\":0.1,\"growth_rate\":1e6}]"
#define WRITER                                                                                     \
    "[{\"pid\":7,\"ppid\":1,\"command\":\"app\",\"cpu\":0,\"tree_cpu\":0,\"state\":\"S\","         \
    "\"read_rate\":0,\"write_rate\":4e6,\"wrote_rate\":4e6,\"write_calls\":1000}]"
#define APPENDS                                                                                    \
    "\"written\":[{\"pid\":7,\"command\":\"app\",\"path\":\"/var/log/app.log\","                   \
    "\"mount\":\"/var\",\"append\":true}]"
#define FILLED                                                                                     \
    {                                                                                              \
        .filesystems = NEARLY_FULL, .processes = WRITER, .more = APPENDS                           \
    }
#define LARGEST(share)                                                                             \
    "{\"files\":[{\"path\":\"/var/huge\",\"bytes\":9e8,\"share\":" share ",\"pid\":3,"             \
    "\"command\":\"d\"}]}"
#define FOLDER(share, inodes)                                                                      \
    "{\"files\":[],\"folders\":[{\"path\":\"/var\",\"share\":1,\"inode_share\":1},"                \
    "{\"path\":\"/var/spool\",\"share\":" share ",\"inode_share\":" inodes                         \
    ",\"bytes\":5e8,\"entries\":9,\"files\":8}]}"
#define HIDDEN(seen, gaps)                                                                         \
    "{\"total\":1e9,\"used\":1,\"bytes_seen\":" seen                                               \
    ",\"files\":[],\"folders\":[],\"gaps\":[" gaps "]}"
#define OPEN_FILES "{\"what\":\"open files of others\"}"
#define MODIFIED(ms)                                                                               \
    "{\"now_ms\":1700000000000,\"files\":[{\"path\":\"/var/a\",\"bytes\":5,\"modified_ms\":1},"    \
    "{\"path\":\"/var/b\",\"bytes\":7,\"modified_ms\":" ms ",\"pid\":3,\"command\":\"d\"}]}"
#define MOVES(read, written, wrote, calls)                                                         \
    "{\"pid\":7,\"read_rate\":" read ",\"write_rate\":" written ",\"wrote_rate\":" wrote           \
    ",\"write_calls\":" calls ",\"files\":[{\"path\":\"/var/log/app.log\",\"rate\":" wrote         \
    ",\"size\":1e9}]}"
#define LOADED                                                                                     \
    "[{\"pid\":7,\"ppid\":1,\"command\":\"dd\",\"state\":\"D\",\"read_rate\":1e8,"                 \
    "\"write_rate\":1e8,\"wrote_rate\":1e8,\"write_calls\":100},{\"pid\":8,\"ppid\":1,"            \
    "\"command\":\"db\",\"state\":\"D\",\"read_rate\":10,\"write_rate\":0,\"wrote_rate\":0}]"
#define BUSY_DISK                                                                                  \
    {                                                                                              \
        .disks = "[{\"name\":\"sda\",\"busy\":0.99,\"await_ms\":80,\"iops\":100}]",                \
        .pressure = PSI("0", "0", "0.5"), .processes = LOADED                                      \
    }
#define STALLED(is) "[{\"name\":\"sda\",\"in_flight\":3,\"iops\":0,\"stalled\":" is "}]"
#define HANGS                                                                                      \
    {                                                                                              \
        .disks = STALLED("true"), .limits = "{\"d_state\":1}"                                      \
    }
#define AGAIN(stalled, waiting)                                                                    \
    "{\"window_s\":2,\"limits\":{\"d_state\":" waiting "},\"disks\":" STALLED(stalled) "}"
#define FLUSHING                                                                                   \
    {                                                                                              \
        .disks = "[{\"name\":\"sda\",\"busy\":0.5,\"await_ms\":2,\"flush_rate\":200,"              \
                 "\"flush_ms\":2}]",                                                               \
        .pressure = PSI("0", "0", "0.5"), .processes = WRITER                                      \
    }
#define UNWRITTEN                                                                                  \
    {                                                                                              \
        .memory = "{\"total\":8e9,\"available\":6e9,\"dirty\":9e8,\"writeback\":0,"                \
                  "\"dirty_threshold\":1e9}",                                                      \
        .pressure = PSI("0", "0", "0.5"), .processes = LOADED                                      \
    }
#define LOG                                                                                        \
    {                                                                                              \
        .processes = WRITER, .more = APPENDS                                                       \
    }

const struct second cases_second_storage[] = {
    {"disk_full", FULL_VAR, LARGEST("0.25"), YES},
    {"disk_full", FULL_VAR, LARGEST("0.24"), OPEN},
    {"disk_full", FULL_VAR, FOLDER("0.5", "0"), YES},
    {"disk_full", FULL_VAR, FOLDER("0.49", "1"), OPEN},
    {"disk_inodes", NO_INODES, FOLDER("0", "0.5"), YES},
    {"disk_inodes", NO_INODES, FOLDER("1", "0.49"), OPEN},
    {"tmpfs_full",
     WITH(filesystems, "[{\"mount\":\"/run\",\"type\":\"tmpfs\",\"known\":true,\"read_only\":false,"
                       "\"total\":1e9,\"free\":1,\"available\":1,\"used\":1,\"inodes_used\":0}]"),
     LARGEST("0.25"), YES},
    /* What no folder shows is held by files without a name, unless a folder could not be read. */
    {"disk_full", FULL_VAR, HIDDEN("4.9e8", OPEN_FILES), YES},
    {"disk_full", FULL_VAR, HIDDEN("5.1e8", OPEN_FILES), OPEN},
    {"disk_full", FULL_VAR, HIDDEN("4.9e8", ""), OPEN},
    {"disk_full", FULL_VAR, HIDDEN("4.9e8", OPEN_FILES ",{\"what\":\"folders of others\"}"), OPEN},
    {"disk_filling", WITH(filesystems, NEARLY_FULL), MODIFIED("1699999985000"), YES},
    {"disk_filling", WITH(filesystems, NEARLY_FULL), MODIFIED("1699999984500"), OPEN},
    {"disk_filling", FILLED, MOVES("0", "0", "2.5e5", "9"), YES},
    {"disk_filling", FILLED, MOVES("0", "0", "2.4e5", "9"), OPEN},
    {"disk_io", BUSY_DISK, MOVES("4e7", "1e7", "0", "9"), YES},
    {"disk_io", BUSY_DISK, MOVES("4e7", "9e6", "0", "9"), OPEN},
    {"disk_slow", HANGS, AGAIN("true", "1"), YES},
    {"disk_slow", HANGS, AGAIN("true", "0"), NO},
    {"disk_slow", HANGS, AGAIN("false", "1"), NO},
    {"disk_slow", HANGS, "{\"window_s\":2,\"limits\":{\"d_state\":1},\"disks\":[]}", NO},
    {"disk_fsync", FLUSHING, MOVES("0", "1e6", "1e6", "1000"), YES},
    {"disk_fsync", FLUSHING, MOVES("0", "9.9e5", "1e6", "1000"), OPEN},
    {"disk_fsync", FLUSHING, MOVES("0", "6.5536e6", "1e6", "100"), YES},
    {"disk_fsync", FLUSHING, MOVES("0", "6.6e6", "1e6", "100"), OPEN},
    {"writeback", UNWRITTEN, MOVES("0", "0", "131072", "9"), YES},
    {"writeback", UNWRITTEN, MOVES("0", "0", "131071", "9"), OPEN},
    /* It waits within one large call: what it made dirty counts. */
    {"writeback", UNWRITTEN, MOVES("0", "131072", "0", "9"), YES},
    {"logfile_growth", LOG, MOVES("0", "0", "524288", "9"), YES},
    {"logfile_growth", LOG, MOVES("0", "0", "524287", "9"), OPEN},
    {"logfile_growth", LOG, "{\"files\":[]}", OPEN},
    {.id = NULL},
};
