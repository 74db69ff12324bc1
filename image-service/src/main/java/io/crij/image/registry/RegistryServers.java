package io.crij.image.registry;

import io.crij.core.CriException;
import io.crij.core.ErrorCode;
import io.crij.core.LiveValue;
import io.crij.image.content.Reference;
import io.crij.image.http.PemFiles;
import io.crij.image.http.TlsSettings;
import java.io.IOException;
import java.net.URI;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Which servers to ask for an image, in order. A registries.conf says at which places the image is; for each place, the
 * {@code hosts.toml} of its host says by which servers to reach it. Files are read again when they change: no restart is needed.
 */
final class RegistryServers {
  private static final int HOSTS_MAX = 1024;

  /** What is known of one host. {@code own} is false for what {@code _default} says. */
  private record Known(boolean present, boolean own, List<RegistryEndpoint> mirrors, RegistryEndpoint server) {}

  private final RegistrySettings settings;
  private final LiveValue<RegistriesConf> registries;
  private final Map<String, LiveValue<Known>> hosts = leastRecentlyUsed();
  private final Map<Path, LiveValue<AuthFile>> authFiles = leastRecentlyUsed();
  private final UnservedKeys unserved = new UnservedKeys();

  RegistryServers(RegistrySettings settings) {
    this.settings = settings;
    this.registries = new LiveValue<>(this::loadRegistries);
  }

  /**
   * The references that an image name may stand for, best first.
   *
   * @throws CriException INVALID_ARGUMENT if it is no name, or one that could mean several registries
   */
  List<Reference> expand(String name) {
    RegistriesConf conf = registries();
    try {
      return conf.expand(name).stream().map(Reference::parse).toList();
    } catch (IllegalArgumentException e) {
      throw CriException.invalid("The image name cannot be used: " + e.getMessage() + ".");
    }
  }

  /**
   * @throws CriException FAILED_PRECONDITION if a file has a mistake, naming it; PERMISSION_DENIED if the name is blocked
   */
  List<RegistryEndpoint> endpoints(Reference reference) {
    List<RegistriesConf.Place> places;
    try {
      places = registries().places(reference);
    } catch (IllegalArgumentException e) {
      throw new CriException(ErrorCode.PERMISSION_DENIED, "The image '" + reference + "' cannot be pulled: " + e.getMessage() + ".", e);
    }
    List<RegistryEndpoint> endpoints = new ArrayList<>();
    for (RegistriesConf.Place place : places) {
      Known known = known(place.host());
      List<RegistryEndpoint> found = new ArrayList<>(known.mirrors);
      found.add(known.present ? known.server : usual(known.server, place));
      for (RegistryEndpoint endpoint : found) {
        endpoints.add(at(endpoint, place, reference));
      }
    }
    return endpoints;
  }

  /** How a server is trusted that another one names: as its own hosts.toml says, if it has one. */
  @Nullable TlsSettings tlsOf(URI url) {
    String authority = String.valueOf(url.getRawAuthority());
    if (Reference.tryParse(authority + "/x").isEmpty()) {
      return null;
    }
    Known known = known(authority);
    return known.own && ServerUrl.isSame(known.server.base(), url) ? known.server.tls() : null;
  }

  private RegistryEndpoint at(RegistryEndpoint endpoint, RegistriesConf.Place place, Reference reference) {
    boolean registry = ServerUrl.isRegistry(endpoint.base(), reference.host());
    Credentials own = endpoint.own();
    if (own.isNone() && settings.authFile() != null) {
      String host = registry ? reference.host() : endpoint.host();
      own = read(settings.authFile(), authFile(settings.authFile())).find(host, place.repository()).orElse(Credentials.NONE);
    }
    boolean standsIn = !ServerUrl.isRegistry(endpoint.base(), place.host());
    return new RegistryEndpoint(
        endpoint.base(),
        place.repository(),
        registry,
        endpoint.canResolve(),
        endpoint.canPull(),
        standsIn ? place.host() : "",
        endpoint.headers(),
        endpoint.tls(),
        endpoint.dialTimeout(),
        own,
        endpoint.alternative() == null ? null : at(endpoint.alternative(), place, reference));
  }

  /** Without a hosts.toml: https, or https and http where that is allowed, or http and https on this node. */
  private static RegistryEndpoint usual(RegistryEndpoint server, RegistriesConf.Place place) {
    if (place.insecure()) {
      return changed(server, "https", anyCertificate(), changed(server, "http", null, null));
    }
    return ServerUrl.isLoopback(place.host()) ? changed(server, "http", null, changed(server, "https", server.tls(), null)) : server;
  }

  private static RegistryEndpoint changed(RegistryEndpoint server, String scheme, @Nullable TlsSettings tls, @Nullable RegistryEndpoint alternative) {
    URI base = URI.create(scheme + server.base().toString().substring(server.base().getScheme().length()));
    return new RegistryEndpoint(base, "", false, true, true, "", Map.of(), tls, null, Credentials.NONE, alternative);
  }

  private static TlsSettings anyCertificate() {
    return AnyCertificate.SETTINGS;
  }

  /** Made once: connections are shared among equal settings only. */
  private static final class AnyCertificate {
    private static final TlsSettings SETTINGS;

    static {
      try {
        SETTINGS = TlsSettings.of(List.of(), List.of(), true);
      } catch (GeneralSecurityException e) {
        throw new AssertionError("every JDK has TLS", e);
      }
    }
  }

  private Known known(String host) {
    LiveValue<Known> live;
    synchronized (hosts) {
      live = hosts.computeIfAbsent(host, key -> new LiveValue<>(files -> load(key, files)));
    }
    Path folder = settings.hostsFolder();
    return read(folder == null ? Path.of("hosts.toml") : folder, live);
  }

  private Known load(String host, LiveValue.Sources files) throws IOException, GeneralSecurityException {
    Path folder = settings.hostsFolder();
    if (folder != null) {
      for (String name : folderNames(host)) {
        Path own = folder.resolve(name);
        Path file = own.resolve("hosts.toml");
        Optional<String> text = files.textIfPresent(file);
        if (text.isPresent()) {
          return naming(file, () -> fromHostsFile(text.get(), host, file, files, !name.equals("_default")));
        }
        List<Path> certificates = certificateFiles(files.note(own));
        if (!certificates.isEmpty()) {
          TlsSettings tls = naming(own, () -> fromCertificates(certificates, files));
          return new Known(false, true, List.of(), template(ServerUrl.ofHost(host), tls));
        }
      }
    }
    return new Known(false, false, List.of(), template(ServerUrl.ofHost(host), null));
  }

  private static List<String> folderNames(String host) {
    int colon = host.lastIndexOf(':');
    boolean port = colon > 0 && !host.endsWith("]");
    return port
        ? List.of(host.substring(0, colon) + "_" + host.substring(colon + 1) + "_", host, "_default")
        : List.of(host, "_default");
  }

  private Known fromHostsFile(String text, String host, Path file, LiveValue.Sources files, boolean own) throws IOException, GeneralSecurityException {
    HostsFile parsed = HostsFile.parse(text, host);
    List<RegistryEndpoint> mirrors = new ArrayList<>();
    for (HostsFile.Server mirror : parsed.mirrors()) {
      mirrors.add(endpoint(mirror, file, files));
    }
    return new Known(true, own, List.copyOf(mirrors), endpoint(parsed.server(), file, files));
  }

  private RegistryEndpoint endpoint(HostsFile.Server server, Path file, LiveValue.Sources files) throws IOException, GeneralSecurityException {
    List<X509Certificate> authorities = new ArrayList<>();
    for (String authority : server.authorities()) {
      authorities.addAll(PemFiles.certificates(files.note(file.resolveSibling(authority))));
    }
    List<TlsSettings.Identity> identities = new ArrayList<>();
    for (List<String> client : server.clients()) {
      Path certificate = files.note(file.resolveSibling(client.getFirst()));
      Path key = files.note(file.resolveSibling(client.getLast()));
      identities.add(new TlsSettings.Identity(PemFiles.certificates(certificate), PemFiles.privateKey(key)));
    }
    Credentials own = Credentials.NONE;
    if (!server.credentials().isEmpty()) {
      Path path = files.note(file.resolveSibling(server.credentials()));
      own = parseAuth(path, files.text(path)).find(String.valueOf(server.base().getRawAuthority()), "").orElse(Credentials.NONE);
    }
    return new RegistryEndpoint(
        server.base(),
        "",
        false,
        server.canResolve(),
        server.canPull(),
        "",
        server.headers(),
        TlsSettings.of(authorities, identities, server.skipVerify()),
        server.dialTimeout(),
        own,
        null);
  }

  private static RegistryEndpoint template(URI base, @Nullable TlsSettings tls) {
    return new RegistryEndpoint(base, "", false, true, true, "", Map.of(), tls, null, Credentials.NONE, null);
  }

  /** What Docker puts beside one another where there is no hosts.toml: {@code *.crt}, and {@code *.cert} with {@code *.key}. */
  private static List<Path> certificateFiles(Path folder) throws IOException {
    List<Path> found = new ArrayList<>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder, "*.{crt,cert}")) {
      entries.forEach(found::add);
    } catch (NoSuchFileException | NotDirectoryException e) {
      return List.of();
    }
    found.sort(null);
    return found;
  }

  private static TlsSettings fromCertificates(List<Path> certificates, LiveValue.Sources files) throws IOException, GeneralSecurityException {
    List<X509Certificate> authorities = new ArrayList<>();
    List<TlsSettings.Identity> identities = new ArrayList<>();
    for (Path file : certificates) {
      List<X509Certificate> chain = PemFiles.certificates(files.note(file));
      String name = String.valueOf(file.getFileName());
      if (name.endsWith(".crt")) {
        authorities.addAll(chain);
      } else {
        Path key = files.note(file.resolveSibling(name.substring(0, name.length() - 4) + "key"));
        identities.add(new TlsSettings.Identity(chain, PemFiles.privateKey(key)));
      }
    }
    return TlsSettings.of(authorities, identities, false);
  }

  private RegistriesConf registries() {
    Path file = settings.registriesConf();
    return file == null ? RegistriesConf.EMPTY : read(file, registries);
  }

  private RegistriesConf loadRegistries(LiveValue.Sources files) throws IOException, GeneralSecurityException {
    Path main = java.util.Objects.requireNonNull(settings.registriesConf());
    Optional<String> text = files.textIfPresent(main);
    RegistriesConf conf = text.isEmpty() ? RegistriesConf.EMPTY : parse(main, text.get());
    Path folder = files.note(main.resolveSibling(main.getFileName() + ".d"));
    List<Path> dropIns = new ArrayList<>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder, "*.conf")) {
      entries.forEach(dropIns::add);
    } catch (NoSuchFileException | NotDirectoryException e) {
      return conf;
    }
    dropIns.sort(null);
    for (Path dropIn : dropIns) {
      String added = files.text(dropIn);
      conf = conf.with(parse(dropIn, added), added.contains("short-name-mode"));
    }
    return conf;
  }

  private RegistriesConf parse(Path file, String text) throws IOException, GeneralSecurityException {
    RegistriesConf conf = naming(file, () -> RegistriesConf.parse(text));
    unserved.tell(file, RegistriesConf.unserved(text));
    return conf;
  }

  private LiveValue<AuthFile> authFile(Path file) {
    synchronized (authFiles) {
      return authFiles.computeIfAbsent(file, path -> new LiveValue<>(files -> parseAuth(path, files.textIfPresent(path).orElse("{\"auths\":{}}"))));
    }
  }

  private AuthFile parseAuth(Path file, String text) throws IOException, GeneralSecurityException {
    AuthFile parsed = naming(file, () -> AuthFile.parse(text));
    unserved.tell(file, parsed.unserved());
    return parsed;
  }

  private interface Step<T> {
    T run() throws IOException, GeneralSecurityException;
  }

  /** Says in which file a fault is. */
  private static <T> T naming(Path file, Step<T> step) throws IOException, GeneralSecurityException {
    try {
      return step.run();
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(file + ": " + e.getMessage(), e);
    } catch (GeneralSecurityException e) {
      throw new GeneralSecurityException(file + ": " + e.getMessage(), e);
    } catch (NoSuchFileException e) {
      throw new IllegalArgumentException(file + ": the file " + e.getFile() + " that it names is missing", e);
    }
  }

  private static <T> T read(Path what, LiveValue<T> value) {
    try {
      return value.get();
    } catch (IOException e) {
      throw unusable(what, e.getClass() == IOException.class ? String.valueOf(e.getMessage()) : e.getClass().getSimpleName() + " " + e.getMessage(), e);
    } catch (GeneralSecurityException | IllegalArgumentException e) {
      throw unusable(what, String.valueOf(e.getMessage()), e);
    }
  }

  private static CriException unusable(Path what, String why, Exception e) {
    String reason = why.startsWith(what + ": ") ? why.substring(what.toString().length() + 2) : why;
    return new CriException(ErrorCode.FAILED_PRECONDITION, "The registry configuration at " + what + " cannot be used: " + reason + ".", e);
  }

  private static <K, V> Map<K, V> leastRecentlyUsed() {
    return new LinkedHashMap<>(16, 0.75f, true) {
      private static final long serialVersionUID = 1;

      @Override
      protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
        return size() > HOSTS_MAX;
      }
    };
  }
}
