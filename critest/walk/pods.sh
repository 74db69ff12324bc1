# Pod and container configurations for crictl. Sourced.

BUSYBOX=registry.k8s.io/e2e-test-images/busybox:1.29-2
NGINX=registry.k8s.io/e2e-test-images/nginx:1.14-2
PODS=()

# new_pod NAME : runs a pod; sets POD; its logs are in $NODE/log/NAME.
new_pod() {
  mkdir -p "$NODE/log/$1"
  cat >"$NODE/$1.pod.json" <<END
{"metadata": {"name": "$1", "namespace": "walk", "uid": "uid-$1", "attempt": 1}, "hostname": "$1",
 "log_directory": "$NODE/log/$1", "labels": {"walk": "$1"},
 "dns_config": {"servers": ["10.0.0.53"], "searches": ["cluster.local"], "options": ["ndots:2"]}, "linux": {}}
END
  POD=$(quietly crictl runp "$NODE/$1.pod.json") || return 1
  PODS+=("$POD")
}

# new_container POD_NAME NAME IMAGE JSON : creates a container in $POD; JSON are further fields; sets CONTAINER.
new_container() {
  cat >"$NODE/$1.$2.json" <<END
{"metadata": {"name": "$2", "attempt": 1}, "image": {"image": "$3"}, "log_path": "$2.log", "labels": {"walk": "$2"}, "linux": {}${4:+, $4}}
END
  CONTAINER=$(quietly crictl create "$POD" "$NODE/$1.$2.json" "$NODE/$1.pod.json")
}

# quietly COMMAND... : shows what it wrote to stderr only when it failed (crictl warns at each call that has no cgroup parent).
quietly() { "$@" 2>"$NODE/log/stderr" || { cat "$NODE/log/stderr" >&2; return 1; }; }

# field ID JQ : a field of what crictl inspect prints.
field() { crictl inspect "$1" | jq -r "$2"; }
state() { field "$1" .status.state; }
in_state() { equal "CONTAINER_$2" "$(state "$1")"; }

# pid_of ID : the host's number of the container's first process, from the verbose info.
pid_of() { field "$1" '[.info | .. | objects | .pid? // empty] | first'; }

# log_text FILE : the messages of a CRI log without time, stream and tag.
log_text() { cut -d' ' -f4- "$1"; }
