package io.crij.helper.plan;

import io.crij.helper.plan.PlanOp.AppArmor;
import io.crij.helper.plan.PlanOp.Arg;
import io.crij.helper.plan.PlanOp.Caps;
import io.crij.helper.plan.PlanOp.Cgroup;
import io.crij.helper.plan.PlanOp.Console;
import io.crij.helper.plan.PlanOp.Cwd;
import io.crij.helper.plan.PlanOp.CreateHook;
import io.crij.helper.plan.PlanOp.Device;
import io.crij.helper.plan.PlanOp.DeviceProgram;
import io.crij.helper.plan.PlanOp.Enter;
import io.crij.helper.plan.PlanOp.Env;
import io.crij.helper.plan.PlanOp.Filesystem;
import io.crij.helper.plan.PlanOp.Folder;
import io.crij.helper.plan.PlanOp.Hold;
import io.crij.helper.plan.PlanOp.Ids;
import io.crij.helper.plan.PlanOp.Image;
import io.crij.helper.plan.PlanOp.Join;
import io.crij.helper.plan.PlanOp.Mask;
import io.crij.helper.plan.PlanOp.Mount;
import io.crij.helper.plan.PlanOp.NoNewPrivs;
import io.crij.helper.plan.PlanOp.OomScoreAdj;
import io.crij.helper.plan.PlanOp.Overlay;
import io.crij.helper.plan.PlanOp.Pivot;
import io.crij.helper.plan.PlanOp.PodShm;
import io.crij.helper.plan.PlanOp.Readonly;
import io.crij.helper.plan.PlanOp.Rlimit;
import io.crij.helper.plan.PlanOp.Root;
import io.crij.helper.plan.PlanOp.Runtime;
import io.crij.helper.plan.PlanOp.Seccomp;
import io.crij.helper.plan.PlanOp.Source;
import io.crij.helper.plan.PlanOp.StartHook;
import io.crij.helper.plan.PlanOp.Symlink;
import io.crij.helper.plan.PlanOp.Sysctl;
import io.crij.helper.plan.PlanOp.Umask;
import io.crij.helper.plan.PlanOp.User;
import io.crij.helper.plan.PlanOp.Volume;
import io.crij.helper.wire.FieldReader;
import io.crij.helper.wire.WireException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Reads the plan file. What it accepts, {@link PlanEncoder} writes again as the same bytes. */
final class PlanDecoder {
  private static final int MAX_RUNTIME_MILLIS = 3_600_000;

  private PlanDecoder() {}

  static List<PlanOp> decode(byte[] file) {
    int body = file.length - PlanTag.HEADER_BYTES;
    if (body < 0 || !Arrays.equals(file, 0, PlanTag.MAGIC.length, PlanTag.MAGIC, 0, PlanTag.MAGIC.length)) {
      throw new PlanDamaged("it does not begin as a plan does");
    }
    ByteBuffer header = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).position(PlanTag.MAGIC.length);
    int version = header.getInt();
    if (version != PlanTag.VERSION) {
      throw new PlanDamaged("version " + Integer.toUnsignedString(version) + " is unknown");
    }
    if (header.getInt() != body || body > LaunchPlan.MAX_BODY_BYTES) {
      throw new PlanDamaged("its length is wrong");
    }
    try {
      return operations(new FieldReader(file, PlanTag.HEADER_BYTES, file.length));
    } catch (WireException e) {
      throw new PlanDamaged(String.valueOf(e.getMessage()));
    }
  }

  private static List<PlanOp> operations(FieldReader fields) {
    List<PlanOp> operations = new ArrayList<>();
    while (fields.next()) {
      if (operations.size() >= LaunchPlan.MAX_OPERATIONS) {
        throw new PlanDamaged("it has too many operations");
      }
      OpFields values = new OpFields(fields.nested());
      if (fields.tag() == PlanTag.END) {
        values.nothingElse();
        if (fields.next()) {
          throw new PlanDamaged("it goes on after its end");
        }
        return operations;
      }
      try {
        operations.add(operation(fields.tag(), values));
        values.nothingElse();
      } catch (PlanDamaged e) {
        throw new PlanDamaged("operation " + operations.size() + ": " + e.getMessage());
      }
    }
    throw new PlanDamaged("its end is missing");
  }

  private static PlanOp operation(int tag, OpFields in) {
    return switch (tag) {
      case PlanTag.CGROUP -> new Cgroup(in.text(1));
      case PlanTag.DEVICE_PROGRAM -> new DeviceProgram(in.text(1), in.code(2));
      case PlanTag.JOIN -> new Join(in.set(1, Namespace.class));
      case PlanTag.OOM_SCORE_ADJ -> new OomScoreAdj(in.number(1, -1000, 1000));
      case PlanTag.SOURCE ->
          new Source(slot(in), in.text(2), in.flag(3), in.constant(4, SourceNeeds.class), in.flag(5));
      case PlanTag.OVERLAY ->
          new Overlay(
              slot(in), in.text(2), List.of(in.text(3).split(":", -1)), in.text(4), in.text(5), in.flag(6), in.flag(7));
      case PlanTag.USER -> new User(in.number(1), in.number(2), in.number(3));
      case PlanTag.IMAGE -> new Image(slot(in), in.text(2), List.of(in.text(3).split(":", -1)), in.flag(4));
      case PlanTag.HOLD -> new Hold(in.text(1), in.number(2, 1, 600_000));
      case PlanTag.ENTER -> new Enter(in.flag(1), in.textOrEmpty(2));
      case PlanTag.ROOT -> new Root(slot(in), in.set(2, MountAttr.class), in.constant(3, Propagation.class));
      case PlanTag.FILESYSTEM ->
          new Filesystem(
              filesystem(in.text(1)),
              in.text(2),
              in.set(3, MountAttr.class),
              in.texts(4),
              in.constant(5, Propagation.class));
      case PlanTag.MOUNT ->
          new Mount(
              slot(in),
              in.text(2),
              in.set(3, MountAttr.class),
              in.flag(4),
              in.constant(5, Propagation.class),
              in.constant(6, TargetKind.class),
              in.textOrEmpty(7));
      case PlanTag.POD_SHM -> new PodShm(in.text(1), in.set(2, MountAttr.class));
      case PlanTag.FOLDER -> new Folder(in.text(1), in.number(2, 0, 07777), in.number(3), in.number(4));
      case PlanTag.DEVICE ->
          new Device(
              in.text(1),
              in.constant(2, DeviceType.class),
              in.number(3),
              in.number(4),
              in.number(5, 0, 07777),
              in.number(6),
              in.number(7));
      case PlanTag.SYMLINK -> new Symlink(in.text(1), in.text(2));
      case PlanTag.VOLUME -> new Volume(slot(in), in.text(2), in.set(3, MountAttr.class));
      case PlanTag.MASK -> new Mask(in.text(1));
      case PlanTag.READONLY -> new Readonly(in.text(1));
      case PlanTag.CONSOLE -> new Console(in.number(1, 0, 0xFFFF), in.number(2, 0, 0xFFFF));
      case PlanTag.SYSCTL -> new Sysctl(in.text(1), in.text(2));
      case PlanTag.RUNTIME ->
          new Runtime(
              in.texts(1), in.textOrEmpty(2), in.number(3, 1, MAX_RUNTIME_MILLIS), in.texts(4), in.texts(5), in.texts(6), in.texts(7), in.texts(8), in.texts(9), in.texts(11),
              in.texts(12), in.flag(10));
      case PlanTag.PIVOT -> new Pivot(in.flag(1));
      case PlanTag.RLIMIT ->
          new Rlimit(
              Resource.values()[in.number(1, 0, Resource.values().length - 1)], in.number(2), in.number(3));
      case PlanTag.CWD -> new Cwd(in.text(1));
      case PlanTag.IDS -> new Ids(in.number(1), in.number(2), in.numbers(3));
      case PlanTag.CAPS -> new Caps(in.number(1), in.number(2), in.number(3), in.number(4), in.number(5));
      case PlanTag.NO_NEW_PRIVS -> new NoNewPrivs();
      case PlanTag.SECCOMP -> new Seccomp(in.code(1), in.set(2, SeccompFlag.class));
      case PlanTag.ENV -> env(in.text(1));
      case PlanTag.ARG -> new Arg(in.text(1));
      case PlanTag.UMASK -> new Umask(in.number(1, 0, 0777));
      case PlanTag.APPARMOR -> new AppArmor(in.text(1));
      case PlanTag.CREATE_HOOK ->
          new CreateHook(in.text(1), in.texts(2), in.texts(3), in.number(4, 1, Integer.MAX_VALUE), in.text(5), in.text(6));
      case PlanTag.START_HOOK -> new StartHook(in.text(1), in.texts(2), in.texts(3), in.number(4, 1, Integer.MAX_VALUE), in.text(5), in.text(6));
      default -> throw new PlanDamaged("tag " + tag + " is unknown");
    };
  }

  private static int slot(OpFields in) {
    return in.number(1, 0, PlanOp.SLOTS - 1);
  }

  private static FilesystemType filesystem(String name) {
    for (FilesystemType type : FilesystemType.values()) {
      if (type.kernelName().equals(name)) {
        return type;
      }
    }
    throw new PlanDamaged("the filesystem '" + name + "' is unknown");
  }

  private static Env env(String assignment) {
    int equals = assignment.indexOf('=');
    if (equals <= 0) {
      throw new PlanDamaged("a variable has no name");
    }
    return new Env(assignment.substring(0, equals), assignment.substring(equals + 1));
  }
}
