package io.crij.daemon.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class HeapReturnTest {
  private static final long MIB = 1 << 20;

  private final FakeHeap heap = new FakeHeap();
  private final AtomicBoolean pulling = new AtomicBoolean();
  private final HeapReturn heapReturn = new HeapReturn(heap, pulling::get);

  @Test
  void whatTheStartLeftIsCollectedOnce() {
    look(5);
    assertThat(heap.collections).isEqualTo(1);
  }

  @Test
  void aHeapThatGrewIsCollectedAgain() {
    look(1);
    heap.committed = 60 * MIB;
    look(5);
    assertThat(heap.collections).isEqualTo(2);
    assertThat(heap.committed).isEqualTo(20 * MIB);
  }

  @Test
  void aLittleGrowthIsLetBe() {
    look(1);
    heap.committed += 2 * MIB;
    look(5);
    assertThat(heap.collections).isEqualTo(1);
  }

  @Test
  void whatIsInUseDoesNotBringACollectionEachTime() {
    look(1);
    heap.needed = 100 * MIB;
    heap.committed = 110 * MIB;
    look(5);
    assertThat(heap.collections).isEqualTo(2);
  }

  @Test
  void aPullIsNotDisturbed() {
    pulling.set(true);
    look(5);
    assertThat(heap.collections).isZero();
    pulling.set(false);
    look(1);
    assertThat(heap.collections).isEqualTo(1);
  }

  private void look(int times) {
    for (int i = 0; i < times; i++) {
      heapReturn.look();
    }
  }

  private static final class FakeHeap implements HeapReturn.Heap {
    long committed = 24 * MIB;
    long needed = 20 * MIB;
    int collections;

    @Override
    public long committed() {
      return committed;
    }

    @Override
    public void collect() {
      collections++;
      committed = needed;
    }
  }
}
