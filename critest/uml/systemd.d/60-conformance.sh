# Basic container specs of the conformance suite, against the daemon that the package brought: some of them, or all if FULL was set.

for part in registry node specs; do . "$CRIJ_HOME/critest/lib/$part.sh"; done
NODE=/work
mkdir -p /root/registry /root/images/refs/e2e-test-images
ln -s "$IMAGE_STORE/blobs" /root/images/blobs
cp -r "$IMAGE_STORE/refs/e2e-test-images/busybox" /root/images/refs/e2e-test-images/
start_registry /root/registry
push_images /root/images
write_mirrors
cp -r /work/hosts /etc/crij/certs.d

# conformance FOCUS REPORT
conformance() {
  local rc=0
  : >/root/empty.yaml
  TMPDIR=/root "$TOOLS/critest" --runtime-endpoint "unix://$SOCKET" --config /root/empty.yaml --ginkgo.json-report "$2" --ginkgo.no-color \
    --ginkgo.timeout 10m --ginkgo.focus="$1" >"$2.log" 2>&1 || rc=$?
  [ -s "$2" ] || { tail -20 "$2.log"; return 1; }
  COUNTS='' judge_report "$2" "$CRIJ_HOME/critest/KNOWN.md"
}

focus='basic operations on container runtime should support (starting|stopping|removing running|execSync with)'
[ ! -e /work/full ] || focus='runtime should support basic operations on container'
results=$(conformance "$focus" /work/basic.json) && rc=0 || rc=$?
echo "$results" | sed 's/^/      /'
same "the basic container specs pass" 0 "$rc"
stop_process "$REGISTRY_PID"
rm -r /etc/crij/certs.d
