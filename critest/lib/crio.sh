# CRI-O in the daemon's place: RUNTIME_UNDER_TEST=crio. Sourced; needs say.sh, needs.sh, tools.sh, node.sh.

# CRI-O without C libraries, and its pinns, from the module that bench/crio/go.mod pins.
need_crio() {
  need_packages crio
  alone tools make_crio
}

make_crio() {
  local go source
  [ -x "$TOOLS/pinns" ] && [ "$TOOLS/pinns" -nt "$CRIJ_HOME/bench/crio/go.mod" ] && return 0
  say "building CRI-O, once"
  go=$(find_go) || go=$(fetch_go)
  mkdir -p "$TOOLS"
  (
    cd "$CRIJ_HOME/bench/crio"
    export CGO_ENABLED=0
    nice -n 19 "$go" build -ldflags '-s -w' -o "$TOOLS/crio" \
      -tags 'containers_image_openpgp exclude_graphdriver_btrfs exclude_graphdriver_devicemapper containers_image_ostree_stub' github.com/cri-o/cri-o/cmd/crio
    source=$("$go" list -m -f '{{.Dir}}' github.com/cri-o/cri-o)
    # the last: it says that both are there
    gcc -std=c99 -Os -static -o "$TOOLS/pinns" "$source"/pinns/src/*.c
  )
}

# write_crio_config : in a mount namespace of one's own; where things lie, and what else it shares with the other runtimes; the rest is left at its defaults.
write_crio_config() {
  local dir=$NODE/crio
  mkdir -p "$dir"/{conf.d,exits,attach,hooks,containers,.config/containers}
  # What it remembers of blobs has a place that no setting moves.
  mkdir -p /var/lib/containers
  mount --bind "$dir/containers" /var/lib/containers
  echo '{"default": [{"type": "insecureAcceptAnything"}]}' >"$dir/policy.json"
  # Read from the home folder, before the one of the machine.
  cat >"$dir/.config/containers/registries.conf" <<END
[[registry]]
location = "registry.k8s.io"
[[registry.mirror]]
location = "$REGISTRY"
insecure = true
END
  cat >"$dir/crio.conf" <<END
[crio]
root = "$NODE/root"
runroot = "$NODE/run/storage"
storage_driver = "overlay"
log_dir = "$NODE/log/crio"
version_file = "$NODE/run/version"
clean_shutdown_file = "$NODE/run/clean"
[crio.api]
listen = "$SOCKET"
stream_address = "127.0.0.1"
stream_port = "0"
[crio.runtime]
default_runtime = "runc"
cgroup_manager = "cgroupfs"
conmon_cgroup = "pod"
pinns_path = "$TOOLS/pinns"
namespaces_dir = "$NODE/run/ns"
container_exits_dir = "$dir/exits"
container_attach_socket_dir = "$dir/attach"
hooks_dir = ["$dir/hooks"]
apparmor_profile = "unconfined"
[crio.runtime.runtimes.runc]
runtime_path = "$(oci_runtime "$dir")"
runtime_root = "$NODE/run/runc"
monitor_path = "$(command -v conmon)"
[crio.image]
pause_image = "registry.k8s.io/pod-holder:1"
signature_policy = "$dir/policy.json"
[crio.network]
network_dir = "$NODE/cni/net.d"
plugin_dirs = ["$CNI_BIN"]
[crio.nri]
enable_nri = false
END
}

# oci_runtime DIR : runc; or a script in DIR that takes from the bundle what this machine refuses, and becomes runc. The other runtimes do that by
# themselves or by a setting: the OOM score, where none may be lowered, and limits of huge pages, where no cgroup counts them.
oci_runtime() {
  local runc without=()
  runc=$(command -v runc)
  (echo -998 >/proc/self/oom_score_adj) 2>/dev/null || without+=(.process.oomScoreAdj)
  grep -q hugetlb /proc/self/mountinfo /sys/fs/cgroup/cgroup.controllers 2>/dev/null || without+=(.linux.resources.hugepageLimits)
  [ ${#without[@]} -gt 0 ] || { echo "$runc"; return; }
  cat >"$1/runc" <<END
#!/bin/bash
bundle='' last=''
for word in "\$@"; do
  case \$last in --bundle | -b) bundle=\$word ;; esac
  case \$word in --bundle=*) bundle=\${word#*=} ;; esac
  last=\$word
done
if [ -n "\$bundle" ] && [ -e "\$bundle/config.json" ]; then
  jq -c 'del($(IFS=,; echo "${without[*]}"))' "\$bundle/config.json" >"\$bundle/.config" && mv "\$bundle/.config" "\$bundle/config.json"
fi
exec $runc "\$@"
END
  chmod +x "$1/runc"
  echo "$1/runc"
}
