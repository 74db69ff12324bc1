# Words on the terminal, and the ways to stop. Sourced.

say()  { printf '%s\n' "$*"; }
die()  { printf 'dev: %s\n' "$*" >&2; exit 1; }

need_root() {
  [ "$(id -u)" = 0 ] || die "$1 needs root (namespaces, mounts, cgroups): run it with sudo."
}

# alone NAME COMMAND... : one at a time among the runs of this tree: lanes that run beside each other want the same tools and images.
alone() {
  local lock=$CRIJ_HOME/build/$1.lock
  shift
  mkdir -p "$CRIJ_HOME/build"
  (flock 9 && "$@" 9>&-) 9>"$lock"
}
