package io.crij.daemon.rpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.crij.cri.Image;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PartsTest {
  private static List<Image> images(int count, int bytes) {
    return IntStream.range(0, count).mapToObj(i -> Image.newBuilder().setId(i + "-" + "x".repeat(bytes)).build()).toList();
  }

  private static List<List<Image>> parts(List<Image> items) {
    List<List<Image>> parts = new ArrayList<>();
    Parts.each(items, parts::add);
    return parts;
  }

  @Test
  void anEmptyListHasNoPart() {
    assertThat(parts(List.of())).isEmpty();
  }

  @Test
  void eachItemComesOnceAndInOrderInPartsOfBoundedLength() {
    List<Image> items = images(12_001, 1);
    List<List<Image>> parts = parts(items);
    assertThat(parts).extracting(List::size).containsExactly(5000, 5000, 2001);
    assertThat(parts.stream().flatMap(List::stream)).containsExactlyElementsOf(items);
  }

  @Test
  void aPartStaysBelowAMebibyteUnlessOneItemIsLarger() {
    List<Image> items = new ArrayList<>(images(7, 300_000));
    items.add(2, images(1, 3_000_000).getFirst());
    List<List<Image>> parts = parts(items);
    assertThat(parts).extracting(List::size).containsExactly(2, 1, 3, 2);
    assertThat(parts.stream().flatMap(List::stream)).containsExactlyElementsOf(items);
  }
}
