# The disk that user-mode-linux boots systemd from: Debian's root, the kernel's modules, and the unit that runs the checks. Made once; a run
# writes to a copy-on-write file of its own. Sourced; needs say.sh and deploy/lib/root.sh.

SYSTEMD_DISK=$CRIJ_HOME/build/uml-systemd.ext4
# What systemd would start or wait for that tells nothing here.
SYSTEMD_IDLE='getty.target getty@tty1.service serial-getty@.service apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer
fstrim.timer systemd-timesyncd.service e2scrub_reap.service modprobe@fuse.service modprobe@loop.service modprobe@efi_pstore.service
modprobe@drm.service modprobe@dm_mod.service modprobe@configfs.service systemd-pstore.service apparmor.service'

need_systemd_disk() {
  need_debian_root
  [ ! -e "$SYSTEMD_DISK" ] || [ -n "$(find "$CRIJ_HOME"/critest/uml/boot/critest* "$CRIJ_HOME/critest/uml/lib/disk.sh" "$DEBIAN_ROOT/.complete" -newer "$SYSTEMD_DISK")" ] || return 0
  say "making the disk that systemd boots from"
  local tree=$SYSTEMD_DISK.tree modules each
  rm -rf --one-file-system "$tree" "$SYSTEMD_DISK" "$SYSTEMD_DISK.new"
  cp -a --reflink=auto "$DEBIAN_ROOT" "$tree"
  rm -rf "$tree"/var/cache/apt/archives/*.deb "$tree/.complete"
  modules=$(echo /usr/lib/uml/modules/*)
  mkdir -p "$tree/lib/modules/${modules##*/}" "$tree"/{host,work}
  cp "$modules"/modules.{order,builtin,builtin.modinfo} "$tree/lib/modules/${modules##*/}/"
  copy_modules "$modules" "$tree/lib/modules/${modules##*/}" overlay veth bridge br_netfilter
  depmod -b "$tree" "${modules##*/}"
  cp "$CRIJ_HOME/critest/uml/boot/critest.service" "$tree/etc/systemd/system/"
  install -m 0755 "$CRIJ_HOME/critest/uml/boot/critest-boot" "$tree/usr/local/sbin/"
  mkdir -p "$tree/etc/systemd/system/multi-user.target.wants"
  ln -s ../critest.service "$tree/etc/systemd/system/multi-user.target.wants/"
  for each in $SYSTEMD_IDLE; do ln -sf /dev/null "$tree/etc/systemd/system/$each"; done
  echo node >"$tree/etc/hostname"
  printf '127.0.0.1 localhost node\n' >"$tree/etc/hosts"
  truncate -s 4G "$SYSTEMD_DISK.new"
  mkfs.ext4 -q -F -d "$tree" "$SYSTEMD_DISK.new"
  rm -rf --one-file-system "$tree"
  mv "$SYSTEMD_DISK.new" "$SYSTEMD_DISK"
}

# copy_modules FROM TO NAME... : with those that they need, as modules.dep names them.
copy_modules() {
  local from=$1 to=$2 name file
  shift 2
  for name in "$@"; do
    grep "/$name\.ko:" "$from/modules.dep"
  done | tr ' :' '\n\n' | grep '\.ko$' | sort -u | while read -r file; do
    mkdir -p "$to/${file%/*}"
    cp "$from/$file" "$to/$file"
  done
}
