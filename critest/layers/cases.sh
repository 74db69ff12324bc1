# The images whose trees are compared: one function each, which fills the layers from the lowest to the uppermost. Where
# Debian's containerd (1.6) refuses the image, or shows what a layer deleted, a function tree_NAME says what the layers mean. Sourced;
# needs pack.sh.

IMAGES_TO_COMPARE="implied-parents implied-parents-thrice implied-new-parents hard-link-below hard-link-to-link-below
whiteout-then-file file-then-whiteout whiteout-then-folder folder-then-whiteout whiteouts opaque-first opaque-last
opaque-implied types-change again-and-again special-files long-names estargz zstd-chunked"

# odd_folders : a lower layer with folders whose mode and owner no default would give.
odd_folders() {
  folder . 755 0:0
  folder tmp 1777 0:0
  folder odd 750 1234:5678
  folder odd/deep 2711 4321:1
  text odd/deep/lower "from below"
  folder closed 0 0:42
  entries . tmp odd odd/deep odd/deep/lower closed
  end_layer
}

image_implied-parents() {
  odd_folders
  text tmp/a/file one
  text odd/deep/upper two
  text closed/file three
  entries tmp/a/file odd/deep/upper closed/file
  end_layer
}

# The folder's own entry comes in a middle layer, then late in the last one, after what lies in it.
image_implied-parents-thrice() {
  odd_folders
  folder odd 711 77:88
  entries odd
  end_layer
  text odd/deep/third three
  entries odd/deep/third
  end_layer
  text odd/deep/fourth four
  folder odd/deep 1700 9:9
  entries odd/deep/fourth odd/deep
  end_layer
}

# No layer below has them, so there is nothing to take their metadata from.
image_implied-new-parents() {
  odd_folders
  text brand/new/file new
  chown 5:6 "$CASE/tree/brand/new/file"
  entries brand/new/file
  end_layer
  text brand/new/second newer
  entries brand/new/second
  end_layer
}

image_hard-link-below() {
  odd_folders
  text odd/deep/lower "from below"
  chown 12:34 "$CASE/tree/odd/deep/lower"
  chmod 4751 "$CASE/tree/odd/deep/lower"
  entries odd/deep/lower
  end_layer
  text odd/deep/lower "not in the archive"
  ln "$CASE/tree/odd/deep/lower" "$CASE/tree/link"
  entries odd/deep/lower link
  drop_entry odd/deep/lower
  end_layer
}

# containerd: link: no such file or directory.
tree_hard-link-below() {
  cat <<'END'
. d 755 0 0
./closed d 0 0 42
./link f 4751 12 34 "from below"
./odd d 750 1234 5678
./odd/deep d 2711 4321 1
./odd/deep/lower f 4751 12 34 "from below"
./tmp d 1777 0 0
END
}

# Two names in one layer, and a third in the layer above that.
image_hard-link-to-link-below() {
  text first content
  ln "$CASE/tree/first" "$CASE/tree/second"
  entries first second
  end_layer
  text second other
  mkdir -p "$CASE/tree/new"
  ln "$CASE/tree/second" "$CASE/tree/new/third"
  ln "$CASE/tree/second" "$CASE/tree/new/fourth"
  entries second new/third new/fourth
  drop_entry second
  end_layer
}

# containerd: link: no such file or directory.
tree_hard-link-to-link-below() {
  cat <<'END'
. d 755 0 0
./first f 644 0 0 "content"
./new d 755 0 0
./new/fourth f 644 0 0 "content"
./new/third f 644 0 0 "content"
./second f 644 0 0 "content"
END
}

# one_name : lower layers with a file and with a folder that is not empty.
one_name() {
  text file lower
  text folder/lower lower
  text folder/sub/lower lower
  text to-folder lower
  text to-file/lower lower
  chmod 700 "$CASE/tree/folder"
  entries file folder folder/lower folder/sub folder/sub/lower to-folder to-file to-file/lower
  end_layer
}

image_whiteout-then-file() {
  one_name
  empty .wh.file .wh.to-file .wh.new
  text file upper; text to-file upper; text new upper
  entries .wh.file file .wh.to-file to-file .wh.new new
  end_layer
}

image_file-then-whiteout() {
  one_name
  empty .wh.file .wh.to-file .wh.new
  text file upper; text to-file upper; text new upper
  entries file .wh.file to-file .wh.to-file new .wh.new
  end_layer
}

# containerd: failed to convert whiteout file: file exists. The entry wins over the whiteout.
tree_file-then-whiteout() {
  cat <<'END'
. d 755 0 0
./file f 644 0 0 "upper"
./folder d 700 0 0
./folder/lower f 644 0 0 "lower"
./folder/sub d 755 0 0
./folder/sub/lower f 644 0 0 "lower"
./new f 644 0 0 "upper"
./to-file f 644 0 0 "upper"
./to-folder f 644 0 0 "lower"
END
}

image_whiteout-then-folder() {
  one_name
  empty .wh.folder .wh.to-folder .wh.new folder/upper to-folder/upper new/upper
  chmod 751 "$CASE/tree/folder"
  entries .wh.folder folder folder/upper .wh.to-folder to-folder to-folder/upper .wh.new new new/upper
  end_layer
}

# containerd shows folder/lower and folder/sub, which the whiteout deleted.
tree_whiteout-then-folder() {
  cat <<'END'
. d 755 0 0
./file f 644 0 0 "lower"
./folder d 751 0 0
./folder/upper f 644 0 0 ""
./new d 755 0 0
./new/upper f 644 0 0 ""
./to-file d 755 0 0
./to-file/lower f 644 0 0 "lower"
./to-folder d 755 0 0
./to-folder/upper f 644 0 0 ""
END
}

image_folder-then-whiteout() {
  one_name
  empty .wh.folder .wh.to-folder .wh.new folder/upper to-folder/upper new/upper
  chmod 751 "$CASE/tree/folder"
  entries folder folder/upper .wh.folder to-folder to-folder/upper .wh.to-folder new new/upper .wh.new
  end_layer
}

# containerd: failed to convert whiteout file: file exists.
tree_folder-then-whiteout() {
  cat <<'END'
. d 755 0 0
./file f 644 0 0 "lower"
./folder d 751 0 0
./folder/upper f 644 0 0 ""
./new d 755 0 0
./new/upper f 644 0 0 ""
./to-file d 755 0 0
./to-file/lower f 644 0 0 "lower"
./to-folder d 755 0 0
./to-folder/upper f 644 0 0 ""
END
}

# A file, a folder, one of several names, a name that is not there, and a name that comes back in a later layer.
image_whiteouts() {
  one_name
  empty .wh.file folder/.wh.sub .wh.to-file .wh.missing absent/.wh.deep
  entries .wh.file folder/.wh.sub .wh.to-file .wh.missing absent/.wh.deep
  end_layer
  empty to-file/again
  entries to-file to-file/again
  end_layer
}

image_opaque-first() {
  one_name
  empty folder/.wh..wh..opq folder/upper folder/sub/upper
  entries folder folder/.wh..wh..opq folder/upper folder/sub folder/sub/upper
  end_layer
}

image_opaque-last() {
  one_name
  empty folder/.wh..wh..opq folder/upper folder/sub/upper
  entries folder folder/upper folder/sub folder/sub/upper folder/.wh..wh..opq
  end_layer
}

# The opaque folder has no entry of its own, and a whiteout lies in it, too.
image_opaque-implied() {
  odd_folders
  empty odd/.wh..wh..opq odd/upper odd/.wh.deep
  entries odd/.wh..wh..opq odd/upper odd/.wh.deep
  end_layer
}

image_types-change() {
  one_name
  ln -s folder "$CASE/tree/link"
  ln -s file "$CASE/tree/link-to-file"
  mkfifo "$CASE/tree/fifo"
  entries link link-to-file fifo
  end_layer
  text to-file "was a folder"
  text to-folder/upper "was a file"
  text link/upper "was a link to a folder"
  text link-to-file "was a link to a file"
  mkdir "$CASE/tree/fifo"
  ln -s to-file "$CASE/tree/file"
  entries to-file to-folder to-folder/upper link link/upper link-to-file fifo file
  end_layer
  text fifo "was a folder"
  empty file/below
  entries fifo file file/below
  end_layer
}

# One layer holds a name several times: the last entry counts.
image_again-and-again() {
  one_name
  text name first; entries name
  text name second; chmod 640 "$CASE/tree/name"; entries name
  rm "$CASE/tree/name"; mkdir "$CASE/tree/name"; text name/inner inner; entries name name/inner
  rm -r "$CASE/tree/name"; ln -s file "$CASE/tree/name"; entries name
  folder folder 711 3:4; entries folder
  folder folder 4770 5:6; entries folder
  end_layer
}

# containerd: failed call to UtimesNanoAt: no such file or directory.
tree_again-and-again() {
  cat <<'END'
. d 755 0 0
./file f 644 0 0 "lower"
./folder d 4770 5 6
./folder/lower f 644 0 0 "lower"
./folder/sub d 755 0 0
./folder/sub/lower f 644 0 0 "lower"
./name l 777 0 0 -> file
./to-file d 755 0 0
./to-file/lower f 644 0 0 "lower"
./to-folder f 644 0 0 "lower"
END
}

image_special-files() {
  local tree=$CASE/tree
  text setuid x; chown 7:8 "$tree/setuid"; chmod 4755 "$tree/setuid"
  text setgid x; chown 0:9 "$tree/setgid"; chmod 2711 "$tree/setgid"
  text sticky x; chmod 1644 "$tree/sticky"
  text no-mode x; chmod 0 "$tree/no-mode"
  text big-ids x; chown 2097152:3000000000 "$tree/big-ids"
  mknod "$tree/null" c 1 3; chmod 666 "$tree/null"
  mknod "$tree/block" b 7 200; chown 0:6 "$tree/block"
  mkfifo "$tree/fifo"; chmod 622 "$tree/fifo"
  ln -s /somewhere/else "$tree/absolute"
  ln -s ../../../outside "$tree/up"; chown -h 11:12 "$tree/up"
  ln "$tree/setuid" "$tree/setuid-again"
  truncate -s 3M "$tree/hole"
  setfattr -n user.words -v said "$tree/sticky"
  tar -c -f "$CASE/layer.tar" -C "$tree" --format=pax --xattrs --sparse --numeric-owner --mtime=@1700000000 .
  end_layer
}

image_long-names() {
  local name deep
  name=$(printf 'n%.0s' $(seq 255))
  deep=$(printf 'folder-with-a-name-of-forty-letters-here/%.0s' $(seq 20))
  text "$name" long
  text "$deep/file" deep
  ln -s "/$deep" "$CASE/tree/link"
  ln "$CASE/tree/$name" "$CASE/tree/hard"
  text $'words \xc3\xa4 and\ttabs' spaced
  (cd "$CASE/tree" && tar -c --format=gnu --numeric-owner --mtime=@1700000000 -f "$CASE/layer.tar" -- *)
  end_layer
  text "$deep/upper" upper
  text "${name%n}m" pax
  tar -c --format=pax --numeric-owner --mtime=@1700000000 --no-recursion -f "$CASE/layer.tar" -C "$CASE/tree" "$deep/upper" "${name%n}m"
  end_layer
}

# Layers that others fetch in pieces, and that are plain archives to us as to containerd without its plugin for them: what its makers put into
# the archive for that are files of the image, since the image's digests say so.
image_estargz() {
  odd_folders
  text .no.prefetch.landmark "a landmark"
  text usr/bin/program "$(seq 1000)"
  text stargz.index.json '{"version":1,"entries":[]}'
  entries .no.prefetch.landmark usr usr/bin usr/bin/program stargz.index.json
  end_layer as_estargz gzip
}

image_zstd-chunked() {
  odd_folders
  text usr/bin/program "$(seq 1000)"
  entries usr usr/bin usr/bin/program
  end_layer as_zstd_chunked zstd
}
