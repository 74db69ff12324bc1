# Words on the terminal, and the ways to stop. Sourced.

say()  { printf '%s\n' "$*"; }
die()  { printf 'dev: %s\n' "$*" >&2; exit 1; }

need_root() {
  [ "$(id -u)" = 0 ] || die "$1 needs root (namespaces, mounts, cgroups): run it with sudo."
}
