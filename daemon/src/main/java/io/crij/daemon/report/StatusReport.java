package io.crij.daemon.report;

import java.util.List;
import java.util.Map;

/**
 * The daemon and the node in one look.
 *
 * @param started ISO 8601
 * @param conditions as kubelet sees them: name, and {@code ok} or what is wrong
 * @param containers by state
 * @param pulls names of the images that are being pulled
 * @param slow calls that go on for a second or longer, in words
 * @param errors what failed last
 * @param heapUsedBytes of the JVM
 * @param residentBytes of the process
 */
public record StatusReport(
    String version,
    long pid,
    String started,
    long uptimeSeconds,
    String socket,
    Map<String, String> conditions,
    int readyPods,
    int otherPods,
    Map<String, Integer> containers,
    List<String> pulls,
    List<String> slow,
    List<ErrorLine> errors,
    long heapUsedBytes,
    long residentBytes) {}
