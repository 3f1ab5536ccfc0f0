// Operations on vectors of eight doubles that Swift has no single instruction for: fused multiplication and addition,
// selection, and questions about all lanes. Swift sees `cvector_double8` as SIMD8<Double>.
#ifndef POPMIX_CVECTOR_H
#define POPMIX_CVECTOR_H

#include <stdbool.h>
#include <stdint.h>

typedef double cvector_double8 __attribute__((ext_vector_type(8)));
typedef uint64_t cvector_uint8 __attribute__((ext_vector_type(8)));

#define CVECTOR_INLINE static inline __attribute__((always_inline, const))

/// a·b + c with one rounding.
CVECTOR_INLINE cvector_double8 cvector_fma(cvector_double8 a, cvector_double8 b, cvector_double8 c) {
  return __builtin_elementwise_fma(a, b, c);
}

/// a < b ? x : y in each lane; y where a or b is NaN.
CVECTOR_INLINE cvector_double8 cvector_select_less(cvector_double8 a, cvector_double8 b, cvector_double8 x,
                                                   cvector_double8 y) {
  return (a < b) ? x : y;
}

/// a ≤ b ? x : y in each lane; y where a or b is NaN.
CVECTOR_INLINE cvector_double8 cvector_select_less_equal(cvector_double8 a, cvector_double8 b, cvector_double8 x,
                                                         cvector_double8 y) {
  return (a <= b) ? x : y;
}

/// a = b ? x : y in each lane; y where a or b is NaN.
CVECTOR_INLINE cvector_double8 cvector_select_equal(cvector_double8 a, cvector_double8 b, cvector_double8 x,
                                                    cvector_double8 y) {
  return (a == b) ? x : y;
}

/// Whether a < b in any lane.
CVECTOR_INLINE bool cvector_any_less(cvector_double8 a, cvector_double8 b) {
  return __builtin_reduce_or(a < b) != 0;
}

/// The larger of a and b; b where a is NaN.
CVECTOR_INLINE cvector_double8 cvector_max(cvector_double8 a, cvector_double8 b) { return (a > b) ? a : b; }

/// The smaller of a and b; b where a is NaN.
CVECTOR_INLINE cvector_double8 cvector_min(cvector_double8 a, cvector_double8 b) { return (a < b) ? a : b; }

/// The largest lane; no lane is NaN.
CVECTOR_INLINE double cvector_largest(cvector_double8 a) {
  __attribute__((ext_vector_type(4))) double four = (a.lo > a.hi) ? a.lo : a.hi;
  __attribute__((ext_vector_type(2))) double two = (four.lo > four.hi) ? four.lo : four.hi;
  return two.x > two.y ? two.x : two.y;
}

/// √a
CVECTOR_INLINE cvector_double8 cvector_sqrt(cvector_double8 a) { return __builtin_elementwise_sqrt(a); }

/// The largest integer that is not above a.
CVECTOR_INLINE cvector_double8 cvector_floor(cvector_double8 a) { return __builtin_elementwise_floor(a); }

/// The smallest integer that is not below a.
CVECTOR_INLINE cvector_double8 cvector_ceil(cvector_double8 a) { return __builtin_elementwise_ceil(a); }

/// |a|
CVECTOR_INLINE cvector_double8 cvector_abs(cvector_double8 a) { return __builtin_elementwise_abs(a); }

/// The magnitude of a with the sign of b.
CVECTOR_INLINE cvector_double8 cvector_copysign(cvector_double8 a, cvector_double8 b) {
  return __builtin_elementwise_copysign(a, b);
}

/// The product of the lower 32 bits of each lane.
CVECTOR_INLINE cvector_uint8 cvector_multiply_low(cvector_uint8 a, uint32_t b) {
  return (a & 0xFFFFFFFFu) * (uint64_t)b;
}

/// The best instruction set that the processor has: 4 for x86-64-v4, 3 for x86-64-v3, 0 for less; 1 on other architectures,
/// where there is one build for all.
int cvector_instruction_level(void);

#endif
