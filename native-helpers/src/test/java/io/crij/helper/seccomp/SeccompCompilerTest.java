package io.crij.helper.seccomp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.crij.core.CriException;
import io.crij.core.Json;
import io.crij.helper.plan.Instructions;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SeccompCompilerTest {
  private static final int ALLOW = 0x7FFF_0000;
  private static final int EPERM = 0x0005_0001;
  private static final int ENOSYS = 0x0005_0026;
  private static final int X86_64 = 0xC000_003E;
  private static final int X86 = 0x4000_0003;
  private static final long CLONE_NEWUSER = 0x1000_0000;
  private static final long CLONE_NEWNS = 0x2_0000;
  private static final long CLONE_THREAD_AND_VM = 0x1_0100;

  private final SeccompCompiler compiler = new SeccompCompiler();
  private final FilterMachine plain = new FilterMachine(compiler.runtimeDefault(Set.of("CAP_CHOWN", "CAP_SYS_CHROOT")));

  @TempDir Path scratch;

  @ParameterizedTest
  @ValueSource(strings = {"read", "write", "openat", "execve", "futex", "ptrace", "chroot", "rseq", "epoll_pwait2"})
  void whatProgramsNeedIsAllowed(String name) {
    assertThat(plain.answer(X86_64, number(name))).isEqualTo(ALLOW);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "mount", "umount2", "unshare", "setns", "keyctl", "add_key", "bpf", "kexec_load", "init_module", "reboot",
        "open_by_handle_at", "userfaultfd", "io_uring_setup", "perf_event_open", "move_mount", "settimeofday", "acct"
      })
  void whatHarmsTheNodeIsDenied(String name) {
    assertThat(plain.answer(X86_64, number(name))).isEqualTo(EPERM);
  }

  @Test
  void cloneMakesThreadsButNoNamespaces() {
    int clone = number("clone");
    assertThat(plain.answer(X86_64, clone, CLONE_THREAD_AND_VM)).isEqualTo(ALLOW);
    assertThat(plain.answer(X86_64, clone, CLONE_NEWUSER)).isEqualTo(EPERM);
    assertThat(plain.answer(X86_64, clone, CLONE_NEWNS | CLONE_THREAD_AND_VM)).isEqualTo(EPERM);
    assertThat(plain.answer(X86_64, number("clone3"))).isEqualTo(ENOSYS);
  }

  @Test
  void capabilitiesOpenWhatTheyAreFor() {
    FilterMachine admin = new FilterMachine(compiler.runtimeDefault(Set.of("CAP_SYS_ADMIN")));
    assertThat(admin.answer(X86_64, number("mount"))).isEqualTo(ALLOW);
    assertThat(admin.answer(X86_64, number("clone3"))).isEqualTo(ALLOW);
    assertThat(admin.answer(X86_64, number("clone"), CLONE_NEWUSER)).isEqualTo(ALLOW);
    assertThat(admin.answer(X86_64, number("reboot"))).isEqualTo(EPERM);
    FilterMachine boot = new FilterMachine(compiler.runtimeDefault(Set.of("CAP_SYS_BOOT")));
    assertThat(boot.answer(X86_64, number("reboot"))).isEqualTo(ALLOW);
  }

  @Test
  void systemCallsNewerThanTheProfileDoNotExist() {
    assertThat(plain.answer(X86_64, 2000)).isEqualTo(ENOSYS);
    assertThat(plain.answer(X86, 2000)).isEqualTo(ENOSYS);
    assertThat(plain.answer(X86_64, 2000 | 0x4000_0000)).isEqualTo(ENOSYS);
  }

  @Test
  void programsOf32BitsAreFilteredByTheirOwnNumbers() {
    int mountOn32Bits = 21;
    int readOn32Bits = 3;
    assertThat(plain.answer(X86, readOn32Bits)).isEqualTo(ALLOW);
    assertThat(plain.answer(X86, mountOn32Bits)).isEqualTo(EPERM);
    assertThat(plain.answer(X86_64, 0x4000_0000 | number("mount"))).isEqualTo(EPERM);
  }

  @Test
  void anUnknownArchitectureIsKilled() {
    int s390x = 0x8000_0016;
    assertThat(plain.answer(s390x, 4)).isZero();
  }

  @Test
  void personalityAndSocketDependOnTheirArgument() {
    assertThat(plain.answer(X86_64, number("personality"), 0)).isEqualTo(ALLOW);
    assertThat(plain.answer(X86_64, number("personality"), 0x40_0000)).isEqualTo(EPERM);
    int vsock = 40;
    int inet = 2;
    assertThat(plain.answer(X86_64, number("socket"), inet)).isEqualTo(ALLOW);
    assertThat(plain.answer(X86_64, number("socket"), vsock)).isEqualTo(EPERM);
  }

  @Test
  void aFilterFitsTheKernel() {
    int kernelLimitInstructions = 4096;
    assertThat(compiler.runtimeDefault(Set.of()).length / 8).isBetween(100, kernelLimitInstructions);
  }

  @Test
  void anOperatorsProfileIsObeyed() throws IOException {
    Path profile =
        profile(
            """
            {"defaultAction": "SCMP_ACT_ALLOW", "architectures": ["SCMP_ARCH_X86_64"], "syscalls": [
              {"names": ["mkdir", "no_such_call_of_any_kernel"], "action": "SCMP_ACT_ERRNO", "errnoRet": 28},
              {"names": ["chmod"], "action": "SCMP_ACT_KILL_PROCESS"},
              {"names": ["kill"], "action": "SCMP_ACT_ERRNO",
               "args": [{"index": 1, "value": 9, "op": "SCMP_CMP_EQ"}, {"index": 1, "value": 15, "op": "SCMP_CMP_EQ"}]}
            ]}
            """);
    FilterMachine filter = new FilterMachine(compiler.localhost(profile, Set.of()));
    int enospc = 0x0005_001C;
    assertThat(filter.answer(X86_64, number("mkdir"))).isEqualTo(enospc);
    assertThat(filter.answer(X86_64, number("chmod"))).isEqualTo(0x8000_0000);
    assertThat(filter.answer(X86_64, number("read"))).isEqualTo(ALLOW);
    assertThat(filter.answer(X86_64, number("kill"), 1, 9)).isEqualTo(EPERM);
    assertThat(filter.answer(X86_64, number("kill"), 1, 15)).isEqualTo(EPERM);
    assertThat(filter.answer(X86_64, number("kill"), 1, 1)).isEqualTo(ALLOW);
    assertThat(filter.answer(X86_64, 2000)).isEqualTo(ALLOW);
  }

  @Test
  void aChangedProfileIsCompiledAgain() throws IOException {
    Path profile = profile("{\"defaultAction\": \"SCMP_ACT_ALLOW\"}");
    byte[] before = compiler.localhost(profile, Set.of());
    profile("{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"syscalls\": [{\"names\": [\"read\"], \"action\": \"SCMP_ACT_ALLOW\"}]}");
    assertThat(compiler.localhost(profile, Set.of())).isNotEqualTo(before);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "", "[]", "{}", "{\"defaultAction\": \"SCMP_ACT_SING\"}", "{\"defaultAction\": 7}", "{\"defaultAction\": ",
        "{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"syscalls\": [{\"names\": [\"read\"]}]}",
        "{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"syscalls\": [{\"names\": [\"read\"], \"action\": \"SCMP_ACT_NOTIFY\"}]}",
        "{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"syscalls\": [{\"names\": [\"read\"], \"action\": \"SCMP_ACT_ALLOW\","
            + " \"args\": [{\"index\": 9, \"value\": 1, \"op\": \"SCMP_CMP_EQ\"}]}]}"
      })
  void aBrokenProfileIsRefusedByName(String text) throws IOException {
    Path profile = profile(text);
    assertThatThrownBy(() -> compiler.localhost(profile, Set.of()))
        .isInstanceOf(CriException.class)
        .hasMessageContaining("seccomp profile");
  }

  @Test
  void aMissingProfileIsNamed() {
    Path missing = scratch.resolve("missing.json");
    assertThatThrownBy(() -> compiler.localhost(missing, Set.of()))
        .isInstanceOf(CriException.class)
        .hasMessageContaining(missing.toString());
  }

  private Path profile(String text) throws IOException {
    return Files.writeString(scratch.resolve("profile.json"), text);
  }

  private static int number(String name) {
    try (Arena arena = Arena.ofConfined()) {
      int number = Libseccomp.load().resolveName(X86_64, arena.allocateFrom(name));
      assertThat(number).as(name).isNotNegative();
      return number;
    }
  }

  @Test
  void aFiltersProfileIsKnownInTheFormOfARuntime() throws IOException {
    Instructions filter = Instructions.of(compiler.runtimeDefault(Set.of("CAP_SYS_ADMIN")));
    JsonNode profile = Json.OWN.readTree(compiler.ociProfile(filter));
    assertThat(profile.path("defaultAction").asText()).isEqualTo("SCMP_ACT_ERRNO");
    assertThat(profile.path("architectures").toString()).contains("SCMP_ARCH_");
    assertThat(profile.path("syscalls").findValuesAsText("action")).contains("SCMP_ACT_ALLOW");
    assertThat(profile.toString()).contains("\"mount\"").doesNotContain("includes").doesNotContain("minKernel");
    String plainProfile = compiler.ociProfile(Instructions.of(compiler.runtimeDefault(Set.of())));
    assertThat(plainProfile).doesNotContain("\"umount2\"");
    assertThatThrownBy(() -> compiler.ociProfile(Instructions.of(new byte[8]))).isInstanceOf(CriException.class).hasMessageContaining("not known any more");
  }
}
