# What a node's operator counts on, with a runtime handler as without: hooks, the end for lack of memory, streams, volumes out of images,
# shared PID namespaces, new limits. Sourced; needs pods.sh, limits.sh, handler.sh.

# write_hooks : those of the operator's folder $NODE/hooks; their stages' states go to $NODE/seen.
write_hooks() {
  local stage
  mkdir -p "$NODE/hooks" "$NODE/seen"
  for stage in prestart createRuntime poststart poststop; do
    cat >"$NODE/hooks/$stage.json" <<END
{"version": "1.0.0", "stages": ["$stage"], "when": {"annotations": {"^walk.hooks\$": "^yes\$"}},
 "hook": {"path": "/bin/sh", "args": ["sh", "-c", "cat >$NODE/seen/new-$stage && mv $NODE/seen/new-$stage $NODE/seen/$stage"], "env": ["PATH=/usr/bin:/bin"]}}
END
    cat >"$NODE/hooks/bad-$stage.json" <<END
{"version": "1.0.0", "stages": ["$stage"], "when": {"annotations": {"^walk.hooks\$": "^no-$stage\$"}},
 "hook": {"path": "$NODE/hooks/bad-$stage", "args": ["bad-$stage"]}}
END
    printf '#!/bin/sh\necho no driver >&2\nexit 3\n' >"$NODE/hooks/bad-$stage"
    chmod +x "$NODE/hooks/bad-$stage"
  done
}

# handled_pod HANDLER NAME LINUX : sets POD.
handled_pod() {
  pod_config "$2" >/dev/null
  sed -i "s/\"linux\": {}/\"linux\": $3/" "$NODE/$2.pod.json"
  POD=$(quietly crictl runp -r "$1" "$NODE/$2.pod.json") || return 1
  PODS+=("$POD")
}

# told STAGE PID : whether the hook of the stage had the container's state on its stdin. A stopped one has no pid, which is 0 here.
told() {
  equal "$CONTAINER $2 true yes hooked $POD" "$(jq -r '[.id, .pid // 0, (.bundle | startswith("/")), .annotations["walk.hooks"],
    .annotations["io.kubernetes.cri.sandbox-name"], .annotations["io.kubernetes.cri.sandbox-id"]] | map(tostring) | join(" ")' "$NODE/seen/$1")"
}

walk_handled_hooks() {
  local pid stage
  handled_pod "$1" hooked '{}' || { check "runp for hooks" false; return 0; }
  new_container hooked noted "$BUSYBOX" '"annotations": {"walk.hooks": "yes"}, "command": ["sleep", "1000"]' || { check "create with hooks" false; return 0; }
  check "start with hooks" crictl start "$CONTAINER"
  pid=$(pid_of "$CONTAINER")
  for stage in prestart createRuntime poststart; do
    check "the $stage hook is told of the container" told "$stage" "$pid"
  done
  check "no hook of the end ran yet" fails test -e "$NODE/seen/poststop"
  check "stop one with hooks" crictl stop -t 0 "$CONTAINER"
  check "the poststop hook is told of it" within 5 told poststop 0
  for stage in prestart createRuntime; do
    new_container hooked "bad-$stage" "$BUSYBOX" "\"annotations\": {\"walk.hooks\": \"no-$stage\"}, \"command\": [\"sleep\", \"1000\"]" \
      && check "a $stage hook that fails is an error of the start that names it and says how" told_of_failure "$1" "$stage" "$(crictl start "$CONTAINER" 2>&1)"
  done
  check "rmp of the pod with hooks" crictl rmp -f "$POD"
}

# crun throws away what a hook writes, and tells its exit code.
told_of_failure() {
  contains "hooks/bad-$2" "$3" || return 1
  if [ "$1" = crun ]; then contains "exit code: 3" "$3"; else contains "no driver" "$3"; fi
}

walk_handled_memory() {
  local id
  handled_pod "$1" bounded '{}' || { check "runp for limits" false; return 0; }
  new_container bounded greedy "$BUSYBOX" '"command": ["dd", "if=/dev/zero", "of=/dev/null", "bs=40M"],
    "linux": {"resources": {"memory_limit_in_bytes": 15728640, "memory_swap_limit_in_bytes": 15728640}}' || { check create false; return 0; }
  id=$CONTAINER
  check "start one that wants too much memory" crictl start "$id"
  check "it ends" within 30 in_state "$id" EXITED
  same "as OOMKilled" "OOMKilled 137" "$(field "$id" '[.status.reason, (.status.exitCode | tostring)] | join(" ")')"
  new_container bounded resized "$BUSYBOX" '"command": ["sh", "-c", "while :; do :; done"],
    "linux": {"resources": {"memory_limit_in_bytes": 67108864, "cpu_quota": 20000, "cpu_period": 100000}}' || { check create false; return 0; }
  id=$CONTAINER
  check "start one with limits" crictl start "$id"
  same "its limits are the kernel's" "67108864 20000" "$(memory_limit "$(pid_of "$id")") $(cpu_quota "$(pid_of "$id")")"
  check "resize it" crictl update --memory 33554432 --cpu-quota 30000 --cpu-period 100000 "$id"
  same "the new limits are" "33554432 30000" "$(memory_limit "$(pid_of "$id")") $(cpu_quota "$(pid_of "$id")")"
  same "and its status says so" "33554432 30000" "$(field "$id" '.status.resources.linux | [.memoryLimitInBytes, .cpuQuota] | map(tostring) | join(" ")')"
  check "its statistics are of the new limit" within 10 measured "$id" 33554432
  check "rmp of the pod with limits" crictl rmp -f "$POD"
}

# measured ID LIMIT : some memory is used and what is left is of the limit; its CPU time grew to something.
measured() {
  crictl stats -o json "$1" | jq -e --argjson limit "$2" '.stats[0] | (.memory.workingSetBytes.value | tonumber) as $used | (.memory.availableBytes.value | tonumber) as $left
    | $used > 0 and $used + $left == $limit and (.cpu.usageCoreNanoSeconds.value | tonumber) > 10000000'
}

# heard CONTAINER LOG : attach does not end by itself, and may not mind being asked to.
heard() {
  grep -q ' stdout F got-line$' "$2" || echo line | timeout -s KILL 3 "$TOOLS/crictl" --config "$NODE/crictl.yaml" attach -i "$1" || true
  grep -q ' stdout F got-line$' "$2"
}

walk_handled_streams() {
  local image target
  handled_pod "$1" joined '{"security_context": {"namespace_options": {"pid": 0}}}' || { check "runp for streams" false; return 0; }
  image=$(crictl images -o json | jq -r --arg tag "$BUSYBOX" '.images[] | select(.repoTags | index($tag)) | .id')
  new_container joined reads "$BUSYBOX" "\"stdin\": true, \"command\": [\"sh\", \"-c\", \"read line; echo got-\$line; exec sleep 4321\"],
    \"mounts\": [{\"container_path\": \"/image\", \"readonly\": true, \"image\": {\"image\": \"$image\"}, \"image_sub_path\": \"etc\"}]" || { check create false; return 0; }
  target=$CONTAINER
  check "start one with stdin and a volume out of an image" crictl start "$target"
  check "what is typed into it arrives" within 20 heard "$target" "$NODE/log/joined/reads.log"
  check "the part of an image is its volume" contains passwd "$(crictl exec -s "$target" ls /image)"
  check "which nobody writes to" fails crictl exec -s "$target" touch /image/x
  new_container joined sees "$BUSYBOX" '"command": ["sleep", "4322"]' || { check create false; return 0; }
  check "start another in the pod's PID namespace" crictl start "$CONTAINER"
  check "they see each other" contains "sleep 4321" "$(crictl exec -s "$CONTAINER" ps)"
  check "rmp of that pod" crictl rmp -f "$POD"
  handled_pod "$1" alone '{"security_context": {"namespace_options": {"pid": 1}}}' || { check "runp with PID namespaces of containers" false; return 0; }
  new_container alone first "$BUSYBOX" '"command": ["sh", "-c", "echo $$; exec sleep 4321"]' || { check create false; return 0; }
  target=$CONTAINER
  check "start one with a PID namespace of its own" crictl start "$target"
  check "it is the first in it" within 5 grep -q ' stdout F 1$' "$NODE/log/alone/first.log"
  new_container alone second "$BUSYBOX" "\"command\": [\"sleep\", \"4322\"], \"linux\": {\"security_context\": {\"namespace_options\": {\"pid\": 3, \"target_id\": \"$target\"}}}" \
    || { check "create with a target" false; return 0; }
  check "start one in the PID namespace of another" crictl start "$CONTAINER"
  check "it sees the other" contains "sleep 4321" "$(crictl exec -s "$CONTAINER" ps)"
  check "and is seen" contains "sleep 4322" "$(crictl exec -s "$target" ps)"
  check "the target stops" crictl stop -t 0 "$target"
  check "and the other ends with it" within 5 in_state "$CONTAINER" EXITED
  check "rmp of the last" crictl rmp -f "$POD"
}

# walk_handled HANDLER
walk_handled() {
  crictl pull "$BUSYBOX" >/dev/null
  walk_handled_hooks "$1"
  walk_handled_memory "$1"
  walk_handled_streams "$1"
}
