# The contract that the unit tests' systemd in memory fulfils, by the one that is PID 1 here: JUnit, with the host's JDK.

. /work/junit
( cd /root && "$JAVA" -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -cp "$CLASS_PATH" org.junit.platform.console.ConsoleLauncher execute \
  --select-class io.crij.cgroups.SystemBusOnNode --disable-banner --disable-ansi-colors --details=tree ) >/work/units.log 2>&1 || true
sed -n 's/^│ *[├└]─ \(.*\)/\1/p' /work/units.log | sed 's/^/      /'
same "no test of the bus fails" 0 "$(sed -n 's/^\[ *\([0-9]*\) tests failed.*/\1/p' /work/units.log)"
check "and they ran" grep -Eq '^\[ +([0-9]{2,}) tests successful' /work/units.log || cat /work/units.log
