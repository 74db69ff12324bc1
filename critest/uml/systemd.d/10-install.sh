# The package is installed offline and enabled, and serves.

check "PID 1 is systemd, on cgroup v2 alone" sh -c '[ "$(cat /proc/1/comm)" = systemd ] && [ "$(stat -f -c %T /sys/fs/cgroup)" = cgroup2fs ]'
check "apt installs the package" apt-get install -y /work/crij.deb
check "it is not started by itself" fails systemctl is-active crij
check "the unit is one that systemd takes" systemd-analyze verify --man=no crij.service
same "the configuration is for root to read" "640 root" "$(stat -c '%a %U' /etc/crij/config.toml)"
check "the configuration has no mistake" crij config check
began=$(date +%s%N)
check "it is enabled and started" systemctl enable --now crij
took=$((($(date +%s%N) - began) / 1000000))
check "it serves as soon as systemctl is back" crictl version
say "      systemctl was back after $took ms: $(journalctl -u crij -o cat --no-pager | grep -o 'serves on .*' | tail -1)"
same "systemd waited for its word" notify "$(property Type)"
check "its status says so" contains "serving on" "$(property StatusText)"
say "      $(systemctl status crij --no-pager -l | sed -n 's/^ *\(Status\|Memory\|Main PID\): /\1: /p' | tr '\n' ';')"
check "its start cache is in use" grep -q crij.aot "/proc/$(main_pid)/maps"
same "it writes no core" 0 "$(awk '/^Max core file size/ { print $5 }' "/proc/$(main_pid)/limits")"
