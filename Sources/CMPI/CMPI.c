#include "CMPI.h"

#include <mpi.h>
#include <stdlib.h>
#include <string.h>

struct CMPICommunicator {
  MPI_Comm comm;
};

static struct CMPICommunicator world_communicator;

// MPI counts in int. Pieces far below INT_MAX also bound the buffer that an allreduce in place
// needs, and cost nothing: a piece of 16 MiB takes milliseconds, a call microseconds.
static const int64_t piece_bytes = INT64_C(1) << 24;

static int piece(int64_t left, int64_t limit) { return (int)(left < limit ? left : limit); }

static int copy_text(const char *source, char *text, int64_t capacity) {
  if (capacity < 1) return MPI_ERR_ARG;
  strncpy(text, source, (size_t)capacity - 1);
  text[capacity - 1] = 0;
  return MPI_SUCCESS;
}

int cmpi_initialize(int *serialized) {
  // Debian's settings of Open MPI leave out all ways to the counters below that work over TCP, so that they could not be made
  // by ranks on several hosts. What the user sets is left as it is.
  setenv("OMPI_MCA_osc", "^ucx", 0);
  int provided = MPI_THREAD_SINGLE;
  int code = MPI_Init_thread(NULL, NULL, MPI_THREAD_SERIALIZED, &provided);
  if (code != MPI_SUCCESS) return code;
  *serialized = provided >= MPI_THREAD_SERIALIZED;
  world_communicator.comm = MPI_COMM_WORLD;
  // Communicators made by a split inherit the handler.
  return MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
}

int cmpi_finalize(void) { return MPI_Finalize(); }

int cmpi_running(int *running) {
  int initialized = 0, finalized = 0;
  int code = MPI_Initialized(&initialized);
  if (code == MPI_SUCCESS) code = MPI_Finalized(&finalized);
  *running = initialized && !finalized;
  return code;
}

int cmpi_abort(int code) { return MPI_Abort(MPI_COMM_WORLD, code); }

int cmpi_library_version(char *text, int64_t capacity) {
  char whole[MPI_MAX_LIBRARY_VERSION_STRING];
  int length = 0;
  int code = MPI_Get_library_version(whole, &length);
  return code == MPI_SUCCESS ? copy_text(whole, text, capacity) : code;
}

int cmpi_processor_name(char *text, int64_t capacity) {
  char whole[MPI_MAX_PROCESSOR_NAME];
  int length = 0;
  int code = MPI_Get_processor_name(whole, &length);
  return code == MPI_SUCCESS ? copy_text(whole, text, capacity) : code;
}

int cmpi_error_text(int error, char *text, int64_t capacity) {
  char whole[MPI_MAX_ERROR_STRING];
  int length = 0;
  int code = MPI_Error_string(error, whole, &length);
  return code == MPI_SUCCESS ? copy_text(whole, text, capacity) : code;
}

int cmpi_world(CMPICommunicator **world) {
  *world = &world_communicator;
  return MPI_SUCCESS;
}

int cmpi_split(CMPICommunicator *communicator, int colour, int key, CMPICommunicator **group) {
  *group = NULL;
  CMPICommunicator *made = malloc(sizeof *made);
  if (made == NULL) return MPI_ERR_NO_MEM;
  int code = MPI_Comm_split(communicator->comm, colour, key, &made->comm);
  if (code == MPI_SUCCESS) {
    *group = made;
  } else {
    free(made);
  }
  return code;
}

int cmpi_free(CMPICommunicator *communicator) {
  int code = MPI_Comm_free(&communicator->comm);
  free(communicator);
  return code;
}

int cmpi_rank(CMPICommunicator *communicator, int *rank) {
  return MPI_Comm_rank(communicator->comm, rank);
}

int cmpi_size(CMPICommunicator *communicator, int *size) {
  return MPI_Comm_size(communicator->comm, size);
}

static int all_reduce(CMPICommunicator *communicator, int64_t *values, int64_t count, MPI_Op op) {
  const int64_t limit = piece_bytes / (int64_t)sizeof *values;
  for (int64_t done = 0; done < count; done += limit) {
    int code = MPI_Allreduce(MPI_IN_PLACE, values + done, piece(count - done, limit), MPI_INT64_T,
                             op, communicator->comm);
    if (code != MPI_SUCCESS) return code;
  }
  return MPI_SUCCESS;
}

int cmpi_all_reduce_sum(CMPICommunicator *communicator, int64_t *values, int64_t count) {
  return all_reduce(communicator, values, count, MPI_SUM);
}

int cmpi_all_reduce_max(CMPICommunicator *communicator, int64_t *values, int64_t count) {
  return all_reduce(communicator, values, count, MPI_MAX);
}

int cmpi_broadcast(CMPICommunicator *communicator, void *bytes, int64_t count, int root) {
  for (int64_t done = 0; done < count; done += piece_bytes) {
    int code = MPI_Bcast((char *)bytes + done, piece(count - done, piece_bytes), MPI_BYTE, root,
                         communicator->comm);
    if (code != MPI_SUCCESS) return code;
  }
  return MPI_SUCCESS;
}

int cmpi_gather_sizes(CMPICommunicator *communicator, int64_t size, int64_t *sizes, int root) {
  return MPI_Gather(&size, 1, MPI_INT64_T, sizes, 1, MPI_INT64_T, root, communicator->comm);
}

// Messages from rank to rank rather than MPI_Gatherv, whose offsets are int and end at 2 GiB for
// all blocks together.
int cmpi_gather_blocks(CMPICommunicator *communicator, const void *block, int64_t size,
                       void *blocks, const int64_t *sizes, int root) {
  const int tag = 0;
  int rank = 0, ranks = 0;
  int code = MPI_Comm_rank(communicator->comm, &rank);
  if (code == MPI_SUCCESS) code = MPI_Comm_size(communicator->comm, &ranks);
  if (code != MPI_SUCCESS) return code;

  if (rank != root) {
    for (int64_t done = 0; done < size; done += piece_bytes) {
      code = MPI_Send((const char *)block + done, piece(size - done, piece_bytes), MPI_BYTE, root,
                      tag, communicator->comm);
      if (code != MPI_SUCCESS) return code;
    }
    return MPI_SUCCESS;
  }

  char *place = blocks;
  for (int source = 0; source < ranks; source += 1) {
    if (source == root) {
      if (size > 0) memcpy(place, block, (size_t)size);
    } else {
      for (int64_t done = 0; done < sizes[source]; done += piece_bytes) {
        code = MPI_Recv(place + done, piece(sizes[source] - done, piece_bytes), MPI_BYTE, source,
                        tag, communicator->comm, MPI_STATUS_IGNORE);
        if (code != MPI_SUCCESS) return code;
      }
    }
    // A root without any bytes has no buffer, and null must not be moved.
    if (sizes[source] > 0) place += sizes[source];
  }
  return MPI_SUCCESS;
}

int cmpi_exchange_sizes(CMPICommunicator *communicator, const int64_t *send_sizes,
                        int64_t *receive_sizes) {
  return MPI_Alltoall(send_sizes, 1, MPI_INT64_T, receive_sizes, 1, MPI_INT64_T,
                      communicator->comm);
}

// Rank by rank in rounds, in each of which every rank sends to one and receives from one: MPI_Alltoallv's offsets are int.
int cmpi_exchange_blocks(CMPICommunicator *communicator, const void *blocks,
                         const int64_t *send_sizes, void *received, const int64_t *receive_sizes) {
  const int tag = 1;
  int rank = 0, ranks = 0;
  int code = MPI_Comm_rank(communicator->comm, &rank);
  if (code == MPI_SUCCESS) code = MPI_Comm_size(communicator->comm, &ranks);
  if (code != MPI_SUCCESS) return code;
  for (int round = 0; round < ranks; round += 1) {
    int to = (rank + round) % ranks, from = (rank - round + ranks) % ranks;
    int64_t send_start = 0, receive_start = 0;
    for (int r = 0; r < to; r += 1) send_start += send_sizes[r];
    for (int r = 0; r < from; r += 1) receive_start += receive_sizes[r];
    int64_t sending = send_sizes[to], receiving = receive_sizes[from];
    if (to == rank) {
      if (sending > 0) {
        memcpy((char *)received + receive_start, (const char *)blocks + send_start,
               (size_t)sending);
      }
      continue;
    }
    for (int64_t done = 0; done < sending || done < receiving; done += piece_bytes) {
      int out = done < sending ? piece(sending - done, piece_bytes) : 0;
      int in = done < receiving ? piece(receiving - done, piece_bytes) : 0;
      const char *source = out > 0 ? (const char *)blocks + send_start + done : NULL;
      char *target = in > 0 ? (char *)received + receive_start + done : NULL;
      code = MPI_Sendrecv(source, out, MPI_BYTE, out > 0 ? to : MPI_PROC_NULL, tag, target, in,
                          MPI_BYTE, in > 0 ? from : MPI_PROC_NULL, tag, communicator->comm,
                          MPI_STATUS_IGNORE);
      if (code != MPI_SUCCESS) return code;
    }
  }
  return MPI_SUCCESS;
}

int cmpi_progress(CMPICommunicator *communicator) {
  int found = 0;
  return MPI_Iprobe(MPI_ANY_SOURCE, MPI_ANY_TAG, communicator->comm, &found, MPI_STATUS_IGNORE);
}

struct CMPICounters {
  MPI_Win window;
  // Of the addition under way, which MPI reads and writes until it is flushed.
  int64_t amount, before;
};

int cmpi_counters_make(CMPICommunicator *communicator, int64_t count, CMPICounters **counters) {
  *counters = NULL;
  CMPICounters *made = malloc(sizeof *made);
  if (made == NULL) return MPI_ERR_NO_MEM;
  int rank = 0;
  int64_t *values = NULL;
  int code = MPI_Comm_rank(communicator->comm, &rank);
  const MPI_Aint bytes = rank == 0 ? (MPI_Aint)(count * (int64_t)sizeof *values) : 0;
  if (code == MPI_SUCCESS) {
    code = MPI_Win_allocate(bytes, sizeof *values, MPI_INFO_NULL, communicator->comm, &values,
                            &made->window);
  }
  if (code != MPI_SUCCESS) {
    free(made);
    return code;
  }
  code = MPI_Win_lock_all(MPI_MODE_NOCHECK, made->window);
  if (code == MPI_SUCCESS && rank == 0) {
    memset(values, 0, (size_t)bytes);
    code = MPI_Win_sync(made->window);
  }
  if (code == MPI_SUCCESS) code = MPI_Barrier(communicator->comm);
  *counters = made;
  return code;
}

int cmpi_counters_begin(CMPICounters *counters, int64_t index, int64_t amount) {
  counters->amount = amount;
  return MPI_Fetch_and_op(&counters->amount, &counters->before, MPI_INT64_T, 0, (MPI_Aint)index,
                          MPI_SUM, counters->window);
}

int cmpi_counters_end(CMPICounters *counters, int64_t *before) {
  int code = MPI_Win_flush(0, counters->window);
  *before = counters->before;
  return code;
}

int cmpi_counters_free(CMPICounters *counters) {
  int code = MPI_Win_unlock_all(counters->window);
  if (code == MPI_SUCCESS) code = MPI_Win_free(&counters->window);
  free(counters);
  return code;
}

struct CMPIBell {
  MPI_Comm comm;
  int rank, size, rings;
  MPI_Request *sent;
};

int cmpi_bell_make(CMPICommunicator *communicator, CMPIBell **bell) {
  *bell = NULL;
  CMPIBell *made = calloc(1, sizeof *made);
  if (made == NULL) return MPI_ERR_NO_MEM;
  int code = MPI_Comm_dup(communicator->comm, &made->comm);
  if (code == MPI_SUCCESS) code = MPI_Comm_rank(made->comm, &made->rank);
  if (code == MPI_SUCCESS) code = MPI_Comm_size(made->comm, &made->size);
  if (code != MPI_SUCCESS) {
    free(made);
    return code;
  }
  *bell = made;
  return code;
}

int cmpi_bell_ring(CMPIBell *bell) {
  if (bell->rings) return MPI_SUCCESS;
  bell->sent = malloc((size_t)bell->size * sizeof *bell->sent);
  if (bell->sent == NULL) return MPI_ERR_NO_MEM;
  bell->rings = 1;
  int code = MPI_SUCCESS;
  for (int rank = 0; rank < bell->size; rank++) {
    bell->sent[rank] = MPI_REQUEST_NULL;
    if (rank == bell->rank || code != MPI_SUCCESS) continue;
    code = MPI_Isend(NULL, 0, MPI_BYTE, rank, 0, bell->comm, &bell->sent[rank]);
  }
  return code;
}

int cmpi_bell_heard(CMPIBell *bell, int *heard) {
  return MPI_Iprobe(MPI_ANY_SOURCE, 0, bell->comm, heard, MPI_STATUS_IGNORE);
}

int cmpi_bell_free(CMPIBell *bell) {
  // All who have rung have sent a message to each of the others, which is still to be received.
  int all = 0;
  int code = MPI_Allreduce(&bell->rings, &all, 1, MPI_INT, MPI_SUM, bell->comm);
  for (int left = all - bell->rings; left > 0 && code == MPI_SUCCESS; left--) {
    code = MPI_Recv(NULL, 0, MPI_BYTE, MPI_ANY_SOURCE, 0, bell->comm, MPI_STATUS_IGNORE);
  }
  if (bell->rings && code == MPI_SUCCESS) {
    code = MPI_Waitall(bell->size, bell->sent, MPI_STATUSES_IGNORE);
  }
  if (code == MPI_SUCCESS) code = MPI_Comm_free(&bell->comm);
  free(bell->sent);
  free(bell);
  return code;
}

int cmpi_barrier(CMPICommunicator *communicator) { return MPI_Barrier(communicator->comm); }
