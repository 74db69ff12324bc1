package io.crij.daemon.report;

import java.util.List;

/**
 * Why a pod or container is as it is, in sentences.
 *
 * @param about what was found under the name that was asked for
 * @param answer the one thing to know
 * @param now what goes on, at which stage and since when
 * @param state what there is of it on this node
 * @param errors what failed, the last one first
 */
public record WhyReport(String about, String answer, List<String> now, List<String> state, List<ErrorLine> errors) {}
