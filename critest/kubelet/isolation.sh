# What a pod shares with the host and what not: network, ports, names, process IDs, users. Sourced; needs kubelet.sh.

start_isolation() { run_pods host ports userns; }

try_isolation() {
  check "the pods run" within 90 all_ready host ports
  try_host
  try_ports
  if on_user_mode_linux; then try_without_userns; else try_userns; fi
}

try_host() {
  local id namespace
  id=$(of_pod host '.status.containerStatuses[0].containerID' | sed 's,.*//,,')
  for namespace in net pid ipc uts; do
    same "hostNetwork, hostPID, hostIPC: the $namespace namespace is the host's" "$(readlink "/proc/self/ns/$namespace")" \
      "$(readlink "/proc/$(pid_of "$id")/ns/$namespace")"
  done
}

try_ports() {
  local address
  address=$(of_pod ports .status.podIP)
  check "the pod answers on its address" within 30 gives "through the port" curl -sS --noproxy '*' -m 10 "http://$address/"
  check "and on the port of the host" within 30 gives "through the port" curl -sS --noproxy '*' -m 10 "http://127.0.0.1:$HOST_PORT/"
  check "a packet to the port of the host comes back" within 30 echoed_by_udp "$HOST_PORT"
  # Not every kernel makes SCTP sockets; what the plugin was asked for shows in the rule.
  check "SCTP to the port of the host is led to the pod" contains "--to-destination $address:5354" "$(iptables-save -t nat | grep -e "-p sctp .*--dport $HOST_PORT ")"
  same "its host name" "own-name" "$(in_pod ports beside hostname)"
  same "its names in /etc/hosts" "$address own-name 192.0.2.7" "$(in_pod ports beside awk '$1 == "'"$address"'" { print $1, $NF } $2 == "alias.example" { print $1 }' /etc/hosts | paste -sd ' ')"
  same "its resolv.conf" "nameserver 192.0.2.53 search a.example b.example options ndots:3" "$(in_pod ports beside cat /etc/resolv.conf | paste -sd ' ')"
  same "its sysctl" 79 "$(in_pod ports beside cat /proc/sys/net/ipv4/ip_unprivileged_port_start)"
  check "with shared process IDs a container sees the other" contains "httpd -f -p 80" "$(in_pod ports beside ps)"
  check "and its root folder" contains "index.html" "$(in_pod ports beside sh -c 'ls /proc/$(pgrep httpd)/root/www')"
}

# echoed_by_udp PORT
echoed_by_udp() {
  local words
  exec {udp}<>"/dev/udp/127.0.0.1/$1"
  echo hello >&"$udp"
  words=$(timeout 2 dd bs=100 count=1 <&"$udp" 2>/dev/null || true)
  exec {udp}>&-
  equal hello "$words"
}

try_userns() {
  check "the pod with hostUsers: false runs" within 90 all_ready userns
  local id mapping
  id=$(of_pod userns '.status.containerStatuses[0].containerID' | sed 's,.*//,,')
  mapping=$(in_pod userns root awk '{ print $2 }' /proc/self/uid_map)
  same "hostUsers: false: root inside" 0 "$(in_pod userns root id -u)"
  check "is another user outside" test "$mapping" -gt 65535
  same "as whom its program runs" "$mapping" "$(awk '$1 == "Uid:" { print $2 }' "/proc/$(pid_of "$id")/status")"
  check "its program has written into its volume" within 30 in_pod userns root test -e /work/file
  same "its files are root's there, inside and on the host" "0 0" \
    "$(in_pod userns root stat -c %u /work/file) $(stat -c %u "/var/lib/kubelet/pods/$(of_pod userns .metadata.uid)/volumes/kubernetes.io~empty-dir/work/file")"
}

# critest/uml/KNOWN.md says why. With a kernel that can, this fails, and the line there can go.
try_without_userns() {
  same "the runtime announces no user namespaces on this kernel" false "$(crictl info | jq '[.runtimeHandlers[].features.user_namespaces] | any')"
  check "kubelet does not start a pod that wants one, and says why" within 90 kubelet_says "runtime does not support user namespaces"
  same "and nothing of it was made" "" "$(crictl pods -q --name "userns-$NODE_NAME")"
}
