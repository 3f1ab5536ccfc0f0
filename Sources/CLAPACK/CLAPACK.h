// The few Fortran symbols of LAPACK that popmix calls. LAPACK integers are 32-bit, characters are passed by address, and the
// hidden lengths of the character arguments, which every Fortran compiler appends, are 1.
#ifndef POPMIX_CLAPACK_H
#define POPMIX_CLAPACK_H

#include <stddef.h>

/// Eigenvalues `w`, ascending, and with jobz = 'V' the eigenvectors (in `a`), of a real symmetric matrix.
void dsyev_(const char *jobz, const char *uplo, const int *n, double *a, const int *lda, double *w, double *work,
            const int *lwork, int *info, size_t jobz_length, size_t uplo_length);

/// Cholesky factor of a real symmetric positive definite matrix; info > 0 if it is not positive definite.
void dpotrf_(const char *uplo, const int *n, double *a, const int *lda, int *info, size_t uplo_length);

/// Inverse of a real symmetric positive definite matrix from its Cholesky factor.
void dpotri_(const char *uplo, const int *n, double *a, const int *lda, int *info, size_t uplo_length);

#endif
