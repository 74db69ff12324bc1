# A Debian root that packages are tried in: made once by debootstrap, each run on a copy of it in a mount namespace of its own.
# Sourced; needs say.sh.

DEBIAN_ROOT=${DEBIAN_ROOT:-$CRIJ_HOME/build/debian-root}
DEBIAN_MIRROR=${DEBIAN_MIRROR:-http://deb.debian.org/debian}

# What the package depends on and recommends, systemd, and what the checks call.
DEBIAN_PACKAGES=systemd,systemd-sysv,dbus,libseccomp2,libisal2,kmod,iproute2,jq,curl,procps,containernetworking-plugins,docker-registry,apparmor

need_debian_root() {
  [ "$(cat "$DEBIAN_ROOT/.complete" 2>/dev/null)" != "$DEBIAN_PACKAGES" ] || return 0
  say "making a Debian root"
  rm -rf --one-file-system "$DEBIAN_ROOT"
  debootstrap --variant=minbase --include="$DEBIAN_PACKAGES" bookworm "$DEBIAN_ROOT" "$DEBIAN_MIRROR" >"$DEBIAN_ROOT.log" 2>&1 \
    || { tail -5 "$DEBIAN_ROOT.log" >&2; die "debootstrap failed; its log is $DEBIAN_ROOT.log."; }
  echo "$DEBIAN_PACKAGES" >"$DEBIAN_ROOT/.complete"
}

# make_root FOLDER : FOLDER/root is a Debian root to be written to; a copy, for containers' layers cannot be on an overlay. The mount
# namespace is the caller's own.
make_root() {
  local folder=$1 each
  mkdir -p "$folder"
  cp -a --reflink=auto "$DEBIAN_ROOT" "$folder/root"
  mount --bind "$folder/root" "$folder/root"
  for each in proc sys dev; do mount --rbind "/$each" "$folder/root/$each"; done
  mount -t tmpfs run "$folder/root/run"
  mount -t tmpfs tmp "$folder/root/tmp"
  # Nothing is to be started by a package here.
  printf '#!/bin/sh\nexit 101\n' >"$folder/root/usr/sbin/policy-rc.d"
  chmod +x "$folder/root/usr/sbin/policy-rc.d"
}

# in_root FOLDER COMMAND... : replaces this shell by the command in there.
in_root() {
  local root=$1/root
  shift
  exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive chroot "$root" "$@"
}

# boot_in_root FOLDER COMMAND... : replaces this shell by the command in a mount namespace whose root that is, as on a node: containers
# cannot be made from within a chroot.
boot_in_root() {
  local root=$1/root
  shift
  cd "$root"
  exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 \
    unshare --mount --propagation private sh -c 'pivot_root . mnt && umount -l /mnt && exec "$@"' sh "$@"
}
