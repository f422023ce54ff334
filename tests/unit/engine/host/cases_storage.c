/* cases_storage.c - disks, filesystems, mounts: each pattern just above and just below each of its
 * thresholds. */
#include "cases.h"

#define FS_MORE(used, inodes, avail, rate)                                                         \
    "[{\"mount\":\"/var\",\"type\":\"ext4\",\"device\":\"/dev/sdb1\",\"known\":true,"              \
    "\"read_only\":false,\"total\":1e10,\"free\":1e9,\"inodes\":1000,\"available\":" avail         \
    ",\"used\":" used ",\"inodes_used\":" inodes ",\"growth_rate\":" rate "}]"
#define TMPFS(used)                                                                                \
    "[{\"mount\":\"/run\",\"type\":\"tmpfs\",\"known\":true,\"read_only\":false,\"total\":1e9,"    \
    "\"free\":1,\"available\":1,\"used\":" used ",\"inodes_used\":0}]"
#define UNLINKED(bytes)                                                                            \
    "\"unlinked\":[{\"pid\":42,\"command\":\"app\",\"path\":\"/var/gone\",\"mount\":\"/var\","     \
    "\"bytes\":" bytes "}]"
#define WRITER(rate)                                                                               \
    "[{\"pid\":7,\"ppid\":1,\"command\":\"app\",\"cpu\":0,\"tree_cpu\":0,\"state\":\"S\","         \
    "\"read_rate\":0,\"write_rate\":" rate ",\"wrote_rate\":" rate ",\"write_calls\":1000}]"
#define WRITTEN(path, append)                                                                      \
    "\"written\":[{\"pid\":7,\"command\":\"app\",\"path\":\"" path                                 \
    "\",\"mount\":\"/\",\"append\":" append "}]"
/* Who writes a lot has also a log open, of that size. */
#define LOG_OF_SIZE(bytes)                                                                         \
    {                                                                                              \
        .processes = WRITER("1048576"),                                                            \
        .more = "\"written\":[{\"pid\":7,\"path\":\"/srv/build.log\",\"append\":false,"            \
                "\"size\":" bytes "}]"                                                             \
    }
#define DISK(busy, await, iops)                                                                    \
    "[{\"name\":\"sda\",\"busy\":" busy ",\"await_ms\":" await ",\"iops\":" iops                   \
    ",\"read_rate\":1e5,\"write_rate\":1e5,\"flush_rate\":1,\"flush_ms\":1}]"
#define GONE(in_flight)                                                                            \
    "[{\"name\":\"sdz\",\"busy\":0,\"await_ms\":0,\"iops\":0,\"in_flight\":" in_flight "}]"
#define STALLED(is, in_flight)                                                                     \
    "[{\"name\":\"sda\",\"busy\":1,\"await_ms\":0,\"iops\":0,\"read_rate\":0,\"write_rate\":0,"    \
    "\"in_flight\":" in_flight ",\"stalled\":" is "}]"
#define HANGS(is, waiting)                                                                         \
    {                                                                                              \
        .disks = STALLED(is, "2"), .limits = "{\"d_state\":" waiting "}"                           \
    }
#define FLUSH(rate, ms)                                                                            \
    "[{\"name\":\"sda\",\"busy\":0.5,\"await_ms\":2,\"iops\":500,\"flush_rate\":" rate             \
    ",\"flush_ms\":" ms "}]"
/* One that moves bytes, and one that waits for them. */
#define LOADED(state)                                                                              \
    "[{\"pid\":7,\"ppid\":1,\"command\":\"dd\",\"state\":\"D\",\"waited\":true,\"read_rate\":1e8," \
    "\"write_rate\":1e8,\"wrote_rate\":1e8,\"write_calls\":100},"                                  \
    "{\"pid\":8,\"ppid\":1,\"command\":\"db\",\"state\":\"" state                                  \
    "\",\"read_rate\":10,\"write_rate\":0,\"wrote_rate\":0,\"write_calls\":0}]"
#define HELD_UP(state, rate)                                                                       \
    "[{\"pid\":7,\"ppid\":1,\"command\":\"dd\",\"state\":\"D\",\"wchan\":\"balance_dirty_pages\"," \
    "\"read_rate\":0,\"write_rate\":" rate ",\"wrote_rate\":0,\"write_calls\":1},"                 \
    "{\"pid\":8,\"ppid\":1,\"command\":\"db\",\"state\":\"" state                                  \
    "\",\"read_rate\":10,\"write_rate\":0,\"wrote_rate\":0,\"write_calls\":0}]"
#define MOUNT(trouble, more)                                                                       \
    "\"mounts\":[{\"trouble\":\"" trouble "\",\"mount\":\"/srv/data\",\"device\":\"/dev/sdc1\","   \
    "\"type\":\"nfs4\",\"detail\":\"defaults\"" more "}]"
#define KERNEL(kind, age, text) "[{\"kind\":\"" kind "\",\"age_s\":" age ",\"text\":\"" text "\"}]"
#define DIRTY(n)                                                                                   \
    "{\"total\":8e9,\"available\":6e9,\"dirty\":" n ",\"writeback\":0,\"dirty_threshold\":1e9}"

#define SOME_IO(some)                                                                              \
    "{\"cpu\":{\"known\":true,\"some\":0},\"memory\":{\"known\":true,\"some\":0,\"full\":0},"      \
    "\"io\":{\"known\":true,\"some\":" some ",\"full\":0}}"
#define MOVER(pid, rate)                                                                           \
    "{\"pid\":" pid ",\"ppid\":1,\"command\":\"dd\",\"state\":\"D\",\"read_rate\":" rate           \
    ",\"write_rate\":0,\"wrote_rate\":0,\"write_calls\":0}"
#define MOVERS(a, b)                                                                               \
    {                                                                                              \
        .disks = DISK("0.99", "80", "100"), .pressure = PSI("0", "0", "0.3"),                      \
        .processes = "[" MOVER("7", a) "," MOVER("8", b) "," MOVER("9", b) "]"                     \
    }
#define CALM WITH(disks, DISK("0.5", "2", "100"))
#define SLOW_DISK(rate)                                                                            \
    "[{\"name\":\"sda\",\"busy\":0.5,\"await_ms\":150,\"iops\":30,\"read_rate\":" rate             \
    ",\"write_rate\":0}]"
#define ROOM(bytes)                                                                                \
    "[{\"mount\":\"/\",\"known\":true,\"available\":" bytes ",\"used\":0.1,\"total\":1e14}]"
#define LOG_WITH(room)                                                                             \
    {                                                                                              \
        .processes = WRITER("1048576"), .filesystems = ROOM(room),                                 \
        .more = WRITTEN("/srv/a.log", "true")                                                      \
    }
#define SMALL(total)                                                                               \
    "[{\"mount\":\"/s\",\"known\":true,\"read_only\":false,\"total\":" total                       \
    ",\"free\":0,\"available\":0,\"used\":1,\"inodes_used\":0}]"

/* Nobody's bytes are to be seen; so many wait for a device that is at a limit of its own. */
#define WAITS(pid) "{\"pid\":" pid ",\"ppid\":1,\"command\":\"db\",\"state\":\"D\"}"
#define AT_LIMIT(unwritten, rate, some, waiting)                                                   \
    {                                                                                              \
        .memory = DIRTY(unwritten), .pressure = PSI("0", "0", some), .processes = waiting,         \
        .disks = "[{\"name\":\"sda\",\"busy\":0.2,\"await_ms\":2,\"iops\":100,\"read_rate\":0,"    \
                 "\"write_rate\":" rate ",\"dirty_limit\":16e6}]",                                 \
        .more = "\"kernel_state\":{\"io_unknown\":9}"                                              \
    }
#define TWO_WAIT "[" WAITS("7") "," WAITS("8") "]"
#define LIMITED AT_LIMIT("12.8e6", "8e6", "0.2", TWO_WAIT)
#define STOPPED_WRITING(age)                                                                       \
    "[{\"mount\":\"/var\",\"device\":\"/dev/sdb1\",\"disk\":\"sdb1\",\"read_only\":true,"          \
    "\"errors\":2,\"error_age_s\":" age "}]"

const struct sides cases_storage[] = {
    {"writeback", LIMITED, AT_LIMIT("12.7e6", "8e6", "0.2", TWO_WAIT), "host:web-3"},
    {"writeback", LIMITED, AT_LIMIT("12.8e6", "0", "0.2", TWO_WAIT), "host:web-3"},
    {"writeback", LIMITED, AT_LIMIT("12.8e6", "8e6", "0.19", TWO_WAIT), "host:web-3"},
    {"writeback", LIMITED, AT_LIMIT("12.8e6", "8e6", "0.2", "[" WAITS("7") "]"), "host:web-3"},
    {"mount_readonly", WITH(filesystems, STOPPED_WRITING("86400")),
     WITH(filesystems, STOPPED_WRITING("86401")), "host:web-3/fs:/var"},
    {"disk_full", WITH(filesystems, FS("0.97", "0.1", "false")),
     WITH(filesystems, FS("0.969", "0.1", "false")), "host:web-3/fs:/var"},
    {"disk_full", WITH(filesystems, FS("0.99", "0.1", "false")),
     WITH(filesystems, FS("1", "1", "true")), "host:web-3/fs:/var"},
    {"disk_full", WITH(filesystems, FS("1", "0.1", "false")), WITH(filesystems, TMPFS("1")),
     "host:web-3/fs:/var"},
    {"disk_inodes", WITH(filesystems, FS("0.5", "0.97", "false")),
     WITH(filesystems, FS("1", "0.969", "false")), "host:web-3/fs:/var"},
    {"tmpfs_full", WITH(filesystems, TMPFS("0.97")), WITH(filesystems, TMPFS("0.96")),
     "host:web-3/fs:/run"},
    {"deleted_open",
     {.filesystems = FS_MORE("0.90", "0.1", "1e9", "0"), .more = UNLINKED("2.25e9")},
     {.filesystems = FS_MORE("0.89", "0.1", "1e9", "0"), .more = UNLINKED("2.25e9")},
     "host:web-3/process:42(app)"},
    {"deleted_open",
     {.filesystems = FS_MORE("0.96", "0.1", "1e9", "0"), .more = UNLINKED("2.25e9")},
     {.filesystems = FS_MORE("0.96", "0.1", "1e9", "0"), .more = UNLINKED("2.2e9")},
     "host:web-3/process:42(app)"},
    {"deleted_open",
     {.filesystems = FS_MORE("0.99", "0.1", "1e9", "0"), .more = UNLINKED("2.25e9")},
     {.filesystems = FS_MORE("0.99", "0.1", "1e9", "0"), .more = UNLINKED("2.2e9")},
     "host:web-3/process:42(app)"},
    /* A large disk that is 85 % full and does not grow is normal. */
    {"disk_filling", WITH(filesystems, FS_MORE("0.85", "0.1", "3.6e8", "1e5")),
     WITH(filesystems, FS_MORE("0.85", "0.1", "3.6e8", "0")), "host:web-3/fs:/var"},
    {"disk_filling", WITH(filesystems, FS_MORE("0.80", "0.1", "3.6e8", "1e5")),
     WITH(filesystems, FS_MORE("0.79", "0.1", "3.6e8", "1e5")), "host:web-3/fs:/var"},
    {"disk_filling", WITH(filesystems, FS_MORE("0.85", "0.1", "3.6e8", "1e5")),
     WITH(filesystems, FS_MORE("0.85", "0.1", "3.7e8", "1e5")), "host:web-3/fs:/var"},
    {"disk_filling", WITH(filesystems, FS_MORE("0.85", "0.1", "1e8", "65536")),
     WITH(filesystems, FS_MORE("0.85", "0.1", "1e8", "65000")), "host:web-3/fs:/var"},
    /* What a copy writes is no log. */
    {"logfile_growth",
     {.processes = WRITER("1048576"), .more = WRITTEN("/srv/out", "true")},
     {.processes = WRITER("1048576"), .more = WRITTEN("/srv/out", "false")},
     "host:web-3/process:7(app)"},
    {"logfile_growth",
     {.processes = WRITER("1048576"), .more = WRITTEN("/srv/a.log", "false")},
     {.processes = WRITER("1048000"), .more = WRITTEN("/srv/a.log", "true")},
     "host:web-3/process:7(app)"},
    {"logfile_growth",
     WITH(more, "\"logs\":[{\"path\":\"/var/log/x\",\"size\":1e9,\"rate\":1.1e6}]"),
     WITH(more, "\"logs\":[{\"path\":\"/var/log/x\",\"size\":1e9,\"rate\":1e6}]"),
     "host:web-3/file:/var/log/x"},
    /* With room for more than a day, only ten megabytes a second are too much. */
    {"logfile_growth",
     {.processes = WRITER("10485760"),
      .filesystems = "[{\"mount\":\"/\",\"known\":true,\"available\":1e14,\"used\":0.1}]",
      .more = WRITTEN("/srv/a.log", "true")},
     {.processes = WRITER("10400000"),
      .filesystems = "[{\"mount\":\"/\",\"known\":true,\"available\":1e14,\"used\":0.1}]",
      .more = WRITTEN("/srv/a.log", "true")},
     "host:web-3/process:7(app)"},
    /* What is smaller than what was written in the window did not get it. */
    {"logfile_growth", LOG_OF_SIZE("1048576"), LOG_OF_SIZE("1048575"), "host:web-3/process:7(app)"},
    {"mount_readonly", WITH(more, MOUNT("read_only", "")), WITH(more, MOUNT("missing", "")),
     "host:web-3/fs:/srv/data"},
    /* Without a line in fstab the kernel must have said why. */
    {"mount_readonly",
     {.filesystems = "[{\"mount\":\"/var\",\"device\":\"/dev/sdb1\",\"read_only\":true}]",
      .events = KERNEL("fs_error", "86000", "EXT4-fs (sdb1): Remounting filesystem read-only")},
     {.filesystems = "[{\"mount\":\"/var\",\"device\":\"/dev/sdb1\",\"read_only\":true}]",
      .events = KERNEL("fs_error", "87000", "EXT4-fs (sdb1): Remounting filesystem read-only")},
     "host:web-3/fs:/var"},
    {"mount_missing",
     {.processes = "[{\"pid\":4,\"command\":\"db\",\"cmdline\":\"db --data=/srv/data/x\"}]",
      .more = MOUNT("missing", "")},
     {.processes = "[{\"pid\":4,\"command\":\"db\",\"cmdline\":\"db --data=/srv/database\"}]",
      .more = MOUNT("missing", "")},
     "host:web-3/fs:/srv/data"},
    {"mount_missing",
     {.units = "{\"systemd\":true,\"list\":[{\"name\":\"srv-data.mount\",\"active\":\"failed\"}]}",
      .more = MOUNT("missing", "")},
     WITH(more, MOUNT("missing", ",\"optional\":true")),
     "host:web-3/fs:/srv/data"},
    {"mount_hung", WITH(more, MOUNT("hung", "")), WITH(more, "\"mounts\":[]"),
     "host:web-3/fs:/srv/data"},
    {"mount_hung", WITH(more, MOUNT("stale", "")), WITH(more, MOUNT("missing", "")),
     "host:web-3/fs:/srv/data"},
    {"disk_io",
     {.disks = DISK("0.95", "20", "100"),
      .pressure = PSI("0", "0", "0.2"),
      .processes = LOADED("D")},
     {.disks = DISK("0.94", "20", "100"),
      .pressure = PSI("0", "0", "0.2"),
      .processes = LOADED("D")},
     "host:web-3/process:7(dd)"},
    {"disk_io",
     {.disks = DISK("0.99", "20", "100"),
      .pressure = PSI("0", "0", "0.2"),
      .processes = LOADED("D")},
     {.disks = DISK("0.99", "19", "100"),
      .pressure = PSI("0", "0", "0.2"),
      .processes = LOADED("D")},
     "host:web-3/process:7(dd)"},
    {"disk_io",
     {.disks = DISK("0.99", "80", "100"),
      .pressure = PSI("0", "0", "0.2"),
      .processes = LOADED("D")},
     {.disks = DISK("0.99", "80", "100"),
      .pressure = PSI("0", "0", "0.19"),
      .processes = LOADED("D")},
     "host:web-3/process:7(dd)"},
    /* A copy that saturates the disk and keeps nobody waiting is meant. */
    {"disk_io",
     {.disks = DISK("0.99", "80", "100"),
      .pressure = PSI("0", "0", "0.6"),
      .processes = LOADED("D")},
     {.disks = DISK("0.99", "80", "100"),
      .pressure = PSI("0", "0", "0.6"),
      .processes = LOADED("S")},
     "host:web-3/process:7(dd)"},
    /* Who it is cannot be seen: then it is the disk. */
    {"disk_io",
     {.disks = DISK("0.99", "80", "100"), .pressure = PSI("0", "0", "0.6")},
     {.disks = DISK("0.99", "2", "100"), .pressure = PSI("0", "0", "0.6")},
     "host:web-3/disk:sda"},
    /* Of a disk that nobody uses an error is a doubt. */
    {"disk_slow",
     {.events = KERNEL("io_error", "1700", "I/O error, dev sdz, sector 5"), .disks = GONE("0")},
     {.events = KERNEL("io_error", "1900", "I/O error, dev sdz, sector 5"), .disks = GONE("0")},
     "host:web-3/disk:sdz",
     .doubt = true},
    {"disk_slow",
     {.events = KERNEL("io_error", "1700", "I/O error, dev sdz, sector 5"), .disks = GONE("1")},
     {.events = KERNEL("io_error", "1700", "I/O error, dev sdz, sector 5"), .disks = GONE("0")},
     "host:web-3/disk:sdz"},
    {"disk_slow", WITH(disks, DISK("0.5", "100", "60")), WITH(disks, DISK("0.5", "99", "60")),
     "host:web-3/disk:sda"},
    {"disk_slow", WITH(disks, DISK("0.5", "100", "3")), WITH(disks, DISK("0.5", "100", "2.9")),
     "host:web-3/disk:sda"},
    {"disk_slow", WITH(disks, DISK("0.5", "100", "60")), WITH(disks, DISK("0.5", "100", "61")),
     "host:web-3/disk:sda"},
    {"disk_slow",
     {.disks = DISK("0.1", "1", "10"),
      .events = KERNEL("io_error", "1800", "I/O error, dev sda, sector 4096")},
     {.disks = DISK("0.1", "1", "10"),
      .events = KERNEL("io_error", "1801", "I/O error, dev sda, sector 4096")},
     "host:web-3/disk:sda"},
    {"disk_slow",
     {.disks = DISK("0.1", "1", "10"), .events = KERNEL("io_error", "9", "I/O error, dev sda")},
     {.disks = DISK("0.1", "1", "10"), .events = KERNEL("io_error", "9", "I/O error, dev sdx")},
     "host:web-3/disk:sda"},
    {"disk_slow", HANGS("true", "1"), HANGS("false", "1"), "host:web-3/disk:sda"},
    /* A counter that was left behind hurts nobody. */
    {"disk_slow", HANGS("true", "1"), HANGS("true", "0"), "host:web-3/disk:sda"},
    {"disk_fsync",
     {.disks = FLUSH("100", "2"), .pressure = PSI("0", "0", "0.25"), .processes = WRITER("4e6")},
     {.disks = FLUSH("99", "3"), .pressure = PSI("0", "0", "0.25"), .processes = WRITER("4e6")},
     "host:web-3/process:7(app)"},
    {"disk_fsync",
     {.disks = FLUSH("200", "1"), .pressure = PSI("0", "0", "0.25"), .processes = WRITER("4e6")},
     {.disks = FLUSH("200", "0.96"), .pressure = PSI("0", "0", "0.25"), .processes = WRITER("4e6")},
     "host:web-3/process:7(app)"},
    {"disk_fsync",
     {.disks = FLUSH("200", "1"), .pressure = PSI("0", "0", "0.25"), .processes = WRITER("4e6")},
     {.disks = FLUSH("200", "1"), .pressure = PSI("0", "0", "0.24"), .processes = WRITER("4e6")},
     "host:web-3/process:7(app)"},
    {"writeback",
     {.memory = DIRTY("8e8"), .pressure = PSI("0", "0", "0.2"), .processes = LOADED("D")},
     {.memory = DIRTY("7.9e8"), .pressure = PSI("0", "0", "0.2"), .processes = LOADED("D")},
     "host:web-3/process:7(dd)"},
    {"writeback",
     {.memory = DIRTY("8e8"), .pressure = PSI("0", "0", "0.2"), .processes = LOADED("D")},
     {.memory = DIRTY("8e8"), .pressure = PSI("0", "0", "0.19"), .processes = LOADED("D")},
     "host:web-3/process:7(dd)"},
    /* One device is at a limit of its own: who is held up says so. */
    {"writeback",
     {.memory = DIRTY("1e8"),
      .pressure = PSI("0", "0", "0.2"),
      .processes = HELD_UP("D", "1048577")},
     {.memory = DIRTY("1e8"),
      .pressure = PSI("0", "0", "0.19"),
      .processes = HELD_UP("D", "1048577")},
     "host:web-3/process:7(dd)"},
    {"writeback",
     {.memory = DIRTY("1e8"),
      .pressure = PSI("0", "0", "0.2"),
      .processes = HELD_UP("D", "1048577")},
     {.memory = DIRTY("1e8"),
      .pressure = PSI("0", "0", "0.2"),
      .processes = HELD_UP("D", "1048576")},
     "host:web-3/process:7(dd)"},
    {"writeback",
     {.memory = DIRTY("9e8"), .pressure = PSI("0", "0", "0.5"), .processes = LOADED("D")},
     {.memory = DIRTY("9e8"), .pressure = PSI("0", "0", "0.5"), .processes = LOADED("S")},
     "host:web-3/process:7(dd)"},
    {"raid_degraded",
     WITH(more, "\"raids\":[{\"name\":\"md0\",\"level\":\"raid1\",\"members\":\"U_\",\"wanted\":2,"
                "\"active\":1,\"failed\":\"sdb1[1]\"}]"),
     WITH(more, "\"raids\":[{\"name\":\"md0\",\"level\":\"raid1\",\"members\":\"UU\",\"wanted\":2,"
                "\"active\":2,\"failed\":\"\"}]"),
     "host:web-3/raid:md0"},
    {"thin_pool",
     WITH(more, "\"thin_pools\":[{\"name\":\"vg-pool\",\"data_used\":0.95,\"meta_used\":0.1}]"),
     WITH(more, "\"thin_pools\":[{\"name\":\"vg-pool\",\"data_used\":0.94,\"meta_used\":0.1}]"),
     "host:web-3/pool:vg-pool"},
    {"thin_pool",
     WITH(more, "\"thin_pools\":[{\"name\":\"p\",\"data_used\":0.1,\"meta_used\":0.1,"
                "\"failed\":true}]"),
     WITH(more, "\"thin_pools\":[{\"name\":\"p\",\"data_used\":0.1,\"meta_used\":0.94}]"),
     "host:web-3/pool:p"},
    {"quota",
     WITH(more, "\"quotas\":[{\"who\":\"ann\",\"device\":\"/dev/sda1\",\"used\":99,\"hard\":100,"
                "\"files\":1,\"files_hard\":0}]"),
     WITH(more, "\"quotas\":[{\"who\":\"ann\",\"device\":\"/dev/sda1\",\"used\":98,\"hard\":100,"
                "\"files\":1,\"files_hard\":0}]"),
     "host:web-3/quota:ann"},
    {"quota",
     WITH(more, "\"quotas\":[{\"who\":\"ann\",\"device\":\"/dev/sda1\",\"used\":5,\"hard\":0,"
                "\"files\":100,\"files_hard\":100}]"),
     WITH(more, "\"quotas\":[{\"who\":\"ann\",\"device\":\"/dev/sda1\",\"used\":500,\"hard\":0,"
                "\"files\":98,\"files_hard\":100}]"),
     "host:web-3/quota:ann"},
    /* Doubts: a copy that nobody waits for, a line of fstab that nobody misses. */
    {"disk_io",
     {.disks = DISK("0.99", "80", "100"),
      .pressure = PSI("0", "0", "0.6"),
      .processes = LOADED("S")},
     {.disks = DISK("0.9", "80", "100"),
      .pressure = PSI("0", "0", "0.6"),
      .processes = LOADED("S")},
     "host:web-3/disk:sda",
     .doubt = true},
    {"writeback",
     {.memory = DIRTY("9e8"), .pressure = PSI("0", "0", "0.5"), .processes = LOADED("S")},
     {.memory = DIRTY("7e8"), .pressure = PSI("0", "0", "0.5"), .processes = LOADED("S")},
     "host:web-3",
     .doubt = true},
    {"mount_missing", WITH(more, MOUNT("missing", "")),
     WITH(more, MOUNT("missing", ",\"optional\":true")), "host:web-3/fs:/srv/data", .doubt = true},
    {"disk_filling", WITH(filesystems, FS_MORE("0.969", "0.1", "6e7", "1e5")),
     WITH(filesystems, FS_MORE("0.97", "0.1", "6e7", "1e5")), "host:web-3/fs:/var"},
    {"disk_filling", WITH(filesystems, FS_MORE("0.85", "0.1", "5.9e7", "1e5")),
     WITH(filesystems, FS_MORE("0.85", "0.1", "5.9e7", "0")), "host:web-3/fs:/var"},
    {"disk_io",
     {.disks = DISK("0.99", "80", "100"), .pressure = SOME_IO("0.5"), .processes = LOADED("D")},
     {.disks = DISK("0.99", "80", "100"), .pressure = SOME_IO("0.49"), .processes = LOADED("D")},
     "host:web-3/process:7(dd)"},
    /* One that moves more than half of the bytes is named, else it is the disk. */
    {"disk_io", MOVERS("5.2e7", "2.4e7"), CALM, "host:web-3/process:7(dd)"},
    {"disk_io", MOVERS("4.8e7", "2.6e7"), CALM, "host:web-3/disk:sda"},
    {"disk_slow", WITH(disks, SLOW_DISK("10485760")), WITH(disks, SLOW_DISK("10500000")),
     "host:web-3/disk:sda"},
    /* A day at a megabyte a second is 90.6 GB, an hour 3.77 GB. */
    {"logfile_growth", LOG_WITH("90596966400"), LOG_WITH("9.1e10"), "host:web-3/process:7(app)"},
    {"logfile_growth", LOG_WITH("3774873600"), LOG_WITH("9.2e10"), "host:web-3/process:7(app)"},
    {"logfile_growth", LOG_WITH("3.8e9"), LOG_WITH("9.2e10"), "host:web-3/process:7(app)"},
    {"disk_full", WITH(filesystems, SMALL("1048576")), WITH(filesystems, SMALL("1040000")),
     "host:web-3/fs:/s"},
    {.id = NULL},
};
