# The next version is installed over it.

printf '\n# mine\n' >>/etc/crij/config.toml
old=$(main_pid)
check "apt installs the next version" apt-get install -y -o Dpkg::Options::=--force-confold /work/next.deb
check "it is the next version" contains +next "$(dpkg-query -W -f '${Version}' crij)"
check "another daemon serves" sh -c "[ $(main_pid) != $old ] && [ $(main_pid) != 0 ]"
check "and answers" crictl version
check "its start cache is in use" grep -q crij.aot "/proc/$(main_pid)/maps"
check "it is still enabled" systemctl is-enabled crij
check "what the operator wrote is kept" grep -q '^# mine' /etc/crij/config.toml
check "the container is the same process" runs
