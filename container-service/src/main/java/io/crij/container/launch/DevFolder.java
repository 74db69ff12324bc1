package io.crij.container.launch;

import io.crij.core.CriException;
import io.crij.core.Printable;
import io.crij.helper.plan.DeviceType;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Looks at the host's own /dev, which is a devtmpfs and cannot hang. */
public final class DevFolder implements HostDevices {
  private static final Set<String> OWN_INSTANCES = Set.of("pts", "shm", "mqueue", "fd", "console");
  private static final int TYPE = 0xF000;
  private static final int CHARACTER = 0x2000;
  private static final int BLOCK = 0x6000;

  /** A request for a device "/" must not walk the whole node. */
  private static final int MOST_FILES = 10_000;

  private final Path dev;

  public DevFolder(Path dev) {
    this.dev = dev;
  }

  @Override
  public List<HostDevice> at(String field, String path) {
    try {
      Path real = Path.of(path).toRealPath();
      List<HostDevice> found = Files.isDirectory(real) ? below(real, Set.of()) : one(real).stream().toList();
      if (found.isEmpty()) {
        throw Fields.invalid(field, "'" + Printable.of(path) + "' is not a device of this node");
      }
      // A link keeps its name in the container: that is what the workload was told.
      return found.stream().map(device -> moved(device, real.toString(), path)).toList();
    } catch (NoSuchFileException e) {
      throw Fields.invalid(field, "device '" + Printable.of(path) + "' does not exist on this node");
    } catch (IOException e) {
      throw Fields.invalid(field, "device '" + Printable.of(path) + "' cannot be read: " + e.getMessage());
    }
  }

  @Override
  public List<HostDevice> all() {
    try {
      return below(dev, OWN_INSTANCES);
    } catch (IOException e) {
      throw CriException.internal("The devices of this node cannot be listed in " + dev + ": " + e.getMessage() + ".", e);
    }
  }

  private static HostDevice moved(HostDevice device, String from, String to) {
    String path = to + device.path().substring(from.length());
    return new HostDevice(path, device.type(), device.major(), device.minor(), device.mode(), device.uid(), device.gid());
  }

  private List<HostDevice> below(Path folder, Set<String> except) throws IOException {
    List<HostDevice> found = new ArrayList<>();
    Files.walkFileTree(
        folder,
        new SimpleFileVisitor<>() {
          private int seen;

          @Override
          public FileVisitResult preVisitDirectory(Path visited, BasicFileAttributes attributes) {
            return isExcepted(visited) ? FileVisitResult.SKIP_SUBTREE : FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
            if (++seen > MOST_FILES) {
              throw new IOException("it holds more than " + MOST_FILES + " files, and no folder of devices does");
            }
            if (attributes.isOther() && !isExcepted(file)) {
              one(file).ifPresent(found::add);
            }
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFileFailed(Path file, IOException failure) {
            // Devices come and go while one looks.
            return FileVisitResult.CONTINUE;
          }

          private boolean isExcepted(Path path) {
            return folder.equals(path.getParent()) && except.contains(String.valueOf(path.getFileName()));
          }
        });
    found.sort(Comparator.comparing(HostDevice::path));
    return found;
  }

  private static Optional<HostDevice> one(Path file) throws IOException {
    Map<String, Object> facts;
    try {
      facts = Files.readAttributes(file, "unix:mode,rdev,uid,gid", LinkOption.NOFOLLOW_LINKS);
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
    int mode = number(facts, "mode").intValue();
    int type = mode & TYPE;
    if (type != CHARACTER && type != BLOCK) {
      return Optional.empty();
    }
    long rdev = number(facts, "rdev").longValue();
    // makedev(3) of glibc: the two numbers are interleaved.
    long major = rdev >>> 8 & 0xfff | rdev >>> 32 & ~0xfffL;
    long minor = rdev & 0xff | rdev >>> 12 & ~0xffL;
    return Optional.of(
        new HostDevice(
            file.toString(),
            type == BLOCK ? DeviceType.BLOCK : DeviceType.CHARACTER,
            major,
            minor & 0xffff_ffffL,
            mode & 0777,
            Integer.toUnsignedLong(number(facts, "uid").intValue()),
            Integer.toUnsignedLong(number(facts, "gid").intValue())));
  }

  private static Number number(Map<String, Object> facts, String name) {
    if (facts.get(name) instanceof Number number) {
      return number;
    }
    throw new IllegalStateException("the file system says nothing of " + name);
  }
}
