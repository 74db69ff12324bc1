# The conformance suite against the daemon that the package brought, which has the systemd driver. FULL=1: under the other driver as well.

for part in node specs; do . "$CRIJ_HOME/critest/lib/$part.sh"; done
. "$CRIJ_HOME/critest/uml/boot/node.sh"
. "$CRIJ_HOME/critest/uml/boot/suite.sh"

serve_images
suite systemd
if [ -e /work/full ]; then
  mkdir -p /etc/crij/config.toml.d
  printf '[cgroup]\ndriver = "cgroupfs"\n' >/etc/crij/config.toml.d/driver.toml
  check "the daemon is given the other driver" systemctl restart crij
  check "the container of the systemd driver runs on" runs
  suite cgroupfs
  rm -r /etc/crij/config.toml.d
  systemctl restart crij
fi
unserve_images
