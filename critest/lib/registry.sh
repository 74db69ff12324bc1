# A real registry on loopback, filled with the images of critest/images. Sourced; needs say.sh.

# start_registry DIR : sets REGISTRY (host:port) and REGISTRY_PID. The kernel chooses the port, so runs never collide.
start_registry() {
  local dir=$1 try
  mkdir -p "$dir/store"
  cat >"$dir/config.yml" <<END
version: 0.1
log: {level: info, accesslog: {disabled: true}}
storage: {filesystem: {rootdirectory: $dir/store}, delete: {enabled: true}}
http: {addr: "127.0.0.1:0"}
END
  # Looked at before the process below has been born.
  : >"$dir/log"
  OTEL_TRACES_EXPORTER=none docker-registry serve "$dir/config.yml" </dev/null >"$dir/log" 2>&1 &
  REGISTRY_PID=$!
  for try in $(seq 600); do
    REGISTRY=$(sed -n 's/.*listening on \(127\.0\.0\.1:[0-9]*\).*/\1/p' "$dir/log" | head -1)
    [ -n "$REGISTRY" ] && return 0
    kill -0 "$REGISTRY_PID" 2>/dev/null || break
    sleep 0.1
  done
  tail -5 "$dir/log" >&2
  die "docker-registry did not start; its last lines are above."
}

# push_images STORE : uploads what critest/images/make wrote.
push_images() {
  local store=$1 file reference kind digest type
  while read -r file; do
    reference=${file#"$store/refs/"}
    while read -r kind digest type; do
      case $kind in
        blob) push_blob "$store" "${reference%/*}" "$digest" ;;
        manifest) push_manifest "$store" "${reference%/*}" "$digest" "$type" "$digest" ;;
        tag) push_manifest "$store" "${reference%/*}" "$digest" "$type" "${reference##*/}" ;;
      esac || die "the registry refused $kind $digest of $reference."
    done <"$file"
  done < <(find "$store/refs" -type f | sort)
}

push_blob() {
  local location
  location=$(curl -sS -f -o /dev/null -D - -X POST "http://$REGISTRY/v2/$2/blobs/uploads/" | tr -d '\r' | sed -n 's/^[Ll]ocation: //p')
  curl -sS -f -o /dev/null -X PUT -H 'Content-Type: application/octet-stream' --data-binary @"$1/blobs/sha256/${3#sha256:}" "$location&digest=$3"
}

push_manifest() {
  curl -sS -f -o /dev/null -X PUT -H "Content-Type: $4" --data-binary @"$1/blobs/sha256/${3#sha256:}" "http://$REGISTRY/v2/$2/manifests/$5"
}
