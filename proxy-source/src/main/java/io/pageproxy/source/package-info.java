/**
 * The source side. {@code SourceProxy} runs push sessions: it plans them, gives each its dumper,
 * and reports their ends. Pages flow from {@code dumper} through {@code push} to {@code tunnel};
 * lazy sessions and migrations are in {@code lazy} and {@code migrate}.
 */
package io.pageproxy.source;
