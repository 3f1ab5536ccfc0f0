#include "CSundials.h"

#include <cvode/cvode.h>
#include <nvector/nvector_serial.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sundials/sundials_config.h>
#include <sunlinsol/sunlinsol_dense.h>
#include <sunmatrix/sunmatrix_dense.h>

struct CSundialsSolver {
  int64_t count;
  SUNContext context;
  void *cvode;
  N_Vector amounts;
  SUNMatrix matrix;
  SUNLinearSolver linear;
  csundials_derivatives derivatives;
  csundials_jacobian jacobian;
  void *user;
  // Before the last call.
  CSundialsCounts before;
};

static int call_derivatives(sunrealtype t, N_Vector y, N_Vector ydot, void *data) {
  CSundialsSolver *solver = data;
  return solver->derivatives(t, N_VGetArrayPointer(y), N_VGetArrayPointer(ydot), solver->user);
}

static int call_jacobian(sunrealtype t, N_Vector y, N_Vector fy, SUNMatrix jacobian, void *data, N_Vector a,
                         N_Vector b, N_Vector c) {
  CSundialsSolver *solver = data;
  return solver->jacobian(t, N_VGetArrayPointer(y), SUNDenseMatrix_Data(jacobian), solver->user);
}

#if SUNDIALS_VERSION_MAJOR < 7
// Failures are values of csundials_integrate; nothing is printed.
static void say_nothing(int code, const char *module, const char *function, char *text, void *data) {}
#endif

static bool prepare(CSundialsSolver *solver) {
#if SUNDIALS_VERSION_MAJOR < 7
  if (SUNContext_Create(NULL, &solver->context)) return false;
#else
  if (SUNContext_Create(SUN_COMM_NULL, &solver->context)) return false;
  SUNContext_ClearErrHandlers(solver->context);
#endif
  solver->amounts = N_VNew_Serial(solver->count, solver->context);
  if (!solver->amounts) return false;
  memset(N_VGetArrayPointer(solver->amounts), 0, sizeof(double) * (size_t)solver->count);
  solver->cvode = CVodeCreate(CV_BDF, solver->context);
  if (!solver->cvode) return false;
#if SUNDIALS_VERSION_MAJOR < 7
  if (CVodeSetErrHandlerFn(solver->cvode, say_nothing, NULL)) return false;
#endif
  if (CVodeInit(solver->cvode, call_derivatives, 0, solver->amounts)) return false;
  if (CVodeSetUserData(solver->cvode, solver)) return false;
  solver->matrix = SUNDenseMatrix(solver->count, solver->count, solver->context);
  if (!solver->matrix) return false;
  solver->linear = SUNLinSol_Dense(solver->amounts, solver->matrix, solver->context);
  if (!solver->linear) return false;
  return CVodeSetLinearSolver(solver->cvode, solver->linear, solver->matrix) == 0;
}

CSundialsSolver *csundials_make(int64_t count) {
  CSundialsSolver *solver = calloc(1, sizeof *solver);
  if (!solver) return NULL;
  solver->count = count;
  if (prepare(solver)) return solver;
  csundials_free(solver);
  return NULL;
}

void csundials_free(CSundialsSolver *solver) {
  if (solver->cvode) CVodeFree(&solver->cvode);
  if (solver->linear) SUNLinSolFree(solver->linear);
  if (solver->matrix) SUNMatDestroy(solver->matrix);
  if (solver->amounts) N_VDestroy(solver->amounts);
  if (solver->context) SUNContext_Free(&solver->context);
  free(solver);
}

static int begin(CSundialsSolver *solver, bool hasJacobian, double start, double relative_tolerance,
                 double absolute_tolerance) {
  int code = CVodeReInit(solver->cvode, start, solver->amounts);
  if (!code) code = CVodeSStolerances(solver->cvode, relative_tolerance, absolute_tolerance);
  if (!code) code = CVodeSetJacFn(solver->cvode, hasJacobian ? call_jacobian : NULL);
  solver->before = (CSundialsCounts){0, 0};
  return code;
}

static CSundialsCounts counts_now(CSundialsSolver *solver) {
  long steps = 0, evaluations = 0, quotients = 0;
  CVodeGetNumSteps(solver->cvode, &steps);
  CVodeGetNumRhsEvals(solver->cvode, &evaluations);
  CVodeGetNumLinRhsEvals(solver->cvode, &quotients);
  return (CSundialsCounts){steps, evaluations + quotients};
}

int csundials_integrate(CSundialsSolver *solver, csundials_derivatives derivatives, csundials_jacobian jacobian,
                        void *context, int continues, double start, double end, double *amounts,
                        double relative_tolerance, double absolute_tolerance, int64_t maximum_steps,
                        CSundialsCounts *counts) {
  solver->derivatives = derivatives;
  solver->jacobian = jacobian;
  solver->user = context;
  double *own = N_VGetArrayPointer(solver->amounts);
  size_t bytes = sizeof(double) * (size_t)solver->count;
  memcpy(own, amounts, bytes);
  int code = continues ? 0 : begin(solver, jacobian != NULL, start, relative_tolerance, absolute_tolerance);
  if (!code) code = CVodeSetMaxNumSteps(solver->cvode, (long)maximum_steps);
  // Rates may change at the end: no step may look beyond it.
  if (!code) code = CVodeSetStopTime(solver->cvode, end);
  if (code) return code;
  sunrealtype reached = start;
  code = CVode(solver->cvode, end, solver->amounts, &reached, CV_NORMAL);
  CSundialsCounts now = counts_now(solver);
  counts->steps = now.steps - solver->before.steps;
  counts->evaluations = now.evaluations - solver->before.evaluations;
  solver->before = now;
  if (code < 0) return code;
  memcpy(amounts, own, bytes);
  return 0;
}
