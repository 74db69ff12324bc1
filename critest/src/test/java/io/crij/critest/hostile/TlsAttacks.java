package io.crij.critest.hostile;

import static io.crij.critest.hostile.Attack.unavailable;

import io.crij.image.testing.ScriptedServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/** Registries whose certificates are no good, and a proxy that fails: row R9. None may be left for plain http. */
final class TlsAttacks {
  /** The name of a registry that only the node's proxy could reach. */
  static final String BEHIND_PROXY = "registry.test";
  private static final String KEY_PASSWORD = "changeit";

  private TlsAttacks() {}

  /** @param proxy what the node has for a proxy */
  static List<Attack> all(HostileServer proxy) {
    List<Attack> all = new ArrayList<>();
    all.add(certificate("expired", "san=ip:127.0.0.1", "-10d", true, "NotAfter"));
    all.add(certificate("not yet valid", "san=ip:127.0.0.1", "+10d", true, "NotBefore"));
    all.add(certificate("of another host", "san=dns:elsewhere.example", "-1d", true, "127.0.0.1"));
    all.add(certificate("self-signed", "san=ip:127.0.0.1", "-1d", false, "certification path"));
    all.add(new Attack("R9", "plain http where https is configured", scene -> {
      scene.image(HostileImage.good("x"));
      scene.hosts("server = \"https://" + scene.registry().host() + "\"\n");
    }, unavailable("127.0.0.1").and(scene -> Scene.require(scene.registry().requests.isEmpty(), "it was asked without TLS"))));
    String[] answers = {ScriptedServer.answer(502, "no"), ScriptedServer.answer(407, "", "Proxy-Authenticate: Basic realm=\"x\""), "garbage\r\n\r\n"};
    for (String answer : answers) {
      all.add(new Attack("R9", "a proxy that says " + answer.split("\r\n", 2)[0], scene -> {
        proxy.requests.clear();
        proxy.on("*", answer);
        scene.reference(BEHIND_PROXY + "/evil:1");
      }, unavailable(BEHIND_PROXY).and(scene -> Scene.require(
          !proxy.requests.isEmpty() && proxy.requests.stream().allMatch(request -> request.method().equals("CONNECT")),
          "the proxy saw " + proxy.requests.stream().map(ScriptedServer.Request::method).toList()))));
    }
    return all;
  }

  private static Attack certificate(String fault, String name, String start, boolean trusted, String words) {
    HostileServer[] plain = new HostileServer[1];
    return new Attack("R9", "a certificate that is " + fault, scene -> {
      Path store = scene.node().folder("tls").resolve(fault.replace(' ', '-') + ".p12");
      Files.deleteIfExists(store);
      keytool("-genkeypair", "-keyalg", "EC", "-alias", "server", "-dname", "CN=server", "-ext", name, "-startdate", start, "-validity", "5", "-keystore", store.toString());
      Path pem = store.resolveSibling(store.getFileName() + ".pem");
      Files.writeString(pem, "-----BEGIN CERTIFICATE-----\n" + Base64.getMimeEncoder().encodeToString(open(store).getCertificate("server").getEncoded()) + "\n-----END CERTIFICATE-----\n");
      HostileServer server = scene.become(new HostileServer(context(store).getServerSocketFactory().createServerSocket(0, 50, InetAddress.getLoopbackAddress())));
      scene.image(HostileImage.good("x"));
      scene.hosts("server = \"https://" + server.host() + "\"\n" + (trusted ? "ca = \"" + pem + "\"\n" : ""));
      plain[0] = server;
    }, unavailable("TLS failed", words).and(scene -> Scene.require(plain[0].requests.isEmpty(), "it was asked all the same")));
  }

  private static void keytool(String... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin/keytool").toString()));
    command.addAll(List.of(arguments));
    command.addAll(List.of("-storepass", KEY_PASSWORD, "-storetype", "PKCS12"));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    byte[] said = process.getInputStream().readAllBytes();
    Scene.require(process.waitFor() == 0, "keytool failed: " + new String(said, StandardCharsets.UTF_8));
  }

  private static KeyStore open(Path store) throws IOException, GeneralSecurityException {
    KeyStore keys = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(store)) {
      keys.load(in, KEY_PASSWORD.toCharArray());
    }
    return keys;
  }

  private static SSLContext context(Path store) throws IOException, GeneralSecurityException {
    KeyStore keys = open(store);
    KeyManagerFactory managers = KeyManagerFactory.getInstance("PKIX");
    managers.init(keys, KEY_PASSWORD.toCharArray());
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(managers.getKeyManagers(), null, null);
    return context;
  }
}
