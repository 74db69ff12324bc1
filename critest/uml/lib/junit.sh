# Compiled tests of this clone, for machines that have no Maven. Sourced; needs say.sh, maven.sh.

JUNIT_CONSOLE=$CRIJ_HOME/build/uml/junit-console.jar

need_junit_console() {
  [ ! -f "$JUNIT_CONSOLE" ] || return 0
  mvn_crij org.apache.maven.plugins:maven-dependency-plugin:3.11.0:copy -N -Dmdep.stripVersion \
    -Dartifact="org.junit.platform:junit-platform-console-standalone:1.14.4" -DoutputDirectory="${JUNIT_CONSOLE%/*}"
  mv "${JUNIT_CONSOLE%/*}/junit-platform-console-standalone.jar" "$JUNIT_CONSOLE"
}

# junit_class_path MODULE... : one path a line.
junit_class_path() {
  local module jar
  echo "$JUNIT_CONSOLE"
  for module in "$@"; do
    [ -d "$CRIJ_HOME/$module/target/classes" ] || die "$module is not compiled: run ./dev test $module first."
    printf '%s\n' "$CRIJ_HOME/$module/target/"{test-classes,classes}
  done
  for jar in "$CRIJ_HOME"/build/test-jars/*.jar; do
    case $jar in */junit-*) ;; *) echo "$jar" ;; esac
  done
}
