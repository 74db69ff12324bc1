package io.crij.helper.plan;

import io.crij.core.CriException;
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
import io.crij.helper.wire.FieldWriter;
import java.util.List;

/** Writes the plan file; the operations have been checked. */
final class PlanEncoder {
  private PlanEncoder() {}

  static byte[] encode(List<PlanOp> operations) {
    FieldWriter out = new FieldWriter(16 << 10);
    out.raw(PlanTag.MAGIC).int32(PlanTag.VERSION).int32(0);
    for (PlanOp operation : operations) {
      write(operation, out);
    }
    out.end(out.begin(PlanTag.END));
    int body = out.size() - PlanTag.HEADER_BYTES;
    if (body > LaunchPlan.MAX_BODY_BYTES) {
      throw CriException.invalid(
          "The launch plan has %d bytes, more than %d: shorten the environment, the arguments or the mounts."
              .formatted(body, LaunchPlan.MAX_BODY_BYTES));
    }
    out.patchInt32(PlanTag.HEADER_BYTES - Integer.BYTES, body);
    return out.toByteArray();
  }

  private static void write(PlanOp operation, FieldWriter out) {
    int begun = out.begin(tag(operation));
    switch (operation) {
      case Cgroup op -> out.text(1, op.tasksFile());
      case DeviceProgram op -> out.text(1, op.folder()).bytes(2, op.code().shared());
      case Join op -> out.number(1, Codes.bits(op.namespaces()));
      case OomScoreAdj op -> out.number(1, op.value());
      case Source op ->
          out.number(1, op.slot()).text(2, op.path()).flag(3, op.recursive()).number(4, op.needs().code()).flag(5, op.mapped());
      case Overlay op ->
          out.number(1, op.slot())
              .text(2, op.base())
              .text(3, String.join(":", op.lowers()))
              .text(4, op.upper())
              .text(5, op.work())
              .flag(6, op.skipSync())
              .flag(7, op.mapped());
      case User op -> out.number(1, op.uid()).number(2, op.gid()).number(3, op.stdio());
      case Image op ->
          out.number(1, op.slot()).text(2, op.base()).text(3, String.join(":", op.lowers())).flag(4, op.mapped());
      case Hold op -> out.text(1, op.name()).number(2, op.patienceMs());
      case Enter op -> {
        out.flag(1, op.ownCgroupNamespace());
        if (!op.bundle().isEmpty()) {
          out.text(2, op.bundle());
        }
      }
      case Root op ->
          out.number(1, op.slot()).number(2, Codes.bits(op.attributes())).number(3, op.propagation().code());
      case Filesystem op -> {
        out.text(1, op.type().kernelName()).text(2, op.target()).number(3, Codes.bits(op.attributes()));
        op.options().forEach(option -> out.text(4, option));
        out.number(5, op.propagation().code());
      }
      case Mount op -> {
        out.number(1, op.slot())
            .text(2, op.target())
            .number(3, Codes.bits(op.attributes()))
            .flag(4, op.recursiveAttributes())
            .number(5, op.propagation().code())
            .number(6, op.makeAs().code());
        if (!op.part().isEmpty()) {
          out.text(7, op.part());
        }
      }
      case PodShm op -> out.text(1, op.target()).number(2, Codes.bits(op.attributes()));
      case Folder op -> out.text(1, op.path()).number(2, op.mode()).number(3, op.uid()).number(4, op.gid());
      case Device op ->
          out.text(1, op.path())
              .number(2, op.type().code())
              .number(3, op.major())
              .number(4, op.minor())
              .number(5, op.mode())
              .number(6, op.uid())
              .number(7, op.gid());
      case Symlink op -> out.text(1, op.path()).text(2, op.value());
      case Volume op -> out.number(1, op.slot()).text(2, op.target()).number(3, Codes.bits(op.attributes()));
      case Mask op -> out.text(1, op.path());
      case Readonly op -> out.text(1, op.path());
      case Console op -> out.number(1, op.columns()).number(2, op.rows());
      case Sysctl op -> out.text(1, op.key()).text(2, op.value());
      case Runtime op -> {
        words(out, 1, op.environment());
        if (!op.cgroup2Folder().isEmpty()) {
          out.text(2, op.cgroup2Folder());
        }
        out.number(3, op.timeoutMillis());
        words(out, 4, op.create());
        words(out, 5, op.start());
        words(out, 6, op.delete());
        words(out, 7, op.signal());
        words(out, 8, op.await());
        words(out, 9, op.exec());
        out.flag(10, op.inGroups());
        words(out, 11, op.processes());
        words(out, 12, op.end());
      }
      case Pivot op -> out.flag(1, op.readonlyRoot());
      case Rlimit op -> out.number(1, op.resource().ordinal()).number(2, op.soft()).number(3, op.hard());
      case Cwd op -> out.text(1, op.path());
      case Ids op -> {
        out.number(1, op.uid()).number(2, op.gid());
        op.groups().forEach(group -> out.number(3, group));
      }
      case Caps op ->
          out.number(1, op.bounding())
              .number(2, op.effective())
              .number(3, op.permitted())
              .number(4, op.inheritable())
              .number(5, op.ambient());
      case NoNewPrivs op -> {}
      case Seccomp op -> out.bytes(1, op.filter().shared()).number(2, Codes.bits(op.flags()));
      case Env op -> out.text(1, op.name() + "=" + op.value());
      case Arg op -> out.text(1, op.value());
      case Umask op -> out.number(1, op.value());
      case AppArmor op -> out.text(1, op.profile());
      case CreateHook op -> hook(out, op.path(), op.args(), op.env(), op.timeoutMillis(), op.before(), op.after());
      case StartHook op -> hook(out, op.path(), op.args(), op.env(), op.timeoutMillis(), op.before(), op.after());
    }
    out.end(begun);
  }

  private static void words(FieldWriter out, int tag, List<String> words) {
    words.forEach(word -> out.text(tag, word));
  }

  private static void hook(FieldWriter out, String path, List<String> args, List<String> env, int timeoutMillis, String before, String after) {
    out.text(1, path);
    args.forEach(word -> out.text(2, word));
    env.forEach(variable -> out.text(3, variable));
    out.number(4, timeoutMillis).text(5, before).text(6, after);
  }

  private static int tag(PlanOp operation) {
    return switch (operation) {
      case Cgroup op -> PlanTag.CGROUP;
      case DeviceProgram op -> PlanTag.DEVICE_PROGRAM;
      case Join op -> PlanTag.JOIN;
      case OomScoreAdj op -> PlanTag.OOM_SCORE_ADJ;
      case Source op -> PlanTag.SOURCE;
      case Overlay op -> PlanTag.OVERLAY;
      case User op -> PlanTag.USER;
      case Image op -> PlanTag.IMAGE;
      case Hold op -> PlanTag.HOLD;
      case Enter op -> PlanTag.ENTER;
      case Root op -> PlanTag.ROOT;
      case Filesystem op -> PlanTag.FILESYSTEM;
      case Mount op -> PlanTag.MOUNT;
      case PodShm op -> PlanTag.POD_SHM;
      case Folder op -> PlanTag.FOLDER;
      case Device op -> PlanTag.DEVICE;
      case Symlink op -> PlanTag.SYMLINK;
      case Volume op -> PlanTag.VOLUME;
      case Mask op -> PlanTag.MASK;
      case Readonly op -> PlanTag.READONLY;
      case Console op -> PlanTag.CONSOLE;
      case Sysctl op -> PlanTag.SYSCTL;
      case Runtime op -> PlanTag.RUNTIME;
      case Pivot op -> PlanTag.PIVOT;
      case Rlimit op -> PlanTag.RLIMIT;
      case Cwd op -> PlanTag.CWD;
      case Ids op -> PlanTag.IDS;
      case Caps op -> PlanTag.CAPS;
      case NoNewPrivs op -> PlanTag.NO_NEW_PRIVS;
      case Seccomp op -> PlanTag.SECCOMP;
      case Env op -> PlanTag.ENV;
      case Arg op -> PlanTag.ARG;
      case Umask op -> PlanTag.UMASK;
      case AppArmor op -> PlanTag.APPARMOR;
      case CreateHook op -> PlanTag.CREATE_HOOK;
      case StartHook op -> PlanTag.START_HOOK;
    };
  }
}
