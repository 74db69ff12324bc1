package io.crij.daemon.log;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.PatternLayout;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.classic.util.LogbackMDCAdapter;
import org.junit.jupiter.api.Test;

class LogSetupTest {
  private final LoggerContext context = new LoggerContext();

  private String line(String message, Throwable failure) {
    context.setMDCAdapter(new LogbackMDCAdapter());
    PatternLayout layout = new PatternLayout();
    layout.setContext(context);
    layout.setPattern(LogSetup.LINE);
    layout.start();
    LoggingEvent event = new LoggingEvent("", context.getLogger("io.crij.Test"), Level.INFO, message, failure, null);
    return layout.doLayout(event);
  }

  @Test
  void whateverIsLoggedIsOneLineThatReadsAsItIs() {
    String line = line("first\nsecond \u001b[2J \u202egpj\u2069 größer", new IllegalStateException("why\nthat\u0007"));
    assertThat(line).contains("first | second ?[2J ?gpj? größer").contains("why | that?").contains("LogSetupTest");
    assertThat(line.strip().chars().noneMatch(c -> c < ' ')).isTrue();
    assertThat(line).endsWith("\n");
  }
}
