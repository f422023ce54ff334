/* fault_cpu.c - faults of the processors. */
#include <sys/resource.h>
#include <unistd.h>

#include "lab.h"

static bool burned_4_s(const struct lab_run *r)
{
    return lab_cpu_s(r->stage) >= 4;
}

static void hog(struct lab_run *r)
{
    if (lab_root())
        setpriority(PRIO_PROCESS, 0, -10);
    lab_name("hog");
    lab_expect_process(r, getpid());
    lab_stands(r);
    lab_burn();
}

const struct lab_fault cpu_faults[] = {
    {.id = "cpu-hog",
     .family = "cpu",
     .sentence = "users say it is slow",
     .kinds = "cpu",
     .start = hog,
     .ready = burned_4_s},
    {.id = NULL},
};
