package io.crij.daemon.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.crij.core.Json;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class ReportTextTest {
  private final ReportText text = new ReportText(Instant.parse("2026-01-01T00:10:00Z"));

  private static JsonNode json(String text) throws Exception {
    return Json.OWN.readTree(text.replace('\'', '"'));
  }

  @Test
  void tablesHaveColumns() throws Exception {
    assertThat(
            text.pods(
                json(
                    "[{'namespace':'default','name':'a-long-name','id':'0123456789abcdef','state':'ready','created':'2026-01-01T00:00:00Z','ip':'10.0.0.2','running':1,'containers':2,'doing':''}]")))
        .containsExactly(
            "POD                  SANDBOX       STATE  AGE     ADDRESS   RUNNING  DOING",
            "default/a-long-name  0123456789ab  ready  10 min  10.0.0.2  1/2      -");
  }

  @Test
  void aTimelineHasStagesBelowTheirWork() throws Exception {
    assertThat(
            text.timeline(
                json(
                    "{'pod':'a/b','steps':[{'operation':'StartContainer','subject':'c','began':'2026-01-01T00:00:00Z','atMillis':0.0,'millis':12.5,'running':false,'failure':'No.','stages':[{'name':'launch','millis':12.4,'parts':[{'name':'10-a StartContainer','atMillis':0.1,'millis':3.5,'failed':true}]}]}]}")))
        .containsExactly(
            "pod a/b, since 2026-01-01T00:00:00Z; milliseconds",
            "",
            "        at       took",
            "       0.0       12.5  StartContainer c, failed",
            "                 12.4    launch",
            "                  3.5      10-a StartContainer, failed",
            "                         ! No.");
  }

  @Test
  void aMessageFromOutsideDoesNotDriveTheTerminal() throws Exception {
    String all =
        String.join(
            "|",
            text.why(
                json(
                    "{'about':'pod a/b','answer':'x\\u001b[2Jy','now':['a\\nb'],'state':[],'errors':[{'first':'2026-01-01T00:09:00Z','last':'2026-01-01T00:09:58Z','times':3,'rpc':'PullImage','code':'UNKNOWN','message':'\\u0007'}]}")));
    assertThat(all).doesNotContain("\u001b").doesNotContain("\u0007").contains("x?[2Jy").contains("a?b").contains("2 s ago (3 times in 58 s): PullImage UNKNOWN: ?");
  }

  @Test
  void aLeftoverThatCouldNotBeRemovedIsTold() throws Exception {
    String none = "{'removed':true,'leftovers':[],'kept':[]}";
    String kept = "{'removed':true,'leftovers':[],'kept':[{'what':'layer','path':'/i/x','why':'no image has it'}]}";
    assertThat(text.gc(json(none))).containsExactly("There are no leftovers.");
    assertThat(text.gc(json(kept)))
        .containsExactly("Leftovers that could not be removed, for which the daemon's log has the reasons: 1", "  layer /i/x: no image has it");
  }
}
