# What the scripts have in common; sourced by them, not run. Variables that are already set are
# left as they are, so that each can be overruled for one run.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

step() { printf '==> %s\n' "$*" >&2; }

fail() {
  printf '%s\n' "$*" >&2
  exit 1
}

# The comment at the top of a script, as its help.
usage() { sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$0"; }

# mpirun refuses to start as root, as who is in most containers, unless both of them are set.
if [ "$(id -u)" = 0 ]; then
  export OMPI_ALLOW_RUN_AS_ROOT=${OMPI_ALLOW_RUN_AS_ROOT-1}
  export OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=${OMPI_ALLOW_RUN_AS_ROOT_CONFIRM-1}
fi

# mpirun insists on finding ssh or rsh, even when it starts nothing elsewhere.
if ! command -v ssh >/dev/null && ! command -v rsh >/dev/null; then
  export OMPI_MCA_plm_rsh_agent=${OMPI_MCA_plm_rsh_agent-}
fi

# Containers often forbid a process to read the memory of another one, and Open MPI then warns of
# each attempt. The messages of popmix are too short to gain by it.
export OMPI_MCA_btl_vader_single_copy_mechanism=${OMPI_MCA_btl_vader_single_copy_mechanism-none}

# Ranks on one machine need shared memory only: not to look for networks makes mpirun start in
# 0.16 s instead of 0.36 s, and silences the warnings of network drivers without their hardware.
export OMPI_MCA_pml=${OMPI_MCA_pml-ob1}

# A rank that waits gives its core to whatever else runs on the machine.
export OMPI_MCA_mpi_yield_when_idle=${OMPI_MCA_mpi_yield_when_idle-1}

# Where OpenBLAS is the machine's LAPACK: one thread in each rank.
export OPENBLAS_NUM_THREADS=${OPENBLAS_NUM_THREADS-1}
