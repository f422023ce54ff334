/* cases_kernel.c - what the kernel says, the clock, starts of the machine: each pattern just above
 * and just below each of its thresholds. */
#include "cases.h"

#define CRASH(name, age)                                                                           \
    "{\"kind\":\"segfault\",\"age_s\":" age ",\"text\":\"" name                                    \
    "[77]: segfault at 0 ip 0 sp 0 error 4 in " name "[400000+1000]\"}"
#define STATE(tainted, entropy, pool)                                                              \
    "\"kernel_state\":{\"tainted\":" tainted ",\"entropy\":" entropy ",\"entropy_pool\":" pool "}"
#define BOOTS(first)                                                                               \
    "\"boots_ms\":[1600000000000," first ",1699999000000,1699999900000],\"uptime_s\":100"

/* What ext4 counts of itself. */
#define COUNTS(errors, age, rate, warnings)                                                        \
    "[{\"mount\":\"/var\",\"device\":\"/dev/mapper/data\",\"disk\":\"dm-3\",\"known\":true,"       \
    "\"used\":0.1,\"errors\":" errors ",\"error_age_s\":" age ",\"first_error_age_s\":9000,"       \
    "\"error_rate\":" rate ",\"warning_rate\":" warnings "}]"
#define SKEW(s) "{\"synced\":true,\"skew_s\":" s "}"

const struct sides cases_kernel[] = {
    {"kernel_errors", WITH(events, KERNEL("io_error", "1800", "boom")),
     WITH(events, KERNEL("io_error", "1801", "boom")), "host:web-3"},
    {"kernel_errors", WITH(events, KERNEL("link_down", "9", "eth0: NIC Link is Down")),
     WITH(events, KERNEL("segfault", "9", "boom")), "host:web-3"},
    /* Of a disk that is known, disk_slow speaks. */
    {"kernel_errors", WITH(events, KERNEL("io_error", "9", "I/O error, dev mtd0")),
     WITH(events, KERNEL("io_error", "9", "I/O error, dev sda")), "host:web-3"},
    /* What is not mounted any more is a doubt. */
    {"fs_errors", WITH(events, KERNEL("fs_error", "60", "EXT4-fs error (device sdq1): bad block")),
     WITH(events, KERNEL("fs_error", "1900", "EXT4-fs error (device sdq1): bad block")),
     "host:web-3", .doubt = true},
    {"fs_errors", WITH(events, KERNEL("fs_error", "60", "XFS (sdq1): Corruption detected")),
     WITH(events, KERNEL("fs_error", "1900", "XFS (sdq1): Corruption detected")), "host:web-3",
     .doubt = true},
    {"fs_errors",
     {.filesystems = "[{\"mount\":\"/var\",\"device\":\"/dev/sdb1\",\"known\":true,\"used\":0.1}]",
      .events = KERNEL("fs_error", "1800", "EXT4-fs error (device sdb1): bad block")},
     WITH(events, KERNEL("fs_error", "1801", "EXT4-fs error (device sdb1): bad block")),
     "host:web-3/fs:/var"},
    /* Who may not read the kernel's log reads what the filesystem counts. */
    {"fs_errors", WITH(filesystems, COUNTS("3", "1800", "0", "0")),
     WITH(filesystems, COUNTS("3", "1801", "0", "0")), "host:web-3/fs:/var"},
    {"fs_errors", WITH(filesystems, COUNTS("1", "null", "1", "0")),
     WITH(filesystems, COUNTS("0", "1", "0", "0")), "host:web-3/fs:/var"},
    {"fs_errors", WITH(filesystems, COUNTS("0", "null", "0", "1.5")),
     WITH(filesystems, COUNTS("0", "null", "0", "1.45")), "host:web-3/fs:/var"},
    /* A message of a device that is gone does not hide one that is there. */
    {"fs_errors",
     {.filesystems = COUNTS("3", "9", "0", "0"),
      .events = KERNEL("fs_error", "60", "EXT4-fs error (device sdq1): bad block")},
     {.filesystems = COUNTS("0", "null", "0", "0"),
      .events = KERNEL("fs_error", "1900", "EXT4-fs error (device sdq1): bad block")},
     "host:web-3/fs:/var"},
    /* A message names the device as the kernel does, fstab by another name. */
    {"fs_errors",
     {.filesystems = COUNTS("0", "null", "0", "0"),
      .events = KERNEL("fs_error", "60", "EXT4-fs error (device dm-3): bad block")},
     WITH(filesystems, COUNTS("0", "null", "0", "0")),
     "host:web-3/fs:/var"},
    {"hardware_errors", WITH(events, KERNEL("mce", "1800", "EDAC MC0: 1 CE")),
     WITH(events, KERNEL("mce", "1801", "EDAC MC0: 1 CE")), "host:web-3"},
    {"hardware_errors", WITH(events, KERNEL("thermal", "5", "temperature above threshold")),
     WITH(events, KERNEL("oom_kill", "5", "x")), "host:web-3"},
    {"kernel_lockup", WITH(events, KERNEL("lockup", "1800", "soft lockup - CPU#1 stuck for 22s")),
     WITH(events, KERNEL("lockup", "1801", "soft lockup - CPU#1 stuck for 22s")), "host:web-3"},
    {"kernel_lockup", WITH(events, KERNEL("kernel_bug", "3", "Oops: 0000")),
     WITH(events, KERNEL("mce", "3", "x")), "host:web-3"},
    {"segfaults",
     WITH(events, "[" CRASH("app", "1800") "," CRASH("app", "590") "," CRASH("app", "290") "]"),
     WITH(events, "[" CRASH("app", "1801") "," CRASH("app", "590") "," CRASH("app", "290") "]"),
     "host:web-3/program:app"},
    /* Three programs that crash once each are three doubts. */
    {"segfaults",
     WITH(events, "[" CRASH("app", "30") "," CRASH("app", "20") "," CRASH("app", "10") "]"),
     WITH(events, "[" CRASH("a", "10") "," CRASH("b", "20") "," CRASH("c", "30") "]"),
     "host:web-3/program:app"},
    /* What crashed each second has stopped when it has not for a quarter of a minute. */
    {"segfaults",
     WITH(events, "[" CRASH("app", "17") "," CRASH("app", "16") "," CRASH("app", "15") "]"),
     WITH(events, "[" CRASH("app", "17.5") "," CRASH("app", "16.5") "," CRASH("app", "15.5") "]"),
     "host:web-3/program:app"},
    {"module_failed", WITH(events, KERNEL("module", "1800", "nfs: Unknown symbol x")),
     WITH(events, KERNEL("module", "1801", "nfs: Unknown symbol x")), "host:web-3"},
    {"entropy_low",
     {.processes = "[{\"pid\":4,\"command\":\"sshd\",\"wchan\":\"wait_for_random_bytes\"}]",
      .more = STATE("0", "30", "4096")},
     {.processes = "[{\"pid\":4,\"command\":\"sshd\",\"wchan\":\"do_poll\"}]",
      .more = STATE("0", "30", "256")},
     "host:web-3/process:4(sshd)"},
    {"reboot_loop", WITH(more, BOOTS("1699996400000")), WITH(more, BOOTS("1699996399000")),
     "host:web-3"},
    {"clock", WITH(clock, "{\"synced\":false,\"skew_s\":-5}"),
     WITH(clock, "{\"synced\":false,\"skew_s\":4.9}"), "host:web-3"},
    {"clock_jump", WITH(clock, "{\"synced\":true,\"jump_s\":-1}"),
     WITH(clock, "{\"synced\":true,\"jump_s\":0.99}"), "host:web-3"},
    /* Doubts. */
    {"kernel_lockup", WITH(more, STATE("128", "256", "256")),
     WITH(more, STATE("12289", "256", "256")), "host:web-3", .doubt = true},
    {"segfaults", WITH(events, "[" CRASH("app", "300") "]"),
     WITH(events, "[" CRASH("app", "301") "]"), "host:web-3/program:app", .doubt = true},
    {"entropy_low", WITH(more, STATE("0", "99", "4096")), WITH(more, STATE("0", "100", "4096")),
     "host:web-3", .doubt = true},
    {"reboot_loop", WITH(more, "\"uptime_s\":899"), WITH(more, "\"uptime_s\":900"), "host:web-3",
     .doubt = true},
    {"clock", WITH(clock, SKEW("60")), WITH(clock, SKEW("4")), "host:web-3"},
    {"clock", WITH(clock, SKEW("59.9")), WITH(clock, SKEW("-4")), "host:web-3"},
    {"entropy_low", WITH(more, STATE("0", "99", "1024")), WITH(more, STATE("0", "99", "1000")),
     "host:web-3", .doubt = true},
    {.id = NULL},
};
