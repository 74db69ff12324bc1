package io.crij.container;

import io.crij.container.launch.Capabilities;
import io.crij.helper.plan.Instructions;
import io.crij.helper.seccomp.SeccompCompiler;
import java.nio.file.Path;
import java.util.Set;

/** Filters from libseccomp, in which each container's capabilities open the calls that they are for. */
final class CompiledSeccomp implements SeccompProfiles {
  private final SeccompCompiler compiler;

  CompiledSeccomp(SeccompCompiler compiler) {
    this.compiler = compiler;
  }

  @Override
  public Instructions runtimeDefault(long capabilities) {
    return Instructions.of(compiler.runtimeDefault(Set.copyOf(Capabilities.names(capabilities))));
  }

  @Override
  public Instructions localhost(Path file, long capabilities) {
    return Instructions.of(compiler.localhost(file, Set.copyOf(Capabilities.names(capabilities))));
  }

  @Override
  public Instructions given(byte[] json, String origin, long capabilities) {
    return Instructions.of(compiler.given(json, origin, Set.copyOf(Capabilities.names(capabilities))));
  }

  @Override
  public String ociProfile(Instructions filter) {
    return compiler.ociProfile(filter);
  }
}
