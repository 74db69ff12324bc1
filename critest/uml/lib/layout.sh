# An image of the store of critest/images as an archive in OCI's layout, for a node that reaches no registry. Sourced; needs jq.

# pack_layout STORE REFERENCE FILE
pack_layout() {
  local store=$1 reference=$2 file=$3 name digest type line kind
  local dir=$3.layout refs
  name=${reference#*/}
  refs=$store/refs/${name%:*}/${name##*:}
  rm -rf "$dir"
  mkdir -p "$dir/blobs/sha256"
  while read -r kind digest type; do
    cp --reflink=auto "$store/blobs/sha256/${digest#sha256:}" "$dir/blobs/sha256/"
    [ "$kind" != tag ] || line="$digest $type"
  done <"$refs"
  digest=${line% *} type=${line#* }
  printf '{"imageLayoutVersion": "1.0.0"}' >"$dir/oci-layout"
  jq -n --arg digest "$digest" --arg type "$type" --arg name "$reference" \
    --argjson size "$(stat -c %s "$dir/blobs/sha256/${digest#sha256:}")" \
    '{schemaVersion: 2, manifests: [{mediaType: $type, digest: $digest, size: $size, annotations: {"org.opencontainers.image.ref.name": $name, "io.containerd.image.name": $name}}]}' \
    >"$dir/index.json"
  tar -cf "$file" -C "$dir" .
  rm -rf "$dir"
}
