package io.crij.daemon.rpc;

import com.google.protobuf.BytesValue;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.MessageLite;
import com.google.protobuf.StringValue;
import com.google.protobuf.WireFormat;
import io.crij.cri.RuntimeServiceGrpc;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which fields of a message are messages themselves or lists of numbers, by number. The generated classes do not tell: they are protobuf's lite ones, for the
 * others need several times the memory. So it is read out of the descriptors (descriptor.proto of protobuf) that are built with them.
 */
final class MessageShape {
  private static final String DESCRIPTORS = "cri.desc";
  private static final int TYPE_MESSAGE = 11;
  private static final int LABEL_REPEATED = 3;
  /** All that are written as varints: INT64, UINT64, INT32, BOOL, UINT32, ENUM, SINT32 and SINT64. */
  private static final Set<Integer> VARINTS = Set.of(3, 4, 5, 8, 13, 14, 17, 18);
  /** All its fields are numbers, texts or bytes. */
  static final MessageShape FLAT = new MessageShape();

  private final Map<Integer, String> types = new HashMap<>();
  private Map<Integer, MessageShape> parts = Map.of();
  private final Set<Integer> numbers = new HashSet<>();

  private MessageShape() {}

  /** The shapes of all messages of the CRI. */
  static final class Known {
    private final Map<String, MessageShape> shapes = new HashMap<>();

    Known() {
      try (InputStream in = Objects.requireNonNull(RuntimeServiceGrpc.class.getResourceAsStream(DESCRIPTORS), DESCRIPTORS)) {
        readFiles(CodedInputStream.newInstance(in.readAllBytes()));
      } catch (IOException e) {
        throw new UncheckedIOException(DESCRIPTORS + " of this build cannot be read", e);
      }
      shapes.values().forEach(this::link);
    }

    /** @throws IllegalArgumentException for a message of another contract */
    MessageShape of(MessageLite prototype) {
      if (prototype instanceof StringValue || prototype instanceof BytesValue) {
        return FLAT;
      }
      MessageShape shape = shapes.get(".runtime.v1." + prototype.getClass().getSimpleName());
      if (shape == null) {
        throw new IllegalArgumentException("nothing is known of the fields of " + prototype.getClass().getName());
      }
      return shape;
    }

    private void link(MessageShape shape) {
      if (!shape.types.isEmpty()) {
        shape.parts = new HashMap<>();
        shape.types.forEach((number, type) -> shape.parts.put(number, Objects.requireNonNull(shapes.get(type), type)));
        shape.types.clear();
      }
    }

    /** A FileDescriptorSet. */
    private void readFiles(CodedInputStream in) throws IOException {
      for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
        if (WireFormat.getTagFieldNumber(tag) == 1) {
          int outer = in.pushLimit(in.readRawVarint32());
          readFile(in);
          in.popLimit(outer);
        } else {
          in.skipField(tag);
        }
      }
    }

    private void readFile(CodedInputStream in) throws IOException {
      String name = "";
      for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
        switch (WireFormat.getTagFieldNumber(tag)) {
          case 2 -> name = "." + in.readString();
          case 4 -> readMessage(in, name);
          default -> in.skipField(tag);
        }
      }
    }

    /** A DescriptorProto, whose name comes first, as protoc writes it. */
    private void readMessage(CodedInputStream in, String outerName) throws IOException {
      int outer = in.pushLimit(in.readRawVarint32());
      MessageShape shape = new MessageShape();
      String name = outerName;
      for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
        switch (WireFormat.getTagFieldNumber(tag)) {
          case 1 -> name = outerName + "." + in.readString();
          case 2 -> readField(in, shape);
          case 3 -> readMessage(in, name);
          default -> in.skipField(tag);
        }
      }
      in.popLimit(outer);
      shapes.put(name, shape);
    }

    private static void readField(CodedInputStream in, MessageShape shape) throws IOException {
      int outer = in.pushLimit(in.readRawVarint32());
      int number = 0;
      int kind = 0;
      int label = 0;
      String type = "";
      for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
        switch (WireFormat.getTagFieldNumber(tag)) {
          case 3 -> number = in.readInt32();
          case 4 -> label = in.readEnum();
          case 5 -> kind = in.readEnum();
          case 6 -> type = in.readString();
          default -> in.skipField(tag);
        }
      }
      in.popLimit(outer);
      if (kind == TYPE_MESSAGE) {
        shape.types.put(number, type);
      } else if (label == LABEL_REPEATED && VARINTS.contains(kind)) {
        shape.numbers.add(number);
      }
    }
  }

  /** The shape of the messages in a field; null if the field holds something else, or is not known. */
  @Nullable MessageShape part(int number) {
    return parts.get(number);
  }

  /** Whether the field is a list of varints, of which any number may be packed into one field. */
  boolean isNumbers(int number) {
    return numbers.contains(number);
  }
}
