# From sources to the runnable tree build/crij. Sourced; needs say.sh, needs.sh, maven.sh.

C_SOURCES=$CRIJ_HOME/native-helpers/src/main/c
BUILT=$CRIJ_HOME/build/crij

build_native() { make -s -C "$C_SOURCES" all; }

# The tree: bin/crij, lib/*.jar, libexec/crij-pod. Made anew, so that no jar of an older build stays on the class path.
assemble() {
  ls "$CRIJ_HOME"/daemon/target/dist/lib/crij-daemon-*.jar >/dev/null 2>&1 || { say "daemon has no jar: it did not compile" >&2; return 1; }
  rm -rf "$BUILT"
  mkdir -p "$BUILT"/{bin,lib,libexec}
  cp "$CRIJ_HOME"/daemon/src/main/dist/bin/* "$BUILT/bin/"
  chmod +x "$BUILT"/bin/*
  cp "$CRIJ_HOME"/daemon/target/dist/lib/*.jar "$BUILT/lib/"
  cp "$CRIJ_HOME/native-helpers/target/crij-pod" "$BUILT/libexec/"
}
