// The part of MPI that popmix uses, without mpi.h: whatever differs between MPI libraries stays in
// CMPI.c.
//
// Every function returns 0 or an MPI error code, which cmpi_error_text puts into words. Counts are
// 64-bit: longer messages than MPI can send at once go in pieces. Calls may come from any thread,
// but only one at a time.
#pragma once

#include <stdint.h>

#pragma clang assume_nonnull begin

/// A communicator of MPI.
typedef struct CMPICommunicator CMPICommunicator;

/// Starts MPI. `serialized` becomes 1 if calls may come from any thread, one at a time, else 0.
int cmpi_initialize(int *serialized);
/// Ends MPI; collective over all ranks.
int cmpi_finalize(void);
/// `running` becomes 1 between cmpi_initialize and cmpi_finalize, else 0. May be called at any
/// time.
int cmpi_running(int *running);
/// Ends all ranks; `code` becomes the exit code of mpirun.
int cmpi_abort(int code);

// Texts end with a zero byte and are cut to `capacity` bytes with it.

/// Name and version of the MPI library. May be called at any time.
int cmpi_library_version(char *text, int64_t capacity);
/// Name of the machine on which this rank runs.
int cmpi_processor_name(char *text, int64_t capacity);
/// The library's words for an error code.
int cmpi_error_text(int code, char *text, int64_t capacity);

/// The communicator of all ranks, which is never freed.
int cmpi_world(CMPICommunicator *_Nullable *_Nonnull world);
/// A communicator of the ranks with the same colour, ordered by key and then by rank; collective.
int cmpi_split(CMPICommunicator *communicator, int colour, int key,
               CMPICommunicator *_Nullable *_Nonnull group);
/// Frees a communicator that cmpi_split made; collective.
int cmpi_free(CMPICommunicator *communicator);
int cmpi_rank(CMPICommunicator *communicator, int *rank);
int cmpi_size(CMPICommunicator *communicator, int *size);

/// Replaces each value by its sum over the ranks. All ranks give the same count.
int cmpi_all_reduce_sum(CMPICommunicator *communicator, int64_t *values, int64_t count);
/// Replaces each value by its largest over the ranks. All ranks give the same count.
int cmpi_all_reduce_max(CMPICommunicator *communicator, int64_t *values, int64_t count);
/// Copies the root's bytes to all ranks. All ranks give the same count.
int cmpi_broadcast(CMPICommunicator *communicator, void *bytes, int64_t count, int root);
/// The root receives the size of each rank's block in `sizes`, in the order of the ranks; it is
/// used on the root only.
int cmpi_gather_sizes(CMPICommunicator *communicator, int64_t size, int64_t *_Nullable sizes,
                      int root);
/// The root receives the blocks in `blocks`, one after another in the order of the ranks. `sizes`
/// is what cmpi_gather_sizes gave; it and `blocks` are used on the root only.
int cmpi_gather_blocks(CMPICommunicator *communicator, const void *_Nullable block, int64_t size,
                       void *_Nullable blocks, const int64_t *_Nullable sizes, int root);
/// Sends to each rank a block of `send_sizes` and receives one of `receive_sizes`, which the sender gave; blocks lie one after another
/// in the order of the ranks. `receive_sizes` are known from cmpi_exchange_sizes.
int cmpi_exchange_blocks(CMPICommunicator *communicator, const void *_Nullable blocks,
                         const int64_t *send_sizes, void *_Nullable received,
                         const int64_t *receive_sizes);
/// Each rank receives in `receive_sizes` what the others have for it in their `send_sizes`, a number for each rank.
int cmpi_exchange_sizes(CMPICommunicator *communicator, const int64_t *send_sizes,
                        int64_t *receive_sizes);
/// Lets the library answer others that access this rank's memory.
int cmpi_progress(CMPICommunicator *communicator);

/// Counters in the memory of rank 0, which every rank may raise at any time.
typedef struct CMPICounters CMPICounters;
/// Counters that are 0; collective.
int cmpi_counters_make(CMPICommunicator *communicator, int64_t count,
                       CMPICounters *_Nullable *_Nonnull counters);
/// Begins to add to one of them in one step; one addition at a time.
int cmpi_counters_begin(CMPICounters *counters, int64_t index, int64_t amount);
/// Ends the addition; `before` is what the counter was.
int cmpi_counters_end(CMPICounters *counters, int64_t *before);
/// Collective.
int cmpi_counters_free(CMPICounters *counters);

/// By which any rank tells all others something once.
typedef struct CMPIBell CMPIBell;
/// Collective.
int cmpi_bell_make(CMPICommunicator *communicator, CMPIBell *_Nullable *_Nonnull bell);
/// Tells all others; at most once.
int cmpi_bell_ring(CMPIBell *bell);
/// Whether another rank has rung.
int cmpi_bell_heard(CMPIBell *bell, int *heard);
/// Collective.
int cmpi_bell_free(CMPIBell *bell);

/// Returns when all ranks have called it.
int cmpi_barrier(CMPICommunicator *communicator);

#pragma clang assume_nonnull end
