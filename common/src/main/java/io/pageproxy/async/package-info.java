/** Callbacks on futures whose failures always reach an owner. */
package io.pageproxy.async;
