package io.crij.daemon.trace;

import io.crij.core.Journal;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The stages of work, and the parts of these, as spans below the call that the work was done for. */
public final class StageSpans {
  private final Traces traces;

  public StageSpans(Traces traces) {
    this.traces = traces;
  }

  /** For {@link Journal#listen}. */
  public void done(Journal.Entry entry) {
    String trace = entry.trace();
    if (trace != null) {
      Traceparent.parse(trace).filter(Traceparent::sampled).ifPresent(call -> add(entry, call));
    }
  }

  private void add(Journal.Entry entry, Traceparent call) {
    long began = Span.nanos(entry.began());
    for (int i = 0; i < entry.stages().size(); i++) {
      Journal.Stage stage = entry.stages().get(i);
      String error = i == entry.stages().size() - 1 ? entry.failure() : null;
      Traceparent place = span(call, entry.operation() + " " + stage.name(), began + stage.atNanos(), stage.nanos(), error);
      for (Journal.Part part : stage.parts()) {
        span(place, part.name(), began + part.atNanos(), part.nanos(), part.failed() ? "it failed" : null);
      }
    }
  }

  private Traceparent span(Traceparent parent, String name, long beganNanos, long nanos, @Nullable String error) {
    Traceparent place = parent.next();
    traces.add(new Span(place, parent.spanId(), name, false, beganNanos, beganNanos + nanos, Map.of(), error));
    return place;
  }
}
