package io.crij.core;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;

/**
 * The two ways in which JSON is read. Both refuse duplicate keys and trailing bytes and bound depth, numbers and strings:
 * a document that two parsers read differently is how content is smuggled past a check.
 */
public final class Json {
  /** For what we wrote ourselves: an unknown key is an error. */
  public static final ObjectMapper OWN = mapper(true);

  /**
   * For what others wrote (manifests, CNI results): unknown keys are passed over, and the number of tokens is bounded, since three
   * bytes of text can become a hundred of heap.
   */
  public static final ObjectMapper FOREIGN = mapper(false);

  /** An index of 10,000 manifests has some 250,000. */
  private static final long FOREIGN_TOKENS = 300_000;

  private Json() {}

  private static ObjectMapper mapper(boolean strict) {
    ObjectMapper mapper =
        JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .configure(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES, strict)
            .enable(MapperFeature.SORT_PROPERTIES_ALPHABETICALLY)
            .enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS)
            .defaultPropertyInclusion(
                JsonInclude.Value.construct(JsonInclude.Include.NON_NULL, JsonInclude.Include.NON_NULL))
            .build();
    mapper
        .getFactory()
        .setStreamReadConstraints(
            StreamReadConstraints.builder()
                .maxNestingDepth(64)
                .maxNumberLength(64)
                .maxStringLength(16 << 20)
                .maxDocumentLength(64L << 20)
                .maxTokenCount(strict ? -1 : FOREIGN_TOKENS)
                .build());
    return mapper;
  }
}
