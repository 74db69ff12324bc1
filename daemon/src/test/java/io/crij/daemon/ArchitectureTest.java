package io.crij.daemon;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import io.crij.core.wrong.WrongArrow;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.SymbolLookup;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Which module may use which; the table of ARCHITECTURE.md, in code. */
class ArchitectureTest {
  private static final Map<String, Set<String>> ARROWS =
      new TreeMap<>(
          Map.of(
              "core", Set.of(),
              "cri", Set.of(),
              "helper", Set.of("core"),
              "cgroups", Set.of("core"),
              "netns", Set.of("core", "helper"),
              "image", Set.of("core", "cri", "helper"),
              "nri", Set.of("core", "cri"),
              "sandbox", Set.of("core", "cri", "cgroups", "netns", "helper", "nri"),
              "container", Set.of("core", "cri", "sandbox", "image", "cgroups", "helper", "nri"),
              "daemon", Set.of("core", "cri", "helper", "cgroups", "netns", "image", "nri", "sandbox", "container")));

  private static final JavaClasses PRODUCT =
      new ClassFileImporter().withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS).importPackages("io.crij");
  private static final JavaClasses WRONG = new ClassFileImporter().importClasses(WrongArrow.class);

  private static Stream<Rule> rules() {
    return Stream.concat(
        ARROWS.keySet().stream().map(ArchitectureTest::arrows),
        Stream.of(
            new Rule(
                "gRPC is known in daemon.rpc, in what sends traces, and the generated stubs only",
                noClasses().that().resideOutsideOfPackages("io.crij.daemon.rpc..", "io.crij.daemon.trace..", "io.crij.cri..").should().dependOnClassesThat().resideInAPackage("io.grpc..")),
            // A MemorySegment may travel, as a buffer that needs no copy; a function of the C library may not be bound elsewhere.
            new Rule(
                "the kernel is called from native-helpers only",
                noClasses().that().resideOutsideOfPackage("io.crij.helper..").should().dependOnClassesThat().belongToAnyOf(Linker.class, SymbolLookup.class, FunctionDescriptor.class)),
            new Rule(
                "processes are started by native-helpers only",
                noClasses().that().resideOutsideOfPackage("io.crij.helper..").should().dependOnClassesThat().belongToAnyOf(ProcessBuilder.class)
                    .orShould().callMethod(Runtime.class, "exec", String[].class))));
  }

  private record Rule(String name, ArchRule rule) {}

  private static Rule arrows(String module) {
    Set<String> forbidden = new TreeSet<>(ARROWS.keySet());
    forbidden.removeAll(ARROWS.getOrDefault(module, Set.of()));
    forbidden.remove(module);
    String[] packages = forbidden.stream().map(name -> "io.crij." + name + "..").toArray(String[]::new);
    return new Rule(
        module + " does not use " + forbidden,
        noClasses().that().resideInAPackage("io.crij." + module + "..").should().dependOnClassesThat().resideInAnyPackage(packages.length == 0 ? new String[] {"io.crij.none"} : packages));
  }

  /** An empty module fails its rule: a renamed package must not make the test blind. */
  @TestFactory
  Stream<DynamicTest> theProductKeepsTheRules() {
    return rules().map(rule -> DynamicTest.dynamicTest(rule.name(), () -> rule.rule().check(PRODUCT)));
  }

  @TestFactory
  Stream<DynamicTest> aClassThatBreaksTheRulesIsSeen() {
    return rules()
        .filter(rule -> rule.name().startsWith("core ") || !rule.name().contains("does not use"))
        .map(rule -> DynamicTest.dynamicTest(rule.name(), () -> assertThat(rule.rule().evaluate(WRONG).hasViolation()).isTrue()));
  }
}
