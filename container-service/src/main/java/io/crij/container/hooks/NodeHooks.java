package io.crij.container.hooks;

/** What a node has for hooks: who runs them, and those that its operator gives to containers. */
public record NodeHooks(HookPrograms programs, HooksFolders folders) {}
