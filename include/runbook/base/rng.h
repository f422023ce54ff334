/* rng.h - randomness that is passed in: ids, jitter. Not for keys (those come from OpenSSL). */
#ifndef RUNBOOK_BASE_RNG_H
#define RUNBOOK_BASE_RNG_H

#include <stddef.h>
#include <stdint.h>

struct rng {
    uint64_t state[4]; /* xoshiro256**; Source: Blackman and Vigna, prng.di.unimi.it */
};

void rng_seed(struct rng *r, uint64_t seed); /* same seed, same numbers */
void rng_seed_system(struct rng *r);         /* from getrandom() */
uint64_t rng_next(struct rng *r);
uint64_t rng_below(struct rng *r, uint64_t limit); /* 0 ... limit-1; limit 0 gives 0 */
/* `len` characters of [0-9a-z] and a NUL into `out` (len + 1 bytes). */
void rng_id(struct rng *r, char *out, size_t len);

#endif
