package io.crij.daemon.stream;

import io.crij.daemon.stream.session.CommandProtocol;
import io.crij.daemon.stream.spdy.SpdyForward;
import io.crij.daemon.stream.websocket.ChannelEncoding;
import io.crij.daemon.stream.websocket.ChannelForward;
import io.crij.daemon.stream.websocket.Handshake;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** What a request asks its connection to become, worked out from its headers alone. */
sealed interface Upgrade {
  String SPDY = "SPDY/3.1";
  String VERSION_HEADER = "X-Stream-Protocol-Version";
  String ACCEPTED_HEADER = "X-Accepted-Stream-Protocol-Versions";

  /** The subprotocol in which a WebSocket carries a SPDY session. */
  String TUNNEL = SPDY + "+" + SpdyForward.PROTOCOL;

  /** @param protocol as the client named it */
  record Spdy(String protocol) implements Upgrade {}

  record Channels(ChannelEncoding encoding, String key) implements Upgrade {}

  record TunnelledSpdy(String key) implements Upgrade {}

  /** @param accepted what would have been taken, for a client that offered other protocols */
  record Refused(HttpResponseStatus status, String why, List<String> accepted) implements Upgrade {}

  static Upgrade of(HttpRequest http, StreamRequest request) {
    HttpHeaders headers = http.headers();
    if (!headers.containsValue(HttpHeaderNames.CONNECTION, HttpHeaderValues.UPGRADE, true)) {
      return refused("streams need an upgrade of the connection, to " + SPDY + " or WebSocket");
    }
    boolean forward = request instanceof StreamRequest.PortForward;
    if (headers.containsValue(HttpHeaderNames.UPGRADE, SPDY, true)) {
      return spdy(headers, forward);
    }
    if (headers.containsValue(HttpHeaderNames.UPGRADE, HttpHeaderValues.WEBSOCKET, true)) {
      return webSocket(http, request, forward);
    }
    return refused("the connection can be upgraded to " + SPDY + " or WebSocket only");
  }

  private static Upgrade spdy(HttpHeaders headers, boolean forward) {
    List<String> offered = values(headers, VERSION_HEADER);
    if (offered.isEmpty()) {
      return refused("the header " + VERSION_HEADER + " is missing");
    }
    List<String> known = forward ? List.of(SpdyForward.PROTOCOL) : CommandProtocol.NAMES;
    return offered.stream().filter(known::contains).findFirst().<Upgrade>map(Spdy::new).orElseGet(() -> noneOf(known));
  }

  private static Upgrade webSocket(HttpRequest http, StreamRequest request, boolean forward) {
    HttpHeaders headers = http.headers();
    String key = Optional.ofNullable(headers.get(HttpHeaderNames.SEC_WEBSOCKET_KEY)).map(String::trim).orElse("");
    if (!http.method().equals(HttpMethod.GET) || !Handshake.isKey(key)) {
      return refused("a WebSocket needs GET and a Sec-WebSocket-Key of 16 bytes in base64");
    }
    if (!headers.contains(HttpHeaderNames.SEC_WEBSOCKET_VERSION, Handshake.VERSION, false)) {
      return new Refused(HttpResponseStatus.UPGRADE_REQUIRED, "WebSocket version " + Handshake.VERSION + " is the only one here", List.of());
    }
    List<String> offered = values(headers, HttpHeaderNames.SEC_WEBSOCKET_PROTOCOL);
    for (String protocol : offered.isEmpty() ? List.of("") : offered) {
      if (forward && protocol.equals(TUNNEL)) {
        return new TunnelledSpdy(key);
      }
      Optional<ChannelEncoding> encoding = forward ? ChannelEncoding.ofForward(protocol) : ChannelEncoding.ofCommand(protocol);
      if (encoding.isPresent()) {
        return request instanceof StreamRequest.PortForward ports && !fits(ports)
            ? refused("over WebSocket channels the request names its ports, from 1 to " + ChannelForward.MAX_PORTS + " of them")
            : new Channels(encoding.get(), key);
      }
    }
    List<String> known = ChannelEncoding.names(!forward);
    return noneOf(forward ? Stream.concat(Stream.of(TUNNEL), known.stream()).toList() : known);
  }

  private static boolean fits(StreamRequest.PortForward ports) {
    int count = ports.request().getPortCount();
    return count >= 1 && count <= ChannelForward.MAX_PORTS;
  }

  private static List<String> values(HttpHeaders headers, CharSequence name) {
    return headers.getAll(name).stream().flatMap(line -> Stream.of(line.split(",", -1))).map(String::trim).filter(value -> !value.isEmpty()).toList();
  }

  private static Refused refused(String why) {
    return new Refused(HttpResponseStatus.BAD_REQUEST, why, List.of());
  }

  private static Refused noneOf(List<String> known) {
    return new Refused(HttpResponseStatus.FORBIDDEN, "none of the offered protocols is known here; known are " + known, known);
  }
}
