# The start cache of a staged tree: what the JVM loads and links, learnt from a daemon at work. Sourced; needs critest's libraries, checks.sh too.

gone() { ! kill -0 "$1" 2>/dev/null; }

# train TREE : leaves TREE/lib/crij.aot, for TREE/runtime and the jars as they are (JEP 514).
train() {
  local tree=$1 pod container image=registry.k8s.io/e2e-test-images/nginx:1.14-2
  CRIJ=$tree/bin/crij
  make_node
  export CRIJ_JAVA_OPTS="-XX:AOTCacheOutput=$tree/lib/crij.aot"
  start_runtime
  unset CRIJ_JAVA_OPTS
  mkdir -p "$NODE/log/pod"
  cat >"$NODE/pod.json" <<END
{"metadata": {"name": "train", "namespace": "default", "uid": "train", "attempt": 0}, "hostname": "train", "log_directory": "$NODE/log/pod", "linux": {}}
END
  cat >"$NODE/container.json" <<END
{"metadata": {"name": "web"}, "image": {"image": "$image"}, "log_path": "web.log", "linux": {}}
END
  crictl pull --pod-config "$NODE/pod.json" "$image"
  pod=$(crictl runp "$NODE/pod.json")
  container=$(crictl create "$pod" "$NODE/container.json" "$NODE/pod.json")
  crictl start "$container"
  crictl exec --sync "$container" true
  crictl exec "$container" true
  crictl stats -a
  crictl statsp
  crictl inspect "$container"
  crictl inspectp "$pod"
  crictl pods
  crictl ps -a
  crictl images
  crictl imagefsinfo
  crictl info
  crictl stop -t 1 "$container"
  crictl rm "$container"
  crictl stopp "$pod"
  crictl rmp "$pod"
  # Another JVM writes the cache while this one ends: on a busy machine that takes longer than unmake_node waits.
  kill -TERM "$RUNTIME_PID"
  within 300 gone "$RUNTIME_PID"
  unmake_node
  [ -s "$tree/lib/crij.aot" ] || die "the daemon ended without leaving a start cache; see above."
}
