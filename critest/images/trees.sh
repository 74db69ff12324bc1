# The file trees that the test images are made of, from Debian's packages. Sourced by make; $WORK is a scratch folder.

# fetch PACKAGE... : the packages' files, unpacked into $WORK/deb/PACKAGE. Nothing is installed on the machine.
fetch() {
  local package
  mkdir -p "$WORK/deb/archives"
  for package in "$@"; do
    [ -d "$WORK/deb/$package" ] && continue
    (cd "$WORK/deb/archives" && { download "$package" || { apt-get -q update && download "$package"; }; }) >"$WORK/apt.log" 2>&1 \
      || { cat "$WORK/apt.log" >&2; echo "could not fetch Debian's package $package" >&2; return 1; }
    dpkg-deb -x "$WORK/deb/archives/${package}"_*.deb "$WORK/deb/$package"
  done
}

# As root apt drops to a user that cannot write here, and says so in a warning each time.
download() { apt-get -q -o APT::Sandbox::User=root download "$1"; }

# libraries_of PACKAGE : the library packages that it depends on directly.
libraries_of() {
  dpkg-deb -f "$WORK/deb/archives/$1"_*.deb Depends | tr ',' '\n' | awk '{print $1}' | grep -E '^(lib|zlib)'
}

# add_libraries TREE PACKAGE... : copies the shared libraries of the packages to the folders the loader looks in.
add_libraries() {
  local tree=$1 package
  shift
  fetch "$@"
  for package in "$@"; do
    (cd "$WORK/deb/$package" && find . \( -name '*.so' -o -name '*.so.*' \) \( -type f -o -type l \) \
      -path "*/$MULTIARCH/*" -not -path '*/gconv/*' -not -path '*/ossl-modules/*' -not -path '*/engines-*/*' -print0 \
      | tar -c --null -T - --transform 's,^\./usr/,./,') | tar -x -C "$tree"
  done
}

# static_program TREE PATH SOURCE
static_program() { mkdir -p "$1/$(dirname "$2")" && gcc -Os -static -s -o "$1/$2" "$IMAGES/$3"; }

# busybox as the conformance suite wants it: the dynamic build (the static one runs its own applets even when /bin/ls is
# masked), and applets as hard links (masking a symbolic link would mask busybox itself).
busybox_tree() {
  local tree=$1 applet loader
  fetch busybox libc6
  mkdir -p "$tree"/{bin,dev,etc,home,lib,lib64,mnt,proc,root,run,sys,srv,tmp,usr/bin,usr/sbin,var/lib,var/log}
  chmod 1777 "$tree/tmp"
  chmod 0700 "$tree/root"
  ln -s /run "$tree/var/run"
  cp "$WORK/deb/busybox/bin/busybox" "$tree/bin/busybox"
  mkdir -p "$tree/lib/$MULTIARCH"
  find "$WORK/deb/libc6" \( -name 'libc.so.6' -o -name 'libresolv.so.2' -o -name 'libm.so.6' \) -exec cp {} "$tree/lib/$MULTIARCH/" \;
  loader=$(cd "$WORK/deb/libc6" && find . -name 'ld-linux-*.so.*' -print | sort | head -1)
  cp -L "$WORK/deb/libc6/lib/$MULTIARCH/$(basename "$loader")" "$tree/lib64/"
  [ "$MULTIARCH" = x86_64-linux-gnu ] || cp "$tree/lib64/"* "$tree/lib/"
  for applet in $("$WORK/deb/busybox/bin/busybox" --list); do
    [ "$applet" = busybox ] || [ -e "$tree/bin/$applet" ] || ln "$tree/bin/busybox" "$tree/bin/$applet"
  done
  static_program "$tree" bin/pgrep pgrep.c
  cp /usr/bin/ipcs "$tree/usr/bin/ipcs"
  cat >"$tree/etc/passwd" <<'END'
root:x:0:0:root:/root:/bin/sh
www-data:x:33:33:www-data:/srv/www:/bin/false
nobody:x:65534:65534:nobody:/nonexistent:/bin/false
END
  cat >"$tree/etc/group" <<'END'
root:x:0:
www-data:x:33:
nogroup:x:65534:
END
}

# nginx_tree TREE PORT : what nginx adds to busybox.
nginx_tree() {
  local tree=$1
  fetch nginx nginx-common
  mkdir -p "$tree"/{etc/nginx,srv/www,usr/sbin,var/lib/nginx,var/log/nginx}
  cp "$WORK/deb/nginx/usr/sbin/nginx" "$tree/usr/sbin/"
  # shellcheck disable=SC2046
  add_libraries "$tree" $(libraries_of nginx)
  sed "s/@PORT@/$2/" "$IMAGES/nginx.conf" >"$tree/etc/nginx/nginx.conf"
  cp "$IMAGES/index.html" "$tree/srv/www/"
}

httpd_tree() {
  mkdir -p "$1"/{srv/www,usr/bin}
  cp "$IMAGES/httpd-foreground" "$1/usr/bin/"
  cp "$IMAGES/index.html" "$1/srv/www/"
}

predefined_group_tree() {
  mkdir -p "$1/etc" "$1/home/default-user"
  { cat "$WORK/tree/busybox/etc/passwd"; echo 'default-user:x:1000:1000::/home/default-user:/bin/sh'; } >"$1/etc/passwd"
  { cat "$WORK/tree/busybox/etc/group"; echo 'default-user:x:1000:'; echo 'group-defined-in-image:x:50000:default-user'; } >"$1/etc/group"
}

# tomcat_tree TREE : Debian's Tomcat and Java, where Docker Hub's image has Tomcat. Sets JAVA_HOME.
tomcat_tree() {
  local tree=$1 tomcat=$1/usr/local/tomcat java=openjdk-17-jre-headless
  fetch tomcat10 tomcat10-common libtomcat10-java "$java"
  mkdir -p "$tomcat"/{lib,logs,temp,webapps,work} "$tree/usr/lib/jvm"
  cp -r "$WORK/deb/tomcat10/usr/share/tomcat10/etc" "$tomcat/conf"
  cp -r "$WORK/deb/tomcat10-common/usr/share/tomcat10/bin" "$tomcat/bin"
  rm "$tomcat/bin/"*.jar
  cp "$WORK/deb/tomcat10-common/usr/share/tomcat10/bin/bootstrap.jar" "$WORK/deb/libtomcat10-java/usr/share/java/"tomcat10-juli-*.jar "$tomcat/bin/"
  mv "$tomcat/bin/"tomcat10-juli-*.jar "$tomcat/bin/tomcat-juli.jar"
  cp "$WORK/deb/libtomcat10-java/usr/share/java/"*.jar "$tomcat/lib/"
  cp -r "$WORK/deb/$java/usr/lib/jvm/." "$tree/usr/lib/jvm/"
  cp -r "$WORK/deb/$java/etc" "$tree/"
  add_libraries "$tree" libc6 zlib1g libstdc++6 libgcc-s1
  JAVA_HOME=/usr/lib/jvm/$(cd "$tree/usr/lib/jvm" && echo java-17-*)
}
