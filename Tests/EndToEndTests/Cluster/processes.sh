# Sourced by slurm-down and hosts-down.

# inside FILE...: the processes in the mount namespaces that the files name, which only one node or host has.
inside() {
  local file namespace
  for file; do
    namespace=$(cat "$file" 2>/dev/null) || continue
    namespace=${namespace#mnt:\[}
    find /proc/[0-9]*/ns/mnt -maxdepth 0 -lname "mnt:?${namespace%\]}?" 2>/dev/null | cut -d/ -f3 || true
  done
}

# signal NAME PROCESS...
signal() {
  local name=$1 process
  shift
  for process; do kill "-$name" "$process" 2>/dev/null || true; done
}

# end LIST: SIGTERM to the processes that the function LIST prints, and SIGKILL to what is left after 2 s.
end() {
  local processes
  for name in TERM KILL KILL; do
    mapfile -t processes < <("$1")
    signal "$name" "${processes[@]}"
    for _ in $(seq 20); do
      [ -n "$("$1")" ] || return 0
      sleep 0.1
    done
  done
}
