package io.crij.container.launch;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The users and groups of an image, out of the text of its passwd(5) and group(5). Lines that are not of the form are passed
 * over, as the C library does.
 */
final class Accounts {
  /** One line of passwd(5). */
  record User(String name, long uid, long gid, String home) {}

  private record Group(String name, long gid, List<String> members) {}

  private final List<User> users = new ArrayList<>();
  private final List<Group> groups = new ArrayList<>();

  private Accounts() {}

  static Accounts parse(byte[] passwd, byte[] group) {
    Accounts accounts = new Accounts();
    for (String[] fields : lines(passwd, 6)) {
      OptionalLong uid = Id.parse(fields[2]);
      OptionalLong gid = Id.parse(fields[3]);
      if (uid.isPresent() && gid.isPresent()) {
        accounts.users.add(new User(fields[0], uid.getAsLong(), gid.getAsLong(), fields[5]));
      }
    }
    for (String[] fields : lines(group, 3)) {
      OptionalLong gid = Id.parse(fields[2]);
      if (gid.isPresent()) {
        List<String> members = fields.length > 3 ? List.of(fields[3].split(",")) : List.of();
        accounts.groups.add(new Group(fields[0], gid.getAsLong(), members));
      }
    }
    return accounts;
  }

  Optional<User> byName(String name) {
    return users.stream().filter(user -> user.name.equals(name)).findFirst();
  }

  Optional<User> byUid(long uid) {
    return users.stream().filter(user -> user.uid == uid).findFirst();
  }

  OptionalLong gidOf(String groupName) {
    return groups.stream().filter(group -> group.name.equals(groupName)).mapToLong(Group::gid).findFirst();
  }

  /** The groups that list this user as a member. */
  List<Long> groupsOf(String userName) {
    return groups.stream().filter(group -> group.members.contains(userName)).map(Group::gid).toList();
  }

  private static List<String[]> lines(byte[] text, int fewest) {
    // Bytes that are not ASCII stay apart from each other; names are compared with what the image and the request say.
    return new String(text, StandardCharsets.UTF_8)
        .lines()
        .map(line -> line.strip().split(":", -1))
        .filter(fields -> fields.length >= fewest && !fields[0].isEmpty() && !fields[0].startsWith("#"))
        .toList();
  }
}
