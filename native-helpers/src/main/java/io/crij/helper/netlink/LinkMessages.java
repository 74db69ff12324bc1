package io.crij.helper.netlink;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** The messages of rtnetlink(7) that are needed here, as bytes. Numbers are from linux/rtnetlink.h, net_namespace.h and if_link.h. */
final class LinkMessages {
  static final short NEW_NSID = 88;
  static final short GET_NSID = 90;
  static final short NEW_LINK = 16;
  static final short GET_LINK = 18;

  static final short ERROR = 2;
  static final short DONE = 3;

  private static final short REQUEST = 0x001;
  private static final short ACK = 0x004;
  private static final short DUMP = 0x300;

  private static final short NETNSA_NSID = 1;
  private static final short NETNSA_FD = 3;
  private static final short IFLA_IFNAME = 3;
  private static final short IFLA_STATS64 = 23;
  private static final short IFLA_TARGET_NETNSID = 46;

  private static final int HEADER = 16;
  private static final int IFINFO = 16;
  private static final int RTGEN = 4;
  private static final int STATS_USED = 8 * Long.BYTES;

  /** One message: its payload is a view between position and limit. */
  record Message(short type, int sequence, ByteBuffer payload) {}

  private LinkMessages() {}

  /** Asks which number the namespace behind a descriptor has in ours. */
  static ByteBuffer getNsid(int sequence, int netnsFd) {
    return finish(attribute(start(GET_NSID, REQUEST, sequence, RTGEN), NETNSA_FD, netnsFd));
  }

  /** Gives the namespace behind a descriptor a number in ours, one that the kernel chooses. */
  static ByteBuffer newNsid(int sequence, int netnsFd) {
    ByteBuffer message = start(NEW_NSID, (short) (REQUEST | ACK), sequence, RTGEN);
    return finish(attribute(attribute(message, NETNSA_FD, netnsFd), NETNSA_NSID, -1));
  }

  /** Asks for all interfaces of the namespace with this number. */
  static ByteBuffer getLinks(int sequence, int nsid) {
    return finish(attribute(start(GET_LINK, (short) (REQUEST | DUMP), sequence, IFINFO), IFLA_TARGET_NETNSID, nsid));
  }

  /** The next message of what was received, or null at its end. What is cut off or malformed ends it. */
  static @Nullable Message next(ByteBuffer received) {
    received.order(ByteOrder.nativeOrder());
    if (received.remaining() < HEADER) {
      return null;
    }
    int start = received.position();
    int length = received.getInt(start);
    if (length < HEADER || length > received.remaining()) {
      return null;
    }
    ByteBuffer payload = received.slice(start + HEADER, length - HEADER).order(ByteOrder.nativeOrder());
    Message message = new Message(received.getShort(start + 4), received.getInt(start + 8), payload);
    received.position(Math.min(received.limit(), start + aligned(length)));
    return message;
  }

  /** The error number of an ERROR or DONE message; 0 stands for success. */
  static int errno(ByteBuffer payload) {
    return payload.remaining() < Integer.BYTES ? 0 : -payload.getInt(payload.position());
  }

  /** The number in the answer to {@link #getNsid}; empty if it has none yet. */
  static OptionalInt nsid(ByteBuffer payload) {
    int[] found = {-1};
    attributes(
        payload,
        RTGEN,
        (type, value) -> {
          if (type == NETNSA_NSID && value.remaining() >= Integer.BYTES) {
            found[0] = value.getInt(value.position());
          }
        });
    return found[0] < 0 ? OptionalInt.empty() : OptionalInt.of(found[0]);
  }

  /** Adds the interface in a NEW_LINK message, unless it does not count. */
  static void link(ByteBuffer payload, List<LinkCounters> links) {
    String[] name = {""};
    ByteBuffer[] stats = {null};
    attributes(
        payload,
        IFINFO,
        (type, value) -> {
          if (type == IFLA_IFNAME) {
            byte[] bytes = new byte[value.remaining()];
            value.get(value.position(), bytes);
            name[0] = new String(bytes, StandardCharsets.UTF_8).replace("\0", "");
          } else if (type == IFLA_STATS64 && value.remaining() >= STATS_USED) {
            stats[0] = value;
          }
        });
    ByteBuffer found = stats[0];
    if (!name[0].isEmpty() && found != null) {
      // struct rtnl_link_stats64: rx_packets, tx_packets, rx_bytes, tx_bytes, rx_errors, tx_errors, rx_dropped, tx_dropped, …
      links.add(
          new LinkCounters(
              name[0], at(found, 2), at(found, 0), at(found, 4), at(found, 6), at(found, 3), at(found, 1), at(found, 5), at(found, 7)));
    }
  }

  private static long at(ByteBuffer stats, int index) {
    return stats.getLong(stats.position() + index * Long.BYTES);
  }

  private static void attributes(ByteBuffer payload, int header, BiConsumer<Short, ByteBuffer> each) {
    int at = payload.position() + header;
    while (at + 4 <= payload.limit()) {
      int length = Short.toUnsignedInt(payload.getShort(at));
      if (length < 4 || at + length > payload.limit()) {
        return;
      }
      each.accept(
          (short) (payload.getShort(at + 2) & 0x3fff), payload.slice(at + 4, length - 4).order(ByteOrder.nativeOrder()));
      at += aligned(length);
    }
  }

  private static ByteBuffer start(short type, short flags, int sequence, int header) {
    ByteBuffer message = ByteBuffer.allocate(64).order(ByteOrder.nativeOrder());
    return message.putInt(0).putShort(type).putShort(flags).putInt(sequence).putInt(0).put(new byte[header]);
  }

  private static ByteBuffer attribute(ByteBuffer message, short type, int value) {
    return message.putShort((short) 8).putShort(type).putInt(value);
  }

  private static ByteBuffer finish(ByteBuffer message) {
    return message.putInt(0, message.position()).flip();
  }

  private static int aligned(int length) {
    return (length + 3) & ~3;
  }
}
