package io.crij.daemon.rpc;

/** The work behind one unary RPC. */
@FunctionalInterface
public interface Operation<Q, S> {
  S run(Q request) throws Exception;
}
