package io.crij.cgroups.systemd;

import java.util.List;
import org.freedesktop.dbus.DBusPath;
import org.freedesktop.dbus.Struct;
import org.freedesktop.dbus.annotations.DBusInterfaceName;
import org.freedesktop.dbus.annotations.DBusMemberName;
import org.freedesktop.dbus.annotations.Position;
import org.freedesktop.dbus.exceptions.DBusException;
import org.freedesktop.dbus.interfaces.DBusInterface;
import org.freedesktop.dbus.messages.DBusSignal;
import org.freedesktop.dbus.types.UInt32;
import org.freedesktop.dbus.types.Variant;

/** What is used of org.freedesktop.systemd1.Manager: org.freedesktop.systemd1(5). The library makes calls of its methods. */
@DBusInterfaceName("org.freedesktop.systemd1.Manager")
public interface SystemdManager extends DBusInterface {
  /** Signals come from now on. */
  @DBusMemberName("Subscribe")
  void subscribe();

  @DBusMemberName("StartTransientUnit")
  DBusPath startTransientUnit(String name, String mode, List<Property> properties, List<Auxiliary> auxiliary);

  @DBusMemberName("StopUnit")
  DBusPath stopUnit(String name, String mode);

  @DBusMemberName("ResetFailedUnit")
  void resetFailedUnit(String name);

  @DBusMemberName("SetUnitProperties")
  void setUnitProperties(String name, boolean runtime, List<Property> properties);

  @DBusMemberName("ListUnitsByPatterns")
  List<Listed> listUnitsByPatterns(List<String> states, List<String> patterns);

  /** {@code (sv)}. */
  final class Property extends Struct {
    @Position(0)
    public final String name;

    @Position(1)
    public final Variant<?> value;

    public Property(String name, Variant<?> value) {
      this.name = name;
      this.value = value;
    }
  }

  /** {@code (sa(sv))}: a unit to be started along; never used. */
  final class Auxiliary extends Struct {
    @Position(0)
    public final String name;

    @Position(1)
    public final List<Property> properties;

    public Auxiliary(String name, List<Property> properties) {
      this.name = name;
      this.properties = properties;
    }
  }

  /** {@code (ssssssouso)}: a unit of a list. */
  final class Listed extends Struct {
    @Position(0)
    public final String name;

    @Position(1)
    public final String description;

    @Position(2)
    public final String loadState;

    @Position(3)
    public final String activeState;

    @Position(4)
    public final String subState;

    @Position(5)
    public final String followed;

    @Position(6)
    public final DBusPath path;

    @Position(7)
    public final UInt32 jobId;

    @Position(8)
    public final String jobType;

    @Position(9)
    public final DBusPath jobPath;

    public Listed(
        String name,
        String description,
        String loadState,
        String activeState,
        String subState,
        String followed,
        DBusPath path,
        UInt32 jobId,
        String jobType,
        DBusPath jobPath) {
      this.name = name;
      this.description = description;
      this.loadState = loadState;
      this.activeState = activeState;
      this.subState = subState;
      this.followed = followed;
      this.path = path;
      this.jobId = jobId;
      this.jobType = jobType;
      this.jobPath = jobPath;
    }
  }

  /** A job is over: {@code done}, {@code canceled}, {@code timeout}, {@code failed}, {@code dependency} or {@code skipped}. */
  final class JobRemoved extends DBusSignal {
    public final String unit;
    public final String result;

    public JobRemoved(String object, UInt32 id, DBusPath job, String unit, String result) throws DBusException {
      super(object, id, job, unit, result);
      this.unit = unit;
      this.result = result;
    }
  }
}
