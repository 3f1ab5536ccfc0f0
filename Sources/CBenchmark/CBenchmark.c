#include "CBenchmark.h"

#define TIMES_4(x) x x x x
#define TIMES_16(x) TIMES_4(x) TIMES_4(x) TIMES_4(x) TIMES_4(x)

uint64_t cbenchmark_integer_chain(uint64_t rounds, uint64_t mask, uint64_t addend) {
  uint64_t x = 1;
  for (uint64_t i = 0; i < rounds; i++) {
    TIMES_16(x ^= mask; x += addend;)
  }
  return x;
}

double cbenchmark_multiply_chain(uint64_t rounds, double factor) {
  double x = 1;
  for (uint64_t i = 0; i < rounds; i++) {
    TIMES_16(x *= factor; x *= factor;)
  }
  return x;
}

typedef double double8 __attribute__((ext_vector_type(8)));

// Latency times ports is 8 to 16 instructions in flight. 6 accumulators of eight doubles are 12 registers of 256 bits or 24
// of 128 bits; 12 fit into the 32 registers of AVX-512.
enum { accumulators = 6, wide_accumulators = 12 };

#define FUSED(name, count)                                                                     \
  double name(uint64_t rounds, double factor, double addend) {                                 \
    const double8 lanes = {0, 1, 2, 3, 4, 5, 6, 7};                                            \
    double8 m = factor, b = addend, x[count];                                                  \
    for (int j = 0; j < count; j++) x[j] = lanes * factor + j;                                 \
    for (uint64_t i = 0; i < rounds; i++) {                                                    \
      _Pragma("clang loop unroll(full)") for (int j = 0; j < count; j++)                       \
        x[j] = __builtin_elementwise_fma(x[j], m, b);                                          \
    }                                                                                          \
    double8 sum = x[0];                                                                        \
    for (int j = 1; j < count; j++) sum += x[j];                                               \
    return sum[0] + sum[1] + sum[2] + sum[3] + sum[4] + sum[5] + sum[6] + sum[7];              \
  }

#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
FUSED(cbenchmark_fused, accumulators)
#pragma clang attribute pop
#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,fma"))), apply_to = function)
FUSED(cbenchmark_fused_wide, wide_accumulators)
#pragma clang attribute pop
int cbenchmark_fused_wide_per_round(void) { return wide_accumulators; }
#else
FUSED(cbenchmark_fused, accumulators)
double cbenchmark_fused_wide(uint64_t rounds, double factor, double addend) {
  return cbenchmark_fused(rounds, factor, addend);
}
int cbenchmark_fused_wide_per_round(void) { return accumulators; }
#endif

int cbenchmark_fused_per_round(void) { return accumulators; }

void cbenchmark_observe(const void *results) { (void)results; }
