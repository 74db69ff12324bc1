package io.crij.daemon.report;

import java.util.List;
import java.util.Map;

/**
 * The daemon and the node in one look.
 *
 * @param started ISO 8601
 * @param kernel its release
 * @param cgroups the version that the node has, and the driver
 * @param handlers the names that a RuntimeClass can give
 * @param imageBytes what images take on the disk, each shared layer once
 * @param containerBytes what containers wrote, as counted last
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
    String kernel,
    String cgroups,
    List<String> handlers,
    long imageBytes,
    long containerBytes,
    Map<String, String> conditions,
    int readyPods,
    int otherPods,
    Map<String, Integer> containers,
    List<String> pulls,
    List<String> slow,
    List<ErrorLine> errors,
    long heapUsedBytes,
    long residentBytes) {}
