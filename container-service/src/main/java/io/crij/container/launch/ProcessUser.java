package io.crij.container.launch;

import io.crij.core.Printable;
import io.crij.cri.LinuxContainerSecurityContext;
import io.crij.cri.SupplementalGroupsPolicy;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeSet;

/**
 * Whom a container runs as.
 *
 * @param groups the supplementary groups with the primary one among them, sorted
 * @param home of the account in the image, {@code /} without one
 */
public record ProcessUser(long uid, long gid, List<Long> groups, String home) {
  private static final String CONTEXT = "config.linux.security_context.";

  public ProcessUser {
    groups = List.copyOf(groups);
  }

  /**
   * The request's user, else the image's, else root.
   *
   * @param imageUser {@code uid}, {@code name}, {@code uid:gid}, {@code name:group} or empty
   * @throws io.crij.core.CriException INVALID_ARGUMENT, naming the field, if the request contradicts itself or names a user
   *     that the image does not have
   */
  public static ProcessUser of(LinuxContainerSecurityContext context, String imageUser, byte[] passwd, byte[] group) {
    boolean byUid = context.hasRunAsUser();
    boolean byName = !context.getRunAsUsername().isEmpty();
    if (byUid && byName) {
      throw Fields.invalid(CONTEXT + "run_as_username", "only one of run_as_user and run_as_username may be given");
    }
    if (context.hasRunAsGroup() && !byUid && !byName) {
      throw Fields.invalid(CONTEXT + "run_as_group", "it needs run_as_user or run_as_username beside it");
    }
    Accounts accounts = Accounts.parse(passwd, group);
    Named named =
        byUid
            ? numeric(accounts, Id.check(CONTEXT + "run_as_user", context.getRunAsUser().getValue()))
            : byName
                ? named(accounts, CONTEXT + "run_as_username", context.getRunAsUsername())
                : ofImage(accounts, imageUser);
    long gid =
        context.hasRunAsGroup()
            ? Id.check(CONTEXT + "run_as_group", context.getRunAsGroup().getValue())
            : named.gid;

    TreeSet<Long> groups = new TreeSet<>();
    groups.add(gid);
    for (long extra : context.getSupplementalGroupsList()) {
      groups.add(Id.check(CONTEXT + "supplemental_groups", extra));
    }
    switch (context.getSupplementalGroupsPolicy()) {
      case Merge -> named.account.ifPresent(account -> groups.addAll(accounts.groupsOf(account.name())));
      case Strict -> {}
      default ->
          throw Fields.invalid(
              CONTEXT + "supplemental_groups_policy",
              "policy " + context.getSupplementalGroupsPolicyValue() + " is not known; "
                  + SupplementalGroupsPolicy.Merge + " and " + SupplementalGroupsPolicy.Strict + " are");
    }
    String home = named.account.map(Accounts.User::home).filter(path -> path.startsWith("/")).orElse("/");
    return new ProcessUser(named.uid, gid, List.copyOf(groups), home);
  }

  /** The same user with more supplementary groups. */
  public ProcessUser plus(Collection<Long> more) {
    TreeSet<Long> all = new TreeSet<>(groups);
    all.addAll(more);
    return new ProcessUser(uid, gid, List.copyOf(all), home);
  }

  private record Named(long uid, long gid, Optional<Accounts.User> account) {}

  /** A number needs no account; one that has it brings its group and its home. */
  private static Named numeric(Accounts accounts, long uid) {
    Optional<Accounts.User> account = accounts.byUid(uid);
    return new Named(uid, account.map(Accounts.User::gid).orElse(0L), account);
  }

  private static Named named(Accounts accounts, String field, String name) {
    Accounts.User account =
        accounts
            .byName(name)
            .orElseThrow(
                () -> Fields.invalid(field, "user '" + Printable.of(name) + "' is not in the image's /etc/passwd"));
    return new Named(account.uid(), account.gid(), Optional.of(account));
  }

  private static Named ofImage(Accounts accounts, String imageUser) {
    if (imageUser.isEmpty()) {
      return numeric(accounts, 0);
    }
    int colon = imageUser.indexOf(':');
    String user = colon < 0 ? imageUser : imageUser.substring(0, colon);
    OptionalLong uid = Id.parse(notTooLarge(user));
    Named named =
        user.isEmpty()
            ? numeric(accounts, 0)
            : uid.isPresent() ? numeric(accounts, uid.getAsLong()) : named(accounts, "image user", user);
    if (colon < 0 || colon == imageUser.length() - 1) {
      return named;
    }
    String group = imageUser.substring(colon + 1);
    OptionalLong gid = Id.parse(notTooLarge(group));
    if (gid.isEmpty()) {
      gid = accounts.gidOf(group);
    }
    if (gid.isEmpty()) {
      throw Fields.invalid("image user", "group '" + Printable.of(group) + "' is not in the image's /etc/group");
    }
    return new Named(named.uid, gid.getAsLong(), named.account);
  }

  /**
   * Digits are a number and never a name: kubelet has seen a number that is not root's, and a line of the image's /etc/passwd
   * must not make another user of it.
   */
  private static String notTooLarge(String idOrName) {
    boolean digits = !idOrName.isEmpty() && idOrName.chars().allMatch(c -> c >= '0' && c <= '9');
    if (digits && Id.parse(idOrName).isEmpty()) {
      throw Fields.invalid("image user", "'" + Printable.of(idOrName) + "' is no number between 0 and " + Id.HIGHEST);
    }
    return idOrName;
  }
}
