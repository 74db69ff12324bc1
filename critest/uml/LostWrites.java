import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * What a disk may hold when the power goes: all writes before some flush, and any of those between that one and the next, in any order.
 *
 * <p>Arguments: the log of dm-log-writes, the disk as it was before the first write (it is changed), a seed. The log's layout is that
 * of drivers/md/dm-log-writes.c in Linux 6.1: one super block, then for each write a sector with its place and length, and its bytes.
 */
final class LostWrites {
  private static final long MAGIC = 0x6a736677736872L;
  private static final int FLUSH = 1;
  private static final int FUA = 1 << 1;
  private static final int DISCARD = 1 << 2;
  private static final int MARK = 1 << 3;
  private static final int SECTOR = 512;

  private record Write(long sector, long sectors, long flags, long at) {}

  public static void main(String[] arguments) throws IOException {
    Random random = new Random(Long.parseLong(arguments[2]));
    try (FileChannel log = FileChannel.open(Path.of(arguments[0]), StandardOpenOption.READ);
        FileChannel disk = FileChannel.open(Path.of(arguments[1]), StandardOpenOption.WRITE)) {
      List<Write> writes = read(log);
      List<Integer> flushes = new ArrayList<>(List.of(0));
      for (int i = 0; i < writes.size(); i++) {
        if ((writes.get(i).flags & (FLUSH | FUA)) != 0) {
          flushes.add(i + 1);
        }
      }
      // Mostly the last ones: what came long before them is settled.
      int back = random.nextInt(4) == 0 ? random.nextInt(flushes.size()) : random.nextInt(Math.min(flushes.size(), 6));
      int flushed = flushes.get(flushes.size() - 1 - back);
      int end = back == 0 ? writes.size() : flushes.get(flushes.size() - back);
      List<Write> after = new ArrayList<>(writes.subList(flushed, end));
      java.util.Collections.shuffle(after, random);
      int kept = random.nextInt(after.size() + 1);
      for (Write write : writes.subList(0, flushed)) {
        apply(log, disk, write);
      }
      for (Write write : after.subList(0, kept)) {
        apply(log, disk, write);
      }
      System.out.printf("%d writes reached the disk, %d of the %d after its last flush among them%n", flushed + kept, kept, after.size());
    }
  }

  private static List<Write> read(FileChannel log) throws IOException {
    ByteBuffer top = read(log, 0, SECTOR);
    if (top.getLong(0) != MAGIC) {
      throw new IOException("this is no log of dm-log-writes");
    }
    long entries = top.getLong(16);
    int sector = top.getInt(24);
    List<Write> writes = new ArrayList<>();
    long at = sector;
    for (long i = 0; i < entries; i++) {
      ByteBuffer entry = read(log, at, 32);
      Write write = new Write(entry.getLong(0), entry.getLong(8), entry.getLong(16), at + sector);
      at += sector;
      if ((write.flags & (DISCARD | MARK)) == 0) {
        at += write.sectors * sector;
      }
      writes.add(write);
    }
    return writes;
  }

  private static void apply(FileChannel log, FileChannel disk, Write write) throws IOException {
    if ((write.flags & MARK) != 0) {
      return;
    }
    int length = Math.toIntExact(write.sectors * SECTOR);
    ByteBuffer bytes = (write.flags & DISCARD) != 0 ? ByteBuffer.allocate(length) : read(log, write.at, length);
    disk.write(bytes, write.sector * SECTOR);
  }

  private static ByteBuffer read(FileChannel file, long at, int length) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
    while (buffer.hasRemaining()) {
      if (file.read(buffer, at + buffer.position()) < 0) {
        throw new IOException("the log is cut off");
      }
    }
    return buffer.flip();
  }
}
