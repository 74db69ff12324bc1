package io.crij.nri;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import io.crij.nri.api.ConfigureRequest;
import io.crij.nri.api.ConfigureResponse;
import io.crij.nri.api.Empty;
import io.crij.nri.api.RegisterPluginRequest;
import io.crij.nri.api.UpdateContainersRequest;
import io.crij.nri.api.UpdateContainersResponse;
import io.crij.nri.wire.CallFailed;
import io.crij.nri.wire.CallRefused;
import io.crij.nri.wire.PluginLink;
import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Makes a plugin of a connection: it says who it is, is told its configuration and answers which events it wants. */
final class Registration {
  /** The release of NRI whose messages these are. */
  static final String NRI_VERSION = "v0.12.1";

  private static final String RUNTIME_SERVICE = "nri.pkg.api.v1alpha1.Runtime";
  private static final String REGISTER = "RegisterPlugin";

  /** Events 1 to 14. */
  private static final int ALL_EVENTS = (1 << 14) - 1;

  private final NriSettings settings;
  private final String runtimeVersion;
  private final ThreadFactory threads;

  Registration(NriSettings settings, String runtimeVersion, ThreadFactory threads) {
    this.settings = settings;
    this.runtimeVersion = runtimeVersion;
    this.threads = threads;
  }

  /**
   * @param known the name of a plugin that this daemon started; null takes the one that the plugin says
   * @param configuration for it
   * @param updates serves the plugin's wish to change limits; not called before the plugin is synchronized
   * @param onEnd told the reason when its connection is over
   * @throws IOException with the reason if the plugin does not come to it; the connection is closed then
   */
  Plugin run(
      SocketChannel channel,
      @Nullable PluginName known,
      String configuration,
      Function<UpdateContainersRequest, UpdateContainersResponse> updates,
      Consumer<String> onEnd)
      throws IOException {
    Calls calls = new Calls(known, updates);
    PluginLink link =
        new PluginLink(
            channel,
            threads,
            calls,
            why -> {
              calls.registered.completeExceptionally(new IOException(why));
              onEnd.accept(why);
            });
    boolean done = false;
    try {
      link.open();
      PluginName name = calls.registered.get(settings.registration().toNanos(), TimeUnit.NANOSECONDS);
      Duration deadline = settings.request(name);
      Plugin plugin = new Plugin(name, link, events(link, configuration, deadline), deadline, settings.onFailure(name));
      calls.configured = true;
      done = true;
      return plugin;
    } catch (TimeoutException e) {
      throw new IOException("it did not register within " + settings.registration().toMillis() + " ms", e);
    } catch (ExecutionException e) {
      throw new IOException(String.valueOf(e.getCause() == null ? e.getMessage() : e.getCause().getMessage()), e);
    } catch (CallRefused | CallFailed e) {
      throw new IOException("its configuration failed: " + Words.printable(String.valueOf(e.getMessage())), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("the runtime is stopping", e);
    } finally {
      if (!done) {
        link.close();
      }
    }
  }

  private int events(PluginLink link, String configuration, Duration deadline) throws CallRefused, CallFailed, IOException {
    ConfigureRequest request =
        ConfigureRequest.newBuilder()
            .setConfig(configuration)
            .setRuntimeName("crij")
            .setRuntimeVersion(runtimeVersion)
            .setRegistrationTimeout(settings.registration().toMillis())
            .setRequestTimeout(deadline.toMillis())
            .setNRIVersion(NRI_VERSION)
            .build();
    int events = link.call(Plugin.SERVICE, "Configure", request, ConfigureResponse.parser(), deadline).getEvents();
    if ((events & ~ALL_EVENTS) != 0) {
      throw new IOException("it wants events that this version does not have: mask 0x" + Integer.toHexString(events));
    }
    return events == 0 ? ALL_EVENTS : events;
  }

  /** What the plugin calls. */
  private static final class Calls implements PluginLink.Service {
    /** Complete once the plugin has its answer, so that nothing else reaches it before that. */
    final CompletableFuture<PluginName> registered = new CompletableFuture<>();

    volatile boolean configured;
    private final @Nullable PluginName known;
    private final Function<UpdateContainersRequest, UpdateContainersResponse> updates;
    private final AtomicReference<@Nullable PluginName> accepted = new AtomicReference<>();

    Calls(@Nullable PluginName known, Function<UpdateContainersRequest, UpdateContainersResponse> updates) {
      this.known = known;
      this.updates = updates;
    }

    @Override
    public byte[] serve(String service, String method, ByteString payload) throws CallRefused {
      try {
        if (service.equals(RUNTIME_SERVICE) && method.equals(REGISTER)) {
          register(RegisterPluginRequest.parseFrom(payload));
          return Empty.getDefaultInstance().toByteArray();
        }
        if (service.equals(RUNTIME_SERVICE) && method.equals("UpdateContainers")) {
          if (!configured) {
            throw new CallRefused(CallRefused.INVALID_ARGUMENT, "the plugin is not registered and configured yet");
          }
          return updates.apply(UpdateContainersRequest.parseFrom(payload)).toByteArray();
        }
        throw new CallRefused(CallRefused.UNIMPLEMENTED, "there is no " + Words.printable(service + "/" + method));
      } catch (InvalidProtocolBufferException e) {
        throw new CallRefused(CallRefused.INVALID_ARGUMENT, "the request cannot be read: " + e.getMessage());
      }
    }

    private void register(RegisterPluginRequest request) throws CallRefused {
      try {
        PluginName name = known != null ? known : new PluginName(request.getPluginIdx(), request.getPluginName());
        if (!accepted.compareAndSet(null, name)) {
          throw new CallRefused(CallRefused.INVALID_ARGUMENT, "the plugin is registered already");
        }
      } catch (IllegalArgumentException e) {
        // It may try again until its time is over.
        throw new CallRefused(CallRefused.INVALID_ARGUMENT, String.valueOf(e.getMessage()));
      }
    }

    @Override
    public void answered(String service, String method) {
      PluginName name = accepted.get();
      if (name != null && service.equals(RUNTIME_SERVICE) && method.equals(REGISTER)) {
        registered.complete(name);
      }
    }
  }
}
