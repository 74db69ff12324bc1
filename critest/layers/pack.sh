# Makes images out of layers whose entries are given one by one, in the order in which the archive is to hold them. Sourced;
# needs registry.sh and jq. $CASE is a scratch folder: tree/ is what the next entries are taken from.

# begin_image : an image without layers; tree/ is empty.
begin_image() {
  CASE=$(mktemp -d "$NODE/case.XXXXXX")
  mkdir -p "$CASE"/{tree,blobs/sha256}
  LAYERS=()
  DIFFS=()
  BLOBS=()
  TYPES=()
}

# entries PATH... : adds tree/PATH to the archive of the layer, folders without what is in them.
entries() { tar -r -f "$CASE/layer.tar" -C "$CASE/tree" --numeric-owner --mtime=@1700000000 --no-recursion -- "$@"; }

# empty PATH... : makes empty files in the tree (whiteouts, above all), with the folders that they need.
empty() {
  local path
  for path in "$@"; do mkdir -p "$CASE/tree/$(dirname "$path")" && : >"$CASE/tree/$path"; done
}

# text PATH WORDS : makes a file in the tree.
text() { mkdir -p "$CASE/tree/$(dirname "$1")" && printf '%s\n' "$2" >"$CASE/tree/$1"; }

# folder PATH MODE OWNER
folder() { mkdir -p "$CASE/tree/$1" && chown "$3" "$CASE/tree/$1" && chmod "$2" "$CASE/tree/$1"; }

# drop_entry PATH : takes an entry out of the archive; a hard link to it stays and so points out of the layer.
drop_entry() { tar --delete -f "$CASE/layer.tar" -- "$1"; }

# end_layer [PACK TYPE] : the archive is complete; the tree is empty again. PACK FILE writes it as it goes to the registry.
end_layer() {
  DIFFS+=("sha256:$(sha256sum "$CASE/layer.tar" | cut -c1-64)")
  BLOBS+=("$("${1:-cat}" "$CASE/layer.tar" | keep_blob)")
  TYPES+=("application/vnd.oci.image.layer.v1.tar${2:+"+$2"}")
  rm "$CASE/layer.tar"
  rm -rf "$CASE/tree"
  mkdir "$CASE/tree"
}

# le64 NUMBER : its eight bytes, the lowest first.
le64() {
  local i
  for i in 0 8 16 24 32 40 48 56; do printf "\\x$(printf %02x $((($1 >> i) & 255)))"; done
}

# as_estargz FILE : a gzip member for each piece, then the footer: an empty one that says where the table of contents begins.
as_estargz() {
  split -b 1024 --filter='gzip -n' "$1"
  printf '\x1f\x8b\x08\x04\0\0\0\0\0\xff\x1a\0SG\x16\0%016xSTARGZ\x01\0\0\xff\xff\0\0\0\0\0\0\0\0' 1024
}

# skippable TEXT : a zstd frame that readers pass over (RFC 8878, 3.1.2).
skippable() { printf '\x50\x2a\x4d\x18'; le64 "${#1}" | head -c 4; printf %s "$1"; }

# as_zstd_chunked FILE : a zstd frame for each piece, then two that are passed over: the table of contents and the footer.
as_zstd_chunked() {
  split -b 1024 --filter='zstd -q -c' "$1"
  skippable '{"version":1,"entries":[]}'
  printf '\x50\x2a\x4d\x18'
  le64 64 | head -c 4
  for number in 1024 27 27 1 0 0 0; do le64 "$number"; done
  printf GNUlInUx
}

# push_case REPOSITORY : pushes the image as REPOSITORY:1.
push_case() {
  local digest config i
  for i in "${!BLOBS[@]}"; do
    digest=${BLOBS[i]}
    LAYERS+=("$(jq -n -c --arg type "${TYPES[i]}" --arg digest "$digest" --argjson size "$(blob_size "$digest")" \
      '{mediaType: $type, digest: $digest, size: $size}')")
    push_blob "$CASE" "$1" "$digest"
  done
  config=$(jq -n -c --arg arch "$(dpkg --print-architecture)" \
    '{architecture: $arch, os: "linux", config: {Cmd: ["/none"]}, rootfs: {type: "layers", diff_ids: $ARGS.positional}}' --args "${DIFFS[@]}" | keep_blob)
  push_blob "$CASE" "$1" "$config"
  digest=$(printf '%s\n' "${LAYERS[@]}" | jq -s -c --arg config "$config" --argjson size "$(blob_size "$config")" \
    '{schemaVersion: 2, mediaType: "application/vnd.oci.image.manifest.v1+json",
      config: {mediaType: "application/vnd.oci.image.config.v1+json", digest: $config, size: $size}, layers: .}' | keep_blob)
  push_manifest "$CASE" "$1" "$digest" application/vnd.oci.image.manifest.v1+json 1
}

blob_size() { stat -c %s "$CASE/blobs/sha256/${1#sha256:}"; }

# keep_blob : stores what it reads; prints the digest.
keep_blob() {
  local hex
  cat >"$CASE/blob"
  hex=$(sha256sum "$CASE/blob" | cut -c1-64)
  mv "$CASE/blob" "$CASE/blobs/sha256/$hex"
  echo "sha256:$hex"
}
