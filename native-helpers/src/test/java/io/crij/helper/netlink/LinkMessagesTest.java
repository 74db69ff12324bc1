package io.crij.helper.netlink;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class LinkMessagesTest {
  /** A NEW_LINK message as the kernel writes it: header, ifinfomsg, a name and counters 10, 11, … */
  private static ByteBuffer newLink(String name) {
    byte[] text = (name + "\0").getBytes(StandardCharsets.UTF_8);
    int padded = (text.length + 3) & ~3;
    ByteBuffer message = ByteBuffer.allocate(16 + 16 + 4 + padded + 4 + 24 * 8).order(ByteOrder.nativeOrder());
    message.putInt(message.capacity()).putShort(LinkMessages.NEW_LINK).putShort((short) 2).putInt(3).putInt(0);
    message.put(new byte[16]);
    message.putShort((short) (4 + text.length)).putShort((short) 3).put(text).put(new byte[padded - text.length]);
    message.putShort((short) (4 + 24 * 8)).putShort((short) 23);
    for (int i = 0; i < 24; i++) {
      message.putLong(10 + i);
    }
    return message.flip();
  }

  private static List<LinkCounters> read(ByteBuffer received) {
    List<LinkCounters> links = new ArrayList<>();
    for (LinkMessages.@Nullable Message m = LinkMessages.next(received); m != null; m = LinkMessages.next(received)) {
      LinkMessages.link(m.payload(), links);
    }
    return links;
  }

  @Test
  void countersAreTakenFromTheirPlaces() {
    assertThat(read(newLink("eth0"))).containsExactly(new LinkCounters("eth0", 12, 10, 14, 16, 13, 11, 15, 17));
  }

  @Test
  void severalMessagesInOnePart() {
    ByteBuffer both = ByteBuffer.allocate(2000).put(newLink("lo")).put(newLink("eth0")).flip();
    assertThat(read(both)).extracting(LinkCounters::name).containsExactly("lo", "eth0");
  }

  @Test
  void aQuestionIsAlignedAndKnowsItsLength() {
    ByteBuffer question = LinkMessages.newNsid(7, 42).order(ByteOrder.nativeOrder());
    assertThat(question.remaining()).isEqualTo(16 + 4 + 8 + 8).isEqualTo(question.getInt(0));
    assertThat(question.getInt(8)).isEqualTo(7);
    assertThat(question.getInt(24)).as("the descriptor").isEqualTo(42);
  }

  @Test
  void anUnassignedNumberIsNone() {
    ByteBuffer payload = ByteBuffer.allocate(12).order(ByteOrder.nativeOrder());
    payload.putInt(0).putShort((short) 8).putShort((short) 1).putInt(-1).flip();
    assertThat(LinkMessages.nsid(payload)).isEmpty();
    assertThat(LinkMessages.nsid(payload.putInt(8, 5))).hasValue(5);
  }

  @Test
  void noBytesMakeItLeaveTheBuffer() {
    Random random = new Random(20261121);
    byte[] whole = new byte[newLink("eth0").remaining()];
    newLink("eth0").get(whole);
    for (int i = 0; i < 20_000; i++) {
      byte[] bytes = java.util.Arrays.copyOf(whole, random.nextInt(whole.length + 1));
      for (int j = 0; j < random.nextInt(4) && bytes.length > 0; j++) {
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
      }
      assertThat(read(ByteBuffer.wrap(bytes)).size()).isLessThan(20);
    }
  }
}
