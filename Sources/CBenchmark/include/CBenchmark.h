// Loops whose time is known in cycles, in C because one file can hold a build for each vector width, and a place where
// results go that the optimiser does not see.
#ifndef POPMIX_CBENCHMARK_H
#define POPMIX_CBENCHMARK_H

#include <stdint.h>

/// 32·`rounds` dependent operations on 64-bit integers, exclusive or and addition by turns: each takes one cycle.
uint64_t cbenchmark_integer_chain(uint64_t rounds, uint64_t mask, uint64_t addend);

/// 32·`rounds` dependent multiplications of doubles.
double cbenchmark_multiply_chain(uint64_t rounds, double factor);

/// `rounds` passes over independent accumulators of eight doubles in registers, each multiplied and added to once, with
/// instructions of 256 bits (x86-64-v3) or what the architecture has.
double cbenchmark_fused(uint64_t rounds, double factor, double addend);

/// The same with instructions of 512 bits, for processors of x86-64-v4; elsewhere as `cbenchmark_fused`.
double cbenchmark_fused_wide(uint64_t rounds, double factor, double addend);

/// Fused operations on eight doubles in a round of `cbenchmark_fused`.
int cbenchmark_fused_per_round(void);

/// Fused operations on eight doubles in a round of `cbenchmark_fused_wide`.
int cbenchmark_fused_wide_per_round(void);

/// Does nothing, in a way that the optimiser cannot know: what stands behind the pointer must have been computed.
void cbenchmark_observe(const void *results);

#endif
