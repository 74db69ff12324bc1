# From the tree build/crij to the tree of the package. Sourced; needs say.sh, and train.sh's libraries.

# The JDK's modules that the daemon uses; the rest of the class path says what it misses with jdeps. jcmd is for people who look for a leak.
JAVA_MODULES=java.base,java.logging,java.management,java.naming,java.xml,jdk.management,jdk.net,jdk.security.auth,jdk.unsupported,jdk.jcmd

# stage ROOT JDK : everything but the control files, with a start cache.
stage() {
  local root=$1 jdk=$2 home=$1/usr/lib/crij
  rm -rf "$root"
  mkdir -p "$home"/{bin,lib,libexec} "$root"/{usr/bin,etc/crij,lib/systemd/system} \
    "$root"/usr/lib/modules-load.d "$root"/usr/share/{doc/crij/examples,bash-completion/completions}
  cp "$CRIJ_HOME"/build/crij/bin/crij "$home/bin/"
  cp -L "$CRIJ_HOME"/build/crij/lib/*.jar "$home/lib/"
  cp "$CRIJ_HOME"/build/crij/libexec/crij-pod "$home/libexec/"
  say "the Java runtime"
  "$jdk/bin/jlink" --add-modules "$JAVA_MODULES" --strip-debug --no-header-files --no-man-pages --output "$home/runtime"
  ln -s ../lib/crij/bin/crij "$root/usr/bin/crij"
  cp "$CRIJ_HOME/deploy/systemd/crij.service" "$root/lib/systemd/system/"
  cp "$CRIJ_HOME/deploy/systemd/modules-load.conf" "$root/usr/lib/modules-load.d/crij.conf"
  cp "$CRIJ_HOME"/deploy/samples/* "$root/usr/share/doc/crij/examples/"
  cp "$CRIJ_HOME"/{README.md,CHANGELOG.md,LICENSE} "$root/usr/share/doc/crij/"
  cp "$CRIJ_HOME/LICENSE" "$root/usr/share/doc/crij/copyright"
  # Each key commented out: a default that gets better with a release does so on this node as well.
  CRIJ_JAVA_HOME=$home/runtime "$home/bin/crij" config default | sed 's/^\([a-z_]* = \)/#\1/' >"$root/etc/crij/config.toml"
  "$home/bin/crij" completion bash >"$root/usr/share/bash-completion/completions/crij"
  chmod -R u=rwX,go=rX "$root"
  # It may name a proxy with a password.
  chmod 0640 "$root/etc/crij/config.toml"
  # dpkg keeps times by the second, and the start cache holds good for jars of the same time only.
  find "$root" -exec touch -h -d "@$(date +%s)" {} +
  say "the start cache"
  (
    trap unmake_node EXIT
    train "$home"
  ) >"$root.train.log" 2>&1 || { tail -20 "$root.train.log" >&2; die "the daemon could not be trained."; }
}

# pack ROOT VERSION FILE : the package.
pack() {
  local root=$1 version=$2 file=$3 size
  rm -rf "$root/DEBIAN"
  size=$(du -sk "$root" | cut -f1)
  mkdir "$root/DEBIAN"
  sed "s/@VERSION@/$version/; s/@SIZE@/$size/" "$CRIJ_HOME/deploy/debian/control.in" >"$root/DEBIAN/control"
  echo /etc/crij/config.toml >"$root/DEBIAN/conffiles"
  for script in postinst prerm postrm; do install -m 0755 "$CRIJ_HOME/deploy/debian/$script" "$root/DEBIAN/$script"; done
  (cd "$root" && find usr etc lib -type f -print0 | sort -z | xargs -0 md5sum) >"$root/DEBIAN/md5sums"
  dpkg-deb --root-owner-group -Zzstd "-z${DEB_LEVEL:-12}" --build "$root" "$file" >/dev/null
}

# next_version DEB FILE : the same package with a higher version.
next_version() {
  rm -rf "$2.tree"
  dpkg-deb -R "$1" "$2.tree"
  sed -i 's/^Version: .*/&+next/' "$2.tree/DEBIAN/control"
  dpkg-deb --root-owner-group -Znone -b "$2.tree" "$2" >/dev/null
  rm -rf "$2.tree"
}
