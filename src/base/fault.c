/* fault.c - see fault.h. */
#include "runbook/base/fault.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runbook/base/num.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char armed_name[64]; /* "": any point */
static uint64_t armed_nth;  /* 0: disarmed */
static uint64_t passed, passed_name;
static bool fired, env_read;

#define POINTS_MAX 64
static struct {
    const char *name; /* literals of the FAULT_POINTs */
    uint64_t passed;
} points[POINTS_MAX];

static void count_point(const char *name)
{
    for (size_t i = 0; i < POINTS_MAX; i++) {
        if (points[i].name && strcmp(points[i].name, name) != 0)
            continue;
        points[i].name = name;
        points[i].passed++;
        return;
    }
}

static void arm_locked(const char *spec)
{
    const char *colon = spec ? strrchr(spec, ':') : NULL;
    size_t len = colon ? (size_t)(colon - spec) : 0;

    passed = passed_name = 0;
    fired = false;
    armed_name[0] = '\0';
    armed_nth = 0;
    if (!spec || len >= sizeof(armed_name))
        return;
    memcpy(armed_name, spec, len);
    armed_name[len] = '\0';
    if (!num_u64(str_from(colon ? colon + 1 : spec), &armed_nth))
        armed_nth = 0;
}

void fault_arm(const char *spec)
{
    pthread_mutex_lock(&lock);
    env_read = true;
    arm_locked(spec);
    pthread_mutex_unlock(&lock);
}

bool fault_hit(const char *name)
{
    bool fail = false;

    pthread_mutex_lock(&lock);
    if (!env_read) {
        env_read = true;
        arm_locked(getenv("RUNBOOK_FAULT"));
    }
    passed++;
    count_point(name);
    if (!armed_name[0]) {
        fail = passed == armed_nth;
    } else if (strcmp(name, armed_name) == 0) {
        fail = ++passed_name == armed_nth;
    }
    fired = fired || fail;
    pthread_mutex_unlock(&lock);
    return fail;
}

uint64_t fault_count(void)
{
    uint64_t n;

    pthread_mutex_lock(&lock);
    n = passed;
    pthread_mutex_unlock(&lock);
    return n;
}

void fault_report(const char *path)
{
    FILE *f = fopen(path, "we");

    if (!f)
        return;
    pthread_mutex_lock(&lock);
    for (size_t i = 0; i < POINTS_MAX && points[i].name; i++)
        fprintf(f, "%s %llu\n", points[i].name, (unsigned long long)points[i].passed);
    pthread_mutex_unlock(&lock);
    fclose(f);
}

bool fault_fired(void)
{
    bool f;

    pthread_mutex_lock(&lock);
    f = fired;
    pthread_mutex_unlock(&lock);
    return f;
}
