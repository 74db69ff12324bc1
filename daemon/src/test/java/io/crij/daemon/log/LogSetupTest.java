package io.crij.daemon.log;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.classic.util.LogbackMDCAdapter;
import com.fasterxml.jackson.databind.JsonNode;
import io.crij.core.Json;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class LogSetupTest {
  private final LoggerContext context = new LoggerContext();

  private String line(String message, Throwable failure) {
    context.setMDCAdapter(new LogbackMDCAdapter());
    LoggingEvent event = new LoggingEvent("", context.getLogger("io.crij.Test"), Level.INFO, message, failure, null);
    return new TextLines().line(event);
  }

  @Test
  void whateverIsLoggedIsOneLineThatReadsAsItIs() {
    String line = line("first\nsecond \u001b[2J \u202egpj\u2069 größer", new IllegalStateException("why\nthat\u0007"));
    assertThat(line).contains("first | second ?[2J ?gpj? größer").contains("why | that?").contains("LogSetupTest");
    assertThat(line.strip().chars().noneMatch(c -> c < ' ')).isTrue();
    assertThat(line).endsWith("\n");
  }

  @Test
  void aLineHasItsTimeLevelClassAndWhatItIsAbout() {
    LogbackMDCAdapter about = new LogbackMDCAdapter();
    context.setMDCAdapter(about);
    LoggingEvent bare = new LoggingEvent("", context.getLogger("rpc"), Level.INFO, "{} ok", null, new Object[] {"Version"});
    assertThat(new TextLines().line(bare)).matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}(Z|[+-]\\d\\d:\\d\\d) INFO  rpc: Version ok \n");
    about.put("pod", "default/web\nERROR forged");
    LoggingEvent event = new LoggingEvent("", context.getLogger("io.crij.Test"), Level.ERROR, "bad\r\n  thing", null, null);
    assertThat(new TextLines().line(event)).matches("\\S+ ERROR Test \\[pod=default/web\\?ERROR forged\\]: bad \\|   thing \n");
  }

  @Test
  void aLineOfJsonHasTheWholeMessageAndWhatItIsAbout() throws Exception {
    LogbackMDCAdapter about = new LogbackMDCAdapter();
    context.setMDCAdapter(about);
    about.put("pod", "default/web");
    LoggingEvent event =
        new LoggingEvent("", context.getLogger("io.crij.Test"), Level.WARN, "{} took\n{} ms", new IllegalStateException("why"), new Object[] {"It", 5});
    JsonLines json = new JsonLines();
    String line = new String(json.encode(event), StandardCharsets.UTF_8);
    assertThat(line).endsWith("}\n").hasLineCount(1);
    JsonNode object = Json.OWN.readTree(line);
    assertThat(object.path("message").asText()).isEqualTo("It took\n5 ms");
    assertThat(object.path("level").asText()).isEqualTo("warn");
    assertThat(object.path("logger").asText()).isEqualTo("io.crij.Test");
    assertThat(object.path("pod").asText()).isEqualTo("default/web");
    assertThat(object.path("error").asText()).contains("IllegalStateException: why").contains("LogSetupTest");
    assertThat(Instant.parse(object.path("time").asText())).isBeforeOrEqualTo(Instant.now());
  }

  @Test
  void aLineOfJsonSteersNoTerminalAndTakesEveryText() throws Exception {
    context.setMDCAdapter(new LogbackMDCAdapter());
    String hostile = "\u001b[2J \u009b31m \u202egpj\u2028 half \ud800 größer";
    LoggingEvent event = new LoggingEvent("", context.getLogger("io.crij.Test"), Level.INFO, hostile, null, null);
    String line = new String(new JsonLines().encode(event), StandardCharsets.UTF_8);
    assertThat(line.strip().chars()).allMatch(c -> c >= ' ' && c < 0x7f);
    assertThat(Json.OWN.readTree(line).path("message").asText()).isEqualTo(hostile);
  }
}
