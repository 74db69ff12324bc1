package io.crij.helper.netlink;

import io.crij.helper.syscall.Errno;
import io.crij.helper.syscall.Fd;
import io.crij.helper.syscall.Syscalls;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.Consumer;

/**
 * The interfaces of another network namespace with their counters, without entering it: the kernel answers from outside for
 * a namespace that has a number in ours (rtnetlink {@code RTM_NEWNSID} and {@code IFLA_TARGET_NETNSID}, Linux 4.20). No process
 * need be in the namespace, and interfaces of every kind are seen, also those without a peer on the host.
 */
public final class NamespaceLinks {
  private static final int ANSWER_MILLIS = 2000;

  private NamespaceLinks() {}

  /**
   * All interfaces in the kernel's order, the loopback among them.
   *
   * @param pin a file that the namespace is mounted on
   * @throws IOException if nothing is mounted there, or the kernel refuses or does not answer within 2 seconds
   */
  public static List<LinkCounters> of(Path pin) throws IOException {
    try (Fd netns = Syscalls.openFile(pin);
        NetlinkSocket socket = new NetlinkSocket(ANSWER_MILLIS)) {
      List<LinkCounters> links = new ArrayList<>();
      ask(
          socket,
          LinkMessages.getLinks(3, number(socket, netns, pin)),
          pin,
          message -> {
            if (message.type() == LinkMessages.NEW_LINK) {
              LinkMessages.link(message.payload(), links);
            }
          });
      return links;
    }
  }

  private static int number(NetlinkSocket socket, Fd netns, Path pin) throws IOException {
    OptionalInt number = find(socket, netns, pin);
    if (number.isPresent()) {
      return number.getAsInt();
    }
    try {
      ask(socket, LinkMessages.newNsid(2, netns.number()), pin, message -> {});
    } catch (Refused e) {
      // Somebody else, an interface that was just connected say, may have given it a number meanwhile.
      if (e.errno != Errno.EEXIST) {
        throw e;
      }
    }
    return find(socket, netns, pin)
        .orElseThrow(() -> new IOException("the network namespace " + pin + " got no number from the kernel"));
  }

  private static OptionalInt find(NetlinkSocket socket, Fd netns, Path pin) throws IOException {
    socket.send(LinkMessages.getNsid(1, netns.number()));
    // Without NLM_F_ACK the answer is all that comes.
    LinkMessages.Message message = LinkMessages.next(socket.receive());
    if (message == null) {
      throw new IOException("the kernel's answer on the network namespace " + pin + " cannot be read");
    }
    if (message.type() == LinkMessages.ERROR) {
      throw new Refused(pin, LinkMessages.errno(message.payload()));
    }
    return LinkMessages.nsid(message.payload());
  }

  /** Sends a question and hands out the parts of its answer up to the message that ends it. */
  private static void ask(NetlinkSocket socket, ByteBuffer question, Path pin, Consumer<LinkMessages.Message> each)
      throws IOException {
    socket.send(question);
    while (true) {
      ByteBuffer part = socket.receive();
      LinkMessages.Message message = LinkMessages.next(part);
      if (message == null) {
        throw new IOException("the kernel's answer on the network namespace " + pin + " cannot be read");
      }
      for (; message != null; message = LinkMessages.next(part)) {
        if (message.type() == LinkMessages.ERROR || message.type() == LinkMessages.DONE) {
          int errno = LinkMessages.errno(message.payload());
          if (errno != 0) {
            throw new Refused(pin, errno);
          }
          return;
        }
        each.accept(message);
      }
    }
  }

  private static final class Refused extends IOException {
    private static final long serialVersionUID = 1;
    private final int errno;

    Refused(Path pin, int errno) {
      super("the kernel does not tell of the network namespace " + pin + ": " + Errno.text(errno));
      this.errno = errno;
    }
  }
}
