package io.crij.daemon.log;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.encoder.Encoder;
import ch.qos.logback.core.spi.ContextAwareBase;
import io.crij.daemon.config.Config;
import java.util.logging.LogManager;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.bridge.SLF4JBridgeHandler;

/** Sets logback up in code: no file to look for, no XML to parse at start. Found by logback as a service. */
public final class LogSetup extends ContextAwareBase implements Configurator {
  @Override
  public ExecutionStatus configure(LoggerContext context) {
    apply(context, new Config.Log("info", Config.LogFormat.TEXT));
    return ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY;
  }

  /** What the configuration asks for; also routes java.util.logging, which gRPC uses, here. */
  public static void apply(Config.Log log) {
    apply((LoggerContext) LoggerFactory.getILoggerFactory(), log);
    LogManager.getLogManager().reset();
    SLF4JBridgeHandler.install();
  }

  private static void apply(LoggerContext context, Config.Log log) {
    ConsoleAppender<ILoggingEvent> stderr = new ConsoleAppender<>();
    stderr.setContext(context);
    stderr.setName("stderr");
    stderr.setTarget("System.err");
    stderr.setEncoder(encoder(context, log.format()));
    stderr.start();
    ch.qos.logback.classic.Logger root = context.getLogger(Logger.ROOT_LOGGER_NAME);
    root.detachAndStopAllAppenders();
    root.addAppender(stderr);
    // Libraries at debug drown what a person looks for; our own packages follow the setting.
    root.setLevel(Level.WARN);
    context.getLogger("io.crij").setLevel(Level.toLevel(log.level()));
    // It logs the stack of each request that is refused before a method of ours sees it.
    context.getLogger("io.grpc.netty.NettyServerStream").setLevel(Level.ERROR);
    // Each accept on a unix socket warns of SO_KEEPALIVE, which gRPC sets and such a socket lacks.
    context.getLogger("io.netty.bootstrap").setLevel(Level.ERROR);
    // It looks for a MAC address to number channels by; random bytes do, where there is no network card.
    context.getLogger("io.netty.util.internal.MacAddressUtil").setLevel(Level.ERROR);
  }

  private static Encoder<ILoggingEvent> encoder(LoggerContext context, Config.LogFormat format) {
    Encoder<ILoggingEvent> lines = format == Config.LogFormat.JSON ? new JsonLines() : new TextLines();
    lines.setContext(context);
    lines.start();
    return lines;
  }
}
