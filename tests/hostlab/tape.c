/* tape.c - what the machine says while a fault stands, as test data. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lab.h"

/* The program beside this one writes what it reads of the machine. */
static void record_as(const char *dir, const struct lab_run *r, const char *what,
                      const char *suffix)
{
    char program[4096], out[600], pid[32];
    ssize_t n = readlink("/proc/self/exe", program, sizeof(program) - 8);
    struct stat st;
    int fd;
    pid_t child;

    if (n <= 0)
        return;
    while (n > 0 && program[n - 1] != '/')
        n--;
    snprintf(program + n, sizeof(program) - (size_t)n, "record");
    snprintf(out, sizeof(out), "%s/%s%s.%s", dir, r->fault->id, r->ssh ? "-user" : "", suffix);
    snprintf(pid, sizeof(pid), "%d", (int)r->keeper);
    child = lab_fork();
    if (child == 0) {
        fd = open(out, O_WRONLY | O_CREAT | O_TRUNC, 0644);
        dup2(fd, 1);
        execl(program, program, pid, what, r->ssh ? "64321" : NULL, (char *)NULL);
        _exit(127);
    }
    waitpid(child, NULL, 0);
    if (stat(out, &st) == 0 && st.st_size == 0)
        unlink(out); /* it has no logs, or listens nowhere */
    else
        printf("%s\n", out);
}

void lab_record(const char *dir, const struct lab_run *r)
{
    record_as(dir, r, "snapshot", "bundle");
    record_as(dir, r, "logs", "logs");
    record_as(dir, r, "services", "services");
}
