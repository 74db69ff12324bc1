# Volumes that need no API server. Sourced; needs kubelet.sh.

start_volumes() { run_pods volumes; }

reads() { in_pod volumes reads sh -c "$1" 2>&1; }

try_volumes() {
  check "the pod with volumes runs" within 90 pod_says volumes 2 '[.status.containerStatuses[] | select(.ready)] | length'
  check "emptyDir: one container reads what the other wrote" within 90 gives "from the other" reads 'cat /shared/sub/file'
  same "emptyDir: it has the group of the pod" "2000" "$(reads 'stat -c %g /shared')"
  same "a sub path is mounted, and beside an image volume too" "from the other" "$(reads 'cat /sub/file')"
  check "and is read-only where it says so" contains "Read-only file system" "$(reads 'echo x >/sub/x')"
  same "emptyDir in memory has its size" "8192" "$(reads 'df -k /memory' | awk 'END { print $2 }')"
  same "downward API: labels, annotations, limits" 'colour="green" words="two words" 33554432 ' "$(reads 'grep -h colour /told/labels; grep -h words /told/annotations; cat /told/memory; echo' | tr '\n' ' ')"
  same "a hostPath that was not there was made" "0" "$(reads 'stat -c %s /new-file')"
  same "image volume: its files are there" "Hello from a pod of CRI-J." "$(reads 'cat /image/srv/www/index.html')"
  same "image volume: a part of it" "nginx.conf" "$(reads 'ls /nginx')"
  check "image volume: nobody can write to it" contains "Read-only file system" "$(reads 'echo x >/image/x')"
  check "a mount made in one container is seen on the host" within 90 gives inside cat "$NODE/propagated/inner/file"
  check "and in the other container" within 90 gives inside reads 'cat /host/inner/file'
  same "user, group and more groups are as asked" "1000 1000 1000 2000 3000" "$(reads 'id -u; id -g; id -G' | paste -sd ' ')"
  check "the root folder is read-only" contains "Read-only file system" "$(reads 'echo x >/x')"
  same "no capability, seccomp, no new privileges" "CapEff: 0000000000000000 NoNewPrivs: 1 Seccomp: 2 " "$(reads 'grep -e ^CapEff -e ^NoNewPrivs -e ^Seccomp: /proc/self/status' | tr '\t\n' '  ')"
  check "the pod's address is in the environment" contains "$(of_pod volumes .status.podIP):1" "$(reads 'echo $SPELT')"
  same "the status tells who runs" "1000" "$(of_pod volumes "$(container reads) | .user.linux.uid")"
}
