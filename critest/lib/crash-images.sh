# The images of critest/kill-pulls and critest/uml/power-cut: layers of all kinds that a crash can hurt, some of them shared. Sourced;
# needs say.sh, bench/lib/pull-images.sh, setcap and setfattr.
#   crash/mixed    large gzip, large zstd, many small files, a layer that leans on those below it, a tiny one
#   crash/shared   the first two of mixed, and a large one of its own
#   crash/other    large zstd and gzip, nothing shared

CRASH_IMAGES='crash/mixed crash/shared crash/other'

# make_crash_images OUT : some 55 MB of files. An OUT that is complete is kept.
make_crash_images() {
  local out=$1 i
  [ ! -e "$out/complete" ] || return 0
  say "making the images for crashes in $out"
  rm -rf "$out"
  mkdir -p "$out/blobs/sha256" "$out/work/tree"
  find /usr/lib -xdev -type f -size -8M -printf '%s %P\n' | LC_ALL=C sort -k2 | spread 45000000 >"$out/work/names"
  # Five parts that have no file in common.
  awk -v out="$out/work/part." '{ all += $1; print > (out (1 + int(all / 9000001))) }' "$out/work/names"
  for i in 1 2 3 4 5; do make_layer "$out" "$i" "$out/work/part.$i"; done
  make_base_layer "$out"
  make_small_files "$out"
  make_leaning_layer "$out"
  write_image "$out" crash/mixed gzip base 1 2:zstd small leaning
  write_image "$out" crash/shared gzip base 1 3:zstd
  write_image "$out" crash/other gzip 4:zstd 5
  rm -rf "$out/work"
  touch "$out/complete"
}

fresh_tree() { rm -rf "$1/work/tree"; mkdir "$1/work/tree"; }

# What the leaning layer leans on, with what is easily lost: modes, owners, links, attributes, capabilities, a file with a hole.
make_base_layer() {
  local out=$1 tree=$1/work/tree
  fresh_tree "$out"
  mkdir -p "$tree"/{etc,tmp,opt/lower,opt/hidden,srv/data,sparse}
  chmod 1777 "$tree/tmp"
  chown 12:34 "$tree/srv"
  chmod 2750 "$tree/srv/data"
  head -c 3000000 /dev/urandom >"$tree/opt/lower/lent"
  head -c 70000 /dev/urandom >"$tree/opt/lower/small"
  printf 'hidden\n' >"$tree/opt/hidden/file"
  printf 'gone\n' >"$tree/etc/gone"
  printf 'root:x:0:0::/:/bin/sh\n' >"$tree/etc/passwd"
  cp /bin/true "$tree/opt/capable"
  setcap cap_net_raw+ep "$tree/opt/capable"
  setfattr -n user.note -v 'kept' "$tree/opt/lower/small"
  truncate -s 5000000 "$tree/sparse/hole"
  printf 'end' >>"$tree/sparse/hole"
  ln -s ../opt/lower/small "$tree/etc/link"
  ln "$tree/opt/lower/small" "$tree/etc/hard"
  : >"$tree/etc/empty"
  mkfifo "$tree/srv/pipe"
  pack_tree "$out" base -S
}

make_small_files() {
  local out=$1 tree=$1/work/tree
  fresh_tree "$out"
  # head ends before its input does
  (set +o pipefail; awk '{ print "/usr/lib/" $2 }' "$out/work/names" | xargs -d '\n' cat | head -c 6000000 >"$out/work/bytes")
  mkdir -p "$tree/small"
  split -b 2000 -d -a 5 "$out/work/bytes" "$tree/small/f"
  pack_tree "$out" small
}

# Has hard links to files of the layers below, folders that only those describe, whiteouts, and an opaque folder.
make_leaning_layer() {
  local out=$1 tree=$1/work/tree
  fresh_tree "$out"
  mkdir -p "$tree"/{tmp,opt/lower,opt/hidden,opt/own}
  head -c 500 /dev/urandom >"$tree/opt/lower/lent"
  printf 'small' >"$tree/opt/lower/small"
  ln "$tree/opt/lower/lent" "$tree/opt/own/borrowed"
  ln "$tree/opt/lower/small" "$tree/tmp/borrowed"
  : >"$tree/opt/.wh.capable"
  : >"$tree/opt/hidden/.wh..wh..opq"
  printf 'new\n' >"$tree/opt/hidden/file"
  mkdir "$tree/etc"
  : >"$tree/etc/.wh.gone"
  # The targets go out of the archive: what links to them is to be found below. No folder but one has an entry.
  (cd "$tree" && find . -mindepth 1 ! -type d -printf '%P\n' | LC_ALL=C sort | grep -v -e '^opt/lower/' >"$out/work/entries")
  { printf 'opt/lower/lent\nopt/lower/small\n'; cat "$out/work/entries"; } >"$out/work/all"
  tar -c -C "$tree" --no-recursion --numeric-owner --mtime=@1700000000 -T "$out/work/all" -f "$out/work/layer.tar"
  tar --delete -f "$out/work/layer.tar" opt/lower/lent opt/lower/small
  keep_layer "$out" leaning
}

# pack_tree OUT NAME [OPTION...] : work/tree becomes the layer NAME.
pack_tree() {
  local out=$1 name=$2
  shift 2
  tar -c -C "$out/work/tree" --sort=name --numeric-owner --mtime=@1700000000 --xattrs --xattrs-include='*' "$@" -f "$out/work/layer.tar" .
  keep_layer "$out" "$name"
}
