# pull, runp, create, start, ps, logs, exec, inspect, stop, rm, stopp, rmp, rmi. Sourced.

walk_life() {
  local id address now
  check "pull nginx" crictl pull $NGINX
  check "images lists it" contains e2e-test-images/nginx "$(crictl images 2>&1)"
  check "inspecti tells its size" test "$(crictl inspecti $NGINX | jq -r .status.size)" -gt 1000000
  check "imagefsinfo counts bytes" test "$(crictl imagefsinfo | jq -r '.. | objects | .imageFilesystems? // empty | .[0].usedBytes | .value? // . | tonumber')" -gt 1000000
  new_pod web || { check "runp" false; return 0; }
  check "pods lists the pod" contains web "$(crictl pods --id "$POD" 2>&1)"
  address=$(crictl inspectp "$POD" | jq -r .status.network.ip)
  check "the pod has an address of the CNI network" contains "$SUBNET." "$address"
  new_container web nginx $NGINX '' || { check "create" false; return 0; }
  id=$CONTAINER
  check "a created container is CREATED" in_state "$id" CREATED
  check "start" crictl start "$id"
  check "a started container is RUNNING" in_state "$id" RUNNING
  check "ps lists it" contains nginx "$(crictl ps 2>&1)"
  check "the pod answers HTTP" within 20 curl -sS -f --noproxy '*' "http://$address/"
  check "its page is the image's" contains "Hello from a pod" "$(curl -sS --noproxy '*' "http://$address/")"
  check "logs show the request" within 5 sh -c "'$TOOLS/crictl' --config '$NODE/crictl.yaml' logs '$id' 2>&1 | grep -q 'GET / HTTP'"
  same "exec -s gives the output" "hello" "$(crictl exec -s "$id" echo hello 2>&1)"
  check "exec -s gives the exit code" contains "7" "$(crictl exec -s "$id" sh -c 'exit 7' 2>&1 || true)"
  same "the hostname is the pod's" "web" "$(crictl exec -s "$id" hostname 2>&1)"
  check "resolv.conf is the pod's" contains "nameserver 10.0.0.53" "$(crictl exec -s "$id" cat /etc/resolv.conf 2>&1)"
  check "inspect shows the pid in its verbose info" test -d "/proc/$(pid_of "$id")"
  check "inspect shows the cgroup and the plan" contains cgroup "$(field "$id" .info)"
  check "inspectp shows verbose info" contains "{" "$(crictl inspectp "$POD" | jq -c .info)"
  check "stop" crictl stop -t 10 "$id"
  check "a stopped container is EXITED" in_state "$id" EXITED
  now=$(date +%s)
  check "its end is a moment ago" test $((now - $(date -d "$(field "$id" .status.finishedAt)" +%s))) -le 60
  check "rm" crictl rm "$id"
  check "a removed container is unknown" fails crictl inspect "$id"
  check "stopp" crictl stopp "$POD"
  check "a stopped pod is NOTREADY" contains NOTREADY "$(crictl inspectp "$POD" | jq -r .status.state)"
  check "stopp again" crictl stopp "$POD"
  check "rmp" crictl rmp "$POD"
  check "a removed pod is unknown" fails crictl inspectp "$POD"
  check "rmi" crictl rmi $NGINX
  check "the image is gone" fails crictl inspecti $NGINX
}
