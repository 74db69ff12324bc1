# A machine of user-mode-linux that runs one command of this tree: kernel 6.1, cgroup v2 alone, AppArmor on. Sourced; needs say.sh.

# run_in_machine MEMORY COMMAND... : the command runs in the clone, as critest/uml/init-lane says, with 3 GiB of scratch; its output is
# printed, and its exit code is this function's. Both may use $MACHINE, a folder of the host's.
run_in_machine() {
  local memory=$1
  shift
  MACHINE=$(mktemp -d "${TMPDIR:-/var/tmp}/crij-uml.XXXXXX")
  trap 'rm -rf "$MACHINE"' EXIT
  # overlayfs cannot write to the host's files as user-mode-linux shows them: scratch is on a disk of its own.
  truncate -s 3G "$MACHINE/disk"
  mkfs.ext4 -q -F "$MACHINE/disk"
  {
    printf '#!/bin/bash\nexec %q %q %q' "$CRIJ_HOME/critest/uml/init-lane" "$CRIJ_HOME" "$MACHINE"
    printf ' %q' "$@"
    printf ' >%q 2>&1\n' "$MACHINE/log"
  } >"$MACHINE/init"
  chmod +x "$MACHINE/init"
  timeout 3600 linux.uml root=/dev/root rootfstype=hostfs rootflags=/ rw security=apparmor mem="$memory" ubda="$MACHINE/disk" umid="crij$$" \
    con=null con0=null,fd:1 init="$MACHINE/init" </dev/null >"$MACHINE/console" 2>&1 || true
  if [ ! -s "$MACHINE/rc" ]; then
    tail -20 "$MACHINE/console" "$MACHINE/log" 2>/dev/null || true
    die "the machine of user-mode-linux did not come to an end; the last lines of the console and of the log are above."
  fi
  cat "$MACHINE/log"
  return "$(cat "$MACHINE/rc")"
}
