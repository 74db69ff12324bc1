# What the machine must have. On Debian and Ubuntu a missing package is installed by apt; elsewhere it is named. Sourced.

# need_packages GROUP... : each group is a function below that prints "what-it-must-have package" lines.
need_packages() {
  local missing=() group probe package
  for group in "$@"; do
    while read -r probe package; do
      have "$probe" || missing+=("$package")
    done < <("needs_$group")
  done
  [ ${#missing[@]} -eq 0 ] && return 0
  command -v apt-get >/dev/null 2>&1 \
    || die "missing on this machine: ${missing[*]} (these are Debian's package names; install what brings the same files)."
  [ "$(id -u)" = 0 ] || die "missing: ${missing[*]}. Run: sudo apt-get install ${missing[*]}"
  say "installing: ${missing[*]}"
  alone apt install_packages "${missing[@]}" </dev/null >"${TMPDIR:-/tmp}/crij-apt.log" 2>&1 \
    || { tail -5 "${TMPDIR:-/tmp}/crij-apt.log" >&2; die "apt-get could not install ${missing[*]}; the above are its last lines."; }
}

install_packages() { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$@"; }

# A probe is a file when it starts with '/', and a command otherwise.
have() {
  case "$1" in
    /*) [ -e "$1" ] ;;
    *) command -v "$1" >/dev/null 2>&1 ;;
  esac
}

needs_build() {
  cat <<'END'
mvn maven
gcc gcc
make make
/usr/include/linux/mount.h linux-libc-dev
/usr/include/stdio.h libc6-dev
END
}

needs_go() { echo 'go golang-go'; }

needs_node() {
  cat <<'END'
docker-registry docker-registry
/usr/lib/cni/bridge containernetworking-plugins
curl curl
ip iproute2
iptables iptables
zstd zstd
/usr/share/doc/busybox-static busybox-static
jq jq
ipcmk util-linux-extra
dpkg-deb dpkg
/etc/ssl/certs/ca-certificates.crt ca-certificates
END
}

needs_handlers() {
  cat <<'END'
runc runc
crun crun
runsc runsc
END
}

needs_cluster() {
  cat <<'END'
etcd etcd-server
openssl openssl
dbus-daemon dbus-daemon
dbus-monitor dbus-bin
END
}

needs_reference() {
  cat <<'END'
/usr/share/doc/libisal2 libisal2
containerd containerd
setfattr attr
END
}

needs_crio() {
  cat <<'END'
runc runc
conmon conmon
gcc gcc
/usr/include/stdio.h libc6-dev
END
}

needs_attr() { echo 'getfattr attr'; }

# What the images and disks of the crash lanes are made with.
needs_crash() {
  cat <<'END'
setfattr attr
setcap libcap2-bin
mkfs.ext4 e2fsprogs
END
}

needs_uml() {
  cat <<'END'
linux.uml user-mode-linux
modprobe kmod
apparmor_parser apparmor
dmsetup dmsetup
END
}

# Prints the folder of a JDK 25 or newer, or fails. The version is read from the JDK's release file: no JVM starts.
find_jdk25() {
  local dir version
  for dir in "${CRIJ_JAVA_HOME:-}" "${JAVA_HOME:-}" /usr/lib/jvm/*; do
    [ -x "$dir/bin/javac" ] && [ -r "$dir/release" ] || continue
    version=$(sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$dir/release")
    [ "${version:-0}" -ge 25 ] && { printf '%s\n' "$dir"; return 0; }
  done
  return 1
}

need_jdk25() {
  JDK25=$(find_jdk25) \
    || die "no JDK 25 found in \$CRIJ_JAVA_HOME, \$JAVA_HOME or /usr/lib/jvm: install one (Temurin 25, or openjdk-25-jdk-headless where apt has it)."
}

needs_debian_root() { printf '%s\n' '/usr/sbin/debootstrap debootstrap' 'mkfs.ext4 e2fsprogs'; }
