/* fault_memory.c - faults of memory. At most some hundred MB are ever taken. */
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "lab.h"

static const char *no_sanitizer(void)
{
#ifdef RB_SANITIZED
    return "a sanitizer needs more address space";
#else
    return NULL;
#endif
}

static void grow(size_t step, long pause_ms)
{
    char *p = mmap(NULL, step, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (p != MAP_FAILED)
        memset(p, 1, step);
    lab_nap_ms(pause_ms);
}

static void leak_under_rlimit(struct lab_run *r)
{
    const rlim_t limit = 900000000;

    setrlimit(RLIMIT_AS, &(struct rlimit){limit, limit});
    lab_name("leaky");
    lab_expect_process(r, getpid());
    lab_stands(r);
    for (;;)
        grow(200000, 50);
}

const struct lab_fault memory_faults[] = {
    {.id = "leak-rlimit",
     .family = "memory",
     .sentence = "it gets slower and slower",
     .kinds = "memory",
     .need = no_sanitizer,
     .start = leak_under_rlimit},
    {.id = NULL},
};
