# The images that bench/pull pulls: files of this machine's /usr/lib, in the layout that push_images reads. Sourced; needs say.sh.

PULL_SHAPES='one-gzip eight-gzip one-zstd eight-zstd files-gzip small-gzip'

# shape_words NAME : what a shape is; bytes and files are those of --size full.
shape_words() {
  case $1 in
    one-gzip) echo '1 layer of 800 MB, gzip' ;;
    eight-gzip) echo 'the same in 8 layers, gzip' ;;
    one-zstd) echo '1 layer of 800 MB, zstd' ;;
    eight-zstd) echo 'the same in 8 layers, zstd' ;;
    files-gzip) echo '100,000 files of 2 KB, gzip' ;;
    small-gzip) echo '40 small layers, gzip' ;;
    again) echo 'a present tag, pulled again' ;;
  esac
}

# make_pull_images OUT full|small : small has a tenth of the bytes and files. An OUT that is complete is kept.
make_pull_images() {
  local out=$1 bytes=800000000 files=100000
  [ ! -e "$out/complete" ] || return 0
  [ "$2" = full ] || { bytes=80000000; files=10000; }
  say "making the images of bench/pull in $out"
  rm -rf "$out"
  mkdir -p "$out/blobs/sha256" "$out/refs/bench" "$out/work"
  find /usr/lib -xdev -type f -printf '%s %P\n' | LC_ALL=C sort -k2 | spread "$bytes" >"$out/work/names"
  make_layer "$out" 0 "$out/work/names"
  write_image "$out" one-gzip gzip 0
  write_image "$out" one-zstd zstd 0
  cut_in_eight "$out/work/names" "$out/work/eighth"
  for i in 1 2 3 4 5 6 7 8; do make_layer "$out" "$i" "$out/work/eighth.$i"; done
  write_image "$out" eight-gzip gzip 1 2 3 4 5 6 7 8
  write_image "$out" eight-zstd zstd 1 2 3 4 5 6 7 8
  make_many_files "$out" "$files"
  make_small_layers "$out"
  rm -rf "$out/work"
  touch "$out/complete"
}

# spread BYTES : of the "size name" lines read, names from all over the list whose sizes add up to about BYTES.
spread() {
  awk -v wanted="$1" '{ size[NR] = $1; sub(/^[0-9]+ /, ""); name[NR] = $0; all += size[NR] }
    END { for (i = 1; i <= NR; i++) { due += size[i] * wanted / all
      if (taken + size[i] / 2 <= due && size[i] < wanted / 8) { print size[i], name[i]; taken += size[i] } } }'
}

# cut_in_eight NAMES PREFIX : PREFIX.1 to PREFIX.8, of about the same number of bytes.
cut_in_eight() {
  awk -v prefix="$2" 'NR == FNR { all += $1; next } { print > (prefix "." (1 + int(8 * taken / all))); taken += $1 }' "$1" "$1"
}

# make_layer OUT NUMBER NAMES : work/NUMBER.gzip, .zstd and .diff name the blobs of a layer with these files of /usr/lib.
make_layer() {
  local out=$1 list=$1/work/entries
  sed 's/^[0-9]* //' "$3" >"$list.files"
  { printf 'usr\nusr/lib\n'; folders_of "$list.files"; sed 's,^,usr/lib/,' "$list.files"; } >"$list"
  tar -c -C / --no-recursion --numeric-owner --owner=0 --group=0 --verbatim-files-from -T "$list" -f "$out/work/layer.tar"
  keep_layer "$out" "$2"
}

# folders_of FILES : the folders that hold them, each before what is in it.
folders_of() {
  awk -F/ '{ path = "usr/lib"; for (i = 1; i < NF; i++) { path = path "/" $i; if (!seen[path]++) print path } }' "$1"
}

# make_many_files OUT COUNT : pieces of programs and libraries, which shrink as a system's files do, 1,000 to a folder.
make_many_files() {
  local out=$1 pieces=$1/work/pieces
  mkdir -p "$pieces"
  # head ends before its input does
  (set +o pipefail; zstd -q -d -c "$out/blobs/sha256/$(cat "$out/work/0.zstd")" | tail -c +20000000 | head -c $(($2 * 2048)) >"$out/work/bytes")
  split -b 2048 -d -a 6 "$out/work/bytes" "$pieces/f"
  (cd "$pieces" && printf '%s\n' f* | sed 's/\(.\)\(...\).*/d\2/' | uniq | xargs mkdir)
  (cd "$pieces" && printf '%s\n' f* | awk '{ d = "d" substr($0, 2, 3); if (d != last) print d; last = d; print }') >"$out/work/entries"
  tar -c -C "$pieces" --no-recursion --numeric-owner --owner=0 --group=0 -T "$out/work/entries" \
    --transform='s,^f\(...\),d\1/f\1,' -f "$out/work/layer.tar"
  keep_layer "$out" files
  write_image "$out" files-gzip gzip files
  rm -rf "$pieces" "$out/work/bytes"
}

make_small_layers() {
  local out=$1 i numbers=()
  for i in $(seq 101 140); do
    awk -v i="$i" '$1 < 20000 && n++ % 97 == i - 100 && m++ < 20' "$out/work/names" >"$out/work/few"
    make_layer "$out" "$i" "$out/work/few"
    numbers+=("$i")
  done
  write_image "$out" small-gzip gzip "${numbers[@]}"
}

# keep_layer OUT NUMBER : work/layer.tar becomes two blobs; only their names stay in work.
keep_layer() {
  local out=$1 form blob
  sha256sum <"$out/work/layer.tar" | cut -c1-64 >"$out/work/$2.diff"
  for form in gzip zstd; do
    blob=$out/work/layer.$form
    case $form in gzip) gzip -n -6 -c "$out/work/layer.tar" ;; zstd) zstd -q -c "$out/work/layer.tar" ;; esac >"$blob"
    sha256sum <"$blob" | cut -c1-64 >"$out/work/$2.$form"
    mv "$blob" "$out/blobs/sha256/$(cat "$out/work/$2.$form")"
  done
  rm "$out/work/layer.tar"
}

# write_image OUT NAME gzip|zstd NUMBER[:FORM]... : the image NAME:1 of these layers, NAME being below bench/ if it names no folder.
write_image() {
  local out=$1 name=$2 form layer number layers='' diffs='' pushes='' config manifest
  case $name in */*) ;; *) name=bench/$name ;; esac
  local common=$3
  shift 3
  for layer in "$@"; do
    number=${layer%:*}
    case $layer in *:*) form=${layer#*:} ;; *) form=$common ;; esac
    layers+=${layers:+,}$(descriptor "$out" "$(cat "$out/work/$number.$form")" "application/vnd.oci.image.layer.v1.tar+$form")
    diffs+=${diffs:+,}\"sha256:$(cat "$out/work/$number.diff")\"
    pushes+="blob sha256:$(cat "$out/work/$number.$form")"$'\n'
  done
  config=$(keep_text "$out" "{\"architecture\":\"$(dpkg --print-architecture)\",\"os\":\"linux\",\"config\":{},\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[$diffs]}}")
  manifest=$(keep_text "$out" "{\"schemaVersion\":2,\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\",\"config\":$(
    descriptor "$out" "$config" application/vnd.oci.image.config.v1+json),\"layers\":[$layers]}")
  mkdir -p "$out/refs/$name"
  printf '%sblob sha256:%s\ntag sha256:%s application/vnd.oci.image.manifest.v1+json\n' "$pushes" "$config" "$manifest" \
    >"$out/refs/$name/1"
}

descriptor() { printf '{"mediaType":"%s","digest":"sha256:%s","size":%s}' "$3" "$2" "$(stat -c %s "$1/blobs/sha256/$2")"; }

# keep_text OUT TEXT : stores it as a blob; prints its hex.
keep_text() {
  local hex
  printf '%s' "$2" >"$1/work/text"
  hex=$(sha256sum <"$1/work/text" | cut -c1-64)
  mv "$1/work/text" "$1/blobs/sha256/$hex"
  echo "$hex"
}
