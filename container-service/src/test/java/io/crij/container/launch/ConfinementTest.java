package io.crij.container.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.crij.core.CriException;
import io.crij.core.ErrorCode;
import io.crij.cri.LinuxContainerSecurityContext;
import io.crij.cri.SELinuxOption;
import io.crij.cri.SecurityProfile;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ConfinementTest {
  private static final Set<String> LOADED = Set.of("web", "name (with) brackets");

  private static LinuxContainerSecurityContext.Builder profile(SecurityProfile.ProfileType type, String reference) {
    return LinuxContainerSecurityContext.newBuilder()
        .setApparmor(SecurityProfile.newBuilder().setProfileType(type).setLocalhostRef(reference));
  }

  @SuppressWarnings("deprecation") // The string is deprecated in the CRI, yet older clients send it.
  private static LinuxContainerSecurityContext.Builder old(String profile) {
    return LinuxContainerSecurityContext.newBuilder().setApparmorProfile(profile);
  }

  private static Optional<String> onNode(LinuxContainerSecurityContext.Builder context) {
    return Confinement.appArmor(context.build(), true, LOADED::contains);
  }

  private static void refused(ErrorCode code, boolean enabled, LinuxContainerSecurityContext.Builder context) {
    assertThatThrownBy(() -> Confinement.appArmor(context.build(), enabled, LOADED::contains))
        .isInstanceOfSatisfying(CriException.class, e -> assertThat(e.code()).isEqualTo(code))
        .hasMessageContaining("apparmor");
  }

  @Test
  void aLoadedProfileIsAppliedUnderEitherOfItsSpellings() {
    assertThat(onNode(profile(SecurityProfile.ProfileType.Localhost, "web"))).contains("web");
    assertThat(onNode(profile(SecurityProfile.ProfileType.Localhost, "localhost/web"))).contains("web");
    assertThat(onNode(old("localhost/web"))).contains("web");
    assertThat(onNode(old("unconfined"))).isEmpty();
    assertThat(onNode(LinuxContainerSecurityContext.newBuilder())).isEmpty();
    assertThat(onNode(profile(SecurityProfile.ProfileType.Localhost, "web").setPrivileged(true))).isEmpty();
  }

  @Test
  void theNewFieldGoesBeforeTheOldOne() {
    assertThat(onNode(profile(SecurityProfile.ProfileType.Localhost, "web").mergeFrom(old("localhost/none").build()))).contains("web");
    assertThat(onNode(profile(SecurityProfile.ProfileType.Unconfined, "").mergeFrom(old("localhost/none").build()))).isEmpty();
  }

  @Test
  void whatCannotBeEnforcedIsRefused() {
    refused(ErrorCode.FAILED_PRECONDITION, true, profile(SecurityProfile.ProfileType.Localhost, "none"));
    refused(ErrorCode.FAILED_PRECONDITION, true, old("localhost/none"));
    refused(ErrorCode.FAILED_PRECONDITION, false, profile(SecurityProfile.ProfileType.Localhost, "web"));
    refused(ErrorCode.INVALID_ARGUMENT, true, profile(SecurityProfile.ProfileType.Localhost, ""));
    refused(ErrorCode.INVALID_ARGUMENT, true, old("web"));
  }

  @Test
  void theDefaultProfileIsTakenWhereItIsLoaded() {
    LinuxContainerSecurityContext.Builder context = profile(SecurityProfile.ProfileType.RuntimeDefault, "");
    assertThat(Confinement.appArmor(context.build(), false, LOADED::contains)).isEmpty();
    assertThat(Confinement.appArmor(context.build(), true, LOADED::contains)).isEmpty();
    LinuxContainerSecurityContext silent = LinuxContainerSecurityContext.getDefaultInstance();
    for (LinuxContainerSecurityContext asked : new LinuxContainerSecurityContext[] {context.build(), silent, old("runtime/default").build()}) {
      assertThat(Confinement.appArmor(asked, true, Confinement.DEFAULT_APPARMOR::equals)).contains(Confinement.DEFAULT_APPARMOR);
      assertThat(Confinement.appArmor(asked, false, Confinement.DEFAULT_APPARMOR::equals)).isEmpty();
    }
    assertThat(Confinement.appArmor(old("unconfined").build(), true, Confinement.DEFAULT_APPARMOR::equals)).isEmpty();
    assertThat(
            Confinement.appArmor(profile(SecurityProfile.ProfileType.Unconfined, "").build(), true, Confinement.DEFAULT_APPARMOR::equals))
        .isEmpty();
  }

  @Test
  void labelsAreRefusedOnlyWhereTheyWouldHaveToBeEnforced() {
    LinuxContainerSecurityContext context =
        LinuxContainerSecurityContext.newBuilder().setSelinuxOptions(SELinuxOption.newBuilder().setLevel("s0")).build();
    Confinement.checkSeLinux(context, false);
    Confinement.checkSeLinux(LinuxContainerSecurityContext.getDefaultInstance(), true);
    assertThatThrownBy(() -> Confinement.checkSeLinux(context, true))
        .isInstanceOfSatisfying(CriException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.UNIMPLEMENTED));
  }
}
