package io.crij.critest.hostile;

import io.crij.cri.AuthConfig;
import io.crij.image.testing.ScriptedServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What one attack has to itself: a registry, other servers, credentials, and the place of its image. */
final class Scene implements AutoCloseable {
  /** No message, log line or other server may show these. */
  static final String PASSWORD = "hunter2-never-to-be-seen";
  static final String TOKEN = "tok3n-never-to-be-seen";

  private final Node node;
  private final List<AutoCloseable> open = new ArrayList<>();
  private final List<ScriptedServer> strangers = new ArrayList<>();
  private HostileServer registry;
  private AuthConfig auth = AuthConfig.getDefaultInstance();
  private String reference;
  private String message = "";

  Scene(Node node) throws IOException {
    this.node = node;
    this.registry = another();
    this.reference = registry.host() + "/evil:1";
  }

  Node node() {
    return node;
  }

  HostileServer registry() {
    return registry;
  }

  /** One more server, on plain http. */
  HostileServer another() throws IOException {
    return keep(new HostileServer());
  }

  /** Another registry in the place of the first. */
  HostileServer become(HostileServer server) {
    registry = keep(server);
    reference = registry.host() + "/evil:1";
    return registry;
  }

  private HostileServer keep(HostileServer server) {
    open.add(server);
    return server;
  }

  void image(HostileImage image) {
    registry.image("evil", "1", image);
  }

  void image(Tar tar) {
    image(HostileImage.of(tar));
  }

  void manifest(byte[] bytes) {
    registry.manifest("evil", "1", HostileImage.MANIFEST, bytes);
  }

  static String manifestPath() {
    return "/v2/evil/manifests/1";
  }

  void login(AuthConfig given) {
    auth = given;
  }

  void loginWithPassword() {
    auth = AuthConfig.newBuilder().setUsername("me").setPassword(PASSWORD).build();
  }

  AuthConfig auth() {
    return auth;
  }

  String reference() {
    return reference;
  }

  void reference(String other) {
    reference = other;
  }

  /** What the client was told. */
  String message() {
    return message;
  }

  void told(String text) {
    message = text;
  }

  /** No credentials may reach this server. */
  void watch(ScriptedServer stranger) {
    strangers.add(stranger);
  }

  /** @throws IllegalStateException if a server that is a stranger to the credentials saw them */
  void checkStrangers() {
    for (ScriptedServer stranger : strangers) {
      for (ScriptedServer.Request request : stranger.requests) {
        require(request.authorization().isEmpty(), "credentials were shown to another server: " + request.target());
        require(!request.target().contains(TOKEN) && !request.target().contains(PASSWORD), "a secret stands in a URL: " + request.target());
      }
    }
  }

  /** A hosts.toml for this registry. */
  void hosts(String text) throws IOException {
    Path folder = Files.createDirectories(node.folder("hosts").resolve("127.0.0.1_" + registry.port() + "_"));
    Files.writeString(folder.resolve("hosts.toml"), text);
  }

  /** The folder of the image's uppermost layer. */
  Path top() {
    return node.topLayer(reference);
  }

  static void require(boolean holds, String otherwise) {
    if (!holds) {
      throw new IllegalStateException(otherwise);
    }
  }

  @Override
  public void close() throws IOException {
    for (AutoCloseable part : open) {
      try {
        part.close();
      } catch (IOException e) {
        throw e;
      } catch (Exception e) {
        throw new IOException(e);
      }
    }
  }
}
