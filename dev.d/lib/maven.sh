# Maven, quiet, with the choice of JDK left to the toolchain plugin. Sourced.

mvn_crij() { mvn -B -ntp -q -Dstyle.color=never "$@" </dev/null; }
