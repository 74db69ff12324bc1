package io.crij.daemon.report;

/**
 * A pod in the table of all.
 *
 * @param created ISO 8601
 * @param ip empty with the node's network
 * @param doing what goes on with it and since when; empty for nothing
 */
public record PodRow(
    String namespace, String name, String id, String state, String created, String ip, int running, int containers, String doing) {}
