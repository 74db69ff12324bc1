# The package is installed offline, enabled, and serves.

check "PID 1 is systemd, on cgroup v2 alone" sh -c 'systemctl --version | head -1 && [ "$(stat -f -c %T /sys/fs/cgroup)" = cgroup2fs ]'
check "apt installs the package" apt-get install -y -o Dpkg::Use-Pty=0 /work/crij.deb
check "nothing is started by it" fails systemctl is-active crij
began=$(date +%s%N)
check "systemctl enable --now crij" systemctl enable --now crij
check "it serves as soon as systemctl returns" crictl version
say "      from start to readiness: $((($(date +%s%N) - began) / 1000000)) ms"
