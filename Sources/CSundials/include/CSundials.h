// The part of SUNDIALS that popmix uses, without its headers: whatever differs between its versions stays in CSundials.c.
//
// CVODE (Hindmarsh et al., ACM Trans Math Softw 31 (2005) 363-396) by backward differentiation formulas with Newton's method and
// dense matrices, for one sample at a time.
#pragma once

#include <stdint.h>

#pragma clang assume_nonnull begin

/// A solver with its memory, for one thread.
typedef struct CSundialsSolver CSundialsSolver;

/// Writes the derivatives at a time; returns 0, or 1 where they are not finite.
typedef int (*csundials_derivatives)(double time, const double *amounts, double *derivatives, void *context);
/// Writes the partial derivatives, by columns; returns as csundials_derivatives.
typedef int (*csundials_jacobian)(double time, const double *amounts, double *jacobian, void *context);

/// What csundials_integrate did.
typedef struct {
  int64_t steps;
  /// Of the derivatives, with those of difference quotients.
  int64_t evaluations;
} CSundialsCounts;

/// A solver of `count` equations; NULL if there is no memory.
CSundialsSolver *_Nullable csundials_make(int64_t count);
void csundials_free(CSundialsSolver *solver);

/// Carries `amounts` from `start` to `end`. Unless it `continues`, what it finds depends on nothing that the solver has done before. If it does,
/// amounts and time have to be those that the last call has left, and derivatives and tolerances the same: order and size of the steps are then
/// kept. Returns 0, or an error code of CVODE, and the amounts then mean nothing.
int csundials_integrate(CSundialsSolver *solver, csundials_derivatives derivatives,
                        csundials_jacobian _Nullable jacobian, void *context, int continues, double start,
                        double end, double *amounts, double relative_tolerance, double absolute_tolerance,
                        int64_t maximum_steps, CSundialsCounts *counts);

#pragma clang assume_nonnull end
