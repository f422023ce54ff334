/* families.c - the families of the lab, in the order in which they run. */
#include "lab.h"

extern const struct lab_fault cpu_faults[];
extern const struct lab_fault memory_faults[];
extern const struct lab_fault process_faults[];
extern const struct lab_fault disk_faults[];
extern const struct lab_fault io_faults[];
extern const struct lab_fault volume_faults[];
extern const struct lab_fault stall_faults[];
extern const struct lab_fault kernel_faults[];
extern const struct lab_fault change_faults[];
extern const struct lab_fault network_faults[];
extern const struct lab_fault net_faults[];
extern const struct lab_fault net_controls[];
extern const struct lab_fault dns_faults[];
extern const struct lab_fault link_faults[];
extern const struct lab_fault link_controls[];
extern const struct lab_fault unit_faults[];
extern const struct lab_fault restart_faults[];
extern const struct lab_fault restart_controls[];
extern const struct lab_fault service_faults[];
extern const struct lab_fault service_controls[];
extern const struct lab_fault tls_faults[];
extern const struct lab_fault tls_controls[];
extern const struct lab_fault log_faults[];
extern const struct lab_fault log_controls[];
extern const struct lab_fault controls[];

const struct lab_family lab_families[] = {
    {"control", controls},         {"control", net_controls},
    {"control", link_controls},    {"control", service_controls},
    {"control", tls_controls},     {"control", log_controls},
    {"control", restart_controls}, {"cpu", cpu_faults},
    {"memory", memory_faults},     {"process", process_faults},
    {"disk", disk_faults},         {"disk", io_faults},
    {"disk", volume_faults},       {"disk", stall_faults},
    {"kernel", kernel_faults},     {"change", change_faults},
    {"network", network_faults},   {"network", net_faults},
    {"network", dns_faults},       {"network", link_faults},
    {"service", service_faults},   {"service", tls_faults},
    {"service", restart_faults},   {"service", unit_faults},
    {"logs", log_faults},          {NULL, NULL},
};
