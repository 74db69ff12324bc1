package io.crij.cri;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.DescriptorProtos.FieldDescriptorProto.Label;
import com.google.protobuf.DescriptorProtos.FileDescriptorSet;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.DescriptorValidationException;
import com.google.protobuf.Descriptors.EnumDescriptor;
import com.google.protobuf.Descriptors.EnumValueDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.Descriptors.MethodDescriptor;
import com.google.protobuf.Descriptors.ServiceDescriptor;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** The compiled descriptors against the table of facts, both ways: nothing missing, nothing of our own invention. */
class CriContractTest {
  private static final FileDescriptor FILE = descriptors();

  @Test
  void descriptorsEqualTheTable() throws Exception {
    List<String> table = table();
    List<String> compiled = compiled();
    assertThat(new TreeSet<>(compiled)).isEqualTo(new TreeSet<>(table));
    assertThat(compiled).hasSameSizeAs(table);
  }

  /** Of the file beside the classes, which are of the same run of the compiler: the classes themselves have none. */
  private static FileDescriptor descriptors() {
    try (InputStream in = RuntimeServiceGrpc.class.getResourceAsStream("cri.desc")) {
      return FileDescriptor.buildFrom(FileDescriptorSet.parseFrom(in).getFile(0), new FileDescriptor[0]);
    } catch (IOException | DescriptorValidationException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void theTableIsWhole() throws Exception {
    List<String> table = table();
    assertThat(table.stream().filter(row -> row.startsWith("rpc\t"))).hasSize(43);
    assertThat(table.stream().filter(row -> row.startsWith("enum-value\t"))).hasSize(95);
    assertThat(table.stream().filter(row -> row.startsWith("message-field\t") && !row.endsWith("empty-message"))).hasSize(478);
    assertThat(table.stream().filter(row -> row.startsWith("message-field\t")).map(row -> row.split("\t")[1]).distinct())
        .hasSize(175);
  }

  private static List<String> table() throws Exception {
    try (BufferedReader reader =
        new BufferedReader(
            new InputStreamReader(
                CriContractTest.class.getResourceAsStream("/cri-facts.tsv"), StandardCharsets.UTF_8))) {
      return reader.lines().skip(1).toList();
    }
  }

  private static List<String> compiled() {
    List<String> rows = new ArrayList<>();
    assertThat(FILE.getPackage()).isEqualTo("runtime.v1");
    for (ServiceDescriptor service : FILE.getServices()) {
      for (MethodDescriptor method : service.getMethods()) {
        rows.add(
            row("rpc", service.getName(), method.getName(), String.valueOf(method.getIndex() + 1),
                (method.isClientStreaming() ? "stream " : "") + method.getInputType().getName() + " -> "
                    + (method.isServerStreaming() ? "stream " : "") + method.getOutputType().getName(),
                "-"));
      }
    }
    FILE.getEnumTypes().forEach(type -> addEnum(type, rows));
    FILE.getMessageTypes().forEach(type -> addMessage(type, rows));
    return rows;
  }

  private static void addMessage(Descriptor type, List<String> rows) {
    type.getEnumTypes().forEach(nested -> addEnum(nested, rows));
    if (type.getFields().isEmpty()) {
      rows.add(row("message-field", type.getName(), "-", "-", "-", "empty-message"));
    }
    for (FieldDescriptor field : type.getFields()) {
      rows.add(
          row("message-field", type.getName(), field.getName(), String.valueOf(field.getNumber()), typeOf(field), flags(field)));
    }
  }

  private static void addEnum(EnumDescriptor type, List<String> rows) {
    String name = type.getContainingType() == null ? type.getName() : type.getContainingType().getName() + "." + type.getName();
    for (EnumValueDescriptor value : type.getValues()) {
      rows.add(row("enum-value", name, value.getName(), String.valueOf(value.getNumber()), "enum", "-"));
    }
  }

  private static String typeOf(FieldDescriptor field) {
    if (field.isMapField()) {
      return "map<" + single(field.getMessageType().findFieldByNumber(1)) + "," + single(field.getMessageType().findFieldByNumber(2)) + ">";
    }
    return (field.toProto().getLabel() == Label.LABEL_REPEATED ? "repeated " : "") + single(field);
  }

  private static String single(FieldDescriptor field) {
    return switch (field.getJavaType()) {
      case MESSAGE -> field.getMessageType().getName();
      case ENUM -> {
        EnumDescriptor type = field.getEnumType();
        yield type.getContainingType() == null || type.getContainingType() == field.getContainingType()
            ? type.getName()
            : type.getContainingType().getName() + "." + type.getName();
      }
      default -> field.getType().name().toLowerCase(Locale.ROOT);
    };
  }

  private static String flags(FieldDescriptor field) {
    if (field.getOptions().getDebugRedact()) {
      return "debug_redact";
    }
    return field.getOptions().getDeprecated() ? "deprecated" : "-";
  }

  private static String row(String... cells) {
    return String.join("\t", cells);
  }
}
