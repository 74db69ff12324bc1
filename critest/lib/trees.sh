# Layers on disk, listed without asking the daemon: what it believes of them is not believed. Sourced; needs jq and getfattr.

# list_tree FOLDER KEY : all that a layer's tree is: types, modes, owners, sizes, link counts, times, targets, attributes, digests. The
# time of the tree's root and of whiteouts is when they were made, and so is that of folders that only a layer of links implies.
list_tree() {
  (
    cd "$1" || exit 1
    {
      find . ! -type c ! -type d -printf '%P %y %m %U:%G %n %T@ %l\n'
      case $2 in diff:*) find . -mindepth 1 -type d -printf '%P %y %m %U:%G %T@\n' ;; *) find . -mindepth 1 -type d -printf '%P %y %m %U:%G\n' ;; esac
      find . -type c -printf '%P %y %m %U:%G\n'
      find . -type f -printf '%P size %s\n'
      find . -maxdepth 0 -printf '/ %m %U:%G\n'
      getfattr -R -P -h -d -m - --absolute-names -e hex . 2>/dev/null | sed -n 's/^# file: \(.*\)/\1/; /./p'
      find . -type f -print0 | xargs -0 -r sha256sum
    } | LC_ALL=C sort
  )
}

layer_key() { tail -n +2 "$1" | jq -r .key; }

# keep_trees IMAGES OUT : one file for each layer of the store, named by its key: what such a layer must be.
keep_trees() {
  local record folder key
  mkdir -p "$2"
  for record in "$1"/layers/*.json; do
    folder=$(basename "$record" .json)
    key=$(layer_key "$record")
    list_tree "$1/l/$folder" "$key" >"$2/${key//:/_}"
  done
}

# compare_trees IMAGES KEPT : each layer of each listed image is as keep_trees saw it. Prints what differs, and fails.
compare_trees() {
  local image folder key bad=0
  for image in "$1"/i/*.json; do
    [ -e "$image" ] || continue
    while read -r folder; do
      [ -e "$1/layers/$folder.json" ] || { echo "$image: the layer $folder has no record"; bad=1; continue; }
      key=$(layer_key "$1/layers/$folder.json")
      list_tree "$1/l/$folder" "$key" | diff -q - "$2/${key//:/_}" >/dev/null && continue
      echo "$image: the layer $folder ($key) is not what it was pulled as:"
      list_tree "$1/l/$folder" "$key" | diff - "$2/${key//:/_}" | head -10
      bad=1
    done < <(tail -n +2 "$image" | jq -r '.layers[]')
  done
  return $bad
}
