/* libfuzzer.c - libFuzzer's entry; the environment variable FUZZ names the target. */
#include <string.h>

#include "tests/fuzz/targets.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void (*target)(struct str input);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    const char *name = getenv("FUZZ");

#define PICK(n)                                                                                    \
    if (name && strcmp(name, #n) == 0)                                                             \
        target = fuzz_##n;
    FUZZ_TARGETS(PICK)
    if (!target) {
        fprintf(stderr, "set FUZZ to a target of tests/fuzz/targets.h\n");
        exit(2);
    }
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    target((struct str){(const char *)data, size});
    return 0;
}
