# Pods whose root is nobody on the node, and volumes out of images. Sourced.

# new_mapped_pod NAME : a pod with a user namespace; sets POD.
new_mapped_pod() {
  mkdir -p "$NODE/log/$1"
  cat >"$NODE/$1.pod.json" <<END
{"metadata": {"name": "$1", "namespace": "walk", "uid": "uid-$1", "attempt": 1}, "hostname": "$1", "log_directory": "$NODE/log/$1",
 "port_mappings": [{"container_port": 80, "host_port": 18437}],
 "linux": {"security_context": {"namespace_options": {"pid": 1, "userns_options": {"mode": 0,
  "uids": [{"container_id": 0, "host_id": 1700000, "length": 65536}], "gids": [{"container_id": 0, "host_id": 1700000, "length": 65536}]}}}}}
END
  POD=$(quietly crictl runp "$NODE/$1.pod.json") || return 1
  PODS+=("$POD")
}

walk_confined() {
  local id pid image
  [ "$RUNTIME_UNDER_TEST" = crij ] || return 0
  # A node that cannot map the owners on its disks says so, and kubelet sends no such pod.
  if [ "$(crictl info | jq '[.runtimeHandlers[].features.user_namespaces] | all')" != true ]; then
    say "no user namespaces for pods on this kernel"
    return 0
  fi
  new_mapped_pod mapped || { check "runp with a user namespace" false; return 0; }
  image=$(crictl images -o json | jq -r --arg tag "$BUSYBOX" '.images[] | select(.repoTags | index($tag)) | .id')
  new_container mapped web $BUSYBOX "\"command\": [\"sh\", \"-c\", \"mkdir /w; echo page > /w/index.html; id -u; exec httpd -f -p 80 -h /w\"],
    \"mounts\": [{\"container_path\": \"/image\", \"readonly\": true, \"image\": {\"image\": \"$image\"}, \"image_sub_path\": \"etc\"}]" \
    || { check "create with an image volume" false; return 0; }
  id=$CONTAINER
  check "start as the root of a user namespace" crictl start "$id"
  pid=$(pid_of "$id")
  same "root inside" 0 "$(crictl exec -s "$id" id -u)"
  check "is nobody outside" grep -q "^Uid:[[:space:]]1700000[[:space:]]" "/proc/$pid/status"
  same "its log is written" 0 "$(within 5 grep -q . "$NODE/log/mapped/web.log" && log_text "$NODE/log/mapped/web.log" | head -1)"
  check "it owns its files" equal 0:0 "$(crictl exec -s "$id" stat -c %u:%g /bin/busybox)"
  check "the part of an image is its volume" contains passwd "$(crictl exec -s "$id" ls /image)"
  check "which nobody writes to" fails crictl exec -s "$id" touch /image/x
  check "its port is the node's" within 10 eval 'equal page "$(curl -s --noproxy "*" http://127.0.0.1:18437/)"'
  kill -KILL "$RUNTIME_PID"
  wait "$RUNTIME_PID" 2>/dev/null || true
  start_runtime && check "the daemon starts again" true || check "the daemon starts again" false
  same "exec goes into the user namespace" 1700000 "$(crictl exec -s "$id" awk '{print $2}' /proc/self/uid_map)"
  check "rmi of an image that is a volume" crictl rmi "$image"
  check "takes nothing away from it" contains passwd "$(crictl exec -s "$id" ls /image)"
  check "stop" crictl stop -t 1 "$id"
}
