/* controls.c - machines that are well, however busy: no root cause may be named. */
#include "lab.h"

static void idle(struct lab_run *r)
{
    lab_stands(r);
    lab_stay();
}

const struct lab_fault controls[] = {
    {.id = "idle",
     .family = "control",
     .control = true,
     .sentence = "users say it is slow",
     .start = idle},
    {.id = NULL},
};
