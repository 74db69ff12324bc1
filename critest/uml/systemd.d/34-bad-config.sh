# A configuration with mistakes: systemctl says that it failed, the log says what is wrong and where, and mending it is enough.

mkdir -p /etc/crij/config.toml.d
printf '[images]\nmax_parallel_downlods = 3\n[cgroup]\ndriver = "both"\n' >/etc/crij/config.toml.d/wrong.toml
check "config check names the mistakes" contains "did you mean" "$(crij config check 2>&1)"
check "systemctl restart fails at once" fails timeout 60 systemctl restart crij
check "the log has the file, the line and the key" within 30 shows "config.toml.d/wrong.toml:2: unknown key 'images.max_parallel_downlods'" journal_of_daemon
check "and the second mistake" within 30 shows "wrong.toml:4: 'cgroup.driver'" journal_of_daemon
say "      $(journal_of_daemon | grep wrong.toml | tail -2 | head -1)"
rm -r /etc/crij/config.toml.d
check "it serves again by itself" within 60 crictl version
check "the container is the same process" runs
