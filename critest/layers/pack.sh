# Makes images out of layers whose entries are given one by one, in the order in which the archive is to hold them. Sourced;
# needs registry.sh and jq. $CASE is a scratch folder: tree/ is what the next entries are taken from.

# begin_image : an image without layers; tree/ is empty.
begin_image() {
  CASE=$(mktemp -d "$NODE/case.XXXXXX")
  mkdir -p "$CASE"/{tree,blobs/sha256}
  LAYERS=()
  DIFFS=()
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

# end_layer : the archive is complete; the tree is empty again.
end_layer() {
  local digest
  digest=sha256:$(sha256sum "$CASE/layer.tar" | cut -c1-64)
  mv "$CASE/layer.tar" "$CASE/blobs/sha256/${digest#sha256:}"
  DIFFS+=("$digest")
  rm -rf "$CASE/tree"
  mkdir "$CASE/tree"
}

# push_case REPOSITORY : pushes the image as REPOSITORY:1.
push_case() {
  local digest config
  for digest in "${DIFFS[@]}"; do
    LAYERS+=("$(jq -n -c --arg digest "$digest" --argjson size "$(blob_size "$digest")" \
      '{mediaType: "application/vnd.oci.image.layer.v1.tar", digest: $digest, size: $size}')")
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
