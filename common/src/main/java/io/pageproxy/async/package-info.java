/**
 * Callbacks on futures whose failures always reach an owner, and waiting that no interrupt ends.
 */
package io.pageproxy.async;
